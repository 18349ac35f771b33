//! What customers have bought, of the plans that the catalogue holds; and the hours at which they use it.

use app::base::units::{Kbps, Paise};
use app::plans::model::{BillingCycle, OttApp, PlanType};
use uuid::Uuid;

use super::rng::SeededRng;

/// A plan of the catalogue as customers have it.
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) id: Uuid,
    pub(super) plan_type: PlanType,
    pub(super) speed: Kbps,
    /// What the customer pays a month: the catalogue's price, or less.
    pub(super) price: Paise,
    pub(super) billing_cycle: BillingCycle,
    pub(super) ott_apps: Vec<OttApp>,
    pub(super) live_channels: i32,
    /// How often customers choose it.
    pub(super) weight: u32,
}

/// The plans that customers choose from; there is at least one.
#[derive(Clone)]
pub(super) struct PlanChoice(pub(super) Vec<Plan>);

impl PlanChoice {
    /// The plan of a customer. Some have an older, lower price.
    pub(super) fn pick(&self, rng: &mut SeededRng) -> Plan {
        let places: Vec<(usize, u32)> = self.0.iter().map(|plan| plan.weight).enumerate().collect();
        let mut plan = self.0[rng.pick_weighted(&places)].clone();
        let discount = rng.pick_weighted(&[(0, 84), (50, 10), (100, 6)]);
        plan.price = Paise((plan.price.0 - Paise::rupees(discount).0).max(0));
        plan
    }

    /// The plan that a customer had before: of the same type, slower; none where there is no slower one.
    pub(super) fn slower_than(&self, plan: &Plan) -> Option<&Plan> {
        let slower = self
            .0
            .iter()
            .filter(|other| other.plan_type == plan.plan_type && other.speed < plan.speed);
        slower.max_by_key(|other| (other.speed, other.price))
    }

    /// The cheapest plan, for a second line.
    pub(super) fn cheapest(&self) -> Option<&Plan> {
        self.0.iter().min_by_key(|plan| (plan.price, plan.id))
    }
}

/// The evening hours of heavy use, in minutes of the day, with their weights.
#[rustfmt::skip] // a table
pub(super) const EVENINGS: &[((i16, i16), u32)] = &[
    ((21 * 60, 0), 40),
    ((20 * 60, 23 * 60), 25),
    ((19 * 60, 22 * 60), 15),
    ((22 * 60, 60), 8),
    ((18 * 60, 21 * 60), 7),
    ((20 * 60 + 30, 23 * 60 + 30), 5),
];

/// Other hours of heavy use. They overlap neither the evening's nor each other.
#[rustfmt::skip] // a table
pub(super) const DAYTIMES: &[((i16, i16), u32)] = &[
    ((9 * 60, 11 * 60), 35),
    ((6 * 60 + 30, 8 * 60 + 30), 25),
    ((13 * 60, 15 * 60), 25),
    ((15 * 60 + 30, 17 * 60 + 30), 15),
];
