//! How many customers stand behind every choice of the filters, and what they are worth.

use sqlx::{PgConnection, Postgres, QueryBuilder};

use super::clauses::push_search;
use crate::customers::model::{ChurnRisk, PlanType, Status};
use crate::customers::query::Filter;
use crate::customers::view::{Choices, Figures};
use crate::error::AppError;
use crate::units::Paise;

/// The live customers of one status, churn risk and plan type that a search finds.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CellCount {
    status: Status,
    churn_risk: ChurnRisk,
    plan_type: PlanType,
    customers: i64,
    debtors: i64,
    price_paise: i64,
    outstanding_paise: i64,
}

/// Counts by status, churn risk and plan type: at most 36 rows, from which every combination of the filters adds up.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn cells(db: &mut PgConnection, search: &str) -> Result<Counts, AppError> {
    let mut sql = QueryBuilder::<Postgres>::new(
        "SELECT status, churn_risk, plan_type, count(*) AS customers,
             count(*) FILTER (WHERE outstanding_paise > 0) AS debtors,
             sum(price_paise)::bigint AS price_paise, sum(outstanding_paise)::bigint AS outstanding_paise
         FROM customers WHERE deleted_at IS NULL",
    );
    push_search(&mut sql, search);
    sql.push(" GROUP BY status, churn_risk, plan_type");
    Ok(Counts(sql.build_query_as().fetch_all(db).await?))
}

/// All cells of one search.
#[derive(Clone, Debug)]
pub struct Counts(pub Vec<CellCount>);

impl Counts {
    fn total_of(&self, matches: impl Fn(&CellCount) -> bool) -> u64 {
        let customers = self.0.iter().filter(|cell| matches(cell)).map(|cell| cell.customers);
        customers.sum::<i64>().unsigned_abs()
    }

    /// How many customers the whole filter leaves.
    pub fn total(&self, filter: &Filter) -> u64 {
        self.total_of(|cell| cell.has_status(filter) && cell.has_churn_risk(filter) && cell.has_plan_type(filter))
    }

    /// For every choice of each filter, how many customers it would show under the other filters.
    pub fn choices(&self, filter: &Filter) -> Choices {
        let statuses = Status::ALL.iter().map(|status| {
            let matches =
                |cell: &CellCount| cell.status == *status && cell.has_churn_risk(filter) && cell.has_plan_type(filter);
            (*status, self.total_of(matches))
        });
        let churn_risks = ChurnRisk::ALL.iter().map(|risk| {
            let matches =
                |cell: &CellCount| cell.churn_risk == *risk && cell.has_status(filter) && cell.has_plan_type(filter);
            (*risk, self.total_of(matches))
        });
        let plan_types = PlanType::ALL.iter().map(|plan| {
            let matches =
                |cell: &CellCount| cell.plan_type == *plan && cell.has_status(filter) && cell.has_churn_risk(filter);
            (*plan, self.total_of(matches))
        });
        Choices {
            statuses: statuses.collect(),
            churn_risks: churn_risks.collect(),
            plan_types: plan_types.collect(),
        }
    }

    /// What the customers that the filter leaves are worth.
    pub fn figures(&self, filter: &Filter) -> Figures {
        let mut figures = Figures::default();
        let in_view =
            |cell: &&CellCount| cell.has_status(filter) && cell.has_churn_risk(filter) && cell.has_plan_type(filter);
        for cell in self.0.iter().filter(in_view) {
            figures.outstanding.0 += cell.outstanding_paise;
            figures.debtors += cell.debtors.unsigned_abs();
            // Only those who are connected and billed bring revenue, and can still be lost.
            if cell.status != Status::Active {
                continue;
            }
            figures.monthly_revenue = Paise(figures.monthly_revenue.0 + cell.price_paise);
            if cell.churn_risk != ChurnRisk::Low {
                figures.revenue_at_risk = Paise(figures.revenue_at_risk.0 + cell.price_paise);
                figures.customers_at_risk += cell.customers.unsigned_abs();
            }
        }
        figures
    }
}

impl CellCount {
    fn has_status(&self, filter: &Filter) -> bool {
        filter.statuses.is_empty() || filter.statuses.contains(&self.status)
    }

    fn has_churn_risk(&self, filter: &Filter) -> bool {
        filter.churn_risks.is_empty() || filter.churn_risks.contains(&self.churn_risk)
    }

    fn has_plan_type(&self, filter: &Filter) -> bool {
        filter.plan_types.is_empty() || filter.plan_types.contains(&self.plan_type)
    }
}
