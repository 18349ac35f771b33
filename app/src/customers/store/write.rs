//! Changes of a customer: each in one transaction with its history and the counts.

use sqlx::{PgPool, Postgres, Transaction};
use uuid::Uuid;

use super::counts::count_change;
use super::row::{CustomerRow, customer_query};
use crate::contact::{Email, fold};
use crate::customers::draft::Draft;
use crate::customers::field::Field;
use crate::customers::model::{
    AccountNumber, BillingCycle, ChurnRisk, Customer, CustomerName, Details, PlanType, Standing, Status,
};
use crate::customers::search::search_text;
use crate::error::AppError;
use crate::history::model::{Change, Entity, Event, Stamp};
use crate::history::store as history;

/// Why a change was not made. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Another live customer has the email.
    EmailTaken(Option<CustomerName>),
    /// No customer has the account number that was given as the referrer's.
    UnknownReferrer,
    /// The referrer's account number is the customer's own.
    OwnReferrer,
    /// The customer is deleted, or, where it was to be restored, is not.
    Deleted(Box<Customer>),
    /// Another customer, or another content, was made under the id.
    Taken(Box<Customer>),
}

/// The outcome of a change.
pub type Written = Result<Result<Customer, Refusal>, AppError>;

/// Runs a statement that writes all details; `$lead` are the binds before them, which start at the number given in the text.
macro_rules! write_details {
    ($sql:literal, $details:expr, $account:expr, $now:expr, $($lead:expr),+) => {{
        let Details { contact, standing, plan, usage, relationship, billing } = $details;
        let (cancelled_on, cancel_reason) = match standing {
            Standing::Cancelled { on, reason } => (Some(*on), Some(reason.as_str())),
            _ => (None, None),
        };
        let ott_apps: Vec<String> = plan.ott_apps.iter().map(ToString::to_string).collect();
        let peak_hours: Vec<i16> = usage.peak_hours.iter().flat_map(|hours| [hours.from.0, hours.to.0]).collect();
        sqlx::query!(
            $sql,
            $($lead,)+
            $now,
            contact.name, fold(&contact.name), contact.email.as_str(), contact.email.key(), contact.phone.as_str(),
            contact.address_line, contact.city, contact.state, contact.pin_code.as_str(),
            standing.status() as Status, cancelled_on, cancel_reason,
            plan.plan_type as PlanType, plan.speed.0, plan.price.0, plan.billing_cycle as BillingCycle, &ott_apps,
            plan.live_channels,
            usage.data_used.0, usage.average_speed.0, usage.uptime.0, usage.most_used_ott.map(|app| app.word()), &peak_hours,
            relationship.customer_since, relationship.lifetime_value.0, relationship.churn_risk as ChurnRisk, relationship.nps,
            relationship.tickets, relationship.last_ticket_on, relationship.satisfaction,
            relationship.referred_by.map(|account| account.0),
            billing.next_billing_on, billing.outstanding.0,
            search_text($account, contact),
        )
    }};
}

/// Creates a customer under an id that the form has brought. The same id again changes nothing and gives what is there.
///
/// # Errors
/// `Unavailable` and `Internal`; everything that a person can mend is a `Refusal`.
pub async fn create(pool: &PgPool, stamp: &Stamp, id: Uuid, details: &Details) -> Written {
    let mut transaction = pool.begin().await?;
    // Before any unique rule: the first sending of this form may have made the customer already.
    if let Some(existing) = customer_query!("WHERE id = $1", id)
        .fetch_optional(&mut *transaction)
        .await?
    {
        return made_already(&mut transaction, existing.into(), details).await;
    }
    let number =
        sqlx::query_scalar!(r#"SELECT nextval(pg_get_serial_sequence('customers', 'account_number')) AS "number!""#);
    let account = AccountNumber(number.fetch_one(&mut *transaction).await?);
    let inserted = write_details!(
        "INSERT INTO customers (id, account_number, created_at, updated_at,
             name, name_key, email, email_key, phone, address_line, city, state, pin_code,
             status, cancelled_on, cancel_reason,
             plan_type, speed_kbps, price_paise, billing_cycle, ott_apps, live_channels,
             data_used_mb, average_speed_kbps, uptime_bp, most_used_ott, peak_hours,
             customer_since, lifetime_value_paise, churn_risk, nps, tickets, last_ticket_on, satisfaction, referred_by,
             next_billing_on, outstanding_paise, search_text)
         VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
             $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37)
         ON CONFLICT (id) DO NOTHING",
        details, account, stamp.at, id, account.0
    );
    let inserted = match inserted.execute(&mut *transaction).await {
        Ok(done) => done.rows_affected() == 1,
        Err(error) => match refused(pool, transaction, error, &details.contact.email).await? {
            // The same form, sent twice at once: the other sending was first.
            Refusal::EmailTaken(Some(holder)) if holder.id == id => {
                let mut transaction = pool.begin().await?;
                let existing = locked(&mut transaction, id).await?;
                return made_already(&mut transaction, existing, details).await;
            }
            refusal => return Ok(Err(refusal)),
        },
    };
    let customer = locked(&mut transaction, id).await?;
    if !inserted {
        return made_already(&mut transaction, customer, details).await;
    }
    let event = event(stamp, id, customer.version);
    history::record(&mut transaction, &event, &[Change::word("created")]).await?;
    count_change(&mut transaction, None, Some(details)).await?;
    transaction.commit().await?;
    Ok(Ok(customer))
}

/// Gives a live customer the details that `decide` makes of what is there now; nobody else can change the customer meanwhile.
///
/// # Errors
/// `NotFound`, `Unavailable` and `Internal`; inside, what `decide` refused or a `Refusal`.
pub async fn update<R: From<Refusal>>(
    pool: &PgPool,
    stamp: &Stamp,
    id: Uuid,
    decide: impl FnOnce(&Customer) -> Result<Details, R> + Send,
) -> Result<Result<Customer, R>, AppError> {
    let mut transaction = pool.begin().await?;
    let current = locked(&mut transaction, id).await?;
    if current.deleted_at.is_some() {
        return Ok(Err(Refusal::Deleted(Box::new(current)).into()));
    }
    let details = &match decide(&current) {
        Ok(details) => details,
        Err(refused) => return Ok(Err(refused)),
    };
    let changes = changes(&current.details, details);
    if changes.is_empty() {
        return Ok(Ok(current));
    }
    let written = write_details!(
        "UPDATE customers SET version = version + 1, updated_at = $2,
             name = $3, name_key = $4, email = $5, email_key = $6, phone = $7, address_line = $8, city = $9, state = $10,
             pin_code = $11, status = $12, cancelled_on = $13, cancel_reason = $14,
             plan_type = $15, speed_kbps = $16, price_paise = $17, billing_cycle = $18, ott_apps = $19, live_channels = $20,
             data_used_mb = $21, average_speed_kbps = $22, uptime_bp = $23, most_used_ott = $24, peak_hours = $25,
             customer_since = $26, lifetime_value_paise = $27, churn_risk = $28, nps = $29, tickets = $30,
             last_ticket_on = $31, satisfaction = $32, referred_by = $33, next_billing_on = $34, outstanding_paise = $35,
             search_text = $36
         WHERE id = $1",
        details, current.account_number, stamp.at, id
    );
    if let Err(error) = written.execute(&mut *transaction).await {
        let refused = refused(pool, transaction, error, &details.contact.email).await?;
        return Ok(Err(refused.into()));
    }
    let event = event(stamp, id, current.version + 1);
    history::record(&mut transaction, &event, &changes).await?;
    count_change(&mut transaction, Some(&current.details), Some(details)).await?;
    let customer = locked(&mut transaction, id).await?;
    transaction.commit().await?;
    Ok(Ok(customer))
}

/// Marks a live customer as deleted; it can be restored.
///
/// # Errors
/// `NotFound`, `Unavailable` and `Internal`; `Refusal::Deleted` where it is deleted already.
pub async fn delete(pool: &PgPool, stamp: &Stamp, id: Uuid) -> Written {
    let mut transaction = pool.begin().await?;
    let current = locked(&mut transaction, id).await?;
    if current.deleted_at.is_some() {
        return Ok(Err(Refusal::Deleted(Box::new(current))));
    }
    sqlx::query!(
        "UPDATE customers SET deleted_at = $2, updated_at = $2, version = version + 1 WHERE id = $1",
        id,
        stamp.at
    )
    .execute(&mut *transaction)
    .await?;
    let event = event(stamp, id, current.version + 1);
    history::record(&mut transaction, &event, &[Change::word("deleted")]).await?;
    count_change(&mut transaction, Some(&current.details), None).await?;
    transaction.commit().await?;
    Ok(Ok(current))
}

/// Takes a customer's deletion back.
///
/// # Errors
/// `NotFound`, `Unavailable` and `Internal`; `Refusal::Deleted` where it is not deleted, `EmailTaken` where a live one has its email.
pub async fn restore(pool: &PgPool, stamp: &Stamp, id: Uuid) -> Written {
    let mut transaction = pool.begin().await?;
    let current = locked(&mut transaction, id).await?;
    if current.deleted_at.is_none() {
        return Ok(Err(Refusal::Deleted(Box::new(current))));
    }
    let restored = sqlx::query!(
        "UPDATE customers SET deleted_at = NULL, updated_at = $2, version = version + 1 WHERE id = $1",
        id,
        stamp.at
    );
    if let Err(error) = restored.execute(&mut *transaction).await {
        let refused = refused(pool, transaction, error, &current.details.contact.email).await?;
        return Ok(Err(refused));
    }
    let event = event(stamp, id, current.version + 1);
    history::record(&mut transaction, &event, &[Change::word("restored")]).await?;
    count_change(&mut transaction, None, Some(&current.details)).await?;
    transaction.commit().await?;
    Ok(Ok(current))
}

/// The customer that an earlier sending of a form has made: the same one, if it was made with the same content and is still there.
async fn made_already(transaction: &mut Transaction<'_, Postgres>, existing: Customer, details: &Details) -> Written {
    let later = history::first_after(transaction, existing.id, 1).await?;
    let (now, sent) = (Draft::of(&existing.details), Draft::of(details));
    let same = Field::ALL.iter().all(|field| {
        let at_first = match later.get(field.word()) {
            Some(before) => before.clone(),
            None => now.said(*field),
        };
        at_first == sent.said(*field)
    });
    Ok(match (same, existing.deleted_at) {
        (true, None) => Ok(existing),
        (_, Some(_)) => Err(Refusal::Deleted(Box::new(existing))),
        (false, None) => Err(Refusal::Taken(Box::new(existing))),
    })
}

/// A change of a customer, by the version that it made.
fn event(stamp: &Stamp, id: Uuid, version: i64) -> Event {
    Event {
        stamp: *stamp,
        entity: Entity::Customer,
        id,
        version,
    }
}

/// A customer, held against other writers until the transaction ends.
async fn locked(transaction: &mut Transaction<'_, Postgres>, id: Uuid) -> Result<Customer, AppError> {
    let row = customer_query!("WHERE id = $1 FOR UPDATE", id)
        .fetch_optional(&mut **transaction)
        .await?;
    row.map(Customer::from).ok_or(AppError::NotFound)
}

/// The history of an edit: a change for every field that says something else now.
fn changes(before: &Details, after: &Details) -> Vec<Change> {
    let (before, after) = (Draft::of(before), Draft::of(after));
    let changed = Field::ALL.iter().filter(|field| !before.agrees(&after, **field));
    changed
        .map(|field| Change::of(field.word(), before.said(*field), after.said(*field)))
        .collect()
}

/// What a constraint says, as a refusal. Constraints are known by their names in the migrations.
async fn refused(
    pool: &PgPool,
    transaction: Transaction<'_, Postgres>,
    error: sqlx::Error,
    email: &Email,
) -> Result<Refusal, AppError> {
    transaction.rollback().await?;
    let constraint = error
        .as_database_error()
        .and_then(|fault| fault.constraint())
        .unwrap_or_default();
    match constraint {
        "customers_email_key" => Ok(Refusal::EmailTaken(with_email(pool, email).await?)),
        "customers_referred_by_fkey" => Ok(Refusal::UnknownReferrer),
        "customers_not_referred_by_self" => Ok(Refusal::OwnReferrer),
        _ => Err(error.into()),
    }
}

/// The live customer with an email; none where it has just gone.
async fn with_email(pool: &PgPool, email: &Email) -> Result<Option<CustomerName>, AppError> {
    let row = sqlx::query!(
        "SELECT id, account_number, name FROM customers WHERE email_key = $1 AND deleted_at IS NULL",
        email.key()
    );
    let row = row.fetch_optional(pool).await?;
    Ok(row.map(|row| CustomerName {
        id: row.id,
        account_number: AccountNumber(row.account_number),
        name: row.name,
    }))
}
