//! The plans that the provider sells: speeds, prices, and the services that come with them.

use app::base::units::{Kbps, Paise};
use app::customers::model::{BillingCycle, OttApp, PlanType};

use super::names::Community;
use super::rng::SeededRng;

/// An offer in the price list: its type, speed in Mbps, possible prices in rupees a month, how often customers choose it.
pub(super) type Offer = (PlanType, i32, &'static [i64], u32);

#[rustfmt::skip] // a price list
pub(super) const OFFERS: &[Offer] = &[
    (PlanType::Wireless, 50, &[549, 599, 649], 7),
    (PlanType::Wireless, 100, &[799, 849, 899], 5),
    (PlanType::Wireless, 200, &[1_099, 1_199], 1),
    (PlanType::Broadband, 50, &[500, 549, 599], 11),
    (PlanType::Broadband, 100, &[699, 749, 799], 12),
    (PlanType::Broadband, 150, &[849, 899], 5),
    (PlanType::Broadband, 200, &[949, 999], 4),
    (PlanType::Broadband, 300, &[1_199, 1_249], 2),
    (PlanType::Fiber, 100, &[649, 699, 749], 16),
    (PlanType::Fiber, 150, &[799, 849], 10),
    (PlanType::Fiber, 200, &[899, 949, 999], 11),
    (PlanType::Fiber, 300, &[1_149, 1_199, 1_299], 8),
    (PlanType::Fiber, 500, &[1_599, 1_699, 1_799], 5),
    (PlanType::Fiber, 1_000, &[2_299, 2_499, 2_799], 3),
];

/// Packages of apps and channels: rupees a month on top, how often customers choose it.
pub(super) const PACKAGES: &[(i64, u32)] = &[(0, 62), (100, 18), (150, 12), (200, 5), (300, 3)];

/// The highest price, in rupees a month.
const HIGHEST_PRICE: i64 = 3_000;

/// What a customer has bought.
pub(super) struct Plan {
    pub(super) plan_type: PlanType,
    pub(super) speed: Kbps,
    pub(super) price: Paise,
    pub(super) billing_cycle: BillingCycle,
    pub(super) ott_apps: Vec<OttApp>,
    pub(super) live_channels: i32,
}

/// The plan of a customer.
pub(super) fn plan(rng: &mut SeededRng, community: Community) -> Plan {
    let (plan_type, mbps, prices) = {
        let index = rng.pick_weighted(&weights());
        let (plan_type, mbps, prices, _) = OFFERS[index];
        (plan_type, mbps, prices)
    };
    let package = rng.pick_weighted(PACKAGES);
    let rupees = (rng.pick(prices) + package).min(HIGHEST_PRICE);
    let billing_cycle = rng.pick_weighted(&[
        (BillingCycle::Monthly, 70),
        (BillingCycle::Quarterly, 20),
        (BillingCycle::Annual, 10),
    ]);
    Plan {
        plan_type,
        speed: Kbps::mbps(mbps),
        price: Paise::rupees(rupees),
        billing_cycle,
        ott_apps: ott_apps(rng, rupees, package > 0, community),
        live_channels: live_channels(rng, rupees, package > 0),
    }
}

/// The index of each offer with its weight.
fn weights() -> [(usize, u32); OFFERS.len()] {
    std::array::from_fn(|index| (index, OFFERS[index].3))
}

/// The more expensive the plan, the more services. One in the customer's own language comes first.
fn ott_apps(rng: &mut SeededRng, rupees: i64, package: bool, community: Community) -> Vec<OttApp> {
    let (least, most) = match rupees {
        ..700 => (0, 1),
        700..1_000 => (1, 2),
        1_000..1_500 => (2, 4),
        1_500..2_200 => (3, 5),
        _ => (5, 7),
    };
    // Six services are offered with every plan, so the loop below ends.
    let wanted = (rng.between(least, most) + i64::from(package)).min(6) as usize;
    let own_language = match community {
        Community::Telugu => Some(OttApp::Aha),
        Community::Tamil | Community::Kannada | Community::Malayali => Some(OttApp::SunNxt),
        Community::Bengali => Some(OttApp::Hoichoi),
        _ => None,
    };
    let mut apps = Vec::with_capacity(wanted);
    if let Some(app) = own_language
        && wanted > 0
        && rng.chance(0.6)
    {
        apps.push(app);
    }
    // The expensive services come with the expensive plans.
    let premium = if rupees < 1_000 { 1 } else { 8 };
    let offered = [
        (OttApp::Hotstar, 12),
        (OttApp::SonyLiv, 8),
        (OttApp::Zee5, 8),
        (OttApp::PrimeVideo, premium + 3),
        (OttApp::Netflix, premium + 1),
        (OttApp::Discovery, 3),
        (OttApp::AppleTv, premium / 4),
    ];
    while apps.len() < wanted {
        let app = rng.pick_weighted(&offered);
        if !apps.contains(&app) {
            apps.push(app);
        }
    }
    apps.sort_unstable();
    apps
}

fn live_channels(rng: &mut SeededRng, rupees: i64, package: bool) -> i32 {
    let channels: &[i32] = match rupees {
        ..700 if !package => &[0, 0, 0, 100],
        ..1_000 => &[0, 100, 150, 200],
        1_000..1_500 => &[200, 250, 300, 350],
        1_500..2_200 => &[350, 400, 450],
        _ => &[500, 550, 600],
    };
    rng.pick(channels)
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
