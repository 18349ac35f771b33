//! Who may be the same person as a lead.

use leptos::prelude::use_context;
use uuid::Uuid;

use super::spec::{SPEC, field};
use super::store::customer_of;
use crate::base::error::AppError;
use crate::customers::spec::SPEC as CUSTOMERS;
use crate::db::contact_matches::ContactKeys;
use crate::http::context::AppContext;
use crate::record::draft::Draft;
use crate::record::duplicates;
use crate::record::responses::{RecordForm, RecordMatch};

/// The customers and leads that may be the one in a form, with why. The lead `id`, which the form is about, and the customer whom it
/// became are not among them.
pub async fn find(context: &AppContext, id: Option<Uuid>, draft: &Draft) -> Result<Vec<RecordMatch>, AppError> {
    // The customers' fields have the same names.
    let [phone, email, name, city] =
        [field::PHONE, field::EMAIL, field::NAME, field::CITY].map(|name| draft.value(name));
    let keys = &ContactKeys::parse(phone, email, name, city);
    let read = context.read_db(|mut db| async move {
        let became = match id {
            Some(id) => customer_of(&mut db, id).await?,
            None => None,
        };
        let mut found = duplicates::find(&mut db, &CUSTOMERS, keys, became).await?;
        found.extend(duplicates::find(&mut db, &SPEC, keys, id).await?);
        Ok(found)
    });
    read.await
}

/// The form of the lead `id`, or of the customer whom it is to become, with who may be the same: the one that came back after a sending
/// without script, which is shown whatever else fails, or the one that `open` gives.
pub async fn form_with_matches<F: Future<Output = Result<RecordForm, AppError>>>(
    id: Option<Uuid>,
    open: impl FnOnce(AppContext) -> F,
) -> Result<RecordForm, AppError> {
    let context = AppContext::require(SPEC.edit);
    let mut form = match use_context::<RecordForm>() {
        Some(form) => form,
        None => open(context.clone()?).await?,
    };
    if let Ok(context) = context {
        let found = context.with_deadline(find(&context, id, &form.draft)).await;
        form.matches = found.unwrap_or_default();
    }
    Ok(form)
}
