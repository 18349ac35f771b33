//! What ends or changes a session holds from the next request on, on every page and for every function.

use app::base::roles::Role;
use axum::http::StatusCode;
use chrono::TimeDelta;
use sqlx::PgPool;

use crate::test_client::test_app::{TestApp, TestUser};

const LIST: &str = "/api/customers/list?address=";
const ACCOUNT: &str = "/api/users/account";

/// A user who has just read the list, and their session.
async fn reading_user(pool: &PgPool) -> (TestApp, TestUser, String) {
    let app = TestApp::new(pool).await;
    let asha = app.add_user("Asha", Role::Staff).await;
    app.add_user("Root", Role::Admin).await;
    let session = app.sign_in(&asha).await;
    assert_eq!(status(&app, &session, LIST).await, StatusCode::OK);
    (app, asha, session)
}

async fn status(app: &TestApp, session: &str, path: &str) -> StatusCode {
    app.server.get_as(session, path).await.status
}

#[sqlx::test(migrations = "../migrations")]
async fn without_the_sessions_table_requests_are_a_503(pool: PgPool) {
    let (app, _, session) = reading_user(&pool).await;
    app.run_sql("ALTER TABLE sessions RENAME TO elsewhere").await;
    for path in [LIST, ACCOUNT, "/customers"] {
        let status = status(&app, &session, path).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
    }
    app.run_sql("ALTER TABLE elsewhere RENAME TO sessions").await;
    assert_eq!(status(&app, &session, LIST).await, StatusCode::OK);
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn every_way_to_end_a_session_applies_to_the_next_request(pool: PgPool) {
    let (app, asha, _) = reading_user(&pool).await;
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
            format!("UPDATE users SET totp_secret = decode(repeat('00', 48), 'hex') {me}"),
            format!("UPDATE users SET totp_secret = NULL {me}"),
        ),
        (
            "UPDATE role_policies SET two_step_required = true WHERE role = 'Staff'".into(),
            "UPDATE role_policies SET two_step_required = false".into(),
        ),
        (
            "CREATE TABLE copy AS TABLE role_policies; TRUNCATE role_policies".into(),
            "INSERT INTO role_policies TABLE copy; DROP TABLE copy".into(),
        ),
        (
            "CREATE TABLE copy AS TABLE session_policy; TRUNCATE session_policy".into(),
            "INSERT INTO session_policy TABLE copy; DROP TABLE copy".into(),
        ),
    ] {
        let session = app.sign_in(&asha).await;
        for path in [LIST, ACCOUNT] {
            assert_eq!(
                status(&app, &session, path).await,
                StatusCode::OK,
                "{path} before {change}"
            );
        }
        app.run_sql(&change).await;
        for path in [LIST, ACCOUNT] {
            let after = status(&app, &session, path).await;
            assert_eq!(after, StatusCode::UNAUTHORIZED, "{path} after {change}");
        }
        app.run_sql(&back).await;
    }
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_changed_role_applies_at_once(pool: PgPool) {
    let (app, _, session) = reading_user(&pool).await;
    for (role, users) in [
        ("Admin", StatusCode::OK),
        ("Sales", StatusCode::FORBIDDEN),
        ("Admin", StatusCode::OK),
    ] {
        app.run_sql(&format!("UPDATE users SET role = '{role}' WHERE name = 'Asha'"))
            .await;
        assert_eq!(status(&app, &session, "/api/users/list").await, users, "as {role}");
        assert_eq!(status(&app, &session, LIST).await, StatusCode::OK, "as {role}");
    }
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_stricter_session_policy_applies_at_once(pool: PgPool) {
    let (app, _, session) = reading_user(&pool).await;
    // Just seen, and signed in half an hour ago.
    app.run_sql("UPDATE sessions SET signed_in_at = signed_in_at - interval '31 minutes'")
        .await;
    assert_eq!(status(&app, &session, LIST).await, StatusCode::OK);
    app.run_sql("UPDATE session_policy SET idle_minutes = 5, absolute_minutes = 30")
        .await;
    assert_eq!(status(&app, &session, LIST).await, StatusCode::UNAUTHORIZED);
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_session_ends_twelve_hours_after_signing_in(pool: PgPool) {
    let (app, _, session) = reading_user(&pool).await;
    // Twelve hours but twenty seconds: seen all the while.
    for _ in 0..(12 * 60 - 1) / 59 {
        app.advance(TimeDelta::minutes(59));
        app.run_sql("UPDATE sessions SET last_seen_at = last_seen_at + interval '59 minutes'")
            .await;
    }
    app.advance(TimeDelta::minutes(11) + TimeDelta::seconds(40));
    app.run_sql("UPDATE sessions SET last_seen_at = last_seen_at + interval '700 seconds'")
        .await;
    assert_eq!(status(&app, &session, LIST).await, StatusCode::OK);
    app.advance(TimeDelta::seconds(21));
    assert_eq!(status(&app, &session, LIST).await, StatusCode::UNAUTHORIZED);
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn signed_out_requests_do_not_reveal_faults(pool: PgPool) {
    let (app, asha, session) = reading_user(&pool).await;
    app.run_sql("ALTER TABLE customers RENAME TO elsewhere").await;
    let fault = status(&app, &session, LIST).await;
    assert_eq!(fault, StatusCode::INTERNAL_SERVER_ERROR);
    app.run_sql(&format!("DELETE FROM sessions WHERE user_id = '{}'", asha.id))
        .await;
    assert_eq!(status(&app, &session, LIST).await, StatusCode::UNAUTHORIZED);
    app.close().await;
}
