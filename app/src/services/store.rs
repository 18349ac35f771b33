//! Every statement about services and their events. Whoever writes has locked the customers first ([`lock_customers`]).

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::model::{Event, EventCause, EventKind, ServiceState, ServiceStatus};
use super::responses::PlanView;
use crate::base::account_number::AccountNumber;
use crate::base::audit::AuditContext;
use crate::base::error::AppError;
use crate::base::units::{Kbps, Paise};
use crate::plans::model::{BillingCycle, PlanType};
use crate::record::record_ref::RecordRef;

/// A service as it is stored.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub customer: Uuid,
    /// Goes up with every change.
    pub version: i64,
    /// How it stands.
    pub state: ServiceState,
    /// What the router signs in with.
    pub login: Option<String>,
    /// Its plan.
    pub plan: PlanView,
}

/// An event that waits.
#[derive(Clone, Debug)]
pub struct WaitingEvent {
    /// Its id.
    pub id: Uuid,
    /// The service.
    pub service: Uuid,
    /// Its place among the events of its day.
    pub seq: i64,
    /// What it does.
    pub event: Event,
}

/// What became of an event whose day has come.
#[derive(Clone, Debug)]
pub struct EventOutcome {
    /// The event.
    pub id: Uuid,
    /// Why it did not take effect; none where it did.
    pub refusal: Option<String>,
    /// The plan and the price that the service had before.
    pub before: (Uuid, Paise),
}

/// An event with its texts, to be added.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Its id.
    pub id: Uuid,
    /// What it does.
    pub event: Event,
    /// Why.
    pub cause: EventCause,
    /// Whether it has taken effect already.
    pub is_applied: bool,
}

/// An event of a service's history.
#[derive(Clone, Debug)]
pub struct StoredEvent {
    /// Its id.
    pub id: Uuid,
    /// The service.
    pub service: Uuid,
    /// What it does.
    pub event: Event,
    /// Why.
    pub cause: EventCause,
    /// The names of the plan before and of the plan of the event.
    pub plans: (Option<String>, Option<String>),
    /// The price before.
    pub price_before: Option<Paise>,
    /// Who has made it, and when.
    pub created: (Option<Uuid>, DateTime<Utc>),
    /// Whether it took effect.
    pub is_applied: bool,
    /// Whether it was withdrawn.
    pub is_withdrawn: bool,
    /// Why it did not take effect.
    pub refusal: Option<String>,
}

/// A live customer, and what they owe.
pub async fn customer(db: &mut PgConnection, id: Uuid) -> Result<(RecordRef, Paise), AppError> {
    let row = sqlx::query!(
        "SELECT name, account_number, outstanding_paise FROM customers JOIN customer_summary USING (id) WHERE id = $1 AND deleted_at IS NULL",
        id
    );
    let row = row.fetch_optional(db).await?.ok_or(AppError::NotFound)?;
    let customer = RecordRef {
        id,
        reference: AccountNumber(row.account_number).to_string(),
        name: row.name,
    };
    Ok((customer, Paise(row.outstanding_paise)))
}

/// Locks customers until the transaction ends, and gives those that are live. Every transaction on services begins with it.
pub async fn lock_customers(transaction: &mut PgConnection, customers: &[Uuid]) -> Result<Vec<Uuid>, AppError> {
    let locked = sqlx::query!(
        r#"SELECT id, deleted_at IS NULL AS "is_live!" FROM customers WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE"#,
        customers
    );
    let locked = locked.fetch_all(transaction).await?;
    Ok(locked.into_iter().filter(|row| row.is_live).map(|row| row.id).collect())
}

/// The services of customers, the best first: as the customers' status and plan are chosen.
pub async fn of_customers(db: &mut PgConnection, customers: &[Uuid]) -> Result<Vec<Service>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT s.id, s.customer_id, s.version, s.status AS "status: ServiceStatus", s.plan_id, s.price_paise, s.starts_on, s.anchor_day,
               s.paid_through, s.ends_on, s.end_reason, s.login, p.name, p.code, p.plan_type AS "plan_type: PlanType", p.download_kbps,
               p.billing_cycle AS "billing_cycle: BillingCycle"
           FROM services s JOIN plans p ON p.id = s.plan_id
           WHERE s.customer_id = ANY ($1)
           ORDER BY s.status <> 'Active', s.status NOT IN ('Suspended', 'Paused'), s.status <> 'Ordered', s.price_paise DESC, s.starts_on, s.id"#,
        customers
    );
    let services = rows.map(|row| Service {
        id: row.id,
        customer: row.customer_id,
        version: row.version,
        state: ServiceState {
            status: row.status,
            plan: row.plan_id,
            price: Paise(row.price_paise),
            starts_on: row.starts_on,
            anchor_day: row.anchor_day.unsigned_abs().into(),
            paid_through: row.paid_through,
            ends_on: row.ends_on,
            end_reason: row.end_reason,
        },
        login: row.login,
        plan: PlanView {
            plan: RecordRef {
                id: row.plan_id,
                reference: row.code,
                name: row.name,
            },
            plan_type: row.plan_type,
            speed: Kbps(row.download_kbps),
            billing_cycle: row.billing_cycle,
        },
    });
    Ok(services.fetch_all(db).await?)
}

/// Whose service one is.
pub async fn customer_of_service(db: &mut PgConnection, service: Uuid) -> Result<Uuid, AppError> {
    let customer = sqlx::query_scalar!("SELECT customer_id FROM services WHERE id = $1", service);
    customer.fetch_optional(db).await?.ok_or(AppError::NotFound)
}

/// The names of services: the plan and the customer.
pub async fn names_of(db: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<(Uuid, String, String)>, AppError> {
    let rows = sqlx::query!(
        "SELECT s.id, p.name AS plan, c.name AS customer
         FROM services s JOIN plans p ON p.id = s.plan_id JOIN customers c ON c.id = s.customer_id WHERE s.id = ANY ($1)",
        ids
    );
    let rows = rows.fetch_all(db).await?.into_iter();
    Ok(rows.map(|row| (row.id, row.plan, row.customer)).collect())
}

/// The events of services, in the order in which they were made.
pub async fn events_of(db: &mut PgConnection, services: &[Uuid]) -> Result<Vec<StoredEvent>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT e.id, e.service_id, e.kind AS "kind: EventKind", e.cause AS "cause: EventCause", e.reason, e.effective_on, e.plan_id,
               e.price_paise, e.price_before_paise, p.name AS "plan_name?", b.name AS "name_before?", e.created_by, e.created_at,
               e.applied_at IS NOT NULL AS "is_applied!", e.withdrawn_at IS NOT NULL AS "is_withdrawn!", e.refusal
           FROM service_events e LEFT JOIN plans p ON p.id = e.plan_id LEFT JOIN plans b ON b.id = e.plan_before
           WHERE e.service_id = ANY ($1) ORDER BY e.seq"#,
        services
    );
    let events = rows.map(|row| StoredEvent {
        id: row.id,
        service: row.service_id,
        event: Event {
            kind: row.kind,
            effective_on: row.effective_on,
            reason: row.reason,
            plan: row.plan_id.zip(row.price_paise.map(Paise)),
        },
        cause: row.cause,
        plans: (row.name_before, row.plan_name),
        price_before: row.price_before_paise.map(Paise),
        created: (row.created_by, row.created_at),
        is_applied: row.is_applied,
        is_withdrawn: row.is_withdrawn,
        refusal: row.refusal,
    });
    Ok(events.fetch_all(db).await?)
}

/// The events of services that wait, in the order in which they take effect.
pub async fn waiting(db: &mut PgConnection, services: &[Uuid]) -> Result<Vec<WaitingEvent>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT id, service_id, seq, kind AS "kind: EventKind", effective_on, reason, plan_id, price_paise FROM service_events
           WHERE service_id = ANY ($1) AND applied_at IS NULL AND withdrawn_at IS NULL ORDER BY effective_on, seq"#,
        services
    );
    let events = rows.map(|row| WaitingEvent {
        id: row.id,
        service: row.service_id,
        seq: row.seq,
        event: Event {
            kind: row.kind,
            effective_on: row.effective_on,
            reason: row.reason,
            plan: row.plan_id.zip(row.price_paise.map(Paise)),
        },
    });
    Ok(events.fetch_all(db).await?)
}

/// The first events that are due, by their customers, with the day and the place of the last.
#[derive(Clone, Debug)]
pub struct DueBatch {
    /// The customers.
    pub customers: Vec<Uuid>,
    /// The last event: its day, and its place in it.
    pub last: (NaiveDate, i64),
}

/// The first `limit` events that are due; none where nothing is.
pub async fn due_batch(db: &mut PgConnection, today: NaiveDate, limit: i64) -> Result<Option<DueBatch>, AppError> {
    let due = sqlx::query!(
        "SELECT s.customer_id, due.effective_on, due.seq
         FROM (SELECT service_id, effective_on, seq FROM service_events
               WHERE applied_at IS NULL AND withdrawn_at IS NULL AND effective_on <= $1 ORDER BY effective_on, seq LIMIT $2) AS due
             JOIN services s ON s.id = due.service_id
         ORDER BY due.effective_on, due.seq",
        today,
        limit
    );
    let due = due.fetch_all(db).await?;
    let last = due.last().map(|event| (event.effective_on, event.seq));
    let mut customers: Vec<Uuid> = due.into_iter().map(|event| event.customer_id).collect();
    customers.sort_unstable();
    customers.dedup();
    Ok(last.map(|last| DueBatch { customers, last }))
}

/// The day of the last event of a service that took effect.
pub async fn last_applied(db: &mut PgConnection, service: Uuid) -> Result<Option<NaiveDate>, AppError> {
    let day = sqlx::query_scalar!(
        "SELECT max(effective_on) FROM service_events WHERE service_id = $1 AND applied_at IS NOT NULL",
        service
    );
    Ok(day.fetch_one(db).await?)
}

/// Adds a service of a locked customer.
pub async fn insert(
    transaction: &mut PgConnection,
    audit: &AuditContext,
    (id, customer): (Uuid, Uuid),
    state: &ServiceState,
    login: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO services (id, customer_id, plan_id, status, price_paise, starts_on, anchor_day, login, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        id,
        customer,
        state.plan,
        state.status as ServiceStatus,
        state.price.0,
        state.starts_on,
        state.anchor_day as i16,
        login,
        audit.at
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Adds events of a service, in their order.
pub async fn insert_events(
    transaction: &mut PgConnection,
    audit: &AuditContext,
    service: Uuid,
    events: &[NewEvent],
) -> Result<(), AppError> {
    for NewEvent {
        id,
        event,
        cause,
        is_applied,
    } in events
    {
        sqlx::query!(
            "INSERT INTO service_events (id, service_id, kind, cause, reason, effective_on, plan_id, price_paise, created_by, created_at, applied_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::timestamptz, CASE WHEN $11 THEN $10::timestamptz END)",
            id,
            service,
            event.kind as EventKind,
            *cause as EventCause,
            event.reason,
            event.effective_on,
            event.plan.map(|(plan, _)| plan),
            event.plan.map(|(_, price)| price.0),
            audit.actor,
            audit.at,
            is_applied
        )
        .execute(&mut *transaction)
        .await?;
    }
    Ok(())
}

/// Writes how services stand after events, the ended ones first: their logins are free for the others.
pub async fn update_states(
    transaction: &mut PgConnection,
    at: DateTime<Utc>,
    services: &[Service],
) -> Result<(), sqlx::Error> {
    let (ended, others): (Vec<&Service>, Vec<&Service>) = services
        .iter()
        .partition(|service| service.state.status == ServiceStatus::Ended);
    for services in [ended, others].iter().filter(|services| !services.is_empty()) {
        let column = |value: fn(&ServiceState) -> Option<NaiveDate>| -> Vec<Option<NaiveDate>> {
            services.iter().map(|service| value(&service.state)).collect()
        };
        sqlx::query!(
            "UPDATE services s SET version = version + 1, updated_at = $1, status = n.status::service_status, plan_id = n.plan_id,
                 price_paise = n.price_paise, starts_on = n.starts_on, anchor_day = n.anchor_day, paid_through = n.paid_through,
                 ends_on = n.ends_on, end_reason = n.end_reason
             FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::bigint[], $6::date[], $7::smallint[], $8::date[], $9::date[], $10::text[])
                 AS n (id, status, plan_id, price_paise, starts_on, anchor_day, paid_through, ends_on, end_reason)
             WHERE s.id = n.id",
            at,
            &services.iter().map(|service| service.id).collect::<Vec<_>>(),
            &services.iter().map(|service| service.state.status.to_string()).collect::<Vec<_>>(),
            &services.iter().map(|service| service.state.plan).collect::<Vec<_>>(),
            &services.iter().map(|service| service.state.price.0).collect::<Vec<_>>(),
            &services.iter().map(|service| service.state.starts_on).collect::<Vec<_>>(),
            &services.iter().map(|service| service.state.anchor_day as i16).collect::<Vec<_>>(),
            &column(|state| state.paid_through) as &[Option<NaiveDate>],
            &column(|state| state.ends_on) as &[Option<NaiveDate>],
            &services.iter().map(|service| service.state.end_reason.clone()).collect::<Vec<_>>() as &[Option<String>]
        )
        .execute(&mut *transaction)
        .await?;
    }
    Ok(())
}

/// Writes what became of events. With a service that has ended, what still waits is withdrawn.
pub async fn write_outcomes(
    transaction: &mut PgConnection,
    at: DateTime<Utc>,
    outcomes: &[EventOutcome],
    ended: &[Uuid],
) -> Result<(), AppError> {
    sqlx::query!(
        "UPDATE service_events e SET applied_at = CASE WHEN o.refusal IS NULL THEN $1::timestamptz END,
             withdrawn_at = CASE WHEN o.refusal IS NOT NULL THEN $1 END, refusal = o.refusal,
             plan_before = CASE WHEN e.kind = 'Plan changed' AND o.refusal IS NULL THEN o.plan END,
             price_before_paise = CASE WHEN e.kind = 'Plan changed' AND o.refusal IS NULL THEN o.price END
         FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::bigint[]) AS o (id, refusal, plan, price)
         WHERE e.id = o.id",
        at,
        &outcomes.iter().map(|outcome| outcome.id).collect::<Vec<_>>(),
        &outcomes
            .iter()
            .map(|outcome| outcome.refusal.clone())
            .collect::<Vec<_>>() as &[Option<String>],
        &outcomes.iter().map(|outcome| outcome.before.0).collect::<Vec<_>>(),
        &outcomes.iter().map(|outcome| outcome.before.1.0).collect::<Vec<_>>()
    )
    .execute(&mut *transaction)
    .await?;
    if !ended.is_empty() {
        sqlx::query!(
            "UPDATE service_events SET withdrawn_at = $2, refusal = 'The service has ended.'
             WHERE service_id = ANY ($1) AND applied_at IS NULL AND withdrawn_at IS NULL",
            ended,
            at
        )
        .execute(transaction)
        .await?;
    }
    Ok(())
}

/// Withdraws an event that waits; false where it does not wait any more.
pub async fn withdraw(transaction: &mut PgConnection, audit: &AuditContext, event: Uuid) -> Result<bool, AppError> {
    let withdrawn = sqlx::query!(
        "UPDATE service_events SET withdrawn_at = $2, withdrawn_by = $3 WHERE id = $1 AND applied_at IS NULL AND withdrawn_at IS NULL",
        event,
        audit.at,
        audit.actor
    );
    Ok(withdrawn.execute(transaction).await?.rows_affected() == 1)
}

/// The service of an event.
pub async fn service_of_event(db: &mut PgConnection, event: Uuid) -> Result<Uuid, AppError> {
    let service = sqlx::query_scalar!("SELECT service_id FROM service_events WHERE id = $1", event);
    service.fetch_optional(db).await?.ok_or(AppError::NotFound)
}

/// Gives a service another login.
pub async fn set_login(
    transaction: &mut PgConnection,
    audit: &AuditContext,
    service: Uuid,
    login: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE services SET version = version + 1, updated_at = $2, login = $3 WHERE id = $1",
        service,
        audit.at,
        login
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Notes that what is planned for a service has changed.
pub async fn touch(transaction: &mut PgConnection, audit: &AuditContext, service: Uuid) -> Result<(), AppError> {
    sqlx::query!(
        "UPDATE services SET version = version + 1, updated_at = $2 WHERE id = $1",
        service,
        audit.at
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Which of some logins a service has that is neither ended nor ordered, with that service.
pub async fn taken_logins(db: &mut PgConnection, logins: &[String]) -> Result<Vec<(String, Uuid)>, AppError> {
    let taken = sqlx::query!(
        r#"SELECT login AS "login!", id FROM services WHERE login = ANY ($1) AND status NOT IN ('Ended', 'Ordered')"#,
        logins
    );
    let taken = taken.fetch_all(db).await?.into_iter();
    Ok(taken.map(|row| (row.login, row.id)).collect())
}

/// How many services a customer has that are not over.
pub async fn count_live(db: &mut PgConnection, customer: Uuid) -> Result<i64, AppError> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM services WHERE customer_id = $1 AND status <> 'Ended'"#,
        customer
    );
    Ok(count.fetch_one(db).await?)
}

/// Customers who are not what their services say, so many at most.
pub async fn mismatches(db: &mut PgConnection, limit: i64) -> Result<Vec<Uuid>, sqlx::Error> {
    let customers = sqlx::query_scalar!(
        "SELECT c.id FROM customers c JOIN customers_by_services m ON m.customer_id = c.id
         WHERE (c.status, c.cancelled_on, c.cancel_reason, c.plan_type, c.speed_kbps, c.price_paise, c.billing_cycle, c.ott_apps, c.live_channels)
             IS DISTINCT FROM
             (m.status, m.cancelled_on, m.cancel_reason, m.plan_type, m.speed_kbps, m.price_paise, m.billing_cycle, m.ott_apps, m.live_channels)
         LIMIT $1",
        limit
    );
    customers.fetch_all(db).await
}

/// Gives customers the status and plan of their services.
pub async fn update_customers(transaction: &mut PgConnection, customers: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!("SELECT customers_follow_services($1)", customers)
        .execute(transaction)
        .await?;
    Ok(())
}

/// The customers with a service of a plan behind one of them, in the order of their ids.
pub async fn customers_of_plan(
    db: &mut PgConnection,
    plan: Uuid,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Uuid>, AppError> {
    let customers = sqlx::query_scalar!(
        "SELECT DISTINCT customer_id FROM services WHERE plan_id = $1 AND customer_id > $2 ORDER BY customer_id LIMIT $3",
        plan,
        after.unwrap_or_default(),
        limit
    );
    Ok(customers.fetch_all(db).await?)
}

/// What the network is told of an event.
#[derive(Clone, Debug)]
pub struct NetworkMessage {
    /// The event's id, by which the network knows what it has heard before.
    pub id: Uuid,
    /// What happened.
    pub kind: EventKind,
    /// Why.
    pub cause: EventCause,
    /// On which day.
    pub effective_on: NaiveDate,
    /// The service.
    pub service: Uuid,
    /// What the router signs in with.
    pub login: Option<String>,
    /// The customer's account number.
    pub customer: String,
    /// The code of the plan that the service has now.
    pub plan: String,
    /// Its speeds.
    pub download: Kbps,
    /// Upload.
    pub upload: Kbps,
}

/// Lets nobody else tell the network about the service of an event, until the transaction ends.
pub async fn lock_messages(transaction: &mut PgConnection, event: Uuid) -> Result<(), AppError> {
    let service = service_of_event(transaction, event).await?;
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
        service.to_string()
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// The first event of a service that the network was not told, up to an event; none where it was told all of them.
pub async fn next_message(db: &mut PgConnection, up_to: Uuid) -> Result<Option<NetworkMessage>, AppError> {
    let row = sqlx::query!(
        r#"SELECT e.id, e.kind AS "kind: EventKind", e.cause AS "cause: EventCause", e.effective_on, e.service_id, s.login, c.account_number,
               p.code, p.download_kbps, p.upload_kbps
           FROM service_events l JOIN service_events e ON e.service_id = l.service_id
               JOIN services s ON s.id = e.service_id JOIN customers c ON c.id = s.customer_id JOIN plans p ON p.id = s.plan_id
           WHERE l.id = $1 AND e.applied_at IS NOT NULL AND e.told_at IS NULL
               AND (e.applied_at, e.effective_on, e.seq) <= (l.applied_at, l.effective_on, l.seq)
           ORDER BY e.applied_at, e.effective_on, e.seq LIMIT 1"#,
        up_to
    );
    let message = row.map(|row| NetworkMessage {
        id: row.id,
        kind: row.kind,
        cause: row.cause,
        effective_on: row.effective_on,
        service: row.service_id,
        login: row.login,
        customer: AccountNumber(row.account_number).to_string(),
        plan: row.code,
        download: Kbps(row.download_kbps),
        upload: Kbps(row.upload_kbps),
    });
    Ok(message.fetch_optional(db).await?)
}

/// Notes that the network was told an event.
pub async fn mark_told(transaction: &mut PgConnection, event: Uuid) -> Result<(), AppError> {
    sqlx::query!(
        "UPDATE service_events SET told_at = clock_timestamp() WHERE id = $1",
        event
    )
    .execute(transaction)
    .await?;
    Ok(())
}
