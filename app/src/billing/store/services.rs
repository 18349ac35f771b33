//! The services that bills are made for. A service's `paid_through` is set by the bills alone.

use chrono::NaiveDate;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::error::AppError;
use crate::base::units::{BasisPoints, Paise};
use crate::billing::model::charge::Billable;
use crate::billing::model::period::{Cycle, Period, day_after, day_before};
use crate::plans::model::BillingCycle;

/// A service, as a bill needs it.
#[derive(Clone, Debug)]
pub struct BilledService {
    /// The service.
    pub id: Uuid,
    /// Whose it is.
    pub customer: Uuid,
    /// Whether it is active, suspended or ended: others are not billed.
    pub is_billed: bool,
    /// What a line says that it is for.
    pub plan: String,
    /// The code of the service in GST.
    pub sac: String,
    /// What its bills are made from.
    pub billable: Billable,
    /// The periods behind `paid_through` that are billed all the same, since a bill before them was credited.
    pub billed_later: Vec<Period>,
}

/// A service.
///
/// # Errors
/// `NotFound`.
pub async fn get(db: &mut PgConnection, id: Uuid) -> Result<BilledService, AppError> {
    let row = sqlx::query!(
        r#"SELECT s.customer_id, s.price_paise, s.starts_on, s.ends_on, s.paid_through, s.anchor_day, p.name, p.sac, p.gst_rate_bp,
               p.billing_cycle AS "billing_cycle: BillingCycle", s.status IN ('Active', 'Suspended', 'Ended') AS "is_billed!"
           FROM services s JOIN plans p ON p.id = s.plan_id WHERE s.id = $1"#,
        id
    );
    let row = row.fetch_one(&mut *db).await?;
    let later = sqlx::query_as!(
        Period,
        r#"SELECT from_on AS "from", to_on AS "to" FROM bill_lines
           WHERE service_id = $1 AND of_bill IS NULL AND NOT reversed AND from_on > $2 ORDER BY from_on"#,
        id,
        row.paid_through.or_else(|| day_before(row.starts_on))
    );
    let billed_later = later.fetch_all(db).await?;
    Ok(BilledService {
        id,
        customer: row.customer_id,
        is_billed: row.is_billed,
        plan: row.name,
        sac: row.sac,
        billable: Billable {
            price: Paise(row.price_paise),
            rate: BasisPoints(row.gst_rate_bp),
            cycle: Cycle {
                anchor_day: row.anchor_day.unsigned_abs().into(),
                months: row.billing_cycle.months(),
            },
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            paid_through: row.paid_through,
            billed_from: billed_later.first().map(|period| period.from),
        },
        billed_later,
    })
}

/// Locks a service of a locked customer, and reads it.
pub async fn lock(transaction: &mut PgConnection, customer: Uuid, id: Uuid) -> Result<BilledService, AppError> {
    let lock = sqlx::query_scalar!(
        "SELECT id FROM services WHERE customer_id = $1 AND id = $2 FOR NO KEY UPDATE",
        customer,
        id
    );
    lock.fetch_one(&mut *transaction).await?;
    get(transaction, id).await
}

/// Marks a period as billed, and all behind it that is billed already; false, and nothing is written, where another bill was faster.
pub async fn set_billed(
    transaction: &mut PgConnection,
    service: &BilledService,
    period: Period,
) -> Result<bool, AppError> {
    let mut paid_through = period.to;
    for later in &service.billed_later {
        if day_after(paid_through) == Some(later.from) {
            paid_through = later.to;
        }
    }
    let updated = sqlx::query!(
        "UPDATE services SET paid_through = $2 WHERE id = $1 AND paid_through IS NOT DISTINCT FROM $3",
        service.id,
        paid_through,
        service.billable.paid_through as Option<NaiveDate>
    );
    Ok(updated.execute(transaction).await?.rows_affected() == 1)
}

/// Lets periods of services be billed again: those from these days on, and what is not billed behind them.
pub async fn set_unbilled(
    transaction: &mut PgConnection,
    services: &[Uuid],
    from: &[NaiveDate],
) -> Result<(), AppError> {
    let updated = sqlx::query!(
        "UPDATE services SET paid_through = u.from_on - 1
         FROM (SELECT id, min(from_on) AS from_on FROM unnest($1::uuid[], $2::date[]) AS u (id, from_on) GROUP BY id) AS u
         WHERE services.id = u.id AND services.paid_through >= u.from_on",
        services,
        from
    );
    updated.execute(transaction).await?;
    Ok(())
}
