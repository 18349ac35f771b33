//! Signing in and out.

use app::people::model::roles::Role;
use app::people::model::token::Token;
use app::people::service::entry::{Entry, sign_in};
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use server::web::{PublicUrl, Web};
use sqlx::PgPool;
use std::time::{Duration, Instant};

use crate::browser::house::{ANOTHER, House, PASSWORD, rows};
use crate::browser::inputs;

#[sqlx::test(migrations = "../migrations")]
async fn whoever_cannot_get_in_is_not_told_why(pool: PgPool) {
    let house = House::new(&pool).await;
    let asha = house.add("Asha", Role::Sales).await;
    let invited = house.invite("Ravi", Role::Sales).await;
    let disabled = house.add("Dev", Role::Sales).await;
    house
        .sql(&format!(
            "UPDATE users SET disabled_at = now() WHERE id = '{}'",
            disabled.id
        ))
        .await;
    let answers = [
        house.try_in(&asha.email, ANOTHER).await,
        house.try_in(&asha.email, " ").await,
        house.try_in(&asha.email, &format!("{PASSWORD} ")).await,
        house.try_in(&asha.email, &PASSWORD.to_uppercase()).await,
        house.try_in("nobody@people.example", PASSWORD).await,
        house.try_in("nobody@people.example", "nobody's password").await,
        house.try_in(&invited.email, PASSWORD).await,
        house.try_in(&invited.email, " ").await,
        house.try_in(&disabled.email, PASSWORD).await,
        house.try_in("no email at all", PASSWORD).await,
        house.try_in(" ", " ").await,
    ];
    let said = answers[0].words();
    assert!(said.contains("Email or password is not right"), "{said}");
    let headers = |number: usize| {
        let mut names: Vec<_> = answers[number].headers.keys().map(ToString::to_string).collect();
        names.sort();
        names
    };
    for (number, answer) in answers.iter().enumerate() {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{number}");
        assert_eq!(answer.words(), said, "{number}");
        assert_eq!(answer.cookies(), Vec::<&str>::new(), "{number}");
        assert_eq!(headers(number), headers(0), "{number}");
        assert_eq!(answer.input("password").as_deref(), Some(""), "{number}");
        assert!(!answer.body.contains(PASSWORD), "{number}");
    }
    assert_eq!(answers[0].input("email"), Some(asha.email));
    assert_eq!(house.count("sessions").await, 0);
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_session_is_in_a_cookie_that_goes_with_the_browser(pool: PgPool) {
    let house = House::new(&pool).await;
    let asha = house.add("Asha", Role::Sales).await;
    for email in ["asha@people.example", " Asha@People.Example "] {
        let answer = house.try_in(email, PASSWORD).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (StatusCode::SEE_OTHER, "/customers")
        );
        assert_eq!(answer.cookies().len(), 1);
        let (cookie, attributes) = answer.session_cookie().split_once("; ").expect("attributes");
        let token = cookie.strip_prefix("lastmile_session=").expect("the session");
        assert_eq!(token.len(), 43);
        assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Lax");
        assert!(house.is_in(cookie).await);
    }
    house.close().await;

    let https = Web {
        public_url: Some(PublicUrl::parse("https://crm.example").expect("a URL")),
        ..Web::default()
    };
    let house = House::with(&pool, https, |_| ()).await;
    let answer = house.try_in(&asha.email, PASSWORD).await;
    let (cookie, attributes) = answer.session_cookie().split_once("; ").expect("attributes");
    assert!(cookie.starts_with("__Host-lastmile="), "{cookie}");
    assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Lax; Secure");
    assert!(house.is_in(cookie).await);
    let plain = cookie.replace("__Host-lastmile", "lastmile_session");
    assert!(
        !house.is_in(&plain).await,
        "a cookie that http could have set counts for nothing"
    );
    let out = house.site.post_as(cookie, "/sign-out", "").await;
    assert!(
        out.session_cookie().starts_with("__Host-lastmile=; Path=/; Max-Age=0;"),
        "{:?}",
        out.cookies()
    );
    assert!(out.session_cookie().ends_with("; Secure"), "{:?}", out.cookies());
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_not_filled_in_is_asked_for_and_no_try(pool: PgPool) {
    let house = House::new(&pool).await;
    let asha = house.add("Asha", Role::Sales).await;
    for (email, password, said, unsaid) in [
        (&*asha.email, "", "Enter your password", "Enter your email"),
        ("", PASSWORD, "Enter your email", "Enter your password"),
    ] {
        let again = house.try_in(email, password).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
        assert!(
            again.words().contains(said) && !again.words().contains(unsaid),
            "{}",
            again.words()
        );
        assert_eq!(again.input("email").as_deref(), Some(email));
    }
    assert_eq!(house.count("sign_in_tries").await, 0);
    house.close().await;
}

/// The ways in which a text could stand in a row.
fn spellings(secret: &str) -> Vec<String> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut all = vec![secret.to_owned(), hex(secret.as_bytes())];
    all.extend(URL_SAFE_NO_PAD.decode(secret).ok().map(|bytes| hex(&bytes)));
    all
}

#[sqlx::test(migrations = "../migrations")]
async fn the_database_holds_no_token(pool: PgPool) {
    let house = House::new(&pool).await;
    let asha = house.add("Asha", Role::Admin).await;
    let ravi = house.add("Ravi", Role::Staff).await;
    let session = house.enter(&asha).await;
    let link = house.link_for(&session, &ravi).await;
    assert_eq!(house.count("sessions").await, 1);
    assert_eq!(house.count("one_time_links").await, 1);
    let held = format!("{:?}", rows(&pool).await);
    // What is there would be found.
    assert!(spellings(&ravi.email).iter().any(|spelling| held.contains(spelling)));
    for secret in [
        session.strip_prefix("lastmile_session=").expect("a token"),
        link.strip_prefix("/link/").expect("a token"),
        PASSWORD,
    ] {
        for spelling in spellings(secret) {
            assert!(!held.contains(&spelling), "{spelling}");
        }
    }
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn signing_in_again_ends_the_session_that_the_browser_had(pool: PgPool) {
    let house = House::new(&pool).await;
    let (asha, ravi) = (
        house.add("Asha", Role::Sales).await,
        house.add("Ravi", Role::Staff).await,
    );
    let elsewhere = house.enter(&asha).await;
    let first = house.enter(&asha).await;
    assert_ne!(first, elsewhere);
    let mut before = first;
    for person in [&asha, &ravi, &asha] {
        let form = inputs(&[("email", &person.email), ("password", PASSWORD)]);
        let after = house.site.post_as(&before, "/sign-in", form).await.session();
        assert_ne!(after, before);
        assert!(!house.is_in(&before).await);
        assert!(house.is_in(&after).await);
        before = after;
    }
    assert!(house.is_in(&elsewhere).await, "other browsers stay");
    assert_eq!(house.count("sessions").await, 2);

    // A token that somebody else has put into the browser is not taken over.
    let planted = house.site.cookie(&Token::new().expect("random bytes"));
    let form = inputs(&[("email", &asha.email), ("password", PASSWORD)]);
    let opened = house.site.post_as(&planted, "/sign-in", form).await.session();
    assert_ne!(opened, planted);
    assert!(!house.is_in(&planted).await);
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn signing_out_ends_the_session_on_the_server(pool: PgPool) {
    let house = House::new(&pool).await;
    let asha = house.add("Asha", Role::Sales).await;
    let (session, elsewhere) = (house.enter(&asha).await, house.enter(&asha).await);
    let out = house.site.post_as(&session, "/sign-out", "").await;
    assert_eq!(
        (out.status, out.header("location")),
        (StatusCode::SEE_OTHER, "/sign-in")
    );
    assert_eq!(
        out.session_cookie(),
        "lastmile_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
    );
    assert!(out.header("clear-site-data").contains("cache"));
    assert!(!house.is_in(&session).await);
    let page = house.site.get_as(&session, "/customers").await;
    assert_eq!(
        (page.status, page.header("location")),
        (StatusCode::SEE_OTHER, "/sign-in?next=%2Fcustomers")
    );
    assert!(house.is_in(&elsewhere).await);
    assert_eq!(house.count("sessions").await, 1);
    let twice = house.site.post_as(&session, "/sign-out", "").await;
    assert_eq!(twice.status, StatusCode::SEE_OTHER, "no fault");
    house.close().await;
}

/// The medians of how long tries take, with the limits out of the way: in turn, so that what else the machine does meanwhile touches all alike.
async fn medians<const N: usize>(house: &House, emails: [&str; N]) -> [Duration; N] {
    let context = house.context();
    let mut times = [const { Vec::new() }; N];
    for _ in 0..20 {
        for (times, email) in times.iter_mut().zip(emails) {
            house.sql("DELETE FROM sign_in_tries").await;
            let begun = Instant::now();
            let entry = sign_in(&context, email, ANOTHER).await.expect("a database");
            times.push(begun.elapsed());
            assert!(matches!(entry, Entry::Wrong), "{entry:?}");
        }
    }
    times.map(|mut times| {
        times.sort();
        times[10]
    })
}

/// There is no way to see this but the time. Left out, the hash would make the answer ten times as fast.
#[sqlx::test(migrations = "../migrations")]
async fn an_unknown_email_takes_as_long_as_a_known_one(pool: PgPool) {
    let house = House::new(&pool).await;
    let asha = house.add("Asha", Role::Sales).await;
    let invited = house.invite("Ravi", Role::Sales).await;
    let disabled = house.add("Dev", Role::Sales).await;
    house
        .sql(&format!(
            "UPDATE users SET disabled_at = now() WHERE id = '{}'",
            disabled.id
        ))
        .await;
    let emails = [
        &asha.email,
        "nobody@people.example",
        &invited.email,
        &disabled.email,
        "no email",
    ];
    let [known, others @ ..] = medians(&house, emails).await;
    for (email, taken) in emails[1..].iter().zip(others) {
        let ratio = taken.as_secs_f64() / known.as_secs_f64();
        assert!((0.5..2.0).contains(&ratio), "{email}: {taken:?} against {known:?}");
    }
    house.close().await;
}
