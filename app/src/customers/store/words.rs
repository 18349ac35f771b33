//! Who has which word: two tables beside the customers, in which a search for a word is looked up and counted without reading any of them.
//!
//! Every write changes them in its own statement (`write.rs`). A word that nobody has any more stays among the words, and finds nobody.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use super::counts::SegmentCount;
use crate::contact::fold;
use crate::customers::model::{AccountNumber, Details};
use crate::customers::search::{Word, search_text, words};

/// What stands with a word of a customer.
#[derive(PartialEq, Eq)]
struct Entry {
    name_key: String,
    counted: SegmentCount,
    /// All words of the customer, as [`beside`] says.
    all_words: String,
}

/// What stands with each word of a customer; nothing where it does not live.
fn entries(details: Option<&Details>) -> BTreeMap<String, Entry> {
    let Some(details) = details else {
        return BTreeMap::new();
    };
    // Every account number has the same letters.
    let text = search_text(AccountNumber(0), &details.contact);
    let words = words(&text);
    let (name_key, counted) = (fold(&details.contact.name), SegmentCount::of(details));
    let found = words.iter().enumerate().filter(|(_, word)| word.is_found_anywhere());
    let entry = |place: usize| Entry {
        name_key: name_key.clone(),
        counted: counted.clone(),
        all_words: beside(&words, place),
    };
    found
        .map(|(place, word)| (word.letters.to_owned(), entry(place)))
        .collect()
}

/// All words, which stand beside the one in a place: with a space before one that begins, as a short word is looked for, a hyphen before others, and a bar before
/// that one. `customer_search_words` makes the same in the database.
fn beside(words: &[Word<'_>], place: usize) -> String {
    let mut all = String::new();
    for (at, word) in words.iter().enumerate() {
        all += if at == place { "|" } else { "" };
        all += if word.begins { " " } else { "-" };
        all += word.letters;
    }
    all
}

/// What a change of a customer changes in its words.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct WordChanges {
    /// The folded name with which `gone` were written; none where none is gone.
    pub name_key: Option<String>,
    /// The words that it has no longer, or not with this name.
    pub gone: Vec<String>,
    /// The words with which something else stands now; in order, so that of two writers who bring the same new words one waits for the other, and
    /// not each for the other.
    pub written: Vec<String>,
    /// All words of the customer, as they stand beside each of them.
    pub all_words: Vec<String>,
}

impl WordChanges {
    /// From what the customer was while it lived to what it is if it lives.
    pub fn between(before: Option<&Details>, after: Option<&Details>) -> Self {
        let (before, after) = (entries(before), entries(after));
        let mut changes = Self::default();
        for (word, entry) in &before {
            if after.get(word).is_none_or(|now| now.name_key != entry.name_key) {
                changes.name_key = Some(entry.name_key.clone());
                changes.gone.push(word.clone());
            }
        }
        for (word, entry) in after {
            if before.get(&word) != Some(&entry) {
                changes.written.push(word);
                changes.all_words.push(entry.all_words);
            }
        }
        changes
    }
}

/// How many words of customers are missing, too many, or stand with something else than the customer says. Reads all customers and all entries.
///
/// # Errors
/// The database's.
pub async fn wrong_words(db: &mut PgConnection) -> Result<i64, sqlx::Error> {
    let wrong = sqlx::query_scalar!(
        r#"WITH entries AS (
               SELECT word, name_key, id, segment, price_paise, outstanding_paise, all_words
               FROM customers CROSS JOIN LATERAL customer_search_words(search_text) WHERE deleted_at IS NULL
           )
           SELECT (SELECT count(*) FROM entries e FULL JOIN customer_words w USING (word, name_key, id)
                   WHERE (e.segment, e.price_paise, e.outstanding_paise, e.all_words)
                       IS DISTINCT FROM (w.segment, w.price_paise, w.outstanding_paise, w.all_words))
               + (SELECT count(*) FROM (SELECT word FROM entries EXCEPT SELECT word FROM search_words) unknown) AS "wrong!""#
    );
    wrong.fetch_one(db).await
}

/// Mends them, and says how many they were. No customer may be changed meanwhile: the transaction of `db` has the table locked.
///
/// # Errors
/// The database's.
pub async fn mend_words(db: &mut PgConnection) -> Result<i64, sqlx::Error> {
    let mended = sqlx::query_scalar!(
        r#"WITH entries AS MATERIALIZED (
               SELECT word, name_key, id, segment, price_paise, outstanding_paise, all_words
               FROM customers CROSS JOIN LATERAL customer_search_words(search_text) WHERE deleted_at IS NULL
           ), unsaid AS (
               DELETE FROM customer_words w
               WHERE NOT EXISTS (SELECT FROM entries e WHERE (e.word, e.name_key, e.id) = (w.word, w.name_key, w.id))
               RETURNING id
           ), learnt AS (
               INSERT INTO search_words SELECT DISTINCT word FROM entries ON CONFLICT DO NOTHING RETURNING word
           ), said AS (
               INSERT INTO customer_words SELECT * FROM (SELECT * FROM entries EXCEPT SELECT * FROM customer_words) e
               ON CONFLICT (word, name_key, id) DO UPDATE
               SET (segment, price_paise, outstanding_paise, all_words)
                   = (excluded.segment, excluded.price_paise, excluded.outstanding_paise, excluded.all_words)
               RETURNING id
           )
           SELECT (SELECT count(*) FROM unsaid) + (SELECT count(*) FROM learnt) + (SELECT count(*) FROM said) AS "mended!""#
    );
    mended.fetch_one(db).await
}

/// Collects the words of all customers, whatever was collected before: in order, so that an index only grows at its end. No customer may be changed meanwhile.
///
/// # Errors
/// The database's.
pub async fn collect_words(db: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM customer_words").execute(&mut *db).await?;
    sqlx::query!("DELETE FROM search_words").execute(&mut *db).await?;
    sqlx::query!(
        "INSERT INTO customer_words
         SELECT word, name_key, id, segment, price_paise, outstanding_paise, all_words
         FROM customers CROSS JOIN LATERAL customer_search_words(search_text) WHERE deleted_at IS NULL
         ORDER BY word, name_key, id"
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!("INSERT INTO search_words SELECT DISTINCT word FROM customer_words")
        .execute(db)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customers::search::needles;
    use proptest::prelude::*;

    proptest! {
        /// What `push_found_here` asks of an entry, as Postgres reads it.
        #[test]
        fn who_is_found_is_found_beside_one_word(
            text in "[ ab@7प]{0,24}",
            sought in "[abप]{3,4}( [abप]{1,4}){0,3}",
        ) {
            let text = format!(" {}", fold(&text));
            let needles = needles(&sought);
            prop_assert!(needles.are_letters());
            let words = words(&text);
            for letters in needles.letters() {
                let is_found_beside = |place: usize| {
                    let all = beside(&words, place);
                    let others = needles.words.iter().filter(|needle| *needle != letters);
                    words[place].letters.contains(letters)
                        && all.find(letters) > all.find('|')
                        && others.into_iter().all(|other| all.contains(other.as_str()))
                };
                let places = (0..words.len()).filter(|place| is_found_beside(*place));
                prop_assert_eq!(places.count(), usize::from(needles.are_in(&text)));
            }
        }
    }
}
