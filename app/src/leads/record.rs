//! What a lead's page asks for.

use uuid::Uuid;

use super::codec::Leads;
use super::responses::LeadPage;
use super::store;
use crate::base::error::AppError;
use crate::customers::store::{by_account_number, names as customers};
use crate::http::context::AppContext;
use crate::record::store::{RecordStore as _, get_live};
use crate::served_pin_codes::store::availability;
use crate::users::store::names as users;

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
        let mut became = customers::names_of(&mut *db, &became).await?.into_iter();
        Ok(LeadPage {
            owner: users::names_of(&mut *db, &owners).await?.into_values().next(),
            customer: became.find(|named| !named.is_deleted).map(|named| named.customer),
            availability: availability(&mut db, &lead.data.wanted_line()).await?,
            lead: Leads::snapshot(&lead),
            updated_at: lead.updated_at,
            referrer,
            today,
        })
    });
    read.await
}
