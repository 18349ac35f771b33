//! What pages show of services.

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::audit::{Actor, Source};
use crate::base::error::AppError;
use crate::http::context::AppContext;
use crate::plans::store as plans;
use crate::services::responses::{CustomerServices, EventProgress, EventView, PricedPlan, ServiceView};
use crate::services::store::events::StoredEvent;
use crate::services::store::{customers, events, services};
use crate::users::store::names as users;

/// The services of a customer with all that happened to them.
pub async fn services_of(db: &mut PgConnection, customer: Uuid) -> Result<Vec<ServiceView>, AppError> {
    let all = services::of_customers(db, &[customer]).await?;
    let ids: Vec<Uuid> = all.iter().map(|service| service.id).collect();
    let events = events::events_of(db, &ids).await?;
    let makers: Vec<Uuid> = events.iter().filter_map(|event| event.created.0).collect();
    let names = users::names_of(db, &makers).await?;
    let mut by_service: HashMap<Uuid, Vec<EventView>> = HashMap::new();
    for event in events.into_iter().rev() {
        by_service
            .entry(event.service)
            .or_default()
            .push(event_view(event, &names));
    }
    let views = all.into_iter().map(|service| {
        let mut events = by_service.remove(&service.id).unwrap_or_default();
        // What waits comes first, the next one at its top.
        events.sort_by_key(|event| match event.progress {
            EventProgress::Waiting => (0, event.effective_on),
            _ => (1, NaiveDate::MAX),
        });
        ServiceView {
            id: service.id,
            version: service.version,
            state: service.state,
            plan: service.plan,
            login: service.login,
            events,
        }
    });
    Ok(views.collect())
}

fn event_view(stored: StoredEvent, names: &HashMap<Uuid, String>) -> EventView {
    let (before, plan) = stored.plans;
    let before = before.map(|name| PricedPlan {
        name,
        price: stored.price_before,
    });
    let price = stored.event.plan.map(|(_, price)| price);
    let plan = plan.map(|name| PricedPlan { name, price });
    EventView {
        id: stored.id,
        kind: stored.event.kind,
        cause: stored.cause,
        reason: stored.event.reason,
        effective_on: stored.event.effective_on,
        plan: plan.map(|plan| (before, plan)),
        by: Actor::new(stored.created.0, Source::Page, names),
        created_at: stored.created.1,
        progress: match (stored.is_applied, stored.is_withdrawn, stored.refusal) {
            (true, ..) => EventProgress::Applied,
            (_, true, Some(refusal)) => EventProgress::Refused(refusal),
            (_, true, None) => EventProgress::Withdrawn,
            _ => EventProgress::Waiting,
        },
    }
}

/// The page of a customer's services.
///
/// # Errors
/// `NotFound` also for a deleted customer.
pub async fn customer_services(context: &AppContext, customer: Uuid) -> Result<CustomerServices, AppError> {
    let today = context.clock.today();
    let read = context.read_db(|mut db| async move {
        let (customer, outstanding) = customers::customer(&mut db, customer).await?;
        Ok(CustomerServices {
            services: services_of(&mut db, customer.id).await?,
            plans: plans::on_sale(&mut db).await?,
            customer,
            outstanding,
            new_service: Uuid::now_v7(),
            today,
        })
    });
    read.await
}
