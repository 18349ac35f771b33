//! What every form is made of: fields, and the summary of what is wrong with them.

use leptos::{html, prelude::*};

use super::dom::hydrates_in_use;

/// What ties an input to its help and error.
#[derive(Clone)]
pub struct InputAria {
    /// `aria-describedby`.
    pub described_by: Option<String>,
    /// `aria-invalid`.
    pub invalid: Option<&'static str>,
    /// `aria-required`.
    pub required: Option<&'static str>,
}

/// What stands around an input: its label, its help, what is wrong with it.
pub struct Field {
    /// The id of the input.
    pub id: String,
    /// The label.
    pub label: String,
    /// Whether it may be empty, and says so.
    pub is_optional: bool,
    /// Whether it is made of several inputs.
    pub is_group: bool,
    /// The help text below.
    pub help: Option<&'static str>,
    /// What is wrong. It says what is allowed, and more of it than the help.
    pub error: Option<String>,
}

impl Field {
    fn help(&self) -> Option<&'static str> {
        self.help.filter(|_| self.error.is_none())
    }

    /// What ties its input to it.
    pub fn aria(&self) -> InputAria {
        let described_by = match &self.error {
            Some(_) => Some(format!("{}-error", self.id)),
            None => self.help.map(|_| format!("{}-help", self.id)),
        };
        InputAria {
            described_by,
            invalid: self.error.is_some().then_some("true"),
            required: (!self.is_optional).then_some("true"),
        }
    }

    /// The field around its input; `class` is its own, `more` stands below.
    pub fn view(self, class: &str, control: impl IntoView, more: impl IntoView) -> impl IntoView {
        let help = self.help();
        let Self {
            id,
            label,
            is_optional,
            is_group,
            error,
            ..
        } = self;
        let (help_id, error_id) = (format!("{id}-help"), format!("{id}-error"));
        let optional = is_optional.then(|| view! { <span class="optional">" (optional)"</span> });
        let label = if is_group {
            view! { <span class="label" id=format!("{id}-label")>{label} {optional}</span> }.into_any()
        } else {
            view! { <label class="label" for=id>{label} {optional}</label> }.into_any()
        };
        view! {
            <div class=format!("field {class}")>
                {label}
                <div class="control">{control}</div>
                {help.map(|help| view! { <p class="help" id=help_id>{help}</p> })}
                {error.map(|error| view! { <p class="error" id=error_id>{error}</p> })}
                {more}
            </div>
        }
    }
}

/// What a summary says of a form with so many wrong fields: `Fix 2 fields to save.`
pub fn fields_to_fix(count: usize, purpose: &str) -> String {
    let noun = if count == 1 { "field" } else { "fields" };
    format!("Fix {count} {noun} to {purpose}.")
}

/// What is wrong with a form as a whole, and a link to each input that is wrong.
#[component]
pub fn ErrorSummary(
    /// What is wrong with the whole, in a sentence.
    #[prop(into)]
    message: String,
    /// What stands below it.
    #[prop(default = None)]
    more: Option<AnyView>,
    /// The id of each input that is wrong, and what to say of it.
    links: Vec<(String, String)>,
    /// Whether it takes the focus.
    #[prop(default = true)]
    focuses: bool,
) -> impl IntoView {
    let element = NodeRef::<html::Div>::new();
    let focuses = focuses && cfg!(not(feature = "ssr")) && !hydrates_in_use();
    Effect::new(move |_| {
        if let Some(summary) = element.get().filter(|_| focuses) {
            let _ = summary.focus();
        }
    });
    let links = (!links.is_empty()).then(|| {
        let links = links
            .into_iter()
            .map(|(id, text)| view! { <li><a href=format!("#{id}") rel="external">{text}</a></li> });
        view! { <ul>{links.collect_view()}</ul> }
    });
    view! {
        <div class="summary" role="alert" tabindex="-1" node_ref=element>
            <p>{message}</p>
            {more}
            {links}
        </div>
    }
}
