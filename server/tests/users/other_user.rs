//! A page of one user, sent when another has signed in in the meantime.

use app::base::roles::Role;
use axum::http::StatusCode;
use sqlx::PgPool;

use crate::test_client::test_app::{PASSWORD, TestApp};
use crate::test_client::{Form, TestResponse, inputs};

/// A form of a page: where its button leads, and what it sends.
fn form_with(page: &TestResponse, button: &str) -> (String, String) {
    let forms = page.body.split("<form ").skip(1);
    let form = forms
        .map(|form| form.split("</form>").next().unwrap_or_default())
        .find(|form| form.contains(&format!("<button>{button}</button>")))
        .unwrap_or_else(|| panic!("no {button} in {}", page.body));
    let action = crate::test_client::attribute(&format!(" {form}"), "action").expect("an action");
    let part = TestResponse {
        status: page.status,
        headers: page.headers.clone(),
        body: form.to_owned(),
    };
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(part.inputs())
        .finish();
    (action, body)
}

/// Asha has opened and filled in the form of a new customer; Ravi has signed in, and it is sent.
async fn refused(app: &TestApp) -> (TestResponse, Form, String) {
    let asha = app.add_user("Asha", Role::Admin).await;
    let ravi = app.add_user("Ravi", Role::Admin).await;
    let first = app.sign_in(&asha).await;
    let form = Form::in_page(&app.server.get_as(&first, "/customers/new").await).filled_in("Meera", "meera@example.in");
    let second = app.sign_in(&ravi).await;
    let address = "/customers/new?q=rao";
    let answer = app.server.post_as(&second, address, form.body()).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    answer.assert_shows("This page was opened by Asha. You are now signed in as Ravi. Nothing was changed.");
    assert_eq!(app.count("customers").await, 0);
    (answer, form, second)
}

#[sqlx::test(migrations = "../migrations")]
async fn the_second_user_goes_on(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let (answer, _, ravi) = refused(&app).await;
    let (to, body) = form_with(&answer, "Continue as Ravi");
    assert_eq!(to, "/customers/new?q=rao");
    let saved = app.server.post_as(&ravi, &to, body).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.visible_text());
    let writers = "history h JOIN users u ON u.id = h.actor WHERE u.name = 'Ravi' AND h.entity = 'customer'";
    assert!(app.count(writers).await > 0);
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn the_first_user_signs_in_and_the_form_is_back(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let (answer, form, ravi) = refused(&app).await;
    let (to, body) = form_with(&answer, "Sign in as Asha");
    let page = app.server.post_as(&ravi, &to, body).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.visible_text());
    assert!(!app.is_signed_in(&ravi).await);
    assert!(!page.visible_text().contains("Ravi"), "{}", page.visible_text());
    assert_eq!(page.input("next").as_deref(), Some("/customers/new?q=rao"));
    assert_eq!(page.input("pending_form"), Some(form.body()));

    // If it is Ravi once more, or Asha: each sees what was typed, and nothing is saved by itself.
    for (name, status) in [("Ravi", StatusCode::CONFLICT), ("Asha", StatusCode::OK)] {
        let email = format!("{}@people.example", name.to_lowercase());
        let credentials = inputs(&[
            ("email", &email),
            ("password", PASSWORD),
            ("next", "/customers/new?q=rao"),
            ("pending_form", &form.body()),
        ]);
        let entered = app.server.post_as("", "/sign-in", credentials).await;
        let session = entered.session();
        let (to, body) = form_with(&entered, "Continue");
        let shown = app.server.post_as(&session, &to, body).await;
        assert_eq!(shown.status, status, "{name}: {}", shown.visible_text());
        assert!(shown.body.contains("meera@example.in"), "{name}");
        if name == "Ravi" {
            let (to, body) = form_with(&shown, "Continue as Ravi");
            let shown = app.server.post_as(&session, &to, body).await;
            assert_eq!(shown.status, StatusCode::OK);
            shown.assert_shows("Restored what you typed. It is not saved yet.");
            assert_ne!(
                Form::in_page(&shown).value("user"),
                form.value("user"),
                "it is Ravi's now"
            );
        }
    }
    assert_eq!(app.count("customers").await, 0);
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn passwords_are_not_written_into_the_refusal(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let (asha, ravi) = (
        app.add_user("Asha", Role::Staff).await,
        app.add_user("Ravi", Role::Staff).await,
    );
    let session = app.sign_in(&ravi).await;
    let user = asha.id.to_string();
    let form = inputs(&[
        ("user", &user),
        ("password", PASSWORD),
        ("new_password", "seven tall clouds"),
    ]);
    let answer = app.server.post_as(&session, "/account/password", form).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(
        !answer.body.contains(PASSWORD) && !answer.body.contains("seven tall clouds"),
        "{}",
        answer.body
    );
    answer.assert_shows("Open the page again");
    app.close().await;
}

/// What a form does that is not shown again is not done by a page that was waiting for somebody to sign in.
#[sqlx::test(migrations = "../migrations")]
async fn nothing_is_done_by_signing_in(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Admin).await;
    let session = app.sign_in(&asha).await;
    let form =
        Form::in_page(&app.server.get_as(&session, "/customers/new").await).filled_in("Meera", "meera@example.in");
    app.server.post_as(&session, "/customers/new", form.body()).await;
    let address = format!("/customers/{}/delete", form.value("id"));
    let question = Form::in_page(&app.server.get_as(&session, &address).await);
    let answer = app
        .server
        .post_as(&session, &address, question.with("resume", "1").body())
        .await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, &*address)
    );
    assert_eq!(app.count("customers WHERE deleted_at IS NULL").await, 1);
    app.close().await;
}
