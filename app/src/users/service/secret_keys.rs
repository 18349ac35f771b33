//! Encrypts the secrets of the second step with the newest key.

use crate::base::error::AppError;
use crate::http::context::AppContext;
use crate::users::model::secret_keys::SecretKeys;
use crate::users::store::credentials;

/// How many secrets there are that no key of ours has encrypted, once all others are encrypted with the first key. Their users get in by a
/// recovery code alone, until the key is back.
pub async fn renew_secrets(context: &AppContext) -> Result<usize, AppError> {
    let keys = context.shared::<SecretKeys>();
    let mut db = context.pool().acquire().await?;
    let mut unreadable = 0;
    for (user, sealed) in credentials::secrets(&mut *db).await? {
        match keys.reseal(user, &sealed) {
            // Another copy of the program, or the user, may have been faster.
            Ok(Some(renewed)) => credentials::replace_secret(&mut *db, user, &sealed, &renewed).await?,
            Ok(None) => {}
            Err(AppError::SecretKey) => unreadable += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(unreadable)
}
