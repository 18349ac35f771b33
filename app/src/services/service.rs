//! What people and jobs do with services. Each is one transaction, which locks the customers first.

use chrono::{Days, NaiveDate};
use serde::Deserialize;
use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

use super::model::{
    Event, EventCause, EventKind, ServiceAction, ServiceState, ServiceStatus, check_planned, parse_login,
};
use super::responses::{CustomerServices, EventProgress, EventView, ServiceView};
use super::store::{self, EventOutcome, NewEvent, Service, StoredEvent};
use crate::base::audit::{Actor, AuditContext, AuditEvent, Change, EntityKind, Source};
use crate::base::error::AppError;
use crate::base::text::{is_blank, parse_text};
use crate::base::time::{ist_date, parse_date};
use crate::base::units::Paise;
use crate::db::audit_log;
use crate::http::context::AppContext;
use crate::jobs::model::JobKind;
use crate::jobs::store as jobs;
use crate::plans::store as plans;
use crate::ui::form_state::FormState;
use crate::users::store::names as users;

/// How far ahead an event can be planned.
const LATEST_DAYS: u64 = 731;

/// The services of a customer with all that happened to them.
pub async fn services_of(db: &mut PgConnection, customer: Uuid) -> Result<Vec<ServiceView>, AppError> {
    let services = store::of_customers(db, &[customer]).await?;
    let ids: Vec<Uuid> = services.iter().map(|service| service.id).collect();
    let events = store::events_of(db, &ids).await?;
    let makers: Vec<Uuid> = events.iter().filter_map(|event| event.created.0).collect();
    let names = users::names_of(db, &makers).await?;
    let mut by_service: HashMap<Uuid, Vec<EventView>> = HashMap::new();
    for event in events.into_iter().rev() {
        by_service
            .entry(event.service)
            .or_default()
            .push(event_view(event, &names));
    }
    let views = services.into_iter().map(|service| {
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
    let price = |price: Paise| format!(" at {price} per month");
    let (before, plan) = stored.plans;
    let before = before.map(|name| name + &stored.price_before.map(price).unwrap_or_default());
    let plan = plan.map(|name| name + &stored.event.plan.map(|(_, amount)| price(amount)).unwrap_or_default());
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
        let (customer, outstanding) = store::customer(&mut db, customer).await?;
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
    let events = [(ordered, true), (activated, starts)].map(|(event, is_applied)| NewEvent {
        id: Uuid::now_v7(),
        event,
        cause: EventCause::Request,
        is_applied,
    });
    store::insert(transaction, audit, (order.id, customer), &state, order.login.as_deref()).await?;
    let failed = |error: AppError| sqlx::Error::Decode(error.to_string().into());
    store::insert_events(transaction, audit, order.id, &events)
        .await
        .map_err(failed)?;
    let applied = events.iter().filter(|event| event.is_applied).map(|event| event.id);
    tell_network(transaction, &applied.collect::<Vec<_>>(), audit.actor)
        .await
        .map_err(failed)
}

/// Adds a job for each event that took effect, which tells the network.
async fn tell_network(transaction: &mut PgConnection, events: &[Uuid], by: Option<Uuid>) -> Result<(), AppError> {
    let payloads: Vec<_> = events
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
    let Some(batch) = store::due_batch(transaction, ist_date(audit.at), limit).await? else {
        return Ok(None);
    };
    // Events of deleted customers take effect, too.
    store::lock_customers(transaction, &batch.customers).await?;
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
    let mut services = store::of_customers(transaction, customers).await?;
    let ids: Vec<Uuid> = services.iter().map(|service| service.id).collect();
    let places: HashMap<Uuid, usize> = ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
    let due = store::waiting(transaction, &ids).await?;
    let due: Vec<_> = due
        .into_iter()
        .filter(|waiting| (waiting.event.effective_on, waiting.seq) <= last)
        .collect();
    if due.is_empty() {
        return Ok(0);
    }
    let logins: Vec<String> = services.iter().filter_map(|service| service.login.clone()).collect();
    let mut taken: HashMap<String, Uuid> = store::taken_logins(transaction, &logins).await?.into_iter().collect();
    let (mut outcomes, mut changed, mut ended) = (Vec::new(), HashSet::new(), Vec::new());
    for waiting in due {
        let Some(service) = places.get(&waiting.service).and_then(|place| services.get_mut(*place)) else {
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
    services.retain(|service| changed.contains(&service.id));
    store::update_states(transaction, audit.at, &services).await?;
    store::write_outcomes(transaction, audit.at, &outcomes, &ended).await?;
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
    for (service, _) in services {
        let event = NewEvent {
            id: Uuid::now_v7(),
            event: Event {
                kind,
                effective_on: ist_date(audit.at),
                reason: None,
                plan: None,
            },
            cause,
            is_applied: false,
        };
        store::insert_events(transaction, audit, *service, &[event]).await?;
    }
    let customers: Vec<Uuid> = services.iter().map(|(_, customer)| *customer).collect();
    match customers.is_empty() {
        true => Ok(0),
        false => apply_due(transaction, audit, &customers).await,
    }
}

/// What a form about a service holds, as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ServiceInputs {
    /// Of an order: its id.
    pub id: String,
    /// The version of the service that the page showed.
    pub version: String,
    /// The id of a plan.
    pub plan: String,
    /// The day.
    pub day: String,
    /// The cause.
    pub cause: String,
    /// Why, in words.
    pub reason: String,
    /// What the router signs in with.
    pub login: String,
}

/// The names of the inputs.
pub mod input {
    #![allow(missing_docs, reason = "as in `ServiceInputs`")]
    pub const PLAN: &str = "plan";
    pub const DAY: &str = "day";
    pub const CAUSE: &str = "cause";
    pub const REASON: &str = "reason";
    pub const LOGIN: &str = "login";
}

impl ServiceInputs {
    /// The form as it was sent.
    pub fn form_state(&self) -> FormState {
        let values = [
            (input::PLAN, &self.plan),
            (input::DAY, &self.day),
            (input::CAUSE, &self.cause),
            (input::REASON, &self.reason),
            (input::LOGIN, &self.login),
            ("id", &self.id),
        ];
        let values = values.into_iter();
        values.fold(FormState::new(), |state, (name, value)| state.with(name, value))
    }

    fn invalid(&self, name: &str, message: impl Into<String>) -> Refused {
        Refused(self.form_state().error(name, message).problem("Fix one field to save."))
    }

    fn conflict(&self, message: impl Into<String>) -> Refused {
        Refused(self.form_state().problem(message))
    }

    fn day(&self, today: NaiveDate) -> Result<NaiveDate, Refused> {
        let latest = today.checked_add_days(Days::new(LATEST_DAYS)).unwrap_or(today);
        match parse_date(self.day.trim()) {
            None => Err(self.invalid(input::DAY, "Enter a day, like 2026-11-23.")),
            Some(day) if day > latest => Err(self.invalid(input::DAY, "Choose a day within the next two years.")),
            Some(day) => Ok(day),
        }
    }

    fn login(&self) -> Result<Option<String>, Refused> {
        parse_login(&self.login).map_err(|message| self.invalid(input::LOGIN, message))
    }

    fn login_is_taken(&self) -> Refused {
        self.invalid(input::LOGIN, "Another service has this login. Choose another one.")
    }

    async fn plan(&self, db: &mut PgConnection) -> Result<Result<(Uuid, Paise), Refused>, AppError> {
        if is_blank(&self.plan) {
            return Ok(Err(self.invalid(input::PLAN, "Choose a plan.")));
        }
        let plan = match Uuid::parse_str(&self.plan) {
            Ok(id) => plans::price_on_sale(db, id).await?.map(|price| (id, price)),
            Err(_) => None,
        };
        Ok(plan.ok_or_else(|| self.invalid(input::PLAN, "This plan is not on sale any more. Choose another.")))
    }
}

/// A form that was refused, with what is wrong.
#[derive(Clone, Debug)]
pub struct Refused(pub FormState);

/// A sentence that says what was done, or the form with what is wrong.
pub type Done = Result<String, Refused>;

const CHANGED: &str = "Another user changed this service since you opened the page. It is shown as it is now: look at it, and decide again.";
const CUSTOMER_DELETED: &str = "This customer was deleted. Restore the customer first.";

/// Orders a service for a customer. The same form again changes nothing.
///
/// # Errors
/// `NotFound`.
pub async fn order(context: &AppContext, customer: Uuid, inputs: &ServiceInputs) -> Result<Done, AppError> {
    let audit = context.audit();
    let mut transaction = context.pool().begin().await?;
    if store::lock_customers(&mut transaction, &[customer]).await?.is_empty() {
        store::customer(&mut transaction, customer).await?;
        return Ok(Err(inputs.conflict(CUSTOMER_DELETED)));
    }
    let id = Uuid::parse_str(&inputs.id).unwrap_or_else(|_| Uuid::now_v7());
    if store::customer_of_service(&mut transaction, id).await == Ok(customer) {
        return Ok(Ok("Service ordered".to_owned()));
    }
    let parsed = match (
        inputs.plan(&mut transaction).await?,
        inputs.day(context.clock.today()),
        inputs.login(),
    ) {
        (Ok(plan), Ok(starts_on), Ok(login)) => (plan, starts_on, login),
        (plan, day, login) => return Ok(Err(merged([plan.err(), day.err(), login.err()]))),
    };
    let ((plan, price), starts_on, login) = parsed;
    let order = Order {
        id,
        plan,
        price,
        starts_on,
        login,
    };
    match insert_order(&mut transaction, &audit, customer, &order).await {
        Ok(()) => {}
        Err(error) if is_login_conflict(&error) => return Ok(Err(inputs.login_is_taken())),
        Err(error) => return Err(error.into()),
    }
    transaction.commit().await?;
    Ok(Ok("Service ordered".to_owned()))
}

/// Everything that is wrong with a form.
fn merged<const N: usize>(refused: [Option<Refused>; N]) -> Refused {
    let mut all = refused.into_iter().flatten();
    let Some(Refused(mut first)) = all.next() else {
        return Refused(FormState::new());
    };
    for Refused(other) in all {
        first.errors.extend(other.errors);
    }
    let count = first.errors.len();
    if count > 1 {
        first.problem = Some(format!("Fix {count} fields to save."));
    }
    Refused(first)
}

fn is_login_conflict(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.constraint()) == Some("services_login_key")
}

/// Does something with a service of a customer: at once, or on a later day.
///
/// # Errors
/// `NotFound`.
pub async fn act(
    context: &AppContext,
    (customer, service): (Uuid, Uuid),
    action: ServiceAction,
    inputs: &ServiceInputs,
) -> Result<Done, AppError> {
    let audit = context.audit();
    let today = context.clock.today();
    let mut transaction = context.pool().begin().await?;
    let is_live = !store::lock_customers(&mut transaction, &[customer]).await?.is_empty();
    let services = store::of_customers(&mut transaction, &[customer]).await?;
    let service = services
        .into_iter()
        .find(|found| found.id == service)
        .ok_or(AppError::NotFound)?;
    if !is_live {
        return Ok(Err(inputs.conflict(CUSTOMER_DELETED)));
    }
    if inputs.version.parse() != Ok(service.version) {
        return Ok(Err(inputs.conflict(CHANGED)));
    }
    let Some(kind) = action.event() else {
        return set_login(transaction, &audit, &service, inputs).await;
    };
    let event = match planned_event(&mut transaction, &service, (kind, action), inputs, today).await? {
        Ok(event) => event,
        Err(refused) => return Ok(Err(refused)),
    };
    let Some(cause) = EventCause::parse(&inputs.cause).filter(|cause| action.causes().contains(cause)) else {
        return Ok(Err(inputs.invalid(input::CAUSE, "Choose a cause.")));
    };
    let new = NewEvent {
        id: Uuid::now_v7(),
        event,
        cause,
        is_applied: false,
    };
    store::insert_events(&mut transaction, &audit, service.id, std::slice::from_ref(&new)).await?;
    let day = new.event.effective_on;
    if day <= today {
        apply_due(&mut transaction, &audit, &[customer]).await?;
    }
    // Applied events are told with the version; one that waits is a change of the service, too.
    else {
        store::touch(&mut transaction, &audit, service.id).await?;
    }
    transaction.commit().await?;
    let what = format!("{}: {}", service.plan.plan.name, kind.as_str().to_lowercase());
    Ok(Ok(match day <= today {
        true => what,
        false => format!("{what} on {}", crate::base::time::format_date(day)),
    }))
}

/// The event of a form, where the service can take it on its day.
async fn planned_event(
    transaction: &mut PgConnection,
    service: &Service,
    (kind, action): (EventKind, ServiceAction),
    inputs: &ServiceInputs,
    today: NaiveDate,
) -> Result<Result<Event, Refused>, AppError> {
    let plan = match action {
        ServiceAction::ChangePlan => match inputs.plan(transaction).await? {
            Ok(plan) if plan == (service.state.plan, service.state.price) => {
                return Ok(Err(
                    inputs.invalid(input::PLAN, "The service has this plan already. Choose another.")
                ));
            }
            Ok(plan) => Some(plan),
            Err(refused) => return Ok(Err(refused)),
        },
        _ => None,
    };
    let day = match inputs.day(today) {
        Ok(day) => day,
        Err(refused) => return Ok(Err(refused)),
    };
    let reason = match (is_blank(&inputs.reason), kind) {
        (true, EventKind::Ended) => return Ok(Err(inputs.invalid(input::REASON, "Enter why the service ends."))),
        (true, _) => None,
        (false, _) => match parse_text(&inputs.reason, "the reason", 500) {
            Ok(reason) => Some(reason),
            Err(message) => return Ok(Err(inputs.invalid(input::REASON, message))),
        },
    };
    if let Some(last) = store::last_applied(transaction, service.id).await?
        && day < last
    {
        let message = format!(
            "Choose {} or a later day: that is when the service changed last.",
            crate::base::time::format_date(last)
        );
        return Ok(Err(inputs.invalid(input::DAY, message)));
    }
    let event = Event {
        kind,
        effective_on: day,
        reason,
        plan,
    };
    let waiting = store::waiting(transaction, &[service.id]).await?;
    let waiting: Vec<Event> = waiting.into_iter().map(|waiting| waiting.event).collect();
    if let Err(message) = check_planned(&service.state, &waiting, &event) {
        return Ok(Err(inputs.invalid(input::DAY, message)));
    }
    if kind == EventKind::Activated
        && day <= today
        && let Some(login) = &service.login
        && !store::taken_logins(transaction, std::slice::from_ref(login))
            .await?
            .is_empty()
    {
        return Ok(Err(inputs.conflict(format!(
            "Another service has the login {login}. Change the login of one of them, then activate."
        ))));
    }
    Ok(Ok(event))
}

async fn set_login(
    mut transaction: sqlx::PgTransaction<'_>,
    audit: &AuditContext,
    service: &Service,
    inputs: &ServiceInputs,
) -> Result<Done, AppError> {
    let login = match inputs.login() {
        Ok(login) => login,
        Err(refused) => return Ok(Err(refused)),
    };
    if service.state.status == ServiceStatus::Ended {
        return Ok(Err(inputs.conflict("This service has ended.")));
    }
    if login != service.login {
        match store::set_login(&mut transaction, audit, service.id, login.as_deref()).await {
            Ok(()) => {}
            Err(error) if is_login_conflict(&error) => return Ok(Err(inputs.login_is_taken())),
            Err(error) => return Err(error.into()),
        }
        let event = AuditEvent {
            context: *audit,
            entity: EntityKind::Service,
            id: service.id,
            version: service.version + 1,
        };
        let change = Change::of(input::LOGIN, service.login.clone(), login);
        audit_log::record(&mut transaction, &event, &[change]).await?;
    }
    transaction.commit().await?;
    Ok(Ok("Login changed".to_owned()))
}

/// Withdraws an event of a customer's service that waits.
///
/// # Errors
/// `NotFound`.
pub async fn withdraw(context: &AppContext, customer: Uuid, event: Uuid) -> Result<Done, AppError> {
    let audit = context.audit();
    let mut transaction = context.pool().begin().await?;
    store::lock_customers(&mut transaction, &[customer]).await?;
    let service = store::service_of_event(&mut transaction, event).await?;
    if store::customer_of_service(&mut transaction, service).await? != customer {
        return Err(AppError::NotFound);
    }
    if !store::withdraw(&mut transaction, &audit, event).await? {
        let message = "This took effect or was withdrawn meanwhile. The page shows how it is now.";
        return Ok(Err(Refused(FormState::new().problem(message))));
    }
    store::touch(&mut transaction, &audit, service).await?;
    transaction.commit().await?;
    Ok(Ok("Planned change withdrawn".to_owned()))
}
