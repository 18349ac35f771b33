//! The pages of served PIN codes without script, and what a lead's page says of its PIN code.

mod test_client;

use app::base::roles::Role;
use axum::http::StatusCode;
use sqlx::PgPool;
use test_client::{Form, TestServer};

#[sqlx::test(migrations = "../migrations")]
async fn a_lead_shows_what_is_offered_at_its_pin_code(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let id = server.create_lead("Asha Rao").await;
    let edit = |fields: &'static [(&'static str, &'static str)]| {
        let server = &server;
        async move {
            let address = format!("/leads/{id}/edit");
            let form = Form::in_page(&server.get(&address).await);
            let form = fields.iter().fold(form, |form, (name, value)| form.with(name, value));
            let saved = server.post(&address, form.body()).await;
            assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
            server.get(&format!("/leads/{id}")).await.seen()
        }
    };
    let seen = server.get(&format!("/leads/{id}")).await.seen();
    assert!(seen.contains("Enter a PIN code to check availability"), "{seen}");
    let seen = edit(&[("pin_code", "560038"), ("plan", "Fiber"), ("speed", "300")]).await;
    assert!(seen.contains("Not available at 560038 yet"), "{seen}");
    server.create_served_pin_code("560038").await;
    let seen = server.get(&format!("/leads/{id}")).await.seen();
    assert!(
        seen.contains("Available") && seen.contains("Fiber, up to 500 Mbps"),
        "{seen}"
    );
    // The form says it, too, of what it holds; also where it comes back.
    let form = server.get(&format!("/leads/{id}/edit")).await;
    assert!(
        form.seen().contains("Available: Fiber, up to 500 Mbps"),
        "{}",
        form.seen()
    );
    let wrong = Form::in_page(&form).with("name", "").with("speed", "600");
    let refused = server.post(&format!("/leads/{id}/edit"), wrong.body()).await;
    assert!(refused.seen().contains("No 600 Mbps at 560038"), "{}", refused.seen());
    let seen = edit(&[("plan", "Wireless")]).await;
    assert!(
        seen.contains("No Wireless at 560038; available: Fiber, up to 500 Mbps"),
        "{seen}"
    );
    let seen = edit(&[("plan", "Fiber"), ("speed", "1000")]).await;
    assert!(
        seen.contains("No 1 Gbps at 560038; available: Fiber, up to 500 Mbps"),
        "{seen}"
    );
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn admins_edit_the_list_and_sales_read_it(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let empty = server.get("/served-pin-codes").await.seen();
    assert!(empty.contains("No served PIN codes yet"), "{empty}");
    let id = server.create_served_pin_code("560038").await;
    let again = Form::in_page(&server.get("/served-pin-codes/new").await)
        .with("pin_code", "560038")
        .with("area", "Domlur");
    let refused = server.post("/served-pin-codes/new", again.body()).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.seen().contains("Choose at least one of the plan types."),
        "{}",
        refused.seen()
    );
    let again = again
        .with("city", "Bengaluru")
        .with("plan_types", "Fiber")
        .with("max_speed", "100");
    let refused = server.post("/served-pin-codes/new", again.body()).await;
    assert!(
        refused.seen().contains("This PIN code is already in the list."),
        "{}",
        refused.seen()
    );
    for (role, reads, edits) in [
        (Role::Admin, true, true),
        (Role::Sales, true, false),
        (Role::Staff, false, false),
    ] {
        let session = server.sign_in(role).await;
        let list = server.get_as(&session, "/served-pin-codes").await;
        let status = if reads { StatusCode::OK } else { StatusCode::FORBIDDEN };
        assert_eq!(
            (list.status, list.body.contains("Indiranagar")),
            (status, reads),
            "{role}"
        );
        assert_eq!(list.body.contains("/served-pin-codes/new"), edits, "{role}");
        let record = server.get_as(&session, &format!("/served-pin-codes/{id}")).await;
        assert_eq!(
            (record.status, record.body.contains("Edit 560038")),
            (status, edits),
            "{role}"
        );
        let menu = server.get_as(&session, "/customers").await;
        assert_eq!(menu.body.contains("href=\"/served-pin-codes\""), reads, "{role}");
    }
    let deleted = server.post(&format!("/served-pin-codes/{id}/delete"), "").await;
    assert_eq!(deleted.header("location"), "/served-pin-codes");
    assert!(server.get("/served-pin-codes/deleted").await.seen().contains("560038"));
    let restored = server.post(&format!("/served-pin-codes/{id}/restore"), "").await;
    assert_eq!(restored.header("location"), format!("/served-pin-codes/{id}"));
    let record = server
        .get(&format!("/served-pin-codes/{id}"))
        .await
        .body
        .replace("<!>", "");
    assert!(record.contains("restored this served PIN code"), "{record}");
    let history = server.get("/history?kind=served+PIN+code&q=560038").await.seen();
    assert!(
        history.contains("560038") && history.contains("Indiranagar"),
        "{history}"
    );
    let columns = server.post("/served-pin-codes/columns", "column=notes").await;
    assert!(
        server
            .get_with_cookie_of("/served-pin-codes", &columns)
            .await
            .seen()
            .contains("Notes")
    );
    server.close().await;
}
