//! What the program answers over HTTP: pages, forms without script, server functions, files; and what it says when things fail.

mod test_client;

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use sqlx::PgPool;
use test_client::plan::PLAN;
use test_client::{Form, TestResponse, TestServer, form_request};
use uuid::Uuid;

/// A text that would be script if it were not escaped, in every place where text can stand.
const HOSTILE: &str = "\"></title></textarea></script><script>alert(1)</script>'&";

fn is_text(answer: &TestResponse) {
    assert!(!answer.body.contains("<script>alert"), "{}", answer.body);
    assert!(!answer.body.contains("\"></title>"), "{}", answer.body);
}

async fn live(pool: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM customers WHERE deleted_at IS NULL")
        .fetch_one(pool)
        .await
        .expect("a count")
}

#[sqlx::test(migrations = "../migrations")]
async fn the_list_is_rendered_without_script(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let empty = server.get("/customers").await;
    assert_eq!(empty.status, StatusCode::OK);
    assert!(empty.seen().contains("No customers yet"));
    let id = server.create("Asha Rao", "asha@example.in").await;
    server.create("राजेश देशमुख", "rajesh@example.in").await;
    let list = server.get("/customers").await;
    assert_eq!(list.status, StatusCode::OK);
    assert!(list.header("content-type").starts_with("text/html"));
    assert_eq!(list.header("cache-control"), "no-store, no-transform");
    assert_eq!(list.header("x-content-type-options"), "nosniff");
    assert!(!list.header("x-request-id").is_empty());
    let seen = list.seen();
    for text in [
        "Asha Rao",
        "राजेश देशमुख",
        "LM-0000001",
        "₹1,367",
        "1–2 of 2",
        &format!("/customers/{id}"),
    ] {
        assert!(seen.contains(text), "{text}");
    }
    let found = server
        .get("/customers?q=%E0%A4%B0%E0%A4%BE%E0%A4%9C&status=Active")
        .await
        .seen();
    assert!(found.contains("राजेश") && !found.contains("Asha Rao"));
    assert!(
        server
            .get("/customers?q=zzz")
            .await
            .seen()
            .contains("No customers match")
    );

    let record = server.get(&format!("/customers/{id}")).await;
    assert_eq!(record.status, StatusCode::OK);
    assert!(record.seen().contains("+91 98450 12345"));
    for dialog in ["edit", "delete", "edit?from=record", "delete?q=rao&from=record"] {
        assert_eq!(
            server.get(&format!("/customers/{id}/{dialog}")).await.status,
            StatusCode::OK,
            "{dialog}"
        );
    }
    let root = server.get("/").await;
    assert!(root.status.is_redirection(), "{root:?}");
    assert_eq!(root.header("location"), "/customers");
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn invalid_parameters_in_the_address_show_a_notice(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    server.create("Asha Rao", "asha@example.in").await;
    for query in [
        "sort=shoe",
        "status=active",
        "page=zzz",
        "size=7",
        "x=1",
        "plan=%ff",
        "churn=%00",
        "page=bnVsbA",
    ] {
        let list = server.get(&format!("/customers?{query}")).await;
        assert_eq!(list.status, StatusCode::OK, "{query}");
        let seen = list.seen();
        assert!(seen.contains("not valid") && seen.contains("Asha Rao"), "{query}");
    }
    for query in ["", "&&&", "q=%ff%fe%00", "q=%", "=", "undo=1"] {
        assert_eq!(
            server.get(&format!("/customers?{query}")).await.status,
            StatusCode::OK,
            "{query}"
        );
    }
    let hostile: String = form_urlencoded::byte_serialize(HOSTILE.as_bytes()).collect();
    for key in ["q", "sort", "page", "from", hostile.as_str()] {
        let list = server.get(&format!("/customers?{key}={hostile}")).await;
        assert_eq!(list.status, StatusCode::OK, "{key}");
        is_text(&list);
    }
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_missing_record_is_a_404_page_with_a_link_back(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let gone = server.create("Asha Rao", "asha@example.in").await;
    server.post(&format!("/customers/{gone}/delete"), "").await;
    let unknown = Uuid::now_v7();
    for address in [
        "/nonsense".to_owned(),
        "/customers/7".into(),
        "/customers/new/edit".into(),
        "/pkg/none.js".into(),
        "/%2e%2e/Cargo.toml".into(),
        format!("/customers/{unknown}"),
        format!("/customers/{unknown}/edit"),
        format!("/customers/{unknown}/delete"),
        format!("/customers/{gone}"),
        format!("/customers/{gone}/edit"),
        format!("/customers/{gone}/delete"),
    ] {
        let answer = server.get(&address).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{address}");
        assert!(answer.body.contains("href=\"/customers\""), "{address}");
        assert!(!answer.header("x-request-id").is_empty(), "{address}");
    }
    for address in [format!("/customers/{gone}/restore"), "/customers/columns".to_owned()] {
        let answer = server.get(&address).await;
        let led_on = answer.status.is_redirection() || answer.body.contains("href=\"/customers");
        assert!(led_on, "{address}: {} {:?}", answer.status, answer.body);
    }
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_customer_is_created_without_script(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let form =
        Form::in_page(&server.get("/customers/new?q=rao&sort=-nps").await).filled_in("Asha Rao", "asha@example.in");
    let made = server.post("/customers/new?q=rao&sort=-nps", form.body()).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER);
    assert_eq!(made.header("location"), "/customers?q=rao&sort=-nps");
    let next = server.get_with_cookie_of("/customers?q=rao&sort=-nps", &made).await;
    assert!(next.seen().contains("Customer Asha Rao created"));
    assert!(next.header("set-cookie").contains("Max-Age=0"), "said once");
    assert!(
        !server
            .get("/customers")
            .await
            .seen()
            .contains("Customer Asha Rao created")
    );
    // Sent again by a double click or a reload: the same customer.
    assert_eq!(
        server.post("/customers/new", form.body()).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(live(&pool).await, 1);

    let id = form.value("id").to_owned();
    let address = format!("/customers/{id}/edit?from=record");
    let edit = Form::in_page(&server.get(&address).await);
    assert_eq!(
        (edit.value("name"), edit.value("uptime"), edit.value("original.uptime")),
        ("Asha Rao", "100", "100")
    );
    let saved = server.post(&address, edit.with("city", "Mysuru").body()).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    assert_eq!(saved.header("location"), format!("/customers/{id}"));
    let record = server
        .get_with_cookie_of(&format!("/customers/{id}"), &saved)
        .await
        .seen();
    assert!(record.contains("Customer Asha Rao saved") && record.contains("Mysuru"));
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn an_invalid_form_returns_with_its_errors(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let form = Form::in_page(&server.get("/customers/new").await)
        .filled_in("Asha Rao", "asha@example.in")
        .with("starts_on", "soon")
        .with("city", HOSTILE)
        .with("plan_id", HOSTILE)
        .with("referred_by", HOSTILE)
        .with("gstin", HOSTILE);
    let answer = server.post("/customers/new", form.body()).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    is_text(&answer);
    let back = Form::in_page(&answer);
    for field in [
        "id",
        "name",
        "email",
        "phone",
        "starts_on",
        "city",
        "plan_id",
        "referred_by",
        "gstin",
        "state",
    ] {
        assert_eq!(back.value(field), form.value(field), "{field}");
    }
    let seen = answer.seen();
    assert!(seen.contains("Enter a date from 1990 to 2100"), "{seen}");
    assert_eq!(live(&pool).await, 0);
    // Mended in the page that came back, it is saved.
    let mended = back
        .with("starts_on", "2026-11-23")
        .with("plan_id", &PLAN.to_string())
        .with("gstin", "")
        .with("referred_by", "");
    assert_eq!(
        server.post("/customers/new", mended.body()).await.status,
        StatusCode::SEE_OTHER
    );

    let taken = Form::in_page(&server.get("/customers/new").await).filled_in("Ravi Iyer", "ASHA@example.in");
    let answer = server.post("/customers/new", taken.body()).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.seen().contains("Asha Rao (LM-0000001) has this email already"));
    assert_eq!(Form::in_page(&answer).value("name"), "Ravi Iyer");

    for body in [
        "",
        "name=x",
        "id=7",
        "\u{0}",
        "id=00000000-0000-0000-0000-000000000007&version=x",
    ] {
        let answer = server.post("/customers/new", body).await;
        assert!(answer.status.is_client_error(), "{body:?}: {}", answer.status);
        assert!(!answer.body.is_empty(), "{body:?}");
    }
    assert_eq!(live(&pool).await, 1);
    server.close().await;
}

/// As where several of these tests share a process.
#[sqlx::test(migrations = "../migrations")]
async fn creating_another_router_delays_no_page(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    for _ in 0..12 {
        let both = async { tokio::join!(TestServer::new(&pool), server.get("/customers")) };
        let (other, page) = tokio::time::timeout(Duration::from_secs(60), both)
            .await
            .expect("an answer");
        assert_eq!(page.status, StatusCode::OK);
        other.close().await;
    }
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_name_is_escaped_everywhere(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let form = Form::in_page(&server.get("/customers/new").await)
        .filled_in(HOSTILE, "asha@example.in")
        .with("address", HOSTILE)
        .with("city", HOSTILE)
        .with("status", "Cancelled")
        .with("cancelled_on", "2026-11-01")
        .with("cancel_reason", HOSTILE);
    let made = server.post("/customers/new", form.body()).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    is_text(&server.get_with_cookie_of("/customers", &made).await);
    let id = form.value("id");
    for address in [
        "/customers".to_owned(),
        format!("/customers/{id}"),
        format!("/customers/{id}/edit"),
        format!("/customers/{id}/delete"),
        format!("/customers/{id}/delete?from=record"),
    ] {
        let page = server.get(&address).await;
        assert_eq!(page.status, StatusCode::OK, "{address}");
        is_text(&page);
        assert!(page.text().contains(HOSTILE), "{address} shows it");
    }
    let taken = Form::in_page(&server.get("/customers/new").await).filled_in("Ravi Iyer", "asha@example.in");
    is_text(&server.post("/customers/new", taken.body()).await);
    server.remove_services(id.parse().expect("an id")).await;
    let deleted = server.post(&format!("/customers/{id}/delete"), "").await;
    is_text(&server.get_with_cookie_of("/customers", &deleted).await);
    is_text(&server.get("/customers/deleted").await);
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_conflict_is_shown_without_script(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let id = server.create("Asha Rao", "asha@example.in").await;
    let address = format!("/customers/{id}/edit");
    let form = Form::in_page(&server.get(&address).await);
    let theirs = form.clone().with("city", "Mysuru").with("nps", "40");
    assert_eq!(server.post(&address, theirs.body()).await.status, StatusCode::SEE_OTHER);
    let mine = form.with("city", "Hubballi").with("name", "Asha Iyer");
    let conflict = server.post(&address, mine.body()).await;
    assert_eq!(conflict.status, StatusCode::CONFLICT);
    let seen = conflict.seen();
    assert!(
        seen.contains("Hubballi") && seen.contains("Mysuru") && seen.contains("saved changes while you were editing")
    );
    let form = Form::in_page(&conflict);
    assert_eq!(
        (form.value("name"), form.value("nps"), form.value("conflict")),
        ("Asha Iyer", "40", "city")
    );
    let unanswered = server.post(&address, form.body()).await;
    assert_eq!(unanswered.status, StatusCode::UNPROCESSABLE_ENTITY);
    let saved = server
        .post(
            &address,
            Form::in_page(&unanswered).with("resolve.city", "theirs").body(),
        )
        .await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let record = server.get(&format!("/customers/{id}")).await.seen();
    assert!(record.contains("Asha Iyer") && record.contains("Mysuru") && !record.contains("Hubballi"));
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_deletion_can_be_undone_without_script(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let id = server.create("Asha Rao", "asha@example.in").await;
    let (delete, restore) = (format!("/customers/{id}/delete"), format!("/customers/{id}/restore"));
    let dialog = server.get(&format!("{delete}?q=rao")).await.seen();
    assert!(dialog.contains("Delete Asha Rao?") && dialog.contains("This also removes the record."));
    let edit = Form::in_page(&server.get(&format!("/customers/{id}/edit")).await);
    let deleted = server.post(&format!("{delete}?q=rao"), "").await;
    assert_eq!(deleted.status, StatusCode::SEE_OTHER);
    assert_eq!(deleted.header("location"), "/customers?q=rao");
    let next = server.get_with_cookie_of("/customers?q=rao", &deleted).await;
    assert!(next.seen().contains("Customer Asha Rao deleted"));
    assert!(next.body.contains(&format!("action=\"{restore}?version=2\"")), "Undo");
    assert!(server.get("/customers/deleted").await.seen().contains("Asha Rao"));

    // A second deletion, and an edit that was open: each says what happened, and nothing typed is lost.
    let second = server.post(&delete, "").await;
    assert!(
        matches!(second.status, StatusCode::CONFLICT | StatusCode::NOT_FOUND),
        "{}",
        second.status
    );
    assert!(
        second.seen().contains("Customer not found; it may have been deleted."),
        "{}",
        second.seen()
    );
    let late = server
        .post(&format!("/customers/{id}/edit"), edit.with("city", "Mysuru").body())
        .await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.seen().contains("was deleted"));
    assert_eq!(Form::in_page(&late).value("city"), "Mysuru");

    let heir = server.create("Ravi Iyer", "asha@example.in").await;
    let refused = server.post(&restore, "").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.seen().contains("Ravi Iyer (LM-"), "{}", refused.seen());
    server.post(&format!("/customers/{heir}/delete"), "").await;
    let restored = server.post(&restore, "").await;
    assert_eq!(restored.status, StatusCode::SEE_OTHER);
    let record = server.get_with_cookie_of(restored.header("location"), &restored).await;
    assert!(record.seen().contains("Customer Asha Rao restored"));

    let nobody = Uuid::now_v7();
    for action in ["delete", "restore"] {
        let answer = server.post(&format!("/customers/{nobody}/{action}"), "").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{action}");
        assert!(answer.body.contains("href=\"/customers\""), "{action}");
    }
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_body_over_one_mebibyte_is_refused(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let most = 1024 * 1024;
    for address in ["/customers/new", "/customers/columns", "/nonsense"] {
        let answer = server.post(address, "x".repeat(most + 1)).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{address}");
        assert!(answer.header("content-type").starts_with("text/html"), "{address}");
        assert!(answer.body.contains("at most 1 MiB"), "{address}");
    }
    let answer = server.call("save", "x".repeat(most + 1)).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.body, "\"TooLarge\"");
    assert!(!answer.header("x-request-id").is_empty());
    // As much as is allowed is read, and found to be no form.
    assert_eq!(
        server.post("/customers/new", "x".repeat(most)).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        server
            .call("save", format!("form={}", "x".repeat(most - 5)))
            .await
            .status,
        StatusCode::BAD_REQUEST
    );
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_server_function_refuses_invalid_input(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let id = server.create("Asha Rao", "asha@example.in").await;
    for address in [
        "record?id=7",
        "record",
        "record?id=",
        "deletion?id=%00",
        "form?id=x",
        "deleted?older_than=x",
        "find",
        "list",
    ] {
        let answer = server.get(&format!("/api/customers/{address}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{address}: {}", answer.body);
        assert!(answer.body.contains("BadRequest"), "{address}: {}", answer.body);
    }
    for (function, body) in [
        ("delete", "id=7"),
        ("delete", ""),
        ("restore", "id"),
        ("save", ""),
        ("save", "form=name%3Dx"),
        ("save", "form=%ff"),
        ("columns", "columns[0]=shoe"),
    ] {
        let answer = server.call(function, body).await;
        assert_eq!(
            answer.status,
            StatusCode::BAD_REQUEST,
            "{function} {body}: {}",
            answer.body
        );
        assert!(answer.body.contains("BadRequest"), "{function} {body}: {}", answer.body);
    }
    let nobody = Uuid::now_v7();
    let answer = server.get(&format!("/api/customers/record?id={nobody}")).await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (StatusCode::NOT_FOUND, "\"NotFound\"")
    );
    let answer = server.call("delete", format!("id={nobody}")).await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (StatusCode::NOT_FOUND, "\"NotFound\"")
    );

    // A reading address changes nothing, whatever is asked by it.
    for (method, address) in [
        (Method::GET, format!("/api/customers/delete?id={id}")),
        (Method::HEAD, format!("/api/customers/delete?id={id}")),
        (Method::PUT, format!("/api/customers/delete?id={id}")),
        (Method::DELETE, format!("/api/customers/delete?id={id}")),
        (Method::GET, "/api/customers/save?form=x".to_owned()),
        (Method::GET, "/api/customers/nothing".to_owned()),
        (Method::POST, "/api/nothing".to_owned()),
        (Method::POST, "/api/customers/record".to_owned()),
    ] {
        let answer = server.ask(method.clone(), &address).await;
        assert!(answer.status.is_client_error(), "{method} {address}: {}", answer.status);
    }
    assert_eq!(live(&pool).await, 1);
    let answer = server.get("/api/customers/list?address=%3Fsort%3Dshoe").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("Asha Rao") && answer.body.contains("sort=shoe"));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(server.call("delete", format!("id={id}")).await.status, StatusCode::OK);
    assert_eq!(live(&pool).await, 0);
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_server_function_never_redirects(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let id = server.create("Asha Rao", "asha@example.in").await;
    for (request, body) in [
        (Request::get("/api/customers/list?address="), String::new()),
        (Request::post("/api/customers/delete"), format!("id={id}")),
    ] {
        let request = request
            .header(header::ACCEPT, "text/html")
            .header(header::REFERER, "https://evil.example/")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body));
        let answer = server.send(request.expect("a request")).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::OK, ""));
    }
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn chosen_columns_are_remembered_and_redirect_to_this_site_only(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    server.create("Asha Rao", "asha@example.in").await;
    let chosen = server
        .post(
            "/customers/columns",
            "column=email&column=uptime&column=shoe&back=%3Fq%3Drao",
        )
        .await;
    assert_eq!(chosen.status, StatusCode::SEE_OTHER);
    assert_eq!(chosen.header("location"), "/customers?q=rao");
    let list = server.get_with_cookie_of("/customers", &chosen).await.seen();
    assert!(list.contains("asha@example.in") && !list.contains("data-label=\"Status\""));
    for back in [
        "https%3A%2F%2Fevil.example",
        "%2F%2Fevil.example",
        "%0D%0ALocation%3A%20x",
    ] {
        let answer = server.post("/customers/columns", format!("back={back}")).await;
        assert_eq!(answer.header("location"), "/customers", "{back}");
    }
    for cookie in [
        "lastmile_columns=shoe.\"><script>",
        "lastmile_flash=created.7",
        "lastmile_flash=x",
        "=;;=",
        "lastmile_flash",
    ] {
        let request = Request::get("/customers")
            .header(header::COOKIE, cookie)
            .body(Body::empty());
        let answer = server.send(request.expect("a request")).await;
        assert_eq!(answer.status, StatusCode::OK, "{cookie}");
    }
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn head_requests_and_files_are_answered(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    for address in ["/customers", "/healthz", "/readyz", "/favicon.svg"] {
        let answer = server.ask(Method::HEAD, address).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, ""), "{address}");
        let answer = server.get(address).await;
        assert_eq!(answer.status, StatusCode::OK, "{address}");
        assert!(
            !answer.body.is_empty() && !answer.header("x-request-id").is_empty(),
            "{address}"
        );
    }
    assert_eq!(
        server.ask(Method::HEAD, "/nonsense").await.status,
        StatusCode::NOT_FOUND
    );
    let icon = server.get("/favicon.svg").await;
    assert_eq!(icon.header("content-type"), "image/svg+xml; charset=utf-8");
    assert_eq!(icon.header("cache-control"), "no-cache");
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn browsers_cache_the_deferred_styles_for_ever(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let address = app::document::deferred_stylesheet();
    let page = server.get("/customers").await;
    assert!(page.body.contains(&format!("href=\"{address}\"")), "{}", page.body);
    // The sign-in page needs them too.
    let styles = server.get_as("", address).await;
    assert_eq!(styles.status, StatusCode::OK);
    assert_eq!(styles.header("content-type"), "text/css; charset=utf-8");
    assert_eq!(styles.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(styles.body.starts_with("@layer deferred"), "{}", styles.body);
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn without_a_database_every_page_says_so_and_returns_the_typed_text(pool: PgPool) {
    // The form was opened before the database went away.
    let before = TestServer::new(&pool).await;
    let form = Form::in_page(&before.get("/customers/new").await);
    before.close().await;
    let server = TestServer::without_database().await;
    let id = Uuid::now_v7();
    for address in [
        "/customers".to_owned(),
        "/customers/new".into(),
        "/customers/deleted".into(),
        format!("/customers/{id}"),
        format!("/customers/{id}/edit"),
        format!("/customers/{id}/delete"),
    ] {
        let answer = server.get(&address).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{address}");
        assert!(!answer.header("retry-after").is_empty(), "{address}");
        let seen = answer.seen();
        assert!(
            seen.contains("The database is not answering") && seen.contains("Retry"),
            "{address}"
        );
    }
    let form = form.filled_in("Asha Rao", "asha@example.in").with("city", HOSTILE);
    let answer = server.post("/customers/new", form.body()).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!answer.header("retry-after").is_empty());
    assert!(answer.seen().contains("The database is not answering"));
    is_text(&answer);
    assert_eq!(Form::in_page(&answer).body(), form.body(), "all that was typed");

    let edit = form
        .clone()
        .with("version", "3")
        .with("reference", "LM-0000009")
        .with("original.name", "Asha");
    let answer = server.post(&format!("/customers/{id}/edit"), edit.body()).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    let back = Form::in_page(&answer);
    for field in ["id", "version", "reference", "name", "original.name", "city"] {
        assert_eq!(back.value(field), edit.value(field), "{field}");
    }
    for action in ["delete", "restore"] {
        let answer = server.post(&format!("/customers/{id}/{action}"), "").await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{action}");
        assert!(!answer.header("retry-after").is_empty(), "{action}");
        assert!(answer.seen().contains("The database is not answering"), "{action}");
    }
    let list = server.get("/api/customers/list?address=").await;
    let save = server.call(
        "save",
        format!(
            "form={}",
            form_urlencoded::byte_serialize(form.body().as_bytes()).collect::<String>()
        ),
    );
    for answer in [list, save.await] {
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (StatusCode::SERVICE_UNAVAILABLE, "\"Unavailable\"")
        );
        assert!(!answer.header("retry-after").is_empty());
    }
    assert_eq!(server.get("/healthz").await.status, StatusCode::OK);
    assert_eq!(server.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(server.get("/favicon.svg").await.status, StatusCode::OK);
    assert_eq!(server.get("/nonsense").await.status, StatusCode::NOT_FOUND);
    server.close().await;
}

/// The database ends every connection, as when it restarts: at most the requests of that moment see it, then all is well.
#[sqlx::test(migrations = "../migrations")]
async fn broken_connections_are_replaced(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    server.create("Asha Rao", "asha@example.in").await;
    for _ in 0..3 {
        sqlx::query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'lastmile'",
        )
        .execute(&pool)
        .await
        .expect("ended");
        let mut tries = 0;
        loop {
            let answer = server.get("/customers").await;
            if answer.status == StatusCode::OK {
                assert!(answer.seen().contains("Asha Rao"));
                break;
            }
            assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
            assert!(!answer.header("retry-after").is_empty());
            tries += 1;
            assert!(tries < 20, "it recovers");
        }
    }
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_trailing_slash_leads_to_the_page(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    for (address, to) in [
        ("/customers/new/?q=a%2F", "/customers/new?q=a%2F"),
        ("/customers/", "/customers"),
        ("/sign-in/", "/sign-in"),
        ("//evil.example/", "/evil.example"),
    ] {
        let page = server.get(address).await;
        assert_eq!(
            (page.status, page.header("location")),
            (StatusCode::PERMANENT_REDIRECT, to),
            "{address}"
        );
    }
    // A form that is sent there is sent again, as it is, to where it belongs.
    let form = Form::in_page(&server.get("/customers/new").await).filled_in("Asha Rao", "asha@example.in");
    let sent = server.post("/customers/new/", form.body()).await;
    assert_eq!(
        (sent.status, sent.header("location")),
        (StatusCode::PERMANENT_REDIRECT, "/customers/new")
    );
    assert_eq!(
        server.post("/customers/new", form.body()).await.status,
        StatusCode::SEE_OTHER
    );
    server.close().await;
}

/// Sends cookies as bytes, with the session where `&` stands.
async fn with_cookies(server: &TestServer, address: &str, cookies: &[&[u8]]) -> TestResponse {
    let session = server.session.as_bytes();
    let mut request = Request::get(address);
    for line in cookies {
        let parts: Vec<&[u8]> = line.split(|byte| *byte == b'&').collect();
        request = request.header(header::COOKIE, parts.join(session));
    }
    server
        .send_as("", request.body(Body::empty()).expect("a request"))
        .await
}

#[sqlx::test(migrations = "../migrations")]
async fn neighbours_cookies_sign_nobody_out(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let stale = "lastmile_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let before = format!("{stale}; &");
    let two = format!("{stale}; lastmile_session=; lastmile_session=\u{e9}; &; {stale}");
    for cookies in [
        &[&b"theme=\xe9\xff; &"[..]][..],
        &[b"&; name=Jos\xe9"],
        &[b"other=1", b"\xff", b"&"],
        &[b"=; ;;a; &;"],
        &[before.as_bytes()],
        &[two.as_bytes()],
        &[stale.as_bytes(), b"&"],
    ] {
        let page = with_cookies(&server, "/customers", cookies).await;
        assert_eq!(page.status, StatusCode::OK, "{cookies:?}");
        // The sign-in page agrees with the others on who this is, and sends nobody to and fro.
        let sign_in = with_cookies(&server, "/sign-in?next=%2Fcustomers", cookies).await;
        assert_eq!(sign_in.status, StatusCode::OK, "{cookies:?}");
        assert!(sign_in.body.contains("href=\"/customers\""), "{}", sign_in.body);
        let flash = with_cookies(&server, "/api/flash", cookies).await;
        assert!(flash.status.as_u16() < 500, "{cookies:?}");
    }
    server.close().await;
}

/// The table that a save wants is locked, and so is what its page would read: the answer comes in time all the same.
#[sqlx::test(migrations = "../migrations")]
async fn a_locked_table_delays_no_answer_beyond_its_deadline(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let id = server.create("Asha Rao", "asha@example.in").await;
    let address = format!("/customers/{id}/edit");
    let form = Form::in_page(&server.get(&address).await).with("city", "Mysuru");
    let mut lock = pool.begin().await.expect("a transaction");
    sqlx::query("LOCK customers IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *lock)
        .await
        .expect("locked");
    let begun = std::time::Instant::now();
    let answer = server.post(&address, form.body()).await;
    let time = begun.elapsed();
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header("retry-after"), "2");
    // The save and its page would each wait as long as a statement may, 5 s.
    assert!(time < Duration::from_secs(9), "{time:?}");
    lock.rollback().await.expect("unlocked");
    server.close().await;
}

/// Every deletion and restoration is of the version that a page showed, with and without script.
#[sqlx::test(migrations = "../migrations")]
async fn what_was_changed_since_is_neither_deleted_nor_restored(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    for (path, api, id, field) in [
        (
            "/customers",
            "customers",
            server.create("Asha", "asha@example.in").await,
            ("city", "Mysuru"),
        ),
        ("/leads", "leads", server.create_lead("Ravi").await, ("city", "Mysuru")),
        (
            "/served-pin-codes",
            "served_pin_codes",
            server.create_served_pin_code("560001").await,
            ("area", "Fort"),
        ),
        ("/plans", "plans", server.create_plan("FIB-100").await, ("price", "749")),
    ] {
        let (delete, restore) = (format!("{path}/{id}/delete"), format!("{path}/{id}/restore"));
        let question = Form::in_page(&server.get(&delete).await);
        assert_eq!(question.value("version"), "1", "{path}");
        let edit = format!("{path}/{id}/edit");
        let edited = Form::in_page(&server.get(&edit).await).with(field.0, field.1);
        assert_eq!(server.post(&edit, edited.body()).await.status, StatusCode::SEE_OTHER);

        let refused = server.post(&delete, question.body()).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{path}");
        refused.assert_shows("changed after you opened this. It is now: ");
        refused.assert_shows("Delete anyway");
        let of_function = |name: &str, version: &str| {
            form_request(&format!("/api/{api}/{name}"), format!("id={id}&version={version}"))
        };
        for version in ["", "0", "1", "3"] {
            let answer = server.send(of_function("delete", version)).await;
            let is_refused = answer.body.contains("\"Changed\"") || answer.status == StatusCode::BAD_REQUEST;
            assert!(is_refused, "{path} {version}: {}", answer.body);
        }
        // Whoever has read what it is now deletes that.
        let deleted = server.post(&delete, Form::in_page(&refused).body()).await;
        assert_eq!(deleted.status, StatusCode::SEE_OTHER, "{path}");
        let list = server.get(&format!("{path}/deleted")).await;
        assert!(list.body.contains(&format!("action=\"{restore}?version=3\"")), "{path}");

        for version in ["", "0", "2", "x"] {
            let answer = server.post(&format!("{restore}?version={version}"), "").await;
            assert_eq!(answer.status, StatusCode::CONFLICT, "{path} {version}");
            answer.assert_shows("changed after you opened this");
        }
        let answer = server.send(of_function("restore", "2")).await;
        assert!(answer.body.contains("\"Changed\""), "{path}: {}", answer.body);
        let answer = server.post(&format!("{restore}?version=3"), "").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
    }
    server.close().await;
}
