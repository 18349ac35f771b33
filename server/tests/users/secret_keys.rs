//! The secrets of the second step at rest: encrypted with a key that is not in the database.

use app::base::roles::Role;
use app::users::model::secret_keys::SecretKeys;
use app::users::model::totp::SharedSecret;
use app::users::service::secret_keys::renew_secrets;
use axum::http::StatusCode;
use chrono::TimeDelta;
use server::network::NetworkConfig;
use sqlx::PgPool;

use crate::test_client::test_app::{PASSWORD, TestApp, rows};
use crate::test_client::{inputs, secret_keys};

/// The bytes of all secrets that the database has.
async fn stored(app: &TestApp) -> Vec<Vec<u8>> {
    let query = "SELECT totp_secret FROM users WHERE totp_secret IS NOT NULL
                 UNION ALL SELECT totp_setup FROM sessions WHERE totp_setup IS NOT NULL";
    sqlx::query_scalar(query).fetch_all(&app.pool).await.expect("secrets")
}

fn new_key() -> String {
    SecretKeys::generate().expect("random bytes")
}

#[sqlx::test(migrations = "../migrations")]
async fn the_database_does_not_hold_the_secret(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    let session = app.sign_in(&asha).await;
    let (shown, form) = app.two_step_form(&session, PASSWORD).await;
    let secret = SharedSecret::parse(&shown).expect("a secret");
    let holds_it = |stored: &[Vec<u8>]| {
        stored.iter().any(|bytes| {
            bytes
                .windows(8)
                .any(|part| secret.bytes().windows(8).any(|of| of == part))
        })
    };
    // While it is being set up, and once it is on.
    let setup = stored(&app).await;
    assert_eq!(setup.len(), 1);
    assert!(!holds_it(&setup));
    assert_eq!(
        app.server.post_as(&session, "/account/two-step", form).await.status,
        StatusCode::OK
    );
    let on = stored(&app).await;
    assert_eq!(on.len(), 1);
    assert!(!holds_it(&on) && on != setup, "encrypted anew");
    let everything = format!("{:?}", rows(&pool).await);
    let hex: String = secret.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!everything.contains(&hex) && !everything.contains(&shown));
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn another_users_secret_opens_nothing(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let (asha, ravi) = (
        app.add_user("Asha", Role::Sales).await,
        app.add_user("Ravi", Role::Sales).await,
    );
    let own = app.turn_two_step_on(&app.sign_in(&asha).await).await;
    app.turn_two_step_on(&app.sign_in(&ravi).await).await;
    // Whoever can write to the database cannot give somebody a secret whose codes they know.
    app.run_sql(&format!(
        "UPDATE users SET totp_secret = (SELECT totp_secret FROM users WHERE id = '{}') WHERE id = '{}'",
        asha.id, ravi.id
    ))
    .await;
    let half = app.sign_in(&ravi).await;
    let answer = app
        .server
        .post_as(&half, "/sign-in/code", inputs(&[("code", &app.code(&own.secret))]))
        .await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!app.is_signed_in(&half).await);
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_wrong_key_is_reported_and_a_recovery_code_lets_in(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let asha = app.add_user("Asha", Role::Sales).await;
    let second = app.turn_two_step_on(&app.sign_in(&asha).await).await;
    let before = stored(&app).await;
    app.server
        .context
        .set_shared(SecretKeys::parse(&new_key()).expect("a key"));
    assert_eq!(renew_secrets(&app.context()).await, Ok(1), "reported at the start");
    assert_eq!(stored(&app).await, before, "and kept");
    let half = app.sign_in(&asha).await;
    for code in [&*app.code(&second.secret), "000000"] {
        let answer = app
            .server
            .post_as(&half, "/sign-in/code", inputs(&[("code", code)]))
            .await;
        assert_eq!(
            answer.status,
            StatusCode::SERVICE_UNAVAILABLE,
            "{}",
            answer.visible_text()
        );
        answer.assert_shows("LASTMILE_SECRET_KEY_FILE");
        assert!(answer.body.contains("name=\"recovery_code\""));
    }
    let recovery = inputs(&[("code", ""), ("recovery_code", &second.recovery_codes[0])]);
    let entered = app.server.post_as(&half, "/sign-in/code", recovery).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.visible_text());
    assert!(app.is_signed_in(&entered.session()).await);
    // The key is back.
    app.server.context.set_shared(secret_keys());
    app.advance(TimeDelta::seconds(30));
    let half = app.sign_in(&asha).await;
    let code = inputs(&[("code", &app.code(&second.secret))]);
    assert_eq!(
        app.server.post_as(&half, "/sign-in/code", code).await.status,
        StatusCode::SEE_OTHER
    );
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn without_a_key_nobody_turns_two_step_on(pool: PgPool) {
    let app = TestApp::with(&pool, NetworkConfig::default(), |context| {
        context.set_shared(SecretKeys::default())
    })
    .await;
    let (admin, asha) = (
        app.add_user("Root", Role::Admin).await,
        app.add_user("Asha", Role::Sales).await,
    );
    let (admin, session) = (app.sign_in(&admin).await, app.sign_in(&asha).await);
    let page = app.server.get_as(&session, "/account/two-step").await;
    page.assert_shows("LASTMILE_SECRET_KEY_FILE");
    let form = inputs(&[("code", "123456"), ("password", PASSWORD)]);
    let sent = app.server.post_as(&session, "/account/two-step", form).await;
    assert_eq!(sent.status, StatusCode::SERVICE_UNAVAILABLE);
    sent.assert_shows("LASTMILE_SECRET_KEY_FILE");
    // Nor does an Admin require it of a role, whose users could not go on.
    let required = app
        .server
        .post_as(
            &admin,
            "/settings/roles/Sales/two-step",
            inputs(&[("two_step", "required")]),
        )
        .await;
    assert_eq!(required.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(stored(&app).await.is_empty() && app.is_signed_in(&session).await);
    assert_eq!(renew_secrets(&app.context()).await, Ok(0));
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_new_key_takes_over_without_anybody_noticing(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let users = [
        app.add_user("Asha", Role::Sales).await,
        app.add_user("Ravi", Role::Admin).await,
    ];
    let mut steps = Vec::new();
    for user in &users {
        steps.push(app.turn_two_step_on(&app.sign_in(user).await).await);
    }
    let old = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, [7; 32]);
    let new = new_key();
    let use_keys = |lines: &str| app.server.context.set_shared(SecretKeys::parse(lines).expect("keys"));
    let before = stored(&app).await;
    let history = app.count("history").await;
    // First every copy learns to read it, then it writes, then the old one goes.
    for (lines, changes) in [
        (format!("{old}\n{new}"), false),
        (format!("{new}\n{old}"), true),
        (new.clone(), true),
    ] {
        use_keys(&lines);
        assert_eq!(renew_secrets(&app.context()).await, Ok(0));
        assert_eq!(stored(&app).await != before, changes);
        for (user, second) in users.iter().zip(&steps) {
            let half = app.sign_in(user).await;
            let code = inputs(&[("code", &app.code(&second.secret))]);
            let entered = app.server.post_as(&half, "/sign-in/code", code).await;
            assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.visible_text());
        }
        app.advance(TimeDelta::seconds(30));
    }
    assert_eq!(app.count("history").await, history, "it is no change of a user");
    app.close().await;
}
