//! What ticks in the list's menus do: a facet's value goes into the address, the columns into a cookie.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlFormElement, HtmlInputElement};

use crate::base::spec::{FieldSpec, SubjectSpec};
use crate::http::flash::FlashMessage;
use crate::list::page_context::PageContext;
use crate::list::query::ListQuery;
use crate::ui::dom::{all, serialize_form, target};
use crate::ui::latest_resource::{Answer, LatestRequest};
use crate::ui::navigate::use_navigate_in_place;
use crate::ui::toast::Toasts;

/// The name of the inputs that choose columns.
pub const COLUMN: &str = "column";

/// The columns that were ticked last: the menu is drawn with every answer, and an older answer knows less.
#[derive(Clone, Copy)]
pub struct SelectedColumns {
    spec: &'static SubjectSpec,
    keep: fn(Vec<String>) -> Answer<()>,
    selected: StoredValue<Option<Vec<String>>>,
    request: LatestRequest,
}

impl SelectedColumns {
    /// Nothing was ticked yet; `keep` is the server function that keeps a choice.
    pub fn new(spec: &'static SubjectSpec, keep: fn(Vec<String>) -> Answer<()>) -> Self {
        Self {
            spec,
            keep,
            selected: StoredValue::new(None),
            request: LatestRequest::new(),
        }
    }

    /// What is ticked, where `shown` came with the answer.
    pub fn or(self, shown: Vec<&'static FieldSpec>) -> Vec<&'static FieldSpec> {
        self.selected.with_value(|selected| match selected {
            Some(names) => names.iter().filter_map(|name| self.spec.field(name)).collect(),
            None => shown,
        })
    }

    /// Keeps what is ticked in a form, then asks for the list again by `refetch`.
    fn choose(self, form: &HtmlFormElement, toasts: Toasts, refetch: Callback<()>) {
        let pairs = serialize_form(form);
        let ticked = form_urlencoded::parse(pairs.as_bytes()).filter(|(name, _)| name == COLUMN);
        let names: Vec<String> = ticked.map(|(_, name)| name.into_owned()).collect();
        self.selected.set_value(Some(names.clone()));
        self.request.send((self.keep)(names), move |saved| {
            if let Err(error) = saved {
                // The list says which columns it has; the menu follows it.
                self.selected.try_set_value(None);
                toasts.show(FlashMessage::failure(format!("Columns not changed. {error}")));
            }
            // The page may have been left meanwhile.
            refetch.try_run(());
        });
    }
}

/// Does what is ticked, and what was ticked and typed before hydration; there are `columns` on the list alone. `refetch` asks for the list once more. Gives what listens to
/// changes around the menus.
///
/// To be called after the list's answers follow the address: what was done before changes it.
pub fn use_filter_form(columns: Option<SelectedColumns>, refetch: Callback<()>) -> impl Fn(web_sys::Event) + 'static {
    let context = PageContext::of_page();
    let toasts = Toasts::of_app();
    let follow = use_form_in_address();
    let follow_first = follow.clone();
    Effect::new(move |_| {
        let mut inputs =
            all::<HtmlInputElement>(document().query_selector_all("#filters input, [form=filters], #list input"));
        inputs.retain(|input| input.checked() != input.default_checked() || input.value() != input.default_value());
        if context.is_covered.get_untracked() {
            // What is typed in the dialog would be gone with it.
            for input in &inputs {
                input.set_checked(input.default_checked());
            }
            return;
        }
        let (chosen, others): (Vec<_>, Vec<_>) = inputs.iter().partition(|input| input.name() == COLUMN);
        let form = chosen.first().and_then(|input| input.form());
        if let Some((columns, form)) = columns.zip(form) {
            columns.choose(&form, toasts, refetch);
        }
        if !others.is_empty() {
            follow_first();
        }
    });
    move |event| {
        let Some(input) = target::<HtmlInputElement>(&event) else {
            return;
        };
        match columns.zip(input.form()) {
            Some((columns, form)) if input.name() == COLUMN => columns.choose(&form, toasts, refetch),
            // The address says so already: the answer has not come.
            _ if !follow() => refetch.run(()),
            _ => {}
        }
    }
}

/// Puts the search and the ticks of the filters' form into the address, as sending it would; false where they are what it says.
fn use_form_in_address() -> impl Fn() -> bool + Clone + 'static {
    let context = PageContext::of_page();
    let navigate = use_navigate_in_place();
    move || {
        let form = document().get_element_by_id("filters");
        let Some(form) = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) else {
            return false;
        };
        let wanted = ListQuery::parse(context.spec, &serialize_form(&form)).0;
        let current = context.current_query();
        let differs = !wanted.has_filter_of(&current);
        if differs {
            let query = ListQuery {
                sort: current.sort,
                descending: current.descending,
                size: current.size,
                view: current.view,
                ..wanted.first_page()
            };
            navigate(&context.url(&query.to_url()), false);
        }
        differs
    }
}
