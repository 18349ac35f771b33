//! A house with people in it: the program at a time that the test sets, users with passwords, and how they get in.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use app::contact::Email;
use app::context::{AppContext, Clock};
use app::people::model::password::Password;
use app::people::model::roles::Role;
use app::people::model::two_step::SharedSecret;
use app::people::store::{secrets, users};
use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use server::web::Web;
use sqlx::PgPool;
use totp_rs::Builder;
use uuid::Uuid;

use super::{Answer, Site, attribute, inputs};

/// The password of everybody, until they choose another.
pub const PASSWORD: &str = "nine green kettles sing";
/// Another one, as good.
pub const ANOTHER: &str = "seven tall clouds whistle";

/// The program, and what the time is there.
pub struct House {
    pub site: Site,
    /// The test's own way into the database.
    pub pool: PgPool,
    microseconds: Arc<AtomicI64>,
}

/// Somebody with an account.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: Uuid,
    pub email: String,
}

/// Somebody's second step.
pub struct SecondStep {
    /// In base 32.
    pub secret: String,
    pub recovery_codes: Vec<String>,
    /// The session that turned it on.
    pub session: String,
}

impl House {
    /// With nobody in it.
    pub async fn new(pool: &PgPool) -> Self {
        Self::with(pool, Web::default(), |_| ()).await
    }

    /// With something else in the program's context.
    pub async fn with(pool: &PgPool, web: Web, change: impl FnOnce(&mut AppContext) + Send + 'static) -> Self {
        let start: DateTime<Utc> = "2026-11-23T06:30:00Z".parse().expect("an instant");
        let microseconds = Arc::new(AtomicI64::new(start.timestamp_micros()));
        let clock = clock_of(&microseconds);
        let site = Site::changed(pool, web, move |context| {
            context.clock = clock;
            change(context);
        });
        Self {
            site: site.await,
            pool: pool.clone(),
            microseconds,
        }
    }

    /// The clock that the program goes by.
    pub fn clock(&self) -> Clock {
        clock_of(&self.microseconds)
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock().now()
    }

    /// Lets time pass.
    pub fn pass(&self, time: TimeDelta) {
        let time = time.num_microseconds().expect("a short time");
        self.microseconds.fetch_add(time, Ordering::SeqCst);
    }

    /// The program's context on the test's own pool, with nobody asking.
    pub fn context(&self) -> AppContext {
        self.site.context.clone().on(self.pool.clone())
    }

    /// Adds somebody without a password.
    pub async fn invite(&self, name: &str, role: Role) -> Person {
        let email = format!("{}@people.example", name.to_lowercase());
        let address = Email::parse(&email).expect("an email");
        let mut transaction = self.pool.begin().await.expect("a transaction");
        let added = users::add(&mut transaction, &self.context().stamp(), name, &address, role).await;
        transaction.commit().await.expect("written");
        let id = added.expect("a database").expect("a new user").id;
        Person { id, email }
    }

    /// Adds somebody who has chosen the password of everybody.
    pub async fn add(&self, name: &str, role: Role) -> Person {
        let person = self.invite(name, role).await;
        let context = self.context();
        let hash = context.hasher.hash(Password::typed(PASSWORD)).await.expect("a hash");
        let mut transaction = self.pool.begin().await.expect("a transaction");
        secrets::set_password(&mut transaction, &context.stamp(), person.id, &hash, None)
            .await
            .expect("set");
        transaction.commit().await.expect("written");
        person
    }

    /// Tries to sign in from a browser without a session.
    pub async fn try_in(&self, email: &str, password: &str) -> Answer {
        let form = inputs(&[("email", email), ("password", password)]);
        self.site.post_as("", "/sign-in", form).await
    }

    /// Signs somebody in, who has the password of everybody: the session.
    pub async fn enter(&self, person: &Person) -> String {
        let answer = self.try_in(&person.email, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.words());
        answer.session()
    }

    /// Whether a session is all the way in.
    pub async fn is_in(&self, session: &str) -> bool {
        let answer = self.site.get_as(session, "/api/people/account").await;
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

    /// Turns somebody's second step on, with the password of everybody. Time goes on to the next code.
    pub async fn turn_two_step_on(&self, session: &str) -> SecondStep {
        let page = self.site.get_as(session, "/account/two-step").await;
        let secret = page
            .input("secret")
            .unwrap_or_else(|| panic!("no secret in {}", page.words()));
        let form = inputs(&[
            ("secret", &secret),
            ("code", &self.code(&secret)),
            ("password", PASSWORD),
        ]);
        let answer = self.site.post_as(session, "/account/two-step", form).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.words());
        self.pass(TimeDelta::seconds(30));
        SecondStep {
            secret,
            recovery_codes: recovery_codes(&answer),
            session: answer.session(),
        }
    }

    /// A one-time link for somebody, made by an Admin: its path.
    pub async fn link_for(&self, admin: &str, person: &Person) -> String {
        let answer = self
            .site
            .post_as(admin, &format!("/settings/users/{}/reset", person.id), "")
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.words());
        link_in(&answer)
    }

    /// One number of the database.
    pub async fn count(&self, of: &str) -> i64 {
        let query = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {of}")));
        query.fetch_one(&self.pool).await.expect("a count")
    }

    /// A change that no page makes.
    pub async fn sql(&self, statement: &str) {
        let statement = sqlx::AssertSqlSafe(statement.to_owned());
        sqlx::raw_sql(statement).execute(&self.pool).await.expect("done");
    }

    /// Waits for what is written beside the answers.
    pub async fn settled(&self) {
        let writes = &self.site.context.writes;
        writes.close();
        writes.wait().await;
        writes.reopen();
    }

    pub async fn close(self) {
        self.site.close().await;
    }
}

fn clock_of(microseconds: &Arc<AtomicI64>) -> Clock {
    let microseconds = microseconds.clone();
    Clock::new(move || DateTime::from_timestamp_micros(microseconds.load(Ordering::SeqCst)).expect("an instant"))
}

/// The path of the one-time link that a page shows.
pub fn link_in(answer: &Answer) -> String {
    let mut values = answer.body.split('<').filter_map(|tag| attribute(tag, "value"));
    let link = values.find_map(|value| Some(format!("/link/{}", value.split_once("/link/")?.1)));
    link.unwrap_or_else(|| panic!("no link in {}", answer.words()))
}

/// The recovery codes that a page shows.
pub fn recovery_codes(answer: &Answer) -> Vec<String> {
    let words = answer.words();
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
                     -- What the database notes by itself.
                     AND c.relname <> 'session_changes'
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
