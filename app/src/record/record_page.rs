//! What the record pages of all subjects share. The layout of its record is each subject's own.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use uuid::Uuid;

use super::record_ref::RecordRef;
use super::responses::PlainRecord;
use super::subject::{RecordExtras, RelatedRecords, SubjectPages};
use crate::base::audit::EntityKind;
use crate::base::error::AppError;
use crate::base::spec::SubjectSpec;
use crate::base::text::{capitalize, isolated};
use crate::base::time::format_datetime;
use crate::http::current_user::CurrentUser;
use crate::list::page_context::PageContext;
use crate::list::responses::{RelatedRows, Row};
use crate::list::routes::{delete_url, deleted_url, edit_url, record_url};
use crate::timeline::{FetchTimeline, Timeline};
use crate::ui::cell::cell;
use crate::ui::dom::HEADING;
use crate::ui::error_view::{ErrorAlert, NotFound};
use crate::ui::latest_resource::{Answer, LatestResource, PageData};
use crate::ui::page_link::back_link;
use crate::ui::title::PageTitle;

/// In place of a record that does not exist, or not any more.
#[component]
pub fn RecordNotFound(
    /// The subject.
    spec: &'static SubjectSpec,
) -> impl IntoView {
    view! {
        <NotFound what=capitalize(spec.singular) list=(spec.path, spec.plural)>
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
    /// What can be done besides, before Edit and Delete.
    #[prop(optional_no_strip)]
    actions: Option<AnyView>,
    /// What stands beside the name.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let page = PageContext::of_page();
    let spec = page.spec;
    let RecordRef { id, reference, name } = record;
    let query = page.query.get_untracked();
    let edit = page.over_record(&edit_url(spec, id, &query));
    let delete = page.over_record(&delete_url(spec, id, &query));
    let title = isolated(&name).into_owned();
    let (edit_label, delete_label) = (format!("Edit {title}"), format!("Delete {title}"));
    view! {
        <PageTitle text=title/>
        {back_link(page.back_url(), capitalize(spec.plural))}
        <div class="page-header">
            <h1 id=HEADING tabindex="-1">{name}</h1>
            <span class="muted">{reference}</span>
            {children.map(|children| children())}
            {CurrentUser::may(spec.edit).then(|| view! { <div class="actions">
                {actions}
                <a class="button" id=format!("edit-{id}") href=edit data-noscroll aria-label=edit_label>"Edit"</a>
                <a class="button" id=format!("delete-{id}") href=delete data-noscroll aria-label=delete_label>"Delete"</a>
            </div> })}
        </div>
        {RecordExtras::views()}
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

/// The page of a record with its history. `fetch` and `timeline` are the subject's server functions, `draw` lays its answer out.
pub fn record_page<T: PageData>(
    spec: &'static SubjectSpec,
    id: Uuid,
    fetch: fn(Uuid) -> Answer<T>,
    timeline: FetchTimeline,
    draw: fn(T) -> AnyView,
) -> impl IntoView {
    let page = PageContext::of_page();
    let record = LatestResource::new(move || (id, page.refresh.count()), move |(id, _)| fetch(id));
    let retry = Callback::new(move |()| record.refetch());
    let extras = RecordExtras::provide(spec.entity, id);
    page.return_focus(move || record.has_update());
    let content = move || {
        let are_ready = extras.are_ready();
        record.get().filter(|_| are_ready).map(|answer| match answer {
            Ok(page) => draw(page),
            Err(AppError::NotFound) => view! { <RecordNotFound spec/> }.into_any(),
            Err(error) => view! { <ErrorAlert error retry/> }.into_any(),
        })
    };
    let is_shown = Signal::derive(move || matches!(record.get(), Some(Ok(_))));
    let address = Signal::derive(move || page.record_url(id));
    view! {
        <div class="region" aria-busy=move || record.is_loading().to_string()>
            <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{content}</Transition>
        </div>
        {related_records(spec.entity, id, is_shown)}
        <Timeline spec fetch=timeline id is_shown address/>
    }
}

/// The page of a record that shows its fields, section by section, and nothing else.
pub fn plain_record_page(
    spec: &'static SubjectSpec,
    id: Uuid,
    fetch: fn(Uuid) -> Answer<PlainRecord>,
    timeline: FetchTimeline,
) -> impl IntoView {
    record_page(spec, id, fetch, timeline, plain_record_view)
}

fn plain_record_view(page: PlainRecord) -> AnyView {
    let spec = PageContext::of_page().spec;
    let PlainRecord {
        record,
        updated_at,
        today,
    } = page;
    let sections = spec.sections.iter().map(|section| {
        let fields = spec
            .fields_of(section)
            .filter(|field| field.is_stored() && record.draft.applies(field));
        section_card(
            section,
            fields.map(|field| (field.label, cell(&record.draft.cell(spec, field), today))),
        )
    });
    let sections = sections.collect_view();
    view! {
        <RecordHead record=record.record/>
        <div class="record plain">{sections}</div>
        {last_changed(updated_at)}
    }
    .into_any()
}

/// The records of other subjects that belong to one, of those subjects that the user may see.
fn related_records(entity: EntityKind, id: Uuid, is_shown: Signal<bool>) -> AnyView {
    let related = SubjectPages::all().iter().filter_map(|subject| {
        let related = subject.related.filter(|related| related.of == entity)?;
        let spec = subject.spec;
        CurrentUser::may(spec.browse).then(|| view! { <Related spec related id is_shown/> })
    });
    related.collect_view().into_any()
}

#[component]
fn Related(
    spec: &'static SubjectSpec,
    related: &'static RelatedRecords,
    id: Uuid,
    is_shown: Signal<bool>,
) -> impl IntoView {
    let page = PageContext::of_page();
    let answer = LatestResource::new(move || (id, page.refresh.count()), move |(id, _)| (related.fetch)(id));
    let retry = Callback::new(move |()| answer.refetch());
    // The record's own answer decides whether anything is shown: both are read here, where the page waits for them.
    let content = move || {
        let answer = answer.get();
        Some(match answer.filter(|_| is_shown.get())? {
            Ok(found) => cards(spec, related, found),
            Err(error) => view! { <ErrorAlert error retry/> }.into_any(),
        })
    };
    view! { <Transition>{content}</Transition> }
}

fn cards(spec: &'static SubjectSpec, related: &'static RelatedRecords, found: RelatedRows) -> AnyView {
    let RelatedRows { rows, today } = found;
    if rows.is_empty() {
        return ().into_any();
    }
    let fields: Vec<_> = related.fields.iter().filter_map(|name| spec.field(name)).collect();
    let cards = rows.into_iter().map(|row| {
        let Row {
            id,
            title,
            subtitle,
            cells,
        } = row;
        let record = RecordRef {
            id,
            reference: subtitle,
            name: title,
        };
        let values = fields
            .iter()
            .zip(cells)
            .map(|(field, value)| (field.label, cell(&value, today)));
        let name = ("Name", record_link(spec, &record));
        section_card(&capitalize(spec.singular), std::iter::once(name).chain(values))
    });
    view! { <div class="related">{cards.collect_view()}</div> }.into_any()
}

/// A link to another record, with its reference.
pub fn record_link(spec: &'static SubjectSpec, record: &RecordRef) -> AnyView {
    let href = record_url(spec, record.id, "");
    view! { <a href=href><bdi>{record.name.clone()}</bdi></a> " " <span class="muted">{record.reference.clone()}</span> }
        .into_any()
}

/// When a record was changed last, in UTC.
pub fn last_changed(updated_at: DateTime<Utc>) -> AnyView {
    let at = format_datetime(updated_at);
    view! { <p class="muted">"Last changed " {at} " IST"</p> }.into_any()
}
