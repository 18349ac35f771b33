//! What stands in a record's form: the fields in their sections, and what is wrong.

use leptos::prelude::*;

use super::draft::Errors;
use super::inputs::{FieldState, field_view, input_id};
use super::merge::Conflicts;
use super::responses::{FormError, RecordForm, RecordSnapshot};
use super::subject::SubjectPages;
use super::submission::names;
use crate::base::spec::{FieldSpec, SubjectSpec};
use crate::list::routes::record_url;
use crate::ui::field::ErrorSummary;

/// All that stands in the form but its buttons. `first` is false for an answer to a sending: then the summary takes the focus.
#[component]
pub fn FormBody(form: RecordForm, first: bool, restored: bool) -> impl IntoView {
    let spec = SubjectPages::of_page().spec;
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
            field_view(state, &draft)
        });
        view! {
            <fieldset class=format!("group {}", section.to_lowercase())>
                <legend>{*section}</legend>
                {fields.collect_view()}
            </fieldset>
        }
    });
    let sections = sections.collect_view();
    let summary = summary(spec, form_error, &errors, &conflicts, !first);
    view! {
        <input type="hidden" name=names::ID value=id.to_string()/>
        {base.map(|base| hidden_base(spec, &base))}
        {conflicts.keys().map(|field| view! { <input type="hidden" name=names::CONFLICT value=field.clone()/> }).collect_view()}
        <div class="fields">
            {restored.then(|| view! { <p class="hint" role="status">"What you typed before is back."</p> })}
            {summary}
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
fn summary(
    spec: &'static SubjectSpec,
    form_error: Option<FormError>,
    errors: &Errors,
    conflicts: &Conflicts,
    focuses: bool,
) -> Option<impl IntoView + use<>> {
    if form_error.is_none() && errors.is_empty() && conflicts.is_empty() {
        return None;
    }
    // In the order of the form: first what is wrong, then what is asked about.
    let link = |field: &FieldSpec, text: &str| (input_id(field.name), format!("{}: {text}", field.label));
    let fields = spec.fields.iter();
    let wrong = fields.filter_map(|field| Some(link(field, errors.get(field.name)?)));
    let is_asked = |name| conflicts.contains_key(name) && !errors.contains_key(name);
    let asked = spec.fields.iter().filter(|field| is_asked(field.name));
    let asked = asked.map(|field| link(field, "choose which value to keep"));
    let links = wrong.chain(asked).collect();
    let (message, record) = form_error
        .map(|error| (error.message, error.record))
        .unwrap_or_default();
    let message = match errors.len() {
        _ if !message.is_empty() => message,
        1 => "One field needs a look before this can be saved.".into(),
        count => format!("{count} fields need a look before this can be saved."),
    };
    let more = record.map(|record| {
        let (address, label) = (record_url(spec, record.id, ""), format!("Open {}", record.full_name()));
        view! { <p><a href=address target="_blank">{label}</a></p> }.into_any()
    });
    Some(view! { <ErrorSummary message=Some(message) more links focuses/> })
}
