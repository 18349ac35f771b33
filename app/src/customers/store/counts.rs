//! How many customers stand behind every choice of the filters, and what they are worth.
//!
//! Nothing is counted for the list: every write adds its change to `customer_count_changes` in its own transaction, and every so
//! often one folds what has come together into `customer_counts`. Only what a search finds is counted, up to a limit.
//!
//! The program keeps the counts that it has read, with a mark that the database moves at every change: a page reads the mark with
//! its rows, and the counts only where it has moved.

use std::sync::{Arc, PoisonError, RwLock};

use sqlx::{PgConnection, Postgres, QueryBuilder};

use super::clauses::push_search;
use crate::customers::model::{ChurnRisk, Details, PlanType, Status};
use crate::customers::query::Filter;
use crate::customers::view::{COUNTED, Choices, Figures, Numbers};
use crate::error::AppError;
use crate::units::Paise;

/// Every so many changes are folded.
const FOLDED: i64 = 32;

/// What there is of one segment, or what a change adds to it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SegmentCount {
    status: Status,
    churn_risk: ChurnRisk,
    plan_type: PlanType,
    customers: i64,
    debtors: i64,
    price_paise: i64,
    outstanding_paise: i64,
}

/// The counts of all segments; a segment may have several parts.
#[derive(Clone, Debug)]
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
        status: part.status,
        churn_risk: part.churn_risk,
        plan_type: part.plan_type,
        customers: part.customers,
        debtors: part.debtors,
        price_paise: part.price_paise,
        outstanding_paise: part.outstanding_paise,
    });
    Ok((mark, Counts(counts.collect())))
}

/// The counts of what a search finds; none where that is more than `COUNTED`.
pub async fn counts_of_search(db: &mut PgConnection, search: &str) -> Result<Option<Counts>, AppError> {
    let mut sql = QueryBuilder::<Postgres>::new(
        "SELECT status, churn_risk, plan_type, count(*) AS customers,
             count(*) FILTER (WHERE outstanding_paise > 0) AS debtors,
             sum(price_paise)::bigint AS price_paise, sum(outstanding_paise)::bigint AS outstanding_paise
         FROM (SELECT status, churn_risk, plan_type, price_paise, outstanding_paise FROM customers WHERE deleted_at IS NULL",
    );
    push_search(&mut sql, search);
    sql.push(format_args!(
        " LIMIT {}) found GROUP BY status, churn_risk, plan_type",
        COUNTED + 1
    ));
    let counts = Counts(sql.build_query_as().fetch_all(db).await?.into());
    Ok((counts.total(&Filter::default()) <= COUNTED).then_some(counts))
}

impl Counts {
    /// How many customers the whole filter leaves.
    pub fn total(&self, filter: &Filter) -> u64 {
        self.sum(|part| part.is_in(filter)).customers
    }

    fn sum(&self, matches: impl Fn(&SegmentCount) -> bool) -> Sum {
        let mut sum = [0; 4];
        for part in self.0.iter().filter(|part| matches(part)) {
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

    /// All that the page of a filter says in numbers.
    pub fn numbers(&self, filter: &Filter) -> Numbers {
        Numbers {
            total: self.total(filter),
            choices: self.choices(filter),
            figures: self.figures(filter),
        }
    }

    fn choices(&self, filter: &Filter) -> Choices {
        let of = |matches: &dyn Fn(&SegmentCount) -> bool| self.sum(matches).customers;
        let statuses = Status::ALL.iter().map(|status| {
            let count = of(&|part| {
                part.status == *status && filter.has_churn_risk(part.churn_risk) && filter.has_plan_type(part.plan_type)
            });
            (*status, count)
        });
        let churn_risks = ChurnRisk::ALL.iter().map(|risk| {
            let count = of(&|part| {
                part.churn_risk == *risk && filter.has_status(part.status) && filter.has_plan_type(part.plan_type)
            });
            (*risk, count)
        });
        let plan_types = PlanType::ALL.iter().map(|plan| {
            let count = of(&|part| {
                part.plan_type == *plan && filter.has_status(part.status) && filter.has_churn_risk(part.churn_risk)
            });
            (*plan, count)
        });
        Choices {
            statuses: statuses.collect(),
            churn_risks: churn_risks.collect(),
            plan_types: plan_types.collect(),
        }
    }

    /// What the customers that the filter leaves are worth.
    fn figures(&self, filter: &Filter) -> Figures {
        let all = self.sum(|part| part.is_in(filter));
        // Only those who are connected and billed bring revenue, and can still be lost.
        let active = |part: &SegmentCount| part.is_in(filter) && part.status == Status::Active;
        let at_risk = self.sum(|part| active(part) && part.churn_risk != ChurnRisk::Low);
        Figures {
            monthly_revenue: self.sum(active).price,
            revenue_at_risk: at_risk.price,
            customers_at_risk: at_risk.customers,
            outstanding: all.outstanding,
            debtors: all.debtors,
        }
    }
}

struct Sum {
    customers: u64,
    debtors: u64,
    price: Paise,
    outstanding: Paise,
}

impl SegmentCount {
    fn is_in(&self, filter: &Filter) -> bool {
        filter.has_status(self.status) && filter.has_churn_risk(self.churn_risk) && filter.has_plan_type(self.plan_type)
    }

    /// One customer.
    fn of(details: &Details) -> Self {
        Self {
            status: details.standing.status(),
            churn_risk: details.relationship.churn_risk,
            plan_type: details.plan.plan_type,
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
}

/// Counts a change of a customer in its own transaction: what it was while it lived, and what it is if it lives.
pub async fn count_change(
    db: &mut PgConnection,
    before: Option<&Details>,
    after: Option<&Details>,
) -> Result<(), AppError> {
    let (before, after) = (before.map(SegmentCount::of), after.map(SegmentCount::of));
    if before == after {
        return Ok(());
    }
    for part in before.map(SegmentCount::less).into_iter().chain(after) {
        let change = sqlx::query_scalar!(
            "INSERT INTO customer_count_changes
                 (status, churn_risk, plan_type, customers, debtors, price_paise, outstanding_paise)
             VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING change",
            part.status as Status,
            part.churn_risk as ChurnRisk,
            part.plan_type as PlanType,
            part.customers,
            part.debtors,
            part.price_paise,
            part.outstanding_paise
        );
        if change.fetch_one(&mut *db).await? % FOLDED == 0 {
            fold(db).await?;
        }
    }
    Ok(())
}

/// Adds the changes to the counts. One at a time does, until its transaction ends, and the others need not.
async fn fold(db: &mut PgConnection) -> Result<(), AppError> {
    /// The advisory lock of whoever folds: "counts", as a number of this program's own.
    const FOLDING: i64 = 0x636f_756e_7473;
    let alone = sqlx::query_scalar!(r#"SELECT pg_try_advisory_xact_lock($1) AS "alone!""#, FOLDING);
    if !alone.fetch_one(&mut *db).await? {
        return Ok(());
    }
    sqlx::query!(
        "WITH folded AS (
             DELETE FROM customer_count_changes
             RETURNING status, churn_risk, plan_type, customers, debtors, price_paise, outstanding_paise
         ), sums AS (
             SELECT status, churn_risk, plan_type, sum(customers) AS customers, sum(debtors) AS debtors,
                 sum(price_paise) AS price_paise, sum(outstanding_paise) AS outstanding_paise
             FROM folded GROUP BY status, churn_risk, plan_type
         ), marked AS (
             UPDATE customer_count_folds SET folds = folds + 1
         )
         UPDATE customer_counts c SET customers = c.customers + s.customers, debtors = c.debtors + s.debtors,
             price_paise = c.price_paise + s.price_paise, outstanding_paise = c.outstanding_paise + s.outstanding_paise
         FROM sums s
         WHERE c.status = s.status AND c.churn_risk = s.churn_risk AND c.plan_type = s.plan_type"
    )
    .execute(db)
    .await?;
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

/// Counts all customers anew. No customer is changed meanwhile: writers wait until the transaction of `db` ends.
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
