//! Served PIN codes in the database: their list and its numbers, what is written, and what leads learn of them.

mod common;

use app::base::contact::PinCode;
use app::base::units::Kbps;
use app::http::context::AppContext;
use app::list::responses::{ListCounts, ListPage};
use app::list::{columns, counts, table_rows};
use app::plans::model::PlanType;
use app::record::action::RecordAction;
use app::record::codec::RecordCodec as _;
use app::record::draft::Draft;
use app::record::responses::{DeleteOutcome, RecordForm, SaveOutcome};
use app::record::{delete, save, store as records};
use app::served_pin_codes::codec::ServedPinCodes;
use app::served_pin_codes::model::WantedLine;
use app::served_pin_codes::spec::{SPEC, field};
use app::served_pin_codes::store;
use common::{context, version_of};
use sqlx::PgPool;
use uuid::Uuid;

fn draft(pin_code: &str, area: &str, city: &str, plan_types: &[&str], mbps: &str) -> Draft {
    let mut draft = ServedPinCodes::defaults(Default::default());
    draft.put(field::PIN_CODE, pin_code);
    draft.put(field::AREA, area);
    draft.put(field::CITY, city);
    draft.set(field::PLAN_TYPES, plan_types.iter().map(ToString::to_string).collect());
    draft.put(field::MAX_SPEED, mbps);
    draft
}

async fn send(context: &AppContext, form: RecordForm) -> SaveOutcome {
    save::save::<ServedPinCodes>(context, form).await.expect("no fault")
}

async fn create(context: &AppContext, draft: Draft) -> Uuid {
    let form = RecordForm::new(Uuid::now_v7(), None, draft);
    let id = form.id;
    let made = send(context, form).await;
    assert!(
        matches!(
            made,
            SaveOutcome::Done {
                action: RecordAction::Created,
                ..
            }
        ),
        "{made:?}"
    );
    id
}

/// Whitefield has all, Andheri no wireless, Sadar nothing else.
async fn three(context: &AppContext) -> [Uuid; 3] {
    [
        create(
            context,
            draft(
                "560066",
                "Whitefield",
                "Bengaluru",
                &["Wireless", "Fiber", "Broadband"],
                "1000",
            ),
        )
        .await,
        create(
            context,
            draft("400058", "andheri West", "Mumbai", &["Fiber", "Broadband"], "500"),
        )
        .await,
        create(context, draft("440001", "Sadar", "Nagpur", &["Wireless"], "100")).await,
    ]
}

async fn list(context: &AppContext, address: &str) -> ListPage {
    let page = table_rows::list::<ServedPinCodes>(context, &SPEC, address, &columns::selected(&SPEC)).await;
    page.unwrap_or_else(|error| panic!("{address}: {error}"))
}

async fn titles(context: &AppContext, address: &str) -> Vec<String> {
    let rows = list(context, address).await.rows.into_iter();
    rows.map(|row| row.title).collect()
}

async fn count(context: &AppContext, address: &str) -> ListCounts {
    let counts = counts::counts::<ServedPinCodes>(context, &SPEC, address).await;
    counts.unwrap_or_else(|error| panic!("{address}: {error}"))
}

#[sqlx::test(migrations = "../migrations")]
async fn they_are_listed_searched_sorted_and_counted_by_each_of_their_plan_types(pool: PgPool) {
    let context = context(&pool);
    three(&context).await;
    for (address, expected) in [
        ("", &["400058", "440001", "560066"][..]),
        ("?sort=-pin_code", &["560066", "440001", "400058"]),
        ("?sort=area", &["400058", "440001", "560066"]),
        ("?sort=-speed", &["560066", "400058", "440001"]),
        ("?q=40005", &["400058"]),
        ("?q=andheri", &["400058"]),
        ("?q=beng", &["560066"]),
        ("?plan=Wireless", &["440001", "560066"]),
        ("?plan=Broadband&plan=Wireless", &["400058", "440001", "560066"]),
        ("?plan=Fiber&city=Mumbai&q=4", &["400058"]),
    ] {
        assert_eq!(titles(&context, address).await, expected, "{address}");
    }
    let rows = list(&context, "?q=560066").await.rows;
    let cells: Vec<String> = rows[0].cells.iter().map(|cell| cell.clone().into_text()).collect();
    assert_eq!(rows[0].subtitle, "Whitefield");
    assert_eq!(cells, ["Bengaluru", "Fiber, Broadband, Wireless", "1 Gbps"]);
    // A row counts under each of its plan types.
    for (address, expected) in [
        ("", [2, 2, 2]),
        ("?plan=Wireless", [2, 2, 2]),
        ("?city=Nagpur", [0, 0, 1]),
    ] {
        let totals = count(&context, address).await.totals.expect("numbers");
        assert_eq!(totals.facets[0], expected, "{address}");
        assert!(totals.metrics.is_empty());
    }
    let cities = &count(&context, "").await.options[1];
    assert_eq!(
        cities.iter().map(|city| &*city.value).collect::<Vec<_>>(),
        ["Bengaluru", "Mumbai", "Nagpur"]
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn a_pin_code_is_in_the_list_once(pool: PgPool) {
    let context = context(&pool);
    let [first, ..] = three(&context).await;
    let again = RecordForm::new(
        Uuid::now_v7(),
        None,
        draft("560 066", "Kadugodi", "Bengaluru", &["Fiber"], "100"),
    );
    let SaveOutcome::Invalid(refused) = send(&context, again.clone()).await else {
        panic!("twice")
    };
    assert!(refused.errors[field::PIN_CODE].starts_with("This PIN code is already in the list."));
    assert_eq!(
        refused
            .form_error
            .and_then(|error| error.record)
            .map(|record| record.id),
        Some(first)
    );
    // The same form twice makes one.
    let same = RecordForm::new(
        first,
        None,
        draft(
            "560066",
            "Whitefield",
            "Bengaluru",
            &["Fiber", "Broadband", "Wireless"],
            "1000",
        ),
    );
    assert!(matches!(send(&context, same).await, SaveOutcome::Done { .. }));
    // A deleted one makes room, and cannot come back then.
    let deleted = delete::delete::<ServedPinCodes>(&context, first, version_of(&context, first).await)
        .await
        .expect("no fault");
    assert!(matches!(deleted, DeleteOutcome::Done { .. }));
    assert!(matches!(send(&context, again).await, SaveOutcome::Done { .. }));
    let restored = delete::restore::<ServedPinCodes>(&context, first, version_of(&context, first).await)
        .await
        .expect("no fault");
    let DeleteOutcome::Refused(error) = restored else {
        panic!("twice")
    };
    assert_eq!(
        error.message,
        "This PIN code is in the list again. Delete that one, then restore."
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn an_edit_is_stored_with_its_history(pool: PgPool) {
    let context = context(&pool);
    let [_, andheri, _] = three(&context).await;
    let mut form = save::open_form::<ServedPinCodes>(&context, Some(andheri))
        .await
        .expect("a form");
    form.draft
        .set(field::PLAN_TYPES, vec!["Fiber".into(), "Wireless".into()]);
    form.draft.put(field::AREA, "Andheri East");
    form.draft.put(field::NOTES, "Two lines:\nhere");
    let saved = send(&context, form).await;
    assert!(
        matches!(
            saved,
            SaveOutcome::Done {
                action: RecordAction::Saved,
                ..
            }
        ),
        "{saved:?}"
    );
    let page = records::plain_record::<ServedPinCodes>(&context, andheri)
        .await
        .expect("a page");
    assert_eq!(
        (page.record.version, &*page.record.record.reference),
        (2, "Andheri East")
    );
    assert_eq!(page.record.draft.values(field::PLAN_TYPES), ["Fiber", "Wireless"]);
    assert_eq!(titles(&context, "?q=andheri+east&plan=Wireless").await, ["400058"]);
    let history: Vec<(String, Option<String>, Option<String>)> = sqlx::query_as(
        "SELECT field, before, after FROM history WHERE entity = 'served PIN code' AND entity_id = $1 AND version = 2 ORDER BY field",
    )
    .bind(andheri)
    .fetch_all(&pool)
    .await
    .expect("the history");
    let text = |text: &str| Some(text.to_owned());
    let expected = [
        ("area".to_owned(), text("andheri West"), text("Andheri East")),
        ("notes".to_owned(), None, text("Two lines:\nhere")),
        (
            "plan_types".to_owned(),
            text("Fiber, Broadband"),
            text("Fiber, Wireless"),
        ),
    ];
    assert_eq!(history, expected);
}

#[sqlx::test(migrations = "../migrations")]
async fn only_what_is_live_is_served(pool: PgPool) {
    let context = context(&pool);
    let [_, _, sadar] = three(&context).await;
    let mut db = pool.acquire().await.expect("a connection");
    let mut wanted = WantedLine {
        pin_code: PinCode::parse("440001").ok(),
        plan_type: Some(PlanType::Wireless),
        speed: Some(Kbps::mbps(100)),
    };
    let found = store::availability(&mut db, &wanted).await.expect("an answer");
    assert_eq!((found.is_available, &*found.text), (true, "Wireless, up to 100 Mbps"));
    wanted.plan_type = Some(PlanType::Fiber);
    let found = store::availability(&mut db, &wanted).await.expect("an answer");
    assert_eq!(
        (found.is_available, &*found.text),
        (false, "No Fiber at 440001; available: Wireless, up to 100 Mbps")
    );
    delete::delete::<ServedPinCodes>(&context, sadar, version_of(&context, sadar).await)
        .await
        .expect("deleted");
    let found = store::availability(&mut db, &wanted).await.expect("an answer");
    assert_eq!(
        (found.is_available, &*found.text),
        (false, "Not available at 440001 yet")
    );
}
