//! What a customer has lived through. One hidden number, how unhappy the customer is, moves all that shows it (uptime,
//! tickets, NPS, satisfaction, dues), and the churn risk is judged from what shows, as a person would judge it.

use app::customers::model::{Billing, BillingCycle, ChurnRisk, Plan, Relationship, Standing, Status};
use app::units::{BasisPoints, Paise};
use chrono::{DateTime, Duration, Months, NaiveDate, Utc};

use super::dice::Dice;

/// The days over which the customers have come, about eight years.
const DAYS: f64 = 2_922.0;
/// Who came in the last so many days may still be waiting for a connection.
const WAITING_DAYS: f64 = 35.0;

/// When customer number `row` of `rows` came: the numbers follow the time, and ever more came. Never after `midnight`.
pub(super) fn came_at(dice: &mut Dice, row: u64, rows: u64, midnight: DateTime<Utc>) -> DateTime<Utc> {
    let place = (row as f64 - dice.unit()) / rows as f64;
    let days_ago = DAYS * (1.0 - place) * (1.0 - place);
    // People sign up from 9 to 21 o'clock: the whole day is squeezed into these twelve hours, in order.
    let whole_days = days_ago.ceil();
    let part_of_day = whole_days - days_ago;
    let seconds = 9.0 * 3_600.0 + part_of_day * 12.0 * 3_600.0;
    midnight - Duration::days(whole_days.max(1.0) as i64) + Duration::seconds(seconds as i64)
}

/// What shows of a customer's mood, and the mood itself.
pub(super) struct Mood {
    /// From 0, content, to 1.
    unhappy: f64,
    pub(super) uptime: BasisPoints,
}

/// A customer's status is drawn first; the mood follows from it, and everything else from the mood.
pub(super) fn status(dice: &mut Dice, days_ago: i64) -> Status {
    let waiting = 0.85 * (1.0 - days_ago as f64 / WAITING_DAYS);
    if waiting > 0.0 && dice.chance(waiting) {
        return Status::Pending;
    }
    // Nobody is cut off or leaves in the first weeks.
    if days_ago < 60 {
        return Status::Active;
    }
    dice.pick_weighted(&[(Status::Active, 876), (Status::Suspended, 74), (Status::Cancelled, 50)])
}

pub(super) fn mood(dice: &mut Dice, status: Status) -> Mood {
    let drawn = dice.unit();
    let unhappy = match status {
        Status::Pending => 0.0,
        // Most are content, and the unhappy are very unhappy.
        Status::Active => 0.08 * dice.unit() + 0.86 * drawn * drawn * drawn * drawn,
        Status::Suspended => 0.25 + 0.65 * drawn,
        Status::Cancelled => 0.3 + 0.7 * drawn,
    };
    let lost = 5.0 + 45.0 * dice.unit() + unhappy * unhappy * (250.0 + 180.0 * dice.unit());
    let uptime = match status {
        Status::Pending => BasisPoints(9_999),
        _ => BasisPoints((10_000 - lost as i32).clamp(9_500, 9_999)),
    };
    Mood { unhappy, uptime }
}

/// How it goes, and what is due.
pub(super) fn relationship_and_billing(
    dice: &mut Dice,
    came: Came,
    standing: &Standing,
    plan: &Plan,
    mood: &Mood,
) -> (Relationship, Billing) {
    let status = standing.status();
    let (next_billing_on, billed) = bills(came, standing, plan.billing_cycle);
    let last_billed_on = before(came.on, next_billing_on, plan.billing_cycle);
    let bill = plan.price.0 * i64::from(plan.billing_cycle.months());
    let unpaid = unpaid_bills(dice, came.today - last_billed_on, status, mood, plan.billing_cycle).min(billed);
    // Some of those who owe are a few days over their date; the bill that falls due there is not made yet.
    let is_recent = last_billed_on > came.on && came.today - last_billed_on < Duration::days(8);
    let is_overdue = status == Status::Active && is_recent && unpaid > 0 && billed > unpaid && dice.chance(0.6);
    let (next_billing_on, billed) = match is_overdue {
        true => (last_billed_on, billed - 1),
        false => (next_billing_on, billed),
    };
    let tickets = tickets(dice, came, status, mood);
    let nps = nps(dice, status, mood);
    let satisfaction = satisfaction(dice, status, mood);
    let relationship = Relationship {
        customer_since: came.on,
        lifetime_value: Paise(bill * (billed - unpaid)),
        churn_risk: churn_risk(mood.uptime, tickets, nps, satisfaction, unpaid),
        nps,
        tickets,
        last_ticket_on: (tickets > 0).then(|| last_ticket(dice, came, standing, mood)),
        satisfaction,
        referred_by: None,
    };
    let billing = Billing {
        next_billing_on,
        outstanding: Paise(bill * unpaid),
    };
    (relationship, billing)
}

/// The day a customer came, and today.
#[derive(Clone, Copy)]
pub(super) struct Came {
    pub(super) on: NaiveDate,
    pub(super) today: NaiveDate,
}

impl Came {
    pub(super) fn days_ago(self) -> i64 {
        (self.today - self.on).num_days()
    }
}

/// The next bill's day and how many bills there were. A bill is made on the first day and then once each cycle; the last
/// one before a cancellation is the last of all. Who waits for a connection has not had one.
fn bills(came: Came, standing: &Standing, cycle: BillingCycle) -> (NaiveDate, i64) {
    let until = match standing {
        Standing::Cancelled { on, .. } => *on,
        _ => came.today,
    };
    let months = cycle.months();
    // A year has at most 366 days: this is never too many cycles, and at most two too few.
    let passed = (until - came.on).num_days().max(0) * 12 / 366 / i64::from(months);
    let mut cycles = u32::try_from(passed).unwrap_or(0);
    let day = |cycles: u32| came.on + Months::new(cycles * months);
    while day(cycles) <= until {
        cycles += 1;
    }
    match standing {
        Standing::Pending => (day(cycles), 0),
        _ => (day(cycles), i64::from(cycles)),
    }
}

/// The billing day before this one; the first day where there is none.
fn before(came_on: NaiveDate, billing_on: NaiveDate, cycle: BillingCycle) -> NaiveDate {
    let months = cycle.months();
    let day = |cycles: u32| came_on + Months::new(cycles * months);
    let passed = (billing_on - came_on).num_days() * 12 / 366 / i64::from(months);
    let mut cycles = u32::try_from(passed - 1).unwrap_or(0);
    while day(cycles + 1) < billing_on {
        cycles += 1;
    }
    day(cycles)
}

fn unpaid_bills(dice: &mut Dice, since_billed: Duration, status: Status, mood: &Mood, cycle: BillingCycle) -> i64 {
    let owes = match status {
        Status::Pending => 0.0,
        // Whoever owes for a quarter of a year has been cut off.
        Status::Active if since_billed > Duration::days(90) => 0.0,
        Status::Active => 0.06 + 0.8 * mood.unhappy * mood.unhappy,
        Status::Suspended => 0.92,
        Status::Cancelled => 0.35,
    };
    if !dice.chance(owes) {
        return 0;
    }
    let late = if status == Status::Suspended { 40 } else { 12 };
    match cycle {
        BillingCycle::Monthly => dice.pick_weighted(&[(1, 70), (2, late), (3, late / 2)]),
        BillingCycle::Quarterly => dice.pick_weighted(&[(1, 90), (2, late / 2)]),
        BillingCycle::Annual => 1,
    }
}

fn tickets(dice: &mut Dice, came: Came, status: Status, mood: &Mood) -> i32 {
    // A new customer has had little time to complain.
    let most = match (status, came.days_ago()) {
        (Status::Pending, _) => return i32::from(dice.chance(0.1)),
        (_, ..30) => 2.0,
        (_, ..120) => 5.0,
        _ => 10.0,
    };
    let expected = 0.3 + 9.0 * mood.unhappy + 1.1 * dice.about_zero();
    expected.clamp(0.0, most) as i32
}

fn last_ticket(dice: &mut Dice, came: Came, standing: &Standing, mood: &Mood) -> NaiveDate {
    let until = match standing {
        Standing::Cancelled { on, .. } => *on,
        _ => came.today,
    };
    let days = (until - came.on).num_days().max(0);
    // The unhappy called lately.
    let unit = dice.unit();
    let ago = (1.0 - 0.9 * mood.unhappy) * unit * unit * days.min(720) as f64;
    until - Duration::days((ago as i64).min(days))
}

fn nps(dice: &mut Dice, status: Status, mood: &Mood) -> i16 {
    // Who waits for a connection was not asked yet: 0, as for a new customer in the form.
    if status == Status::Pending {
        return 0;
    }
    (68.0 - 92.0 * mood.unhappy + 15.0 * dice.about_zero()).clamp(-20.0, 90.0) as i16
}

fn satisfaction(dice: &mut Dice, status: Status, mood: &Mood) -> Option<i16> {
    if status == Status::Pending || dice.chance(0.03) {
        return None;
    }
    let score = 5.5 - 3.9 * mood.unhappy + 0.5 * dice.about_zero();
    Some(score.clamp(1.0, 5.0) as i16)
}

/// Judged as a person would who looks at the record: a point or two for each sign of trouble.
fn churn_risk(uptime: BasisPoints, tickets: i32, nps: i16, satisfaction: Option<i16>, unpaid: i64) -> ChurnRisk {
    let points = [
        f64::from(10_000 - uptime.0) / 100.0,
        f64::from(tickets) * 0.45,
        f64::from(60 - nps).max(0.0) / 20.0,
        satisfaction.map_or(0.0, |score| f64::from(5 - score) * 0.9),
        unpaid as f64 * 1.2,
    ];
    let judged: f64 = points.iter().sum();
    match judged {
        HIGH.. => ChurnRisk::High,
        MEDIUM.. => ChurnRisk::Medium,
        _ => ChurnRisk::Low,
    }
}

/// From so many points on, chosen so that about a tenth of the customers is there.
const HIGH: f64 = 10.0;
/// From so many points on, chosen so that nearly a fifth is between here and [`HIGH`].
const MEDIUM: f64 = 4.8;
