//! Customers, one after the other.

use app::contact::PinCode;
use app::customers::model::{
    AccountNumber, Contact, Details, Minute, OttApp, PeakHours, Plan, PlanType, Standing, Status, Usage,
};
use app::ui::dates::{IST, ist_date};
use app::units::{Kbps, Megabytes};
use chrono::{DateTime, Duration, NaiveDate, NaiveTime, TimeZone, Utc};
use uuid::Uuid;

use super::dice::{Dice, Table};
use super::people::{People, Person};
use super::places::{City, Places, address_line};
use super::plans::{self, DAYTIMES, EVENINGS};
use super::story::{self, Came, Mood};

/// A customer as it is loaded.
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) account_number: AccountNumber,
    pub(super) details: Details,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

/// Makes the customers of one run, in the order of their account numbers, in memory that does not grow with their number.
pub(super) struct Customers {
    rng_seed: u64,
    rows: u64,
    done: u64,
    today: NaiveDate,
    /// When today began, in India.
    midnight: DateTime<Utc>,
    places: Places,
    people: People,
}

impl Customers {
    /// `rows` customers; only the date in India of `now` counts.
    pub(super) fn new(rng_seed: u64, rows: u64, now: DateTime<Utc>) -> Self {
        let today = ist_date(now);
        Self {
            rng_seed,
            rows,
            done: 0,
            today,
            midnight: midnight(today),
            places: Places::new(),
            people: People::new(rng_seed),
        }
    }

    fn row(&mut self, number: u64) -> Row {
        let mut dice = Dice::new(self.rng_seed, Table::Customers, number);
        let dice = &mut dice;
        let created_at = story::came_at(dice, number, self.rows, self.midnight);
        let id = dice.uuid(created_at);
        let came = Came {
            on: ist_date(created_at),
            today: self.today,
        };
        let city = self.places.city(dice);
        let person = self.people.person(dice, city);
        let contact = contact(dice, &mut self.people, &person, city, number);
        let status = story::status(dice, came.days_ago());
        let mood = story::mood(dice, status);
        let standing = standing(dice, status, came);
        let plan = plans::plan(dice, person.community);
        let usage = usage(dice, status, &plan, &mood);
        let (mut relationship, billing) = story::relationship_and_billing(dice, came, &standing, &plan, &mood);
        if number > 1 && dice.chance(0.04) {
            relationship.referred_by = Some(AccountNumber(dice.between(1, number as i64 - 1)));
        }
        let details = Details {
            contact,
            standing,
            plan,
            usage,
            relationship,
            billing,
        };
        Row {
            id,
            account_number: AccountNumber(number as i64),
            updated_at: updated_at(created_at, &details, self.midnight),
            details,
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

/// When a day began in India.
pub(super) fn midnight(day: NaiveDate) -> DateTime<Utc> {
    let local = day.and_time(NaiveTime::MIN);
    // India's offset is fixed, so that every local time is one instant.
    IST.from_local_datetime(&local)
        .earliest()
        .map_or_else(|| local.and_utc(), |at| at.to_utc())
}

/// The last day that the record tells of, and never after today began.
fn updated_at(created_at: DateTime<Utc>, details: &Details, today: DateTime<Utc>) -> DateTime<Utc> {
    let cancelled = match &details.standing {
        Standing::Cancelled { on, .. } => Some(*on),
        _ => None,
    };
    let last = cancelled.or(details.relationship.last_ticket_on);
    let told = last.map(|day| midnight(day) + Duration::hours(17));
    told.map_or(created_at, |at| at.min(today).max(created_at))
}

fn contact(dice: &mut Dice, people: &mut People, person: &Person, city: &City, row: u64) -> Contact {
    let (area, pin_code) = dice.pick_skewed(&city.areas);
    Contact {
        name: person.name.clone(),
        email: people.email(dice, person, row),
        phone: people.phone(row),
        address_line: address_line(dice, area),
        city: city.name.to_owned(),
        state: city.state.to_owned(),
        pin_code: PinCode::from_stored(pin_code.to_owned()),
    }
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

fn standing(dice: &mut Dice, status: Status, came: Came) -> Standing {
    match status {
        Status::Pending => Standing::Pending,
        Status::Active => Standing::Active,
        Status::Suspended => Standing::Suspended,
        Status::Cancelled => {
            let days = dice.between(30, came.days_ago().max(31) - 1);
            Standing::Cancelled {
                on: came.on + Duration::days(days),
                reason: dice.pick_weighted(REASONS).to_owned(),
            }
        }
    }
}

fn usage(dice: &mut Dice, status: Status, plan: &Plan, mood: &Mood) -> Usage {
    if status == Status::Pending {
        return Usage {
            data_used: Megabytes(0),
            average_speed: Kbps(0),
            uptime: mood.uptime,
            most_used_ott: None,
            peak_hours: Vec::new(),
        };
    }
    // Fiber delivers nearly what it promises, radio the least; a bad line is also a slow one.
    let (least, most) = match plan.plan_type {
        PlanType::Fiber => (0.82, 0.97),
        PlanType::Broadband => (0.68, 0.92),
        PlanType::Wireless => (0.55, 0.85),
    };
    let lost = f64::from(10_000 - mood.uptime.0) / 10_000.0;
    let delivered = least + (most - least) * dice.unit() - lost * 2.0;
    let average_speed = Kbps((f64::from(plan.speed.0) * delivered) as i32 / 10 * 10);
    // 2 to 7 GB a month for each Mbps, ever less as speeds grow; a few use several times that.
    let mbps = f64::from(plan.speed.0) / 1_000.0;
    let heavy = if dice.chance(0.05) { 2.5 } else { 1.0 };
    let gigabytes = (60.0 + mbps * 3.2 - mbps * mbps * 0.0016) * (0.35 + 1.3 * dice.unit()) * heavy;
    Usage {
        data_used: Megabytes((gigabytes * 1_000.0) as i64 / 10 * 10),
        average_speed,
        uptime: mood.uptime,
        most_used_ott: most_used(dice, &plan.ott_apps),
        peak_hours: peak_hours(dice),
    }
}

/// Mostly one of those that come with the plan, which stand in the order of their popularity; some watch nothing, or what they pay for elsewhere.
fn most_used(dice: &mut Dice, apps: &[OttApp]) -> Option<OttApp> {
    if apps.is_empty() {
        return dice
            .chance(0.3)
            .then(|| dice.pick(&[OttApp::Hotstar, OttApp::PrimeVideo]));
    }
    dice.chance(0.95).then(|| dice.pick_skewed(apps))
}

/// An evening for nearly everybody; some have a second and a third time in the day.
fn peak_hours(dice: &mut Dice) -> Vec<PeakHours> {
    let range = |(from, to): (i16, i16)| PeakHours {
        from: Minute(from),
        to: Minute(to),
    };
    let others = dice.pick_weighted(&[(0, 62), (1, 30), (2, 8)]);
    let mut hours: Vec<PeakHours> = Vec::with_capacity(3);
    while hours.len() < others {
        let daytime = range(dice.pick_weighted(DAYTIMES));
        if !hours.contains(&daytime) {
            hours.push(daytime);
        }
    }
    if hours.is_empty() || dice.chance(0.93) {
        hours.push(range(dice.pick_weighted(EVENINGS)));
    }
    hours.sort_unstable_by_key(|hours| hours.from);
    hours
}
