//! The history as a browser without script meets it: the timeline on a customer's page, and the Admin's page of everything.

mod test_client;

use app::base::roles::Role;
use axum::http::StatusCode;
use sqlx::PgPool;
use test_client::{Form, TestResponse, TestServer, attribute};
use uuid::Uuid;

/// What a person reads: the text of a page, without its scripts and its tags.
fn text(answer: &TestResponse) -> String {
    let body = answer
        .body
        .split("<main")
        .nth(1)
        .unwrap_or_default()
        .split("</main>")
        .next()
        .unwrap_or_default();
    let mut text = String::new();
    let mut inside = true;
    for c in body
        .replace("</t", " </t")
        .replace("</li", " </li")
        .replace("</h", " </h")
        .replace("</s", " </s")
        .chars()
    {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            _ if !inside => text.push(c),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The address behind a link's text.
fn link(answer: &TestResponse, label: &str) -> Option<String> {
    let body = answer.body.replace("<!>", "");
    let (before, _) = body.split_once(&format!(">{label}</a>"))?;
    attribute(&before[before.rfind("<a ")?..], "href")
}

async fn edit(server: &TestServer, id: Uuid, field: &str, value: &str) {
    let address = format!("/customers/{id}/edit");
    let form = Form::in_page(&server.get(&address).await);
    let answer = server.post(&address, form.with(field, value).body()).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
}

#[sqlx::test(migrations = "../migrations")]
async fn the_record_shows_the_history_of_the_customer(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let id = server.create("Asha Rao", "asha@example.in").await;
    edit(&server, id, "city", "Pune").await;
    let page = format!("/customers/{id}");
    let answer = server.get(&page).await;
    let shown = text(&answer);
    assert!(
        shown.contains("History Tess Ter changed city from Bengaluru to Pune, just now"),
        "{shown}"
    );
    assert!(shown.contains("Tess Ter created this customer, just now"), "{shown}");
    assert!(
        answer.body.contains("<time datetime=\"20") && answer.body.contains(" IST\""),
        "{}",
        answer.body
    );
    assert_eq!(link(&answer, "Older"), None);

    for city in 0..22 {
        edit(&server, id, "city", &format!("City {city}")).await;
    }
    let answer = server.get(&format!("{page}?q=rao")).await;
    let older = link(&answer, "Older").expect("older events");
    assert_eq!(older, format!("/customers/{id}?q=rao&older=5#history"));
    let answer = server.get(older.split('#').next().unwrap_or_default()).await;
    let shown = text(&answer);
    assert!(
        shown.contains("created this customer") && shown.contains("from Bengaluru to Pune"),
        "{shown}"
    );
    assert!(!shown.contains("City 20"), "{shown}");
    assert_eq!(link(&answer, "Newest"), Some(format!("/customers/{id}?q=rao#history")));

    // Whoever may read the record may read this.
    let staff = server.sign_in(Role::Staff).await;
    let answer = server.get_as(&staff, &page).await;
    assert!(
        text(&answer).contains("changed city from City 20 to City 21"),
        "{}",
        answer.body
    );

    // Of a customer that is gone nothing is told.
    let answer = server.get(&format!("/customers/{}", Uuid::now_v7())).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(!text(&answer).contains("No changes yet"), "{}", text(&answer));
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn only_who_may_restore_sees_the_history_of_a_deleted_customer(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let id = server.create("Asha Rao", "asha@example.in").await;
    let address = format!("/api/customers/timeline?id={id}");
    let sessions = [
        server.sign_in(Role::Admin).await,
        server.sign_in(Role::Sales).await,
        server.sign_in(Role::Staff).await,
    ];
    for (deletes, expected) in [(false, [200, 200, 200]), (true, [200, 404, 404])] {
        if deletes {
            server.post(&format!("/customers/{id}/delete"), "").await;
        }
        for (session, status) in sessions.iter().zip(expected) {
            let answer = server.get_as(session, &address).await;
            assert_eq!(answer.status, status, "{}", answer.body);
            assert_eq!(answer.body.contains("created"), status == 200, "{}", answer.body);
        }
    }
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn seeded_customers_have_no_history(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let id = server.create("Asha Rao", "asha@example.in").await;
    sqlx::query("DELETE FROM history WHERE entity = 'customer'")
        .execute(&pool)
        .await
        .expect("emptied");
    let shown = text(&server.get(&format!("/customers/{id}")).await);
    assert!(shown.contains("No changes yet."), "{shown}");
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn an_admin_can_search_the_whole_history(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let hostile = "<script>alert(1)</script> & \"Sons\"";
    let id = server.create(hostile, "asha@example.in").await;
    edit(&server, id, "churn", "High").await;
    let long = "Much too expensive for what it is, and slow. ".repeat(4);
    edit(&server, id, "address", long.trim()).await;

    let answer = server.get("/history").await;
    assert_eq!(answer.status, StatusCode::OK);
    let shown = text(&answer);
    assert!(shown.contains("Churn risk: Low → became High"), "{shown}");
    assert!(
        !answer.body.contains(hostile) && answer.body.contains("&lt;script&gt;alert(1)"),
        "{}",
        answer.body
    );
    assert!(
        answer.body.contains(&format!("href=\"/customers/{id}\"")) && answer.body.contains("<details"),
        "{shown}"
    );

    // A field by its label, a customer by the name, a kind, and a day; each through the form's own address.
    for (address, found, not) in [
        (
            "/history?who=&kind=&q=churn+RISK&from=&to=",
            "Churn risk: Low",
            "Address:",
        ),
        ("/history?q=%22sons", "Address:", "Tess Ter User"),
        ("/history?q=%22risk+churn,%22", "Churn risk: Low", "Address:"),
        ("/history?kind=user", "User", "Churn risk:"),
        ("/history?who=lastmile", "Created", "Churn risk:"),
        ("/history?to=1999-12-31", "No changes match", "Churn risk:"),
        ("/history?q=zzz", "Clear search and filters", "Churn risk:"),
        ("/history?kind=shoe&q=churn", "not valid: kind=shoe", "Address:"),
    ] {
        let shown = text(&server.get(address).await);
        assert!(shown.contains(found) && !shown.contains(not), "{address}: {shown}");
    }

    for role in [Role::Staff, Role::Sales] {
        let session = server.sign_in(role).await;
        let answer = server.get_as(&session, "/history").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(!answer.body.contains("Churn risk:"), "{}", answer.body);
    }
    server.close().await;
}
