//! What happened to a customer since the first day. One hidden number, how unhappy the customer is, drives all that depends on it
//! (uptime, tickets, NPS, satisfaction, unpaid bills). The churn risk is then judged from these, as a person would judge it.

use app::base::units::BasisPoints;
use app::customers::model::{ChurnRisk, Status};
use app::plans::model::BillingCycle;
use chrono::{DateTime, Duration, Months, NaiveDate, Utc};

use super::plans::Plan;
use super::rng::SeededRng;

/// The customers signed up over so many days, about eight years.
const DAYS: f64 = 2_922.0;
/// A customer who signed up in the last so many days may still wait for the connection.
const PENDING_DAYS: f64 = 35.0;

/// When customer number `row` of `rows` signed up: in the order of the numbers, more every year, and never after `midnight`.
pub(super) fn signed_up_at(rng: &mut SeededRng, row: u64, rows: u64, midnight: DateTime<Utc>) -> DateTime<Utc> {
    let position = (row as f64 - rng.unit()) / rows as f64;
    let days_ago = DAYS * (1.0 - position) * (1.0 - position);
    // People sign up from 9 to 21 o'clock. The day is scaled to these twelve hours, which keeps the order.
    let whole_days = days_ago.ceil();
    let part_of_day = whole_days - days_ago;
    let seconds = 9.0 * 3_600.0 + part_of_day * 12.0 * 3_600.0;
    midnight - Duration::days(whole_days.max(1.0) as i64) + Duration::seconds(seconds as i64)
}

/// How a customer feels about the service, and the uptime that the feeling comes from.
pub(super) struct Sentiment {
    /// From 0 (content) to 1.
    unhappy: f64,
    pub(super) uptime: BasisPoints,
}

/// Draws the status first: the sentiment depends on it, and everything else on the sentiment.
pub(super) fn status(rng: &mut SeededRng, days_ago: i64) -> Status {
    let pending = 0.85 * (1.0 - days_ago as f64 / PENDING_DAYS);
    if pending > 0.0 && rng.chance(pending) {
        return Status::Pending;
    }
    // Nobody is suspended or cancels in the first weeks.
    if days_ago < 60 {
        return Status::Active;
    }
    rng.pick_weighted(&[(Status::Active, 876), (Status::Suspended, 74), (Status::Cancelled, 50)])
}

/// Draws the sentiment of a customer with this status.
pub(super) fn sentiment(rng: &mut SeededRng, status: Status) -> Sentiment {
    let drawn = rng.unit();
    let unhappy = match status {
        Status::Pending => 0.0,
        // Most are content, and the few unhappy ones are very unhappy.
        Status::Active => 0.08 * rng.unit() + 0.86 * drawn * drawn * drawn * drawn,
        Status::Suspended => 0.25 + 0.65 * drawn,
        Status::Cancelled => 0.3 + 0.7 * drawn,
    };
    let lost = 5.0 + 45.0 * rng.unit() + unhappy * unhappy * (250.0 + 180.0 * rng.unit());
    let uptime = match status {
        Status::Pending => BasisPoints(9_999),
        _ => BasisPoints((10_000 - lost as i32).clamp(9_500, 9_999)),
    };
    Sentiment { unhappy, uptime }
}

/// How the customer and the provider get along, and how many bills the customer has not paid.
pub(super) struct Relationship {
    pub(super) churn_risk: ChurnRisk,
    pub(super) nps: i16,
    pub(super) tickets: i32,
    pub(super) last_ticket_on: Option<NaiveDate>,
    pub(super) satisfaction: Option<i16>,
    pub(super) next_bill_on: NaiveDate,
    pub(super) unpaid_bills: usize,
}

/// Draws the relationship of a customer with this status.
pub(super) fn relationship(
    rng: &mut SeededRng,
    tenure: Tenure,
    status: Status,
    plan: &Plan,
    sentiment: &Sentiment,
) -> Relationship {
    let (next_bill_on, billed) = bills(tenure, status, plan.billing_cycle);
    let last_billed_on = previous_billing_date(tenure.since, next_bill_on, plan.billing_cycle);
    let unpaid = unpaid_bills(
        rng,
        tenure.today - last_billed_on,
        status,
        sentiment,
        plan.billing_cycle,
    )
    .min(billed);
    // Some of those who owe are a few days past their billing date, and the bill of that date is not made yet.
    let is_recent = last_billed_on > tenure.since && tenure.today - last_billed_on < Duration::days(8);
    let is_overdue = status == Status::Active && is_recent && unpaid > 0 && billed > unpaid && rng.chance(0.6);
    let next_bill_on = if is_overdue { last_billed_on } else { next_bill_on };
    let tickets = tickets(rng, tenure, status, sentiment);
    let nps = nps(rng, status, sentiment);
    let satisfaction = satisfaction(rng, status, sentiment);
    Relationship {
        churn_risk: churn_risk(sentiment.uptime, tickets, nps, satisfaction, unpaid),
        nps,
        tickets,
        last_ticket_on: (tickets > 0).then(|| last_ticket(rng, tenure, sentiment)),
        satisfaction,
        next_bill_on,
        unpaid_bills: usize::try_from(unpaid).unwrap_or(0),
    }
}

/// How long somebody has been a customer: the first day, the last of one who has cancelled, and today.
#[derive(Clone, Copy)]
pub(super) struct Tenure {
    pub(super) since: NaiveDate,
    pub(super) cancelled_on: Option<NaiveDate>,
    pub(super) today: NaiveDate,
}

impl Tenure {
    pub(super) fn days(self) -> i64 {
        (self.today - self.since).num_days()
    }

    fn end(self) -> NaiveDate {
        self.cancelled_on.unwrap_or(self.today)
    }
}

/// The next billing date, and how many bills there were. A bill is made on the first day and then once each cycle, until a cancellation.
/// A pending customer has not had one.
fn bills(tenure: Tenure, status: Status, cycle: BillingCycle) -> (NaiveDate, i64) {
    let until = tenure.end();
    let months = cycle.months();
    // A year has at most 366 days, so this is never too many cycles, and at most two too few.
    let elapsed = (until - tenure.since).num_days().max(0) * 12 / 366 / i64::from(months);
    let mut cycles = u32::try_from(elapsed).unwrap_or(0);
    let day = |cycles: u32| tenure.since + Months::new(cycles * months);
    while day(cycles) <= until {
        cycles += 1;
    }
    match status {
        Status::Pending => (day(cycles), 0),
        _ => (day(cycles), i64::from(cycles)),
    }
}

/// The billing date before this one. The first day where there is none.
fn previous_billing_date(first_day: NaiveDate, billing_on: NaiveDate, cycle: BillingCycle) -> NaiveDate {
    let months = cycle.months();
    let day = |cycles: u32| first_day + Months::new(cycles * months);
    let elapsed = (billing_on - first_day).num_days() * 12 / 366 / i64::from(months);
    let mut cycles = u32::try_from(elapsed - 1).unwrap_or(0);
    while day(cycles + 1) < billing_on {
        cycles += 1;
    }
    day(cycles)
}

fn unpaid_bills(
    rng: &mut SeededRng,
    since_billed: Duration,
    status: Status,
    sentiment: &Sentiment,
    cycle: BillingCycle,
) -> i64 {
    let owes = match status {
        Status::Pending => 0.0,
        // A customer who has not paid for a quarter of a year is suspended.
        Status::Active if since_billed > Duration::days(90) => 0.0,
        Status::Active => 0.06 + 0.8 * sentiment.unhappy * sentiment.unhappy,
        // It was suspended for that.
        Status::Suspended => 1.0,
        Status::Cancelled => 0.35,
    };
    if !rng.chance(owes) {
        return 0;
    }
    let several = if status == Status::Suspended { 40 } else { 12 };
    match cycle {
        BillingCycle::Monthly => rng.pick_weighted(&[(1, 70), (2, several), (3, several / 2)]),
        BillingCycle::Quarterly => rng.pick_weighted(&[(1, 90), (2, several / 2)]),
        BillingCycle::Annual => 1,
    }
}

fn tickets(rng: &mut SeededRng, tenure: Tenure, status: Status, sentiment: &Sentiment) -> i32 {
    // A new customer has had little time to complain.
    let most = match (status, tenure.days()) {
        (Status::Pending, _) => return i32::from(rng.chance(0.1)),
        (_, ..30) => 2.0,
        (_, ..120) => 5.0,
        _ => 10.0,
    };
    let expected = 0.3 + 9.0 * sentiment.unhappy + 1.1 * rng.about_zero();
    expected.clamp(0.0, most) as i32
}

fn last_ticket(rng: &mut SeededRng, tenure: Tenure, sentiment: &Sentiment) -> NaiveDate {
    let until = tenure.end();
    let days = (until - tenure.since).num_days().max(0);
    // Unhappy customers called recently.
    let unit = rng.unit();
    let ago = (1.0 - 0.9 * sentiment.unhappy) * unit * unit * days.min(720) as f64;
    until - Duration::days((ago as i64).min(days))
}

fn nps(rng: &mut SeededRng, status: Status, sentiment: &Sentiment) -> i16 {
    // A pending customer was not asked yet: 0, as for a new customer in the form.
    if status == Status::Pending {
        return 0;
    }
    (68.0 - 92.0 * sentiment.unhappy + 15.0 * rng.about_zero()).clamp(-20.0, 90.0) as i16
}

fn satisfaction(rng: &mut SeededRng, status: Status, sentiment: &Sentiment) -> Option<i16> {
    if status == Status::Pending || rng.chance(0.03) {
        return None;
    }
    let score = 5.5 - 3.9 * sentiment.unhappy + 0.5 * rng.about_zero();
    Some(score.clamp(1.0, 5.0) as i16)
}

/// Judges the risk as a person would who looks at the record: a point or two for each sign of trouble.
fn churn_risk(uptime: BasisPoints, tickets: i32, nps: i16, satisfaction: Option<i16>, unpaid: i64) -> ChurnRisk {
    let points = [
        f64::from(10_000 - uptime.0) / 100.0,
        f64::from(tickets) * 0.45,
        f64::from(60 - nps).max(0.0) / 20.0,
        satisfaction.map_or(0.0, |score| f64::from(5 - score) * 0.9),
        unpaid as f64 * 1.2,
    ];
    match points.iter().sum::<f64>() {
        HIGH.. => ChurnRisk::High,
        MEDIUM.. => ChurnRisk::Medium,
        _ => ChurnRisk::Low,
    }
}

/// At least so many points are a high risk: about a tenth of the customers.
const HIGH: f64 = 10.0;
/// At least so many points are a medium risk: nearly a fifth of the customers.
const MEDIUM: f64 = 4.8;
