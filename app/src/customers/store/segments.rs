//! Segments: the combinations of status, churn risk and plan type, as the table numbers them (its generated column `segment`).

use crate::customers::model::{ChurnRisk, PlanType, Status};
use crate::customers::query::Filter;

/// How many there are.
const COUNT: usize = Status::ALL.len() * ChurnRisk::ALL.len() * PlanType::ALL.len();

/// The number of a segment.
const fn segment(status: Status, risk: ChurnRisk, plan: PlanType) -> i16 {
    status as i16 * 9 + risk as i16 * 3 + plan as i16
}

/// What a segment's number stands for; none where it is no segment's.
pub fn of_number(number: i16) -> Option<(Status, ChurnRisk, PlanType)> {
    let number = usize::try_from(number).ok()?;
    let (status, rest) = (number / 9, number % 9);
    Some((
        *Status::ALL.get(status)?,
        *ChurnRisk::ALL.get(rest / 3)?,
        *PlanType::ALL.get(rest % 3)?,
    ))
}

/// The segments that a filter leaves; none where it leaves all.
pub fn in_view(filter: &Filter) -> Option<Vec<i16>> {
    let statuses = Status::ALL.iter().filter(|status| filter.has_status(**status));
    let segments = statuses.flat_map(|status| {
        let risks = ChurnRisk::ALL.iter().filter(|risk| filter.has_churn_risk(**risk));
        risks.flat_map(move |risk| {
            let plans = PlanType::ALL.iter().filter(|plan| filter.has_plan_type(**plan));
            plans.map(move |plan| segment(*status, *risk, *plan))
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
            let (status, risk, plan) = of_number(number).expect("a segment");
            assert_eq!(segment(status, risk, plan), number);
        }
        assert_eq!((of_number(36), of_number(-1)), (None, None));
        let mut filter = Filter::default();
        assert_eq!(in_view(&filter), None);
        filter.statuses.extend(Status::ALL);
        assert_eq!(in_view(&filter), None);
        filter.statuses = [Status::Suspended].into();
        filter.churn_risks.insert(ChurnRisk::High);
        assert_eq!(in_view(&filter), Some(vec![18, 19, 20]));
    }
}
