//! The parts of WHERE: from typed values, never from text.

use sqlx::{Postgres, QueryBuilder};

use crate::customers::search::{self, Gram, Needles, like_pattern};

/// Every word of the search must be found, or the phrase. Empty where there is no search.
///
/// `rare_grams` stand in all that is found and come first. In the trigram index each condition is a key of its own, and a later key is only looked at
/// where all before it have met: with the words alone the lists of all their grams would be read side by side.
pub fn push_search(sql: &mut QueryBuilder<Postgres>, search: &str, rare_grams: &[Gram]) {
    for gram in rare_grams {
        sql.push(" AND search_text LIKE ")
            .push_bind(like_pattern(&String::from_utf8_lossy(gram)));
    }
    let Needles { words, phrase } = search::needles(search);
    let mut link = " AND (";
    for word in &words {
        sql.push(link).push("search_text LIKE ").push_bind(like_pattern(word));
        link = " AND ";
    }
    if let Some(phrase) = phrase {
        sql.push(" OR search_text LIKE ").push_bind(like_pattern(&phrase));
    }
    if !words.is_empty() {
        sql.push(")");
    }
}
