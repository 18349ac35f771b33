//! The whole router over a database of the test's own, and a browser that knows no script: it follows no rule but HTML's.
//! An Admin is signed in, unless a test says otherwise.
#![allow(dead_code, reason = "each test program uses a part of this")]

pub mod house;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use app::contact::Email;
use app::context::{AppContext, Reach};
use app::people::model::roles::Role;
use app::people::model::token::Token;
use app::people::store::{sessions, users};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use leptos::config::LeptosOptions;
use server::headers::Document;
use server::peer::Remote;
use server::web::Web;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tower::ServiceExt;
use uuid::Uuid;

/// The program without its process. It has threads of its own, with the stack that pages want.
pub struct Site {
    runtime: Option<Runtime>,
    /// The program's own pool.
    pub pool: PgPool,
    /// The program's own context.
    pub context: AppContext,
    router: Router,
    /// The cookie that every request carries: the Admin's session; none where it is empty.
    pub session: String,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Site {
    /// Over the database of a test.
    pub async fn over(pool: &PgPool) -> Self {
        Self::over_with(pool, Web::default()).await
    }

    /// Over the database of a test, with a public URL or proxies.
    pub async fn over_with(pool: &PgPool, web: Web) -> Self {
        let mut site = Self::changed(pool, web, |_| ()).await;
        site.session = site.sign_in(Role::Admin).await;
        site
    }

    /// Over the database of a test, with nobody signed in, and with something else in the program's context.
    pub async fn changed(pool: &PgPool, web: Web, change: impl FnOnce(&mut AppContext) + Send + 'static) -> Self {
        Self::start(pool.connect_options().as_ref().clone(), web, change).await
    }

    /// Over a database that is not there; the browser says that it has a session, and nobody knows.
    pub async fn without_database() -> Self {
        let nowhere = PgConnectOptions::new_without_pgpass().socket("/nonexistent");
        let mut site = Self::start(nowhere, Web::default(), |_| ()).await;
        site.session = site.cookie(&Token::new().expect("random bytes"));
        site
    }

    /// Makes a user of a role, without a password, who is signed in: the session's cookie.
    pub async fn sign_in(&self, role: Role) -> String {
        let context = self.context.clone();
        let runtime = self.runtime.as_ref().expect("a running site");
        let made = runtime.spawn(async move {
            let now = context.clock.now();
            let email = Email::parse(&format!("{}@staff.example", Uuid::now_v7())).expect("an email");
            let mut transaction = context.pool().begin().await.expect("a transaction");
            let added = users::add(&mut transaction, &context.stamp(), "Tess Ter", &email, role).await;
            transaction.commit().await.expect("written");
            let user = added.expect("a database").expect("a new user");
            let token = Token::new().expect("random bytes");
            let checked = users::get(context.pool(), user.id).await.expect("a user");
            sessions::open(context.pool(), now, &checked, &token, "192.0.2.1", "A test")
                .await
                .expect("a session");
            token
        });
        self.cookie(&made.await.expect("no panic"))
    }

    /// The cookie of a token, as a browser sends it.
    pub fn cookie(&self, token: &Token) -> String {
        let set = app::cookie::session_cookie(Some(token), self.context.reach.is_https());
        set.split(';').next().unwrap_or_default().to_owned()
    }

    async fn start(
        database: PgConnectOptions,
        web: Web,
        change: impl FnOnce(&mut AppContext) + Send + 'static,
    ) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_stack_size(8 * 1024 * 1024)
            .enable_all()
            .build()
            .expect("a runtime");
        let started = runtime.spawn(async move {
            let pool = server::database::pool(&database);
            let mut context = AppContext::new(pool.clone(), server::clock::system());
            context.reach = Arc::new(Reach {
                url: web
                    .public_url
                    .as_ref()
                    .map_or("http://localhost".to_owned(), ToString::to_string),
                demo: None,
            });
            change(&mut context);
            let options = LeptosOptions::builder()
                .output_name("lastmile")
                .site_root(concat!(env!("CARGO_MANIFEST_DIR"), "/../public"))
                .site_pkg_dir("pkg")
                .build();
            let router = server::router::router(context.clone(), Document::new(options), web);
            (context, router)
        });
        let (context, router) = started.await.expect("a router");
        Self {
            runtime: Some(runtime),
            pool: context.pool().clone(),
            context,
            router,
            session: String::new(),
        }
    }

    /// Sends a request and reads the whole answer.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        self.send_as(&self.session, request).await
    }

    /// Sends a request with another session than the site's, or with none.
    pub async fn send_as(&self, session: &str, request: Request<Body>) -> Answer {
        self.sending(session, request).await.expect("no panic")
    }

    /// Sends many requests at once, each with its session or none.
    pub async fn send_at_once(&self, requests: Vec<(String, Request<Body>)>) -> Vec<Answer> {
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

    fn sending(&self, session: &str, mut request: Request<Body>) -> JoinHandle<Answer> {
        if !session.is_empty() {
            let session = session.parse().expect("a cookie");
            request.headers_mut().append(header::COOKIE, session);
        }
        let router = self.router.clone();
        let runtime = self.runtime.as_ref().expect("a running site");
        runtime.spawn(async move {
            let (head, body) = router.oneshot(request).await.expect("an answer").into_parts();
            let bytes = to_bytes(body, usize::MAX).await.expect("a whole answer");
            Answer {
                status: head.status,
                headers: head.headers,
                body: String::from_utf8(bytes.to_vec()).expect("text"),
            }
        })
    }

    /// A request without a body.
    pub async fn ask(&self, method: Method, address: &str) -> Answer {
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
    pub async fn get(&self, address: &str) -> Answer {
        self.ask(Method::GET, address).await
    }

    /// A page, with the cookie that an answer has set.
    pub async fn get_with_cookie_of(&self, address: &str, before: &Answer) -> Answer {
        let cookie = before.header("set-cookie").split(';').next().unwrap_or_default();
        let request = Request::get(address).header(header::COOKIE, cookie).body(Body::empty());
        self.send(request.expect("a request")).await
    }

    /// A page, as somebody sees it.
    pub async fn get_as(&self, session: &str, address: &str) -> Answer {
        let request = Request::get(address)
            .header(header::ACCEPT, accepted(address))
            .body(Body::empty());
        self.send_as(session, request.expect("a request")).await
    }

    /// A form.
    pub async fn post(&self, address: &str, body: impl Into<Body>) -> Answer {
        self.send(form_request(address, body)).await
    }

    /// A form that somebody sends.
    pub async fn post_as(&self, session: &str, address: &str, body: impl Into<Body>) -> Answer {
        self.send_as(session, form_request(address, body)).await
    }

    /// A server function, as the program's own page calls it.
    pub async fn call(&self, function: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(format!("/api/customers/{function}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .body(body.into());
        self.send(request.expect("a request")).await
    }

    /// Makes a customer through the form, and gives the id.
    pub async fn create(&self, name: &str, email: &str) -> Uuid {
        let form = Form::in_page(&self.get("/customers/new").await);
        let answer = self.post("/customers/new", form.filled_in(name, email).body()).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        form.value("id").parse().expect("an id")
    }

    /// Ends everything, so that the test's database can be dropped.
    pub async fn close(mut self) {
        let runtime = self.runtime.take().expect("a running site");
        let connections = self.context.connections.clone();
        let closed = runtime.spawn(async move { connections.close().await });
        closed.await.expect("closed");
        runtime.shutdown_background();
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // A runtime cannot wait for itself inside another, as after a failed test.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
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
        .insert(ConnectInfo(Remote(SocketAddr::new(address, 40_000))));
    request
}

/// The body of a form with these inputs.
pub fn inputs(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

impl Answer {
    /// A header, empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// Everything that it sets as cookies.
    pub fn cookies(&self) -> Vec<&str> {
        let set = self.headers.get_all(header::SET_COOKIE).iter();
        set.map(|value| value.to_str().expect("text")).collect()
    }

    /// The `Set-Cookie` of the session; empty where there is none.
    pub fn session_cookie(&self) -> &str {
        let of_session =
            |cookie: &&str| cookie.starts_with("lastmile_session=") || cookie.starts_with("__Host-lastmile=");
        self.cookies().into_iter().find(of_session).unwrap_or_default()
    }

    /// The session that it has opened, as the browser sends it from now on; empty where it has opened none.
    pub fn session(&self) -> String {
        let pair = self.session_cookie().split(';').next().unwrap_or_default();
        if pair.ends_with('=') {
            String::new()
        } else {
            pair.to_owned()
        }
    }

    /// The page's inputs that have a name, with their values.
    pub fn inputs(&self) -> Vec<(String, String)> {
        let tags = self
            .body
            .split('<')
            .skip(1)
            .map(|tag| tag.split('>').next().unwrap_or_default());
        let inputs = tags.filter(|tag| tag.starts_with("input "));
        inputs
            .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default())))
            .collect()
    }

    /// The value of the page's first input with a name; none where there is no such input.
    pub fn input(&self, name: &str) -> Option<String> {
        self.inputs()
            .into_iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// What a person reads: no tags, no scripts, and single spaces.
    pub fn words(&self) -> String {
        let mut text = String::new();
        for part in self.body.replace("<!--", "<").replace("-->", ">").split('<') {
            let (tag, after) = part.split_once('>').unwrap_or(("", part));
            if !tag.starts_with("script") && !tag.starts_with("style") {
                text.push_str(after);
                text.push(' ');
            }
        }
        unescaped(&text).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The page's text with its entities read.
    pub fn text(&self) -> String {
        unescaped(&self.body)
    }

    /// The page without the comments by which the browser finds its places again.
    pub fn seen(&self) -> String {
        let mut parts = self.body.split("<!--");
        let mut seen = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            seen.push_str(part.split_once("-->").map_or("", |(_, rest)| rest));
        }
        unescaped(&seen)
    }
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#x27;", "'")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

/// The form of a customer as a browser reads it out of a page.
#[derive(Clone, Debug)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads the inputs and the selected options.
    pub fn in_page(page: &Answer) -> Self {
        let start = page.body.find("id=\"customer-form\"");
        let start = start.unwrap_or_else(|| panic!("no form in {page:?}"));
        let end = page.body[start..].find("</form>").expect("its end");
        let mut pairs = Vec::new();
        let mut select = String::new();
        for tag in page.body[start..start + end].split('<').skip(1) {
            let tag = tag.split_once('>').map_or(tag, |(tag, _)| tag);
            let value = || attribute(tag, "value").unwrap_or_default();
            let name = attribute(tag, "name").unwrap_or_default();
            if tag.starts_with("input ") {
                let kind = attribute(tag, "type").unwrap_or_default();
                let is_choice = kind == "checkbox" || kind == "radio";
                if !is_choice || tag.split_whitespace().any(|word| word.starts_with("checked")) {
                    pairs.push((name, value()));
                }
            } else if tag.starts_with("select ") {
                select = name;
            } else if tag.starts_with("option ") && tag.split_whitespace().any(|word| word.starts_with("selected")) {
                pairs.push((select.clone(), value()));
            }
        }
        Self(pairs)
    }

    /// The first value under a name.
    pub fn value(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }

    /// The form after a person has typed into a field.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        match self.0.iter_mut().find(|(key, _)| key == name) {
            Some(pair) => pair.1 = value.to_owned(),
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
        self
    }

    /// All that a new customer needs.
    pub fn filled_in(&self, name: &str, email: &str) -> Self {
        let fields = [
            ("name", name),
            ("email", email),
            ("phone", "98450 12345"),
            ("address", "12 MG Road"),
            ("city", "Bengaluru"),
            ("state", "Karnataka"),
            ("pin_code", "560001"),
            ("price", "1,367"),
        ];
        fields
            .into_iter()
            .fold(self.clone(), |form, (field, value)| form.with(field, value))
    }

    /// What is sent.
    pub fn body(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.0)
            .finish()
    }
}

/// An attribute of a tag, with its entities read.
pub fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let value = tag[start..].split('"').next()?;
    Some(unescaped(value))
}
