//! The pages about money without script, as a person at the counter uses them.

mod test_client;

use app::base::roles::Role;
use app::base::time::format_month;
use axum::http::StatusCode;
use server::clock::system;
use sqlx::PgPool;
use test_client::{Form, TestServer, inputs};
use uuid::Uuid;

const PROVIDER: [(&str, &str); 12] = [
    ("version", "0"),
    ("name", "Lastmile Networks"),
    ("gstin", "29AAGCB7383J1Z4"),
    ("address_line", "1 Residency Road"),
    ("city", "Bengaluru"),
    ("state", "Karnataka"),
    ("pin_code", "560025"),
    ("upi_id", "lastmile@okbank"),
    ("bank_details", "A/c 1234567890\nIFSC UTIB0000001"),
    ("bill_series", "LM"),
    ("note_series", "LC"),
    ("due_days", "10"),
];

/// A provider, and a customer with an active service since 1 January.
async fn prepare(server: &TestServer, pool: &PgPool) -> (Uuid, Uuid) {
    let saved = server.post("/settings/provider", inputs(&PROVIDER)).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.visible_text());
    let form = Form::in_page(&server.get("/customers/new").await);
    let customer = form.value("id").parse().expect("an id");
    let made = server
        .post("/customers/new", form.filled_in("Asha Rao", "asha@example.in").body())
        .await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.visible_text());
    let activate = "UPDATE services SET status = 'Active', starts_on = '2026-01-01', anchor_day = 1, price_paise = 69900 RETURNING id";
    let service = sqlx::query_scalar(activate).fetch_one(pool).await;
    (customer, service.expect("a service"))
}

/// Issues the next bill: its address.
async fn bill(server: &TestServer, service: Uuid) -> String {
    let page = format!("/bills/new/{service}");
    let form = Form::in_page(&server.get(&page).await);
    let issued = server.post(&page, form.body()).await;
    assert_eq!(issued.status, StatusCode::SEE_OTHER, "{}", issued.visible_text());
    issued.header("location").to_owned()
}

#[sqlx::test(migrations = "../migrations")]
async fn the_providers_details_are_checked_and_kept(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let mut wrong = PROVIDER;
    wrong[2] = ("gstin", "29AAGCB7383J1Z5");
    let refused = server.post("/settings/provider", inputs(&wrong)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.assert_shows("its last character does not match the others");
    let saved = server.post("/settings/provider", inputs(&PROVIDER)).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.visible_text());
    let form = Form::in_page(&server.get("/settings/provider").await);
    assert_eq!((form.value("version"), form.value("upi_id")), ("1", "lastmile@okbank"));
    assert_eq!(form.value("state"), "Karnataka");
    // Another Admin's page is older.
    let late = server.post("/settings/provider", inputs(&PROVIDER)).await;
    late.assert_shows("Another user changed these details.");
    // Also where something in it was wrong at first: what was typed was typed upon the older details.
    let form = Form::in_page(&server.post("/settings/provider", inputs(&wrong)).await);
    let late = server
        .post("/settings/provider", form.with("gstin", PROVIDER[2].1).body())
        .await;
    late.assert_shows("Another user changed these details.");
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_bill_is_shown_issued_and_printed(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let (customer, service) = prepare(&server, &pool).await;
    let page = format!("/bills/new/{service}");
    let shown = server.get(&page).await;
    for text in ["1 Jan 2026 to 31 Jan 2026", "₹699", "₹62.91", "₹825"] {
        shown.assert_shows(text);
    }
    let form = Form::in_page(&shown);
    // The price was changed meanwhile: what would be billed now is shown, and nothing was issued.
    sqlx::query("UPDATE services SET price_paise = 79900")
        .execute(&pool)
        .await
        .expect("a price");
    let changed = server.post(&page, form.body()).await;
    assert_eq!(changed.status, StatusCode::CONFLICT);
    changed.assert_shows("Nothing was issued");
    changed.assert_shows("₹799");
    let form = Form::in_page(&changed);
    let issued = server.post(&page, form.body()).await;
    let again = server.post(&page, form.body()).await;
    assert_eq!(issued.header("location"), again.header("location"));
    let bill = server.get(issued.header("location")).await;
    for text in [
        "Tax invoice LM/",
        "Lastmile Networks",
        "GSTIN 29AAGCB7383J1Z4",
        "Asha Rao",
        "Karnataka (29)",
        "998422",
        "CGST",
        "SGST",
        "₹71.91",
        "₹943",
        "IFSC UTIB0000001",
        "lastmile@okbank",
    ] {
        bill.assert_shows(text);
    }
    assert!(bill.body.contains("QR code to pay by UPI"));
    let record = server.get(&format!("/customers/{customer}")).await;
    record.assert_shows("₹943 due");
    record.assert_shows("Take payment");
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_payment_takes_two_presses_and_is_one_however_often_it_is_sent(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let (customer, service) = prepare(&server, &pool).await;
    bill(&server, service).await;
    let staff = server.sign_in(Role::Staff).await;
    let record = server.get_as(&staff, &format!("/customers/{customer}")).await;
    let page = format!("/payments/new/{customer}");
    assert!(record.body.contains(&page) && !record.body.contains("/bills/new/"));
    let form = Form::in_page(&server.get_as(&staff, &page).await).with("method", "UPI");
    assert_eq!(form.value("amount"), "825");
    let refused = server.post_as(&staff, &page, form.body()).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.assert_shows("Enter the reference of the UPI payment.");
    // The form that came back is the same payment.
    let form = Form::in_page(&refused)
        .with("reference", "4123 5678 9012")
        .with("method", "UPI");
    let taken = server.post_as(&staff, &page, form.body()).await;
    let again = server.post_as(&staff, &page, form.body()).await;
    assert_eq!(
        (taken.status, taken.header("location")),
        (again.status, again.header("location"))
    );
    let receipt = taken.header("location").to_owned();
    let shown = server.get_as(&staff, &receipt).await;
    for text in ["Receipt 1", "₹825", "412356789012", "Tess Ter", "Nothing due", "LM/"] {
        shown.assert_shows(text);
    }
    // The same reference again, for another customer.
    let other = server.create("Ravi Iyer", "ravi@example.in").await;
    let page = format!("/payments/new/{other}");
    let form = Form::in_page(&server.get_as(&staff, &page).await);
    let form = form
        .with("amount", "100")
        .with("method", "UPI")
        .with("reference", "412356789012");
    let refused = server.post_as(&staff, &page, form.body()).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    refused.assert_shows("A payment with this reference was taken on");
    assert!(refused.body.contains(&receipt));
    // Staff do not reverse it.
    assert!(!shown.body.contains(&format!("{receipt}/reverse")));
    let reverse = format!("{receipt}/reverse");
    let body = inputs(&[
        ("version", "1"),
        ("state", "Reversed"),
        ("day", "2026-12-01"),
        ("reason", "x"),
    ]);
    assert_eq!(
        server.post_as(&staff, &reverse, body).await.status,
        StatusCode::FORBIDDEN
    );
    let form = Form::in_page(&server.get(&reverse).await).with("state", "Reversed");
    server
        .post(&reverse, form.body())
        .await
        .assert_shows("Enter the reason.");
    let form = form.with("reason", "Wrong customer");
    assert_eq!(server.post(&reverse, form.body()).await.header("location"), receipt);
    server.get(&receipt).await.assert_shows("Wrong customer");
    // Who comes later sees that it was done, and is not asked again.
    let late = server.post(&reverse, form.body()).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    for page in [late, server.get(&reverse).await] {
        page.assert_shows("Reversed on");
        page.assert_shows("Wrong customer");
        assert!(!page.body.contains("name=\"state\""), "{}", page.body);
    }
    server
        .get(&format!("/customers/{customer}"))
        .await
        .assert_shows("₹825 due");
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_bill_that_is_paid_in_part_writes_no_index(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let (_, service) = prepare(&server, &pool).await;
    bill(&server, service).await;
    let mut transaction = pool.begin().await.expect("a transaction");
    for (open, hot_updates) in [("open_paise - 100", 1), ("0", 1), ("total_paise", 1)] {
        sqlx::query(sqlx::AssertSqlSafe(format!("UPDATE bills SET open_paise = {open}")))
            .execute(&mut *transaction)
            .await
            .expect("updated");
        let hot: i64 = sqlx::query_scalar("SELECT n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'bills'")
            .fetch_one(&mut *transaction)
            .await
            .expect("a number");
        assert_eq!(hot, hot_updates, "{open}");
    }
    transaction.rollback().await.expect("rolled back");
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_statement_explains_the_balance(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let (customer, service) = prepare(&server, &pool).await;
    let first = bill(&server, service).await;
    bill(&server, service).await;
    let credit = format!("{first}/credit");
    let form = Form::in_page(&server.get(&credit).await);
    assert_eq!(form.value("line1"), "699");
    let refused = server
        .post(
            &credit,
            form.clone().with("line1", "700").with("reason", "Line was down").body(),
        )
        .await;
    refused.assert_shows("Enter an amount up to ₹699");
    let note = server
        .post(&credit, form.with("reason", "Line was down, \"all\" month").body())
        .await;
    assert_eq!(note.status, StatusCode::SEE_OTHER, "{}", note.visible_text());
    let shown = server.get(note.header("location")).await;
    shown.assert_shows("Credit note LC/");
    shown.assert_shows("Line was down");
    server.get(&first).await.assert_shows("Credit notes");
    let statement = server.get(&format!("/statements/{customer}")).await;
    for text in ["Statement", "Invoice", "Credit note", "₹1,650", "₹825 due"] {
        statement.assert_shows(text);
    }
    let later = server.get(&format!("/statements/{customer}?from=2100-01-01")).await;
    later.assert_shows("Balance before");
    let csv = server.get(&format!("/statements/{customer}/csv")).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert!(csv.header("content-disposition").starts_with("attachment"));
    let lines: Vec<&str> = csv.body.lines().collect();
    assert_eq!(lines.len(), 4, "{}", csv.body);
    assert!(
        lines[0].starts_with("Date,Entry") && lines[3].ends_with(",825.00,825.00"),
        "{}",
        csv.body
    );
    server.get("/dues").await.assert_shows("0–30 days: ₹825, 1 bill");
    // A customer with a balance is not deleted.
    sqlx::query("UPDATE services SET status = 'Ended', ends_on = '2026-12-01', end_reason = 'Moved'")
        .execute(&pool)
        .await
        .expect("ended");
    let question = server.get(&format!("/customers/{customer}/delete")).await;
    question.assert_shows("This customer owes ₹825.");
    let nobody = server.get_as("", &format!("/statements/{customer}/csv")).await;
    assert!(!nobody.body.contains("825"));
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn everybody_finds_bills_and_payments_in_their_lists(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    server.get("/bills").await.assert_shows("No bills yet");
    let (customer, service) = prepare(&server, &pool).await;
    let (first, second) = (bill(&server, service).await, bill(&server, service).await);
    let page = format!("/payments/new/{customer}");
    let form = Form::in_page(&server.get(&page).await)
        .with("amount", "825")
        .with("method", "UPI")
        .with("reference", "412356789012");
    let taken = server.post(&page, form.body()).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.visible_text());
    let month = system().today().format("%Y-%m").to_string();
    for role in Role::ALL {
        let session = server.sign_in(*role).await;
        let get = async |address: &str| server.get_as(&session, address).await;
        let list = get("/bills").await;
        for text in ["/0000001", "/0000002", "Asha Rao", &format_month(&month), "Invoice"] {
            list.assert_shows(text);
        }
        assert!(list.body.contains(&format!("href=\"{first}\"")), "{role}");
        // Nothing of it is edited, deleted or made here.
        assert!(
            !list.body.contains("/edit\"") && !list.body.contains("href=\"/bills/new"),
            "{role}"
        );
        let (open, settled) = (
            get("/bills?settlement=Open").await,
            get("/bills?settlement=Settled").await,
        );
        let is_in = |list: &test_client::TestResponse, bill: &str| list.body.contains(&format!("href=\"{bill}?"));
        assert!(is_in(&open, &second) && !is_in(&open, &first), "{role}");
        assert!(is_in(&settled, &first) && !is_in(&settled, &second), "{role}");
        get("/bills?q=asha+0000002").await.assert_shows("/0000002");
        get("/bills?q=ravi").await.assert_shows("No bills match");
        get(&format!("/bills?month={month}&kind=Credit+note"))
            .await
            .assert_shows("No bills match");
        let payments = get("/payments").await;
        for text in [
            "Receipt 1",
            "Asha Rao",
            "412356789012",
            "UPI",
            "₹825",
            "Received",
            "Tess Ter",
        ] {
            payments.assert_shows(text);
        }
        get("/payments?q=4123567").await.assert_shows("Receipt 1");
        get("/payments?method=Cash").await.assert_shows("No payments match");
        get("/payments?taken_by=none").await.assert_shows("No payments match");
    }
    // What a clerk would see first: the sums, and the latest bill before the others.
    let counts = server.get("/api/bills/counts?address=").await;
    assert!(
        counts.body.contains("\"amount\":165000") && counts.body.contains("\"amount\":82500"),
        "{}",
        counts.body
    );
    let columns = server
        .post("/payments/columns", "column=open&back=%3Fmethod%3DUPI")
        .await;
    assert_eq!(columns.header("location"), "/payments?method=UPI");
    let list = server.get_with_cookie_of("/payments", &columns).await;
    list.assert_shows("Not used yet");
    server.close().await;
}
