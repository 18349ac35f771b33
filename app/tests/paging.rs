//! Paging: whoever walks a list, in any sort and filter, meets every row once and in order, also while others write.

mod common;

use std::collections::{BTreeSet, HashSet};

use app::base::keyset::{KeysetKey, SortValue};
use app::base::search::SearchTerms;
use app::base::units::{Kbps, Paise};
use app::billing::lists::{BILL_LIST, PAYMENT_LIST};
use app::customers::list;
use app::customers::search::search_text;
use app::customers::spec::SPEC;
use app::customers::spec::field;
use app::customers::store::Customer;
use app::history::registry::SUBJECTS;
use app::http::context::AppContext;
use app::list::cursor::Position;
use app::list::query::{ListQuery, PageSize};
use app::list::responses::ListPage;
use app::plans::model::PlanType;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::NaiveDate;
use common::{Random, account_number, context, get, populate, varied};
use sqlx::PgPool;
use uuid::Uuid;

/// What a customer is sorted by, said anew: texts by their lowercase, everything else by itself, ties by id.
fn key(customer: &Customer, sort: &str) -> (i64, String, Uuid) {
    let (data, derived) = (&customer.data, &customer.derived);
    let days = |date: NaiveDate| i64::from(chrono::Datelike::num_days_from_ce(&date));
    let amount = |field| Paise::parse(derived.value(field)).expect("an amount").0;
    let number = match sort {
        "name" => return (0, data.name.to_lowercase(), customer.id),
        "account" => account_number(customer).0,
        "plan" => PlanType::parse(derived.value(field::PLAN_TYPE)).expect("a type") as i64,
        "speed" => Kbps::parse(derived.value(field::SPEED)).expect("a speed").0.into(),
        "price" => amount(field::PRICE),
        "churn" => data.churn_risk as i64,
        "nps" => data.nps.into(),
        "outstanding" => amount(field::OUTSTANDING),
        "next_billing" => days(next_bill_on(customer)),
        "since" => days(data.customer_since),
        "lifetime_value" => amount(field::LIFETIME_VALUE),
        other => panic!("no customer is sorted by {other}"),
    };
    (number, String::new(), customer.id)
}

/// The day of the next bill. Who gets none stands behind all others.
fn next_bill_on(customer: &Customer) -> NaiveDate {
    match customer.derived.value(field::NEXT_BILLING_ON) {
        "" => NaiveDate::MAX,
        day => common::date(day),
    }
}

/// Whether a list shows a customer, whatever its page.
fn shows(query: &ListQuery, customer: &Customer) -> bool {
    let data = &customer.data;
    let words = [
        customer.derived.value(field::STATUS),
        data.churn_risk.as_str(),
        customer.derived.value(field::PLAN_TYPE),
    ];
    let text = search_text(account_number(customer), data);
    SearchTerms::parse(&query.search).matches(&text) && (0..3).all(|facet| query.leaves(facet, words[facet]))
}

/// The ids of a whole list, in order.
fn in_order(customers: &[Customer], query: &ListQuery) -> Vec<Uuid> {
    let mut found: Vec<&Customer> = customers.iter().filter(|customer| shows(query, customer)).collect();
    found.sort_by_key(|customer| key(customer, query.sort_spec().name));
    if query.descending {
        found.reverse();
    }
    found.iter().map(|customer| customer.id).collect()
}

fn ids(list: &ListPage) -> Vec<Uuid> {
    list.rows.iter().map(|row| row.id).collect()
}

fn total(list: &ListPage) -> u64 {
    list.totals.as_ref().expect("counted").total
}

async fn page(context: &AppContext, url: &str) -> ListPage {
    list::list(context, url, &[]).await.expect("a page")
}

/// Walks a list that nobody changes: forwards from the first page, backwards from the last.
async fn walk(context: &AppContext, customers: &[Customer], query: &ListQuery) {
    let expected = in_order(customers, query);
    let (total, size) = (expected.len(), query.size.rows());
    let mut seen = Vec::new();
    let mut last = None;
    let mut address = Some(query.to_url());
    while let Some(url) = address {
        let list = page(context, &url).await;
        assert_eq!(list.before as usize, seen.len(), "{url}");
        assert_eq!(self::total(&list) as usize, total, "{url}");
        assert_eq!(list.previous.is_some(), !seen.is_empty(), "{url}");
        assert_eq!(list.ignored, Vec::<String>::new(), "{url}");
        seen.extend(ids(&list));
        assert_eq!(list.next.is_some(), seen.len() < total, "{url}");
        assert_eq!(list.last.is_some(), list.next.is_some(), "{url}");
        assert!(list.next.is_none() || list.rows.len() == size, "a full page: {url}");
        last = list.last.or(last);
        address = list.next;
    }
    assert_eq!(seen, expected, "forwards: {}", query.to_url());

    let mut address = last.or_else(|| Some(query.to_url()));
    let mut met_backwards = Vec::new();
    while let Some(url) = address {
        let list = page(context, &url).await;
        let mut rows = ids(&list);
        assert_eq!(list.before as usize, total - met_backwards.len() - rows.len(), "{url}");
        assert_eq!(self::total(&list) as usize, total, "{url}");
        assert_eq!(list.next.is_some(), !met_backwards.is_empty(), "{url}");
        rows.reverse();
        met_backwards.extend(rows);
        assert_eq!(list.previous.is_some(), met_backwards.len() < total, "{url}");
        address = list.previous;
    }
    met_backwards.reverse();
    assert_eq!(met_backwards, expected, "backwards: {}", query.to_url());
}

/// The same list in an order.
fn ordered(query: &ListQuery, (sort, descending, size): Order) -> ListQuery {
    ListQuery {
        sort,
        descending,
        size,
        ..query.clone()
    }
}

type Order = (usize, bool, PageSize);

/// Every sort in both directions, with every size of a page.
fn all_orders() -> Vec<Order> {
    let mut orders = Vec::new();
    for sort in 0..SPEC.sorts.len() {
        for size in PageSize::ALL {
            orders.extend([(sort, false, *size), (sort, true, *size)]);
        }
    }
    orders
}

/// Every sort in both directions; the sizes take turns.
fn orders_with_sizes_in_turn() -> Vec<Order> {
    let orders = all_orders().into_iter().enumerate();
    let in_turn = orders.filter(|(n, _)| (n + n / 6) % 3 == 0);
    in_turn.map(|(_, order)| order).collect()
}

fn any_filter(random: &mut Random, customers: &[Customer]) -> ListQuery {
    let name = &random.pick(customers).data.name;
    let start: String = name.chars().take(1 + random.below(3)).collect();
    let mut query = ListQuery::new(&SPEC);
    if random.chance(50) {
        query.search = start.trim().to_owned();
    }
    for (place, facet) in SPEC.facets.iter().enumerate() {
        for value in random.some(facet.words(), 40) {
            query.set(place, value, true);
        }
    }
    query
}

#[sqlx::test(migrations = "../migrations")]
async fn every_row_appears_once_in_every_sort(pool: PgPool) {
    // A number that no size divides, and one that all divide.
    let mut customers = populate(&pool, 307, 11).await;
    let context = context(&pool);
    let plain = ListQuery::new(&SPEC);
    for order in orders_with_sizes_in_turn() {
        walk(&context, &customers, &ordered(&plain, order)).await;
    }
    for customer in customers.split_off(300) {
        common::delete(&context, customer.id).await;
    }
    for size in PageSize::ALL {
        let nps = SPEC.sort("nps").expect("a sort");
        walk(&context, &customers, &ordered(&plain, (nps, true, *size))).await;
    }
    for customer in customers.split_off(0) {
        common::delete(&context, customer.id).await;
    }
    walk(&context, &[], &ListQuery::new(&SPEC)).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn every_row_appears_once_under_any_filter(pool: PgPool) {
    let customers = populate(&pool, 500, 12).await;
    let context = context(&pool);
    let mut random = Random::new(13);
    for _ in 0..2 {
        for order in orders_with_sizes_in_turn() {
            let filter = any_filter(&mut random, &customers);
            walk(&context, &customers, &ordered(&filter, order)).await;
        }
    }
}

/// Somebody else at work: new customers come, some of the old ones go. Keeps what was touched.
struct Others {
    random: Random,
    made: usize,
    live: Vec<Uuid>,
    touched: HashSet<Uuid>,
}

impl Others {
    fn new(seed: u64, customers: &[Customer]) -> Self {
        Self {
            // Other numbers than those of the customers that were there before.
            random: Random::new(!seed),
            made: seed as usize * 1_000,
            live: customers.iter().map(|customer| customer.id).collect(),
            touched: HashSet::new(),
        }
    }

    async fn write(&mut self, pool: &PgPool, at_the_edges: &[Uuid]) {
        for _ in 0..self.random.below(6) {
            self.made += 1;
            let details = varied(&mut self.random, self.made);
            let customer = common::create_varied(pool, &common::audit(), self.random.id(), &details).await;
            self.touched.insert(customer.id);
            self.live.push(customer.id);
        }
        let mut going: Vec<Uuid> = (0..self.random.below(6))
            .map(|_| *self.random.pick(&self.live))
            .collect();
        // The very rows by which the next page is found.
        if self.random.chance(50) {
            going.extend(at_the_edges);
        }
        for id in going {
            // A row that went already is no matter.
            common::delete_if_live(pool, id).await;
            self.touched.insert(id);
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Next,
    Previous,
}

/// Walks a list while others write between its pages.
async fn walk_among_others(pool: &PgPool, customers: &[Customer], query: &ListQuery, direction: Direction, seed: u64) {
    let context = context(pool);
    let mut others = Others::new(seed, customers);
    let before = in_order(customers, query);
    let mut seen: Vec<Vec<Uuid>> = Vec::new();
    let mut address = Some(match direction {
        Direction::Next => query.to_url(),
        Direction::Previous => page(&context, &query.to_url())
            .await
            .last
            .unwrap_or_else(|| query.to_url()),
    });
    while let Some(url) = address {
        let list = page(&context, &url).await;
        let rows = ids(&list);
        let edges: Vec<Uuid> = rows.first().into_iter().chain(rows.last()).copied().collect();
        seen.push(rows);
        address = if direction == Direction::Next {
            list.next
        } else {
            list.previous
        };
        others.write(pool, &edges).await;
    }
    let untouched = |seen: &HashSet<Uuid>| before.iter().all(|id| seen.contains(id) || others.touched.contains(id));
    let mut once = HashSet::new();
    let pages = seen.len();
    for (number, rows) in seen.into_iter().enumerate() {
        let again = rows.iter().any(|id| once.contains(id));
        // Where all that stood behind a link has gone, it leads to the nearest page, which was seen: that ends the walk.
        let nearest = number + 1 == pages && untouched(&once);
        assert!(!again || nearest, "a row came twice: {}", query.to_url());
        once.extend(rows);
    }
    assert!(untouched(&once), "a row was never shown: {}", query.to_url());
}

async fn walk_all_among_others(pool: PgPool, direction: Direction, seed: u64) {
    let mut customers = populate(&pool, 200, seed).await;
    let mut random = Random::new(seed + 1);
    for (number, order) in orders_with_sizes_in_turn().into_iter().enumerate() {
        let filter = if random.chance(50) {
            ListQuery::new(&SPEC)
        } else {
            any_filter(&mut random, &customers)
        };
        let query = ordered(&filter, order);
        walk_among_others(&pool, &customers, &query, direction, seed + number as u64).await;
        // What is there now is where the next walk begins.
        customers = live(&pool).await;
    }
}

/// All live customers.
async fn live(pool: &PgPool) -> Vec<Customer> {
    let context = context(pool);
    let mut customers = Vec::new();
    let mut address = Some("?sort=account&size=100".to_owned());
    while let Some(url) = address {
        let list = page(&context, &url).await;
        for id in ids(&list) {
            customers.push(get(pool, id).await.expect("a customer"));
        }
        address = list.next;
    }
    customers
}

#[sqlx::test(migrations = "../migrations")]
async fn every_unchanged_row_appears_once_while_others_write(pool: PgPool) {
    walk_all_among_others(pool, Direction::Next, 1_000).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn every_unchanged_row_appears_once_backwards_while_others_write(pool: PgPool) {
    walk_all_among_others(pool, Direction::Previous, 2_000).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_page_that_does_not_exist_any_more_leads_to_the_nearest(pool: PgPool) {
    let customers = populate(&pool, 60, 21).await;
    let context = context(&pool);
    let query = ListQuery::new(&SPEC);
    let order = in_order(&customers, &query);
    let first = page(&context, "").await;
    let second = page(&context, first.next.as_deref().expect("a second page")).await;
    let third_url = second.next.clone().expect("a third page");
    let back_to_first = second.previous.clone().expect("a page before");

    // All of the third page goes: the second is the nearest.
    for id in &order[50..] {
        common::delete(&context, *id).await;
    }
    let nearest = page(&context, &third_url).await;
    assert_eq!(
        (ids(&nearest), nearest.before, total(&nearest)),
        (order[25..50].to_vec(), 25, 50)
    );
    assert!(nearest.next.is_none() && nearest.previous.is_some());

    // All before a page goes: what is left is the first page.
    for id in &order[..25] {
        common::delete(&context, *id).await;
    }
    let nearest = page(&context, &back_to_first).await;
    assert_eq!(
        (ids(&nearest), nearest.before, total(&nearest)),
        (order[25..50].to_vec(), 0, 25)
    );
    assert!(nearest.previous.is_none());

    // Everything goes.
    for id in &order[25..50] {
        common::delete(&context, *id).await;
    }
    for url in [&third_url, &back_to_first] {
        let empty = page(&context, url).await;
        assert_eq!((empty.rows.len(), empty.before, total(&empty)), (0, 0, 0));
        assert_eq!((empty.previous, empty.next, empty.last), (None, None, None));
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_cursor_of_another_list_is_ignored_and_reported(pool: PgPool) {
    let customers = populate(&pool, 60, 22).await;
    let context = context(&pool);
    let next = page(&context, "?sort=-nps").await.next.expect("a second page");
    let cursor = next.split_once("page=").expect("a cursor").1;
    let first = in_order(&customers, &ListQuery::parse(&SPEC, "?sort=nps").0);
    for url in [
        format!("?sort=nps&page={cursor}"),
        format!("?sort=nps&page={cursor}x"),
        "?sort=nps&page=".into(),
    ] {
        let list = page(&context, &url).await;
        assert_eq!((ids(&list), list.before), (first[..25].to_vec(), 0), "{url}");
        assert_eq!(list.ignored.len(), 1, "{url}");
    }
    let other_filter = page(&context, &format!("?sort=-nps&status=Active&page={cursor}")).await;
    assert_eq!(other_filter.ignored.len(), 1);
}

/// What a hand can put into a cursor. The list's own fingerprint is in it, so that it is not simply passed over.
fn odd_values() -> Vec<SortValue> {
    let mut values = vec![
        SortValue::Text(String::new()),
        SortValue::Text("\0".into()),
        SortValue::Text("\u{10ffff}".repeat(2_000)),
        SortValue::Text("'; DROP TABLE customers; --".into()),
        SortValue::Date(NaiveDate::MIN),
        SortValue::Date(NaiveDate::MAX),
        SortValue::Date(NaiveDate::default()),
        SortValue::Text("Medium".into()),
    ];
    values.extend([0, 1, -1, 32_768, -32_769, 2_147_483_648, i64::MAX, i64::MIN].map(SortValue::Number));
    values
}

#[sqlx::test(migrations = "../migrations")]
async fn any_cursor_is_answered_without_an_error(pool: PgPool) {
    populate(&pool, 60, 23).await;
    let context = context(&pool);
    for order in all_orders().into_iter().filter(|(_, _, size)| *size == PageSize::Small) {
        let query = ordered(&ListQuery::new(&SPEC), order);
        let by = query.sort_spec().name;
        for value in odd_values() {
            for (id, at) in [
                (Uuid::nil(), 0),
                (Uuid::max(), u64::MAX),
                (Uuid::max(), i64::MAX as u64),
            ] {
                let key = KeysetKey {
                    value: value.clone(),
                    id,
                };
                let positions = [Position::After { key: key.clone(), at }, Position::Before { key, at }];
                for position in positions {
                    let url = query.at(position).to_url();
                    let list = page(&context, &url).await;
                    assert_eq!(total(&list), 60, "{by} {value:?} {at}");
                    assert!(!list.rows.is_empty(), "{by} {value:?} {at}");
                    assert!(
                        list.before + list.rows.len() as u64 <= total(&list),
                        "{by} {value:?} {at}"
                    );
                }
            }
        }
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn any_query_string_is_answered_without_an_error(pool: PgPool) {
    populate(&pool, 30, 24).await;
    let context = context(&pool);
    let mut random = Random::new(25);
    let json = |random: &mut Random| {
        let part = *random.pick(&[
            r#"{"p":"l","l":0}"#,
            r#"{"p":{"a":{"p":{"v":{"n":1},"i":"x"},"n":-1}},"l":1}"#,
            r#"{"p":{"b":{"p":{"v":{"t":"x"},"i":"00000000-0000-0000-0000-000000000000"},"n":1e99}},"l":1}"#,
            r#"{"p":{"a":{"p":{"v":{"d":"9999999-99-99"},"i":"00000000-0000-0000-0000-000000000000"},"n":0}},"l":99999999999}"#,
            "[[[[[[[[[[", "null", "\"\"", "{}", "0",
        ]);
        URL_SAFE_NO_PAD.encode(part)
    };
    for _ in 0..300 {
        let bytes: Vec<u8> = (0..random.below(60)).map(|_| random.number() as u8).collect();
        let page_text = match random.below(3) {
            0 => json(&mut random),
            1 => URL_SAFE_NO_PAD.encode(&bytes),
            _ => String::from_utf8_lossy(&bytes).into_owned(),
        };
        let key = *random.pick(&[
            "page", "q", "status", "sort", "size", "churn", "plan", "undo", "from", "x", "",
        ]);
        let url = form_urlencoded::Serializer::new("?".to_owned())
            .append_pair(key, &page_text)
            .append_pair("page", &page_text)
            .finish();
        let list = page(&context, &url).await;
        assert!(total(&list) <= 30, "{url}");
    }
    for url in [
        "?",
        "??",
        "&&&",
        "?q",
        "?=",
        "?q=%ff%fe%00",
        "?page=%",
        "?sort=-",
        "?sort=--nps",
        "?size=-1",
        "?q=%00",
    ] {
        page(&context, url).await;
    }
    let seen: BTreeSet<u64> = [total(&page(&context, "?size=50&page=zzz").await)].into();
    assert_eq!(seen, BTreeSet::from([30]));
}

/// A page is read in order from an index, whose second column is the id.
#[sqlx::test(migrations = "../migrations")]
async fn every_indexed_sort_has_its_index(pool: PgPool) {
    let subjects = SUBJECTS.iter().copied().chain([BILL_LIST.spec, PAYMENT_LIST.spec]);
    let sorts = subjects.flat_map(|spec| spec.sorts.iter().map(move |sort| (spec.table, sort)));
    let mut indexed = 0;
    for (table, sort) in sorts.filter(|(_, sort)| sort.indexed) {
        let has_index: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM pg_indexes WHERE tablename = $1 AND indexdef LIKE '%(' || $2 || ', id)%')",
        )
        .bind(table)
        .bind(sort.column)
        .fetch_one(&pool)
        .await
        .expect("a database");
        assert!(has_index, "{table} by {}", sort.column);
        indexed += 1;
    }
    assert!(indexed > 10, "{indexed}");
}
