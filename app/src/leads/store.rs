//! Every statement about the table of leads.

mod conversion;

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::PgConnection;
use uuid::Uuid;

use super::codec::{LeadData, Leads};
use super::model::{LeadNumber, LeadSource, Stage};
use super::spec::{SPEC, field};
use crate::base::audit::AuditContext;
use crate::base::contact::{Email, Phone, PinCode};
use crate::base::error::AppError;
use crate::base::roles::Permission;
use crate::base::search;
use crate::base::spec::ValueOption;
use crate::base::text::{compared, isolated, join_words};
use crate::base::units::{Kbps, Paise};
use crate::customers::model::AccountNumber;
use crate::db::options::LoadedOptions;
use crate::list::filter::distinct_values;
use crate::plans::model::PlanType;
use crate::record::draft::Draft;
use crate::record::record_ref::RecordRef;
use crate::record::store::{FieldError, Record, RecordStore};
use crate::users::store::names as users;

pub use conversion::{lock, mark_won};

/// A lead.
pub type Lead = Record<LeadData>;

/// The most cities that a facet offers.
const MOST_CITIES: usize = 100;
/// The most owners that a facet offers.
const MOST_OWNERS: usize = 500;

impl LoadedOptions for Leads {
    async fn options(db: &mut PgConnection, name: &str) -> Result<Vec<ValueOption>, AppError> {
        match name {
            field::OWNER => owners(db).await,
            field::CITY => distinct_values(db, &SPEC, "city", MOST_CITIES).await,
            _ => Ok(Vec::new()),
        }
    }
}

/// Who may own a lead, and who owns one although they may not any more.
async fn owners(db: &mut PgConnection) -> Result<Vec<ValueOption>, AppError> {
    let owning = distinct_values(db, &SPEC, "owner_key", MOST_OWNERS).await?;
    let owning: Vec<Uuid> = owning.iter().filter_map(|owner| owner.value.parse().ok()).collect();
    let named = users::with_permission(db, Permission::WorkLeads, &owning).await?;
    let option = named.into_iter().map(|user| ValueOption {
        value: user.id.to_string(),
        label: user.name,
    });
    Ok(option.collect())
}

/// The leads with these ids, deleted or not, the last deleted first.
pub async fn leads(db: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Lead>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT id, lead_number, name, email, phone, address_line, city, state, pin_code, source, referred_by,
               plan_type AS "plan_type: PlanType", speed_kbps, expected_value_paise, stage AS "stage: Stage", lost_reason, owner, next_step,
               next_step_on, notes, version, updated_at, deleted_at
           FROM leads WHERE id = ANY($1) ORDER BY deleted_at DESC, id DESC"#,
        ids
    );
    let leads = rows.map(|row| Lead {
        id: row.id,
        reference: LeadNumber(row.lead_number).to_string(),
        version: row.version,
        updated_at: row.updated_at,
        deleted_at: row.deleted_at,
        derived: Draft::default(),
        data: LeadData {
            name: row.name,
            phone: row.phone.map(Phone::from_stored),
            email: row.email.map(Email::from_stored),
            address_line: row.address_line,
            city: row.city,
            state: row.state,
            pin_code: row.pin_code.map(PinCode::from_stored),
            // The table holds no other words.
            source: LeadSource::parse(&row.source).unwrap_or(LeadSource::Phone),
            referred_by: row.referred_by.map(AccountNumber),
            plan_type: row.plan_type,
            speed: row.speed_kbps.map(Kbps),
            expected_value: Some(Paise(row.expected_value_paise)).filter(|value| value.0 > 0),
            stage: row.stage,
            lost_reason: row.lost_reason,
            owner: row.owner,
            next_step: row.next_step,
            next_step_on: row.next_step_on,
            notes: row.notes,
        },
    });
    leads.fetch_all(db).await
}

/// The text that a search looks in.
pub fn search_text(number: LeadNumber, data: &LeadData) -> String {
    let email = data.email.as_ref().map(Email::as_str);
    let place = [data.city.as_deref(), data.pin_code.as_ref().map(PinCode::as_str)];
    search::person_text(&data.name, place, email, data.phone.as_ref(), &number.to_string())
}

/// The place of a new lead in its column of the board: on top, with room between any two. The statement
/// that inserts says the same.
pub const fn first_position(number: LeadNumber) -> i64 {
    number.0 << 20
}

/// Runs a statement that writes all data of a lead, with the search text and the keys that are made of them: what stands before the
/// columns, between columns and values, and after them. `$1` to `$3` are the three binds.
macro_rules! write_data {
    (
        $db:expr, [$start:literal, $between:literal, $rest:literal], [$first:expr, $second:expr, $third:expr],
        $data:expr, $number:expr
    ) => {{
        let data: &LeadData = $data;
        let written = sqlx::query!(
            $start
                + "search_text, name, name_key, email, email_key, phone, address_line, city, state, pin_code, source, referred_by,
                   plan_type, speed_kbps, expected_value_paise, stage, lost_reason, owner, next_step, next_step_on, notes"
                + $between
                + "$4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24"
                + $rest,
            $first, $second, $third,
            search_text($number, data), data.name, compared(&data.name), data.email.as_ref().map(Email::as_str),
            data.email.as_ref().map(Email::key), data.phone.as_ref().map(Phone::as_str), data.address_line, data.city, data.state,
            data.pin_code.as_ref().map(PinCode::as_str), data.source.as_str(), data.referred_by.map(|number| number.0),
            data.plan_type as Option<PlanType>, data.speed.map(|speed| speed.0), data.expected_value.map_or(0, |value| value.0),
            data.stage as Stage, data.lost_reason, data.owner, data.next_step, data.next_step_on, data.notes
        );
        written.execute($db).await?.rows_affected() == 1
    }};
}

impl RecordStore for Leads {
    async fn by_ids(db: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Lead>, sqlx::Error> {
        leads(db, ids).await
    }

    async fn insert(
        transaction: &mut PgConnection,
        audit: &AuditContext,
        id: Uuid,
        data: &LeadData,
    ) -> Result<Option<String>, sqlx::Error> {
        // The number comes first: it stands in the text that a search looks in.
        let number = sqlx::query_scalar!(r#"SELECT nextval('leads_lead_number_seq') AS "number!""#);
        let number = LeadNumber(number.fetch_one(&mut *transaction).await?);
        let inserted = write_data!(
            transaction,
            [
                "INSERT INTO leads (id, lead_number, created_at, updated_at, position, ",
                ") VALUES ($1, $2, $3, $3, $2::bigint << 20, ",
                ") ON CONFLICT (id) DO NOTHING"
            ],
            [id, number.0, audit.at],
            data,
            number
        );
        Ok(inserted.then(|| number.to_string()))
    }

    async fn update(
        transaction: &mut PgConnection,
        audit: &AuditContext,
        current: &Lead,
        data: &LeadData,
    ) -> Result<bool, sqlx::Error> {
        let number = LeadNumber::parse(&current.reference).map_err(|message| sqlx::Error::Decode(message.into()))?;
        Ok(write_data!(
            transaction,
            [
                "UPDATE leads SET version = $2 + 1, updated_at = $3, (",
                ") = (",
                ") WHERE id = $1 AND version = $2 AND deleted_at IS NULL"
            ],
            [current.id, current.version, audit.at],
            data,
            number
        ))
    }

    async fn losses(db: &mut PgConnection, lead: &Lead) -> Result<Vec<String>, AppError> {
        let LeadData {
            expected_value,
            next_step,
            notes,
            ..
        } = &lead.data;
        let value = expected_value.map(|value| format!("the expected {value} per month"));
        let step = next_step
            .as_ref()
            .map(|step| format!("the next step “{}”", isolated(step)));
        let notes = notes.as_ref().map(|_| "the notes".to_owned());
        let removed: Vec<String> = [value, step, notes].into_iter().flatten().collect();
        let mut losses = Vec::new();
        if !removed.is_empty() {
            losses.push(format!("This also removes {}.", join_words(&removed)));
        }
        if customer_of(db, lead.id).await?.is_some() {
            losses.push("The customer it became stays.".into());
        }
        Ok(losses)
    }

    async fn refusal(
        db: &mut PgConnection,
        current: Option<&LeadData>,
        data: &LeadData,
    ) -> Result<Option<FieldError>, AppError> {
        // Whoever owned it before their role changed still does.
        let Some(owner) = data
            .owner
            .filter(|_| current.is_none_or(|current| current.owner != data.owner))
        else {
            return Ok(None);
        };
        let may = users::with_permission(db, Permission::WorkLeads, &[]).await?;
        let is_refused = may.iter().all(|user| user.id != owner);
        let message = "This user can't work leads. Choose another.";
        Ok(is_refused.then(|| FieldError::of(field::OWNER, message)))
    }

    async fn constraint_error(
        _db: &mut PgConnection,
        constraint: &str,
        _data: &LeadData,
    ) -> Result<Option<FieldError>, AppError> {
        let (field, message) = match constraint {
            "leads_referred_by_fkey" => (
                field::REFERRED_BY,
                "No customer has this account number. Search by name and choose from the list.",
            ),
            "leads_owner_fkey" => (field::OWNER, "This user no longer exists. Choose another."),
            "leads_converted_is_won" => (field::STAGE, "This lead became a customer, so it stays Won."),
            _ => return Ok(None),
        };
        Ok(Some(FieldError::of(field, message)))
    }
}

/// The customer whom a lead became.
pub async fn customer_of(db: &mut PgConnection, id: Uuid) -> Result<Option<Uuid>, AppError> {
    let customer = sqlx::query_scalar!("SELECT customer FROM leads WHERE id = $1", id);
    Ok(customer.fetch_optional(db).await?.flatten())
}

/// The live lead that became a customer; at most one.
pub async fn of_customer(db: &mut PgConnection, customer: Uuid) -> Result<Vec<Lead>, AppError> {
    let ids = sqlx::query_scalar!(
        "SELECT id FROM leads WHERE customer = $1 AND deleted_at IS NULL",
        customer
    );
    let ids = ids.fetch_all(&mut *db).await?;
    Ok(leads(db, &ids).await?)
}

/// The open leads of an owner whose next step is overdue, is due today, or is due on one of the six days behind it; in this order, each by
/// date and name, and at most `limit` of each.
pub async fn due(db: &mut PgConnection, owner: Uuid, today: NaiveDate, limit: i64) -> Result<Vec<Lead>, AppError> {
    // Each part is read in order from the index of the owner's next steps.
    let ids = sqlx::query_scalar!(
        "SELECT due.id FROM (VALUES ('-infinity'::date, $2::date - 1), ($2, $2), ($2 + 1, $2 + 6)) AS days (first, last)
         CROSS JOIN LATERAL (
             SELECT id, next_step_key, name_key FROM leads
             WHERE deleted_at IS NULL AND owner_key = ($1::uuid)::text AND next_step_key BETWEEN days.first AND days.last
                 AND stage NOT IN ('Won', 'Lost')
             ORDER BY next_step_key, name_key, id LIMIT $3) due
         ORDER BY due.next_step_key, due.name_key, due.id",
        owner,
        today,
        limit
    );
    let ids = ids.fetch_all(&mut *db).await?;
    let found = leads(db, &ids).await?;
    let mut found: HashMap<Uuid, Lead> = found.into_iter().map(|lead| (lead.id, lead)).collect();
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// The names of leads, deleted leads included, each with whether it is deleted.
pub async fn names_of(db: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<(RecordRef, bool)>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT id, lead_number, name, deleted_at IS NOT NULL AS "is_deleted!" FROM leads WHERE id = ANY($1)"#,
        ids
    );
    let named = rows.fetch_all(db).await?.into_iter().map(|row| {
        let record = RecordRef {
            id: row.id,
            reference: LeadNumber(row.lead_number).to_string(),
            name: row.name,
        };
        (record, row.is_deleted)
    });
    Ok(named.collect())
}
