//! Credit notes: they take a bill back, whole or in part.

use chrono::NaiveDate;
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use super::dues::resume_paid;
use super::issue::record_issue;
use crate::base::audit::AuditContext;
use crate::base::error::AppError;
use crate::base::units::Paise;
use crate::billing::model::BillKind;
use crate::billing::model::allocation::{Credit, Source};
use crate::billing::model::credit::credit_line;
use crate::billing::model::tax::{Supply, Taxed};
use crate::billing::responses::{CreditOutcome, IssuedBill};
use crate::billing::store::bills::{self, NewBill, NewLine, StoredBill, StoredLine};
use crate::billing::store::customers;
use crate::billing::store::settle::{NewEntry, settle};
use crate::billing::store::{providers, services};
use crate::http::context::AppContext;

/// What is to be credited of a bill.
#[derive(Clone, Debug)]
pub struct CreditForm {
    /// Made with the form, so that the form sent twice is one note.
    pub id: Uuid,
    /// The bill.
    pub bill: Uuid,
    /// Lines by their numbers, each with the amount without tax; all that is left of the bill where there are none.
    pub lines: Vec<(i16, Paise)>,
    /// Why.
    pub reason: String,
}

/// What a note credits.
#[derive(Debug, Default, PartialEq, Eq)]
struct Credited {
    lines: Vec<NewLine>,
    /// The lines of the bill of which nothing is left.
    reversed: Vec<i16>,
    amount: Taxed,
    round_off: Paise,
}

impl Credited {
    const fn total(&self) -> Paise {
        Paise(self.amount.total().0 + self.round_off.0)
    }
}

/// Credits a bill.
///
/// # Errors
/// `NotFound`.
pub async fn credit(context: &AppContext, form: CreditForm) -> Result<CreditOutcome, AppError> {
    let write = move |context: AppContext| async move {
        let mut db = context.pool().acquire().await?;
        credit_bill(&mut db, &context.audit(), context.clock.today(), &form).await
    };
    context.run_write(write).await
}

/// [`credit`] on a connection, on a day.
///
/// # Errors
/// `NotFound`.
pub async fn credit_bill(
    db: &mut PgConnection,
    audit: &AuditContext,
    today: NaiveDate,
    form: &CreditForm,
) -> Result<CreditOutcome, AppError> {
    let customer = bills::get(&mut *db, form.bill).await?.customer;
    let mut transaction = db.begin().await?;
    let customer = customers::lock_one(&mut transaction, customer).await?;
    if let Some(note) = bills::find(&mut transaction, form.id).await? {
        return Ok(Ok(IssuedBill {
            id: note.id,
            number: note.number.unwrap_or_default(),
            total: note.total,
        }));
    }
    let bill = bills::get(&mut transaction, form.bill).await?;
    let lines = bills::lines(&mut transaction, form.bill).await?;
    let provider = providers::get(&mut transaction, None).await?;
    let (Some(states), Some((version, provider)), BillKind::Invoice) = (bill.states, provider, bill.kind) else {
        return Ok(Err("Only a bill with a GST number can be credited.".into()));
    };
    let credited = match credited(&bill, &lines, form, Supply::between(states.0, states.1)) {
        Ok(credited) => credited,
        Err(message) => return Ok(Err(message)),
    };
    unbill(&mut transaction, &lines, &credited.reversed, form.bill).await?;
    bills::insert_lines(&mut transaction, form.id, &credited.lines).await?;
    let total = credited.total();
    let credit = NewEntry::Credit(Credit {
        source: Source::CreditNote(form.id, form.bill),
        open: total,
    });
    let open = settle(&mut transaction, customer.customer.id, Some(credit), audit.at).await?;
    resume_paid(&mut transaction, audit, customer.customer.id).await?;
    record_issue(&mut transaction, audit, form.id, BillKind::CreditNote, total, &customer).await?;
    let note = NewBill {
        id: form.id,
        customer: &customer,
        credits: Some((form.bill, &form.reason)),
        issued_on: today,
        due_on: None,
        provider: (version, &provider.note_series),
        states,
        amount: credited.amount,
        round_off: credited.round_off,
        open,
    };
    let number = bills::insert_numbered(&mut transaction, &note, audit.at).await?;
    transaction.commit().await?;
    Ok(Ok(IssuedBill {
        id: form.id,
        number,
        total,
    }))
}

/// Marks lines as wholly credited, and lets their days be billed again.
async fn unbill(
    transaction: &mut PgConnection,
    lines: &[StoredLine],
    reversed: &[i16],
    bill: Uuid,
) -> Result<(), AppError> {
    if reversed.is_empty() {
        return Ok(());
    }
    bills::set_reversed(transaction, bill, reversed).await?;
    let periods = lines.iter().filter(|line| reversed.contains(&line.number));
    let (services, from): (Vec<Uuid>, Vec<NaiveDate>) = periods
        .filter_map(|line| Some((line.line.service?, line.line.period.from)))
        .unzip();
    services::set_unbilled(transaction, &services, &from).await
}

/// What a form takes of a bill, or why it cannot.
fn credited(bill: &StoredBill, lines: &[StoredLine], form: &CreditForm, supply: Supply) -> Result<Credited, String> {
    let mut left: Vec<&StoredLine> = lines.iter().filter(|line| !line.is_reversed).collect();
    if left.is_empty() {
        return Err("All of this bill is credited already.".into());
    }
    let count = left.len();
    if !form.lines.is_empty() {
        left.retain(|line| form.lines.iter().any(|(number, _)| *number == line.number));
        if left.len() != form.lines.len() {
            return Err("A line of this bill is credited already. Look at the bill again.".into());
        }
    }
    let mut credited = Credited::default();
    for line in left {
        let asked = form.lines.iter().find(|(number, _)| *number == line.number);
        let taxable = asked.map_or(line.left.taxable, |(_, taxable)| *taxable);
        let amount = credit_line(line.left, taxable, line.line.rate, supply)
            .filter(|_| taxable.0 > 0 || asked.is_none())
            .ok_or_else(|| {
                format!(
                    "Enter an amount up to {} for “{}”.",
                    line.left.taxable, line.line.description
                )
            })?;
        if amount == line.left {
            credited.reversed.push(line.number);
        }
        credited.amount = credited.amount + amount;
        credited.lines.push(NewLine {
            of: Some((form.bill, line.number)),
            amount,
            ..line.line.clone()
        });
    }
    // The last note of a bill takes what is left of the rounding, so that the notes add up to the bill.
    let (credited_total, credited_round_off) = bill.credited;
    if credited.reversed.len() == count {
        credited.round_off = Paise(bill.round_off.0 - credited_round_off.0);
    } else if credited_total.0 + credited.total().0 > bill.total.0 {
        return Err("So little would be left that it is rounded away: credit all of the bill.".into());
    }
    Ok(credited)
}
