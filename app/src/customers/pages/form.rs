//! The inputs of the form, drawn from the table of fields.

use leptos::{html, prelude::*, task::spawn_local};
use std::time::Duration;

use crate::customers::api::find_customers;
use crate::customers::model::draft::{Draft, Errors};
use crate::customers::model::field::{Field, Group, Input};
use crate::customers::model::merge::Theirs;
use crate::customers::model::{AccountNumber, CustomerName};
use crate::customers::place;
use crate::customers::submission::names;
use crate::customers::view::{CustomerForm, Editing, Problem};

/// All that stands in the form but its buttons. `first` is false for an answer to a sending: then the summary takes the focus.
#[component]
pub fn FormBody(form: CustomerForm, first: bool, restored: bool) -> impl IntoView {
    let CustomerForm {
        id,
        editing,
        draft,
        errors,
        problem,
        conflicts,
    } = form;
    let new = editing.is_none();
    let groups = Group::ALL.iter().map(|group| {
        let fields = group.fields().map(|field| {
            let wrong = errors.get(&field).cloned();
            field_view(field, &draft, wrong, conflicts.get(&field).cloned(), new).into_any()
        });
        view! {
            <fieldset class=format!("group {}", group.word().to_lowercase())>
                <legend>{group.word()}</legend>
                {fields.collect_view()}
            </fieldset>
        }
    });
    view! {
        <input type="hidden" name=names::ID value=id.to_string()/>
        {editing.map(|editing| started_from(&editing))}
        {conflicts.keys().map(|field| view! { <input type="hidden" name=names::ASKED value=field.word()/> }).collect_view()}
        <div class="fields">
            {restored.then(|| view! { <p class="hint" role="status">"What you typed before is back."</p> })}
            <Summary problem errors=errors.clone() conflicts=conflicts.keys().copied().collect() focus=!first/>
            {groups.collect_view()}
        </div>
    }
}

/// What the edit started from, so that other people's changes can be told from this person's.
fn started_from(editing: &Editing) -> impl IntoView + use<> {
    let values = Field::ALL
        .iter()
        .flat_map(|field| editing.was.values(*field).iter().map(|value| (*field, value.clone())));
    let inputs = values.map(|(field, value)| {
        view! { <input type="hidden" name=format!("{}{field}", names::WAS) value=value/> }
    });
    view! {
        <input type="hidden" name=names::VERSION value=editing.version.to_string()/>
        <input type="hidden" name=names::ACCOUNT value=editing.account_number.to_string()/>
        {inputs.collect_view()}
    }
}

/// What is wrong with the whole, and a link to every field that is wrong or asked about.
#[component]
fn Summary(problem: Option<Problem>, errors: Errors, conflicts: Vec<Field>, focus: bool) -> impl IntoView {
    let element = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if let Some(summary) = element.get().filter(|_| focus) {
            let _ = summary.focus();
        }
    });
    let nothing = problem.is_none() && errors.is_empty() && conflicts.is_empty();
    let link = |field: Field, text: String| {
        view! { <li><a href=format!("#{}", input_id(field)) rel="external">{field.label()} ": " {text}</a></li> }
    };
    let wrong = errors
        .iter()
        .map(|(field, message)| link(*field, message.clone()))
        .collect_view();
    let asked = conflicts.iter().filter(|field| !errors.contains_key(*field));
    let asked = asked
        .map(|field| link(*field, "choose which value to keep".into()))
        .collect_view();
    let (message, customer) = problem.map_or((None, None), |problem| (Some(problem.message), problem.customer));
    let message = match message {
        Some(message) if !message.is_empty() => message,
        _ if errors.len() == 1 => "One field needs a look before this can be saved.".into(),
        _ => format!("{} fields need a look before this can be saved.", errors.len()),
    };
    let who = customer.map(|customer| {
        let name = format!("Open {} ({})", customer.name, customer.account_number);
        view! { <p><a href=place::record(customer.id, "") target="_blank">{name}</a></p> }
    });
    (!nothing).then(|| {
        view! {
            <div class="summary" id="problems" role="alert" tabindex="-1" node_ref=element>
                <p>{message}</p>
                {who}
                <ul>{wrong} {asked}</ul>
            </div>
        }
    })
}

/// The id of a field's first input.
pub fn input_id(field: Field) -> String {
    format!("field-{}", field.word())
}

/// A field: label, help, input, error, and the other person's value where both changed it.
fn field_view(
    field: Field,
    draft: &Draft,
    error: Option<String>,
    theirs: Option<Theirs>,
    new: bool,
) -> impl IntoView + use<> {
    let id = input_id(field);
    let (help_id, error_id) = (format!("{id}-help"), format!("{id}-error"));
    // An error says what is allowed, and more of it.
    let help = field.help().filter(|_| error.is_none());
    let described: Vec<&str> = [
        help.map(|_| help_id.as_str()),
        error.as_ref().map(|_| error_id.as_str()),
    ]
    .into_iter()
    .flatten()
    .collect();
    let describe = Describe {
        described_by: (!described.is_empty()).then(|| described.join(" ")),
        invalid: error.is_some().then_some("true"),
        required: (!field.optional()).then_some("true"),
    };
    let mine = draft.said(field);
    let input = match field.input() {
        Input::Choices { options } => choices(field, options(), draft, describe).into_any(),
        Input::Hours => hours(field, draft, describe).into_any(),
        Input::Choice { options, none } => choice(field, options(), none, draft.value(field), describe).into_any(),
        Input::Customer => view! { <CustomerInput value=draft.value(field).to_owned() describe/> }.into_any(),
        plain => plain_input(field, plain, draft.value(field).to_owned(), describe, new).into_any(),
    };
    let unit = match field.input() {
        Input::Number { unit, .. } => Some(view! { <span class="unit">{unit}</span> }),
        _ => None,
    };
    let optional = field
        .optional()
        .then(|| view! { <span class="optional">" (optional)"</span> });
    let many = matches!(field.input(), Input::Choices { .. } | Input::Hours);
    let label = if many {
        view! { <span class="label" id=format!("{id}-label")>{field.label()} {optional}</span> }.into_any()
    } else {
        view! { <label class="label" for=id.clone()>{field.label()} {optional}</label> }.into_any()
    };
    view! {
        <div class=format!("field of-{}", field.word()) class:wide=many>
            {label}
            <div class="control">{input} {unit}</div>
            {help.map(|help| view! { <p class="help" id=help_id>{help}</p> })}
            {error.map(|error| view! { <p class="error" id=error_id>{error}</p> })}
            {theirs.map(|theirs| conflict(field, mine, theirs))}
        </div>
    }
}

/// What ties an input to its help and error.
#[derive(Clone)]
struct Describe {
    described_by: Option<String>,
    invalid: Option<&'static str>,
    required: Option<&'static str>,
}

fn plain_input(field: Field, input: Input, value: String, describe: Describe, new: bool) -> impl IntoView {
    let (kind, mode, most) = match input {
        Input::Email => ("email", Some("email"), Some(254)),
        Input::Phone => ("tel", Some("tel"), Some(24)),
        Input::Digits { most } => ("text", Some("numeric"), Some(most)),
        // Not type="number": it drops what it cannot read, and what is typed shall survive every error.
        Input::Number { least, .. } if least < 0.0 => ("text", None, Some(20)),
        Input::Number { .. } => ("text", Some("decimal"), Some(20)),
        Input::Date => ("date", None, None),
        // Room for more than is allowed, so that a long paste is answered instead of cut off.
        Input::Text { most } => ("text", None, Some(most + 200)),
        _ => ("text", None, None),
    };
    let first = new && field == Field::Name;
    view! {
        <input
            id=input_id(field) name=field.word() type=kind inputmode=mode maxlength=most.map(|most| most.to_string()) value=value
            autocomplete="off" autofocus=first aria-describedby=describe.described_by aria-invalid=describe.invalid
            aria-required=describe.required
        />
    }
}

fn choice(
    field: Field,
    options: Vec<&'static str>,
    none: Option<&'static str>,
    value: &str,
    describe: Describe,
) -> impl IntoView + use<> {
    // A word that is not offered was typed into the address or kept from another version: it must not vanish silently.
    let foreign = (!value.is_empty() && !options.contains(&value)).then(|| value.to_owned());
    let none = none.map(|none| view! { <option value="" selected=value.is_empty()>{none}</option> });
    let foreign = foreign.map(|word| view! { <option value=word.clone() selected>{word.clone()}</option> });
    let options = options
        .into_iter()
        .map(|word| view! { <option value=word selected=value == word>{word}</option> });
    view! {
        <select
            id=input_id(field) name=field.word() aria-describedby=describe.described_by aria-invalid=describe.invalid
            aria-required=describe.required
        >
            {none} {foreign} {options.collect_view()}
        </select>
    }
}

fn choices(field: Field, options: Vec<&'static str>, draft: &Draft, describe: Describe) -> impl IntoView + use<> {
    let id = input_id(field);
    let label = format!("{id}-label");
    let boxes = options.into_iter().enumerate().map(|(index, word)| {
        let on = draft.values(field).iter().any(|value| value == word);
        let id = (index == 0).then(|| id.clone());
        view! {
            <label class="choice">
                <input type="checkbox" id=id name=field.word() value=word checked=on/>
                <span>{word}</span>
            </label>
        }
    });
    view! {
        <div class="choices" role="group" aria-labelledby=label aria-describedby=describe.described_by>
            {boxes.collect_view()}
        </div>
    }
}

fn hours(field: Field, draft: &Draft, describe: Describe) -> impl IntoView + use<> {
    let id = input_id(field);
    let label = format!("{id}-label");
    let values = draft.values(field);
    let ranges = (0..3).map(|range| {
        let end = |offset: usize| {
            let index = range * 2 + offset;
            let name = format!("Range {}, {}", range + 1, if offset == 0 { "from" } else { "to" });
            let id = (index == 0).then(|| id.clone());
            let value = values.get(index).cloned().unwrap_or_default();
            view! { <input type="time" id=id name=field.word() value=value aria-label=name/> }
        };
        view! { <span class="range">{end(0)} " to " {end(1)}</span> }
    });
    view! {
        <div class="hours" role="group" aria-labelledby=label aria-describedby=describe.described_by>
            {ranges.collect_view()}
        </div>
    }
}

/// Another customer: an account number, which a search by name offers.
#[component]
fn CustomerInput(value: String, describe: Describe) -> impl IntoView {
    let found = RwSignal::new(Vec::<(CustomerName, String)>::new());
    let asked = StoredValue::new(0_u32);
    let mut later = debounce(Duration::from_millis(180), move |text: String| {
        let is_answer = text.trim().is_empty() || (text.contains('-') && AccountNumber::parse(&text).is_ok());
        if is_answer {
            return;
        }
        let Some(number) = asked.try_update_value(|asked| {
            *asked += 1;
            *asked
        }) else {
            return;
        };
        spawn_local(async move {
            // Without an answer nothing is offered; the account number can be typed all the same.
            let answer = find_customers(text).await.unwrap_or_default();
            // An older answer never replaces a newer one.
            if asked.try_get_value() == Some(number) {
                found.try_set(answer);
            }
        });
    });
    let options = move || {
        let offer = |(customer, city): (CustomerName, String)| {
            let label = format!("{}, {city}", customer.name);
            view! { <option value=customer.account_number.to_string()>{label}</option> }
        };
        found.get().into_iter().map(offer).collect_view()
    };
    view! {
        <input
            id=input_id(Field::ReferredBy) name=Field::ReferredBy.word() type="text" list="referrers" autocomplete="off"
            maxlength="160" value=value placeholder="LM-0001042" aria-describedby=describe.described_by
            aria-invalid=describe.invalid on:input=move |event| later(event_target_value(&event))
        />
        <datalist id="referrers">{options}</datalist>
    }
}

/// Both changed this field: theirs and mine, side by side.
fn conflict(field: Field, mine: Option<String>, theirs: Theirs) -> impl IntoView {
    let name = format!("{}{field}", names::KEEP);
    let said = |value: Option<String>| value.unwrap_or_else(|| "(empty)".into());
    view! {
        <fieldset class="conflict">
            <legend>"Both of you changed this. Keep which?"</legend>
            <label class="choice">
                <input type="radio" name=name.clone() value=names::MINE checked=theirs.chosen == Some(false)/>
                <span>"Yours: " <b>{said(mine)}</b></span>
            </label>
            <label class="choice">
                <input type="radio" name=name value=names::THEIRS checked=theirs.chosen == Some(true)/>
                <span>"Theirs: " <b>{said(theirs.said)}</b></span>
            </label>
        </fieldset>
    }
}
