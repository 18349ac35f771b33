//! The statements about what the network is told.

use chrono::NaiveDate;
use sqlx::PgConnection;
use uuid::Uuid;

use super::events::service_of_event;
use crate::base::account_number::AccountNumber;
use crate::base::error::AppError;
use crate::base::units::Kbps;
use crate::services::model::{EventCause, EventKind};

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
pub async fn set_told(transaction: &mut PgConnection, event: Uuid) -> Result<(), AppError> {
    sqlx::query!(
        "UPDATE service_events SET told_at = clock_timestamp() WHERE id = $1",
        event
    )
    .execute(transaction)
    .await?;
    Ok(())
}
