//! The table of changes, a row for each field.

use leptos::prelude::*;

use crate::base::audit::{Change, EntityKind};
use crate::base::text::{capitalize, isolated};
use crate::base::time;
use crate::history::registry;
use crate::history::responses::HistoryRow;
use crate::timeline::change_text::{instant, value};

/// The table.
#[component]
pub fn ChangeTable(rows: Vec<HistoryRow>) -> impl IntoView {
    view! {
        <div class="scroll" tabindex="0" role="group" aria-label="Changes, scrolls sideways">
            <table class="changes">
                <caption class="visually-hidden">"Changes, newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"When (IST)"</th>
                        <th scope="col">"Who"</th>
                        <th scope="col">"What"</th>
                        <th scope="col">"Change"</th>
                        <th scope="col">"Source"</th>
                    </tr>
                </thead>
                <tbody>{rows.into_iter().map(table_row).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn table_row(row: HistoryRow) -> impl IntoView {
    view! {
        <tr>
            <th scope="row">{instant(row.at, time::format_datetime(row.at))}</th>
            <td data-label="Who">{row.actor.name().to_owned()}</td>
            <td data-label="What"><div>{record(&row)}</div></td>
            <td data-label="Change"><div class="change">{change(row.entity, &row.change)}</div></td>
            <td data-label="Source">{row.source.label()}</td>
        </tr>
    }
}

/// What was changed: its name, with a link where there is a page of it, and what kind of thing it is.
fn record(row: &HistoryRow) -> impl IntoView + use<> {
    let (name, detail, is_deleted) = match row.name.clone() {
        Some(found) => (found.name, found.detail, found.is_deleted),
        None if row.entity == EntityKind::SessionPolicy => ("Session settings".into(), None, false),
        None => ("Unknown".into(), None, false),
    };
    let address = registry::address(row.entity, row.entity_id).filter(|_| row.name.is_some() && !is_deleted);
    let name = match address {
        Some(href) => view! { <a class="name" href=href>{name}</a> }.into_any(),
        None => view! { <span class="name">{name}</span> }.into_any(),
    };
    let mut aside = vec![capitalize(row.entity.label())];
    aside.extend(detail.map(|detail| isolated(&detail).into_owned()));
    aside.extend(is_deleted.then(|| "deleted".to_owned()));
    view! { {name} <span class="muted">{aside.join(", ")}</span> }
}

/// A field, its value before and after; a word for the whole thing stands alone.
fn change(entity: EntityKind, change: &Change) -> AnyView {
    let label = registry::label(entity, &change.field);
    if change.before.is_none() && change.after.is_none() {
        return label.into_any();
    }
    let side = |text: &Option<String>| match text {
        Some(text) => value(text),
        None => view! { <span class="muted">"empty"</span> }.into_any(),
    };
    view! {
        {label} ": " {side(&change.before)} " " <span aria-hidden="true">"→"</span> <span class="visually-hidden">"became"</span> " "
        {side(&change.after)}
    }
    .into_any()
}
