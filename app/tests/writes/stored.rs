//! What is written: all of it comes back, with its history.

use app::base::audit::AuditContext;
use app::base::time::Clock;
use app::customers::list;
use app::customers::search::search_text;
use app::customers::spec::field;
use app::http::context::AppContext;
use app::record::responses::DeleteOutcome;
use chrono::TimeDelta;
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

use crate::common::{
    Random, account_number, audit, clear_account, context, create, create_varied, data_of, details, get, now, populate,
    set_deleted_as, update, update_as, valid_draft, varied,
};
use crate::{delete, done, edit_form, history, new_form, restore, row, save};

#[sqlx::test(migrations = "../migrations")]
async fn a_customer_reads_back_as_it_was_written(pool: PgPool) {
    for customer in populate(&pool, 50, 31).await {
        let read = get(&pool, customer.id).await.expect("there");
        assert_eq!(read, customer);
        assert_eq!((read.version, read.updated_at, read.deleted_at), (1, now(), None));
        assert_eq!(history(&pool, read.id).await, [row(1, "created", None, None)]);
    }
}

/// The row that a write returns is not read again. Nanoseconds of the clock make no difference.
#[sqlx::test(migrations = "../migrations")]
async fn a_write_returns_the_row_as_stored(pool: PgPool) {
    let clock = Clock::new(|| now() + TimeDelta::nanoseconds(123_456_789));
    let audit = AppContext::new(pool.clone(), clock).audit();
    let mut random = Random::new(35);
    for number in 0..20 {
        let (id, (other, _)) = (random.id(), varied(&mut random, 100 + number));
        create_varied(&pool, &audit, id, &varied(&mut random, number)).await;
        let edited = update_as(&pool, &audit, id, |_| other.clone()).await;
        assert_eq!(get(&pool, id).await.as_ref(), Ok(&edited));
        clear_account(&pool, id).await;
        for deletes in [true, false] {
            let moved = set_deleted_as(&pool, &audit, id, deletes).await.expect("nobody else");
            assert_eq!(get(&pool, id).await, Ok(moved));
        }
    }
}

/// The text in which a search looks has the account number, which a new customer does not bring.
#[sqlx::test(migrations = "../migrations")]
async fn search_text_is_updated_with_every_change(pool: PgPool) {
    let mut customers = populate(&pool, 20, 36).await;
    for (number, last) in [9_999_998_i64, 12_345_678, 1_234_567_890_123].into_iter().enumerate() {
        sqlx::query("SELECT setval(pg_get_serial_sequence('customers', 'account_number'), $1)")
            .bind(last)
            .execute(&pool)
            .await
            .expect("a sequence");
        for email in 0..2 {
            let details = details("Asha O'Neil-Rao", &format!("asha_{number}.{email}@example.in"));
            customers.push(create(&pool, Uuid::now_v7(), &details).await);
        }
    }
    assert!(
        customers
            .iter()
            .any(|customer| account_number(customer).0 == 10_000_000)
    );
    for edited in [false, true] {
        for customer in &mut customers {
            if edited {
                let mut details = customer.data.clone();
                details.city = "Mysuru".into();
                *customer = update(&pool, customer.id, |_| details.clone()).await;
            }
            let text: String = sqlx::query_scalar("SELECT search_text FROM customers WHERE id = $1")
                .bind(customer.id)
                .fetch_one(&pool)
                .await
                .expect("a text");
            assert_eq!(text, search_text(account_number(customer), &customer.data));
        }
    }
}

/// The indexes by name contain the searched text, and an index row has a maximum size: the longest texts, in four-byte characters, fit.
#[sqlx::test(migrations = "../migrations")]
async fn the_longest_texts_fit_the_indexes(pool: PgPool) {
    let mut random = Random::new(37);
    // Any letters, so that nothing in them repeats.
    let mut letters = |count: usize| -> String {
        let letter = |_| char::from_u32(0x2_0000 + random.below(0xa000) as u32).expect("a letter");
        (0..count).map(letter).collect()
    };
    // With a mark in it, a text stands in the searched one as it is and in pieces: longer, and more alike.
    for (name_mark, city_mark) in [("", ""), ("-", ""), ("", "-"), ("-", "-")] {
        let mut marked = |length: usize, mark: &str| format!("{}{mark}{}", letters(length - 2), letters(1));
        let (name, city) = (marked(120, name_mark), marked(80, city_mark));
        let domain: Vec<String> = (0..3).map(|_| letters(15)).collect();
        let email = format!("{}@{}.in", letters(16), domain.join("."));
        assert_eq!(email.len(), 250);
        let mut draft = valid_draft(&name, &email);
        draft.put(field::CITY, &city);
        create(&pool, Uuid::now_v7(), &data_of(&draft)).await;
        let found = list::list(&context(&pool), &format!("?q={city}"), &[]).await;
        assert_eq!(found.expect("a page").rows.len(), 1);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn every_change_is_in_the_history(pool: PgPool) {
    let id = Uuid::now_v7();
    create(&pool, id, &details("Asha Rao", "asha@example.in")).await;
    let mut draft = valid_draft("Asha Iyer", "asha@example.in");
    for (field, values) in [
        (field::DATA_USED, vec!["1,999.50"]),
        (field::PEAK_HOURS, vec!["21:00", "00:00"]),
        (field::PROMISED_ON, vec!["2026-11-30"]),
    ] {
        draft.set(field, values.into_iter().map(str::to_owned).collect());
    }
    let changed = data_of(&draft);
    let later = now() + TimeDelta::hours(1);
    let audit = AuditContext { at: later, ..audit() };
    let saved = update_as(&pool, &audit, id, |_| changed.clone()).await;
    assert_eq!((saved.version, saved.updated_at), (2, later));
    assert_eq!(saved.data, changed);
    let mut edits = history(&pool, id).await.split_off(1);
    edits.sort();
    assert_eq!(
        edits,
        [
            row(2, "data_used", Some("0"), Some("1999.5")),
            row(2, "name", Some("Asha Rao"), Some("Asha Iyer")),
            row(2, "peak_hours", None, Some("21:00–00:00")),
            row(2, "promised_on", None, Some("2026-11-30")),
        ]
    );
    let context = context(&pool);
    assert!(matches!(delete(&context, id).await, Ok(DeleteOutcome::Done { .. })));
    assert!(matches!(restore(&context, id).await, Ok(DeleteOutcome::Done { .. })));
    let rows = history(&pool, id).await;
    assert_eq!(
        rows[rows.len() - 2..],
        [row(3, "deleted", None, None), row(4, "restored", None, None)]
    );
    let customer = get(&pool, id).await.expect("there");
    assert_eq!(
        (customer.version, customer.deleted_at, customer.data),
        (4, None, changed)
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn a_save_that_changes_nothing_writes_nothing(pool: PgPool) {
    let context = context(&pool);
    let made = done(save(&context, &new_form(&context, "Asha Rao", "asha@example.in").await, &[]).await);
    let form = edit_form(&context, made.id).await;
    // Other spellings of the same values.
    let same = [
        (field::DATA_USED, "0.00"),
        (field::PHONE, "+91 98450-12345"),
        (field::NAME, "  Asha   Rao "),
    ];
    assert_eq!(done(save(&context, &form, &same).await), made);
    let customer = get(&pool, made.id).await.expect("there");
    assert_eq!(customer.version, 1);
    assert_eq!(history(&pool, made.id).await.len(), 1);
}

/// The last line of defence: the table rejects a row out of range, whatever program writes it.
#[sqlx::test(migrations = "../migrations")]
async fn the_table_rejects_values_out_of_range(pool: PgPool) {
    let id = create(&pool, Uuid::now_v7(), &details("Asha Rao", "asha@example.in"))
        .await
        .id;
    for assignment in [
        "name = ''",
        "name = repeat('a', 121)",
        "email = repeat('a', 255)",
        "phone = '9845012345'",
        "phone = '+911845012345'",
        "phone = '+9198450123456'",
        "address_line = ''",
        "city = repeat('a', 81)",
        "state = ''",
        "pin_code = '056001'",
        "pin_code = '56001'",
        "status = 'Cancelled'",
        "cancelled_on = '2026-11-01'",
        "cancel_reason = 'Moved'",
        "status = 'Cancelled', cancelled_on = '2026-11-01', cancel_reason = ''",
        "speed_kbps = 49999",
        "speed_kbps = 1000001",
        "price_paise = -1",
        "price_paise = 100000001",
        "ott_apps = array_fill('x'::text, ARRAY[13])",
        "live_channels = -1",
        "live_channels = 2001",
        "data_used_mb = -1",
        "average_speed_kbps = -1",
        "uptime_bp = 10001",
        "uptime_bp = -1",
        "peak_hours = '{1,2,3}'",
        "peak_hours = '{0,1440}'",
        "peak_hours = '{-1,5}'",
        "peak_hours = '{1,2,3,4,5,6,7,8}'",
        "nps = 101",
        "nps = -101",
        "tickets = -1",
        "satisfaction = 0",
        "satisfaction = 6",
        "referred_by = account_number",
        "account_number = 0",
    ] {
        let statement = format!("UPDATE customers SET {assignment} WHERE id = $1");
        let refused = sqlx::query(AssertSqlSafe(statement)).bind(id).execute(&pool).await;
        let fault = refused.expect_err(assignment);
        let code = fault.as_database_error().and_then(|fault| fault.code());
        assert_eq!(code.as_deref(), Some("23514"), "{assignment}: {fault}");
    }
    for (assignment, code) in [
        ("plan_type = 'Copper'", "22P02"),
        ("churn_risk = 'low'", "22P02"),
        ("referred_by = 999", "23503"),
        ("name_key = NULL", "23502"),
        ("customer_since = NULL", "23502"),
    ] {
        let statement = format!("UPDATE customers SET {assignment} WHERE id = $1");
        let refused = sqlx::query(AssertSqlSafe(statement)).bind(id).execute(&pool).await;
        let fault = refused.expect_err(assignment);
        assert_eq!(
            fault.as_database_error().and_then(|fault| fault.code()).as_deref(),
            Some(code),
            "{assignment}"
        );
    }
}
