//! Small forms that the browser itself submits to their page's own address, with and without script.

use std::time::Duration;

use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_router::hooks::use_location;

use super::dom::clear_invalid;
use super::field::{ErrorSummary, Field, fields_to_fix};
use super::form_state::FormState;
use super::unsaved::{OpenForm, UnsavedDrafts};
use crate::http::current_user::ExpectedUser;

/// A form, which browsers do not send with half a date in it. A returned one has a summary at its top, with a link to each input that is wrong.
#[component]
pub fn PostForm(
    /// The address that it is submitted to; none for the page's own.
    #[prop(default = None, into)]
    action: Option<String>,
    /// Whether its route shows again what was typed (`FormRoutes::resumable_route`), so that a page whose program has ended keeps it:
    /// `page_script.js`.
    #[prop(default = false)]
    is_resumable: bool,
    /// Whether what was typed is there again when the form, on a page of its own and without a password, is left and opened again. A dialog
    /// asks instead.
    #[prop(default = false)]
    keeps_input: bool,
    /// The state that the server returned.
    posted: FormState,
    /// The inputs.
    children: Children,
    /// The buttons.
    #[prop(into)]
    footer: ViewFn,
) -> impl IntoView {
    let open_form = keeps_input.then(|| open_form(!posted.values.is_empty()));
    let element = open_form.map_or_else(NodeRef::<html::Form>::new, |form| form.element);
    let input = move |event| {
        clear_invalid(&event);
        if let Some(form) = open_form {
            form.note_input();
        }
    };
    let sending = RwSignal::new(false);
    // The second click of a double click submits nothing. Later the user may submit again, in case the first request was stopped.
    let submit = move |event: SubmitEvent| {
        if sending.get_untracked() {
            event.prevent_default();
        }
        if let Some(form) = open_form {
            form.settle();
        }
        sending.set(true);
        set_timeout(
            move || {
                sending.try_set(false);
            },
            Duration::from_secs(2),
        );
    };
    let summary = posted.has_errors().then(|| {
        let FormState { problem, errors, .. } = posted;
        let message = problem.unwrap_or_else(|| fields_to_fix(errors.len(), "continue"));
        let links = errors.into_iter().map(|(name, message)| (input_id(&name), message));
        view! { <ErrorSummary message links=links.collect()/> }
    });
    view! {
        <form
            node_ref=element id=is_resumable.then_some("post-form") class="editor" method="post" action=action on:submit=submit
            on:input=input aria-busy=move || sending.get().to_string()
        >
            <ExpectedUser/>
            <div class="fields">
                {summary}
                {children()}
            </div>
            <footer>{footer.run()}</footer>
        </form>
    }
}

/// The form of this page, of which nothing that was typed gets lost. `is_typed`: whether something was typed already into what is drawn.
fn open_form(is_typed: bool) -> OpenForm {
    let key = (use_location().pathname.get_untracked(), None);
    // It is drawn now, and kept again where it is left again.
    UnsavedDrafts::of_app().take(key.clone());
    OpenForm::new(key, move || is_typed)
}

fn input_id(name: &str) -> String {
    format!("input-{name}")
}

/// A labelled input.
#[component]
pub fn TextInput(
    /// Its name in the form's body.
    name: &'static str,
    /// The label above.
    #[prop(into)]
    label: String,
    /// The input's type. Not `email`, which changes what is typed and refuses addresses that are right: `inputmode` is for the keyboard.
    #[prop(default = "text")]
    kind: &'static str,
    /// The state that the server returned.
    posted: FormState,
    /// Its value in a form that was not returned.
    #[prop(default = String::new(), into)]
    value: String,
    /// The help text below.
    #[prop(default = None)]
    help: Option<&'static str>,
    /// The `autocomplete` attribute, for browsers and password managers.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// The `inputmode` attribute, for the keyboard of a phone.
    #[prop(default = None)]
    inputmode: Option<&'static str>,
    /// Whether it takes the focus when the page opens.
    #[prop(default = false)]
    autofocus: bool,
) -> impl IntoView {
    let value = posted.values.get(name).cloned().unwrap_or(value);
    let field = field(name, label, help, &posted);
    let aria = field.aria();
    // A name is written in its own direction.
    let direction = (kind == "text" && inputmode.is_none()).then_some("auto");
    let input = view! {
        <input
            id=field.id.clone() name=name type=kind value=value autocomplete=autocomplete inputmode=inputmode autofocus=autofocus
            aria-required=aria.required aria-invalid=aria.invalid aria-describedby=aria.described_by autocapitalize="none"
            spellcheck="false" dir=direction
        />
    };
    field.view("wide", input, ())
}

/// Whose password a form asks for, for password managers, which store a password under a name and pass over hidden inputs. People are
/// told it elsewhere; it is not sent.
#[component]
pub fn UserName(
    /// What the user signs in with.
    email: String,
) -> impl IntoView {
    view! {
        <input
            class="visually-hidden" type="text" autocomplete="username" value=email readonly tabindex="-1" aria-hidden="true"
        />
    }
}

fn field(name: &str, label: String, help: Option<&'static str>, posted: &FormState) -> Field {
    Field {
        id: input_id(name),
        label,
        is_optional: false,
        is_group: false,
        help,
        error: posted.error_of(name).map(str::to_owned),
    }
}

/// A labelled `<select>`.
#[component]
pub fn ChoiceInput(
    /// Its name in the form's body.
    name: &'static str,
    /// The label above.
    #[prop(into)]
    label: String,
    /// Value and text of each option.
    options: Vec<(String, String)>,
    /// The state that the server returned.
    posted: FormState,
    /// The selected value in a form that was not returned.
    #[prop(default = String::new(), into)]
    value: String,
) -> impl IntoView {
    let chosen = posted.values.get(name).cloned().unwrap_or(value);
    let options = options.into_iter().map(|(value, text)| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{text}</option> }
    });
    let field = field(name, label, None, &posted);
    let aria = field.aria();
    let select = view! {
        <select id=field.id.clone() name=name aria-invalid=aria.invalid aria-describedby=aria.described_by>
            {options.collect_view()}
        </select>
    };
    field.view("wide", select, ())
}
