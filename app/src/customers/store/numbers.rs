//! What a list says in numbers, from the counts of the segments.

use super::counts::Counts;
use super::segments::Segment;
use crate::customers::model::{ChurnRisk, PlanType, Status};
use crate::customers::query::Filter;
use crate::customers::view::{Choices, Figures, Numbers};

impl Counts {
    /// All that the page of a filter says in numbers.
    pub fn numbers(&self, filter: &Filter) -> Numbers {
        Numbers {
            total: self.total(filter),
            choices: self.choices(filter),
            figures: self.figures(filter),
        }
    }

    fn choices(&self, filter: &Filter) -> Choices {
        Choices {
            statuses: self.each(Status::ALL, |segment, status| {
                segment.status == status
                    && filter.has_churn_risk(segment.churn_risk)
                    && filter.has_plan_type(segment.plan_type)
            }),
            churn_risks: self.each(ChurnRisk::ALL, |segment, risk| {
                segment.churn_risk == risk
                    && filter.has_status(segment.status)
                    && filter.has_plan_type(segment.plan_type)
            }),
            plan_types: self.each(PlanType::ALL, |segment, plan| {
                segment.plan_type == plan
                    && filter.has_status(segment.status)
                    && filter.has_churn_risk(segment.churn_risk)
            }),
        }
    }

    /// How many customers each choice would show.
    fn each<T: Copy>(&self, choices: &[T], shows: impl Fn(Segment, T) -> bool) -> Vec<(T, u64)> {
        let counted = choices
            .iter()
            .map(|choice| (*choice, self.sum(|segment| shows(segment, *choice)).customers));
        counted.collect()
    }

    /// What the customers that the filter leaves are worth.
    fn figures(&self, filter: &Filter) -> Figures {
        let all = self.sum(|segment| segment.is_in(filter));
        // Only those who are connected and billed bring revenue, and can still be lost.
        let active = |segment: Segment| segment.is_in(filter) && segment.status == Status::Active;
        let at_risk = self.sum(|segment| active(segment) && segment.churn_risk != ChurnRisk::Low);
        Figures {
            monthly_revenue: self.sum(active).price,
            revenue_at_risk: at_risk.price,
            customers_at_risk: at_risk.customers,
            outstanding: all.outstanding,
            debtors: all.debtors,
        }
    }
}
