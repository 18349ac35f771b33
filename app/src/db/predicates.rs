//! SQL that lists of all subjects share: the order with its keyset, and the words of a search. From typed values, never from text.

use sqlx::{Postgres, QueryBuilder};

use crate::base::keyset::{KeysetKey, SortValue};
use crate::base::search::SearchTerms;
use crate::base::spec::KeyType;

/// ` AND …`: that a row stands behind a key, where the values of `column` rise or fall from row to row.
pub fn push_key(sql: &mut QueryBuilder<Postgres>, column: &str, key_type: KeyType, key: &KeysetKey, rises: bool) {
    let compare = if rises { ">" } else { "<" };
    sql.push(format_args!(" AND ({column}, id) {compare} ("));
    push_value(sql, key_type, &key.value);
    sql.push(", ").push_bind(key.id).push(")");
}

/// ` ORDER BY …`, with the id that breaks ties. Limits stand in it as they are, since there are few and Postgres plans by them.
pub fn push_order(sql: &mut QueryBuilder<Postgres>, column: &str, rises: bool, limit: Option<usize>) {
    let direction = if rises { "ASC" } else { "DESC" };
    sql.push(format_args!(" ORDER BY {column} {direction}, id {direction}"));
    if let Some(limit) = limit {
        sql.push(format_args!(" LIMIT {limit}"));
    }
}

/// Binds a value with the column's own type, so that the row comparison is the index's own. The value fits ([`SortValue::fits`]).
fn push_value(sql: &mut QueryBuilder<Postgres>, key_type: KeyType, value: &SortValue) {
    match (value, key_type) {
        (SortValue::Text(word), KeyType::Enum(name, _)) => {
            sql.push_bind(word.clone()).push(format_args!("::text::{name}"))
        }
        (SortValue::Text(text), _) => sql.push_bind(text.clone()),
        (SortValue::Date(date), _) => sql.push_bind(*date),
        (SortValue::Number(number), KeyType::SmallInt) => sql.push_bind(*number as i16),
        (SortValue::Number(number), KeyType::Integer) => sql.push_bind(*number as i32),
        (SortValue::Number(number), _) => sql.push_bind(*number),
    };
}

/// A text as a pattern for LIKE, in which nothing but the ends is a wildcard.
pub fn like_pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// How a search is compared with `search_text`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchBy {
    /// By the trigram index: for a search that few rows match.
    Index,
    /// Row by row: for rows that are read anyway.
    Row,
}

/// ` AND …`: that a row has every word of a search.
pub fn push_search(sql: &mut QueryBuilder<Postgres>, terms: &SearchTerms, by: SearchBy) {
    for term in terms.iter() {
        match by {
            SearchBy::Index => sql.push(" AND search_text LIKE ").push_bind(like_pattern(term)),
            SearchBy::Row => sql
                .push(" AND strpos(search_text, ")
                .push_bind(term.to_owned())
                .push(") > 0"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_patterns_match_literally() {
        assert_eq!(like_pattern(r"50%_\"), r"%50\%\_\\%");
    }
}
