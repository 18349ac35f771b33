//! What the forms say to browsers and password managers, as the HTML standard names it.

use app::base::roles::Role;
use app::users::service::invitations;
use axum::http::StatusCode;
use sqlx::PgPool;

use crate::examples::Examples;
use crate::test_client::test_app::{PASSWORD, TestApp};
use crate::test_client::{TestResponse, attribute};

/// The tokens that the program uses, all of them the standard's.
const TOKENS: &[&str] = &[
    "off",
    "username",
    "current-password",
    "new-password",
    "one-time-code",
    "name",
];
/// The types of inputs that are typed into.
const TYPED: &[&str] = &["text", "email", "password", "tel", "search", "date", "url", "number"];

/// The forms of a page: the tags of the inputs and textareas of each, and of those outside of one.
fn forms(page: &TestResponse) -> Vec<Vec<String>> {
    let mut forms = vec![Vec::new()];
    for tag in page
        .body
        .split('<')
        .map(|tag| tag.split('>').next().unwrap_or_default())
    {
        if tag.starts_with("form ") || tag == "/form" {
            forms.push(Vec::new());
        } else if (tag.starts_with("input ") || tag.starts_with("textarea "))
            && let Some(form) = forms.last_mut()
        {
            form.push(tag.to_owned());
        }
    }
    forms
}

/// Checks the forms of a page, and gives the tokens of all of its inputs.
fn check(address: &str, page: &TestResponse) -> Vec<String> {
    let mut all = Vec::new();
    for form in forms(page) {
        let has = |tag: &String, token: &str| attribute(tag, "autocomplete").as_deref() == Some(token);
        for tag in &form {
            let kind = attribute(tag, "type").unwrap_or_else(|| "text".into());
            let is_typed = TYPED.contains(&&*kind) && !tag.split_whitespace().any(|word| word.starts_with("readonly"));
            // What is longer than it may be is judged, and not cut off.
            assert_eq!(attribute(tag, "maxlength"), None, "{address}: {tag}");
            let token = attribute(tag, "autocomplete");
            assert!(token.is_some() || !is_typed, "{address}: no token in {tag}");
            let Some(token) = token else { continue };
            assert!(TOKENS.contains(&&*token), "{address}: {tag}");
            if kind == "hidden" {
                // Firefox would else fill in what the input held before the page was loaded again.
                assert_eq!(token, "off", "{address}: password managers pass over {tag}");
                continue;
            }
            let is_password = token.ends_with("-password");
            assert_eq!(kind == "password", is_password, "{address}: {tag}");
            if token == "one-time-code" {
                assert_eq!(
                    attribute(tag, "inputmode").as_deref(),
                    Some("numeric"),
                    "{address}: {tag}"
                );
            }
            all.push(token);
        }
        let asks_password = form
            .iter()
            .any(|tag| attribute(tag, "type").as_deref() == Some("password"));
        let names: Vec<&String> = form.iter().filter(|tag| has(tag, "username")).collect();
        assert_eq!(names.len(), usize::from(asks_password), "{address}: {form:?}");
        // The standard's order: whose password comes before the password.
        if let Some(name) = names.first() {
            let at = |wanted: &dyn Fn(&String) -> bool| form.iter().position(wanted);
            assert!(
                at(&|tag| tag == *name) < at(&|tag| attribute(tag, "type").as_deref() == Some("password")),
                "{address}"
            );
            let is_read_only = name.contains(" readonly");
            let value = attribute(name, "value").unwrap_or_default();
            assert!(!is_read_only || value.contains('@'), "{address}: whose? {name}");
            // It is for password managers alone, and not sent.
            if is_read_only {
                assert!(
                    attribute(name, "name").is_none()
                        && name.contains("tabindex=\"-1\"")
                        && name.contains("aria-hidden=\"true\""),
                    "{name}"
                );
            }
        }
    }
    all
}

#[sqlx::test(migrations = "../migrations")]
async fn every_input_says_what_it_is_for(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let (admin, asha) = (
        app.add_user("Root", Role::Admin).await,
        app.add_user("Asha", Role::Sales).await,
    );
    let session = app.sign_in(&admin).await;
    let link = app.make_link(&session, &asha).await;
    let tokens = async |session: &str, address: &str| {
        let page = app.server.get_as(session, address).await;
        assert_eq!(page.status, StatusCode::OK, "{address}: {}", page.visible_text());
        let mut tokens = check(address, &page);
        tokens.retain(|token| token != "off");
        tokens.join(" ")
    };
    for (address, expected) in [
        ("/sign-in", "username current-password"),
        (&*link, "username new-password"),
    ] {
        assert_eq!(tokens("", address).await, expected, "{address}");
    }
    for (address, expected) in [
        ("/account/password", "username current-password new-password"),
        ("/account/two-step", "one-time-code username current-password"),
        ("/account/two-step/off", "username current-password one-time-code"),
        ("/account/recovery-codes", "username current-password one-time-code"),
        ("/account/sessions", "username current-password"),
        ("/settings/users/new", ""),
        ("/settings/roles/sessions", ""),
        ("/customers", ""),
        ("/customers/new", ""),
        ("/leads/new", ""),
        ("/leads/board", ""),
        ("/served-pin-codes/new", ""),
        ("/plans/new", ""),
        ("/history", ""),
    ] {
        assert_eq!(tokens(&session, address).await, expected, "{address}");
    }
    let examples = Examples::new(&app, &session, asha.id, "Asha Rao", "Mysuru").await;
    for address in examples.addresses() {
        tokens(&session, &address).await;
    }
    let required = app
        .server
        .post_as(&session, "/settings/roles/Sales/two-step", "two_step=required")
        .await;
    assert_eq!(required.status, StatusCode::SEE_OTHER);
    let ravi = app.sign_in(&app.add_user("Ravi", Role::Sales).await).await;
    assert_eq!(
        tokens(&ravi, "/account/two-step").await,
        "one-time-code username current-password"
    );
    app.turn_two_step_on(&session).await;
    let half = app.try_sign_in(&admin.email, PASSWORD).await.session();
    assert_eq!(tokens(&half, "/sign-in/code").await, "one-time-code");
    app.close().await;
}

/// Of the first Admin nobody knows the email yet: it is typed.
#[sqlx::test(migrations = "../migrations")]
async fn the_first_admin_types_the_user_name(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let link = invitations::invite_first_admin(&app.context())
        .await
        .expect("a database")
        .expect("a link");
    let path = link
        .rsplit_once("/link/")
        .map(|(_, token)| format!("/link/{token}"))
        .expect("its path");
    let page = app.server.get_as("", &path).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(check(&path, &page), ["name", "username", "new-password"]);
    app.close().await;
}
