//! A lead becomes a customer: a new one, or one that is there already.

use chrono::NaiveDate;
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use super::codec::{LeadData, Leads};
use super::model::Stage;
use super::spec::{CONVERSION_FIELDS, SPEC, field};
use super::store::{self, Lead};
use crate::base::audit::{AuditContext, AuditEvent, Change};
use crate::base::error::AppError;
use crate::base::time::ist_date;
use crate::customers::spec::field::PRICE;
use crate::customers::store::CustomerStore;
use crate::customers::store::names::names_of;
use crate::db::audit_log;
use crate::http::context::AppContext;
use crate::record::action::RecordAction;
use crate::record::codec::RecordCodec as _;
use crate::record::draft::{Draft, Errors};
use crate::record::record_ref::RecordRef;
use crate::record::responses::{FormError, RecordForm, SaveOutcome};
use crate::record::save::{deleted_meanwhile, invalid, rejected};
use crate::record::store::{RecordStore as _, get_live};
use crate::record::write::{self, WriteError};

/// The form of the customer whom a lead is to become, with all that the lead has.
///
/// # Errors
/// `NotFound` also for a deleted lead.
pub async fn open_form(context: &AppContext, id: Uuid) -> Result<RecordForm, AppError> {
    let mut db = context.pool().acquire().await?;
    let lead = get_live::<Leads>(&mut db, id).await?;
    let form = RecordForm::new(Uuid::now_v7(), None, prefilled(&lead, context.clock.today()));
    Ok(match store::customer_of(&mut db, id).await? {
        Some(customer) => form.with_errors(Errors::new(), Some(converted_already(&mut db, customer).await?)),
        None => form,
    })
}

/// What a new customer begins with, and what the lead has.
fn prefilled(lead: &Lead, today: NaiveDate) -> Draft {
    let mut known = Leads::draft(&lead.data);
    known.set(PRICE, known.values(field::EXPECTED_VALUE).to_vec());
    let mut draft = CustomerStore::defaults(today);
    for name in CONVERSION_FIELDS.iter().filter(|name| !known.value(name).is_empty()) {
        draft.set(name, known.values(name).to_vec());
    }
    draft
}

/// What is said of a lead that became a customer before.
async fn converted_already(db: &mut PgConnection, customer: Uuid) -> Result<FormError, AppError> {
    let named = names_of(db, &[customer]).await?.pop().ok_or(AppError::NotFound)?;
    let who = named.customer.full_name();
    let message = match named.is_deleted {
        false => format!("This lead became {who} already."),
        true => format!("This lead became {who}, who was deleted since. An Admin can restore that customer."),
    };
    Ok(FormError::conflict(message, Some(named.customer)))
}

/// Makes a lead the customer in the form, or the one that the form links to, in a task of its own. What the person can mend is in the
/// outcome. The same form again gives the customer that it has made.
///
/// # Errors
/// `NotFound` where there is no such lead.
pub async fn convert(context: &AppContext, id: Uuid, submission: RecordForm) -> Result<SaveOutcome, AppError> {
    context
        .run_write(move |context| convert_form(context, id, submission))
        .await
}

async fn convert_form(context: AppContext, id: Uuid, submission: RecordForm) -> Result<SaveOutcome, AppError> {
    let audit = context.audit();
    let mut db = context.pool().acquire().await?;
    let mut transaction = db.begin().await?;
    // Whoever converts the same lead waits here, and then sees what it became.
    store::lock(&mut transaction, id).await?;
    let lead = Leads::get(&mut transaction, id).await?;
    let chosen = submission.link.unwrap_or(submission.id);
    let action = match submission.link {
        Some(_) => RecordAction::Linked,
        None => RecordAction::Created,
    };
    if let Some(customer) = store::customer_of(&mut transaction, id).await? {
        let error = converted_already(&mut transaction, customer).await?;
        return Ok(match &error.record {
            // The same form, sent twice.
            Some(record) if record.id == chosen => SaveOutcome::Done {
                action,
                record: record.clone(),
            },
            _ => invalid(submission, Errors::new(), Some(error)),
        });
    }
    if lead.deleted_at.is_some() {
        return Ok(deleted_meanwhile::<Leads>(submission, &lead));
    }
    let customer = match customer_for(&mut transaction, &audit, &lead, &submission).await? {
        Ok(customer) => customer,
        Err(refusal) => return Ok(refusal),
    };
    if !mark_won(&mut transaction, &audit, &lead, &customer).await? {
        let message = format!(
            "Another lead has become {} already. Convert this lead to a new customer, or mark it Lost.",
            customer.full_name()
        );
        let error = FormError::conflict(message, None);
        return Ok(invalid(submission, Errors::new(), Some(error)));
    }
    transaction.commit().await?;
    CustomerStore::after_write(&mut db).await;
    Ok(SaveOutcome::Done {
        action,
        record: customer,
    })
}

/// The customer whom the form links to, or a new one; otherwise the form with what is in the way.
async fn customer_for(
    transaction: &mut PgConnection,
    audit: &AuditContext,
    lead: &Lead,
    submission: &RecordForm,
) -> Result<Result<RecordRef, SaveOutcome>, AppError> {
    let refused = |message: &str| {
        let error = FormError::conflict(message, None);
        Ok(Err(invalid(submission.clone(), Errors::new(), Some(error))))
    };
    if let Some(customer) = submission.link {
        return match get_live::<CustomerStore>(transaction, customer).await {
            Ok(customer) => Ok(Ok(CustomerStore::record_ref(&customer))),
            Err(AppError::NotFound) => {
                refused("This customer was deleted meanwhile. Choose another, or convert the lead to a new customer.")
            }
            Err(error) => Err(error),
        };
    }
    // What the form does not ask for begins as it does with every new customer, whatever was sent.
    let mut draft = CustomerStore::defaults(ist_date(audit.at));
    for name in CONVERSION_FIELDS {
        draft.set(name, submission.draft.values(name).to_vec());
    }
    let data = match CustomerStore::parse(&draft) {
        Ok(data) => data,
        Err(errors) => return Ok(Err(invalid(submission.clone(), errors, None))),
    };
    let origin = Some(Leads::record_ref(lead).full_name());
    match write::create_from::<CustomerStore>(transaction, audit, submission.id, &data, origin).await {
        Ok(Some(customer)) => Ok(Ok(CustomerStore::record_ref(&customer))),
        Ok(None) => refused("This form has made another customer already. Open the lead, and convert it again."),
        Err(WriteError::Rejected(error)) => Ok(Err(rejected(submission.clone(), error))),
        Err(WriteError::Failed(error)) => Err(error),
    }
}

/// Marks a locked lead Won, as the one who became a customer, with its history; false, and nothing may be committed, where another lead
/// has become that customer.
async fn mark_won(
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
    let mut changes = write::changes::<Leads>(transaction, &Leads::draft(&lead.data), &Leads::draft(&won)).await?;
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
