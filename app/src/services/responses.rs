//! What the server answers about services.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::{EventCause, EventKind, ServiceState};
use crate::base::audit::Actor;
use crate::base::units::{Kbps, Paise};
use crate::plans::model::{BillingCycle, PlanType};
use crate::plans::responses::PlanOffer;
use crate::record::record_ref::RecordRef;
use crate::ui::latest_resource::PageData;

/// A service with what happened to it and what is planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceView {
    /// Its id.
    pub id: Uuid,
    /// Goes up with every change.
    pub version: i64,
    /// How it stands.
    pub state: ServiceState,
    /// Its plan.
    pub plan: PlanView,
    /// What the router signs in with.
    pub login: Option<String>,
    /// Its events, the last first: those that wait, then those that took effect or did not.
    pub events: Vec<EventView>,
}

/// What a service shows of its plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanView {
    /// The plan, by its code.
    pub plan: RecordRef,
    /// How the line is built.
    pub plan_type: PlanType,
    /// Download.
    pub speed: Kbps,
    /// How often a bill is made.
    pub billing_cycle: BillingCycle,
}

/// An event of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventView {
    /// Its id.
    pub id: Uuid,
    /// What happens.
    pub kind: EventKind,
    /// Why.
    pub cause: EventCause,
    /// Why, in words.
    pub reason: Option<String>,
    /// The day.
    pub effective_on: NaiveDate,
    /// Of a change of plan: what the service had and what it has then; of an order the latter.
    pub plan: Option<(Option<PricedPlan>, PricedPlan)>,
    /// Who has made it.
    pub by: Actor,
    /// When it was made, UTC.
    pub created_at: DateTime<Utc>,
    /// How far it is.
    pub progress: EventProgress,
}

/// A plan with the price that a service has it at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricedPlan {
    /// The plan's name.
    pub name: String,
    /// The price per month, without GST; none where it is not known.
    pub price: Option<Paise>,
}

/// How far an event is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventProgress {
    /// Its day has not come.
    Waiting,
    /// It took effect.
    Applied,
    /// Somebody has withdrawn it.
    Withdrawn,
    /// It could not take effect on its day, and why.
    Refused(String),
}

/// The page of a customer's services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerServices {
    /// The customer.
    pub customer: RecordRef,
    /// What the customer owes, in paise; less than nothing is credit.
    pub outstanding: Paise,
    /// The services, the best first.
    pub services: Vec<ServiceView>,
    /// The plans that can be ordered.
    pub plans: Vec<PlanOffer>,
    /// The id of the service that the page's form would order.
    pub new_service: Uuid,
    /// The date in India.
    pub today: NaiveDate,
}

impl PageData for CustomerServices {}
