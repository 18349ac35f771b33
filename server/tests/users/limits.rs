//! How often one may try.

use app::base::roles::Role;
use axum::body::Body;
use axum::http::{HeaderValue, Request, StatusCode};
use chrono::TimeDelta;
use server::network::NetworkConfig;
use server::network::TrustedProxies;
use server::request_rate::RequestRate;
use sqlx::PgPool;

use crate::test_client::test_app::{ANOTHER, PASSWORD, TestApp};
use crate::test_client::{TestResponse, form_request, from, inputs};

/// That an attempt is refused, for so many seconds.
fn assert_wait(answer: &TestResponse, seconds: &str, what: &str) {
    assert_too_many(answer, what);
    assert_eq!(answer.header("retry-after"), seconds, "{what}");
}

fn assert_too_many(answer: &TestResponse, what: &str) {
    assert_eq!(
        answer.status,
        StatusCode::TOO_MANY_REQUESTS,
        "{what}: {}",
        answer.visible_text()
    );
    let wait: i64 = answer.header("retry-after").parse().expect("seconds");
    assert!((1..=900).contains(&wait), "{what}: {wait}");
    assert!(answer.visible_text().contains("Too many attempts"), "{what}");
    assert_eq!(answer.session(), "", "{what}");
}

async fn guess(app: &TestApp, email: &str, times: usize) {
    for _ in 0..times {
        let answer = app.try_sign_in(email, ANOTHER).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{}",
            answer.visible_text()
        );
    }
}

fn sign_in(email: &str, password: &str) -> Request<Body> {
    form_request("/sign-in", inputs(&[("email", email), ("password", password)]))
}

#[sqlx::test(migrations = "../migrations")]
async fn after_ten_failed_attempts_an_account_is_slowed_down(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let (asha, ravi) = (
        app.add_user("Asha", Role::Sales).await,
        app.add_user("Ravi", Role::Sales).await,
    );
    guess(&app, &asha.email, 10).await;
    // The delay doubles with each attempt, up to 15 minutes. An account that is not there is no different.
    guess(&app, "nobody@people.example", 10).await;
    for seconds in [30, 60, 120, 240, 480, 900, 900] {
        for email in [&*asha.email, "ASHA@people.example", "nobody@people.example"] {
            let refused = app.try_sign_in(email, PASSWORD).await;
            assert_wait(&refused, &seconds.to_string(), email);
        }
        app.advance(TimeDelta::seconds(seconds) - TimeDelta::milliseconds(1));
        assert_wait(&app.try_sign_in(&asha.email, PASSWORD).await, "1", "a moment too early");
        app.advance(TimeDelta::milliseconds(1));
        guess(&app, &asha.email, 1).await;
        guess(&app, "nobody@people.example", 1).await;
    }
    app.sign_in(&ravi).await;
    app.advance(TimeDelta::minutes(15));
    app.sign_in(&asha).await;
    guess(&app, &asha.email, 10).await;
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn attempts_are_forgotten_after_a_day(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    guess(&app, &asha.email, 10).await;
    app.advance(TimeDelta::hours(24));
    guess(&app, &asha.email, 10).await;
    assert_wait(&app.try_sign_in(&asha.email, PASSWORD).await, "30", "again");
    app.close().await;
}

/// A token that the program has not made.
const UNKNOWN: &str = "lastmile_browser=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Sends the sign-in form from a browser that is known, or from a stranger's.
async fn sign_in_from(app: &TestApp, browser: &str, email: &str, password: &str) -> TestResponse {
    app.server.send_as(browser, sign_in(email, password)).await
}

#[sqlx::test(migrations = "../migrations")]
async fn a_stranger_keeps_nobody_out_of_a_known_browser(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let (asha, ravi) = (
        app.add_user("Asha", Role::Sales).await,
        app.add_user("Ravi", Role::Sales).await,
    );
    let browser = app.try_sign_in(&asha.email, PASSWORD).await.browser_cookie();
    assert!(browser.starts_with("lastmile_browser="), "{browser}");
    let ravis = app.try_sign_in(&ravi.email, PASSWORD).await.browser_cookie();
    guess(&app, &asha.email, 10).await;
    assert_too_many(&app.try_sign_in(&asha.email, PASSWORD).await, "a stranger");
    for unknown in [&*ravis, UNKNOWN] {
        assert_too_many(&sign_in_from(&app, unknown, &asha.email, PASSWORD).await, unknown);
    }
    let entered = sign_in_from(&app, &browser, &asha.email, PASSWORD).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.visible_text());
    assert_eq!(entered.browser_cookie(), browser, "it stays the same");
    // Another path or program may have left one behind that the browser sends first.
    let several = format!("{UNKNOWN}; lastmile_browser=x; {browser}");
    let entered = sign_in_from(&app, &several, &asha.email, PASSWORD).await;
    assert_eq!(
        (entered.status, entered.browser_cookie()),
        (StatusCode::SEE_OTHER, browser.clone())
    );

    // In the known browser one may guess no more than elsewhere, and what happens there slows nobody else down.
    app.advance(TimeDelta::hours(24));
    for _ in 0..10 {
        let wrong = sign_in_from(&app, &browser, &asha.email, ANOTHER).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_wait(
        &sign_in_from(&app, &browser, &asha.email, PASSWORD).await,
        "30",
        "the known browser",
    );
    app.sign_in(&asha).await;
    // One browser may be known to several.
    app.advance(TimeDelta::minutes(1));
    let both = sign_in_from(&app, &browser, &ravi.email, PASSWORD).await;
    assert_eq!(both.browser_cookie(), browser);
    guess(&app, &ravi.email, 10).await;
    assert_eq!(
        sign_in_from(&app, &browser, &ravi.email, PASSWORD).await.status,
        StatusCode::SEE_OTHER
    );
    app.close().await;
}

/// Whoever plants a token in a browser knows it.
#[sqlx::test(migrations = "../migrations")]
async fn a_browser_chooses_no_token_of_its_own(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    let given = sign_in_from(&app, UNKNOWN, &asha.email, PASSWORD)
        .await
        .browser_cookie();
    assert!(given.starts_with("lastmile_browser=") && given != UNKNOWN, "{given}");
    guess(&app, &asha.email, 10).await;
    assert_too_many(
        &sign_in_from(&app, UNKNOWN, &asha.email, PASSWORD).await,
        "the planted token",
    );
    assert_eq!(
        sign_in_from(&app, &given, &asha.email, PASSWORD).await.status,
        StatusCode::SEE_OTHER
    );
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_known_browser_is_known_once_the_code_was_right(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    let second = app.turn_two_step_on(&app.sign_in(&asha).await).await;
    let half = app.try_sign_in(&asha.email, PASSWORD).await;
    assert_eq!(half.browser_cookie(), "", "the password alone is not enough");
    let code = inputs(&[("code", &app.code(&second.secret))]);
    let whole = app.server.post_as(&half.session(), "/sign-in/code", code).await;
    let browser = whole.browser_cookie();
    guess(&app, &asha.email, 10).await;
    app.advance(TimeDelta::milliseconds(30_500));
    let half = sign_in_from(&app, &browser, &asha.email, PASSWORD).await;
    assert_eq!(half.status, StatusCode::SEE_OTHER);
    guess(&app, &asha.email, 1).await;
    let code = form_request("/sign-in/code", inputs(&[("code", &app.code(&second.secret))]));
    let cookies = format!("{}; {browser}", half.session());
    let whole = app.server.send_as(&cookies, code).await;
    assert_eq!(whole.status, StatusCode::SEE_OTHER, "{}", whole.visible_text());
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_clock_that_is_set_back_keeps_nobody_waiting(pool: PgPool) {
    const HERE: &str = "192.0.2.7";
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    app.advance(TimeDelta::hours(3));
    guess(&app, &asha.email, 10).await;
    sqlx::query("UPDATE sign_in_attempts SET attempts = 200")
        .execute(&pool)
        .await
        .expect("updated");
    assert_wait(&app.try_sign_in(&asha.email, PASSWORD).await, "900", "slowed down");
    app.advance(-TimeDelta::hours(3));
    app.sign_in(&asha).await;

    // The same of an address.
    app.advance(TimeDelta::hours(3));
    let from_here = || from(HERE, sign_in("nobody@people.example", ANOTHER));
    app.server.send_as("", from_here()).await;
    sqlx::query("UPDATE sign_in_attempts SET attempts = 200")
        .execute(&pool)
        .await
        .expect("updated");
    assert_too_many(
        &app.server.send_as("", from(HERE, sign_in(&asha.email, PASSWORD))).await,
        "the address",
    );
    app.advance(-TimeDelta::hours(3));
    let entered = app.server.send_as("", from(HERE, sign_in(&asha.email, PASSWORD))).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn concurrent_attempts_are_limited_too(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    let requests = (0..20).map(|_| (String::new(), sign_in(&asha.email, ANOTHER)));
    let answers = app.server.send_at_once(requests.collect()).await;
    let with = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!(with(StatusCode::UNPROCESSABLE_ENTITY), 10);
    assert_eq!(with(StatusCode::TOO_MANY_REQUESTS), 10);
    assert_too_many(&app.try_sign_in(&asha.email, PASSWORD).await, "the right password");
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_success_clears_the_attempts(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    for _ in 0..3 {
        guess(&app, &asha.email, 9).await;
        app.sign_in(&asha).await;
    }
    app.close().await;
}

/// Sends another made-up client address each time.
fn forge_forwarded_for(mut request: Request<Body>, number: usize) -> Request<Body> {
    let claim = HeaderValue::from_str(&format!("198.51.100.{number}")).expect("a header");
    request.headers_mut().insert("x-forwarded-for", claim);
    request
}

#[sqlx::test(migrations = "../migrations")]
async fn a_hundred_attempts_lock_an_address(pool: PgPool) {
    const HERE: &str = "192.0.2.7";
    let app = TestApp::new(&pool).await;
    let (asha, ravi) = (
        app.add_user("Asha", Role::Sales).await,
        app.add_user("Ravi", Role::Sales).await,
    );
    // Few at a time, so that none of them waits for too long.
    for ten in 0..10 {
        let requests = (0..10).map(|one| {
            let number = ten * 10 + one;
            let request = sign_in(&format!("nobody{number}@people.example"), ANOTHER);
            (String::new(), from(HERE, forge_forwarded_for(request, number)))
        });
        for answer in app.server.send_at_once(requests.collect()).await {
            assert_eq!(
                answer.status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{}",
                answer.visible_text()
            );
        }
    }
    for person in [&asha, &ravi] {
        let refused = app
            .server
            .send_as("", from(HERE, sign_in(&person.email, PASSWORD)))
            .await;
        assert_too_many(&refused, "from the address");
        let request = forge_forwarded_for(sign_in(&person.email, PASSWORD), 200);
        let refused = app.server.send_as("", from(HERE, request)).await;
        assert_too_many(&refused, "from the address, claiming another");
    }
    let elsewhere = app
        .server
        .send_as("", from("192.0.2.8", sign_in(&asha.email, PASSWORD)))
        .await;
    assert_eq!(elsewhere.status, StatusCode::SEE_OTHER);

    // A proxy that is believed speaks for many addresses.
    let web = NetworkConfig {
        trusted_proxies: TrustedProxies::parse(HERE).expect("an address"),
        ..NetworkConfig::default()
    };
    let behind = TestApp::with(&pool, web, |_| ()).await;
    let itself = behind
        .server
        .send_as("", from(HERE, sign_in(&ravi.email, PASSWORD)))
        .await;
    assert_too_many(&itself, "the proxy itself");
    let request = forge_forwarded_for(sign_in(&ravi.email, PASSWORD), 1);
    let spoken_for = behind.server.send_as("", from(HERE, request)).await;
    assert_eq!(spoken_for.status, StatusCode::SEE_OTHER);
    let addresses = "SELECT address FROM sessions ORDER BY address";
    let addresses: Vec<String> = sqlx::query_scalar(addresses).fetch_all(&pool).await.expect("sessions");
    assert_eq!(addresses, ["192.0.2.8", "198.51.100.1"]);
    behind.close().await;

    app.advance(TimeDelta::minutes(15));
    let later = app.server.send_as("", from(HERE, sign_in(&asha.email, PASSWORD))).await;
    assert_eq!(later.status, StatusCode::SEE_OTHER);
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_link_unlocks_an_account_at_once(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let (admin, asha) = (
        app.add_user("Root", Role::Admin).await,
        app.add_user("Asha", Role::Sales).await,
    );
    let admin = app.sign_in(&admin).await;
    guess(&app, &asha.email, 10).await;
    assert_too_many(&app.try_sign_in(&asha.email, PASSWORD).await, "locked");
    let link = app.make_link(&admin, &asha).await;
    assert_too_many(
        &app.try_sign_in(&asha.email, PASSWORD).await,
        "a link that is not used changes nothing",
    );
    let used = app.server.post_as("", &link, inputs(&[("password", ANOTHER)])).await;
    assert_eq!(used.status, StatusCode::SEE_OTHER, "{}", used.visible_text());
    let entered = app.try_sign_in(&asha.email, ANOTHER).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn codes_count_as_attempts_too(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    let second = app.turn_two_step_on(&app.sign_in(&asha).await).await;
    let half = app.sign_in(&asha).await;
    let code = async |code: &str| {
        app.server
            .post_as(&half, "/sign-in/code", inputs(&[("code", code)]))
            .await
    };
    // The password was the first of ten.
    for _ in 0..9 {
        assert_eq!(code("abcdef").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_too_many(&code(&app.code(&second.secret)).await, "the right code");
    assert_too_many(&code(&second.recovery_codes[0]).await, "a recovery code");
    assert_too_many(&app.try_sign_in(&asha.email, PASSWORD).await, "the password again");
    app.advance(TimeDelta::seconds(30));
    assert_eq!(code(&app.code(&second.secret)).await.status, StatusCode::SEE_OTHER);
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn correct_passwords_do_not_reset_the_limit_on_codes(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    app.turn_two_step_on(&app.sign_in(&asha).await).await;
    let mut looked_at = 0;
    for _ in 0..10 {
        let answer = app.try_sign_in(&asha.email, PASSWORD).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
        let half = answer.session();
        for _ in 0..3 {
            let answer = app.server.post_as(&half, "/sign-in/code", "code=000000").await;
            looked_at += usize::from(answer.status != StatusCode::TOO_MANY_REQUESTS);
        }
    }
    assert!(looked_at < 10, "{looked_at} codes were looked at");
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn password_checks_in_an_open_session_are_limited(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    let session = app.sign_in(&asha).await;
    let form = |password| inputs(&[("password", password), ("new_password", "eight red lorries hum")]);
    for _ in 0..10 {
        let wrong = app.server.post_as(&session, "/account/password", form(ANOTHER)).await;
        assert_eq!(
            wrong.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{}",
            wrong.visible_text()
        );
    }
    for address in ["/account/password", "/account/two-step/off", "/account/recovery-codes"] {
        assert_too_many(&app.server.post_as(&session, address, form(PASSWORD)).await, address);
    }
    assert!(app.is_signed_in(&session).await, "who is in stays in");
    app.close().await;
}

/// By hand nobody asks as fast as a program that copies everything.
#[sqlx::test(migrations = "../migrations")]
async fn requests_of_a_user_are_limited(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    app.server.context.set_shared(RequestRate::new(1));
    let (asha, ravi) = (
        app.add_user("Asha", Role::Sales).await,
        app.add_user("Ravi", Role::Sales).await,
    );
    let (here, there, ravi) = (
        app.sign_in(&asha).await,
        app.sign_in(&asha).await,
        app.sign_in(&ravi).await,
    );
    let function = "/api/users/current";
    let mut allowed = 0;
    let refused = loop {
        let answer = app.server.get_as(&here, function).await;
        if answer.status != StatusCode::OK {
            break answer;
        }
        allowed += 1;
        assert!(allowed < 1000, "never refused");
    };
    assert!(allowed >= 8, "{allowed} at once");
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.header("retry-after"), "5");
    assert!(refused.body.contains("TooMany"), "{}", refused.body);
    // As fast as they are sent: in all sessions, and whatever is asked for.
    let page = app.server.get_as(&there, "/customers").await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    page.assert_shows("Too many attempts");
    assert!(app.is_signed_in(&ravi).await, "somebody else");
    assert_eq!(
        app.server.get_as("", "/sign-in").await.status,
        StatusCode::OK,
        "a stranger"
    );
    app.close().await;
}
