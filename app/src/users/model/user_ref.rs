//! A user as other subjects name one.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A user, deleted or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRef {
    /// UUIDv7.
    pub id: Uuid,
    /// The name.
    pub name: String,
    /// The email, which tells two users of one name apart.
    pub email: String,
}
