//! Payments: taken, bounced, reversed.

use chrono::NaiveDate;
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use crate::base::audit::{AuditContext, AuditEvent, Change, EntityKind};
use crate::base::error::AppError;
use crate::base::time::format_date;
use crate::billing::model::allocation::{Credit, Source};
use crate::billing::model::payment::{NewPayment, Payment};
use crate::billing::model::{PaymentMethod, PaymentState};
use crate::billing::responses::{PaymentOutcome, ReceiptRef};
use crate::billing::service::dues::resume_paid;
use crate::billing::store::customers;
use crate::billing::store::payments;
use crate::billing::store::settle::{self, NewEntry, settle};
use crate::db::audit_log;
use crate::http::context::AppContext;

/// What becomes of a payment later.
#[derive(Clone, Debug)]
pub struct ReversalForm {
    /// The payment.
    pub payment: Uuid,
    /// The version that the page showed.
    pub version: i64,
    /// `Bounced` or `Reversed`.
    pub state: PaymentState,
    /// The day: not before the payment, and not after today.
    pub day: NaiveDate,
    /// Why.
    pub reason: String,
}

/// Takes a payment.
///
/// # Errors
/// `NotFound` also where the customer was deleted.
pub async fn take(context: &AppContext, payment: NewPayment) -> Result<PaymentOutcome, AppError> {
    let write = move |context: AppContext| async move {
        let mut db = context.pool().acquire().await?;
        take_payment(&mut db, &context.audit(), &payment).await
    };
    context.run_write(write).await
}

/// [`take`] on a connection.
///
/// # Errors
/// `NotFound`; `Contended` where the same reference came at the same moment.
pub async fn take_payment(
    db: &mut PgConnection,
    audit: &AuditContext,
    payment: &NewPayment,
) -> Result<PaymentOutcome, AppError> {
    let mut transaction = db.begin().await?;
    let customer = customers::lock_one(&mut transaction, payment.customer).await?;
    if customer.is_deleted {
        return taken_before(&mut transaction, payment, AppError::NotFound).await;
    }
    let credit = NewEntry::Credit(Credit {
        source: Source::Payment(payment.id),
        open: payment.amount,
    });
    let open = settle(&mut transaction, payment.customer, Some(credit), audit.at).await?;
    resume_paid(&mut transaction, audit, payment.customer).await?;
    let what = format!("{}, {}, {}", payment.amount, payment.method, customer.label());
    record(&mut transaction, audit, (payment.id, 1), "created", what).await?;
    let inserted = payments::insert(&mut transaction, payment, &customer, open, audit.actor, audit.at).await?;
    let Some(receipt) = inserted else {
        // What this has written goes with its transaction.
        return taken_before(&mut transaction, payment, AppError::Contended).await;
    };
    transaction.commit().await?;
    Ok(PaymentOutcome::Taken(ReceiptRef {
        id: payment.id,
        receipt,
        amount: payment.amount,
        customer: customer.customer,
    }))
}

/// The outcome where a payment has been taken already that has the id or the reference of one that was sent; an error where there is none.
async fn taken_before(
    transaction: &mut PgConnection,
    sent: &NewPayment,
    error: AppError,
) -> Result<PaymentOutcome, AppError> {
    let reference = sent.reference.as_deref().map(|reference| (sent.method, reference));
    let existing = payments::find(transaction, sent.id, reference).await?;
    existing.map(|existing| existing_payment(sent, existing)).ok_or(error)
}

/// The outcome where a payment has the id or the reference of another.
fn existing_payment(sent: &NewPayment, existing: Payment) -> PaymentOutcome {
    let is_same = existing.id == sent.id
        && (existing.customer.id, existing.amount) == (sent.customer, sent.amount)
        && (existing.method, &existing.reference) == (sent.method, &sent.reference);
    let message = if existing.id == sent.id {
        "This form has taken another payment already. Open the form again for a new one.".to_owned()
    } else {
        let (day, customer) = (format_date(existing.received_on), existing.customer.full_name());
        format!("A payment with this reference was taken on {day} from {customer}.")
    };
    let payment = ReceiptRef {
        id: existing.id,
        receipt: existing.receipt,
        amount: existing.amount,
        customer: existing.customer,
    };
    if is_same {
        PaymentOutcome::Taken(payment)
    } else {
        PaymentOutcome::Refused { message, payment }
    }
}

/// Marks a payment as bounced or reversed: its bills are open again. The inner error says why nothing was done.
///
/// # Errors
/// `NotFound`.
pub async fn reverse(context: &AppContext, form: ReversalForm) -> Result<Result<Payment, String>, AppError> {
    let write = move |context: AppContext| async move {
        let mut db = context.pool().acquire().await?;
        reverse_payment(&mut db, &context.audit(), &form).await
    };
    context.run_write(write).await
}

/// [`reverse`] on a connection.
///
/// # Errors
/// `NotFound`.
pub async fn reverse_payment(
    db: &mut PgConnection,
    audit: &AuditContext,
    form: &ReversalForm,
) -> Result<Result<Payment, String>, AppError> {
    let customer = payments::get(&mut *db, form.payment).await?.customer.id;
    let mut transaction = db.begin().await?;
    customers::lock(&mut transaction, &[customer]).await?;
    let payment = payments::get(&mut transaction, form.payment).await?;
    if payment.version != form.version || payment.state != PaymentState::Received {
        return Ok(Err(
            "This payment has changed since you opened the page. This is how it is now.".into(),
        ));
    }
    if form.day < payment.received_on {
        return Ok(Err(format!(
            "Enter a day from {} on.",
            format_date(payment.received_on)
        )));
    }
    let word = match (form.state, payment.method) {
        (_, PaymentMethod::BroughtForward) => return Ok(Err("What was brought forward cannot be reversed.".into())),
        (PaymentState::Bounced, PaymentMethod::Cheque) => "bounced",
        (PaymentState::Reversed, _) => "reversed",
        _ => return Ok(Err("Only a cheque bounces.".into())),
    };
    settle::undo(&mut transaction, payment.id, audit.at).await?;
    if !payments::set_reversed(&mut transaction, &payment, form.state, form.day, &form.reason).await? {
        return Err(AppError::Contended);
    }
    // Other credit may pay the bills that are open again.
    settle(&mut transaction, customer, None, audit.at).await?;
    record(
        &mut transaction,
        audit,
        (payment.id, payment.version + 1),
        word,
        form.reason.clone(),
    )
    .await?;
    transaction.commit().await?;
    let reversed = payments::get(db, form.payment).await?;
    Ok(Ok(reversed))
}

async fn record(
    transaction: &mut PgConnection,
    audit: &AuditContext,
    (id, version): (Uuid, i64),
    word: &str,
    what: String,
) -> Result<(), AppError> {
    let event = AuditEvent {
        context: *audit,
        entity: EntityKind::Payment,
        id,
        version,
    };
    audit_log::record(transaction, &event, &[Change::of(word, None, Some(what))]).await
}
