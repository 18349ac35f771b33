//! The history as people read it: every filter against the same rows counted one by one, paging without gaps or doubles while others
//! write, and a customer's events as they were made.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use app::contact::{Email, fold};
use app::context::AppContext;
use app::customers::model::Customer;
use app::customers::model::field::Field;
use app::customers::store as customers;
use app::history::model::{Change, Entity, Event, Source, Stamp};
use app::history::query::{HistoryQuery, Who};
use app::history::view::{Actor, HistoryList};
use app::history::{service, store};
use app::ui::dates::ist_date;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use common::{Random, connections, context, details, now, varied, wide};
use sqlx::PgPool;
use uuid::Uuid;

/// A row as it was written.
#[derive(Clone, Debug)]
struct Known {
    at: DateTime<Utc>,
    actor: Option<Uuid>,
    entity: Entity,
    entity_id: Uuid,
    field: String,
}

/// Everything that has been written, by the row's id.
type All = BTreeMap<Uuid, Known>;

/// The columns of `Known`, with the row's id before them.
type Columns = (Uuid, DateTime<Utc>, Option<Uuid>, String, Uuid, String);

async fn all(pool: &PgPool) -> All {
    let rows: Vec<Columns> = sqlx::query_as("SELECT id, at, actor, entity, entity_id, field FROM history")
        .fetch_all(pool)
        .await
        .expect("the history");
    let known = rows.into_iter().map(|(id, at, actor, entity, entity_id, field)| {
        let entity = Entity::parse(&entity).expect("a kind");
        (
            id,
            Known {
                at,
                actor,
                entity,
                entity_id,
                field,
            },
        )
    });
    known.collect()
}

const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "'; DROP TABLE history; --",
    "प्रिया \u{202e}देशमुख",
    "100%_\\",
    "\"><img src=x onerror=alert(1)>",
    "🙂 Zoë",
];

/// Somebody who has changed things.
async fn user(pool: &PgPool, name: &str, email: &str) -> Uuid {
    let id = Uuid::now_v7();
    let key = Email::parse(email).expect("an email").key();
    sqlx::query(
        "INSERT INTO users (id, name, email, email_key, role, created_at, updated_at) VALUES ($1, $2, $3, $4, 'Admin', $5, $5)",
    )
    .bind(id)
    .bind(name)
    .bind(email)
    .bind(key)
    .bind(now())
    .execute(pool)
    .await
    .expect("a user");
    id
}

/// A made-up past: customers, users and rules that were changed by several people over a month.
struct Past {
    pool: PgPool,
    random: Random,
    users: Vec<(Uuid, String, String)>,
    customers: Vec<Customer>,
    versions: BTreeMap<Uuid, i64>,
}

impl Past {
    async fn new(pool: &PgPool, customers: usize, events: usize, seed: u64) -> Self {
        let mut past = Self {
            pool: pool.clone(),
            random: Random::new(seed),
            users: Vec::new(),
            customers: Vec::new(),
            versions: BTreeMap::new(),
        };
        for (number, name) in ["Asha Rao", "Ravi_Iyer", HOSTILE[0], HOSTILE[2]]
            .into_iter()
            .enumerate()
        {
            let email = format!("person{number}@example.in");
            past.users
                .push((user(pool, name, &email).await, name.to_owned(), email));
        }
        for number in 0..customers {
            let details = varied(&mut past.random, number);
            let stamp = past.stamp();
            let id = past.random.id();
            let made = customers::create(&connections(pool), &stamp, id, &details)
                .await
                .expect("a database")
                .expect("no refusal");
            past.versions.insert(id, 1);
            past.customers.push(made);
        }
        past.write(events).await;
        past
    }

    /// Who and when: now and then at the very same instant, and at the edges of days in India.
    fn stamp(&mut self) -> Stamp {
        let minutes = self.random.below(30 * 24 * 60) as i64;
        let at = match self.random.below(4) {
            0 => now() - TimeDelta::days(minutes % 3),
            1 => {
                "2026-11-10T18:30:00Z".parse::<DateTime<Utc>>().expect("an instant")
                    - TimeDelta::microseconds(minutes % 2)
            }
            _ => now() - TimeDelta::minutes(minutes) + TimeDelta::microseconds(self.random.below(1_000_000) as i64),
        };
        let actor = self
            .random
            .chance(70)
            .then(|| self.users[self.random.below(self.users.len())].0);
        let source = match actor {
            None if self.random.chance(50) => Source::CommandLine,
            _ => Source::Page,
        };
        Stamp { at, actor, source }
    }

    /// More events, of any kind of thing.
    async fn write(&mut self, events: usize) {
        let mut db = self.pool.acquire().await.expect("a connection");
        for _ in 0..events {
            let entity = *self.random.pick(&[
                Entity::Customer,
                Entity::Customer,
                Entity::Customer,
                Entity::User,
                Entity::Lead,
                Entity::Role,
                Entity::SessionRule,
            ]);
            let id = match entity {
                Entity::Customer => self.random.pick(&self.customers).id,
                Entity::User => self.users[self.random.below(self.users.len())].0,
                Entity::Role => Uuid::parse_str("00000000-0000-7000-8000-000000000001").expect("an id"),
                Entity::SessionRule => Uuid::parse_str("00000000-0000-7000-8000-000000000010").expect("an id"),
                Entity::Lead => Uuid::from_u128(9),
            };
            let fields: &[&str] = match entity {
                Entity::Customer => &["churn", "name", "city", "deleted", "nps"],
                Entity::User => &["role", "name", "two-step on", "password changed"],
                Entity::Role => &["two-step sign-in"],
                Entity::SessionRule => &["idle limit", "absolute limit"],
                Entity::Lead => &["stage", "created"],
            };
            let mut chosen = self.random.some(fields, 50);
            if chosen.is_empty() {
                chosen.push(fields[0]);
            }
            let said = |random: &mut Random| random.chance(70).then(|| (*random.pick(HOSTILE)).to_owned());
            let changes: Vec<Change> = chosen
                .into_iter()
                .map(|field| Change::of(field, said(&mut self.random), said(&mut self.random)))
                .collect();
            let version = self.versions.entry(id).and_modify(|version| *version += 1).or_insert(2);
            let event = Event {
                version: *version,
                entity,
                id,
                stamp: self.stamp(),
            };
            store::record(&mut db, &event, &changes).await.expect("written");
        }
    }

    /// What a text finds among the names.
    fn named(&self, text: &str) -> BTreeSet<Uuid> {
        let text = fold(text);
        let users = self
            .users
            .iter()
            .filter(|(_, name, email)| fold(name).contains(&text) || email.contains(&text));
        let customers = self.customers.iter().filter(|customer| {
            let number = customer.account_number;
            fold(&customer.details.contact.name).contains(&text)
                || number.to_string().to_lowercase().contains(&text)
                || number.0.to_string().contains(&text)
        });
        users
            .map(|user| user.0)
            .chain(customers.map(|customer| customer.id))
            .collect()
    }
}

/// The words of the fields that a text finds, as the page would send them: here every word is its own label.
fn words(all: &All, text: &str) -> Vec<String> {
    let found: BTreeSet<&str> = all
        .values()
        .map(|known| known.field.as_str())
        .filter(|field| !text.is_empty() && field.contains(&fold(text)))
        .collect();
    found.into_iter().map(str::to_owned).collect()
}

/// The ids that a query must give, in order, counted one by one.
fn expected(past: &Past, all: &All, query: &HistoryQuery) -> Vec<Uuid> {
    let named = past.named(&query.text);
    let words = words(all, &query.text);
    let mut found: Vec<(DateTime<Utc>, Uuid)> = all
        .iter()
        .filter(|(_, known)| {
            let day = ist_date(known.at);
            let by = match query.who {
                None => true,
                Some(Who::Nobody) => known.actor.is_none(),
                Some(Who::User(id)) => known.actor == Some(id),
            };
            by && query.kind.is_none_or(|kind| known.entity == kind)
                && query.from.is_none_or(|from| day >= from)
                && query.to.is_none_or(|to| day <= to)
                && (query.text.is_empty() || words.contains(&known.field) || named.contains(&known.entity_id))
        })
        .map(|(id, known)| (known.at, *id))
        .collect();
    found.sort();
    found.reverse();
    found.into_iter().map(|(_, id)| id).collect()
}

async fn page(context: &AppContext, url: &str, fields: &[String]) -> HistoryList {
    service::list(context, url, fields.to_vec()).await.expect("a page")
}

fn ids(list: &HistoryList) -> Vec<Uuid> {
    list.lines.iter().map(|line| line.id).collect()
}

fn url(address: &str) -> &str {
    address.strip_prefix("/history").expect("an address of the history")
}

/// Walks to the oldest page and back; gives what was met each way.
async fn walk(context: &AppContext, query: &HistoryQuery, fields: &[String]) -> (Vec<Uuid>, Vec<Uuid>) {
    let mut there = Vec::new();
    let mut list = page(context, &query.to_url(), fields).await;
    assert!(list.newer.is_none() && list.newest.is_none(), "{}", query.to_url());
    loop {
        assert_eq!(list.ignored, Vec::<String>::new());
        there.extend(ids(&list));
        let Some(address) = list.older.clone() else { break };
        assert_eq!(list.lines.len(), service::PAGE, "a full page: {address}");
        list = page(context, url(&address), fields).await;
    }
    let mut back: Vec<Vec<Uuid>> = vec![ids(&list)];
    while let Some(address) = list.newer.clone() {
        list = page(context, url(&address), fields).await;
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
        5 => random.pick(&past.customers).details.contact.name.clone(),
        6 => past.users[random.below(past.users.len())].1.chars().take(4).collect(),
        _ => (*random.pick(HOSTILE)).to_owned(),
    };
    let query = HistoryQuery {
        who: match random.below(4) {
            0 => Some(Who::Nobody),
            1 => Some(Who::User(past.users[random.below(past.users.len())].0)),
            _ => None,
        },
        kind: random.chance(30).then(|| *random.pick(Entity::ALL)),
        text,
        from: any_day(random),
        to: any_day(random),
        page: None,
    };
    // As the address says it: tidied.
    HistoryQuery::from_url(&query.to_url()).0
}

#[sqlx::test(migrations = "../migrations")]
async fn every_filter_gives_what_is_counted_one_by_one(pool: PgPool) {
    let past = Past::new(&pool, 60, 900, 1).await;
    let context = context(&pool);
    let all = all(&pool).await;
    let mut random = Random::new(2);
    let mut queries: Vec<HistoryQuery> = (0..150).map(|_| any_query(&mut random, &past)).collect();
    queries.push(HistoryQuery::default());
    queries.extend(Entity::ALL.iter().map(|kind| HistoryQuery {
        kind: Some(*kind),
        ..HistoryQuery::default()
    }));
    let mut not_empty = 0;
    for query in queries {
        let fields = words(&all, &query.text);
        let expected = expected(&past, &all, &query);
        let (there, back) = walk(&context, &query, &fields).await;
        assert_eq!(there, expected, "{}", query.to_url());
        assert_eq!(back, expected, "back: {}", query.to_url());
        not_empty += usize::from(!expected.is_empty());
    }
    assert!(not_empty > 75, "{not_empty}");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_text_that_finds_very_many_customers_gives_the_same(pool: PgPool) {
    let past = Past::new(&pool, 20, 200, 3).await;
    // More than are looked up one by one; their own rows are among the expected.
    sqlx::raw_sql(
        "CREATE TABLE many AS
         SELECT made.* FROM (SELECT model FROM customers AS model LIMIT 1) AS one, generate_series(1, 1100) AS n,
             jsonb_populate_record(one.model, jsonb_build_object('id', gen_random_uuid(), 'account_number', 5000 + n,
                 'name', 'Many ' || n, 'name_key', 'many ' || n, 'email', 'many' || n || '@x.in',
                 'email_key', 'many' || n || '@x.in', 'search_text', ' many ' || n, 'referred_by', null)) AS made;
         -- The database generates this one itself.
         ALTER TABLE many DROP COLUMN segment;
         DO $$ BEGIN EXECUTE format('INSERT INTO customers (%1$s) SELECT %1$s FROM many',
             (SELECT string_agg(attname, ', ') FROM pg_attribute WHERE attrelid = 'many'::regclass AND attnum > 0 AND NOT attisdropped)); END $$;
         DROP TABLE many;
         INSERT INTO history (id, at, source, entity, entity_id, version, field)
         SELECT gen_random_uuid(), '2026-11-20T00:00:00Z', 'page', 'customer', id, 1, 'created'
         FROM customers WHERE name LIKE 'Many %' LIMIT 120",
    )
    .execute(&pool)
    .await
    .expect("many");
    let context = context(&pool);
    let all = all(&pool).await;
    for (who, count) in [(None, 120), (Some(past.users[0].0), 0)] {
        let query = HistoryQuery {
            text: "MANY".into(),
            who: who.map(Who::User),
            ..HistoryQuery::default()
        };
        let (there, back) = walk(&context, &query, &[]).await;
        assert_eq!((there.len(), &there), (count, &back));
        let once: BTreeSet<Uuid> = there.into_iter().collect();
        assert_eq!(once.len(), count);
    }
    // With a field beside them.
    let query = HistoryQuery {
        text: "many".into(),
        ..HistoryQuery::default()
    };
    let (there, _) = walk(&context, &query, &["churn".into()]).await;
    assert_eq!(
        there.len(),
        120 + all.values().filter(|known| known.field == "churn").count()
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn paging_has_no_gaps_and_no_doubles_while_others_write(pool: PgPool) {
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
        let fields = words(&before, &query.text);
        let wanted = expected(&past, &before, &query);
        let mut met = Vec::new();
        let mut list = page(&context, &query.to_url(), &fields).await;
        loop {
            met.extend(ids(&list));
            // At any time, also between the rows that were read and those that will be.
            past.write(15).await;
            let Some(address) = list.older.clone() else { break };
            list = page(&context, url(&address), &fields).await;
        }
        let once: BTreeSet<Uuid> = met.iter().copied().collect();
        assert_eq!(once.len(), met.len(), "a row came twice: {}", query.to_url());
        let old: Vec<Uuid> = met.into_iter().filter(|id| before.contains_key(id)).collect();
        assert_eq!(old, wanted, "{}", query.to_url());
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn hostile_text_is_data(pool: PgPool) {
    let past = Past::new(&pool, 5, 150, 6).await;
    let context = context(&pool);
    let list = page(&context, "", &[]).await;
    let values: BTreeSet<&str> = list
        .lines
        .iter()
        .filter_map(|line| line.change.after.as_deref())
        .collect();
    assert!(values.iter().any(|value| value.contains("<script>")) && values.iter().any(|value| value.contains("DROP")));
    assert!(list.people.iter().any(|person| person.name == HOSTILE[0]));
    for text in HOSTILE.iter().copied().chain(["\0", "%00", "'", "$1", "{}", "\\"]) {
        let query = HistoryQuery {
            text: text.into(),
            ..HistoryQuery::default()
        };
        page(&context, &query.to_url(), &[text.to_owned(), "churn\0".into()]).await;
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
        page(&context, nonsense, &[]).await;
    }
    let stranger = format!("?who={}&kind=user", Uuid::from_u128(1));
    let list = page(&context, &stranger, &[]).await;
    assert_eq!(list.ignored, [format!("who={}", Uuid::from_u128(1))]);
    assert_eq!((list.query.who, list.query.kind), (None, Some(Entity::User)));
    assert_eq!(all(&pool).await.len(), all(&past.pool).await.len());
}

/// Who, of what, what is known beside its name, whether it is live, and which field.
type Said = (String, Option<String>, Option<String>, bool, String);

#[sqlx::test(migrations = "../migrations")]
async fn a_line_names_what_was_changed(pool: PgPool) {
    let asha = user(&pool, "Asha Rao", "asha@example.in").await;
    let context = context(&pool);
    let stamp = |actor, source| Stamp {
        at: now(),
        actor,
        source,
    };
    let by_asha = stamp(Some(asha), Source::Page);
    let (kept, gone) = (Uuid::now_v7(), Uuid::now_v7());
    for (id, name) in [(kept, "Kept"), (gone, "Gone")] {
        let made = customers::create(
            &connections(&pool),
            &by_asha,
            id,
            &details(name, &format!("{name}@example.in")),
        )
        .await;
        made.expect("a database").expect("no refusal");
    }
    customers::delete(&connections(&pool), &by_asha, gone)
        .await
        .expect("a database")
        .expect("no refusal");
    let mut db = pool.acquire().await.expect("a connection");
    for (actor, source, entity, id) in [
        (None, Source::CommandLine, Entity::User, asha),
        (None, Source::Page, Entity::SessionRule, Uuid::from_u128(16)),
        (Some(Uuid::from_u128(3)), Source::Page, Entity::Lead, Uuid::from_u128(4)),
    ] {
        let event = Event {
            stamp: stamp(actor, source),
            entity,
            id,
            version: 2,
        };
        store::record(&mut db, &event, &[Change::word("role")])
            .await
            .expect("written");
    }
    let list = page(&context, "", &[]).await;
    let said: BTreeSet<Said> = list
        .lines
        .into_iter()
        .map(|line| {
            (
                line.actor.said().to_owned(),
                line.name,
                line.aside,
                line.live,
                line.change.field,
            )
        })
        .collect();
    let some = |text: &str| Some(text.to_owned());
    let line = |actor: &str, name, aside, live, field: &str| (actor.to_owned(), name, aside, live, field.to_owned());
    let expected = BTreeSet::from([
        line("Asha Rao", some("Kept"), some("LM-0000001"), true, "created"),
        line("Asha Rao", some("Gone"), some("LM-0000002"), false, "created"),
        line("Asha Rao", some("Gone"), some("LM-0000002"), false, "deleted"),
        line(
            "The command line",
            some("Asha Rao"),
            some("asha@example.in"),
            false,
            "role",
        ),
        line("Lastmile", None, None, false, "role"),
        line("Somebody who is gone", None, None, false, "role"),
    ]);
    assert_eq!(said, expected);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_customer_s_events_are_whole_and_the_last_comes_first(pool: PgPool) {
    let asha = user(&pool, "Asha Rao", "asha@example.in").await;
    let context = context(&pool);
    let stamp = |hours: i64, actor| Stamp {
        at: now() - TimeDelta::hours(hours),
        actor,
        source: Source::Page,
    };
    let id = Uuid::now_v7();
    let made = customers::create(
        &connections(&pool),
        &stamp(9, None),
        id,
        &details("Ravi", "ravi@example.in"),
    )
    .await;
    made.expect("a database").expect("no refusal");
    let mut other = common::valid_draft("Ravi", "ravi@example.in");
    other.set(Field::ChurnRisk, vec!["High".into()]);
    other.set(Field::City, vec!["Pune".into()]);
    let other = other.parse().expect("valid");
    let edited = customers::update(&connections(&pool), &stamp(2, Some(asha)), id, |_| {
        Ok::<_, customers::Refusal>(other.clone())
    })
    .await;
    edited.expect("a database").expect("no refusal");
    customers::delete(&connections(&pool), &stamp(1, Some(asha)), id)
        .await
        .expect("a database")
        .expect("no refusal");
    customers::restore(&connections(&pool), &stamp(0, Some(asha)), id)
        .await
        .expect("a database")
        .expect("no refusal");
    let history = service::of_customer(&context, id, None).await.expect("a history");
    assert_eq!((history.older, history.newest, history.now), (None, true, now()));
    let events: Vec<(i64, &str, Vec<&str>)> = history
        .events
        .iter()
        .map(|event| {
            let fields = event.changes.iter().map(|change| change.field.as_str()).collect();
            (event.version, event.actor.said(), fields)
        })
        .collect();
    assert_eq!(
        events,
        [
            (4, "Asha Rao", vec!["restored"]),
            (3, "Asha Rao", vec!["deleted"]),
            (2, "Asha Rao", vec!["city", "churn"]),
            (1, "Lastmile", vec!["created"]),
        ]
    );
    let risk = &history.events[2].changes[1];
    assert_eq!(
        (risk.before.as_deref(), risk.after.as_deref()),
        (Some("Low"), Some("High"))
    );
    assert_eq!(history.events[2].actor, Actor::Person("Asha Rao".into()));
}

#[sqlx::test(migrations = "../migrations")]
async fn older_events_follow_without_gaps_and_a_seeded_customer_has_none(pool: PgPool) {
    let context = context(&pool);
    let id = Uuid::now_v7();
    let mut db = pool.acquire().await.expect("a connection");
    let stamp = Stamp {
        at: now(),
        actor: None,
        source: Source::CommandLine,
    };
    // Versions may be missing: what was seeded begins without an event.
    let versions: Vec<i64> = (2..60).filter(|version| version % 7 != 0).collect();
    for version in &versions {
        let event = Event {
            stamp,
            entity: Entity::Customer,
            id,
            version: *version,
        };
        let changes = [
            Change::of("city", None, Some("Pune".into())),
            Change::of("nps", Some("1".into()), None),
        ];
        store::record(&mut db, &event, &changes).await.expect("written");
    }
    drop(db);
    let mut met = Vec::new();
    let mut older = None;
    loop {
        let history = service::of_customer(&context, id, older).await.expect("a history");
        assert!(
            history
                .events
                .iter()
                .all(|event| event.changes.len() == 2 && event.actor == Actor::CommandLine)
        );
        met.extend(history.events.iter().map(|event| event.version));
        older = history.older;
        if older.is_none() {
            break;
        }
        assert_eq!(history.events.len(), 20);
    }
    met.reverse();
    assert_eq!(met, versions);
    for older in [None, Some(5), Some(i64::MIN), Some(i64::MAX)] {
        let none = service::of_customer(&context, Uuid::from_u128(1), older)
            .await
            .expect("a history");
        assert!(none.events.is_empty() && none.older.is_none());
    }
    // What has the same id and is no customer is nobody's timeline.
    let mut db = pool.acquire().await.expect("a connection");
    let event = Event {
        stamp,
        entity: Entity::User,
        id: Uuid::from_u128(2),
        version: 2,
    };
    store::record(&mut db, &event, &[Change::word("password changed")])
        .await
        .expect("written");
    let none = service::of_customer(&context, Uuid::from_u128(2), None)
        .await
        .expect("a history");
    assert!(none.events.is_empty());
}
