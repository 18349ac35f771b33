//! What the pages ask for, with and without script: the steps between a request and the store.

pub mod columns;
pub mod flash;

use chrono::NaiveDate;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::context::AppContext;
use crate::customers::model::draft::{Draft, Errors};
use crate::customers::model::field::Field;
use crate::customers::model::merge::{Conflicts, Merged, merge};
use crate::customers::model::{Customer, CustomerName, Details};
use crate::customers::query::CustomerQuery;
use crate::customers::query::cursor::{Cursor, Position};
use crate::customers::store::{self, Asked, Refusal};
use crate::customers::submission::Submission;
use crate::customers::view::cell::Cell;
use crate::customers::view::deed::Deed;
use crate::customers::view::{
    CustomerForm, CustomerList, CustomerRecord, DeletedList, Deletion, Editing, Moved, Numbers, Outcome, Problem,
};
use crate::error::AppError;
use crate::people::model::roles::Right;
use crate::replica::Reader;
use crate::text::tidy_search;

/// A page of the list. `url` is the part of the address behind the path. Its rows confirm an asker who was all the way in a moment ago.
///
/// # Errors
/// `Unavailable` and `Internal`; `SignedOut` and `Forbidden` where the asker is no longer who it was.
pub async fn list(context: &AppContext, url: &str, columns: Vec<Field>) -> Result<CustomerList, AppError> {
    let (query, ignored) = CustomerQuery::from_url(url);
    let (asked_query, asked_columns, now) = (&query, &*columns, context.clock.now());
    let read = context
        .reading(|mut reader: Reader| async move {
            let asked = Asked {
                query: asked_query,
                columns: asked_columns,
                known: &reader.known,
                now,
            };
            let page = store::list(&mut reader.db, &asked).await;
            (reader, page)
        })
        .await;
    let session_mark = read.as_ref().ok().and_then(|page| page.session_mark);
    context.confirm(Right::Browse, session_mark).await?;
    let page = read?;
    let count = page.rows.len() as u64;
    let address = |position| {
        let page = Some(Cursor::new(position, &query));
        CustomerQuery { page, ..query.clone() }.to_url()
    };
    let numbers = page
        .counts
        .map(|counts| counts.numbers(&query.filter))
        .map(|numbers| Numbers {
            // Rows that came while the page was being made are not yet in the total.
            total: numbers.total.max(page.before + count),
            ..numbers
        });
    let before = |spot| address(Position::Before { spot, at: page.before });
    let after = |spot| {
        let at = page.before + count;
        address(Position::After { spot, at })
    };
    Ok(CustomerList {
        rows: page.rows,
        previous: page.first.filter(|_| page.has_previous).map(before),
        next: page.last.filter(|_| page.has_next).map(after),
        last: (page.has_next && numbers.is_some()).then(|| address(Position::Last)),
        before: page.before,
        numbers,
        beginning: page.beginning,
        today: context.clock.today(),
        columns,
        ignored,
        query,
    })
}

fn name_of(customer: &Customer) -> CustomerName {
    CustomerName {
        id: customer.id,
        account_number: customer.account_number,
        name: customer.details.contact.name.clone(),
    }
}

/// A customer's page.
///
/// # Errors
/// `NotFound` also for a deleted one; `Unavailable` and `Internal`.
pub async fn record(context: &AppContext, id: Uuid) -> Result<CustomerRecord, AppError> {
    let today = context.clock.today();
    context
        .reading(|mut reader: Reader| async move {
            let record = record_from(&mut reader.db, id, today).await;
            (reader, record)
        })
        .await
}

async fn record_from(db: &mut PgConnection, id: Uuid, today: NaiveDate) -> Result<CustomerRecord, AppError> {
    let customer = store::get(&mut *db, id).await?;
    if customer.deleted_at.is_some() {
        return Err(AppError::NotFound);
    }
    let referrer = match customer.details.relationship.referred_by {
        Some(account) => store::by_account_number(&mut *db, account).await?,
        None => None,
    };
    Ok(CustomerRecord {
        referrals: store::referral_count(&mut *db, customer.account_number).await?,
        referrer,
        customer,
        today,
    })
}

/// The form of a new customer (no id) or of an edit.
///
/// # Errors
/// `NotFound` also for a deleted customer; `Unavailable` and `Internal`.
pub async fn open_form(context: &AppContext, id: Option<Uuid>) -> Result<CustomerForm, AppError> {
    let (id, editing, draft) = match id {
        None => (Uuid::now_v7(), None, Draft::for_new(context.clock.today())),
        Some(id) => {
            let customer = store::get(context.pool(), id).await?;
            if customer.deleted_at.is_some() {
                return Err(AppError::NotFound);
            }
            let draft = Draft::of(&customer.details);
            (id, Some(editing(&customer)), draft)
        }
    };
    Ok(CustomerForm {
        id,
        editing,
        draft,
        errors: Errors::new(),
        problem: None,
        conflicts: Conflicts::new(),
    })
}

fn editing(customer: &Customer) -> Editing {
    Editing {
        name: customer.details.contact.name.clone(),
        account_number: customer.account_number,
        version: customer.version,
        was: Draft::of(&customer.details),
    }
}

/// Saves a form.
///
/// # Errors
/// Faults only; what the person can mend is in the outcome.
pub async fn save(context: &AppContext, submission: Submission) -> Result<Outcome, AppError> {
    let typed = submission.chosen();
    let details = match typed.as_ref().map(Draft::parse) {
        Ok(Ok(details)) => details,
        Ok(Err(errors)) => return Ok(again(submission, errors, None)),
        Err(unanswered) => {
            let mut errors = submission.draft.parse().err().unwrap_or_default();
            errors.extend(unanswered.clone());
            return Ok(again(submission, errors, None));
        }
    };
    match submission.editing.clone() {
        None => create(context, submission, details).await,
        Some(editing) => edit(context, submission, editing, details).await,
    }
}

async fn create(context: &AppContext, submission: Submission, details: Details) -> Result<Outcome, AppError> {
    match store::create(&context.connections, &context.stamp(), submission.id, &details).await? {
        Ok(customer) => Ok(done(Deed::Created, &customer)),
        Err(refusal) => Ok(refused(submission, refusal)),
    }
}

/// Why an edit was not written.
enum NotSaved {
    Refused(Refusal),
    /// Each edit was valid, both together are not.
    Invalid(Box<Customer>, Draft, Errors),
    Conflict(Box<Customer>, Merged),
}

impl From<Refusal> for NotSaved {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

async fn edit(
    context: &AppContext,
    submission: Submission,
    editing: Editing,
    mine: Details,
) -> Result<Outcome, AppError> {
    let decide = |current: &Customer| {
        if current.version == editing.version {
            return Ok(mine.clone());
        }
        let merged = merge(&editing.was, &Draft::of(&mine), &Draft::of(&current.details));
        if !merged.conflicts.is_empty() {
            return Err(NotSaved::Conflict(Box::new(current.clone()), merged));
        }
        let parsed = merged.draft.parse();
        parsed.map_err(|errors| NotSaved::Invalid(Box::new(current.clone()), merged.draft, errors))
    };
    let written = store::update(&context.connections, &context.stamp(), submission.id, decide).await?;
    Ok(match written {
        // What is there otherwise may be this form itself, whose answer was lost.
        Ok(customer) if customer.details == mine => done(Deed::Saved, &customer),
        Ok(customer) => done(Deed::Merged, &customer),
        Err(NotSaved::Refused(refusal)) => refused(submission, refusal),
        Err(NotSaved::Invalid(current, draft, errors)) => {
            let conflicts = Conflicts::new();
            overtaken(
                &current,
                Merged { draft, conflicts },
                errors,
                "the two do not fit together: see below",
            )
        }
        Err(NotSaved::Conflict(current, merged)) => {
            let what = "choose a value where both of you changed the same field";
            overtaken(&current, merged, Errors::new(), what)
        }
    })
}

fn done(deed: Deed, customer: &Customer) -> Outcome {
    let customer = name_of(customer);
    Outcome::Done { deed, customer }
}

/// The form after somebody else's change: it starts from what is there now, with both people's changes in it.
fn overtaken(current: &Customer, merged: Merged, errors: Errors, what: &str) -> Outcome {
    let message = format!(
        "Somebody else changed {} while you were editing. Changes to other fields are merged; {what}.",
        current.details.contact.name
    );
    Outcome::Again(Box::new(CustomerForm {
        id: current.id,
        editing: Some(editing(current)),
        draft: merged.draft,
        errors,
        problem: Some(problem(409, message, None)),
        conflicts: merged.conflicts,
    }))
}

fn refused(submission: Submission, refusal: Refusal) -> Outcome {
    let (field, message, customer) = match refusal {
        Refusal::EmailTaken(holder) => {
            let who = holder.as_ref().map_or_else(|| "Another customer".to_owned(), named);
            let message = format!("{who} has this email already. Enter another, or open that customer.");
            (Field::Email, message, holder)
        }
        Refusal::UnknownReferrer => {
            let message = "No customer has this account number. Type a name and choose from the list.".to_owned();
            (Field::ReferredBy, message, None)
        }
        Refusal::OwnReferrer => {
            let message = "A customer cannot be referred by themselves. Choose somebody else, or leave this empty.";
            (Field::ReferredBy, message.to_owned(), None)
        }
        Refusal::Deleted(current) => {
            let when = if submission.editing.is_some() {
                "while you were editing"
            } else {
                "meanwhile"
            };
            let message = format!(
                "{} was deleted {when}. What you typed is still here: restore the customer under Deleted customers, then \
                 save again.",
                current.details.contact.name
            );
            return again(submission, Errors::new(), Some(problem(409, message, None)));
        }
        Refusal::Taken(current) => {
            let customer = name_of(&current);
            let message = format!(
                "This form has already made {} with other values. Open that customer to change it.",
                named(&customer)
            );
            return again(submission, Errors::new(), Some(problem(409, message, Some(customer))));
        }
    };
    let problem = customer.map(|customer| problem(422, String::new(), Some(customer)));
    again(submission, Errors::from([(field, message)]), problem)
}

fn again(submission: Submission, errors: Errors, problem: Option<Problem>) -> Outcome {
    Outcome::Again(Box::new(submission.again(errors, problem)))
}

fn problem(status: u16, message: String, customer: Option<CustomerName>) -> Problem {
    Problem {
        message,
        status,
        customer,
    }
}

fn named(customer: &CustomerName) -> String {
    format!("{} ({})", customer.name, customer.account_number)
}

/// What a deletion would take away.
///
/// # Errors
/// `NotFound`, also for a customer that is deleted already; `Unavailable` and `Internal`.
pub async fn deletion(context: &AppContext, id: Uuid) -> Result<Deletion, AppError> {
    let record = record(context, id).await?;
    Ok(Deletion {
        customer: record.customer,
        referrals: record.referrals,
    })
}

/// Deletes a customer; it can be restored.
///
/// # Errors
/// Faults only; a customer that is deleted already is `Refused`.
pub async fn delete(context: &AppContext, id: Uuid) -> Result<Moved, AppError> {
    let deleted = store::delete(&context.connections, &context.stamp(), id).await?;
    Ok(match deleted {
        Ok(customer) => Moved::Done(name_of(&customer)),
        Err(_) => Moved::Refused(problem(
            409,
            "Somebody else has deleted this customer already.".into(),
            None,
        )),
    })
}

/// Takes a deletion back.
///
/// # Errors
/// Faults only; what stands in the way is `Refused`.
pub async fn restore(context: &AppContext, id: Uuid) -> Result<Moved, AppError> {
    let restored = store::restore(&context.connections, &context.stamp(), id).await?;
    Ok(match restored {
        Ok(customer) => Moved::Done(name_of(&customer)),
        Err(Refusal::EmailTaken(holder)) => {
            let who = holder.as_ref().map_or_else(|| "another customer".to_owned(), named);
            let message = format!("The email belongs to {who} now. Give that customer another email, then restore.");
            Moved::Refused(problem(409, message, holder))
        }
        // It is not deleted any more: that is what was wanted.
        Err(Refusal::Deleted(customer)) => Moved::Done(name_of(&customer)),
        Err(_) => Moved::Refused(problem(409, "This customer cannot be restored as it is.".into(), None)),
    })
}

/// How many deleted customers a page shows.
const DELETED_PAGE: usize = 50;

/// Deleted customers, the last deleted first.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn deleted(context: &AppContext, older_than: Option<Uuid>) -> Result<DeletedList, AppError> {
    let mut customers = store::deleted(context.pool(), older_than, DELETED_PAGE as i64 + 1).await?;
    let more = customers.len() > DELETED_PAGE;
    customers.truncate(DELETED_PAGE);
    let older_than = customers.last().filter(|_| more).map(|customer| customer.id);
    Ok(DeletedList { customers, older_than })
}

/// The first customers that a search finds, each with its city.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn find(context: &AppContext, search: &str, most: usize) -> Result<Vec<(CustomerName, String)>, AppError> {
    let (search, now) = (tidy_search(search), context.clock.now());
    let search = &search;
    let rows = context
        .reading(|mut reader: Reader| async move {
            let found = store::find(&mut reader.db, &reader.known, now, search, &[Field::City], most).await;
            (reader, found)
        })
        .await?;
    let found = rows.into_iter().map(|mut row| match row.cells.pop() {
        Some(Cell::Text(city)) => (row.customer, city),
        _ => (row.customer, String::new()),
    });
    Ok(found.collect())
}
