//! The sign-in buttons of the demo.

use app::base::roles::Role;
use app::users::service::sign_in::DemoAccounts;
use axum::http::StatusCode;
use server::network::NetworkConfig;
use sqlx::PgPool;

use crate::test_client::test_app::TestApp;
use crate::test_client::{form_request, inputs};

async fn demo(pool: &PgPool) -> TestApp {
    TestApp::with(pool, NetworkConfig::default(), |context| {
        context.set_shared(Some(DemoAccounts {
            admin: "root@people.example".into(),
            sales: "asha@people.example".into(),
        }));
    })
    .await
}

#[sqlx::test(migrations = "../migrations")]
async fn a_button_signs_in_to_the_demo(pool: PgPool) {
    let app = demo(&pool).await;
    app.invite("Root", Role::Admin).await;
    app.invite("Asha", Role::Sales).await;
    let page = app.server.get_as("", "/sign-in").await.visible_text();
    for (role, words) in [
        ("Admin", "Sign in as Admin"),
        ("Sales", "Sign in as Sales"),
        ("Staff", "Sign in as Staff"),
    ] {
        assert!(page.contains(words), "{page}");
        let form = inputs(&[("role", role), ("next", "/account")]);
        let entered = app.server.post_as("", "/sign-in/demo", form).await;
        assert_eq!(
            (entered.status, entered.header("location")),
            (StatusCode::SEE_OTHER, "/account")
        );
        assert!(app.is_signed_in(&entered.session()).await);
        let account = app.server.get_as(&entered.session(), "/api/users/account").await;
        assert!(
            account.body.contains(&format!("\"role\":\"{role}\"")),
            "{}",
            account.body
        );
    }
    for form in ["", "role=Boss", "role="] {
        let answer = app.server.post_as("", "/sign-in/demo", form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        assert_eq!(answer.session(), "");
    }
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn the_visitor_is_added_once(pool: PgPool) {
    let app = demo(&pool).await;
    assert_eq!(
        app.server.post_as("", "/sign-in/demo", "role=Admin").await.status,
        StatusCode::NOT_FOUND,
        "there is none"
    );
    // More than there are connections to the database.
    let requests = (0..24).map(|_| (String::new(), form_request("/sign-in/demo", "role=Staff")));
    for answer in app.server.send_at_once(requests.collect()).await {
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.visible_text());
        assert!(app.is_signed_in(&answer.session()).await);
    }
    assert_eq!(app.count("users").await, 1);
    assert_eq!(
        app.count("users WHERE role = 'Staff' AND password_hash IS NULL").await,
        1
    );
    assert_eq!(app.count("history WHERE field = 'created'").await, 1);
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn other_databases_have_no_demo_buttons(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    app.add_user("Root", Role::Admin).await;
    let page = app.server.get_as("", "/sign-in").await;
    assert!(!page.visible_text().contains("Come in as"), "{}", page.visible_text());
    for role in ["Admin", "Sales", "Staff"] {
        let answer = app.server.post_as("", "/sign-in/demo", inputs(&[("role", role)])).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert_eq!(answer.session(), "");
    }
    assert_eq!((app.count("users").await, app.count("sessions").await), (1, 0));
    app.close().await;
}
