//! The parts of WHERE: from typed values, never from text.

use sqlx::{Postgres, QueryBuilder};

use super::counts::COUNTED_COLUMNS;
use super::sample::Narrowed;
use super::statement::column;
use crate::customers::model::sort::Sort;
use crate::customers::search::{Needles, like_pattern};
use crate::customers::view::COUNTED;

/// The body of a table of all that a search finds: the id, the value in the column of a sort as `key`, and what is counted.
///
/// A rare word says which customers to look at. Without one every word of the search must be found, or the phrase, by way of the trigram index. There
/// each condition is a key of its own, and a later key is only looked at where all before it have met. With the words alone the
/// lists of all their parts are read side by side, which takes the longer the more customers there are; so the rarest parts come first. Where
/// parts leave few customers, the words are looked for in those and not in the index.
pub fn push_found(sql: &mut QueryBuilder<Postgres>, by: Sort, needles: &Needles, narrowed: &Narrowed) {
    let column = column(by);
    sql.push(format_args!(
        "SELECT id, {column} AS key, {COUNTED_COLUMNS} FROM customers WHERE deleted_at IS NULL"
    ));
    match narrowed {
        Narrowed::Word(word) => {
            sql.push(" AND id = ANY (ARRAY(SELECT id FROM customer_words WHERE ");
            push_has_word_with(sql, word);
            sql.push("))");
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

/// The body of a table of what is counted of all who have letters in a word, or of so many that they are not counted.
pub fn push_found_by_word(sql: &mut QueryBuilder<Postgres>, letters: &str) {
    sql.push(format_args!("SELECT {COUNTED_COLUMNS} FROM customer_words WHERE "));
    push_has_word_with(sql, letters);
    push_first_with(sql, letters);
    sql.push(format_args!(" LIMIT {}", COUNTED + 1));
}

/// That a word of a customer has letters in it, wherever.
fn push_has_word_with(sql: &mut QueryBuilder<Postgres>, letters: &str) {
    sql.push("word = ANY (ARRAY(SELECT word FROM search_words WHERE ");
    push_has(sql, letters);
    sql.push("))");
}

/// That a word has letters in it.
pub fn push_has(sql: &mut QueryBuilder<Postgres>, letters: &str) {
    sql.push("word LIKE ").push_bind(like_pattern(letters));
}

/// That it is the first of the customer's words that has, so that each customer is found once.
pub fn push_first_with(sql: &mut QueryBuilder<Postgres>, letters: &str) {
    sql.push(" AND strpos(earlier, ")
        .push_bind(letters.to_owned())
        .push(") = 0");
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
