//! Suspends the services of customers who do not pay, and lets them go on when they have paid.

use chrono::Days;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::audit::AuditContext;
use crate::base::error::AppError;
use crate::base::time::ist_date;
use crate::billing::store::{customers, dues, providers};
use crate::holidays::store::is_spared;
use crate::services::model::{EventCause, EventKind};
use crate::services::service::effects::apply_now;

/// What a batch of [`suspend_overdue`] has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Suspended {
    /// How many services it suspended.
    pub services: u64,
    /// The last customer that it looked at; none where no customer is left.
    pub last: Option<Uuid>,
}

/// Suspends what is active of customers who have a bill that is not paid when the days of grace after its due day are over, unless today is a
/// day on which nobody is cut off, or the customer has promised to pay by a day that is not over. It looks at customers behind one of them, in the order of their ids; so many at most.
///
/// # Errors
/// The database's.
pub async fn suspend_overdue(
    transaction: &mut PgConnection,
    audit: &AuditContext,
    after: Uuid,
    limit: i64,
) -> Result<Suspended, AppError> {
    let today = ist_date(audit.at);
    let provider = providers::get(transaction, None).await?;
    let grace = provider.and_then(|(_, provider)| provider.grace_days);
    let last_due = grace.and_then(|days| today.checked_sub_days(Days::new(u64::from(days.unsigned_abs()) + 1)));
    let Some(last_due) = last_due else {
        return Ok(Suspended::default());
    };
    if is_spared(transaction, today).await? {
        return Ok(Suspended::default());
    }
    let owing = dues::customers_owing(transaction, last_due, after, limit).await?;
    customers::lock(transaction, &owing).await?;
    // Who has paid before the lock is not suspended.
    let services = dues::services_to_suspend(transaction, &owing, last_due, today).await?;
    let suspended = apply_now(transaction, audit, &services, EventKind::Suspended, EventCause::Dues).await?;
    Ok(Suspended {
        services: suspended,
        last: owing.last().copied(),
    })
}

/// Lets the services of a locked customer go on that were suspended for dues, where no bill is due any more. To be called when bills were
/// paid.
///
/// # Errors
/// The database's.
pub async fn resume_paid(transaction: &mut PgConnection, audit: &AuditContext, customer: Uuid) -> Result<(), AppError> {
    let services = dues::services_to_resume(transaction, customer, ist_date(audit.at)).await?;
    apply_now(transaction, audit, &services, EventKind::Resumed, EventCause::Payment).await?;
    Ok(())
}
