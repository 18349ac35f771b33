//! The parts of WHERE: from typed values, never from text.

use sqlx::{Postgres, QueryBuilder};

use super::counts::COUNTED_COLUMNS;
use super::sample::Narrowed;
use crate::customers::search::{Needles, like_pattern};
use crate::customers::view::COUNTED;

/// The body of a table of all that a search finds: the id, the value in a column as `key`, and what is counted.
///
/// A rare word says which customers to look at. Without one every word of the search must be found, or the phrase, by way of the trigram index. There
/// each condition is a key of its own, and a later key is only looked at where all before it have met. With the words alone the
/// lists of all their parts are read side by side, which takes the longer the more customers there are; so the rarest parts come first. Where
/// parts leave few customers, the words are looked for in those and not in the index.
pub fn push_found(sql: &mut QueryBuilder<Postgres>, column: &str, needles: &Needles, narrowed: &Narrowed) {
    sql.push(format_args!(
        "SELECT id, {column} AS key, {COUNTED_COLUMNS} FROM customers WHERE deleted_at IS NULL"
    ));
    match narrowed {
        Narrowed::Word(word) => {
            sql.push(" AND id = ANY (ARRAY(SELECT id FROM customer_words WHERE word = ANY (ARRAY(");
            push_words_with(sql, word);
            sql.push("))))");
            push_looked_at(sql, needles);
        }
        Narrowed::Grams { rarest, to_few } => {
            for gram in rarest {
                let gram = String::from_utf8_lossy(gram);
                sql.push(" AND search_text LIKE ").push_bind(like_pattern(&gram));
            }
            if *to_few {
                push_looked_at(sql, needles);
            } else {
                push_search(sql, needles, |sql, needle| {
                    sql.push("search_text LIKE ").push_bind(like_pattern(needle));
                });
            }
        }
    }
}

/// The tables of a search for letters alone: the `words` that have those of a `word`, and, in `found`, what is counted of all who have such a word and everything else.
/// Where they are only `counted`, one more than are counted is enough; otherwise each has the id, and the name as `key`.
pub fn push_found_by_word(sql: &mut QueryBuilder<Postgres>, word: &str, needles: &Needles, counted: bool) {
    sql.push("words AS MATERIALIZED (");
    push_words_with(sql, word);
    let found = if counted {
        "(SELECT"
    } else {
        "MATERIALIZED (SELECT id, name_key AS key,"
    };
    sql.push(format_args!(
        "), found AS {found} {COUNTED_COLUMNS} FROM customer_words WHERE word = ANY (ARRAY(SELECT word FROM words))"
    ));
    push_found_here(sql, word, needles);
    if counted {
        sql.push(format_args!(" LIMIT {}", COUNTED + 1));
    }
    sql.push(")");
}

/// The words that have letters in them. Of other scripts the trigram index may know nothing, and looking through all words is quicker without a pattern.
fn push_words_with(sql: &mut QueryBuilder<Postgres>, letters: &str) {
    sql.push("SELECT word FROM search_words WHERE ");
    match letters.is_ascii() {
        true => sql.push("word LIKE ").push_bind(like_pattern(letters)),
        false => sql.push("strpos(word, ").push_bind(letters.to_owned()).push(") > 0"),
    };
}

/// That a word is the longest of the customer's that has `letters`, so that each customer is found once, and that the customer has all else that is looked
/// for. (Were it the shortest, all whose email joins their names would be passed over among its words.)
pub fn push_found_here(sql: &mut QueryBuilder<Postgres>, letters: &str, needles: &Needles) {
    sql.push(" AND strpos(all_words, ")
        .push_bind(letters.to_owned())
        .push(") > strpos(all_words, '|')");
    for other in needles.words.iter().filter(|needle| *needle != letters) {
        sql.push(" AND strpos(all_words, ")
            .push_bind(other.clone())
            .push(") > 0");
    }
}

/// That a row has all words of the search, or the phrase, as its text says.
pub fn push_looked_at(sql: &mut QueryBuilder<Postgres>, needles: &Needles) {
    push_search(sql, needles, |sql, needle| {
        sql.push("strpos(search_text, ")
            .push_bind(needle.to_owned())
            .push(") > 0");
    });
}

/// Nothing where there is no search.
fn push_search(
    sql: &mut QueryBuilder<Postgres>,
    needles: &Needles,
    push_needle: fn(&mut QueryBuilder<Postgres>, &str),
) {
    let Needles { words, phrase } = needles;
    let mut link = " AND (";
    for word in words {
        sql.push(link);
        push_needle(sql, word);
        link = " AND ";
    }
    if let Some(phrase) = phrase {
        sql.push(" OR ");
        push_needle(sql, phrase);
    }
    if !words.is_empty() {
        sql.push(")");
    }
}
