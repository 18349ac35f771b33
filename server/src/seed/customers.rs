//! Generates customers, one after the other.

use app::base::contact::PinCode;
use app::base::time::{HourRange, IST, Minute, ist_date};
use app::base::units::{Kbps, Megabytes};
use app::customers::codec::CustomerData;
use app::customers::model::{AccountNumber, Status};
use app::plans::model::{OttApp, PlanType};
use chrono::{DateTime, Duration, NaiveDate, NaiveTime, TimeZone, Utc};
use uuid::Uuid;

use super::cities::{CityTable, address_line};
use super::lifecycle::{self, Sentiment, Tenure};
use super::people::People;
use super::plans::{DAYTIMES, EVENINGS, Plan, PlanChoice};
use super::rng::{RngStream, SeededRng};

/// A customer as the seed loads it.
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) account_number: AccountNumber,
    pub(super) data: CustomerData,
    pub(super) status: Status,
    pub(super) cancelled_on: Option<NaiveDate>,
    pub(super) cancel_reason: Option<String>,
    pub(super) plan: Plan,
    /// The first day of the main service that is not billed.
    pub(super) next_bill_on: NaiveDate,
    /// How many of the last bills of the main service are not paid.
    pub(super) unpaid_bills: usize,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

/// Generates the customers of one run in the order of their account numbers. The memory does not grow with their number.
pub(super) struct Customers {
    rng_seed: u64,
    rows: u64,
    done: u64,
    today: NaiveDate,
    /// The instant at which today began in India.
    midnight: DateTime<Utc>,
    cities: CityTable,
    people: People,
    plans: PlanChoice,
}

impl Customers {
    /// `rows` customers. Of `now` only the date in India matters.
    pub(super) fn new(rng_seed: u64, rows: u64, plans: PlanChoice, now: DateTime<Utc>) -> Self {
        let today = ist_date(now);
        Self {
            rng_seed,
            rows,
            done: 0,
            today,
            midnight: midnight(today),
            cities: CityTable::new(),
            people: People::new(rng_seed),
            plans,
        }
    }

    fn row(&mut self, number: u64) -> Row {
        let mut rng = SeededRng::new(self.rng_seed, RngStream::Customers, number);
        let rng = &mut rng;
        let created_at = lifecycle::signed_up_at(rng, number, self.rows, self.midnight);
        let id = rng.uuid(created_at);
        let mut tenure = Tenure {
            since: ist_date(created_at),
            cancelled_on: None,
            today: self.today,
        };
        let city = self.cities.pick(rng);
        let person = self.people.person(rng, city);
        let (area, pin_code) = rng.pick_skewed(city.served_areas());
        let email = self.people.email(rng, &person, number);
        let phone = self.people.phone(number);
        let address_line = address_line(rng, area);
        let status = lifecycle::status(rng, tenure.days());
        let sentiment = lifecycle::sentiment(rng, status);
        let mut cancel_reason = None;
        if status == Status::Cancelled {
            let days = rng.between(30, tenure.days().max(31) - 1);
            tenure.cancelled_on = Some(tenure.since + Duration::days(days));
            cancel_reason = Some(rng.pick_weighted(REASONS).to_owned());
        }
        let plan = self.plans.pick(rng);
        let usage = usage(rng, status, &plan, &sentiment);
        let relationship = lifecycle::relationship(rng, tenure, status, &plan, &sentiment);
        let is_referred = number > 1 && rng.chance(0.04);
        let data = CustomerData {
            name: person.name,
            email,
            phone,
            address_line,
            city: city.name.to_owned(),
            state: city.state.to_owned(),
            pin_code: PinCode::from_stored(pin_code.to_owned()),
            gstin: None,
            plan: None,
            starts_on: None,
            data_used: usage.data_used,
            average_speed: usage.average_speed,
            uptime: sentiment.uptime,
            most_used_ott: usage.most_used_ott,
            peak_hours: usage.peak_hours,
            customer_since: tenure.since,
            churn_risk: relationship.churn_risk,
            nps: relationship.nps,
            tickets: relationship.tickets,
            last_ticket_on: relationship.last_ticket_on,
            satisfaction: relationship.satisfaction,
            referred_by: is_referred.then(|| AccountNumber(rng.between(1, number as i64 - 1))),
            promised_on: None,
        };
        Row {
            id,
            account_number: AccountNumber(number as i64),
            updated_at: updated_at(created_at, tenure.cancelled_on, &data, self.midnight),
            data,
            status,
            cancelled_on: tenure.cancelled_on,
            cancel_reason,
            plan,
            next_bill_on: relationship.next_bill_on,
            unpaid_bills: relationship.unpaid_bills,
            created_at,
        }
    }
}

impl Iterator for Customers {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        if self.done == self.rows {
            return None;
        }
        self.done += 1;
        Some(self.row(self.done))
    }
}

/// The instant at which a day began in India.
pub(super) fn midnight(day: NaiveDate) -> DateTime<Utc> {
    let local = day.and_time(NaiveTime::MIN);
    // India's offset never changes, so every local time is one instant.
    IST.from_local_datetime(&local)
        .earliest()
        .map_or_else(|| local.and_utc(), |at| at.to_utc())
}

/// The last event in the record, and never after today began.
fn updated_at(
    created_at: DateTime<Utc>,
    cancelled_on: Option<NaiveDate>,
    data: &CustomerData,
    today: DateTime<Utc>,
) -> DateTime<Utc> {
    let last_day = cancelled_on.or(data.last_ticket_on);
    let last_event = last_day.map(|day| midnight(day) + Duration::hours(17));
    last_event.map_or(created_at, |at| at.min(today).max(created_at))
}

const REASONS: &[(&str, u32)] = &[
    ("Moved to another city", 30),
    ("Moved to an area that we do not serve", 14),
    ("Went to another provider for a lower price", 20),
    ("Too many outages", 14),
    ("Slow speed in the evenings", 8),
    ("Complaint was not solved in time", 6),
    ("Uses mobile data only now", 5),
    ("Shop closed", 3),
];

/// What a customer has made of a line.
struct Usage {
    data_used: Megabytes,
    average_speed: Kbps,
    most_used_ott: Option<OttApp>,
    peak_hours: Vec<HourRange>,
}

fn usage(rng: &mut SeededRng, status: Status, plan: &Plan, sentiment: &Sentiment) -> Usage {
    if status == Status::Pending {
        return Usage {
            data_used: Megabytes(0),
            average_speed: Kbps(0),
            most_used_ott: None,
            peak_hours: Vec::new(),
        };
    }
    // Fiber delivers nearly what it promises, wireless the least. A line with a low uptime is also slow.
    let (least, most) = match plan.plan_type {
        PlanType::Fiber => (0.82, 0.97),
        PlanType::Broadband => (0.68, 0.92),
        PlanType::Wireless => (0.55, 0.85),
    };
    let lost = f64::from(10_000 - sentiment.uptime.0) / 10_000.0;
    let delivered = least + (most - least) * rng.unit() - lost * 2.0;
    let average_speed = Kbps((f64::from(plan.speed.0) * delivered) as i32 / 10 * 10);
    // 2 to 7 GB a month for each Mbps, less as speeds grow. A few customers use several times that.
    let mbps = f64::from(plan.speed.0) / 1_000.0;
    let heavy = if rng.chance(0.05) { 2.5 } else { 1.0 };
    let gigabytes = (60.0 + mbps * 3.2 - mbps * mbps * 0.0016) * (0.35 + 1.3 * rng.unit()) * heavy;
    Usage {
        data_used: Megabytes((gigabytes * 1_000.0) as i64 / 10 * 10),
        average_speed,
        most_used_ott: most_used(rng, &plan.ott_apps),
        peak_hours: peak_hours(rng),
    }
}

/// Mostly one of the plan's services, the popular ones first. Some customers watch nothing, or what they pay for elsewhere.
fn most_used(rng: &mut SeededRng, apps: &[OttApp]) -> Option<OttApp> {
    if apps.is_empty() {
        return rng
            .chance(0.3)
            .then(|| rng.pick(&[OttApp::Hotstar, OttApp::PrimeVideo]));
    }
    rng.chance(0.95).then(|| rng.pick_skewed(apps))
}

/// An evening for nearly everybody, and for some also one or two times of the day.
fn peak_hours(rng: &mut SeededRng) -> Vec<HourRange> {
    let range = |(from, to): (i16, i16)| HourRange {
        from: Minute(from),
        to: Minute(to),
    };
    let others = rng.pick_weighted(&[(0, 62), (1, 30), (2, 8)]);
    let mut hours: Vec<HourRange> = Vec::with_capacity(3);
    while hours.len() < others {
        let daytime = range(rng.pick_weighted(DAYTIMES));
        if !hours.contains(&daytime) {
            hours.push(daytime);
        }
    }
    if hours.is_empty() || rng.chance(0.93) {
        hours.push(range(rng.pick_weighted(EVENINGS)));
    }
    hours.sort_unstable_by_key(|hours| hours.from);
    hours
}
