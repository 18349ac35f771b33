//! A lead becomes a customer.

use sqlx::PgConnection;
use uuid::Uuid;

use super::codec::{LeadData, Leads};
use super::model::Stage;
use super::spec::{CONVERSION_FIELDS, SPEC, field};
use super::store::{self, Lead};
use crate::base::audit::{AuditContext, AuditEvent, Change};
use crate::base::error::AppError;
use crate::base::spec::FieldSpec;
use crate::customers::spec::field::PRICE;
use crate::customers::store::CustomerStore;
use crate::db::audit_log;
use crate::record::codec::RecordCodec as _;
use crate::record::convert::Convertible;
use crate::record::record_ref::RecordRef;
use crate::record::write::changes;

impl Convertible for Leads {
    type Into = CustomerStore;

    const FIELDS: &'static [&'static str] = CONVERSION_FIELDS;

    fn source(name: &str) -> Option<&'static FieldSpec> {
        SPEC.field(if name == PRICE { field::EXPECTED_VALUE } else { name })
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
