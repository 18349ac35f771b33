//! The server functions about holidays. Each is a public address: reads are GET, writes POST. Whoever may not use it gets
//! `SignedOut` or `Forbidden`; where there is no holiday with an id, or only a deleted one, it is `NotFound`.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use uuid::Uuid;

use super::spec::SPEC;
use crate::base::error::AppError;
use crate::list::api::list_api;
use crate::record::api::{form_api, record_api};
use crate::record::responses::PlainRecord;
#[cfg(feature = "ssr")]
use {
    super::codec::Holidays, crate::http::context::AppContext, crate::record::store::plain_record,
    crate::users::store::timeline,
};

list_api!(Holidays, "/api/holidays");
form_api!(Holidays, "/api/holidays");
record_api!(Holidays, "/api/holidays", timeline::timeline::<Holidays>);

/// A holiday's page.
#[server(endpoint = "holidays/record", input = GetUrl)]
pub async fn get_holiday(id: Uuid) -> Result<PlainRecord, AppError> {
    let context = AppContext::require(SPEC.browse)?;
    context.with_deadline(plain_record::<Holidays>(&context, id)).await
}
