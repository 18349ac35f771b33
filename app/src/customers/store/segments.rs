//! Segments: the combinations of status, churn risk and plan type, as the table numbers them (its generated column `segment`).

use crate::customers::model::{ChurnRisk, PlanType, Status};
use crate::customers::query::Filter;

/// How many there are.
const COUNT: usize = Status::ALL.len() * ChurnRisk::ALL.len() * PlanType::ALL.len();

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    pub status: Status,
    pub churn_risk: ChurnRisk,
    pub plan_type: PlanType,
}

impl Segment {
    const fn number(self) -> i16 {
        self.status as i16 * 9 + self.churn_risk as i16 * 3 + self.plan_type as i16
    }

    /// What a number stands for; none where it is no segment's.
    pub fn of_number(number: i16) -> Option<Self> {
        let number = usize::try_from(number).ok()?;
        let (status, rest) = (number / 9, number % 9);
        Some(Self {
            status: *Status::ALL.get(status)?,
            churn_risk: *ChurnRisk::ALL.get(rest / 3)?,
            plan_type: *PlanType::ALL.get(rest % 3)?,
        })
    }
}

/// The segments that a filter leaves; none where it leaves all.
pub fn in_view(filter: &Filter) -> Option<Vec<i16>> {
    let statuses = Status::ALL.iter().filter(|status| filter.has_status(**status));
    let segments = statuses.flat_map(|status| {
        let risks = ChurnRisk::ALL.iter().filter(|risk| filter.has_churn_risk(**risk));
        risks.flat_map(move |risk| {
            let plans = PlanType::ALL.iter().filter(|plan| filter.has_plan_type(**plan));
            plans.map(move |plan| {
                let segment = Segment {
                    status: *status,
                    churn_risk: *risk,
                    plan_type: *plan,
                };
                segment.number()
            })
        })
    });
    let segments: Vec<i16> = segments.collect();
    (segments.len() < COUNT).then_some(segments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_segment_has_a_number_of_its_own() {
        for number in 0..COUNT as i16 {
            let segment = Segment::of_number(number).expect("a segment");
            assert_eq!(segment.number(), number);
        }
        assert_eq!((Segment::of_number(36), Segment::of_number(-1)), (None, None));
        let mut filter = Filter::default();
        assert_eq!(in_view(&filter), None);
        filter.statuses.extend(Status::ALL);
        assert_eq!(in_view(&filter), None);
        filter.statuses = [Status::Suspended].into();
        filter.churn_risks.insert(ChurnRisk::High);
        assert_eq!(in_view(&filter), Some(vec![18, 19, 20]));
    }
}
