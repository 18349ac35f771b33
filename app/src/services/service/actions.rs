//! What people do with services by forms. Each is one transaction, which locks the customer first.

use chrono::NaiveDate;
use sqlx::{PgConnection, PgTransaction};
use uuid::Uuid;

use super::effects::{Order, apply_due, insert_order};
use super::inputs::{Done, Refused, ServiceInputs, input, merged};
use crate::base::audit::{AuditContext, AuditEvent, Change, EntityKind};
use crate::base::error::AppError;
use crate::base::text::{is_blank, parse_text};
use crate::base::time::format_date;
use crate::db::audit_log;
use crate::http::context::AppContext;
use crate::services::model::{Event, EventCause, EventKind, ServiceAction, ServiceStatus, check_planned};
use crate::services::store::customers::{exists, lock_customers};
use crate::services::store::events::{self, NewEvent};
use crate::services::store::services::{self, Service};
use crate::ui::form_state::FormState;

const CHANGED: &str = "Another user changed this service since you opened the page. It is shown as it is now: look at it, and decide again.";

const CUSTOMER_DELETED: &str = "This customer was deleted. Restore the customer first.";

/// Orders a service for a customer. The same form again changes nothing.
///
/// # Errors
/// `NotFound`.
pub async fn order(context: &AppContext, customer: Uuid, inputs: &ServiceInputs) -> Result<Done, AppError> {
    let audit = context.audit();
    let mut transaction = context.pool().begin().await?;
    if lock_customers(&mut transaction, &[customer]).await?.is_empty() {
        return match exists(&mut transaction, customer).await? {
            true => Ok(Err(inputs.conflict(CUSTOMER_DELETED))),
            false => Err(AppError::NotFound),
        };
    }
    let id = Uuid::parse_str(&inputs.id).unwrap_or_else(|_| Uuid::now_v7());
    if services::customer_of_service(&mut transaction, id).await == Ok(customer) {
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
    let is_live = !lock_customers(&mut transaction, &[customer]).await?.is_empty();
    let all = services::of_customers(&mut transaction, &[customer]).await?;
    let service = all
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
        service: service.id,
        event,
        cause,
        is_applied: false,
    };
    events::insert_events(&mut transaction, &audit, std::slice::from_ref(&new)).await?;
    let day = new.event.effective_on;
    if day <= today {
        apply_due(&mut transaction, &audit, &[customer]).await?;
    }
    // Applied events are told with the version; one that waits is a change of the service, too.
    else {
        services::touch(&mut transaction, &audit, service.id).await?;
    }
    transaction.commit().await?;
    let what = format!("{}: {}", service.plan.plan.name, kind.as_str().to_lowercase());
    Ok(Ok(match day <= today {
        true => what,
        false => format!("{what} on {}", format_date(day)),
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
    if let Some(last) = events::last_applied(transaction, service.id).await?
        && day < last
    {
        let message = format!(
            "Choose {} or a later day: that is when the service changed last.",
            format_date(last)
        );
        return Ok(Err(inputs.invalid(input::DAY, message)));
    }
    let event = Event {
        kind,
        effective_on: day,
        reason,
        plan,
    };
    let waiting = events::waiting(transaction, &[service.id]).await?;
    let waiting: Vec<Event> = waiting.into_iter().map(|waiting| waiting.event).collect();
    if let Err(message) = check_planned(&service.state, &waiting, &event) {
        return Ok(Err(inputs.invalid(input::DAY, message)));
    }
    if kind == EventKind::Activated
        && day <= today
        && let Some(login) = &service.login
        && !services::taken_logins(transaction, std::slice::from_ref(login))
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
    mut transaction: PgTransaction<'_>,
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
        match services::set_login(&mut transaction, audit, service.id, login.as_deref()).await {
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
    lock_customers(&mut transaction, &[customer]).await?;
    let service = events::service_of_event(&mut transaction, event).await?;
    if services::customer_of_service(&mut transaction, service).await? != customer {
        return Err(AppError::NotFound);
    }
    if !events::withdraw(&mut transaction, &audit, event).await? {
        let message = "This took effect or was withdrawn meanwhile. The page shows how it is now.";
        return Ok(Err(Refused(FormState::new().problem(message))));
    }
    services::touch(&mut transaction, &audit, service).await?;
    transaction.commit().await?;
    Ok(Ok("Planned change withdrawn".to_owned()))
}
