//! Edits, alone and by several at once.

use std::collections::HashSet;

use app::base::error::AppError;
use app::customers::codec::Customers;
use app::customers::record::customer_page;
use app::customers::spec::{SPEC, field};
use app::record::action::RecordAction;
use app::record::delete::delete_preview;
use app::record::responses::RecordForm;
use app::record::save::open_form;
use sqlx::PgPool;
use uuid::Uuid;

use crate::common::{context, create, details, get, submission, typed, wide};
use crate::{delete, done, edit_form, history, invalid, restore, row, save, saved, send};

#[sqlx::test(migrations = "../migrations")]
async fn changes_to_different_fields_are_merged(pool: PgPool) {
    let context = context(&pool);
    let id = create(&pool, Uuid::now_v7(), &details("Asha Rao", "asha@example.in"))
        .await
        .id;
    let (mine, theirs) = (edit_form(&context, id).await, edit_form(&context, id).await);
    let theirs = submission(&theirs, &[(field::CITY, "Mysuru"), (field::NPS, "40")]);
    let mine = submission(&mine, &[(field::NAME, "Asha Iyer"), (field::NPS, "40")]);
    assert_eq!(saved(send(&context, theirs.clone()).await).0, RecordAction::Saved);
    // The answer was lost, and it is sent again: nobody else has changed anything.
    assert_eq!(saved(send(&context, theirs).await).0, RecordAction::Saved);
    assert_eq!(saved(send(&context, mine).await).0, RecordAction::Merged);
    let customer = get(&pool, id).await.expect("there");
    assert_eq!(customer.version, 3);
    let data = &customer.data;
    assert_eq!((data.name.as_str(), data.city.as_str()), ("Asha Iyer", "Mysuru"));
    assert_eq!(customer.data.nps, 40);
    // The second save changed the name alone: the history says so.
    let last = history(&pool, id).await.pop().expect("a row");
    assert_eq!(last, row(3, "name", Some("Asha Rao"), Some("Asha Iyer")));
}

#[sqlx::test(migrations = "../migrations")]
async fn changes_to_one_field_by_both_users_are_a_conflict(pool: PgPool) {
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
        done(save(&context, &theirs, &[(field::CITY, "Mysuru"), (field::NPS, "40")]).await);
        let typing = [(field::CITY, "Hubballi"), (field::NAME, "Asha Iyer")];
        let conflict = invalid(save(&context, &mine, &typing).await);
        assert_eq!(conflict.form_error.as_ref().map(|problem| problem.status), Some(409));
        assert_eq!(conflict.conflicts.keys().collect::<Vec<_>>(), [field::CITY]);
        assert_eq!(conflict.conflicts[field::CITY].theirs.as_deref(), Some("Mysuru"));
        assert_eq!(
            (conflict.draft.value(field::CITY), conflict.draft.value(field::NAME)),
            ("Hubballi", "Asha Iyer")
        );
        assert_eq!(conflict.draft.value(field::NPS), "40", "theirs is merged");
        assert_eq!(
            get(&pool, id).await.expect("there").version,
            2,
            "nothing written while asking"
        );

        // No choice: conflict again, everything still there.
        let conflict = invalid(save(&context, &conflict, &[]).await);
        assert_eq!(conflict.errors.keys().collect::<Vec<_>>(), [field::CITY]);
        assert_eq!(conflict.conflicts.keys().collect::<Vec<_>>(), [field::CITY]);
        assert_eq!(conflict.draft.value(field::CITY), "Hubballi");

        let chosen = format!("{}&resolve.city={keep}", typed(&conflict, &[]));
        done(send(&context, RecordForm::parse(&SPEC, &chosen).expect("a form")).await);
        let customer = get(&pool, id).await.expect("there");
        let data = &customer.data;
        assert_eq!((data.city.as_str(), data.name.as_str()), (city, "Asha Iyer"));
        assert_eq!(customer.data.nps, 40);
        assert_eq!(customer.version, 3);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_third_edit_during_a_conflict_is_a_new_conflict(pool: PgPool) {
    let context = context(&pool);
    let id = create(&pool, Uuid::now_v7(), &details("Asha Rao", "asha@example.in"))
        .await
        .id;
    let mine = edit_form(&context, id).await;
    done(save(&context, &edit_form(&context, id).await, &[(field::CITY, "Mysuru")]).await);
    let conflict = invalid(save(&context, &mine, &[(field::CITY, "Hubballi")]).await);
    // While the person decides, somebody saves a third city.
    done(save(&context, &edit_form(&context, id).await, &[(field::CITY, "Pune")]).await);
    let chosen = format!("{}&resolve.city=mine", typed(&conflict, &[]));
    let conflict = invalid(send(&context, RecordForm::parse(&SPEC, &chosen).expect("a form")).await);
    assert_eq!(conflict.conflicts[field::CITY].theirs.as_deref(), Some("Pune"));
    assert_eq!(conflict.draft.value(field::CITY), "Hubballi");
    let chosen = format!("{}&resolve.city=mine", typed(&conflict, &[]));
    done(send(&context, RecordForm::parse(&SPEC, &chosen).expect("a form")).await);
    assert_eq!(get(&pool, id).await.expect("there").data.city, "Hubballi");
}

#[sqlx::test(migrations = "../migrations")]
async fn sixteen_concurrent_edits_of_different_fields_are_all_saved(pool: PgPool) {
    let pool = wide(&pool);
    let context = context(&pool);
    const EDITS: &[(&str, &str)] = &[
        (field::NAME, "Asha Iyer"),
        (field::EMAIL, "iyer@example.in"),
        (field::PHONE, "+91 90000 00001"),
        (field::ADDRESS, "7 Church Street"),
        (field::CITY, "Mysuru"),
        (field::STATE, "Kerala"),
        (field::PIN_CODE, "570001"),
        (field::DATA_USED, "120"),
        (field::AVERAGE_SPEED, "87.5"),
        (field::UPTIME, "99.5"),
        (field::CUSTOMER_SINCE, "2020-01-15"),
        (field::CHURN_RISK, "High"),
        (field::SATISFACTION, "4"),
        (field::NPS, "-7"),
        (field::TICKETS, "3"),
        (field::PROMISED_ON, "2026-11-30"),
    ];
    for round in 0..3 {
        let email = format!("asha{round}@example.in");
        let id = create(&pool, Uuid::now_v7(), &details("Asha Rao", &email)).await.id;
        let form = edit_form(&context, id).await;
        let edits: Vec<_> = EDITS
            .iter()
            .map(|(field, value)| {
                let own = if *field == field::EMAIL {
                    &format!("iyer{round}@example.in")
                } else {
                    *value
                };
                let (context, sent) = (context.clone(), submission(&form, &[(field, own)]));
                tokio::spawn(async move { send(&context, sent).await })
            })
            .collect();
        for edit in edits {
            done(edit.await.expect("no panic"));
        }
        let customer = get(&pool, id).await.expect("there");
        assert_eq!(customer.version, 1 + EDITS.len() as i64);
        let now_says = edit_form(&context, id).await.draft;
        for (field, value) in EDITS.iter().filter(|(field, _)| *field != field::EMAIL) {
            assert_eq!(now_says.value(field), *value, "{field}");
        }
        let fields: HashSet<String> = history(&pool, id).await.into_iter().skip(1).map(|row| row.1).collect();
        assert_eq!(fields, EDITS.iter().map(|(field, _)| (*field).to_owned()).collect());
    }
    context.pool().close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn an_edit_of_a_deleted_customer_returns_the_typed_text(pool: PgPool) {
    let context = context(&pool);
    let id = create(&pool, Uuid::now_v7(), &details("Asha Rao", "asha@example.in"))
        .await
        .id;
    let form = edit_form(&context, id).await;
    delete(&context, id).await.expect("a deletion");
    let refused = invalid(save(&context, &form, &[(field::CITY, "Mysuru")]).await);
    let problem = refused.form_error.expect("a problem");
    assert_eq!(problem.status, 409);
    assert!(problem.message.contains("deleted"), "{}", problem.message);
    assert_eq!(refused.draft.value(field::CITY), "Mysuru");
    assert_eq!(get(&pool, id).await.expect("there").version, 2);
    for answer in [
        customer_page(&context, id).await.map(|_| ()),
        open_form::<Customers>(&context, Some(id)).await.map(|_| ()),
        delete_preview::<Customers>(&context, id).await.map(|_| ()),
    ] {
        assert_eq!(answer, Err(AppError::NotFound));
    }
    // Restored, the same form can be saved: the restoration changed no field.
    restore(&context, id).await.expect("restored");
    done(save(&context, &form, &[(field::CITY, "Mysuru")]).await);
    assert_eq!(get(&pool, id).await.expect("there").version, 4);
}
