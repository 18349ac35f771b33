//! The page of the deleted records: each can be restored.

use chrono::NaiveDate;
use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_router::hooks::use_query_map;
use uuid::Uuid;

use super::delete_dialog::restore_with_toast;
use super::responses::{DeletedList, DeletedQuery, DeletedRow};
use super::subject::SubjectPages;
use crate::base::spec::FieldSpec;
use crate::base::text::{isolated, tidy_search};
use crate::base::time::format_datetime;
use crate::http::current_user::ExpectedUser;
use crate::list::page_context::PageContext;
use crate::list::routes::{deleted_search_url, deleted_url, list_url, restore_url};
use crate::ui::cell::{cell, numeric_class};
use crate::ui::dom::HEADING;
use crate::ui::latest_resource::LatestResource;
use crate::ui::navigate::use_navigate_in_place;
use crate::ui::region::Region;
use crate::ui::title::PageTitle;
use crate::ui::toast::Toasts;

/// The page.
#[component]
pub fn DeletedPage(subject: &'static SubjectPages) -> impl IntoView {
    let SubjectPages { spec, deleted, .. } = subject;
    let page = PageContext::of_page();
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|map| DeletedQuery {
            search: map.get("q").unwrap_or_default(),
            older_than: map.get("older_than").and_then(|id| Uuid::parse_str(&id).ok()),
        })
    });
    let list = LatestResource::new(
        move || (asked.get(), page.refresh.count()),
        move |(asked, _)| deleted(asked),
    );
    page.return_focus(move || list.has_update());
    let title = format!("Deleted {}", spec.plural);
    let input = NodeRef::<html::Input>::new();
    let navigate = use_navigate_in_place();
    let search = move |event: SubmitEvent| {
        event.prevent_default();
        let typed = input.get_untracked().map(|input| input.value()).unwrap_or_default();
        navigate(&deleted_search_url(spec, &tidy_search(&typed)), false);
    };
    view! {
        <PageTitle text=title.clone()/>
        <div class="page-header">
            <h1 id=HEADING tabindex="-1">{title}</h1>
            <form class="search-form" method="get" action=deleted_url(spec) role="search" on:submit=search>
                <input
                    class="search" type="search" name="q" value=move || asked.get().search aria-label=format!("Search deleted {}", spec.plural)
                    placeholder="Name or number" dir="auto" autocomplete="off" node_ref=input
                />
                <button class="button">"Search"</button>
            </form>
            <a class="button" href=list_url(spec, "")>{format!("All {}", spec.plural)}</a>
        </div>
        <Region id="list" answer=list view=move |list| deleted_table(subject, list)/>
    }
}

fn deleted_table(subject: &'static SubjectPages, list: DeletedList) -> AnyView {
    let spec = subject.spec;
    let DeletedList {
        search,
        rows,
        older_than,
        today,
    } = list;
    let all = (!search.is_empty()).then(|| view! { <a class="button" href=deleted_url(spec)>"Clear search"</a> });
    if rows.is_empty() {
        let (heading, help) = match search.is_empty() {
            true => ("", format!("Deleted {} appear here.", spec.plural)),
            false => (" match", "Check the spelling, or search by the number.".to_owned()),
        };
        return view! {
            <div class="table-card"><div class="empty">
                <h2>{format!("No deleted {}{heading}", spec.plural)}</h2>
                <p>{help}</p>
                <p class="actions">{all}</p>
            </div></div>
        }
        .into_any();
    }
    let older = older_than.map(|id| {
        let address = deleted_search_url(spec, &search);
        let sign = if search.is_empty() { '?' } else { '&' };
        view! { <a class="button" href=format!("{address}{sign}older_than={id}")>"Older"</a> }
    });
    let fields: Vec<&FieldSpec> = spec
        .deleted_columns
        .iter()
        .filter_map(|name| spec.field(name))
        .collect();
    let headers = fields
        .iter()
        .map(|field| view! { <th scope="col" class=numeric_class(field)>{field.label}</th> })
        .collect_view();
    let rows = rows
        .into_iter()
        .map(|row| deleted_row(subject, &fields, row, today))
        .collect_view();
    view! {
        <div class="table-card">
            <div class="scroll" tabindex="0" role="group" aria-label=format!("Deleted {}, scrolls sideways", spec.plural)>
            <table>
                <caption class="visually-hidden">{format!("Deleted {}", spec.plural)}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        {headers}
                        <th scope="col">"Deleted"</th>
                        <th scope="col">"By"</th>
                        <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            </div>
            <div class="table-footer"><nav aria-label="Pages">{all} {older}</nav></div>
        </div>
    }
    .into_any()
}

fn deleted_row(
    subject: &'static SubjectPages,
    fields: &[&'static FieldSpec],
    row: DeletedRow,
    today: NaiveDate,
) -> impl IntoView + use<> {
    let page = PageContext::of_page();
    let toasts = Toasts::of_app();
    let DeletedRow {
        record,
        version,
        cells,
        deleted_at,
        deleted_by,
    } = row;
    let id = record.id;
    let label = format!("Restore {}", isolated(&record.name));
    let restore = move |event: SubmitEvent| {
        event.prevent_default();
        restore_with_toast(subject, (id, version), toasts, move || {
            page.notify_changed(HEADING.into())
        });
    };
    let cells = fields.iter().zip(cells).map(|(field, value)| {
        view! { <td class=numeric_class(field) data-label=field.label>{cell(&value, today)}</td> }
    });
    view! {
        <tr>
            <th scope="row">
                <span class="name">{record.name}</span>
                <span class="muted">{record.reference}</span>
            </th>
            {cells.collect_view()}
            <td data-label="Deleted">{format_datetime(deleted_at)}</td>
            <td data-label="By"><bdi>{deleted_by.unwrap_or_else(|| "–".to_owned())}</bdi></td>
            <td class="row-actions">
                <form method="post" action=restore_url(subject.spec, id, version) on:submit=restore>
                    <ExpectedUser/>
                    <button class="button" aria-label=label>"Restore"</button>
                </form>
            </td>
        </tr>
    }
}
