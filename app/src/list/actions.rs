//! The server functions of a subject's list, for the pages of all subjects.

use super::responses::ListPage;
use crate::base::spec::SubjectSpec;
use crate::ui::latest_resource::Answer;

/// The server functions of a subject's list.
pub struct ListActions {
    /// The subject.
    pub spec: &'static SubjectSpec,
    /// The page that an address asks for: its part behind the path.
    pub list: fn(String) -> Answer<ListPage>,
    /// Keeps a choice of columns, by the names of their fields.
    pub choose_columns: fn(Vec<String>) -> Answer<()>,
}
