//! Every statement about the table of plans.

use sqlx::PgConnection;
use uuid::Uuid;

use super::codec::{PlanData, Plans};
use super::model::{BillingCycle, OttApp, PlanCode, PlanType, Sac, SaleStatus};
use super::responses::PlanOffer;
use super::spec::{SPEC, field};
use crate::base::audit::AuditContext;
use crate::base::error::AppError;
use crate::base::search::search_text;
use crate::base::text::compared;
use crate::base::units::{BasisPoints, Grouped, Kbps, Megabytes, Paise};
use crate::db::options::LoadedOptions;
use crate::jobs::model::JobKind;
use crate::jobs::store::{self as jobs, NewJob};
use crate::list::routes::edit_url;
use crate::record::draft::Draft;
use crate::record::record_ref::RecordRef;
use crate::record::responses::DeletionRefusal;
use crate::record::store::{FieldError, Record, RecordStore};

/// A plan. Its reference is its code.
pub type Plan = Record<PlanData>;

impl LoadedOptions for Plans {}

/// The names of plans, deleted ones included, each with whether it is deleted.
pub async fn names_of(db: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<(RecordRef, bool)>, AppError> {
    let found = Plans::by_ids(db, ids).await?.into_iter();
    let named = found.map(|plan| (Plans::record_ref(&plan), plan.deleted_at.is_some()));
    Ok(named.collect())
}

/// The plans that can be ordered, by type, speed and price.
pub async fn on_sale(db: &mut PgConnection) -> Result<Vec<PlanOffer>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT id, name, download_kbps, price_paise, billing_cycle AS "billing_cycle: BillingCycle" FROM plans
           WHERE status = 'On sale' AND deleted_at IS NULL ORDER BY plan_type, download_kbps, price_paise, id"#
    );
    let offers = rows.map(|row| PlanOffer {
        id: row.id,
        name: row.name,
        speed: Kbps(row.download_kbps),
        price: Paise(row.price_paise),
        billing_cycle: row.billing_cycle,
    });
    Ok(offers.fetch_all(db).await?)
}

/// What a plan costs a month.
pub async fn price(db: &mut PgConnection, id: Uuid) -> Result<Paise, sqlx::Error> {
    let price = sqlx::query_scalar!("SELECT price_paise FROM plans WHERE id = $1", id);
    Ok(Paise(price.fetch_one(db).await?))
}

/// How many services have the live plan with a code.
async fn count_services(db: &mut PgConnection, code: &str) -> Result<i64, AppError> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM services s JOIN plans p ON p.id = s.plan_id WHERE p.code = $1 AND s.status <> 'Ended'"#,
        code
    );
    Ok(count.fetch_one(db).await?)
}

/// The plans of a type and a speed that can be ordered.
pub async fn on_sale_like(db: &mut PgConnection, plan_type: PlanType, speed: Kbps) -> Result<Vec<Uuid>, AppError> {
    let plans = sqlx::query_scalar!(
        "SELECT id FROM plans WHERE plan_type = $1 AND download_kbps = $2 AND status = 'On sale' AND deleted_at IS NULL",
        plan_type as PlanType,
        speed.0
    );
    Ok(plans.fetch_all(db).await?)
}

/// What a plan costs a month; none where it cannot be ordered.
pub async fn price_on_sale(db: &mut PgConnection, id: Uuid) -> Result<Option<Paise>, AppError> {
    let price = sqlx::query_scalar!(
        "SELECT price_paise FROM plans WHERE id = $1 AND status = 'On sale' AND deleted_at IS NULL",
        id
    );
    Ok(price.fetch_optional(db).await?.map(Paise))
}

/// Runs a statement that writes all data: what stands before the columns, between columns and values, and after them. `$1` to `$3` are the
/// three binds.
macro_rules! write_data {
    ($db:expr, [$start:literal, $between:literal, $rest:literal], [$first:expr, $second:expr, $third:expr], $data:expr) => {{
        let data: &PlanData = $data;
        let ott_apps: Vec<String> = data.ott_apps.iter().map(ToString::to_string).collect();
        let written = sqlx::query!(
            $start
                + "search_text, code, name, name_key, status, plan_type, download_kbps, upload_kbps, quota_mb, ott_apps,
                   live_channels, price_paise, billing_cycle, gst_rate_bp, sac"
                + $between
                + "$4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18"
                + $rest,
            $first,
            $second,
            $third,
            search_text(&[data.code.as_str(), &data.name], None, ""),
            data.code.as_str(),
            data.name,
            compared(&data.name),
            data.status as SaleStatus,
            data.plan_type as PlanType,
            data.download.0,
            data.upload.0,
            data.quota.map(|quota| quota.0),
            &ott_apps,
            data.live_channels,
            data.price.0,
            data.billing_cycle as BillingCycle,
            data.gst_rate.0,
            data.sac.as_str()
        );
        written.execute($db).await?.rows_affected() == 1
    }};
}

impl RecordStore for Plans {
    async fn by_ids(db: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Plan>, sqlx::Error> {
        let rows = sqlx::query!(
            r#"SELECT id, code, name, status AS "status: SaleStatus", plan_type AS "plan_type: PlanType", download_kbps, upload_kbps, quota_mb,
                   ott_apps, live_channels, price_paise, billing_cycle AS "billing_cycle: BillingCycle", gst_rate_bp, sac, version, updated_at,
                   deleted_at
               FROM plans WHERE id = ANY($1) ORDER BY deleted_at DESC, id DESC"#,
            ids
        );
        let found = rows.map(|row| Plan {
            id: row.id,
            reference: row.code.clone(),
            version: row.version,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
            derived: Draft::default(),
            data: PlanData {
                name: row.name,
                code: PlanCode::from_stored(row.code),
                status: row.status,
                plan_type: row.plan_type,
                download: Kbps(row.download_kbps),
                upload: Kbps(row.upload_kbps),
                quota: row.quota_mb.map(Megabytes),
                ott_apps: row.ott_apps.iter().filter_map(|app| OttApp::parse(app)).collect(),
                live_channels: row.live_channels,
                price: Paise(row.price_paise),
                billing_cycle: row.billing_cycle,
                gst_rate: BasisPoints(row.gst_rate_bp),
                sac: Sac::from_stored(row.sac),
            },
        });
        found.fetch_all(db).await
    }

    async fn insert(
        transaction: &mut PgConnection,
        audit: &AuditContext,
        id: Uuid,
        data: &PlanData,
    ) -> Result<Option<String>, sqlx::Error> {
        let inserted = write_data!(
            transaction,
            [
                "INSERT INTO plans (id, created_at, updated_at, ",
                ") VALUES ($1, $2, $3, ",
                ") ON CONFLICT (id) DO NOTHING"
            ],
            [id, audit.at, audit.at],
            data
        );
        Ok(inserted.then(|| data.code.as_str().to_owned()))
    }

    async fn update(
        transaction: &mut PgConnection,
        audit: &AuditContext,
        current: &Plan,
        data: &PlanData,
    ) -> Result<bool, sqlx::Error> {
        let shown = |plan: &PlanData| {
            let PlanData {
                plan_type,
                download,
                billing_cycle,
                ott_apps,
                live_channels,
                ..
            } = plan.clone();
            (plan_type, download, billing_cycle, ott_apps, live_channels)
        };
        if shown(&current.data) != shown(data) {
            let job = NewJob {
                kind: JobKind::UpdatePlanCustomers,
                payload: serde_json::json!({ "plan": current.id }),
                key: None,
                created_by: audit.actor,
            };
            let enqueued = jobs::enqueue(transaction, &job).await;
            enqueued.map_err(|error| sqlx::Error::Decode(error.to_string().into()))?;
        }
        Ok(write_data!(
            transaction,
            [
                "UPDATE plans SET version = $2 + 1, updated_at = $3, (",
                ") = (",
                ") WHERE id = $1 AND version = $2 AND deleted_at IS NULL"
            ],
            [current.id, current.version, audit.at],
            data
        ))
    }

    async fn refusal(
        db: &mut PgConnection,
        current: Option<&PlanData>,
        data: &PlanData,
    ) -> Result<Option<FieldError>, AppError> {
        let Some(current) = current.filter(|current| current.price != data.price) else {
            return Ok(None);
        };
        // The code is not the one of the form, which may be another.
        let services = count_services(db, current.code.as_str()).await?;
        let (count, have) = match services {
            0 => return Ok(None),
            1 => ("1 service".to_owned(), "has"),
            count => (format!("{} services", Grouped(count.unsigned_abs())), "have"),
        };
        let message = format!(
            "{count} {have} this plan at {}, and a price never changes silently. Create a new plan at the new price, and withdraw this one.",
            current.price
        );
        Ok(Some(FieldError::of(field::PRICE, &message)))
    }

    async fn deletion_refusal(db: &mut PgConnection, id: Uuid) -> Result<Option<DeletionRefusal>, AppError> {
        let plan = Self::get(db, id).await?;
        let count = count_services(db, plan.data.code.as_str()).await?;
        let link = (edit_url(&SPEC, id, ""), "Edit this plan".to_owned());
        let refusal = |message| DeletionRefusal { message, link };
        Ok((count > 0).then(|| {
            let services = match count {
                1 => "1 service has".to_owned(),
                count => format!("{} services have", Grouped(count.unsigned_abs())),
            };
            refusal(format!(
                "{services} this plan. Withdraw it instead: then it cannot be ordered any more."
            ))
        }))
    }

    async fn losses(_db: &mut PgConnection, plan: &Plan) -> Result<Vec<String>, AppError> {
        let PlanData {
            plan_type,
            download,
            price,
            ..
        } = &plan.data;
        Ok(vec![
            format!("This removes the {plan_type} plan at {download}, {price} per month, from the catalogue."),
            "Customers who have it keep it.".into(),
        ])
    }

    async fn constraint_error(
        db: &mut PgConnection,
        constraint: &str,
        data: &PlanData,
    ) -> Result<Option<FieldError>, AppError> {
        if constraint != "plans_code_key" {
            return Ok(None);
        }
        let code = data.code.as_str();
        let id = sqlx::query_scalar!("SELECT id FROM plans WHERE code = $1 AND deleted_at IS NULL", code);
        let ids: Vec<Uuid> = id.fetch_optional(&mut *db).await?.into_iter().collect();
        let holder = Self::by_ids(db, &ids).await?.pop();
        Ok(Some(FieldError {
            field: field::CODE,
            message: "Another plan has this code. Enter a different one, or open that plan to change it.".into(),
            on_restore: Some("Another plan has this code now. Delete that one, then restore.".into()),
            record: holder.as_ref().map(Self::record_ref),
        }))
    }
}
