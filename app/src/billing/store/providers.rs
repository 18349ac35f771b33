//! The statements about the provider.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::base::contact::{Gstin, PinCode};
use crate::base::error::AppError;
use crate::billing::model::provider::Provider;
use crate::billing::model::upi::UpiId;

/// The provider as a version has it, the newest where none is asked for; none before the first was entered.
pub async fn get(db: &mut PgConnection, version: Option<i64>) -> Result<Option<(i64, Provider)>, AppError> {
    let row = sqlx::query!(
        "SELECT version, name, address_line, city, state, pin_code, gstin, bank_details, upi_id, bill_series, note_series, due_days,
             grace_days
         FROM providers WHERE $1::bigint IS NULL OR version = $1 ORDER BY version DESC LIMIT 1",
        version
    );
    let row = row.fetch_optional(db).await?;
    Ok(row.map(|row| {
        let provider = Provider {
            name: row.name,
            address_line: row.address_line,
            city: row.city,
            state: row.state,
            pin_code: PinCode::from_stored(row.pin_code),
            gstin: Gstin::from_stored(row.gstin),
            bank_details: row.bank_details,
            upi_id: row.upi_id.map(UpiId::from_stored),
            bill_series: row.bill_series,
            note_series: row.note_series,
            due_days: row.due_days,
            grace_days: row.grace_days,
        };
        (row.version, provider)
    }))
}

/// Adds a version; false, and nothing is written, where it is there already.
pub async fn insert(
    transaction: &mut PgConnection,
    version: i64,
    provider: &Provider,
    at: DateTime<Utc>,
) -> Result<bool, AppError> {
    let inserted = sqlx::query!(
        "INSERT INTO providers (version, name, address_line, city, state, pin_code, gstin, bank_details, upi_id, bill_series, note_series,
             due_days, grace_days, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (version) DO NOTHING",
        version,
        provider.name,
        provider.address_line,
        provider.city,
        provider.state,
        provider.pin_code.as_str(),
        provider.gstin.as_str(),
        provider.bank_details,
        provider.upi_id.as_ref().map(UpiId::as_str),
        provider.bill_series,
        provider.note_series,
        provider.due_days,
        provider.grace_days,
        at
    );
    Ok(inserted.execute(transaction).await?.rows_affected() == 1)
}
