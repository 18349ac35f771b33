//! A form changes what it is about and nothing else, whatever else is sent along: the name of every column of the database, and
//! names that other programs are known to have taken.

mod browser;
#[path = "writes_nothing_else/smuggler.rs"]
mod smuggler;

use std::collections::BTreeSet;

use app::customers::model::field::Field;
use app::people::model::roles::Role;
use app::people::service::invitations;
use axum::http::Method;
use browser::house::{ANOTHER, House, PASSWORD};
use browser::{Form, inputs};
use smuggler::Smuggler;
use sqlx::PgPool;

/// The forms, as the router spells them, each with the test that sends it.
const FORMS: &[&str] = &[
    "/customers/new",
    "/customers/{id}/edit",
    "/customers/{id}/delete",
    "/customers/{id}/restore",
    "/customers/columns",
    "/sign-in",
    "/sign-in/code",
    "/sign-in/demo",
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
];
/// The functions that are called by POST.
const FUNCTIONS: &[&str] = &[
    "/api/customers/columns",
    "/api/customers/delete",
    "/api/customers/restore",
    "/api/customers/save",
    "/api/told",
];

#[sqlx::test(migrations = "../migrations")]
async fn every_form_and_function_is_sent_here(pool: PgPool) {
    // Which the program knows once it has a router.
    House::new(&pool).await.close().await;
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
    let fields = Field::ALL.iter().map(|field| field.word());
    fields.chain(["id", "version", "account", "asked"]).collect()
}

/// What it changes that Asha moves from one city to another, where nobody has lived.
fn moved(from: &str, to: &str) -> Vec<String> {
    let mut changes = vec![
        "customers Asha: city search_text updated_at version".to_owned(),
        "+history city of Asha by Root".to_owned(),
        format!("-customer_words {from} of asha"),
        format!("+customer_words {to} of asha"),
        format!("+search_words {to}"),
        // Each stands with all words.
        "customer_words asha of asha: all_words".to_owned(),
        "customer_words example of asha: all_words".to_owned(),
    ];
    changes.sort_unstable();
    changes
}

/// What it changes in Asha's words that she goes (`-`) or comes (`+`), living there.
fn words(sign: char, city: &str) -> impl Iterator<Item = String> {
    ["asha", city, "example"]
        .map(|word| format!("{sign}customer_words {word} of asha"))
        .into_iter()
}

#[sqlx::test(migrations = "../migrations")]
async fn a_customer(pool: PgPool) {
    let smuggler = Smuggler::new(&pool, false).await;
    let (house, own) = (&smuggler.house, of_customer());
    let session = house.enter(&smuggler.root).await;
    let form = Form::in_page(&house.site.get_as(&session, "/customers/new").await).filled_in("Asha", "asha@example.in");
    let changes = smuggler.done(&session, "/customers/new", &own, &form.body()).await;
    assert!(changes.contains(&"+customers Asha".to_owned()), "{changes:?}");
    assert!(
        changes.iter().all(
            |change| ["+customers Asha", "+customer_count_changes by 1"].contains(&&**change)
                || change.starts_with("+search_words ")
                || words('+', "bengaluru").any(|word| word == *change)
                || change.ends_with(" of Asha by Root")
        ),
        "{changes:?}"
    );
    let made: (i64, i64, bool) = sqlx::query_as("SELECT account_number, version, deleted_at IS NULL FROM customers")
        .fetch_one(&pool)
        .await
        .expect("a customer");
    assert_eq!(made, (1, 1, true));

    let id = form.value("id");
    let other =
        Form::in_page(&house.site.get_as(&session, "/customers/new").await).filled_in("Ravi", "ravi@example.in");
    house.site.post_as(&session, "/customers/new", other.body()).await;
    let address = format!("/customers/{id}/edit");
    let form = Form::in_page(&house.site.get_as(&session, &address).await).with("city", "Mysuru");
    assert_eq!(
        smuggler.done(&session, &address, &own, &form.body()).await,
        moved("bengaluru", "mysuru")
    );

    let address = format!("/customers/{id}/delete");
    let marked = |sign, city, word| {
        let mut changes: Vec<String> = words(sign, city).collect();
        changes.push(format!("+customer_count_changes by {sign}1").replace("+1", "1"));
        changes.push(format!("+history {word} of Asha by Root"));
        changes.push("customers Asha: deleted_at updated_at version".into());
        changes.sort_unstable();
        changes
    };
    assert_eq!(
        smuggler.done(&session, &address, &[], "").await,
        marked('-', "mysuru", "deleted")
    );
    assert_eq!(
        smuggler
            .done(&session, &format!("/customers/{id}/restore"), &[], "")
            .await,
        marked('+', "mysuru", "restored")
    );
    assert!(
        smuggler
            .done(&session, "/customers/columns", &[], "column=city")
            .await
            .is_empty()
    );

    // The functions of the program's own pages.
    let form =
        Form::in_page(&house.site.get_as(&session, &format!("/customers/{id}/edit")).await).with("city", "Belagavi");
    let whole = format!("{}&{}", form.body(), smuggler.alongside(&form.body(), &own));
    let body = inputs(&[("form", &whole)]);
    let (answer, changes) = smuggler.send(&session, "/api/customers/save", &["form"], &body).await;
    assert_eq!(changes, moved("mysuru", "belagavi"), "{}", answer.body);
    let body = inputs(&[("id", id)]);
    assert_eq!(
        smuggler.done(&session, "/api/customers/delete", &["id"], &body).await,
        marked('-', "belagavi", "deleted")
    );
    assert_eq!(
        smuggler.done(&session, "/api/customers/restore", &["id"], &body).await,
        marked('+', "belagavi", "restored")
    );
    assert!(
        smuggler
            .done(&session, "/api/customers/columns", &[], "columns[0]=City")
            .await
            .is_empty()
    );
    assert!(smuggler.done(&session, "/api/told", &[], "").await.is_empty());
    smuggler.house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn getting_in_and_out(pool: PgPool) {
    let smuggler = Smuggler::new(&pool, true).await;
    let house = &smuggler.house;
    let asha = house.add("Asha", Role::Sales).await;
    let credentials = inputs(&[("email", &asha.email), ("password", PASSWORD)]);
    let own = ["email", "password", "next", "kept"];
    // The tries of the address are counted, and this one is taken back.
    let (entered, changes) = smuggler.send("", "/sign-in", &own, &credentials).await;
    assert_eq!(changes, ["+sessions of Asha", "+sign_in_tries "]);
    let session = entered.session();
    assert_eq!(
        smuggler.done(&session, "/sign-out", &[], "").await,
        ["-sessions of Asha"]
    );
    let wrong = inputs(&[("email", &asha.email), ("password", ANOTHER)]);
    let (_, changes) = smuggler.send("", "/sign-in", &own, &wrong).await;
    assert_eq!(changes, ["+sign_in_tries ", "sign_in_tries : tries"]);

    let visitor = smuggler
        .done("", "/sign-in/demo", &["role", "next", "kept"], "role=Staff")
        .await;
    let lines = ["created", "email", "name", "role"].map(|field| format!("+history {field} of Visitor by nobody"));
    let expected: Vec<_> = lines
        .into_iter()
        .chain(["+sessions of Visitor".into(), "+users Visitor".into()])
        .collect();
    assert_eq!(visitor, expected);

    let second = house.turn_two_step_on(&house.enter(&asha).await).await;
    let half = house.enter(&asha).await;
    house.sql("DELETE FROM sign_in_tries").await;
    let (wrong, changes) = smuggler
        .send(&half, "/sign-in/code", &["code", "next", "kept"], "code=1")
        .await;
    assert_eq!(wrong.status.as_u16(), 422);
    assert_eq!(changes, ["+sign_in_tries ", "+sign_in_tries "]);
    house.sql("DELETE FROM sign_in_tries").await;
    let form = inputs(&[("code", &house.code(&second.secret))]);
    let changes = smuggler
        .done(&half, "/sign-in/code", &["code", "next", "kept"], &form)
        .await;
    assert_eq!(
        changes,
        [
            "+sign_in_tries ",
            "sessions of Asha: last_seen_at second_step token_hash",
            "users Asha: totp_step"
        ]
    );
    smuggler.house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn one_time_links(pool: PgPool) {
    let smuggler = Smuggler::new(&pool, false).await;
    let house = &smuggler.house;
    let (asha, ravi) = (
        house.add("Asha", Role::Staff).await,
        house.invite("Ravi", Role::Staff).await,
    );
    for (person, name, word) in [(&asha, "Asha", "password changed"), (&ravi, "Ravi", "password chosen")] {
        let admin = house.enter(&smuggler.root).await;
        let link = house.link_for(&admin, person).await;
        house.sql("DELETE FROM sign_in_tries").await;
        let changes = smuggler
            .done("", &link, &["password"], &inputs(&[("password", ANOTHER)]))
            .await;
        let history = format!("+history {word} of {name} by {name}");
        let link = format!("-one_time_links of {name}");
        assert_eq!(
            changes,
            [history, link, format!("users {name}: password_hash updated_at version")]
        );
    }
    house
        .sql("DELETE FROM sessions; UPDATE users SET disabled_at = now()")
        .await;
    let link = invitations::first_admin(&house.context())
        .await
        .expect("a database")
        .expect("a link");
    let link = link.strip_prefix("http://localhost").expect("a link to here");
    let form = inputs(&[
        ("name", "First"),
        ("email", "first@people.example"),
        ("password", PASSWORD),
    ]);
    let changes = smuggler
        .done("", link, &["name", "email", "password", "role"], &form)
        .await;
    let lines = ["created", "email", "name", "password chosen", "role"].map(|field| {
        let who = if field == "password chosen" { "First" } else { "nobody" };
        format!("+history {field} of First by {who}")
    });
    let expected: Vec<_> = lines
        .into_iter()
        .chain(["+users First".into(), "-one_time_links ".into()])
        .collect();
    assert_eq!(changes, expected);
    smuggler.house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn ones_own_account(pool: PgPool) {
    let smuggler = Smuggler::new(&pool, false).await;
    let house = &smuggler.house;
    let asha = house.add("Asha", Role::Staff).await;
    let mallorys = house.enter(&smuggler.mallory).await;
    let mut session = house.enter(&asha).await;
    house.enter(&asha).await;
    house.sql("DELETE FROM sign_in_tries").await;
    let form = inputs(&[("password", PASSWORD), ("new_password", ANOTHER)]);
    let (answer, changes) = smuggler.send(&session, "/account/password", &[], &form).await;
    let expected = [
        "+history password changed of Asha by Asha",
        "+sign_in_tries ",
        "-sessions of Asha",
        "sessions of Asha: last_seen_at token_hash",
        "users Asha: password_hash updated_at version",
    ];
    assert_eq!(changes, expected);
    session = answer.session();

    let secret = house
        .site
        .get_as(&session, "/account/two-step")
        .await
        .input("secret")
        .expect("a secret");
    let form = inputs(&[
        ("secret", &secret),
        ("code", &house.code(&secret)),
        ("password", ANOTHER),
    ]);
    let (answer, changes) = smuggler.send(&session, "/account/two-step", &[], &form).await;
    let mut expected = vec!["+history two-step on of Asha by Asha"];
    expected.extend(["+recovery_codes of Asha"; 10]);
    expected.extend([
        "sessions of Asha: last_seen_at second_step token_hash",
        "users Asha: totp_secret totp_step updated_at version",
    ]);
    assert_eq!(changes, expected);
    session = answer.session();

    let (answer, changes) = smuggler
        .send(
            &session,
            "/account/recovery-codes",
            &[],
            &inputs(&[("password", ANOTHER)]),
        )
        .await;
    let mut expected = vec!["+history recovery codes renewed of Asha by Asha"];
    expected.extend(["+recovery_codes of Asha"; 10]);
    expected.extend(["-recovery_codes of Asha"; 10]);
    expected.extend([
        "sessions of Asha: last_seen_at token_hash",
        "users Asha: updated_at version",
    ]);
    assert_eq!(changes, expected);
    session = answer.session();

    let (answer, changes) = smuggler
        .send(
            &session,
            "/account/two-step/off",
            &[],
            &inputs(&[("password", ANOTHER)]),
        )
        .await;
    let mut expected = vec!["+history two-step off of Asha by Asha"];
    expected.extend(["-recovery_codes of Asha"; 10]);
    expected.extend([
        "sessions of Asha: last_seen_at token_hash",
        "users Asha: totp_secret updated_at version",
    ]);
    assert_eq!(changes, expected);
    session = answer.session();

    house.try_in(&asha.email, ANOTHER).await;
    house.sql("DELETE FROM sign_in_tries").await;
    // A session that is somebody else's is not ended.
    let theirs: uuid::Uuid = sqlx::query_scalar("SELECT id FROM sessions WHERE user_id = $1")
        .bind(smuggler.mallory.id)
        .fetch_one(&pool)
        .await
        .expect("a session");
    let form = inputs(&[("session", &theirs.to_string())]);
    assert!(
        smuggler
            .done(&session, "/account/sessions", &[], &form)
            .await
            .iter()
            .all(|change| !change.contains("Mallory"))
    );
    house.try_in(&asha.email, ANOTHER).await;
    house.sql("DELETE FROM sign_in_tries").await;
    let changes = smuggler.done(&session, "/account/sessions", &["session"], "").await;
    assert!(
        changes.contains(&"+history sessions ended of Asha by Asha".to_owned()),
        "{changes:?}"
    );
    assert!(
        changes.contains(&"users Asha: updated_at version".to_owned()),
        "{changes:?}"
    );
    assert!(changes.iter().all(|change| change.contains("Asha")), "{changes:?}");
    assert!(house.is_in(&mallorys).await);
    smuggler.house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_admins_do(pool: PgPool) {
    let smuggler = Smuggler::new(&pool, false).await;
    let house = &smuggler.house;
    let session = house.enter(&smuggler.root).await;
    let form = inputs(&[("name", "Asha"), ("email", "asha@people.example"), ("role", "Staff")]);
    let changes = smuggler
        .done(
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

    let ravi = house.add("Ravi", Role::Staff).await;
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
                "+history link made of Ravi by Root",
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
            house.enter(&ravi).await;
        }
        let changes = smuggler.done(&session, &of(action), own, form).await;
        assert_eq!(changes, expected, "{action}");
    }

    let changes = smuggler
        .done(
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
            "role_rules Staff: two_step version"
        ]
    );
    let own = ["idle_minutes", "absolute_minutes"];
    let form = "idle_minutes=30&absolute_minutes=600";
    let changes = smuggler.done(&session, "/settings/roles/sessions", &own, form).await;
    let expected = [
        "+history absolute limit of the rules by Root",
        "+history idle limit of the rules by Root",
        "session_rules : absolute_minutes idle_minutes version",
    ];
    assert_eq!(changes, expected);
    smuggler.house.close().await;
}
