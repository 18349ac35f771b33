//! New customers, and what they are refused for.

use app::customers::model::AccountNumber;
use app::customers::model::field::Field;
use app::customers::view::{CustomerForm, Moved, Outcome};
use app::customers::{service, store};
use sqlx::PgPool;
use uuid::Uuid;

use crate::common::{context, create, details, submission, wide};
use crate::{HISTORY, LIVE, again, count, done, edit_form, history, name_of, new_form, row};

#[sqlx::test(migrations = "../migrations")]
async fn a_form_sent_twice_makes_one_customer(pool: PgPool) {
    let context = context(&pool);
    let form = new_form(&context, "Asha Rao", "asha@example.in").await;
    let made = done(service::save(&context, submission(&form, &[])).await);
    assert_eq!(made.id, form.id);
    assert_eq!(done(service::save(&context, submission(&form, &[])).await), made);
    assert_eq!(count(&pool, LIVE).await, 1);

    // The same id with other content is not the same sending: it is said, and nothing typed is lost.
    let refused = again(service::save(&context, submission(&form, &[(Field::City, "Mysuru")])).await);
    let problem = refused.problem.expect("a problem");
    assert_eq!((problem.status, problem.customer), (409, Some(made.clone())));
    assert_eq!(refused.draft.value(Field::City), "Mysuru");
    assert_eq!(
        store::get(&pool, made.id).await.expect("there").details,
        details("Asha Rao", "asha@example.in")
    );

    // Somebody has edited the customer meanwhile: the first sending again is still the same sending.
    done(
        service::save(
            &context,
            submission(&edit_form(&context, made.id).await, &[(Field::City, "Pune")]),
        )
        .await,
    );
    assert_eq!(done(service::save(&context, submission(&form, &[])).await), made);
    assert_eq!(
        store::get(&pool, made.id).await.expect("there").details.contact.city,
        "Pune"
    );
    assert_eq!(count(&pool, LIVE).await, 1);

    // Deleted meanwhile: to say that it was created would be a lie.
    service::delete(&context, made.id).await.expect("a deletion");
    let refused = again(service::save(&context, submission(&form, &[])).await);
    assert_eq!(refused.problem.map(|problem| problem.status), Some(409));
    assert_eq!(count(&pool, LIVE).await, 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn other_content_under_a_used_id_is_never_dropped_silently(pool: PgPool) {
    let context = context(&pool);
    let form = new_form(&context, "Asha Rao", "asha@example.in").await;
    let made = done(service::save(&context, submission(&form, &[])).await);
    done(
        service::save(
            &context,
            submission(&edit_form(&context, made.id).await, &[(Field::City, "Pune")]),
        )
        .await,
    );
    let refused = again(service::save(&context, submission(&form, &[(Field::Name, "Ravi Iyer")])).await);
    assert_eq!(refused.draft.value(Field::Name), "Ravi Iyer");
}

#[sqlx::test(migrations = "../migrations")]
async fn twenty_sendings_at_once_make_one_customer(pool: PgPool) {
    let pool = wide(&pool);
    let context = context(&pool);
    const ROUNDS: i64 = 15;
    for round in 0..ROUNDS {
        let form = new_form(&context, "Asha Rao", &format!("asha{round}@example.in")).await;
        let sendings: Vec<_> = (0..20)
            .map(|_| {
                let (context, sent) = (context.clone(), submission(&form, &[]));
                tokio::spawn(async move { service::save(&context, sent).await })
            })
            .collect();
        for sending in sendings {
            assert_eq!(done(sending.await.expect("no panic")).id, form.id);
        }
        assert_eq!(history(&pool, form.id).await, [row(1, "created", None, None)]);
    }
    assert_eq!(count(&pool, LIVE).await, ROUNDS);
    context.connections.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn an_email_belongs_to_one_living_customer(pool: PgPool) {
    let context = context(&pool);
    let asha = create(&pool, Uuid::now_v7(), &details("Asha Rao", "Asha@Example.in")).await;
    for email in ["asha@example.in", "ASHA@EXAMPLE.IN", "Asha@Example.in"] {
        let refused =
            again(service::save(&context, submission(&new_form(&context, "Ravi Iyer", email).await, &[])).await);
        assert!(
            refused.errors[&Field::Email].contains("Asha Rao (LM-"),
            "{:?}",
            refused.errors
        );
        let problem = refused.problem.expect("who has it");
        assert_eq!((problem.status, problem.customer), (422, Some(name_of(&asha))));
        assert_eq!(
            (refused.draft.value(Field::Name), refused.draft.value(Field::Email)),
            ("Ravi Iyer", email)
        );
    }
    // An edit is held to the same; one's own email in another case is no obstacle.
    let ravi = create(&pool, Uuid::now_v7(), &details("Ravi Iyer", "ravi@example.in")).await;
    let form = edit_form(&context, ravi.id).await;
    let refused = again(service::save(&context, submission(&form, &[(Field::Email, "aSHA@example.in")])).await);
    assert!(refused.errors.contains_key(&Field::Email));
    done(service::save(&context, submission(&form, &[(Field::Email, "RAVI@example.in")])).await);

    // A deleted customer's email is free; then that one cannot come back with it.
    service::delete(&context, asha.id).await.expect("a deletion");
    let heir = create(&pool, Uuid::now_v7(), &details("Asha Iyer", "asha@example.in")).await;
    let Ok(Moved::Refused(problem)) = service::restore(&context, asha.id).await else {
        panic!("restored with a taken email");
    };
    assert_eq!((problem.status, problem.customer), (409, Some(name_of(&heir))));
    let still = store::get(&pool, asha.id).await.expect("there");
    assert!(still.deleted_at.is_some());
    assert_eq!(still.version, 2);
    service::delete(&context, heir.id).await.expect("a deletion");
    assert!(matches!(service::restore(&context, asha.id).await, Ok(Moved::Done(_))));
}

#[sqlx::test(migrations = "../migrations")]
async fn of_two_who_want_one_email_at_once_one_gets_it(pool: PgPool) {
    let pool = wide(&pool);
    let context = context(&pool);
    for round in 0..20 {
        let email = format!("asha{round}@example.in");
        let (one, other) = (
            new_form(&context, "Asha Rao", &email).await,
            new_form(&context, "Ravi Iyer", &email).await,
        );
        let send = |form: &CustomerForm| {
            let (context, sent) = (context.clone(), submission(form, &[]));
            tokio::spawn(async move { service::save(&context, sent).await })
        };
        let (one, other) = (send(&one), send(&other));
        let outcomes =
            [one.await.expect("no panic"), other.await.expect("no panic")].map(|outcome| outcome.expect("no fault"));
        let (winner, loser) = match outcomes {
            [Outcome::Done { customer: winner, .. }, Outcome::Again(loser)]
            | [Outcome::Again(loser), Outcome::Done { customer: winner, .. }] => (winner, loser),
            both => panic!("{both:?}"),
        };
        assert!(loser.errors[&Field::Email].contains(&winner.name), "{:?}", loser.errors);
        assert_eq!(loser.problem.and_then(|problem| problem.customer), Some(winner));
    }
    context.connections.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_referrer_is_another_customer(pool: PgPool) {
    let context = context(&pool);
    let asha = create(&pool, Uuid::now_v7(), &details("Asha Rao", "asha@example.in")).await;
    let form = new_form(&context, "Ravi Iyer", "ravi@example.in").await;
    let before = count(&pool, HISTORY).await;
    let refused = again(service::save(&context, submission(&form, &[(Field::ReferredBy, "LM-0009999")])).await);
    assert_eq!(refused.errors.keys().collect::<Vec<_>>(), [&Field::ReferredBy]);
    assert_eq!(refused.draft.value(Field::ReferredBy), "LM-0009999");
    assert_eq!(count(&pool, HISTORY).await, before);

    let number = asha.account_number.to_string();
    let ravi = done(service::save(&context, submission(&form, &[(Field::ReferredBy, &number)])).await);
    let record = service::record(&context, ravi.id).await.expect("there");
    assert_eq!(record.referrer, Some(name_of(&asha)));
    assert_eq!(service::deletion(&context, asha.id).await.expect("there").referrals, 1);

    let own = edit_form(&context, asha.id).await;
    let refused = again(service::save(&context, submission(&own, &[(Field::ReferredBy, &number)])).await);
    assert!(refused.errors[&Field::ReferredBy].contains("themselves"));
    let huge = AccountNumber(i64::MAX).to_string();
    let refused = again(service::save(&context, submission(&own, &[(Field::ReferredBy, &huge)])).await);
    assert!(refused.errors.contains_key(&Field::ReferredBy));
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_typed_wrong_is_said_and_kept(pool: PgPool) {
    let context = context(&pool);
    let form = new_form(&context, "Asha Rao", "asha@example.in").await;
    let wrong = [
        (Field::Name, ""),
        (Field::Email, "asha"),
        (Field::Phone, "12"),
        (Field::Nps, "101"),
        (Field::Price, "\"><script>"),
    ];
    let refused = again(service::save(&context, submission(&form, &wrong)).await);
    assert_eq!(refused.id, form.id);
    assert_eq!(
        refused.errors.keys().collect::<Vec<_>>(),
        [&Field::Name, &Field::Email, &Field::Phone, &Field::Price, &Field::Nps]
    );
    for (field, text) in wrong {
        assert_eq!(refused.draft.value(field), text, "{field}");
    }
    assert_eq!(count(&pool, LIVE).await + count(&pool, HISTORY).await, 0);
}
