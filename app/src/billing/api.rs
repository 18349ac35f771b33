//! The server functions of the pages about money: reads, all by GET. Forms make the changes.

use chrono::NaiveDate;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use uuid::Uuid;

use super::model::age::Age;
use super::responses::{
    BillPage, BillPreview, CustomerMoney, DebtorKey, DuesPage, PaymentForm, ProviderPage, ReceiptPage, StatementPage,
};
use crate::base::error::AppError;
#[cfg(feature = "ssr")]
use {
    super::service::{issue, read},
    crate::base::roles::Permission,
    crate::http::context::AppContext,
};

/// The form of a payment of a customer.
///
/// # Errors
/// `NotFound` also for a deleted customer; `SignedOut` and `Forbidden`, as of all that follow.
#[server(prefix = "/api/billing", endpoint = "payment_form", input = GetUrl)]
pub async fn get_payment_form(customer: Uuid) -> Result<PaymentForm, AppError> {
    let context = AppContext::require(Permission::TakePayments)?;
    context.with_deadline(read::payment_form(&context, customer)).await
}

/// A receipt.
///
/// # Errors
/// `NotFound`.
#[server(prefix = "/api/billing", endpoint = "receipt", input = GetUrl)]
pub async fn get_receipt(id: Uuid) -> Result<ReceiptPage, AppError> {
    let context = AppContext::require(Permission::Browse)?;
    context.with_deadline(read::receipt(&context, id)).await
}

/// A bill or a credit note.
///
/// # Errors
/// `NotFound`.
#[server(prefix = "/api/billing", endpoint = "bill", input = GetUrl)]
pub async fn get_bill(id: Uuid) -> Result<BillPage, AppError> {
    let context = AppContext::require(Permission::Browse)?;
    context.with_deadline(read::bill(&context, id)).await
}

/// The next bill of a service.
///
/// # Errors
/// `NotFound`.
#[server(prefix = "/api/billing", endpoint = "preview", input = GetUrl)]
pub async fn get_bill_preview(service: Uuid) -> Result<BillPreview, AppError> {
    // Of a bill that was not issued, since it is another one now.
    if let Some(preview) = use_context::<BillPreview>() {
        return Ok(preview);
    }
    let context = AppContext::require(Permission::Bill)?;
    context.with_deadline(issue::preview(&context, service)).await
}

/// A customer's statement, from a day on.
///
/// # Errors
/// `NotFound`.
#[server(prefix = "/api/billing", endpoint = "statement", input = GetUrl)]
pub async fn get_statement(
    customer: Uuid,
    #[server(default)] from: Option<NaiveDate>,
) -> Result<StatementPage, AppError> {
    let context = AppContext::require(Permission::Browse)?;
    context.with_deadline(read::statement(&context, customer, from)).await
}

/// A customer's money, as the record shows it.
///
/// # Errors
/// `NotFound`.
#[server(prefix = "/api/billing", endpoint = "money", input = GetUrl)]
pub async fn get_customer_money(customer: Uuid) -> Result<CustomerMoney, AppError> {
    let context = AppContext::require(Permission::Browse)?;
    context.with_deadline(read::money(&context, customer)).await
}

/// The provider's details.
#[server(prefix = "/api/billing", endpoint = "provider", input = GetUrl)]
pub async fn get_provider() -> Result<ProviderPage, AppError> {
    let context = AppContext::require(Permission::Administer)?;
    context.with_deadline(read::provider(&context)).await
}

/// What is due, by its age, and a page of those who owe of one age.
#[server(prefix = "/api/billing", endpoint = "dues", input = GetUrl)]
pub async fn get_dues(age: Age, after: Option<DebtorKey>) -> Result<DuesPage, AppError> {
    let context = AppContext::require(Permission::Browse)?;
    context.with_deadline(read::dues(&context, age, after)).await
}
