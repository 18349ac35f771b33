//! Writes: what they leave behind, what they refuse, and that none which was acknowledged is ever lost.

mod common;

use std::collections::HashSet;
use std::time::Duration;

use app::context::{AppContext, Clock};
use app::customers::model::field::Field;
use app::customers::model::{AccountNumber, Customer, CustomerName, Details, PlanType};
use app::customers::search::search_text;
use app::customers::store::{self, Refusal};
use app::customers::submission::Submission;
use app::customers::view::deed::Deed;
use app::customers::view::{CustomerForm, Moved, Outcome};
use app::customers::{query::CustomerQuery, service};
use app::error::AppError;
use app::history::model::Stamp;
use app::units::Megabytes;
use chrono::TimeDelta;
use common::{
    Random, connections, context, create, details, now, populate, stamp, submission, typed, valid_draft, varied, wide,
};
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

/// A row of the history: version, field, before, after.
type Written = (i64, String, Option<String>, Option<String>);

async fn history(pool: &PgPool, id: Uuid) -> Vec<Written> {
    sqlx::query_as("SELECT version, field, before, after FROM history WHERE entity_id = $1 ORDER BY version, id")
        .bind(id)
        .fetch_all(pool)
        .await
        .expect("the history")
}

fn row(version: i64, field: &str, before: Option<&str>, after: Option<&str>) -> Written {
    (
        version,
        field.to_owned(),
        before.map(str::to_owned),
        after.map(str::to_owned),
    )
}

async fn count(pool: &PgPool, what: &'static str) -> i64 {
    sqlx::query_scalar(what).fetch_one(pool).await.expect("a count")
}

const LIVE: &str = "SELECT count(*) FROM customers WHERE deleted_at IS NULL";
const HISTORY: &str = "SELECT count(*) FROM history";

fn name_of(customer: &Customer) -> CustomerName {
    CustomerName {
        id: customer.id,
        account_number: customer.account_number,
        name: customer.details.contact.name.clone(),
    }
}

fn saved(outcome: Result<Outcome, AppError>) -> (Deed, CustomerName) {
    match outcome.expect("no fault") {
        Outcome::Done { deed, customer } => (deed, customer),
        Outcome::Again(form) => panic!("not saved: {:?} {:?} {:?}", form.errors, form.problem, form.conflicts),
    }
}

fn done(outcome: Result<Outcome, AppError>) -> CustomerName {
    saved(outcome).1
}

fn again(outcome: Result<Outcome, AppError>) -> CustomerForm {
    match outcome.expect("no fault") {
        Outcome::Again(form) => *form,
        Outcome::Done { customer, .. } => panic!("saved {customer:?}"),
    }
}

/// The form of somebody new, filled in.
async fn new_form(context: &AppContext, name: &str, email: &str) -> CustomerForm {
    let mut form = service::open_form(context, None).await.expect("a form");
    form.draft = valid_draft(name, email);
    form
}

async fn edit_form(context: &AppContext, id: Uuid) -> CustomerForm {
    service::open_form(context, Some(id)).await.expect("a form")
}

#[sqlx::test(migrations = "../migrations")]
async fn a_customer_comes_back_as_it_was_written(pool: PgPool) {
    for customer in common::populate(&pool, 50, 31).await {
        let read = store::get(&pool, customer.id).await.expect("there");
        assert_eq!(read, customer);
        assert_eq!((read.version, read.updated_at, read.deleted_at), (1, now(), None));
        assert_eq!(history(&pool, read.id).await, [row(1, "created", None, None)]);
    }
}

/// What a write gives back is not read again. A clock of nanoseconds makes no difference.
#[sqlx::test(migrations = "../migrations")]
async fn every_write_gives_what_is_there_then(pool: PgPool) {
    let clock = Clock::new(|| now() + TimeDelta::nanoseconds(123_456_789));
    let stamp = AppContext::new(pool.clone(), clock).stamp();
    let mut random = Random::new(35);
    for number in 0..20 {
        let (id, other) = (random.id(), varied(&mut random, 100 + number));
        let created = store::create(&connections(&pool), &stamp, id, &varied(&mut random, number)).await;
        let created = created.expect("no fault").expect("created");
        assert_eq!(store::get(&pool, id).await.as_ref(), Ok(&created));
        let edited = store::update(&connections(&pool), &stamp, id, |_| Ok::<_, Refusal>(other.clone())).await;
        let edited = edited.expect("no fault").expect("saved");
        assert_eq!(store::get(&pool, id).await.as_ref(), Ok(&edited));
        let deleted = store::delete(&connections(&pool), &stamp, id).await.expect("no fault");
        assert_eq!(store::get(&pool, id).await, Ok(deleted.expect("deleted")));
        let restored = store::restore(&connections(&pool), &stamp, id).await.expect("no fault");
        assert_eq!(store::get(&pool, id).await, Ok(restored.expect("restored")));
    }
}

/// The account's part of the text is made by the database where a customer is created, by the program everywhere else.
#[sqlx::test(migrations = "../migrations")]
async fn a_customer_is_searched_in_the_same_text_whoever_has_made_it(pool: PgPool) {
    let mut customers = populate(&pool, 20, 36).await;
    for (number, last) in [9_999_998_i64, 12_345_678, 1_234_567_890_123].into_iter().enumerate() {
        sqlx::query("SELECT setval(pg_get_serial_sequence('customers', 'account_number'), $1)")
            .bind(last)
            .execute(&pool)
            .await
            .expect("a sequence");
        for email in 0..2 {
            let details = details("Asha O'Neil-Rao", &format!("asha_{number}.{email}@example.in"));
            customers.push(create(&pool, Uuid::now_v7(), &details).await);
        }
    }
    assert!(customers.iter().any(|customer| customer.account_number.0 == 10_000_000));
    for edited in [false, true] {
        for customer in &mut customers {
            if edited {
                let mut details = customer.details.clone();
                details.contact.city = "Mysuru".into();
                let saved = store::update(&connections(&pool), &stamp(), customer.id, |_| {
                    Ok::<_, Refusal>(details.clone())
                })
                .await;
                *customer = saved.expect("no fault").expect("saved");
            }
            let text: String = sqlx::query_scalar("SELECT search_text FROM customers WHERE id = $1")
                .bind(customer.id)
                .fetch_one(&pool)
                .await
                .expect("a text");
            assert_eq!(text, search_text(customer.account_number, &customer.details.contact));
        }
    }
}

/// The indexes by name hold the text that is searched, and an index's row has an end: the longest texts, in letters of four bytes, are within it.
#[sqlx::test(migrations = "../migrations")]
async fn the_longest_texts_can_be_written(pool: PgPool) {
    let mut random = Random::new(37);
    // Any letters, so that nothing in them repeats.
    let mut letters = |count: usize| -> String {
        let letter = |_| char::from_u32(0x2_0000 + random.below(0xa000) as u32).expect("a letter");
        (0..count).map(letter).collect()
    };
    // With a mark in it, a text stands in the searched one as it is and in pieces: longer, and more alike.
    for (name_mark, city_mark) in [("", ""), ("-", ""), ("", "-"), ("-", "-")] {
        let mut marked = |length: usize, mark: &str| format!("{}{mark}{}", letters(length - 2), letters(1));
        let (name, city) = (marked(120, name_mark), marked(80, city_mark));
        let domain: Vec<String> = (0..3).map(|_| letters(15)).collect();
        let email = format!("{}@{}.in", letters(16), domain.join("."));
        assert_eq!(email.len(), 250);
        let mut draft = valid_draft(&name, &email);
        draft.set(Field::City, vec![city.clone()]);
        let details: Details = draft.parse().expect("valid details");
        create(&pool, Uuid::now_v7(), &details).await;
        let found = service::list(&context(&pool), &format!("?q={city}"), vec![]).await;
        assert_eq!(found.expect("a page").rows.len(), 1);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn every_change_is_in_the_history(pool: PgPool) {
    let id = Uuid::now_v7();
    create(&pool, id, &details("Asha Rao", "asha@example.in")).await;
    let mut draft = valid_draft("Asha Iyer", "asha@example.in");
    for (field, values) in [
        (Field::Price, vec!["1,999.50"]),
        (Field::OttApps, vec!["ZEE5", "Netflix"]),
        (Field::PeakHours, vec!["21:00", "00:00"]),
        (Field::Status, vec!["Cancelled"]),
        (Field::CancelledOn, vec!["2026-11-01"]),
        (Field::CancelReason, vec!["Moved  away"]),
    ] {
        draft.set(field, values.into_iter().map(str::to_owned).collect());
    }
    let changed: Details = draft.parse().expect("valid details");
    let later = now() + TimeDelta::hours(1);
    let stamp = Stamp {
        at: later,
        ..common::stamp()
    };
    let saved = store::update(&connections(&pool), &stamp, id, |_| Ok::<_, Refusal>(changed.clone()))
        .await
        .expect("a database")
        .expect("saved");
    assert_eq!((saved.version, saved.updated_at), (2, later));
    assert_eq!(saved.details, changed);
    let mut edits = history(&pool, id).await.split_off(1);
    edits.sort();
    assert_eq!(
        edits,
        [
            row(2, "cancel_reason", None, Some("Moved away")),
            row(2, "cancelled_on", None, Some("2026-11-01")),
            row(2, "name", Some("Asha Rao"), Some("Asha Iyer")),
            row(2, "ott_apps", None, Some("Netflix, ZEE5")),
            row(2, "peak_hours", None, Some("21:00-00:00")),
            row(2, "price", Some("1367"), Some("1999.5")),
            row(2, "status", Some("Pending"), Some("Cancelled")),
        ]
    );
    let context = context(&pool);
    assert!(matches!(service::delete(&context, id).await, Ok(Moved::Done(_))));
    assert!(matches!(service::restore(&context, id).await, Ok(Moved::Done(_))));
    let rows = history(&pool, id).await;
    assert_eq!(
        rows[rows.len() - 2..],
        [row(3, "deleted", None, None), row(4, "restored", None, None)]
    );
    let customer = store::get(&pool, id).await.expect("there");
    assert_eq!(
        (customer.version, customer.deleted_at, customer.details),
        (4, None, changed)
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn a_save_that_changes_nothing_writes_nothing(pool: PgPool) {
    let context = context(&pool);
    let made = done(
        service::save(
            &context,
            submission(&new_form(&context, "Asha Rao", "asha@example.in").await, &[]),
        )
        .await,
    );
    let form = edit_form(&context, made.id).await;
    // Other spellings of the same values.
    let same = [
        (Field::Price, "1367.00"),
        (Field::Phone, "+91 98450-12345"),
        (Field::Name, "  Asha   Rao "),
    ];
    assert_eq!(done(service::save(&context, submission(&form, &same)).await), made);
    let customer = store::get(&pool, made.id).await.expect("there");
    assert_eq!(customer.version, 1);
    assert_eq!(history(&pool, made.id).await.len(), 1);
}

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

#[sqlx::test(migrations = "../migrations")]
async fn a_second_deletion_is_refused_and_a_second_restoration_is_no_matter(pool: PgPool) {
    let context = context(&pool);
    let asha = create(&pool, Uuid::now_v7(), &details("Asha Rao", "asha@example.in")).await;
    let deleted = service::delete(&context, asha.id).await;
    assert_eq!(deleted, Ok(Moved::Done(name_of(&asha))));
    let Ok(Moved::Refused(problem)) = service::delete(&context, asha.id).await else {
        panic!("deleted twice");
    };
    assert_eq!(problem.status, 409);
    let listed = service::deleted(&context, None).await.expect("a list");
    assert_eq!(
        listed.customers.iter().map(|customer| customer.id).collect::<Vec<_>>(),
        [asha.id]
    );
    for _ in 0..2 {
        assert_eq!(
            service::restore(&context, asha.id).await,
            Ok(Moved::Done(name_of(&asha)))
        );
    }
    assert_eq!(history(&pool, asha.id).await.len(), 3);
    let nobody = Uuid::now_v7();
    assert_eq!(service::delete(&context, nobody).await, Err(AppError::NotFound));
    assert_eq!(service::restore(&context, nobody).await, Err(AppError::NotFound));
    // An edit that names somebody who never was.
    let mut form = edit_form(&context, asha.id).await;
    form.id = nobody;
    assert_eq!(
        service::save(&context, submission(&form, &[])).await,
        Err(AppError::NotFound)
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn of_twenty_deletions_at_once_one_is_done(pool: PgPool) {
    let pool = wide(&pool);
    let context = context(&pool);
    let id = create(&pool, Uuid::now_v7(), &details("Asha Rao", "asha@example.in"))
        .await
        .id;
    let deletions: Vec<_> = (0..20)
        .map(|_| {
            let context = context.clone();
            tokio::spawn(async move { service::delete(&context, id).await })
        })
        .collect();
    let mut done = 0;
    for deletion in deletions {
        match deletion.await.expect("no panic").expect("no fault") {
            Moved::Done(_) => done += 1,
            Moved::Refused(problem) => assert_eq!(problem.status, 409),
        }
    }
    assert_eq!(done, 1);
    assert_eq!(history(&pool, id).await.len(), 2);
    context.connections.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn the_deleted_are_listed_page_by_page(pool: PgPool) {
    let context = context(&pool);
    let customers = common::populate(&pool, 120, 32).await;
    // Many in the same instant: the clock stands.
    for customer in &customers {
        service::delete(&context, customer.id).await.expect("a deletion");
    }
    let mut met = HashSet::new();
    let mut older_than = None;
    loop {
        let list = service::deleted(&context, older_than).await.expect("a list");
        for customer in list.customers {
            assert!(met.insert(customer.id), "listed twice");
        }
        older_than = list.older_than;
        if older_than.is_none() {
            break;
        }
    }
    assert_eq!(met, customers.iter().map(|customer| customer.id).collect());
    let list = service::list(&context, &CustomerQuery::default().to_url(), vec![])
        .await
        .expect("a list");
    assert_eq!((list.numbers.expect("counted").total, list.rows.len()), (0, 0));
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

/// A browser that goes away just after it has sent cancels nothing half-way: each write is whole, with its history, or not there.
#[sqlx::test(migrations = "../migrations")]
async fn a_write_whose_browser_has_gone_is_whole(pool: PgPool) {
    let pool = wide(&pool);
    let context = context(&pool);
    let mut sent = Vec::new();
    for number in 0..30 {
        let form = new_form(&context, "Asha Rao", &format!("asha{number}@example.in")).await;
        let submission = submission(&form, &[]);
        let writer = context.clone();
        let request = context.write(async move { service::save(&writer, submission).await });
        // The request's future is dropped as soon as it has to wait.
        let gone = tokio::time::timeout(Duration::from_micros(number * 150), request).await;
        sent.push((form.id, gone.is_ok()));
    }
    context.writes.close();
    context.writes.wait().await;
    for (id, acknowledged) in &sent {
        let there = store::get(&pool, *id).await;
        assert!(there.is_ok() || !acknowledged, "an acknowledged write is lost");
        assert_eq!(history(&pool, *id).await.len(), usize::from(there.is_ok()));
    }
    assert_eq!(count(&pool, LIVE).await, count(&pool, HISTORY).await);
    // No connection was left inside a transaction.
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    assert_eq!(count(&pool, open).await, 0);
    context.connections.close().await;
}

/// Many people at once on the same few customers: what each was told is what the history and the customers say.
#[sqlx::test(migrations = "../migrations")]
async fn no_acknowledged_write_is_lost(pool: PgPool) {
    let pool = wide(&pool);
    let context = context(&pool);
    let mut ids = Vec::new();
    for number in 0..3 {
        let made = create(
            &pool,
            Uuid::now_v7(),
            &details("Asha Rao", &format!("asha{number}@example.in")),
        )
        .await;
        ids.push(made.id);
    }
    let people: Vec<_> = (0..12_usize)
        .map(|person| {
            let (context, ids) = (context.clone(), ids.clone());
            tokio::spawn(async move {
                let mut told = Vec::new();
                for edit in 0..8 {
                    let id = ids[(person + edit) % ids.len()];
                    let form = edit_form(&context, id).await;
                    let line = format!("{person}-{edit} MG Road");
                    let outcome = service::save(&context, submission(&form, &[(Field::AddressLine, &line)])).await;
                    match outcome.expect("no fault") {
                        Outcome::Done { .. } => told.push((id, line)),
                        // Somebody was quicker: what was typed is still there.
                        Outcome::Again(form) => assert_eq!(form.draft.value(Field::AddressLine), line),
                    }
                }
                told
            })
        })
        .collect();
    let mut acknowledged = HashSet::new();
    for person in people {
        acknowledged.extend(person.await.expect("no panic"));
    }
    let mut written = HashSet::new();
    for id in ids {
        let rows = history(&pool, id).await;
        let versions: Vec<i64> = rows.iter().map(|row| row.0).collect();
        assert_eq!(
            versions,
            (1..=rows.len() as i64).collect::<Vec<_>>(),
            "a version for each write"
        );
        // Each write began from what the one before it left.
        for pair in rows[1..].windows(2) {
            assert_eq!(pair[0].3, pair[1].2);
        }
        let customer = store::get(&pool, id).await.expect("there");
        assert_eq!(customer.version, rows.len() as i64);
        assert_eq!(
            rows.last().and_then(|row| row.3.clone()),
            Some(customer.details.contact.address_line)
        );
        written.extend(rows.into_iter().skip(1).filter_map(|row| row.3).map(|line| (id, line)));
    }
    assert_eq!(acknowledged, written);
    context.connections.close().await;
}

/// Each of many edits of one customer adds to what the one before it has left.
#[sqlx::test(migrations = "../migrations")]
async fn each_of_many_writers_of_one_customer_lands(pool: PgPool) {
    const WRITERS: i64 = 16;
    const EDITS: i64 = 6;
    let pool = wide(&pool);
    let id = create(&pool, Uuid::now_v7(), &details("Asha Rao", "asha@example.in"))
        .await
        .id;
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..WRITERS {
        let pool = pool.clone();
        writers.spawn(async move {
            for _ in 0..EDITS {
                let add = |customer: &Customer| {
                    let mut details = customer.details.clone();
                    details.usage.data_used.0 += 1;
                    details.plan.price.0 += 1;
                    details.billing.outstanding.0 = customer.version % 3;
                    details.plan.plan_type = PlanType::ALL[(customer.version % 2) as usize];
                    Ok::<_, Refusal>(details)
                };
                let saved = store::update(&connections(&pool), &stamp(), id, add)
                    .await
                    .expect("no fault");
                saved.expect("saved");
            }
        });
    }
    while let Some(writer) = writers.join_next().await {
        writer.expect("it ends");
    }
    let edits = WRITERS * EDITS;
    let customer = store::get(&pool, id).await.expect("there");
    assert_eq!(
        (customer.version, customer.details.usage.data_used.0),
        (1 + edits, edits)
    );
    let counted: Vec<_> = history(&pool, id)
        .await
        .into_iter()
        .filter(|(_, field, ..)| field == Field::DataUsed.word())
        .map(|(version, _, _, after)| (version, after.expect("a number")))
        .collect();
    let expected: Vec<_> = (1..=edits).map(|edit| (1 + edit, Megabytes(edit).text())).collect();
    assert_eq!(counted, expected);
    let mut db = pool.acquire().await.expect("a connection");
    assert_eq!(store::wrong_counts(&mut db).await.expect("counted"), 0);
    drop(db);
    pool.close().await;
}

/// The last line of defence: a row out of range cannot be there, whatever program writes it.
#[sqlx::test(migrations = "../migrations")]
async fn the_table_refuses_what_is_out_of_range(pool: PgPool) {
    let id = create(&pool, Uuid::now_v7(), &details("Asha Rao", "asha@example.in"))
        .await
        .id;
    for assignment in [
        "name = ''",
        "name = repeat('a', 121)",
        "email = repeat('a', 255)",
        "phone = '9845012345'",
        "phone = '+911845012345'",
        "phone = '+9198450123456'",
        "address_line = ''",
        "city = repeat('a', 81)",
        "state = ''",
        "pin_code = '056001'",
        "pin_code = '56001'",
        "status = 'Cancelled'",
        "cancelled_on = '2026-11-01'",
        "cancel_reason = 'Moved'",
        "status = 'Cancelled', cancelled_on = '2026-11-01', cancel_reason = ''",
        "speed_kbps = 49999",
        "speed_kbps = 1000001",
        "price_paise = -1",
        "price_paise = 100000001",
        "ott_apps = array_fill('x'::text, ARRAY[13])",
        "live_channels = -1",
        "live_channels = 2001",
        "data_used_mb = -1",
        "average_speed_kbps = -1",
        "uptime_bp = 10001",
        "uptime_bp = -1",
        "peak_hours = '{1,2,3}'",
        "peak_hours = '{0,1440}'",
        "peak_hours = '{-1,5}'",
        "peak_hours = '{1,2,3,4,5,6,7,8}'",
        "lifetime_value_paise = -1",
        "nps = 101",
        "nps = -101",
        "tickets = -1",
        "satisfaction = 0",
        "satisfaction = 6",
        "referred_by = account_number",
        "outstanding_paise = -1",
        "account_number = 0",
    ] {
        let statement = format!("UPDATE customers SET {assignment} WHERE id = $1");
        let refused = sqlx::query(AssertSqlSafe(statement)).bind(id).execute(&pool).await;
        let fault = refused.expect_err(assignment);
        let code = fault.as_database_error().and_then(|fault| fault.code());
        assert_eq!(code.as_deref(), Some("23514"), "{assignment}: {fault}");
    }
    for (assignment, code) in [
        ("plan_type = 'Copper'", "22P02"),
        ("churn_risk = 'low'", "22P02"),
        ("referred_by = 999", "23503"),
        ("name_key = NULL", "23502"),
        ("next_billing_on = NULL", "23502"),
    ] {
        let statement = format!("UPDATE customers SET {assignment} WHERE id = $1");
        let refused = sqlx::query(AssertSqlSafe(statement)).bind(id).execute(&pool).await;
        let fault = refused.expect_err(assignment);
        assert_eq!(
            fault.as_database_error().and_then(|fault| fault.code()).as_deref(),
            Some(code),
            "{assignment}"
        );
    }
}
