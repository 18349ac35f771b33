//! The last Admin stays one.

use app::context::AppContext;
use app::people::model::roles::Role;
use app::people::service::settings;
use axum::http::StatusCode;
use sqlx::PgPool;

use crate::browser::form_request;
use crate::browser::house::{House, Person};

async fn assert_refused(house: &House, admin: &str, person: &Person) {
    for (action, form) in [("disable", ""), ("role", "role=Staff"), ("role", "role=Sales")] {
        let answer = house
            .site
            .post_as(admin, &format!("/settings/users/{}/{action}", person.id), form)
            .await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{action}: {}", answer.words());
        assert!(answer.words().contains("This is the last Admin"), "{}", answer.words());
    }
    let kept = format!(
        "users WHERE id = '{}' AND role = 'Admin' AND disabled_at IS NULL",
        person.id
    );
    assert_eq!(house.count(&kept).await, 1);
    assert!(house.is_in(admin).await);
}

#[sqlx::test(migrations = "../migrations")]
async fn the_last_admin_stays(pool: PgPool) {
    let house = House::new(&pool).await;
    let root = house.add("Root", Role::Admin).await;
    house.add("Asha", Role::Sales).await;
    let session = house.enter(&root).await;
    assert_refused(&house, &session, &root).await;

    // An Admin who has no password yet cannot sign in, and neither can one who is disabled.
    house.invite("Ravi", Role::Admin).await;
    let disabled = house.add("Dev", Role::Admin).await;
    house
        .sql(&format!(
            "UPDATE users SET disabled_at = now() WHERE id = '{}'",
            disabled.id
        ))
        .await;
    assert_refused(&house, &session, &root).await;
    let half_way = house.site.sign_in(Role::Admin).await;
    assert_refused(&house, &half_way, &root).await;

    // Nor does the command line, which acts for nobody.
    let operator: AppContext = house.context();
    let disabled = settings::set_disabled(&operator, root.id, true)
        .await
        .expect("a database");
    assert!(disabled.is_err());
    let demoted = settings::set_role(&operator, root.id, "Staff")
        .await
        .expect("a database");
    assert!(demoted.is_err());
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn of_two_one_may_go(pool: PgPool) {
    let house = House::new(&pool).await;
    let (root, asha) = (
        house.add("Root", Role::Admin).await,
        house.add("Asha", Role::Admin).await,
    );
    let (first, second) = (house.enter(&root).await, house.enter(&asha).await);
    let gone = house
        .site
        .post_as(&first, &format!("/settings/users/{}/disable", asha.id), "")
        .await;
    assert_eq!(gone.header("location"), "/settings/users");
    assert!(!house.is_in(&second).await);
    assert_refused(&house, &first, &root).await;

    let back = house
        .site
        .post_as(&first, &format!("/settings/users/{}/enable", asha.id), "")
        .await;
    assert_eq!(back.header("location"), "/settings/users");
    let own = house
        .site
        .post_as(&first, &format!("/settings/users/{}/role", root.id), "role=Sales")
        .await;
    assert_eq!(own.header("location"), "/settings/users");
    assert!(!house.is_in(&first).await, "the new role holds from the next sign-in");
    let asha_in = house.enter(&asha).await;
    assert_refused(&house, &asha_in, &asha).await;
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn of_two_who_turn_each_other_out_at_the_same_moment_one_stays(pool: PgPool) {
    let house = House::new(&pool).await;
    let (root, asha) = (
        house.add("Root", Role::Admin).await,
        house.add("Asha", Role::Admin).await,
    );
    let mut statuses = Vec::new();
    for round in 0..20 {
        let sessions = [house.enter(&root).await, house.enter(&asha).await];
        let action = |person: &Person, number: usize| {
            let (action, form) = [("disable", ""), ("role", "role=Sales")][(round >> number) % 2];
            form_request(&format!("/settings/users/{}/{action}", person.id), form)
        };
        let [first, second] = sessions;
        let requests = vec![(first, action(&asha, 0)), (second, action(&root, 1))];
        let answers = house.site.send_at_once(requests).await;
        let left = house
            .count("users WHERE role = 'Admin' AND disabled_at IS NULL AND password_hash IS NOT NULL")
            .await;
        assert_eq!(left, 1, "round {round}");
        statuses.push(answers.iter().map(|answer| answer.status.as_u16()).collect::<Vec<_>>());
        house.sql("UPDATE users SET disabled_at = NULL, role = 'Admin'").await;
    }
    for pair in &statuses {
        let done = pair.iter().filter(|status| **status == 303).count();
        // The other was the last one, or was signed out already.
        let told = pair.iter().filter(|status| [401, 409].contains(*status)).count();
        assert_eq!((done, told), (1, 1), "{statuses:?}");
    }
    house.close().await;
}

/// More of them, in a ring: each turns the next one out.
#[sqlx::test(migrations = "../migrations")]
async fn of_many_in_a_ring_one_stays(pool: PgPool) {
    let house = House::new(&pool).await;
    let mut people = Vec::new();
    for name in ["Asha", "Ravi", "Dev", "Mina"] {
        people.push(house.add(name, Role::Admin).await);
    }
    for round in 0..5 {
        let mut requests = Vec::new();
        for (number, person) in people.iter().enumerate() {
            let next = &people[(number + 1) % people.len()];
            let request = form_request(&format!("/settings/users/{}/disable", next.id), "");
            requests.push((house.enter(person).await, request));
        }
        let answers = house.site.send_at_once(requests).await;
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        assert!(
            house.count("users WHERE disabled_at IS NULL").await >= 1,
            "round {round}: {statuses:?}"
        );
        assert!(
            statuses.iter().all(|status| [303, 401, 409].contains(status)),
            "round {round}: {statuses:?}"
        );
        house.sql("UPDATE users SET disabled_at = NULL").await;
    }
    house.close().await;
}
