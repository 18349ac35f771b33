//! No secret gets out: not into the log, not into the history, not into the database.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, Mutex};

use app::base::roles::Role;
use app::users::model::totp::SharedSecret;
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sqlx::PgPool;

use crate::test_client::test_app::{TestApp, link_in, recovery_codes, rows};
use crate::test_client::{TestResponse, inputs};

/// Where the log goes.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What must not get out, and the addresses of people, which must not get into the log.
#[derive(Default)]
struct Secrets {
    texts: BTreeSet<String>,
    second_steps: BTreeSet<String>,
}

impl Secrets {
    fn keep(&mut self, text: &str) -> String {
        self.texts.insert(text.to_owned());
        text.to_owned()
    }

    fn session_of(&mut self, answer: &TestResponse) -> String {
        let session = answer.session();
        self.keep(session.split_once('=').expect("a session").1);
        session
    }

    fn link_of(&mut self, answer: &TestResponse) -> String {
        let link = link_in(answer);
        self.keep(link.strip_prefix("/link/").expect("a token"));
        link
    }

    fn codes_of(&mut self, answer: &TestResponse) -> Vec<String> {
        let codes = recovery_codes(answer);
        for code in &codes {
            self.keep(code);
            self.keep(&code.replace('-', ""));
        }
        codes
    }

    fn second_step(&mut self, base32: &str) -> String {
        self.second_steps.insert(base32.to_owned());
        self.keep(base32)
    }

    /// Each of them as text, and as the bytes that it stands for.
    fn spellings(&self) -> Vec<String> {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let mut all = Vec::new();
        for text in &self.texts {
            all.push(text.clone());
            all.push(hex(text.as_bytes()));
            all.extend(URL_SAFE_NO_PAD.decode(text).ok().map(|bytes| hex(&bytes)));
            all.push(form_urlencoded::byte_serialize(text.as_bytes()).collect());
        }
        let second_steps = self.second_steps.iter().filter_map(|text| SharedSecret::parse(text));
        all.extend(second_steps.map(|secret| hex(secret.bytes())));
        all
    }
}

/// All that the database holds, as text.
async fn all_rows(app: &TestApp) -> String {
    format!("{:?}", rows(&app.pool).await)
}

/// All that a user does with an account, and much of it wrong at first. Gives the rows of the database in between.
async fn life(app: &TestApp, secrets: &mut Secrets) -> Vec<String> {
    let server = &app.server;
    let first = app::users::service::invitations::invite_first_admin(&app.context())
        .await
        .expect("a database")
        .expect("a link");
    let link = first
        .strip_prefix("http://localhost")
        .expect("a link to here")
        .to_owned();
    secrets.keep(link.strip_prefix("/link/").expect("a token"));
    let root = secrets.keep("four wooden umbrellas dream");
    let weak = secrets.keep("weakpassword1");
    for password in [&weak, &root] {
        let form = inputs(&[
            ("name", "Root"),
            ("email", "root@hidden.example"),
            ("password", password),
        ]);
        server.get_as("", &link).await;
        server.post_as("", &link, form).await;
    }
    let entered = server
        .post_as(
            "",
            "/sign-in",
            inputs(&[("email", "root@hidden.example"), ("password", &root)]),
        )
        .await;
    let admin = secrets.session_of(&entered);
    let mut stored = vec![all_rows(app).await];

    let form = inputs(&[("name", "Asha"), ("email", "asha@hidden.example"), ("role", "Sales")]);
    let link = secrets.link_of(&server.post_as(&admin, "/settings/users/new", form.clone()).await);
    assert_eq!(
        server.post_as(&admin, "/settings/users/new", form).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let password = secrets.keep("nine purple kettles sing");
    stored.push(all_rows(app).await);
    server.get_as("", &link).await;
    server
        .get_as("", &format!("/api/users/link?token={}", &link["/link/".len()..]))
        .await;
    server.post_as("", &link, inputs(&[("password", &weak)])).await;
    server.post_as("", &link, inputs(&[("password", &password)])).await;
    // Somebody types the password into the wrong field, or a wrong one.
    let mistyped = secrets.keep("mistyped secret of somebody");
    for (email, password) in [
        (&*mistyped, &*password),
        ("asha@hidden.example", &mistyped),
        ("typo.secret@hidden.example", &password),
    ] {
        server
            .post_as("", "/sign-in", inputs(&[("email", email), ("password", password)]))
            .await;
    }
    let credentials = |password: &str| inputs(&[("email", "asha@hidden.example"), ("password", password)]);
    let session = secrets.session_of(&server.post_as("", "/sign-in", credentials(&password)).await);
    let secret = server
        .get_as(&session, "/account/two-step")
        .await
        .totp_secret()
        .expect("a secret");
    let secret = secrets.second_step(&secret);
    let code = app.code(&secret);
    let turn_on = |code: &str| inputs(&[("code", code), ("password", &*password)]);
    server.post_as(&session, "/account/two-step", turn_on("x")).await;
    let on = server.post_as(&session, "/account/two-step", turn_on(&code)).await;
    let codes = secrets.codes_of(&on);
    let session = secrets.session_of(&on);
    stored.push(all_rows(app).await);

    let half = secrets.session_of(&server.post_as("", "/sign-in", credentials(&password)).await);
    for code in [&code, &mistyped, &codes[0]] {
        server.post_as(&half, "/sign-in/code", inputs(&[("code", code)])).await;
    }
    let form = inputs(&[("password", &*password), ("code", &codes[1])]);
    let renewed = server.post_as(&session, "/account/recovery-codes", form).await;
    secrets.codes_of(&renewed);
    let session = secrets.session_of(&renewed);
    let another = secrets.keep("seven silent clouds whistle");
    for current in [&mistyped, &password] {
        let form = inputs(&[("password", current), ("new_password", &another)]);
        let answer = server.post_as(&session, "/account/password", form).await;
        if answer.status == StatusCode::SEE_OTHER {
            secrets.session_of(&answer);
        }
    }
    let id: uuid::Uuid = sqlx::query_scalar("SELECT id FROM users WHERE name = 'Asha'")
        .fetch_one(&app.pool)
        .await
        .expect("a user");
    let user = format!("/settings/users/{id}");
    let link = secrets.link_of(
        &server
            .post_as(&admin, &format!("{user}/reset"), "without_two_step=1")
            .await,
    );
    // A session that has ended, and a fault of the database's.
    app.run_sql("ALTER TABLE history RENAME TO history_elsewhere").await;
    let failed = server.post_as("", &link, inputs(&[("password", &password)])).await;
    assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
    app.run_sql("ALTER TABLE history_elsewhere RENAME TO history").await;
    server.post_as("", &link, inputs(&[("password", &password)])).await;
    stored.push(all_rows(app).await);
    let session = secrets.session_of(&server.post_as("", "/sign-in", credentials(&password)).await);
    for _ in 0..11 {
        server.post_as("", "/sign-in", credentials(&mistyped)).await;
    }
    server.post_as(&session, "/settings/users/new", "name=x").await;
    server.post_as(&admin, &format!("{user}/disable"), "").await;
    server.post_as(&admin, "/sign-out", "").await;
    app.wait_for_writes().await;
    stored.push(all_rows(app).await);
    stored
}

#[sqlx::test(migrations = "../migrations")]
async fn no_secret_is_in_the_log_or_the_database(pool: PgPool) {
    let log = Log::default();
    let writer = log.clone();
    // Everything that any part of the program could say, from all of its threads.
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).expect("the only log of this program");

    let app = TestApp::new(&pool).await;
    app.add_user("Ravi", Role::Staff).await;
    app.run_sql("DELETE FROM users").await;
    let mut secrets = Secrets::default();
    let stored = life(&app, &mut secrets).await;
    app.close().await;

    let log = String::from_utf8(log.0.lock().expect("no panic").clone()).expect("text");
    for entry in [
        "signed in",
        "sign-in failed",
        "one-time link used",
        "second step passed",
        "internal error",
        "too many attempts",
        "DEBUG",
    ] {
        assert!(log.contains(entry), "{entry}");
    }
    assert!(secrets.texts.len() > 50, "{}", secrets.texts.len());
    for secret in secrets.spellings() {
        let line = log.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "{secret} is in the log");
        for rows in &stored {
            assert!(!rows.contains(&secret), "{secret} is in the database");
        }
    }
    for person in ["hidden.example", "mistyped"] {
        let line = log.lines().find(|line| line.contains(person));
        assert_eq!(line, None, "{person} is in the log");
    }
}
