//! The filter as the database answers it, against the same filter over all customers in plain Rust: the same rows, total,
//! counts behind the choices and figures, for more than a thousand filters.

mod common;

use std::collections::BTreeSet;

use app::context::AppContext;
use app::customers::model::{ChurnRisk, Customer, PlanType, Status};
use app::customers::query::{CustomerQuery, Filter, PageSize};
use app::customers::search::{finds, has_short_word, search_text};
use app::customers::service;
use app::customers::view::{Choices, Figures};
use app::text::tidy_search;
use app::units::Paise;
use common::{Random, context, populate};
use sqlx::PgPool;
use uuid::Uuid;

/// The texts of a customer that a search looks in, as they are stored and shown.
fn shown(customer: &Customer) -> Vec<String> {
    let contact = &customer.details.contact;
    vec![
        contact.name.clone(),
        contact.email.as_str().to_owned(),
        contact.city.clone(),
        contact.phone.as_str().to_owned(),
        contact.phone.to_string(),
        contact.phone.national().to_owned(),
        customer.account_number.to_string(),
        customer.account_number.0.to_string(),
    ]
}

/// The same, and a telephone number as people write it.
fn texts(customer: &Customer) -> Vec<String> {
    let (area, rest) = customer.details.contact.phone.national().split_at(5);
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
struct Known {
    customer: Customer,
    text: String,
}

fn known(customers: Vec<Customer>) -> Vec<Known> {
    let known = |customer: Customer| Known {
        text: search_text(customer.account_number, &customer.details.contact),
        customer,
    };
    customers.into_iter().map(known).collect()
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

fn any_text(random: &mut Random, customers: &[Known]) -> String {
    let texts = texts(&random.pick(customers).customer);
    random.pick(&texts).clone()
}

/// A search: mostly made of what customers are called, sometimes of what nobody is.
fn any_search(random: &mut Random, customers: &[Known]) -> String {
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

fn any_filter(random: &mut Random, customers: &[Known]) -> Filter {
    let search = any_search(random, customers);
    let percent = *random.pick(&[0, 0, 40, 70, 100]);
    Filter {
        search,
        statuses: random.some(Status::ALL, percent).into_iter().collect(),
        churn_risks: random.some(ChurnRisk::ALL, percent).into_iter().collect(),
        plan_types: random.some(PlanType::ALL, percent).into_iter().collect(),
    }
}

fn on<T: Ord>(chosen: &BTreeSet<T>, value: T) -> bool {
    chosen.is_empty() || chosen.contains(&value)
}

/// What the filter must give, counted one by one.
struct Expected {
    ids: BTreeSet<Uuid>,
    choices: Choices,
    figures: Figures,
}

fn expected(customers: &[Known], filter: &Filter) -> Expected {
    let found: Vec<&Customer> = customers
        .iter()
        .filter(|known| finds(&known.text, &filter.search))
        .map(|known| &known.customer)
        .collect();
    let status = |customer: &Customer| customer.details.standing.status();
    let risk = |customer: &Customer| customer.details.relationship.churn_risk;
    let plan = |customer: &Customer| customer.details.plan.plan_type;
    let count = |matches: &dyn Fn(&Customer) -> bool| found.iter().filter(|customer| matches(customer)).count() as u64;
    let mut figures = Figures::default();
    let mut ids = BTreeSet::new();
    for customer in &found {
        let kept = on(&filter.statuses, status(customer))
            && on(&filter.churn_risks, risk(customer))
            && on(&filter.plan_types, plan(customer));
        if !kept {
            continue;
        }
        ids.insert(customer.id);
        let (price, owed) = (customer.details.plan.price, customer.details.billing.outstanding);
        figures.outstanding = Paise(figures.outstanding.0 + owed.0);
        figures.debtors += u64::from(owed.0 > 0);
        if status(customer) == Status::Active {
            figures.monthly_revenue = Paise(figures.monthly_revenue.0 + price.0);
            if risk(customer) != ChurnRisk::Low {
                figures.revenue_at_risk = Paise(figures.revenue_at_risk.0 + price.0);
                figures.customers_at_risk += 1;
            }
        }
    }
    let statuses = Status::ALL.iter().map(|choice| {
        let behind = |customer: &Customer| {
            status(customer) == *choice
                && on(&filter.churn_risks, risk(customer))
                && on(&filter.plan_types, plan(customer))
        };
        (*choice, count(&behind))
    });
    let churn_risks = ChurnRisk::ALL.iter().map(|choice| {
        let behind = |customer: &Customer| {
            risk(customer) == *choice
                && on(&filter.statuses, status(customer))
                && on(&filter.plan_types, plan(customer))
        };
        (*choice, count(&behind))
    });
    let plan_types = PlanType::ALL.iter().map(|choice| {
        let behind = |customer: &Customer| {
            plan(customer) == *choice
                && on(&filter.statuses, status(customer))
                && on(&filter.churn_risks, risk(customer))
        };
        (*choice, count(&behind))
    });
    Expected {
        choices: Choices {
            statuses: statuses.collect(),
            churn_risks: churn_risks.collect(),
            plan_types: plan_types.collect(),
        },
        ids,
        figures,
    }
}

/// Asks for a filter by its address, all pages of it, and holds the answers against what they must be.
async fn check(context: &AppContext, customers: &[Known], filter: &Filter) -> usize {
    let expected = expected(customers, filter);
    let query = CustomerQuery {
        filter: filter.clone(),
        size: PageSize::Large,
        ..CustomerQuery::default()
    };
    let mut ids = BTreeSet::new();
    let mut address = Some(query.to_url());
    while let Some(url) = address {
        let list = service::list(context, &url, vec![]).await.expect("a list");
        assert_eq!(list.query.filter, *filter, "the address says the filter");
        assert_eq!(list.ignored, Vec::<String>::new(), "{filter:?}");
        let numbers = list.numbers.expect("counted");
        assert_eq!(numbers.total, expected.ids.len() as u64, "the total of {filter:?}");
        assert_eq!(numbers.choices, expected.choices, "the choices of {filter:?}");
        assert_eq!(numbers.figures, expected.figures, "the figures of {filter:?}");
        for row in list.rows {
            assert!(ids.insert(row.customer.id), "{} twice in {filter:?}", row.customer.name);
        }
        address = list.next;
    }
    assert_eq!(ids, expected.ids, "{filter:?}");
    ids.len()
}

/// Random filters of one seed over 500 customers, of which some are deleted: those are in no answer.
async fn check_many(pool: PgPool, seed: u64, filters: usize) {
    let mut customers = populate(&pool, 520, seed).await;
    let context = context(&pool);
    for customer in customers.split_off(500) {
        service::delete(&context, customer.id).await.expect("a deletion");
    }
    let customers = known(customers);
    let mut random = Random::new(seed + 100);
    let (mut empty, mut full) = (0, 0);
    for _ in 0..filters {
        let filter = any_filter(&mut random, &customers);
        match check(&context, &customers, &filter).await {
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
async fn a_filter_gives_what_counting_one_by_one_gives(pool: PgPool) {
    check_many(pool, 1, 400).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_filter_over_other_customers_does_too(pool: PgPool) {
    check_many(pool, 2, 400).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_filter_over_yet_others_does_too(pool: PgPool) {
    check_many(pool, 3, 400).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn every_combination_of_choices_is_counted(pool: PgPool) {
    let customers = known(populate(&pool, 120, 4).await);
    let context = context(&pool);
    let subset = |bits: usize, all: usize| (0..all).filter(move |index| bits >> index & 1 == 1);
    for bits in 0..1 << 10 {
        // A part of them, spread evenly: every subset of each filter is there.
        if bits % 7 != 0 {
            continue;
        }
        let filter = Filter {
            search: String::new(),
            statuses: subset(bits, 4).map(|index| Status::ALL[index]).collect(),
            churn_risks: subset(bits >> 4, 3).map(|index| ChurnRisk::ALL[index]).collect(),
            plan_types: subset(bits >> 7, 3).map(|index| PlanType::ALL[index]).collect(),
        };
        check(&context, &customers, &filter).await;
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
    let customers = known(populate(&pool, 500, 5).await);
    let mut random = Random::new(6);
    for Known { customer, text } in &customers {
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
async fn the_first_characters_of_a_word_find_the_customer(pool: PgPool) {
    let customers = known(populate(&pool, 300, 7).await);
    for Known { customer, text } in &customers {
        let contact = &customer.details.contact;
        for shown in [
            contact.name.as_str(),
            contact.email.as_str(),
            contact.city.as_str(),
            contact.phone.national(),
        ] {
            for word in shown.split_whitespace() {
                for length in [1, 2] {
                    let search: String = word.chars().take(length).collect();
                    assert!(has_short_word(&search), "{search:?}");
                    assert!(finds(text, &search), "{search:?} of {shown:?} in {text:?}");
                }
            }
        }
    }
}
