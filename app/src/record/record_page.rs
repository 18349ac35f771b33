//! What the record pages of all subjects share. The layout of its record is each subject's own.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use super::record_ref::RecordRef;
use crate::base::spec::SubjectSpec;
use crate::base::text::capitalize;
use crate::base::time::format_datetime;
use crate::http::current_user::CurrentUser;
use crate::list::page_context::PageContext;
use crate::list::routes::{delete_url, deleted_url, edit_url, from_record, list_url};
use crate::ui::dom::HEADING;
use crate::ui::error_view::NotFound;
use crate::ui::title::PageTitle;

/// In place of a record that does not exist, or not any more.
#[component]
pub fn RecordNotFound(
    /// The subject.
    spec: &'static SubjectSpec,
) -> impl IntoView {
    view! {
        <NotFound what=format!("This {}", spec.singular)>
            {CurrentUser::may(spec.edit).then(|| view! {
                <a class="button" href=deleted_url(spec)>{format!("Deleted {}", spec.plural)}</a>
            })}
        </NotFound>
    }
}

/// The head of a record: the way back to the list, the name, what can be done.
#[component]
pub fn RecordHead(
    /// Which record.
    record: RecordRef,
    /// What stands beside the name.
    children: Children,
) -> impl IntoView {
    let page = PageContext::of_page();
    let spec = page.spec;
    let RecordRef { id, reference, name } = record;
    let query = page.query.get_untracked();
    let edit = from_record(&edit_url(spec, id, &query));
    let delete = from_record(&delete_url(spec, id, &query));
    let (edit_label, delete_label) = (format!("Edit {name}"), format!("Delete {name}"));
    view! {
        <PageTitle text=name.clone()/>
        <p class="back"><a href=list_url(spec, &query)>{format!("← {}", capitalize(spec.plural))}</a></p>
        <div class="page-header">
            <h1 id=HEADING tabindex="-1">{name}</h1>
            <span class="muted">{reference}</span>
            {children()}
            {CurrentUser::may(spec.edit).then(|| view! { <div class="actions">
                <a class="button" id=format!("edit-{id}") href=edit data-noscroll aria-label=edit_label>"Edit"</a>
                <a class="button" id=format!("delete-{id}") href=delete data-noscroll aria-label=delete_label>"Delete"</a>
            </div> })}
        </div>
    }
}

/// A section of a record: its fields by their labels.
pub fn section_card(section: &str, rows: impl IntoIterator<Item = (&'static str, AnyView)>) -> AnyView {
    let rows = rows
        .into_iter()
        .map(|(label, value)| view! { <div><dt>{label}</dt><dd>{value}</dd></div> });
    let rows = rows.collect_view();
    view! {
        <section class=format!("card {}", section.to_lowercase())>
            <h2>{section.to_owned()}</h2>
            <dl>{rows}</dl>
        </section>
    }
    .into_any()
}

/// When a record was changed last, in UTC, and which version that has made.
pub fn last_changed(updated_at: DateTime<Utc>, version: i64) -> AnyView {
    let at = format_datetime(updated_at);
    view! { <p class="muted">"Last changed " {at} " IST, version " {version}</p> }.into_any()
}
