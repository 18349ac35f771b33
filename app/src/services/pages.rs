//! The services of a customer: a card for each, on the customer's record and on a page of their own, and the dialogs over that.

use chrono::NaiveDate;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use uuid::Uuid;

use super::api::get_services;
use super::model::{ServiceAction, ServiceStatus};
use super::responses::{CustomerServices, EventProgress, EventView, ServiceView};
use super::routes::{self, ServicesDialog, action_url, customer_url, order_url, services_url, withdraw_url};
use crate::base::error::AppError;
use crate::base::roles::Permission;
use crate::base::text::isolated;
use crate::base::time::{format_date, format_datetime};
use crate::base::units::Paise;
use crate::http::current_user::CurrentUser;
use crate::ui::dom::{HEADING, restore_focus};
use crate::ui::form_dialog::{Cancel, FormDialog};
use crate::ui::form_state::{FormState, ReturnedForm};
use crate::ui::latest_resource::LatestResource;
use crate::ui::post_form::{ChoiceInput, PostForm, TextInput};
use crate::ui::refresh::RefreshCounter;
use crate::ui::region::Region;
use crate::ui::title::PageTitle;

/// The page of a customer's services, and the dialog over it.
#[component]
pub fn ServicesPage() -> impl IntoView {
    let path = use_location().pathname;
    let parsed = Memo::new(move |_| routes::parse(&path.get()));
    let customer = Memo::new(move |_| parsed.get().map(|(customer, _)| customer).unwrap_or_default());
    let changes = RefreshCounter::of_app();
    let answer = LatestResource::new(
        move || (customer.get(), changes.count()),
        |(customer, _)| get_services(customer),
    );
    restore_focus(move || answer.has_update(), HEADING);
    let content = move |page: CustomerServices| {
        let dialog = parsed.get().map(|(_, dialog)| dialog);
        view! { <Content page dialog/> }.into_any()
    };
    view! { <Region id="services" answer view=content/> }
}

#[component]
fn Content(page: CustomerServices, dialog: Option<ServicesDialog>) -> impl IntoView {
    let id = page.customer.id;
    let title = format!("Services of {}", isolated(&page.customer.name));
    let cards = page
        .services
        .iter()
        .map(|service| view! { {service_card(id, service)} {history(service)} });
    let cards = cards.collect_view();
    let none = page
        .services
        .is_empty()
        .then(|| view! { <div class="empty"><h2>"No services"</h2></div> });
    let is_allowed = |dialog: ServicesDialog| dialog.permission().is_none_or(CurrentUser::may);
    let dialog = dialog.and_then(|dialog| match is_allowed(dialog) {
        true => dialog_view(dialog, &page),
        false => Some(forbidden(id)),
    });
    view! {
        <PageTitle text=title/>
        <p class="back"><a href=customer_url(id)>"← " <bdi>{page.customer.name.clone()}</bdi></a></p>
        <div class="page-header">
            <h1 id=HEADING tabindex="-1">"Services"</h1>
            <span class="muted"><bdi>{page.customer.name}</bdi> " " {page.customer.reference}</span>
            <div class="actions">{order_link(id)}</div>
        </div>
        {none}
        <div class="services">{cards}</div>
        {dialog}
    }
}

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
            {cards.collect_view()}
        </section>
    }
    .into_any()
}

fn order_link(customer: Uuid) -> Option<impl IntoView + use<>> {
    let may = CurrentUser::may(Permission::SellServices);
    may.then(|| view! { <a class="button" id="order" data-noscroll href=order_url(customer)>"Order a service"</a> })
}

/// How a service stands, what can be done, and what is planned.
fn service_card(customer: Uuid, service: &ServiceView) -> impl IntoView + use<> {
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
        let aria = format!("{}: {}", action.label(), plan.plan.name);
        view! {
            <a class="button" id=format!("{action}-{id}") data-noscroll href=action_url(customer, id, action) aria-label=aria>{action.label()}</a>
        }
    });
    let actions = actions.collect_view();
    let planned = service
        .events
        .iter()
        .filter(|event| event.progress == EventProgress::Waiting);
    let planned = planned.map(|event| planned_event(customer, event)).collect_view();
    let title = format!("service-{id}");
    view! {
        <section class="card service" aria-labelledby=title.clone()>
            <h3 id=title.clone()>
                <bdi>{plan.plan.name.clone()}</bdi> " "
                <span class=format!("tag {}", state.status.as_str().to_lowercase())>{state.status.as_str()}</span>
            </h3>
            <dl>
                {row("Price", format!("{} a month, billed {}", state.price, plan.billing_cycle.as_str().to_lowercase()))}
                {row("Speed", format!("{} {}", plan.plan_type, plan.speed))}
                {row(since, format_date(state.starts_on))}
                {state.paid_through.map(|day| row("Billed through", format_date(day)))}
                {service.login.clone().map(|login| row("Login", login))}
                {ended}
            </dl>
            <ul class="planned">{planned}</ul>
            <p class="actions">{actions}</p>
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
fn event_text(event: &EventView) -> String {
    match &event.plan {
        Some((Some(before), plan)) => format!("{}, {before} → {plan}", event.kind),
        Some((None, plan)) => format!("{}, {plan}", event.kind),
        None => event.kind.to_string(),
    }
}

/// All that happened to a service.
fn history(service: &ServiceView) -> impl IntoView + use<> {
    let rows = service.events.iter().map(|event| {
        let progress = match &event.progress {
            EventProgress::Waiting => "Planned".to_owned(),
            EventProgress::Applied => "Done".to_owned(),
            EventProgress::Withdrawn => "Withdrawn".to_owned(),
            EventProgress::Refused(why) => format!("Not done. {why}"),
        };
        let reason = event.reason.clone();
        view! {
            <tr>
                <th scope="row">{format_date(event.effective_on)}</th>
                <td data-label="What">{event_text(event)}</td>
                <td data-label="Why">{event.cause.as_str()} {reason.map(|reason| view! { ": " <bdi>{reason}</bdi> })}</td>
                <td data-label="Result">{progress}</td>
                <td data-label="By"><bdi>{event.by.name().to_owned()}</bdi> " " <span class="muted">{format_datetime(event.created_at)}</span></td>
            </tr>
        }
    });
    let caption = format!("What happened to {}", service.plan.plan.name);
    view! {
        <div class="table-card">
            <div class="scroll" tabindex="0" role="group" aria-label=format!("{caption}, scrolls sideways")>
                <table>
                    <caption class="visually-hidden">{caption.clone()}</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Day"</th>
                            <th scope="col">"What"</th>
                            <th scope="col">"Why"</th>
                            <th scope="col">"Result"</th>
                            <th scope="col">"By"</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </div>
    }
}

/// A dialog over the page; none where there is none to show.
fn dialog_view(dialog: ServicesDialog, page: &CustomerServices) -> Option<AnyView> {
    let find = |id: Uuid| page.services.iter().find(|service| service.id == id).cloned();
    Some(match dialog {
        ServicesDialog::None => return None,
        ServicesDialog::Order => view! { <OrderDialog page=page.clone()/> }.into_any(),
        ServicesDialog::Act(id, action) => match find(id) {
            Some(service) => view! { <ActionDialog page=page.clone() service action/> }.into_any(),
            None => missing(page.customer.id),
        },
        ServicesDialog::Withdraw(id) => {
            let events = page.services.iter().flat_map(|service| &service.events);
            match events
                .filter(|event| event.progress == EventProgress::Waiting)
                .find(|event| event.id == id)
            {
                Some(event) => view! { <WithdrawDialog customer=page.customer.id event=event.clone()/> }.into_any(),
                None => missing(page.customer.id),
            }
        }
    })
}

fn forbidden(customer: Uuid) -> AnyView {
    AppError::Forbidden.set_status();
    view! {
        <FormDialog title="Not allowed" close_to=customer_url(customer)>
            <div class="fields"><p>{AppError::Forbidden.to_string()}</p></div>
        </FormDialog>
    }
    .into_any()
}

fn missing(customer: Uuid) -> AnyView {
    AppError::NotFound.set_status();
    view! {
        <FormDialog title="Not found" close_to=customer_url(customer)>
            <div class="fields"><p>"This was done or withdrawn meanwhile, or the link is incomplete."</p></div>
        </FormDialog>
    }
    .into_any()
}

fn day_input(label: &'static str, help: &'static str, today: NaiveDate, posted: &FormState) -> impl IntoView + use<> {
    let value = today.to_string();
    view! { <TextInput name="day" label kind="date" posted=posted.clone() value help=Some(help)/> }
}

fn login_input(login: Option<String>, posted: &FormState) -> impl IntoView + use<> {
    let help = Some("What the router signs in with; leave empty if there is none");
    view! { <TextInput name="login" label="Login" posted=posted.clone() value=login.unwrap_or_default() help/> }
}

#[component]
fn OrderDialog(page: CustomerServices) -> impl IntoView {
    let posted = ReturnedForm::of_page();
    let id = Some(posted.value("id")).filter(|id| !id.is_empty());
    let id = id.unwrap_or_else(|| page.new_service.to_string());
    let plans = page.plans.iter().map(|plan| (plan.id.to_string(), plan.label()));
    let plans: Vec<_> = std::iter::once((String::new(), "Choose a plan".to_owned()))
        .chain(plans)
        .collect();
    let buttons = || view! { <Cancel/> <button class="button primary">"Order service"</button> };
    view! {
        <FormDialog title="Order a service" close_to=customer_url(page.customer.id)>
            <PostForm posted=posted.clone() footer=buttons>
                <input type="hidden" name="id" value=id autocomplete="off"/>
                <ChoiceInput name="plan" label="Plan" options=plans posted=posted.clone()/>
                {day_input("Start day", "The day of the connection; it can be a later one", page.today, &posted)}
                {login_input(None, &posted)}
            </PostForm>
        </FormDialog>
    }
}

#[component]
fn ActionDialog(page: CustomerServices, service: ServiceView, action: ServiceAction) -> impl IntoView {
    let posted = ReturnedForm::of_page();
    let ServiceView { state, plan, .. } = service;
    let title = format!("{} {}", action.label(), isolated(&plan.plan.name));
    let class = match action {
        ServiceAction::End | ServiceAction::Suspend => "button danger",
        _ => "button primary",
    };
    let buttons = move || view! { <Cancel/> <button class=class>{action.label()}</button> };
    let now = format!(
        "Now: {}, {} a month, billed {}.",
        plan.plan.name,
        state.price,
        plan.billing_cycle.as_str().to_lowercase()
    );
    let plans = (action == ServiceAction::ChangePlan).then(|| {
        let options = page
            .plans
            .iter()
            .map(|plan| (plan.id.to_string(), plan.label_after(state.price)));
        let options = std::iter::once((String::new(), "Choose a plan".to_owned())).chain(options);
        view! {
            <p>{now}</p>
            <ChoiceInput name="plan" label="New plan" options=options.collect() posted=posted.clone()/>
        }
    });
    let owed = matches!(
        action,
        ServiceAction::Suspend | ServiceAction::Resume | ServiceAction::End
    )
    .then(|| {
        let owed = match page.outstanding {
            Paise(..=0) => "The customer owes nothing.".to_owned(),
            amount => format!("The customer owes {amount}."),
        };
        view! { <p>{owed}</p> }
    });
    let inputs = match action.event() {
        None => login_input(service.login, &posted).into_any(),
        Some(_) => {
            let causes = action
                .causes()
                .iter()
                .map(|cause| (cause.to_string(), cause.to_string()));
            let (day, help) = match action {
                ServiceAction::End => ("Last day", "Nothing is billed after it"),
                _ => ("Day", "Today, or a later day"),
            };
            let reason = match action {
                ServiceAction::End => "Reason",
                _ => "Reason (optional)",
            };
            view! {
                {day_input(day, help, page.today, &posted)}
                <ChoiceInput name="cause" label="Cause" options=causes.collect() posted=posted.clone()/>
                <TextInput name="reason" label=reason posted=posted.clone()/>
            }
            .into_any()
        }
    };
    view! {
        <FormDialog title close_to=customer_url(page.customer.id)>
            <PostForm posted=posted.clone() footer=buttons>
                <input type="hidden" name="version" value=service.version.to_string() autocomplete="off"/>
                {owed}
                {plans}
                {inputs}
            </PostForm>
        </FormDialog>
    }
}

#[component]
fn WithdrawDialog(customer: Uuid, event: EventView) -> impl IntoView {
    let posted = ReturnedForm::of_page();
    let text = format!("{} on {}", event_text(&event), format_date(event.effective_on));
    let buttons = || view! { <Cancel/> <button class="button primary">"Withdraw"</button> };
    view! {
        <FormDialog title="Withdraw planned change?" close_to=customer_url(customer)>
            <PostForm posted footer=buttons>
                <p>{text} ". The service stays as it is."</p>
            </PostForm>
        </FormDialog>
    }
}
