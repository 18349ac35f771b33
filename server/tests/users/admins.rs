//! The last Admin stays one.

use app::base::roles::Role;
use app::http::context::AppContext;
use app::users::service::admin;
use axum::http::StatusCode;
use sqlx::PgPool;

use crate::test_client::test_app::{TestApp, TestUser};
use crate::test_client::{form_request, inputs};

async fn assert_refused(app: &TestApp, admin: &str, person: &TestUser) {
    for (action, form) in [("disable", ""), ("role", "role=Staff"), ("role", "role=Sales")] {
        let answer = app
            .server
            .post_as(admin, &format!("/settings/users/{}/{action}", person.id), form)
            .await;
        assert_eq!(
            answer.status,
            StatusCode::CONFLICT,
            "{action}: {}",
            answer.visible_text()
        );
        answer.assert_shows("This is the only Admin");
    }
    let kept = format!(
        "users WHERE id = '{}' AND role = 'Admin' AND disabled_at IS NULL",
        person.id
    );
    assert_eq!(app.count(&kept).await, 1);
    assert!(app.is_signed_in(admin).await);
}

#[sqlx::test(migrations = "../migrations")]
async fn the_last_admin_cannot_be_removed(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let root = app.add_user("Root", Role::Admin).await;
    app.add_user("Asha", Role::Sales).await;
    let session = app.sign_in(&root).await;
    assert_refused(&app, &session, &root).await;

    // An Admin who has no password yet cannot sign in, and neither can one who is disabled.
    app.invite("Ravi", Role::Admin).await;
    app.add_disabled_user("Dev", Role::Admin).await;
    assert_refused(&app, &session, &root).await;
    let half_way = app.server.sign_in(Role::Admin).await;
    assert_refused(&app, &half_way, &root).await;

    // Nor does the command line, which acts for nobody.
    let operator: AppContext = app.context();
    let disabled = admin::set_disabled(&operator, (root.id, None), true)
        .await
        .expect("a database");
    assert!(disabled.is_err());
    let demoted = admin::set_role(&operator, (root.id, None), "Staff")
        .await
        .expect("a database");
    assert!(demoted.is_err());
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn of_two_admins_one_may_be_removed(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let (root, asha) = (
        app.add_user("Root", Role::Admin).await,
        app.add_user("Asha", Role::Admin).await,
    );
    let (first, second) = (app.sign_in(&root).await, app.sign_in(&asha).await);
    let gone = app
        .server
        .post_as(&first, &format!("/settings/users/{}/disable", asha.id), "")
        .await;
    assert_eq!(gone.header("location"), "/settings/users");
    assert!(!app.is_signed_in(&second).await);
    assert_refused(&app, &first, &root).await;

    let back = app
        .server
        .post_as(&first, &format!("/settings/users/{}/enable", asha.id), "")
        .await;
    assert_eq!(back.header("location"), "/settings/users");
    let own = app
        .server
        .post_as(&first, &format!("/settings/users/{}/role", root.id), "role=Sales")
        .await;
    assert_eq!(own.header("location"), "/settings/users");
    assert!(
        !app.is_signed_in(&first).await,
        "the new role applies from the next sign-in"
    );
    let asha_in = app.sign_in(&asha).await;
    assert_refused(&app, &asha_in, &asha).await;
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn two_admins_cannot_disable_each_other_concurrently(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let (root, asha) = (
        app.add_user("Root", Role::Admin).await,
        app.add_user("Asha", Role::Admin).await,
    );
    let mut statuses = Vec::new();
    for round in 0..20 {
        let sessions = [app.sign_in(&root).await, app.sign_in(&asha).await];
        let action = |person: &TestUser, number: usize| {
            let (action, form) = [("disable", ""), ("role", "role=Sales")][(round >> number) % 2];
            form_request(&format!("/settings/users/{}/{action}", person.id), form)
        };
        let [first, second] = sessions;
        let requests = vec![(first, action(&asha, 0)), (second, action(&root, 1))];
        let answers = app.server.send_at_once(requests).await;
        let left = app
            .count("users WHERE role = 'Admin' AND disabled_at IS NULL AND password_hash IS NOT NULL")
            .await;
        assert_eq!(left, 1, "round {round}");
        statuses.push(answers.iter().map(|answer| answer.status.as_u16()).collect::<Vec<_>>());
        app.run_sql("UPDATE users SET disabled_at = NULL, role = 'Admin'").await;
    }
    for pair in &statuses {
        let done = pair.iter().filter(|status| **status == 303).count();
        // The other was the last one, or was signed out already.
        let refused = pair.iter().filter(|status| [401, 409].contains(*status)).count();
        assert_eq!((done, refused), (1, 1), "{statuses:?}");
    }
    app.close().await;
}

/// Four Admins: each disables the next one.
#[sqlx::test(migrations = "../migrations")]
async fn admins_who_each_disable_the_next_cannot_all_succeed(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let mut people = Vec::new();
    for name in ["Asha", "Ravi", "Dev", "Mina"] {
        people.push(app.add_user(name, Role::Admin).await);
    }
    for round in 0..5 {
        let mut requests = Vec::new();
        for (number, person) in people.iter().enumerate() {
            let next = &people[(number + 1) % people.len()];
            let request = form_request(&format!("/settings/users/{}/disable", next.id), "");
            requests.push((app.sign_in(person).await, request));
        }
        let answers = app.server.send_at_once(requests).await;
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        assert!(
            app.count("users WHERE disabled_at IS NULL").await >= 1,
            "round {round}: {statuses:?}"
        );
        assert!(
            statuses.iter().all(|status| [303, 401, 409].contains(status)),
            "round {round}: {statuses:?}"
        );
        app.run_sql("UPDATE users SET disabled_at = NULL").await;
    }
    app.close().await;
}

/// Every dialog about a user is for the version that it showed: of another it is shown again, with what the account is now.
#[sqlx::test(migrations = "../migrations")]
async fn dialogs_are_about_the_user_that_they_showed(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let session = app.sign_in(&app.add_user("Root", Role::Admin).await).await;
    for (action, form) in [("role", "role=Admin"), ("disable", ""), ("sessions", ""), ("reset", "")] {
        let ravi = app.add_user(&format!("Ravi{action}"), Role::Staff).await;
        let address = format!("/settings/users/{}/{action}", ravi.id);
        let shown = app.server.get_as(&session, &address).await;
        let version = shown.input("version").expect("a version");
        app.server
            .post_as(&session, &format!("/settings/users/{}/role", ravi.id), "role=Sales")
            .await;
        let before = app.count("history").await;
        for version in [&*version, "", "x"] {
            let answer = app
                .server
                .post_as(&session, &address, format!("{form}&version={version}"))
                .await;
            assert!(answer.status.is_client_error(), "{action}: {}", answer.status);
            answer.assert_shows("changed after you opened this. The account is now: Sales, active");
            assert_ne!(
                answer.input("version").as_deref(),
                Some(version),
                "the dialog is about what is now"
            );
            assert_eq!(app.count("history").await, before, "{action}");
        }
        let answer = app.server.post_as(&session, &address, form).await;
        assert!(!answer.status.is_client_error(), "{action}: {}", answer.visible_text());
        assert_eq!(app.count("history").await, before + 1, "{action}");
    }
    app.close().await;
}

/// Two Admins have the same dialog open: the second is told what the first has set, and nothing is lost of what was typed.
#[sqlx::test(migrations = "../migrations")]
async fn policies_are_set_as_their_dialogs_showed_them(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let admin = app.sign_in(&app.add_user("Root", Role::Admin).await).await;
    for (dialog, first, second, words, typed) in [
        (
            "/settings/roles/sessions",
            [("idle_minutes", "30"), ("absolute_minutes", "600")],
            [("idle_minutes", "45"), ("absolute_minutes", "700")],
            "it is now 30 and 600 minutes",
            ("idle_minutes", "45"),
        ),
        (
            "/settings/roles/Staff/two-step",
            [("two_step", "required"), ("", "")],
            [("two_step", "optional"), ("", "")],
            "This changed after you opened it",
            ("", ""),
        ),
    ] {
        let shown = app
            .server
            .get_as(&admin, dialog)
            .await
            .input("version")
            .expect("a version");
        let form = |fields: &[(&str, &str)], version: &str| inputs(&[fields, &[("version", version)]].concat());
        let saved = app.server.post_as(&admin, dialog, form(&first, &shown)).await;
        assert_eq!(saved.header("location"), "/settings/roles", "{dialog}");
        for version in [&*shown, "", "x", "99"] {
            let refused = app.server.post_as(&admin, dialog, form(&second, version)).await;
            assert_eq!(refused.status, StatusCode::CONFLICT, "{dialog} {version}");
            refused.assert_shows(words);
            if !typed.0.is_empty() {
                assert_eq!(refused.input(typed.0).as_deref(), Some(typed.1), "{dialog}");
            }
            let now = refused.input("version").expect("a version");
            assert_ne!(now, shown, "{dialog}");
        }
        let now = app
            .server
            .get_as(&admin, dialog)
            .await
            .input("version")
            .expect("a version");
        let saved = app.server.post_as(&admin, dialog, form(&second, &now)).await;
        assert_eq!(saved.header("location"), "/settings/roles", "{dialog}");
    }
    assert_eq!(
        app.count("session_policy WHERE idle_minutes = 45 AND absolute_minutes = 700")
            .await,
        1
    );
    assert_eq!(app.count("role_policies WHERE two_step_required").await, 0);
    app.close().await;
}
