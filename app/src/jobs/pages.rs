//! The page of jobs, for Admins: what waits, runs, failed and is done, with Retry and Stop.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::api::list_jobs;
use super::model::{JobKind, JobState};
use super::responses::{JobList, JobRow};
use super::routes::{JobsQuery, job_action};
use crate::base::time;
use crate::base::units::Grouped;
use crate::http::current_user::ExpectedUser;
use crate::timeline::change_text::instant;
use crate::ui::dom::{HEADING, restore_focus};
use crate::ui::latest_resource::LatestResource;
use crate::ui::page_link::page_link;
use crate::ui::refresh::RefreshCounter;
use crate::ui::region::Region;
use crate::ui::title::PageTitle;

/// The page.
#[component]
pub fn JobsPage() -> impl IntoView {
    let search = use_location().search;
    let changes = RefreshCounter::of_app();
    let list = LatestResource::new(
        move || (search.get(), changes.count()),
        |(address, _)| list_jobs(address),
    );
    restore_focus(move || list.has_update(), HEADING);
    view! {
        <PageTitle text="Jobs"/>
        <div class="page-header">
            <h1 id=HEADING tabindex="-1">"Jobs"</h1>
        </div>
        <Region id="jobs" answer=list view=|list| view! { <Content list/> }.into_any()/>
    }
}

#[component]
fn Content(list: JobList) -> impl IntoView {
    let pages = [("Newest", list.newest()), ("Older", list.older())];
    let has_pages = pages.iter().any(|(_, href)| href.is_some());
    let pages = has_pages.then(|| {
        let links = pages.map(|(label, href)| view! { {page_link(label, href)} " " });
        view! { <div class="table-footer"><nav aria-label="Pages">{links.into_iter().collect_view()}</nav></div> }
    });
    let table = if list.jobs.is_empty() {
        let none = match list.query {
            JobsQuery { state: Some(state), .. } => format!("No {} jobs", state.as_str().to_lowercase()),
            JobsQuery { kind: Some(_), .. } => "No jobs of this kind".to_owned(),
            _ => "No jobs yet".to_owned(),
        };
        view! { <div class="empty"><h2>{none}</h2><p>"Background work appears here."</p></div> }.into_any()
    } else {
        view! { <JobTable jobs=list.jobs/> {pages} }.into_any()
    };
    view! {
        <div class="toolbar">{states(list.query, &list.counts)} {kinds(list.query)}</div>
        <div class="table-card">{table}</div>
    }
}

/// A link for each state, with how many jobs are in it.
fn states(chosen: JobsQuery, counts: &[i64]) -> impl IntoView + use<> {
    let link = |state: Option<JobState>, label: &'static str, count: i64| {
        let label = format!("{label} {}", Grouped(count.unsigned_abs()));
        switch_link(label, JobsQuery { state, ..chosen }, chosen.state == state)
    };
    let all = link(None, "All", counts.iter().sum());
    let each = JobState::ALL
        .iter()
        .zip(counts)
        .map(|(state, count)| link(Some(*state), state.as_str(), *count));
    view! { <nav class="switch" aria-label="State">{all} {each.collect_view()}</nav> }
}

/// A link for each kind.
fn kinds(chosen: JobsQuery) -> impl IntoView + use<> {
    let link = |kind: Option<JobKind>| {
        let label = kind.map_or("All kinds", JobKind::as_str).to_owned();
        switch_link(label, JobsQuery { kind, ..chosen }, chosen.kind == kind)
    };
    let each = JobKind::ALL.iter().map(|kind| link(Some(*kind)));
    view! { <nav class="switch" aria-label="Kind">{link(None)} {each.collect_view()}</nav> }
}

/// A link to the newest of other jobs.
fn switch_link(label: String, query: JobsQuery, is_current: bool) -> impl IntoView {
    let url = JobsQuery { before: None, ..query }.url();
    view! { <a href=url data-noscroll aria-current=is_current.then_some("true")>{label}</a> }
}

#[component]
fn JobTable(jobs: Vec<JobRow>) -> impl IntoView {
    view! {
        <div class="scroll" tabindex="0" role="group" aria-label="Jobs, scrolls sideways">
            <table>
                <caption class="visually-hidden">"Jobs, newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Job"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"When (IST)"</th>
                        <th scope="col" class="numeric">"Items done"</th>
                        <th scope="col" class="numeric">"Attempts"</th>
                        <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{jobs.into_iter().map(job_row).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn job_row(job: JobRow) -> impl IntoView {
    let description = JobKind::parse(&job.kind).map(JobKind::description);
    let creator = job
        .created_by
        .clone()
        .map(|name| view! { <span class="muted">"Requested by " <bdi>{name}</bdi></span> });
    let done = match job.total {
        Some(total) => format!("{} of {}", grouped(job.done), grouped(total)),
        None => grouped(job.done),
    };
    view! {
        <tr>
            <th scope="row">
                <span class="name">{job.kind.clone()}</span>
                <span class="muted">{description}</span>
                {creator}
            </th>
            <td data-label="State"><span class=format!("tag {}", job.state.as_str().to_lowercase())>{job.state.as_str()}</span></td>
            <td data-label="When (IST)">
                <div>{when(&job)} {job.error.clone().map(|error| view! { <span class="muted">{error}</span> })}</div>
            </td>
            <td data-label="Items done" class="numeric">{done}</td>
            <td data-label="Attempts" class="numeric">{format!("{} of {}", job.attempt, job.max_attempts)}</td>
            <td class="row-actions">{action(&job)}</td>
        </tr>
    }
}

fn grouped(number: i64) -> String {
    Grouped(number.unsigned_abs()).to_string()
}

/// The instant that matters most in the job's state.
fn when(job: &JobRow) -> impl IntoView + use<> {
    let (word, at) = match job.state {
        JobState::Waiting => ("From", job.run_at),
        JobState::Running => ("Since", job.started_at.unwrap_or(job.run_at)),
        JobState::Failed | JobState::Stopped | JobState::Done => ("Ended", job.finished_at.unwrap_or(job.run_at)),
    };
    view! { <span class="name">{word} " " {instant(at, time::format_datetime(at))}</span> }
}

/// The form that stops or retries a job.
fn action(job: &JobRow) -> impl IntoView + use<> {
    let JobRow { id, version, kind, .. } = job;
    let (id, version) = (*id, *version);
    job.state.action().map(|action| {
        let label = format!("{}: {kind}, {}", action.label(), time::format_datetime(job.created_at));
        view! {
            <form method="post" action=job_action(action, id)>
                <ExpectedUser/>
                <input type="hidden" name="version" value=version.to_string() autocomplete="off"/>
                <button class="button" aria-label=label>{action.label()}</button>
            </form>
        }
    })
}
