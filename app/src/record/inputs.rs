//! The inputs of a form, drawn from the table of fields.

use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;

use super::actions::RecordActions;
use super::draft::Draft;
use super::merge::Conflict;
use super::record_ref::RecordRef;
use super::submission::names;
use crate::base::spec::{FieldSpec, Input};

/// The id of a field's first input.
pub fn input_id(field: &str) -> String {
    format!("field-{field}")
}

/// A field of a form, and what is to be shown of it.
#[derive(Clone)]
pub struct FieldState {
    /// The field.
    pub field: &'static FieldSpec,
    /// What is wrong with it.
    pub error: Option<String>,
    /// What another person has made of it meanwhile.
    pub conflict: Option<Conflict>,
    /// Whether it takes the focus when the form is opened.
    pub autofocus: bool,
}

/// What ties an input to its help and error.
#[derive(Clone)]
struct InputAria {
    described_by: Option<String>,
    invalid: Option<&'static str>,
    required: Option<&'static str>,
}

/// A field: label, help, input, error, and the other person's value where both changed it.
pub fn field_view(state: FieldState, draft: &Draft, actions: &'static RecordActions) -> AnyView {
    let FieldState {
        field,
        error,
        conflict,
        autofocus,
    } = state;
    let id = input_id(field.name);
    let (help_id, error_id) = (format!("{id}-help"), format!("{id}-error"));
    // An error says what is allowed, and more of it.
    let help = field.help.filter(|_| error.is_none());
    let described = [
        help.map(|_| help_id.as_str()),
        error.as_ref().map(|_| error_id.as_str()),
    ];
    let described: Vec<&str> = described.into_iter().flatten().collect();
    let aria = InputAria {
        described_by: (!described.is_empty()).then(|| described.join(" ")),
        invalid: error.is_some().then_some("true"),
        required: field.required.then_some("true"),
    };
    let mine = draft.display_text(field);
    let input = match field.input {
        Input::Choices { options, .. } => choices(field, options, draft, aria),
        Input::Hours => hours(field, draft, aria),
        Input::Choice { options, none } => choice(field, options, none, draft.value(field.name), aria),
        Input::Reference { example } => {
            let value = draft.value(field.name).to_owned();
            view! { <ReferenceInput field example value aria actions/> }.into_any()
        }
        _ => plain_input(field, draft.value(field.name).to_owned(), aria, autofocus),
    };
    let unit = match field.input {
        Input::Number(number) => Some(view! { <span class="unit">{number.unit}</span> }),
        _ => None,
    };
    let optional = (!field.required).then(|| view! { <span class="optional">" (optional)"</span> });
    let is_group = field.input.is_group();
    let label = if is_group {
        view! { <span class="label" id=format!("{id}-label")>{field.label} {optional}</span> }.into_any()
    } else {
        view! { <label class="label" for=id.clone()>{field.label} {optional}</label> }.into_any()
    };
    view! {
        <div class=format!("field field-{}", field.name) class:wide=is_group>
            {label}
            <div class="control">{input} {unit}</div>
            {help.map(|help| view! { <p class="help" id=help_id>{help}</p> })}
            {error.map(|error| view! { <p class="error" id=error_id>{error}</p> })}
            {conflict.map(|conflict| conflict_view(field, mine, conflict))}
        </div>
    }
    .into_any()
}

fn plain_input(field: &'static FieldSpec, value: String, aria: InputAria, autofocus: bool) -> AnyView {
    let (kind, mode, max) = match field.input {
        Input::Email => ("email", Some("email"), Some(254)),
        Input::Phone => ("tel", Some("tel"), Some(24)),
        Input::PinCode => ("text", Some("numeric"), Some(7)),
        // Not type="number": it drops what it cannot read, and what is typed shall survive every error.
        Input::Number(number) if number.min < 0 => ("text", None, Some(20)),
        Input::Number(_) => ("text", Some("decimal"), Some(20)),
        Input::Date => ("date", None, None),
        // Room for more than is allowed, so that a long paste is answered instead of cut off.
        Input::Text { max, .. } => ("text", None, Some(max + 200)),
        _ => ("text", None, None),
    };
    view! {
        <input
            id=input_id(field.name) name=field.name type=kind inputmode=mode maxlength=max.map(|max| max.to_string()) value=value
            autocomplete="off" autofocus=autofocus aria-describedby=aria.described_by aria-invalid=aria.invalid
            aria-required=aria.required
        />
    }
    .into_any()
}

fn choice(
    field: &'static FieldSpec,
    options: &'static [&'static str],
    none: Option<&'static str>,
    value: &str,
    aria: InputAria,
) -> AnyView {
    // A word that is not offered was typed into the address or kept from another version: it must not vanish silently.
    let unknown = (!value.is_empty() && !options.contains(&value)).then(|| value.to_owned());
    let none = none.map(|none| view! { <option value="" selected=value.is_empty()>{none}</option> });
    let unknown = unknown.map(|word| view! { <option value=word.clone() selected>{word.clone()}</option> });
    let options = options
        .iter()
        .map(|word| view! { <option value=*word selected=value == *word>{*word}</option> });
    view! {
        <select
            id=input_id(field.name) name=field.name aria-describedby=aria.described_by aria-invalid=aria.invalid
            aria-required=aria.required
        >
            {none} {unknown} {options.collect_view()}
        </select>
    }
    .into_any()
}

fn choices(field: &'static FieldSpec, options: &'static [&'static str], draft: &Draft, aria: InputAria) -> AnyView {
    let id = input_id(field.name);
    let label = format!("{id}-label");
    let boxes = options.iter().enumerate().map(|(index, word)| {
        let checked = draft.values(field.name).iter().any(|value| value == word);
        let id = (index == 0).then(|| id.clone());
        view! {
            <label class="choice">
                <input type="checkbox" id=id name=field.name value=*word checked=checked/>
                <span>{*word}</span>
            </label>
        }
    });
    view! {
        <div class="choices" role="group" aria-labelledby=label aria-describedby=aria.described_by>
            {boxes.collect_view()}
        </div>
    }
    .into_any()
}

fn hours(field: &'static FieldSpec, draft: &Draft, aria: InputAria) -> AnyView {
    let id = input_id(field.name);
    let label = format!("{id}-label");
    let values = draft.values(field.name);
    let ranges = (0..Input::HOUR_RANGES).map(|range| {
        let end = |offset: usize| {
            let index = range * 2 + offset;
            let name = format!("Range {}, {}", range + 1, if offset == 0 { "from" } else { "to" });
            let id = (index == 0).then(|| id.clone());
            let value = values.get(index).cloned().unwrap_or_default();
            view! { <input type="time" id=id name=field.name value=value aria-label=name/> }
        };
        view! { <span class="range">{end(0)} " to " {end(1)}</span> }
    });
    view! {
        <div class="hours" role="group" aria-labelledby=label aria-describedby=aria.described_by>
            {ranges.collect_view()}
        </div>
    }
    .into_any()
}

/// Another record: its reference, which a search by name offers.
#[component]
fn ReferenceInput(
    field: &'static FieldSpec,
    example: &'static str,
    value: String,
    aria: InputAria,
    actions: &'static RecordActions,
) -> impl IntoView {
    let found = RwSignal::new(Vec::<(RecordRef, String)>::new());
    let latest = StoredValue::new(0_u32);
    let mut search = debounce(Duration::from_millis(180), move |text: String| {
        let is_offered = found.with_untracked(|found| found.iter().any(|(record, _)| record.reference == text));
        if text.trim().is_empty() || is_offered {
            return;
        }
        let number = latest.try_update_value(|latest| {
            *latest += 1;
            *latest
        });
        let Some(number) = number else {
            return;
        };
        spawn_local(async move {
            // Without an answer nothing is offered; a reference can be typed all the same.
            let answer = (actions.find)(text).await.unwrap_or_default();
            // An older answer never replaces a newer one.
            if latest.try_get_value() == Some(number) {
                found.try_set(answer);
            }
        });
    });
    let options = move || {
        let offer = |(record, note): (RecordRef, String)| {
            let label = format!("{}, {note}", record.name);
            view! { <option value=record.reference>{label}</option> }
        };
        found.get().into_iter().map(offer).collect_view()
    };
    let list = format!("{}-options", input_id(field.name));
    view! {
        <input
            id=input_id(field.name) name=field.name type="text" list=list.clone() autocomplete="off"
            maxlength="160" value=value placeholder=example aria-describedby=aria.described_by
            aria-invalid=aria.invalid on:input=move |event| search(event_target_value(&event))
        />
        <datalist id=list>{options}</datalist>
    }
}

/// Both changed this field: theirs and mine, side by side.
fn conflict_view(field: &FieldSpec, mine: Option<String>, conflict: Conflict) -> impl IntoView + use<> {
    let name = format!("{}{}", names::RESOLVE, field.name);
    let text = |value: Option<String>| value.unwrap_or_else(|| "(empty)".into());
    let Conflict { theirs, takes_theirs } = conflict;
    view! {
        <fieldset class="conflict">
            <legend>"Both of you changed this. Keep which?"</legend>
            <label class="choice">
                <input type="radio" name=name.clone() value=names::MINE checked=takes_theirs == Some(false)/>
                <span>"Yours: " <b>{text(mine)}</b></span>
            </label>
            <label class="choice">
                <input type="radio" name=name value=names::THEIRS checked=takes_theirs == Some(true)/>
                <span>"Theirs: " <b>{text(theirs)}</b></span>
            </label>
        </fieldset>
    }
}
