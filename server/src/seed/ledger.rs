//! The bills and payments of the generated customers: what each was billed in the last months, and how each pays.

use std::collections::{BTreeMap, HashMap};
use std::iter;
use std::sync::Arc;

use app::base::units::{BasisPoints, Paise};
use app::billing::model::allocation::{Credit, OpenBill, Source, allocate};
use app::billing::model::charge::{Billable, Charge};
use app::billing::model::number::FinancialYear;
use app::billing::model::period::{Cycle, day_before};
use app::billing::model::state_code::StateCode;
use app::billing::model::tax::{Supply, Taxed};
use app::billing::model::{PaymentMethod, PaymentState};
use app::plans::model::BillingCycle;
use chrono::{Duration, Months, NaiveDate};
use uuid::Uuid;

use super::customers::{Row, midnight};
use super::rng::{RngStream, SeededRng};
use super::services::Service;

/// After so many days a bill is due.
pub(super) const DUE_DAYS: i64 = 10;

/// What bills say of a plan.
pub(super) struct BilledPlan {
    pub(super) name: String,
    pub(super) sac: String,
    pub(super) rate: BasisPoints,
    pub(super) cycle: BillingCycle,
}

/// What all customers' bills are made with.
#[derive(Clone)]
pub(super) struct Terms {
    pub(super) rng_seed: u64,
    pub(super) today: NaiveDate,
    /// For how many months there are bills.
    pub(super) months: u32,
    /// The provider's state.
    pub(super) state: StateCode,
    pub(super) plans: Arc<HashMap<Uuid, BilledPlan>>,
    /// Who may have taken a payment.
    pub(super) takers: Arc<Vec<Uuid>>,
}

/// A bill or a credit note.
#[derive(Clone)]
pub(super) struct Bill {
    pub(super) id: Uuid,
    pub(super) day: NaiveDate,
    /// Of a credit note: the bill.
    pub(super) of_bill: Option<Uuid>,
    pub(super) service: Uuid,
    pub(super) plan: Uuid,
    pub(super) charge: Charge,
    pub(super) round_off: Paise,
    pub(super) open: Paise,
}

impl Bill {
    pub(super) const fn total(&self) -> Paise {
        Paise(self.charge.amount.total().0 + self.round_off.0)
    }
}

/// A payment.
#[derive(Clone)]
pub(super) struct Payment {
    pub(super) id: Uuid,
    pub(super) day: NaiveDate,
    pub(super) amount: Paise,
    pub(super) method: PaymentMethod,
    pub(super) reference: Option<String>,
    pub(super) state: PaymentState,
    pub(super) reversed_on: Option<NaiveDate>,
    pub(super) taken_by: Option<Uuid>,
    pub(super) open: Paise,
}

/// A part of a payment or a credit note that pays a bill.
#[derive(Clone)]
pub(super) struct Allocation {
    pub(super) id: Uuid,
    pub(super) bill: Uuid,
    pub(super) source: Source,
    pub(super) amount: Paise,
    pub(super) day: NaiveDate,
    pub(super) undone_on: Option<NaiveDate>,
}

/// What was not paid of the bills of before.
#[derive(Clone)]
pub(super) struct BroughtForward {
    pub(super) id: Uuid,
    pub(super) day: NaiveDate,
    pub(super) amount: Paise,
    pub(super) open: Paise,
}

/// All of a customer.
pub(super) struct Account {
    pub(super) row: Row,
    pub(super) states: (StateCode, StateCode),
    pub(super) brought_forward: Option<BroughtForward>,
    pub(super) bills: Vec<Bill>,
    pub(super) payments: Vec<Payment>,
    pub(super) allocations: Vec<Allocation>,
}

/// How a customer pays.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Habit {
    Prompt,
    Late,
    InHalves,
    Ahead,
    ByCheque,
}

/// What happens on a day.
enum Happening {
    Bill(Uuid, Uuid, Charge),
    Pay(Paise, PaymentMethod),
    /// The last cheque.
    Bounce,
    /// A tenth of the last bill.
    Credit,
}

/// Tells the account of a customer; none where the state has no code.
pub(super) fn account(terms: &Terms, row: Row, services: &[Service]) -> Option<Account> {
    let states = (terms.state, StateCode::of(&row.data.state)?);
    let number = row.account_number.0.unsigned_abs();
    let mut rng = SeededRng::new(terms.rng_seed, RngStream::Ledger, number);
    let mut happenings = Vec::new();
    let habit = habit(&mut rng);
    let supply = Supply::between(states.0, states.1);
    let mut owed_before = Paise(0);
    for (unpaid, service) in iter::once(row.unpaid_bills).chain(iter::repeat(0)).zip(services) {
        let charges = charges(terms, service, supply);
        let last = charges.len();
        let older = unpaid.saturating_sub(last);
        owed_before.0 += older as i64 * whole_bill(terms, service, supply).0;
        for (place, charge) in charges.into_iter().enumerate() {
            let day = charge.period.from.min(terms.today);
            let total = Paise(charge.amount.total().0 + charge.amount.round_off().0);
            happenings.push((day, Happening::Bill(service.id, service.state.plan, charge)));
            if place + unpaid < last {
                pay(&mut rng, habit, (place, day, total), &mut happenings);
            }
            if rng.chance(0.004) {
                happenings.push((day + Duration::days(12), Happening::Credit));
            }
        }
    }
    // The order of a day is that in which they were told.
    happenings.retain(|(day, _)| *day <= terms.today);
    happenings.sort_by_key(|(day, _)| *day);
    let first_day = (terms.today - Months::new(terms.months)).max(row.data.customer_since);
    let brought_forward = (owed_before.0 > 0).then(|| BroughtForward {
        id: rng.uuid(midnight(first_day)),
        day: first_day,
        amount: owed_before,
        open: owed_before,
    });
    let mut teller = Teller {
        rng,
        takers: terms.takers.clone(),
        plans: terms.plans.clone(),
        account: Account {
            row,
            states,
            brought_forward,
            bills: Vec::new(),
            payments: Vec::new(),
            allocations: Vec::new(),
        },
    };
    for (day, happening) in happenings {
        teller.tell(day, happening);
    }
    Some(teller.account)
}

fn habit(rng: &mut SeededRng) -> Habit {
    let habits = [
        (Habit::Prompt, 70),
        (Habit::Late, 12),
        (Habit::InHalves, 5),
        (Habit::Ahead, 6),
        (Habit::ByCheque, 7),
    ];
    rng.pick_weighted(&habits)
}

/// When and how a bill is paid.
fn pay(
    rng: &mut SeededRng,
    habit: Habit,
    (place, day, total): (usize, NaiveDate, Paise),
    happenings: &mut Vec<(NaiveDate, Happening)>,
) {
    let method = rng.pick_weighted(&[
        (PaymentMethod::Upi, 60),
        (PaymentMethod::Cash, 20),
        (PaymentMethod::Bank, 10),
        (PaymentMethod::Card, 10),
    ]);
    let mut at = |days: i64, happening| happenings.push((day + Duration::days(days), happening));
    match habit {
        Habit::Prompt => at(rng.between(0, 4), Happening::Pay(total, method)),
        Habit::Late => at(rng.between(12, 28), Happening::Pay(total, method)),
        Habit::InHalves => {
            let half = Paise(total.0 / 200 * 100);
            at(5, Happening::Pay(half, method));
            at(25, Happening::Pay(Paise(total.0 - half.0), method));
        }
        Habit::Ahead if place % 3 == 0 => at(2, Happening::Pay(Paise(3 * total.0), method)),
        Habit::Ahead => {}
        Habit::ByCheque => {
            at(6, Happening::Pay(total, PaymentMethod::Cheque));
            if rng.chance(0.1) {
                at(9, Happening::Bounce);
                at(15, Happening::Pay(total, PaymentMethod::Cash));
            }
        }
    }
}

/// What a bill of a service comes to, for a whole period.
fn whole_bill(terms: &Terms, service: &Service, supply: Supply) -> Paise {
    let Some(plan) = terms.plans.get(&service.state.plan) else {
        return Paise(0);
    };
    let price = Paise(service.state.price.0 * i64::from(plan.cycle.months()));
    let amount = Taxed::new(price, plan.rate, supply);
    Paise(amount.total().0 + amount.round_off().0)
}

/// What a service was billed for in the last months, up to the last day that is billed.
fn charges(terms: &Terms, service: &Service, supply: Supply) -> Vec<Charge> {
    let state = &service.state;
    let (Some(last), Some(plan)) = (state.paid_through, terms.plans.get(&state.plan)) else {
        return Vec::new();
    };
    let months = plan.cycle.months();
    let since = terms.today - Months::new(terms.months);
    // Back from the next bill, so that the periods end where it begins.
    let next = last + Duration::days(1);
    let starts = (0..).map(|count| next - Months::new(count * months));
    let first = starts.take_while(|start| *start > since).last().unwrap_or(next);
    let anchor = Cycle {
        anchor_day: state.anchor_day,
        months: 1,
    };
    let begun = anchor.period_from(first).map_or(first, |period| period.whole.from);
    let mut billable = Billable {
        price: state.price,
        rate: plan.rate,
        cycle: Cycle {
            anchor_day: state.anchor_day,
            months,
        },
        starts_on: state.starts_on,
        ends_on: Some(last),
        paid_through: day_before(begun).filter(|day| *day >= state.starts_on),
        billed_from: None,
    };
    let mut charges = Vec::new();
    while let Some(charge) = billable.next_charge(supply) {
        billable.paid_through = Some(charge.period.to);
        if charge.period.to > since {
            charges.push(charge);
        }
    }
    charges
}

/// Applies what happens, one after the other.
struct Teller {
    rng: SeededRng,
    takers: Arc<Vec<Uuid>>,
    plans: Arc<HashMap<Uuid, BilledPlan>>,
    account: Account,
}

impl Teller {
    fn tell(&mut self, day: NaiveDate, happening: Happening) {
        let id = self.rng.uuid(midnight(day) + Duration::hours(12));
        match happening {
            Happening::Bill(service, plan, charge) => {
                let mut bill = Bill {
                    id,
                    day,
                    of_bill: None,
                    service,
                    plan,
                    round_off: charge.amount.round_off(),
                    charge,
                    open: Paise(0),
                };
                bill.open = bill.total();
                self.account.bills.push(bill);
            }
            Happening::Pay(amount, method) if amount.0 > 0 => self.pay((id, day), amount, method),
            Happening::Pay(..) => return,
            Happening::Bounce => self.bounce(day),
            Happening::Credit => self.credit(id, day),
        }
        self.settle(day);
    }

    fn pay(&mut self, (id, day): (Uuid, NaiveDate), amount: Paise, method: PaymentMethod) {
        let count = self.account.payments.len() as i64;
        let reference = match method {
            PaymentMethod::Cash => None,
            PaymentMethod::Cheque | PaymentMethod::Card => Some(format!("{:06}", self.rng.between(1, 999_999))),
            _ => Some(format!("4{:011}", self.account.row.account_number.0 * 1_000 + count)),
        };
        let taken_by = (!self.takers.is_empty()).then(|| self.rng.pick(&self.takers));
        self.account.payments.push(Payment {
            id,
            day,
            amount,
            method,
            reference,
            state: PaymentState::Received,
            reversed_on: None,
            taken_by,
            open: amount,
        });
    }

    fn bounce(&mut self, day: NaiveDate) {
        let account = &mut self.account;
        let is_cheque =
            |payment: &&mut Payment| payment.method == PaymentMethod::Cheque && payment.state == PaymentState::Received;
        let Some(cheque) = account.payments.iter_mut().rev().find(is_cheque) else {
            return;
        };
        (cheque.state, cheque.reversed_on, cheque.open) = (PaymentState::Bounced, Some(day), Paise(0));
        for paid in account
            .allocations
            .iter_mut()
            .filter(|paid| paid.source == Source::Payment(cheque.id))
        {
            paid.undone_on = Some(day);
            let before = account
                .brought_forward
                .iter_mut()
                .filter(|before| before.id == paid.bill);
            before.for_each(|before| before.open.0 += paid.amount.0);
            let bills = account.bills.iter_mut().filter(|bill| bill.id == paid.bill);
            bills.for_each(|bill| bill.open.0 += paid.amount.0);
        }
    }

    fn credit(&mut self, id: Uuid, day: NaiveDate) {
        let last = self.account.bills.iter().rev().find(|bill| bill.of_bill.is_none());
        let Some(bill) = last.filter(|bill| bill.total().0 > 10_000).cloned() else {
            return;
        };
        if self.account.bills.iter().any(|note| note.of_bill == Some(bill.id)) {
            return;
        }
        let amount = bill.charge.amount;
        let supply = Supply::between(self.account.states.0, self.account.states.1);
        let rate = self.plans.get(&bill.plan).map_or(BasisPoints(0), |plan| plan.rate);
        let mut note = Bill {
            id,
            day,
            of_bill: Some(bill.id),
            charge: Charge {
                amount: Taxed::new(Paise(amount.taxable.0 / 10), rate, supply),
                ..bill.charge
            },
            round_off: Paise(0),
            ..bill
        };
        note.open = note.total();
        self.account.bills.push(note);
    }

    fn settle(&mut self, day: NaiveDate) {
        let account = &mut self.account;
        let before = account.brought_forward.iter().filter(|before| before.open.0 > 0);
        let mut bills: Vec<OpenBill> = before
            .map(|before| OpenBill {
                id: before.id,
                open: before.open,
            })
            .collect();
        let mut credits: Vec<Credit> = Vec::new();
        for bill in account.bills.iter().filter(|bill| bill.open.0 > 0) {
            let (id, open) = (bill.id, bill.open);
            match bill.of_bill {
                None => bills.push(OpenBill { id, open }),
                Some(of_bill) => credits.push(Credit {
                    source: Source::CreditNote(id, of_bill),
                    open,
                }),
            }
        }
        let open_payments = account.payments.iter().filter(|payment| payment.open.0 > 0);
        credits.extend(open_payments.map(|payment| Credit {
            source: Source::Payment(payment.id),
            open: payment.open,
        }));
        for made in allocate(&mut bills, &mut credits) {
            let source = match made.source {
                Source::Payment(id) | Source::CreditNote(id, _) => id,
            };
            let paid = account
                .bills
                .iter_mut()
                .filter(|bill| bill.id == made.bill || bill.id == source);
            paid.for_each(|bill| bill.open.0 -= made.amount.0);
            let before = account
                .brought_forward
                .iter_mut()
                .filter(|before| before.id == made.bill);
            before.for_each(|before| before.open.0 -= made.amount.0);
            let used = account.payments.iter_mut().filter(|payment| payment.id == source);
            used.for_each(|payment| payment.open.0 -= made.amount.0);
            account.allocations.push(Allocation {
                id: self.rng.uuid(midnight(day) + Duration::hours(13)),
                bill: made.bill,
                source: made.source,
                amount: made.amount,
                day,
                undone_on: None,
            });
        }
    }
}

/// What is numbered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Counted {
    Bill,
    Note,
    Receipt,
}

impl Counted {
    pub(super) const fn of(bill: &Bill) -> Self {
        match bill.of_bill {
            None => Self::Bill,
            Some(_) => Self::Note,
        }
    }
}

/// The next number of each day, so that numbers follow the days although the rows come customer by customer.
#[derive(Clone, Default)]
pub(super) struct Numbers(BTreeMap<(Counted, NaiveDate), i64>);

impl Numbers {
    /// Counts all that will be numbered.
    pub(super) fn count(accounts: impl Iterator<Item = Account>) -> Self {
        let mut counts: BTreeMap<(Counted, NaiveDate), i64> = BTreeMap::new();
        for account in accounts {
            let bills = account.bills.iter().map(|bill| (Counted::of(bill), bill.day));
            let receipts = account.payments.iter().map(|payment| (Counted::Receipt, payment.day));
            for key in bills.chain(receipts) {
                *counts.entry(key).or_default() += 1;
            }
        }
        let mut next: BTreeMap<(Counted, i16), i64> = BTreeMap::new();
        for ((counted, day), count) in &mut counts {
            let next = next.entry((*counted, series_year(*counted, *day))).or_insert(1);
            let first = *next;
            *next += *count;
            *count = first;
        }
        Self(counts)
    }

    /// The next number of a day.
    pub(super) fn take(&mut self, counted: Counted, day: NaiveDate) -> i64 {
        let next = self.0.entry((counted, day)).or_insert(1);
        *next += 1;
        *next - 1
    }

    /// Once all are taken: the next number of each series, of bills and credit notes in each financial year.
    pub(super) fn next(&self) -> BTreeMap<(Counted, i16), i64> {
        let mut all = BTreeMap::new();
        for ((counted, day), next) in &self.0 {
            all.insert((*counted, series_year(*counted, *day)), *next);
        }
        all
    }
}

/// Receipts are counted through all years.
fn series_year(counted: Counted, day: NaiveDate) -> i16 {
    match counted {
        Counted::Bill | Counted::Note => FinancialYear::of(day).0,
        Counted::Receipt => 0,
    }
}
