//! Values that only the database knows: who may own a lead, which cities there are.

use sqlx::PgConnection;

use crate::base::error::AppError;
use crate::base::spec::ValueOption;

/// A subject whose fields and facets may have options that are loaded.
pub trait LoadedOptions: 'static {
    /// The options of the field or facet with a name, in the order in which they are offered.
    fn options(_db: &mut PgConnection, _name: &str) -> impl Future<Output = Result<Vec<ValueOption>, AppError>> + Send {
        async { Ok(Vec::new()) }
    }
}
