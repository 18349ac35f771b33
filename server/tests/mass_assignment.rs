//! A form changes what it is about and nothing else, whatever else is sent along: the name of every column of the database, and
//! names that other programs are known to have taken.

#[path = "mass_assignment/probe.rs"]
mod probe;
mod test_client;

use std::collections::BTreeSet;

use app::base::roles::Role;
use app::base::spec::SubjectSpec;
use app::customers::spec::SPEC;
use app::users::service::invitations;
use axum::http::Method;
use chrono::TimeDelta;
use probe::MassAssignmentProbe;
use sqlx::PgPool;
use test_client::test_app::{ANOTHER, PASSWORD, TestApp};
use test_client::{Form, inputs};
use uuid::Uuid;

/// The forms, as the router spells them, each with the test that sends it.
const FORMS: &[&str] = &[
    "/customers/new",
    "/customers/{id}/edit",
    "/customers/{id}/delete",
    "/customers/{id}/restore",
    "/customers/columns",
    "/leads/new",
    "/leads/{id}/edit",
    "/leads/{id}/delete",
    "/leads/{id}/restore",
    "/leads/{id}/move",
    "/leads/columns",
    "/served-pin-codes/new",
    "/served-pin-codes/{id}/edit",
    "/served-pin-codes/{id}/delete",
    "/served-pin-codes/{id}/restore",
    "/served-pin-codes/columns",
    "/plans/new",
    "/plans/{id}/edit",
    "/plans/{id}/delete",
    "/plans/{id}/restore",
    "/plans/columns",
    "/holidays/new",
    "/holidays/{id}/edit",
    "/holidays/{id}/delete",
    "/holidays/{id}/restore",
    "/holidays/columns",
    "/jobs/{id}/retry",
    "/jobs/{id}/stop",
    "/leads/{id}/convert",
    "/services/{customer}/order",
    "/services/{customer}/{id}/{action}",
    "/sign-in",
    "/sign-in/code",
    "/sign-in/demo",
    "/sign-in/again",
    "/sign-out",
    "/link/{token}",
    "/account/password",
    "/account/two-step",
    "/account/two-step/off",
    "/account/recovery-codes",
    "/account/sessions",
    "/settings/users/new",
    "/settings/users/{id}/{action}",
    "/settings/roles/sessions",
    "/settings/roles/{role}/two-step",
    "/bills/columns",
    "/payments/columns",
    "/payments/new/{id}",
    "/payments/{id}/reverse",
    "/bills/new/{id}",
    "/bills/{id}/credit",
    "/settings/provider",
];
/// The functions that are called by POST.
const FUNCTIONS: &[&str] = &[
    "/api/bills/columns",
    "/api/payments/columns",
    "/api/customers/columns",
    "/api/customers/delete",
    "/api/customers/restore",
    "/api/customers/save",
    "/api/flash",
    "/api/holidays/columns",
    "/api/holidays/delete",
    "/api/holidays/restore",
    "/api/holidays/save",
    "/api/leads/columns",
    "/api/leads/convert",
    "/api/leads/delete",
    "/api/leads/duplicates",
    "/api/leads/move",
    "/api/leads/restore",
    "/api/leads/save",
    "/api/plans/columns",
    "/api/plans/delete",
    "/api/plans/restore",
    "/api/plans/save",
    "/api/served_pin_codes/columns",
    "/api/served_pin_codes/delete",
    "/api/served_pin_codes/restore",
    "/api/served_pin_codes/save",
];

#[sqlx::test(migrations = "../migrations")]
async fn every_form_and_server_function_is_tested_here(pool: PgPool) {
    // Which the program knows once it has a router.
    TestApp::new(&pool).await.close().await;
    let mut forms = server::router::form_paths();
    let mut known = FORMS.to_vec();
    forms.sort_unstable();
    known.sort_unstable();
    assert_eq!(forms, known);
    let functions = leptos::server_fn::axum::server_fn_paths();
    let functions: BTreeSet<&str> = functions
        .filter(|(_, method)| *method != Method::GET)
        .map(|(path, _)| path)
        .collect();
    assert_eq!(functions, FUNCTIONS.iter().copied().collect());
}

/// The names that belong to the form of a customer.
fn of_customer() -> Vec<&'static str> {
    let fields = SPEC.fields.iter().map(|field| field.name);
    fields.chain(["id", "version", "reference", "conflict"]).collect()
}

/// The changes of an edit that moves Asha to another city.
fn moved() -> Vec<&'static str> {
    vec![
        "+history city of Asha by Root",
        "customers Asha: city search_text updated_at version",
    ]
}

#[sqlx::test(migrations = "../migrations")]
async fn customer_forms_change_only_their_fields(pool: PgPool) {
    let probe = MassAssignmentProbe::new(&pool, false).await;
    let (app, own) = (&probe.app, of_customer());
    let session = app.sign_in(&probe.root).await;
    let form = Form::in_page(&app.server.get_as(&session, "/customers/new").await).filled_in("Asha", "asha@example.in");
    let changes = probe.changes_of(&session, "/customers/new", &own, &form.body()).await;
    assert!(changes.contains(&"+customers Asha".to_owned()), "{changes:?}");
    assert!(
        changes.iter().all(|change| [
            "+customers ",
            "+customer_summary ",
            "+services ",
            "+service_events ",
            "+jobs "
        ]
        .iter()
        .any(|table| change.starts_with(table))
            || change.ends_with(" of Asha by Root")),
        "{changes:?}"
    );
    let made: (i64, i64, bool) = sqlx::query_as("SELECT account_number, version, deleted_at IS NULL FROM customers")
        .fetch_one(&pool)
        .await
        .expect("a customer");
    assert_eq!(made, (1, 1, true));

    let id = form.value("id");
    let other =
        Form::in_page(&app.server.get_as(&session, "/customers/new").await).filled_in("Ravi", "ravi@example.in");
    app.server.post_as(&session, "/customers/new", other.body()).await;
    let address = format!("/customers/{id}/edit");
    let form = Form::in_page(&app.server.get_as(&session, &address).await).with("city", "Mysuru");
    assert_eq!(probe.changes_of(&session, &address, &own, &form.body()).await, moved());

    app.server.remove_services(id.parse().expect("an id")).await;
    let address = format!("/customers/{id}/delete");
    let set_deleted = |event| {
        [
            format!("+history {event} of Asha by Root"),
            // Who is deleted is in no segment.
            "customer_summary : segment".to_owned(),
            "customers Asha: deleted_at updated_at version".to_owned(),
        ]
    };
    assert_eq!(
        probe.changes_of(&session, &address, &[], "").await,
        set_deleted("deleted")
    );
    assert_eq!(
        probe
            .changes_of(&session, &format!("/customers/{id}/restore"), &[], "")
            .await,
        set_deleted("restored")
    );
    assert!(
        probe
            .changes_of(&session, "/customers/columns", &[], "column=city")
            .await
            .is_empty()
    );

    // The functions of the program's own pages.
    let form =
        Form::in_page(&app.server.get_as(&session, &format!("/customers/{id}/edit")).await).with("city", "Belagavi");
    let whole = format!("{}&{}", form.body(), probe.alongside(&form.body(), &own));
    let body = inputs(&[("form", &whole)]);
    let (answer, changes) = probe.send(&session, "/api/customers/save", &["form"], &body).await;
    assert_eq!(changes, moved(), "{}", answer.body);
    let body = inputs(&[("id", id)]);
    assert_eq!(
        probe
            .changes_of(&session, "/api/customers/delete", &["id"], &body)
            .await,
        set_deleted("deleted")
    );
    assert_eq!(
        probe
            .changes_of(&session, "/api/customers/restore", &["id"], &body)
            .await,
        set_deleted("restored")
    );
    assert!(
        probe
            .changes_of(&session, "/api/customers/columns", &[], "columns[0]=city")
            .await
            .is_empty()
    );
    assert!(probe.changes_of(&session, "/api/flash", &[], "").await.is_empty());
    probe.app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn lead_forms_change_only_their_fields(pool: PgPool) {
    let probe = MassAssignmentProbe::new(&pool, false).await;
    let (app, fields) = (&probe.app, app::leads::spec::SPEC.fields);
    let own: Vec<&str> = fields.iter().map(|field| field.name).collect();
    let own: Vec<&str> = own
        .into_iter()
        .chain(["id", "version", "reference", "conflict"])
        .collect();
    let session = app.sign_in(&probe.root).await;
    let new = Form::in_page(&app.server.get_as(&session, "/leads/new").await);
    let new = new.with("name", "Asha").with("phone", "98450 12345");
    let changes = probe.changes_of(&session, "/leads/new", &own, &new.body()).await;
    assert_eq!(changes, ["+history created of Asha by Root", "+leads Asha"]);
    let made: (i64, i64, i64, bool) =
        sqlx::query_as("SELECT lead_number, version, position, customer IS NULL AND deleted_at IS NULL FROM leads")
            .fetch_one(&pool)
            .await
            .expect("a lead");
    assert_eq!(made, (1, 1, 1 << 20, true));
    let moved = [
        "+history city of Asha by Root",
        "leads Asha: city search_text updated_at version",
    ];
    let address = format!("/leads/{}/edit", new.value("id"));
    let edit = Form::in_page(&app.server.get_as(&session, &address).await).with("city", "Mysuru");
    assert_eq!(probe.changes_of(&session, &address, &own, &edit.body()).await, moved);
    let edit = Form::in_page(&app.server.get_as(&session, &address).await).with("city", "Belagavi");
    let whole = format!("{}&{}", edit.body(), probe.alongside(&edit.body(), &own));
    let body = inputs(&[("form", &whole)]);
    assert_eq!(
        probe.changes_of(&session, "/api/leads/save", &["form"], &body).await,
        moved
    );
    // A card that is moved: by the form to a place, by the function to another column alone.
    let moves = format!("/leads/{}/move", new.value("id"));
    let own = ["from", "to", "above", "below", "back"];
    let changes = probe.changes_of(&session, &moves, &own, "from=New&to=Contacted").await;
    let of_stage = "+history stage of Asha by Root";
    assert_eq!(changes, [of_stage, "leads Asha: position stage updated_at version"]);
    let card = [
        ("id", new.value("id")),
        ("card[from]", "Contacted"),
        ("card[to]", "Qualified"),
    ];
    let changes = probe
        .changes_of(&session, "/api/leads/move", &card.map(|(name, _)| name), &inputs(&card))
        .await;
    assert_eq!(changes, [of_stage, "leads Asha: stage updated_at version"]);
    let body = inputs(&[("id", new.value("id"))]);
    for (event, path) in [("deleted", "delete"), ("restored", "restore")] {
        let expected = [
            format!("+history {event} of Asha by Root"),
            "leads Asha: deleted_at updated_at version".to_owned(),
        ];
        let (form, function) = (
            format!("/leads/{}/{path}", new.value("id")),
            format!("/api/leads/{path}"),
        );
        assert_eq!(probe.changes_of(&session, &form, &[], "").await, expected);
        let back = if path == "delete" { "restore" } else { "delete" };
        app.server
            .post_as(&session, &format!("/leads/{}/{back}", new.value("id")), "")
            .await;
        assert_eq!(probe.changes_of(&session, &function, &["id"], &body).await, expected);
    }
    for (path, columns) in [
        ("/leads/columns", "column=city"),
        ("/api/leads/columns", "columns[0]=city"),
    ] {
        assert!(probe.changes_of(&session, path, &[], columns).await.is_empty());
    }
    probe.app.close().await;
}

/// A subject whose forms are those of every subject.
struct PlainSubject {
    spec: &'static SubjectSpec,
    /// What a new record is filled in with.
    new: &'static [(&'static str, &'static str)],
    /// What people call it.
    name: &'static str,
    /// A field that is edited to two values, one after the other, and the columns that this changes.
    edit: (&'static str, [&'static str; 2], &'static str),
}

const PLAIN_SUBJECTS: &[PlainSubject] = &[
    PlainSubject {
        spec: &app::served_pin_codes::spec::SPEC,
        new: &[
            ("pin_code", "560001"),
            ("area", "Shivajinagar"),
            ("city", "Bengaluru"),
            ("plan_types", "Fiber"),
            ("max_speed", "500"),
        ],
        name: "560001",
        edit: ("city", ["Mysuru", "Belagavi"], "city search_text"),
    },
    PlainSubject {
        spec: &app::plans::spec::SPEC,
        new: &[
            ("name", "Fiber 100"),
            ("code", "FIB-100"),
            ("download", "100"),
            ("upload", "50"),
            ("price", "699"),
        ],
        name: "Fiber 100",
        edit: ("price", ["749", "799"], "price_paise"),
    },
    PlainSubject {
        spec: &app::holidays::spec::SPEC,
        new: &[("name", "Diwali"), ("day", "2027-10-29")],
        name: "Diwali",
        edit: ("day", ["2027-10-30", "2027-10-31"], "day search_text"),
    },
];

#[sqlx::test(migrations = "../migrations")]
async fn forms_of_plain_subjects_change_only_their_fields(pool: PgPool) {
    let probe = MassAssignmentProbe::new(&pool, false).await;
    let app = &probe.app;
    let session = app.sign_in(&probe.root).await;
    for PlainSubject { spec, new, name, edit } in PLAIN_SUBJECTS {
        let (path, table) = (spec.path, spec.table);
        let fields = spec.fields.iter().map(|field| field.name);
        let own: Vec<&str> = fields.chain(["id", "version", "reference", "conflict"]).collect();
        let form = Form::in_page(&app.server.get_as(&session, &format!("{path}/new")).await);
        let new = new.iter().fold(form, |form, (name, value)| form.with(name, value));
        let id = new.value("id");
        let create = format!("{path}/new");
        assert_eq!(
            probe.changes_of(&session, &create, &own, &new.body()).await,
            [
                format!("+history created of {name} by Root"),
                format!("+{table} {name}")
            ]
        );
        let (field, [first, second], columns) = edit;
        let changed = [
            format!("+history {field} of {name} by Root"),
            format!("{table} {name}: {columns} updated_at version"),
        ];
        let address = format!("{path}/{id}/edit");
        let edit = Form::in_page(&app.server.get_as(&session, &address).await).with(field, first);
        assert_eq!(probe.changes_of(&session, &address, &own, &edit.body()).await, changed);
        let edit = Form::in_page(&app.server.get_as(&session, &address).await).with(field, second);
        let whole = format!("{}&{}", edit.body(), probe.alongside(&edit.body(), &own));
        let body = inputs(&[("form", &whole)]);
        let save = format!("/api/{table}/save");
        assert_eq!(probe.changes_of(&session, &save, &["form"], &body).await, changed);
        let body = inputs(&[("id", id)]);
        for (event, address, own, body) in [
            ("deleted", format!("{path}/{id}/delete"), &[][..], ""),
            ("restored", format!("{path}/{id}/restore"), &[], ""),
            ("deleted", format!("/api/{table}/delete"), &["id"], &*body),
            ("restored", format!("/api/{table}/restore"), &["id"], &*body),
        ] {
            let expected = [
                format!("+history {event} of {name} by Root"),
                format!("{table} {name}: deleted_at updated_at version"),
            ];
            assert_eq!(probe.changes_of(&session, &address, own, body).await, expected);
        }
        let column = spec.default_columns[0];
        for (path, columns) in [
            (format!("{path}/columns"), format!("column={column}")),
            (format!("/api/{table}/columns"), format!("columns[0]={column}")),
        ] {
            assert!(probe.changes_of(&session, &path, &[], &columns).await.is_empty());
        }
    }
    probe.app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn forms_of_jobs_change_how_far_the_job_is_and_nothing_else(pool: PgPool) {
    let probe = MassAssignmentProbe::new(&pool, false).await;
    let session = probe.app.sign_in(&probe.root).await;
    let job = "INSERT INTO jobs (id, kind, payload, run_at, max_attempts, created_at)
               VALUES ($1, 'Clean up', '{}', now(), 10, now()) RETURNING id";
    let id: Uuid = sqlx::query_scalar(job)
        .bind(Uuid::now_v7())
        .fetch_one(&pool)
        .await
        .expect("a job");
    for (version, action, event, columns) in [
        ("1", "stop", "stopped", "finished_at state version"),
        ("2", "retry", "retried", "finished_at run_at state version"),
    ] {
        let address = format!("/jobs/{id}/{action}");
        let body = inputs(&[("version", version)]);
        let changes = probe.changes_of(&session, &address, &["version"], &body).await;
        let history = format!("+history {event} of Clean up by Root");
        assert_eq!(changes, [history, format!("jobs Clean up: {columns}")]);
    }
    probe.app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_conversion_changes_only_what_its_form_asks(pool: PgPool) {
    let probe = MassAssignmentProbe::new(&pool, false).await;
    let app = &probe.app;
    let own: Vec<&str> = SPEC
        .new_fields()
        .map(|field| field.name)
        .chain(["id", "version", "reference", "conflict"])
        .collect();
    let session = app.sign_in(&probe.root).await;
    let expected = [
        "+customer_summary ",
        "+customers Asha",
        "+history created of Asha by Root",
        "+history customer of Asha by Root",
        "+history stage of Asha by Root",
        // It is ordered and activated, and the network is told of both.
        "+jobs Tell the network",
        "+jobs Tell the network",
        "+service_events ",
        "+service_events ",
        "+services ",
        "leads Asha: customer stage updated_at version",
    ];
    for (by_function, email) in [(false, "asha@example.in"), (true, "a.rao@example.in")] {
        let new = Form::in_page(&app.server.get_as(&session, "/leads/new").await);
        let new = new.with("name", "Asha").with("phone", "98450 12345");
        app.server.post_as(&session, "/leads/new", new.body()).await;
        let address = format!("/leads/{}/convert", new.value("id"));
        let form = Form::in_page(&app.server.get_as(&session, &address).await).filled_in("Asha", email);
        let changes = if by_function {
            let whole = format!("{}&{}", form.body(), probe.alongside(&form.body(), &own));
            let found = inputs(&[("form", &whole)]);
            let found = probe
                .changes_of(&session, "/api/leads/duplicates", &["form", "id"], &found)
                .await;
            assert!(found.is_empty(), "{found:?}");
            let body = inputs(&[("id", new.value("id")), ("form", &whole)]);
            probe
                .changes_of(&session, "/api/leads/convert", &["id", "form"], &body)
                .await
        } else {
            probe.changes_of(&session, &address, &own, &form.body()).await
        };
        assert_eq!(changes, expected);
    }
    probe.app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn sign_in_forms_change_only_their_fields(pool: PgPool) {
    let probe = MassAssignmentProbe::new(&pool, true).await;
    let app = &probe.app;
    let asha = app.add_user("Asha", Role::Sales).await;
    let credentials = inputs(&[("email", &asha.email), ("password", PASSWORD)]);
    let own = ["email", "password", "next", "pending_form"];
    // Attempts are counted by address, and one that succeeds is subtracted.
    let (entered, changes) = probe.send("", "/sign-in", &own, &credentials).await;
    assert_eq!(
        changes,
        ["+known_browsers of Asha", "+sessions of Asha", "+sign_in_attempts "]
    );
    let session = entered.session();
    assert_eq!(
        probe.changes_of(&session, "/sign-out", &[], "").await,
        ["-sessions of Asha"]
    );
    let wrong = inputs(&[("email", &asha.email), ("password", ANOTHER)]);
    let (_, changes) = probe.send("", "/sign-in", &own, &wrong).await;
    assert_eq!(changes, ["+sign_in_attempts ", "sign_in_attempts : attempts last_at"]);

    let visitor = probe
        .changes_of("", "/sign-in/demo", &["role", "next", "pending_form"], "role=Staff")
        .await;
    let lines = ["created", "email", "name", "role"].map(|field| format!("+history {field} of Visitor by nobody"));
    let expected: Vec<_> = lines
        .into_iter()
        .chain(["+sessions of Visitor".into(), "+users Visitor".into()])
        .collect();
    assert_eq!(visitor, expected);

    let second = app.turn_two_step_on(&app.sign_in(&asha).await).await;
    let half = app.sign_in(&asha).await;
    app.run_sql("DELETE FROM sign_in_attempts").await;
    let (wrong, changes) = probe
        .send(&half, "/sign-in/code", &["code", "next", "pending_form"], "code=1")
        .await;
    assert_eq!(wrong.status.as_u16(), 422);
    assert_eq!(changes, ["+sign_in_attempts ", "+sign_in_attempts "]);
    app.run_sql("DELETE FROM sign_in_attempts").await;
    let form = inputs(&[("code", &app.code(&second.secret))]);
    let changes = probe
        .changes_of(&half, "/sign-in/code", &["code", "next", "pending_form"], &form)
        .await;
    assert_eq!(
        changes,
        [
            "+known_browsers of Asha",
            "+sign_in_attempts ",
            "sessions of Asha: last_seen_at second_step token_hash",
            "users Asha: totp_step"
        ]
    );
    probe.app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn one_time_links_change_only_their_user(pool: PgPool) {
    let probe = MassAssignmentProbe::new(&pool, false).await;
    let app = &probe.app;
    let (asha, ravi) = (
        app.add_user("Asha", Role::Staff).await,
        app.invite("Ravi", Role::Staff).await,
    );
    for (person, name, word) in [(&asha, "Asha", "password changed"), (&ravi, "Ravi", "password set")] {
        let admin = app.sign_in(&probe.root).await;
        let link = app.make_link(&admin, person).await;
        app.run_sql("DELETE FROM sign_in_attempts").await;
        let changes = probe
            .changes_of("", &link, &["password"], &inputs(&[("password", ANOTHER)]))
            .await;
        let history = format!("+history {word} of {name} by {name}");
        let link = format!("-one_time_links of {name}");
        assert_eq!(
            changes,
            [history, link, format!("users {name}: password_hash updated_at version")]
        );
    }
    app.run_sql("DELETE FROM sessions; UPDATE users SET disabled_at = now()")
        .await;
    let link = invitations::invite_first_admin(&app.context())
        .await
        .expect("a database")
        .expect("a link");
    let link = link.strip_prefix("http://localhost").expect("a link to here");
    let form = inputs(&[
        ("name", "First"),
        ("email", "first@people.example"),
        ("password", PASSWORD),
    ]);
    let changes = probe
        .changes_of("", link, &["name", "email", "password", "role"], &form)
        .await;
    let lines = ["created", "email", "name", "password set", "role"].map(|field| {
        let who = if field == "password set" { "First" } else { "nobody" };
        format!("+history {field} of First by {who}")
    });
    let expected: Vec<_> = lines
        .into_iter()
        .chain(["+users First".into(), "-one_time_links ".into()])
        .collect();
    assert_eq!(changes, expected);
    probe.app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn account_forms_change_only_their_user(pool: PgPool) {
    let probe = MassAssignmentProbe::new(&pool, false).await;
    let app = &probe.app;
    let asha = app.add_user("Asha", Role::Staff).await;
    let mallorys = app.sign_in(&probe.mallory).await;
    let mut session = app.sign_in(&asha).await;
    app.sign_in(&asha).await;
    app.run_sql("DELETE FROM sign_in_attempts").await;
    let form = inputs(&[("password", PASSWORD), ("new_password", ANOTHER)]);
    let (answer, changes) = probe.send(&session, "/account/password", &[], &form).await;
    let expected = [
        "+history password changed of Asha by Asha",
        "+sign_in_attempts ",
        "-sessions of Asha",
        "sessions of Asha: last_seen_at token_hash",
        "users Asha: password_hash updated_at version",
    ];
    assert_eq!(changes, expected);
    session = answer.session();

    let (secret, form) = app.two_step_form(&session, ANOTHER).await;
    let (answer, changes) = probe.send(&session, "/account/two-step", &[], &form).await;
    let mut expected = vec!["+history two-step on of Asha by Asha"];
    expected.extend(["+recovery_codes of Asha"; 10]);
    expected.extend([
        "sessions of Asha: last_seen_at second_step token_hash totp_setup",
        "sign_in_attempts : last_at",
        "users Asha: totp_secret totp_step updated_at version",
    ]);
    assert_eq!(changes, expected);
    session = answer.session();

    let with_code = || {
        app.advance(TimeDelta::seconds(30));
        inputs(&[("password", ANOTHER), ("code", &app.code(&secret))])
    };
    let form = with_code();
    let (answer, changes) = probe.send(&session, "/account/recovery-codes", &[], &form).await;
    let mut expected = vec!["+history recovery codes renewed of Asha by Asha"];
    expected.extend(["+recovery_codes of Asha"; 10]);
    expected.extend(["-recovery_codes of Asha"; 10]);
    expected.extend([
        "sessions of Asha: last_seen_at token_hash",
        "sign_in_attempts : last_at",
        "users Asha: totp_step updated_at version",
    ]);
    assert_eq!(changes, expected);
    session = answer.session();

    let form = with_code();
    let (answer, changes) = probe.send(&session, "/account/two-step/off", &[], &form).await;
    let mut expected = vec!["+history two-step off of Asha by Asha"];
    expected.extend(["-recovery_codes of Asha"; 10]);
    expected.extend([
        "sessions of Asha: last_seen_at token_hash",
        "sign_in_attempts : last_at",
        "users Asha: totp_secret totp_step updated_at version",
    ]);
    assert_eq!(changes, expected);
    session = answer.session();

    app.try_sign_in(&asha.email, ANOTHER).await;
    app.run_sql("DELETE FROM sign_in_attempts").await;
    // A session that is somebody else's is not ended.
    let theirs: uuid::Uuid = sqlx::query_scalar("SELECT id FROM sessions WHERE user_id = $1")
        .bind(probe.mallory.id)
        .fetch_one(&pool)
        .await
        .expect("a session");
    let form = inputs(&[("session", &theirs.to_string()), ("password", ANOTHER)]);
    assert!(
        probe
            .changes_of(&session, "/account/sessions", &[], &form)
            .await
            .iter()
            .all(|change| !change.contains("Mallory"))
    );
    app.try_sign_in(&asha.email, ANOTHER).await;
    app.run_sql("DELETE FROM sign_in_attempts").await;
    let changes = probe
        .changes_of(
            &session,
            "/account/sessions",
            &["session"],
            &inputs(&[("password", ANOTHER)]),
        )
        .await;
    assert!(
        changes.contains(&"+history sessions ended of Asha by Asha".to_owned()),
        "{changes:?}"
    );
    assert!(
        changes.contains(&"users Asha: updated_at version".to_owned()),
        "{changes:?}"
    );
    let is_own = |change: &String| change.contains("Asha") || change == "+sign_in_attempts ";
    assert!(changes.iter().all(is_own), "{changes:?}");
    assert!(app.is_signed_in(&mallorys).await);
    probe.app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn admin_forms_change_only_their_fields(pool: PgPool) {
    let probe = MassAssignmentProbe::new(&pool, false).await;
    let app = &probe.app;
    let session = app.sign_in(&probe.root).await;
    let form = inputs(&[("name", "Asha"), ("email", "asha@people.example"), ("role", "Staff")]);
    let changes = probe
        .changes_of(
            &session,
            "/settings/users/new",
            &["name", "email", "role", "resume"],
            &form,
        )
        .await;
    let lines = ["created", "email", "name", "role"].map(|field| format!("+history {field} of Asha by Root"));
    let expected: Vec<_> = lines
        .into_iter()
        .chain(["+one_time_links of Asha".into(), "+users Asha".into()])
        .collect();
    assert_eq!(changes, expected);
    let role: (String, i64) = sqlx::query_as("SELECT role, version FROM users WHERE name = 'Asha'")
        .fetch_one(&pool)
        .await
        .expect("a user");
    assert_eq!(role, ("Staff".into(), 1));

    let ravi = app.add_user("Ravi", Role::Staff).await;
    let of = |action: &str| format!("/settings/users/{}/{action}", ravi.id);
    for (action, own, form, expected) in [
        (
            "role",
            &["role"][..],
            "role=Sales",
            &[
                "+history role of Ravi by Root",
                "-sessions of Ravi",
                "users Ravi: role updated_at version",
            ][..],
        ),
        (
            "sessions",
            &[],
            "",
            &[
                "+history sessions ended of Ravi by Root",
                "-sessions of Ravi",
                "users Ravi: updated_at version",
            ],
        ),
        (
            "reset",
            &[],
            "",
            &[
                "+history link created of Ravi by Root",
                "+one_time_links of Ravi",
                "users Ravi: updated_at version",
            ],
        ),
        (
            "disable",
            &[],
            "",
            &[
                "+history disabled of Ravi by Root",
                "-one_time_links of Ravi",
                "-sessions of Ravi",
                "users Ravi: disabled_at updated_at version",
            ],
        ),
        (
            "enable",
            &[],
            "",
            &[
                "+history enabled of Ravi by Root",
                "users Ravi: disabled_at updated_at version",
            ],
        ),
    ] {
        if action != "enable" && action != "disable" {
            app.sign_in(&ravi).await;
        }
        let changes = probe.changes_of(&session, &of(action), own, form).await;
        assert_eq!(changes, expected, "{action}");
    }

    let changes = probe
        .changes_of(
            &session,
            "/settings/roles/Staff/two-step",
            &["two_step"],
            "two_step=required",
        )
        .await;
    assert_eq!(
        changes,
        [
            "+history two-step sign-in of Staff by Root",
            "role_policies Staff: two_step_required version"
        ]
    );
    let own = ["idle_minutes", "absolute_minutes"];
    let form = "idle_minutes=30&absolute_minutes=600";
    let changes = probe.changes_of(&session, "/settings/roles/sessions", &own, form).await;
    let expected = [
        "+history absolute limit of the session policy by Root",
        "+history idle limit of the session policy by Root",
        "session_policy : absolute_minutes idle_minutes version",
    ];
    assert_eq!(changes, expected);
    probe.app.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn forms_of_money_change_only_what_they_are_about(pool: PgPool) {
    let probe = MassAssignmentProbe::new(&pool, false).await;
    let app = &probe.app;
    let session = app.sign_in(&probe.root).await;
    let new = Form::in_page(&app.server.get_as(&session, "/customers/new").await);
    let customer = new.value("id").to_owned();
    let new = new.filled_in("Asha Rao", "asha@example.in");
    app.server.post_as(&session, "/customers/new", new.body()).await;
    app.run_sql("UPDATE services SET status = 'Active', starts_on = '2026-01-01'")
        .await;
    let service: Uuid = sqlx::query_scalar("SELECT id FROM services")
        .fetch_one(&pool)
        .await
        .expect("a service");
    let provider = [
        ("version", "0"),
        ("name", "Lastmile Networks"),
        ("gstin", "29AAGCB7383J1Z4"),
        ("address_line", "1 Residency Road"),
        ("city", "Bengaluru"),
        ("state", "Karnataka"),
        ("pin_code", "560025"),
        ("upi_id", ""),
        ("bank_details", ""),
        ("bill_series", "LM"),
        ("note_series", "LC"),
        ("due_days", "10"),
        ("grace_days", ""),
    ];
    let tables = |changes: &[String]| -> Vec<String> {
        let mut tables: Vec<_> = changes
            .iter()
            .filter_map(|change| change.trim_start_matches('+').split(' ').next())
            .map(str::to_owned)
            .collect();
        tables.sort();
        tables.dedup();
        tables
    };
    let (answer, changes) = probe
        .send(&session, "/settings/provider", &[], &inputs(&provider))
        .await;
    assert_eq!(
        answer.header("location"),
        "/settings/provider",
        "{}",
        answer.visible_text()
    );
    assert_eq!(tables(&changes), ["history", "providers"], "{changes:?}");
    for list in ["bills", "payments"] {
        for (path, columns) in [
            (format!("/{list}/columns"), "column=open"),
            (format!("/api/{list}/columns"), "columns[0]=open"),
        ] {
            assert!(probe.changes_of(&session, &path, &[], columns).await.is_empty());
        }
    }
    let page = format!("/bills/new/{service}");
    let form = Form::in_page(&app.server.get_as(&session, &page).await);
    let bill = format!("/bills/{}", form.value("id"));
    let (answer, changes) = probe.send(&session, &page, &[], &form.body()).await;
    assert_eq!(answer.header("location"), bill, "{}", answer.visible_text());
    let ledger = [
        "bill_lines",
        "bill_series",
        "bills",
        "customer_summary",
        "history",
        "services",
    ];
    assert_eq!(tables(&changes), ledger, "{changes:?}");
    let page = format!("/payments/new/{customer}");
    let form = Form::in_page(&app.server.get_as(&session, &page).await);
    let form = form.with("method", "Cash").with("reference", "");
    let receipt = format!("/payments/{}", form.value("id"));
    let (answer, changes) = probe.send(&session, &page, &[], &form.body()).await;
    assert_eq!(answer.header("location"), receipt, "{}", answer.visible_text());
    let ledger = ["allocations", "bills", "customer_summary", "history", "payments"];
    assert_eq!(tables(&changes), ledger, "{changes:?}");
    let page = format!("{receipt}/reverse");
    let form = Form::in_page(&app.server.get_as(&session, &page).await);
    let form = form.with("state", "Reversed").with("reason", "Wrong customer");
    let (answer, changes) = probe.send(&session, &page, &[], &form.body()).await;
    assert_eq!(answer.header("location"), receipt, "{}", answer.visible_text());
    assert_eq!(tables(&changes), ledger, "{changes:?}");
    let page = format!("{bill}/credit");
    let form = Form::in_page(&app.server.get_as(&session, &page).await).with("reason", "Line was down");
    let (answer, changes) = probe.send(&session, &page, &["line"], &form.body()).await;
    assert!(
        answer.header("location").starts_with("/bills/"),
        "{}",
        answer.visible_text()
    );
    let ledger = [
        "allocations",
        "bill_lines",
        "bill_series",
        "bills",
        "customer_summary",
        "history",
        "services",
    ];
    assert_eq!(tables(&changes), ledger, "{changes:?}");
}
