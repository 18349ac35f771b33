//! The generated customers look like those of a provider.

use app::base::time::ist_date;
use app::customers::codec::Customers as CustomerRecords;
use app::customers::model::{ChurnRisk, Status};
use app::leads::codec::{LeadData, Leads as LeadRecords};
use app::leads::model::{LeadSource, Stage};
use app::plans::codec::Plans;
use app::plans::model::PlanType;
use app::record::codec::RecordCodec as _;
use app::served_pin_codes::codec::ServedPinCodes;
use app::services::model::{EventCause, EventKind, ServiceState, ServiceStatus};
use chrono::{DateTime, Duration, Utc};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

use super::catalogue::{catalogue, weight};
use super::cities::CityTable;
use super::copy;
use super::customers::{Customers, Row};
use super::leads::{Leads, Surroundings};
use super::plans::{Plan, PlanChoice};
use super::served_pin_codes::served_pin_codes;
use super::services::services;

fn now() -> DateTime<Utc> {
    "2026-11-23T06:00:00Z".parse().expect("an instant")
}

/// The catalogue as customers have it.
fn plans() -> PlanChoice {
    let plans = catalogue().zip(1..).map(|(data, number)| Plan {
        id: Uuid::from_u128(number),
        plan_type: data.plan_type,
        speed: data.download,
        price: data.price,
        billing_cycle: data.billing_cycle,
        ott_apps: data.ott_apps,
        live_channels: data.live_channels,
        weight: weight(data.code.as_str()),
    });
    PlanChoice(plans.collect())
}

fn rows(rng_seed: u64, count: u64) -> Vec<Row> {
    Customers::new(rng_seed, count, plans(), now()).collect()
}

fn leads(rng_seed: u64, count: u64, now: DateTime<Utc>) -> Leads {
    let surroundings = Surroundings {
        owners: (1..5).map(Uuid::from_u128).collect(),
        customers: 300,
        new_customers: Vec::new(),
        plans: plans(),
    };
    Leads::new(rng_seed, count, surroundings, now)
}

fn text(rng_seed: u64, now: DateTime<Utc>) -> String {
    let mut out = String::new();
    for row in Customers::new(rng_seed, 300, plans(), now) {
        copy::customer(&mut out, &row);
        for service in services(rng_seed, &row, &plans(), ist_date(now)) {
            copy::service(&mut out, &service);
            service.events.iter().for_each(|event| copy::event(&mut out, event));
        }
    }
    leads(rng_seed, 50, now).for_each(|lead| copy::lead(&mut out, &lead));
    out
}

/// The share of the rows for which this holds.
fn share(rows: &[Row], holds: impl Fn(&Row) -> bool) -> f64 {
    rows.iter().filter(|row| holds(row)).count() as f64 / rows.len() as f64
}

fn assert_about(what: &str, share: f64, least: f64, most: f64) {
    assert!(
        (least..=most).contains(&share),
        "{what}: {share:.3} is not {least} to {most}"
    );
}

#[test]
fn the_same_seed_number_gives_the_same_rows_at_any_hour() {
    assert!(text(1, now()) == text(1, now() + Duration::hours(11)));
    assert!(text(1, now()) != text(2, now()));
    assert!(text(1, now()) != text(1, now() + Duration::days(1)));
}

#[test]
fn every_customer_passes_the_form() {
    for seed in [1, 2] {
        for row in rows(seed, 2_000) {
            assert_eq!(
                CustomerRecords::parse(&CustomerRecords::draft(&row.data)).as_ref(),
                Ok(&row.data)
            );
        }
    }
}

#[test]
fn every_lead_passes_the_form_and_the_leads_are_spread() {
    let rows: Vec<_> = leads(1, 2_000, now()).collect();
    let count = |holds: &dyn Fn(&LeadData) -> bool| rows.iter().filter(|row| holds(&row.data)).count();
    for row in &rows {
        assert_eq!(
            LeadRecords::parse(&LeadRecords::draft(&row.data)).as_ref(),
            Ok(&row.data)
        );
        assert!(
            row.created_at <= row.updated_at && row.updated_at < now(),
            "{:?}",
            row.id
        );
    }
    assert!(rows.is_sorted_by_key(|row| row.created_at), "numbers follow the time");
    for stage in Stage::ALL {
        assert!((100..800).contains(&count(&|data| data.stage == *stage)), "{stage}");
    }
    for source in LeadSource::ALL {
        assert!((80..800).contains(&count(&|data| data.source == *source)), "{source}");
    }
    assert!((40..600).contains(&count(&|data| data.owner.is_none())));
    let today = ist_date(now());
    assert!((100..600).contains(&count(&|data| data.next_step_on.is_some_and(|on| on < today))));
}

#[test]
fn every_served_pin_code_passes_the_form_and_is_named_once() {
    let served = served_pin_codes();
    for data in &served {
        assert_eq!(ServedPinCodes::parse(&ServedPinCodes::draft(data)).as_ref(), Ok(data));
    }
    let distinct: HashSet<_> = served.iter().map(|data| data.pin_code.as_str()).collect();
    assert_eq!(distinct.len(), served.len());
}

#[test]
fn every_plan_of_the_catalogue_passes_the_form_and_has_a_code_of_its_own() {
    let plans: Vec<_> = catalogue().collect();
    for data in &plans {
        assert_eq!(Plans::parse(&Plans::draft(data)).as_ref(), Ok(data));
    }
    let distinct: HashSet<_> = plans.iter().map(|data| data.code.as_str()).collect();
    assert_eq!((distinct.len(), plans.len()), (18, 18));
}

#[test]
fn every_area_has_its_pin_code_and_every_city_its_state() {
    for city in CityTable::new().all() {
        assert!(app::base::contact::STATES.contains(&city.state), "{}", city.state);
        assert!(city.areas.len() >= 2, "{}", city.name);
        for (area, pin) in &city.areas {
            assert!(app::base::contact::PinCode::parse(pin).is_ok(), "{area} {pin}");
        }
    }
}

#[test]
fn ids_emails_phones_and_numbers_are_unique() {
    let rows = rows(1, 120_000);
    let unique = |key: fn(&Row) -> String| rows.iter().map(key).collect::<HashSet<_>>().len();
    assert_eq!(unique(|row| row.id.to_string()), rows.len());
    assert_eq!(unique(|row| row.data.email.key()), rows.len());
    assert_eq!(unique(|row| row.data.phone.as_str().to_owned()), rows.len());
    assert!(rows.iter().zip(1..).all(|(row, number)| row.account_number.0 == number));
    assert!(rows.iter().all(|row| row.id.get_version_num() == 7));
}

#[test]
fn the_proportions_are_those_of_a_provider() {
    let rows = rows(1, 20_000);
    let status = |status| share(&rows, |row| row.status == status);
    assert_about("active", status(Status::Active), 0.81, 0.87);
    assert_about("pending", status(Status::Pending), 0.04, 0.08);
    assert_about("suspended", status(Status::Suspended), 0.045, 0.075);
    assert_about("cancelled", status(Status::Cancelled), 0.03, 0.05);
    let risk = |risk| share(&rows, |row| row.data.churn_risk == risk);
    assert_about("low", risk(ChurnRisk::Low), 0.68, 0.76);
    assert_about("medium", risk(ChurnRisk::Medium), 0.14, 0.22);
    assert_about("high", risk(ChurnRisk::High), 0.07, 0.13);
    let happy = share(&rows, |row| row.data.satisfaction >= Some(4));
    assert_about("satisfied", happy, 0.62, 0.8);
    assert_about("nothing due", share(&rows, |row| row.unpaid_bills == 0), 0.75, 0.9);
    assert_about(
        "referred",
        share(&rows, |row| row.data.referred_by.is_some()),
        0.03,
        0.05,
    );
    let devanagari = share(&rows, |row| !row.data.name.is_ascii());
    assert_about("in Devanagari", devanagari, 0.015, 0.05);
    let plain = rows
        .iter()
        .take(500)
        .filter(|row| !row.data.email.as_str().contains(|c: char| c.is_ascii_digit()));
    assert!(plain.count() > 450, "few emails of a small seed have digits");
}

#[test]
fn values_are_in_realistic_ranges() {
    for row in rows(3, 20_000) {
        let data = &row.data;
        assert!((40_000..=300_000).contains(&row.plan.price.0), "{}", row.plan.price);
        let speeds = match row.plan.plan_type {
            PlanType::Fiber => 100..=1_000,
            PlanType::Broadband => 50..=300,
            PlanType::Wireless => 50..=200,
        };
        assert!(speeds.contains(&(row.plan.speed.0 / 1_000)), "{}", row.plan.speed);
        assert!(data.average_speed < row.plan.speed);
        assert!((9_500..=9_999).contains(&data.uptime.0));
        assert!((-20..=90).contains(&data.nps));
        assert!((0..=10).contains(&data.tickets));
        assert_eq!(data.last_ticket_on.is_some(), data.tickets > 0);
        assert!(row.unpaid_bills <= 3);
        assert!(data.referred_by.is_none_or(|by| by.0 < row.account_number.0));
    }
}

#[test]
fn dates_are_in_chronological_order() {
    let today = ist_date(now());
    let rows = rows(1, 20_000);
    for row in &rows {
        let data = &row.data;
        let since = data.customer_since;
        assert!(since < today && row.created_at <= row.updated_at && row.updated_at <= now());
        assert!(data.last_ticket_on.is_none_or(|on| (since..=today).contains(&on)));
        // The cycle: a whole number of bills after the first day.
        let months = row.plan.billing_cycle.months();
        let mut days = (1..).map(|cycles| since + chrono::Months::new(cycles * months));
        assert!(days.any(|day| day >= row.next_bill_on) && row.next_bill_on > since);
        match row.status {
            Status::Active if row.next_bill_on <= today => {
                assert!(row.unpaid_bills > 0 && today - row.next_bill_on < Duration::days(8));
            }
            Status::Pending => assert!(today - since <= Duration::days(35)),
            _ => {}
        }
    }
    assert!(
        rows.is_sorted_by_key(|row| row.created_at),
        "account numbers follow the time"
    );
    let recent = share(&rows, |row| today - row.data.customer_since < Duration::days(2 * 365));
    assert_about("signed up in the last two years", recent, 0.45, 0.55);
}

#[test]
fn churn_risk_follows_its_signs() {
    let rows = rows(1, 20_000);
    let mean = |risk: ChurnRisk, value: fn(&Row) -> f64| {
        let of_risk: Vec<f64> = rows
            .iter()
            .filter(|row| row.data.churn_risk == risk && row.status != Status::Pending)
            .map(value)
            .collect();
        of_risk.iter().sum::<f64>() / of_risk.len() as f64
    };
    let worse_with_risk = |value: fn(&Row) -> f64| {
        let [high, medium, low] = [ChurnRisk::High, ChurnRisk::Medium, ChurnRisk::Low].map(|risk| mean(risk, value));
        assert!(high > medium && medium > low, "{high} {medium} {low}");
    };
    worse_with_risk(|row| -f64::from(row.data.uptime.0));
    worse_with_risk(|row| f64::from(row.data.tickets));
    worse_with_risk(|row| -f64::from(row.data.nps));
    worse_with_risk(|row| -f64::from(row.data.satisfaction.unwrap_or(4)));
    worse_with_risk(|row| row.unpaid_bills as f64);
}

#[test]
fn names_and_cities_are_skewed() {
    let rows = rows(1, 20_000);
    let commonest = |key: fn(&Row) -> String| {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for row in &rows {
            *counts.entry(key(row)).or_default() += 1;
        }
        let mut counts: Vec<usize> = counts.into_values().collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        (counts[0], counts[counts.len() / 2], counts.len())
    };
    let (first, middle, cities) = commonest(|row| row.data.city.clone());
    assert!(cities > 50 && first > 5 * middle, "{first} {middle} {cities}");
    let (first, middle, names) = commonest(|row| row.data.name.clone());
    assert!(names > 5_000 && first > 10 * middle, "{first} {middle} {names}");
}

/// What the events make of a service is what it is, and the main service gives the customer the status and the plan that the customer has.
#[test]
fn services_are_what_their_events_make_of_them() {
    let today = ist_date(now());
    let (mut changed, mut moved, mut waiting, mut second) = (0, 0, 0, 0);
    for row in rows(1, 5_000) {
        let services = services(1, &row, &plans(), today);
        second += services.len() - 1;
        for service in &services {
            let (plan, price) = service.events[0].event.plan.expect("an order");
            let mut state = ServiceState::ordered(plan, price, service.state.starts_on);
            let mut last = None;
            for event in &service.events[1..] {
                waiting += usize::from(!event.is_applied);
                changed += usize::from(event.is_applied && event.event.kind == EventKind::PlanChanged);
                moved += usize::from(event.is_applied && event.cause == EventCause::Move);
                assert!(last.is_none_or(|last| last <= event.event.effective_on), "{:?}", row.id);
                last = Some(event.event.effective_on);
                assert_eq!(event.is_applied, event.event.effective_on <= today);
                if event.is_applied {
                    assert_eq!(state.apply(&event.event), Ok(()), "{:?} {:?}", row.id, event.event);
                }
            }
            // The day of the bills is the customer's.
            state.anchor_day = service.state.anchor_day;
            state.paid_through = service.state.paid_through;
            assert_eq!(state, service.state, "{:?}", row.id);
        }
        let main = &services[0].state;
        let status = match main.status {
            ServiceStatus::Active => Status::Active,
            ServiceStatus::Ordered => Status::Pending,
            ServiceStatus::Ended => Status::Cancelled,
            ServiceStatus::Suspended | ServiceStatus::Paused => Status::Suspended,
        };
        assert_eq!(
            (status, main.plan, main.price),
            (row.status, row.plan.id, row.plan.price)
        );
        assert_eq!((main.ends_on, &main.end_reason), (row.cancelled_on, &row.cancel_reason));
        assert!(services.iter().all(|service| service.state.price <= main.price));
    }
    assert!(
        changed > 200 && moved > 50 && waiting > 100 && second > 20,
        "{changed} {moved} {waiting} {second}"
    );
}
