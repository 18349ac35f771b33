//! What stands in a record's form: the fields in their sections, and what is wrong.

use leptos::prelude::*;

use super::inputs::{field_view, input_id};
use super::responses::{RecordForm, RecordSnapshot};
use super::subject::SubjectPages;
use super::submission::names;
use crate::base::spec::{FieldSpec, SubjectSpec};
use crate::list::routes::record_url;
use crate::ui::field::ErrorSummary;

/// All that stands in the form but its buttons. `first` is false for an answer to a sending: then the summary takes the focus.
#[component]
pub fn FormBody(form: RecordForm, first: bool, restored: bool) -> impl IntoView {
    let spec = SubjectPages::of_page().spec;
    let is_missing =
        |field: &&FieldSpec| field.required && form.draft.applies(field) && form.draft.value(field.name).is_empty();
    let missing = spec.fields.iter().find(is_missing).map(|field| field.name);
    let sections = spec.sections.iter().map(|section| {
        let fields = spec.fields_of(section);
        let fields = fields.map(|field| field_view(field, &form, missing == Some(field.name)));
        view! {
            <fieldset class=format!("group {}", section.to_lowercase())>
                <legend>{*section}</legend>
                {fields.collect_view()}
            </fieldset>
        }
    });
    let sections = sections.collect_view();
    let asked = form.conflicts.keys().map(|field| hidden(names::CONFLICT, field));
    view! {
        {hidden(names::ID, &form.id.to_string())}
        {form.base.as_ref().map(|base| hidden_base(spec, base))}
        {asked.collect_view()}
        <div class="fields">
            {restored.then(|| view! { <p class="hint" role="status">"What you typed before is back."</p> })}
            {summary(spec, &form, !first)}
            {sections}
        </div>
    }
}

fn hidden(name: &str, value: &str) -> impl IntoView + use<> {
    view! { <input type="hidden" name=name.to_owned() value=value.to_owned()/> }
}

/// What the edit started from, so that other people's changes can be told from this person's.
fn hidden_base(spec: &SubjectSpec, base: &RecordSnapshot) -> impl IntoView + use<> {
    let inputs = spec.fields.iter().flat_map(|field| {
        let name = format!("{}{}", names::ORIGINAL, field.name);
        let values = base.draft.values(field.name).iter();
        values.map(move |value| hidden(&name, value))
    });
    let inputs = inputs.collect_view();
    view! {
        {hidden(names::VERSION, &base.version.to_string())}
        {hidden(names::REFERENCE, &base.record.reference)}
        {inputs}
    }
}

/// What is wrong with the whole, and a link to every field that is wrong or asked about.
fn summary(spec: &'static SubjectSpec, form: &RecordForm, focuses: bool) -> Option<impl IntoView + use<>> {
    let RecordForm {
        form_error,
        errors,
        conflicts,
        ..
    } = form;
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
    let message = match (form_error, errors.len()) {
        (Some(error), _) if !error.message.is_empty() => error.message.clone(),
        (_, 1) => "One field needs a look before this can be saved.".into(),
        (_, count) => format!("{count} fields need a look before this can be saved."),
    };
    let record = form_error.as_ref().and_then(|error| error.record.as_ref());
    let more = record.map(|record| {
        let (address, label) = (record_url(spec, record.id, ""), format!("Open {}", record.full_name()));
        view! { <p><a href=address target="_blank">{label}</a></p> }.into_any()
    });
    Some(view! { <ErrorSummary message=Some(message) more links focuses/> })
}
