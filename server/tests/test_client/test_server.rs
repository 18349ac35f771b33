//! The program without its process, and requests to it. An Admin is signed in, unless a test says otherwise.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::thread;

use app::base::contact::Email;
use app::base::roles::Role;
use app::http::context::{AppContext, PublicAddress};
use app::http::cookie;
use app::http::current_user::{USER_HEADER, USER_INPUT};
use app::http::token::Token;
use app::users::model::secret_keys::SecretKeys;
use app::users::store::{sessions, users};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leptos::config::LeptosOptions;
use server::client_ip::SocketPeer;
use server::headers::PageShell;
use server::network::NetworkConfig;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tower::ServiceExt;
use uuid::Uuid;

use super::form::Form;
use super::plan::{ensure_plan, remove_services};
use super::test_response::TestResponse;

/// The program without its process. It has an event loop of its own, as each of the program's workers has: on several threads, Leptos may wait
/// for a resource's lock on the very thread that is to give it up.
pub struct TestServer {
    worker: EventLoop,
    /// The program's own pool.
    pub pool: PgPool,
    /// The program's own context.
    pub context: AppContext,
    router: Router,
    /// The cookie that every request carries: the Admin's session; none where it is empty.
    pub session: String,
}

/// A thread that runs tasks, one at a time.
struct EventLoop {
    handle: Handle,
    /// It ends when this is dropped.
    _running: oneshot::Sender<()>,
}

impl EventLoop {
    fn start() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let handle = runtime.handle().clone();
        let (running, ended) = oneshot::channel();
        let run = move || {
            let _ = runtime.block_on(ended);
            runtime.shutdown_background();
        };
        thread::Builder::new()
            .stack_size(8 * 1024 * 1024)
            .spawn(run)
            .expect("a thread");
        Self {
            handle,
            _running: running,
        }
    }
}

impl TestServer {
    /// Over the database of a test.
    pub async fn new(pool: &PgPool) -> Self {
        Self::with_web(pool, NetworkConfig::default()).await
    }

    /// Over the database of a test, with a public URL or proxies.
    pub async fn with_web(pool: &PgPool, web: NetworkConfig) -> Self {
        let mut server = Self::with_context(pool, web, |_| ()).await;
        server.session = server.sign_in(Role::Admin).await;
        server
    }

    /// Over the database of a test, with nobody signed in, and with something else in the program's context.
    pub async fn with_context(
        pool: &PgPool,
        web: NetworkConfig,
        change: impl FnOnce(&mut AppContext) + Send + 'static,
    ) -> Self {
        ensure_plan(pool).await;
        Self::start(pool.connect_options().as_ref().clone(), web, change).await
    }

    /// Over a database that is not there; the browser says that it has a session, and nobody knows.
    pub async fn without_database() -> Self {
        let nowhere = PgConnectOptions::new_without_pgpass().socket("/nonexistent");
        let mut server = Self::start(nowhere, NetworkConfig::default(), |_| ()).await;
        server.session = server.cookie(&Token::new().expect("random bytes"));
        server
    }

    /// Makes a user of a role, without a password, who is signed in: the session's cookie.
    pub async fn sign_in(&self, role: Role) -> String {
        let context = self.context.clone();
        let made = self.worker.handle.spawn(async move {
            let now = context.clock.now();
            let email = Email::parse(&format!("{}@staff.example", Uuid::now_v7())).expect("an email");
            let mut transaction = context.pool().begin().await.expect("a transaction");
            let added = users::add(&mut transaction, &context.audit(), "Tess Ter", &email, role).await;
            transaction.commit().await.expect("written");
            let user = added.expect("a database").expect("a new user");
            let token = Token::new().expect("random bytes");
            let checked = users::get(context.pool(), user.id).await.expect("a user");
            sessions::create(context.pool(), now, &checked, &token, "192.0.2.1", "A test")
                .await
                .expect("a session");
            token
        });
        self.cookie(&made.await.expect("no panic"))
    }

    /// The cookie of a token, as a browser sends it.
    pub fn cookie(&self, token: &Token) -> String {
        let set = app::http::cookie::session(token, &self.context.public_address);
        set.stripped().to_string()
    }

    async fn start(
        database: PgConnectOptions,
        web: NetworkConfig,
        change: impl FnOnce(&mut AppContext) + Send + 'static,
    ) -> Self {
        let worker = EventLoop::start();
        let started = worker.handle.spawn(async move {
            let pool = server::database::pool(&database);
            let mut context = AppContext::new(pool.clone(), server::clock::system());
            context.public_address = Arc::new(PublicAddress {
                url: web
                    .public_url
                    .as_ref()
                    .map_or("http://localhost".to_owned(), ToString::to_string),
            });
            context.set_shared(secret_keys());
            change(&mut context);
            let options = LeptosOptions::builder()
                .output_name("lastmile")
                .site_root(concat!(env!("CARGO_MANIFEST_DIR"), "/../public"))
                .site_pkg_dir("pkg")
                .build();
            let router = server::router::router(context.clone(), PageShell::new(options), web);
            (context, router)
        });
        let (context, router) = started.await.expect("a router");
        Self {
            worker,
            pool: context.pool().clone(),
            context,
            router,
            session: String::new(),
        }
    }

    /// Sends a request and reads the whole answer.
    pub async fn send(&self, request: Request<Body>) -> TestResponse {
        self.send_as(&self.session, request).await
    }

    /// Sends a request with another session than the server's own, or with none.
    pub async fn send_as(&self, session: &str, request: Request<Body>) -> TestResponse {
        self.sending(session, request).await.expect("no panic")
    }

    /// Sends many requests at once, each with its session or none.
    pub async fn send_at_once(&self, requests: Vec<(String, Request<Body>)>) -> Vec<TestResponse> {
        let sent: Vec<_> = requests
            .into_iter()
            .map(|(session, request)| self.sending(&session, request))
            .collect();
        let mut answers = Vec::new();
        for answer in sent {
            answers.push(answer.await.expect("no panic"));
        }
        answers
    }

    fn sending(&self, session: &str, mut request: Request<Body>) -> JoinHandle<TestResponse> {
        if !session.is_empty() {
            let session = session.parse().expect("a cookie");
            request.headers_mut().append(header::COOKIE, session);
        }
        let public = self.context.public_address.url.split_once("://").map(|(_, host)| host);
        let host = public.unwrap_or("localhost").parse().expect("a host");
        request.headers_mut().entry(header::HOST).or_insert(host);
        let router = self.router.clone();
        let context = self.context.clone();
        self.worker.handle.spawn(async move {
            let request = with_user(&context, request).await;
            let (head, body) = router.oneshot(request).await.expect("an answer").into_parts();
            let bytes = to_bytes(body, usize::MAX).await.expect("a whole answer");
            TestResponse {
                status: head.status,
                headers: head.headers,
                body: String::from_utf8(bytes.to_vec()).expect("text"),
            }
        })
    }

    /// A request without a body.
    pub async fn ask(&self, method: Method, address: &str) -> TestResponse {
        let accept = if address.starts_with("/api/") {
            "application/json"
        } else {
            "text/html,*/*;q=0.8"
        };
        let request = Request::builder()
            .method(method)
            .uri(address)
            .header(header::ACCEPT, accept)
            .body(Body::empty());
        self.send(request.expect("a request")).await
    }

    /// A page.
    pub async fn get(&self, address: &str) -> TestResponse {
        self.ask(Method::GET, address).await
    }

    /// A page, with the cookie that an answer has set.
    pub async fn get_with_cookie_of(&self, address: &str, before: &TestResponse) -> TestResponse {
        let cookie = before.header("set-cookie").split(';').next().unwrap_or_default();
        let request = Request::get(address).header(header::COOKIE, cookie).body(Body::empty());
        self.send(request.expect("a request")).await
    }

    /// A page, as somebody sees it.
    pub async fn get_as(&self, session: &str, address: &str) -> TestResponse {
        let request = Request::get(address)
            .header(header::ACCEPT, accepted(address))
            .body(Body::empty());
        self.send_as(session, request.expect("a request")).await
    }

    /// A form.
    pub async fn post(&self, address: &str, body: impl Into<Body>) -> TestResponse {
        self.send(form_request(address, body)).await
    }

    /// A form that somebody sends.
    pub async fn post_as(&self, session: &str, address: &str, body: impl Into<Body>) -> TestResponse {
        self.send_as(session, form_request(address, body)).await
    }

    /// A server function, as the program's own page calls it.
    pub async fn call(&self, function: &str, body: impl Into<Body>) -> TestResponse {
        let request = Request::post(format!("/api/customers/{function}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .body(body.into());
        self.send(request.expect("a request")).await
    }

    /// Makes a customer through the form, who has no services then, and gives the id.
    pub async fn create(&self, name: &str, email: &str) -> Uuid {
        let form = Form::in_page(&self.get("/customers/new").await);
        let answer = self.post("/customers/new", form.filled_in(name, email).body()).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        let id = form.value("id").parse().expect("an id");
        self.remove_services(id).await;
        id
    }

    /// Takes a customer's services away, so that the customer can be deleted.
    pub async fn remove_services(&self, customer: Uuid) {
        remove_services(&self.pool, customer).await;
    }

    /// Makes a lead through the form, and gives the id.
    pub async fn create_lead(&self, name: &str) -> Uuid {
        let form = Form::in_page(&self.get("/leads/new").await);
        let form = form.with("name", name).with("phone", "98450 12345");
        let answer = self.post("/leads/new", form.body()).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        form.value("id").parse().expect("an id")
    }

    /// Makes a served PIN code through the form, where every plan can be had up to 500 Mbps, and gives the id.
    pub async fn create_served_pin_code(&self, pin_code: &str) -> Uuid {
        let form = Form::in_page(&self.get("/served-pin-codes/new").await);
        let form = form
            .with("pin_code", pin_code)
            .with("area", "Indiranagar")
            .with("city", "Bengaluru")
            .with("plan_types", "Fiber")
            .with("max_speed", "500");
        let answer = self.post("/served-pin-codes/new", form.body()).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        form.value("id").parse().expect("an id")
    }

    /// Makes a plan with a code through the form, Fiber at 100 Mbps for ₹699, and gives the id.
    pub async fn create_plan(&self, code: &str) -> Uuid {
        let form = Form::in_page(&self.get("/plans/new").await);
        let form = form
            .with("name", "Fiber 100")
            .with("code", code)
            .with("download", "100")
            .with("upload", "50")
            .with("price", "699");
        let answer = self.post("/plans/new", form.body()).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        form.value("id").parse().expect("an id")
    }

    /// Ends everything, so that the test's database can be dropped.
    pub async fn close(self) {
        let pool = self.pool.clone();
        let closed = self.worker.handle.spawn(async move { pool.close().await });
        closed.await.expect("closed");
    }
}

/// The key of all tests' secrets of the second step.
pub fn secret_keys() -> SecretKeys {
    SecretKeys::parse(&STANDARD.encode([7; 32])).expect("a key")
}

/// What a page of the session's user sends: with the user for whom it was drawn, unless the test says otherwise.
async fn with_user(context: &AppContext, request: Request<Body>) -> Request<Body> {
    let tokens = cookie::session_tokens(request.headers(), &context.public_address);
    if request.method() != Method::POST || tokens.is_empty() || request.headers().contains_key(USER_HEADER) {
        return request;
    }
    let hashes: Vec<_> = tokens.iter().map(|token| token.hash().to_vec()).collect();
    let found = sqlx::query_scalar("SELECT user_id FROM sessions WHERE token_hash = ANY ($1)").bind(hashes);
    let user: Option<Uuid> = found.fetch_optional(context.pool()).await.ok().flatten();
    let Some(user) = user else {
        return request;
    };
    let (mut head, body) = request.into_parts();
    let mut bytes = to_bytes(body, usize::MAX).await.expect("a body").to_vec();
    let sent: Vec<(String, String)> = form_urlencoded::parse(&bytes).into_owned().collect();
    if !sent.iter().any(|(name, _)| name == USER_INPUT) {
        let header = user.to_string().parse().expect("a header");
        head.headers.insert(USER_HEADER, header);
    }
    let path = head.uri.path().to_owned();
    // What acts on a version says which: that of now.
    let is_versioned = path.ends_with("/delete") || path.ends_with("/restore") || path.starts_with("/settings/");
    if is_versioned {
        let is_form = bytes.is_empty() || bytes.contains(&b'=');
        let of_body = sent.iter().find(|(name, _)| name == "id").map(|(_, value)| &**value);
        let of_body = of_body.filter(|_| path.starts_with("/api/"));
        let version = version_of(context, path.split('/').chain(of_body)).await.to_string();
        if path.ends_with("/restore") && !path.starts_with("/api/") {
            let query = head.uri.query().unwrap_or_default();
            if !form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "version") {
                head.uri = format!("{path}?version={version}&{query}").parse().expect("an address");
            }
        } else if is_form && !sent.iter().any(|(name, _)| name == "version") {
            let and = if bytes.is_empty() { "" } else { "&" };
            bytes.extend(format!("{and}version={version}").into_bytes());
        }
    }
    Request::from_parts(head, Body::from(bytes))
}

/// The version of the record, user or policy that one of these parts of an address names; 0 where there is none.
async fn version_of(context: &AppContext, parts: impl Iterator<Item = &str>) -> i64 {
    let named = [
        "SELECT version FROM customers WHERE id::text = ANY ($1)",
        "SELECT version FROM leads WHERE id::text = ANY ($1)",
        "SELECT version FROM served_pin_codes WHERE id::text = ANY ($1)",
        "SELECT version FROM plans WHERE id::text = ANY ($1)",
        "SELECT version FROM holidays WHERE id::text = ANY ($1)",
        "SELECT version FROM users WHERE id::text = ANY ($1)",
        "SELECT version FROM role_policies WHERE role = ANY ($1)",
        "SELECT version FROM session_policy WHERE ARRAY ['roles', 'sessions'] <@ $1",
    ];
    let parts: Vec<&str> = parts.collect();
    let query = sqlx::query_scalar(sqlx::AssertSqlSafe(named.join(" UNION ALL "))).bind(parts);
    query
        .fetch_optional(context.pool())
        .await
        .ok()
        .flatten()
        .unwrap_or_default()
}

/// A form as a request.
pub fn form_request(address: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::post(address)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, accepted(address))
        .body(body.into());
    request.expect("a request")
}

/// What is wanted of an address: the functions' answers are data, all others pages.
fn accepted(address: &str) -> &'static str {
    if address.starts_with("/api/") {
        "application/json"
    } else {
        "text/html"
    }
}

/// The same request over a connection from an address.
pub fn from(address: &str, mut request: Request<Body>) -> Request<Body> {
    let address: IpAddr = address.parse().expect("an address");
    request
        .extensions_mut()
        .insert(ConnectInfo(SocketPeer(SocketAddr::new(address, 40_000))));
    request
}

/// The body of a form with these inputs.
pub fn inputs(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}
