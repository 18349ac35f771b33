//! How often one may try.

use app::people::model::roles::Role;
use axum::body::Body;
use axum::http::{HeaderValue, Request, StatusCode};
use chrono::TimeDelta;
use server::web::TrustedProxies;
use server::web::Web;
use sqlx::PgPool;

use crate::browser::house::{ANOTHER, House, PASSWORD};
use crate::browser::{Answer, form_request, from, inputs};

fn assert_too_many(answer: &Answer, what: &str) {
    assert_eq!(
        answer.status,
        StatusCode::TOO_MANY_REQUESTS,
        "{what}: {}",
        answer.words()
    );
    assert_eq!(answer.header("retry-after"), "900", "{what}");
    assert!(
        answer.words().contains("Too many tries") || answer.words().contains("tried too often"),
        "{what}"
    );
    assert_eq!(answer.session(), "", "{what}");
}

async fn guess(house: &House, email: &str, times: usize) {
    for _ in 0..times {
        let answer = house.try_in(email, ANOTHER).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.words());
    }
}

fn sign_in(email: &str, password: &str) -> Request<Body> {
    form_request("/sign-in", inputs(&[("email", email), ("password", password)]))
}

#[sqlx::test(migrations = "../migrations")]
async fn ten_wrong_tries_lock_an_account_for_a_quarter_of_an_hour(pool: PgPool) {
    let house = House::new(&pool).await;
    let (asha, ravi) = (
        house.add("Asha", Role::Sales).await,
        house.add("Ravi", Role::Sales).await,
    );
    guess(&house, &asha.email, 10).await;
    assert_too_many(&house.try_in(&asha.email, PASSWORD).await, "the right password");
    assert_too_many(&house.try_in("ASHA@people.example", PASSWORD).await, "the same account");
    house.enter(&ravi).await;

    house.pass(TimeDelta::minutes(15) - TimeDelta::seconds(1));
    assert_too_many(&house.try_in(&asha.email, PASSWORD).await, "a second too early");
    house.pass(TimeDelta::seconds(1));
    house.enter(&asha).await;

    // An account that is not there is no different.
    guess(&house, "nobody@people.example", 10).await;
    assert_too_many(&house.try_in("nobody@people.example", ANOTHER).await, "nobody");
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn of_many_at_once_no_more_are_looked_at(pool: PgPool) {
    let house = House::new(&pool).await;
    let asha = house.add("Asha", Role::Sales).await;
    let requests = (0..20).map(|_| (String::new(), sign_in(&asha.email, ANOTHER)));
    let answers = house.site.send_at_once(requests.collect()).await;
    let with = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!(with(StatusCode::UNPROCESSABLE_ENTITY), 10);
    assert_eq!(with(StatusCode::TOO_MANY_REQUESTS), 10);
    assert_too_many(&house.try_in(&asha.email, PASSWORD).await, "the right password");
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn whoever_gets_in_was_no_guesser(pool: PgPool) {
    let house = House::new(&pool).await;
    let asha = house.add("Asha", Role::Sales).await;
    for _ in 0..3 {
        guess(&house, &asha.email, 9).await;
        house.enter(&asha).await;
    }
    house.close().await;
}

/// Says something else about where it comes from each time.
fn claiming(mut request: Request<Body>, number: usize) -> Request<Body> {
    let claim = HeaderValue::from_str(&format!("198.51.100.{number}")).expect("a header");
    request.headers_mut().insert("x-forwarded-for", claim);
    request
}

#[sqlx::test(migrations = "../migrations")]
async fn a_hundred_tries_from_an_address_are_enough(pool: PgPool) {
    const HERE: &str = "192.0.2.7";
    let house = House::new(&pool).await;
    let (asha, ravi) = (
        house.add("Asha", Role::Sales).await,
        house.add("Ravi", Role::Sales).await,
    );
    // Few at a time, so that none of them waits for too long.
    for ten in 0..10 {
        let requests = (0..10).map(|one| {
            let number = ten * 10 + one;
            let request = sign_in(&format!("nobody{number}@people.example"), ANOTHER);
            (String::new(), from(HERE, claiming(request, number)))
        });
        for answer in house.site.send_at_once(requests.collect()).await {
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.words());
        }
    }
    for person in [&asha, &ravi] {
        let refused = house
            .site
            .send_as("", from(HERE, sign_in(&person.email, PASSWORD)))
            .await;
        assert_too_many(&refused, "from the address");
        let request = claiming(sign_in(&person.email, PASSWORD), 200);
        let refused = house.site.send_as("", from(HERE, request)).await;
        assert_too_many(&refused, "from the address, claiming another");
    }
    let elsewhere = house
        .site
        .send_as("", from("192.0.2.8", sign_in(&asha.email, PASSWORD)))
        .await;
    assert_eq!(elsewhere.status, StatusCode::SEE_OTHER);

    // A proxy that is believed speaks for many addresses.
    let web = Web {
        trusted_proxies: TrustedProxies::parse(HERE).expect("an address"),
        ..Web::default()
    };
    let behind = House::with(&pool, web, |_| ()).await;
    let itself = behind
        .site
        .send_as("", from(HERE, sign_in(&ravi.email, PASSWORD)))
        .await;
    assert_too_many(&itself, "the proxy itself");
    let request = claiming(sign_in(&ravi.email, PASSWORD), 1);
    let spoken_for = behind.site.send_as("", from(HERE, request)).await;
    assert_eq!(spoken_for.status, StatusCode::SEE_OTHER);
    let addresses = "SELECT address FROM sessions ORDER BY address";
    let addresses: Vec<String> = sqlx::query_scalar(addresses).fetch_all(&pool).await.expect("sessions");
    assert_eq!(addresses, ["192.0.2.8", "198.51.100.1"]);
    behind.close().await;

    house.pass(TimeDelta::minutes(15));
    let later = house.site.send_as("", from(HERE, sign_in(&asha.email, PASSWORD))).await;
    assert_eq!(later.status, StatusCode::SEE_OTHER);
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_link_lets_a_locked_person_in_at_once(pool: PgPool) {
    let house = House::new(&pool).await;
    let (admin, asha) = (
        house.add("Root", Role::Admin).await,
        house.add("Asha", Role::Sales).await,
    );
    let admin = house.enter(&admin).await;
    guess(&house, &asha.email, 10).await;
    assert_too_many(&house.try_in(&asha.email, PASSWORD).await, "locked");
    let link = house.link_for(&admin, &asha).await;
    assert_too_many(
        &house.try_in(&asha.email, PASSWORD).await,
        "a link that is not used changes nothing",
    );
    let used = house.site.post_as("", &link, inputs(&[("password", ANOTHER)])).await;
    assert_eq!(used.status, StatusCode::SEE_OTHER, "{}", used.words());
    let entered = house.try_in(&asha.email, ANOTHER).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn codes_count_as_tries_too(pool: PgPool) {
    let house = House::new(&pool).await;
    let asha = house.add("Asha", Role::Sales).await;
    let second = house.turn_two_step_on(&house.enter(&asha).await).await;
    let half = house.enter(&asha).await;
    let code = async |code: &str| {
        house
            .site
            .post_as(&half, "/sign-in/code", inputs(&[("code", code)]))
            .await
    };
    // The password was the first of ten.
    for _ in 0..9 {
        assert_eq!(code("abcdef").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_too_many(&code(&house.code(&second.secret)).await, "the right code");
    assert_too_many(&code(&second.recovery_codes[0]).await, "a recovery code");
    assert_too_many(&house.try_in(&asha.email, PASSWORD).await, "the password again");
    house.pass(TimeDelta::minutes(15));
    assert_eq!(code(&house.code(&second.secret)).await.status, StatusCode::SEE_OTHER);
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn giving_the_password_right_again_and_again_does_not_help_to_guess_codes(pool: PgPool) {
    let house = House::new(&pool).await;
    let asha = house.add("Asha", Role::Sales).await;
    house.turn_two_step_on(&house.enter(&asha).await).await;
    let mut looked_at = 0;
    for _ in 0..10 {
        let answer = house.try_in(&asha.email, PASSWORD).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
        let half = answer.session();
        for _ in 0..3 {
            let answer = house.site.post_as(&half, "/sign-in/code", "code=000000").await;
            looked_at += usize::from(answer.status != StatusCode::TOO_MANY_REQUESTS);
        }
    }
    assert!(looked_at < 10, "{looked_at} codes were looked at");
    house.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_session_that_was_left_open_is_no_place_to_guess(pool: PgPool) {
    let house = House::new(&pool).await;
    let asha = house.add("Asha", Role::Sales).await;
    let session = house.enter(&asha).await;
    let form = |password| inputs(&[("password", password), ("new_password", "eight red lorries hum")]);
    for _ in 0..10 {
        let wrong = house.site.post_as(&session, "/account/password", form(ANOTHER)).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.words());
    }
    for address in ["/account/password", "/account/two-step/off", "/account/recovery-codes"] {
        assert_too_many(&house.site.post_as(&session, address, form(PASSWORD)).await, address);
    }
    assert!(house.is_in(&session).await, "who is in stays in");
    house.close().await;
}
