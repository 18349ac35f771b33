//! Segments: the combinations of status, churn risk and plan type. The table numbers them, in its generated column `segment`.

use crate::customers::model::{ChurnRisk, PlanType, Status};
use crate::customers::spec::facet;
use crate::list::query::ListQuery;

/// How many there are.
pub const SEGMENTS: i16 = (Status::ALL.len() * ChurnRisk::ALL.len() * PlanType::ALL.len()) as i16;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    pub status: Status,
    pub churn_risk: ChurnRisk,
    pub plan_type: PlanType,
}

impl Segment {
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

    /// Whether the facets of a list leave it.
    pub fn is_in(self, query: &ListQuery) -> bool {
        (0..query.spec.facets.len()).all(|facet| query.leaves(facet, self.word(facet)))
    }

    /// Its word in a facet.
    pub fn word(self, facet: usize) -> &'static str {
        match facet {
            facet::STATUS => self.status.as_str(),
            facet::CHURN_RISK => self.churn_risk.as_str(),
            _ => self.plan_type.as_str(),
        }
    }
}

/// The numbers of the segments that the facets of a list leave; none where they leave all.
pub fn selected(query: &ListQuery) -> Option<Vec<i16>> {
    let is_left = |number: &i16| Segment::of_number(*number).is_some_and(|segment| segment.is_in(query));
    let left: Vec<i16> = (0..SEGMENTS).filter(is_left).collect();
    (left.len() < SEGMENTS as usize).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customers::spec::SPEC;

    #[test]
    fn every_segment_has_a_number_of_its_own() {
        let segments: Vec<_> = (0..36).filter_map(Segment::of_number).collect();
        let same = segments
            .iter()
            .enumerate()
            .filter(|(at, one)| segments[..*at].contains(one));
        assert_eq!((segments.len(), same.count()), (SEGMENTS as usize, 0));
        assert_eq!((Segment::of_number(36), Segment::of_number(-1)), (None, None));
    }

    #[test]
    fn facets_leave_their_segments() {
        let mut query = ListQuery::new(&SPEC);
        assert_eq!(selected(&query), None);
        for status in Status::WORDS {
            query.set(facet::STATUS, status, true);
        }
        assert_eq!(selected(&query), None);
        let mut query = ListQuery::new(&SPEC);
        query.set(facet::STATUS, "Suspended", true);
        query.set(facet::CHURN_RISK, "High", true);
        assert_eq!(selected(&query), Some(vec![18, 19, 20]));
    }
}
