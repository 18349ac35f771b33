//! The link by which the first Admin is made.

use std::time::Duration;

use app::users::service::invitations;
use axum::http::StatusCode;
use chrono::TimeDelta;
use sqlx::PgPool;
use tokio::time::timeout;

use crate::test_client::test_app::{PASSWORD, TestApp, rows};
use crate::test_client::{form_request, inputs};

/// The path of a new link; none where somebody can sign in.
async fn link(app: &TestApp) -> Option<String> {
    let link = invitations::invite_first_admin(&app.context())
        .await
        .expect("a database")?;
    let path = link.strip_prefix("http://localhost").expect("a link to this program");
    Some(path.to_owned())
}

fn form(name: &str, email: &str, password: &str) -> String {
    inputs(&[("name", name), ("email", email), ("password", password)])
}

#[sqlx::test(migrations = "../migrations")]
async fn a_link_creates_the_first_admin_once(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let server = &app.server;
    let forgotten = link(&app).await.expect("a link");
    let link = link(&app).await.expect("a link, since nobody can sign in yet");

    let before = rows(&pool).await;
    for _ in 0..3 {
        let page = server.get(&link).await;
        assert_eq!(page.status, StatusCode::OK);
        page.assert_shows("Create the first Admin");
    }
    assert_eq!(rows(&pool).await, before, "opening a link changes nothing");

    for (name, email, password, wrong) in [
        ("Asha Rao", "asha@example.in", "password12345", "too easy to guess"),
        ("Asha Rao", "asha@example.in", "elevenchars", "at least 12 characters"),
        ("Asha Rao", "asha@example.in", "asha@example.in", "too easy to guess"),
        ("", "asha@example.in", PASSWORD, "Enter your name"),
        ("Asha Rao", "asha", PASSWORD, "Enter an address"),
    ] {
        let page = server.post(&link, form(name, email, password)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(page.visible_text().contains(wrong), "{wrong}: {}", page.visible_text());
        assert_eq!(page.input("name").as_deref(), Some(name), "{wrong}");
        assert_eq!(page.input("email").as_deref(), Some(email), "{wrong}");
        assert_eq!(page.input("password").as_deref(), Some(""), "{wrong}");
        assert!(password == email || !page.text().contains(password), "{wrong}");
        assert_eq!(rows(&pool).await, before, "{wrong}");
    }

    let made = server.post(&link, form("Asha Rao", "asha@example.in", PASSWORD)).await;
    assert_eq!(
        (made.status, made.header("location")),
        (StatusCode::SEE_OTHER, "/sign-in")
    );
    assert_eq!(made.session(), "", "a link opens no session");
    assert_eq!(
        app.count("users WHERE role = 'Admin' AND password_hash IS NOT NULL")
            .await,
        1
    );

    for used in [&link, &forgotten] {
        let page = server.get(used).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        page.assert_shows("This link no longer works");
        let again = server.post(used, form("Mallory", "mallory@example.in", PASSWORD)).await;
        assert_eq!(again.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(app.count("users").await, 1);
    assert_eq!(app.count("one_time_links").await, 0);
    assert_eq!(self::link(&app).await, None, "somebody can sign in now");
    let entered = app.try_sign_in("asha@example.in", PASSWORD).await;
    assert_eq!(
        (entered.status, entered.header("location")),
        (StatusCode::SEE_OTHER, "/customers")
    );
    assert!(app.is_signed_in(&entered.session()).await);
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn the_link_expires_after_half_an_hour(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let link = link(&app).await.expect("a link");
    app.advance(TimeDelta::minutes(30) - TimeDelta::seconds(1));
    assert_eq!(app.server.get(&link).await.status, StatusCode::OK);
    app.advance(TimeDelta::seconds(1));
    assert_eq!(app.server.get(&link).await.status, StatusCode::NOT_FOUND);
    let late = app
        .server
        .post(&link, form("Asha Rao", "asha@example.in", PASSWORD))
        .await;
    assert_eq!(late.status, StatusCode::NOT_FOUND);
    assert_eq!(app.count("users").await, 0);
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_token_that_was_never_a_link_is_not_found(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    for path in [
        "/link/x",
        "/link/%00",
        "/link/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ] {
        assert_eq!(app.server.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        let sent = app
            .server
            .post(path, form("Asha Rao", "asha@example.in", PASSWORD))
            .await;
        assert_eq!(sent.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(app.count("users").await, 0);
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn of_two_concurrent_uses_of_the_link_one_succeeds(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    for round in 0..5 {
        let links = [link(&app).await.expect("a link"), link(&app).await.expect("another")];
        // Two links, and one of them twice.
        let sent = [&links[0], &links[1], &links[1]]
            .into_iter()
            .zip(["asha", "ravi", "dev"]);
        let requests = sent.map(|(link, name)| {
            let form = form(name, &format!("{name}@example.in"), PASSWORD);
            (String::new(), form_request(link, form))
        });
        let answers = app.server.send_at_once(requests.collect()).await;
        let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(app.count("users").await, 1, "round {round}: {statuses:?}");
        assert_eq!(
            statuses,
            [303, 404, 404],
            "round {round}: the others are told that theirs does not work any more"
        );
        app.run_sql("DELETE FROM users").await;
    }
    app.close().await;
}

/// A lock delays both at the same place, so that they certainly run concurrently.
#[sqlx::test(migrations = "../migrations")]
async fn two_concurrent_uses_of_the_link_do_not_deadlock(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let links = [link(&app).await.expect("a link"), link(&app).await.expect("another")];
    let mut holder = pool.begin().await.expect("a transaction");
    sqlx::query("LOCK TABLE role_policies IN EXCLUSIVE MODE")
        .execute(&mut *holder)
        .await
        .expect("held");
    let requests = links.iter().zip(["asha", "ravi"]).map(|(link, name)| {
        let form = form(name, &format!("{name}@example.in"), PASSWORD);
        (String::new(), form_request(link, form))
    });
    let release = async {
        let both_wait = async {
            while app.count("pg_locks WHERE NOT granted").await < 2 {
                tokio::task::yield_now().await;
            }
        };
        // At the latest: another way to keep them apart waits elsewhere, or for the one alone.
        let _ = timeout(Duration::from_secs(3), both_wait).await;
        holder.commit().await.expect("let go");
    };
    let (answers, ()) = tokio::join!(app.server.send_at_once(requests.collect()), release);
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 404]);
    assert_eq!(app.count("users").await, 1);
    app.close().await;
}
