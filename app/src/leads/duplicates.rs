//! Who may be the same person as a lead: customers first, then leads.

use uuid::Uuid;

use super::spec::field;
use super::store;
use crate::base::error::AppError;
use crate::customers::store as customers;
use crate::http::context::AppContext;
use crate::record::contact_keys::ContactKeys;
use crate::record::draft::Draft;
use crate::record::responses::{RecordForm, RecordMatch};

/// The customers and leads that may be the one in a form, with why. The lead `id`, which the form is about, and the customer whom it
/// became are not among them.
pub async fn find(context: &AppContext, id: Option<Uuid>, draft: &Draft) -> Result<Vec<RecordMatch>, AppError> {
    let text = |name| draft.value(name);
    let keys = ContactKeys::parse(
        text(field::PHONE),
        text(field::EMAIL),
        text(field::NAME),
        text(field::CITY),
    );
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let keys = &keys;
    let read = context.read_db(|mut db| async move {
        let became = match id {
            Some(id) => store::customer_of(&mut db, id).await?,
            None => None,
        };
        let mut found = customers::matches(&mut db, keys, became).await?;
        found.extend(store::matches(&mut db, keys, id).await?);
        Ok(found)
    });
    read.await
}

/// A form of the lead `id` with who may be the same. Without an answer it is as it was.
pub async fn add(context: Result<AppContext, AppError>, id: Option<Uuid>, form: RecordForm) -> RecordForm {
    let matches = match context {
        Ok(context) => context.with_deadline(find(&context, id, &form.draft)).await,
        Err(error) => Err(error),
    };
    RecordForm {
        matches: matches.unwrap_or_default(),
        ..form
    }
}
