//! Leads as a browser without script meets them.

mod test_client;

use app::base::roles::Role;
use app::base::time::Clock;
use axum::http::StatusCode;
use server::network::NetworkConfig;
use sqlx::PgPool;
use test_client::{Form, TestServer};
use uuid::Uuid;

#[sqlx::test(migrations = "../migrations")]
async fn leads_are_listed_counted_and_filtered_without_script(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let empty = server.get("/leads").await;
    assert_eq!(empty.status, StatusCode::OK, "{}", empty.body);
    assert!(empty.seen().contains("No leads yet"));
    let id = server.create_lead("Asha Rao").await;
    server.create_lead("राजेश देशमुख").await;
    let form = Form::in_page(&server.get(&format!("/leads/{id}/edit")).await);
    let form = form
        .with("stage", "Proposal")
        .with("city", "Pune")
        // Whoever enters a lead owns it at first.
        .with("owner", "")
        .with("notes", "</textarea><b>One\nTwo");
    let saved = server.post(&format!("/leads/{id}/edit"), form.body()).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);

    // Rows and numbers in one page.
    let seen = server.get("/leads").await.seen();
    for text in [
        "Asha Rao",
        "राजेश देशमुख",
        "LD-0000001",
        "1–2 of 2",
        "Nobody",
        "Expected value",
    ] {
        assert!(seen.contains(text), "{text} in {seen}");
    }
    let filtered = server.get("/leads?stage=Proposal&city=Pune&owner=none&q=asha").await;
    let seen = filtered.seen();
    assert!(seen.contains("1–1 of 1") && !seen.contains("राजेश"), "{seen}");
    for chip in ["Stage: Proposal", "City: Pune", "Owner: Nobody", "Search: asha"] {
        assert!(seen.contains(chip), "{chip}");
    }
    // Several lines, as text.
    let record = server.get(&format!("/leads/{id}")).await;
    assert!(
        record.body.contains("&lt;/textarea&gt;&lt;b&gt;One\nTwo"),
        "{}",
        record.body
    );
    let edit = server.get(&format!("/leads/{id}/edit")).await;
    assert_eq!(Form::in_page(&edit).value("notes"), "</textarea><b>One\nTwo");
    assert!(!edit.body.contains("</textarea><b>"));
    // What was typed comes back with what is wrong.
    let wrong = Form::in_page(&server.get("/leads/new").await)
        .with("name", "Ravi")
        .with("notes", "Kept\nhere");
    let answer = server.post("/leads/new", wrong.body()).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.seen().contains("Enter a phone number or an email."));
    assert_eq!(Form::in_page(&answer).value("notes"), "Kept\nhere");
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn leads_are_for_sales_and_admins(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    server.create_lead("Asha Rao").await;
    for (role, is_allowed) in [(Role::Staff, false), (Role::Sales, true), (Role::Admin, true)] {
        let session = server.sign_in(role).await;
        let customers = server.get_as(&session, "/customers").await;
        assert_eq!(customers.body.contains("href=\"/leads\""), is_allowed, "{role}");
        let leads = server.get_as(&session, "/leads").await;
        let status = if is_allowed {
            StatusCode::OK
        } else {
            StatusCode::FORBIDDEN
        };
        assert_eq!(
            (leads.status, leads.body.contains("Asha Rao")),
            (status, is_allowed),
            "{role}"
        );
    }
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_deleted_lead_is_restored_without_script_and_its_history_tells(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let id = server.create_lead("Asha Rao").await;
    let deleted = server.post(&format!("/leads/{id}/delete"), "").await;
    assert_eq!(deleted.header("location"), "/leads");
    assert!(server.get("/leads/deleted").await.seen().contains("Asha Rao"));
    assert_eq!(server.get(&format!("/leads/{id}")).await.status, StatusCode::NOT_FOUND);
    let restored = server.post(&format!("/leads/{id}/restore"), "").await;
    assert_eq!(restored.header("location"), format!("/leads/{id}"));
    let record = server.get(&format!("/leads/{id}")).await.body.replace("<!>", "");
    assert!(record.contains("restored this lead"), "{record}");
    let all = server.get("/history?kind=lead").await.seen();
    assert!(all.contains("Asha Rao") && all.contains("LD-0000001"), "{all}");
    assert!(server.get("/history?q=LD-0000001").await.seen().contains("Asha Rao"));
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn my_day_is_read_without_script(pool: PgPool) {
    let noon = || "2026-11-24T06:30:00Z".parse().expect("an instant");
    let mut server = TestServer::with_context(&pool, NetworkConfig::default(), move |context| {
        context.clock = Clock::new(noon);
    })
    .await;
    server.session = server.sign_in(Role::Sales).await;
    let empty = server.get("/my-day").await;
    assert_eq!(empty.status, StatusCode::OK, "{}", empty.body);
    assert!(empty.seen().contains("Nothing is due this week"));
    let me: Uuid = sqlx::query_scalar("SELECT user_id FROM sessions ORDER BY id DESC LIMIT 1")
        .fetch_one(&pool)
        .await
        .expect("a user");
    let id = server.create_lead("Asha <Rao>").await;
    let form = Form::in_page(&server.get(&format!("/leads/{id}/edit")).await);
    let form = form
        .with("owner", &me.to_string())
        .with("next_step", "Call again")
        .with("next_step_on", "2026-11-22");
    let saved = server.post(&format!("/leads/{id}/edit"), form.body()).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);

    let day = server.get("/my-day").await.seen();
    for part in [
        &format!("href=\"/leads/{id}\""),
        "Asha <Rao>",
        "Call again",
        "22 Nov 2026",
        "<span class=\"due\">2 days ago</span>",
        "href=\"tel:+919845012345\"",
        "Nothing is due today.",
        "Nothing is due in the next six days.",
        "href=\"/my-day\" aria-current=\"page\"",
    ] {
        assert!(day.contains(part), "{part} in {day}");
    }
    // Another's day has nothing of it, and Staff have none.
    let admin = server.sign_in(Role::Admin).await;
    assert!(!server.get_as(&admin, "/my-day").await.seen().contains("Asha"));
    let staff = server.sign_in(Role::Staff).await;
    let refused = server.get_as(&staff, "/my-day").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(!refused.body.contains("href=\"/my-day\""), "no entry in the menu");
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn sales_convert_a_lead_without_script(pool: PgPool) {
    let mut server = TestServer::new(&pool).await;
    let taken = server.create("Meera Shah", "meera@example.in").await;
    let admin = std::mem::take(&mut server.session);
    server.session = server.sign_in(Role::Sales).await;
    let id = server.create_lead("Asha <Rao>").await;
    let convert = format!("/leads/{id}/convert");
    let record = server.get(&format!("/leads/{id}")).await;
    assert!(
        record.body.contains(&format!("href=\"{convert}?from=record\"")),
        "{}",
        record.body
    );

    // Who has the same phone number stands first. What the customers' form asks besides is not asked here.
    let page = server.get(&convert).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let seen = page.seen();
    for part in [
        "Possible duplicates",
        "Meera Shah",
        "Same phone",
        "Link to this customer",
        "Convert to customer",
    ] {
        assert!(seen.contains(part), "{part} in {seen}");
    }
    let form = Form::in_page(&page);
    assert_eq!(
        (form.value("name"), form.value("phone")),
        ("Asha <Rao>", "+91 98450 12345")
    );
    assert!(!page.body.contains("name=\"tickets\"") && !page.body.contains("name=\"nps\""));
    let wrong = server
        .post(
            &convert,
            form.clone()
                .with("email", "asha@example.in")
                .with("starts_on", "abc")
                .body(),
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let again = Form::in_page(&wrong);
    assert_eq!(
        (again.value("email"), again.value("starts_on")),
        ("asha@example.in", "abc")
    );
    assert!(wrong.seen().contains("Same phone"), "{}", wrong.seen());
    let held = server
        .post(&convert, form.filled_in("Asha <Rao>", "meera@example.in").body())
        .await;
    assert_eq!(held.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(held.seen().contains("Same phone and email"), "{}", held.seen());

    let made = server
        .post(&convert, form.filled_in("Asha <Rao>", "asha@example.in").body())
        .await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    let customer = made.header("location").to_owned();
    assert_eq!(customer, format!("/customers/{}", form.value("id")));
    let page = server.get_with_cookie_of(&customer, &made).await.seen();
    for part in [
        "Customer Asha <Rao> created: LM-",
        &format!("href=\"/leads/{id}\""),
        "LD-0000001",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let lead = server.get(&format!("/leads/{id}")).await.seen();
    assert!(
        lead.contains(&format!("href=\"{customer}\"")) && !lead.contains("/convert"),
        "{lead}"
    );
    // Somebody else comes too late.
    let late = server
        .post(
            &convert,
            form.filled_in("Asha <Rao>", "other@example.in")
                .with("id", &Uuid::now_v7().to_string())
                .body(),
        )
        .await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(
        late.seen().contains("This lead already became Asha <Rao> (LM-"),
        "{}",
        late.seen()
    );
    assert!(
        server
            .get(&convert)
            .await
            .seen()
            .contains("This lead already became Asha <Rao> (LM-")
    );

    // Another lead is linked to the customer who is there.
    let other = server.create_lead("Meera S.").await;
    let convert = format!("/leads/{other}/convert");
    let link = format!("{}&link={taken}", Form::in_page(&server.get(&convert).await).body());
    let linked = server.post(&convert, link).await;
    assert_eq!(
        linked.header("location"),
        format!("/customers/{taken}"),
        "{}",
        linked.body
    );
    let page = server
        .get_with_cookie_of(&format!("/customers/{taken}"), &linked)
        .await
        .seen();
    assert!(
        page.contains("Linked to customer Meera Shah (LM-") && page.contains("Meera S."),
        "{page}"
    );

    // Staff see the customer without the lead; a customer becomes nothing.
    let staff = server.sign_in(Role::Staff).await;
    let page = server.get_as(&staff, &customer).await;
    assert!(
        page.status == StatusCode::OK && !page.body.contains("/leads/"),
        "{}",
        page.body
    );
    assert_eq!(server.get_as(&staff, &convert).await.status, StatusCode::FORBIDDEN);
    let nothing = server.get_as(&admin, &format!("{customer}/convert")).await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn the_board_is_read_and_its_cards_are_moved_without_script(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let (first, second) = (
        server.create_lead("Asha <Rao>").await,
        server.create_lead("राजेश देशमुख").await,
    );
    let board = server.get("/leads/board").await;
    assert_eq!(board.status, StatusCode::OK, "{}", board.body);
    for text in ["Asha <Rao>", "Qualified", "No leads"] {
        assert!(board.seen().contains(text), "{text} in {}", board.seen());
    }
    // The filters of the list, which stay on the board; the navigation says where it is.
    for part in [
        "name=\"stage\" value=\"Won\"",
        "name=\"source\" value=\"Partner\"",
        "form=\"filters\"",
        "method=\"get\" action=\"/leads/board\"",
        "href=\"/leads\" aria-current=\"true\"",
    ] {
        assert!(board.seen().contains(part), "{part} in {}", board.seen());
    }
    let filtered = server.get("/leads/board?city=Pune&city=Bengaluru").await.seen();
    for text in ["City: Pune", "href=\"/leads/board?city=Bengaluru\""] {
        assert!(filtered.contains(text), "{text} in {filtered}");
    }
    let moves = format!("/leads/{first}/move");
    let moved = server
        .post(&moves, "from=New&to=Contacted&back=%3Fq%3Drao%26x%3D1")
        .await;
    assert_eq!(
        (moved.status, moved.header("location")),
        (StatusCode::SEE_OTHER, &*format!("/leads/board?q=rao#edit-{first}"))
    );
    let told = server.get_with_cookie_of("/leads/board", &moved).await;
    assert!(
        told.seen().contains("Lead Asha <Rao> moved to Contacted"),
        "{}",
        told.seen()
    );
    // Beside a card that stands elsewhere, and to where one has to say why.
    for (body, stage) in [
        (format!("from=Contacted&above={second}"), "Contacted"),
        (format!("from=Contacted&to=New&below={second}"), "New"),
        ("from=New&to=Lost".into(), "New"),
        ("from=Qualified&to=Won".into(), "New"),
    ] {
        let answer = server.post(&moves, body.clone()).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{body}");
        let now: String = sqlx::query_scalar("SELECT stage::text FROM leads WHERE id = $1")
            .bind(first)
            .fetch_one(&pool)
            .await
            .expect("a lead");
        assert_eq!(now, stage, "{body}");
    }
    assert_eq!(
        server.post(&moves, "from=New&to=Nowhere").await.status,
        StatusCode::BAD_REQUEST
    );
    let nobody = server.post(&format!("/leads/{}/move", Uuid::nil()), "from=New").await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
    let lost = server
        .get(&format!("/leads/{first}/edit?from=board&with.stage=Lost"))
        .await;
    assert_eq!(Form::in_page(&lost).value("stage"), "Lost");
    assert_eq!(server.get("/customers/board").await.status, StatusCode::NOT_FOUND);
    // A record that was opened from the board leads back there, whatever was done to it meanwhile.
    let record = format!("/leads/{first}?q=rao&from=board");
    let seen = server.get(&record).await.seen();
    for part in [
        "href=\"/leads/board?q=rao\"",
        &format!("href=\"/leads/{first}/edit?q=rao&from=record&from=board\""),
        &format!("href=\"/leads/{first}/convert?q=rao&from=record&from=board\""),
    ] {
        assert!(seen.contains(part), "{part} in {seen}");
    }
    let edit = format!("/leads/{first}/edit?q=rao&from=record&from=board");
    let saved = server.post(&edit, Form::in_page(&server.get(&edit).await).body()).await;
    assert_eq!(saved.header("location"), record);
    let delete = format!("/leads/{first}/delete?q=rao&from=record&from=board");
    let deleted = server.post(&delete, "").await;
    assert_eq!(deleted.header("location"), "/leads/board?q=rao");
    server.close().await;
}
