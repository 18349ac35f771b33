//! The layout around every page: the routes, the navigation, the toast.

use leptos::{ev, html, prelude::*, task::spawn_local};
use leptos_meta::provide_meta_context;
use leptos_router::components::{Outlet, ParentRoute, Route, Router, Routes};
use leptos_router::hooks::use_location;
use leptos_router::{SsrMode, StaticSegment, path};

use crate::base::error::AppError;
use crate::base::roles::Permission;
use crate::base::text::isolated;
use crate::billing::lists::{BILL_LIST, PAYMENT_LIST};
use crate::billing::{self, routes as billing_routes};
use crate::customers;
use crate::history::HistoryPage;
use crate::holidays;
use crate::http::current_user::{CurrentUser, ExpectedUser, get_current_user};
use crate::http::flash::take_flash;
use crate::http::user_summary::{AuthStage, UserSummary};
use crate::jobs::{self, JobsPage};
use crate::leads;
use crate::list::page_context::LeftList;
use crate::list::query::ListQuery;
use crate::list::read_only::{ReadOnlyList, ReadOnlyListPage};
use crate::list::routes::{self as list_routes, Dialog, is_address_of, parse_restore_url};
use crate::list::views::View;
use crate::plans;
use crate::record::restore_with_toast;
use crate::record::subject::{AllSubjects, RecordExtra, SubjectDialogs, SubjectPages};
use crate::record::subject_page::{SubjectPage, dialog_view};
use crate::served_pin_codes;
use crate::services::{self, ServicesPage};
use crate::ui::dom::{HEADING, closest, focus, target};
use crate::ui::error_view::{NotFound, RetryReloads, use_address};
use crate::ui::form_state::ReturnedForm;
use crate::ui::lazy::{Lazy, Preload, lazy_chunk};
use crate::ui::refresh::RefreshCounter;
use crate::ui::title::provide_titles;
use crate::ui::toast::{ToastBar, Toasts};
use crate::ui::unsaved::UnsavedDrafts;
use crate::users::{Page, routes as users};

/// The subjects that have a list and records.
static SUBJECTS: &[&SubjectPages] = &[
    &customers::PAGES,
    &leads::PAGES,
    &served_pin_codes::PAGES,
    &plans::PAGES,
    &holidays::PAGES,
];

/// The lists whose rows are made on other pages.
static READ_ONLY_LISTS: &[&ReadOnlyList] = &[&BILL_LIST, &PAYMENT_LIST];

/// What is shown on records besides.
static EXTRAS: &[&RecordExtra] = &[&billing::CUSTOMER_MONEY];

/// How a link of the navigation stands to the page at an address: it leads to it, or, where no link does, to the list that it belongs to.
fn link_state(href: &str, path: &str, search: &str) -> Option<&'static str> {
    let (to, query) = href.split_once('?').unwrap_or((href, ""));
    // The path of a dialog over a settings page begins with that page's path.
    let is_page = path == to || (path.starts_with("/settings/") && path.starts_with(&format!("{to}/")));
    if is_page && search == query {
        return Some("page");
    }
    // A search of the deleted records.
    if path == to && path.ends_with("/deleted") {
        return Some("true");
    }
    // Services are shown with their customer.
    if href == services::routes::CUSTOMERS && services::routes::parse(path).is_some() {
        return Some("true");
    }
    if let Some(view) = view_of(path, search)
        && view == href
    {
        return Some("true");
    }
    let Some(subject) = subject_of(path) else {
        // A filter of the page, or a page below it: a bill of the list of bills.
        let is_within = path
            .strip_prefix(to)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        return is_within.then_some("true");
    };
    if subject.spec.path != href {
        return None;
    }
    let has_link = match list_routes::Route::parse(path, search).page {
        list_routes::Page::List => path == to && view_of(path, search).is_some(),
        page => page == list_routes::Page::Deleted,
    };
    (!has_link).then_some("true")
}

/// The address of the ready-made view that the list at an address began with.
fn view_of(path: &str, search: &str) -> Option<String> {
    let subject = subject_of(path).filter(|subject| subject.spec.path == path)?;
    let query = ListQuery::parse(subject.spec, search).0;
    View::of(subject.views, &query).map(|view| view.url(subject.spec))
}

lazy_chunk! {
    /// The dialogs of all subjects.
    DIALOGS, file record_dialogs, preload preload_dialogs: fn record_dialog(dialog: Dialog) {
        static ALL: &[&SubjectDialogs] = &[&customers::DIALOGS, &leads::DIALOGS, &served_pin_codes::DIALOGS, &plans::DIALOGS, &holidays::DIALOGS];
        dialog_view(dialog, ALL)
    }
}

/// The subject of an address.
fn subject_of(path: &str) -> Option<&'static SubjectPages> {
    let mut subjects = SUBJECTS.iter().copied();
    subjects.find(|subject| is_address_of(subject.spec, path))
}

/// A page whose code the browser loads when it is needed.
#[derive(Clone, Copy)]
enum LazyPage {
    Users(Page),
    Billing(billing::Page),
    History,
    MyDay,
    Jobs,
    Services,
}

lazy_chunk! {
    /// The pages of users, of money, of the history and of jobs, and "My day".
    OTHER_PAGES, file other_pages, preload preload_other_pages: fn other_page(page: LazyPage) {
        match page {
            LazyPage::Users(page) => page.view(),
            LazyPage::Billing(page) => page.view(),
            LazyPage::History => view! { <HistoryPage/> }.into_any(),
            LazyPage::Jobs => view! { <JobsPage/> }.into_any(),
            LazyPage::Services => view! { <ServicesPage/> }.into_any(),
            LazyPage::MyDay => view! { <leads::MyDayPage/> }.into_any(),
        }
    }
}

/// The application.
#[component]
pub fn App() -> impl IntoView {
    provide_state();
    view! {
        <Router>
            <a class="skip" href="#main" rel="external">"Skip to content"</a>
            <ClearFormState/>
            <PrefetchChunks/>
            <Navigation/>
            <main id="main" tabindex="-1">
                <Routes fallback=|| view! { <NotFound/> }>
                    <SubjectRoutes subject=&customers::PAGES/>
                    <SubjectRoutes subject=&leads::PAGES/>
                    <SubjectRoutes subject=&served_pin_codes::PAGES/>
                    <SubjectRoutes subject=&plans::PAGES/>
                    <SubjectRoutes subject=&holidays::PAGES/>
                    <Route path=path!("/my-day") view=|| view! { <Lazy chunk=&OTHER_PAGES input=LazyPage::MyDay/> } ssr=SsrMode::Async/>
                    <BillingRoutes/>
                    <Route path=path!("/jobs") view=|| view! { <Lazy chunk=&OTHER_PAGES input=LazyPage::Jobs/> } ssr=SsrMode::Async/>
                    <Route path=path!("/history") view=|| view! { <Lazy chunk=&OTHER_PAGES input=LazyPage::History/> } ssr=SsrMode::Async/>
                    <Route path=path!("/sign-in") view=|| view! { <Lazy chunk=&OTHER_PAGES input=LazyPage::Users(Page::SignIn)/> } ssr=SsrMode::Async/>
                    <Route path=path!("/sign-in/code") view=|| view! { <Lazy chunk=&OTHER_PAGES input=LazyPage::Users(Page::Code)/> } ssr=SsrMode::Async/>
                    <Route path=path!("/link/:token") view=|| view! { <Lazy chunk=&OTHER_PAGES input=LazyPage::Users(Page::Link)/> } ssr=SsrMode::Async/>
                    <ParentRoute path=path!("/services/:customer") view=|| view! { <Lazy chunk=&OTHER_PAGES input=LazyPage::Services/> <Outlet/> } ssr=SsrMode::Async>
                        <Route path=path!("") view=|| () ssr=SsrMode::Async/>
                        <Route path=path!("order") view=|| () ssr=SsrMode::Async/>
                        <Route path=path!(":id/:action") view=|| () ssr=SsrMode::Async/>
                    </ParentRoute>
                    <ParentRoute path=path!("/account") view=|| with_dialogs(Page::Account) ssr=SsrMode::Async>
                        <Route path=path!("") view=|| () ssr=SsrMode::Async/>
                        <Route path=path!("password") view=|| () ssr=SsrMode::Async/>
                        <Route path=path!("two-step") view=|| () ssr=SsrMode::Async/>
                        <Route path=path!("two-step/off") view=|| () ssr=SsrMode::Async/>
                        <Route path=path!("recovery-codes") view=|| () ssr=SsrMode::Async/>
                        <Route path=path!("sessions") view=|| () ssr=SsrMode::Async/>
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
            <FlashNotice/>
            <OtherUserNotice/>
        </Router>
    }
}

/// The routes of a subject: its page shows all of them (`list/routes.rs` tells which is which).
#[component(transparent)]
fn SubjectRoutes(
    /// The subject.
    subject: &'static SubjectPages,
) -> impl MatchNestedRoutes + Clone {
    view! {
        <ParentRoute path=StaticSegment(subject.spec.path) view=move || view! { <SubjectPage subject/> } ssr=SsrMode::Async>
            <Route path=path!("") view=|| () ssr=SsrMode::Async/>
            <Route path=path!("new") view=|| () ssr=SsrMode::Async/>
            <Route path=path!("board") view=|| () ssr=SsrMode::Async/>
            <Route path=path!("deleted") view=|| () ssr=SsrMode::Async/>
            <Route path=path!(":id") view=|| () ssr=SsrMode::Async/>
            <Route path=path!(":id/edit") view=|| () ssr=SsrMode::Async/>
            <Route path=path!(":id/delete") view=|| () ssr=SsrMode::Async/>
            <Route path=path!(":id/convert") view=|| () ssr=SsrMode::Async/>
        </ParentRoute>
    }
    .into_inner()
}

/// The routes of the pages about money.
#[component(transparent)]
fn BillingRoutes() -> impl MatchNestedRoutes + Clone {
    use billing::Page::*;
    view! {
        <ParentRoute path=path!("") view=|| view! { <Outlet/> } ssr=SsrMode::Async>
            <Route path=path!("/bills") view=|| view! { <ReadOnlyListPage list=&BILL_LIST/> } ssr=SsrMode::Async/>
            <Route path=path!("/payments") view=|| view! { <ReadOnlyListPage list=&PAYMENT_LIST/> } ssr=SsrMode::Async/>
            <Route path=path!("/payments/new/:id") view=|| billing_page(TakePayment) ssr=SsrMode::Async/>
            <Route path=path!("/payments/:id") view=|| billing_page(Receipt) ssr=SsrMode::Async/>
            <Route path=path!("/payments/:id/reverse") view=|| billing_page(Reverse) ssr=SsrMode::Async/>
            <Route path=path!("/bills/new/:id") view=|| billing_page(IssueBill) ssr=SsrMode::Async/>
            <Route path=path!("/bills/:id") view=|| billing_page(Bill) ssr=SsrMode::Async/>
            <Route path=path!("/bills/:id/credit") view=|| billing_page(Credit) ssr=SsrMode::Async/>
            <Route path=path!("/statements/:id") view=|| billing_page(Statement) ssr=SsrMode::Async/>
            <Route path=path!("/dues") view=|| billing_page(Dues) ssr=SsrMode::Async/>
            <Route path=path!("/settings/provider") view=|| billing_page(Provider) ssr=SsrMode::Async/>
        </ParentRoute>
    }
    .into_inner()
}

fn billing_page(page: billing::Page) -> impl IntoView {
    view! { <Lazy chunk=&OTHER_PAGES input=LazyPage::Billing(page)/> }
}

/// Provides what all pages share.
fn provide_state() {
    provide_meta_context();
    provide_titles();
    CurrentUser::provide();
    provide_context(RetryReloads(CurrentUser::get().is_none()));
    provide_context(AllSubjects {
        pages: SUBJECTS,
        dialogs: &DIALOGS,
        extras: EXTRAS,
    });
    ReturnedForm::provide();
    Toasts::provide();
    UnsavedDrafts::provide();
    RefreshCounter::provide();
    LeftList::provide();
}

/// A page of users, whose dialogs are routes below it.
fn with_dialogs(page: Page) -> impl IntoView {
    view! { <Lazy chunk=&OTHER_PAGES input=LazyPage::Users(page)/> <Outlet/> }
}

/// Whether an address leads to a list, with no dialog over it.
#[cfg(feature = "ssr")]
pub fn shows_list(address: &str) -> bool {
    SUBJECTS.iter().any(|subject| subject.shows_list(address)) || shows_read_only_list(address)
}

/// Whether an address leads to a list whose rows are made on other pages.
fn shows_read_only_list(address: &str) -> bool {
    let mut specs = READ_ONLY_LISTS.iter().map(|list| list.spec);
    specs.any(|spec| list_routes::Route::list_query_of(spec, address).is_some())
}

/// The chunks of code that an address needs.
pub fn chunks_for(address: &str) -> Vec<&'static dyn Preload> {
    let (path, search) = address.split_once('?').unwrap_or((address, ""));
    if let Some(subject) = subject_of(path) {
        return subject.chunks_for(path, search, &DIALOGS);
    }
    if shows_read_only_list(address) {
        return Vec::new();
    }
    match path.split('/').nth(1) {
        Some(
            "my-day" | "history" | "jobs" | "services" | "account" | "settings" | "sign-in" | "link" | "payments"
            | "bills" | "statements" | "dues",
        ) => {
            vec![&OTHER_PAGES]
        }
        _ => Vec::new(),
    }
}

/// Loads the chunks that an address needs.
///
/// # Errors
/// `Incomplete`.
pub async fn preload_chunks(address: &str) -> Result<(), AppError> {
    for chunk in chunks_for(address) {
        chunk.preload().await?;
    }
    Ok(())
}

/// Renders nothing: loads the chunks that a link needs when the user points at it or focuses it.
#[component]
fn PrefetchChunks() -> impl IntoView {
    let prefetch = |event: &web_sys::Event| {
        let link = target(event).and_then(|element| closest::<web_sys::Element>(&element, "a[href]"));
        if let Some(address) = link.and_then(|link| link.get_attribute("href")) {
            // A chunk that fails to load is requested again when the user follows the link.
            spawn_local(async move { preload_chunks(&address).await.unwrap_or_default() });
        }
    };
    Effect::new(move |_| {
        window_event_listener(ev::pointerover, move |event| prefetch(&event));
        window_event_listener(ev::focusin, move |event| prefetch(&event));
    });
}

/// Renders nothing: clears a returned form when the user navigates elsewhere.
#[component]
fn ClearFormState() -> impl IntoView {
    ReturnedForm::clear_on_navigation();
}

/// The navigation: only what the user's role may see, and nothing before the user is authenticated.
#[component]
fn Navigation() -> impl IntoView {
    let location = use_location();
    let link_to = move |href: String, label: &'static str| {
        let address = href.clone();
        let current = move || {
            let search = location.search.get();
            link_state(&address, &location.pathname.get(), search.trim_start_matches('?'))
        };
        view! { <a href=href aria-current=current>{label}</a> }
    };
    let link = move |href: &'static str, label: &'static str| link_to(href.to_owned(), label);
    let views = customers::PAGES.views.iter();
    let panel = NodeRef::<html::Div>::new();
    let path = location.pathname;
    let is_outside = move || path.with(|path| path.starts_with(users::SIGN_IN) || path.starts_with("/link/"));
    // Whoever is outside of the pages is offered none of them, whoever is signed in.
    let me = CurrentUser::get().filter(|_| !untrack(is_outside));
    Effect::watch(
        move || (path.get(), location.search.get()),
        move |_, _, _| {
            if let Some(panel) = panel.get_untracked() {
                // It is closed already, or not a panel on a wide screen.
                let _ = panel.hide_popover();
            }
        },
        false,
    );
    let links = me.as_ref().filter(|me| me.stage == AuthStage::Authenticated).map(|me| {
        let edits = me.may(Permission::EditCustomers);
        let sells = me.may(Permission::WorkLeads);
        let admin = me.may(Permission::Administer);
        view! {
            <div class="links">
                {link("/customers", "Customers")}
                {sells.then(|| view! { {link("/leads", "Leads")} {link(leads::MY_DAY, "My day")} })}
                <h2>"Views"</h2>
                {views.map(|view| link_to(view.url(customers::PAGES.spec), view.label)).collect_view()}
                <h2>"Records"</h2>
                {link("/plans", "Plans")}
                {link(billing_routes::BILLS, "Bills")}
                {link(billing_routes::PAYMENTS, "Payments")}
                {link(billing_routes::DUES, "Dues by age")}
                {edits.then(|| link("/customers/deleted", "Deleted customers"))}
                {sells.then(|| view! { {link("/leads/deleted", "Deleted leads")} {link("/served-pin-codes", "Served PIN codes")} })}
                <h2>"Administration"</h2>
                {admin.then(|| view! { {link(users::USERS, "Users")} {link(billing_routes::PROVIDER, "Provider")} {link("/holidays", "Holidays")} {link("/history", "History")} {link(jobs::routes::JOBS, "Jobs")} {link("/served-pin-codes/deleted", "Deleted PIN codes")} {link("/plans/deleted", "Deleted plans")} })}
                {link(users::ROLES, "Roles")}
            </div>
        }
    });
    let who = me.map(|me| {
        let account = (me.stage == AuthStage::Authenticated).then(|| {
            let label = format!("Your account: {}, {}", isolated(&me.name), me.role);
            view! { <a href=users::ACCOUNT aria-label=label><bdi>{me.name.clone()}</bdi> " " <span class="muted">{me.role.as_str()}</span></a> }
        });
        view! {
            <div class="account">
                {account}
                <form method="post" action=users::SIGN_OUT><ExpectedUser/><button class="button quiet">"Sign out"</button></form>
            </div>
        }
    });
    view! {
        <nav class="sidebar" aria-label="Main">
            <a class="brand" href="/customers" aria-label="Lastmile, all customers">
                <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
                    <path d="M3 17V9M8 17V5M13 17V11M18 17V3" stroke="currentColor" stroke-width="2.6" stroke-linecap="round"></path>
                </svg>
                <span>"Lastmile"</span>
            </a>
            <button type="button" class="button nav-button" popovertarget="nav-panel">"Menu"</button>
            // On a narrow screen a panel, which the button opens.
            <div id="nav-panel" class="nav-panel" popover="auto" node_ref=panel>
                {links}
                {who}
            </div>
        </nav>
    }
}

/// The toast: the result of an action on this page, or, without script, on the page before.
#[component]
fn FlashNotice() -> impl IntoView {
    let toasts = Toasts::of_app();
    let changes = RefreshCounter::of_app();
    let before = Resource::new_blocking(|| (), |()| take_flash());
    let dismissed = RwSignal::new(false);
    let undo = Callback::new(move |address: String| {
        if let Some((subject, record)) = subject_of(&address).zip(parse_restore_url(&address)) {
            restore_with_toast(subject, record, toasts, move || changes.bump());
            focus(HEADING);
        }
    });
    let dismiss = Callback::new(move |()| {
        dismissed.set(true);
        toasts.dismiss();
        focus(HEADING);
    });
    let expire = Callback::new(move |()| {
        dismissed.set(true);
        toasts.dismiss();
    });
    let flash = move || {
        let flash = before.get().and_then(Result::ok).flatten().filter(|_| !dismissed.get());
        let toast = Signal::derive(move || toasts.current().or(flash.clone()));
        view! { <ToastBar toast undo dismiss expire/> }
    };
    view! { <Suspense>{flash}</Suspense> }
}

/// Says so when the tab becomes visible and somebody else has signed in meanwhile, in another tab. The page stays as it is, with all that was
/// typed; whatever it sends would be refused.
#[component]
fn OtherUserNotice() -> impl IntoView {
    let other = RwSignal::new(None::<UserSummary>);
    let address = use_address();
    Effect::new(move |_| {
        let Some(me) = CurrentUser::get() else {
            return;
        };
        let listener = window_event_listener_untyped("visibilitychange", move |_| {
            if document().hidden() {
                return;
            }
            spawn_local(async move {
                // Where there is no answer, what is sent next says it.
                if let Ok(Some(now)) = get_current_user().await {
                    other.try_set(Some(now).filter(|now| now.id != me.id));
                }
            });
        });
        on_cleanup(move || listener.remove());
    });
    let notice = move || {
        other.get().zip(CurrentUser::get()).map(|(now, me)| {
            let text = format!(
                "This page was opened by {}. You are now signed in as {}.",
                isolated(&me.name),
                isolated(&now.name)
            );
            view! {
                <div class="toast failed">
                    <p>{text}</p>
                    <a href=address() rel="external">"Reload"</a>
                </div>
            }
        })
    };
    view! { <div class="toasts other-user" role="status" aria-live="polite">{notice}</div> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_link_of_the_navigation_stands_for_each_page() {
        let hrefs = [
            "/customers",
            "/customers/deleted",
            "/leads",
            leads::MY_DAY,
            "/leads/deleted",
            "/served-pin-codes",
        ];
        let hrefs = hrefs
            .into_iter()
            .chain([users::USERS, users::ROLES, "/history", "/served-pin-codes/deleted"]);
        let views: Vec<String> = customers::PAGES
            .views
            .iter()
            .map(|view| view.url(customers::PAGES.spec))
            .collect();
        let hrefs: Vec<&str> = hrefs.chain(views.iter().map(String::as_str)).collect();
        let id = "01900000-0000-7000-8000-000000000000";
        let marked = |address: &str| {
            let (path, search) = address.split_once('?').unwrap_or((address, ""));
            let marks = hrefs
                .iter()
                .filter_map(|href| Some((*href, link_state(href, path, search)?)));
            marks.collect::<Vec<_>>()
        };
        for href in &hrefs {
            assert_eq!(marked(href), [(*href, "page")]);
        }
        for (address, href) in [
            ("/leads?stage=New", "/leads"),
            ("/leads/board", "/leads"),
            ("/leads/board?q=rao", "/leads"),
            ("/leads/deleted?q=rao", "/leads/deleted"),
            (&format!("/leads/{id}"), "/leads"),
            (&format!("/leads/{id}/edit?from=record"), "/leads"),
            ("/leads/new", "/leads"),
            ("/customers?q=rao", "/customers"),
            ("/customers?q=rao&sort=-outstanding&view=highest-dues", &views[1]),
            ("/customers?view=unknown", "/customers"),
            ("/customers/new?sort=-outstanding", "/customers"),
            (&format!("/customers/{id}?sort=-outstanding"), "/customers"),
            (&format!("/served-pin-codes/{id}"), "/served-pin-codes"),
        ] {
            assert_eq!(marked(address), [(href, "true")], "{address}");
        }
        assert_eq!(marked("/settings/users/new"), [(users::USERS, "page")]);
        assert!(marked("/account").is_empty());
    }
}
