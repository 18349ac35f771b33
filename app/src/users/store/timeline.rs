//! The timeline of any subject's record, with the names of the users who made the changes.

use uuid::Uuid;

use super::names::names_of;
use crate::base::error::AppError;
use crate::http::context::AppContext;
use crate::record::store::{RecordStore, get_visible};
use crate::timeline::{TimelinePage, read_page};

/// The last events of a record, or those before the version `older`.
///
/// # Errors
/// `NotFound` also for a deleted record, where the caller could not restore it.
pub async fn timeline<S: RecordStore>(
    context: &AppContext,
    id: Uuid,
    older: Option<i64>,
) -> Result<TimelinePage, AppError> {
    let read = context.read_db(|mut db| async move {
        get_visible::<S>(&mut db, &context.caller, id).await?;
        let page = read_page(&mut db, S::SPEC.entity, id, older).await?;
        let names = names_of(&mut *db, &page.actors()).await?;
        Ok(page.with_names(&names, context.clock.now()))
    });
    read.await
}
