//! Deleting and restoring: a deleted record is kept, and can be restored at any time.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

use super::responses::{DeleteOutcome, DeletePreview, DeletedList, DeletedQuery, DeletedRow, FormError};
use super::store::{FieldError, Record, RecordStore, get_live};
use super::write::{self, WriteError};
use crate::base::audit::Actor;
use crate::base::error::AppError;
use crate::base::text::tidy_search;
use crate::db::audit_log;
use crate::http::context::AppContext;

/// How many deleted records a page shows.
const PAGE_SIZE: usize = 50;

/// What a deletion would take away.
///
/// # Errors
/// `NotFound` also for a record that is deleted already.
pub async fn delete_preview<S: RecordStore>(context: &AppContext, id: Uuid) -> Result<DeletePreview, AppError> {
    let read = context.read_db(|mut db| async move {
        let record = get_live::<S>(&mut db, id).await?;
        preview::<S>(&mut db, &record).await
    });
    read.await
}

async fn preview<S: RecordStore>(db: &mut PgConnection, record: &Record<S::Data>) -> Result<DeletePreview, AppError> {
    Ok(DeletePreview {
        record: S::record_ref(record),
        version: record.version,
        losses: S::losses(db, record).await?,
        refusal: S::deletion_refusal(db, record.id).await?,
        changed: None,
    })
}

/// What a record is now, for somebody who has asked for something else.
async fn changed<S: RecordStore>(db: &mut PgConnection, record: &Record<S::Data>) -> Result<DeletePreview, AppError> {
    let draft = S::snapshot(record).draft;
    let fields = S::SPEC.deleted_columns.iter().filter_map(|name| S::SPEC.field(name));
    let now: Vec<_> = fields
        .filter_map(|field| Some(format!("{} {}", field.label, draft.display_text(field)?)))
        .collect();
    let who = S::record_ref(record).full_name();
    let message = format!("{who} changed after you opened this. It is now: {}.", now.join(", "));
    Ok(DeletePreview {
        changed: Some(message),
        ..preview::<S>(db, record).await?
    })
}

/// Deletes a record that has a version, in a task of its own. One that is deleted already is `Refused`.
///
/// # Errors
/// `NotFound`.
pub async fn delete<S: RecordStore>(context: &AppContext, id: Uuid, version: i64) -> Result<DeleteOutcome, AppError> {
    context
        .run_write(move |context| set_deleted::<S>(context, id, version, true))
        .await
}

/// Restores a deleted record that has a version, in a task of its own. One that is live already is as it was wanted; what stands in the way is `Refused`.
///
/// # Errors
/// `NotFound`.
pub async fn restore<S: RecordStore>(context: &AppContext, id: Uuid, version: i64) -> Result<DeleteOutcome, AppError> {
    context
        .run_write(move |context| set_deleted::<S>(context, id, version, false))
        .await
}

async fn set_deleted<S: RecordStore>(
    context: AppContext,
    id: Uuid,
    version: i64,
    deletes: bool,
) -> Result<DeleteOutcome, AppError> {
    let audit = context.audit();
    let mut db = context.pool().acquire().await?;
    let done = |record: &Record<S::Data>| {
        Ok(DeleteOutcome::Done {
            record: S::record_ref(record),
            version: record.version,
        })
    };
    let refused = |message, record| Ok(DeleteOutcome::Refused(FormError::conflict(message, record)));
    // A second turn means that somebody else's change was made, and then it ends.
    loop {
        let current = S::get(&mut db, id).await?;
        match (deletes, current.deleted_at) {
            (true, Some(_)) => {
                let message = format!("This {} is already deleted.", S::SPEC.singular);
                return refused(message, None);
            }
            (false, None) => return done(&current),
            _ if current.version != version => {
                return Ok(DeleteOutcome::Changed(changed::<S>(&mut db, &current).await?));
            }
            _ => {}
        }
        match write::set_deleted::<S>(&mut db, &audit, &current, deletes).await {
            Ok(Some(record)) => return done(&record),
            Ok(None) => {}
            Err(WriteError::Rejected(FieldError { on_restore, record, .. })) => {
                let message =
                    on_restore.unwrap_or_else(|| format!("This {} can't be restored as it is.", S::SPEC.singular));
                return refused(message, record);
            }
            Err(WriteError::Failed(error)) => return Err(error),
        }
    }
}

/// Deleted records, the last deleted first.
pub async fn deleted_list<S: RecordStore>(context: &AppContext, query: DeletedQuery) -> Result<DeletedList, AppError> {
    let mut db = context.pool().acquire().await?;
    let search = tidy_search(&query.search);
    let mut records = S::deleted(&mut db, &search, query.older_than, PAGE_SIZE as i64 + 1).await?;
    let has_older = records.len() > PAGE_SIZE;
    records.truncate(PAGE_SIZE);
    let ids: Vec<Uuid> = records.iter().map(|record| record.id).collect();
    let deleters = audit_log::deleters(&mut db, &ids).await?;
    Ok(DeletedList {
        search,
        today: context.clock.today(),
        older_than: records.last().filter(|_| has_older).map(|record| record.id),
        rows: records
            .iter()
            .filter_map(|record| deleted_row::<S>(record, &deleters))
            .collect(),
    })
}

fn deleted_row<S: RecordStore>(record: &Record<S::Data>, deleters: &HashMap<Uuid, Actor>) -> Option<DeletedRow> {
    let draft = S::snapshot(record).draft;
    let fields = S::SPEC.deleted_columns.iter().filter_map(|name| S::SPEC.field(name));
    Some(DeletedRow {
        record: S::record_ref(record),
        version: record.version,
        cells: fields.map(|field| draft.cell(S::SPEC, field)).collect(),
        deleted_at: record.deleted_at?,
        deleted_by: deleters.get(&record.id).map(|actor| actor.name().to_owned()),
    })
}
