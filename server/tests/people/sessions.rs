//! How long a session lasts, and what ends it.

use app::people::model::roles::Role;
use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use crate::browser::house::{ANOTHER, House, PASSWORD, Person};
use crate::browser::inputs;

const SECOND: TimeDelta = TimeDelta::seconds(1);

#[sqlx::test(migrations = "../migrations")]
async fn another_password_ends_all_sessions_but_the_one_that_asks(pool: PgPool) {
    let house = House::new(&pool).await;
    let asha = house.add("Asha", Role::Sales).await;
    let (session, elsewhere) = (house.enter(&asha).await, house.enter(&asha).await);
    for (current, new, said) in [
        (ANOTHER, ANOTHER, "This is not your password"),
        ("", ANOTHER, "Enter your password"),
        (PASSWORD, "short", "at least 12 characters"),
        (PASSWORD, "password12345", "too easy to guess"),
        (PASSWORD, "asha@people.example", "too easy to guess"),
    ] {
        let form = inputs(&[("password", current), ("new_password", new)]);
        let again = house.site.post_as(&session, "/account/password", form).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
        assert!(again.words().contains(said), "{said}: {}", again.words());
        assert_eq!(again.input("password").as_deref(), Some(""), "{said}");
        assert_eq!(again.input("new_password").as_deref(), Some(""), "{said}");
    }
    assert!(house.is_in(&session).await && house.is_in(&elsewhere).await);

    let form = inputs(&[("password", PASSWORD), ("new_password", ANOTHER)]);
    let changed = house.site.post_as(&session, "/account/password", form).await;
    assert_eq!(
        (changed.status, changed.header("location")),
        (StatusCode::SEE_OTHER, "/account")
    );
    assert!(!house.is_in(&elsewhere).await);
    assert!(!house.is_in(&session).await, "the token is another");
    assert!(house.is_in(&changed.session()).await);
    assert_eq!(
        house.try_in(&asha.email, PASSWORD).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(house.try_in(&asha.email, ANOTHER).await.status, StatusCode::SEE_OTHER);
    house.close().await;
}

async fn act(house: &House, admin: &str, person: &Person, action: &str, form: &str) {
    let answer = house
        .site
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
        answer.words()
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn what_an_admin_does_to_a_user_ends_sessions_at_once(pool: PgPool) {
    let house = House::new(&pool).await;
    let (admin, asha) = (
        house.add("Root", Role::Admin).await,
        house.add("Asha", Role::Sales).await,
    );
    let bystander = house.enter(&house.add("Ravi", Role::Sales).await).await;
    let admin = house.enter(&admin).await;
    for (action, form) in [
        ("role", "role=Staff"),
        ("sessions", ""),
        ("disable", ""),
        ("enable", ""),
    ] {
        if action == "enable" {
            assert_eq!(
                house.try_in(&asha.email, PASSWORD).await.status,
                StatusCode::UNPROCESSABLE_ENTITY
            );
            act(&house, &admin, &asha, action, form).await;
            house.enter(&asha).await;
            continue;
        }
        let sessions = [house.enter(&asha).await, house.enter(&asha).await];
        act(&house, &admin, &asha, action, form).await;
        for session in &sessions {
            assert!(!house.is_in(session).await, "{action}");
            let page = house.site.get_as(session, "/customers").await;
            assert_eq!(page.header("location"), "/sign-in?next=%2Fcustomers", "{action}");
        }
        assert_eq!(
            house.count(&format!("sessions WHERE user_id = '{}'", asha.id)).await,
            0,
            "{action}"
        );
    }
    assert!(house.is_in(&bystander).await && house.is_in(&admin).await);
    house.close().await;
}

/// Even one that was opened by who was faster.
#[sqlx::test(migrations = "../migrations")]
async fn a_session_of_somebody_who_is_disabled_holds_no_more(pool: PgPool) {
    let house = House::new(&pool).await;
    let asha = house.add("Asha", Role::Sales).await;
    let session = house.enter(&asha).await;
    house.sql("UPDATE users SET disabled_at = now()").await;
    assert!(!house.is_in(&session).await);
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_link_changes_the_password_and_ends_all_sessions(pool: PgPool) {
    let house = House::new(&pool).await;
    let (admin, asha) = (
        house.add("Root", Role::Admin).await,
        house.add("Asha", Role::Sales).await,
    );
    let admin = house.enter(&admin).await;
    let sessions = [house.enter(&asha).await, house.enter(&asha).await];
    let replaced = house.link_for(&admin, &asha).await;
    let link = house.link_for(&admin, &asha).await;
    assert_eq!(
        house.site.get_as("", &replaced).await.status,
        StatusCode::NOT_FOUND,
        "one at a time"
    );
    let page = house.site.get_as("", &link).await;
    assert!(page.words().contains("Choose a new password") && page.words().contains(&asha.email));
    assert!(house.is_in(&sessions[0]).await, "opening it changes nothing");
    house.enter(&asha).await;

    let weak = house
        .site
        .post_as("", &link, inputs(&[("password", "asha@people.example")]))
        .await;
    assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
    let used = house.site.post_as("", &link, inputs(&[("password", ANOTHER)])).await;
    assert_eq!(
        (used.status, used.header("location")),
        (StatusCode::SEE_OTHER, "/sign-in")
    );
    assert_eq!(used.session(), "");
    assert_eq!(house.count(&format!("sessions WHERE user_id = '{}'", asha.id)).await, 0);
    assert!(!house.is_in(&sessions[0]).await && !house.is_in(&sessions[1]).await);
    assert!(house.is_in(&admin).await);
    assert_eq!(
        house.try_in(&asha.email, PASSWORD).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(house.try_in(&asha.email, ANOTHER).await.status, StatusCode::SEE_OTHER);
    let again = house.site.post_as("", &link, inputs(&[("password", PASSWORD)])).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND, "once");

    // The name and email in the form are nobody's business but the first Admin's.
    let link = house.link_for(&admin, &asha).await;
    let form = inputs(&[
        ("password", PASSWORD),
        ("name", "Mallory"),
        ("email", "root@people.example"),
    ]);
    house.site.post_as("", &link, form).await;
    assert_eq!(
        house
            .count("users WHERE name = 'Asha' AND email = 'asha@people.example'")
            .await,
        1
    );
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn links_run_out_and_die_with_the_account(pool: PgPool) {
    let house = House::new(&pool).await;
    let (root, asha) = (
        house.add("Root", Role::Admin).await,
        house.add("Asha", Role::Sales).await,
    );
    let ravi = house.invite("Ravi", Role::Staff).await;
    for (person, hours) in [(&asha, 24), (&ravi, 72)] {
        let link = house.link_for(&house.enter(&root).await, person).await;
        house.pass(TimeDelta::hours(hours) - SECOND);
        assert_eq!(house.site.get_as("", &link).await.status, StatusCode::OK, "{hours}");
        house.pass(SECOND);
        assert_eq!(
            house.site.get_as("", &link).await.status,
            StatusCode::NOT_FOUND,
            "{hours}"
        );
        let late = house.site.post_as("", &link, inputs(&[("password", ANOTHER)])).await;
        assert_eq!(late.status, StatusCode::NOT_FOUND, "{hours}");
    }

    let admin = house.enter(&root).await;
    let link = house.link_for(&admin, &asha).await;
    act(&house, &admin, &asha, "disable", "").await;
    let refused = house
        .site
        .post_as(&admin, &format!("/settings/users/{}/reset", asha.id), "")
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    act(&house, &admin, &asha, "enable", "").await;
    assert_eq!(house.site.get_as("", &link).await.status, StatusCode::NOT_FOUND);
    let dead = house.site.post_as("", &link, inputs(&[("password", ANOTHER)])).await;
    assert_eq!(dead.status, StatusCode::NOT_FOUND);

    let link = house.link_for(&admin, &asha).await;
    let session = house.enter(&asha).await;
    let form = inputs(&[("password", PASSWORD), ("new_password", ANOTHER)]);
    house.site.post_as(&session, "/account/password", form).await;
    assert_eq!(
        house.site.get_as("", &link).await.status,
        StatusCode::NOT_FOUND,
        "the password is known again"
    );
    house.close().await;
}

async fn session_ids(house: &House, person: &Person) -> Vec<Uuid> {
    let ids = sqlx::query_scalar("SELECT id FROM sessions WHERE user_id = $1 ORDER BY id").bind(person.id);
    ids.fetch_all(&house.pool).await.expect("sessions")
}

#[sqlx::test(migrations = "../migrations")]
async fn people_end_their_own_sessions_and_nobody_elses(pool: PgPool) {
    let house = House::new(&pool).await;
    let (asha, ravi) = (
        house.add("Asha", Role::Admin).await,
        house.add("Ravi", Role::Sales).await,
    );
    let here = house.enter(&asha).await;
    let there = house.enter(&asha).await;
    let third = house.enter(&asha).await;
    let others = house.enter(&ravi).await;
    let end = async |id: Uuid| {
        let answer = house
            .site
            .post_as(&here, "/account/sessions", inputs(&[("session", &id.to_string())]))
            .await;
        assert_eq!(answer.header("location"), "/account");
    };
    end(session_ids(&house, &ravi).await[0]).await;
    assert!(house.is_in(&others).await);
    end(session_ids(&house, &asha).await[1]).await;
    assert!(!house.is_in(&there).await && house.is_in(&third).await);
    let answer = house.site.post_as(&here, "/account/sessions", "").await;
    assert_eq!(answer.header("location"), "/account");
    assert!(house.is_in(&here).await && !house.is_in(&third).await && house.is_in(&others).await);
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn an_idle_session_ends_to_the_second(pool: PgPool) {
    let house = House::new(&pool).await;
    let asha = house.add("Asha", Role::Sales).await;
    let (seen, unseen) = (house.enter(&asha).await, house.enter(&asha).await);
    house.pass(TimeDelta::minutes(60) - SECOND);
    assert!(house.is_in(&seen).await);
    house.settled().await;
    house.pass(SECOND);
    assert!(!house.is_in(&unseen).await);
    assert!(house.is_in(&seen).await, "this one was used");
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_session_in_use_ends_after_twelve_hours(pool: PgPool) {
    let house = House::new(&pool).await;
    let asha = house.add("Asha", Role::Sales).await;
    let session = house.enter(&asha).await;
    for _ in 0..23 {
        house.pass(TimeDelta::minutes(30));
        assert!(house.is_in(&session).await);
        house.settled().await;
    }
    house.pass(TimeDelta::minutes(30) - SECOND);
    assert!(house.is_in(&session).await);
    house.settled().await;
    house.pass(SECOND);
    assert!(!house.is_in(&session).await);
    house.close().await;
}

/// Another token does not make a session younger.
#[sqlx::test(migrations = "../migrations")]
async fn a_new_token_does_not_begin_the_twelve_hours_anew(pool: PgPool) {
    let house = House::new(&pool).await;
    let asha = house.add("Asha", Role::Sales).await;
    let mut session = house.enter(&asha).await;
    house.pass(TimeDelta::minutes(59));
    session = house.turn_two_step_on(&session).await.session;
    for _ in 0..12 {
        house.pass(TimeDelta::minutes(54));
        house.is_in(&session).await;
        house.settled().await;
    }
    house.pass(TimeDelta::minutes(13));
    assert!(!house.is_in(&session).await);
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn other_rules_hold_for_sessions_that_are_there(pool: PgPool) {
    let house = House::new(&pool).await;
    let (root, asha) = (
        house.add("Root", Role::Admin).await,
        house.add("Asha", Role::Sales).await,
    );
    let rules = async |admin: &str, idle: &str, absolute: &str| {
        let form = inputs(&[("idle_minutes", idle), ("absolute_minutes", absolute)]);
        house.site.post_as(admin, "/settings/roles/sessions", form).await
    };
    let old = house.enter(&asha).await;
    house.pass(TimeDelta::minutes(6));
    let young = house.enter(&asha).await;
    let admin = house.enter(&root).await;
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
    assert!(!house.is_in(&old).await, "six minutes idle");
    assert!(house.is_in(&young).await);
    for _ in 0..7 {
        house.pass(TimeDelta::minutes(4));
        assert!(house.is_in(&young).await && house.is_in(&admin).await);
        house.settled().await;
    }
    house.pass(TimeDelta::minutes(2));
    assert!(!house.is_in(&young).await, "half an hour old");
    let admin = house.enter(&root).await;
    assert_eq!(
        rules(&admin, "1440", "10080").await.header("location"),
        "/settings/roles"
    );
    house.pass(TimeDelta::minutes(1440) - SECOND);
    assert!(house.is_in(&admin).await, "longer ones hold, too");
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn last_seen_is_written_once_a_minute(pool: PgPool) {
    let house = House::new(&pool).await;
    let asha = house.add("Asha", Role::Sales).await;
    let session = house.enter(&asha).await;
    let start = house.now();
    let seen_after = async |seconds: i64| {
        house.pass(start + TimeDelta::seconds(seconds) - house.now());
        assert!(house.is_in(&session).await);
        house.settled().await;
        let seen: DateTime<Utc> = sqlx::query_scalar("SELECT last_seen_at FROM sessions")
            .fetch_one(&pool)
            .await
            .expect("a session");
        (seen - start).num_seconds()
    };
    for (now, seen) in [(1, 0), (59, 0), (60, 0), (61, 61), (62, 61), (121, 61), (122, 122)] {
        assert_eq!(seen_after(now).await, seen, "after {now} s");
    }
    house.close().await;
}
