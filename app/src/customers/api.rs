//! The server functions about customers. Each is a public address: reads are GET, writes POST. Whoever may not use it gets `SignedOut` or
//! `Forbidden`; where there is no customer with an id, or only a deleted one, it is `NotFound`.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use uuid::Uuid;

use super::responses::CustomerPage;
use super::spec::SPEC;
use crate::base::error::AppError;
use crate::list::api::columns_api;
use crate::list::responses::{ListPage, Row};
use crate::record::api::{form_api, record_api};
use crate::record::choices::Choices;
#[cfg(feature = "ssr")]
use {
    super::{codec::Customers, list, record},
    crate::http::context::AppContext,
    crate::list::columns,
    crate::users::store::timeline,
};

form_api!(Customers, "/api/customers");
columns_api!("/api/customers");
record_api!(Customers, "/api/customers", timeline::timeline::<Customers>);

/// A page of the list; `address` is the part of the list's address behind the path.
#[server(endpoint = "customers/list", input = GetUrl)]
pub async fn list(address: String) -> Result<ListPage, AppError> {
    let context = AppContext::require(SPEC.browse)?;
    context
        .with_deadline(list::list(&context, &address, &columns::selected(&SPEC)))
        .await
}

/// A customer's page.
#[server(endpoint = "customers/record", input = GetUrl)]
pub async fn get_customer(id: Uuid) -> Result<CustomerPage, AppError> {
    let context = AppContext::require(SPEC.browse)?;
    context.with_deadline(record::customer_page(&context, id)).await
}

/// The options of the form of a new customer: the plans on sale.
#[server(endpoint = "customers/choices", input = GetUrl)]
pub async fn get_customer_choices() -> Result<Choices, AppError> {
    let context = AppContext::require(SPEC.browse)?;
    context.with_deadline(Choices::load::<Customers>(&context)).await
}

/// The first customers that a search finds, by name, each with its city: for choosing one.
#[server(endpoint = "customers/find", input = GetUrl)]
pub async fn find_customers(search: String) -> Result<Vec<Row>, AppError> {
    const OFFERED: usize = 8;
    let context = AppContext::require(SPEC.browse)?;
    context.with_deadline(list::find(&context, &search, OFFERED)).await
}
