//! Leads in the database: their list, its numbers, and what is written.

#[path = "leads/board.rs"]
mod board;
mod common;
#[path = "leads/convert.rs"]
mod convert;
#[path = "leads/my_day.rs"]
mod my_day;

use std::collections::BTreeMap;

use app::base::cell::Cell;
use app::base::error::AppError;
use app::base::keyset::SortValue;
use app::base::search::SearchTerms;
use app::base::spec::{FacetSpec, KeyType};
use app::board::columns;
use app::http::context::AppContext;
use app::leads::codec::{LeadData, Leads};
use app::leads::model::{LeadSource, Stage};
use app::leads::spec::{BOARD, SPEC, facet, field};
use app::leads::store::{self, Lead};
use app::list::query::ListQuery;
use app::list::responses::{COUNT_LIMIT, ListCounts, ListPage, Totals};
use app::list::{counts, table_rows};
use app::record::action::RecordAction;
use app::record::codec::RecordCodec as _;
use app::record::draft::Draft;
use app::record::responses::{DeleteOutcome, DeletedQuery, RecordForm, SaveOutcome};
use app::record::store::RecordStore as _;
use app::record::submission::names;
use app::record::{choices::Choices, delete, save, write};
use common::{Random, audit, context, now, version_of};
use sqlx::PgPool;
use uuid::Uuid;

async fn user(pool: &PgPool, name: &str, role: &str) -> Uuid {
    let id = Uuid::now_v7();
    sqlx::query(
        "INSERT INTO users (id, name, email, email_key, role, created_at, updated_at)
         VALUES ($1, $2, $1::text, $1::text, $3, now(), now())",
    )
    .bind(id)
    .bind(name)
    .bind(role)
    .execute(pool)
    .await
    .expect("a user");
    id
}

fn draft(name: &str) -> Draft {
    let mut draft = Leads::defaults(now().date_naive());
    draft.put(field::NAME, name);
    draft.put(field::PHONE, "98450 12345");
    draft
}

async fn create(pool: &PgPool, draft: &Draft) -> Lead {
    let data = Leads::parse(draft).expect("valid data");
    let mut db = pool.acquire().await.expect("a connection");
    let made = write::create::<Leads>(&mut db, &audit(), Uuid::now_v7(), &data).await;
    made.expect("no refusal").expect("a new id")
}

/// One of many leads, all different, with ties in every column that sorts.
fn varied(random: &mut Random, owners: &[Uuid]) -> Draft {
    let name = format!(
        "{} {}",
        random.pick(&["Asha", "Ravi", "प्रिया", "K.", "O'Neil"]),
        random.pick(&["Rao", "देशमुख", "D'Souza", "Iyer"])
    );
    let mut draft = draft(&name);
    draft.put(field::PHONE, format!("98450{:05}", random.below(100_000)));
    if random.chance(60) {
        draft.put(field::EMAIL, format!("a{}@example.in", random.below(1_000)));
    }
    if random.chance(80) {
        draft.put(field::CITY, random.pick(&["Pune", "Bengaluru", "Goa", "पुणे"]));
    }
    draft.put(field::SOURCE, random.pick(LeadSource::ALL));
    if random.chance(70) {
        draft.put(field::PLAN_TYPE, random.pick(&["Fiber", "Broadband", "Wireless"]));
        draft.put(field::EXPECTED_VALUE, random.pick(&["500", "999", "1367.50"]));
    }
    let stage = *random.pick(Stage::ALL);
    draft.put(field::STAGE, stage);
    if stage == Stage::Lost {
        draft.put(field::LOST_REASON, "Too dear");
    }
    if random.chance(70) {
        draft.put(field::OWNER, random.pick(owners));
    }
    if random.chance(60) {
        draft.put(field::NEXT_STEP_ON, format!("2026-12-{:02}", 1 + random.below(9)));
    }
    draft
}

async fn list(context: &AppContext, address: &str) -> ListPage {
    let columns: Vec<_> = SPEC.columns().collect();
    let page = table_rows::list::<Leads>(context, &SPEC, address, &columns).await;
    page.unwrap_or_else(|error| panic!("{address}: {error}"))
}

async fn count(context: &AppContext, address: &str) -> ListCounts {
    let counts = counts::counts::<Leads>(context, &SPEC, address).await;
    counts.unwrap_or_else(|error| panic!("{address}: {error}"))
}

/// A lead's value in each facet.
fn values(data: &LeadData) -> [Option<String>; 5] {
    [
        Some(data.stage.to_string()),
        Some(data.source.to_string()),
        Some(data.owner.map_or(FacetSpec::NONE.to_owned(), |owner| owner.to_string())),
        Some(data.plan_type.map_or("Not known".into(), |plan| plan.to_string())),
        data.city.clone(),
    ]
}

fn number(lead: &Lead) -> i64 {
    lead.reference.trim_start_matches("LD-").parse().expect("a number")
}

/// Whether search and facets leave a lead; without the facet `except`.
fn leaves(query: &ListQuery, lead: &Lead, except: Option<usize>) -> bool {
    let text = store::search_text(app::leads::model::LeadNumber(number(lead)), &lead.data);
    let facets = values(&lead.data);
    SearchTerms::parse(&query.search).matches(&text)
        && (0..5).all(|place| {
            Some(place) == except
                || query.chosen(place).is_empty()
                || facets[place].as_ref().is_some_and(|value| query.has(place, value))
        })
}

/// The value that a list is sorted by.
fn sort_value(query: &ListQuery, lead: &Lead) -> SortValue {
    let data = &lead.data;
    match query.sort_spec().name {
        "name" => SortValue::Text(app::base::text::compared(&data.name)),
        "created" => SortValue::Number(number(lead)),
        "stage" => SortValue::Number(
            Stage::ALL
                .iter()
                .position(|stage| *stage == data.stage)
                .expect("a stage") as i64,
        ),
        "value" => SortValue::Number(data.expected_value.map_or(0, |value| value.0)),
        _ => SortValue::Date(data.next_step_on.unwrap_or("9999-12-31".parse().expect("a date"))),
    }
}

fn order(query: &ListQuery, one: &Lead, other: &Lead) -> std::cmp::Ordering {
    let key = |lead| match sort_value(query, lead) {
        SortValue::Text(text) => (text, 0),
        SortValue::Number(number) => (String::new(), number),
        SortValue::Date(date) => (date.to_string(), 0),
    };
    let order = (key(one), one.id).cmp(&(key(other), other.id));
    if query.descending { order.reverse() } else { order }
}

fn any_query(random: &mut Random, owners: &[Uuid]) -> ListQuery {
    let owners: Vec<String> = owners.iter().map(ToString::to_string).chain(["none".into()]).collect();
    let mut query = ListQuery::new(&SPEC);
    query.search = (*random.pick(&["", "", "", "rao", "a", "98450", "दे", "asha r", "ld-0000", "goa", "o'n"])).into();
    for (place, spec) in SPEC.facets.iter().enumerate() {
        let words: Vec<&str> = match place {
            facet::OWNER => owners.iter().map(String::as_str).collect(),
            facet::CITY => vec!["Pune", "Goa", "पुणे", "Nowhere"],
            _ => spec.words().to_vec(),
        };
        if random.chance(35) {
            for word in random.some(&words, 40) {
                query.set(place, word, true);
            }
        }
    }
    query.sort = random.below(SPEC.sorts.len());
    query.descending = random.chance(50);
    query
}

/// All pages, from the first on and from the last back.
async fn assert_pages(context: &AppContext, query: &ListQuery, expected: &[Uuid]) {
    let mut met = Vec::new();
    let mut page = list(context, &query.to_url()).await;
    loop {
        assert_eq!(page.before, met.len() as u64, "{}", query.to_url());
        met.extend(page.rows.iter().map(|row| row.id));
        let Some(next) = page.next.clone() else { break };
        page = list(context, &next).await;
    }
    assert_eq!(met, expected, "{}", query.to_url());
    let last = query.at(app::list::cursor::Position::Last);
    let mut page = list(context, &last.to_url()).await;
    let mut met: Vec<Uuid> = page.rows.iter().map(|row| row.id).collect();
    assert_eq!(page.before as usize + met.len(), expected.len(), "{}", last.to_url());
    while let Some(previous) = page.previous.clone() {
        page = list(context, &previous).await;
        met.splice(0..0, page.rows.iter().map(|row| row.id));
    }
    assert_eq!(met, expected, "back through {}", query.to_url());
}

async fn assert_numbers(context: &AppContext, query: &ListQuery, leads: &[Lead]) {
    let counts = count(context, &query.to_url()).await;
    let totals = counts.totals.expect("few enough");
    let left: Vec<&Lead> = leads.iter().filter(|lead| leaves(query, lead, None)).collect();
    assert_eq!(totals.total as usize, left.len(), "{}", query.to_url());
    let sum: i64 = left
        .iter()
        .filter_map(|lead| lead.data.expected_value)
        .map(|value| value.0)
        .sum();
    assert_eq!(totals.metrics[0].amount.0, sum, "{}", query.to_url());
    for (place, spec) in SPEC.facets.iter().enumerate() {
        let words: Vec<String> = match counts.options[place].as_slice() {
            [] => spec.words().iter().map(ToString::to_string).collect(),
            options => options.iter().map(|option| option.value.clone()).collect(),
        };
        assert_eq!(words.len(), totals.facets[place].len());
        for (word, count) in words.iter().zip(&totals.facets[place]) {
            let of_word = leads
                .iter()
                .filter(|lead| leaves(query, lead, Some(place)) && values(&lead.data)[place].as_ref() == Some(word));
            assert_eq!(*count as usize, of_word.count(), "{word} under {}", query.to_url());
        }
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn every_page_and_every_number_agrees_with_the_leads(pool: PgPool) {
    let mut random = Random::new(7);
    let owners = [user(&pool, "Arjun", "Sales").await, user(&pool, "Meera", "Admin").await];
    let mut leads = Vec::new();
    for _ in 0..160 {
        leads.push(create(&pool, &varied(&mut random, &owners)).await);
    }
    let context = context(&pool);
    let gone = leads.swap_remove(3);
    delete::delete::<Leads>(&context, gone.id, version_of(&context, gone.id).await)
        .await
        .expect("deleted");
    for _ in 0..60 {
        let query = any_query(&mut random, &owners);
        let mut expected: Vec<&Lead> = leads.iter().filter(|lead| leaves(&query, lead, None)).collect();
        expected.sort_by(|one, other| order(&query, one, other));
        let expected: Vec<Uuid> = expected.into_iter().map(|lead| lead.id).collect();
        assert_pages(&context, &query, &expected).await;
        assert_numbers(&context, &query, &leads).await;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn owners_and_cities_are_offered_and_named(pool: PgPool) {
    let (arjun, sara) = (user(&pool, "Arjun", "Sales").await, user(&pool, "Sara", "Staff").await);
    let meera = user(&pool, "Meera", "Admin").await;
    let mut of_sara = draft("Asha Rao");
    of_sara.put(field::CITY, "Pune");
    let lead = create(&pool, &of_sara).await;
    give(&pool, lead.id, sara).await;
    let context = context(&pool);
    let options = count(&context, "").await.options;
    let pairs: Vec<(&str, &str)> = options[facet::OWNER]
        .iter()
        .map(|option| (option.value.as_str(), option.label.as_str()))
        .collect();
    let ids = [arjun, meera, sara].map(|id| id.to_string());
    let expected = [
        (&*ids[0], "Arjun"),
        (&*ids[1], "Meera"),
        (&*ids[2], "Sara"),
        ("none", "Nobody"),
    ];
    assert_eq!(pairs, expected, "who may own a lead, and who does");
    assert_eq!(options[facet::CITY].len(), 1);
    assert!(options[facet::STAGE].is_empty());
    let page = list(&context, &format!("?owner={sara}&city=Pune")).await;
    let labels: Vec<&str> = page.labels.iter().map(|option| option.label.as_str()).collect();
    assert_eq!((page.rows.len(), labels), (1, vec!["Sara"]));
    let choices = Choices::load::<Leads>(&context).await.expect("choices");
    assert_eq!(choices.of_field(field::OWNER).len(), 3);
    assert_eq!(choices.label(field::OWNER, &ids[2]), "Sara");
}

/// Makes a user the owner of a lead, whatever their role.
async fn give(pool: &PgPool, lead: Uuid, owner: Uuid) {
    let given = sqlx::query("UPDATE leads SET owner = $2 WHERE id = $1")
        .bind(lead)
        .bind(owner);
    given.execute(pool).await.expect("a lead");
}

#[sqlx::test(migrations = "../migrations")]
async fn only_who_may_work_leads_is_made_an_owner(pool: PgPool) {
    let context = context(&pool);
    let disabled = user(&pool, "Ravi", "Sales").await;
    sqlx::query("UPDATE users SET disabled_at = now() WHERE id = $1")
        .bind(disabled)
        .execute(&pool)
        .await
        .expect("disabled");
    let sara = user(&pool, "Sara", "Staff").await;
    let (arjun, meera) = (user(&pool, "Arjun", "Sales").await, user(&pool, "Meera", "Admin").await);
    let new = save::open_form::<Leads>(&context, None).await.expect("a form");
    let is_saved = async |form: &RecordForm, owner: Uuid, name: &str| match send(
        &context,
        form,
        &[("owner", &owner.to_string()), ("name", name), ("phone", "98450 12345")],
    )
    .await
    {
        SaveOutcome::Done { .. } => true,
        SaveOutcome::Invalid(form) => {
            assert_eq!(form.errors["owner"], "This user can't work leads. Choose another.");
            assert_eq!(form.errors.len(), 1);
            false
        }
    };
    for owner in [sara, disabled, Uuid::nil()] {
        assert!(!is_saved(&new, owner, "Asha Rao").await);
    }
    assert!(is_saved(&new, arjun, "Asha Rao").await);
    let edit = async || save::open_form::<Leads>(&context, Some(new.id)).await.expect("a form");
    assert!(!is_saved(&edit().await, sara, "Asha Rao").await);
    assert!(is_saved(&edit().await, meera, "Asha Rao").await);
    // Who owned it before their role changed still does, whatever else is changed.
    give(&pool, new.id, sara).await;
    assert!(is_saved(&edit().await, sara, "Asha R. Rao").await);
    assert!(!is_saved(&edit().await, disabled, "Asha R. Rao").await);
}

#[sqlx::test(migrations = "../migrations")]
async fn only_an_open_lead_has_a_deadline(pool: PgPool) {
    let context = context(&pool);
    for stage in Stage::ALL {
        let mut draft = draft(stage.as_str());
        draft.put(field::STAGE, stage);
        draft.put(field::LOST_REASON, "Too dear");
        draft.put(field::NEXT_STEP_ON, "2026-11-20");
        let lead = create(&pool, &draft).await;
        let shown = if stage.is_open() {
            Cell::Date("2026-11-20".parse().expect("a date"))
        } else {
            Cell::Text("20 Nov 2026".into())
        };
        let next_step_on = SPEC.field(field::NEXT_STEP_ON).expect("a field");
        assert_eq!(Leads::draft(&lead.data).cell(&SPEC, next_step_on), shown, "{stage}");
        // Whether the stage is a column or not.
        let address = format!("?stage={stage}");
        for columns in [vec![next_step_on], SPEC.columns().collect()] {
            let page = table_rows::list::<Leads>(&context, &SPEC, &address, &columns)
                .await
                .expect("a page");
            assert!(page.rows[0].cells.contains(&shown), "{stage}: {:?}", page.rows[0].cells);
        }
        let board = columns::board::<Leads>(&context, &BOARD, &address, 1, None)
            .await
            .expect("a board");
        assert!(board.columns[0].cards[0].row.cells.contains(&shown), "{stage}");
    }
}

/// Many leads at once: `Sample`, of which every hundredth is Lost.
async fn fill(pool: &PgPool, count: i32) {
    sqlx::query(
        "INSERT INTO leads (id, lead_number, name, name_key, phone, source, stage, position, search_text, created_at, updated_at)
         SELECT gen_random_uuid(), n, 'Sample', 'sample', '+919845012345', 'Phone',
             (CASE WHEN n % 100 = 0 THEN 'Lost' ELSE 'New' END)::lead_stage, n, ' sample ld-' || n, now(), now()
         FROM generate_series(1, $1) n",
    )
    .bind(count)
    .execute(pool)
    .await
    .expect("leads");
}

#[sqlx::test(migrations = "../migrations")]
async fn counts_stop_at_the_limit_and_are_exact_below(pool: PgPool) {
    fill(&pool, 10_300).await;
    sqlx::query("ANALYZE leads").execute(&pool).await.expect("analyzed");
    let context = context(&pool);
    let Totals {
        total,
        facets,
        metrics,
        is_capped,
    } = count(&context, "").await.totals.expect("numbers");
    assert_eq!((total, is_capped), (COUNT_LIMIT + 1, true));
    // 10,197 are New.
    assert_eq!(facets[facet::STAGE], [COUNT_LIMIT + 1, 0, 0, 0, 0, 103]);
    assert_eq!(facets[facet::SOURCE][3], COUNT_LIMIT + 1);
    assert!(metrics.is_empty(), "nobody adds up so many");
    let lost = count(&context, "?stage=Lost").await.totals.expect("numbers");
    assert_eq!((lost.total, lost.metrics.len()), (103, 1));
    // A search that finds more is not counted, and its list has no last page.
    assert_eq!(count(&context, "?q=sample").await.totals, None);
    let page = list(&context, "?q=sample&sort=-created").await;
    assert_eq!((page.rows.len(), page.last.is_none()), (25, true));
    let last = page.query(&SPEC).at(app::list::cursor::Position::Last);
    assert_eq!(list(&context, &last.to_url()).await.rows, page.rows);
    // What stands at the far end is found all the same.
    let far = list(&context, "?q=sample&stage=Lost&sort=created").await;
    assert_eq!(far.rows.len(), 25);
    assert_eq!(
        list(&context, "?q=ld-77&sort=created").await.rows[0].subtitle,
        "LD-0000077"
    );
}

fn typed(form: &RecordForm, changes: &[(&str, &str)]) -> RecordForm {
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.append_pair(names::ID, &form.id.to_string());
    if let Some(base) = &form.base {
        body.append_pair(names::VERSION, &base.version.to_string());
        body.append_pair(names::REFERENCE, &base.record.reference);
    }
    for name in SPEC.fields.iter().map(|field| field.name) {
        if let Some(base) = &form.base {
            for value in base.draft.values(name) {
                body.append_pair(&format!("{}{name}", names::ORIGINAL), &value.replace('\n', "\r\n"));
            }
        }
        let changed = changes.iter().find(|(changed, _)| *changed == name);
        let value = changed.map_or(form.draft.value(name), |(_, value)| value);
        body.append_pair(name, value);
    }
    RecordForm::parse(&SPEC, &body.finish()).expect("a form")
}

async fn send(context: &AppContext, form: &RecordForm, changes: &[(&str, &str)]) -> SaveOutcome {
    save::save::<Leads>(context, typed(form, changes))
        .await
        .expect("no fault")
}

async fn history(pool: &PgPool, id: Uuid) -> BTreeMap<String, (Option<String>, Option<String>)> {
    let rows: Vec<(String, Option<String>, Option<String>)> = sqlx::query_as(
        "SELECT field, before, after FROM history WHERE entity = 'lead' AND entity_id = $1 AND version > 1",
    )
    .bind(id)
    .fetch_all(pool)
    .await
    .expect("the history");
    rows.into_iter()
        .map(|(field, before, after)| (field, (before, after)))
        .collect()
}

#[sqlx::test(migrations = "../migrations")]
async fn a_lead_is_created_edited_merged_deleted_and_restored(pool: PgPool) {
    let (arjun, context) = (user(&pool, "Arjun", "Sales").await.to_string(), context(&pool));
    let new = save::open_form::<Leads>(&context, None).await.expect("a form");
    let notes = "Two flats\nCalls after six";
    let changes = [
        ("name", "Asha Rao"),
        ("email", "asha@example.in"),
        ("notes", notes),
        ("owner", &*arjun),
    ];
    let SaveOutcome::Done { action, record } = send(&context, &new, &changes).await else {
        panic!("not saved");
    };
    assert_eq!(
        (action, record.reference.as_str()),
        (RecordAction::Created, "LD-0000001")
    );
    // The same form again makes nothing new.
    assert!(matches!(send(&context, &new, &changes).await, SaveOutcome::Done { record: again, .. } if again == record));

    let (mine, theirs) = (
        save::open_form::<Leads>(&context, Some(record.id))
            .await
            .expect("a form"),
        save::open_form::<Leads>(&context, Some(record.id))
            .await
            .expect("a form"),
    );
    assert!(matches!(
        send(&context, &theirs, &[("owner", ""), ("city", "Pune")]).await,
        SaveOutcome::Done { .. }
    ));
    let outcome = send(&context, &mine, &[("city", "Goa"), ("next_step", "Call")]).await;
    let SaveOutcome::Invalid(form) = outcome else {
        panic!("a conflict");
    };
    assert_eq!(
        form.conflicts.keys().collect::<Vec<_>>(),
        ["city"],
        "what was not changed is no conflict: the notes"
    );
    let outcome = send(&context, &mine, &[("next_step", "Call")]).await;
    assert!(
        matches!(
            outcome,
            SaveOutcome::Done {
                action: RecordAction::Merged,
                ..
            }
        ),
        "{outcome:?}"
    );
    let history = history(&pool, record.id).await;
    assert_eq!(
        history["owner"],
        (Some("Arjun".into()), None),
        "by the name of the user"
    );
    assert_eq!(history["next_step"].1.as_deref(), Some("Call"));
    assert_eq!(history.len(), 3, "{history:?}");

    let preview = delete::delete_preview::<Leads>(&context, record.id)
        .await
        .expect("a preview");
    assert!(
        preview.losses.iter().any(|loss| loss.contains("the notes")),
        "{preview:?}"
    );
    let deleted = delete::delete::<Leads>(&context, record.id, version_of(&context, record.id).await)
        .await
        .expect("no fault");
    assert!(matches!(deleted, DeleteOutcome::Done { .. }));
    assert!(list(&context, "").await.rows.is_empty());
    assert_eq!(count(&context, "").await.totals.expect("numbers").total, 0);
    let bin = delete::deleted_list::<Leads>(&context, DeletedQuery::default())
        .await
        .expect("a list");
    assert_eq!(bin.rows.len(), 1);
    delete::restore::<Leads>(&context, record.id, version_of(&context, record.id).await)
        .await
        .expect("restored");
    let mut db = pool.acquire().await.expect("a connection");
    let lead = Leads::get(&mut db, record.id).await.expect("a lead");
    assert_eq!((lead.version, lead.deleted_at), (5, None));
    assert_eq!(lead.data.notes.as_deref(), Some(notes));
    assert!(matches!(
        Leads::get(&mut db, Uuid::nil()).await,
        Err(AppError::NotFound)
    ));
}

#[sqlx::test(migrations = "../migrations")]
async fn what_the_database_refuses_is_said_at_the_field(pool: PgPool) {
    let (context, record) = (context(&pool), create(&pool, &draft("Asha Rao")).await);
    let lost = save::open_form::<Leads>(&context, Some(record.id))
        .await
        .expect("a form");
    let SaveOutcome::Invalid(form) = send(&context, &lost, &[("stage", "Lost")]).await else {
        panic!("no reason");
    };
    assert_eq!(form.errors.keys().collect::<Vec<_>>(), ["lost_reason"]);
    let SaveOutcome::Invalid(form) = send(&context, &lost, &[("owner", &Uuid::nil().to_string())]).await else {
        panic!("nobody");
    };
    assert_eq!(form.errors.keys().collect::<Vec<_>>(), ["owner"]);
    let SaveOutcome::Invalid(form) = send(&context, &lost, &[("referred_by", "LM-0000099")]).await else {
        panic!("nobody");
    };
    assert_eq!(form.errors.keys().collect::<Vec<_>>(), ["referred_by"]);
}

#[test]
fn a_sort_s_key_is_of_the_column_s_type() {
    for sort in SPEC.sorts {
        let fits = match sort.name {
            "name" => sort.key == KeyType::Text,
            "next_step" => sort.key == KeyType::Date,
            "stage" => matches!(sort.key, KeyType::Enum("lead_stage", _)),
            _ => sort.key == KeyType::BigInt,
        };
        assert!(fits, "{}", sort.name);
    }
}
