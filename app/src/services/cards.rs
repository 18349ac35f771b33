//! The services of a customer in short: a card for each, with what can be done and what is planned.

use leptos::prelude::*;
use uuid::Uuid;

use super::model::{ServiceAction, ServiceStatus};
use super::responses::{EventProgress, EventView, PricedPlan, ServiceView};
use super::routes::{action_url, order_url, services_url, withdraw_url};
use crate::base::roles::Permission;
use crate::base::text::isolated;
use crate::base::time::format_date;
use crate::http::current_user::CurrentUser;

/// The services on a customer's record.
pub fn service_cards(customer: Uuid, services: &[ServiceView]) -> AnyView {
    let cards = services.iter().map(|service| service_card(customer, service));
    view! {
        <section class="services" aria-labelledby="services-title">
            <div class="section-header">
                <h2 id="services-title">"Services"</h2>
                <a href=services_url(customer)>"All that happened"</a>
                {order_link(customer)}
            </div>
            <div class="service-cards">{cards.collect_view()}</div>
        </section>
    }
    .into_any()
}

pub(super) fn order_link(customer: Uuid) -> Option<impl IntoView + use<>> {
    let may = CurrentUser::may(Permission::SellServices);
    may.then(|| view! { <a class="button" id="order" data-noscroll href=order_url(customer)>"Order a service"</a> })
}

/// How a service stands, what can be done, and what is planned.
pub(super) fn service_card(customer: Uuid, service: &ServiceView) -> impl IntoView + use<> {
    let ServiceView { id, state, plan, .. } = service.clone();
    let row = |label: &'static str, value: String| view! { <div><dt>{label}</dt><dd>{value}</dd></div> };
    let since = match state.status {
        ServiceStatus::Ordered => "Planned start",
        _ => "Since",
    };
    let ended = state.ends_on.map(|day| {
        let reason = state.end_reason.clone().unwrap_or_default();
        view! { <div><dt>"Ended on"</dt><dd>{format_date(day)} ": " <bdi>{reason}</bdi></dd></div> }
    });
    let actions = ServiceAction::of_status(state.status).filter(|action| CurrentUser::may(action.permission()));
    let actions = actions.map(|action| {
        let aria = format!("{}: {}", action.label(), isolated(&plan.plan.name));
        view! {
            <a class="button quiet" id=format!("{action}-{id}") data-noscroll href=action_url(customer, id, action) aria-label=aria>{action.label()}</a>
        }
    });
    let actions: Vec<_> = actions.collect();
    let actions = (!actions.is_empty()).then(|| view! { <p class="actions">{actions}</p> });
    let planned = service
        .events
        .iter()
        .filter(|event| event.progress == EventProgress::Waiting);
    let planned: Vec<_> = planned.map(|event| planned_event(customer, event)).collect();
    let planned = (!planned.is_empty()).then(|| view! { <h4>"Planned"</h4> <ul class="planned">{planned}</ul> });
    let title = format!("service-{id}");
    view! {
        <section class="card service" aria-labelledby=title.clone()>
            <h3 id=title.clone()>
                <bdi>{plan.plan.name.clone()}</bdi> " "
                <span class=format!("tag {}", state.status.as_str().to_lowercase())>{state.status.as_str()}</span>
            </h3>
            <dl>
                {row("Price", format!("{} per month, billed {}", state.price, plan.billing_cycle.as_str().to_lowercase()))}
                {row("Speed", format!("{} {}", plan.plan_type, plan.speed))}
                {row(since, format_date(state.starts_on))}
                {state.paid_through.map(|day| row("Billed through", format_date(day)))}
                {service.login.clone().map(|login| row("Login", login))}
                {ended}
            </dl>
            {planned}
            {actions}
        </section>
    }
}

/// An event that waits for its day.
fn planned_event(customer: Uuid, event: &EventView) -> impl IntoView + use<> {
    let text = format!("{}: {}", format_date(event.effective_on), event_text(event));
    let label = format!("Withdraw {text}");
    let withdraw = CurrentUser::may(Permission::SellServices).then(|| {
        let id = format!("withdraw-{}", event.id);
        view! { <a id=id data-noscroll href=withdraw_url(customer, event.id) aria-label=label>"Withdraw"</a> }
    });
    view! { <li>{text} " " {withdraw}</li> }
}

/// What happens, in a phrase.
pub(super) fn event_text(event: &EventView) -> String {
    match &event.plan {
        Some((Some(before), plan)) => format!("{}, {} → {}", event.kind, priced(before), priced(plan)),
        Some((None, plan)) => format!("{}, {}", event.kind, priced(plan)),
        None => event.kind.to_string(),
    }
}

fn priced(PricedPlan { name, price }: &PricedPlan) -> String {
    let price = price.map(|price| format!(" at {price} per month")).unwrap_or_default();
    format!("{}{price}", isolated(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::units::Paise;

    #[test]
    fn a_plan_is_named_with_its_price() {
        let plan = |name: &str, price| PricedPlan {
            name: name.into(),
            price,
        };
        assert_eq!(
            priced(&plan("Fiber 100", Some(Paise(136_700)))),
            "Fiber 100 at ₹1,367 per month"
        );
        assert_eq!(priced(&plan("\u{5e9}\u{5dc}", None)), "\u{2068}\u{5e9}\u{5dc}\u{2069}");
    }
}
