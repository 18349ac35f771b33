//! Writing a record: each write is one short transaction of the row and its history (a part of the caller's, where that has one).
//!
//! Nothing is locked in advance. A change is made to the version that it was decided upon, and to no other.

use sqlx::{Acquire as _, PgConnection, Postgres, Transaction};
use uuid::Uuid;

use super::draft::Draft;
use super::store::{FieldError, Record, RecordStore};
use crate::base::audit::{AuditContext, AuditEvent, Change};
use crate::base::error::AppError;
use crate::base::spec::SubjectSpec;
use crate::db::audit_log;

/// Why nothing was written.
#[derive(Debug)]
pub enum WriteError {
    /// A constraint is in the way, and people can do something about it.
    Rejected(FieldError),
    /// A fault.
    Failed(AppError),
}

impl<E: Into<AppError>> From<E> for WriteError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Creates a record under an id of the caller; none, and nothing is written, where the id is used.
///
/// # Errors
/// Says why nothing was written, as all that follow.
pub async fn create<S: RecordStore>(
    db: &mut PgConnection,
    audit: &AuditContext,
    id: Uuid,
    data: &S::Data,
) -> Result<Option<Record<S::Data>>, WriteError> {
    let mut transaction = db.begin().await?;
    let inserted = S::insert(&mut transaction, audit, id, data).await;
    let event = event::<S>(audit, id, 1);
    let inserted = conclude(transaction, inserted, &event, &[Change::event("created")]).await?;
    let reference = concluded::<S, _>(db, inserted, data).await?;
    Ok(reference.map(|reference| Record {
        id,
        reference,
        version: 1,
        updated_at: audit.at,
        deleted_at: None,
        data: data.clone(),
    }))
}

/// Gives a live record other data; none, and nothing is written, where it is not `current` any more. Where nothing differs, nothing is
/// written either.
///
/// # Errors
/// Says why nothing was written.
pub async fn update<S: RecordStore>(
    db: &mut PgConnection,
    audit: &AuditContext,
    current: &Record<S::Data>,
    data: &S::Data,
) -> Result<Option<Record<S::Data>>, WriteError> {
    let changes = changes(S::SPEC, &S::draft(&current.data), &S::draft(data));
    if changes.is_empty() {
        return Ok(Some(current.clone()));
    }
    let mut transaction = db.begin().await?;
    let updated = S::update(&mut transaction, audit, current, data).await;
    let updated = updated.map(|updated| updated.then_some(()));
    let event = event::<S>(audit, current.id, current.version + 1);
    let updated = conclude(transaction, updated, &event, &changes).await?;
    let updated = concluded::<S, _>(db, updated, data).await?;
    Ok(updated.map(|()| Record {
        version: event.version,
        updated_at: audit.at,
        data: data.clone(),
        ..current.clone()
    }))
}

/// Deletes a record, or restores it; none, and nothing is written, where it is not `current` any more.
///
/// # Errors
/// Says why nothing was written.
pub async fn set_deleted<S: RecordStore>(
    db: &mut PgConnection,
    audit: &AuditContext,
    current: &Record<S::Data>,
    deletes: bool,
) -> Result<Option<Record<S::Data>>, WriteError> {
    let deleted_at = deletes.then_some(audit.at);
    let mut transaction = db.begin().await?;
    let updated = S::set_deleted(&mut transaction, audit, current.id, current.version, deleted_at).await;
    let updated = updated.map(|updated| updated.then_some(()));
    let event = event::<S>(audit, current.id, current.version + 1);
    let change = Change::event(if deletes { "deleted" } else { "restored" });
    let updated = conclude(transaction, updated, &event, &[change]).await?;
    let updated = concluded::<S, _>(db, updated, &current.data).await?;
    Ok(updated.map(|()| Record {
        version: event.version,
        updated_at: audit.at,
        deleted_at,
        ..current.clone()
    }))
}

fn event<S: RecordStore>(audit: &AuditContext, id: Uuid, version: i64) -> AuditEvent {
    AuditEvent {
        context: *audit,
        entity: S::SPEC.entity,
        id,
        version,
    }
}

/// The history of an update: a change for every field that has another value.
fn changes(spec: &SubjectSpec, before: &Draft, after: &Draft) -> Vec<Change> {
    let changed = spec.fields.iter().filter(|field| !before.same_value(after, field.name));
    let change = changed.map(|field| Change::of(field.name, before.display_text(field), after.display_text(field)));
    change.collect()
}

/// Commits what was written with its history, or rolls back where nothing was.
async fn conclude<T>(
    mut transaction: Transaction<'_, Postgres>,
    written: Result<Option<T>, sqlx::Error>,
    event: &AuditEvent,
    changes: &[Change],
) -> Result<Result<Option<T>, sqlx::Error>, AppError> {
    if matches!(written, Ok(Some(_))) {
        audit_log::record(&mut transaction, event, changes).await?;
        transaction.commit().await?;
    } else {
        transaction.rollback().await?;
    }
    Ok(written)
}

/// What the outcome of a transaction says to the caller.
async fn concluded<S: RecordStore, T>(
    db: &mut PgConnection,
    written: Result<Option<T>, sqlx::Error>,
    data: &S::Data,
) -> Result<Option<T>, WriteError> {
    let error = match written {
        Ok(written) => {
            if written.is_some() {
                S::after_write(db).await;
            }
            return Ok(written);
        }
        Err(error) => error,
    };
    let constraint = error.as_database_error().and_then(|error| error.constraint());
    let rejection = match constraint {
        Some(constraint) => S::constraint_error(db, constraint, data).await?,
        None => None,
    };
    Err(rejection.map_or_else(|| error.into(), WriteError::Rejected))
}
