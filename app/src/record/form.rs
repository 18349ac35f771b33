//! What stands in a record's form: the fields in their sections, and what is wrong.

use leptos::prelude::*;

use super::inputs::{field_view, input_id};
use super::matches::{MatchList, Matches};
use super::purpose::Purpose;
use super::responses::{RecordForm, RecordSnapshot};
use super::subject::SubjectDialogs;
use super::submission::names;
use crate::base::spec::{FieldSpec, SubjectSpec};
use crate::http::current_user::ExpectedUser;
use crate::list::routes::record_url;
use crate::ui::field::{ErrorSummary, fields_to_fix};

/// All that stands in the form but its buttons. `first` is false for an answer to a sending: then the summary takes the focus.
#[component]
pub fn FormBody(form: RecordForm, purpose: Purpose, matches: Matches, first: bool, restored: bool) -> impl IntoView {
    let spec = purpose.spec(SubjectDialogs::of_page());
    let converts = purpose.conversion().is_some();
    let focused = first_empty(spec, &form, purpose);
    let is_done = purpose.is_done(&form);
    let sections = spec
        .sections
        .iter()
        .filter(|_| !is_done)
        .enumerate()
        .filter_map(|(place, section)| {
            let fields = spec.fields_of(section).filter(|field| purpose.has_field(field));
            let fields: Vec<_> = fields
                .map(|field| field_view(field, &form, Some(field.name) == focused))
                .collect();
            // In view of who types their name and number, and below that, so that nothing moves while they do.
            let list = (place == 0 && !converts).then(|| view! { <MatchList matches purpose/> });
            (!fields.is_empty()).then(|| {
                view! {
                    <fieldset class=format!("group {}", section.to_lowercase())>
                        <legend>{*section}</legend>
                        {fields}
                    </fieldset>
                    {list}
                }
            })
        });
    let sections = sections.collect_view();
    // Enter presses the first button of a form, and shall never link.
    let default_button =
        converts.then(|| view! { <button class="visually-hidden" tabindex="-1" aria-hidden="true"></button> });
    let asked = form.conflicts.keys().map(|field| hidden(names::CONFLICT, field));
    view! {
        {default_button}
        <ExpectedUser/>
        {hidden(names::ID, &form.id.to_string())}
        {form.base.as_ref().map(|base| hidden_base(spec, base))}
        {form.from_version.map(|version| hidden(names::FROM_VERSION, &version.to_string()))}
        {asked.collect_view()}
        <div class="fields">
            {restored.then(|| view! { <p class="hint" role="status">"Restored what you typed before."</p> })}
            {summary(spec, &form, !first)}
            {(converts && !is_done).then(|| view! { <MatchList matches purpose/> })}
            {sections}
        </div>
    }
}

/// The first field that must have a value and has none.
fn first_empty(spec: &SubjectSpec, form: &RecordForm, purpose: Purpose) -> Option<&'static str> {
    let fields: &'static [FieldSpec] = spec.fields;
    let mut fields = fields
        .iter()
        .filter(|field| purpose.has_field(field) && form.draft.applies(field));
    let empty = fields.find(|field| field.required && form.draft.value(field.name).is_empty());
    empty.map(|field| field.name)
}

fn hidden(name: &str, value: &str) -> impl IntoView + use<> {
    view! { <input type="hidden" name=name.to_owned() value=value.to_owned()/> }
}

/// What the edit started from, so that other people's changes can be told from this person's.
fn hidden_base(spec: &SubjectSpec, base: &RecordSnapshot) -> impl IntoView + use<> {
    let inputs = spec.edited_fields().flat_map(|field| {
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
    let asked = asked.map(|field| link(field, "choose yours or theirs"));
    let links = wrong.chain(asked).collect();
    let message = match (form_error, errors.len()) {
        (Some(error), _) if !error.message.is_empty() => error.message.clone(),
        (_, count) => fields_to_fix(count, "save"),
    };
    let record = form_error.as_ref().and_then(|error| error.record.as_ref());
    let more = record.map(|record| {
        let (address, label) = (record_url(spec, record.id, ""), format!("Open {}", record.full_name()));
        view! { <p><a href=address target="_blank">{label}</a></p> }.into_any()
    });
    Some(view! { <ErrorSummary message more links focuses/> })
}
