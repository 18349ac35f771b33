//! What a customer's page asks for.

use uuid::Uuid;

use super::codec::Customers;
use super::responses::CustomerPage;
use super::store::{by_account_number, referral_count};
use crate::base::error::AppError;
use crate::http::context::AppContext;
use crate::record::store::{RecordStore as _, get_live};
use crate::services::service::read::services_of;

/// A customer's page.
///
/// # Errors
/// `NotFound` also for a deleted one.
pub async fn customer_page(context: &AppContext, id: Uuid) -> Result<CustomerPage, AppError> {
    let today = context.clock.today();
    let read = context.read_db(|mut db| async move {
        let customer = get_live::<Customers>(&mut db, id).await?;
        let referrer = match customer.data.referred_by {
            Some(account_number) => by_account_number(&mut db, account_number).await?,
            None => None,
        };
        Ok(CustomerPage {
            referrals: referral_count(&mut db, id).await?,
            services: services_of(&mut db, id).await?,
            customer: Customers::snapshot(&customer),
            updated_at: customer.updated_at,
            referrer,
            today,
        })
    });
    read.await
}
