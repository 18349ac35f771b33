//! The program with users: at a time that the test sets, with users who have passwords, and ways to sign them in.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use app::base::contact::Email;
use app::base::roles::Role;
use app::base::time::Clock;
use app::http::context::AppContext;
use app::users::model::password::{Hasher, Password};
use app::users::model::totp::SharedSecret;
use app::users::store::{credentials, users};
use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use server::network::NetworkConfig;
use sqlx::PgPool;
use totp_rs::Builder;
use uuid::Uuid;

use super::html::attribute;
use super::test_response::TestResponse;
use super::test_server::{TestServer, inputs};

/// The password of all users, until they choose another.
pub const PASSWORD: &str = "nine green kettles sing";
/// Another password that is accepted.
pub const ANOTHER: &str = "seven tall clouds whistle";

/// The program, and its time.
pub struct TestApp {
    pub server: TestServer,
    /// The test's own connections to the database.
    pub pool: PgPool,
    microseconds: Arc<AtomicI64>,
}

/// A user of the test.
#[derive(Clone, Debug)]
pub struct TestUser {
    pub id: Uuid,
    pub email: String,
}

/// A user's second step.
pub struct SecondStep {
    /// In base 32.
    pub secret: String,
    pub recovery_codes: Vec<String>,
    /// The session that turned it on.
    pub session: String,
}

impl TestApp {
    /// A program without users.
    pub async fn new(pool: &PgPool) -> Self {
        Self::with(pool, NetworkConfig::default(), |_| ()).await
    }

    /// A program whose context `change` has changed.
    pub async fn with(
        pool: &PgPool,
        web: NetworkConfig,
        change: impl FnOnce(&mut AppContext) + Send + 'static,
    ) -> Self {
        let start: DateTime<Utc> = "2026-11-23T06:30:00Z".parse().expect("an instant");
        let microseconds = Arc::new(AtomicI64::new(start.timestamp_micros()));
        let clock = clock_of(&microseconds);
        let server = TestServer::with_context(pool, web, move |context| {
            context.clock = clock;
            change(context);
        });
        Self {
            server: server.await,
            pool: pool.clone(),
            microseconds,
        }
    }

    /// The clock of the program.
    pub fn clock(&self) -> Clock {
        clock_of(&self.microseconds)
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock().now()
    }

    /// Advances the clock.
    pub fn advance(&self, time: TimeDelta) {
        let time = time.num_microseconds().expect("a short time");
        self.microseconds.fetch_add(time, Ordering::SeqCst);
    }

    /// The program's context on the test's own pool, without a request.
    pub fn context(&self) -> AppContext {
        self.server.context.clone().with_pool(self.pool.clone())
    }

    /// Adds a user without a password.
    pub async fn invite(&self, name: &str, role: Role) -> TestUser {
        let email = format!("{}@people.example", name.to_lowercase());
        let address = Email::parse(&email).expect("an email");
        let mut transaction = self.pool.begin().await.expect("a transaction");
        let added = users::add(&mut transaction, &self.context().audit(), name, &address, role).await;
        transaction.commit().await.expect("written");
        let id = added.expect("a database").expect("a new user").id;
        TestUser { id, email }
    }

    /// Adds a user with the password of all users.
    pub async fn add_user(&self, name: &str, role: Role) -> TestUser {
        let user = self.invite(name, role).await;
        let context = self.context();
        let hash = context
            .shared::<Hasher>()
            .hash(Password::from_input(PASSWORD))
            .await
            .expect("a hash");
        let mut transaction = self.pool.begin().await.expect("a transaction");
        credentials::set_password(&mut transaction, &context.audit(), user.id, &hash, None)
            .await
            .expect("set");
        transaction.commit().await.expect("written");
        user
    }

    /// Adds a user with a password, and disables the account.
    pub async fn add_disabled_user(&self, name: &str, role: Role) -> TestUser {
        let user = self.add_user(name, role).await;
        let disable = sqlx::query("UPDATE users SET disabled_at = now() WHERE id = $1").bind(user.id);
        disable.execute(&self.pool).await.expect("disabled");
        user
    }

    /// Sends the sign-in form from a browser without a session.
    pub async fn try_sign_in(&self, email: &str, password: &str) -> TestResponse {
        let form = inputs(&[("email", email), ("password", password)]);
        self.server.post_as("", "/sign-in", form).await
    }

    /// Signs a user in who has the password of all users: gives the session.
    pub async fn sign_in(&self, user: &TestUser) -> String {
        let answer = self.try_sign_in(&user.email, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.visible_text());
        answer.session()
    }

    /// Whether a session has authenticated completely.
    pub async fn is_signed_in(&self, session: &str) -> bool {
        let answer = self.server.get_as(session, "/api/users/account").await;
        match answer.status {
            StatusCode::OK => true,
            StatusCode::UNAUTHORIZED => false,
            other => panic!("{other}: {}", answer.body),
        }
    }

    /// The code that the app of a secret shows now.
    pub fn code(&self, secret: &str) -> String {
        let secret = SharedSecret::parse(secret).expect("a secret in base 32");
        let app = Builder::new()
            .with_secret(*secret.bytes())
            .with_account_name("x")
            .build();
        let now = u64::try_from(self.now().timestamp()).expect("after 1970");
        app.expect("an app").generate(now).to_string()
    }

    /// The filled-in form that turns a user's second step on, and the secret that its page shows.
    pub async fn two_step_form(&self, session: &str, password: &str) -> (String, String) {
        let page = self.server.get_as(session, "/account/two-step").await;
        let secret = page
            .totp_secret()
            .unwrap_or_else(|| panic!("no secret in {}", page.visible_text()));
        let form = inputs(&[("code", &self.code(&secret)), ("password", password)]);
        (secret, form)
    }

    /// Turns a user's second step on. The clock advances to the next code.
    pub async fn turn_two_step_on(&self, session: &str) -> SecondStep {
        let (secret, form) = self.two_step_form(session, PASSWORD).await;
        let answer = self.server.post_as(session, "/account/two-step", form).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.visible_text());
        self.advance(TimeDelta::seconds(30));
        SecondStep {
            secret,
            recovery_codes: recovery_codes(&answer),
            session: answer.session(),
        }
    }

    /// Makes a one-time link for a user, as an Admin: gives its path.
    pub async fn make_link(&self, admin: &str, user: &TestUser) -> String {
        let answer = self
            .server
            .post_as(admin, &format!("/settings/users/{}/reset", user.id), "")
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.visible_text());
        link_in(&answer)
    }

    /// Counts rows.
    pub async fn count(&self, of: &str) -> i64 {
        let query = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {of}")));
        query.fetch_one(&self.pool).await.expect("a count")
    }

    /// Runs SQL that no page would.
    pub async fn run_sql(&self, statement: &str) {
        let statement = sqlx::AssertSqlSafe(statement.to_owned());
        sqlx::raw_sql(statement).execute(&self.pool).await.expect("done");
    }

    /// Waits for the writes that answers do not wait for.
    pub async fn wait_for_writes(&self) {
        let writes = &self.server.context.writes;
        writes.close();
        writes.wait().await;
        writes.reopen();
    }

    pub async fn close(self) {
        self.server.close().await;
    }
}

fn clock_of(microseconds: &Arc<AtomicI64>) -> Clock {
    let microseconds = microseconds.clone();
    Clock::new(move || DateTime::from_timestamp_micros(microseconds.load(Ordering::SeqCst)).expect("an instant"))
}

/// The path of the one-time link that a page shows.
pub fn link_in(answer: &TestResponse) -> String {
    let mut values = answer.body.split('<').filter_map(|tag| attribute(tag, "value"));
    let link = values.find_map(|value| Some(format!("/link/{}", value.split_once("/link/")?.1)));
    link.unwrap_or_else(|| panic!("no link in {}", answer.visible_text()))
}

/// The recovery codes that a page shows.
pub fn recovery_codes(answer: &TestResponse) -> Vec<String> {
    let words = answer.visible_text();
    let codes: Vec<String> = words
        .split_whitespace()
        .filter(|word| word.len() == 29 && word.matches('-').count() == 3)
        .map(str::to_owned)
        .collect();
    assert_eq!(codes.len(), 10, "{words}");
    codes
}

/// Every row of every table, by the table and the text of the row's key.
pub type Rows = BTreeMap<(String, String), serde_json::Value>;

/// The names of the tables, with the columns of their keys.
async fn tables(pool: &PgPool) -> Vec<(String, String)> {
    let query = "SELECT c.relname::text, string_agg(quote_ident(a.attname) || '::text', ' || ' ORDER BY a.attnum)
                 FROM pg_class c
                 LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
                 LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY ((i.indkey::smallint[])[0:i.indnkeyatts - 1])
                 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname NOT LIKE '\\_sqlx%'
                     -- What triggers derive from the customers.
                     AND c.relname NOT IN ('customer_counts', 'customer_count_changes', 'customer_counts_epoch', 'customer_words',
                         'search_words')
                 GROUP BY c.relname";
    let tables: Vec<(String, Option<String>)> = sqlx::query_as(query).fetch_all(pool).await.expect("tables");
    let keyed = tables.into_iter().map(|(table, key)| {
        let key = key.unwrap_or_else(|| panic!("{table} has no key"));
        (table, key)
    });
    keyed.collect()
}

/// All that the database holds.
pub async fn rows(pool: &PgPool) -> Rows {
    let mut rows = Rows::new();
    for (table, key) in tables(pool).await {
        let query = format!("SELECT {key}, row_to_json(t)::text FROM {table} t");
        let query = sqlx::query_as(sqlx::AssertSqlSafe(query));
        let found: Vec<(String, String)> = query.fetch_all(pool).await.expect("rows");
        rows.extend(found.into_iter().map(|(key, row)| {
            let row = serde_json::from_str(&row).expect("JSON");
            ((table.clone(), key), row)
        }));
    }
    rows
}
