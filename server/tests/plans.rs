//! The pages of plans without script.

mod test_client;

use app::base::roles::Role;
use axum::http::StatusCode;
use sqlx::PgPool;
use test_client::{Form, TestServer};

#[sqlx::test(migrations = "../migrations")]
async fn admins_edit_the_catalogue_and_everybody_reads_it(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let emptied = sqlx::query("DELETE FROM plans").execute(&pool).await;
    emptied.expect("an empty catalogue");
    server.get("/plans").await.assert_shows("No plans yet");
    let id = server.create_plan("FIB-100").await;
    let again = Form::in_page(&server.get("/plans/new").await)
        .with("name", "Another")
        .with("code", "fib 100")
        .with("download", "100")
        .with("upload", "200")
        .with("price", "699");
    let refused = server.post("/plans/new", again.body()).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.assert_shows("Enter at most the download speed, 100 Mbps.");
    let refused = server.post("/plans/new", again.with("upload", "100").body()).await;
    refused.assert_shows("Another plan has this code.");
    for role in Role::ALL {
        let edits = *role == Role::Admin;
        let session = server.sign_in(*role).await;
        let list = server.get_as(&session, "/plans").await;
        assert_eq!(list.status, StatusCode::OK, "{role}");
        list.assert_shows("FIB-100");
        list.assert_shows("Unlimited");
        assert_eq!(list.body.contains("/plans/new"), edits, "{role}");
        assert_eq!(list.body.contains("href=\"/plans/deleted\""), edits, "{role}");
        let record = server.get_as(&session, &format!("/plans/{id}")).await;
        assert_eq!(
            (record.status, record.body.contains("Edit Fiber 100")),
            (StatusCode::OK, edits),
            "{role}"
        );
        record.assert_shows("₹699");
        let menu = server.get_as(&session, "/customers").await;
        assert!(menu.body.contains("href=\"/plans\""), "{role}");
    }
    let deleted = server.post(&format!("/plans/{id}/delete"), "").await;
    assert_eq!(deleted.header("location"), "/plans");
    server.get("/plans/deleted").await.assert_shows("FIB-100");
    let restored = server.post(&format!("/plans/{id}/restore"), "").await;
    assert_eq!(restored.header("location"), format!("/plans/{id}"));
    let history = server.get("/history?kind=plan&q=fiber").await;
    history.assert_shows("Fiber 100");
    history.assert_shows("FIB-100");
    let columns = server.post("/plans/columns", "column=sac").await;
    let list = server.get_with_cookie_of("/plans", &columns).await;
    list.assert_shows("998422");
    server.close().await;
}
