//! Every statement about the table of holidays.

use chrono::{Datelike as _, NaiveDate, Weekday};
use sqlx::PgConnection;
use uuid::Uuid;

use super::codec::{HolidayData, Holidays};
use super::spec::field;
use crate::base::audit::AuditContext;
use crate::base::error::AppError;
use crate::base::search::search_text;
use crate::base::text::compared;
use crate::base::time::format_date;
use crate::db::options::LoadedOptions;
use crate::record::draft::Draft;
use crate::record::record_ref::RecordRef;
use crate::record::store::{FieldError, Record, RecordStore};

/// A holiday. Its reference is its day.
pub type Holiday = Record<HolidayData>;

impl LoadedOptions for Holidays {}

/// Whether nobody is cut off for dues on a day: from Friday to Sunday, when nobody could help, and on holidays.
pub async fn is_spared(db: &mut PgConnection, day: NaiveDate) -> Result<bool, AppError> {
    if matches!(day.weekday(), Weekday::Fri | Weekday::Sat | Weekday::Sun) {
        return Ok(true);
    }
    let is_holiday = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM holidays WHERE day = $1 AND deleted_at IS NULL) AS "is_holiday!""#,
        day
    );
    Ok(is_holiday.fetch_one(db).await?)
}

/// The names of holidays, deleted ones included, each with whether it is deleted.
pub async fn names_of(db: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<(RecordRef, bool)>, AppError> {
    let found = Holidays::by_ids(db, ids).await?.into_iter();
    let named = found.map(|holiday| (Holidays::record_ref(&holiday), holiday.deleted_at.is_some()));
    Ok(named.collect())
}

/// The text in which a search finds a holiday.
pub fn holiday_text(name: &str, day: &str) -> String {
    search_text(&[name, day], None, "")
}

fn searched(data: &HolidayData) -> String {
    holiday_text(&data.name, &data.day.to_string())
}

impl RecordStore for Holidays {
    async fn by_ids(db: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Holiday>, sqlx::Error> {
        let rows = sqlx::query!(
            "SELECT id, name, day, version, updated_at, deleted_at FROM holidays WHERE id = ANY($1) ORDER BY deleted_at DESC, id DESC",
            ids
        );
        let found = rows.map(|row| Holiday {
            id: row.id,
            reference: format_date(row.day),
            version: row.version,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
            derived: Draft::default(),
            data: HolidayData {
                name: row.name,
                day: row.day,
            },
        });
        found.fetch_all(db).await
    }

    async fn insert(
        transaction: &mut PgConnection,
        audit: &AuditContext,
        id: Uuid,
        data: &HolidayData,
    ) -> Result<Option<String>, sqlx::Error> {
        let inserted = sqlx::query!(
            "INSERT INTO holidays (id, created_at, updated_at, search_text, name, name_key, day) VALUES ($1, $2, $2, $3, $4, $5, $6)
             ON CONFLICT (id) DO NOTHING",
            id,
            audit.at,
            searched(data),
            data.name,
            compared(&data.name),
            data.day
        );
        let inserted = inserted.execute(transaction).await?.rows_affected() == 1;
        Ok(inserted.then(|| format_date(data.day)))
    }

    async fn update(
        transaction: &mut PgConnection,
        audit: &AuditContext,
        current: &Holiday,
        data: &HolidayData,
    ) -> Result<bool, sqlx::Error> {
        let updated = sqlx::query!(
            "UPDATE holidays SET version = $2 + 1, updated_at = $3, search_text = $4, name = $5, name_key = $6, day = $7
             WHERE id = $1 AND version = $2 AND deleted_at IS NULL",
            current.id,
            current.version,
            audit.at,
            searched(data),
            data.name,
            compared(&data.name),
            data.day
        );
        Ok(updated.execute(transaction).await?.rows_affected() == 1)
    }

    async fn losses(_db: &mut PgConnection, holiday: &Holiday) -> Result<Vec<String>, AppError> {
        let day = format_date(holiday.data.day);
        Ok(vec![format!("the rule that nobody is cut off for dues on {day}")])
    }

    async fn constraint_error(
        db: &mut PgConnection,
        constraint: &str,
        data: &HolidayData,
    ) -> Result<Option<FieldError>, AppError> {
        if constraint != "holidays_day_key" {
            return Ok(None);
        }
        let id = sqlx::query_scalar!(
            "SELECT id FROM holidays WHERE day = $1 AND deleted_at IS NULL",
            data.day
        );
        let ids: Vec<Uuid> = id.fetch_optional(&mut *db).await?.into_iter().collect();
        let holder = Self::by_ids(db, &ids).await?.pop();
        Ok(Some(FieldError {
            field: field::DAY,
            message: "This day is in the list already. Enter another, or open that one to change it.".into(),
            on_restore: Some("This day is in the list again. Delete that one, then restore.".into()),
            record: holder.as_ref().map(Self::record_ref),
        }))
    }
}
