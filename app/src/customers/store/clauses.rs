//! The parts of WHERE: from typed values, never from text.

use sqlx::{Postgres, QueryBuilder};

use super::sample::Narrowed;
use crate::customers::search::{Needles, like_pattern};

/// Every word of the search must be found, or the phrase, by way of an index.
///
/// In the trigram index each condition is a key of its own, and a later key is only looked at where all before it have met. With the words alone the
/// lists of all their parts are read side by side, which takes the longer the more customers there are; so the rarest parts come first. Where
/// parts leave few customers, the words are looked for in those and not in the index.
pub fn push_looked_up(sql: &mut QueryBuilder<Postgres>, needles: &Needles, narrowed: &Narrowed) {
    match narrowed {
        Narrowed::Pieces(run) => {
            let mut link = " AND (";
            for pieces in run {
                let pieces: Vec<String> = pieces.iter().map(|piece| text(piece)).collect();
                sql.push(link)
                    .push("customer_search_pieces(search_text) @> ")
                    .push_bind(pieces);
                link = " OR ";
            }
            sql.push(")");
            push_looked_at(sql, needles);
        }
        Narrowed::Grams { rarest, to_few } => {
            for gram in rarest {
                sql.push(" AND search_text LIKE ").push_bind(like_pattern(&text(gram)));
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

/// The same, in each row that is there.
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

/// A part, which is of Latin letters and digits.
fn text(part: &[u8]) -> String {
    String::from_utf8_lossy(part).into_owned()
}
