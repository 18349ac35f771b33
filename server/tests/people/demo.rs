//! The demo's doors.

use std::sync::Arc;

use app::context::{Demo, Reach};
use app::people::model::roles::Role;
use axum::http::StatusCode;
use server::web::Web;
use sqlx::PgPool;

use crate::browser::house::House;
use crate::browser::{form_request, inputs};

async fn demo(pool: &PgPool) -> House {
    House::with(pool, Web::default(), |context| {
        context.reach = Arc::new(Reach {
            url: "http://localhost".into(),
            demo: Some(Demo {
                admin: "root@people.example".into(),
                sales: "asha@people.example".into(),
            }),
        });
    })
    .await
}

#[sqlx::test(migrations = "../migrations")]
async fn a_button_opens_the_door(pool: PgPool) {
    let house = demo(&pool).await;
    house.invite("Root", Role::Admin).await;
    house.invite("Asha", Role::Sales).await;
    let page = house.site.get_as("", "/sign-in").await.words();
    for (role, words) in [
        ("Admin", "Come in as an Admin"),
        ("Sales", "Come in as Sales"),
        ("Staff", "Come in as a Staff visitor"),
    ] {
        assert!(page.contains(words), "{page}");
        let form = inputs(&[("role", role), ("next", "/account")]);
        let entered = house.site.post_as("", "/sign-in/demo", form).await;
        assert_eq!(
            (entered.status, entered.header("location")),
            (StatusCode::SEE_OTHER, "/account")
        );
        assert!(house.is_in(&entered.session()).await);
        let account = house.site.get_as(&entered.session(), "/api/people/account").await;
        assert!(
            account.body.contains(&format!("\"role\":\"{role}\"")),
            "{}",
            account.body
        );
    }
    for form in ["", "role=Boss", "role="] {
        let answer = house.site.post_as("", "/sign-in/demo", form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        assert_eq!(answer.session(), "");
    }
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn the_visitor_is_made_once(pool: PgPool) {
    let house = demo(&pool).await;
    assert_eq!(
        house.site.post_as("", "/sign-in/demo", "role=Admin").await.status,
        StatusCode::NOT_FOUND,
        "there is none"
    );
    // More than there are connections to the database.
    let requests = (0..24).map(|_| (String::new(), form_request("/sign-in/demo", "role=Staff")));
    for answer in house.site.send_at_once(requests.collect()).await {
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.words());
        assert!(house.is_in(&answer.session()).await);
    }
    assert_eq!(house.count("users").await, 1);
    assert_eq!(
        house
            .count("users WHERE role = 'Staff' AND password_hash IS NULL")
            .await,
        1
    );
    assert_eq!(house.count("history WHERE field = 'created'").await, 1);
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn elsewhere_there_is_no_such_door(pool: PgPool) {
    let house = House::new(&pool).await;
    house.add("Root", Role::Admin).await;
    let page = house.site.get_as("", "/sign-in").await;
    assert!(!page.words().contains("Come in as"), "{}", page.words());
    for role in ["Admin", "Sales", "Staff"] {
        let answer = house.site.post_as("", "/sign-in/demo", inputs(&[("role", role)])).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert_eq!(answer.session(), "");
    }
    assert_eq!((house.count("users").await, house.count("sessions").await), (1, 0));
    house.close().await;
}
