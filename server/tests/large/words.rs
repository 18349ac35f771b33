//! The words of a text, as SQL cuts them and as the same rule in Rust does; and what triggers derive from very many customers at once.

use std::cmp::Reverse;

use app::billing::store::summary;
use app::customers::store::{Mismatches, mismatches, rebuild_derived};
use sqlx::PgPool;

use crate::support::{change, context, fill, page, total};

/// The words of a text, the longest first: each behind its mark, a space where it begins something, else a hyphen. Of one or two letters
/// only those that begin something.
fn words(text: &str) -> Vec<(char, String)> {
    let mut words = vec![('-', String::new())];
    for c in text.chars() {
        match c {
            'a'..='z' | '\u{80}'.. => words.last_mut().expect("a word").1.push(c),
            ' ' => words.push((' ', String::new())),
            _ => words.push(('-', String::new())),
        }
    }
    let length = |letters: &str| letters.chars().count();
    words.retain(|(mark, letters)| length(letters) >= 3 || *mark == ' ' && !letters.is_empty());
    words.sort_by_cached_key(|(mark, letters)| (Reverse(length(letters)), Reverse(letters.clone()), *mark));
    words.dedup_by(|(_, one), (_, other)| one == other);
    words
}

/// The entries of a text, one for each word of three letters or more: with all words, and a bar before the word itself.
fn entries(text: &str) -> Vec<String> {
    let words = words(text);
    let joined = |words: &[(char, String)]| -> String {
        let marked = words.iter().map(|(mark, letters)| format!("{mark}{letters}"));
        marked.collect()
    };
    let long = words
        .iter()
        .enumerate()
        .filter(|(_, (_, letters))| letters.chars().count() >= 3);
    long.map(|(at, (_, letters))| format!("{letters} of {}|{}", joined(&words[..at]), joined(&words[at..])))
        .collect()
}

/// A word of three letters or more is found anywhere, so each is an entry; a shorter one only where it begins something.
#[sqlx::test(migrations = "../migrations")]
async fn sql_and_rust_split_text_into_the_same_words(pool: PgPool) {
    const EXAMPLE: &str = " s. o'neil-rao rao@neil k2rao ab7cd";
    let of_example = ["neil of |-neil rao ab s o k", "rao of -neil| rao ab s o k"];
    assert_eq!(entries(EXAMPLE), of_example);
    fill(&pool, 5_000).await;
    let odd = vec![
        EXAMPLE,
        "",
        " ",
        "abcdefghi",
        "\nabc\u{1}def\u{7f}ghi\n",
        " ab1abcdefghij2xyz abcdefghijklmno ab",
        " kuppuswamyiyer7KUPPUSWAMY",
        " éa éab éclairs\u{131}iii \u{80}\u{9f}\u{a0}",
        " प्रिया देश द \u{20000}\u{10ffff}x \u{20000}\u{10ffff}",
        "`abc{def|ghi~jkl -mno",
        " neil7rao rao@neil o'rao oé",
    ];
    let texts: Vec<(String, Vec<String>)> = sqlx::query_as(
        "SELECT text, ARRAY(SELECT word || ' of ' || all_words FROM customer_search_words(text))
         FROM (SELECT search_text FROM customers UNION ALL SELECT * FROM unnest($1::text[])) AS given (text)",
    )
    .bind(&odd)
    .fetch_all(&pool)
    .await
    .expect("texts");
    assert_eq!(texts.len(), 5_000 + odd.len());
    for (text, cut) in texts {
        assert_eq!(entries(&text), cut, "{text}");
    }
}

async fn mismatch_count(pool: &PgPool) -> i64 {
    let mut db = pool.acquire().await.expect("a connection");
    let Mismatches { counts, words } = mismatches(&mut db).await.expect("compared");
    let ledger = summary::mismatches(&mut db).await.expect("compared");
    counts + words + ledger.summaries
}

/// The plans of the triggers are made once for a connection, and must do for one customer and for all.
#[sqlx::test(migrations = "../migrations")]
async fn bulk_changes_leave_derived_tables_correct(pool: PgPool) {
    fill(&pool, 25_000).await;
    assert_eq!(mismatch_count(&pool).await, 0);
    for (sql, quokkas) in [
        (
            "UPDATE customers SET search_text = search_text || ' quokka' WHERE account_number = 5",
            1,
        ),
        (
            "UPDATE customers SET search_text = search_text || ' quokka' WHERE account_number % 5 = 0",
            5_000,
        ),
        (
            "UPDATE customers SET plan_type = 'Wireless';
             UPDATE bills SET (taxable_paise, total_paise, open_paise) = (taxable_paise / 2, total_paise / 2, open_paise / 2)",
            5_000,
        ),
        (
            "UPDATE customers SET deleted_at = now() WHERE account_number % 10 = 0",
            2_500,
        ),
        (
            "UPDATE customers SET referred_by = NULL; TRUNCATE service_events; DELETE FROM services; DELETE FROM bills; DELETE FROM payments;
             DELETE FROM customers WHERE account_number % 4 = 1",
            1_250,
        ),
    ] {
        change(&pool, sql).await;
        assert_eq!(mismatch_count(&pool).await, 0, "{sql}");
        assert_eq!(total(&page(&context(&pool), "?q=uokka").await), Some(quokkas), "{sql}");
    }
    // As a load does it that has turned the triggers off.
    let mut transaction = pool.begin().await.expect("a transaction");
    sqlx::raw_sql(
        "ALTER TABLE customers DISABLE TRIGGER USER;
         ALTER TABLE customer_summary DISABLE TRIGGER USER;
         UPDATE customers SET search_text = ' numbat', deleted_at = NULL WHERE account_number % 4 = 2;
         UPDATE customer_summary s SET segment = c.segment, outstanding_paise = 100 FROM customers c WHERE c.id = s.id AND account_number % 4 = 2;
         ALTER TABLE customers ENABLE TRIGGER USER;
         ALTER TABLE customer_summary ENABLE TRIGGER USER",
    )
    .execute(&mut *transaction)
    .await
    .expect("loaded");
    let Mismatches { counts, words } = mismatches(&mut transaction).await.expect("compared");
    let ledger = summary::mismatches(&mut transaction).await.expect("compared");
    assert!(
        counts > 0 && words > 0 && ledger.summaries > 0,
        "{counts} {words} {ledger:?}"
    );
    rebuild_derived(&mut transaction).await.expect("rebuilt");
    transaction.commit().await.expect("kept");
    assert_eq!(mismatch_count(&pool).await, 0);
    assert_eq!(total(&page(&context(&pool), "?q=umbat").await), Some(6_250));
}
