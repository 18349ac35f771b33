//! Who has which word: two tables beside the customers, in which a search for letters is looked up and counted without reading any
//! of them. Triggers maintain both (see the migration); a word that nobody has any more stays, and finds nobody.

use sqlx::{Postgres, QueryBuilder};

use crate::base::search::SearchTerms;
use crate::db::predicates::like_pattern;

/// `SELECT` of the words that have letters in them. Of other scripts the trigram index may know nothing, and looking through all words
/// is quicker without a pattern.
pub fn push_words_with(sql: &mut QueryBuilder<Postgres>, letters: &str) {
    sql.push("SELECT word FROM search_words WHERE ");
    match letters.is_ascii() {
        true => sql.push("word LIKE ").push_bind(like_pattern(letters)),
        false => sql.push("strpos(word, ").push_bind(letters.to_owned()).push(") > 0"),
    };
}

/// ` AND …`: that a word is the longest of the customer's that has `letters`, so that each customer is found once, and that the customer
/// has all else that is looked for. (Were it the shortest, all whose email joins their names would be passed over among its words.)
pub fn push_word_matches(sql: &mut QueryBuilder<Postgres>, letters: &str, terms: &SearchTerms) {
    sql.push(" AND strpos(all_words, ")
        .push_bind(letters.to_owned())
        .push(") > strpos(all_words, '|')");
    for other in terms.iter().filter(|term| *term != letters) {
        sql.push(" AND strpos(all_words, ")
            .push_bind(other.to_owned())
            .push(") > 0");
    }
}
