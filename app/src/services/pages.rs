//! The page of a customer's services, with all that happened to them, and the dialogs over it.

use chrono::NaiveDate;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use uuid::Uuid;

use super::api::get_services;
use super::cards::{event_text, order_link, service_card};
use super::model::ServiceAction;
use super::responses::{CustomerServices, EventProgress, EventView, ServiceView};
use super::routes::{self, ServicesDialog, customer_url};
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
use crate::ui::page_link::back_link;
use crate::ui::post_form::{ChoiceInput, PostForm, TextInput};
use crate::ui::refresh::RefreshCounter;
use crate::ui::region::Region;
use crate::ui::title::PageTitle;

/// The page of a customer's services, and the dialog over it.
#[component]
pub fn ServicesPage() -> impl IntoView {
    let path = use_location().pathname;
    let parsed = Memo::new(move |_| routes::parse(&path.get()));
    // Who leaves for another page changes the address before this page goes.
    let customer = Memo::new(move |before: Option<&Uuid>| {
        let now = parsed.get().map(|(customer, _)| customer);
        now.or(before.copied()).unwrap_or_default()
    });
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
        .map(|service| view! { <div class="service-history">{service_card(id, service)} {history(service)}</div> });
    let cards = cards.collect_view();
    let none = page
        .services
        .is_empty()
        .then(|| view! { <div class="empty"><h3>"No services"</h3></div> });
    let dialog =
        dialog.and_then(
            |dialog| match dialog.permission().filter(|permission| !CurrentUser::may(*permission)) {
                None => dialog_view(dialog, &page),
                Some(permission) => Some(forbidden(id, permission)),
            },
        );
    view! {
        <PageTitle text=title/>
        {back_link(customer_url(id), page.customer.name.clone())}
        <div class="page-header">
            <h1 id=HEADING tabindex="-1">"Services"</h1>
            <span class="muted"><bdi>{page.customer.name}</bdi> " " {page.customer.reference}</span>
            <div class="actions">{order_link(id)}</div>
        </div>
        // The cards' own headings are below one that the record shows.
        <h2 class="visually-hidden">"All services"</h2>
        {none}
        {cards}
        {dialog}
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
    let caption = format!("What happened to {}", isolated(&service.plan.plan.name));
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

fn forbidden(customer: Uuid, permission: Permission) -> AnyView {
    let error = AppError::Forbidden(permission);
    error.set_status();
    view! {
        <FormDialog title="Not allowed" close_to=customer_url(customer)>
            <div class="fields"><p>{error.to_string()}</p></div>
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
    let title = format!("{}: {}", action.label(), isolated(&plan.plan.name));
    let class = match action {
        ServiceAction::End | ServiceAction::Suspend => "button danger",
        _ => "button primary",
    };
    let buttons = move || view! { <Cancel/> <button class=class>{action.label()}</button> };
    let now = format!(
        "Now: {}, {} per month, billed {}.",
        isolated(&plan.plan.name),
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
