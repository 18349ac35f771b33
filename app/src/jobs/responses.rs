//! What the server answers about jobs.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::JobState;
use super::routes::JobsQuery;
use crate::ui::latest_resource::PageData;

/// A page of jobs, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobList {
    /// What was asked for.
    pub query: JobsQuery,
    /// How many jobs of the kind are in each state, in the order of the states.
    pub counts: Vec<i64>,
    /// The jobs.
    pub jobs: Vec<JobRow>,
    /// The last of them, where there are older ones.
    pub older_than: Option<Uuid>,
}

impl PageData for JobList {}

impl JobList {
    /// The page of older jobs.
    pub fn older(&self) -> Option<String> {
        let query = JobsQuery {
            before: self.older_than,
            ..self.query
        };
        self.older_than.map(|_| query.url())
    }

    /// The page of the newest.
    pub fn newest(&self) -> Option<String> {
        let query = JobsQuery {
            before: None,
            ..self.query
        };
        self.query.before.map(|_| query.url())
    }
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRow {
    /// UUIDv7.
    pub id: Uuid,
    /// Goes up whenever the job ends, is stopped or is retried.
    pub version: i64,
    /// What it does: a word of [`super::model::JobKind`], or of a newer program.
    pub kind: String,
    /// How far it is.
    pub state: JobState,
    /// How often it was begun.
    pub attempt: i16,
    /// How often it is begun at most.
    pub max_attempts: i16,
    /// How much it has done.
    pub done: i64,
    /// How much there is to do, where that is known.
    pub total: Option<i64>,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// Who asked for it, by name; none where the program did.
    pub created_by: Option<String>,
    /// When it was created, UTC.
    pub created_at: DateTime<Utc>,
    /// Not to be begun before, UTC.
    pub run_at: DateTime<Utc>,
    /// When the last attempt began, UTC.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended, UTC.
    pub finished_at: Option<DateTime<Utc>>,
}
