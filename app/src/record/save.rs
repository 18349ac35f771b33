//! Saving a form. Where somebody else was faster with an edit, it is decided again, upon what is there then.

use sqlx::PgConnection;
use uuid::Uuid;

use super::action::RecordAction;
use super::draft::{Draft, Errors};
use super::merge::{MergeResult, merge};
use super::responses::{FormError, RecordForm, RecordSnapshot, SaveOutcome};
use super::store::{FieldError, Record, RecordStore, get_live};
use super::write::{self, WriteError};
use crate::base::error::AppError;
use crate::base::text::isolated;
use crate::db::audit_log;
use crate::http::context::AppContext;

/// The form of a new record (no id) or of an edit.
///
/// # Errors
/// `NotFound` also for a deleted record.
pub async fn open_form<S: RecordStore>(context: &AppContext, id: Option<Uuid>) -> Result<RecordForm, AppError> {
    let Some(id) = id else {
        let draft = S::defaults(context.clock.today());
        return Ok(RecordForm::new(Uuid::now_v7(), None, draft));
    };
    let record = get_live::<S>(&mut *context.pool().acquire().await?, id).await?;
    let base = S::snapshot(&record);
    let draft = base.draft.clone();
    Ok(RecordForm::new(id, Some(base), draft))
}

/// Saves a form, in a task of its own. What the person can mend is in the outcome.
///
/// # Errors
/// `NotFound`.
pub async fn save<S: RecordStore>(context: &AppContext, submission: RecordForm) -> Result<SaveOutcome, AppError> {
    context.run_write(|context| save_form::<S>(context, submission)).await
}

async fn save_form<S: RecordStore>(context: AppContext, submission: RecordForm) -> Result<SaveOutcome, AppError> {
    let (draft, unresolved) = submission.resolved();
    let parsed = match submission.base {
        None => S::parse_new(&draft, context.clock.today()),
        Some(_) => S::parse(&draft),
    };
    let data = match parsed {
        Ok(data) if unresolved.is_empty() => data,
        parsed => {
            let mut errors = parsed.err().unwrap_or_default();
            errors.extend(unresolved);
            return Ok(invalid(submission, errors, None));
        }
    };
    match submission.base.clone() {
        None => create::<S>(&context, submission, data).await,
        Some(base) => edit::<S>(&context, submission, base, data).await,
    }
}

/// Creates a record under the id that the form has brought. The same form again changes nothing and gives what is there.
async fn create<S: RecordStore>(
    context: &AppContext,
    submission: RecordForm,
    data: S::Data,
) -> Result<SaveOutcome, AppError> {
    let id = submission.id;
    let mut db = context.pool().acquire().await?;
    match write::create::<S>(&mut db, &context.audit(), id, &data).await {
        Ok(Some(record)) => Ok(done::<S>(RecordAction::Created, &record)),
        Ok(None) => existing_submission::<S>(&mut db, submission, &data).await,
        // The same form, sent twice at once: the other sending was first.
        Err(WriteError::Rejected(error)) if error.record.as_ref().is_some_and(|record| record.id == id) => {
            existing_submission::<S>(&mut db, submission, &data).await
        }
        Err(WriteError::Rejected(error)) => Ok(rejected(submission, error)),
        Err(WriteError::Failed(error)) => Err(error),
    }
}

/// The outcome of a form whose id is used: done, where an earlier sending of this very form has made the record and it is still there.
async fn existing_submission<S: RecordStore>(
    db: &mut PgConnection,
    submission: RecordForm,
    data: &S::Data,
) -> Result<SaveOutcome, AppError> {
    // The history after the record, so that no edit between the two is missing from it.
    let existing = S::get(db, submission.id).await?;
    let changed_since = audit_log::first_after(db, submission.id, 1).await?;
    let (now, sent) = (S::draft(&existing.data), S::draft(data));
    let mut is_same = true;
    for field in S::SPEC.edited_fields() {
        is_same &= match changed_since.get(field.name) {
            Some(before) => *before == write::history_text::<S>(db, &sent, field).await?,
            None => now.display_text(field) == sent.display_text(field),
        };
    }
    if existing.deleted_at.is_some() {
        return Ok(deleted_meanwhile::<S>(submission, &existing));
    }
    if is_same {
        return Ok(done::<S>(RecordAction::Created, &existing));
    }
    let record = S::record_ref(&existing);
    let message = format!(
        "This form has already made {} with other values. Open that {} to change it.",
        record.full_name(),
        S::SPEC.singular
    );
    let error = FormError::conflict(message, Some(record));
    Ok(invalid(submission, Errors::new(), Some(error)))
}

async fn edit<S: RecordStore>(
    context: &AppContext,
    submission: RecordForm,
    base: RecordSnapshot,
    data: S::Data,
) -> Result<SaveOutcome, AppError> {
    let (audit, mine) = (context.audit(), S::draft(&data));
    let mut db = context.pool().acquire().await?;
    // Every turn but the last means that somebody else's change was made, so that it ends.
    loop {
        let current = S::get(&mut db, submission.id).await?;
        if current.deleted_at.is_some() {
            return Ok(deleted_meanwhile::<S>(submission, &current));
        }
        let merged = if current.version == base.version {
            data.clone()
        } else {
            match merge_into::<S>(&current, &base, &mine) {
                Ok(merged) => merged,
                Err(form) => return Ok(SaveOutcome::Invalid(form)),
            }
        };
        // What somebody else seems to have changed may be this form itself, whose answer was lost.
        let action = if S::draft(&merged) == mine {
            RecordAction::Saved
        } else {
            RecordAction::Merged
        };
        match write::update::<S>(&mut db, &audit, &current, &merged).await {
            Ok(Some(saved)) => return Ok(done::<S>(action, &saved)),
            Ok(None) => {}
            Err(WriteError::Rejected(error)) => return Ok(rejected(submission, error)),
            Err(WriteError::Failed(error)) => return Err(error),
        }
    }
}

/// Merges an edit with what others have saved since it began.
///
/// # Errors
/// The form, where both changed a field, or where the two edits are not valid together. It starts from what is there now, with both
/// people's changes in it.
fn merge_into<S: RecordStore>(
    current: &Record<S::Data>,
    base: &RecordSnapshot,
    mine: &Draft,
) -> Result<S::Data, Box<RecordForm>> {
    let MergeResult { draft, conflicts } = merge(S::SPEC, &base.draft, mine, &S::draft(&current.data));
    let (errors, what) = match S::parse(&draft) {
        _ if !conflicts.is_empty() => (Errors::new(), "choose a value where both of you changed the same field"),
        Ok(data) => return Ok(data),
        Err(errors) => (errors, "the two do not fit together: see below"),
    };
    let message = format!(
        "Somebody else changed {} while you were editing. Changes to other fields are merged; {what}.",
        isolated(S::title(&current.data))
    );
    Err(Box::new(RecordForm {
        errors,
        conflicts,
        form_error: Some(FormError::conflict(message, None)),
        ..RecordForm::new(current.id, Some(S::snapshot(current)), draft)
    }))
}

fn done<S: RecordStore>(action: RecordAction, record: &Record<S::Data>) -> SaveOutcome {
    let record = S::record_ref(record);
    SaveOutcome::Done { action, record }
}

/// The outcome of a form about a record that was deleted meanwhile.
pub fn deleted_meanwhile<S: RecordStore>(submission: RecordForm, current: &Record<S::Data>) -> SaveOutcome {
    let when = match submission.base {
        Some(_) => "while you were editing",
        None => "meanwhile",
    };
    let message = format!(
        "{} was deleted {when}. What you typed is still here: restore the {singular} under Deleted {plural}, then save again.",
        isolated(S::title(&current.data)),
        singular = S::SPEC.singular,
        plural = S::SPEC.plural,
    );
    invalid(submission, Errors::new(), Some(FormError::conflict(message, None)))
}

/// The outcome of a form that a constraint of the database is in the way of.
pub fn rejected(submission: RecordForm, error: FieldError) -> SaveOutcome {
    let form_error = error.record.map(|record| FormError {
        message: String::new(),
        status: 422,
        record: Some(record),
    });
    invalid(
        submission,
        Errors::from([(error.field.to_owned(), error.message)]),
        form_error,
    )
}

/// The outcome of a form in which something is wrong.
pub fn invalid(submission: RecordForm, errors: Errors, form_error: Option<FormError>) -> SaveOutcome {
    SaveOutcome::Invalid(Box::new(submission.with_errors(errors, form_error)))
}
