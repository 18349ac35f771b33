//! The filter as the database answers it, against the same filter over all customers in plain Rust: the same rows, total,
//! counts behind the choices and figures, for more than a thousand filters.

mod common;

use std::collections::{BTreeSet, HashMap};

use app::base::search::SearchTerms;
use app::base::text::tidy_search;
use app::base::units::Paise;
use app::customers::list;
use app::customers::model::{ChurnRisk, Status};
use app::customers::search::search_text;
use app::customers::spec::{SPEC, facet, field};
use app::customers::store::Customer;
use app::http::context::AppContext;
use app::list::query::{ListQuery, PageSize};
use app::plans::model::PlanType;
use common::{Random, account_number, context, populate};
use sqlx::PgPool;
use uuid::Uuid;

/// The texts of a customer that a search looks in, as they are stored and shown.
fn shown(customer: &Customer) -> Vec<String> {
    let data = &customer.data;
    vec![
        data.name.clone(),
        data.email.as_str().to_owned(),
        data.city.clone(),
        data.phone.as_str().to_owned(),
        data.phone.to_string(),
        data.phone.national().to_owned(),
        customer.reference.clone(),
        account_number(customer).0.to_string(),
    ]
}

/// The same, and a telephone number as people write it.
fn texts(customer: &Customer) -> Vec<String> {
    let (area, rest) = customer.data.phone.national().split_at(5);
    let mut texts = shown(customer);
    texts.extend_from_within(..2);
    texts.extend([
        format!("0{area}-{rest}"),
        format!("({area}) {rest}"),
        format!("0091 {area}.{rest}"),
    ]);
    texts
}

/// A customer with the text that is searched.
struct SearchedCustomer {
    customer: Customer,
    text: String,
    /// What the customer pays for all services in a month, in paise.
    monthly: i64,
}

async fn searched(pool: &PgPool, customers: Vec<Customer>) -> Vec<SearchedCustomer> {
    let services: Vec<(Uuid, i64)> =
        sqlx::query_as("SELECT customer_id, price_paise FROM services WHERE status = 'Active'")
            .fetch_all(pool)
            .await
            .expect("services");
    let mut monthly: HashMap<Uuid, i64> = HashMap::new();
    for (customer, price) in services {
        *monthly.entry(customer).or_default() += price;
    }
    let searched = |customer: Customer| SearchedCustomer {
        text: search_text(account_number(&customer), &customer.data),
        monthly: monthly.get(&customer.id).copied().unwrap_or_default(),
        customer,
    };
    customers.into_iter().map(searched).collect()
}

/// Gives many of those who have an active service a second one. It is cheaper, so that they are shown by the first.
async fn add_second_services(pool: &PgPool) {
    sqlx::query(
        "INSERT INTO services (id, customer_id, plan_id, status, price_paise, starts_on, anchor_day, created_at, updated_at)
         SELECT gen_random_uuid(), customer_id, plan_id, 'Active', 19900, starts_on, anchor_day, now(), now()
         FROM services WHERE status = 'Active' AND price_paise > 100000",
    )
    .execute(pool)
    .await
    .expect("services");
}

fn part_of(random: &mut Random, text: &str, most: usize) -> String {
    let characters: Vec<char> = text.chars().collect();
    let length = 1 + random.below(characters.len().min(most));
    let start = random.below(characters.len() - length + 1);
    characters[start..start + length].iter().collect()
}

fn other_case(random: &mut Random, text: String) -> String {
    match random.below(3) {
        0 => text.to_uppercase(),
        1 => text.to_lowercase(),
        _ => text,
    }
}

fn any_text(random: &mut Random, customers: &[SearchedCustomer]) -> String {
    let texts = texts(&random.pick(customers).customer);
    random.pick(&texts).clone()
}

/// A search: mostly made of what customers are called, sometimes of what nobody is.
fn any_search(random: &mut Random, customers: &[SearchedCustomer]) -> String {
    const ODD: &[&str] = &[
        "%",
        "_",
        "%%",
        "__%",
        "\\",
        "\\%",
        "a%a",
        "100%",
        "'",
        "''",
        "\"",
        "--",
        "'; DROP TABLE customers; --",
        "LM-",
        "lm-1",
        "lm-42",
        "LM-000",
        "+",
        "()",
        "0",
        "00",
        "+91",
        "zzz",
        "प",
        "राव",
        "\u{915}\u{93c}ा",
        "ß",
        "SS",
        "ω",
        ".",
        "@",
        "@e",
        "\u{200d}",
        "🙂",
        "a b c d e f",
        "NULL",
        "42",
        "9 8 4",
    ];
    let random_text = any_text(random, customers);
    let search = match random.below(10) {
        0 => String::new(),
        1 => (*random.pick(ODD)).to_owned(),
        2 => {
            let digits = random.number().to_string();
            part_of(random, &digits, 6)
        }
        3 => part_of(random, &random_text, 2),
        4 | 5 => {
            // Words of one customer, or of two that may have nothing in common.
            let other = any_text(random, customers);
            format!("{}  {}", part_of(random, &random_text, 6), part_of(random, &other, 4))
        }
        6 => random_text,
        _ => part_of(random, &random_text, 8),
    };
    tidy_search(&other_case(random, search))
}

fn finds(text: &str, search: &str) -> bool {
    SearchTerms::parse(search).matches(text)
}

/// A list with a search and some values of each facet.
fn query(search: &str, statuses: &[Status], churn_risks: &[ChurnRisk], plan_types: &[PlanType]) -> ListQuery {
    let mut query = ListQuery::new(&SPEC);
    query.search = search.to_owned();
    query.size = PageSize::Large;
    for (place, words) in [
        (
            facet::STATUS,
            statuses.iter().map(|word| word.as_str()).collect::<Vec<_>>(),
        ),
        (
            facet::CHURN_RISK,
            churn_risks.iter().map(|word| word.as_str()).collect(),
        ),
        (facet::PLAN_TYPE, plan_types.iter().map(|word| word.as_str()).collect()),
    ] {
        for word in words {
            assert!(query.set(place, word, true), "{word}");
        }
    }
    query
}

fn any_query(random: &mut Random, customers: &[SearchedCustomer]) -> ListQuery {
    let search = any_search(random, customers);
    let percent = *random.pick(&[0, 0, 40, 70, 100]);
    query(
        &search,
        &random.some(Status::ALL, percent),
        &random.some(ChurnRisk::ALL, percent),
        &random.some(PlanType::ALL, percent),
    )
}

/// A customer's word in each facet.
fn words(customer: &Customer) -> [&str; 3] {
    [
        customer.derived.value(field::STATUS),
        customer.data.churn_risk.as_str(),
        customer.derived.value(field::PLAN_TYPE),
    ]
}

/// What the list must give, counted one by one.
struct Expected {
    ids: BTreeSet<Uuid>,
    facets: Vec<Vec<u64>>,
    /// Monthly revenue, revenue at risk, outstanding: in paise; then the customers at risk and the debtors.
    sums: [i64; 5],
}

fn expected(customers: &[SearchedCustomer], query: &ListQuery) -> Expected {
    let found: Vec<&SearchedCustomer> = customers
        .iter()
        .filter(|customer| finds(&customer.text, &query.search))
        .collect();
    let mut ids = BTreeSet::new();
    let mut sums = [0; 5];
    for SearchedCustomer { customer, monthly, .. } in &found {
        let words = words(customer);
        if !(0..3).all(|place| query.leaves(place, words[place])) {
            continue;
        }
        ids.insert(customer.id);
        let owed = Paise::parse(customer.derived.value(field::OUTSTANDING))
            .expect("an amount")
            .0;
        // One customer's credit pays no other's bill.
        sums[2] += owed.max(0);
        sums[4] += i64::from(owed > 0);
        if words[0] == "Active" {
            sums[0] += *monthly;
            if words[1] != "Low" {
                sums[1] += *monthly;
                sums[3] += 1;
            }
        }
    }
    let count = |place: usize, value: &str| {
        let others = |words: [&str; 3]| (0..3).all(|other| other == place || query.leaves(other, words[other]));
        let shows = |searched: &&&SearchedCustomer| {
            let words = words(&searched.customer);
            words[place] == value && others(words)
        };
        found.iter().filter(shows).count() as u64
    };
    let facets = SPEC.facets.iter().enumerate();
    Expected {
        facets: facets
            .map(|(place, facet)| facet.words().iter().map(|value| count(place, value)).collect())
            .collect(),
        ids,
        sums,
    }
}

/// Asks for a list by its address, all pages of it, and holds the answers against what they must be.
async fn check(context: &AppContext, customers: &[SearchedCustomer], query: &ListQuery) -> usize {
    let expected = expected(customers, query);
    let mut ids = BTreeSet::new();
    let first = query.to_url();
    let mut address = Some(first.clone());
    while let Some(url) = address {
        let list = list::list(context, &url, &[]).await.expect("a list");
        assert!(list.query(&SPEC).has_filter_of(query), "the address says the filter");
        assert_eq!(list.ignored, Vec::<String>::new(), "{first}");
        let totals = list.totals.expect("counted");
        assert_eq!(totals.total, expected.ids.len() as u64, "the total of {first}");
        assert_eq!(totals.facets, expected.facets, "the facets of {first}");
        let amounts: Vec<i64> = totals.metrics.iter().map(|metric| metric.amount.0).collect();
        assert_eq!(amounts, expected.sums[..3], "the sums of {first}");
        let counts: Vec<String> = totals.metrics.iter().filter_map(|metric| metric.note.clone()).collect();
        let [at_risk, debtors] = [expected.sums[3], expected.sums[4]];
        assert_eq!(
            counts,
            [
                format!("{at_risk} active at medium or high risk"),
                if debtors == 1 {
                    "1 customer owes".into()
                } else {
                    format!("{debtors} customers owe")
                },
            ],
            "{first}"
        );
        for row in list.rows {
            assert!(ids.insert(row.id), "{} twice in {first}", row.title);
        }
        address = list.next;
    }
    assert_eq!(ids, expected.ids, "{first}");
    ids.len()
}

/// Random filters of one seed over 500 customers, of which some are deleted: those are in no answer.
async fn check_many(pool: PgPool, seed: u64, filters: usize) {
    let mut customers = populate(&pool, 520, seed).await;
    add_second_services(&pool).await;
    let context = context(&pool);
    for customer in customers.split_off(500) {
        common::delete(&context, customer.id).await;
    }
    let customers = searched(&pool, customers).await;
    let mut random = Random::new(seed + 100);
    let (mut empty, mut full) = (0, 0);
    for _ in 0..filters {
        let query = any_query(&mut random, &customers);
        match check(&context, &customers, &query).await {
            0 => empty += 1,
            _ => full += 1,
        }
    }
    // The test itself: it asks for what is there and for what is not.
    assert!(
        full > filters / 4 && empty > filters / 20,
        "{full} found, {empty} empty"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn filters_agree_with_counting_row_by_row(pool: PgPool) {
    check_many(pool, 1, 400).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn filters_agree_with_counting_row_by_row_second_data_set(pool: PgPool) {
    check_many(pool, 2, 400).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn filters_agree_with_counting_row_by_row_third_data_set(pool: PgPool) {
    check_many(pool, 3, 400).await;
}

/// What people type, paste and dictate, as the database answers it.
#[sqlx::test(migrations = "../migrations")]
async fn a_search_finds_what_people_take_for_the_same(pool: PgPool) {
    let context = context(&pool);
    let mut people = Vec::new();
    for (name, email, phone) in [
        ("Asha Rao", "asha@example.in", "98450 12345"),
        ("José Álvares", "jose@example.in", "98450 11111"),
        ("Agnes D’Souza", "agnes@example.in", "98450 22222"),
        ("Brian D'Souza", "brian@हिन्दी.भारत", "98450 33333"),
        ("प्रिया देशमुख", "priya@example.in", "98450 44444"),
        ("Éclair Dsilva", "eclair@example.in", "98450 55555"),
        ("Łukasz “Luke” Sørensen", "lukasz@example.in", "98450 66666"),
    ] {
        let mut draft = common::valid_draft(name, email);
        draft.put(app::customers::spec::field::PHONE, phone);
        let made = common::create(&pool, Uuid::now_v7(), &common::data_of(&draft)).await;
        people.push((name, made));
    }
    let asha = people[0].1.reference.to_lowercase();
    let number = asha.trim_start_matches("lm-").trim_start_matches('0').to_owned();
    let [lm, spaced] = [format!("lm{number}"), format!("LM {number}")];
    for (searches, expected) in [
        (
            vec![
                "\"asha rao\"",
                "Rao, Asha",
                "asha rao,",
                "“Asha Rao”",
                "ASHA\u{200b} RAO",
                "asha\u{a0}rao",
                "Asha Rao.",
                "(asha rao)",
                "'asha rao'",
                "98450 12345",
                "+91 (0) 98450 12345",
                "tel:+919845012345",
                "98450\u{2011}12345",
                "\u{202a}98450 12345\u{202c}",
                "९८४५०१२३४५",
                "asha@example.in",
                "asha\u{200b}@example.in",
                &lm,
                &spaced,
                &asha,
            ],
            vec!["Asha Rao"],
        ),
        (
            vec!["jose", "JOSÉ", "Jose\u{301}", "alvares", "álvares josé"],
            vec!["José Álvares"],
        ),
        (
            vec!["D'Souza", "d’souza", "D`Souza,", "souza"],
            vec!["Agnes D’Souza", "Brian D'Souza"],
        ),
        (vec!["हिन्दी", "brian@हिन्दी.भारत"], vec!["Brian D'Souza"]),
        (vec!["प्रिया", "प्रि\u{200d}या", "देशमुख, प्रिया"], vec!["प्रिया देशमुख"]),
        (
            vec!["lukasz", "Łukasz Sørensen", "luke sorensen", "\"Luke\""],
            vec!["Łukasz “Luke” Sørensen"],
        ),
        (vec!["परिया", "98450 12346", "asha jose", "lm 999999"], vec![]),
    ] {
        for search in searches {
            let list = list::list(&context, &query(&tidy_search(search), &[], &[], &[]).to_url(), &[])
                .await
                .expect("a list");
            let found: Vec<&str> = list.rows.iter().map(|row| row.title.as_str()).collect();
            assert_eq!(found, expected, "{search}");
        }
    }
    // É stands beside E.
    let all = list::list(&context, "", &[]).await.expect("a list");
    let names: Vec<&str> = all.rows.iter().map(|row| row.title.as_str()).collect();
    assert_eq!(
        names,
        [
            "Agnes D’Souza",
            "Asha Rao",
            "Brian D'Souza",
            "Éclair Dsilva",
            "José Álvares",
            "Łukasz “Luke” Sørensen",
            "प्रिया देशमुख"
        ]
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn every_combination_of_facet_values_is_counted(pool: PgPool) {
    let customers = searched(&pool, populate(&pool, 120, 4).await).await;
    let context = context(&pool);
    let subset = |bits: usize, all: usize| (0..all).filter(move |index| bits >> index & 1 == 1);
    for bits in 0..1 << 10 {
        // A part of them, spread evenly: every subset of each filter is there.
        if bits % 7 != 0 {
            continue;
        }
        let statuses: Vec<Status> = subset(bits, 4).map(|index| Status::ALL[index]).collect();
        let churn_risks: Vec<ChurnRisk> = subset(bits >> 4, 3).map(|index| ChurnRisk::ALL[index]).collect();
        let plan_types: Vec<PlanType> = subset(bits >> 7, 3).map(|index| PlanType::ALL[index]).collect();
        let query = query("", &statuses, &churn_risks, &plan_types);
        check(&context, &customers, &query).await;
    }
}

/// Whether a part is found anywhere: three characters, or three digits where it is a part of a number.
fn is_long(part: &str) -> bool {
    let counts: fn(char) -> bool = if part.contains(char::is_alphabetic) {
        |_| true
    } else {
        |c| c.is_ascii_digit()
    };
    part.chars().filter(|c| counts(*c)).count() >= 3
}

/// The meaning of a search itself, from the words of its promise and not from its code: every part of three characters or
/// more of a name, an email, a phone, an account number or a city finds its customer, in any case.
#[sqlx::test(migrations = "../migrations")]
async fn any_part_of_a_customers_texts_finds_the_customer(pool: PgPool) {
    let customers = searched(&pool, populate(&pool, 500, 5).await).await;
    let mut random = Random::new(6);
    for SearchedCustomer { customer, text, .. } in &customers {
        for shown in shown(customer) {
            // What a change of case makes another text stays out: ß is SS in capitals.
            let words = shown.split_whitespace().filter(|word| !word.contains('ß'));
            for word in words.filter(|word| is_long(word)) {
                let part = loop {
                    let part = part_of(&mut random, word, 9);
                    if is_long(&part) {
                        break part;
                    }
                };
                let search = tidy_search(&other_case(&mut random, part));
                assert!(finds(text, &search), "{search:?} of {shown:?} in {text:?}");
            }
        }
    }
}

/// One or two characters find the beginnings of words, and the page says so.
#[sqlx::test(migrations = "../migrations")]
async fn one_or_two_characters_match_the_beginnings_of_words(pool: PgPool) {
    let customers = searched(&pool, populate(&pool, 300, 7).await).await;
    for SearchedCustomer { customer, text, .. } in &customers {
        let data = &customer.data;
        for shown in [
            data.name.as_str(),
            data.email.as_str(),
            data.city.as_str(),
            data.phone.national(),
        ] {
            for word in shown.split_whitespace() {
                for length in [1, 2] {
                    let search: String = word.chars().take(length).collect();
                    assert!(SearchTerms::parse(&search).has_short_word(), "{search:?}");
                    assert!(finds(text, &search), "{search:?} of {shown:?} in {text:?}");
                }
            }
        }
    }
}
