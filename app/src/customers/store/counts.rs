//! Segments (the combinations of status, churn risk and plan type), how many customers there are in each, and what they are worth.
//!
//! Nothing is counted for the list: triggers add what each write changes to `customer_count_changes`, and every so often the program
//! compacts those into `customer_counts`. Only what a search finds is counted, up to a limit.
//!
//! The program caches the counts that it has read, with their epoch: a page reads the epoch with its rows, and the counts only where it
//! has moved.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use sqlx::PgConnection;

use crate::base::error::AppError;
use crate::base::units::Paise;
use crate::customers::model::{ChurnRisk, Status};
use crate::customers::spec::facet;
use crate::list::query::ListQuery;
use crate::plans::model::PlanType;

/// How many segments there are.
pub const SEGMENTS: i16 = (Status::ALL.len() * ChurnRisk::ALL.len() * PlanType::ALL.len()) as i16;

/// A combination of status, churn risk and plan type. The table numbers them, in its generated column `segment`.
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
pub fn selected_segments(query: &ListQuery) -> Option<Vec<i16>> {
    let is_left = |number: &i16| Segment::of_number(*number).is_some_and(|segment| segment.is_in(query));
    let left: Vec<i16> = (0..SEGMENTS).filter(is_left).collect();
    (left.len() < SEGMENTS as usize).then_some(left)
}

/// What there is of one segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SegmentTotal {
    /// Live customers.
    pub customers: i64,
    /// Those of them who owe something.
    pub debtors: i64,
    /// What they pay for their services in a month.
    pub monthly_paise: i64,
    /// The sum of what the debtors owe.
    pub outstanding_paise: i64,
}

impl SegmentTotal {
    fn add(&mut self, other: Self) {
        self.customers += other.customers;
        self.debtors += other.debtors;
        self.monthly_paise += other.monthly_paise;
        self.outstanding_paise += other.outstanding_paise;
    }
}

/// The counts of all segments.
#[derive(Clone, Debug, Default)]
pub struct SegmentCounts {
    segments: Arc<BTreeMap<i16, SegmentTotal>>,
    /// Whether they have the amounts, and the debtors.
    has_amounts: bool,
}

/// The epoch as SQL: a fingerprint of the changes that are visible, with how often they were compacted. A replica may see two changes in
/// another order, so that their number alone would not tell the counts apart.
pub const COUNTS_EPOCH: &str = "(SELECT epoch FROM customer_counts_epoch) # \
     (SELECT coalesce(bit_xor(hashint8extended(change, 0)), 0) FROM customer_count_changes)";

/// The counts that this program has read last; clones share them.
#[derive(Clone, Debug, Default)]
pub struct CountsCache(Arc<RwLock<Option<(i64, SegmentCounts)>>>);

impl CountsCache {
    /// The counts of all live customers at an epoch that was read just now; without one, as they are.
    pub async fn at(&self, db: &mut PgConnection, epoch: Option<i64>) -> Result<SegmentCounts, AppError> {
        match self.cached() {
            Some((cached, counts)) if Some(cached) == epoch => Ok(counts),
            _ => self.read(db).await,
        }
    }

    /// About the counts, where it does not matter whether they are a little old.
    pub async fn recent(&self, db: &mut PgConnection) -> Result<SegmentCounts, AppError> {
        match self.cached() {
            Some((_, counts)) => Ok(counts),
            None => self.read(db).await,
        }
    }

    async fn read(&self, db: &mut PgConnection) -> Result<SegmentCounts, AppError> {
        let rows = sqlx::query!(
            r#"SELECT segment AS "segment!", customers AS "customers!", debtors AS "debtors!", monthly_paise AS "monthly_paise!",
                   outstanding_paise AS "outstanding_paise!",
                   (SELECT epoch FROM customer_counts_epoch) #
                       (SELECT coalesce(bit_xor(hashint8extended(change, 0)), 0) FROM customer_count_changes) AS "epoch!"
               FROM (SELECT segment, customers, debtors, monthly_paise, outstanding_paise FROM customer_counts
                     UNION ALL
                     SELECT segment, customers, debtors, monthly_paise, outstanding_paise FROM customer_count_changes) parts"#
        );
        let rows = rows.fetch_all(db).await?;
        let epoch = rows.first().map_or(0, |row| row.epoch);
        let counts = SegmentCounts::sum_of(rows.into_iter().map(|row| {
            let total = SegmentTotal {
                customers: row.customers,
                debtors: row.debtors,
                monthly_paise: row.monthly_paise,
                outstanding_paise: row.outstanding_paise,
            };
            (row.segment, total)
        }));
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some((epoch, counts.clone()));
        Ok(counts)
    }

    fn cached(&self) -> Option<(i64, SegmentCounts)> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What the customers in view are worth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// What the active pay for their services in a month.
    pub monthly_revenue: Paise,
    /// The part of it that comes from customers of High or Medium churn risk.
    pub revenue_at_risk: Paise,
    /// How many active customers that is.
    pub customers_at_risk: i64,
    /// What is billed and not paid.
    pub outstanding: Paise,
    /// By how many customers.
    pub debtors: i64,
}

impl SegmentCounts {
    /// The counts that parts of segments add up to.
    pub fn sum_of(parts: impl Iterator<Item = (i16, SegmentTotal)>) -> Self {
        let mut counts: BTreeMap<i16, SegmentTotal> = BTreeMap::new();
        for (segment, part) in parts {
            counts.entry(segment).or_default().add(part);
        }
        Self {
            segments: Arc::new(counts),
            has_amounts: true,
        }
    }

    /// The counts, where the parts say nothing of amounts and debtors.
    pub fn without_amounts(self) -> Self {
        Self {
            has_amounts: false,
            ..self
        }
    }

    /// How many customers the facets of a list leave.
    pub fn total(&self, query: &ListQuery) -> u64 {
        self.sum(|segment| segment.is_in(query)).customers.unsigned_abs()
    }

    /// How many customers there are.
    pub fn all(&self) -> u64 {
        self.sum(|_| true).customers.unsigned_abs()
    }

    /// For every value of each facet, how many customers it would show under the other facets.
    pub fn facet_counts(&self, query: &ListQuery) -> Vec<Vec<u64>> {
        let count = |facet: usize, value: &'static str| {
            let mut chosen = query.clone();
            for other in query.chosen(facet) {
                chosen.set(facet, other, false);
            }
            chosen.set(facet, value, true);
            self.total(&chosen)
        };
        let facets = query.spec.facets.iter().enumerate();
        facets
            .map(|(place, facet)| facet.words().iter().map(|value| count(place, value)).collect())
            .collect()
    }

    /// What the customers that the facets leave are worth; none where the amounts are not known.
    pub fn metrics(&self, query: &ListQuery) -> Option<Metrics> {
        let all = self.sum(|segment| segment.is_in(query));
        // Only those who are connected and billed bring revenue, and can still be lost.
        let is_active = |segment: Segment| segment.is_in(query) && segment.status == Status::Active;
        let at_risk = self.sum(|segment| is_active(segment) && segment.churn_risk != ChurnRisk::Low);
        self.has_amounts.then(|| Metrics {
            monthly_revenue: Paise(self.sum(is_active).monthly_paise),
            revenue_at_risk: Paise(at_risk.monthly_paise),
            customers_at_risk: at_risk.customers,
            outstanding: Paise(all.outstanding_paise),
            debtors: all.debtors,
        })
    }

    fn sum(&self, matches: impl Fn(Segment) -> bool) -> SegmentTotal {
        let mut sum = SegmentTotal::default();
        for (number, total) in self.segments.iter() {
            if Segment::of_number(*number).is_some_and(&matches) {
                sum.add(*total);
            }
        }
        sum
    }
}

/// Adds the changes to the counts. One at a time does, and the others need not.
pub async fn compact(db: &mut PgConnection) -> Result<(), sqlx::Error> {
    /// The advisory lock of whoever compacts: "counts", as a number of this program's own.
    const COMPACTING: i64 = 0x636f_756e_7473;
    // The statement may have begun to look before another's was done, whose lock it then gets: a row that the other has deleted is
    // not deleted again, and what the other has updated is read anew.
    let compacted = sqlx::query!(
        "WITH lock AS MATERIALIZED (
             SELECT pg_try_advisory_xact_lock($1) AS mine
         ), changes AS (
             DELETE FROM customer_count_changes WHERE (SELECT mine FROM lock)
             RETURNING segment, customers, debtors, monthly_paise, outstanding_paise
         ), sums AS (
             SELECT segment, sum(customers) AS customers, sum(debtors) AS debtors, sum(monthly_paise) AS monthly_paise,
                 sum(outstanding_paise) AS outstanding_paise
             FROM changes GROUP BY segment
         ), moved AS (
             UPDATE customer_counts_epoch SET epoch = epoch + 1 WHERE EXISTS (SELECT FROM changes)
         )
         UPDATE customer_counts c SET customers = c.customers + s.customers, debtors = c.debtors + s.debtors,
             monthly_paise = c.monthly_paise + s.monthly_paise, outstanding_paise = c.outstanding_paise + s.outstanding_paise
         FROM sums s WHERE c.segment = s.segment",
        COMPACTING
    );
    compacted.execute(db).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customers::spec::SPEC;

    #[test]
    fn segment_numbers_are_unique() {
        let segments: Vec<_> = (0..36).filter_map(Segment::of_number).collect();
        let same = segments
            .iter()
            .enumerate()
            .filter(|(at, one)| segments[..*at].contains(one));
        assert_eq!((segments.len(), same.count()), (SEGMENTS as usize, 0));
        assert_eq!((Segment::of_number(36), Segment::of_number(-1)), (None, None));
    }

    #[test]
    fn facets_select_their_segments() {
        let mut query = ListQuery::new(&SPEC);
        assert_eq!(selected_segments(&query), None);
        for status in Status::WORDS {
            query.set(facet::STATUS, status, true);
        }
        assert_eq!(selected_segments(&query), None);
        let mut query = ListQuery::new(&SPEC);
        query.set(facet::STATUS, "Suspended", true);
        query.set(facet::CHURN_RISK, "High", true);
        assert_eq!(selected_segments(&query), Some(vec![18, 19, 20]));
    }
}
