//! Signing in and out.

use app::base::roles::Role;
use app::http::token::Token;
use app::users::service::invitations;
use app::users::service::sign_in::{SignInOutcome, sign_in};
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use server::network::{NetworkConfig, PublicUrl};
use sqlx::PgPool;
use std::time::{Duration, Instant};

use crate::test_client::inputs;
use crate::test_client::test_app::{ANOTHER, PASSWORD, TestApp, TestUser, rows};

/// A user who has no password yet, and one whose account is disabled: neither can sign in.
async fn invited_and_disabled(app: &TestApp) -> (TestUser, TestUser) {
    (
        app.invite("Ravi", Role::Sales).await,
        app.add_disabled_user("Dev", Role::Sales).await,
    )
}

#[sqlx::test(migrations = "../migrations")]
async fn a_failed_sign_in_does_not_say_why(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    let (invited, disabled) = invited_and_disabled(&app).await;
    let answers = [
        app.try_sign_in(&asha.email, ANOTHER).await,
        app.try_sign_in(&asha.email, " ").await,
        app.try_sign_in(&asha.email, &format!("{PASSWORD} ")).await,
        app.try_sign_in(&asha.email, &PASSWORD.to_uppercase()).await,
        app.try_sign_in("nobody@people.example", PASSWORD).await,
        app.try_sign_in("nobody@people.example", "nobody's password").await,
        app.try_sign_in(&invited.email, PASSWORD).await,
        app.try_sign_in(&invited.email, " ").await,
        app.try_sign_in(&disabled.email, PASSWORD).await,
        app.try_sign_in("no email at all", PASSWORD).await,
        app.try_sign_in(" ", " ").await,
    ];
    let text = answers[0].visible_text();
    assert!(text.contains("Incorrect email or password"), "{text}");
    let headers = |number: usize| {
        let mut names: Vec<_> = answers[number].headers.keys().map(ToString::to_string).collect();
        names.sort();
        names
    };
    for (number, answer) in answers.iter().enumerate() {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{number}");
        assert_eq!(answer.visible_text(), text, "{number}");
        assert_eq!(answer.cookies(), Vec::<&str>::new(), "{number}");
        assert_eq!(headers(number), headers(0), "{number}");
        assert_eq!(answer.input("password").as_deref(), Some(""), "{number}");
        assert!(!answer.body.contains(PASSWORD), "{number}");
    }
    assert_eq!(answers[0].input("email"), Some(asha.email));
    assert_eq!(app.count("sessions").await, 0);
    app.close().await;
}

/// An email and a password are the same however a keyboard encodes them.
#[sqlx::test(migrations = "../migrations")]
async fn a_user_signs_in_in_any_encoding(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let context = app.context();
    let (user, link) = invitations::invite(&context, "Asha", "asha\u{200b}.twin@example.in", "Sales")
        .await
        .expect("no fault")
        .expect("an invitation");
    assert_eq!(user.email, "asha.twin@example.in");
    let again = invitations::invite(&context, "Twin", "Asha.Twin@example.in", "Sales")
        .await
        .expect("no fault");
    assert!(again.is_err_and(|form| form.error_of("email").is_some()));
    let token = link.rsplit('/').next().expect("a token");
    let (composed, decomposed) = ("nine grün kettles sing é", "nine gru\u{308}n kettles sing e\u{301}");
    let used = invitations::use_link(&context, token, "", "", composed)
        .await
        .expect("no fault");
    assert!(used.is_ok(), "{used:?}");
    for (email, password) in [
        ("asha.twin@example.in", composed),
        ("asha.twin@example.in", decomposed),
        ("ASHA\u{feff}.twin@Example.IN", composed),
        ("asha\u{200b}.twin@example.in", decomposed),
        ("asha.twin@ｅｘａｍｐｌｅ.in", "nine\u{a0}grün\u{2003}kettles sing é"),
    ] {
        assert_eq!(
            app.try_sign_in(email, password).await.status,
            StatusCode::SEE_OTHER,
            "{email} {password}"
        );
    }
    let plain = app
        .try_sign_in("asha.twin@example.in", "nine grun kettles sing e")
        .await;
    assert_eq!(plain.status, StatusCode::UNPROCESSABLE_ENTITY);
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_session_cookie_ends_with_the_browser(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    for email in ["asha@people.example", " Asha@People.Example "] {
        let answer = app.try_sign_in(email, PASSWORD).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (StatusCode::SEE_OTHER, "/customers")
        );
        assert_eq!(answer.cookies().len(), 2, "the session and the known browser");
        let (cookie, attributes) = answer.session_cookie().split_once("; ").expect("attributes");
        let token = cookie.strip_prefix("lastmile_session=").expect("the session");
        assert_eq!(token.len(), 43);
        assert_eq!(attributes, "HttpOnly; SameSite=Lax; Path=/");
        assert!(app.is_signed_in(cookie).await);
    }
    app.close().await;

    let https = NetworkConfig {
        public_url: Some(PublicUrl::parse("https://crm.example").expect("a URL")),
        ..NetworkConfig::default()
    };
    let app = TestApp::with(&pool, https, |_| ()).await;
    let answer = app.try_sign_in(&asha.email, PASSWORD).await;
    let (cookie, attributes) = answer.session_cookie().split_once("; ").expect("attributes");
    assert!(cookie.starts_with("__Host-lastmile="), "{cookie}");
    assert_eq!(attributes, "HttpOnly; SameSite=Lax; Secure; Path=/");
    assert!(app.is_signed_in(cookie).await);
    let plain = cookie.replace("__Host-lastmile", "lastmile_session");
    assert!(
        !app.is_signed_in(&plain).await,
        "a cookie that http could have set counts for nothing"
    );
    let out = app.server.post_as(cookie, "/sign-out", "").await;
    assert_eq!(
        out.session_cookie(),
        "__Host-lastmile=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0"
    );
    // The message for the next page is the other.
    assert_eq!(out.cookies().len(), 2);
    assert!(
        out.cookies().iter().all(|cookie| cookie.contains("; Secure;")),
        "{out:?}"
    );
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn an_empty_input_is_an_error_and_not_an_attempt(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    for (email, password, present, absent) in [
        (&*asha.email, "", "Enter your password", "Enter your email"),
        ("", PASSWORD, "Enter your email", "Enter your password"),
    ] {
        let again = app.try_sign_in(email, password).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{present}");
        assert!(
            again.visible_text().contains(present) && !again.visible_text().contains(absent),
            "{}",
            again.visible_text()
        );
        assert_eq!(again.input("email").as_deref(), Some(email));
    }
    assert_eq!(app.count("sign_in_attempts").await, 0);
    app.close().await;
}

/// The encodings in which a row could hold a text.
fn spellings(secret: &str) -> Vec<String> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut all = vec![secret.to_owned(), hex(secret.as_bytes())];
    all.extend(URL_SAFE_NO_PAD.decode(secret).ok().map(|bytes| hex(&bytes)));
    all
}

#[sqlx::test(migrations = "../migrations")]
async fn the_database_holds_no_token(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Admin).await;
    let ravi = app.add_user("Ravi", Role::Staff).await;
    let session = app.sign_in(&asha).await;
    let link = app.make_link(&session, &ravi).await;
    assert_eq!(app.count("sessions").await, 1);
    assert_eq!(app.count("one_time_links").await, 1);
    let stored = format!("{:?}", rows(&pool).await);
    // The comparison does find what the database holds.
    assert!(spellings(&ravi.email).iter().any(|spelling| stored.contains(spelling)));
    for secret in [
        session.strip_prefix("lastmile_session=").expect("a token"),
        link.strip_prefix("/link/").expect("a token"),
        PASSWORD,
    ] {
        for spelling in spellings(secret) {
            assert!(!stored.contains(&spelling), "{spelling}");
        }
    }
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn signing_in_again_ends_the_browsers_previous_session(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let (asha, ravi) = (
        app.add_user("Asha", Role::Sales).await,
        app.add_user("Ravi", Role::Staff).await,
    );
    let elsewhere = app.sign_in(&asha).await;
    let first = app.sign_in(&asha).await;
    assert_ne!(first, elsewhere);
    let mut before = first;
    for person in [&asha, &ravi, &asha] {
        let form = inputs(&[("email", &person.email), ("password", PASSWORD)]);
        let after = app.server.post_as(&before, "/sign-in", form).await.session();
        assert_ne!(after, before);
        assert!(!app.is_signed_in(&before).await);
        assert!(app.is_signed_in(&after).await);
        before = after;
    }
    assert!(app.is_signed_in(&elsewhere).await, "other browsers stay");
    assert_eq!(app.count("sessions").await, 2);

    // A token that somebody else has put into the browser is not taken over.
    let planted = app.server.cookie(&Token::new().expect("random bytes"));
    let form = inputs(&[("email", &asha.email), ("password", PASSWORD)]);
    let opened = app.server.post_as(&planted, "/sign-in", form).await.session();
    assert_ne!(opened, planted);
    assert!(!app.is_signed_in(&planted).await);
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn signing_out_ends_the_session_on_the_server(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    let (session, elsewhere) = (app.sign_in(&asha).await, app.sign_in(&asha).await);
    let out = app.server.post_as(&session, "/sign-out", "").await;
    assert_eq!(
        (out.status, out.header("location")),
        (StatusCode::SEE_OTHER, "/sign-in")
    );
    assert_eq!(
        out.session_cookie(),
        "lastmile_session=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"
    );
    assert!(out.header("clear-site-data").contains("cache"));
    assert!(!app.is_signed_in(&session).await);
    let page = app.server.get_as(&session, "/customers").await;
    assert_eq!(
        (page.status, page.header("location")),
        (StatusCode::SEE_OTHER, "/sign-in?next=%2Fcustomers")
    );
    assert!(app.is_signed_in(&elsewhere).await);
    assert_eq!(app.count("sessions").await, 1);
    let twice = app.server.post_as(&session, "/sign-out", "").await;
    assert_eq!(twice.status, StatusCode::SEE_OTHER, "no fault");
    app.close().await;
}

/// The median time of an attempt for each email, without the limits. The emails take turns, so that other load on the machine affects
/// all of them alike.
async fn medians<const N: usize>(app: &TestApp, emails: [&str; N]) -> [Duration; N] {
    let context = app.context();
    let mut times = [const { Vec::new() }; N];
    for _ in 0..20 {
        for (times, email) in times.iter_mut().zip(emails) {
            app.run_sql("DELETE FROM sign_in_attempts").await;
            let begun = Instant::now();
            let outcome = sign_in(&context, email, ANOTHER).await.expect("a database");
            times.push(begun.elapsed());
            assert!(matches!(outcome, SignInOutcome::Wrong), "{outcome:?}");
        }
    }
    times.map(|mut times| {
        times.sort();
        times[10]
    })
}

/// Only the time can show this: without the hash the answer would come ten times as fast.
#[sqlx::test(migrations = "../migrations")]
async fn an_unknown_email_takes_as_long_as_a_known_email(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    let (invited, disabled) = invited_and_disabled(&app).await;
    let emails = [
        &asha.email,
        "nobody@people.example",
        &invited.email,
        &disabled.email,
        "no email",
    ];
    let [known, others @ ..] = medians(&app, emails).await;
    for (email, taken) in emails[1..].iter().zip(others) {
        let ratio = taken.as_secs_f64() / known.as_secs_f64();
        assert!((0.5..2.0).contains(&ratio), "{email}: {taken:?} against {known:?}");
    }
    app.close().await;
}

/// The next sign-in after the parameters of hashes have changed.
#[sqlx::test(migrations = "../migrations")]
async fn a_hash_with_old_parameters_is_renewed(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    // Of the same password, made with less memory.
    let old = "$argon2id$v=19$m=8192,t=1,p=1$nBoM/Qj0d0y/Tt1z8iDCZw$WwAC4378x99fyoh2bUo8tCZDAlHjUSGEtDjednNm9QA";
    app.run_sql(&format!("UPDATE users SET password_hash = '{old}' WHERE name = 'Asha'"))
        .await;
    let hash = async || -> String {
        let found = sqlx::query_scalar("SELECT password_hash FROM users WHERE name = 'Asha'");
        found.fetch_one(&pool).await.expect("a user")
    };
    assert_eq!(
        app.try_sign_in(&asha.email, ANOTHER).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    app.wait_for_writes().await;
    assert_eq!(hash().await, old, "a wrong password changes nothing");
    let session = app.sign_in(&asha).await;
    app.wait_for_writes().await;
    let new = hash().await;
    assert!(new.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{new}");
    assert!(app.is_signed_in(&session).await);
    app.sign_in(&asha).await;
    app.wait_for_writes().await;
    assert_eq!(hash().await, new, "once");
    app.close().await;
}
