//! Customers with services, and what the tests do to them in a line.

use app::base::contact::{Gstin, PinCode};
use app::base::time::Clock;
use app::base::units::Paise;
use app::billing::model::payment::NewPayment;
use app::billing::model::provider::Provider;
use app::billing::model::statement::{Statement, Summary};
use app::billing::model::upi::UpiId;
use app::billing::model::{PaymentMethod, PaymentState};
use app::billing::responses::{DraftBill, IssueOutcome, IssuedBill, PaymentOutcome, ReceiptRef};
use app::billing::service::credit::{self, CreditForm};
use app::billing::service::issue::{self, IssueForm};
use app::billing::service::payments::{self, ReversalForm};
use app::billing::store::{providers, statement, summary};
use app::customers::spec::field;
use app::customers::store as customers;
use app::http::context::AppContext;
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use crate::common::{create, data_of, now, valid_draft};

/// A ledger with a provider in Karnataka.
pub struct Ledger {
    pub context: AppContext,
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

pub fn provider() -> Provider {
    Provider {
        name: "Lastmile Networks".into(),
        address_line: "1 Residency Road".into(),
        city: "Bengaluru".into(),
        state: "Karnataka".into(),
        pin_code: PinCode::parse("560025").expect("a PIN code"),
        gstin: Gstin::from_stored("29AAFCD5862R1ZR".into()),
        bank_details: Some("A/c 1234567890, IFSC UTIB0000001".into()),
        upi_id: UpiId::parse("lastmile@okbank").ok(),
        bill_series: "LM".into(),
        note_series: "LC".into(),
        due_days: 10,
        grace_days: None,
    }
}

impl Ledger {
    pub async fn new(pool: &PgPool) -> Self {
        let mut db = pool.acquire().await.expect("a connection");
        let inserted = providers::insert(&mut db, 1, &provider(), now()).await;
        assert!(inserted.expect("a provider"));
        Self {
            context: AppContext::new(pool.clone(), Clock::new(now)),
        }
    }

    /// The same on another day, at noon in India.
    pub fn on(&self, day: &str) -> Self {
        let instant: DateTime<Utc> = format!("{day}T06:30:00Z").parse().expect("a day");
        let context = AppContext::new(self.context.pool().clone(), Clock::new(move || instant));
        Self { context }
    }

    pub async fn customer(&self, name: &str, state: &str) -> Uuid {
        let mut draft = valid_draft(name, &format!("{}@example.in", Uuid::now_v7().simple()));
        draft.put(field::STATE, state);
        create(self.context.pool(), Uuid::now_v7(), &data_of(&draft)).await.id
    }

    /// A customer in Karnataka with a service that is billed on the first of the month.
    pub async fn with_service(&self, name: &str, paise: i64, starts_on: &str) -> (Uuid, Uuid) {
        let customer = self.customer(name, "Karnataka").await;
        (customer, self.service(customer, paise, "Monthly", starts_on).await)
    }

    pub async fn service(&self, customer: Uuid, paise: i64, cycle: &str, starts_on: &str) -> Uuid {
        let id = Uuid::now_v7();
        let insert = sqlx::query(
            "WITH plan AS (
                 INSERT INTO plans (id, code, name, name_key, status, plan_type, download_kbps, upload_kbps, ott_apps, live_channels,
                     price_paise, billing_cycle, gst_rate_bp, sac, search_text, created_at, updated_at)
                 VALUES (gen_random_uuid(), upper(left(replace(gen_random_uuid()::text, '-', ''), 20)), 'Fiber 100', 'fiber 100', 'On sale',
                     'Fiber', 100000, 100000, '{}', 0, $3, $4::billing_cycle, 1800, '998422', ' fiber 100', now(), now())
                 RETURNING id)
             INSERT INTO services (id, customer_id, plan_id, status, price_paise, starts_on, anchor_day, created_at, updated_at)
             SELECT $1, $2, id, 'Active', $3, $5, 1, now(), now() FROM plan",
        );
        let insert = insert
            .bind(id)
            .bind(customer)
            .bind(paise)
            .bind(cycle)
            .bind(day(starts_on));
        insert.execute(self.context.pool()).await.expect("a service");
        id
    }

    pub async fn preview(&self, service: Uuid) -> Result<DraftBill, String> {
        issue::preview(&self.context, service).await.expect("a preview").draft
    }

    /// Issues the next bill of a service, as it is shown.
    pub async fn bill(&self, service: Uuid) -> IssuedBill {
        let shown = self.preview(service).await.expect("something to bill");
        match self.issue(Uuid::now_v7(), service, &shown).await {
            IssueOutcome::Issued(bill) => bill,
            IssueOutcome::Changed(changed) => panic!("{changed:?}"),
        }
    }

    pub async fn issue(&self, id: Uuid, service: Uuid, shown: &DraftBill) -> IssueOutcome {
        let form = IssueForm {
            id,
            service,
            period: shown.period,
            total: shown.total,
        };
        issue::issue(&self.context, form).await.expect("no fault")
    }

    pub async fn credit(&self, bill: Uuid, lines: &[(i16, i64)]) -> Result<IssuedBill, String> {
        let form = CreditForm {
            id: Uuid::now_v7(),
            bill,
            lines: lines.iter().map(|(line, taxable)| (*line, Paise(*taxable))).collect(),
            reason: "Line was down".into(),
        };
        credit::credit(&self.context, form).await.expect("no fault")
    }

    pub fn payment(&self, customer: Uuid, paise: i64, method: PaymentMethod, reference: Option<&str>) -> NewPayment {
        NewPayment {
            id: Uuid::now_v7(),
            customer,
            amount: Paise(paise),
            method,
            reference: reference.map(str::to_owned),
            received_on: self.context.clock.today(),
        }
    }

    pub async fn take(&self, payment: &NewPayment) -> PaymentOutcome {
        payments::take(&self.context, payment.clone()).await.expect("no fault")
    }

    pub async fn pay(&self, customer: Uuid, paise: i64, method: PaymentMethod) -> ReceiptRef {
        match self.take(&self.payment(customer, paise, method, None)).await {
            PaymentOutcome::Taken(receipt) => receipt,
            PaymentOutcome::Refused { message, .. } => panic!("{message}"),
        }
    }

    pub async fn reverse(&self, payment: Uuid, state: PaymentState) -> Result<(), String> {
        let form = ReversalForm {
            payment,
            version: 1,
            state,
            day: self.context.clock.today(),
            reason: "Refused by the bank".into(),
        };
        let reversed = payments::reverse(&self.context, form).await.expect("no fault");
        reversed.map(drop)
    }

    pub async fn summary(&self, customer: Uuid) -> Summary {
        let mut db = self.context.acquire().await.expect("a connection");
        summary::get(&mut db, customer).await.expect("a summary")
    }

    pub async fn owed(&self, customer: Uuid) -> i64 {
        self.summary(customer).await.outstanding.0
    }

    pub async fn statement(&self, customer: Uuid, from: Option<&str>) -> Statement {
        let mut db = self.context.acquire().await.expect("a connection");
        let read = statement::read(&mut db, customer, from.map(day)).await;
        read.expect("a statement")
    }

    /// What is open of a bill, a credit note or a payment.
    pub async fn open(&self, id: Uuid) -> i64 {
        let open = sqlx::query_scalar(
            "SELECT open_paise FROM bills WHERE id = $1 UNION ALL SELECT open_paise FROM payments WHERE id = $1",
        );
        open.bind(id).fetch_one(self.context.pool()).await.expect("open")
    }

    /// That all that is derived is what the rows say.
    pub async fn is_right(&self) {
        let mut db = self.context.acquire().await.expect("a connection");
        let wrong = summary::mismatches(&mut db).await.expect("compared");
        assert_eq!(wrong, summary::Mismatches::default());
        let customers = customers::mismatches(&mut db).await.expect("compared");
        assert_eq!(customers, customers::Mismatches { counts: 0, words: 0 });
    }
}
