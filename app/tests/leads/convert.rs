//! A lead becomes a customer: once, whoever presses and however often.

use std::collections::BTreeSet;

use app::base::spec::FieldSpec;
use app::customers::codec::Customers;
use app::customers::spec::field as customers;
use app::customers::store::Customer;
use app::http::context::AppContext;
use app::leads::codec::{LeadData, Leads};
use app::leads::duplicates;
use app::leads::model::Stage;
use app::leads::record::leads_of_customer;
use app::leads::spec::{SPEC, field};
use app::leads::store::{Lead, customer_of};
use app::record::action::RecordAction;
use app::record::codec::RecordCodec as _;
use app::record::draft::Draft;
use app::record::responses::{RecordForm, SaveOutcome};
use app::record::store::RecordStore as _;
use app::record::{convert, delete, save};
use sqlx::PgPool;
use uuid::Uuid;

use super::common::{self, PLAN, context, details, ensure_plan, now, submission, version_of, wide};
use super::{create, draft, history, send, user};

/// A lead with all that a customer needs but the PIN code.
fn full(name: &str, email: &str) -> Draft {
    let mut draft = draft(name);
    for (field, value) in [
        (field::EMAIL, email),
        (field::ADDRESS, "12 MG Road"),
        (field::CITY, "Pune"),
        (field::STATE, "Maharashtra"),
        (field::PLAN_TYPE, "Wireless"),
        (field::SPEED, "100"),
        (field::EXPECTED_VALUE, "899.50"),
        (field::STAGE, "Proposal"),
    ] {
        draft.put(field, value);
    }
    draft
}

const PIN: (&str, &str) = (customers::PIN_CODE, "411001");

/// The form, with the plan that is to be ordered.
async fn open(context: &AppContext, lead: Uuid) -> RecordForm {
    ensure_plan(context.pool()).await;
    let mut form = convert::open_form::<Leads>(context, lead).await.expect("a form");
    form.draft.put(customers::PLAN, PLAN);
    form
}

async fn press(context: &AppContext, lead: Uuid, form: &RecordForm, changes: &[(&str, &str)]) -> SaveOutcome {
    let outcome = convert::convert::<Leads>(context, lead, submission(form, changes)).await;
    outcome.expect("no fault")
}

async fn link(context: &AppContext, lead: Uuid, customer: Uuid) -> SaveOutcome {
    let form = RecordForm {
        link: Some(customer),
        ..open(context, lead).await
    };
    convert::convert::<Leads>(context, lead, form).await.expect("no fault")
}

fn done(outcome: SaveOutcome) -> Uuid {
    match outcome {
        SaveOutcome::Done { record, .. } => record.id,
        SaveOutcome::Invalid(form) => panic!("{:?} {:?}", form.form_error, form.errors),
    }
}

fn refused(outcome: SaveOutcome) -> RecordForm {
    match outcome {
        SaveOutcome::Invalid(form) => *form,
        done => panic!("{done:?}"),
    }
}

fn message(outcome: SaveOutcome) -> String {
    refused(outcome).form_error.expect("a conflict").message
}

async fn read(pool: &PgPool, lead: Uuid) -> (Lead, Option<Uuid>) {
    let mut db = pool.acquire().await.expect("a connection");
    let read = Leads::get(&mut db, lead).await.expect("a lead");
    (read, customer_of(&mut db, lead).await.expect("no fault"))
}

async fn all_customers(pool: &PgPool) -> i64 {
    let count = sqlx::query_scalar("SELECT count(*) FROM customers");
    count.fetch_one(pool).await.expect("a number")
}

#[test]
fn the_fields_of_a_lead_are_named_as_the_customer_s() {
    // Only what is ordered is the customer's alone, and the number by which a business is taxed.
    let alone: Vec<&str> = Customers::SPEC
        .new_fields()
        .map(|field| field.name)
        .filter(|name| SPEC.field(name).is_none())
        .collect();
    assert_eq!(alone, [customers::GSTIN, customers::PLAN, customers::STARTS_ON]);
    // Whatever is required and not asked for has a value to begin with.
    let defaults = Customers::defaults(now().date_naive());
    let later = Customers::SPEC
        .edited_fields()
        .filter(|field| !field.is_entered_when_new());
    for field in later.filter(|field| field.required) {
        assert!(!defaults.value(field.name).is_empty(), "{}", field.name);
    }
}

/// Where one plan alone is what the lead wants, the form has chosen it.
#[sqlx::test(migrations = "../migrations")]
async fn the_plan_that_a_lead_wants_is_chosen_where_there_is_one(pool: PgPool) {
    let context = context(&pool);
    ensure_plan(&pool).await;
    let mut wants = full("Asha Rao", "asha@example.in");
    for (plan_type, chosen) in [("Fiber", PLAN.to_string()), ("Wireless", String::new())] {
        wants.put(field::PLAN_TYPE, plan_type);
        let lead = create(&pool, &wants).await;
        let form = convert::open_form::<Leads>(&context, lead.id).await.expect("a form");
        assert_eq!(form.draft.value(customers::PLAN), chosen, "{plan_type}");
        assert_eq!(form.draft.value(customers::STARTS_ON), "2026-11-23");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_lead_becomes_a_customer_with_all_that_it_has(pool: PgPool) {
    let context = context(&pool);
    let referrer = common::create(&pool, Uuid::now_v7(), &details("Meera Shah", "meera@example.in")).await;
    let mut typed = full("Asha Rao", "asha@example.in");
    typed.put(field::REFERRED_BY, &referrer.reference);
    let owner = user(&pool, "Arjun", "Sales").await;
    typed.put(field::OWNER, owner);
    typed.put(field::NOTES, "Two flats\nCalls after six");
    let lead = create(&pool, &typed).await;

    let form = open(&context, lead.id).await;
    let asked = refused(press(&context, lead.id, &form, &[]).await);
    assert_eq!(asked.errors.keys().collect::<Vec<_>>(), [customers::PIN_CODE]);

    // Sales may say what is asked, and nothing else.
    let more = [
        PIN,
        (customers::TICKETS, "5"),
        (customers::OUTSTANDING, "500"),
        (customers::STATUS, "Cancelled"),
        (customers::GSTIN, "27AAPFU0939F1ZV"),
    ];
    let customer = done(press(&context, lead.id, &form, &more).await);
    assert_eq!(customer, form.id);
    let made = common::get(&pool, customer).await.expect("a customer");
    assert_eq!(
        made.data.referred_by.map(|number| number.to_string()),
        Some(referrer.reference)
    );
    assert_eq!(made.data.phone, lead.data.phone.clone().expect("a phone"));
    assert_eq!((made.data.tickets, made.data.gstin.is_none()), (0, false));
    let derived = [
        customers::STATUS,
        customers::PLAN_TYPE,
        customers::PRICE,
        customers::OUTSTANDING,
    ];
    assert_eq!(
        derived.map(|name| made.derived.value(name)),
        ["Active", "Fiber", "1367", "0"]
    );
    let (won, became) = read(&pool, lead.id).await;
    assert_eq!((won.data.stage, won.version, became), (Stage::Won, 2, Some(customer)));

    let changes = history(&pool, lead.id).await;
    assert_eq!(changes["stage"], (Some("Proposal".into()), Some("Won".into())));
    assert_eq!(
        changes["customer"],
        (None, Some(format!("Asha Rao ({})", made.reference)))
    );
    assert_eq!(changes.len(), 2);
    let created: Vec<(i64, String, Option<String>)> =
        sqlx::query_as("SELECT version, field, after FROM history WHERE entity = 'customer' AND entity_id = $1")
            .bind(customer)
            .fetch_all(&pool)
            .await
            .expect("the history");
    assert_eq!(
        created,
        [(1, "created".into(), Some(format!("Asha Rao ({})", lead.reference)))]
    );

    // The customer's page has the lead; a deleted lead is on no page.
    let related = leads_of_customer(&context, customer).await.expect("rows");
    assert_eq!((related.rows.len(), related.rows[0].id), (1, lead.id));
    let cells: Vec<String> = related.rows[0]
        .cells
        .iter()
        .map(|cell| cell.clone().into_text())
        .collect();
    assert_eq!(cells, ["Phone", "Arjun", "Two flats\nCalls after six"]);
    delete::delete::<Leads>(&context, lead.id, version_of(&context, lead.id).await)
        .await
        .expect("deleted");
    assert!(
        leads_of_customer(&context, customer)
            .await
            .expect("rows")
            .rows
            .is_empty()
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn whatever_a_lead_could_say_and_does_not_is_asked_for(pool: PgPool) {
    let context = context(&pool);
    let lead = create(&pool, &draft("Asha Rao")).await;
    let form = convert::open_form::<Leads>(&context, lead.id).await.expect("a form");
    let (given, asked): (Vec<_>, Vec<_>) = Customers::SPEC
        .new_fields()
        .partition(|field| !form.draft.value(field.name).is_empty());
    let names = |fields: &[&FieldSpec]| fields.iter().map(|field| field.name).collect::<BTreeSet<_>>();
    assert_eq!(
        names(&given),
        BTreeSet::from([customers::NAME, customers::PHONE, customers::STARTS_ON])
    );
    let refused = refused(press(&context, lead.id, &form, &[]).await);
    let required: Vec<_> = asked.into_iter().filter(|field| field.required).collect();
    assert_eq!(
        refused.errors.keys().map(String::as_str).collect::<BTreeSet<_>>(),
        names(&required)
    );
    assert_eq!(refused.errors[customers::PLAN], "Choose a plan.");
    assert_eq!(all_customers(&pool).await, 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn pressed_twice_and_by_two_people_it_makes_one_customer(pool: PgPool) {
    let context = context(&pool);
    let lead = create(&pool, &full("Asha Rao", "asha@example.in")).await;
    let (mine, theirs) = (open(&context, lead.id).await, open(&context, lead.id).await);
    let customer = done(press(&context, lead.id, &mine, &[PIN]).await);
    assert_eq!(done(press(&context, lead.id, &mine, &[PIN]).await), customer);
    let told = refused(press(&context, lead.id, &theirs, &[PIN, (customers::NAME, "Asha R.")]).await);
    assert_eq!(told.draft.value(customers::NAME), "Asha R.", "what was typed is there");
    let error = told.form_error.expect("a conflict");
    assert_eq!(error.record.map(|record| record.id), Some(customer));
    assert!(
        error.message.starts_with("This lead already became Asha Rao (LM-"),
        "{}",
        error.message
    );
    // Who opens the dialog now is told at once.
    assert_eq!(
        open(&context, lead.id).await.form_error.map(|error| error.status),
        Some(409)
    );
    common::delete(&context, customer).await;
    assert!(message(press(&context, lead.id, &mine, &[PIN]).await).contains("since deleted"));
    assert_eq!(all_customers(&pool).await, 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn many_at_once_make_one_customer(pool: PgPool) {
    let pool = wide(&pool);
    let context = context(&pool);
    let lead = create(&pool, &full("Asha Rao", "asha@example.in")).await;
    let mut tasks = Vec::new();
    for number in 0..16 {
        let context = context.clone();
        let form = open(&context, lead.id).await;
        let id = lead.id;
        tasks.push(tokio::spawn(async move {
            let email = format!("asha{number}@example.in");
            let changes = [PIN, (customers::EMAIL, email.as_str())];
            let (one, other) = tokio::join!(
                press(&context, id, &form, &changes),
                press(&context, id, &form, &changes)
            );
            (form.id, one, other)
        }));
    }
    let became = |lead| {
        let pool = pool.clone();
        async move { read(&pool, lead).await.1.expect("a customer") }
    };
    let mut winners = 0;
    for task in tasks {
        let (id, one, other) = task.await.expect("no panic");
        if id == became(lead.id).await {
            winners += 1;
            assert_eq!([done(one), done(other)], [id; 2]);
        } else {
            for outcome in [one, other] {
                let told = refused(outcome).form_error.and_then(|error| error.record);
                assert_eq!(told.map(|record| record.id), Some(became(lead.id).await));
            }
        }
    }
    assert_eq!((winners, all_customers(&pool).await), (1, 1));
}

#[sqlx::test(migrations = "../migrations")]
async fn nothing_is_left_of_a_conversion_that_is_refused(pool: PgPool) {
    let context = context(&pool);
    let taken = common::create(&pool, Uuid::now_v7(), &details("Meera Shah", "meera@example.in")).await;
    let lead = create(&pool, &full("Asha Rao", "MEERA@example.in")).await;
    let form = open(&context, lead.id).await;
    let told = refused(press(&context, lead.id, &form, &[PIN]).await);
    assert_eq!(told.errors.keys().collect::<Vec<_>>(), [customers::EMAIL]);
    assert_eq!(
        told.form_error.and_then(|error| error.record).map(|record| record.id),
        Some(taken.id)
    );
    let unknown = [
        PIN,
        (customers::EMAIL, "a@example.in"),
        (customers::REFERRED_BY, "LM-9999999"),
    ];
    let told = refused(press(&context, lead.id, &form, &unknown).await);
    assert_eq!(told.errors.keys().collect::<Vec<_>>(), [customers::REFERRED_BY]);
    // A form that has made a customer makes no other one for another lead.
    let other = create(&pool, &full("Ravi Iyer", "ravi@example.in")).await;
    done(press(&context, other.id, &open(&context, other.id).await, &[PIN]).await);
    let (_, became) = read(&pool, other.id).await;
    let reused = RecordForm {
        id: became.expect("a customer"),
        ..form.clone()
    };
    assert!(
        message(press(&context, lead.id, &reused, &[PIN, (customers::EMAIL, "b@example.in")]).await)
            .contains("another customer")
    );

    delete::delete::<Leads>(&context, lead.id, version_of(&context, lead.id).await)
        .await
        .expect("deleted");
    let told = message(press(&context, lead.id, &form, &[PIN, (customers::EMAIL, "b@example.in")]).await);
    assert!(
        told.contains("Asha Rao was deleted.") && told.contains("Deleted leads"),
        "{told}"
    );
    let (lead, became) = read(&pool, lead.id).await;
    assert_eq!((lead.data.stage, lead.version, became), (Stage::Proposal, 2, None));
    assert_eq!(all_customers(&pool).await, 2);
    let events: i64 = sqlx::query_scalar("SELECT count(*) FROM history WHERE entity = 'customer'")
        .fetch_one(&pool)
        .await
        .expect("a number");
    assert_eq!(events, 2);
    assert!(
        convert::convert::<Leads>(&context, Uuid::nil(), submission(&form, &[]))
            .await
            .is_err()
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn an_edit_meanwhile_stays_and_a_lost_lead_can_be_won(pool: PgPool) {
    let context = context(&pool);
    let lead = create(&pool, &full("Asha Rao", "asha@example.in")).await;
    let form = open(&context, lead.id).await;
    let edit = save::open_form::<Leads>(&context, Some(lead.id)).await.expect("a form");
    let lost = [
        (field::STAGE, "Lost"),
        (field::LOST_REASON, "Too dear"),
        (field::NOTES, "Asked twice"),
    ];
    done(send(&context, &edit, &lost).await);
    // Whoever converts it has not seen that it is lost.
    let told = refused(press(&context, lead.id, &form, &[PIN]).await);
    let error = told.form_error.clone().expect("a message");
    assert!(
        error.message.contains("changed after you opened this"),
        "{}",
        error.message
    );
    assert_eq!((error.status, told.draft.value(customers::PIN_CODE)), (409, PIN.1));
    let unsaid = RecordForm {
        from_version: None,
        ..told.clone()
    };
    refused(press(&context, lead.id, &unsaid, &[]).await);
    assert_eq!(all_customers(&pool).await, 0);
    done(press(&context, lead.id, &told, &[]).await);
    let (won, _) = read(&pool, lead.id).await;
    let LeadData {
        stage,
        lost_reason,
        notes,
        ..
    } = won.data;
    assert_eq!(
        (stage, lost_reason, notes.as_deref()),
        (Stage::Won, None, Some("Asked twice"))
    );
    // It stays Won.
    let again = save::open_form::<Leads>(&context, Some(lead.id)).await.expect("a form");
    let told = refused(send(&context, &again, &[(field::STAGE, "New")]).await);
    assert_eq!(told.errors.keys().collect::<Vec<_>>(), [field::STAGE]);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_lead_is_linked_to_a_customer_who_is_there(pool: PgPool) {
    let context = context(&pool);
    let meera = common::create(&pool, Uuid::now_v7(), &details("Meera Shah", "meera@example.in")).await;
    let mut lead = draft("Meera S.");
    lead.put(field::STAGE, Stage::Won);
    let lead = create(&pool, &lead).await;
    let outcome = link(&context, lead.id, meera.id).await;
    let SaveOutcome::Done { action, record } = &outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!((*action, record.id), (RecordAction::Linked, meera.id));
    assert_eq!(
        action.message(Customers::SPEC, record),
        format!("Linked to customer Meera Shah ({})", meera.reference)
    );
    assert_eq!(done(link(&context, lead.id, meera.id).await), meera.id, "pressed twice");
    assert_eq!(read(&pool, lead.id).await.1, Some(meera.id));
    assert_eq!(
        common::get(&pool, meera.id).await.expect("a customer"),
        meera,
        "nothing of the customer changes"
    );
    // One customer comes of one lead, and a deleted one of none.
    let other = create(&pool, &draft("Meera Shah")).await;
    assert!(message(link(&context, other.id, meera.id).await).starts_with("Another lead already became Meera Shah"));
    let gone = common::create(&pool, Uuid::now_v7(), &details("Gone", "gone@example.in")).await;
    common::delete(&context, gone.id).await;
    assert!(message(link(&context, other.id, gone.id).await).starts_with("This customer has been deleted"));
    assert_eq!(read(&pool, other.id).await.1, None);
    assert!(history(&pool, other.id).await.is_empty());
}

async fn found(context: &AppContext, id: Option<Uuid>, draft: &Draft) -> Vec<(String, String)> {
    let found = duplicates::find(context, id, draft).await.expect("no fault");
    found
        .into_iter()
        .map(|found| (found.record.name, found.reason))
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(name, why)| ((*name).to_owned(), (*why).to_owned()))
        .collect()
}

async fn customer(pool: &PgPool, name: &str, email: &str, phone: &str, city: &str) -> Customer {
    let mut draft = common::valid_draft(name, email);
    draft.put(customers::PHONE, phone);
    draft.put(customers::CITY, city);
    common::create(pool, Uuid::now_v7(), &common::data_of(&draft)).await
}

#[sqlx::test(migrations = "../migrations")]
async fn duplicates_are_found_by_phone_email_and_similar_name(pool: PgPool) {
    let context = context(&pool);
    let phone = customer(&pool, "Meera Shah", "meera@example.in", "98450 00001", "Goa").await;
    customer(&pool, "Ravi Iyer", "ravi@example.in", "98450 00002", "Goa").await;
    customer(&pool, "Gurpreet Singh", "g@example.in", "98450 00003", "Pune").await;
    customer(&pool, "Gurpreet Singh", "h@example.in", "98450 00004", "Goa").await;
    let gone = customer(&pool, "Gurpreet Singh", "i@example.in", "98450 00005", "Pune").await;
    common::delete(&context, gone.id).await;
    customer(&pool, "राजेश देशमुख", "r@example.in", "98450 00006", "पुणे").await;
    let mut lead = draft("Gurprit Singh");
    lead.put(field::PHONE, "98450 00007");
    lead.put(field::CITY, "pune");
    let lead = create(&pool, &lead).await;

    let mut typed = Draft::default();
    assert_eq!(found(&context, None, &typed).await, []);
    typed.put(field::PHONE, "0091 98450-00001");
    typed.put(field::EMAIL, "RAVI@example.in");
    let expected = pairs(&[("Ravi Iyer", "Same email"), ("Meera Shah", "Same phone")]);
    let mut both = found(&context, None, &typed).await;
    both.sort_by(|one, other| other.cmp(one));
    assert_eq!(both, expected);
    typed.put(field::EMAIL, "meera@example.in");
    typed.put(field::NAME, "gurpreet  singh");
    assert_eq!(
        found(&context, None, &typed).await,
        pairs(&[("Meera Shah", "Same phone and email")]),
        "no city"
    );
    // All that is the same is said.
    let mut same = typed.clone();
    for (name, city, why) in [
        ("meera shah", "", "Same phone and email, similar name"),
        ("Meera Sha", "Pune", "Same phone and email, similar name"),
        ("Meera Sha", "goa", "Same phone and email, similar name in Goa"),
        ("Ravi Iyer", "Goa", "Same phone and email"),
    ] {
        same.put(field::NAME, name);
        same.put(field::CITY, city);
        assert_eq!(
            found(&context, None, &same).await[0],
            pairs(&[("Meera Shah", why)])[0],
            "{name}"
        );
    }
    same.put(field::EMAIL, "");
    same.put(field::NAME, "Meera Shah");
    assert_eq!(
        found(&context, None, &same).await,
        pairs(&[("Meera Shah", "Same phone, similar name in Goa")])
    );
    typed.put(field::CITY, "PUNE");
    let similar = [
        ("Gurpreet Singh", "Similar name in Pune"),
        ("Gurprit Singh", "Similar name in pune"),
    ];
    let expected = [&[("Meera Shah", "Same phone and email")][..], &similar].concat();
    assert_eq!(found(&context, None, &typed).await, pairs(&expected));
    // However it is written.
    let mut written = typed.clone();
    written.put(field::PHONE, "tel:+91\u{2011}९८४५०००००१");
    written.put(field::EMAIL, "mee\u{200b}ra@example.in");
    written.put(field::NAME, "GURPRÉET\u{2800}ｓｉｎｇｈ");
    written.put(field::CITY, "Pu\u{ad}ne\u{a0}");
    assert_eq!(found(&context, None, &written).await, pairs(&expected));
    // Neither the lead itself nor whom it became.
    done(link(&context, lead.id, phone.id).await);
    assert_eq!(found(&context, Some(lead.id), &typed).await, pairs(&similar[..1]));
    // What is half typed is looked for by what is whole.
    typed.put(field::PHONE, "98450 0000");
    typed.put(field::EMAIL, "meera@");
    typed.put(field::NAME, "राजेश देशमुख");
    typed.put(field::CITY, "पुणे");
    assert_eq!(
        found(&context, None, &typed).await,
        pairs(&[("राजेश देशमुख", "Similar name in पुणे")])
    );
    // A city's name that stands elsewhere in the text is not the city.
    customer(&pool, "Asha Goa Naik", "n@example.in", "98450 00008", "Margao").await;
    typed.put(field::NAME, "Asha Goa Naik");
    typed.put(field::CITY, "Goa");
    assert_eq!(found(&context, None, &typed).await, []);
    typed.put(field::NAME, "100%");
    typed.put(field::CITY, "%");
    assert_eq!(found(&context, None, &typed).await, []);
}

#[sqlx::test(migrations = "../migrations")]
async fn at_most_five_of_each_are_shown_the_surest_first(pool: PgPool) {
    let context = context(&pool);
    for number in 0..8 {
        customer(
            &pool,
            "Asha Rao",
            &format!("a{number}@example.in"),
            "98450 12345",
            "Pune",
        )
        .await;
        create(&pool, &full("Asha Rao", &format!("l{number}@example.in"))).await;
    }
    let found = found(&context, None, &full("Asha Rau", "a3@example.in")).await;
    assert_eq!(found.len(), 10);
    assert!(found.iter().all(|(_, why)| why.starts_with("Same phone")), "{found:?}");
}
