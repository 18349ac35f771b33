//! Plans in the database: their list and its numbers, and what is written.

mod common;

use app::http::context::AppContext;
use app::list::{columns, counts, table_rows};
use app::plans::codec::Plans;
use app::plans::spec::{SPEC, field};
use app::record::action::RecordAction;
use app::record::codec::RecordCodec as _;
use app::record::draft::Draft;
use app::record::responses::{DeleteOutcome, RecordForm, SaveOutcome};
use app::record::{delete, save, store as records};
use common::{context, version_of};
use sqlx::PgPool;
use uuid::Uuid;

fn draft(code: &str, more: &[(&str, &str)]) -> Draft {
    let mut draft = Plans::defaults(Default::default());
    let plain = [
        (field::NAME, "Fiber 100"),
        (field::CODE, code),
        (field::DOWNLOAD, "100"),
        (field::UPLOAD, "50"),
        (field::PRICE, "699"),
    ];
    for (name, text) in plain.iter().chain(more) {
        draft.put(name, text);
    }
    draft
}

async fn send(context: &AppContext, form: RecordForm) -> SaveOutcome {
    save::save::<Plans>(context, form).await.expect("no fault")
}

async fn create(context: &AppContext, code: &str, more: &[(&str, &str)]) -> Uuid {
    let form = RecordForm::new(Uuid::now_v7(), None, draft(code, more));
    let id = form.id;
    let made = send(context, form).await;
    let is_created = matches!(
        made,
        SaveOutcome::Done {
            action: RecordAction::Created,
            ..
        }
    );
    assert!(is_created, "{made:?}");
    id
}

async fn three(context: &AppContext) -> [Uuid; 3] {
    let wireless = [
        (field::NAME, "air 50"),
        (field::PLAN_TYPE, "Wireless"),
        (field::DOWNLOAD, "50"),
        (field::QUOTA, "500"),
        (field::PRICE, "599.50"),
    ];
    let annual = [
        (field::NAME, "Fiber 1000 Annual"),
        (field::DOWNLOAD, "1000"),
        (field::BILLING_CYCLE, "Annual"),
        (field::STATUS, "Withdrawn"),
        (field::PRICE, "2499"),
    ];
    [
        create(context, "FIB-100", &[]).await,
        create(context, "wl 50", &wireless).await,
        create(context, "FIB-1000-A", &annual).await,
    ]
}

async fn codes(context: &AppContext, address: &str) -> Vec<String> {
    let page = table_rows::list::<Plans>(context, &SPEC, address, &columns::selected(&SPEC)).await;
    let page = page.unwrap_or_else(|error| panic!("{address}: {error}"));
    page.rows.into_iter().map(|row| row.subtitle).collect()
}

#[sqlx::test(migrations = "../migrations")]
async fn plans_are_listed_searched_sorted_and_counted(pool: PgPool) {
    let context = context(&pool);
    three(&context).await;
    for (address, expected) in [
        ("", &["WL-50", "FIB-100", "FIB-1000-A"][..]),
        ("?sort=code", &["FIB-100", "FIB-1000-A", "WL-50"]),
        ("?sort=-speed", &["FIB-1000-A", "FIB-100", "WL-50"]),
        ("?sort=price", &["WL-50", "FIB-100", "FIB-1000-A"]),
        ("?sort=-plan", &["WL-50", "FIB-1000-A", "FIB-100"]),
        ("?q=fib-100", &["FIB-100", "FIB-1000-A"]),
        ("?q=wl", &["WL-50"]),
        ("?q=annual+fiber", &["FIB-1000-A"]),
        ("?q=nothing", &[]),
        ("?plan=Wireless", &["WL-50"]),
        ("?cycle=Annual&cycle=Monthly", &["WL-50", "FIB-100", "FIB-1000-A"]),
        ("?status=On+sale&plan=Fiber", &["FIB-100"]),
    ] {
        assert_eq!(codes(&context, address).await, expected, "{address}");
    }
    let page = table_rows::list::<Plans>(&context, &SPEC, "?sort=code", &columns::selected(&SPEC)).await;
    let rows = page.expect("a page").rows;
    let cells = |row: usize| -> Vec<String> { rows[row].cells.iter().map(|cell| cell.clone().into_text()).collect() };
    // The status is a tag.
    assert_eq!(cells(0), ["", "Fiber", "100 Mbps", "Unlimited", "₹699", "Monthly"]);
    assert_eq!(cells(2), ["", "Wireless", "50 Mbps", "500 GB", "₹599.50", "Monthly"]);
    let counted = counts::counts::<Plans>(&context, &SPEC, "?plan=Fiber").await;
    let totals = counted.expect("counts").totals.expect("numbers");
    assert_eq!(totals.total, 2);
    assert_eq!(totals.facets, [vec![2, 0, 1], vec![1, 0, 1], vec![1, 1]]);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_code_is_one_plans_until_that_is_deleted(pool: PgPool) {
    let context = context(&pool);
    let [first, ..] = three(&context).await;
    let again = RecordForm::new(Uuid::now_v7(), None, draft(" fib\u{2011}100 ", &[]));
    let SaveOutcome::Invalid(refused) = send(&context, again.clone()).await else {
        panic!("twice")
    };
    assert!(refused.errors[field::CODE].starts_with("Another plan has this code."));
    let holder = refused.form_error.and_then(|error| error.record);
    assert_eq!(holder.map(|record| record.id), Some(first));
    let deleted = delete::delete::<Plans>(&context, first, version_of(&context, first).await).await;
    assert!(matches!(deleted, Ok(DeleteOutcome::Done { .. })), "{deleted:?}");
    assert!(matches!(send(&context, again).await, SaveOutcome::Done { .. }));
    let restored = delete::restore::<Plans>(&context, first, version_of(&context, first).await).await;
    let Ok(DeleteOutcome::Refused(error)) = restored else {
        panic!("twice")
    };
    assert_eq!(
        error.message,
        "Another plan has this code now. Delete that one, then restore."
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn an_edit_is_stored_with_its_history(pool: PgPool) {
    let context = context(&pool);
    let [fiber, ..] = three(&context).await;
    let mut form = save::open_form::<Plans>(&context, Some(fiber)).await.expect("a form");
    for (name, text) in [
        (field::PRICE, "749.50"),
        (field::QUOTA, "3300"),
        (field::STATUS, "Withdrawn"),
        (field::SAC, "9984"),
    ] {
        form.draft.put(name, text);
    }
    form.draft.set(field::OTT_APPS, vec!["ZEE5".into(), "Netflix".into()]);
    let saved = send(&context, form).await;
    assert!(matches!(saved, SaveOutcome::Done { .. }), "{saved:?}");
    let page = records::plain_record::<Plans>(&context, fiber).await.expect("a page");
    assert_eq!((page.record.version, &*page.record.record.reference), (2, "FIB-100"));
    assert_eq!(page.record.draft.values(field::OTT_APPS), ["Netflix", "ZEE5"]);
    assert_eq!(page.record.draft.value(field::QUOTA), "3300");
    let history: Vec<(String, Option<String>, Option<String>)> = sqlx::query_as(
        "SELECT field, before, after FROM history WHERE entity = 'plan' AND entity_id = $1 AND version = 2 ORDER BY field",
    )
    .bind(fiber)
    .fetch_all(&pool)
    .await
    .expect("the history");
    let text = |text: &str| Some(text.to_owned());
    let expected = [
        ("ott_apps".to_owned(), None, text("Netflix, ZEE5")),
        ("price".to_owned(), text("699"), text("749.5")),
        ("quota".to_owned(), None, text("3300")),
        ("sac".to_owned(), text("998422"), text("9984")),
        ("status".to_owned(), text("On sale"), text("Withdrawn")),
    ];
    assert_eq!(history, expected);
}
