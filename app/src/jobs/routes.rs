//! The addresses of jobs.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::{JobAction, JobKind, JobState};

/// The page.
pub const JOBS: &str = "/jobs";

/// Which jobs the page shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobsQuery {
    /// Those in a state; all where there is none.
    pub state: Option<JobState>,
    /// Those of a kind; all where there is none.
    pub kind: Option<JobKind>,
    /// Those that were created before this one; the newest where there is none.
    pub before: Option<Uuid>,
}

impl JobsQuery {
    /// The page's address.
    pub fn url(&self) -> String {
        let before = self.before.map(|id| id.to_string());
        let parts = [
            ("state", self.state.map(JobState::as_str)),
            ("kind", self.kind.map(JobKind::as_str)),
            ("before", before.as_deref()),
        ];
        let parts = parts.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let search = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parts)
            .finish();
        if search.is_empty() {
            JOBS.to_owned()
        } else {
            format!("{JOBS}?{search}")
        }
    }

    /// Reads the part of an address behind the question mark; the inverse of [`Self::url`]. What makes no sense is ignored.
    pub fn parse(search: &str) -> Self {
        let mut query = Self::default();
        for (name, value) in form_urlencoded::parse(search.trim_start_matches('?').as_bytes()) {
            match &*name {
                "state" => query.state = JobState::parse(&value),
                "kind" => query.kind = JobKind::parse(&value),
                "before" => query.before = Uuid::parse_str(&value).ok(),
                _ => {}
            }
        }
        query
    }
}

/// The address of the form that does something to a job.
pub fn job_action(action: JobAction, id: Uuid) -> String {
    format!("{JOBS}/{id}/{action}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_they_are_written() {
        let states = JobState::ALL.iter().copied().map(Some).chain([None]);
        let kinds = JobKind::ALL.iter().copied().map(Some).chain([None]);
        for (state, kind) in states.flat_map(|state| kinds.clone().map(move |kind| (state, kind))) {
            for before in [None, Some(Uuid::from_u128(7))] {
                let query = JobsQuery { state, kind, before };
                let url = query.url();
                let search = url.strip_prefix(JOBS).expect("the page");
                assert_eq!(JobsQuery::parse(search), query, "{url}");
            }
        }
        for search in ["?state=gone&kind=gone&before=x", "", "?", "?x=1"] {
            assert_eq!(JobsQuery::parse(search), JobsQuery::default(), "{search}");
        }
    }
}
