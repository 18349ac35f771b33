//! Small forms that the browser itself submits to their page's own address, with and without script.

use std::time::Duration;

use leptos::{ev::SubmitEvent, html, prelude::*};

use super::dom::clear_invalid;
use super::form_state::FormState;

/// A form. A returned one has a summary at its top, with a link to each input that is wrong.
#[component]
pub fn PostForm(
    /// The address that it is submitted to; none for the page's own.
    #[prop(default = None, into)]
    action: Option<String>,
    /// The state that the server returned.
    posted: FormState,
    /// The inputs.
    children: Children,
    /// The buttons.
    #[prop(into)]
    footer: ViewFn,
) -> impl IntoView {
    let sending = RwSignal::new(false);
    // The second click of a double click submits nothing. Later the user may submit again, in case the first request was stopped.
    let submit = move |event: SubmitEvent| {
        if sending.get_untracked() {
            event.prevent_default();
        }
        sending.set(true);
        set_timeout(
            move || {
                sending.try_set(false);
            },
            Duration::from_secs(2),
        );
    };
    view! {
        <form
            class="editor" method="post" action=action novalidate on:submit=submit on:input=move |event| clear_invalid(&event)
            aria-busy=move || sending.get().to_string()
        >
            <div class="fields">
                <ErrorSummary posted/>
                {children()}
            </div>
            <footer>{footer.run()}</footer>
        </form>
    }
}

/// What is wrong with the form as a whole, and a link to each input that is wrong.
#[component]
fn ErrorSummary(posted: FormState) -> impl IntoView {
    let element = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if let Some(summary) = element.get() {
            let _ = summary.focus();
        }
    });
    posted.has_errors().then(|| {
        let links = posted.errors.into_iter().map(|(name, message)| {
            view! { <li><a href=format!("#{}", input_id(&name)) rel="external">{message}</a></li> }
        });
        view! {
            <div class="summary" role="alert" tabindex="-1" node_ref=element>
                {posted.problem.map(|problem| view! { <p>{problem}</p> })}
                <ul>{links.collect_view()}</ul>
            </div>
        }
    })
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
    /// The input's type.
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
    let id = input_id(name);
    let (help_id, error_id) = (format!("{id}-help"), format!("{id}-error"));
    let error = posted.errors.get(name).cloned();
    let help = help.filter(|_| error.is_none());
    let described = if error.is_some() {
        Some(error_id.clone())
    } else {
        help.map(|_| help_id.clone())
    };
    let value = posted.values.get(name).cloned().unwrap_or(value);
    view! {
        <div class="field wide">
            <label class="label" for=id.clone()>{label}</label>
            <div class="control">
                <input
                    id=id.clone() name=name type=kind value=value autocomplete=autocomplete inputmode=inputmode autofocus=autofocus
                    aria-required="true" aria-invalid=error.is_some().then_some("true") aria-describedby=described
                    autocapitalize="none" spellcheck="false"
                />
            </div>
            {help.map(|help| view! { <p class="help" id=help_id>{help}</p> })}
            {error.map(|error| view! { <p class="error" id=error_id>{error}</p> })}
        </div>
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
    let id = input_id(name);
    let error_id = format!("{id}-error");
    let error = posted.errors.get(name).cloned();
    let chosen = posted.values.get(name).cloned().unwrap_or(value);
    let options = options.into_iter().map(|(value, text)| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{text}</option> }
    });
    view! {
        <div class="field wide">
            <label class="label" for=id.clone()>{label}</label>
            <div class="control">
                <select
                    id=id.clone() name=name aria-invalid=error.is_some().then_some("true")
                    aria-describedby=error.is_some().then(|| error_id.clone())
                >
                    {options.collect_view()}
                </select>
            </div>
            {error.map(|error| view! { <p class="error" id=error_id.clone()>{error}</p> })}
        </div>
    }
}
