//! What a lead's page asks for.

use uuid::Uuid;

use super::codec::Leads;
use super::responses::LeadPage;
use super::spec::{FIELDS_OF_CUSTOMER, SPEC, field};
use super::store;
use crate::base::error::AppError;
use crate::customers::store::{by_account_number, names as customers};
use crate::http::context::AppContext;
use crate::list::responses::RelatedRows;
use crate::record::related::related_rows;
use crate::record::responses::RecordForm;
use crate::record::save;
use crate::record::store::{RecordStore as _, get_live};
use crate::served_pin_codes::store::availability;
use crate::users::store::names as users;

/// The form of a new lead (no id), whose owner is who takes the call, or of an edit.
///
/// # Errors
/// `NotFound` also for a deleted lead.
pub async fn open_form(context: &AppContext, id: Option<Uuid>) -> Result<RecordForm, AppError> {
    let mut form = save::open_form::<Leads>(context, id).await?;
    if id.is_none() {
        form.draft.put(field::OWNER, context.caller.require(SPEC.edit)?.user);
    }
    Ok(form)
}

/// The live lead that a customer came from.
pub async fn leads_of_customer(context: &AppContext, customer: Uuid) -> Result<RelatedRows, AppError> {
    let today = context.clock.today();
    let read = context.read_db(|mut db| async move {
        let leads = store::of_customer(&mut db, customer).await?;
        related_rows::<Leads>(&mut db, &leads, FIELDS_OF_CUSTOMER, today).await
    });
    read.await
}

/// A lead's page.
///
/// # Errors
/// `NotFound` also for a deleted one.
pub async fn lead_page(context: &AppContext, id: Uuid) -> Result<LeadPage, AppError> {
    let today = context.clock.today();
    let read = context.read_db(|mut db| async move {
        let lead = get_live::<Leads>(&mut db, id).await?;
        let owners: Vec<Uuid> = lead.data.owner.into_iter().collect();
        let referrer = match lead.data.referred_by {
            Some(account_number) => by_account_number(&mut db, account_number).await?,
            None => None,
        };
        let became: Vec<Uuid> = store::customer_of(&mut db, id).await?.into_iter().collect();
        let became = customers::names_of(&mut *db, &became).await?.pop();
        Ok(LeadPage {
            owner: users::names_of(&mut *db, &owners).await?.into_values().next(),
            customer_is_deleted: became.as_ref().is_some_and(|named| named.is_deleted),
            customer: became.map(|named| named.customer),
            availability: availability(&mut db, &lead.data.wanted_line()).await?,
            lead: Leads::snapshot(&lead),
            updated_at: lead.updated_at,
            referrer,
            today,
        })
    });
    read.await
}
