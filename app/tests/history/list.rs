//! The list: every filter against the same rows counted one by one, paging without gaps or doubles while others write, and names.

use std::collections::BTreeSet;

use app::base::audit::{AuditContext, AuditEvent, Change, EntityKind, Source};
use app::base::search::{has_words, name_words};
use app::base::time::ist_date;
use app::customers::spec::SPEC;
use app::db::audit_log;
use app::history::query::{ActorFilter, HistoryQuery};
use app::history::responses::{HistoryList, RecordName};
use app::history::{service, store};
use app::http::context::AppContext;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use crate::common::{Random, context, create_as, details, now, set_deleted_as, wide};
use crate::past::{All, HOSTILE, Past, WrittenRow, all, user};

/// Whether a text finds a field: by its name in the history, or by the label of a customer's field.
fn finds_field(text: &str, field: &str) -> bool {
    let words = name_words(text);
    let label = SPEC.field(field).map(|field| field.label).unwrap_or_default();
    has_words(field, &words) || has_words(label, &words)
}

/// The ids that a query must give, in order, counted one by one.
fn expected(past: &Past, all: &All, query: &HistoryQuery) -> Vec<Uuid> {
    let named = past.named(&query.text);
    let by_time = query.from.is_some() || query.to.is_some();
    let mut found: Vec<(Option<DateTime<Utc>>, i64, Uuid)> = all
        .iter()
        .filter(|(_, known)| {
            let day = ist_date(known.at);
            let by = match query.actor {
                None => true,
                Some(ActorFilter::NoUser) => known.actor.is_none(),
                Some(ActorFilter::User(id)) => known.actor == Some(id),
            };
            by && query.kind.is_none_or(|kind| known.entity == kind)
                && query.from.is_none_or(|from| day >= from)
                && query.to.is_none_or(|to| day <= to)
                && (query.text.is_empty() || finds_field(&query.text, &known.field) || named.contains(&known.entity_id))
        })
        .map(|(id, known)| (by_time.then_some(known.at), known.seq, *id))
        .collect();
    found.sort();
    found.reverse();
    found.into_iter().map(|(.., id)| id).collect()
}

async fn page(context: &AppContext, url: &str) -> HistoryList {
    service::list(context, url).await.expect("a page")
}

fn ids(list: &HistoryList) -> Vec<Uuid> {
    list.rows.iter().map(|row| row.id).collect()
}

fn url(address: &str) -> &str {
    address.strip_prefix("/history").expect("an address of the history")
}

/// Walks to the oldest page and back; gives what was seen each way.
async fn walk(context: &AppContext, query: &HistoryQuery) -> (Vec<Uuid>, Vec<Uuid>) {
    let mut there = Vec::new();
    let mut list = page(context, &query.to_url()).await;
    assert!(list.newer.is_none() && list.newest.is_none(), "{}", query.to_url());
    loop {
        assert_eq!(list.ignored, Vec::<String>::new());
        there.extend(ids(&list));
        let Some(address) = list.older.clone() else { break };
        assert_eq!(list.rows.len(), store::PAGE_SIZE, "a full page: {address}");
        list = page(context, url(&address)).await;
    }
    let mut back: Vec<Vec<Uuid>> = vec![ids(&list)];
    while let Some(address) = list.newer.clone() {
        list = page(context, url(&address)).await;
        back.push(ids(&list));
    }
    back.reverse();
    (there, back.concat())
}

fn any_day(random: &mut Random) -> Option<NaiveDate> {
    random
        .chance(30)
        .then(|| now().date_naive() - TimeDelta::days(random.below(33) as i64 - 1))
}

fn any_query(random: &mut Random, past: &Past) -> HistoryQuery {
    let text = match random.below(8) {
        0..4 => String::new(),
        4 => (*random.pick(&[
            "churn",
            "CH",
            "two-step",
            "limit",
            "%",
            "_",
            "\\",
            "'",
            "a",
            "zzz",
            "lm-",
            "LM-0000012",
            "1",
        ]))
        .to_owned(),
        5 => random.pick(&past.customers).data.name.clone(),
        6 => past.users[random.below(past.users.len())].1.chars().take(4).collect(),
        _ => (*random.pick(HOSTILE)).to_owned(),
    };
    let query = HistoryQuery {
        actor: match random.below(4) {
            0 => Some(ActorFilter::NoUser),
            1 => Some(ActorFilter::User(past.users[random.below(past.users.len())].0)),
            _ => None,
        },
        kind: random.chance(30).then(|| *random.pick(EntityKind::ALL)),
        text,
        from: any_day(random),
        to: any_day(random),
        page: None,
    };
    // As the address says it: tidied.
    HistoryQuery::from_url(&query.to_url()).0
}

#[sqlx::test(migrations = "../migrations")]
async fn filters_agree_with_filtering_row_by_row(pool: PgPool) {
    let past = Past::new(&pool, 60, 900, 1).await;
    let context = context(&pool);
    let all = all(&pool).await;
    let mut random = Random::new(2);
    let mut queries: Vec<HistoryQuery> = (0..150).map(|_| any_query(&mut random, &past)).collect();
    queries.push(HistoryQuery::default());
    queries.extend(EntityKind::ALL.iter().map(|kind| HistoryQuery {
        kind: Some(*kind),
        ..HistoryQuery::default()
    }));
    let mut not_empty = 0;
    for query in queries {
        let expected = expected(&past, &all, &query);
        let (there, back) = walk(&context, &query).await;
        assert_eq!(there, expected, "{}", query.to_url());
        assert_eq!(back, expected, "back: {}", query.to_url());
        not_empty += usize::from(!expected.is_empty());
    }
    assert!(not_empty > 75, "{not_empty}");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_search_that_matches_very_many_customers_agrees_too(pool: PgPool) {
    let past = Past::new(&pool, 20, 200, 3).await;
    // More than are looked up one by one, with a name that is a part of a field's label. Their own rows are among the expected.
    sqlx::raw_sql(
        "CREATE TABLE many AS
         SELECT made.* FROM (SELECT model FROM customers AS model LIMIT 1) AS one, generate_series(1, 5100) AS n,
             jsonb_populate_record(one.model, jsonb_build_object('id', gen_random_uuid(), 'account_number', 5000 + n,
                 'name', 'Churn ' || n, 'name_key', 'churn ' || n, 'email', 'many' || n || '@x.in',
                 'email_key', 'many' || n || '@x.in', 'search_text', ' churn ' || n, 'referred_by', null)) AS made;
         -- The database generates this one itself.
         ALTER TABLE many DROP COLUMN segment;
         DO $$ BEGIN EXECUTE format('INSERT INTO customers (%1$s) SELECT %1$s FROM many',
             (SELECT string_agg(attname, ', ') FROM pg_attribute WHERE attrelid = 'many'::regclass AND attnum > 0 AND NOT attisdropped)); END $$;
         DROP TABLE many;
         INSERT INTO history (id, at, source, entity, entity_id, version, field)
         SELECT gen_random_uuid(), '2026-11-20T00:00:00Z', 'page', 'customer', id, 1, 'created'
         FROM customers WHERE name LIKE 'Churn %' LIMIT 120",
    )
    .execute(&pool)
    .await
    .expect("many");
    let many: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM customers WHERE name LIKE 'Churn %'")
        .fetch_all(&pool)
        .await
        .expect("many");
    let many: BTreeSet<Uuid> = many.into_iter().collect();
    let context = context(&pool);
    let all = all(&pool).await;
    let user = past.users[0].0;
    for (actor, kind) in [
        (None, None),
        (Some(ActorFilter::NoUser), None),
        (Some(ActorFilter::User(user)), None),
        (None, Some(EntityKind::Customer)),
        (None, Some(EntityKind::User)),
        (Some(ActorFilter::NoUser), Some(EntityKind::User)),
    ] {
        let query = HistoryQuery {
            text: "CHURN".into(),
            actor,
            kind,
            ..HistoryQuery::default()
        };
        let is_wanted = |known: &WrittenRow| {
            let by = match actor {
                None => true,
                Some(ActorFilter::NoUser) => known.actor.is_none(),
                Some(ActorFilter::User(id)) => known.actor == Some(id),
            };
            let of = kind.is_none_or(|kind| known.entity == kind);
            by && of && (known.field == "churn" || many.contains(&known.entity_id))
        };
        let wanted: BTreeSet<Uuid> = all
            .iter()
            .filter(|(_, known)| is_wanted(known))
            .map(|(id, _)| *id)
            .collect();
        let (there, back) = walk(&context, &query).await;
        assert_eq!(there, back, "{}", query.to_url());
        assert_eq!(there.len(), wanted.len(), "{}", query.to_url());
        assert_eq!(there.into_iter().collect::<BTreeSet<_>>(), wanted, "{}", query.to_url());
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn paging_has_no_gaps_and_no_duplicates_while_others_write(pool: PgPool) {
    let pool = wide(&pool);
    let mut past = Past::new(&pool, 30, 700, 4).await;
    let context = context(&pool);
    let mut random = Random::new(5);
    for number in 0..12 {
        let query = if number < 4 {
            HistoryQuery::default()
        } else {
            any_query(&mut random, &past)
        };
        let before = all(&pool).await;
        let wanted = expected(&past, &before, &query);
        let mut seen = Vec::new();
        let mut list = page(&context, &query.to_url()).await;
        loop {
            seen.extend(ids(&list));
            // At any time, also between the rows that were read and those that will be.
            past.write(15).await;
            let Some(address) = list.older.clone() else { break };
            list = page(&context, url(&address)).await;
        }
        let once: BTreeSet<Uuid> = seen.iter().copied().collect();
        assert_eq!(once.len(), seen.len(), "a row came twice: {}", query.to_url());
        let old: Vec<Uuid> = seen.into_iter().filter(|id| before.contains_key(id)).collect();
        assert_eq!(old, wanted, "{}", query.to_url());
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn hostile_text_is_stored_and_searched_as_text(pool: PgPool) {
    let past = Past::new(&pool, 5, 150, 6).await;
    let context = context(&pool);
    let list = page(&context, "").await;
    let values: BTreeSet<&str> = list
        .rows
        .iter()
        .filter_map(|line| line.change.after.as_deref())
        .collect();
    assert!(values.iter().any(|value| value.contains("<script>")) && values.iter().any(|value| value.contains("DROP")));
    assert!(list.users.iter().any(|user| user.name == HOSTILE[0]));
    for text in HOSTILE.iter().copied().chain(["\0", "%00", "'", "$1", "{}", "\\"]) {
        let query = HistoryQuery {
            text: text.into(),
            ..HistoryQuery::default()
        };
        page(&context, &query.to_url()).await;
    }
    for nonsense in [
        "?page=%ff",
        "?page=bzE",
        "?from=0000-00-00&to=x",
        "?who=%00",
        "?kind=%F0",
        "?q=%00",
        "&&&",
        "?=",
        "?from=2026-11-23&to=2026-11-01",
    ] {
        page(&context, nonsense).await;
    }
    let stranger = format!("?who={}&kind=user", Uuid::from_u128(1));
    let list = page(&context, &stranger).await;
    assert_eq!(list.ignored, [format!("who={}", Uuid::from_u128(1))]);
    assert_eq!((list.query.actor, list.query.kind), (None, Some(EntityKind::User)));
    assert_eq!(all(&pool).await.len(), all(&past.pool).await.len());
}

/// Who, what it is called now, and which field.
type ShownRow = (String, Option<RecordName>, String);

#[sqlx::test(migrations = "../migrations")]
async fn a_row_names_the_changed_record(pool: PgPool) {
    let asha = user(&pool, "Asha Rao", "asha@example.in").await;
    let context = context(&pool);
    let audit = |actor, source| AuditContext {
        at: now(),
        actor,
        source,
    };
    let by_asha = audit(Some(asha), Source::Page);
    let (kept, gone) = (Uuid::now_v7(), Uuid::now_v7());
    for (id, name) in [(kept, "Kept"), (gone, "Gone")] {
        create_as(&pool, &by_asha, id, &details(name, &format!("{name}@example.in"))).await;
    }
    set_deleted_as(&pool, &by_asha, gone, true).await.expect("deleted");
    let mut db = pool.acquire().await.expect("a connection");
    for (actor, source, entity, id) in [
        (None, Source::CommandLine, EntityKind::User, asha),
        (None, Source::Page, EntityKind::SessionPolicy, Uuid::from_u128(16)),
        (
            None,
            Source::Page,
            EntityKind::Role,
            "00000000-0000-7000-8000-000000000001".parse().expect("an id"),
        ),
        (
            Some(Uuid::from_u128(3)),
            Source::Page,
            EntityKind::Lead,
            Uuid::from_u128(4),
        ),
    ] {
        let event = AuditEvent {
            context: audit(actor, source),
            entity,
            id,
            version: 2,
        };
        audit_log::record(&mut db, &event, &[Change::event("role")])
            .await
            .expect("written");
    }
    let list = page(&context, "").await;
    let mut shown: Vec<ShownRow> = list
        .rows
        .into_iter()
        .map(|row| (row.actor.name().to_owned(), row.name, row.change.field))
        .collect();
    let named = |name: &str, detail: &str, is_deleted| {
        Some(RecordName {
            name: name.into(),
            detail: Some(detail.into()),
            is_deleted,
        })
    };
    let row = |actor: &str, name, field: &str| (actor.to_owned(), name, field.to_owned());
    let mut expected = vec![
        row("Asha Rao", named("Kept", "LM-0000001", false), "created"),
        row("Asha Rao", named("Gone", "LM-0000002", true), "created"),
        row("Asha Rao", named("Gone", "LM-0000002", true), "deleted"),
        row("The command line", named("Asha Rao", "asha@example.in", false), "role"),
        row(
            "System",
            Some(RecordName {
                name: "Admin".into(),
                detail: None,
                is_deleted: false,
            }),
            "role",
        ),
        row("System", None, "role"),
        row("An unknown user", None, "role"),
    ];
    let key = |(actor, name, field): &ShownRow| (actor.clone(), name.clone().map(|name| name.name), field.clone());
    shown.sort_by_key(key);
    expected.sort_by_key(key);
    assert_eq!(shown, expected);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_clock_that_is_set_back_reorders_nothing(pool: PgPool) {
    let context = context(&pool);
    let at = |hours| AuditContext {
        at: now() + TimeDelta::hours(hours),
        actor: None,
        source: Source::Page,
    };
    let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
    create_as(&pool, &at(0), first, &details("First", "first@example.in")).await;
    for (hours, deletes) in [(-1, true), (-5000, false), (-5000, true), (1, false), (0, true)] {
        set_deleted_as(&pool, &at(hours), first, deletes).await.expect("done");
    }
    create_as(&pool, &at(-2), second, &details("Second", "second@example.in")).await;
    let list = page(&context, "").await;
    // The last written first, whatever the clock said.
    let entities: Vec<Uuid> = list.rows.iter().map(|row| row.entity_id).collect();
    assert!(entities.is_sorted_by_key(|id| *id == first), "{entities:?}");
    // What was done to one record is in the order of its times, a microsecond apart at least.
    let events: Vec<(String, DateTime<Utc>)> = list
        .rows
        .iter()
        .filter(|row| row.entity_id == first && ["created", "deleted", "restored"].contains(&&*row.change.field))
        .map(|row| (row.change.field.clone(), row.at))
        .collect();
    let fields: Vec<&str> = events.iter().map(|(field, _)| &**field).collect();
    assert_eq!(
        fields,
        ["deleted", "restored", "deleted", "restored", "deleted", "created"]
    );
    let oldest_first: Vec<TimeDelta> = events.iter().rev().map(|(_, at)| *at - now()).collect();
    let (hour, tick) = (TimeDelta::hours(1), TimeDelta::microseconds(1));
    assert_eq!(
        oldest_first,
        [TimeDelta::zero(), tick, tick * 2, tick * 3, hour, hour + tick]
    );
}
