//! Writing a record: each write is one short transaction of the row and its history (a part of the caller's, where that has one).
//!
//! Nothing is locked in advance. A change is made to the version that it was decided upon, and to no other.

use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use super::draft::Draft;
use super::store::{FieldError, Record, RecordStore};
use crate::base::audit::{AuditContext, AuditEvent, Change};
use crate::base::error::AppError;
use crate::base::spec::{FieldSpec, Input};
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
pub async fn create<S: RecordStore>(
    db: &mut PgConnection,
    audit: &AuditContext,
    id: Uuid,
    data: &S::Data,
) -> Result<Option<Record<S::Data>>, WriteError> {
    create_from::<S>(db, audit, id, data, None).await
}

/// [`create`] for a record that is made of another, whose reference its history names.
pub async fn create_from<S: RecordStore>(
    db: &mut PgConnection,
    audit: &AuditContext,
    id: Uuid,
    data: &S::Data,
    origin: Option<String>,
) -> Result<Option<Record<S::Data>>, WriteError> {
    let record = Record {
        id,
        // The store's to give.
        reference: String::new(),
        version: 1,
        updated_at: audit.at,
        deleted_at: None,
        data: data.clone(),
        derived: Draft::default(),
    };
    write::<S>(db, audit, None, record, &[Change::of("created", None, origin)]).await
}

/// Gives a live record other data; none, and nothing is written, where it is not `current` any more. Where nothing differs, nothing is
/// written either.
pub async fn update<S: RecordStore>(
    db: &mut PgConnection,
    audit: &AuditContext,
    current: &Record<S::Data>,
    data: &S::Data,
) -> Result<Option<Record<S::Data>>, WriteError> {
    let changes = changes::<S>(db, &S::draft(&current.data), &S::draft(data)).await?;
    if changes.is_empty() {
        return Ok(Some(current.clone()));
    }
    let record = Record {
        data: data.clone(),
        ..next_version(audit, current)
    };
    write::<S>(db, audit, Some(current), record, &changes).await
}

/// Deletes a record, or restores it; none, and nothing is written, where it is not `current` any more.
pub async fn set_deleted<S: RecordStore>(
    db: &mut PgConnection,
    audit: &AuditContext,
    current: &Record<S::Data>,
    deletes: bool,
) -> Result<Option<Record<S::Data>>, WriteError> {
    let record = Record {
        deleted_at: deletes.then_some(audit.at),
        ..next_version(audit, current)
    };
    let change = Change::event(if deletes { "deleted" } else { "restored" });
    write::<S>(db, audit, Some(current), record, &[change]).await
}

fn next_version<D: Clone>(audit: &AuditContext, current: &Record<D>) -> Record<D> {
    Record {
        version: current.version + 1,
        updated_at: audit.at,
        ..current.clone()
    }
}

/// The history of an update: a change for every field that has another value.
pub async fn changes<S: RecordStore>(
    db: &mut PgConnection,
    before: &Draft,
    after: &Draft,
) -> Result<Vec<Change>, AppError> {
    let mut changes = Vec::new();
    for field in S::SPEC.edited_fields() {
        if !before.same_value(after, field.name) {
            let before = history_text::<S>(db, before, field).await?;
            changes.push(Change::of(
                field.name,
                before,
                history_text::<S>(db, after, field).await?,
            ));
        }
    }
    Ok(changes)
}

/// A field's value as the history has it: of an option, what people call it.
pub async fn history_text<S: RecordStore>(
    db: &mut PgConnection,
    draft: &Draft,
    field: &FieldSpec,
) -> Result<Option<String>, AppError> {
    let text = draft.display_text(field);
    let (Some(value), Input::Loaded { .. }) = (&text, field.input) else {
        return Ok(text);
    };
    let options = S::options(db, field.name).await?;
    let option = options.into_iter().find(|option| option.value == *value);
    Ok(option.map(|option| option.label).or(text))
}

/// Makes `record` of what is there, with its history; none, and nothing is written, where something else is there by now.
async fn write<S: RecordStore>(
    db: &mut PgConnection,
    audit: &AuditContext,
    current: Option<&Record<S::Data>>,
    record: Record<S::Data>,
    changes: &[Change],
) -> Result<Option<Record<S::Data>>, WriteError> {
    let Record { id, deleted_at, .. } = record;
    let mut transaction = db.begin().await?;
    if current.is_none_or(|current| current.deleted_at == deleted_at)
        && let Some(error) = S::refusal(&mut transaction, current.map(|current| &current.data), &record.data).await?
    {
        transaction.rollback().await?;
        return Err(WriteError::Rejected(error));
    }
    let written = match current {
        None => S::insert(&mut transaction, audit, id, &record.data).await,
        Some(current) => {
            let updated = if current.deleted_at == deleted_at {
                S::update(&mut transaction, audit, current, &record.data).await
            } else {
                S::set_deleted(&mut transaction, audit, id, current.version, deleted_at).await
            };
            updated.map(|updated| updated.then(|| current.reference.clone()))
        }
    };
    if deleted_at.is_some()
        && matches!(written, Ok(Some(_)))
        && let Some(refusal) = S::deletion_refusal(&mut transaction, id).await?
    {
        transaction.rollback().await?;
        return Err(WriteError::Rejected(FieldError {
            on_restore: Some(refusal.message),
            ..FieldError::of(S::SPEC.title, "")
        }));
    }
    if matches!(written, Ok(Some(_))) {
        let event = AuditEvent {
            context: *audit,
            entity: S::SPEC.entity,
            id,
            version: record.version,
        };
        audit_log::record(&mut transaction, &event, changes).await?;
        transaction.commit().await?;
    } else {
        transaction.rollback().await?;
    }
    let error = match written {
        Ok(None) => return Ok(None),
        Ok(Some(reference)) => return Ok(Some(Record { reference, ..record })),
        Err(error) => error,
    };
    let rejection = match error.as_database_error().and_then(|error| error.constraint()) {
        Some(constraint) => S::constraint_error(db, constraint, &record.data).await?,
        None => None,
    };
    Err(rejection.map_or_else(|| error.into(), WriteError::Rejected))
}
