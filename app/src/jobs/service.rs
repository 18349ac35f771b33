//! What Admins see of jobs and do with them.

use uuid::Uuid;

use super::model::JobAction;
use super::responses::JobList;
use super::routes::JobsQuery;
use super::store::{self, Acted};
use crate::base::audit::{AuditEvent, Change, EntityKind};
use crate::base::error::AppError;
use crate::db::audit_log;
use crate::http::context::AppContext;
use crate::users::store::names;

/// How many jobs a page shows.
const PAGE: usize = 50;

/// A page of jobs.
pub async fn list(context: &AppContext, query: JobsQuery) -> Result<JobList, AppError> {
    // From the primary: whoever has stopped a job wants to see that.
    let mut db = context.acquire().await?;
    let mut jobs = store::list(&mut db, query, PAGE as i64 + 1).await?;
    let has_older = jobs.len() > PAGE;
    jobs.truncate(PAGE);
    let creators: Vec<Uuid> = jobs.iter().filter_map(|(_, creator)| *creator).collect();
    let names = names::names_of(&mut *db, &creators).await?;
    let jobs = jobs.into_iter().map(|(mut job, creator)| {
        job.created_by = creator.and_then(|id| names.get(&id).cloned());
        job
    });
    let jobs: Vec<_> = jobs.collect();
    Ok(JobList {
        query,
        counts: store::count_by_state(&mut db, query.kind).await?,
        older_than: jobs.last().filter(|_| has_older).map(|job| job.id),
        jobs,
    })
}

/// Stops or retries a job that has a version, and says in a sentence what became of it; the inner error says why nothing was done.
///
/// # Errors
/// `NotFound`.
pub async fn act(
    context: &AppContext,
    action: JobAction,
    id: Uuid,
    version: i64,
) -> Result<Result<String, String>, AppError> {
    let mut transaction = context.pool().begin().await?;
    let acted = match action {
        JobAction::Stop => store::stop(&mut transaction, id, version).await?,
        JobAction::Retry => store::retry(&mut transaction, id, version).await?,
    };
    let kind = match acted {
        Acted::Done { kind } => kind,
        Acted::Changed => return Ok(Err(CHANGED.to_owned())),
        Acted::OtherWaits => return Ok(Err("A job like this is already waiting or running".to_owned())),
    };
    let event = AuditEvent {
        context: context.audit(),
        entity: EntityKind::Job,
        id,
        version: version + 1,
    };
    audit_log::record(&mut transaction, &event, &[Change::event(action.event())]).await?;
    transaction.commit().await?;
    Ok(Ok(match action {
        JobAction::Stop => format!("{kind} stopped"),
        JobAction::Retry => format!("{kind} will run again now"),
    }))
}

const CHANGED: &str = "This job changed after you opened the page. This is how it is now";
