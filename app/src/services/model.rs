//! The words of services, and what each event does to one.

use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::base::roles::Permission;
use crate::base::units::Paise;
use crate::base::word_enum::word_enum;

word_enum! {
    /// How a service stands.
    pub enum ServiceStatus as "service_status" {
        /// Connected and billed.
        Active = "Active",
        /// Cut off by the provider, usually for dues.
        Suspended = "Suspended",
        /// Stopped for a while at the customer's request.
        Paused = "Paused",
        /// Not yet connected.
        Ordered = "Ordered",
        /// Over; has a day and a reason.
        Ended = "Ended",
    }
}

word_enum! {
    /// What happens to a service.
    pub enum EventKind as "service_event_kind" {
        /// A customer orders it.
        Ordered = "Ordered",
        /// It is connected.
        Activated = "Activated",
        /// The provider cuts it off.
        Suspended = "Suspended",
        /// It goes on after a suspension or a pause.
        Resumed = "Resumed",
        /// It stops for a while, at the customer's request.
        Paused = "Paused",
        /// It has another plan.
        PlanChanged = "Plan changed",
        /// It is over.
        Ended = "Ended",
    }
}

word_enum! {
    /// Why it happens.
    pub enum EventCause as "service_event_cause" {
        /// The customer wants it.
        Request = "Request",
        /// The customer owes money.
        Dues = "Dues",
        /// The customer has paid.
        Payment = "Payment",
        /// The line is broken.
        Fault = "Fault",
        /// The customer moves.
        Move = "Move",
        /// It was wrong before.
        Correction = "Correction",
    }
}

word_enum! {
    /// What people do with a service, in the order of the buttons: the harmless first. The word stands in the address.
    pub enum ServiceAction {
        /// Connects it.
        Activate = "activate",
        /// Lets it go on.
        Resume = "resume",
        /// Gives it another plan.
        ChangePlan = "change-plan",
        /// Gives it another login.
        SetLogin = "login",
        /// Stops it for a while.
        Pause = "pause",
        /// Cuts it off.
        Suspend = "suspend",
        /// Ends it.
        End = "end",
    }
}

impl ServiceAction {
    /// The event that it makes; a login is no event.
    pub const fn event(self) -> Option<EventKind> {
        match self {
            Self::Activate => Some(EventKind::Activated),
            Self::ChangePlan => Some(EventKind::PlanChanged),
            Self::Suspend => Some(EventKind::Suspended),
            Self::Pause => Some(EventKind::Paused),
            Self::Resume => Some(EventKind::Resumed),
            Self::End => Some(EventKind::Ended),
            Self::SetLogin => None,
        }
    }

    /// Who may do it.
    pub const fn permission(self) -> Permission {
        match self {
            Self::ChangePlan => Permission::SellServices,
            _ => Permission::ManageServices,
        }
    }

    /// What its button says.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Activate => "Activate",
            Self::ChangePlan => "Change plan",
            Self::Suspend => "Suspend",
            Self::Pause => "Pause",
            Self::Resume => "Resume",
            Self::End => "End service",
            Self::SetLogin => "Change login",
        }
    }

    /// The causes that its form offers, the usual one first.
    pub const fn causes(self) -> &'static [EventCause] {
        use EventCause::{Correction, Dues, Fault, Move, Payment, Request};
        match self {
            Self::Suspend => &[Dues, Fault, Correction],
            Self::Pause => &[Request, Move, Fault],
            Self::Resume => &[Request, Payment, Correction],
            Self::End => &[Request, Move, Dues, Fault, Correction],
            Self::Activate | Self::ChangePlan => &[Request, Correction],
            Self::SetLogin => &[],
        }
    }

    /// What can be done with a service that has a status.
    pub fn of_status(status: ServiceStatus) -> impl Iterator<Item = Self> {
        let all = Self::ALL.iter().copied();
        all.filter(move |action| match action.event() {
            Some(kind) => kind.next_status(status).is_some(),
            None => status != ServiceStatus::Ended,
        })
    }
}

impl EventKind {
    /// The status that it gives a service of another one; none where it cannot happen to such a service.
    pub const fn next_status(self, status: ServiceStatus) -> Option<ServiceStatus> {
        use ServiceStatus::{Active, Ended, Ordered, Paused, Suspended};
        match (self, status) {
            (Self::Activated, Ordered) | (Self::Resumed, Suspended | Paused) => Some(Active),
            (Self::Suspended, Active) => Some(Suspended),
            (Self::Paused, Active) => Some(Paused),
            (Self::PlanChanged, Active | Suspended | Paused | Ordered) => Some(status),
            (Self::Ended, Active | Suspended | Paused | Ordered) => Some(Ended),
            _ => None,
        }
    }
}

/// What a service is at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceState {
    /// How it stands.
    pub status: ServiceStatus,
    /// The plan.
    pub plan: Uuid,
    /// For a month, without GST.
    pub price: Paise,
    /// The first day; of an ordered one the planned day.
    pub starts_on: NaiveDate,
    /// The day of the month on which its billing periods begin, 1 to 31.
    pub anchor_day: u32,
    /// The last day that is billed.
    pub paid_through: Option<NaiveDate>,
    /// The last day.
    pub ends_on: Option<NaiveDate>,
    /// Why it has ended.
    pub end_reason: Option<String>,
}

/// An event as far as it changes a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happens.
    pub kind: EventKind,
    /// On which day, in India.
    pub effective_on: NaiveDate,
    /// Why, in words.
    pub reason: Option<String>,
    /// Of an order and of a change of plan: the plan and its price.
    pub plan: Option<(Uuid, Paise)>,
}

impl ServiceState {
    /// One that is ordered.
    pub fn ordered(plan: Uuid, price: Paise, starts_on: NaiveDate) -> Self {
        Self {
            status: ServiceStatus::Ordered,
            plan,
            price,
            starts_on,
            anchor_day: starts_on.day(),
            paid_through: None,
            ends_on: None,
            end_reason: None,
        }
    }

    /// Does what an event does.
    ///
    /// # Errors
    /// A sentence where it cannot happen to a service of this status; then nothing is changed.
    pub fn apply(&mut self, event: &Event) -> Result<(), String> {
        let Some(status) = event.kind.next_status(self.status) else {
            return Err(format!("The service was {} then.", self.status.as_str().to_lowercase()));
        };
        let day = event.effective_on;
        match event.kind {
            EventKind::Activated => {
                (self.starts_on, self.anchor_day, self.paid_through) = (day, day.day(), None);
            }
            EventKind::PlanChanged => (self.plan, self.price) = event.plan.unwrap_or((self.plan, self.price)),
            EventKind::Ended => {
                // An order that is taken back never started.
                self.starts_on = self.starts_on.min(day);
                self.paid_through = self.paid_through.filter(|_| self.status != ServiceStatus::Ordered);
                self.ends_on = Some(day);
                self.end_reason = event.reason.clone();
            }
            EventKind::Ordered | EventKind::Suspended | EventKind::Resumed | EventKind::Paused => {}
        }
        self.status = status;
        Ok(())
    }
}

/// Whether an event can be added to those that wait, which are in the order in which they take effect: a sentence where the service will not be
/// in a status for it on its day. It takes effect behind those of the same day.
///
/// # Errors
/// That sentence.
pub fn check_planned(state: &ServiceState, waiting: &[Event], event: &Event) -> Result<(), String> {
    let mut then = state.clone();
    for earlier in waiting
        .iter()
        .filter(|earlier| earlier.effective_on <= event.effective_on)
    {
        // What cannot happen will not.
        let _ = then.apply(earlier);
    }
    let status = then.status.as_str().to_lowercase();
    then.apply(event).map_err(|_| {
        format!("The service will be {status} on that day. Choose another day, or withdraw what is planned.")
    })
}

/// Reads what a router signs in with; none where nothing is typed.
///
/// # Errors
/// Says what it looks like.
#[cfg(feature = "ssr")]
pub fn parse_login(text: &str) -> Result<Option<String>, String> {
    let login = crate::base::text::compared(text);
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_@".contains(c);
    let begins_well = login.starts_with(|c: char| c.is_ascii_alphanumeric());
    match login.len() {
        0 => Ok(None),
        3..=64 if begins_well && login.chars().all(is_part) => Ok(Some(login)),
        _ => Err("Enter 3 to 64 letters, digits, dots, hyphens, underscores and @, like asha.rao@fiber.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::sample::select;

    fn day(number: u64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 1, 31).expect("a date") + chrono::Days::new(number)
    }

    fn event(kind: EventKind, number: u64) -> Event {
        Event {
            kind,
            effective_on: day(number),
            reason: Some("Moved".into()),
            plan: (kind == EventKind::PlanChanged).then_some((Uuid::from_u128(2), Paise(99_900))),
        }
    }

    fn ordered() -> ServiceState {
        ServiceState::ordered(Uuid::from_u128(1), Paise(69_900), day(0))
    }

    #[test]
    fn a_service_goes_its_way() {
        let mut state = ordered();
        for (kind, status) in [
            (EventKind::Activated, ServiceStatus::Active),
            (EventKind::Suspended, ServiceStatus::Suspended),
            (EventKind::PlanChanged, ServiceStatus::Suspended),
            (EventKind::Resumed, ServiceStatus::Active),
            (EventKind::Paused, ServiceStatus::Paused),
            (EventKind::Resumed, ServiceStatus::Active),
            (EventKind::Ended, ServiceStatus::Ended),
        ] {
            assert_eq!(state.apply(&event(kind, 3)), Ok(()), "{kind}");
            assert_eq!(state.status, status);
        }
        assert_eq!((state.plan, state.price), (Uuid::from_u128(2), Paise(99_900)));
        assert_eq!((state.starts_on, state.ends_on), (day(3), Some(day(3))));
        assert_eq!(state.end_reason.as_deref(), Some("Moved"));
    }

    #[test]
    fn an_order_that_is_taken_back_never_started() {
        let mut state = ServiceState::ordered(Uuid::from_u128(1), Paise(1), day(30));
        assert_eq!(state.apply(&event(EventKind::Ended, 2)), Ok(()));
        assert_eq!((state.starts_on, state.ends_on), (day(2), Some(day(2))));
    }

    #[test]
    fn what_is_planned_is_judged_by_what_will_be() {
        let mut state = ordered();
        state.apply(&event(EventKind::Activated, 0)).expect("activated");
        let waiting = [event(EventKind::Paused, 5), event(EventKind::Resumed, 9)];
        for (kind, number, is_fine) in [
            (EventKind::Suspended, 4, true),
            (EventKind::Suspended, 5, false),
            (EventKind::Suspended, 9, true),
            (EventKind::Resumed, 4, false),
            (EventKind::Resumed, 7, true),
            (EventKind::Activated, 7, false),
            (EventKind::Ended, 7, true),
        ] {
            let checked = check_planned(&state, &waiting, &event(kind, number));
            assert_eq!(checked.is_ok(), is_fine, "{kind} {number}: {checked:?}");
        }
    }

    proptest! {
        /// Whatever happens in whatever order: an ended service stays ended, and nothing is half done.
        #[test]
        fn no_order_of_events_breaks_a_service(kinds in proptest::collection::vec((select(EventKind::ALL), 0..40_u64), 0..12)) {
            let mut state = ordered();
            for (kind, number) in kinds {
                let before = state.clone();
                match state.apply(&event(kind, number)) {
                    Ok(()) => prop_assert_ne!(before.status, ServiceStatus::Ended),
                    Err(_) => prop_assert_eq!(&before, &state),
                }
                prop_assert_eq!(state.status == ServiceStatus::Ended, state.ends_on.is_some());
                prop_assert!(state.ends_on.is_none_or(|end| end >= state.starts_on));
                prop_assert!((1..=31).contains(&state.anchor_day));
            }
        }
    }
}
