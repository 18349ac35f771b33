//! Who may do what: every function, page and form of the running program, requested by every kind of user. The program itself lists them;
//! one that is missing from the table here fails the test.

mod test_client;

use app::base::error::AppError;
use app::base::roles::Permission::{
    self, Administer, Bill, Browse, EditCustomers, ManageServices, SellServices, TakePayments, WorkLeads,
};
use app::base::roles::Role;
use app::users::model::totp::SharedSecret;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use sqlx::PgPool;
use test_client::plan::PLAN;
use test_client::test_app::rows;
use test_client::{Form, TestResponse, TestServer, form_request, secret_keys};
use uuid::Uuid;

/// To whom something is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    /// Everybody, signed in or not.
    Anybody,
    /// Every user, whatever the role.
    User,
    /// Users whose role has a permission.
    With(Permission),
}

/// Whether somebody has access.
fn may(access: Access, caller: &Caller) -> bool {
    match (access, caller.role) {
        (Access::Anybody, _) => true,
        (_, None) => false,
        (Access::User, Some(_)) => true,
        (Access::With(permission), Some(role)) => role.may(permission),
    }
}

/// The functions: who may call them, and with what.
fn function(path: &str) -> (Access, &'static str) {
    match path {
        "/api/customers/list" => (Access::With(Browse), "address="),
        "/api/customers/record" | "/api/customers/timeline" => (Access::With(Browse), "id={customer}"),
        "/api/customers/choices" => (Access::With(Browse), ""),
        "/api/services/of_customer" => (Access::With(Browse), "customer={customer}"),
        "/api/customers/find" => (Access::With(Browse), "search=Asha"),
        "/api/customers/columns" => (Access::With(Browse), ""),
        "/api/customers/form" | "/api/customers/deletion" => (Access::With(EditCustomers), "id={customer}"),
        "/api/customers/save" => (Access::With(EditCustomers), "form=id%3D{new}%26name%3DX"),
        "/api/customers/delete" | "/api/customers/restore" => (Access::With(EditCustomers), "id={customer}"),
        "/api/customers/deleted" => (Access::With(EditCustomers), ""),
        "/api/leads/list" | "/api/leads/counts" | "/api/leads/board" | "/api/leads/board_counts" => {
            (Access::With(WorkLeads), "address=")
        }
        "/api/leads/record" | "/api/leads/timeline" | "/api/leads/form" | "/api/leads/deletion" => {
            (Access::With(WorkLeads), "id={lead}")
        }
        "/api/leads/choices" | "/api/leads/columns" | "/api/leads/deleted" | "/api/leads/my_day" => {
            (Access::With(WorkLeads), "")
        }
        "/api/leads/service" => (Access::With(WorkLeads), "pin_code=560001&plan=&speed="),
        "/api/leads/save" => (Access::With(WorkLeads), "form=id%3D{new}%26name%3DX"),
        "/api/leads/duplicates" => (Access::With(WorkLeads), "form=id%3D{new}%26name%3DX&id={lead}"),
        "/api/leads/conversion" => (Access::With(WorkLeads), "id={lead}"),
        "/api/leads/convert" => (Access::With(WorkLeads), "id={lead}&form=id%3D{new}%26name%3DX"),
        "/api/leads/of_customer" => (Access::With(WorkLeads), "customer={customer}"),
        "/api/leads/move" => (Access::With(WorkLeads), "id={lead}&card[from]=New&card[to]=New"),
        "/api/leads/delete" | "/api/leads/restore" => (Access::With(WorkLeads), "id={lead}"),
        "/api/served_pin_codes/list" | "/api/served_pin_codes/counts" => (Access::With(WorkLeads), "address="),
        "/api/served_pin_codes/record" | "/api/served_pin_codes/timeline" => (Access::With(WorkLeads), "id={served}"),
        "/api/served_pin_codes/columns" => (Access::With(WorkLeads), ""),
        "/api/served_pin_codes/form" | "/api/served_pin_codes/deletion" => (Access::With(Administer), "id={served}"),
        "/api/served_pin_codes/save" => (Access::With(Administer), "form=id%3D{new}%26pin_code%3DX"),
        "/api/served_pin_codes/delete" | "/api/served_pin_codes/restore" => (Access::With(Administer), "id={served}"),
        "/api/served_pin_codes/deleted" => (Access::With(Administer), ""),
        "/api/plans/list" | "/api/plans/counts" => (Access::With(Browse), "address="),
        "/api/plans/record" | "/api/plans/timeline" => (Access::With(Browse), "id={plan}"),
        "/api/plans/columns" => (Access::With(Browse), ""),
        "/api/bills/list" | "/api/bills/counts" | "/api/payments/list" | "/api/payments/counts" => {
            (Access::With(Browse), "address=")
        }
        "/api/bills/columns" | "/api/payments/columns" => (Access::With(Browse), ""),
        "/api/plans/form" | "/api/plans/deletion" => (Access::With(Administer), "id={plan}"),
        "/api/plans/save" => (Access::With(Administer), "form=id%3D{new}%26code%3DX"),
        "/api/plans/delete" | "/api/plans/restore" => (Access::With(Administer), "id={plan}"),
        "/api/plans/deleted" => (Access::With(Administer), ""),
        "/api/holidays/list" | "/api/holidays/counts" => (Access::With(Browse), "address="),
        "/api/holidays/record" | "/api/holidays/timeline" => (Access::With(Browse), "id={holiday}"),
        "/api/holidays/columns" => (Access::With(Browse), ""),
        "/api/holidays/form" | "/api/holidays/deletion" => (Access::With(Administer), "id={holiday}"),
        "/api/holidays/save" => (Access::With(Administer), "form=id%3D{new}%26name%3DX"),
        "/api/holidays/delete" | "/api/holidays/restore" => (Access::With(Administer), "id={holiday}"),
        "/api/holidays/deleted" => (Access::With(Administer), ""),
        "/api/billing/payment_form" => (Access::With(TakePayments), "customer={customer}"),
        "/api/billing/receipt" => (Access::With(Browse), "id={payment}"),
        "/api/billing/bill" => (Access::With(Browse), "id={bill}"),
        "/api/billing/preview" => (Access::With(Bill), "service={service}"),
        "/api/billing/statement" | "/api/billing/money" => (Access::With(Browse), "customer={customer}"),
        "/api/billing/provider" => (Access::With(Administer), ""),
        "/api/billing/dues" => (Access::With(Browse), "age=Over90"),
        "/api/jobs/list" => (Access::With(Administer), "address="),
        "/api/history/list" => (Access::With(Administer), "address="),
        "/api/users/account" | "/api/users/roles" | "/api/users/two-step" => (Access::User, ""),
        "/api/users/list" => (Access::With(Administer), ""),
        "/api/users/link" => (Access::Anybody, "token={nothing}"),
        "/api/users/demo" | "/api/users/current" | "/api/flash" => (Access::Anybody, ""),
        other => panic!("a function that the table does not know: {other}"),
    }
}

/// The pages, as the router spells them.
fn page(path: &str) -> Access {
    match path {
        "/customers" | "/customers/{id}" => Access::With(Browse),
        // They have no board and become nothing: these pages are not found, whoever asks.
        "/customers/board"
        | "/customers/{id}/convert"
        | "/served-pin-codes/board"
        | "/served-pin-codes/{id}/convert"
        | "/plans/board"
        | "/plans/{id}/convert"
        | "/holidays/board"
        | "/holidays/{id}/convert" => Access::With(Browse),
        "/customers/new" | "/customers/deleted" | "/customers/{id}/edit" | "/customers/{id}/delete" => {
            Access::With(EditCustomers)
        }
        "/leads"
        | "/leads/board"
        | "/leads/{id}"
        | "/leads/new"
        | "/leads/deleted"
        | "/leads/{id}/edit"
        | "/leads/{id}/delete"
        | "/leads/{id}/convert"
        | "/my-day" => Access::With(WorkLeads),
        "/served-pin-codes" | "/served-pin-codes/{id}" => Access::With(WorkLeads),
        "/served-pin-codes/new"
        | "/served-pin-codes/deleted"
        | "/served-pin-codes/{id}/edit"
        | "/served-pin-codes/{id}/delete" => Access::With(Administer),
        "/plans" | "/plans/{id}" => Access::With(Browse),
        "/plans/new" | "/plans/deleted" | "/plans/{id}/edit" | "/plans/{id}/delete" => Access::With(Administer),
        "/holidays" | "/holidays/{id}" => Access::With(Browse),
        "/holidays/new" | "/holidays/deleted" | "/holidays/{id}/edit" | "/holidays/{id}/delete" => {
            Access::With(Administer)
        }
        "/payments/new/{id}" => Access::With(TakePayments),
        "/payments" | "/bills" | "/payments/{id}" | "/bills/{id}" | "/statements/{id}" | "/dues" => {
            Access::With(Browse)
        }
        "/payments/{id}/reverse" | "/bills/{id}/credit" | "/bills/new/{id}" => Access::With(Bill),
        "/settings/provider" => Access::With(Administer),
        "/services/{customer}" => Access::With(Browse),
        "/services/{customer}/order" => Access::With(SellServices),
        "/services/{customer}/{id}/{action}" => Access::With(ManageServices),
        "/sign-in" | "/link/{token}" => Access::Anybody,
        // For whoever has given the password; others are redirected.
        "/sign-in/code" => Access::User,
        "/account"
        | "/account/password"
        | "/account/two-step"
        | "/account/two-step/off"
        | "/account/recovery-codes"
        | "/account/sessions" => Access::User,
        "/settings/roles" => Access::User,
        "/settings/roles/sessions" | "/settings/roles/{role}/two-step" => Access::With(Administer),
        "/settings/users" | "/settings/users/new" | "/settings/users/{id}/{action}" | "/history" | "/jobs" => {
            Access::With(Administer)
        }
        other => panic!("a page that the table does not know: {other}"),
    }
}

/// The forms, as the router spells them, and what is sent.
fn form(path: &str) -> (Access, &'static str) {
    match path {
        "/customers/new" => (Access::With(EditCustomers), "id={new}&name=X"),
        "/customers/{id}/edit" => (
            Access::With(EditCustomers),
            "id={customer}&version=1&reference=LM-0000001&name=X",
        ),
        "/customers/{id}/delete" | "/customers/{id}/restore" => (Access::With(EditCustomers), ""),
        "/customers/columns" => (Access::With(Browse), "column=city"),
        "/leads/new" => (Access::With(WorkLeads), "id={new}&name=X"),
        "/leads/{id}/edit" => (
            Access::With(WorkLeads),
            "id={lead}&version=1&reference=LD-0000001&name=X",
        ),
        "/leads/{id}/delete" | "/leads/{id}/restore" => (Access::With(WorkLeads), ""),
        "/leads/{id}/convert" => (Access::With(WorkLeads), "id={new}&name=X"),
        "/leads/{id}/move" => (Access::With(WorkLeads), "from=New&to=Contacted"),
        "/leads/columns" => (Access::With(WorkLeads), "column=city"),
        "/served-pin-codes/new" => (Access::With(Administer), "id={new}&pin_code=X"),
        "/served-pin-codes/{id}/edit" => (
            Access::With(Administer),
            "id={served}&version=1&reference=Indiranagar&pin_code=X",
        ),
        "/served-pin-codes/{id}/delete" | "/served-pin-codes/{id}/restore" => (Access::With(Administer), ""),
        "/served-pin-codes/columns" => (Access::With(WorkLeads), "column=city"),
        "/plans/new" => (Access::With(Administer), "id={new}&code=X"),
        "/plans/{id}/edit" => (Access::With(Administer), "id={plan}&version=1&reference=FIB-100&code=X"),
        "/plans/{id}/delete" | "/plans/{id}/restore" => (Access::With(Administer), ""),
        "/plans/columns" => (Access::With(Browse), "column=sac"),
        "/holidays/new" => (Access::With(Administer), "id={new}&name=X"),
        "/holidays/{id}/edit" => (Access::With(Administer), "id={holiday}&version=1&reference=x&name=X"),
        "/holidays/{id}/delete" | "/holidays/{id}/restore" => (Access::With(Administer), ""),
        "/holidays/columns" => (Access::With(Browse), "column=day"),
        "/bills/columns" | "/payments/columns" => (Access::With(Browse), "column=state"),
        "/payments/new/{id}" => (Access::With(TakePayments), "id={new}&amount=0"),
        "/payments/{id}/reverse" => (Access::With(Bill), "version=9&state=Reversed&day=2026-11-23&reason=x"),
        "/bills/new/{id}" => (Access::With(Bill), "id={new}&from=2026-11-01&to=2026-11-30&total=0"),
        "/bills/{id}/credit" => (Access::With(Bill), "id={new}&line1=0&reason=x"),
        "/settings/provider" => (Access::With(Administer), "version=9&name="),
        "/jobs/{id}/retry" | "/jobs/{id}/stop" => (Access::With(Administer), "version=1"),
        "/services/{customer}/order" => (Access::With(SellServices), "id={new}&plan=x&day=x"),
        "/services/{customer}/{id}/{action}" => (Access::With(ManageServices), "version=1"),
        "/sign-in" => (Access::Anybody, "email=nobody%40example.in&password=wrong"),
        "/sign-in/code" => (Access::User, "code=000000"),
        "/sign-in/demo" => (Access::Anybody, "role=Admin"),
        "/sign-in/again" => (Access::Anybody, "user={user}"),
        "/sign-out" => (Access::Anybody, ""),
        "/link/{token}" => (Access::Anybody, "password=x"),
        "/account/password" => (Access::User, "password=wrong&new_password=nine green kettles sing"),
        "/account/two-step" => (Access::User, "secret=x"),
        "/account/two-step/off" | "/account/recovery-codes" => (Access::User, "password=wrong"),
        "/account/sessions" => (Access::User, "session=00000000-0000-7000-8000-000000000000"),
        "/settings/users/new" => (Access::With(Administer), "name=&email=&role="),
        "/settings/users/{id}/{action}" => (Access::With(Administer), ""),
        "/settings/roles/sessions" => (Access::With(Administer), "idle_minutes=x"),
        "/settings/roles/{role}/two-step" => (Access::With(Administer), "two_step=optional"),
        other => panic!("a form that the table does not know: {other}"),
    }
}

/// Somebody who sends requests.
struct Caller {
    name: &'static str,
    session: String,
    /// None where the session is not authenticated completely.
    role: Option<Role>,
    /// Whether there is a session, before its last step.
    half_way: bool,
}

/// Every kind of caller.
async fn callers(server: &TestServer, pool: &PgPool) -> Vec<Caller> {
    let mut all = vec![Caller {
        name: "signed out",
        session: String::new(),
        role: None,
        half_way: false,
    }];
    for role in Role::ALL {
        let session = server.sign_in(*role).await;
        all.push(Caller {
            name: role.as_str(),
            session,
            role: Some(*role),
            half_way: false,
        });
    }
    for (name, change) in [
        ("disabled", "UPDATE users SET disabled_at = now() WHERE id = $1"),
        (
            "idle for too long",
            "UPDATE sessions SET last_seen_at = now() - interval '61 minutes' WHERE user_id = $1",
        ),
        (
            "signed in too long ago",
            "UPDATE sessions SET signed_in_at = now() - interval '721 minutes' WHERE user_id = $1",
        ),
    ] {
        let session = server.sign_in(Role::Admin).await;
        let changed = sqlx::query(change).bind(latest_user(pool).await).execute(pool).await;
        changed.expect("changed");
        all.push(Caller {
            name,
            session,
            role: None,
            half_way: false,
        });
    }
    let session = server.sign_in(Role::Admin).await;
    let user = latest_user(pool).await;
    let secret = SharedSecret::new().expect("random bytes");
    let sealed = secret_keys().seal(user, &secret).expect("a key");
    let set = sqlx::query("UPDATE users SET totp_secret = $2 WHERE id = $1").bind(user);
    set.bind(sealed.bytes()).execute(pool).await.expect("changed");
    all.push(Caller {
        name: "without the code of the second step",
        session,
        role: None,
        half_way: true,
    });
    all
}

/// Who has signed in last.
async fn latest_user(pool: &PgPool) -> Uuid {
    let found = sqlx::query_scalar("SELECT user_id FROM sessions ORDER BY id DESC LIMIT 1");
    found.fetch_one(pool).await.expect("a session")
}

/// A customer, a service, a lead, a served PIN code, a plan, a job and a user, for the placeholders in addresses and bodies.
struct ExampleIds {
    customer: Uuid,
    lead: Uuid,
    served: Uuid,
    plan: Uuid,
    job: Uuid,
    service: Uuid,
    holiday: Uuid,
    user: Uuid,
}

impl ExampleIds {
    async fn new(server: &TestServer, pool: &PgPool) -> Self {
        let email = format!("{}@example.in", Uuid::now_v7());
        let customer = server.create("Asha Secret", &email).await;
        let service = "INSERT INTO services (id, customer_id, plan_id, status, price_paise, starts_on, anchor_day, created_at, updated_at)
                       VALUES ($1, $2, $3, 'Active', 100, '2026-01-01', 1, now(), now()) RETURNING id";
        let service = sqlx::query_scalar(service)
            .bind(Uuid::now_v7())
            .bind(customer)
            .bind(PLAN);
        let service = service.fetch_one(pool).await;
        let holiday = "INSERT INTO holidays (id, day, name, name_key, search_text, created_at, updated_at)
                       SELECT $1, '2020-01-01'::date + count(*)::integer, 'Holi', 'holi', ' holi', now(), now() FROM holidays RETURNING id";
        let holiday = sqlx::query_scalar(holiday).bind(Uuid::now_v7()).fetch_one(pool).await;
        let lead = server.create_lead("Ravi Secret").await;
        let pin_code = format!("{}", 100_000 + Uuid::now_v7().as_u128() % 900_000);
        let served = server.create_served_pin_code(&pin_code).await;
        let plan = server.create_plan(&format!("P-{pin_code}")).await;
        let job = "INSERT INTO jobs (id, kind, payload, run_at, max_attempts, created_at)
                   VALUES ($1, 'Clean up', '{}', now(), 10, now()) RETURNING id";
        let job = sqlx::query_scalar(job).bind(Uuid::now_v7()).fetch_one(pool).await;
        server.sign_in(Role::Staff).await;
        let user = sqlx::query_scalar("SELECT user_id FROM sessions ORDER BY id DESC LIMIT 1");
        Self {
            customer,
            lead,
            served,
            plan,
            job: job.expect("a job"),
            service: service.expect("a service"),
            holiday: holiday.expect("a holiday"),
            user: user.fetch_one(pool).await.expect("a user"),
        }
    }

    fn fill(&self, text: &str) -> String {
        let id = if text.contains("/settings/") {
            self.user
        } else if text.starts_with("/leads") {
            self.lead
        } else if text.starts_with("/served-pin-codes") {
            self.served
        } else if text.starts_with("/plans") {
            self.plan
        } else if text.starts_with("/jobs") {
            self.job
        } else if text.starts_with("/services") {
            self.service
        } else if text.starts_with("/holidays") {
            self.holiday
        } else {
            self.customer
        };
        let action = match text.starts_with("/services") {
            true => "suspend",
            false => "sessions",
        };
        text.replace(":id", &id.to_string())
            .replace("{id}", &id.to_string())
            .replace("{customer}", &self.customer.to_string())
            // There are no such: whoever may ask is told so.
            .replace("{payment}", &self.customer.to_string())
            .replace("{bill}", &self.customer.to_string())
            .replace("{service}", &self.customer.to_string())
            .replace("{lead}", &self.lead.to_string())
            .replace("{served}", &self.served.to_string())
            .replace("{plan}", &self.plan.to_string())
            .replace("{holiday}", &self.holiday.to_string())
            .replace("{user}", &self.user.to_string())
            .replace("{new}", &Uuid::now_v7().to_string())
            .replace("{action}", action)
            .replace("{role}", "Staff")
            .replace("{token}", "nothing")
            .replace("{nothing}", "nothing")
    }
}

async fn ask(server: &TestServer, caller: &Caller, method: &Method, address: &str, body: &str) -> TestResponse {
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
    server.send_as(&caller.session, request).await
}

/// The answer holds nothing of a customer or of another user.
fn leaks_nothing(answer: &TestResponse, what: &str) {
    for secret in ["Asha Secret", "Ravi Secret", "@staff.example", "MG Road", "98450"] {
        assert!(!answer.body.contains(secret), "{what}: {secret} in {}", answer.body);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn functions_check_permissions(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let callers = callers(&server, &pool).await;
    let functions: Vec<(&str, Method)> = leptos::server_fn::axum::server_fn_paths().collect();
    assert!(functions.len() > 10, "the program knows its functions: {functions:?}");
    for (path, method) in functions {
        let (access, arguments) = function(path);
        let ids = ExampleIds::new(&server, &pool).await;
        // Those who may not come first: what the others do may take the subject away.
        let (in_, out): (Vec<_>, Vec<_>) = callers.iter().partition(|caller| may(access, caller));
        for caller in out.into_iter().chain(in_) {
            let filled = ids.fill(arguments);
            let answer = if method == Method::GET {
                ask(&server, caller, &method, &format!("{path}?{filled}"), "").await
            } else {
                ask(&server, caller, &method, path, &filled).await
            };
            let what = format!("{method} {path} by {}: {}", caller.name, answer.status);
            if may(access, caller) {
                assert!(
                    ![StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&answer.status)
                        && !answer.status.is_redirection()
                        && !answer.status.is_server_error(),
                    "{what} {}",
                    answer.body
                );
                continue;
            }
            let error: AppError = serde_json::from_str(&answer.body).expect(&what);
            let is_refused = match caller.role {
                Some(_) => answer.status == StatusCode::FORBIDDEN && matches!(error, AppError::Forbidden(_)),
                None => answer.status == StatusCode::UNAUTHORIZED && error == AppError::SignedOut,
            };
            assert!(is_refused, "{what} {}", answer.body);
        }
    }
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn pages_check_permissions(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let callers = callers(&server, &pool).await;
    let ids = ExampleIds::new(&server, &pool).await;
    let pages = server::router::page_paths();
    assert!(pages.len() > 10, "the program knows its pages: {pages:?}");
    for path in pages {
        let access = page(&path);
        for caller in &callers {
            let answer = ask(&server, caller, &Method::GET, &ids.fill(&path), "").await;
            let what = format!(
                "{path} by {}: {} {}",
                caller.name,
                answer.status,
                answer.header("location")
            );
            let led_to_sign_in =
                answer.status == StatusCode::SEE_OTHER && answer.header("location").starts_with("/sign-in");
            if may(access, caller) {
                assert!(!led_to_sign_in && answer.status != StatusCode::FORBIDDEN, "{what}");
                assert!(!answer.status.is_server_error(), "{what}");
            } else if caller.role.is_some() {
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{what}");
                assert!(
                    answer.seen().contains("You don't have permission to "),
                    "{what} {}",
                    answer.seen()
                );
                if access == Access::With(Administer) || access == Access::With(WorkLeads) {
                    leaks_nothing(&answer, &what);
                }
            } else if caller.half_way {
                let there = path == "/sign-in/code" && answer.status == StatusCode::OK;
                assert!(there || led_to_sign_in, "{what}");
                leaks_nothing(&answer, &what);
            } else {
                assert!(led_to_sign_in, "{what}");
                leaks_nothing(&answer, &what);
            }
        }
    }
    // An address that is no page tells nothing to callers without a session either.
    for path in ["/", "/nonsense", "/settings", "/customers/7"] {
        let answer = ask(&server, &callers[0], &Method::GET, path, "").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
    }
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn forms_check_permissions(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let forms = server::router::form_paths();
    assert!(forms.len() > 10, "the program knows its forms: {forms:?}");
    for path in forms {
        let (access, body) = form(&path);
        // Anew for each, since some of them end the session that sends them.
        let callers = callers(&server, &pool).await;
        let ids = ExampleIds::new(&server, &pool).await;
        let (in_, out): (Vec<_>, Vec<_>) = callers.iter().partition(|caller| may(access, caller));
        for caller in out.into_iter().chain(in_) {
            let answer = ask(&server, caller, &Method::POST, &ids.fill(&path), &ids.fill(body)).await;
            let what = format!("{path} by {}: {}", caller.name, answer.status);
            if may(access, caller) {
                assert!(
                    ![StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&answer.status)
                        && !answer.status.is_server_error(),
                    "{what} {}",
                    answer.body
                );
            } else if caller.role.is_some() {
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{what}");
                assert!(
                    answer.seen().contains("You don't have permission to "),
                    "{what} {}",
                    answer.seen()
                );
            } else if caller.half_way && path == "/sign-in/code" {
                assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{what}");
            } else {
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{what}");
                assert!(answer.seen().contains("Sign in"), "{what}");
                leaks_nothing(&answer, &what);
            }
        }
        let kept: (String, i64) = sqlx::query_as("SELECT name, version FROM customers WHERE id = $1")
            .bind(ids.customer)
            .fetch_one(&pool)
            .await
            .expect("a customer");
        assert_eq!(kept.0, "Asha Secret", "{path}");
        let kept: String = sqlx::query_scalar("SELECT name FROM leads WHERE id = $1")
            .bind(ids.lead)
            .fetch_one(&pool)
            .await
            .expect("a lead");
        assert_eq!(kept, "Ravi Secret", "{path}");
    }
    server.close().await;
}

/// Every form and function refuses what a page of another user sends, or a page that says nothing, and does nothing of it. Those of signing in
/// are for whoever comes.
#[sqlx::test(migrations = "../migrations")]
async fn what_another_users_page_sends_is_refused(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let ids = ExampleIds::new(&server, &pool).await;
    sqlx::query("UPDATE users SET name = 'Asha' WHERE id = $1")
        .bind(ids.user)
        .execute(&pool)
        .await
        .expect("named");
    let functions = leptos::server_fn::axum::server_fn_paths();
    let functions = functions.filter(|(_, method)| *method != Method::GET);
    let functions = functions.map(|(path, _)| (path.to_owned(), function(path).1));
    let forms = server::router::form_paths().into_iter().map(|path| {
        let body = form(&path).1;
        (path, body)
    });
    let is_public = |path: &str| path.starts_with("/sign-in") || path.starts_with("/link/");
    let others: Vec<_> = functions.chain(forms).filter(|(path, _)| !is_public(path)).collect();
    assert!(others.len() > 30, "{others:?}");
    // Sessions say when they were seen last.
    let all = async || {
        let mut rows = rows(&pool).await;
        rows.retain(|(table, _), _| table != "sessions");
        rows
    };
    let before = all().await;
    for (path, body) in others {
        let (address, body) = (ids.fill(&path), ids.fill(body));
        let nobody = Uuid::now_v7();
        for (user, opened) in [
            (ids.user.to_string(), "opened by Asha"),
            (nobody.to_string(), "does not say who opened it"),
            (String::new(), "does not say who opened it"),
        ] {
            let is_function = path.starts_with("/api/");
            let mut request = form_request(
                &address,
                match is_function {
                    true => body.clone(),
                    false => format!("{body}&user={user}"),
                },
            );
            if is_function {
                let header = user.parse().expect("a header");
                request.headers_mut().insert("lastmile-user", header);
            }
            let answer = server.send(request).await;
            let what = format!("{path} by {user:?}: {}", answer.body);
            assert_eq!(answer.status, StatusCode::CONFLICT, "{what}");
            assert_eq!(answer.cookies(), Vec::<&str>::new(), "{what}");
            if is_function {
                let error: AppError = serde_json::from_str(&answer.body).expect("an error");
                assert!(error.to_string().contains(opened), "{what}");
            } else {
                answer.assert_shows(opened);
                answer.assert_shows("You are now signed in as Tess Ter. Nothing was changed.");
            }
        }
    }
    assert_eq!(all().await, before);
    server.close().await;
}

/// Every form of every page carries the user for whom it was drawn.
#[sqlx::test(migrations = "../migrations")]
async fn every_form_carries_its_user(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let ids = ExampleIds::new(&server, &pool).await;
    let deleted = ids.fill("/customers/{id}/delete");
    let admin: Uuid = sqlx::query_scalar("SELECT user_id FROM sessions ORDER BY id LIMIT 1")
        .fetch_one(&pool)
        .await
        .expect("the Admin");
    let second = ExampleIds::new(&server, &pool).await;
    server.remove_services(second.customer).await;
    let body = Form::in_page(&server.get(&second.fill("/customers/{id}/delete")).await).body();
    let answer = server.post(&second.fill("/customers/{id}/delete"), body).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let after = server.get_with_cookie_of("/customers", &answer).await;
    after.assert_shows("Undo");
    let mut pages = vec![("the answer to a deletion".to_owned(), after)];
    for path in server::router::page_paths() {
        let path = path.replace(":action", "role").replace("{action}", "role");
        let address = ids.fill(&path.replace(":role", "Staff").replace(":token", "x"));
        let page = server.get(&address).await;
        pages.push((address, page));
    }
    assert!(pages.iter().any(|(address, _)| *address == deleted));
    let mut forms = 0;
    for (address, page) in pages {
        for form in page.body.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap_or_default();
            if form
                .split('>')
                .next()
                .is_some_and(|tag| tag.contains("method=\"post\""))
            {
                forms += 1;
                let input = form.split('<').find(|tag| tag.contains("name=\"user\""));
                let input = input.unwrap_or_else(|| panic!("{address}: no user in {form}"));
                assert!(input.contains(&format!("value=\"{admin}\"")), "{address}: {input}");
            }
        }
    }
    assert!(forms > 50, "{forms}");
    server.close().await;
}
