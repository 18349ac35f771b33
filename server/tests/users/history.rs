//! Who did what, when and from where: for every change to accounts and rules.

use app::base::roles::Role;
use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use crate::test_client::test_app::{ANOTHER, PASSWORD, TestApp};
use crate::test_client::{TestResponse, inputs};

#[derive(Debug, PartialEq, Eq, sqlx::FromRow)]
struct HistoryLine {
    field: String,
    before: Option<String>,
    after: Option<String>,
}

/// What is common to the lines of a change, and the transaction that has written them.
#[derive(Debug, sqlx::FromRow)]
struct CommonColumns {
    at: DateTime<Utc>,
    actor: Option<Uuid>,
    source: String,
    entity: String,
    entity_id: Uuid,
    version: i64,
    transaction: String,
}

/// Reads the rows of the history that were written since the last call.
struct HistoryReader<'a> {
    app: &'a TestApp,
    read: i64,
}

impl HistoryReader<'_> {
    /// Compares the new rows with what the last change should have written. Then the clock advances.
    async fn expect(
        &mut self,
        answer: &TestResponse,
        who: Option<Uuid>,
        what: (&str, Uuid),
        lines: &[(&str, &str, &str)],
    ) {
        assert!(
            answer.status.is_success() || answer.status.is_redirection(),
            "{}",
            answer.visible_text()
        );
        let (entity, id) = what;
        let new = "FROM history ORDER BY id OFFSET $1";
        let query = format!("SELECT field, before, after {new}");
        let found: Vec<HistoryLine> = sqlx::query_as(sqlx::AssertSqlSafe(query))
            .bind(self.read)
            .fetch_all(&self.app.pool)
            .await
            .expect("history");
        let optional = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let expected = lines.iter().map(|(field, before, after)| HistoryLine {
            field: (*field).to_owned(),
            before: optional(before),
            after: optional(after),
        });
        assert_eq!(found, expected.collect::<Vec<_>>());

        let query = format!("SELECT at, actor, source, entity, entity_id, version, xmin::text AS transaction {new}");
        let common: Vec<CommonColumns> = sqlx::query_as(sqlx::AssertSqlSafe(query))
            .bind(self.read)
            .fetch_all(&self.app.pool)
            .await
            .expect("history");
        let table = match entity {
            "user" => "users",
            "role" => "role_policies",
            _ => "session_policy",
        };
        let query = format!("SELECT version, xmin::text FROM {table} WHERE id = $1");
        let (version, transaction): (i64, String) = sqlx::query_as(sqlx::AssertSqlSafe(query))
            .bind(id)
            .fetch_one(&self.app.pool)
            .await
            .expect("the subject");
        for line in &common {
            assert_eq!(line.at, self.app.now(), "{line:?}");
            assert_eq!(line.actor, who, "{line:?}");
            assert_eq!(line.source, "page", "{line:?}");
            assert_eq!((&*line.entity, line.entity_id), (entity, id), "{line:?}");
            assert_eq!(
                line.transaction, transaction,
                "in the transaction of the change: {line:?}"
            );
        }
        assert!(
            common.last().is_none_or(|line| line.version == version),
            "{version}: {common:?}"
        );
        self.read += found.len() as i64;
        self.app.advance(TimeDelta::seconds(30));
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn every_change_to_accounts_and_policies_is_in_the_history(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let root = app.add_user("Root", Role::Admin).await;
    let admin = app.sign_in(&root).await;
    let mut reader = HistoryReader {
        app: &app,
        read: app.count("history").await,
    };
    let by_admin = async |address: String, form: String| app.server.post_as(&admin, &address, form).await;

    let form = inputs(&[
        ("name", "Asha Rao"),
        ("email", "asha@people.example"),
        ("role", "Sales"),
    ]);
    let invited = by_admin("/settings/users/new".into(), form).await;
    let id: Uuid = sqlx::query_scalar("SELECT id FROM users WHERE name = 'Asha Rao'")
        .fetch_one(&pool)
        .await
        .expect("a user");
    let lines = [
        ("created", "", ""),
        ("name", "", "Asha Rao"),
        ("email", "", "asha@people.example"),
        ("role", "", "Sales"),
    ];
    let asha = ("user", id);
    reader.expect(&invited, Some(root.id), asha, &lines).await;

    // Whoever has the link acts as its person.
    let link = crate::test_client::test_app::link_in(&invited);
    let chosen = app.server.post_as("", &link, inputs(&[("password", PASSWORD)])).await;
    reader
        .expect(&chosen, Some(id), asha, &[("password set", "", "")])
        .await;

    let entered = app.try_sign_in("asha@people.example", PASSWORD).await;
    let session = entered.session();
    reader.expect(&entered, None, asha, &[]).await;
    let of = |action: &str| format!("/settings/users/{id}/{action}");
    let own = Some(id);

    let form = inputs(&[("password", PASSWORD), ("new_password", ANOTHER)]);
    let changed = app.server.post_as(&session, "/account/password", form).await;
    reader
        .expect(&changed, own, asha, &[("password changed", "", "")])
        .await;
    let session = changed.session();
    let (secret, form) = app.two_step_form(&session, ANOTHER).await;
    let on = app.server.post_as(&session, "/account/two-step", form).await;
    reader.expect(&on, own, asha, &[("two-step on", "", "")]).await;
    let codes = crate::test_client::test_app::recovery_codes(&on);
    let half = app.try_sign_in("asha@people.example", ANOTHER).await.session();
    let used = app
        .server
        .post_as(&half, "/sign-in/code", inputs(&[("code", &codes[0])]))
        .await;
    reader.expect(&used, own, asha, &[("recovery code used", "", "")]).await;
    let session = used.session();
    let with_code = || {
        app.advance(TimeDelta::seconds(30));
        inputs(&[("password", ANOTHER), ("code", &app.code(&secret))])
    };
    let renewed = app
        .server
        .post_as(&session, "/account/recovery-codes", with_code())
        .await;
    reader
        .expect(&renewed, own, asha, &[("recovery codes renewed", "", "")])
        .await;
    let off = app
        .server
        .post_as(&renewed.session(), "/account/two-step/off", with_code())
        .await;
    reader.expect(&off, own, asha, &[("two-step off", "", "")]).await;
    let password = inputs(&[("password", ANOTHER)]);
    let ended = app.server.post_as(&off.session(), "/account/sessions", password).await;
    reader.expect(&ended, own, asha, &[("sessions ended", "", "")]).await;

    for (action, form, line) in [
        ("role", "role=Staff", ("role", "Sales", "Staff")),
        ("sessions", "", ("sessions ended", "", "")),
        ("reset", "", ("link created", "", "")),
        ("disable", "", ("disabled", "", "")),
        ("enable", "", ("enabled", "", "")),
    ] {
        let done = by_admin(of(action), form.into()).await;
        reader.expect(&done, Some(root.id), asha, &[line]).await;
    }
    // What changes nothing leaves nothing.
    for (action, form) in [("role", "role=Staff"), ("enable", "")] {
        let done = by_admin(of(action), form.into()).await;
        reader.expect(&done, Some(root.id), asha, &[]).await;
    }
    let session = app.try_sign_in("asha@people.example", ANOTHER).await.session();
    let (_, form) = app.two_step_form(&session, ANOTHER).await;
    let on = app.server.post_as(&session, "/account/two-step", form).await;
    reader.expect(&on, own, asha, &[("two-step on", "", "")]).await;
    let lost = by_admin(of("reset"), "without_two_step=1".into()).await;
    reader
        .expect(&lost, Some(root.id), asha, &[("link created", "", "")])
        .await;

    let policy = |number: u128| Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0000 + number);
    let required = by_admin("/settings/roles/Staff/two-step".into(), "two_step=required".into()).await;
    let line = ("two-step sign-in", "optional", "required");
    reader
        .expect(&required, Some(root.id), ("role", policy(3)), &[line])
        .await;
    let form = "idle_minutes=30&absolute_minutes=600";
    let changed = by_admin("/settings/roles/sessions".into(), form.into()).await;
    let lines = [
        ("idle limit", "60 minutes", "30 minutes"),
        ("absolute limit", "720 minutes", "600 minutes"),
    ];
    reader
        .expect(&changed, Some(root.id), ("session policy", policy(16)), &lines)
        .await;
    let again = by_admin("/settings/roles/sessions".into(), form.into()).await;
    reader
        .expect(&again, Some(root.id), ("session policy", policy(16)), &[])
        .await;
    app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_change_whose_history_cannot_be_written_is_rolled_back(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let (root, asha) = (
        app.add_user("Root", Role::Admin).await,
        app.add_user("Asha", Role::Sales).await,
    );
    let (admin, session) = (app.sign_in(&root).await, app.sign_in(&asha).await);
    app.run_sql("ALTER TABLE history RENAME TO history_elsewhere").await;
    let state = async || {
        let people = "SELECT string_agg(u::text, ' ' ORDER BY id) FROM users u";
        let people: String = sqlx::query_scalar(people).fetch_one(&pool).await.expect("users");
        let policies = "SELECT string_agg(r::text, ' ' ORDER BY id) FROM role_policies r";
        let policies: String = sqlx::query_scalar(policies).fetch_one(&pool).await.expect("policies");
        (
            people,
            policies,
            app.count("one_time_links").await,
            app.count("sessions").await,
        )
    };
    let before = state().await;
    let user = format!("/settings/users/{}", asha.id);
    for (session, address, form) in [
        (&admin, format!("{user}/role"), "role=Staff".to_owned()),
        (&admin, format!("{user}/disable"), String::new()),
        (&admin, format!("{user}/sessions"), String::new()),
        (&admin, format!("{user}/reset"), String::new()),
        (
            &admin,
            "/settings/users/new".into(),
            "name=X&email=x%40example.in&role=Staff".into(),
        ),
        (
            &admin,
            "/settings/roles/Staff/two-step".into(),
            "two_step=required".into(),
        ),
        (
            &admin,
            "/settings/roles/sessions".into(),
            "idle_minutes=30&absolute_minutes=600".into(),
        ),
        (
            &session,
            "/account/password".into(),
            inputs(&[("password", PASSWORD), ("new_password", ANOTHER)]),
        ),
        (&session, "/account/sessions".into(), inputs(&[("password", PASSWORD)])),
    ] {
        let answer = app.server.post_as(session, &address, form).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{address}");
        assert!(!answer.body.contains(ANOTHER), "{address}");
        assert_eq!(state().await, before, "{address}");
    }
    app.close().await;
}
