//! The catalogue of plans, at the speeds and prices that customers have (`plans.rs`).

use app::base::units::{BasisPoints, Kbps, Megabytes, Paise};
use app::customers::model::BillingCycle::{self, Annual, Monthly, Quarterly};
use app::customers::model::OttApp::{self, Discovery, Hotstar, Netflix, PrimeVideo, SonyLiv, Zee5};
use app::customers::model::PlanType::{self, Broadband, Fiber, Wireless};
use app::plans::codec::PlanData;
use app::plans::model::SaleStatus::{self, OnSale, Withdrawn};
use app::plans::model::{PlanCode, Sac};

/// A row of the catalogue: code, name, type, speeds in Mbps, quota in GB, apps, channels, rupees a month, cycle, status.
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
);

#[rustfmt::skip] // a price list
const CATALOGUE: &[Row] = &[
    ("WL-50", "Wireless 50", Wireless, (50, 10), Some(500), &[], 0, 599, Monthly, OnSale),
    ("WL-100", "Wireless 100", Wireless, (100, 20), Some(1_000), &[Hotstar], 100, 849, Monthly, OnSale),
    ("WL-200", "Wireless 200", Wireless, (200, 40), Some(1_500), &[Hotstar, SonyLiv], 200, 1_199, Monthly, OnSale),
    ("BB-50", "Broadband 50", Broadband, (50, 25), Some(1_000), &[], 0, 549, Monthly, OnSale),
    ("BB-100", "Broadband 100", Broadband, (100, 50), Some(1_500), &[Hotstar], 100, 749, Monthly, OnSale),
    ("BB-100-Q", "Broadband 100 Quarterly", Broadband, (100, 50), Some(1_500), &[Hotstar], 100, 699, Quarterly, OnSale),
    ("BB-150", "Broadband 150", Broadband, (150, 75), Some(2_000), &[Hotstar, Zee5], 150, 899, Monthly, Withdrawn),
    ("BB-200", "Broadband 200", Broadband, (200, 100), Some(3_300), &[Hotstar, SonyLiv], 150, 999, Monthly, OnSale),
    ("BB-300", "Broadband 300", Broadband, (300, 150), Some(3_300), &[Hotstar, SonyLiv, Zee5], 250, 1_249, Monthly, Withdrawn),
    ("FIB-100", "Fiber 100", Fiber, (100, 100), Some(3_300), &[Hotstar], 100, 699, Monthly, OnSale),
    ("FIB-100-A", "Fiber 100 Annual", Fiber, (100, 100), Some(3_300), &[Hotstar], 100, 649, Annual, OnSale),
    ("FIB-150", "Fiber 150", Fiber, (150, 150), Some(3_300), &[Hotstar, SonyLiv], 150, 849, Monthly, OnSale),
    ("FIB-200", "Fiber 200", Fiber, (200, 200), Some(3_300), &[Hotstar, SonyLiv], 200, 949, Monthly, OnSale),
    ("FIB-200-Q", "Fiber 200 Quarterly", Fiber, (200, 200), Some(3_300), &[Hotstar, SonyLiv], 200, 899, Quarterly, OnSale),
    ("FIB-300", "Fiber 300", Fiber, (300, 300), Some(3_300), &[Hotstar, SonyLiv, Zee5], 300, 1_199, Monthly, OnSale),
    ("FIB-300-TV", "Fiber 300 Entertainment", Fiber, (300, 300), Some(3_300), &[Netflix, PrimeVideo, Hotstar, SonyLiv, Zee5], 350, 1_399, Monthly, OnSale),
    ("FIB-500", "Fiber 500", Fiber, (500, 500), None, &[Netflix, PrimeVideo, Hotstar, SonyLiv], 400, 1_699, Monthly, OnSale),
    ("FIB-1000", "Fiber 1000", Fiber, (1_000, 1_000), None, &[Netflix, PrimeVideo, Hotstar, SonyLiv, Zee5, Discovery], 550, 2_499, Monthly, OnSale),
];

/// The plans of the catalogue.
pub(super) fn catalogue() -> impl Iterator<Item = PlanData> {
    CATALOGUE.iter().map(plan)
}

fn plan(row: &Row) -> PlanData {
    let (code, name, plan_type, (download, upload), quota, ott_apps, live_channels, rupees, billing_cycle, status) =
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
