//! Writes: what they leave behind, what they refuse, and that none which was acknowledged is ever lost.

mod common;

#[path = "writes/at_once.rs"]
mod at_once;
#[path = "writes/creating.rs"]
mod creating;
#[path = "writes/deleting.rs"]
mod deleting;
#[path = "writes/editing.rs"]
mod editing;
#[path = "writes/kept.rs"]
mod kept;

use app::context::AppContext;
use app::customers::model::{Customer, CustomerName};
use app::customers::service;
use app::customers::view::deed::Deed;
use app::customers::view::{CustomerForm, Outcome};
use app::error::AppError;
use common::valid_draft;
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

fn name_of(customer: &Customer) -> CustomerName {
    CustomerName {
        id: customer.id,
        account_number: customer.account_number,
        name: customer.details.contact.name.clone(),
    }
}

fn saved(outcome: Result<Outcome, AppError>) -> (Deed, CustomerName) {
    match outcome.expect("no fault") {
        Outcome::Done { deed, customer } => (deed, customer),
        Outcome::Again(form) => panic!("not saved: {:?} {:?} {:?}", form.errors, form.problem, form.conflicts),
    }
}

fn done(outcome: Result<Outcome, AppError>) -> CustomerName {
    saved(outcome).1
}

fn again(outcome: Result<Outcome, AppError>) -> CustomerForm {
    match outcome.expect("no fault") {
        Outcome::Again(form) => *form,
        Outcome::Done { customer, .. } => panic!("saved {customer:?}"),
    }
}

/// The form of somebody new, filled in.
async fn new_form(context: &AppContext, name: &str, email: &str) -> CustomerForm {
    let mut form = service::open_form(context, None).await.expect("a form");
    form.draft = valid_draft(name, email);
    form
}

async fn edit_form(context: &AppContext, id: Uuid) -> CustomerForm {
    service::open_form(context, Some(id)).await.expect("a form")
}
