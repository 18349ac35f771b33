//! The catalogue of plans that the seed brings along.

use app::base::units::{BasisPoints, Kbps, Megabytes, Paise};
use app::plans::codec::PlanData;
use app::plans::model::BillingCycle::{self, Annual, Monthly, Quarterly};
use app::plans::model::OttApp::{self, Discovery, Hotstar, Netflix, PrimeVideo, SonyLiv, Zee5};
use app::plans::model::PlanType::{self, Broadband, Fiber, Wireless};
use app::plans::model::SaleStatus::{self, OnSale, Withdrawn};
use app::plans::model::{PlanCode, Sac};

/// A row of the catalogue: code, name, type, speeds in Mbps, quota in GB, apps, channels, rupees a month, cycle, status, how often customers
/// choose it.
type Row = (
    &'static str,
    &'static str,
    PlanType,
    (i32, i32),
    Option<i64>,
    &'static [OttApp],
    i32,
    i64,
    BillingCycle,
    SaleStatus,
    u32,
);

#[rustfmt::skip] // a price list
const CATALOGUE: &[Row] = &[
    ("WL-50", "Wireless 50", Wireless, (50, 10), Some(500), &[], 0, 599, Monthly, OnSale, 7),
    ("WL-100", "Wireless 100", Wireless, (100, 20), Some(1_000), &[Hotstar], 100, 849, Monthly, OnSale, 5),
    ("WL-200", "Wireless 200", Wireless, (200, 40), Some(1_500), &[Hotstar, SonyLiv], 200, 1_199, Monthly, OnSale, 1),
    ("BB-50", "Broadband 50", Broadband, (50, 25), Some(1_000), &[], 0, 549, Monthly, OnSale, 11),
    ("BB-100", "Broadband 100", Broadband, (100, 50), Some(1_500), &[Hotstar], 100, 749, Monthly, OnSale, 9),
    ("BB-100-Q", "Broadband 100 Quarterly", Broadband, (100, 50), Some(1_500), &[Hotstar], 100, 699, Quarterly, OnSale, 4),
    ("BB-150", "Broadband 150", Broadband, (150, 75), Some(2_000), &[Hotstar, Zee5], 150, 899, Monthly, Withdrawn, 5),
    ("BB-200", "Broadband 200", Broadband, (200, 100), Some(3_300), &[Hotstar, SonyLiv], 150, 999, Monthly, OnSale, 4),
    ("BB-300", "Broadband 300", Broadband, (300, 150), Some(3_300), &[Hotstar, SonyLiv, Zee5], 250, 1_249, Monthly, Withdrawn, 2),
    ("FIB-100", "Fiber 100", Fiber, (100, 100), Some(3_300), &[Hotstar], 100, 699, Monthly, OnSale, 12),
    ("FIB-100-A", "Fiber 100 Annual", Fiber, (100, 100), Some(3_300), &[Hotstar], 100, 649, Annual, OnSale, 4),
    ("FIB-150", "Fiber 150", Fiber, (150, 150), Some(3_300), &[Hotstar, SonyLiv], 150, 849, Monthly, OnSale, 10),
    ("FIB-200", "Fiber 200", Fiber, (200, 200), Some(3_300), &[Hotstar, SonyLiv], 200, 949, Monthly, OnSale, 8),
    ("FIB-200-Q", "Fiber 200 Quarterly", Fiber, (200, 200), Some(3_300), &[Hotstar, SonyLiv], 200, 899, Quarterly, OnSale, 4),
    ("FIB-300", "Fiber 300", Fiber, (300, 300), Some(3_300), &[Hotstar, SonyLiv, Zee5], 300, 1_199, Monthly, OnSale, 6),
    ("FIB-300-TV", "Fiber 300 Entertainment", Fiber, (300, 300), Some(3_300), &[Netflix, PrimeVideo, Hotstar, SonyLiv, Zee5], 350, 1_399, Monthly, OnSale, 3),
    ("FIB-500", "Fiber 500", Fiber, (500, 500), None, &[Netflix, PrimeVideo, Hotstar, SonyLiv], 400, 1_699, Monthly, OnSale, 5),
    ("FIB-1000", "Fiber 1000", Fiber, (1_000, 1_000), None, &[Netflix, PrimeVideo, Hotstar, SonyLiv, Zee5, Discovery], 550, 2_499, Monthly, OnSale, 3),
];

/// The plans of the catalogue.
pub(super) fn catalogue() -> impl Iterator<Item = PlanData> {
    CATALOGUE.iter().map(plan)
}

/// How often customers choose the plan with a code.
pub(super) fn weight(code: &str) -> u32 {
    CATALOGUE.iter().find(|row| row.0 == code).map_or(1, |row| row.10)
}

fn plan(row: &Row) -> PlanData {
    let (code, name, plan_type, (download, upload), quota, ott_apps, live_channels, rupees, billing_cycle, status, _) =
        *row;
    PlanData {
        name: name.to_owned(),
        code: PlanCode::from_stored(code.to_owned()),
        status,
        plan_type,
        download: Kbps::mbps(download),
        upload: Kbps::mbps(upload),
        quota: quota.map(|gigabytes| Megabytes(gigabytes * 1_000)),
        ott_apps: ott_apps.to_vec(),
        live_channels,
        price: Paise::rupees(rupees),
        billing_cycle,
        gst_rate: BasisPoints(1_800),
        // Internet access in wired and wireless mode.
        sac: Sac::from_stored("998422".to_owned()),
    }
}
