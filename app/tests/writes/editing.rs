//! Edits, alone and by several at once.

use std::collections::HashSet;

use app::customers::model::field::Field;
use app::customers::submission::Submission;
use app::customers::view::deed::Deed;
use app::customers::{service, store};
use app::error::AppError;
use sqlx::PgPool;
use uuid::Uuid;

use crate::common::{context, create, details, submission, typed, wide};
use crate::{again, done, edit_form, history, row, saved};

#[sqlx::test(migrations = "../migrations")]
async fn what_only_one_of_two_changed_is_merged(pool: PgPool) {
    let context = context(&pool);
    let id = create(&pool, Uuid::now_v7(), &details("Asha Rao", "asha@example.in"))
        .await
        .id;
    let (mine, theirs) = (edit_form(&context, id).await, edit_form(&context, id).await);
    let theirs = submission(&theirs, &[(Field::City, "Mysuru"), (Field::Nps, "40")]);
    let mine = submission(&mine, &[(Field::Name, "Asha Iyer"), (Field::Nps, "40")]);
    assert_eq!(saved(service::save(&context, theirs.clone()).await).0, Deed::Saved);
    // The answer was lost, and it is sent again: nobody else has changed anything.
    assert_eq!(saved(service::save(&context, theirs).await).0, Deed::Saved);
    assert_eq!(saved(service::save(&context, mine).await).0, Deed::Merged);
    let customer = store::get(&pool, id).await.expect("there");
    assert_eq!(customer.version, 3);
    let contact = &customer.details.contact;
    assert_eq!((contact.name.as_str(), contact.city.as_str()), ("Asha Iyer", "Mysuru"));
    assert_eq!(customer.details.relationship.nps, 40);
    // The second save changed the name alone: the history says so.
    let last = history(&pool, id).await.pop().expect("a row");
    assert_eq!(last, row(3, "name", Some("Asha Rao"), Some("Asha Iyer")));
}

#[sqlx::test(migrations = "../migrations")]
async fn what_both_changed_is_asked_about(pool: PgPool) {
    let context = context(&pool);
    for (keep, city) in [("mine", "Hubballi"), ("theirs", "Mysuru")] {
        let id = create(
            &pool,
            Uuid::now_v7(),
            &details("Asha Rao", &format!("{keep}@example.in")),
        )
        .await
        .id;
        let (mine, theirs) = (edit_form(&context, id).await, edit_form(&context, id).await);
        done(
            service::save(
                &context,
                submission(&theirs, &[(Field::City, "Mysuru"), (Field::Nps, "40")]),
            )
            .await,
        );
        let typing = [(Field::City, "Hubballi"), (Field::Name, "Asha Iyer")];
        let asked = again(service::save(&context, submission(&mine, &typing)).await);
        assert_eq!(asked.problem.as_ref().map(|problem| problem.status), Some(409));
        assert_eq!(asked.conflicts.keys().collect::<Vec<_>>(), [&Field::City]);
        assert_eq!(asked.conflicts[&Field::City].said.as_deref(), Some("Mysuru"));
        assert_eq!(
            (asked.draft.value(Field::City), asked.draft.value(Field::Name)),
            ("Hubballi", "Asha Iyer")
        );
        assert_eq!(asked.draft.value(Field::Nps), "40", "theirs is merged");
        assert_eq!(
            store::get(&pool, id).await.expect("there").version,
            2,
            "nothing written while asking"
        );

        // No choice: asked again, everything still there.
        let asked = again(service::save(&context, submission(&asked, &[])).await);
        assert_eq!(asked.errors.keys().collect::<Vec<_>>(), [&Field::City]);
        assert_eq!(asked.conflicts.keys().collect::<Vec<_>>(), [&Field::City]);
        assert_eq!(asked.draft.value(Field::City), "Hubballi");

        let chosen = format!("{}&keep.city={keep}", typed(&asked, &[]));
        done(service::save(&context, Submission::parse(&chosen).expect("a form")).await);
        let customer = store::get(&pool, id).await.expect("there");
        let contact = &customer.details.contact;
        assert_eq!((contact.city.as_str(), contact.name.as_str()), (city, "Asha Iyer"));
        assert_eq!(customer.details.relationship.nps, 40);
        assert_eq!(customer.version, 3);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_choice_that_is_overtaken_is_asked_about_again(pool: PgPool) {
    let context = context(&pool);
    let id = create(&pool, Uuid::now_v7(), &details("Asha Rao", "asha@example.in"))
        .await
        .id;
    let mine = edit_form(&context, id).await;
    done(
        service::save(
            &context,
            submission(&edit_form(&context, id).await, &[(Field::City, "Mysuru")]),
        )
        .await,
    );
    let asked = again(service::save(&context, submission(&mine, &[(Field::City, "Hubballi")])).await);
    // While the person decides, somebody saves a third city.
    done(
        service::save(
            &context,
            submission(&edit_form(&context, id).await, &[(Field::City, "Pune")]),
        )
        .await,
    );
    let chosen = format!("{}&keep.city=mine", typed(&asked, &[]));
    let asked = again(service::save(&context, Submission::parse(&chosen).expect("a form")).await);
    assert_eq!(asked.conflicts[&Field::City].said.as_deref(), Some("Pune"));
    assert_eq!(asked.draft.value(Field::City), "Hubballi");
    let chosen = format!("{}&keep.city=mine", typed(&asked, &[]));
    done(service::save(&context, Submission::parse(&chosen).expect("a form")).await);
    assert_eq!(
        store::get(&pool, id).await.expect("there").details.contact.city,
        "Hubballi"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn sixteen_edits_of_different_fields_at_once_all_survive(pool: PgPool) {
    let pool = wide(&pool);
    let context = context(&pool);
    const EDITS: &[(Field, &str)] = &[
        (Field::Name, "Asha Iyer"),
        (Field::Email, "iyer@example.in"),
        (Field::Phone, "+91 90000 00001"),
        (Field::AddressLine, "7 Church Street"),
        (Field::City, "Mysuru"),
        (Field::State, "Kerala"),
        (Field::PinCode, "570001"),
        (Field::Status, "Active"),
        (Field::PlanType, "Wireless"),
        (Field::Speed, "300"),
        (Field::Price, "999.5"),
        (Field::BillingCycle, "Annual"),
        (Field::LiveChannels, "120"),
        (Field::Nps, "-7"),
        (Field::Tickets, "3"),
        (Field::Outstanding, "45"),
    ];
    for round in 0..3 {
        let email = format!("asha{round}@example.in");
        let id = create(&pool, Uuid::now_v7(), &details("Asha Rao", &email)).await.id;
        let form = edit_form(&context, id).await;
        let edits: Vec<_> = EDITS
            .iter()
            .map(|(field, value)| {
                let own = if *field == Field::Email {
                    &format!("iyer{round}@example.in")
                } else {
                    *value
                };
                let (context, sent) = (context.clone(), submission(&form, &[(*field, own)]));
                tokio::spawn(async move { service::save(&context, sent).await })
            })
            .collect();
        for edit in edits {
            done(edit.await.expect("no panic"));
        }
        let customer = store::get(&pool, id).await.expect("there");
        assert_eq!(customer.version, 1 + EDITS.len() as i64);
        let now_says = edit_form(&context, id).await.draft;
        for (field, value) in EDITS.iter().filter(|(field, _)| *field != Field::Email) {
            assert_eq!(now_says.value(*field), *value, "{field}");
        }
        let fields: HashSet<String> = history(&pool, id).await.into_iter().skip(1).map(|row| row.1).collect();
        assert_eq!(fields, EDITS.iter().map(|(field, _)| field.word().to_owned()).collect());
    }
    context.connections.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn an_edit_of_a_deleted_customer_keeps_what_was_typed(pool: PgPool) {
    let context = context(&pool);
    let id = create(&pool, Uuid::now_v7(), &details("Asha Rao", "asha@example.in"))
        .await
        .id;
    let form = edit_form(&context, id).await;
    service::delete(&context, id).await.expect("a deletion");
    let refused = again(service::save(&context, submission(&form, &[(Field::City, "Mysuru")])).await);
    let problem = refused.problem.expect("a problem");
    assert_eq!(problem.status, 409);
    assert!(problem.message.contains("deleted"), "{}", problem.message);
    assert_eq!(refused.draft.value(Field::City), "Mysuru");
    assert_eq!(store::get(&pool, id).await.expect("there").version, 2);
    for answer in [
        service::record(&context, id).await.map(|_| ()),
        service::open_form(&context, Some(id)).await.map(|_| ()),
        service::deletion(&context, id).await.map(|_| ()),
    ] {
        assert_eq!(answer, Err(AppError::NotFound));
    }
    // Restored, the same form can be saved: the restoration changed no field.
    service::restore(&context, id).await.expect("restored");
    done(service::save(&context, submission(&form, &[(Field::City, "Mysuru")])).await);
    assert_eq!(store::get(&pool, id).await.expect("there").version, 4);
}
