//! What the tests of the store share: made-up customers, a clock that stands, and forms as a browser sends them.
#![allow(dead_code, reason = "each test program uses a part of this")]

mod money;
mod plan;

use app::base::audit::{AuditContext, Source};
use app::base::error::AppError;
use app::base::time::Clock;
use app::base::units::{Paise, parse_decimal};
use app::customers::codec::{CustomerData, Customers};
use app::customers::model::{AccountNumber, ChurnRisk, Status};
use app::customers::spec::{SPEC, field};
use app::customers::store::Customer;
use app::http::context::AppContext;
use app::plans::model::{BillingCycle, OttApp, PlanType};
use app::record::codec::RecordCodec as _;
use app::record::delete;
use app::record::draft::Draft;
use app::record::record_ref::RecordRef;
use app::record::responses::{DeleteOutcome, RecordForm};
use app::record::store::RecordStore as _;
use app::record::submission::names;
use app::record::write;
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use uuid::Uuid;

pub use money::{add_money, clear_account};
pub use plan::{PLAN, ensure_plan, remove_services};

/// What the clock of the tests says.
pub fn now() -> DateTime<Utc> {
    "2026-11-23T06:30:00Z".parse().expect("an instant")
}

/// What every change of the tests carries.
pub fn audit() -> AuditContext {
    AuditContext {
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

/// Gives a customer without services and bills what a draft says: a service that they have the status and the plan by, and money.
pub async fn set_derived(pool: &PgPool, id: Uuid, derived: &Draft) {
    let number = |field: &str, places: u32| parse_decimal(derived.value(field), places).expect(field);
    let text = |field: &str| Some(derived.value(field)).filter(|text| !text.is_empty());
    sqlx::query(
        "WITH plan AS (
             INSERT INTO plans (id, code, name, name_key, status, plan_type, download_kbps, upload_kbps, ott_apps, live_channels, price_paise,
                 billing_cycle, gst_rate_bp, sac, search_text, created_at, updated_at)
             VALUES (gen_random_uuid(), upper(left(replace(gen_random_uuid()::text, '-', ''), 20)), 'Varied', 'varied', 'Withdrawn',
                 $5::text::plan_type, $6, $6, $9, 0, $7, $8::text::billing_cycle, 1800, '998422', ' varied', now(), now())
             RETURNING id
         )
         INSERT INTO services (id, customer_id, plan_id, status, price_paise, starts_on, anchor_day, paid_through, ends_on, end_reason,
             created_at, updated_at)
         SELECT gen_random_uuid(), $1, id, (CASE $2::text WHEN 'Pending' THEN 'Ordered' WHEN 'Cancelled' THEN 'Ended' ELSE $2 END)::service_status,
             $7, '2020-01-15', 15, $10::text::date - 1, $3::text::date, $4, now(), now()
         FROM plan",
    )
    .bind(id)
    .bind(text(field::STATUS))
    .bind(text(field::CANCELLED_ON))
    .bind(text(field::CANCEL_REASON))
    .bind(text(field::PLAN_TYPE))
    .bind(number(field::SPEED, 3))
    .bind(number(field::PRICE, 2))
    .bind(text(field::BILLING_CYCLE))
    .bind(derived.values(field::OTT_APPS))
    .bind(text(field::NEXT_BILLING_ON))
    .execute(pool)
    .await
    .expect("a service");
    let [outstanding, paid] = [field::OUTSTANDING, field::LIFETIME_VALUE].map(|field| Paise(number(field, 2)));
    add_money(pool, id, outstanding, paid).await;
}

/// A draft that is valid, to be bent by each test.
pub fn valid_draft(name: &str, email: &str) -> Draft {
    let mut draft = Customers::defaults(now().date_naive());
    for (field, value) in [
        (field::NAME, name),
        (field::EMAIL, email),
        (field::PHONE, "98450 12345"),
        (field::ADDRESS, "12 MG Road"),
        (field::CITY, "Bengaluru"),
        (field::STATE, "Karnataka"),
        (field::PIN_CODE, "560 001"),
        (field::PLAN, &PLAN.to_string()),
    ] {
        draft.put(field, value);
    }
    draft
}

/// Valid data of somebody.
pub fn details(name: &str, email: &str) -> CustomerData {
    data_of(&valid_draft(name, email))
}

/// The data of a valid draft.
pub fn data_of(draft: &Draft) -> CustomerData {
    Customers::parse(draft).expect("valid data")
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

/// One of many customers, all different, with ties in every column that sorts: what people enter, and what is derived. `number` makes the
/// email unique.
pub fn varied(random: &mut Random, number: usize) -> (CustomerData, Draft) {
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
    let mut set = |field: &str, value: String| draft.put(field, value);
    // Numbers that begin alike, so that a part of one is a part of many.
    set(
        field::PHONE,
        format!(
            "9{}{:05}",
            random.pick(&["8450", "9000", "1234"]),
            random.below(100_000)
        ),
    );
    set(field::CITY, (*random.pick(CITIES)).to_owned());
    let mut derived = Draft::default();
    let status = *random.pick(Status::ALL);
    derived.put(field::STATUS, status.to_string());
    if status == Status::Cancelled {
        derived.put(field::CANCELLED_ON, "2026-10-01");
        derived.put(field::CANCEL_REASON, "Moved away");
    }
    derived.put(field::PLAN_TYPE, random.pick(PlanType::ALL));
    derived.put(field::SPEED, random.pick(&["50", "100", "300", "999.999", "1000"]));
    derived.put(field::PRICE, random.pick(&["0", "500", "999.50", "1367", "3000"]));
    derived.put(field::BILLING_CYCLE, random.pick(BillingCycle::ALL));
    set(field::CHURN_RISK, random.pick(ChurnRisk::ALL).to_string());
    set(field::NPS, (random.below(9) as i64 * 25 - 100).to_string());
    let outstanding = random.pick(&["0", "0", "0", "1367", "0.01", "1000000000", "-250.5"]);
    derived.put(field::OUTSTANDING, outstanding);
    if matches!(status, Status::Active | Status::Suspended) {
        derived.put(field::NEXT_BILLING_ON, format!("2026-12-{:02}", 1 + random.below(9)));
    }
    set(field::CUSTOMER_SINCE, format!("20{}-01-15", 18 + random.below(8)));
    derived.put(field::LIFETIME_VALUE, random.below(6) * 10_000);
    let apps = random.some(OttApp::ALL, 30);
    derived.set(field::OTT_APPS, apps.iter().map(ToString::to_string).collect());
    (data_of(&draft), derived)
}

/// Creates a customer of [`varied`].
pub async fn create_varied(pool: &PgPool, audit: &AuditContext, id: Uuid, varied: &(CustomerData, Draft)) -> Customer {
    create_as(pool, audit, id, &varied.0).await;
    set_derived(pool, id, &varied.1).await;
    get(pool, id).await.expect("a customer")
}

/// Creates a customer, who has no services.
pub async fn create(pool: &PgPool, id: Uuid, data: &CustomerData) -> Customer {
    create_as(pool, &audit(), id, data).await
}

/// The same by somebody, at some time.
pub async fn create_as(pool: &PgPool, audit: &AuditContext, id: Uuid, data: &CustomerData) -> Customer {
    ensure_plan(pool).await;
    let data = CustomerData {
        plan: data.plan.or(Some(PLAN)),
        starts_on: data.starts_on.or(Some(date("2027-01-01"))),
        ..data.clone()
    };
    let mut db = pool.acquire().await.expect("a connection");
    let created = write::create::<Customers>(&mut db, audit, id, &data).await;
    created.expect("no refusal").expect("a new id");
    remove_services(pool, id).await;
    get(pool, id).await.expect("a customer")
}

/// A customer, deleted or not.
pub async fn get(pool: &PgPool, id: Uuid) -> Result<Customer, AppError> {
    let mut db = pool.acquire().await.expect("a connection");
    Customers::get(&mut db, id).await
}

/// Gives a customer the data that are made of what is there now, again where somebody else was faster.
pub async fn update(pool: &PgPool, id: Uuid, make: impl Fn(&Customer) -> CustomerData) -> Customer {
    update_as(pool, &audit(), id, make).await
}

/// The same by somebody, at some time.
pub async fn update_as(
    pool: &PgPool,
    audit: &AuditContext,
    id: Uuid,
    make: impl Fn(&Customer) -> CustomerData,
) -> Customer {
    let mut db = pool.acquire().await.expect("a connection");
    loop {
        let current = Customers::get(&mut db, id).await.expect("a customer");
        let updated = write::update::<Customers>(&mut db, audit, &current, &make(&current)).await;
        if let Some(updated) = updated.expect("no refusal") {
            return updated;
        }
    }
}

/// Tries once to give a customer other data; none where somebody else was faster.
pub async fn try_update(pool: &PgPool, id: Uuid, make: impl Fn(&Customer) -> CustomerData) -> Option<Customer> {
    let mut db = pool.acquire().await.expect("a connection");
    let current = Customers::get(&mut db, id).await.expect("a customer");
    let updated = write::update::<Customers>(&mut db, &audit(), &current, &make(&current)).await;
    updated.expect("no refusal")
}

/// Deletes or restores a customer; none where somebody else was faster.
pub async fn set_deleted(pool: &PgPool, id: Uuid, deletes: bool) -> Option<Customer> {
    set_deleted_as(pool, &audit(), id, deletes).await
}

/// The same by somebody, at some time.
pub async fn set_deleted_as(pool: &PgPool, audit: &AuditContext, id: Uuid, deletes: bool) -> Option<Customer> {
    let mut db = pool.acquire().await.expect("a connection");
    let current = Customers::get(&mut db, id).await.expect("a customer");
    let moved = write::set_deleted::<Customers>(&mut db, audit, &current, deletes).await;
    moved.expect("no refusal")
}

/// The version of a record, as a page that is opened now shows it; 0 where there is none.
pub async fn version_of(context: &AppContext, id: Uuid) -> i64 {
    let query = "SELECT version FROM customers WHERE id = $1 UNION ALL SELECT version FROM leads WHERE id = $1
                 UNION ALL SELECT version FROM served_pin_codes WHERE id = $1
                 UNION ALL SELECT version FROM plans WHERE id = $1";
    let found = sqlx::query_scalar(query).bind(id).fetch_optional(context.pool());
    found.await.expect("a database").unwrap_or_default()
}

/// Deletes a live customer.
pub async fn delete(context: &AppContext, id: Uuid) {
    clear_account(context.pool(), id).await;
    let deleted = delete::delete::<Customers>(context, id, version_of(context, id).await).await;
    assert!(matches!(deleted, Ok(DeleteOutcome::Done { .. })), "{deleted:?}");
}

/// Deletes a customer that is not deleted already.
pub async fn delete_if_live(pool: &PgPool, id: Uuid) {
    clear_account(pool, id).await;
    delete::delete::<Customers>(&context(pool), id, version_of(&context(pool), id).await)
        .await
        .expect("no fault");
}

/// What names a customer.
pub fn record_ref(customer: &Customer) -> RecordRef {
    Customers::record_ref(customer)
}

/// A customer's number.
pub fn account_number(customer: &Customer) -> AccountNumber {
    AccountNumber::parse(&customer.reference).expect("an account number")
}

/// Fills the database with varied customers, the same for the same seed, and gives them back.
pub async fn populate(pool: &PgPool, count: usize, seed: u64) -> Vec<Customer> {
    let mut random = Random::new(seed);
    let mut customers = Vec::with_capacity(count);
    for number in 0..count {
        let details = varied(&mut random, number);
        customers.push(create_varied(pool, &audit(), random.id(), &details).await);
    }
    customers
}

/// What a browser sends for a form as it was opened, after a person has typed over some of its fields.
pub fn typed(form: &RecordForm, changes: &[(&str, &str)]) -> String {
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.append_pair(names::ID, &form.id.to_string());
    let fields = || SPEC.fields.iter().map(|field| field.name);
    if let Some(base) = &form.base {
        body.append_pair(names::VERSION, &base.version.to_string());
        body.append_pair(names::REFERENCE, &base.record.reference);
        for field in fields() {
            for value in base.draft.values(field) {
                body.append_pair(&format!("{}{field}", names::ORIGINAL), value);
            }
        }
    }
    if let Some(version) = form.from_version {
        body.append_pair(names::FROM_VERSION, &version.to_string());
    }
    for field in form.conflicts.keys() {
        body.append_pair(names::CONFLICT, field);
    }
    for field in fields() {
        match changes.iter().find(|(changed, _)| *changed == field) {
            Some((_, value)) => {
                body.append_pair(field, value);
            }
            None => {
                body.extend_pairs(form.draft.values(field).iter().map(|value| (field, value)));
            }
        }
    }
    body.finish()
}

/// The same, read by the program.
pub fn submission(form: &RecordForm, changes: &[(&str, &str)]) -> RecordForm {
    RecordForm::parse(&SPEC, &typed(form, changes)).expect("a form")
}

/// A date of a test.
pub fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}
