//! The inputs of a form, drawn from the table of fields.

use leptos::prelude::*;
use maud::html;
use std::iter;
use std::time::Duration;

use super::choices::Choices;
use super::draft::Draft;
use super::hint::HintText;
use super::merge::Conflict;
use super::responses::RecordForm;
use super::subject::SubjectDialogs;
use super::submission::names;
use crate::base::audit::EntityKind;
use crate::base::cell::Cell;
use crate::base::spec::{FieldSpec, Input};
use crate::base::text::isolated;
use crate::list::responses::Row;
use crate::ui::field::{Field, InputAria};
use crate::ui::latest_resource::LatestRequest;

/// The id of a field's first input.
pub fn input_id(field: &str) -> String {
    format!("field-{field}")
}

/// A field: label, help, input, error, and the other person's value where both changed it.
pub fn field_view(field: &'static FieldSpec, form: &RecordForm, autofocus: bool) -> AnyView {
    let draft = &form.draft;
    let around = Field {
        id: input_id(field.name),
        label: field.label.to_owned(),
        is_optional: !field.required,
        is_group: field.input.is_group(),
        help: field.help,
        error: form.errors.get(field.name).cloned(),
    };
    let aria = around.aria();
    let value = draft.value(field.name);
    let input = match field.input {
        Input::Choices { options, .. } => choices(field, options, draft, aria),
        Input::Hours => hours(field, draft, aria),
        Input::Choice { options, none } => choice(field, options, none, value, aria, autofocus),
        Input::Loaded { none } => loaded_choice(field, none, value, aria, autofocus),
        Input::Lines { .. } => lines_input(field, value, &aria),
        Input::Reference { entity, example } => {
            let value = value.to_owned();
            view! { <ReferenceInput field entity example value aria/> }.into_any()
        }
        _ => plain_input(field, value.to_owned(), aria, autofocus),
    };
    let unit = match field.input {
        Input::Number(number) => Some(view! { <span class="unit">{number.unit}</span> }),
        _ => None,
    };
    let conflict = form.conflicts.get(field.name);
    let conflict = conflict.map(|conflict| conflict_view(field, draft.display_text(field), conflict.clone()));
    let class = format!("field-{}{}", field.name, if around.is_group { " wide" } else { "" });
    let SubjectDialogs { spec, hint, .. } = SubjectDialogs::of_page();
    let hint = hint.filter(|hint| hint.field == field.name);
    let hint = hint.map(|hint| view! { <HintText spec hint draft=draft.clone()/> });
    around
        .view(&class, view! { {input} {unit} }, view! { {hint} {conflict} })
        .into_any()
}

fn plain_input(field: &'static FieldSpec, value: String, aria: InputAria, autofocus: bool) -> AnyView {
    // No `maxlength`, which cuts a paste off before anybody has judged it.
    let (kind, mode) = match field.input {
        // Not type="email": it changes what is typed, and refuses addresses that are right.
        Input::Email => ("text", Some("email")),
        Input::Phone => ("tel", Some("tel")),
        Input::PinCode => ("text", Some("numeric")),
        // Not type="number": it drops what it cannot read, and what is typed shall survive every error.
        Input::Number(number) if number.min < 0 => ("text", None),
        Input::Number(_) => ("text", Some("decimal")),
        // A browser does not send a form with half a date in it, since the form is not `novalidate`.
        Input::Date => ("date", None),
        _ => ("text", None),
    };
    // Each text in its own direction; numbers, dates and addresses have one.
    let direction = matches!(field.input, Input::Text { .. }).then_some("auto");
    let capitals = matches!(field.input, Input::Email).then_some("none");
    view! {
        <input
            id=input_id(field.name) name=field.name type=kind inputmode=mode value=value
            autocomplete="off" autocapitalize=capitals autofocus=autofocus dir=direction aria-describedby=aria.described_by aria-invalid=aria.invalid
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
    autofocus: bool,
) -> AnyView {
    let words = options.iter().map(|word| (*word, *word));
    // Without it the first word would be chosen by nobody.
    let none = none.or(value.is_empty().then_some("Choose"));
    select(
        field,
        none.map(|none| ("", none)).into_iter().chain(words),
        value,
        aria,
        autofocus,
    )
}

/// One of the options that came with the form.
fn loaded_choice(
    field: &'static FieldSpec,
    none: &'static str,
    value: &str,
    aria: InputAria,
    autofocus: bool,
) -> AnyView {
    let choices = Choices::of_form();
    let options = choices.of_field(field.name).iter();
    let options = options.map(|option| (option.value.as_str(), option.label.as_str()));
    select(field, iter::once(("", none)).chain(options), value, aria, autofocus)
}

/// Of each option, its value and its text.
fn select<'a>(
    field: &'static FieldSpec,
    options: impl Iterator<Item = (&'a str, &'a str)>,
    value: &'a str,
    aria: InputAria,
    autofocus: bool,
) -> AnyView {
    let mut options: Vec<(&str, &str)> = options.collect();
    // A value that is not offered was typed into the address or kept from another version: it must not vanish silently.
    if !value.is_empty() && !options.iter().any(|(offered, _)| *offered == value) {
        options.push((value, value));
    }
    let offered = options.into_iter().map(|(word, text)| {
        let selected = word == value;
        view! { <option value=word.to_owned() selected=selected>{text.to_owned()}</option> }
    });
    view! {
        <select
            id=input_id(field.name) name=field.name autofocus=autofocus aria-describedby=aria.described_by
            aria-invalid=aria.invalid aria-required=aria.required
        >
            {offered.collect_view()}
        </select>
    }
    .into_any()
}

/// Several lines. As HTML text, since Leptos does not escape what stands in a `<textarea>`.
fn lines_input(field: &'static FieldSpec, value: &str, aria: &InputAria) -> AnyView {
    let html = html! {
        textarea id=(input_id(field.name)) name=(field.name) rows="6" autocomplete="off" dir="auto"
            aria-describedby=[aria.described_by.as_deref()] aria-invalid=[aria.invalid] aria-required=[aria.required] {
            // A browser passes over the first line break.
            "\n" (value)
        }
    };
    view! { <div class="lines" inner_html=html.into_string()></div> }.into_any()
}

fn choices(field: &'static FieldSpec, options: &'static [&'static str], draft: &Draft, aria: InputAria) -> AnyView {
    let boxes = options.iter().enumerate().map(|(index, word)| {
        let checked = draft.values(field.name).iter().any(|value| value == word);
        view! {
            <label class="choice">
                <input type="checkbox" id=id_of_first(field, index) name=field.name value=*word checked=checked/>
                <span>{*word}</span>
            </label>
        }
    });
    group("choices", field, aria, boxes.collect_view())
}

fn hours(field: &'static FieldSpec, draft: &Draft, aria: InputAria) -> AnyView {
    let values = draft.values(field.name);
    let ranges = (0..Input::HOUR_RANGES).map(|range| {
        let end = |offset: usize| {
            let index = range * 2 + offset;
            let name = format!("Range {}, {}", range + 1, if offset == 0 { "from" } else { "to" });
            let value = values.get(index).cloned().unwrap_or_default();
            // Not type="time": it sends half a time as none, and shows 12 or 24 hours as the browser's language has it.
            view! {
                <input
                    type="text" id=id_of_first(field, index) name=field.name value=value aria-label=name placeholder="21:00"
                    autocomplete="off"
                />
            }
        };
        view! { <span class="range">{end(0)} " to " {end(1)}</span> }
    });
    group("hours", field, aria, ranges.collect_view())
}

/// The field's label and the links to it lead to the first of its inputs.
fn id_of_first(field: &FieldSpec, index: usize) -> Option<String> {
    (index == 0).then(|| input_id(field.name))
}

fn group(class: &'static str, field: &FieldSpec, aria: InputAria, inputs: impl IntoView) -> AnyView {
    let label = format!("{}-label", input_id(field.name));
    view! {
        <div class=class role="group" aria-labelledby=label aria-describedby=aria.described_by>{inputs}</div>
    }
    .into_any()
}

/// Another record: its reference, which a search by name offers.
#[component]
fn ReferenceInput(
    field: &'static FieldSpec,
    entity: EntityKind,
    example: &'static str,
    value: String,
    aria: InputAria,
) -> impl IntoView {
    let find = SubjectDialogs::of(entity).and_then(|dialogs| dialogs.find);
    let found = RwSignal::new(Vec::<Row>::new());
    let request = LatestRequest::new();
    let mut search = debounce(Duration::from_millis(180), move |text: String| {
        let is_offered = |found: &Vec<Row>| found.iter().any(|row| row.subtitle == text);
        // The form may have been left meanwhile.
        if text.trim().is_empty() || found.try_with_untracked(is_offered) != Some(false) {
            return;
        }
        let Some(find) = find else {
            return;
        };
        request.send(find(text), move |answer| {
            // Without an answer nothing is offered; a reference can be typed all the same.
            found.try_set(answer.unwrap_or_default());
        });
    });
    let options = move || {
        let offer = |row: Row| {
            let label: Vec<String> = iter::once(row.title)
                .chain(row.cells.into_iter().map(Cell::into_text))
                .map(|text| isolated(&text).into_owned())
                .collect();
            view! { <option value=row.subtitle>{label.join(", ")}</option> }
        };
        found.get().into_iter().map(offer).collect_view()
    };
    let list = format!("{}-options", input_id(field.name));
    view! {
        <input
            id=input_id(field.name) name=field.name type="text" list=list.clone() autocomplete="off" dir="auto"
            value=value placeholder=example aria-describedby=aria.described_by
            aria-invalid=aria.invalid on:input=move |event| search(event_target_value(&event))
        />
        <datalist id=list>{options}</datalist>
    }
}

/// Both changed this field: theirs and mine, side by side.
fn conflict_view(field: &FieldSpec, mine: Option<String>, conflict: Conflict) -> impl IntoView + use<> {
    let name = format!("{}{}", names::RESOLVE, field.name);
    let Conflict { theirs, takes_theirs } = conflict;
    let choices = Choices::of_form();
    let called = |value: String| choices.label(field.name, &value).to_owned();
    let (mine, theirs) = (mine.map(called), theirs.map(called));
    let choice = |word: &'static str, whose: &'static str, value: Option<String>, checked: bool| {
        view! {
            <label class="choice">
                <input type="radio" name=name.clone() value=word checked=checked/>
                <span>{whose} <b><bdi>{value.unwrap_or_else(|| "(empty)".into())}</bdi></b></span>
            </label>
        }
    };
    view! {
        <fieldset class="conflict">
            <legend>"Both of you changed this. Keep which?"</legend>
            {choice(names::MINE, "Yours: ", mine, takes_theirs == Some(false))}
            {choice(names::THEIRS, "Theirs: ", theirs, takes_theirs == Some(true))}
        </fieldset>
    }
}
