//! The second step: turned on, required, replaced by recovery codes, turned off.

use app::base::roles::Role;
use axum::http::StatusCode;
use chrono::TimeDelta;
use sqlx::PgPool;

use crate::test_client::test_app::{ANOTHER, PASSWORD, TestApp, recovery_codes, rows};
use crate::test_client::{TestResponse, form_request, inputs};

async fn send_code(app: &TestApp, half: &str, code: &str) -> TestResponse {
    app.server
        .post_as(half, "/sign-in/code", inputs(&[("code", code), ("next", "/account")]))
        .await
}

fn led_to(answer: &TestResponse) -> (u16, &str) {
    (answer.status.as_u16(), answer.header("location"))
}

#[sqlx::test(migrations = "../migrations")]
async fn a_code_and_the_password_turn_two_step_on(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    let (session, elsewhere) = (app.sign_in(&asha).await, app.sign_in(&asha).await);
    let page = app.server.get_as(&session, "/account/two-step").await;
    assert!(page.body.contains("<svg"), "a picture to scan");
    let secret = page.totp_secret().expect("a secret");
    assert_eq!(page.input("secret"), None, "it is not for the form to say");
    let again = app.server.get_as(&session, "/account/two-step").await.totp_secret();
    assert_eq!(again.as_deref(), Some(&*secret), "the app has it perhaps");
    let another = app.server.get_as(&elsewhere, "/account/two-step").await.totp_secret();
    assert_ne!(another.as_deref(), Some(&*secret), "each session has its own");
    let chosen = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    let before = app.count("history").await;
    let right = app.code(&secret);
    let wrong = if right == "000000" { "111111" } else { "000000" };
    for (sent, code, password, message) in [
        (&*secret, wrong, PASSWORD, "Incorrect code"),
        (&secret, "", PASSWORD, "Incorrect code"),
        (&secret, &right, ANOTHER, "Incorrect password"),
        (&secret, wrong, "", "Enter your password"),
        // A secret of the client's own counts for nothing.
        (chosen, &app.code(chosen), PASSWORD, "Incorrect code"),
    ] {
        let form = inputs(&[("secret", sent), ("code", code), ("password", password)]);
        let again = app.server.post_as(&session, "/account/two-step", form).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{message}");
        again.assert_shows(message);
        assert_eq!(again.input("password").as_deref(), Some(""), "{message}");
        assert_eq!(again.input("code").as_deref(), Some(""), "{message}");
        assert_eq!(again.totp_secret().as_deref(), Some(&*secret), "the app has it already");
    }
    assert_eq!(app.count("users WHERE totp_secret IS NOT NULL").await, 0);
    assert_eq!(app.count("history").await, before);

    let form = inputs(&[("secret", chosen), ("code", &right), ("password", PASSWORD)]);
    let on = app.server.post_as(&session, "/account/two-step", form).await;
    assert_eq!(on.status, StatusCode::OK, "{}", on.visible_text());
    let codes = recovery_codes(&on);
    let stored = format!("{:?}", rows(&pool).await);
    assert!(codes.iter().all(|code| !stored.contains(code)), "codes are not kept");
    assert_eq!(app.count("recovery_codes").await, 10);
    assert!(!app.is_signed_in(&session).await, "the token is another");
    assert!(app.is_signed_in(&on.session()).await);
    let page = app.server.get_as(&elsewhere, "/customers?q=rao").await;
    assert_eq!(
        led_to(&page),
        (303, "/sign-in/code?next=%2Fcustomers%3Fq%3Drao"),
        "elsewhere a code is wanted now"
    );

    let account = app.server.get_as(&on.session(), "/account").await.visible_text();
    assert!(account.contains("10 recovery codes are left"), "{account}");
    assert!(codes.iter().all(|code| !account.contains(code)), "shown once");
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn without_the_code_every_request_is_refused(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Admin).await;
    let second = app.turn_two_step_on(&app.sign_in(&asha).await).await;
    let form = inputs(&[
        ("email", &asha.email),
        ("password", PASSWORD),
        ("next", "/settings/users"),
    ]);
    let entered = app.server.post_as("", "/sign-in", form).await;
    assert_eq!(led_to(&entered), (303, "/sign-in/code?next=%2Fsettings%2Fusers"));
    let half = entered.session();
    let before = rows(&pool).await;
    for path in [
        "/customers",
        "/account",
        "/account/two-step",
        "/account/password",
        "/settings/users",
        "/settings/roles",
        "/",
    ] {
        let page = app.server.get_as(&half, path).await;
        assert!(
            led_to(&page).1.starts_with("/sign-in/code"),
            "{path}: {:?}",
            led_to(&page)
        );
    }
    for function in [
        "customers/list?address=",
        "users/account",
        "users/list",
        "users/roles",
        "users/two-step",
    ] {
        let answer = app.server.get_as(&half, &format!("/api/{function}")).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{function}");
    }
    let code = app.code(&second.secret);
    let all = inputs(&[
        ("password", PASSWORD),
        ("new_password", ANOTHER),
        ("code", &code),
        ("secret", &second.secret),
        ("role", "Staff"),
        ("two_step", "required"),
        ("idle_minutes", "60"),
        ("absolute_minutes", "90"),
    ]);
    let user = format!("/settings/users/{}", asha.id);
    for path in [
        "/account/password",
        "/account/two-step",
        "/account/two-step/off",
        "/account/recovery-codes",
        "/account/sessions",
        "/settings/users/new",
        &format!("{user}/role"),
        &format!("{user}/reset"),
        &format!("{user}/sessions"),
        "/settings/roles/sessions",
        "/settings/roles/Staff/two-step",
    ] {
        let answer = app.server.post_as(&half, path, all.clone()).await;
        assert_eq!(
            answer.status,
            StatusCode::UNAUTHORIZED,
            "{path}: {}",
            answer.visible_text()
        );
        assert!(
            !answer.body.contains(PASSWORD) && !answer.body.contains(ANOTHER),
            "{path}"
        );
    }
    assert_eq!(rows(&pool).await, before);

    let wrong = send_code(&app, &half, "12345").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.assert_shows("Incorrect code");
    assert_eq!(wrong.input("next").as_deref(), Some("/account"));
    let right = send_code(&app, &half, &code).await;
    assert_eq!(led_to(&right), (303, "/account"));
    assert_ne!(right.session(), half);
    assert!(app.is_signed_in(&right.session()).await);
    assert_eq!(
        send_code(&app, &half, "x").await.status,
        StatusCode::UNAUTHORIZED,
        "the token from before is dead"
    );
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_code_is_valid_once(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    let second = app.turn_two_step_on(&app.sign_in(&asha).await).await;
    let refused = async |code: &str, what: &str| {
        let half = app.sign_in(&asha).await;
        let answer = send_code(&app, &half, code).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{what}");
    };
    app.advance(TimeDelta::seconds(-30));
    let set_up = app.code(&second.secret);
    app.advance(TimeDelta::seconds(30));
    refused(&set_up, "the code that turned it on, which is one step old").await;
    let code = app.code(&second.secret);
    let half = app.sign_in(&asha).await;
    assert_eq!(send_code(&app, &half, &code).await.status, StatusCode::SEE_OTHER);
    refused(&code, "the same again").await;
    app.advance(TimeDelta::seconds(30));
    refused(&code, "the same again, one step later").await;

    // One who looks over the shoulder is as fast, and still one of both is too late.
    let code = app.code(&second.secret);
    let halves = [
        app.sign_in(&asha).await,
        app.sign_in(&asha).await,
        app.sign_in(&asha).await,
    ];
    let requests = halves.map(|half| (half, form_request("/sign-in/code", inputs(&[("code", &code)]))));
    let answers = app.server.send_at_once(requests.into()).await;
    let entered = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::SEE_OTHER)
        .count();
    assert_eq!(entered, 1);
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_recovery_code_is_valid_once(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    let second = app.turn_two_step_on(&app.sign_in(&asha).await).await;
    let typed = second.recovery_codes[0].to_lowercase().replace('-', " ");
    let half = app.sign_in(&asha).await;
    let entered = send_code(&app, &half, &typed).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.visible_text());
    let session = entered.session();
    assert!(app.is_signed_in(&session).await && !app.is_signed_in(&half).await);
    let account = app.server.get_as(&session, "/account").await.visible_text();
    assert!(account.contains("9 recovery codes are left"), "{account}");
    let half = app.sign_in(&asha).await;
    for code in [&typed, &second.recovery_codes[0]] {
        assert_eq!(
            send_code(&app, &half, code).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }

    let requests = [(half.clone(), 1), (half.clone(), 1), (half, 1)].map(|(half, number)| {
        let code = inputs(&[("code", &*second.recovery_codes[number])]);
        (half, form_request("/sign-in/code", code))
    });
    let answers = app.server.send_at_once(requests.into()).await;
    let entered = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::SEE_OTHER)
        .count();
    assert_eq!(entered, 1, "one at once, too");
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn new_recovery_codes_replace_the_old(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    let session = app.sign_in(&asha).await;
    let off = app
        .server
        .post_as(&session, "/account/recovery-codes", inputs(&[("password", PASSWORD)]))
        .await;
    assert_eq!(off.status, StatusCode::UNPROCESSABLE_ENTITY);
    off.assert_shows("Two-step sign-in is off");
    assert!(app.is_signed_in(&session).await);

    let second = app.turn_two_step_on(&session).await;
    let session = second.session;
    let wrong = app
        .server
        .post_as(&session, "/account/recovery-codes", inputs(&[("password", ANOTHER)]))
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.assert_shows("Incorrect password");
    let code = app.code(&second.secret);
    for form in [
        &[("password", PASSWORD)][..],
        &[("password", PASSWORD), ("code", "12345")],
    ] {
        let wrong = app
            .server
            .post_as(&session, "/account/recovery-codes", inputs(form))
            .await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        wrong.assert_shows("Incorrect code");
    }
    let form = inputs(&[("password", PASSWORD), ("code", &code)]);
    let renewed = app.server.post_as(&session, "/account/recovery-codes", form).await;
    assert_eq!(renewed.status, StatusCode::OK, "{}", renewed.visible_text());
    let codes = recovery_codes(&renewed);
    assert!(codes.iter().all(|code| !second.recovery_codes.contains(code)));
    assert!(!app.is_signed_in(&session).await && app.is_signed_in(&renewed.session()).await);
    let half = app.sign_in(&asha).await;
    assert_eq!(
        send_code(&app, &half, &second.recovery_codes[1]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(send_code(&app, &half, &codes[1]).await.status, StatusCode::SEE_OTHER);
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_role_that_requires_two_step_demands_its_setup_first(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let (admin, asha) = (
        app.add_user("Root", Role::Admin).await,
        app.add_user("Asha", Role::Staff).await,
    );
    let (admin, session) = (app.sign_in(&admin).await, app.sign_in(&asha).await);
    let demand = async |what: &str| {
        let form = inputs(&[("two_step", what)]);
        let answer = app.server.post_as(&admin, "/settings/roles/Staff/two-step", form).await;
        assert_eq!(led_to(&answer), (303, "/settings/roles"));
    };
    demand("required").await;
    assert!(app.is_signed_in(&admin).await, "other roles go on");
    let also = app.sign_in(&asha).await;
    for session in [&session, &also] {
        for path in [
            "/customers",
            "/account",
            "/account/password",
            "/settings/roles",
            "/sign-in",
            "/sign-in/code",
        ] {
            let page = app.server.get_as(session, path).await;
            assert_eq!(led_to(&page), (303, "/account/two-step"), "{path}");
        }
        assert!(!app.is_signed_in(session).await);
        let list = app.server.get_as(session, "/api/customers/list?address=").await;
        assert_eq!(list.status, StatusCode::UNAUTHORIZED);
        let password = inputs(&[("password", PASSWORD), ("new_password", ANOTHER)]);
        let password = app.server.post_as(session, "/account/password", password).await;
        assert_eq!(password.status, StatusCode::UNAUTHORIZED);
    }
    let page = app.server.get_as(&session, "/account/two-step").await;
    assert_eq!(page.status, StatusCode::OK);
    page.assert_shows("Your role requires two-step sign-in");

    let second = app.turn_two_step_on(&session).await;
    assert!(app.is_signed_in(&second.session).await);
    let form = inputs(&[("password", PASSWORD), ("code", &app.code(&second.secret))]);
    let kept = app
        .server
        .post_as(&second.session, "/account/two-step/off", form.clone())
        .await;
    assert_eq!(kept.status, StatusCode::UNPROCESSABLE_ENTITY);
    kept.assert_shows("requires two-step sign-in");
    assert_eq!(app.count("users WHERE totp_secret IS NOT NULL").await, 1);
    demand("optional").await;
    let off = app.server.post_as(&second.session, "/account/two-step/off", form).await;
    assert_eq!(led_to(&off), (303, "/account"));
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn the_password_and_a_code_turn_two_step_off(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    let second = app.turn_two_step_on(&app.sign_in(&asha).await).await;
    let code = app.code(&second.secret);
    for (password, code) in [("", &*code), (ANOTHER, &code), (PASSWORD, ""), (PASSWORD, "12345")] {
        let form = inputs(&[("password", password), ("code", code)]);
        let wrong = app.server.post_as(&second.session, "/account/two-step/off", form).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let form = inputs(&[("password", PASSWORD), ("code", &code)]);
    let off = app.server.post_as(&second.session, "/account/two-step/off", form).await;
    assert_eq!(led_to(&off), (303, "/account"));
    assert!(!app.is_signed_in(&second.session).await && app.is_signed_in(&off.session()).await);
    assert_eq!(app.count("users WHERE totp_secret IS NOT NULL").await, 0);
    assert_eq!(app.count("recovery_codes").await, 0);
    let session = app.sign_in(&asha).await;
    assert!(app.is_signed_in(&session).await, "the password is enough again");
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn only_a_link_for_a_lost_phone_turns_two_step_off(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let (admin, asha) = (
        app.add_user("Root", Role::Admin).await,
        app.add_user("Asha", Role::Sales).await,
    );
    let admin = app.sign_in(&admin).await;
    app.turn_two_step_on(&app.sign_in(&asha).await).await;
    let link = app.make_link(&admin, &asha).await;
    app.server
        .post_as("", &link, inputs(&[("password", ANOTHER), ("without_two_step", "1")]))
        .await;
    let half = app.try_sign_in(&asha.email, ANOTHER).await;
    assert!(led_to(&half).1.starts_with("/sign-in/code"), "{:?}", led_to(&half));

    let address = format!("/settings/users/{}/reset", asha.id);
    let made = app.server.post_as(&admin, &address, "without_two_step=1").await;
    assert_eq!(made.status, StatusCode::OK);
    // Made is not used: until then the old password alone does not let in.
    let half = app.try_sign_in(&asha.email, ANOTHER).await;
    assert!(led_to(&half).1.starts_with("/sign-in/code"), "{:?}", led_to(&half));
    let link = crate::test_client::test_app::link_in(&made);
    app.server.post_as("", &link, inputs(&[("password", ANOTHER)])).await;
    let entered = app.try_sign_in(&asha.email, ANOTHER).await;
    assert!(app.is_signed_in(&entered.session()).await);
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_code_used_while_the_clock_was_wrong_locks_nobody_out(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    let second = app.turn_two_step_on(&app.sign_in(&asha).await).await;
    for wrong in [TimeDelta::hours(1), TimeDelta::days(400)] {
        app.advance(wrong);
        let half = app.sign_in(&asha).await;
        assert_eq!(
            send_code(&app, &half, &app.code(&second.secret)).await.status,
            StatusCode::SEE_OTHER
        );
        // The clock is set right. The code of now is accepted, once.
        app.advance(TimeDelta::seconds(30) - wrong);
        let half = app.sign_in(&asha).await;
        let code = app.code(&second.secret);
        assert_eq!(
            send_code(&app, &half, &code).await.status,
            StatusCode::SEE_OTHER,
            "{wrong}"
        );
        let half = app.sign_in(&asha).await;
        assert_eq!(
            send_code(&app, &half, &code).await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{wrong}"
        );
        app.advance(TimeDelta::minutes(1));
    }
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_code_is_read_as_it_is_typed(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    let second = app.turn_two_step_on(&app.sign_in(&asha).await).await;

    for write in [
        (|code: &str| format!("{}-{}", &code[..3], &code[3..])) as fn(&str) -> String,
        |code| format!(" {} {} ", &code[..3], &code[3..]),
        |code| {
            code.chars()
                .filter_map(|c| char::from_u32(u32::from('०') + c.to_digit(10)?))
                .collect()
        },
        |code| {
            code.chars()
                .filter_map(|c| char::from_u32(u32::from('０') + c.to_digit(10)?))
                .collect()
        },
    ] {
        let half = app.sign_in(&asha).await;
        let code = write(&app.code(&second.secret));
        assert_eq!(
            send_code(&app, &half, &code).await.status,
            StatusCode::SEE_OTHER,
            "{code}"
        );
        app.advance(TimeDelta::seconds(30));
    }
    app.close().await;
}

/// Whoever has lost the phone, and is signed in.
#[sqlx::test(migrations = "../migrations")]
async fn a_recovery_code_turns_two_step_off(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    let second = app.turn_two_step_on(&app.sign_in(&asha).await).await;
    let form = inputs(&[("password", PASSWORD), ("code", &second.recovery_codes[3])]);
    let off = app.server.post_as(&second.session, "/account/two-step/off", form).await;
    assert_eq!(led_to(&off), (303, "/account"));
    app.close().await;
}

/// The right password does not let somebody try all codes.
#[sqlx::test(migrations = "../migrations")]
async fn codes_in_an_open_session_are_limited(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    let second = app.turn_two_step_on(&app.sign_in(&asha).await).await;
    let send = async |code: &str| {
        let form = inputs(&[("password", PASSWORD), ("code", code)]);
        app.server
            .post_as(&second.session, "/account/recovery-codes", form)
            .await
            .status
    };
    for attempt in 0..10 {
        assert_eq!(send("12345").await, StatusCode::UNPROCESSABLE_ENTITY, "{attempt}");
    }
    assert_eq!(send(&app.code(&second.secret)).await, StatusCode::TOO_MANY_REQUESTS);
    app.close().await;
}
