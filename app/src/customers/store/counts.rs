//! How many customers stand behind every choice of the filters, and what they are worth.
//!
//! Nothing is counted for the list: every write adds its change to `customer_count_changes` in its own statement, and every so
//! often one folds what has come together into `customer_counts`. Only what a search finds is counted, up to a limit.
//!
//! The program keeps the counts that it has read, with a mark that the database moves at every change: a page reads the mark with
//! its rows, and the counts only where it has moved.

use std::sync::{Arc, PoisonError, RwLock};

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row};

use super::clauses::{push_found, push_found_by_word};
use super::sample::Foreseen;
use super::segments::Segment;
use crate::customers::model::{ChurnRisk, Details, PlanType, Status};
use crate::customers::query::Filter;
use crate::customers::view::COUNTED;
use crate::error::AppError;
use crate::units::Paise;

/// What there is of one segment, or what a change adds to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentCount {
    segment: Segment,
    customers: i64,
    debtors: i64,
    price_paise: i64,
    outstanding_paise: i64,
}

/// The counts of all segments; a segment may have several parts.
#[derive(Clone, Debug, Default)]
pub struct Counts(Arc<[SegmentCount]>);

/// The mark as SQL. Between two folds changes only come to be seen, so that their number tells them apart.
pub const MARK: &str =
    "(SELECT folds FROM customer_count_folds) * 1048576 + (SELECT count(*) FROM customer_count_changes)";

/// The counts that this program has read last; clones share them.
#[derive(Clone, Debug, Default)]
pub struct KeptCounts(Arc<RwLock<Option<(i64, Counts)>>>);

impl KeptCounts {
    /// The counts of all live customers at a mark that was read just now, or as they are.
    ///
    /// # Errors
    /// `Unavailable` and `Internal`, as of all that follow.
    pub async fn at(&self, db: &mut PgConnection, mark: i64) -> Result<Counts, AppError> {
        match self.kept() {
            Some((kept, counts)) if kept == mark => Ok(counts),
            _ => self.now(db).await,
        }
    }

    /// About the counts, where it does not matter whether they are a little old.
    pub async fn lately(&self, db: &mut PgConnection) -> Result<Counts, AppError> {
        match self.kept() {
            Some((_, counts)) => Ok(counts),
            None => self.now(db).await,
        }
    }

    /// The counts as they are.
    pub async fn now(&self, db: &mut PgConnection) -> Result<Counts, AppError> {
        let (mark, counts) = read(db).await?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some((mark, counts.clone()));
        Ok(counts)
    }

    fn kept(&self) -> Option<(i64, Counts)> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn read(db: &mut PgConnection) -> Result<(i64, Counts), AppError> {
    let parts = sqlx::query!(
        r#"SELECT status AS "status!: Status", churn_risk AS "churn_risk!: ChurnRisk", plan_type AS "plan_type!: PlanType",
               customers AS "customers!", debtors AS "debtors!", price_paise AS "price_paise!",
               outstanding_paise AS "outstanding_paise!",
               (SELECT folds FROM customer_count_folds) * 1048576 + (SELECT count(*) FROM customer_count_changes) AS "mark!"
           FROM (SELECT * FROM customer_counts
                 UNION ALL
                 SELECT status, churn_risk, plan_type, customers, debtors, price_paise, outstanding_paise
                 FROM customer_count_changes) parts"#
    );
    let parts = parts.fetch_all(db).await?;
    let mark = parts.first().map_or(0, |part| part.mark);
    let counts = parts.into_iter().map(|part| SegmentCount {
        segment: Segment {
            status: part.status,
            churn_risk: part.churn_risk,
            plan_type: part.plan_type,
        },
        customers: part.customers,
        debtors: part.debtors,
        price_paise: part.price_paise,
        outstanding_paise: part.outstanding_paise,
    });
    Ok((mark, Counts(counts.collect())))
}

/// The counts of what a search finds, for a list that meets only some of it; none where that is more than `COUNTED`.
pub async fn counts_of_search(db: &mut PgConnection, foreseen: &Foreseen) -> Result<Option<Counts>, AppError> {
    let mut sql = QueryBuilder::<Postgres>::new("SELECT ");
    sql.push(FOUND_COLUMNS).push(" FROM (WITH ");
    let needles = &foreseen.needles;
    match foreseen.word() {
        Some(word) => push_found_by_word(&mut sql, word, needles, true),
        None => {
            sql.push("found AS (");
            push_found(&mut sql, "id", needles, &foreseen.narrowed);
            sql.push(format_args!(" LIMIT {})", COUNTED + 1));
        }
    }
    sql.push(format_args!(" {COUNT_FOUND}) counted"));
    let row = sql.build().fetch_one(db).await?;
    Ok(Counts::of_found(&row)?.unwrap_or_default().if_few())
}

/// What the rows must have that are counted.
pub const COUNTED_COLUMNS: &str = "segment, price_paise, outstanding_paise";

/// Counts the rows of `found`, in one row.
pub const COUNT_FOUND: &str = "SELECT array_agg(segment) AS found_segments, array_agg(customers) AS found_customers, \
     array_agg(debtors) AS found_debtors, array_agg(price) AS found_price, array_agg(outstanding) AS found_outstanding \
     FROM (SELECT segment, count(*) AS customers, count(*) FILTER (WHERE outstanding_paise > 0) AS debtors, \
         sum(price_paise)::bigint AS price, sum(outstanding_paise)::bigint AS outstanding FROM found GROUP BY segment) AS parts";

/// The columns of that row, as [`Counts::of_found`] reads them.
pub const FOUND_COLUMNS: &str = "found_segments, found_customers, found_debtors, found_price, found_outstanding";

impl Counts {
    /// Those that a row holds in its last columns; none where another row of the page does, or nothing is found.
    pub fn of_found(row: &PgRow) -> Result<Option<Self>, sqlx::Error> {
        let column = |from_end| {
            row.try_get::<Option<Vec<i64>>, _>(row.len() - from_end)
                .map(Option::unwrap_or_default)
        };
        let Some(segments) = row.try_get::<Option<Vec<i16>>, _>(row.len() - 5)? else {
            return Ok(None);
        };
        let (customers, debtors, price, outstanding) = (column(4)?, column(3)?, column(2)?, column(1)?);
        let parts = segments.into_iter().enumerate().filter_map(|(place, segment)| {
            Some(SegmentCount {
                segment: Segment::of_number(segment)?,
                customers: *customers.get(place)?,
                debtors: *debtors.get(place)?,
                price_paise: *price.get(place)?,
                outstanding_paise: *outstanding.get(place)?,
            })
        });
        Ok(Some(Self(parts.collect())))
    }

    /// The counts of what a search finds, unless that is more than `COUNTED`.
    pub fn if_few(self) -> Option<Self> {
        (self.total(&Filter::default()) <= COUNTED).then_some(self)
    }

    /// How many customers the whole filter leaves.
    pub fn total(&self, filter: &Filter) -> u64 {
        self.sum(|segment| segment.is_in(filter)).customers
    }

    /// What there is of the segments that match.
    pub fn sum(&self, matches: impl Fn(Segment) -> bool) -> Sum {
        let mut sum = [0; 4];
        for part in self.0.iter().filter(|part| matches(part.segment)) {
            let figures = [part.customers, part.debtors, part.price_paise, part.outstanding_paise];
            for (sum, figure) in sum.iter_mut().zip(figures) {
                *sum += figure;
            }
        }
        let [customers, debtors, price, outstanding] = sum;
        Sum {
            customers: customers.unsigned_abs(),
            debtors: debtors.unsigned_abs(),
            price: Paise(price),
            outstanding: Paise(outstanding),
        }
    }
}

/// What there is of some segments.
pub struct Sum {
    pub customers: u64,
    pub debtors: u64,
    pub price: Paise,
    pub outstanding: Paise,
}

impl SegmentCount {
    /// One customer.
    pub fn of(details: &Details) -> Self {
        Self {
            segment: Segment {
                status: details.standing.status(),
                churn_risk: details.relationship.churn_risk,
                plan_type: details.plan.plan_type,
            },
            customers: 1,
            debtors: i64::from(details.billing.outstanding.0 > 0),
            price_paise: details.plan.price.0,
            outstanding_paise: details.billing.outstanding.0,
        }
    }

    fn less(self) -> Self {
        Self {
            customers: -self.customers,
            debtors: -self.debtors,
            price_paise: -self.price_paise,
            outstanding_paise: -self.outstanding_paise,
            ..self
        }
    }

    /// Adds another change, if it is one of the same segment.
    fn with(&self, other: &Self) -> Option<Self> {
        (self.segment == other.segment).then(|| Self {
            customers: self.customers + other.customers,
            debtors: self.debtors + other.debtors,
            price_paise: self.price_paise + other.price_paise,
            outstanding_paise: self.outstanding_paise + other.outstanding_paise,
            ..self.clone()
        })
    }

    fn is_nothing(&self) -> bool {
        (self.customers, self.debtors, self.price_paise, self.outstanding_paise) == (0, 0, 0, 0)
    }
}

/// What a change of a customer changes in the counts, as the columns that `unnest` makes rows of: one for each segment whose
/// counts are others then.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct CountChanges {
    pub statuses: Vec<Status>,
    pub churn_risks: Vec<ChurnRisk>,
    pub plan_types: Vec<PlanType>,
    pub customers: Vec<i64>,
    pub debtors: Vec<i64>,
    pub price_paise: Vec<i64>,
    pub outstanding_paise: Vec<i64>,
}

impl CountChanges {
    /// From what the customer was while it lived to what it is if it lives.
    pub fn between(before: Option<&Details>, after: Option<&Details>) -> Self {
        let before = before.map(|details| SegmentCount::of(details).less());
        let after = after.map(SegmentCount::of);
        let parts = match (before, after) {
            (Some(before), Some(after)) => match before.with(&after) {
                Some(both) => vec![both],
                None => vec![before, after],
            },
            (before, after) => before.into_iter().chain(after).collect(),
        };
        let mut changes = Self::default();
        for part in parts.into_iter().filter(|part| !part.is_nothing()) {
            changes.statuses.push(part.segment.status);
            changes.churn_risks.push(part.segment.churn_risk);
            changes.plan_types.push(part.segment.plan_type);
            changes.customers.push(part.customers);
            changes.debtors.push(part.debtors);
            changes.price_paise.push(part.price_paise);
            changes.outstanding_paise.push(part.outstanding_paise);
        }
        changes
    }
}

/// Adds the changes to the counts. One at a time does, and the others need not. What is not folded now will be later.
///
/// # Errors
/// The database's.
pub async fn fold(db: &mut PgConnection) -> Result<(), sqlx::Error> {
    /// The advisory lock of whoever folds: "counts", as a number of this program's own.
    const FOLDING: i64 = 0x636f_756e_7473;
    // The statement may have begun to look before another's fold was done, whose lock it then gets: a row that the other has
    // deleted is not deleted again, and what the other has updated is read anew.
    let folded = sqlx::query!(
        r#"WITH lock AS MATERIALIZED (
               SELECT pg_try_advisory_xact_lock($1) AS mine
           ), folded AS (
               DELETE FROM customer_count_changes WHERE (SELECT mine FROM lock)
               RETURNING status, churn_risk, plan_type, customers, debtors, price_paise, outstanding_paise
           ), sums AS (
               SELECT status, churn_risk, plan_type, sum(customers) AS customers, sum(debtors) AS debtors,
                   sum(price_paise) AS price_paise, sum(outstanding_paise) AS outstanding_paise
               FROM folded GROUP BY status, churn_risk, plan_type
           ), marked AS (
               UPDATE customer_count_folds SET folds = folds + 1 WHERE EXISTS (SELECT FROM folded)
           )
           UPDATE customer_counts c SET customers = c.customers + s.customers, debtors = c.debtors + s.debtors,
               price_paise = c.price_paise + s.price_paise, outstanding_paise = c.outstanding_paise + s.outstanding_paise
           FROM sums s
           WHERE c.status = s.status AND c.churn_risk = s.churn_risk AND c.plan_type = s.plan_type"#,
        FOLDING
    );
    folded.execute(db).await?;
    Ok(())
}

/// How many segments' counts are not what counting all customers gives. Reads the whole table.
///
/// # Errors
/// The database's.
pub async fn wrong_counts(db: &mut PgConnection) -> Result<i64, sqlx::Error> {
    let wrong = sqlx::query_scalar!(
        r#"WITH told AS (
               SELECT status, churn_risk, plan_type, sum(customers) AS customers, sum(debtors) AS debtors,
                   sum(price_paise) AS price_paise, sum(outstanding_paise) AS outstanding_paise
               FROM (SELECT status, churn_risk, plan_type, customers, debtors, price_paise, outstanding_paise FROM customer_counts
                     UNION ALL
                     SELECT status, churn_risk, plan_type, customers, debtors, price_paise, outstanding_paise
                     FROM customer_count_changes) parts
               GROUP BY status, churn_risk, plan_type
           ), counted AS (
               SELECT status, churn_risk, plan_type, count(*) AS customers,
                   count(*) FILTER (WHERE outstanding_paise > 0) AS debtors, sum(price_paise) AS price_paise,
                   sum(outstanding_paise) AS outstanding_paise
               FROM customers WHERE deleted_at IS NULL GROUP BY status, churn_risk, plan_type
           )
           SELECT count(*) AS "wrong!" FROM told FULL JOIN counted USING (status, churn_risk, plan_type)
           WHERE (told.customers, told.debtors, told.price_paise, told.outstanding_paise) IS DISTINCT FROM
               (coalesce(counted.customers, 0), coalesce(counted.debtors, 0), coalesce(counted.price_paise, 0),
                coalesce(counted.outstanding_paise, 0))"#
    );
    wrong.fetch_one(db).await
}

/// Counts all customers anew. No customer is changed meanwhile: writers wait until the transaction of `db` ends. Whoever folds
/// meanwhile waits, too, and then finds nothing.
///
/// # Errors
/// The database's.
pub async fn recount(db: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("LOCK TABLE customers IN SHARE MODE")
        .execute(&mut *db)
        .await?;
    sqlx::query!("DELETE FROM customer_count_changes")
        .execute(&mut *db)
        .await?;
    sqlx::query!("DELETE FROM customer_counts").execute(&mut *db).await?;
    sqlx::query!("UPDATE customer_count_folds SET folds = folds + 1")
        .execute(&mut *db)
        .await?;
    sqlx::query!(
        "INSERT INTO customer_counts
         SELECT status, churn_risk, plan_type, count(c.id), count(c.id) FILTER (WHERE c.outstanding_paise > 0),
             coalesce(sum(c.price_paise), 0), coalesce(sum(c.outstanding_paise), 0)
         FROM unnest(enum_range(NULL::customer_status)) AS status
         CROSS JOIN unnest(enum_range(NULL::churn_risk)) AS churn_risk
         CROSS JOIN unnest(enum_range(NULL::plan_type)) AS plan_type
         LEFT JOIN (SELECT * FROM customers WHERE deleted_at IS NULL) c USING (status, churn_risk, plan_type)
         GROUP BY status, churn_risk, plan_type"
    )
    .execute(db)
    .await?;
    Ok(())
}
