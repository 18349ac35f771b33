//! What the page before has done without script, told once by the notice of the next.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::AppError;

/// What was done, told once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// A sentence.
    pub text: String,
    /// Whether it tells of a failure.
    pub failed: bool,
    /// The customer whose deletion can be undone.
    pub undo: Option<Uuid>,
}

/// What the page before, or the form that brought this one, has done without script.
///
/// # Errors
/// `Unavailable` and `Internal`.
#[server(endpoint = "told")]
pub async fn take_notice() -> Result<Option<Told>, AppError> {
    use crate::customers::service::flash as customers;
    use crate::customers::view::deed::Deed;
    use crate::people::service::flash as people;
    if let Some(customers::Failed(text)) = use_context() {
        return Ok(Some(Told {
            text,
            failed: true,
            undo: None,
        }));
    }
    let context = crate::context::AppContext::of_request()?;
    if let Some(text) = context.read(people::take(&context)).await? {
        return Ok(Some(Told {
            text,
            failed: false,
            undo: None,
        }));
    }
    let told = context.read(customers::take(&context)).await?;
    Ok(told.map(|(deed, customer)| Told {
        text: deed.told(&customer),
        failed: false,
        undo: (deed == Deed::Deleted).then_some(customer.id),
    }))
}
