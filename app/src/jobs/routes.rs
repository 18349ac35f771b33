//! The addresses of jobs.

use uuid::Uuid;

use super::model::{JobAction, JobState};

/// The page.
pub const JOBS: &str = "/jobs";

/// Which jobs the page shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobsQuery {
    /// Those in a state; all where there is none.
    pub state: Option<JobState>,
    /// Those that were created before this one; the newest where there is none.
    pub before: Option<Uuid>,
}

impl JobsQuery {
    /// The page's address.
    pub fn url(&self) -> String {
        let state = self.state.map(|state| format!("state={state}"));
        let before = self.before.map(|id| format!("before={id}"));
        let parts: Vec<String> = state.into_iter().chain(before).collect();
        if parts.is_empty() {
            return JOBS.to_owned();
        }
        format!("{JOBS}?{}", parts.join("&"))
    }

    /// Reads the part of an address behind the question mark; the inverse of [`Self::url`]. What makes no sense is ignored.
    pub fn parse(search: &str) -> Self {
        let mut query = Self::default();
        for (name, value) in form_urlencoded::parse(search.trim_start_matches('?').as_bytes()) {
            match &*name {
                "state" => query.state = JobState::parse(&value),
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
        for state in states {
            for before in [None, Some(Uuid::from_u128(7))] {
                let query = JobsQuery { state, before };
                let url = query.url();
                let search = url.strip_prefix(JOBS).expect("the page");
                assert_eq!(JobsQuery::parse(search), query, "{url}");
            }
        }
        for search in ["?state=gone&before=x", "", "?", "?x=1"] {
            assert_eq!(JobsQuery::parse(search), JobsQuery::default(), "{search}");
        }
    }
}
