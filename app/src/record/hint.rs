//! What the server says below a field of a form: when the form is opened, and again while somebody types.

use std::time::Duration;

use leptos::{ev, prelude::*};
use serde::{Deserialize, Serialize};
use web_sys::{Element, HtmlFormElement};

use super::draft::Draft;
use super::responses::RecordForm;
use crate::base::error::AppError;
use crate::base::spec::SubjectSpec;
use crate::ui::dom::{closest, serialize_form, target};
use crate::ui::latest_resource::{Answer, LatestRequest};
use crate::ui::live_text::LiveText;

/// What the server says below a field.
pub struct FieldHint {
    /// The field.
    pub field: &'static str,
    /// The fields that it depends on.
    pub of: &'static [&'static str],
    /// A server function that says it of what these fields hold.
    pub fetch: fn(&Draft) -> Answer<String>,
}

impl FieldHint {
    fn values(&self, draft: &Draft) -> Vec<String> {
        self.of.iter().map(|name| draft.value(name).to_owned()).collect()
    }
}

/// What the server has said of a form that it opened, and what the fields held then.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedHint {
    values: Vec<String>,
    text: String,
}

impl OpenedHint {
    /// Asks the server. A form is complete without an answer.
    pub async fn load(hint: Option<&FieldHint>, draft: &Draft) -> Self {
        let Some(hint) = hint else {
            return Self::default();
        };
        Self {
            values: hint.values(draft),
            text: (hint.fetch)(draft).await.unwrap_or_default(),
        }
    }
}

/// The hint, as it follows what is typed.
#[component]
pub fn HintText(
    /// The subject.
    spec: &'static SubjectSpec,
    /// The hint.
    hint: &'static FieldHint,
    /// The values of the form that is drawn.
    draft: Draft,
) -> impl IntoView {
    /// While somebody types, the server is asked after so long a pause.
    const PAUSE: Duration = Duration::from_millis(180);
    let OpenedHint { values, text } = use_context().unwrap_or_default();
    let text = RwSignal::new(text);
    let request = LatestRequest::new();
    let show = move |answer: Result<String, AppError>| {
        // What it said of other values would be wrong now; the form may have been left meanwhile.
        text.try_set(answer.unwrap_or_default());
    };
    let ask = move |form: HtmlFormElement| {
        let form = RecordForm::parse(spec, &serialize_form(&form))?;
        Some((hint.fetch)(&form.draft))
    };
    Effect::new(move |_| {
        if hint.values(&draft) != values {
            request.send((hint.fetch)(&draft), show);
        }
        // Made here, since it must be dropped where it was made: in the browser.
        let typed = StoredValue::new_local(request.while_typing(PAUSE, ask, show));
        let listener = window_event_listener(ev::input, move |event| {
            let input = target::<Element>(&event);
            let is_meant = |input: &Element| {
                input
                    .get_attribute("name")
                    .is_some_and(|name| hint.of.contains(&&*name))
            };
            if let Some(form) = input.filter(is_meant).and_then(|input| closest(&input, "form")) {
                typed.try_update_value(|typed| typed(form));
            }
        });
        on_cleanup(move || listener.remove());
    });
    view! { <p class="help" role="status"><LiveText text/></p> }
}
