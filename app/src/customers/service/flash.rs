//! What was done without script, told on the next page: a brief cookie names it, and the page that says it takes it away.

use uuid::Uuid;

use crate::context::AppContext;
use crate::cookie;
use crate::customers::model::CustomerName;
use crate::customers::store;
use crate::customers::view::deed::Deed;
use crate::error::AppError;
use crate::people::model::roles::Right;

/// The cookie's name.
const COOKIE: &str = "lastmile_done";

/// The cookie that tells the next page, as a header's value.
pub fn cookie_for(deed: Deed, id: Uuid) -> String {
    cookie::brief(COOKIE, &format!("{deed}.{id}"))
}

/// Something that could not be done, for the page that is being made.
#[derive(Clone, Debug)]
pub struct Failed(pub String);

/// What the page before has done; told once.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn take(context: &AppContext) -> Result<Option<(Deed, CustomerName)>, AppError> {
    let Some(told) = cookie::take(COOKIE) else {
        return Ok(None);
    };
    // Its name is told to those who may see customers.
    if context.caller.with_right(Right::Browse).is_err() {
        return Ok(None);
    }
    let Some((deed, id)) = told.split_once('.') else {
        return Ok(None);
    };
    let (Some(deed), Ok(id)) = (Deed::parse(deed), Uuid::parse_str(id)) else {
        return Ok(None);
    };
    let customer = store::get(context.pool(), id).await?;
    Ok(Some((
        deed,
        CustomerName {
            id,
            account_number: customer.account_number,
            name: customer.details.contact.name,
        },
    )))
}
