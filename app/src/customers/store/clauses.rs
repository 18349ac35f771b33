//! The parts of WHERE: from typed values, never from text.

use sqlx::{Postgres, QueryBuilder};

use crate::customers::search::{self, Needles};

/// Every word of the search must be found, or the phrase. Empty where there is no search.
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
