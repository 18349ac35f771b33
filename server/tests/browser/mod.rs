//! The whole router over a database of the test's own, and a browser that knows no script: it follows no rule but HTML's.

use app::context::AppContext;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use leptos::config::LeptosOptions;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;
use uuid::Uuid;

/// The program without its process. It has threads of its own, with the stack that pages want.
pub struct Site {
    runtime: Option<Runtime>,
    pool: PgPool,
    router: Router,
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
        Self::start(pool.connect_options().as_ref().clone()).await
    }

    /// Over a database that is not there.
    pub async fn without_database() -> Self {
        Self::start(PgConnectOptions::new_without_pgpass().socket("/nonexistent")).await
    }

    async fn start(database: PgConnectOptions) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_stack_size(8 * 1024 * 1024)
            .enable_all()
            .build()
            .expect("a runtime");
        let started = runtime.spawn(async move {
            let pool = server::database::pool(&database);
            let context = AppContext::new(pool.clone(), server::serve::clock());
            let options = LeptosOptions::builder()
                .output_name("lastmile")
                .site_root(concat!(env!("CARGO_MANIFEST_DIR"), "/../public"))
                .site_pkg_dir("pkg")
                .build();
            (pool, server::router::router(context, options))
        });
        let (pool, router) = started.await.expect("a router");
        Self {
            runtime: Some(runtime),
            pool,
            router,
        }
    }

    /// Sends a request and reads the whole answer.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let router = self.router.clone();
        let runtime = self.runtime.as_ref().expect("a running site");
        let answered = runtime.spawn(async move {
            let (head, body) = router.oneshot(request).await.expect("an answer").into_parts();
            let bytes = to_bytes(body, usize::MAX).await.expect("a whole answer");
            Answer {
                status: head.status,
                headers: head.headers,
                body: String::from_utf8(bytes.to_vec()).expect("text"),
            }
        });
        answered.await.expect("no panic")
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

    /// A form.
    pub async fn post(&self, address: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(address)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "text/html")
            .body(body.into());
        self.send(request.expect("a request")).await
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
        let pool = self.pool.clone();
        runtime.spawn(async move { pool.close().await }).await.expect("closed");
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

impl Answer {
    /// A header, empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
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

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let value = tag[start..].split('"').next()?;
    Some(unescaped(value))
}
