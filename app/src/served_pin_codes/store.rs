//! Every statement about the table of served PIN codes.

use sqlx::PgConnection;
use uuid::Uuid;

use super::codec::{ServedPinCodeData, ServedPinCodes};
use super::model::{Availability, WantedLine};
use super::spec::{SPEC, field};
use crate::base::audit::AuditContext;
use crate::base::contact::PinCode;
use crate::base::error::AppError;
use crate::base::search::search_text;
use crate::base::spec::ValueOption;
use crate::base::text::compared;
use crate::base::units::Kbps;
use crate::db::options::LoadedOptions;
use crate::list::filter::distinct_values;
use crate::plans::model::PlanType;
use crate::record::draft::Draft;
use crate::record::record_ref::RecordRef;
use crate::record::store::{FieldError, Record, RecordStore};

/// A served PIN code. Its reference is its area, which people know it by.
pub type ServedPinCode = Record<ServedPinCodeData>;

impl LoadedOptions for ServedPinCodes {
    async fn options(db: &mut PgConnection, name: &str) -> Result<Vec<ValueOption>, AppError> {
        const MOST: usize = 100;
        match name {
            field::CITY => distinct_values(db, &SPEC, "city", MOST).await,
            _ => Ok(Vec::new()),
        }
    }
}

/// The live one of a PIN code; none without a PIN code.
async fn by_pin_code(db: &mut PgConnection, pin_code: Option<&PinCode>) -> Result<Option<ServedPinCode>, AppError> {
    let id = sqlx::query_scalar!(
        "SELECT id FROM served_pin_codes WHERE pin_code = $1 AND deleted_at IS NULL",
        pin_code.map(PinCode::as_str)
    );
    let ids: Vec<Uuid> = id.fetch_optional(&mut *db).await?.into_iter().collect();
    Ok(ServedPinCodes::by_ids(db, &ids).await?.pop())
}

/// Whether a line can be had.
pub async fn availability(db: &mut PgConnection, wanted: &WantedLine) -> Result<Availability, AppError> {
    let served = by_pin_code(db, wanted.pin_code.as_ref()).await?;
    let offer = served
        .as_ref()
        .map(|served| (&*served.data.plan_types, served.data.max_speed));
    Ok(Availability::new(wanted, offer))
}

/// The names of served PIN codes, deleted ones included, each with whether it is deleted.
pub async fn names_of(db: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<(RecordRef, bool)>, AppError> {
    let found = ServedPinCodes::by_ids(db, ids).await?.into_iter();
    let named = found.map(|served| (ServedPinCodes::record_ref(&served), served.deleted_at.is_some()));
    Ok(named.collect())
}

/// Runs a statement that writes all data: what stands before the columns, between columns and values, and after them. `$1` to `$3` are the
/// three binds.
macro_rules! write_data {
    ($db:expr, [$start:literal, $between:literal, $rest:literal], [$first:expr, $second:expr, $third:expr], $data:expr) => {{
        let data: &ServedPinCodeData = $data;
        let written = sqlx::query!(
            $start
                + "search_text, pin_code, area, area_key, city, plan_types, max_speed_kbps, notes"
                + $between
                + "$4, $5, $6, $7, $8, $9, $10, $11"
                + $rest,
            $first,
            $second,
            $third,
            search_text(&[data.pin_code.as_str(), &data.area, &data.city], None, ""),
            data.pin_code.as_str(),
            data.area,
            compared(&data.area),
            data.city,
            data.plan_types.as_slice() as &[PlanType],
            data.max_speed.0,
            data.notes
        );
        written.execute($db).await?.rows_affected() == 1
    }};
}

impl RecordStore for ServedPinCodes {
    async fn by_ids(db: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<ServedPinCode>, sqlx::Error> {
        let rows = sqlx::query!(
            r#"SELECT id, pin_code, area, city, plan_types AS "plan_types: Vec<PlanType>", max_speed_kbps, notes, version, updated_at, deleted_at
               FROM served_pin_codes WHERE id = ANY($1) ORDER BY deleted_at DESC, id DESC"#,
            ids
        );
        let found = rows.map(|row| ServedPinCode {
            id: row.id,
            reference: row.area.clone(),
            version: row.version,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
            derived: Draft::default(),
            data: ServedPinCodeData {
                pin_code: PinCode::from_stored(row.pin_code),
                area: row.area,
                city: row.city,
                plan_types: row.plan_types,
                max_speed: Kbps(row.max_speed_kbps),
                notes: row.notes,
            },
        });
        found.fetch_all(db).await
    }

    async fn insert(
        transaction: &mut PgConnection,
        audit: &AuditContext,
        id: Uuid,
        data: &ServedPinCodeData,
    ) -> Result<Option<String>, sqlx::Error> {
        let inserted = write_data!(
            transaction,
            [
                "INSERT INTO served_pin_codes (id, created_at, updated_at, ",
                ") VALUES ($1, $2, $3, ",
                ") ON CONFLICT (id) DO NOTHING"
            ],
            [id, audit.at, audit.at],
            data
        );
        Ok(inserted.then(|| data.area.clone()))
    }

    async fn update(
        transaction: &mut PgConnection,
        audit: &AuditContext,
        current: &ServedPinCode,
        data: &ServedPinCodeData,
    ) -> Result<bool, sqlx::Error> {
        Ok(write_data!(
            transaction,
            [
                "UPDATE served_pin_codes SET version = $2 + 1, updated_at = $3, (",
                ") = (",
                ") WHERE id = $1 AND version = $2 AND deleted_at IS NULL"
            ],
            [current.id, current.version, audit.at],
            data
        ))
    }

    async fn losses(_db: &mut PgConnection, served: &ServedPinCode) -> Result<Vec<String>, AppError> {
        let pin_code = served.data.pin_code.as_str();
        Ok(vec![
            format!("Leads at {pin_code} then show that it is not served."),
            "Customers there stay.".into(),
        ])
    }

    async fn constraint_error(
        db: &mut PgConnection,
        constraint: &str,
        data: &ServedPinCodeData,
    ) -> Result<Option<FieldError>, AppError> {
        if constraint != "served_pin_codes_pin_code_key" {
            return Ok(None);
        }
        let holder = by_pin_code(db, Some(&data.pin_code)).await?;
        Ok(Some(FieldError {
            field: field::PIN_CODE,
            message: "This PIN code is already in the list. Enter another, or open that one to change it.".into(),
            on_restore: Some("This PIN code is in the list again. Delete that one, then restore.".into()),
            record: holder.as_ref().map(Self::record_ref),
        }))
    }
}
