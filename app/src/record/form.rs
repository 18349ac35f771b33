//! What stands in a record's form: the fields in their sections, and what is wrong.

use leptos::{html, prelude::*};

use super::actions::RecordActions;
use super::draft::Errors;
use super::inputs::{FieldState, field_view, input_id};
use super::merge::Conflicts;
use super::responses::{FormError, RecordForm, RecordSnapshot};
use super::submission::names;
use crate::base::spec::SubjectSpec;
use crate::list::routes::record_url;

/// All that stands in the form but its buttons. `first` is false for an answer to a sending: then the summary takes the focus.
#[component]
pub fn FormBody(form: RecordForm, actions: &'static RecordActions, first: bool, restored: bool) -> impl IntoView {
    let spec = actions.spec;
    let RecordForm {
        id,
        base,
        draft,
        errors,
        form_error,
        conflicts,
    } = form;
    let is_new = base.is_none();
    let sections = spec.sections.iter().map(|section| {
        let fields = spec.fields_of(section).map(|field| {
            let state = FieldState {
                field,
                error: errors.get(field.name).cloned(),
                conflict: conflicts.get(field.name).cloned(),
                autofocus: is_new && field.name == spec.title,
            };
            field_view(state, &draft, actions)
        });
        view! {
            <fieldset class=format!("group {}", section.to_lowercase())>
                <legend>{*section}</legend>
                {fields.collect_view()}
            </fieldset>
        }
    });
    let sections = sections.collect_view();
    view! {
        <input type="hidden" name=names::ID value=id.to_string()/>
        {base.map(|base| hidden_base(spec, &base))}
        {conflicts.keys().map(|field| view! { <input type="hidden" name=names::CONFLICT value=field.clone()/> }).collect_view()}
        <div class="fields">
            {restored.then(|| view! { <p class="hint" role="status">"What you typed before is back."</p> })}
            <Summary spec form_error errors conflicts focuses=!first/>
            {sections}
        </div>
    }
}

/// What the edit started from, so that other people's changes can be told from this person's.
fn hidden_base(spec: &SubjectSpec, base: &RecordSnapshot) -> impl IntoView + use<> {
    let values = spec.fields.iter().flat_map(|field| {
        base.draft
            .values(field.name)
            .iter()
            .map(|value| (field.name, value.clone()))
    });
    let inputs = values.map(|(field, value)| {
        view! { <input type="hidden" name=format!("{}{field}", names::ORIGINAL) value=value/> }
    });
    view! {
        <input type="hidden" name=names::VERSION value=base.version.to_string()/>
        <input type="hidden" name=names::REFERENCE value=base.record.reference.clone()/>
        {inputs.collect_view()}
    }
}

/// What is wrong with the whole, and a link to every field that is wrong or asked about.
#[component]
fn Summary(
    spec: &'static SubjectSpec,
    form_error: Option<FormError>,
    errors: Errors,
    conflicts: Conflicts,
    focuses: bool,
) -> impl IntoView {
    let element = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if let Some(summary) = element.get().filter(|_| focuses) {
            let _ = summary.focus();
        }
    });
    let is_empty = form_error.is_none() && errors.is_empty() && conflicts.is_empty();
    // In the order of the form: first what is wrong, then what is asked about.
    let wrong = spec
        .fields
        .iter()
        .filter_map(|field| Some((field, errors.get(field.name)?.clone())));
    let asked = spec
        .fields
        .iter()
        .filter(|field| conflicts.contains_key(field.name) && !errors.contains_key(field.name));
    let asked = asked.map(|field| (field, "choose which value to keep".to_owned()));
    let links = wrong.chain(asked).map(|(field, text)| {
        view! { <li><a href=format!("#{}", input_id(field.name)) rel="external">{field.label} ": " {text}</a></li> }
    });
    let links = links.collect_view();
    let (message, record) = form_error.map_or((String::new(), None), |error| (error.message, error.record));
    let message = match errors.len() {
        _ if !message.is_empty() => message,
        1 => "One field needs a look before this can be saved.".into(),
        count => format!("{count} fields need a look before this can be saved."),
    };
    let record = record.map(|record| {
        let label = format!("Open {}", record.full_name());
        view! { <p><a href=record_url(spec, record.id, "") target="_blank">{label}</a></p> }
    });
    (!is_empty).then(|| {
        view! {
            <div class="summary" id="problems" role="alert" tabindex="-1" node_ref=element>
                <p>{message}</p>
                {record}
                <ul>{links}</ul>
            </div>
        }
    })
}
