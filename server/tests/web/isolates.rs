//! Names that are written from right to left, wherever the program shows them: none changes the order of the words around it.

use app::base::roles::Role;
use axum::http::StatusCode;
use sqlx::PgPool;
use uuid::Uuid;

use crate::examples::Examples;
use crate::test_client::test_app::TestApp;
use crate::test_client::{Form, TestResponse, inputs};

const HEBREW: &str = "אבי כהן";
const ARABIC: &str = "محمد خان";
const CITY: &str = "חיפה";

/// What ends a line of text, by the browser's stylesheet or, for `.name`, by the program's.
const BLOCKS: &[&str] = &[
    "body", "button", "caption", "datalist", "dd", "details", "dialog", "div", "dl", "dt", "fieldset", "footer",
    "form", "h1", "h2", "h3", "head", "header", "html", "label", "legend", "li", "main", "nav", "ol", "option", "p",
    "section", "select", "summary", "table", "td", "textarea", "th", "title", "tr", "ul",
];
const VOID: &[&str] = &["input", "link", "meta", "br", "img", "hr"];

/// A block, or what is inside it and is isolated, while it is read.
struct Open {
    tag: String,
    is_block: bool,
    is_isolate: bool,
    /// All text that stands in the block itself.
    text: String,
    has_bare_name: bool,
}

impl Open {
    fn new(tag: &str, attributes: &str) -> Self {
        let is_name = attributes.contains(" class=\"name\"");
        Self {
            tag: tag.to_owned(),
            is_block: BLOCKS.contains(&tag) || is_name,
            is_isolate: tag == "bdi" || attributes.contains(" dir=\"auto\""),
            text: String::new(),
            has_bare_name: false,
        }
    }
}

/// The text with every isolate taken out.
fn outside_isolates(text: &str) -> String {
    let mut depth = 0;
    let outside = text.chars().filter(|c| {
        match c {
            '\u{2068}' => depth += 1,
            '\u{2069}' => depth -= 1,
            _ => return depth == 0,
        }
        false
    });
    outside.collect()
}

/// Where a name stands beside other text without an isolate, in the text or the attributes of a page.
fn strays(html: &str, names: &[&str]) -> Vec<String> {
    let is_named = |text: &str| names.iter().any(|name| text.contains(name));
    let mut strays = Vec::new();
    let mut open = vec![Open::new("html", "")];
    let close = |closed: Open, strays: &mut Vec<String>| {
        let text = closed.text.trim();
        if closed.is_block && closed.has_bare_name && !names.contains(&text) {
            strays.push(format!("<{}> {text}", closed.tag));
        }
    };
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (text, markup) = rest.split_at(at);
        read_text(&mut open, text, &is_named);
        if markup.starts_with("<!--") {
            rest = markup.split_once("-->").map_or("", |(_, rest)| rest);
            continue;
        }
        let (tag, after) = markup[1..].split_once('>').expect("the end of a tag");
        rest = after;
        let word = tag.split([' ', '/']).next().unwrap_or_default();
        if let Some(ended) = tag.strip_prefix('/') {
            let Some(place) = open.iter().rposition(|element| element.tag == ended) else {
                continue;
            };
            while open.len() > place.max(1) {
                let ended = open.pop().expect("an element");
                close(ended, &mut strays);
            }
        } else if matches!(word, "script" | "style") {
            rest = rest.split_once(&format!("</{word}>")).map_or("", |(_, rest)| rest);
        } else if !word.is_empty() && !word.starts_with('!') {
            // A value of an input and a part of an address stand alone.
            for attribute in [
                "aria-label",
                "title",
                "alt",
                "placeholder",
                "data-name",
                "data-label",
                "content",
                "label",
            ] {
                let value = crate::test_client::attribute(tag, attribute).unwrap_or_default();
                if is_named(&outside_isolates(&value)) && !names.contains(&&*value) {
                    strays.push(format!("{attribute}: {value}"));
                }
            }
            if !VOID.contains(&word) && !tag.ends_with('/') {
                open.push(Open::new(word, tag));
            }
        }
    }
    for ended in open.into_iter().rev() {
        close(ended, &mut strays);
    }
    strays
}

fn read_text(open: &mut [Open], text: &str, is_named: &dyn Fn(&str) -> bool) {
    let block = open.iter().rposition(|element| element.is_block).unwrap_or_default();
    let is_isolated = open[block..].iter().any(|element| element.is_isolate);
    let block = &mut open[block];
    block.text.push_str(text);
    block.has_bare_name |= !is_isolated && is_named(&outside_isolates(text));
}

#[test]
fn a_stray_name_is_found() {
    for (html, count) in [
        ("<p>Delete אבי כהן?</p>", 1),
        ("<p><b>אבי כהן</b> (7)</p>", 1),
        ("<p>Delete <bdi>אבי כהן</bdi>?</p>", 0),
        ("<p>Delete \u{2068}אבי כהן\u{2069}?</p>", 0),
        ("<td><b>אבי כהן</b></td><td>7</td>", 0),
        ("<th><a class=\"name\" href=\"/7\">אבי כהן</a> <span>7</span></th>", 0),
        ("<a aria-label=\"Edit אבי כהן\">Edit</a><input value=\"אבי כהן 7\">", 1),
        ("<title>אבי כהן - Lastmile</title><script>\"אבי כהן\"</script>", 1),
    ] {
        assert_eq!(strays(html, &[HEBREW]).len(), count, "{html}");
    }
}

/// Every page of the records and users that have the names.
#[sqlx::test(migrations = "../migrations")]
async fn every_name_stands_in_an_isolate(pool: PgPool) {
    let app = TestApp::new(&pool).await;
    let admin = app.add_user("Avi", Role::Admin).await;
    let other = app.add_user("Mohammad", Role::Sales).await;
    app.run_sql(&format!("UPDATE users SET name = '{HEBREW}' WHERE id = '{}'", admin.id))
        .await;
    app.run_sql(&format!("UPDATE users SET name = '{ARABIC}' WHERE id = '{}'", other.id))
        .await;
    let session = app.sign_in(&admin).await;
    let server = &app.server;
    let get = async |address: &str| server.get_as(&session, address).await;
    let post = async |address: &str, form: String| server.post_as(&session, address, form).await;
    let mut found = Vec::new();
    let mut shown = 0;
    let mut check = |what: &str, page: &TestResponse| {
        let html = page.text();
        shown += usize::from([HEBREW, ARABIC].iter().any(|name| html.contains(name)));
        found.extend(
            strays(&html, &[HEBREW, ARABIC, CITY])
                .into_iter()
                .map(|stray| format!("{what}: {stray}")),
        );
    };

    // A customer and a lead of each name, in a city of that script, and one that points to the other.
    let new = Form::in_page(&get("/customers/new").await)
        .filled_in(HEBREW, "avi@example.in")
        .with("city", CITY);
    let customer: Uuid = new.value("id").parse().expect("an id");
    let created = post("/customers/new", new.body()).await;
    assert_eq!(created.status, StatusCode::SEE_OTHER, "{}", created.visible_text());
    let cookie = |answer: &TestResponse| {
        let set = answer
            .cookies()
            .into_iter()
            .find(|cookie| cookie.contains("flash"))
            .expect("a notice")
            .to_owned();
        format!("{session}; {}", set.split(';').next().unwrap_or_default())
    };
    check("notice: created", &server.get_as(&cookie(&created), "/customers").await);
    let again = Form::in_page(&get("/customers/new").await)
        .filled_in(ARABIC, "avi@example.in")
        .with("city", CITY);
    let taken = post("/customers/new", again.body()).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    check("email taken", &taken);
    let mut leads = Vec::new();
    for name in [HEBREW, ARABIC] {
        let form = Form::in_page(&get("/leads/new").await)
            .with("name", name)
            .with("phone", "98450 12345")
            .with("city", CITY)
            .with("next_step", HEBREW)
            .with("next_step_on", "2026-11-23")
            .with("owner", &admin.id.to_string());
        let answer = post("/leads/new", form.body()).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.visible_text());
        leads.push(form.value("id").to_owned());
    }
    let [lead, other_lead] = [&leads[0], &leads[1]];
    let edit = format!("/customers/{customer}/edit");
    let stale = Form::in_page(&get(&edit).await);
    let saved = post(&edit, stale.clone().with("city", ARABIC).body()).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.visible_text());
    let conflict = post(&edit, stale.with("city", HEBREW).body()).await;
    assert_eq!(conflict.status, StatusCode::CONFLICT, "{}", conflict.visible_text());
    check("conflict", &conflict);

    app.run_sql(&format!(
        "INSERT INTO jobs (id, kind, payload, run_at, max_attempts, created_at, created_by)
         VALUES (gen_random_uuid(), 'Clean up', '{{}}', now(), 10, now(), '{}')",
        admin.id
    ))
    .await;

    let examples = Examples::new(&app, &session, other.id, HEBREW, CITY).await;
    for address in examples.addresses() {
        let page = get(&address).await;
        assert_eq!(page.status, StatusCode::OK, "{address}: {}", page.visible_text());
        check(&address, &page);
    }
    for address in [
        "/customers?q=%D7%90%D7%91%D7%99",
        "/leads?view=table",
        &format!("/leads/board?owner={}", admin.id),
        &format!(
            "/leads?city={}&owner={}",
            form_urlencoded::byte_serialize(CITY.as_bytes()).collect::<String>(),
            admin.id
        ),
        &format!("/customers/{customer}"),
        &edit,
        &format!("/leads/{lead}"),
        &format!("/leads/{lead}/edit"),
    ] {
        let page = get(address).await;
        assert_eq!(page.status, StatusCode::OK, "{address}: {}", page.visible_text());
        check(address, &page);
    }

    let convert = format!("/leads/{lead}/convert");
    let form = Form::in_page(&get(&convert).await).filled_in(HEBREW, "avi.2@example.in");
    let converted = post(&convert, form.body()).await;
    assert_eq!(converted.status, StatusCode::SEE_OTHER, "{}", converted.visible_text());
    for address in [
        format!("/leads/{lead}"),
        convert,
        converted.header("location").to_owned(),
    ] {
        check(&address, &get(&address).await);
    }
    let moved = post(
        &format!("/leads/{other_lead}/move"),
        inputs(&[("from", "New"), ("to", "Lost")]),
    )
    .await;
    check("notice: moved", &server.get_as(&cookie(&moved), "/leads/board").await);
    app.server.remove_services(customer).await;
    let deleted = post(&format!("/customers/{customer}/delete"), String::new()).await;
    check("notice: deleted", &server.get_as(&cookie(&deleted), "/customers").await);
    check("/customers/deleted", &get("/customers/deleted").await);
    check("/history", &get("/history").await);
    let role = post(
        &format!("/settings/users/{}/role", other.id),
        inputs(&[("role", "Staff")]),
    )
    .await;
    check("notice: role", &server.get_as(&cookie(&role), "/settings/users").await);
    let link = post(&format!("/settings/users/{}/reset", other.id), String::new()).await;
    check("a link", &link);
    check(
        "the link's page",
        &server.get_as("", &crate::test_client::test_app::link_in(&link)).await,
    );

    assert!(shown > 30, "only {shown} pages show a name");
    assert!(found.is_empty(), "{}", found.join("\n"));
    app.close().await;
}
