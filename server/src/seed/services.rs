//! The services of the generated customers, with what happened to each: such that they give the customers the status and the plan that they have.

use app::base::units::Paise;
use app::customers::model::Status;
use app::services::model::{Event, EventCause, EventKind, ServiceState, ServiceStatus};
use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};
use uuid::Uuid;

use super::customers::{Row, midnight};
use super::plans::{Plan, PlanChoice};
use super::rng::{RngStream, SeededRng};

/// A service as the seed loads it.
pub(super) struct Service {
    pub(super) id: Uuid,
    pub(super) customer: Uuid,
    pub(super) state: ServiceState,
    pub(super) login: String,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) events: Vec<ServiceEvent>,
}

/// An event of one.
pub(super) struct ServiceEvent {
    pub(super) id: Uuid,
    pub(super) service: Uuid,
    pub(super) event: Event,
    pub(super) cause: EventCause,
    /// The plan and the price before a change of plan.
    pub(super) before: Option<(Uuid, Paise)>,
    pub(super) is_applied: bool,
    pub(super) created_at: DateTime<Utc>,
}

/// Tells what happened to a service, from its order on.
struct Story<'a> {
    rng: &'a mut SeededRng,
    today: NaiveDate,
    service: Uuid,
    state: ServiceState,
    events: Vec<ServiceEvent>,
    /// The day of the last event.
    last: NaiveDate,
}

impl Story<'_> {
    /// An event of today or before takes effect, a later one waits.
    fn add(&mut self, kind: EventKind, cause: EventCause, day: NaiveDate, reason: Option<&str>, plan: Option<&Plan>) {
        let event = Event {
            kind,
            effective_on: day,
            reason: reason.map(ToOwned::to_owned),
            plan: plan.map(|plan| (plan.id, plan.price)),
        };
        let before = (kind == EventKind::PlanChanged).then_some((self.state.plan, self.state.price));
        let is_applied = day <= self.today && (kind == EventKind::Ordered || self.state.apply(&event).is_ok());
        let created_at = midnight(day.min(self.today)) + Duration::minutes(self.rng.between(9 * 60, 19 * 60));
        let created_at = created_at.min(midnight(self.today));
        self.events.push(ServiceEvent {
            id: self.rng.uuid(created_at),
            service: self.service,
            event,
            cause,
            before: before.filter(|_| is_applied),
            is_applied,
            created_at,
        });
        self.last = self.last.max(day.min(self.today));
    }

    /// A day between the last event and another day, so many days before that at least; none where there is no room.
    fn day_before(&mut self, end: NaiveDate, days: i64) -> Option<NaiveDate> {
        let room = (end - self.last).num_days() - days;
        (room > 20).then(|| self.last + Duration::days(self.rng.between(10, room)))
    }

    /// A break of so many days.
    fn interruption(&mut self, kind: EventKind, causes: [EventCause; 2], reason: &str, days: i64, end: NaiveDate) {
        if let Some(day) = self.day_before(end, days + 5) {
            self.add(kind, causes[0], day, Some(reason), None);
            self.add(EventKind::Resumed, causes[1], day + Duration::days(days), None, None);
        }
    }
}

/// The services of a customer.
pub(super) fn services(rng_seed: u64, row: &Row, plans: &PlanChoice, today: NaiveDate) -> Vec<Service> {
    let number = row.account_number.0;
    let mut rng = SeededRng::new(rng_seed, RngStream::Services, number.unsigned_abs());
    let second = row.status == Status::Active && (today - row.data.customer_since).num_days() > 200 && rng.chance(0.02);
    let mut services = vec![main_service(&mut rng, row, plans, today)];
    if let Some(plan) = plans.cheapest().filter(|plan| second && plan.price <= row.plan.price) {
        services.push(second_service(&mut rng, row, plan, today));
    }
    services
}

fn main_service(rng: &mut SeededRng, row: &Row, plans: &PlanChoice, today: NaiveDate) -> Service {
    let since = row.data.customer_since;
    let end = row.cancelled_on.unwrap_or(today);
    let had_slower = (end - since).num_days() > 400 && rng.chance(0.3);
    let before = plans.slower_than(&row.plan).filter(|_| had_slower);
    let first = before.unwrap_or(&row.plan);
    let is_pending = row.status == Status::Pending;
    let starts_on = match is_pending {
        true => today + Duration::days(rng.between(1, 14)),
        false => (since + Duration::days(rng.between(0, 3))).min(end).min(today),
    };
    let service = rng.uuid(row.created_at);
    let mut story = Story {
        rng,
        today,
        service,
        state: ServiceState::ordered(first.id, first.price, starts_on),
        events: Vec::new(),
        last: since,
    };
    story.add(EventKind::Ordered, EventCause::Request, since, None, Some(first));
    story.add(EventKind::Activated, EventCause::Request, starts_on, None, None);
    if before.is_some()
        && let Some(day) = story.day_before(end, 60)
    {
        story.add(EventKind::PlanChanged, EventCause::Request, day, None, Some(&row.plan));
    }
    // Where there was no room for the change, the service had the plan from the beginning.
    if (story.state.plan, story.state.price) != (row.plan.id, row.plan.price) {
        (story.state.plan, story.state.price) = (row.plan.id, row.plan.price);
        if let Some(ordered) = story.events.first_mut() {
            ordered.event.plan = Some((row.plan.id, row.plan.price));
        }
    }
    if !is_pending && story.rng.chance(0.12) {
        let days = story.rng.between(2, 15);
        let causes = [EventCause::Dues, EventCause::Payment];
        story.interruption(
            EventKind::Suspended,
            causes,
            "Two bills unpaid",
            days,
            end - Duration::days(45),
        );
    }
    if !is_pending && story.rng.chance(0.05) {
        let days = story.rng.between(15, 60);
        let causes = [EventCause::Request, EventCause::Request];
        story.interruption(
            EventKind::Paused,
            causes,
            "Away from home",
            days,
            end - Duration::days(45),
        );
    }
    if !is_pending && story.rng.chance(0.04) {
        let days = story.rng.between(1, 6);
        let causes = [EventCause::Move, EventCause::Request];
        story.interruption(
            EventKind::Paused,
            causes,
            "Moves to a new address",
            days,
            end - Duration::days(45),
        );
    }
    match row.status {
        Status::Suspended => {
            let day = (today - Duration::days(story.rng.between(3, 40))).max(story.last);
            story.add(EventKind::Suspended, EventCause::Dues, day, Some("Bills unpaid"), None);
        }
        Status::Cancelled => {
            let reason = row.cancel_reason.as_deref();
            story.add(EventKind::Ended, EventCause::Request, end, reason, None);
        }
        Status::Active if story.rng.chance(0.012) => {
            let day = today + Duration::days(story.rng.between(2, 25));
            story.add(
                EventKind::Ended,
                EventCause::Move,
                day,
                Some("Moves to another city"),
                None,
            );
        }
        Status::Active if story.rng.chance(0.015) => {
            let faster = plans
                .0
                .iter()
                .filter(|plan| plan.plan_type == row.plan.plan_type && plan.speed > row.plan.speed);
            if let Some(plan) = faster.min_by_key(|plan| (plan.speed, plan.price)) {
                let day = today + Duration::days(story.rng.between(2, 25));
                story.add(EventKind::PlanChanged, EventCause::Request, day, None, Some(plan));
            }
        }
        _ => {}
    }
    let paid_through = row.next_bill_on - Duration::days(1);
    story.state.anchor_day = row.next_bill_on.day();
    story.state.paid_through = match story.state.status {
        ServiceStatus::Ordered => None,
        ServiceStatus::Ended => story.state.ends_on,
        _ => Some(paid_through.max(starts_on)),
    };
    finish(story, row, "")
}

fn second_service(rng: &mut SeededRng, row: &Row, plan: &Plan, today: NaiveDate) -> Service {
    let starts_on = today - Duration::days(rng.between(20, 180));
    let service = rng.uuid(midnight(starts_on));
    let mut story = Story {
        rng,
        today,
        service,
        state: ServiceState::ordered(plan.id, plan.price, starts_on),
        events: Vec::new(),
        last: starts_on,
    };
    story.add(EventKind::Ordered, EventCause::Request, starts_on, None, Some(plan));
    story.add(EventKind::Activated, EventCause::Request, starts_on, None, None);
    story.state.paid_through = Some(today.max(starts_on));
    finish(story, row, "-2")
}

fn finish(story: Story<'_>, row: &Row, line: &str) -> Service {
    let created_at = story.events.first().map_or(row.created_at, |event| event.created_at);
    let applied = story.events.iter().filter(|event| event.is_applied);
    Service {
        id: story.service,
        customer: row.id,
        state: story.state,
        login: format!("{}{line}@fiber", row.account_number.to_string().to_lowercase()),
        updated_at: applied.map(|event| event.created_at).max().unwrap_or(created_at),
        created_at,
        events: story.events,
    }
}
