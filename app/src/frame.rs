//! The frame around every page: the table of routes, the navigation, the notice.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::hooks::use_location;
use leptos_router::{SsrMode, path};
use uuid::Uuid;

use crate::customers::api::take_notice;
use crate::customers::deletion::restore_with_notice;
use crate::customers::view::Told;
use crate::customers::{CustomersPage, HEADING, Unsaved, focus, place};
use crate::ui::changes::Changes;
use crate::ui::fault::NotFound;
use crate::ui::notice::{Notice, NoticeBar, Notices};

/// The application.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    Notices::provide();
    Unsaved::provide();
    Changes::provide();
    view! {
        <Title text="Lastmile"/>
        <Router>
            <a class="skip" href="#main" rel="external">"Skip to content"</a>
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
                </Routes>
            </main>
            <NoticePlace/>
        </Router>
    }
}

/// Where one can go.
#[component]
fn Navigation() -> impl IntoView {
    let location = use_location();
    let link = move |href: &'static str, label: &'static str| {
        let current = move || {
            let (path, search) = href.split_once('?').unwrap_or((href, ""));
            let here =
                location.pathname.get() == path && location.search.with(|now| now.trim_start_matches('?') == search);
            here.then_some("page")
        };
        view! { <a href=href aria-current=current>{label}</a> }
    };
    view! {
        <nav class="rail" aria-label="Main">
            <a class="brand" href="/customers" aria-label="Lastmile, all customers">
                <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
                    <path d="M3 17V9M8 17V5M13 17V11M18 17V3" stroke="currentColor" stroke-width="2.6" stroke-linecap="round"></path>
                </svg>
                <span>"Lastmile"</span>
            </a>
            <div class="links">
                {link("/customers", "Customers")}
                <h2>"Views"</h2>
                {link("/customers?status=Active&churn=High&churn=Medium&sort=churn", "At risk")}
                {link("/customers?sort=-outstanding", "Owing most")}
                {link("/customers?status=Active&sort=next_billing", "Next bills")}
                {link("/customers?status=Pending&sort=since", "To connect")}
                <h2>"Desk"</h2>
                {link("/customers/deleted", "Deleted")}
            </div>
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
