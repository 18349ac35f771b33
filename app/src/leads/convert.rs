//! A lead becomes a customer.

use sqlx::PgConnection;
use uuid::Uuid;

use super::codec::{LeadData, Leads};
use super::model::Stage;
use super::spec::SPEC;
use super::store::{self, Lead};
use crate::base::audit::{AuditContext, AuditEvent, Change};
use crate::base::error::AppError;
use crate::customers::spec::field::PLAN;
use crate::customers::store::CustomerStore;
use crate::db::audit_log;
use crate::plans::store as plans;
use crate::record::codec::RecordCodec as _;
use crate::record::convert::Convertible;
use crate::record::draft::Draft;
use crate::record::record_ref::RecordRef;
use crate::record::write::changes;

impl Convertible for Leads {
    type Into = CustomerStore;

    async fn complete(db: &mut PgConnection, lead: &Lead, draft: &mut Draft) -> Result<(), AppError> {
        // Where one plan alone is of the type and the speed that they want, it is that.
        let (Some(plan_type), Some(speed)) = (lead.data.plan_type, lead.data.speed) else {
            return Ok(());
        };
        if let [plan] = plans::on_sale_like(db, plan_type, speed).await?.as_slice() {
            draft.put(PLAN, plan);
        }
        Ok(())
    }

    async fn converted_into(db: &mut PgConnection, id: Uuid) -> Result<Option<Uuid>, AppError> {
        store::customer_of(db, id).await
    }

    async fn lock(transaction: &mut PgConnection, id: Uuid) -> Result<(), AppError> {
        store::lock(transaction, id).await
    }

    async fn set_converted(
        transaction: &mut PgConnection,
        audit: &AuditContext,
        lead: &Lead,
        customer: &RecordRef,
    ) -> Result<bool, AppError> {
        let won = LeadData {
            stage: Stage::Won,
            lost_reason: None,
            ..lead.data.clone()
        };
        let mut changes = changes::<Self>(transaction, &Self::draft(&lead.data), &Self::draft(&won)).await?;
        changes.push(Change::of("customer", None, Some(customer.full_name())));
        let event = AuditEvent {
            context: *audit,
            entity: SPEC.entity,
            id: lead.id,
            version: lead.version + 1,
        };
        audit_log::record(transaction, &event, &changes).await?;
        store::mark_won(transaction, audit, lead.id, customer.id).await
    }
}
