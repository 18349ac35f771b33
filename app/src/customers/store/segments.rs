//! Segments: the combinations of status, churn risk and plan type. The table numbers them, in its generated column `segment`.

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
    /// Whether a filter leaves it.
    pub fn is_in(self, filter: &Filter) -> bool {
        filter.has_status(self.status) && filter.has_churn_risk(self.churn_risk) && filter.has_plan_type(self.plan_type)
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

/// The numbers of the segments that a filter leaves; none where it leaves all.
pub fn in_view(filter: &Filter) -> Option<Vec<i16>> {
    let numbers = 0..COUNT as i16;
    let left = numbers.filter(|number| Segment::of_number(*number).is_some_and(|segment| segment.is_in(filter)));
    let left: Vec<i16> = left.collect();
    (left.len() < COUNT).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_segment_has_a_number_of_its_own() {
        let segments: Vec<_> = (0..36).filter_map(Segment::of_number).collect();
        let same = segments
            .iter()
            .enumerate()
            .filter(|(place, one)| segments[..*place].contains(one));
        assert_eq!((segments.len(), same.count()), (COUNT, 0));
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
