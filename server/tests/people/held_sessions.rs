//! Sessions that were looked up a moment ago, and what the list makes of them: no more than if it had looked them up again.

use app::people::model::roles::Role;
use app::replica::Replica;
use axum::http::StatusCode;
use chrono::TimeDelta;
use server::web::Web;
use sqlx::PgPool;
use uuid::Uuid;

use crate::browser::house::{House, Person};

const LIST: &str = "/api/customers/list?address=";
/// Where nobody is, and so there are no rows to bring the mark.
const NOBODY: &str = "/api/customers/list?address=%3Fchurn%3DHigh";

/// A house where somebody has just read the list twice: looked up, and then kept. And their session.
async fn somebody_reads(pool: &PgPool) -> (House, Person, String) {
    let mut house = House::new(pool).await;
    let asha = house.add("Asha", Role::Staff).await;
    let root = house.add("Root", Role::Admin).await;
    house.site.session = house.enter(&root).await;
    house.site.create("Ravi Rao", "ravi@example.in").await;
    let session = house.enter(&asha).await;
    for _ in 0..2 {
        assert_eq!(asked(&house, &session, LIST).await, StatusCode::OK);
    }
    (house, asha, session)
}

async fn asked(house: &House, session: &str, path: &str) -> StatusCode {
    house.site.get_as(session, path).await.status
}

#[sqlx::test(migrations = "../migrations")]
async fn the_list_asks_for_the_session_no_more(pool: PgPool) {
    let (house, _, session) = somebody_reads(&pool).await;
    house.sql("ALTER TABLE sessions RENAME TO elsewhere").await;
    assert_eq!(asked(&house, &session, LIST).await, StatusCode::OK);
    for other in [NOBODY, "/api/people/account", "/customers"] {
        let status = asked(&house, &session, other).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{other}");
    }
    // A minute later somebody must write that the session was seen.
    house.pass(TimeDelta::seconds(61));
    assert_eq!(asked(&house, &session, LIST).await, StatusCode::SERVICE_UNAVAILABLE);
    house.sql("ALTER TABLE elsewhere RENAME TO sessions").await;
    assert_eq!(asked(&house, &session, LIST).await, StatusCode::OK);
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn whatever_ends_a_session_ends_it_for_the_list_at_once(pool: PgPool) {
    let (house, asha, _) = somebody_reads(&pool).await;
    let mine = format!("WHERE user_id = '{}'", asha.id);
    let me = format!("WHERE id = '{}'", asha.id);
    for (change, back) in [
        (format!("DELETE FROM sessions {mine}"), String::new()),
        ("TRUNCATE sessions".into(), String::new()),
        (
            format!("UPDATE sessions SET token_hash = sha256(token_hash) {mine}"),
            String::new(),
        ),
        (
            format!("UPDATE sessions SET last_seen_at = last_seen_at - interval '61 minutes' {mine}"),
            String::new(),
        ),
        (
            format!("UPDATE sessions SET signed_in_at = signed_in_at - interval '721 minutes' {mine}"),
            String::new(),
        ),
        (
            format!("UPDATE users SET disabled_at = now() {me}"),
            format!("UPDATE users SET disabled_at = NULL {me}"),
        ),
        (
            format!("UPDATE users SET deleted_at = now() {me}"),
            format!("UPDATE users SET deleted_at = NULL {me}"),
        ),
        (
            format!("UPDATE users SET totp_secret = decode(repeat('00', 20), 'hex') {me}"),
            format!("UPDATE users SET totp_secret = NULL {me}"),
        ),
        (
            "UPDATE role_rules SET two_step = true WHERE role = 'Staff'".into(),
            "UPDATE role_rules SET two_step = false".into(),
        ),
        (
            "CREATE TABLE rules AS TABLE role_rules; TRUNCATE role_rules".into(),
            "INSERT INTO role_rules TABLE rules; DROP TABLE rules".into(),
        ),
        (
            "CREATE TABLE rules AS TABLE session_rules; TRUNCATE session_rules".into(),
            "INSERT INTO session_rules TABLE rules; DROP TABLE rules".into(),
        ),
    ] {
        let session = house.enter(&asha).await;
        for _ in 0..2 {
            assert_eq!(asked(&house, &session, LIST).await, StatusCode::OK, "before {change}");
        }
        // Nobody hears of what is not committed.
        let mut transaction = pool.begin().await.expect("a transaction");
        let statement = sqlx::raw_sql(sqlx::AssertSqlSafe(change.clone()));
        statement.execute(&mut *transaction).await.expect("changed");
        assert_eq!(asked(&house, &session, LIST).await, StatusCode::OK, "during {change}");
        transaction.commit().await.expect("committed");
        for path in [LIST, NOBODY] {
            assert_eq!(
                asked(&house, &session, path).await,
                StatusCode::UNAUTHORIZED,
                "after {change}"
            );
        }
        house.sql(&back).await;
    }
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn rules_that_are_stricter_hold_for_the_list_at_once(pool: PgPool) {
    let (house, _, session) = somebody_reads(&pool).await;
    // Just seen, and signed in half an hour ago. (Nobody is idle for as little as a minute.)
    house
        .sql("UPDATE sessions SET signed_in_at = signed_in_at - interval '31 minutes'")
        .await;
    for _ in 0..2 {
        assert_eq!(asked(&house, &session, LIST).await, StatusCode::OK);
    }
    house
        .sql("UPDATE session_rules SET idle_minutes = 5, absolute_minutes = 30")
        .await;
    assert_eq!(asked(&house, &session, LIST).await, StatusCode::UNAUTHORIZED);
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_session_ends_in_time_for_the_list(pool: PgPool) {
    let (house, _, session) = somebody_reads(&pool).await;
    // Twelve hours but twenty seconds: seen all the while.
    for _ in 0..(12 * 60 - 1) / 59 {
        house.pass(TimeDelta::minutes(59));
        house
            .sql("UPDATE sessions SET last_seen_at = last_seen_at + interval '59 minutes'")
            .await;
    }
    house.pass(TimeDelta::minutes(11) + TimeDelta::seconds(40));
    house
        .sql("UPDATE sessions SET last_seen_at = last_seen_at + interval '700 seconds'")
        .await;
    for _ in 0..2 {
        assert_eq!(asked(&house, &session, LIST).await, StatusCode::OK);
    }
    house.pass(TimeDelta::seconds(21));
    assert_eq!(asked(&house, &session, LIST).await, StatusCode::UNAUTHORIZED);
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_sees_no_change_keeps_the_session_and_what_does_moves_the_mark(pool: PgPool) {
    let (house, asha, session) = somebody_reads(&pool).await;
    let mark = async || -> Uuid {
        let mark = sqlx::query_scalar("SELECT mark FROM session_changes");
        mark.fetch_one(&pool).await.expect("a mark")
    };
    let before = mark().await;
    house.pass(TimeDelta::seconds(61));
    assert_eq!(asked(&house, &session, LIST).await, StatusCode::OK);
    house.settled().await;
    house.enter(&asha).await;
    house
        .sql("UPDATE users SET totp_step = totp_step + 1, updated_at = now(), version = version + 1")
        .await;
    house.sql("UPDATE sessions SET wrote_wal = 1").await;
    assert_eq!(
        before,
        mark().await,
        "being seen, signing in, a code that was used, having written"
    );
    house.sql("UPDATE sessions SET wrote_wal = NULL").await;
    assert_eq!(asked(&house, &session, LIST).await, StatusCode::OK);
    house.sql("ALTER TABLE sessions RENAME TO elsewhere").await;
    assert_eq!(asked(&house, &session, LIST).await, StatusCode::OK, "it is kept");
    house.sql("ALTER TABLE elsewhere RENAME TO sessions").await;

    for change in [
        "UPDATE users SET role = 'Sales' WHERE role = 'Staff'",
        "UPDATE users SET name = name || ' Rao'",
        "UPDATE sessions SET second_step = NOT second_step",
        "UPDATE sessions SET user_id = (SELECT id FROM users WHERE role = 'Admin')",
    ] {
        let before = mark().await;
        house.sql(change).await;
        assert_ne!(before, mark().await, "{change}");
    }
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn two_who_end_sessions_at_once_both_do(pool: PgPool) {
    let (house, asha, session) = somebody_reads(&pool).await;
    let bela = house.add("Bela", Role::Staff).await;
    let disable = async |person: &Person| {
        let mut transaction = pool.begin().await.expect("a transaction");
        let patience = sqlx::query("SET LOCAL lock_timeout = '10s'");
        patience.execute(&mut *transaction).await.expect("set");
        let statement = sqlx::query("UPDATE users SET disabled_at = now() WHERE id = $1").bind(person.id);
        statement.execute(&mut *transaction).await.expect("disabled");
        transaction
    };
    // Neither waits for the other before its commit.
    let (first, second) = (disable(&asha).await, disable(&bela).await);
    second.commit().await.expect("committed");
    first.commit().await.expect("committed");
    assert_eq!(asked(&house, &session, LIST).await, StatusCode::UNAUTHORIZED);
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn who_is_signed_out_hears_nothing_of_what_went_wrong(pool: PgPool) {
    let (house, asha, session) = somebody_reads(&pool).await;
    house.sql("ALTER TABLE customers RENAME TO elsewhere").await;
    let fault = asked(&house, &session, LIST).await;
    assert_eq!(fault, StatusCode::INTERNAL_SERVER_ERROR);
    house
        .sql(&format!("DELETE FROM sessions WHERE user_id = '{}'", asha.id))
        .await;
    for _ in 0..2 {
        assert_eq!(asked(&house, &session, LIST).await, StatusCode::UNAUTHORIZED);
    }
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn beside_a_replica_no_session_is_kept(pool: PgPool) {
    let replica = Replica::new(pool.clone());
    let mut house = House::with(&pool, Web::default(), |context| context.replica = Some(replica)).await;
    let root = house.add("Root", Role::Admin).await;
    house.site.session = house.enter(&root).await;
    house.site.create("Ravi Rao", "ravi@example.in").await;
    let session = house.site.session.clone();
    for _ in 0..2 {
        assert_eq!(asked(&house, &session, LIST).await, StatusCode::OK);
    }
    house.sql("ALTER TABLE sessions RENAME TO elsewhere").await;
    assert_eq!(asked(&house, &session, LIST).await, StatusCode::SERVICE_UNAVAILABLE);
    house.close().await;
}
