//! A form that is sent after its session has ended: it is pending while the user signs in, and then shown again.

use app::base::roles::Role;
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use sqlx::PgPool;

use crate::test_client::test_app::{ANOTHER, PASSWORD, TestApp, TestUser};
use crate::test_client::{Form, TestResponse, attribute, inputs};

/// A text that would be script if it were not escaped.
const HOSTILE: &str = "\"><script>alert(1)</script>'& 1+1=2% रवि";

/// The pairs of a form's body.
fn pairs(body: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

/// Checks the answer to a form that was sent without a valid session: the sign-in page, which holds the form.
fn assert_form_pending(answer: &TestResponse, address: &str, body: &str) {
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let words = answer.visible_text();
    assert!(
        words.contains("You are signed out") && words.contains("What you typed is kept"),
        "{words}"
    );
    assert!(answer.body.contains("action=\"/sign-in\""));
    assert_eq!(answer.input("next").as_deref(), Some(address));
    assert_eq!(answer.input("pending_form").as_deref(), Some(body));
    assert!(!answer.body.contains("<script>alert"));
}

/// Signs in from that page.
async fn sign_in(app: &TestApp, page: &TestResponse, person: &TestUser, password: &str) -> TestResponse {
    let [next, pending_form] = ["next", "pending_form"].map(|name| page.input(name).expect("goes along"));
    let form = inputs(&[
        ("email", &person.email),
        ("password", password),
        ("next", &next),
        ("pending_form", &pending_form),
    ]);
    app.server.post_as("", "/sign-in", form).await
}

/// The page that sends a form again: where to, and what.
fn sent_again(page: &TestResponse) -> (String, String) {
    assert_eq!(page.status, StatusCode::OK, "{}", page.visible_text());
    assert!(!page.body.contains("<script>alert"));
    let policy = page.header("content-security-policy");
    let script = "HTMLFormElement.prototype.submit.call(document.forms[0])";
    let scripts: Vec<_> = page.body.split('<').filter(|tag| tag.starts_with("script")).collect();
    assert_eq!(scripts, [format!("script>{script}")]);
    let hash = STANDARD.encode(Sha256::digest(script));
    assert!(policy.contains(&format!("script-src 'sha256-{hash}';")), "{policy}");
    let forms: Vec<_> = page.body.split('<').filter(|tag| tag.starts_with("form ")).collect();
    let [form] = forms[..] else { panic!("{forms:?}") };
    assert_eq!(attribute(form, "method").as_deref(), Some("post"));
    assert!(
        page.body.contains("<button>Continue</button>"),
        "for those without script"
    );
    let inputs = page.inputs();
    assert_eq!(
        inputs.last().map(|(name, value)| (&**name, &**value)),
        Some(("resume", "1"))
    );
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&inputs)
        .finish();
    (attribute(form, "action").expect("an action"), body)
}

/// The form of a new customer with everything in it, and a session that ends after.
async fn typed(app: &TestApp, root: &TestUser) -> (String, Form) {
    let session = app.sign_in(root).await;
    let form = Form::in_page(&app.server.get_as(&session, "/customers/new").await);
    let form = form
        .filled_in(HOSTILE, "asha@example.in")
        .with("address", "\u{201c}12\u{201d} MG Road & Co; 5%");
    app.run_sql("DELETE FROM sessions").await;
    (session, form)
}

#[sqlx::test(migrations = "../migrations")]
async fn a_customer_is_saved_after_signing_in_again(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let root = app.add_user("Root", Role::Admin).await;
    let (dead, form) = typed(&app, &root).await;
    let address = "/customers/new?q=rao&from=%2F";
    let answer = app.server.post_as(&dead, address, form.body()).await;
    assert_form_pending(&answer, address, &form.body());
    let wrong = sign_in(&app, &answer, &root, ANOTHER).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.input("pending_form"), Some(form.body()), "still pending");
    assert_eq!(wrong.input("next").as_deref(), Some(address));

    let entered = sign_in(&app, &wrong, &root, PASSWORD).await;
    let session = entered.session();
    assert!(app.is_signed_in(&session).await);
    let (to, body) = sent_again(&entered);
    assert_eq!(to, address);
    let mut expected = pairs(&form.body());
    expected.push(("resume".into(), "1".into()));
    assert_eq!(pairs(&body), expected);

    let shown = app.server.post_as(&session, &to, body).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(!shown.body.contains("<script>alert"));
    assert_eq!(Form::in_page(&shown).body(), form.body(), "everything as it was typed");
    assert_eq!(app.count("customers").await, 0, "the person decides");
    let saved = app.server.post_as(&session, &to, Form::in_page(&shown).body()).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.visible_text());
    let name: String = sqlx::query_scalar("SELECT name FROM customers")
        .fetch_one(&pool)
        .await
        .expect("a customer");
    assert_eq!(name, HOSTILE);
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn an_edit_is_resumed_after_signing_in_again(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let root = app.add_user("Root", Role::Admin).await;
    let session = app.sign_in(&root).await;
    let form =
        Form::in_page(&app.server.get_as(&session, "/customers/new").await).filled_in("Asha Rao", "asha@example.in");
    app.server.post_as(&session, "/customers/new", form.body()).await;
    let address = format!("/customers/{}/edit?from=record", form.value("id"));
    let form = Form::in_page(&app.server.get_as(&session, &address).await).with("name", HOSTILE);
    app.run_sql("DELETE FROM sessions").await;
    let answer = app.server.post_as(&session, &address, form.body()).await;
    assert_form_pending(&answer, &address, &form.body());
    let entered = sign_in(&app, &answer, &root, PASSWORD).await;
    let (to, body) = sent_again(&entered);
    let shown = app.server.post_as(&entered.session(), &to, body).await;
    assert_eq!(Form::in_page(&shown).body(), form.body());
    assert_eq!(app.count("customers WHERE name = 'Asha Rao'").await, 1);
    let saved = app
        .server
        .post_as(&entered.session(), &to, Form::in_page(&shown).body())
        .await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.visible_text());
    assert_eq!(app.count("customers WHERE name <> 'Asha Rao' AND version = 2").await, 1);
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_form_is_resumed_after_the_second_step_too(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let root = app.add_user("Root", Role::Admin).await;
    let second = app.turn_two_step_on(&app.sign_in(&root).await).await;
    let session = second.session.clone();
    let form =
        Form::in_page(&app.server.get_as(&session, "/customers/new").await).filled_in(HOSTILE, "asha@example.in");
    app.run_sql("DELETE FROM sessions").await;
    let answer = app.server.post_as(&session, "/customers/new", form.body()).await;
    assert_form_pending(&answer, "/customers/new", &form.body());
    let code_page = sign_in(&app, &answer, &root, PASSWORD).await;
    assert_eq!(code_page.status, StatusCode::OK);
    code_page.assert_shows("Enter your code");
    assert!(code_page.body.contains("action=\"/sign-in/code\""));
    let half = code_page.session();
    assert!(!app.is_signed_in(&half).await);

    let mut page = code_page;
    for (code, status) in [("000", 422), (&*second.recovery_codes[3], 200)] {
        let [next, pending_form] = ["next", "pending_form"].map(|name| page.input(name).expect("goes along"));
        assert_eq!((&*next, &*pending_form), ("/customers/new", &*form.body()));
        let sent = inputs(&[("code", code), ("next", &next), ("pending_form", &pending_form)]);
        page = app.server.post_as(&half, "/sign-in/code", sent).await;
        assert_eq!(page.status.as_u16(), status, "{}", page.visible_text());
    }
    let session = page.session();
    let (to, body) = sent_again(&page);
    let shown = app.server.post_as(&session, &to, body).await;
    assert_eq!(Form::in_page(&shown).body(), form.body());
    assert_eq!(app.count("customers").await, 0);

    // Nor is it lost where the session of the second step has ended, too.
    app.run_sql("DELETE FROM sessions").await;
    let sent = inputs(&[
        ("code", "1"),
        ("next", "/customers/new"),
        ("pending_form", &form.body()),
    ]);
    let again = app.server.post_as(&half, "/sign-in/code", sent).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED);
    assert_eq!(again.input("pending_form"), Some(form.body()));
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_resumed_invitation_is_shown_and_not_sent(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let root = app.add_user("Root", Role::Admin).await;
    let body = inputs(&[("name", HOSTILE), ("email", "ravi@people.example"), ("role", "Sales")]);
    let answer = app.server.post_as("", "/settings/users/new", body.clone()).await;
    assert_form_pending(&answer, "/settings/users/new", &body);
    let entered = sign_in(&app, &answer, &root, PASSWORD).await;
    let (to, body) = sent_again(&entered);
    let shown = app.server.post_as(&entered.session(), &to, body).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert_eq!(shown.input("name").as_deref(), Some(HOSTILE));
    assert_eq!(shown.input("email").as_deref(), Some("ravi@people.example"));
    assert!(!shown.body.contains("<script>alert"));
    assert_eq!(app.count("users").await, 1);
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn passwords_are_not_in_a_pending_form(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let all = inputs(&[
        ("password", PASSWORD),
        ("new_password", ANOTHER),
        ("code", "123456"),
        ("secret", "SECRETSECRET"),
    ]);
    for address in [
        "/account/password",
        "/account/two-step",
        "/account/two-step/off",
        "/account/recovery-codes",
        "/account/sessions",
    ] {
        let answer = app.server.post_as("", address, all.clone()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{address}");
        assert_eq!(answer.input("pending_form"), None, "{address}");
        assert_eq!(answer.input("next").as_deref(), Some(address));
        for secret in [PASSWORD, ANOTHER, "123456", "SECRETSECRET"] {
            assert!(!answer.body.contains(secret), "{address}");
        }
    }
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn sign_in_never_redirects_to_another_site(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    for (next, to) in [
        ("/account?x=1", "/account?x=1"),
        ("", "/customers"),
        ("https://evil.example/", "/customers"),
        ("//evil.example/", "/customers"),
        ("/\\evil.example", "/customers"),
        ("/\t/evil.example", "/customers"),
        ("javascript:alert(1)", "/customers"),
        ("/sign-in?next=//evil.example", "/customers"),
        ("account", "/customers"),
    ] {
        let form = |pending_form| {
            inputs(&[
                ("email", &*asha.email),
                ("password", PASSWORD),
                ("next", next),
                ("pending_form", pending_form),
            ])
        };
        let entered = app.server.post_as("", "/sign-in", form("")).await;
        assert_eq!(
            (entered.status.as_u16(), entered.header("location")),
            (303, to),
            "{next:?}"
        );
        let entered = app.server.post_as("", "/sign-in", form("name=x")).await;
        assert_eq!(sent_again(&entered).0, to, "{next:?}");
    }
    app.close().await;
}
