//! What pages show of the ledger. Read from the primary: whoever has taken a payment sees it at once.

use chrono::NaiveDate;
use uuid::Uuid;

use crate::base::error::AppError;
use crate::base::qr::qr_svg;
use crate::billing::model::BillKind;
use crate::billing::model::age::Age;
use crate::billing::responses::{
    BillPage, CustomerMoney, DebtorKey, DuesPage, PaymentForm, ProviderPage, ReceiptPage, StatementPage,
};
use crate::billing::store::{customers, pages, payments, providers, statement, summary};
use crate::http::context::AppContext;
use crate::users::store::names;

/// The form of a payment of a customer.
///
/// # Errors
/// `NotFound` also for a deleted customer.
pub async fn payment_form(context: &AppContext, customer: Uuid) -> Result<PaymentForm, AppError> {
    let mut db = context.acquire().await?;
    let found = customers::get(&mut db, customer).await?;
    if found.is_deleted {
        return Err(AppError::NotFound);
    }
    Ok(PaymentForm {
        id: Uuid::now_v7(),
        customer: found.customer,
        owed: summary::get(&mut db, customer).await?.outstanding,
        today: context.clock.today(),
    })
}

/// A receipt.
///
/// # Errors
/// `NotFound`.
pub async fn receipt(context: &AppContext, payment: Uuid) -> Result<ReceiptPage, AppError> {
    let mut db = context.acquire().await?;
    let payment = payments::get(&mut db, payment).await?;
    let takers: Vec<Uuid> = payment.taken_by.into_iter().collect();
    let names = names::names_of(&mut *db, &takers).await?;
    Ok(ReceiptPage {
        taken_by: payment.taken_by.and_then(|id| names.get(&id).cloned()),
        paid: pages::paid_by(&mut db, payment.id).await?,
        provider: providers::get(&mut db, None).await?.map(|(_, provider)| provider),
        owed: summary::get(&mut db, payment.customer.id).await?.outstanding,
        today: context.clock.today(),
        payment,
    })
}

/// A bill or a credit note.
///
/// # Errors
/// `NotFound`.
pub async fn bill(context: &AppContext, id: Uuid) -> Result<BillPage, AppError> {
    let mut db = context.acquire().await?;
    let mut bill = pages::bill(&mut db, id).await?;
    let upi = bill
        .provider
        .as_ref()
        .and_then(|provider| Some((provider, provider.upi_id.as_ref()?)));
    if let Some((provider, upi)) = upi.filter(|_| bill.kind != BillKind::CreditNote && bill.open.0 > 0) {
        let note = bill.number.as_deref().unwrap_or_default();
        let address = upi.payment_address(&provider.name, bill.open, note);
        bill.qr_svg = Some(qr_svg(&address, "QR code to pay by UPI")?);
    }
    Ok(bill)
}

/// A customer's statement from a day on.
///
/// # Errors
/// `NotFound`.
pub async fn statement(
    context: &AppContext,
    customer: Uuid,
    from: Option<NaiveDate>,
) -> Result<StatementPage, AppError> {
    let mut db = context.acquire().await?;
    let found = customers::get(&mut db, customer).await?;
    Ok(StatementPage {
        customer: found.customer,
        address: found.address,
        statement: statement::read(&mut db, customer, from).await?,
        provider: providers::get(&mut db, None).await?.map(|(_, provider)| provider),
        today: context.clock.today(),
    })
}

/// A customer's money, as the record shows it.
///
/// # Errors
/// `NotFound`.
pub async fn money(context: &AppContext, customer: Uuid) -> Result<CustomerMoney, AppError> {
    const LAST: usize = 6;
    let mut db = context.acquire().await?;
    let mut last = statement::read(&mut db, customer, None).await?.entries;
    last.reverse();
    last.truncate(LAST);
    Ok(CustomerMoney {
        customer,
        summary: summary::get(&mut db, customer).await?,
        last,
        services: pages::billable_services(&mut db, customer).await?,
        today: context.clock.today(),
    })
}

/// The provider's details.
pub async fn provider(context: &AppContext) -> Result<ProviderPage, AppError> {
    let mut db = context.acquire().await?;
    let (version, provider) = providers::get(&mut db, None).await?.unzip();
    Ok(ProviderPage {
        version: version.unwrap_or(0),
        provider,
    })
}

/// What is due, by its age, and those who owe of one age: the first page of them, or the page behind one of them.
pub async fn dues(context: &AppContext, shown: Age, after: Option<DebtorKey>) -> Result<DuesPage, AppError> {
    let today = context.clock.today();
    let mut db = context.acquire().await?;
    let (customers, next) = pages::debtors(&mut db, shown, today, after).await?;
    Ok(DuesPage {
        shown,
        ages: pages::dues(&mut db, today).await?,
        customers,
        has_previous: after.is_some(),
        next,
    })
}
