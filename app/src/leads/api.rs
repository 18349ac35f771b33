//! The server functions about leads. Each is a public address: reads are GET, writes POST. Whoever may not use it gets `SignedOut` or
//! `Forbidden`; where there is no lead with an id, or only a deleted one, it is `NotFound`.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use uuid::Uuid;

use super::responses::{LeadPage, MyDay};
use super::spec::SPEC;
use crate::base::error::AppError;
use crate::list::api::list_api;
use crate::record::api::record_api;
use crate::record::choices::Choices;
#[cfg(feature = "ssr")]
use {
    super::{codec::Leads, my_day, record},
    crate::base::contact::PinCode,
    crate::base::units::Kbps,
    crate::customers::model::PlanType,
    crate::http::context::AppContext,
    crate::served_pin_codes::{model::WantedLine, store::availability},
    crate::users::store::timeline,
};

list_api!(Leads, "/api/leads");
record_api!(Leads, "/api/leads", timeline::timeline::<Leads>);

/// A lead's page.
#[server(endpoint = "leads/record", input = GetUrl)]
pub async fn get_lead(id: Uuid) -> Result<LeadPage, AppError> {
    let context = AppContext::require(SPEC.browse)?;
    context.with_deadline(record::lead_page(&context, id)).await
}

/// The caller's own open leads with a next step: overdue, today, this week.
#[server(endpoint = "leads/my_day", input = GetUrl)]
pub async fn get_my_day() -> Result<MyDay, AppError> {
    let context = AppContext::require(SPEC.browse)?;
    context.with_deadline(my_day::my_day(&context)).await
}

/// The options of the form: who may own a lead.
#[server(endpoint = "leads/choices", input = GetUrl)]
pub async fn get_lead_choices() -> Result<Choices, AppError> {
    let context = AppContext::require(SPEC.edit)?;
    context.with_deadline(Choices::load::<Leads>(&context)).await
}

/// Whether a line of a plan type and a speed, each as it was typed, can be had at a PIN code.
#[server(endpoint = "leads/service", input = GetUrl)]
pub async fn check_service(pin_code: String, plan: String, speed: String) -> Result<String, AppError> {
    let context = AppContext::require(SPEC.browse)?;
    let wanted = &WantedLine {
        pin_code: PinCode::parse(&pin_code).ok(),
        plan_type: PlanType::parse(&plan),
        speed: Kbps::parse(&speed),
    };
    let read = context.read_db(|mut db| async move { availability(&mut db, wanted).await });
    Ok(context.with_deadline(read).await?.sentence())
}
