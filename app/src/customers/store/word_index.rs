//! Who has which word: two tables beside the customers, in which a search for letters is looked up and counted without reading any
//! of them. Triggers maintain both (see the migration); a word that nobody has any more stays, and finds nobody.

use sqlx::{PgConnection, Postgres, QueryBuilder};

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

/// ` AND …`: that a word is the longest of the customer's that has `letters` (none that stands before its bar has them), so that each
/// customer is found once, and that the customer has all else that is looked for. (Were it the shortest, all whose email joins their names
/// would be passed over among its words.)
pub fn push_word_matches(sql: &mut QueryBuilder<Postgres>, letters: &str, terms: &SearchTerms) {
    // The other words first: they leave the fewest.
    for other in terms.iter().filter(|term| *term != letters) {
        sql.push(" AND strpos(all_words, ")
            .push_bind(other.to_owned())
            .push(") > 0");
    }
    sql.push(" AND all_words NOT LIKE ")
        .push_bind(format!("{}|%", like_pattern(letters)));
}

/// The word of a search by which it is looked up here: the one whose letters are in the fewest words, since that says how many customers
/// have it, as a rule, and counting those would take as long as the lookup. None where the search looks for anything but letters.
pub async fn rarest_word(db: &mut PgConnection, terms: &SearchTerms) -> Result<Option<String>, sqlx::Error> {
    let words = terms.indexed_words();
    if words.len() < 2 {
        return Ok(words.first().map(|word| (*word).to_owned()));
    }
    let mut sql = QueryBuilder::<Postgres>::new("SELECT ARRAY[");
    for (at, word) in words.iter().enumerate() {
        sql.push(if at == 0 { "" } else { ", " });
        sql.push("(SELECT count(*) FROM (");
        push_words_with(&mut sql, word);
        sql.push(") AS words)");
    }
    let counts: Vec<i64> = sql.push("]").build_query_scalar().fetch_one(db).await?;
    let rarest = words.into_iter().zip(counts).min_by_key(|(_, count)| *count);
    Ok(rarest.map(|(word, _)| word.to_owned()))
}
