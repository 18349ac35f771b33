//! The pages about money: payments, receipts, bills, credit notes, statements, dues, and the provider's details.

mod bill;
mod bill_forms;
mod dues;
mod money;
mod payment;
mod provider;
mod receipt;
mod statement;

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use uuid::Uuid;

use crate::base::audit::EntityKind;
use crate::base::error::AppError;
use crate::record::subject::RecordExtra;
use crate::ui::error_view::{ErrorAlert, NotFound};
use crate::ui::latest_resource::{Answer, LatestResource, PageData};
use crate::ui::refresh::RefreshCounter;

/// A page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Taking a payment.
    TakePayment,
    /// A receipt.
    Receipt,
    /// Marking a payment as bounced or reversed.
    Reverse,
    /// Issuing a bill.
    IssueBill,
    /// A bill or a credit note.
    Bill,
    /// Crediting a bill.
    Credit,
    /// A customer's statement.
    Statement,
    /// What is due, by its age.
    Dues,
    /// The provider's details.
    Provider,
}

impl Page {
    /// Renders the page.
    pub fn view(self) -> AnyView {
        match self {
            Self::TakePayment => payment::take_payment_page(),
            Self::Receipt => receipt::receipt_page(),
            Self::Reverse => receipt::reverse_page(),
            Self::IssueBill => bill_forms::issue_page(),
            Self::Bill => bill::bill_page(),
            Self::Credit => bill_forms::credit_page(),
            Self::Statement => statement::statement_page(),
            Self::Dues => dues::dues_page(),
            Self::Provider => provider::provider_page(),
        }
    }
}

/// A customer's money, on the customer's record.
pub static CUSTOMER_MONEY: RecordExtra = RecordExtra {
    of: EntityKind::Customer,
    view: |customer| money::customer_money(customer),
};

/// What a page shows of the answer to what its address asks for; `what` is not there where the address leads to nothing.
fn answer_page<K, T>(
    what: &'static str,
    key: impl Fn() -> Option<K> + Copy + Send + Sync + 'static,
    fetch: fn(K) -> Answer<T>,
    draw: fn(T) -> AnyView,
) -> AnyView
where
    K: Clone + PartialEq + Send + Sync + 'static,
    T: PageData,
{
    let changes = RefreshCounter::of_app();
    let answer = LatestResource::new(
        move || (key(), changes.count()),
        move |(key, _)| match key {
            Some(key) => fetch(key),
            None => Box::pin(async { Err(AppError::NotFound) }),
        },
    );
    let retry = Callback::new(move |()| answer.refetch());
    let content = move || {
        answer.get().map(|answer| match answer {
            Ok(data) => draw(data),
            Err(AppError::NotFound) => view! { <NotFound what/> }.into_any(),
            Err(error) => view! { <ErrorAlert error retry/> }.into_any(),
        })
    };
    view! { <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{content}</Transition> }.into_any()
}

/// The id in the path of the page's address.
fn path_id() -> impl Fn() -> Option<Uuid> + Copy {
    let params = use_params_map();
    move || params.with(|params| Uuid::parse_str(&params.get("id")?).ok())
}

/// An id in the query of the page's address.
fn query_id(name: &'static str) -> impl Fn() -> Option<Uuid> + Copy {
    let query = use_query_map();
    move || query.with(|query| Uuid::parse_str(&query.get(name)?).ok())
}
