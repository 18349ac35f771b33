//! The rows of the ledger in the text format of COPY.

use app::base::units::Paise;
use app::billing::model::BillKind;
use app::billing::model::allocation::Source;
use app::billing::model::provider::address;
use app::billing::store::bills::bill_text;
use app::billing::store::payments::payment_text;
use chrono::Duration;

use super::copy::Line;
use super::customers::midnight;
use super::ledger::{Account, Allocation, Bill, BilledPlan, BroughtForward, Counted, DUE_DAYS, Payment};

/// The columns of `bills` in the order in which [`bill`] writes them.
pub(super) const BILLS: &str = "COPY bills (id, customer_id, kind, number, of_bill, reason, issued_on, due_on, provider_version, \
     billed_name, billed_address, supplied_from, supplied_to, taxable_paise, cgst_paise, sgst_paise, igst_paise, round_off_paise, \
     total_paise, open_paise, search_text, created_at) FROM STDIN";

/// The columns of `bill_lines` in the order in which [`line`] writes them.
pub(super) const LINES: &str = "COPY bill_lines (bill_id, line, service_id, description, sac, from_on, to_on, taxable_paise, \
     gst_rate_bp, cgst_paise, sgst_paise, igst_paise, of_bill, of_line) FROM STDIN";

/// The columns of `payments` in the order in which [`payment`] writes them.
pub(super) const PAYMENTS: &str = "COPY payments (id, customer_id, receipt, received_on, amount_paise, method, reference, state, \
     reversed_on, reason, open_paise, payer_name, taken_by, version, search_text, created_at) FROM STDIN";

/// The columns of `allocations` in the order in which [`allocation`] writes them.
pub(super) const ALLOCATIONS: &str =
    "COPY allocations (id, bill_id, payment_id, note_id, amount_paise, created_at, undone_at) FROM STDIN";

/// Adds the lines of an account's bills, each with its number.
pub(super) fn bill(out: &mut String, (account, numbers, version): &(Account, Vec<String>, i64)) {
    if let Some(before) = &account.brought_forward {
        brought_forward(out, account, before);
    }
    for (bill, number) in account.bills.iter().zip(numbers) {
        let data = &account.row.data;
        let counted = Counted::of(bill);
        let mut line = Line(out);
        line.field(bill.id);
        line.field(account.row.id);
        line.field(if counted == Counted::Note {
            "Credit note"
        } else {
            "Invoice"
        });
        line.field(number);
        line.optional(bill.of_bill);
        line.optional(bill.of_bill.map(|_| "The line was down for three days"));
        line.field(bill.day);
        line.optional((counted == Counted::Bill).then(|| bill.day + Duration::days(DUE_DAYS)));
        line.field(version);
        line.field(&data.name);
        line.field(address(&data.address_line, &data.city, &data.state, &data.pin_code));
        line.field(account.states.0);
        line.field(account.states.1);
        amounts(&mut line, bill);
        line.field(bill.round_off.0);
        line.field(bill.total().0);
        line.field(bill.open.0);
        line.field(bill_text(number, &data.name, &account.row.account_number.to_string()));
        line.instant(midnight(bill.day) + Duration::hours(12));
        line.end();
    }
}

/// A bill without a number, a provider and tax.
fn brought_forward(out: &mut String, account: &Account, before: &BroughtForward) {
    const NONE: Option<&str> = None;
    let data = &account.row.data;
    let mut line = Line(out);
    line.field(before.id);
    line.field(account.row.id);
    line.field(BillKind::BroughtForward);
    line.optional(NONE);
    line.optional(NONE);
    line.optional(NONE);
    line.field(before.day);
    line.field(before.day);
    line.optional(NONE);
    line.field(&data.name);
    line.field(address(&data.address_line, &data.city, &data.state, &data.pin_code));
    line.field(account.states.0);
    line.field(account.states.1);
    for part in [before.amount.0, 0, 0, 0, 0] {
        line.field(part);
    }
    line.field(before.amount.0);
    line.field(before.open.0);
    let number = BillKind::BroughtForward.as_str();
    line.field(bill_text(number, &data.name, &account.row.account_number.to_string()));
    line.instant(midnight(before.day) + Duration::hours(12));
    line.end();
}

fn amounts(line: &mut Line<'_>, bill: &Bill) {
    let amount = bill.charge.amount;
    for Paise(part) in [amount.taxable, amount.cgst, amount.sgst, amount.igst] {
        line.field(part);
    }
}

/// Adds the only line of a bill.
pub(super) fn line(out: &mut String, bill: &Bill, plan: &BilledPlan) {
    let amount = bill.charge.amount;
    let mut line = Line(out);
    line.field(bill.id);
    line.field(1);
    line.field(bill.service);
    line.field(&plan.name);
    line.field(&plan.sac);
    line.field(bill.charge.period.from);
    line.field(bill.charge.period.to);
    line.field(amount.taxable.0);
    line.field(plan.rate.0);
    line.field(amount.cgst.0);
    line.field(amount.sgst.0);
    line.field(amount.igst.0);
    line.optional(bill.of_bill);
    line.optional(bill.of_bill.map(|_| 1));
    line.end();
}

/// Adds the lines of an account's payments, each with its receipt number.
pub(super) fn payment(out: &mut String, (account, receipts): &(Account, Vec<i64>)) {
    for (payment, receipt) in account.payments.iter().zip(receipts) {
        payment_row(out, account, payment, *receipt);
    }
}

fn payment_row(out: &mut String, account: &Account, payment: &Payment, receipt: i64) {
    let name = &account.row.data.name;
    let mut line = Line(out);
    line.field(payment.id);
    line.field(account.row.id);
    line.field(receipt);
    line.field(payment.day);
    line.field(payment.amount.0);
    line.field(payment.method);
    line.optional(payment.reference.as_deref());
    line.field(payment.state);
    line.optional(payment.reversed_on);
    line.optional(payment.reversed_on.map(|_| "Funds insufficient"));
    line.field(payment.open.0);
    line.field(name);
    line.optional(payment.taken_by);
    line.field(if payment.reversed_on.is_some() { 2 } else { 1 });
    let account = account.row.account_number.to_string();
    line.field(payment_text(receipt, payment.reference.as_deref(), name, &account));
    line.instant(midnight(payment.day) + Duration::hours(12));
    line.end();
}

/// Adds an allocation's line.
pub(super) fn allocation(out: &mut String, row: &Allocation) {
    let (payment, note) = match row.source {
        Source::Payment(id) => (Some(id), None),
        Source::CreditNote(id, _) => (None, Some(id)),
    };
    let mut line = Line(out);
    line.field(row.id);
    line.field(row.bill);
    line.optional(payment);
    line.optional(note);
    line.field(row.amount.0);
    line.instant(midnight(row.day) + Duration::hours(13));
    let undone = row
        .undone_on
        .map(|day| (midnight(day) + Duration::hours(12)).to_rfc3339());
    line.optional(undone);
    line.end();
}
