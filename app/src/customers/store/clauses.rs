//! The parts of WHERE: from typed values, never from text.

use sqlx::{Postgres, QueryBuilder};

use crate::customers::query::Filter;
use crate::customers::search::{self, Needles};

/// Every filter that is on.
pub fn push_filter(sql: &mut QueryBuilder<Postgres>, filter: &Filter) {
    push_search(sql, &filter.search);
    if !filter.statuses.is_empty() {
        let statuses: Vec<_> = filter.statuses.iter().copied().collect();
        sql.push(" AND status = ANY(").push_bind(statuses).push(")");
    }
    if !filter.churn_risks.is_empty() {
        let risks: Vec<_> = filter.churn_risks.iter().copied().collect();
        sql.push(" AND churn_risk = ANY(").push_bind(risks).push(")");
    }
    if !filter.plan_types.is_empty() {
        let plans: Vec<_> = filter.plan_types.iter().copied().collect();
        sql.push(" AND plan_type = ANY(").push_bind(plans).push(")");
    }
}

/// Every word of the search must be found, or the phrase.
pub fn push_search(sql: &mut QueryBuilder<Postgres>, search: &str) {
    let Needles { words, phrase } = search::needles(search);
    let mut link = " AND (";
    for word in &words {
        sql.push(link)
            .push("search_text LIKE ")
            .push_bind(search::like_pattern(word));
        link = " AND ";
    }
    if let Some(phrase) = phrase {
        sql.push(" OR search_text LIKE ")
            .push_bind(search::like_pattern(&phrase));
    }
    if !words.is_empty() {
        sql.push(")");
    }
}
