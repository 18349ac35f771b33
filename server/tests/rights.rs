//! Who may do what: every function, page and form of the running program, asked by everybody. The program itself says what there is;
//! one that is missing from the table here fails the test.

mod browser;

use app::people::model::roles::Right::{self, Administer, Browse, EditCustomers};
use app::people::model::roles::Role;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use browser::{Answer, Site};
use sqlx::PgPool;
use uuid::Uuid;

/// Who may come in by a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    /// Also who is not signed in.
    Anybody,
    /// Whoever is signed in, whatever the role.
    Member,
    /// Whose role has the right.
    With(Right),
}

/// What the rest of the table is measured by.
fn may(who: Who, asker: &Asker) -> bool {
    match (who, asker.role) {
        (Who::Anybody, _) => true,
        (_, None) => false,
        (Who::Member, Some(_)) => true,
        (Who::With(right), Some(role)) => role.may(right),
    }
}

/// The functions: who may call them, and with what.
fn function(path: &str) -> (Who, &'static str) {
    match path {
        "/api/customers/list" => (Who::With(Browse), "address="),
        "/api/customers/record" | "/api/history/customer" => (Who::With(Browse), "id={customer}"),
        "/api/customers/find" => (Who::With(Browse), "search=Asha"),
        "/api/customers/columns" => (Who::With(Browse), ""),
        "/api/customers/form" | "/api/customers/deletion" => (Who::With(EditCustomers), "id={customer}"),
        "/api/customers/save" => (Who::With(EditCustomers), "form=id%3D{new}%26name%3DX"),
        "/api/customers/delete" | "/api/customers/restore" => (Who::With(EditCustomers), "id={customer}"),
        "/api/customers/deleted" => (Who::With(EditCustomers), ""),
        "/api/history/list" => (Who::With(Administer), "address="),
        "/api/people/account" | "/api/people/roles" | "/api/people/two-step" => (Who::Member, ""),
        "/api/people/users" => (Who::With(Administer), ""),
        "/api/people/link" => (Who::Anybody, "token={nothing}"),
        "/api/people/demo" | "/api/told" => (Who::Anybody, ""),
        other => panic!("a function that the table does not know: {other}"),
    }
}

/// The pages, as the router spells them.
fn page(path: &str) -> Who {
    match path {
        "/customers" | "/customers/{id}" => Who::With(Browse),
        "/customers/new" | "/customers/deleted" | "/customers/{id}/edit" | "/customers/{id}/delete" => {
            Who::With(EditCustomers)
        }
        "/sign-in" | "/link/{token}" => Who::Anybody,
        // Of whoever has given the password: a member is led on.
        "/sign-in/code" => Who::Member,
        "/account"
        | "/account/password"
        | "/account/two-step"
        | "/account/two-step/off"
        | "/account/recovery-codes" => Who::Member,
        "/settings/roles" => Who::Member,
        "/settings/roles/sessions" | "/settings/roles/{role}/two-step" => Who::With(Administer),
        "/settings/users" | "/settings/users/new" | "/settings/users/{id}/{action}" | "/history" => {
            Who::With(Administer)
        }
        other => panic!("a page that the table does not know: {other}"),
    }
}

/// The forms, as the router spells them, and what is sent.
fn form(path: &str) -> (Who, &'static str) {
    match path {
        "/customers/new" => (Who::With(EditCustomers), "id={new}&name=X"),
        "/customers/{id}/edit" => (
            Who::With(EditCustomers),
            "id={customer}&version=1&account=LM-0000001&name=X",
        ),
        "/customers/{id}/delete" | "/customers/{id}/restore" => (Who::With(EditCustomers), ""),
        "/customers/columns" => (Who::With(Browse), "column=city"),
        "/sign-in" => (Who::Anybody, "email=nobody%40example.in&password=wrong"),
        "/sign-in/code" => (Who::Member, "code=000000"),
        "/sign-in/demo" => (Who::Anybody, "role=Admin"),
        "/sign-out" => (Who::Anybody, ""),
        "/link/{token}" => (Who::Anybody, "password=x"),
        "/account/password" => (Who::Member, "password=wrong&new_password=nine green kettles sing"),
        "/account/two-step" => (Who::Member, "secret=x"),
        "/account/two-step/off" | "/account/recovery-codes" => (Who::Member, "password=wrong"),
        "/account/sessions" => (Who::Member, "session=00000000-0000-7000-8000-000000000000"),
        "/settings/users/new" => (Who::With(Administer), "name=&email=&role="),
        "/settings/users/{id}/{action}" => (Who::With(Administer), ""),
        "/settings/roles/sessions" => (Who::With(Administer), "idle_minutes=x"),
        "/settings/roles/{role}/two-step" => (Who::With(Administer), "two_step=optional"),
        other => panic!("a form that the table does not know: {other}"),
    }
}

/// Somebody who asks.
struct Asker {
    name: &'static str,
    session: String,
    /// None where the session opens nothing.
    role: Option<Role>,
    /// Whether the session is there, and not far enough in.
    half_way: bool,
}

/// Everybody who could ask.
async fn askers(site: &Site, pool: &PgPool) -> Vec<Asker> {
    let mut all = vec![Asker {
        name: "signed out",
        session: String::new(),
        role: None,
        half_way: false,
    }];
    for role in Role::ALL {
        let session = site.sign_in(*role).await;
        all.push(Asker {
            name: role.word(),
            session,
            role: Some(*role),
            half_way: false,
        });
    }
    let latest = "(SELECT user_id FROM sessions ORDER BY id DESC LIMIT 1)";
    for (name, change, half_way) in [
        ("disabled", "UPDATE users SET disabled_at = now() WHERE id =", false),
        (
            "idle for too long",
            "UPDATE sessions SET last_seen_at = now() - interval '61 minutes' WHERE user_id =",
            false,
        ),
        (
            "signed in too long ago",
            "UPDATE sessions SET signed_in_at = now() - interval '721 minutes' WHERE user_id =",
            false,
        ),
        (
            "without the code of the second step",
            "UPDATE users SET totp_secret = decode(repeat('00', 20), 'hex') WHERE id =",
            true,
        ),
    ] {
        let session = site.sign_in(Role::Admin).await;
        sqlx::query(sqlx::AssertSqlSafe(format!("{change} {latest}")))
            .execute(pool)
            .await
            .expect("changed");
        all.push(Asker {
            name,
            session,
            role: None,
            half_way,
        });
    }
    all
}

/// A customer and a user of the moment, for the places in an address or a body.
struct Subjects {
    customer: Uuid,
    user: Uuid,
}

impl Subjects {
    async fn new(site: &Site, pool: &PgPool) -> Self {
        let email = format!("{}@example.in", Uuid::now_v7());
        let customer = site.create("Asha Secret", &email).await;
        site.sign_in(Role::Staff).await;
        let user = sqlx::query_scalar("SELECT user_id FROM sessions ORDER BY id DESC LIMIT 1");
        Self {
            customer,
            user: user.fetch_one(pool).await.expect("a user"),
        }
    }

    fn fill(&self, text: &str) -> String {
        let id = if text.contains("/settings/") {
            self.user
        } else {
            self.customer
        };
        text.replace(":id", &id.to_string())
            .replace("{id}", &id.to_string())
            .replace("{customer}", &self.customer.to_string())
            .replace("{new}", &Uuid::now_v7().to_string())
            .replace("{action}", "sessions")
            .replace("{role}", "Staff")
            .replace("{token}", "nothing")
            .replace("{nothing}", "nothing")
    }
}

async fn ask(site: &Site, asker: &Asker, method: &Method, address: &str, body: &str) -> Answer {
    let accept = if address.starts_with("/api/") {
        "application/json"
    } else {
        "text/html"
    };
    let request = Request::builder()
        .method(method)
        .uri(address)
        .header(header::ACCEPT, accept)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body.to_owned()))
        .expect("a request");
    site.send_as(&asker.session, request).await
}

/// Nothing of a customer or of somebody else is in the answer.
fn leaks_nothing(answer: &Answer, what: &str) {
    for secret in ["Asha Secret", "@staff.example", "MG Road", "98450"] {
        assert!(!answer.body.contains(secret), "{what}: {secret} in {}", answer.body);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn functions_open_to_whom_they_should(pool: PgPool) {
    let site = Site::over(&pool).await;
    let askers = askers(&site, &pool).await;
    let functions: Vec<(&str, Method)> = leptos::server_fn::axum::server_fn_paths().collect();
    assert!(functions.len() > 10, "the program knows its functions: {functions:?}");
    for (path, method) in functions {
        let (who, arguments) = function(path);
        let subjects = Subjects::new(&site, &pool).await;
        // Those who may not come first: what the others do may take the subject away.
        let (in_, out): (Vec<_>, Vec<_>) = askers.iter().partition(|asker| may(who, asker));
        for asker in out.into_iter().chain(in_) {
            let filled = subjects.fill(arguments);
            let answer = if method == Method::GET {
                ask(&site, asker, &method, &format!("{path}?{filled}"), "").await
            } else {
                ask(&site, asker, &method, path, &filled).await
            };
            let what = format!("{method} {path} by {}: {}", asker.name, answer.status);
            if may(who, asker) {
                assert!(
                    ![StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&answer.status)
                        && !answer.status.is_redirection()
                        && !answer.status.is_server_error(),
                    "{what} {}",
                    answer.body
                );
                continue;
            }
            let refused = if asker.role.is_some() {
                (StatusCode::FORBIDDEN, "\"Forbidden\"")
            } else {
                (StatusCode::UNAUTHORIZED, "\"SignedOut\"")
            };
            assert_eq!((answer.status, answer.body.as_str()), refused, "{what}");
        }
    }
    site.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn pages_open_to_whom_they_should(pool: PgPool) {
    let site = Site::over(&pool).await;
    let askers = askers(&site, &pool).await;
    let subjects = Subjects::new(&site, &pool).await;
    let pages = server::router::page_paths();
    assert!(pages.len() > 10, "the program knows its pages: {pages:?}");
    for path in pages {
        let who = page(&path);
        for asker in &askers {
            let answer = ask(&site, asker, &Method::GET, &subjects.fill(&path), "").await;
            let what = format!(
                "{path} by {}: {} {}",
                asker.name,
                answer.status,
                answer.header("location")
            );
            let led_to_sign_in =
                answer.status == StatusCode::SEE_OTHER && answer.header("location").starts_with("/sign-in");
            if may(who, asker) {
                assert!(!led_to_sign_in && answer.status != StatusCode::FORBIDDEN, "{what}");
                assert!(!answer.status.is_server_error(), "{what}");
            } else if asker.role.is_some() {
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{what}");
                assert!(
                    answer.seen().contains("Your role does not allow this"),
                    "{what} {}",
                    answer.seen()
                );
                if who == Who::With(Administer) {
                    leaks_nothing(&answer, &what);
                }
            } else if asker.half_way {
                let there = path == "/sign-in/code" && answer.status == StatusCode::OK;
                assert!(there || led_to_sign_in, "{what}");
                leaks_nothing(&answer, &what);
            } else {
                assert!(led_to_sign_in, "{what}");
                leaks_nothing(&answer, &what);
            }
        }
    }
    // What is no page at all tells a stranger nothing either.
    for path in ["/", "/nonsense", "/settings", "/customers/7"] {
        let answer = ask(&site, &askers[0], &Method::GET, path, "").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
    }
    site.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn forms_open_to_whom_they_should(pool: PgPool) {
    let site = Site::over(&pool).await;
    let forms = server::router::form_paths();
    assert!(forms.len() > 10, "the program knows its forms: {forms:?}");
    for path in forms {
        let (who, body) = form(path);
        // Anew for each, since some of them end the session that sends them.
        let askers = askers(&site, &pool).await;
        let subjects = Subjects::new(&site, &pool).await;
        let (in_, out): (Vec<_>, Vec<_>) = askers.iter().partition(|asker| may(who, asker));
        for asker in out.into_iter().chain(in_) {
            let answer = ask(&site, asker, &Method::POST, &subjects.fill(path), &subjects.fill(body)).await;
            let what = format!("{path} by {}: {}", asker.name, answer.status);
            if may(who, asker) {
                assert!(
                    ![StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&answer.status)
                        && !answer.status.is_server_error(),
                    "{what} {}",
                    answer.body
                );
            } else if asker.role.is_some() {
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{what}");
                assert!(
                    answer.seen().contains("Your role does not allow this"),
                    "{what} {}",
                    answer.seen()
                );
            } else if asker.half_way && path == "/sign-in/code" {
                assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{what}");
            } else {
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{what}");
                assert!(answer.seen().contains("Sign in"), "{what}");
                leaks_nothing(&answer, &what);
            }
        }
        let kept: (String, i64) = sqlx::query_as("SELECT name, version FROM customers WHERE id = $1")
            .bind(subjects.customer)
            .fetch_one(&pool)
            .await
            .expect("a customer");
        assert_eq!(kept.0, "Asha Secret", "{path}");
    }
    site.close().await;
}
