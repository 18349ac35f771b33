//! Generates leads, one after the other. A lead that was won is one of the customers who signed up soon after.

use app::base::contact::PinCode;
use app::base::time::ist_date;
use app::base::units::Paise;
use app::customers::model::AccountNumber;
use app::leads::codec::LeadData;
use app::leads::model::{LeadNumber, LeadSource, Stage};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use std::iter::Peekable;
use std::vec::IntoIter;
use uuid::Uuid;

use super::cities::{CityTable, address_line};
use super::customers::midnight;
use super::people::People;
use super::plans::PlanChoice;
use super::rng::{RngStream, SeededRng};

/// The leads are spread evenly over so many days.
pub(super) const DAYS: i64 = 120;

/// A lead as the seed loads it.
pub(super) struct Lead {
    pub(super) id: Uuid,
    pub(super) number: LeadNumber,
    pub(super) data: LeadData,
    /// The customer whom the lead became.
    pub(super) customer: Option<Uuid>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

impl Lead {
    /// The same with a number that follows others.
    pub(super) fn after(self, number: i64) -> Self {
        Self {
            number: LeadNumber(self.number.0 + number),
            ..self
        }
    }
}

/// A customer whom a lead may have become.
pub(super) struct NewCustomer {
    pub(super) id: Uuid,
    pub(super) data: LeadData,
    pub(super) signed_up_at: DateTime<Utc>,
}

/// What the leads stand beside.
pub(super) struct Surroundings {
    /// Who may own a lead; the first owns the most.
    pub(super) owners: Vec<Uuid>,
    /// How many customers there are: the leads' telephone numbers follow theirs, and some were referred by one.
    pub(super) customers: u64,
    /// Customers of the last months, in the order in which they signed up.
    pub(super) new_customers: Vec<NewCustomer>,
    /// The plans that they may want.
    pub(super) plans: PlanChoice,
}

/// Generates the leads of one run, the newest last.
pub(super) struct Leads {
    rng_seed: u64,
    rows: u64,
    done: u64,
    today: NaiveDate,
    cities: CityTable,
    people: People,
    owners: Vec<Uuid>,
    customers: u64,
    new_customers: Peekable<IntoIter<NewCustomer>>,
    plans: PlanChoice,
}

const SOURCES: &[(LeadSource, u32)] = &[
    (LeadSource::Website, 34),
    (LeadSource::Referral, 22),
    (LeadSource::Phone, 16),
    (LeadSource::Campaign, 13),
    (LeadSource::WalkIn, 9),
    (LeadSource::Partner, 6),
];

impl Leads {
    /// `rows` leads. Of `now` only the date in India matters.
    pub(super) fn new(rng_seed: u64, rows: u64, surroundings: Surroundings, now: DateTime<Utc>) -> Self {
        Self {
            rng_seed,
            rows,
            done: 0,
            today: ist_date(now),
            cities: CityTable::new(),
            people: People::new(rng_seed),
            owners: surroundings.owners,
            customers: surroundings.customers,
            new_customers: surroundings.new_customers.into_iter().peekable(),
            plans: surroundings.plans,
        }
    }

    fn row(&mut self, number: u64) -> Lead {
        let mut rng = SeededRng::new(self.rng_seed, RngStream::Leads, number);
        let rng = &mut rng;
        let position = (number as f64 - rng.unit()) / self.rows as f64;
        let seconds_ago = (1.0 - position) * (DAYS - 1) as f64 * 86_400.0;
        let created_at = midnight(self.today) - Duration::hours(4) - Duration::seconds(seconds_ago as i64);
        let days_ago = (self.today - ist_date(created_at)).num_days();
        let stage = stage(rng, days_ago);
        let id = rng.uuid(created_at);
        let won = self.won(stage, created_at);
        let (customer, signed_up_at) = won
            .as_ref()
            .map_or((None, None), |won| (Some(won.id), Some(won.signed_up_at)));
        let data = self.data(rng, number, stage, days_ago, won);
        let worked_on =
            created_at + Duration::days(rng.between(0, days_ago - 1)) + Duration::minutes(rng.between(5, 200));
        let updated_at = match stage {
            Stage::New => created_at,
            _ => signed_up_at.unwrap_or(worked_on).max(created_at),
        };
        Lead {
            id,
            number: LeadNumber(number as i64),
            data,
            customer,
            created_at,
            updated_at,
        }
    }

    /// The customer whom a lead became: the next one who signed up a day or more after it came. Each customer comes of one lead.
    fn won(&mut self, stage: Stage, created_at: DateTime<Utc>) -> Option<NewCustomer> {
        if stage != Stage::Won {
            return None;
        }
        let since = created_at + Duration::days(1);
        while self.new_customers.next_if(|next| next.signed_up_at < since).is_some() {}
        self.new_customers.next()
    }

    fn data(
        &mut self,
        rng: &mut SeededRng,
        number: u64,
        stage: Stage,
        days_ago: i64,
        won: Option<NewCustomer>,
    ) -> LeadData {
        let source = rng.pick_weighted(SOURCES);
        // Who fills in a form leaves an email, who calls a number.
        let (has_email, has_phone) = match source {
            LeadSource::Website | LeadSource::Campaign => (true, rng.chance(0.8)),
            _ => (rng.chance(0.4), true),
        };
        let is_known = rng.chance(if stage == Stage::New { 0.35 } else { 0.9 });
        let city = self.cities.pick(rng);
        let person = self.people.person(rng, city);
        let email = self.people.email(rng, &person, number);
        let (area, pin_code) = rng.pick_skewed(&city.areas);
        let address_line = address_line(rng, area);
        let plan = self.plans.pick(rng);
        let is_referred = source == LeadSource::Referral && self.customers > 0 && rng.chance(0.8);
        let (next_step, days) = next_step(rng, stage);
        let data = LeadData {
            name: person.name,
            phone: has_phone.then(|| self.people.phone(self.customers + number)),
            email: has_email.then_some(email),
            address_line: is_known.then_some(address_line),
            city: Some(city.name.to_owned()),
            state: Some(city.state.to_owned()),
            pin_code: is_known.then(|| PinCode::from_stored(pin_code.to_owned())),
            source,
            referred_by: is_referred.then(|| AccountNumber(rng.between(1, self.customers as i64))),
            plan_type: is_known.then_some(plan.plan_type),
            speed: is_known.then_some(plan.speed),
            expected_value: is_known.then_some(Paise(plan.price.0)),
            stage,
            lost_reason: (stage == Stage::Lost).then(|| rng.pick_weighted(LOST).to_owned()),
            owner: self.owner(rng, stage, days_ago),
            next_step: next_step.map(str::to_owned),
            next_step_on: days.map(|days| self.today + Duration::days(days)),
            notes: notes(rng, stage),
        };
        match won {
            // Who they are and what they have is the customer's; how it came about is the lead's.
            Some(NewCustomer { data: customer, .. }) => LeadData {
                source: data.source,
                referred_by: customer.referred_by.or(data.referred_by),
                owner: data.owner,
                notes: data.notes,
                ..customer
            },
            None => data,
        }
    }

    /// Whoever takes most calls owns most leads. Nobody has looked at some of the newest yet.
    fn owner(&self, rng: &mut SeededRng, stage: Stage, days_ago: i64) -> Option<Uuid> {
        let nobody = if stage == Stage::New && days_ago < 14 {
            0.6
        } else {
            0.04
        };
        if rng.chance(nobody) || self.owners.is_empty() {
            return None;
        }
        Some(rng.pick_skewed(&self.owners))
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

/// Most of the newest leads are new, and most of the oldest are decided.
fn stage(rng: &mut SeededRng, days_ago: i64) -> Stage {
    let weights = match days_ago {
        ..14 => [62, 26, 8, 3, 1, 0],
        14..45 => [22, 30, 22, 13, 8, 5],
        _ => [8, 14, 16, 13, 27, 22],
    };
    let stages: Vec<(Stage, u32)> = Stage::ALL.iter().copied().zip(weights).collect();
    rng.pick_weighted(&stages)
}

const LOST: &[(&str, u32)] = &[
    ("Chose another provider", 26),
    ("Too dear", 24),
    ("The building is not served", 20),
    ("Could not be reached", 14),
    ("Moved to another city", 9),
    ("Uses mobile data only", 7),
];

/// The next step, and in how many days from today it is due; some are late. A lead that is won or lost has none.
fn next_step(rng: &mut SeededRng, stage: Stage) -> (Option<&'static str>, Option<i64>) {
    let steps: &[&'static str] = match stage {
        Stage::New => &[
            "Call for the first time",
            "Send the price list",
            "Check whether the building is served",
        ],
        Stage::Contacted => &[
            "Call again",
            "Check the distance to the nearest node",
            "Send the price list",
        ],
        Stage::Qualified => &["Visit the site", "Send a proposal", "Agree on a date for the survey"],
        Stage::Proposal => &[
            "Ask about the proposal",
            "Send the discounted offer",
            "Agree on a date for the connection",
        ],
        Stage::Won | Stage::Lost => return (None, None),
    };
    if stage == Stage::New && rng.chance(0.3) {
        return (None, None);
    }
    (Some(rng.pick(steps)), rng.chance(0.95).then(|| rng.between(-4, 12)))
}

const NOTES: &[&str] = &[
    "Works from home, needs a stable line for video calls.",
    "Two other flats in the building asked as well.",
    "Calls after six in the evening only.",
    "Landlord has to agree to the cable.",
    "Wants the OTT package with sports.",
    "Compares with the price of the provider next door.",
    "Asked for a public IP address for cameras.",
    "Moves in at the end of the month.",
    "Was a customer in another city before.",
    "Terrace access through the watchman.",
];

fn notes(rng: &mut SeededRng, stage: Stage) -> Option<String> {
    let lines = rng.pick_weighted(&[(0, if stage == Stage::New { 70 } else { 30 }), (1, 40), (2, 22), (3, 8)]);
    let lines: Vec<&str> = (0..lines).map(|_| rng.pick(NOTES)).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}
