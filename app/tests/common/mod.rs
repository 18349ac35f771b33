//! What the tests of the store share: made-up customers, a clock that stands, and forms as a browser sends them.
#![allow(dead_code, reason = "each test program uses a part of this")]

use app::connections::Connections;
use app::context::{AppContext, Clock};
use app::customers::model::draft::Draft;
use app::customers::model::field::Field;
use app::customers::model::{BillingCycle, ChurnRisk, Customer, Details, OttApp, PlanType, Status};
use app::customers::store;
use app::customers::submission::{Submission, names};
use app::customers::view::CustomerForm;
use app::history::model::{Source, Stamp};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use uuid::Uuid;

/// What the clock of the tests says.
pub fn now() -> DateTime<Utc> {
    "2026-11-23T06:30:00Z".parse().expect("an instant")
}

/// What every change of the tests carries.
pub fn stamp() -> Stamp {
    Stamp {
        at: now(),
        actor: None,
        source: Source::Page,
    }
}

/// The context of a request, at a fixed time.
pub fn context(pool: &PgPool) -> AppContext {
    AppContext::new(pool.clone(), Clock::new(now))
}

/// A pool with room for as many writers at once as a busy program has: the one of `sqlx::test` has five connections.
pub fn wide(pool: &PgPool) -> PgPool {
    let options = pool.connect_options().as_ref().clone();
    PgPoolOptions::new().max_connections(20).connect_lazy_with(options)
}

/// The connections of a pool, to write by.
pub fn connections(pool: &PgPool) -> Connections {
    Connections::of(pool.clone())
}

/// A source of numbers that are the same in every run (SplitMix64).
pub struct Random(u64);

impl Random {
    /// The numbers of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.number() % end as u64) as usize
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of the values.
    pub fn pick<'a, T>(&mut self, values: &'a [T]) -> &'a T {
        &values[self.below(values.len())]
    }

    /// Any of the values: each with the same chance to be in.
    pub fn some<T: Copy>(&mut self, values: &[T], percent: usize) -> Vec<T> {
        values.iter().copied().filter(|_| self.chance(percent)).collect()
    }

    /// An id that says nothing about the order in which it was made.
    pub fn id(&mut self) -> Uuid {
        Uuid::from_u64_pair(self.number(), self.number())
    }
}

/// A draft that is valid, to be bent by each test.
pub fn valid_draft(name: &str, email: &str) -> Draft {
    let mut draft = Draft::for_new(now().date_naive());
    for (field, value) in [
        (Field::Name, name),
        (Field::Email, email),
        (Field::Phone, "98450 12345"),
        (Field::AddressLine, "12 MG Road"),
        (Field::City, "Bengaluru"),
        (Field::State, "Karnataka"),
        (Field::PinCode, "560 001"),
        (Field::Price, "1,367"),
    ] {
        draft.set(field, vec![value.to_owned()]);
    }
    draft
}

/// Valid details of somebody.
pub fn details(name: &str, email: &str) -> Details {
    valid_draft(name, email).parse().expect("valid details")
}

const GIVEN: &[&str] = &[
    "Asha",
    "asha",
    "Ravi",
    "Priya",
    "Mohammed",
    "प्रिया",
    "राजेश",
    "Zoë",
    "Anaïs",
    "K.",
    "Om",
    "Sai-Kiran",
    "ಅನುಷಾ",
    "Ω_Mega",
];
const FAMILY: &[&str] = &[
    "Rao",
    "RAO",
    "D'Souza",
    "O'Neil-Rao",
    "देशमुख",
    "\u{958}ान",
    "Iyer",
    "100% Fibre",
    "Back\\slash",
    "de la Cruz",
    "Straße",
    "(Ltd.)",
    "Under_Score",
    "42",
];
const CITIES: &[&str] = &[
    "Bengaluru",
    "Pune",
    "पुणे",
    "New Delhi",
    "Navi Mumbai",
    "Thiruvananthapuram",
    "Hubballi-Dharwad",
    "Goa",
];

/// One of many customers, all different, with ties in every column that sorts. `number` makes the email unique.
pub fn varied(random: &mut Random, number: usize) -> Details {
    let email = match number % 7 {
        0 => format!("asha_{number}@example.in"),
        1 => format!("100%{number}@mail.example.co.in"),
        2 => format!("o'brien.{number}@example.com"),
        3 => format!("Ravi+{number}@Example.IN"),
        4 => format!("x{number}@उदाहरण.भारत"),
        5 => format!("a-b_c.{number}@my-host.example"),
        _ => format!("प्रिया{number}@example.in"),
    };
    let name = format!("{} {}", random.pick(GIVEN), random.pick(FAMILY));
    let mut draft = valid_draft(&name, &email);
    let mut set = |field, value: String| draft.set(field, vec![value]);
    // Numbers that begin alike, so that a part of one is a part of many.
    set(
        Field::Phone,
        format!(
            "9{}{:05}",
            random.pick(&["8450", "9000", "1234"]),
            random.below(100_000)
        ),
    );
    set(Field::City, (*random.pick(CITIES)).to_owned());
    let status = *random.pick(Status::ALL);
    set(Field::Status, status.to_string());
    if status == Status::Cancelled {
        set(Field::CancelledOn, "2026-10-01".into());
        set(Field::CancelReason, "Moved away".into());
    }
    set(Field::PlanType, random.pick(PlanType::ALL).to_string());
    set(
        Field::Speed,
        (*random.pick(&["50", "100", "300", "999.999", "1000"])).to_owned(),
    );
    set(
        Field::Price,
        (*random.pick(&["0", "500", "999.50", "1367", "3000"])).to_owned(),
    );
    set(Field::BillingCycle, random.pick(BillingCycle::ALL).to_string());
    set(Field::ChurnRisk, random.pick(ChurnRisk::ALL).to_string());
    set(Field::Nps, (random.below(9) as i64 * 25 - 100).to_string());
    set(
        Field::Outstanding,
        (*random.pick(&["0", "0", "0", "1367", "0.01", "1000000000"])).to_owned(),
    );
    set(Field::NextBillingOn, format!("2026-12-{:02}", 1 + random.below(9)));
    set(Field::CustomerSince, format!("20{}-01-15", 18 + random.below(8)));
    set(Field::LifetimeValue, (random.below(6) * 10_000).to_string());
    let apps = random.some(OttApp::ALL, 30);
    draft.set(Field::OttApps, apps.iter().map(ToString::to_string).collect());
    draft.parse().expect("valid details")
}

/// Creates a customer.
pub async fn create(pool: &PgPool, id: Uuid, details: &Details) -> Customer {
    let created = store::create(&connections(pool), &stamp(), id, details)
        .await
        .expect("a database");
    created.expect("no refusal")
}

/// Fills the database with varied customers, the same for the same seed, and gives them back.
pub async fn populate(pool: &PgPool, count: usize, seed: u64) -> Vec<Customer> {
    let mut random = Random::new(seed);
    let mut customers = Vec::with_capacity(count);
    for number in 0..count {
        let details = varied(&mut random, number);
        customers.push(create(pool, random.id(), &details).await);
    }
    customers
}

/// What a browser sends for a form as it was opened, after a person has typed over some of its fields.
pub fn typed(form: &CustomerForm, changes: &[(Field, &str)]) -> String {
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.append_pair(names::ID, &form.id.to_string());
    if let Some(editing) = &form.editing {
        body.append_pair(names::VERSION, &editing.version.to_string());
        body.append_pair(names::ACCOUNT, &editing.account_number.to_string());
        for field in Field::ALL {
            for value in editing.was.values(*field) {
                body.append_pair(&format!("{}{field}", names::WAS), value);
            }
        }
    }
    for field in form.conflicts.keys() {
        body.append_pair(names::ASKED, field.word());
    }
    for field in Field::ALL {
        match changes.iter().find(|(changed, _)| changed == field) {
            Some((_, value)) => {
                body.append_pair(field.word(), value);
            }
            None => {
                body.extend_pairs(form.draft.values(*field).iter().map(|value| (field.word(), value)));
            }
        }
    }
    body.finish()
}

/// The same, read by the program.
pub fn submission(form: &CustomerForm, changes: &[(Field, &str)]) -> Submission {
    Submission::parse(&typed(form, changes)).expect("a form")
}

/// A date of a test.
pub fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}
