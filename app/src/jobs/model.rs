//! The words of jobs.

use crate::base::word_enum::word_enum;

word_enum! {
    /// What a job does.
    pub enum JobKind {
        /// Deletes what has expired.
        CleanUp = "Clean up",
        /// Lets the events of services take effect on their day.
        ApplyServiceEvents = "Apply service events",
        /// Suspends the services of customers who do not pay.
        SuspendForDues = "Suspend for dues",
        /// Tells the network what happened to a service.
        TellNetwork = "Tell the network",
        /// Gives customers what their plan has now.
        UpdatePlanCustomers = "Update customers of a plan",
    }
}

impl JobKind {
    /// What it does, for people.
    pub const fn description(self) -> &'static str {
        match self {
            Self::CleanUp => "Deletes expired sessions, links and sign-in attempts, and old jobs",
            Self::ApplyServiceEvents => "Activates, suspends, changes and ends services on the day planned",
            Self::SuspendForDues => {
                "Suspends the services of customers who have not paid when the days of grace are over"
            }
            Self::TellNetwork => "Calls the network's hook with an event of a service",
            Self::UpdatePlanCustomers => "Shows a plan's new speed, cycle, apps and channels with its customers",
        }
    }

    /// How many minutes after its end the next job of a kind runs that repeats by itself.
    pub const fn repeats_after_minutes(self) -> Option<i32> {
        match self {
            Self::CleanUp | Self::SuspendForDues => Some(60),
            Self::ApplyServiceEvents => Some(5),
            Self::TellNetwork | Self::UpdatePlanCustomers => None,
        }
    }
}

word_enum! {
    /// How far a job is.
    pub enum JobState as "job_state" {
        /// It runs when its time has come and a copy of the program is free.
        Waiting = "Waiting",
        /// A copy of the program runs it.
        Running = "Running",
        /// It failed as often as it may.
        Failed = "Failed",
        /// An Admin has stopped it.
        Stopped = "Stopped",
        /// It has done its work.
        Done = "Done",
    }
}

word_enum! {
    /// What an Admin does to a job.
    pub enum JobAction {
        /// Lets a job run again that has failed or was stopped.
        Retry = "retry",
        /// Ends a job that waits or runs.
        Stop = "stop",
    }
}

impl JobState {
    /// What can be done to a job in this state.
    pub const fn action(self) -> Option<JobAction> {
        match self {
            Self::Waiting | Self::Running => Some(JobAction::Stop),
            Self::Failed | Self::Stopped => Some(JobAction::Retry),
            Self::Done => None,
        }
    }
}

impl JobAction {
    /// What its button says.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Retry => "Retry",
            Self::Stop => "Stop",
        }
    }

    /// The word by which the history records it.
    pub const fn event(self) -> &'static str {
        match self {
            Self::Retry => "retried",
            Self::Stop => "stopped",
        }
    }
}
