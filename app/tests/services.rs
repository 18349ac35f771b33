//! Services: ordering, what people do with them on which day, and what customers are by them.

mod common;

use app::base::error::AppError;
use app::base::time::Clock;
use app::base::units::Paise;
use app::customers::codec::Customers;
use app::customers::spec::field;
use app::customers::store::Customer;
use app::http::context::AppContext;
use app::record::delete::{delete as delete_record, delete_preview};
use app::record::responses::DeleteOutcome;
use app::record::write;
use app::services::model::{EventKind, ServiceAction, ServiceStatus};
use app::services::responses::{EventProgress, PricedPlan, ServiceView};
use app::services::service::actions;
use app::services::service::effects::{self, apply_due_batch};
use app::services::service::inputs::{Refused, ServiceInputs};
use app::services::service::read::services_of;
use app::services::store::customers;
use chrono::{DateTime, TimeDelta, Utc};
use common::{PLAN, Random, audit, date, details, ensure_plan, get, now, version_of, wide};
use sqlx::PgPool;
use uuid::Uuid;

/// Another plan: dearer, and faster.
const FASTER: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0012);

async fn run(pool: &PgPool, sql: &'static str) {
    sqlx::raw_sql(sql).execute(pool).await.expect(sql);
}

async fn number(pool: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.expect(sql)
}

async fn add_plans(pool: &PgPool) {
    ensure_plan(pool).await;
    let copy = "INSERT INTO plans (id, code, name, name_key, status, plan_type, download_kbps, upload_kbps, ott_apps, live_channels, price_paise,
             billing_cycle, gst_rate_bp, sac, search_text, created_at, updated_at)
         SELECT $1, 'FIB-500', 'Fiber 500', 'fiber 500', status, 'Wireless', 500000, upload_kbps, '{ZEE5}', 7, 199900,
             'Annual', gst_rate_bp, sac, search_text, created_at, updated_at FROM plans WHERE id = $2";
    sqlx::query(copy)
        .bind(FASTER)
        .bind(PLAN)
        .execute(pool)
        .await
        .expect("a plan");
}

/// A customer whose service starts on a day.
async fn customer(pool: &PgPool, email: &str, starts_on: &str) -> Uuid {
    let id = Uuid::now_v7();
    let mut data = details("Asha Rao", email);
    (data.plan, data.starts_on) = (Some(PLAN), Some(date(starts_on)));
    let mut db = pool.acquire().await.expect("a connection");
    let created = write::create::<Customers>(&mut db, &audit(), id, &data).await;
    created.expect("no refusal").expect("a new id");
    id
}

/// A context so many days later.
fn days_later(pool: &PgPool, days: i64) -> AppContext {
    let at: DateTime<Utc> = now() + TimeDelta::days(days);
    AppContext::new(pool.clone(), Clock::new(move || at))
}

async fn services(pool: &PgPool, customer: Uuid) -> Vec<ServiceView> {
    let mut db = pool.acquire().await.expect("a connection");
    services_of(&mut db, customer).await.expect("services")
}

fn inputs(service: &ServiceView, day: &str) -> ServiceInputs {
    ServiceInputs {
        version: service.version.to_string(),
        plan: FASTER.to_string(),
        day: day.to_owned(),
        cause: "Correction".to_owned(),
        reason: "Asked for it".to_owned(),
        ..ServiceInputs::default()
    }
}

/// Does something with the customer's first service, with the cause that its form offers first.
async fn act(context: &AppContext, customer: Uuid, action: ServiceAction, day: &str) -> Result<String, Refused> {
    let service = services(context.pool(), customer).await.remove(0);
    let cause = action.causes().first().map(ToString::to_string).unwrap_or_default();
    let inputs = ServiceInputs {
        cause,
        ..inputs(&service, day)
    };
    let done = actions::act(context, (customer, service.id), action, &inputs).await;
    done.expect("no fault")
}

/// Lets what is due of a customer take effect, as the job does.
async fn apply_due(context: &AppContext, customer: Uuid) -> u64 {
    let mut transaction = context.pool().begin().await.expect("a transaction");
    customers::lock_customers(&mut transaction, &[customer])
        .await
        .expect("locked");
    let applied = effects::apply_due(&mut transaction, &context.audit(), &[customer]).await;
    transaction.commit().await.expect("committed");
    applied.expect("applied")
}

async fn mismatches(pool: &PgPool) -> usize {
    let mut db = pool.acquire().await.expect("a connection");
    customers::mismatches(&mut db, 10).await.expect("compared").len()
}

/// What a customer is by their services.
async fn shown(pool: &PgPool, id: Uuid) -> [String; 4] {
    let customer: Customer = get(pool, id).await.expect("a customer");
    [field::STATUS, field::PLAN_TYPE, field::PRICE, field::CANCELLED_ON]
        .map(|name| customer.derived.value(name).to_owned())
}

#[sqlx::test(migrations = "../migrations")]
async fn a_new_customer_has_a_service_from_the_day_that_was_chosen(pool: PgPool) {
    add_plans(&pool).await;
    for (email, starts_on, status, service_status, told) in [
        ("today@example.in", "2026-11-23", "Active", ServiceStatus::Active, 2),
        ("later@example.in", "2026-12-01", "Pending", ServiceStatus::Ordered, 1),
    ] {
        run(&pool, "DELETE FROM jobs").await;
        let id = customer(&pool, email, starts_on).await;
        assert_eq!(shown(&pool, id).await, [status, "Fiber", "1367", ""]);
        let services = services(&pool, id).await;
        let [service] = services.as_slice() else {
            panic!("{services:?}");
        };
        assert_eq!(
            (service.state.status, service.state.starts_on),
            (service_status, date(starts_on))
        );
        // The latest comes first; one that waits is the latest.
        let kinds: Vec<_> = service.events.iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [EventKind::Activated, EventKind::Ordered]);
        // The network is told of each event that took effect, and of no other.
        assert_eq!(
            number(&pool, "SELECT count(*) FROM jobs WHERE kind = 'Tell the network'").await,
            told
        );
        // The customer was written once.
        assert_eq!(get(&pool, id).await.expect("there").version, 1);
    }
    assert_eq!(mismatches(&pool).await, 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_service_that_has_ended_gives_the_customer_its_day_and_reason(pool: PgPool) {
    add_plans(&pool).await;
    let context = days_later(&pool, 10);
    let id = customer(&pool, "asha@example.in", "2026-11-23").await;
    act(&context, id, ServiceAction::Suspend, "2026-11-25")
        .await
        .expect("suspended");
    assert_eq!(shown(&pool, id).await[0], "Suspended");
    act(&context, id, ServiceAction::Resume, "2026-11-27")
        .await
        .expect("resumed");
    act(&context, id, ServiceAction::ChangePlan, "2026-11-28")
        .await
        .expect("changed");
    assert_eq!(shown(&pool, id).await, ["Active", "Wireless", "1999", ""]);
    act(&context, id, ServiceAction::Pause, "2026-11-29")
        .await
        .expect("paused");
    assert_eq!(shown(&pool, id).await[0], "Suspended");
    act(&context, id, ServiceAction::End, "2026-12-02")
        .await
        .expect("ended");
    assert_eq!(shown(&pool, id).await, ["Cancelled", "Wireless", "1999", "2026-12-02"]);
    let customer = get(&pool, id).await.expect("there");
    assert_eq!(customer.derived.value(field::CANCEL_REASON), "Asked for it");
    assert_eq!(customer.version, 1, "nobody has edited the customer");
    let events = &services(&pool, id).await[0].events;
    assert_eq!(events.len(), 7);
    assert!(events.iter().all(|event| event.progress == EventProgress::Applied));
    let change = events
        .iter()
        .find_map(|event| event.plan.clone().filter(|(before, _)| before.is_some()));
    let plan = |name: &str, paise| PricedPlan {
        name: name.to_owned(),
        price: Some(Paise(paise)),
    };
    let expected = (Some(plan("Fiber 100", 136_700)), plan("Fiber 500", 199_900));
    assert_eq!(change, Some(expected));
    assert_eq!(mismatches(&pool).await, 0);
}

/// What is planned waits for its day, and the clock may jump over several: each takes effect once, in order.
#[sqlx::test(migrations = "../migrations")]
async fn what_is_planned_takes_effect_on_its_day(pool: PgPool) {
    add_plans(&pool).await;
    let today = days_later(&pool, 0);
    let id = customer(&pool, "asha@example.in", "2026-11-23").await;
    // Not in the order in which they take effect.
    act(&today, id, ServiceAction::Pause, "2026-12-01")
        .await
        .expect("planned");
    act(&today, id, ServiceAction::Resume, "2026-12-05")
        .await
        .expect("planned");
    act(&today, id, ServiceAction::ChangePlan, "2026-11-30")
        .await
        .expect("planned");
    assert_eq!(shown(&pool, id).await, ["Active", "Fiber", "1367", ""]);
    assert_eq!(apply_due(&today, id).await, 0);
    assert_eq!(apply_due(&days_later(&pool, 8), id).await, 2);
    assert_eq!(shown(&pool, id).await, ["Suspended", "Wireless", "1999", ""]);
    let later = days_later(&pool, 40);
    act(&later, id, ServiceAction::End, "2027-02-01")
        .await
        .expect("planned");
    assert_eq!(apply_due(&later, id).await, 1);
    assert_eq!(apply_due(&later, id).await, 0);
    assert_eq!(shown(&pool, id).await[0], "Active");
    // What still waits for a service that ends is withdrawn with it.
    act(&later, id, ServiceAction::Pause, "2027-03-01")
        .await
        .expect_err("it has ended then");
    act(&later, id, ServiceAction::Pause, "2027-01-20")
        .await
        .expect("planned");
    act(&later, id, ServiceAction::End, "2027-01-02").await.expect("ended");
    let events = &services(&pool, id).await[0].events;
    let refused = events
        .iter()
        .filter(|event| matches!(event.progress, EventProgress::Refused(_)));
    assert_eq!(refused.count(), 2);
    assert_eq!(mismatches(&pool).await, 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_planned_can_be_withdrawn_once(pool: PgPool) {
    add_plans(&pool).await;
    let today = days_later(&pool, 0);
    let id = customer(&pool, "asha@example.in", "2026-11-23").await;
    act(&today, id, ServiceAction::ChangePlan, "2026-12-01")
        .await
        .expect("planned");
    let event = services(&pool, id).await[0].events[0].clone();
    assert_eq!(event.progress, EventProgress::Waiting);
    let other = customer(&pool, "ravi@example.in", "2026-11-23").await;
    assert_eq!(
        actions::withdraw(&today, other, event.id).await.err(),
        Some(AppError::NotFound)
    );
    actions::withdraw(&today, id, event.id)
        .await
        .expect("no fault")
        .expect("withdrawn");
    actions::withdraw(&today, id, event.id)
        .await
        .expect("no fault")
        .expect_err("withdrawn already");
    assert_eq!(apply_due(&days_later(&pool, 30), id).await, 0);
    assert_eq!(shown(&pool, id).await[1], "Fiber");
}

#[sqlx::test(migrations = "../migrations")]
async fn what_cannot_be_done_is_refused_at_its_input(pool: PgPool) {
    add_plans(&pool).await;
    let today = days_later(&pool, 0);
    let id = customer(&pool, "asha@example.in", "2026-11-23").await;
    let service = services(&pool, id).await.remove(0);
    let fine = inputs(&service, "2026-11-23");
    type Bend = fn(&mut ServiceInputs);
    let cases: [(ServiceAction, Bend, &str); 9] = [
        (ServiceAction::End, |inputs| inputs.reason.clear(), "reason"),
        (ServiceAction::End, |inputs| inputs.day = "2026-11-22".into(), "day"),
        (ServiceAction::End, |inputs| inputs.day = "2029-01-01".into(), "day"),
        (ServiceAction::End, |inputs| inputs.day = "soon".into(), "day"),
        (ServiceAction::End, |inputs| inputs.cause = "Weather".into(), "cause"),
        (ServiceAction::Resume, |_| {}, "day"),
        (ServiceAction::ChangePlan, |inputs| inputs.plan.clear(), "plan"),
        (
            ServiceAction::ChangePlan,
            |inputs| inputs.plan = PLAN.to_string(),
            "plan",
        ),
        (ServiceAction::SetLogin, |inputs| inputs.login = "a b".into(), "login"),
    ];
    for (action, bend, input) in cases {
        let mut bent = fine.clone();
        bend(&mut bent);
        let done = actions::act(&today, (id, service.id), action, &bent)
            .await
            .expect("no fault");
        let Refused(state) = done.expect_err(input);
        let names: Vec<&str> = state.errors.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, [input], "{action} {state:?}");
        assert!(state.errors[0].1.ends_with('.'), "{state:?}");
        assert_eq!(state.value("reason"), bent.reason, "what was typed is there");
    }
    // A page that is out of date.
    let mut stale = fine.clone();
    stale.version = "7".into();
    let done = actions::act(&today, (id, service.id), ServiceAction::Suspend, &stale).await;
    let Refused(state) = done.expect("no fault").expect_err("stale");
    assert!(
        state.problem.is_some_and(|problem| problem.contains("Another user")),
        "told"
    );
    assert_eq!(services(&pool, id).await[0].events.len(), 2, "nothing was written");
    let other = customer(&pool, "ravi@example.in", "2026-11-23").await;
    let done = actions::act(&today, (other, service.id), ServiceAction::Suspend, &fine).await;
    assert_eq!(done.err(), Some(AppError::NotFound));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_login_belongs_to_one_service_that_is_connected(pool: PgPool) {
    add_plans(&pool).await;
    let today = days_later(&pool, 0);
    let asha = customer(&pool, "asha@example.in", "2026-11-23").await;
    let order = |login: &str, day: &str, id: Uuid| ServiceInputs {
        id: id.to_string(),
        plan: PLAN.to_string(),
        day: day.to_owned(),
        login: login.to_owned(),
        ..ServiceInputs::default()
    };
    let first = order(" Asha.Rao@Fiber ", "2026-11-23", Uuid::now_v7());
    actions::order(&today, asha, &first)
        .await
        .expect("no fault")
        .expect("ordered");
    actions::order(&today, asha, &first)
        .await
        .expect("no fault")
        .expect("sent twice");
    assert_eq!(services(&pool, asha).await.len(), 2);
    let taken = order("asha.rao@fiber", "2026-11-23", Uuid::now_v7());
    let Refused(state) = actions::order(&today, asha, &taken)
        .await
        .expect("no fault")
        .expect_err("taken");
    assert_eq!(state.errors[0].0, "login");
    // One that is ordered for later may have it, and is not connected as long as the other has it.
    let waiting = order("asha.rao@fiber", "2026-12-01", Uuid::now_v7());
    actions::order(&today, asha, &waiting)
        .await
        .expect("no fault")
        .expect("ordered");
    assert_eq!(apply_due(&days_later(&pool, 10), asha).await, 1);
    let refused = number(
        &pool,
        "SELECT count(*) FROM service_events WHERE refusal LIKE '%login%'",
    )
    .await;
    assert_eq!(refused, 1);
    assert_eq!(mismatches(&pool).await, 0);
}

/// A login goes from one customer to another, while more is due than a batch applies: no batch applies what stands behind it.
#[sqlx::test(migrations = "../migrations")]
async fn a_login_is_handed_over_whatever_batch_its_events_are_in(pool: PgPool) {
    add_plans(&pool).await;
    let today = days_later(&pool, 0);
    let asha = customer(&pool, "asha@example.in", "2026-11-23").await;
    let ravi = customer(&pool, "ravi@example.in", "2026-11-23").await;
    run(&pool, "UPDATE services s SET login = 'flat-7' FROM customers c WHERE c.id = s.customer_id AND email = 'asha@example.in'").await;
    let order = ServiceInputs {
        id: Uuid::now_v7().to_string(),
        plan: PLAN.to_string(),
        day: "2026-11-26".to_owned(),
        login: "flat-7".to_owned(),
        ..ServiceInputs::default()
    };
    let ordered = actions::order(&today, ravi, &order).await.expect("no fault");
    ordered.expect("ordered");
    let ends = act(&today, asha, ServiceAction::End, "2026-11-25").await;
    ends.expect("planned");
    // The main service of the one who waits for the login: with it alone he is in the first batch.
    let pauses = act(&today, ravi, ServiceAction::Pause, "2026-11-24").await;
    pauses.expect("planned");
    let later = days_later(&pool, 10);
    let mut batches = 0;
    loop {
        let mut transaction = pool.begin().await.expect("a transaction");
        let applied = apply_due_batch(&mut transaction, &later.audit(), 1).await;
        transaction.commit().await.expect("committed");
        match applied.expect("applied") {
            Some(applied) => assert_eq!(applied, 1),
            None => break,
        }
        batches += 1;
    }
    assert_eq!(batches, 3);
    assert_eq!(
        number(&pool, "SELECT count(*) FROM service_events WHERE refusal IS NOT NULL").await,
        0
    );
    let holders = "SELECT count(*) FROM services WHERE login = 'flat-7' AND status = 'Active'";
    assert_eq!(number(&pool, holders).await, 1);
    assert_eq!(mismatches(&pool).await, 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_customer_with_a_live_service_is_not_deleted(pool: PgPool) {
    add_plans(&pool).await;
    let today = days_later(&pool, 0);
    let id = customer(&pool, "asha@example.in", "2026-11-23").await;
    let preview = delete_preview::<Customers>(&today, id).await.expect("a preview");
    let refusal = preview.refusal.expect("refused");
    assert!(refusal.message.contains("End it first"), "{refusal:?}");
    let deleted = delete_record::<Customers>(&today, id, version_of(&today, id).await).await;
    assert!(matches!(deleted, Ok(DeleteOutcome::Refused(_))), "{deleted:?}");
    act(&today, id, ServiceAction::End, "2026-11-23").await.expect("ended");
    let deleted = delete_record::<Customers>(&today, id, version_of(&today, id).await).await;
    assert!(matches!(deleted, Ok(DeleteOutcome::Done { .. })), "{deleted:?}");
    // And a deleted customer orders nothing.
    let order = ServiceInputs {
        plan: PLAN.to_string(),
        day: "2026-11-23".into(),
        ..ServiceInputs::default()
    };
    let Refused(state) = actions::order(&today, id, &order)
        .await
        .expect("no fault")
        .expect_err("refused");
    assert_eq!(
        state.problem.as_deref(),
        Some("This customer was deleted. Restore the customer first.")
    );
    let nobody = actions::order(&today, Uuid::now_v7(), &order).await;
    assert!(matches!(nobody, Err(AppError::NotFound)), "{nobody:?}");
}

/// Whatever is done in whatever order by several people at once: the customers are what their services say, and no event is done twice.
#[sqlx::test(migrations = "../migrations")]
async fn customers_equal_a_recount_after_random_operations(pool: PgPool) {
    customers_equal_a_recount(&pool, 60).await;
}

/// The same for ten thousand operations.
#[sqlx::test(migrations = "../migrations")]
#[ignore = "takes minutes: `make soak`"]
async fn customers_equal_a_recount_after_very_many_operations(pool: PgPool) {
    customers_equal_a_recount(&pool, 1_250).await;
}

/// Eight people do so many things each.
async fn customers_equal_a_recount(pool: &PgPool, operations: usize) {
    const WRITERS: u64 = 8;
    add_plans(pool).await;
    let pool = wide(pool);
    let mut ids = Vec::new();
    for place in 0..10 {
        ids.push(customer(&pool, &format!("asha{place}@example.in"), "2026-11-23").await);
    }
    let mut writers = tokio::task::JoinSet::new();
    for seed in 0..WRITERS {
        let (pool, ids) = (pool.clone(), ids.clone());
        writers.spawn(async move {
            let mut random = Random::new(seed);
            for operation in 0..operations {
                let id = *random.pick(&ids);
                let context = days_later(&pool, (operation / 6) as i64);
                let day = (now() + TimeDelta::days((operation / 6 + random.below(4)) as i64))
                    .date_naive()
                    .to_string();
                match random.below(8) {
                    0 => {
                        let order = ServiceInputs {
                            plan: random.pick(&[PLAN, FASTER]).to_string(),
                            day,
                            ..ServiceInputs::default()
                        };
                        let _ = actions::order(&context, id, &order).await.expect("no fault");
                    }
                    1 => drop(apply_due(&context, id).await),
                    2 => {
                        let edit = common::try_update(&pool, id, |customer| {
                            let mut data = customer.data.clone();
                            data.nps = random_nps(operation);
                            data
                        });
                        edit.await;
                    }
                    _ => {
                        let all = services(&pool, id).await;
                        let service = random.pick(&all);
                        let action = *random.pick(ServiceAction::ALL);
                        let cause = action.causes().first().map(ToString::to_string).unwrap_or_default();
                        let inputs = ServiceInputs {
                            cause,
                            ..inputs(service, &day)
                        };
                        // A refusal is as good as success.
                        let _ = actions::act(&context, (id, service.id), action, &inputs)
                            .await
                            .expect("no fault");
                    }
                }
            }
        });
    }
    while let Some(writer) = writers.join_next().await {
        writer.expect("it ends");
    }
    assert_eq!(mismatches(&pool).await, 0);
    let mut db = pool.acquire().await.expect("a connection");
    let derived = app::customers::store::mismatches(&mut db).await.expect("compared");
    assert_eq!((derived.counts, derived.words), (0, 0));
    // Each event that took effect has a job of its own, and only these.
    let told = "SELECT count(*) FROM jobs j FULL JOIN (SELECT id FROM service_events WHERE applied_at IS NOT NULL) e
         ON j.payload->>'event' = e.id::text WHERE j.kind = 'Tell the network' AND (e.id IS NULL OR j.id IS NULL)";
    assert_eq!(number(&pool, told).await, 0);
    let doubled = "SELECT count(*) - count(DISTINCT payload->>'event') FROM jobs WHERE kind = 'Tell the network'";
    assert_eq!(number(&pool, doubled).await, 0);
}

fn random_nps(operation: usize) -> i16 {
    (operation % 100) as i16
}
