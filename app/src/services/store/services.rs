//! The statements about services.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::audit::AuditContext;
use crate::base::error::AppError;
use crate::base::units::{Kbps, Paise};
use crate::plans::model::{BillingCycle, PlanType};
use crate::record::record_ref::RecordRef;
use crate::services::model::{ServiceState, ServiceStatus};
use crate::services::responses::PlanView;

/// A service as it is stored.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its id.
    pub id: Uuid,
    /// Goes up with every change.
    pub version: i64,
    /// How it stands.
    pub state: ServiceState,
    /// What the router signs in with.
    pub login: Option<String>,
    /// Its plan.
    pub plan: PlanView,
}

/// The services of customers, the best first: as the customers' status and plan are chosen.
pub async fn of_customers(db: &mut PgConnection, customers: &[Uuid]) -> Result<Vec<Service>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT s.id, s.version, s.status AS "status: ServiceStatus", s.plan_id, s.price_paise, s.starts_on, s.anchor_day,
               s.paid_through, s.ends_on, s.end_reason, s.login, p.name, p.code, p.plan_type AS "plan_type: PlanType", p.download_kbps,
               p.billing_cycle AS "billing_cycle: BillingCycle"
           FROM services s JOIN plans p ON p.id = s.plan_id
           WHERE s.customer_id = ANY ($1)
           ORDER BY s.status <> 'Active', s.status NOT IN ('Suspended', 'Paused'), s.status <> 'Ordered', s.price_paise DESC, s.starts_on, s.id"#,
        customers
    );
    let services = rows.map(|row| Service {
        id: row.id,
        version: row.version,
        state: ServiceState {
            status: row.status,
            plan: row.plan_id,
            price: Paise(row.price_paise),
            starts_on: row.starts_on,
            anchor_day: row.anchor_day.unsigned_abs().into(),
            paid_through: row.paid_through,
            ends_on: row.ends_on,
            end_reason: row.end_reason,
        },
        login: row.login,
        plan: PlanView {
            plan: RecordRef {
                id: row.plan_id,
                reference: row.code,
                name: row.name,
            },
            plan_type: row.plan_type,
            speed: Kbps(row.download_kbps),
            billing_cycle: row.billing_cycle,
        },
    });
    Ok(services.fetch_all(db).await?)
}

/// Whose service one is.
pub async fn customer_of_service(db: &mut PgConnection, service: Uuid) -> Result<Uuid, AppError> {
    let customer = sqlx::query_scalar!("SELECT customer_id FROM services WHERE id = $1", service);
    customer.fetch_optional(db).await?.ok_or(AppError::NotFound)
}

/// The names of services: the plan and the customer.
pub async fn names_of(db: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<(Uuid, String, String)>, AppError> {
    let rows = sqlx::query!(
        "SELECT s.id, p.name AS plan, c.name AS customer
         FROM services s JOIN plans p ON p.id = s.plan_id JOIN customers c ON c.id = s.customer_id WHERE s.id = ANY ($1)",
        ids
    );
    let rows = rows.fetch_all(db).await?.into_iter();
    Ok(rows.map(|row| (row.id, row.plan, row.customer)).collect())
}

/// Adds a service of a locked customer.
pub async fn insert(
    transaction: &mut PgConnection,
    audit: &AuditContext,
    (id, customer): (Uuid, Uuid),
    state: &ServiceState,
    login: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO services (id, customer_id, plan_id, status, price_paise, starts_on, anchor_day, login, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        id,
        customer,
        state.plan,
        state.status as ServiceStatus,
        state.price.0,
        state.starts_on,
        state.anchor_day as i16,
        login,
        audit.at
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Writes how services stand after events, the ended ones first: their logins are free for the others.
pub async fn update_states(
    transaction: &mut PgConnection,
    at: DateTime<Utc>,
    services: &[Service],
) -> Result<(), sqlx::Error> {
    let (ended, others): (Vec<&Service>, Vec<&Service>) = services
        .iter()
        .partition(|service| service.state.status == ServiceStatus::Ended);
    for services in [ended, others].iter().filter(|services| !services.is_empty()) {
        let column = |value: fn(&ServiceState) -> Option<NaiveDate>| -> Vec<Option<NaiveDate>> {
            services.iter().map(|service| value(&service.state)).collect()
        };
        sqlx::query!(
            "UPDATE services s SET version = version + 1, updated_at = $1, status = n.status::service_status, plan_id = n.plan_id,
                 price_paise = n.price_paise, starts_on = n.starts_on, anchor_day = n.anchor_day, paid_through = n.paid_through,
                 ends_on = n.ends_on, end_reason = n.end_reason
             FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::bigint[], $6::date[], $7::smallint[], $8::date[], $9::date[], $10::text[])
                 AS n (id, status, plan_id, price_paise, starts_on, anchor_day, paid_through, ends_on, end_reason)
             WHERE s.id = n.id",
            at,
            &services.iter().map(|service| service.id).collect::<Vec<_>>(),
            &services.iter().map(|service| service.state.status.to_string()).collect::<Vec<_>>(),
            &services.iter().map(|service| service.state.plan).collect::<Vec<_>>(),
            &services.iter().map(|service| service.state.price.0).collect::<Vec<_>>(),
            &services.iter().map(|service| service.state.starts_on).collect::<Vec<_>>(),
            &services.iter().map(|service| service.state.anchor_day as i16).collect::<Vec<_>>(),
            &column(|state| state.paid_through) as &[Option<NaiveDate>],
            &column(|state| state.ends_on) as &[Option<NaiveDate>],
            &services.iter().map(|service| service.state.end_reason.clone()).collect::<Vec<_>>() as &[Option<String>]
        )
        .execute(&mut *transaction)
        .await?;
    }
    Ok(())
}

/// Gives a service another login.
pub async fn set_login(
    transaction: &mut PgConnection,
    audit: &AuditContext,
    service: Uuid,
    login: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE services SET version = version + 1, updated_at = $2, login = $3 WHERE id = $1",
        service,
        audit.at,
        login
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Notes that what is planned for a service has changed.
pub async fn touch(transaction: &mut PgConnection, audit: &AuditContext, service: Uuid) -> Result<(), AppError> {
    sqlx::query!(
        "UPDATE services SET version = version + 1, updated_at = $2 WHERE id = $1",
        service,
        audit.at
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Which of some logins a service has that is neither ended nor ordered, with that service.
pub async fn taken_logins(db: &mut PgConnection, logins: &[String]) -> Result<Vec<(String, Uuid)>, AppError> {
    let taken = sqlx::query!(
        r#"SELECT login AS "login!", id FROM services WHERE login = ANY ($1) AND status NOT IN ('Ended', 'Ordered')"#,
        logins
    );
    let taken = taken.fetch_all(db).await?.into_iter();
    Ok(taken.map(|row| (row.login, row.id)).collect())
}
