//! Lets orders and events take effect on their days. Whoever calls has locked the customers.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::audit::AuditContext;
use crate::base::error::AppError;
use crate::base::time::ist_date;
use crate::base::units::Paise;
use crate::jobs::model::JobKind;
use crate::jobs::store as jobs;
use crate::services::model::{Event, EventCause, EventKind, ServiceState};
use crate::services::store::customers::lock_customers;
use crate::services::store::events::{EventOutcome, NewEvent};
use crate::services::store::{events, services};

/// A service that is to be ordered.
#[derive(Clone, Debug)]
pub struct Order {
    /// Its id, by which an order that is sent twice is one.
    pub id: Uuid,
    /// The plan.
    pub plan: Uuid,
    /// What it costs a month, without GST.
    pub price: Paise,
    /// The day on which it is connected.
    pub starts_on: NaiveDate,
    /// What the router signs in with.
    pub login: Option<String>,
}

/// Adds a service to a locked customer. One whose day has come is active at once, the other waits for it.
pub async fn insert_order(
    transaction: &mut PgConnection,
    audit: &AuditContext,
    customer: Uuid,
    order: &Order,
) -> Result<(), sqlx::Error> {
    let mut state = ServiceState::ordered(order.plan, order.price, order.starts_on);
    let ordered = Event {
        kind: EventKind::Ordered,
        effective_on: order.starts_on.min(ist_date(audit.at)),
        reason: None,
        plan: Some((order.plan, order.price)),
    };
    let activated = Event {
        kind: EventKind::Activated,
        effective_on: order.starts_on,
        reason: None,
        plan: None,
    };
    let starts = order.starts_on <= ist_date(audit.at) && state.apply(&activated).is_ok();
    let new = [(ordered, true), (activated, starts)].map(|(event, is_applied)| NewEvent {
        id: Uuid::now_v7(),
        service: order.id,
        event,
        cause: EventCause::Request,
        is_applied,
    });
    services::insert(transaction, audit, (order.id, customer), &state, order.login.as_deref()).await?;
    events::insert_events(transaction, audit, &new).await?;
    let applied = new.iter().filter(|event| event.is_applied).map(|event| event.id);
    tell_network(transaction, &applied.collect::<Vec<_>>(), audit.actor).await
}

/// Adds a job for each event that took effect, which tells the network.
async fn tell_network(transaction: &mut PgConnection, applied: &[Uuid], by: Option<Uuid>) -> Result<(), sqlx::Error> {
    let payloads: Vec<_> = applied
        .iter()
        .map(|event| serde_json::json!({ "event": event }))
        .collect();
    jobs::enqueue_all(transaction, JobKind::TellNetwork, &payloads, by).await
}

/// Lets the events of locked customers take effect whose day has come, each service's in their order. Gives how many events it was.
pub async fn apply_due(
    transaction: &mut PgConnection,
    audit: &AuditContext,
    customers: &[Uuid],
) -> Result<u64, AppError> {
    apply_until(transaction, audit, customers, (ist_date(audit.at), i64::MAX)).await
}

/// Lets the first `limit` events of all customers take effect whose day has come, and none that stands behind them: a login that one customer
/// gives up before another takes it is free by then. Gives how many events it was; none where nothing is due.
///
/// # Errors
/// The database's.
pub async fn apply_due_batch(
    transaction: &mut PgConnection,
    audit: &AuditContext,
    limit: i64,
) -> Result<Option<u64>, AppError> {
    let Some(batch) = events::due_batch(transaction, ist_date(audit.at), limit).await? else {
        return Ok(None);
    };
    // Events of deleted customers take effect, too.
    lock_customers(transaction, &batch.customers).await?;
    let applied = apply_until(transaction, audit, &batch.customers, batch.last).await?;
    Ok(Some(applied))
}

/// Lets the events of locked customers take effect up to a day, and a place among the events of that day.
async fn apply_until(
    transaction: &mut PgConnection,
    audit: &AuditContext,
    customers: &[Uuid],
    last: (NaiveDate, i64),
) -> Result<u64, AppError> {
    let mut all = services::of_customers(transaction, customers).await?;
    let ids: Vec<Uuid> = all.iter().map(|service| service.id).collect();
    let places: HashMap<Uuid, usize> = ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
    let due = events::waiting(transaction, &ids).await?;
    let due: Vec<_> = due
        .into_iter()
        .filter(|waiting| (waiting.event.effective_on, waiting.seq) <= last)
        .collect();
    if due.is_empty() {
        return Ok(0);
    }
    let logins: Vec<String> = all.iter().filter_map(|service| service.login.clone()).collect();
    let mut taken: HashMap<String, Uuid> = services::taken_logins(transaction, &logins)
        .await?
        .into_iter()
        .collect();
    let (mut outcomes, mut changed, mut ended) = (Vec::new(), HashSet::new(), Vec::new());
    for waiting in due {
        let Some(service) = places.get(&waiting.service).and_then(|place| all.get_mut(*place)) else {
            continue;
        };
        let before = (service.state.plan, service.state.price);
        let login_is_taken = waiting.event.kind == EventKind::Activated
            && service.login.as_ref().is_some_and(|login| taken.contains_key(login));
        let applied = match login_is_taken {
            true => Err("Another service has the login.".to_owned()),
            false => service.state.apply(&waiting.event),
        };
        if applied.is_ok() {
            changed.insert(service.id);
            match (waiting.event.kind, service.login.clone()) {
                (EventKind::Activated, Some(login)) => drop(taken.insert(login, service.id)),
                (EventKind::Ended, Some(login)) => taken.retain(|name, holder| *name != login || *holder != service.id),
                _ => {}
            }
            if waiting.event.kind == EventKind::Ended {
                ended.push(service.id);
            }
        }
        outcomes.push(EventOutcome {
            id: waiting.id,
            refusal: applied.err(),
            before,
        });
    }
    all.retain(|service| changed.contains(&service.id));
    services::update_states(transaction, audit.at, &all).await?;
    events::write_outcomes(transaction, audit.at, &outcomes, &ended).await?;
    let applied = outcomes.iter().filter(|outcome| outcome.refusal.is_none());
    let applied: Vec<Uuid> = applied.map(|outcome| outcome.id).collect();
    tell_network(transaction, &applied, audit.actor).await?;
    Ok(outcomes.len() as u64)
}

/// Lets the same happen today to services of locked customers, each given with its customer. Gives how many services it happened to.
///
/// # Errors
/// The database's.
pub async fn apply_now(
    transaction: &mut PgConnection,
    audit: &AuditContext,
    services: &[(Uuid, Uuid)],
    kind: EventKind,
    cause: EventCause,
) -> Result<u64, AppError> {
    if services.is_empty() {
        return Ok(0);
    }
    let event = |service: Uuid| NewEvent {
        id: Uuid::now_v7(),
        service,
        event: Event {
            kind,
            effective_on: ist_date(audit.at),
            reason: None,
            plan: None,
        },
        cause,
        is_applied: false,
    };
    let new: Vec<NewEvent> = services.iter().map(|(service, _)| event(*service)).collect();
    events::insert_events(transaction, audit, &new).await?;
    let customers: Vec<Uuid> = services.iter().map(|(_, customer)| *customer).collect();
    apply_due(transaction, audit, &customers).await
}
