//! The link by which the first Admin is made.

use std::time::Duration;

use app::people::service::invitations;
use axum::http::StatusCode;
use chrono::TimeDelta;
use sqlx::PgPool;
use tokio::time::timeout;

use crate::browser::house::{House, PASSWORD, rows};
use crate::browser::{form_request, inputs};

/// The path of a new link; none where somebody can sign in.
async fn link(house: &House) -> Option<String> {
    let link = invitations::first_admin(&house.context()).await.expect("a database")?;
    let path = link.strip_prefix("http://localhost").expect("a link to this program");
    Some(path.to_owned())
}

fn form(name: &str, email: &str, password: &str) -> String {
    inputs(&[("name", name), ("email", email), ("password", password)])
}

#[sqlx::test(migrations = "../migrations")]
async fn a_link_makes_the_first_admin_once(pool: PgPool) {
    let house = House::new(&pool).await;
    let site = &house.site;
    let forgotten = link(&house).await.expect("a link");
    let link = link(&house).await.expect("a link, since nobody can sign in yet");

    let before = rows(&pool).await;
    for _ in 0..3 {
        let page = site.get(&link).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.words().contains("Create the first Admin"), "{}", page.words());
    }
    assert_eq!(rows(&pool).await, before, "opening a link changes nothing");

    for (name, email, password, wrong) in [
        ("Asha Rao", "asha@example.in", "password12345", "too easy to guess"),
        ("Asha Rao", "asha@example.in", "elevenchars", "at least 12 characters"),
        ("Asha Rao", "asha@example.in", "asha@example.in", "too easy to guess"),
        ("", "asha@example.in", PASSWORD, "Enter your name"),
        ("Asha Rao", "asha", PASSWORD, "Enter an address"),
    ] {
        let page = site.post(&link, form(name, email, password)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(page.words().contains(wrong), "{wrong}: {}", page.words());
        assert_eq!(page.input("name").as_deref(), Some(name), "{wrong}");
        assert_eq!(page.input("email").as_deref(), Some(email), "{wrong}");
        assert_eq!(page.input("password").as_deref(), Some(""), "{wrong}");
        assert!(password == email || !page.text().contains(password), "{wrong}");
        assert_eq!(rows(&pool).await, before, "{wrong}");
    }

    let made = site.post(&link, form("Asha Rao", "asha@example.in", PASSWORD)).await;
    assert_eq!(
        (made.status, made.header("location")),
        (StatusCode::SEE_OTHER, "/sign-in")
    );
    assert_eq!(made.session(), "", "a link opens no session");
    assert_eq!(
        house
            .count("users WHERE role = 'Admin' AND password_hash IS NOT NULL")
            .await,
        1
    );

    for used in [&link, &forgotten] {
        let page = site.get(used).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert!(
            page.words().contains("This link does not work any more"),
            "{}",
            page.words()
        );
        let again = site.post(used, form("Mallory", "mallory@example.in", PASSWORD)).await;
        assert_eq!(again.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(house.count("users").await, 1);
    assert_eq!(house.count("one_time_links").await, 0);
    assert_eq!(self::link(&house).await, None, "somebody can sign in now");
    let entered = house.try_in("asha@example.in", PASSWORD).await;
    assert_eq!(
        (entered.status, entered.header("location")),
        (StatusCode::SEE_OTHER, "/customers")
    );
    assert!(house.is_in(&entered.session()).await);
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn the_link_runs_out_after_half_an_hour(pool: PgPool) {
    let house = House::new(&pool).await;
    let link = link(&house).await.expect("a link");
    house.pass(TimeDelta::minutes(30) - TimeDelta::seconds(1));
    assert_eq!(house.site.get(&link).await.status, StatusCode::OK);
    house.pass(TimeDelta::seconds(1));
    assert_eq!(house.site.get(&link).await.status, StatusCode::NOT_FOUND);
    let late = house
        .site
        .post(&link, form("Asha Rao", "asha@example.in", PASSWORD))
        .await;
    assert_eq!(late.status, StatusCode::NOT_FOUND);
    assert_eq!(house.count("users").await, 0);
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_was_never_a_link_opens_nothing(pool: PgPool) {
    let house = House::new(&pool).await;
    for path in [
        "/link/x",
        "/link/%00",
        "/link/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ] {
        assert_eq!(house.site.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        let sent = house
            .site
            .post(path, form("Asha Rao", "asha@example.in", PASSWORD))
            .await;
        assert_eq!(sent.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(house.count("users").await, 0);
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn of_two_at_the_same_moment_one_is_the_first(pool: PgPool) {
    let house = House::new(&pool).await;
    for round in 0..5 {
        let links = [
            link(&house).await.expect("a link"),
            link(&house).await.expect("another"),
        ];
        // Two links, and one of them twice.
        let sent = [&links[0], &links[1], &links[1]]
            .into_iter()
            .zip(["asha", "ravi", "dev"]);
        let requests = sent.map(|(link, name)| {
            let form = form(name, &format!("{name}@example.in"), PASSWORD);
            (String::new(), form_request(link, form))
        });
        let answers = house.site.send_at_once(requests.collect()).await;
        let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(house.count("users").await, 1, "round {round}: {statuses:?}");
        assert_eq!(
            statuses,
            [303, 404, 404],
            "round {round}: the others are told that theirs does not work any more"
        );
        house.sql("DELETE FROM users").await;
    }
    house.close().await;
}

/// Held up at the same place, so that it is certain that they meet.
#[sqlx::test(migrations = "../migrations")]
async fn two_who_meet_do_not_wait_for_each_other(pool: PgPool) {
    let house = House::new(&pool).await;
    let links = [
        link(&house).await.expect("a link"),
        link(&house).await.expect("another"),
    ];
    let mut holder = pool.begin().await.expect("a transaction");
    sqlx::query("LOCK TABLE role_rules IN EXCLUSIVE MODE")
        .execute(&mut *holder)
        .await
        .expect("held");
    let requests = links.iter().zip(["asha", "ravi"]).map(|(link, name)| {
        let form = form(name, &format!("{name}@example.in"), PASSWORD);
        (String::new(), form_request(link, form))
    });
    let release = async {
        let both_wait = async {
            while house.count("pg_locks WHERE NOT granted").await < 2 {
                tokio::task::yield_now().await;
            }
        };
        // At the latest: another way to keep them apart waits elsewhere, or for the one alone.
        let _ = timeout(Duration::from_secs(3), both_wait).await;
        holder.commit().await.expect("let go");
    };
    let (answers, ()) = tokio::join!(house.site.send_at_once(requests.collect()), release);
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 404]);
    assert_eq!(house.count("users").await, 1);
    house.close().await;
}
