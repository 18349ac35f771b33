//! A record becomes one of another subject: a new one, or one that is there already.

use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use super::action::RecordAction;
use super::codec::RecordCodec;
use super::draft::{Draft, Errors};
use super::record_ref::RecordRef;
use super::responses::{FormError, RecordForm, SaveOutcome};
use super::save::{deleted_meanwhile, invalid, rejected};
use super::store::{Record, RecordStore, get_live};
use super::write::{self, WriteError};
use crate::base::audit::AuditContext;
use crate::base::error::AppError;
use crate::base::time::ist_date;
use crate::http::context::AppContext;

/// A subject whose records become records of another.
pub trait Convertible: RecordStore {
    /// The other subject.
    type Into: RecordStore;

    /// What a record says beyond the fields that both subjects have, put into the form of the new one.
    fn complete(
        _db: &mut PgConnection,
        _record: &Record<Self::Data>,
        _draft: &mut Draft,
    ) -> impl Future<Output = Result<(), AppError>> + Send {
        async { Ok(()) }
    }

    /// What a record has become.
    fn converted_into(db: &mut PgConnection, id: Uuid) -> impl Future<Output = Result<Option<Uuid>, AppError>> + Send;

    /// Locks a record until the transaction ends.
    fn lock(transaction: &mut PgConnection, id: Uuid) -> impl Future<Output = Result<(), AppError>> + Send;

    /// Notes what a locked record has become, with its history; false, and nothing may be committed, where another record has become that.
    fn set_converted(
        transaction: &mut PgConnection,
        audit: &AuditContext,
        record: &Record<Self::Data>,
        into: &RecordRef,
    ) -> impl Future<Output = Result<bool, AppError>> + Send;
}

/// The form of what a record is to become, with all that the record has. What it could say and does not is asked for.
///
/// # Errors
/// `NotFound` also for a deleted record.
pub async fn open_form<S: Convertible>(context: &AppContext, id: Uuid) -> Result<RecordForm, AppError> {
    let mut db = context.pool().acquire().await?;
    let record = get_live::<S>(&mut db, id).await?;
    let known = S::draft(&record.data);
    let mut draft = S::Into::defaults(context.clock.today());
    for field in S::Into::SPEC
        .new_fields()
        .filter(|field| S::SPEC.field(field.name).is_some())
    {
        draft.set(field.name, known.values(field.name).to_vec());
    }
    S::complete(&mut db, &record, &mut draft).await?;
    let form = RecordForm {
        from_version: Some(record.version),
        ..RecordForm::new(Uuid::now_v7(), None, draft)
    };
    Ok(match S::converted_into(&mut db, id).await? {
        Some(into) => {
            let into = S::Into::get(&mut db, into).await?;
            form.with_errors(Errors::new(), Some(converted_already::<S>(&into)))
        }
        None => form,
    })
}

/// What is said of a record that was converted before.
fn converted_already<S: Convertible>(into: &Record<<S::Into as RecordCodec>::Data>) -> FormError {
    let record = S::Into::record_ref(into);
    let (singular, who) = (S::SPEC.singular, record.full_name());
    let message = match into.deleted_at {
        None => format!("This {singular} already became {who}."),
        Some(_) => format!(
            "This {singular} became {who}, since deleted. Ask an admin to restore that {}.",
            S::Into::SPEC.singular
        ),
    };
    FormError::conflict(message, Some(record))
}

/// Makes a record what is in the form, or what the form links to, in a task of its own. What the person can mend is in the outcome. The
/// same form again gives the record that it has made.
///
/// # Errors
/// `NotFound` where there is no such record.
pub async fn convert<S: Convertible>(
    context: &AppContext,
    id: Uuid,
    submission: RecordForm,
) -> Result<SaveOutcome, AppError> {
    context
        .run_write(move |context| convert_form::<S>(context, id, submission))
        .await
}

async fn convert_form<S: Convertible>(
    context: AppContext,
    id: Uuid,
    submission: RecordForm,
) -> Result<SaveOutcome, AppError> {
    let audit = context.audit();
    let mut db = context.pool().acquire().await?;
    let mut transaction = db.begin().await?;
    // Whoever converts the same record waits here, and then sees what it became.
    S::lock(&mut transaction, id).await?;
    let action = match submission.link {
        Some(_) => RecordAction::Linked,
        None => RecordAction::Created,
    };
    if let Some(into) = S::converted_into(&mut transaction, id).await? {
        let into = S::Into::get(&mut transaction, into).await?;
        // The same form, sent twice.
        let is_done = into.deleted_at.is_none() && into.id == submission.link.unwrap_or(submission.id);
        return Ok(match is_done {
            true => SaveOutcome::Done {
                action,
                record: S::Into::record_ref(&into),
            },
            false => invalid(submission, Errors::new(), Some(converted_already::<S>(&into))),
        });
    }
    let record = S::get(&mut transaction, id).await?;
    if record.deleted_at.is_some() {
        return Ok(deleted_meanwhile::<S>(submission, &record));
    }
    if submission.from_version != Some(record.version) {
        let message = format!(
            "{} changed after you opened this. Check it, then convert.",
            S::record_ref(&record).full_name()
        );
        let submission = RecordForm {
            from_version: Some(record.version),
            ..submission
        };
        return Ok(conflict(submission, message));
    }
    let into = match find_or_create::<S>(&mut transaction, &audit, &record, &submission).await? {
        Ok(into) => into,
        Err(refusal) => return Ok(refusal),
    };
    if !S::set_converted(&mut transaction, &audit, &record, &into).await? {
        let message = format!(
            "Another {} already became {}. Convert this one to a new {}.",
            S::SPEC.singular,
            into.full_name(),
            S::Into::SPEC.singular
        );
        return Ok(conflict(submission, message));
    }
    transaction.commit().await?;
    Ok(SaveOutcome::Done { action, record: into })
}

/// The record that the form links to, or a new one; otherwise the form with what is in the way.
async fn find_or_create<S: Convertible>(
    transaction: &mut PgConnection,
    audit: &AuditContext,
    record: &Record<S::Data>,
    submission: &RecordForm,
) -> Result<Result<RecordRef, SaveOutcome>, AppError> {
    let singular = S::Into::SPEC.singular;
    let refused = |message| Ok(Err(conflict(submission.clone(), message)));
    if let Some(link) = submission.link {
        return match get_live::<S::Into>(transaction, link).await {
            Ok(into) => Ok(Ok(S::Into::record_ref(&into))),
            Err(AppError::NotFound) => refused(format!(
                "This {singular} has been deleted. Choose another, or convert to a new {singular}."
            )),
            Err(error) => Err(error),
        };
    }
    let data = match S::Into::parse_new(&submission.draft, ist_date(audit.at)) {
        Ok(data) => data,
        Err(errors) => return Ok(Err(invalid(submission.clone(), errors, None))),
    };
    let RecordRef { name, reference, .. } = S::record_ref(record);
    // It is stored, without what only a sentence needs.
    let origin = Some(format!("{name} ({reference})"));
    match write::create_from::<S::Into>(transaction, audit, submission.id, &data, origin).await {
        Ok(Some(into)) => Ok(Ok(S::Into::record_ref(&into))),
        Ok(None) => refused(format!(
            "This form already created another {singular}. Close it and open it again."
        )),
        Err(WriteError::Rejected(error)) => Ok(Err(rejected(submission.clone(), error))),
        Err(WriteError::Failed(error)) => Err(error),
    }
}

fn conflict(submission: RecordForm, message: String) -> SaveOutcome {
    invalid(submission, Errors::new(), Some(FormError::conflict(message, None)))
}
