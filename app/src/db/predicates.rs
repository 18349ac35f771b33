//! Conditions of SQL that several subjects share: from typed values, never from text.

use sqlx::{Postgres, QueryBuilder};

use crate::base::search::SearchTerms;

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
