//! The frame around every page: the table of routes, the navigation, the notice.

use leptos::{ev, prelude::*, task::spawn_local};
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{Outlet, ParentRoute, Route, Router, Routes};
use leptos_router::hooks::use_location;
use leptos_router::{SsrMode, path};
use uuid::Uuid;

use crate::customers::model::field::Field;
use crate::customers::place::Place;
use crate::customers::{self, CustomersPage, Unsaved, place, restore_with_notice};
use crate::error::AppError;
use crate::history::subjects::{FieldName, Subjects};
use crate::history::{HistoryPage, model::Entity};
use crate::people::me::Person;
use crate::people::model::Stage;
use crate::people::model::roles::Right;
use crate::people::{Page, place as people};
use crate::told::{Told, take_notice};
use crate::ui::changes::Changes;
use crate::ui::dom::{HEADING, focus, target};
use crate::ui::fault::{NotFound, WholePage};
use crate::ui::notice::{Notice, NoticeBar, Notices};
use crate::ui::part::{Fetch, Later, part};
use crate::ui::posted::Returned;

/// A page of what is around the customers.
#[derive(Clone, Copy)]
enum House {
    People(Page),
    History,
}

part! {
    /// The pages of what is around the customers.
    HOUSE, in house, by fetch_house: fn house(page: House) {
        match page {
            House::People(page) => page.view(),
            House::History => view! { <HistoryPage/> }.into_any(),
        }
    }
}

/// The application.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    Person::provide();
    provide_context(WholePage(Person::of_page().is_none()));
    Returned::provide();
    Notices::provide();
    Unsaved::provide();
    Changes::provide();
    subjects().provide();
    view! {
        <Title text="Lastmile"/>
        <Router>
            <a class="skip" href="#main" rel="external">"Skip to content"</a>
            <Elsewhere/>
            <PartsAhead/>
            <Navigation/>
            <main id="main" tabindex="-1">
                <Routes fallback=|| view! { <NotFound/> }>
                    <ParentRoute path=path!("/customers") view=CustomersPage ssr=SsrMode::Async>
                        <Route path=path!("") view=|| () ssr=SsrMode::Async/>
                        <Route path=path!("new") view=|| () ssr=SsrMode::Async/>
                        <Route path=path!("deleted") view=|| () ssr=SsrMode::Async/>
                        <Route path=path!(":id") view=|| () ssr=SsrMode::Async/>
                        <Route path=path!(":id/edit") view=|| () ssr=SsrMode::Async/>
                        <Route path=path!(":id/delete") view=|| () ssr=SsrMode::Async/>
                    </ParentRoute>
                    <Route path=path!("/history") view=|| view! { <Later part=&HOUSE of=House::History/> } ssr=SsrMode::Async/>
                    <Route path=path!("/sign-in") view=|| view! { <Later part=&HOUSE of=House::People(Page::SignIn)/> } ssr=SsrMode::Async/>
                    <Route path=path!("/sign-in/code") view=|| view! { <Later part=&HOUSE of=House::People(Page::Code)/> } ssr=SsrMode::Async/>
                    <Route path=path!("/link/:token") view=|| view! { <Later part=&HOUSE of=House::People(Page::Link)/> } ssr=SsrMode::Async/>
                    <ParentRoute path=path!("/account") view=|| with_dialogs(Page::Account) ssr=SsrMode::Async>
                        <Route path=path!("") view=|| () ssr=SsrMode::Async/>
                        <Route path=path!("password") view=|| () ssr=SsrMode::Async/>
                        <Route path=path!("two-step") view=|| () ssr=SsrMode::Async/>
                        <Route path=path!("two-step/off") view=|| () ssr=SsrMode::Async/>
                        <Route path=path!("recovery-codes") view=|| () ssr=SsrMode::Async/>
                    </ParentRoute>
                    <ParentRoute path=path!("/settings/users") view=|| with_dialogs(Page::Users) ssr=SsrMode::Async>
                        <Route path=path!("") view=|| () ssr=SsrMode::Async/>
                        <Route path=path!("new") view=|| () ssr=SsrMode::Async/>
                        <Route path=path!(":id/:action") view=|| () ssr=SsrMode::Async/>
                    </ParentRoute>
                    <ParentRoute path=path!("/settings/roles") view=|| with_dialogs(Page::Roles) ssr=SsrMode::Async>
                        <Route path=path!("") view=|| () ssr=SsrMode::Async/>
                        <Route path=path!("sessions") view=|| () ssr=SsrMode::Async/>
                        <Route path=path!(":role/two-step") view=|| () ssr=SsrMode::Async/>
                    </ParentRoute>
                </Routes>
            </main>
            <NoticePlace/>
        </Router>
    }
}

/// A page of people, whose dialogs are routes below it.
fn with_dialogs(page: Page) -> impl IntoView {
    view! { <Later part=&HOUSE of=House::People(page)/> <Outlet/> }
}

/// The parts that an address needs.
pub fn parts_of(address: &str) -> Vec<&'static dyn Fetch> {
    let (path, search) = address.split_once('?').unwrap_or((address, ""));
    match path.split('/').nth(1) {
        Some("customers") => customers::parts_of(Place::read(path, search)),
        Some("history" | "account" | "settings" | "sign-in" | "link") => vec![&HOUSE],
        _ => Vec::new(),
    }
}

/// Tells what a page does before the program is there (`customers/pages/list/early.js`) to leave it to the program from now on. In the browser only.
pub fn announce_taking_over() {
    if let Ok(event) = web_sys::Event::new("taken-over") {
        let _ = window().dispatch_event(&event);
    }
}

/// Fetches the parts that an address needs.
///
/// # Errors
/// `Incomplete`.
pub async fn fetch_parts(address: &str) -> Result<(), AppError> {
    for part in parts_of(address) {
        part.fetch().await?;
    }
    Ok(())
}

/// Draws nothing: fetches what a link needs as soon as the person seems to be about to follow it.
#[component]
fn PartsAhead() -> impl IntoView {
    let fetch = |event: &web_sys::Event| {
        let link = target::<web_sys::Element>(event).and_then(|element| element.closest("a[href]").ok().flatten());
        if let Some(address) = link.and_then(|link| link.get_attribute("href")) {
            // What does not come is asked for again when the link is followed.
            spawn_local(async move { fetch_parts(&address).await.unwrap_or_default() });
        }
    };
    Effect::new(move |_| {
        window_event_listener(ev::pointerover, move |event| fetch(&event));
        window_event_listener(ev::focusin, move |event| fetch(&event));
    });
}

/// What the history has to know of the subjects.
fn subjects() -> Subjects {
    let fields = Field::ALL.iter().map(|field| FieldName {
        entity: Entity::Customer,
        word: field.word(),
        label: field.label(),
    });
    Subjects::new(fields.collect(), |entity, id| match entity {
        Entity::Customer => Some(place::record(id, "")),
        _ => None,
    })
}

/// Draws nothing: lets go of a form that came back, once the person goes elsewhere.
#[component]
fn Elsewhere() -> impl IntoView {
    Returned::forget_elsewhere();
}

/// Where one can go: nowhere, until one is in; and only to what one's role may see.
#[component]
fn Navigation() -> impl IntoView {
    let location = use_location();
    let link = move |href: &'static str, label: &'static str| {
        let current = move || {
            let (path, search) = href.split_once('?').unwrap_or((href, ""));
            let here = location.pathname.get();
            // A dialog over a page of settings is still that page.
            let page = here == path || (here.starts_with("/settings/") && here.starts_with(&format!("{path}/")));
            (page && location.search.with(|now| now.trim_start_matches('?') == search)).then_some("page")
        };
        view! { <a href=href aria-current=current>{label}</a> }
    };
    let me = Person::of_page();
    let links = me.as_ref().filter(|me| me.stage == Stage::In).map(|me| {
        let edits = me.may(Right::EditCustomers);
        let admin = me.may(Right::Administer);
        view! {
            <div class="links">
                {link("/customers", "Customers")}
                <h2>"Views"</h2>
                {link("/customers?status=Active&churn=High&churn=Medium&sort=churn", "At risk")}
                {link("/customers?sort=-outstanding", "Owing most")}
                {link("/customers?status=Active&sort=next_billing", "Next bills")}
                {link("/customers?status=Pending&sort=since", "To connect")}
                {edits.then(|| view! { <h2>"Desk"</h2> {link("/customers/deleted", "Deleted")} })}
                <h2>"House"</h2>
                {admin.then(|| view! { {link(people::USERS, "Users")} {link("/history", "History")} })}
                {link(people::ROLES, "Roles")}
            </div>
        }
    });
    let who = me.map(|me| {
        let account = (me.stage == Stage::In).then(|| {
            let label = format!("Your account: {}, {}", me.name, me.role);
            view! { <a href=people::ACCOUNT aria-label=label>{me.name.clone()} " " <span class="sub">{me.role.word()}</span></a> }
        });
        view! {
            <div class="who">
                {account}
                <form method="post" action=people::SIGN_OUT><button class="button quiet">"Sign out"</button></form>
            </div>
        }
    });
    view! {
        <nav class="rail" aria-label="Main">
            <a class="brand" href="/customers" aria-label="Lastmile, all customers">
                <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
                    <path d="M3 17V9M8 17V5M13 17V11M18 17V3" stroke="currentColor" stroke-width="2.6" stroke-linecap="round"></path>
                </svg>
                <span>"Lastmile"</span>
            </a>
            {links}
            {who}
        </nav>
    }
}

/// The notice: what was done here, or, without script, on the page before.
#[component]
fn NoticePlace() -> impl IntoView {
    let notices = Notices::of_app();
    let changes = Changes::of_app();
    let before = Resource::new_blocking(|| (), |()| take_notice());
    let dismissed = RwSignal::new(false);
    let undo = Callback::new(move |address: String| {
        let id = address.split('/').find_map(|part| Uuid::parse_str(part).ok());
        if let Some(id) = id {
            restore_with_notice(id, notices, move || changes.note());
            focus(HEADING);
        }
    });
    let dismiss = Callback::new(move |()| {
        dismissed.set(true);
        notices.dismiss();
        focus(HEADING);
    });
    let told = move || {
        let told = before.get().and_then(Result::ok).flatten().filter(|_| !dismissed.get());
        let told = told.map(|Told { text, failed, undo }| Notice {
            text,
            failed,
            undo: undo.map(place::restore),
        });
        let notice = Signal::derive(move || notices.shown().or(told.clone()));
        view! { <NoticeBar notice undo dismiss/> }
    };
    view! { <Suspense>{told}</Suspense> }
}
