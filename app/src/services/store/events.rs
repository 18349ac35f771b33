//! The statements about what happens to services.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::audit::AuditContext;
use crate::base::error::AppError;
use crate::base::units::Paise;
use crate::services::model::{Event, EventCause, EventKind};

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

/// An event that is to be added.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Its id.
    pub id: Uuid,
    /// The service.
    pub service: Uuid,
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

/// Adds events, each service's in their order.
pub async fn insert_events(
    transaction: &mut PgConnection,
    audit: &AuditContext,
    events: &[NewEvent],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO service_events (id, service_id, kind, cause, reason, effective_on, plan_id, price_paise, created_by, created_at, applied_at)
         SELECT id, service, kind::service_event_kind, cause::service_event_cause, reason, day, plan, price, $10, $11::timestamptz,
             CASE WHEN is_applied THEN $11::timestamptz END
         FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::date[], $7::uuid[], $8::bigint[], $9::boolean[])
             WITH ORDINALITY AS new (id, service, kind, cause, reason, day, plan, price, is_applied, place)
         ORDER BY place",
        &events.iter().map(|new| new.id).collect::<Vec<_>>(),
        &events.iter().map(|new| new.service).collect::<Vec<_>>(),
        &events.iter().map(|new| new.event.kind.to_string()).collect::<Vec<_>>(),
        &events.iter().map(|new| new.cause.to_string()).collect::<Vec<_>>(),
        &events.iter().map(|new| new.event.reason.clone()).collect::<Vec<_>>() as &[Option<String>],
        &events.iter().map(|new| new.event.effective_on).collect::<Vec<_>>(),
        &events.iter().map(|new| new.event.plan.map(|(plan, _)| plan)).collect::<Vec<_>>() as &[Option<Uuid>],
        &events.iter().map(|new| new.event.plan.map(|(_, price)| price.0)).collect::<Vec<_>>() as &[Option<i64>],
        &events.iter().map(|new| new.is_applied).collect::<Vec<_>>(),
        audit.actor,
        audit.at
    )
    .execute(transaction)
    .await?;
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
