//! Every statement about the table of plans.

use sqlx::PgConnection;
use uuid::Uuid;

use super::codec::{PlanData, Plans};
use super::model::{PlanCode, Sac, SaleStatus};
use super::spec::field;
use crate::base::audit::AuditContext;
use crate::base::error::AppError;
use crate::base::search::search_text;
use crate::base::text::compared;
use crate::base::units::{BasisPoints, Kbps, Megabytes, Paise};
use crate::customers::model::{BillingCycle, OttApp, PlanType};
use crate::db::options::LoadedOptions;
use crate::record::record_ref::RecordRef;
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
