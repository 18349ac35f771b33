//! How long a session lasts, and what ends it.

use app::base::roles::Role;
use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use crate::test_client::inputs;
use crate::test_client::test_app::{ANOTHER, PASSWORD, TestApp, TestUser};

const SECOND: TimeDelta = TimeDelta::seconds(1);

#[sqlx::test(migrations = "../migrations")]
async fn changing_the_password_ends_all_other_sessions(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    let (session, elsewhere) = (app.sign_in(&asha).await, app.sign_in(&asha).await);
    for (current, new, message) in [
        (ANOTHER, ANOTHER, "Incorrect password"),
        ("", ANOTHER, "Enter your password"),
        (PASSWORD, "short", "at least 12 characters"),
        (PASSWORD, "password12345", "too easy to guess"),
        (PASSWORD, "asha@people.example", "too easy to guess"),
    ] {
        let form = inputs(&[("password", current), ("new_password", new)]);
        let again = app.server.post_as(&session, "/account/password", form).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{message}");
        again.assert_shows(message);
        assert_eq!(again.input("password").as_deref(), Some(""), "{message}");
        assert_eq!(again.input("new_password").as_deref(), Some(""), "{message}");
    }
    assert!(app.is_signed_in(&session).await && app.is_signed_in(&elsewhere).await);

    let form = inputs(&[("password", PASSWORD), ("new_password", ANOTHER)]);
    let changed = app.server.post_as(&session, "/account/password", form).await;
    assert_eq!(
        (changed.status, changed.header("location")),
        (StatusCode::SEE_OTHER, "/account")
    );
    assert!(!app.is_signed_in(&elsewhere).await);
    assert!(!app.is_signed_in(&session).await, "the token is another");
    assert!(app.is_signed_in(&changed.session()).await);
    assert_eq!(
        app.try_sign_in(&asha.email, PASSWORD).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        app.try_sign_in(&asha.email, ANOTHER).await.status,
        StatusCode::SEE_OTHER
    );
    app.close().await;
}

async fn act(app: &TestApp, admin: &str, person: &TestUser, action: &str, form: &str) {
    let answer = app
        .server
        .post_as(
            admin,
            &format!("/settings/users/{}/{action}", person.id),
            form.to_owned(),
        )
        .await;
    assert_eq!(
        answer.header("location"),
        "/settings/users",
        "{action}: {}",
        answer.visible_text()
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn admin_actions_on_a_user_end_sessions_at_once(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let (admin, asha) = (
        app.add_user("Root", Role::Admin).await,
        app.add_user("Asha", Role::Sales).await,
    );
    let bystander = app.sign_in(&app.add_user("Ravi", Role::Sales).await).await;
    let admin = app.sign_in(&admin).await;
    for (action, form) in [
        ("role", "role=Staff"),
        ("sessions", ""),
        ("disable", ""),
        ("enable", ""),
    ] {
        if action == "enable" {
            assert_eq!(
                app.try_sign_in(&asha.email, PASSWORD).await.status,
                StatusCode::UNPROCESSABLE_ENTITY
            );
            act(&app, &admin, &asha, action, form).await;
            app.sign_in(&asha).await;
            continue;
        }
        let sessions = [app.sign_in(&asha).await, app.sign_in(&asha).await];
        act(&app, &admin, &asha, action, form).await;
        for session in &sessions {
            assert!(!app.is_signed_in(session).await, "{action}");
            let page = app.server.get_as(session, "/customers").await;
            assert_eq!(page.header("location"), "/sign-in?next=%2Fcustomers", "{action}");
        }
        assert_eq!(
            app.count(&format!("sessions WHERE user_id = '{}'", asha.id)).await,
            0,
            "{action}"
        );
    }
    assert!(app.is_signed_in(&bystander).await && app.is_signed_in(&admin).await);
    app.close().await;
}

/// Even one that was opened by who was faster.
#[sqlx::test(migrations = "../migrations")]
async fn a_disabled_users_session_ends(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    let session = app.sign_in(&asha).await;
    app.run_sql("UPDATE users SET disabled_at = now()").await;
    assert!(!app.is_signed_in(&session).await);
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_link_changes_the_password_and_ends_all_sessions(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let (admin, asha) = (
        app.add_user("Root", Role::Admin).await,
        app.add_user("Asha", Role::Sales).await,
    );
    let admin = app.sign_in(&admin).await;
    let sessions = [app.sign_in(&asha).await, app.sign_in(&asha).await];
    let replaced = app.make_link(&admin, &asha).await;
    let link = app.make_link(&admin, &asha).await;
    assert_eq!(
        app.server.get_as("", &replaced).await.status,
        StatusCode::NOT_FOUND,
        "one at a time"
    );
    let page = app.server.get_as("", &link).await;
    assert!(page.visible_text().contains("Set a new password") && page.visible_text().contains(&asha.email));
    assert!(app.is_signed_in(&sessions[0]).await, "opening it changes nothing");
    app.sign_in(&asha).await;

    let weak = app
        .server
        .post_as("", &link, inputs(&[("password", "asha@people.example")]))
        .await;
    assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
    let used = app.server.post_as("", &link, inputs(&[("password", ANOTHER)])).await;
    assert_eq!(
        (used.status, used.header("location")),
        (StatusCode::SEE_OTHER, "/sign-in")
    );
    assert_eq!(used.session(), "");
    assert_eq!(app.count(&format!("sessions WHERE user_id = '{}'", asha.id)).await, 0);
    assert!(!app.is_signed_in(&sessions[0]).await && !app.is_signed_in(&sessions[1]).await);
    assert!(app.is_signed_in(&admin).await);
    assert_eq!(
        app.try_sign_in(&asha.email, PASSWORD).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        app.try_sign_in(&asha.email, ANOTHER).await.status,
        StatusCode::SEE_OTHER
    );
    let again = app.server.post_as("", &link, inputs(&[("password", PASSWORD)])).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND, "once");

    // The name and email in the form are nobody's business but the first Admin's.
    let link = app.make_link(&admin, &asha).await;
    let form = inputs(&[
        ("password", PASSWORD),
        ("name", "Mallory"),
        ("email", "root@people.example"),
    ]);
    app.server.post_as("", &link, form).await;
    assert_eq!(
        app.count("users WHERE name = 'Asha' AND email = 'asha@people.example'")
            .await,
        1
    );
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn links_expire_and_end_with_the_account(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let (root, asha) = (
        app.add_user("Root", Role::Admin).await,
        app.add_user("Asha", Role::Sales).await,
    );
    let ravi = app.invite("Ravi", Role::Staff).await;
    for (person, hours) in [(&asha, 24), (&ravi, 72)] {
        let link = app.make_link(&app.sign_in(&root).await, person).await;
        app.advance(TimeDelta::hours(hours) - SECOND);
        assert_eq!(app.server.get_as("", &link).await.status, StatusCode::OK, "{hours}");
        app.advance(SECOND);
        assert_eq!(
            app.server.get_as("", &link).await.status,
            StatusCode::NOT_FOUND,
            "{hours}"
        );
        let late = app.server.post_as("", &link, inputs(&[("password", ANOTHER)])).await;
        assert_eq!(late.status, StatusCode::NOT_FOUND, "{hours}");
    }

    let admin = app.sign_in(&root).await;
    let link = app.make_link(&admin, &asha).await;
    act(&app, &admin, &asha, "disable", "").await;
    let refused = app
        .server
        .post_as(&admin, &format!("/settings/users/{}/reset", asha.id), "")
        .await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    act(&app, &admin, &asha, "enable", "").await;
    assert_eq!(app.server.get_as("", &link).await.status, StatusCode::NOT_FOUND);
    let dead = app.server.post_as("", &link, inputs(&[("password", ANOTHER)])).await;
    assert_eq!(dead.status, StatusCode::NOT_FOUND);

    let link = app.make_link(&admin, &asha).await;
    let session = app.sign_in(&asha).await;
    let form = inputs(&[("password", PASSWORD), ("new_password", ANOTHER)]);
    app.server.post_as(&session, "/account/password", form).await;
    assert_eq!(
        app.server.get_as("", &link).await.status,
        StatusCode::NOT_FOUND,
        "the password is known again"
    );
    app.close().await;
}

async fn session_ids(app: &TestApp, person: &TestUser) -> Vec<Uuid> {
    let ids = sqlx::query_scalar("SELECT id FROM sessions WHERE user_id = $1 ORDER BY id").bind(person.id);
    ids.fetch_all(&app.pool).await.expect("sessions")
}

#[sqlx::test(migrations = "../migrations")]
async fn users_can_end_only_their_own_sessions(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let (asha, ravi) = (
        app.add_user("Asha", Role::Admin).await,
        app.add_user("Ravi", Role::Sales).await,
    );
    let here = app.sign_in(&asha).await;
    let there = app.sign_in(&asha).await;
    let third = app.sign_in(&asha).await;
    let others = app.sign_in(&ravi).await;
    let end = async |id: Uuid| {
        let answer = app
            .server
            .post_as(
                &here,
                "/account/sessions",
                inputs(&[("session", &id.to_string()), ("password", PASSWORD)]),
            )
            .await;
        assert_eq!(answer.header("location"), "/account");
    };
    end(session_ids(&app, &ravi).await[0]).await;
    assert!(app.is_signed_in(&others).await);
    end(session_ids(&app, &asha).await[1]).await;
    assert!(!app.is_signed_in(&there).await && app.is_signed_in(&third).await);
    for password in ["", ANOTHER] {
        let refused = app
            .server
            .post_as(&here, "/account/sessions", inputs(&[("password", password)]))
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{password}");
    }
    assert!(app.is_signed_in(&third).await);
    let answer = app
        .server
        .post_as(&here, "/account/sessions", inputs(&[("password", PASSWORD)]))
        .await;
    assert_eq!(answer.header("location"), "/account");
    assert!(app.is_signed_in(&here).await && !app.is_signed_in(&third).await && app.is_signed_in(&others).await);
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn an_idle_session_ends_to_the_second(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    let (seen, unseen) = (app.sign_in(&asha).await, app.sign_in(&asha).await);
    app.advance(TimeDelta::minutes(60) - SECOND);
    assert!(app.is_signed_in(&seen).await);
    app.wait_for_writes().await;
    app.advance(SECOND);
    assert!(!app.is_signed_in(&unseen).await);
    assert!(app.is_signed_in(&seen).await, "this one was used");
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_session_in_use_ends_after_twelve_hours(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    let session = app.sign_in(&asha).await;
    for _ in 0..23 {
        app.advance(TimeDelta::minutes(30));
        assert!(app.is_signed_in(&session).await);
        app.wait_for_writes().await;
    }
    app.advance(TimeDelta::minutes(30) - SECOND);
    assert!(app.is_signed_in(&session).await);
    app.wait_for_writes().await;
    app.advance(SECOND);
    assert!(!app.is_signed_in(&session).await);
    app.close().await;
}

/// Another token does not make a session younger.
#[sqlx::test(migrations = "../migrations")]
async fn a_rotated_token_does_not_extend_the_session(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    let mut session = app.sign_in(&asha).await;
    app.advance(TimeDelta::minutes(59));
    session = app.turn_two_step_on(&session).await.session;
    for _ in 0..12 {
        app.advance(TimeDelta::minutes(54));
        app.is_signed_in(&session).await;
        app.wait_for_writes().await;
    }
    app.advance(TimeDelta::minutes(13));
    assert!(!app.is_signed_in(&session).await);
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_changed_session_policy_applies_to_open_sessions(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let (root, asha) = (
        app.add_user("Root", Role::Admin).await,
        app.add_user("Asha", Role::Sales).await,
    );
    let rules = async |admin: &str, idle: &str, absolute: &str| {
        let form = inputs(&[("idle_minutes", idle), ("absolute_minutes", absolute)]);
        app.server.post_as(admin, "/settings/roles/sessions", form).await
    };
    let old = app.sign_in(&asha).await;
    app.advance(TimeDelta::minutes(6));
    let young = app.sign_in(&asha).await;
    let admin = app.sign_in(&root).await;
    for (idle, absolute) in [
        ("4", "720"),
        ("1441", "10080"),
        ("60", "29"),
        ("60", "10081"),
        ("61", "60"),
        ("x", ""),
        ("-5", "720"),
    ] {
        let again = rules(&admin, idle, absolute).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{idle} {absolute}");
        assert_eq!(again.input("idle_minutes").as_deref(), Some(idle));
        assert_eq!(again.input("absolute_minutes").as_deref(), Some(absolute));
    }
    assert_eq!(rules(&admin, "5", "30").await.header("location"), "/settings/roles");
    assert!(!app.is_signed_in(&old).await, "six minutes idle");
    assert!(app.is_signed_in(&young).await);
    for _ in 0..7 {
        app.advance(TimeDelta::minutes(4));
        assert!(app.is_signed_in(&young).await && app.is_signed_in(&admin).await);
        app.wait_for_writes().await;
    }
    app.advance(TimeDelta::minutes(2));
    assert!(!app.is_signed_in(&young).await, "half an hour old");
    let admin = app.sign_in(&root).await;
    assert_eq!(
        rules(&admin, "1440", "10080").await.header("location"),
        "/settings/roles"
    );
    app.advance(TimeDelta::minutes(1440) - SECOND);
    assert!(app.is_signed_in(&admin).await, "longer ones hold, too");
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn last_seen_is_written_once_a_minute(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    let session = app.sign_in(&asha).await;
    let start = app.now();
    let seen_after = async |seconds: i64| {
        app.advance(start + TimeDelta::seconds(seconds) - app.now());
        assert!(app.is_signed_in(&session).await);
        app.wait_for_writes().await;
        let seen: DateTime<Utc> = sqlx::query_scalar("SELECT last_seen_at FROM sessions")
            .fetch_one(&pool)
            .await
            .expect("a session");
        (seen - start).num_seconds()
    };
    for (now, seen) in [(1, 0), (59, 0), (60, 0), (61, 61), (62, 61), (121, 61), (122, 122)] {
        assert_eq!(seen_after(now).await, seen, "after {now} s");
    }
    app.close().await;
}
