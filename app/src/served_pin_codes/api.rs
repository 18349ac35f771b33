//! The server functions about served PIN codes. Each is a public address: reads are GET, writes POST. Whoever may not use it gets
//! `SignedOut` or `Forbidden`; where there is no served PIN code with an id, or only a deleted one, it is `NotFound`.

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
    super::codec::ServedPinCodes, crate::http::context::AppContext, crate::record::store::plain_record,
    crate::users::store::timeline,
};

list_api!(ServedPinCodes, "/api/served_pin_codes");
form_api!(ServedPinCodes, "/api/served_pin_codes");
record_api!(
    ServedPinCodes,
    "/api/served_pin_codes",
    timeline::timeline::<ServedPinCodes>
);

/// A served PIN code's page.
#[server(endpoint = "served_pin_codes/record", input = GetUrl)]
pub async fn get_served_pin_code(id: Uuid) -> Result<PlainRecord, AppError> {
    let context = AppContext::require(SPEC.browse)?;
    context
        .with_deadline(plain_record::<ServedPinCodes>(&context, id))
        .await
}
