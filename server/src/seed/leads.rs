//! Generates leads, and the two users who work with them.

use app::base::contact::{Email, Phone};
use app::base::time::ist_date;
use app::base::units::Paise;
use app::customers::model::PlanType;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use uuid::Uuid;

use super::cities::CityTable;
use super::customers::midnight;
use super::people::People;
use super::plans;
use super::rng::{RngStream, SeededRng};

/// A lead as the seed loads it.
pub(super) struct Lead {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) email: Email,
    pub(super) phone: Phone,
    pub(super) city: &'static str,
    pub(super) source: &'static str,
    pub(super) stage: &'static str,
    pub(super) plan_type: PlanType,
    pub(super) expected_value: Paise,
    pub(super) next_step: &'static str,
    pub(super) next_step_on: Option<NaiveDate>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

/// Generates the leads of one run, the newest last.
pub(super) struct Leads {
    rng_seed: u64,
    rows: u64,
    done: u64,
    /// The leads' telephone numbers follow those of so many customers.
    customers: u64,
    today: NaiveDate,
    cities: CityTable,
    people: People,
}

const SOURCES: &[(&str, u32)] = &[
    ("Website", 34),
    ("Referral", 22),
    ("Phone", 16),
    ("Campaign", 13),
    ("Walk-in", 9),
    ("Partner", 6),
];

const STAGES: &[(&str, u32)] = &[
    ("New", 28),
    ("Contacted", 24),
    ("Qualified", 17),
    ("Proposal", 12),
    ("Won", 10),
    ("Lost", 9),
];

impl Leads {
    /// `rows` leads beside so many customers. Of `now` only the date in India matters.
    pub(super) fn new(rng_seed: u64, rows: u64, customers: u64, now: DateTime<Utc>) -> Self {
        Self {
            rng_seed,
            rows,
            done: 0,
            customers,
            today: ist_date(now),
            cities: CityTable::new(),
            people: People::new(rng_seed),
        }
    }

    fn row(&mut self, number: u64) -> Lead {
        let mut rng = SeededRng::new(self.rng_seed, RngStream::Leads, number);
        let rng = &mut rng;
        let stage = rng.pick_weighted(STAGES);
        // The leads are spread evenly over the last 120 days.
        let position = (number as f64 - rng.unit()) / self.rows as f64;
        let days_ago = 1 + ((1.0 - position) * 119.0) as i64;
        let opened = midnight(self.today - Duration::days(days_ago));
        let created_at = opened + Duration::minutes(rng.between(9 * 60, 20 * 60));
        let worked_on =
            opened + Duration::days(rng.between(0, days_ago - 1)) + Duration::minutes(rng.between(600, 1_200));
        let city = self.cities.pick(rng);
        let person = self.people.person(rng, city);
        let email = self.people.email(rng, &person, number);
        let plan = plans::plan(rng, person.community);
        let (next_step, days) = next_step(rng, stage);
        Lead {
            id: rng.uuid(created_at),
            name: person.name,
            email,
            phone: self.people.phone(self.customers + number),
            city: city.name,
            source: rng.pick_weighted(SOURCES),
            stage,
            plan_type: plan.plan_type,
            // The price of the first year.
            expected_value: Paise(plan.price.0 * 12),
            next_step,
            next_step_on: days.map(|days| self.today + Duration::days(days)),
            created_at,
            updated_at: if stage == "New" {
                created_at
            } else {
                worked_on.max(created_at)
            },
        }
    }
}

impl Iterator for Leads {
    type Item = Lead;

    fn next(&mut self) -> Option<Lead> {
        if self.done == self.rows {
            return None;
        }
        self.done += 1;
        Some(self.row(self.done))
    }
}

/// The next step, and in how many days from today it is due; a few are late. A lead that is won or lost has none.
fn next_step(rng: &mut SeededRng, stage: &str) -> (&'static str, Option<i64>) {
    let steps: &[&'static str] = match stage {
        "New" => &[
            "Call for the first time",
            "Send the price list",
            "Check whether the building is served",
        ],
        "Contacted" => &[
            "Call again",
            "Check the distance to the nearest node",
            "Send the price list",
        ],
        "Qualified" => &["Visit the site", "Send a proposal", "Agree on a date for the survey"],
        "Proposal" => &[
            "Ask about the proposal",
            "Send the discounted offer",
            "Agree on a date for the connection",
        ],
        _ => return ("", None),
    };
    (rng.pick(steps), Some(rng.between(-3, 12)))
}

/// The admin's email.
pub(super) const ADMIN: &str = "meera.joshi@example.in";
/// The salesperson's email.
pub(super) const SALES: &str = "arjun.menon@example.in";

/// A user as the seed loads it.
pub(super) struct User {
    pub(super) id: Uuid,
    pub(super) name: &'static str,
    pub(super) email: &'static str,
    pub(super) role: &'static str,
    pub(super) created_at: DateTime<Utc>,
}

/// The admin and the salesperson, who owns the leads.
pub(super) fn users(rng_seed: u64, now: DateTime<Utc>) -> [User; 2] {
    let user = |row: u64, name, email, role| {
        // Before the first customer signed up.
        let created_at = midnight(ist_date(now) - Duration::days(3_000)) + Duration::hours(10 + row as i64);
        User {
            id: SeededRng::new(rng_seed, RngStream::Users, row).uuid(created_at),
            name,
            email,
            role,
            created_at,
        }
    };
    [
        user(0, "Meera Joshi", ADMIN, "Admin"),
        user(1, "Arjun Menon", SALES, "Sales"),
    ]
}
