//! Which customers a list has.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use crate::customers::model::{ChurnRisk, PlanType, Status};

/// Which customers are asked for; an empty set filters nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Filter {
    /// Any part of name, email, phone, account number or city.
    pub search: String,
    /// Any of these.
    pub statuses: BTreeSet<Status>,
    /// Any of these.
    pub churn_risks: BTreeSet<ChurnRisk>,
    /// Any of these.
    pub plan_types: BTreeSet<PlanType>,
}

/// A choice of one of the filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Of the statuses.
    Status(Status),
    /// Of the churn risks.
    Churn(ChurnRisk),
    /// Of the plan types.
    Plan(PlanType),
}

impl Choice {
    /// Reads a pair of the address: `churn`, `High`.
    pub fn parse(key: &str, word: &str) -> Option<Self> {
        match key {
            "status" => Status::parse(word).map(Self::Status),
            "churn" => ChurnRisk::parse(word).map(Self::Churn),
            "plan" => PlanType::parse(word).map(Self::Plan),
            _ => None,
        }
    }

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Status(status) => status.word(),
            Self::Churn(risk) => risk.word(),
            Self::Plan(plan) => plan.word(),
        }
    }
}

impl Filter {
    /// Whether customers of a status are left.
    pub fn has_status(&self, status: Status) -> bool {
        self.statuses.is_empty() || self.statuses.contains(&status)
    }

    /// Whether customers of a churn risk are left.
    pub fn has_churn_risk(&self, risk: ChurnRisk) -> bool {
        self.churn_risks.is_empty() || self.churn_risks.contains(&risk)
    }

    /// Whether customers of a plan type are left.
    pub fn has_plan_type(&self, plan: PlanType) -> bool {
        self.plan_types.is_empty() || self.plan_types.contains(&plan)
    }

    /// Whether any choice is on; the search is none.
    pub fn has_choices(&self) -> bool {
        !(self.statuses.is_empty() && self.churn_risks.is_empty() && self.plan_types.is_empty())
    }

    /// Whether a choice is on.
    pub fn has(&self, choice: Choice) -> bool {
        match choice {
            Choice::Status(status) => self.statuses.contains(&status),
            Choice::Churn(risk) => self.churn_risks.contains(&risk),
            Choice::Plan(plan) => self.plan_types.contains(&plan),
        }
    }

    /// Puts a choice on or off.
    pub fn choose(&mut self, choice: Choice, on: bool) {
        match choice {
            Choice::Status(status) => put(&mut self.statuses, status, on),
            Choice::Churn(risk) => put(&mut self.churn_risks, risk, on),
            Choice::Plan(plan) => put(&mut self.plan_types, plan, on),
        }
    }
}

fn put<T: Ord>(set: &mut BTreeSet<T>, value: T, on: bool) {
    if on {
        set.insert(value);
    } else {
        set.remove(&value);
    }
}
