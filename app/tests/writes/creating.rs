//! New customers, and what they are refused for.

use app::customers::codec::Customers;
use app::customers::model::AccountNumber;
use app::customers::record::customer_page;
use app::customers::spec::field;
use app::record::delete::delete_preview;
use app::record::responses::{DeleteOutcome, RecordForm, SaveOutcome};
use sqlx::PgPool;
use uuid::Uuid;

use crate::common::{context, create, details, get, record_ref, submission, wide};
use crate::{HISTORY, LIVE, count, delete, done, edit_form, history, invalid, new_form, restore, row, save, send};

#[sqlx::test(migrations = "../migrations")]
async fn a_form_sent_twice_creates_one_customer(pool: PgPool) {
    let context = context(&pool);
    let form = new_form(&context, "Asha Rao", "asha@example.in").await;
    let made = done(save(&context, &form, &[]).await);
    assert_eq!(made.id, form.id);
    assert_eq!(done(save(&context, &form, &[]).await), made);
    assert_eq!(count(&pool, LIVE).await, 1);

    // The same id with other content is not the same sending: it is said, and nothing typed is lost.
    let refused = invalid(save(&context, &form, &[(field::CITY, "Mysuru")]).await);
    let problem = refused.form_error.expect("a problem");
    assert_eq!((problem.status, problem.record), (409, Some(made.clone())));
    assert_eq!(refused.draft.value(field::CITY), "Mysuru");
    assert_eq!(
        get(&pool, made.id).await.expect("there").data,
        details("Asha Rao", "asha@example.in")
    );

    // Somebody has edited the customer meanwhile: the first sending again is still the same sending.
    done(save(&context, &edit_form(&context, made.id).await, &[(field::CITY, "Pune")]).await);
    assert_eq!(done(save(&context, &form, &[]).await), made);
    assert_eq!(get(&pool, made.id).await.expect("there").data.city, "Pune");
    assert_eq!(count(&pool, LIVE).await, 1);

    // Deleted meanwhile: to say that it was created would be a lie.
    delete(&context, made.id).await.expect("a deletion");
    let refused = invalid(save(&context, &form, &[]).await);
    assert_eq!(refused.form_error.map(|problem| problem.status), Some(409));
    assert_eq!(count(&pool, LIVE).await, 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn different_content_under_a_used_id_is_reported(pool: PgPool) {
    let context = context(&pool);
    let form = new_form(&context, "Asha Rao", "asha@example.in").await;
    let made = done(save(&context, &form, &[]).await);
    done(save(&context, &edit_form(&context, made.id).await, &[(field::CITY, "Pune")]).await);
    let refused = invalid(save(&context, &form, &[(field::NAME, "Ravi Iyer")]).await);
    assert_eq!(refused.draft.value(field::NAME), "Ravi Iyer");
}

#[sqlx::test(migrations = "../migrations")]
async fn twenty_concurrent_submissions_create_one_customer(pool: PgPool) {
    let pool = wide(&pool);
    let context = context(&pool);
    const ROUNDS: i64 = 15;
    for round in 0..ROUNDS {
        let form = new_form(&context, "Asha Rao", &format!("asha{round}@example.in")).await;
        let sendings: Vec<_> = (0..20)
            .map(|_| {
                let (context, sent) = (context.clone(), submission(&form, &[]));
                tokio::spawn(async move { send(&context, sent).await })
            })
            .collect();
        for sending in sendings {
            assert_eq!(done(sending.await.expect("no panic")).id, form.id);
        }
        assert_eq!(history(&pool, form.id).await, [row(1, "created", None, None)]);
    }
    assert_eq!(count(&pool, LIVE).await, ROUNDS);
    context.pool().close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn an_email_is_unique_among_live_customers(pool: PgPool) {
    let context = context(&pool);
    let asha = create(&pool, Uuid::now_v7(), &details("Asha Rao", "Asha@Example.in")).await;
    for email in [
        "asha@example.in",
        "ASHA@EXAMPLE.IN",
        "Asha@Example.in",
        "asha\u{200b}@example.in",
        "ａｓｈａ@example.in",
        "Áshä@example\u{ad}.in",
        "mailto:asha@example.in",
    ] {
        let refused = invalid(save(&context, &new_form(&context, "Ravi Iyer", email).await, &[]).await);
        assert!(
            refused.errors[field::EMAIL].contains("Asha Rao (LM-"),
            "{:?}",
            refused.errors
        );
        let problem = refused.form_error.expect("who has it");
        assert_eq!((problem.status, problem.record), (422, Some(record_ref(&asha))));
        assert_eq!(
            (refused.draft.value(field::NAME), refused.draft.value(field::EMAIL)),
            ("Ravi Iyer", email)
        );
    }
    // An edit is held to the same; one's own email in another case is no obstacle.
    let ravi = create(&pool, Uuid::now_v7(), &details("Ravi Iyer", "ravi@example.in")).await;
    let form = edit_form(&context, ravi.id).await;
    let refused = invalid(save(&context, &form, &[(field::EMAIL, "aSHA@example.in")]).await);
    assert!(refused.errors.contains_key(field::EMAIL));
    done(save(&context, &form, &[(field::EMAIL, "RAVI@example.in")]).await);

    // A deleted customer's email is free; then that one cannot come back with it.
    delete(&context, asha.id).await.expect("a deletion");
    let heir = create(&pool, Uuid::now_v7(), &details("Asha Iyer", "asha@example.in")).await;
    let Ok(DeleteOutcome::Refused(problem)) = restore(&context, asha.id).await else {
        panic!("restored with a taken email");
    };
    assert_eq!((problem.status, problem.record), (409, Some(record_ref(&heir))));
    let still = get(&pool, asha.id).await.expect("there");
    assert!(still.deleted_at.is_some());
    assert_eq!(still.version, 2);
    delete(&context, heir.id).await.expect("a deletion");
    assert!(matches!(
        restore(&context, asha.id).await,
        Ok(DeleteOutcome::Done { .. })
    ));
}

/// A domain in its own script and as DNS has it is the same, and is stored as people read it.
#[sqlx::test(migrations = "../migrations")]
async fn an_international_domain_is_one_in_both_spellings(pool: PgPool) {
    let context = context(&pool);
    let priya = done(
        save(
            &context,
            &new_form(&context, "Priya Rao", "x@xn--j2bd4cyah0f.xn--h2brj9c").await,
            &[],
        )
        .await,
    );
    let stored = get(&pool, priya.id).await.expect("there");
    assert_eq!(stored.data.email.as_str(), "x@हिन्दी.भारत");
    let refused = invalid(save(&context, &new_form(&context, "Ravi Iyer", "x@हिन्दी.भारत").await, &[]).await);
    assert_eq!(refused.form_error.expect("who has it").record, Some(priya));
    // A browser that sends the domain as DNS has it changes nothing.
    let form = edit_form(&context, stored.id).await;
    done(save(&context, &form, &[(field::EMAIL, "x@XN--J2BD4CYAH0F.xn--h2brj9c")]).await);
    assert_eq!(get(&pool, stored.id).await.expect("there").data, stored.data);
}

#[sqlx::test(migrations = "../migrations")]
async fn of_two_concurrent_customers_with_one_email_one_is_created(pool: PgPool) {
    let pool = wide(&pool);
    let context = context(&pool);
    for round in 0..20 {
        let email = format!("asha{round}@example.in");
        let (one, other) = (
            new_form(&context, "Asha Rao", &email).await,
            new_form(&context, "Ravi Iyer", &email).await,
        );
        let send = |form: &RecordForm| {
            let (context, sent) = (context.clone(), submission(form, &[]));
            tokio::spawn(async move { send(&context, sent).await })
        };
        let (one, other) = (send(&one), send(&other));
        let outcomes =
            [one.await.expect("no panic"), other.await.expect("no panic")].map(|outcome| outcome.expect("no fault"));
        let (winner, loser) = match outcomes {
            [SaveOutcome::Done { record: winner, .. }, SaveOutcome::Invalid(loser)]
            | [SaveOutcome::Invalid(loser), SaveOutcome::Done { record: winner, .. }] => (winner, loser),
            both => panic!("{both:?}"),
        };
        assert!(loser.errors[field::EMAIL].contains(&winner.name), "{:?}", loser.errors);
        assert_eq!(loser.form_error.and_then(|problem| problem.record), Some(winner));
    }
    context.pool().close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_referrer_must_be_another_live_customer(pool: PgPool) {
    let context = context(&pool);
    let asha = create(&pool, Uuid::now_v7(), &details("Asha Rao", "asha@example.in")).await;
    let form = new_form(&context, "Ravi Iyer", "ravi@example.in").await;
    let before = count(&pool, HISTORY).await;
    let refused = invalid(save(&context, &form, &[(field::REFERRED_BY, "LM-0009999")]).await);
    assert_eq!(refused.errors.keys().collect::<Vec<_>>(), [field::REFERRED_BY]);
    assert_eq!(refused.draft.value(field::REFERRED_BY), "LM-0009999");
    assert_eq!(count(&pool, HISTORY).await, before);

    let number = asha.reference.clone();
    let ravi = done(save(&context, &form, &[(field::REFERRED_BY, &number)]).await);
    let page = customer_page(&context, ravi.id).await.expect("there");
    assert_eq!(page.referrer, Some(record_ref(&asha)));
    let preview = delete_preview::<Customers>(&context, asha.id).await.expect("there");
    let kept = "not the 1 customer referred by this one: they stay, with the number that referred them";
    assert_eq!(preview.losses.last().map(String::as_str), Some(kept));

    let own = edit_form(&context, asha.id).await;
    let refused = invalid(save(&context, &own, &[(field::REFERRED_BY, &number)]).await);
    assert!(refused.errors[field::REFERRED_BY].contains("themselves"));
    let huge = AccountNumber(i64::MAX).to_string();
    let refused = invalid(save(&context, &own, &[(field::REFERRED_BY, &huge)]).await);
    assert!(refused.errors.contains_key(field::REFERRED_BY));
}

#[sqlx::test(migrations = "../migrations")]
async fn invalid_input_is_reported_and_returned(pool: PgPool) {
    let context = context(&pool);
    let form = new_form(&context, "Asha Rao", "asha@example.in").await;
    let wrong = [
        (field::NAME, ""),
        (field::EMAIL, "asha"),
        (field::PHONE, "12"),
        (field::NPS, "101"),
        (field::STARTS_ON, "\"><script>"),
    ];
    let refused = invalid(save(&context, &form, &wrong).await);
    assert_eq!(refused.id, form.id);
    assert_eq!(
        refused.errors.keys().collect::<Vec<_>>(),
        [field::EMAIL, field::NAME, field::PHONE, field::STARTS_ON]
    );
    for (field, text) in wrong {
        assert_eq!(refused.draft.value(field), text, "{field}");
    }
    assert_eq!(count(&pool, LIVE).await + count(&pool, HISTORY).await, 0);
}
