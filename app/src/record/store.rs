//! What a subject's store does for its records.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::codec::RecordCodec;
use super::draft::Draft;
use super::record_ref::RecordRef;
use super::responses::{DeletionRefusal, PlainRecord, RecordSnapshot};
use crate::base::audit::AuditContext;
use crate::base::error::AppError;
use crate::db::options::LoadedOptions;
use crate::db::records;
use crate::http::context::AppContext;
use crate::http::identity::RequestIdentity;
use crate::list::names::deleted_ids;

/// A record as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<D> {
    /// UUIDv7.
    pub id: Uuid,
    /// What people call it by: `LM-0001042`.
    pub reference: String,
    /// Goes up by one with every change.
    pub version: i64,
    /// When the last change was made, UTC.
    pub updated_at: DateTime<Utc>,
    /// When the record was deleted, UTC; none for a live one.
    pub deleted_at: Option<DateTime<Utc>>,
    /// What people enter and edit.
    pub data: D,
    /// The values of the fields that the database derives.
    pub derived: Draft,
}

/// A field that a constraint of the database is about, and what is said of it.
#[derive(Clone, Debug)]
pub struct FieldError {
    /// The field.
    pub field: &'static str,
    /// What is wrong in a form.
    pub message: String,
    /// What is wrong where the record was to be deleted or restored; none where that cannot be.
    pub on_restore: Option<String>,
    /// The record that stands in the way.
    pub record: Option<RecordRef>,
}

impl FieldError {
    /// What a form says, and nothing else.
    pub fn of(field: &'static str, message: &str) -> Self {
        Self {
            field,
            message: message.into(),
            on_restore: None,
            record: None,
        }
    }
}

/// The statements about the records of a subject. The writes run in a transaction of the caller; their errors are the database's, among
/// them those of constraints.
pub trait RecordStore: RecordCodec + LoadedOptions {
    /// The records with these ids, deleted or not, the last deleted first.
    fn by_ids(
        db: &mut PgConnection,
        ids: &[Uuid],
    ) -> impl Future<Output = Result<Vec<Record<Self::Data>>, sqlx::Error>> + Send;

    /// A record, deleted or not.
    ///
    /// # Errors
    /// `NotFound`.
    fn get(db: &mut PgConnection, id: Uuid) -> impl Future<Output = Result<Record<Self::Data>, AppError>> + Send {
        async move { Self::by_ids(db, &[id]).await?.pop().ok_or(AppError::NotFound) }
    }

    /// Inserts a record under an id of the caller, and gives its reference; none, and nothing is written, where the id is used.
    fn insert(
        transaction: &mut PgConnection,
        audit: &AuditContext,
        id: Uuid,
        data: &Self::Data,
    ) -> impl Future<Output = Result<Option<String>, sqlx::Error>> + Send;

    /// Gives a live record other data; false, and nothing is written, where it has another version than `current` or is deleted.
    fn update(
        transaction: &mut PgConnection,
        audit: &AuditContext,
        current: &Record<Self::Data>,
        data: &Self::Data,
    ) -> impl Future<Output = Result<bool, sqlx::Error>> + Send;

    /// Deletes a record, or restores it where `deleted_at` is none; false, and nothing is written, where it has another version.
    fn set_deleted(
        transaction: &mut PgConnection,
        audit: &AuditContext,
        id: Uuid,
        version: i64,
        deleted_at: Option<DateTime<Utc>>,
    ) -> impl Future<Output = Result<bool, sqlx::Error>> + Send {
        records::set_deleted(transaction, Self::SPEC.table, (id, version), audit.at, deleted_at)
    }

    /// Deleted records that a search names, the last deleted first: at most `limit`, those deleted before the record `older_than` where that
    /// is a deleted one.
    fn deleted(
        db: &mut PgConnection,
        search: &str,
        older_than: Option<Uuid>,
        limit: i64,
    ) -> impl Future<Output = Result<Vec<Record<Self::Data>>, AppError>> + Send {
        async move {
            let ids = deleted_ids(db, Self::SPEC, search, older_than, limit).await?;
            Ok(Self::by_ids(db, &ids).await?)
        }
    }

    /// What goes with a record that is deleted, a phrase each.
    fn losses(
        db: &mut PgConnection,
        record: &Record<Self::Data>,
    ) -> impl Future<Output = Result<Vec<String>, AppError>> + Send;

    /// What keeps data from being written that no constraint knows of; `current` are those that they replace.
    fn refusal(
        _db: &mut PgConnection,
        _current: Option<&Self::Data>,
        _data: &Self::Data,
    ) -> impl Future<Output = Result<Option<FieldError>, AppError>> + Send {
        async { Ok(None) }
    }

    /// What a constraint, known by its name in the migrations, says of data that were to be written; none where no form can mend it.
    fn constraint_error(
        db: &mut PgConnection,
        constraint: &str,
        data: &Self::Data,
    ) -> impl Future<Output = Result<Option<FieldError>, AppError>> + Send;

    /// What keeps a record from being deleted: a sentence that says what to do, and the address where that is done. Asked in the transaction of
    /// the deletion, too, after the record is locked.
    fn deletion_refusal(
        _db: &mut PgConnection,
        _id: Uuid,
    ) -> impl Future<Output = Result<Option<DeletionRefusal>, AppError>> + Send {
        async { Ok(None) }
    }

    /// A record's name and reference.
    fn record_ref(record: &Record<Self::Data>) -> RecordRef {
        RecordRef {
            id: record.id,
            reference: record.reference.clone(),
            name: Self::title(&record.data).to_owned(),
        }
    }

    /// A record as pages show it, and as an edit starts from it.
    fn snapshot(record: &Record<Self::Data>) -> RecordSnapshot {
        RecordSnapshot {
            record: Self::record_ref(record),
            version: record.version,
            draft: Self::draft(&record.data).with_values(&record.derived),
        }
    }
}

/// A live record.
///
/// # Errors
/// `NotFound` also for a deleted one.
pub async fn get_live<S: RecordStore>(db: &mut PgConnection, id: Uuid) -> Result<Record<S::Data>, AppError> {
    let record = S::get(db, id).await?;
    match record.deleted_at {
        None => Ok(record),
        Some(_) => Err(AppError::NotFound),
    }
}

/// The page of a record that shows its fields and nothing else.
///
/// # Errors
/// `NotFound` also for a deleted one.
pub async fn plain_record<S: RecordStore>(context: &AppContext, id: Uuid) -> Result<PlainRecord, AppError> {
    let today = context.clock.today();
    let read = context.read_db(|mut db| async move {
        let record = get_live::<S>(&mut db, id).await?;
        Ok(PlainRecord {
            record: S::snapshot(&record),
            updated_at: record.updated_at,
            today,
        })
    });
    read.await
}

/// A record, live or one that the caller could restore.
///
/// # Errors
/// `NotFound`.
pub async fn get_visible<S: RecordStore>(
    db: &mut PgConnection,
    caller: &RequestIdentity,
    id: Uuid,
) -> Result<Record<S::Data>, AppError> {
    let record = S::get(db, id).await?;
    let is_visible = record.deleted_at.is_none() || caller.require(S::SPEC.edit).is_ok();
    if is_visible {
        Ok(record)
    } else {
        Err(AppError::NotFound)
    }
}
