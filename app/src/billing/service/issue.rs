//! Bills for services. The preview and the bill come from the same lines of code, so that what is shown is what is billed.

use chrono::{Days, NaiveDate};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use crate::base::audit::{AuditContext, AuditEvent, Change, EntityKind};
use crate::base::error::AppError;
use crate::base::units::Paise;
use crate::billing::model::BillKind;
use crate::billing::model::allocation::OpenBill;
use crate::billing::model::period::Period;
use crate::billing::model::provider::Provider;
use crate::billing::model::state_code::StateCode;
use crate::billing::model::tax::Supply;
use crate::billing::responses::{BillPreview, DraftBill, IssueOutcome, IssuedBill};
use crate::billing::store::bills::{self, NewBill, NewLine};
use crate::billing::store::customers::{self, LedgerCustomer};
use crate::billing::store::providers;
use crate::billing::store::services::{self, BilledService};
use crate::billing::store::settle::{NewEntry, settle};
use crate::db::audit_log;
use crate::http::context::AppContext;

/// A bill that a person has seen and wants to be issued.
#[derive(Clone, Copy, Debug)]
pub struct IssueForm {
    /// Made with the preview, so that the form sent twice is one bill.
    pub id: Uuid,
    /// The service.
    pub service: Uuid,
    /// The days that were shown.
    pub period: Period,
    /// The total that was shown.
    pub total: Paise,
}

/// All that a bill for a service is made of.
struct Prepared {
    customer: LedgerCustomer,
    service: BilledService,
    provider: Option<(i64, Provider)>,
    today: NaiveDate,
}

/// A draft, with what it needs to be issued.
struct Issuable<'a> {
    draft: DraftBill,
    provider: (i64, &'a str),
    states: (StateCode, StateCode),
}

impl Prepared {
    async fn read(db: &mut PgConnection, service: BilledService, today: NaiveDate) -> Result<Self, AppError> {
        Ok(Self {
            customer: customers::get(db, service.customer).await?,
            service,
            provider: providers::get(db, None).await?,
            today,
        })
    }

    /// The next bill, or why there is none.
    fn next_bill(&self) -> Result<Issuable<'_>, String> {
        let Some((version, provider)) = &self.provider else {
            return Err("An Admin has to enter the provider's details first.".into());
        };
        let Some(states) = provider.state_code().zip(self.customer.state) else {
            return Err("The state of the customer or of the provider has no GST code. Correct it first.".into());
        };
        if self.customer.is_deleted {
            return Err("The customer was deleted.".into());
        }
        if !self.service.is_billed {
            return Err("The service is not active yet, or paused: there is nothing to bill.".into());
        }
        let supply = Supply::between(states.0, states.1);
        let Some(charge) = self.service.billable.next_charge(supply) else {
            return Err("The service has ended, and all of it is billed.".into());
        };
        let round_off = charge.amount.round_off();
        let draft = DraftBill {
            plan: self.service.plan.clone(),
            period: charge.period,
            amount: charge.amount,
            rate: self.service.billable.rate,
            round_off,
            total: Paise(charge.amount.total().0 + round_off.0),
            due_on: self.today + Days::new(provider.due_days.unsigned_abs().into()),
        };
        Ok(Issuable {
            draft,
            provider: (*version, &provider.bill_series),
            states,
        })
    }

    fn preview(&self, is_changed: bool) -> BillPreview {
        BillPreview {
            id: Uuid::now_v7(),
            service: self.service.id,
            customer: self.customer.customer.clone(),
            draft: self.next_bill().map(|bill| bill.draft),
            is_changed,
        }
    }
}

/// What the next bill of a service is.
///
/// # Errors
/// `NotFound`.
pub async fn preview(context: &AppContext, service: Uuid) -> Result<BillPreview, AppError> {
    let mut db = context.acquire().await?;
    let service = services::get(&mut db, service).await?;
    let prepared = Prepared::read(&mut db, service, context.clock.today()).await?;
    Ok(prepared.preview(false))
}

/// Issues the next bill of a service, where it is the one that was shown.
///
/// # Errors
/// `NotFound`.
pub async fn issue(context: &AppContext, form: IssueForm) -> Result<IssueOutcome, AppError> {
    let write = move |context: AppContext| async move {
        let mut db = context.pool().acquire().await?;
        issue_shown(&mut db, &context.audit(), context.clock.today(), form).await
    };
    context.run_write(write).await
}

/// [`issue`] on a connection, on a day.
///
/// # Errors
/// `NotFound`; `Contended` where another bill was faster.
pub async fn issue_shown(
    db: &mut PgConnection,
    audit: &AuditContext,
    today: NaiveDate,
    form: IssueForm,
) -> Result<IssueOutcome, AppError> {
    let customer = services::get(&mut *db, form.service).await?.customer;
    let mut transaction = db.begin().await?;
    customers::lock(&mut transaction, &[customer]).await?;
    if let Some(bill) = bills::find(&mut transaction, form.id).await? {
        return Ok(IssueOutcome::Issued(IssuedBill {
            id: bill.id,
            number: bill.number.unwrap_or_default(),
            total: bill.total,
        }));
    }
    let service = services::lock(&mut transaction, customer, form.service).await?;
    let prepared = Prepared::read(&mut transaction, service, today).await?;
    let bill = match prepared.next_bill() {
        Ok(bill) if bill.draft.period == form.period && bill.draft.total == form.total => bill,
        _ => return Ok(IssueOutcome::Changed(Box::new(prepared.preview(true)))),
    };
    let number = write_bill(&mut transaction, audit, &prepared, &bill, form.id).await?;
    transaction.commit().await?;
    Ok(IssueOutcome::Issued(IssuedBill {
        id: form.id,
        number,
        total: bill.draft.total,
    }))
}

/// Writes a bill with its line and what pays it; the number comes last.
async fn write_bill(
    transaction: &mut PgConnection,
    audit: &AuditContext,
    prepared: &Prepared,
    bill: &Issuable<'_>,
    id: Uuid,
) -> Result<String, AppError> {
    let Prepared { customer, service, .. } = prepared;
    let draft = &bill.draft;
    if !services::set_billed(transaction, service, draft.period).await? {
        return Err(AppError::Contended);
    }
    let line = NewLine {
        service: Some(service.id),
        description: draft.plan.clone(),
        sac: service.sac.clone(),
        period: draft.period,
        amount: draft.amount,
        rate: draft.rate,
        of: None,
    };
    bills::insert_lines(transaction, id, &[line]).await?;
    let entry = OpenBill { id, open: draft.total };
    let open = settle(transaction, customer.customer.id, Some(NewEntry::Bill(entry)), audit.at).await?;
    record_issue(transaction, audit, id, BillKind::Invoice, draft.total, customer).await?;
    let bill = NewBill {
        id,
        customer,
        credits: None,
        issued_on: prepared.today,
        due_on: Some(draft.due_on),
        provider: bill.provider,
        states: bill.states,
        amount: draft.amount,
        round_off: draft.round_off,
        open,
    };
    bills::insert_numbered(transaction, &bill, audit.at).await
}

/// Writes into the history that a bill or a credit note is issued.
pub(super) async fn record_issue(
    transaction: &mut PgConnection,
    audit: &AuditContext,
    id: Uuid,
    kind: BillKind,
    total: Paise,
    customer: &LedgerCustomer,
) -> Result<(), AppError> {
    let event = AuditEvent {
        context: *audit,
        entity: EntityKind::Bill,
        id,
        version: 1,
    };
    let what = format!("{kind}, {total}, {}", customer.label());
    audit_log::record(transaction, &event, &[Change::of("created", None, Some(what))]).await
}
