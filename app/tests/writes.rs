//! Writes: what they leave behind, what they refuse, and that none which was acknowledged is ever lost.

mod common;

#[path = "writes/concurrent.rs"]
mod concurrent;
#[path = "writes/creating.rs"]
mod creating;
#[path = "writes/deleting.rs"]
mod deleting;
#[path = "writes/editing.rs"]
mod editing;
#[path = "writes/stored.rs"]
mod stored;

use app::base::error::AppError;
use app::customers::codec::Customers;
use app::http::context::AppContext;
use app::record::action::RecordAction;
use app::record::delete as deletion;
use app::record::record_ref::RecordRef;
use app::record::responses::{DeleteOutcome, RecordForm, SaveOutcome};
use app::record::save;
use common::{clear_account, ensure_plan, submission, valid_draft, version_of};
use sqlx::PgPool;
use uuid::Uuid;

/// A row of the history: version, field, before, after.
type Written = (i64, String, Option<String>, Option<String>);

async fn history(pool: &PgPool, id: Uuid) -> Vec<Written> {
    sqlx::query_as("SELECT version, field, before, after FROM history WHERE entity_id = $1 ORDER BY version, id")
        .bind(id)
        .fetch_all(pool)
        .await
        .expect("the history")
}

fn row(version: i64, field: &str, before: Option<&str>, after: Option<&str>) -> Written {
    (
        version,
        field.to_owned(),
        before.map(str::to_owned),
        after.map(str::to_owned),
    )
}

async fn count(pool: &PgPool, what: &'static str) -> i64 {
    sqlx::query_scalar(what).fetch_one(pool).await.expect("a count")
}

const LIVE: &str = "SELECT count(*) FROM customers WHERE deleted_at IS NULL";
const HISTORY: &str = "SELECT count(*) FROM history";

/// What a form becomes after a person has typed over some of its fields.
async fn save(context: &AppContext, form: &RecordForm, changes: &[(&str, &str)]) -> Result<SaveOutcome, AppError> {
    send(context, submission(form, changes)).await
}

async fn send(context: &AppContext, submission: RecordForm) -> Result<SaveOutcome, AppError> {
    save::save::<Customers>(context, submission).await
}

async fn delete(context: &AppContext, id: Uuid) -> Result<DeleteOutcome, AppError> {
    clear_account(context.pool(), id).await;
    deletion::delete::<Customers>(context, id, version_of(context, id).await).await
}

async fn restore(context: &AppContext, id: Uuid) -> Result<DeleteOutcome, AppError> {
    deletion::restore::<Customers>(context, id, version_of(context, id).await).await
}

fn saved(outcome: Result<SaveOutcome, AppError>) -> (RecordAction, RecordRef) {
    match outcome.expect("no fault") {
        SaveOutcome::Done { action, record } => (action, record),
        SaveOutcome::Invalid(form) => {
            panic!(
                "not saved: {:?} {:?} {:?}",
                form.errors, form.form_error, form.conflicts
            )
        }
    }
}

fn done(outcome: Result<SaveOutcome, AppError>) -> RecordRef {
    saved(outcome).1
}

fn invalid(outcome: Result<SaveOutcome, AppError>) -> RecordForm {
    match outcome.expect("no fault") {
        SaveOutcome::Invalid(form) => *form,
        SaveOutcome::Done { record, .. } => panic!("saved {record:?}"),
    }
}

/// The form of somebody new, filled in.
async fn new_form(context: &AppContext, name: &str, email: &str) -> RecordForm {
    ensure_plan(context.pool()).await;
    let mut form = save::open_form::<Customers>(context, None).await.expect("a form");
    form.draft = valid_draft(name, email);
    form
}

async fn edit_form(context: &AppContext, id: Uuid) -> RecordForm {
    save::open_form::<Customers>(context, Some(id)).await.expect("a form")
}
