//! What a customer's page asks for: the record and its history.

use uuid::Uuid;

use super::codec::Customers;
use super::responses::CustomerPage;
use super::spec::SPEC;
use super::store::{by_account_number, referral_count};
use crate::base::error::AppError;
use crate::http::context::AppContext;
use crate::record::store::{RecordStore as _, get_live, get_visible};
use crate::timeline::{TimelinePage, read_page};
use crate::users::store::names as users;

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
            customer: Customers::snapshot(&customer),
            updated_at: customer.updated_at,
            referrer,
            today,
        })
    });
    read.await
}

/// The last events of a customer, or those before the version `older`.
///
/// # Errors
/// `NotFound` also for a deleted one, where the caller could not restore it.
pub async fn timeline(context: &AppContext, id: Uuid, older: Option<i64>) -> Result<TimelinePage, AppError> {
    let read = context.read_db(|mut db| async move {
        get_visible::<Customers>(&mut db, &context.caller, id).await?;
        let page = read_page(&mut db, SPEC.entity, id, older).await?;
        let names = users::names_of(&mut *db, &page.actors()).await?;
        Ok(page.with_names(&names, context.clock.now()))
    });
    read.await
}
