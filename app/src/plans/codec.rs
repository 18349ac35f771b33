//! A plan's data, and what makes them of a form.

use chrono::NaiveDate;

use super::model::{BillingCycle, OttApp, PlanCode, PlanType, Sac, SaleStatus};
use super::spec::{SPEC, field};
use crate::base::field_value::parsed_value;
use crate::base::spec::SubjectSpec;
use crate::base::units::{BasisPoints, Kbps, Megabytes, Paise};
use crate::record::codec::{DraftReader, RecordCodec, record_data};
use crate::record::draft::Draft;

parsed_value!(PlanCode, Sac);

record_data! {
    /// All of a plan that people enter and edit.
    pub struct PlanData {
        /// 1 to 80 characters.
        name: String = field::NAME,
        /// Unique among the live ones.
        code: PlanCode = field::CODE,
        /// Whether it can be ordered.
        status: SaleStatus = field::STATUS,
        /// How the line is built.
        plan_type: PlanType = field::PLAN_TYPE,
        /// 50 Mbps to 1 Gbps.
        download: Kbps = field::DOWNLOAD,
        /// 1 Mbps to the download speed.
        upload: Kbps = field::UPLOAD,
        /// Data in a month; none where they are unlimited.
        quota: Option<Megabytes> = field::QUOTA,
        /// Streaming services that come with it, in the order of [`OttApp::ALL`].
        ott_apps: Vec<OttApp> = field::OTT_APPS,
        /// How many television channels come with it.
        live_channels: i32 = field::LIVE_CHANNELS,
        /// For a month, whatever the billing cycle, without GST.
        price: Paise = field::PRICE,
        /// How often a bill is made.
        billing_cycle: BillingCycle = field::BILLING_CYCLE,
        /// 0 to 40 %.
        gst_rate: BasisPoints = field::GST_RATE,
        /// What a bill says that it is for.
        sac: Sac = field::SAC,
    }
}

/// Plans, as a subject that has records.
pub struct Plans;

impl RecordCodec for Plans {
    type Data = PlanData;

    const SPEC: &'static SubjectSpec = &SPEC;

    fn check(reader: &mut DraftReader<'_>) {
        let speeds: [Option<Kbps>; 2] = [field::DOWNLOAD, field::UPLOAD].map(|name| reader.get(name));
        if let [Some(download), Some(upload)] = speeds
            && upload > download
        {
            reader.error(field::UPLOAD, format!("Enter at most the download speed, {download}."));
        }
    }

    fn defaults(_today: NaiveDate) -> Draft {
        let mut draft = Draft::default();
        draft.put(field::STATUS, SaleStatus::OnSale);
        draft.put(field::PLAN_TYPE, PlanType::Fiber);
        draft.put(field::LIVE_CHANNELS, 0);
        draft.put(field::BILLING_CYCLE, BillingCycle::Monthly);
        draft.put(field::GST_RATE, 18);
        draft.put(field::SAC, "998422");
        draft
    }

    fn title(data: &PlanData) -> &str {
        &data.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::option::of;
    use proptest::prelude::*;
    use proptest::sample::{select, subsequence};

    #[test]
    fn what_is_missing_or_wrong_is_refused_with_a_sentence() {
        let errors = Plans::parse(&Plans::defaults(NaiveDate::default())).expect_err("empty");
        assert_eq!(
            errors.keys().collect::<Vec<_>>(),
            ["code", "download", "name", "price", "upload"]
        );
        let mut draft = Plans::defaults(NaiveDate::default());
        let wrong = [
            (field::NAME, "\u{202e}\u{200b}"),
            (field::CODE, "F"),
            (field::STATUS, "Gone"),
            (field::PLAN_TYPE, "Copper"),
            (field::DOWNLOAD, "49"),
            (field::UPLOAD, "0"),
            (field::QUOTA, "0"),
            (field::OTT_APPS, "Tape"),
            (field::LIVE_CHANNELS, "-1"),
            (field::PRICE, "-1"),
            (field::BILLING_CYCLE, "Weekly"),
            (field::GST_RATE, "40.01"),
            (field::SAC, "8517"),
        ];
        for (name, text) in wrong {
            draft.put(name, text);
        }
        let errors = Plans::parse(&draft).expect_err("all wrong");
        assert_eq!(errors.len(), wrong.len(), "{errors:?}");
        assert!(errors.values().all(|message| message.ends_with('.')), "{errors:?}");
    }

    #[test]
    fn the_upload_speed_is_at_most_the_download_speed() {
        let mut draft = Plans::defaults(NaiveDate::default());
        for (name, text) in [
            (field::NAME, "Fiber 100"),
            (field::CODE, "FIB-100"),
            (field::DOWNLOAD, "100"),
            (field::UPLOAD, "100.001"),
            (field::PRICE, "699"),
        ] {
            draft.put(name, text);
        }
        let errors = Plans::parse(&draft).expect_err("too fast");
        assert_eq!(errors[field::UPLOAD], "Enter at most the download speed, 100 Mbps.");
        draft.put(field::UPLOAD, "100");
        let data = Plans::parse(&draft).expect("a plan");
        assert_eq!(
            (data.quota, data.gst_rate, data.sac.as_str()),
            (None, BasisPoints(1_800), "998422")
        );
    }

    prop_compose! {
        fn any_data()(
            name in "[A-Z][a-z]{2,9} [0-9]{1,3}", code in "[A-Z0-9][A-Z0-9-]{1,23}", status in select(SaleStatus::ALL),
            plan_type in select(PlanType::ALL), download in 50_000..=1_000_000_i32, slower in 0..=49_000_i32,
            quota in of(1_000..=1_000_000_000_i64), ott_apps in subsequence(OttApp::ALL, 0..=OttApp::ALL.len()),
            live_channels in 0..=2_000_i32, price in 0..=100_000_000_i64, billing_cycle in select(BillingCycle::ALL),
            gst_rate in 0..=4_000_i32, sac in "99([0-9]{2}|[0-9]{4})",
        ) -> PlanData {
            PlanData {
                name, code: PlanCode::parse(&code).expect("a code"), status, plan_type, download: Kbps(download),
                upload: Kbps(download - slower), quota: quota.map(Megabytes), ott_apps, live_channels, price: Paise(price),
                billing_cycle, gst_rate: BasisPoints(gst_rate), sac: Sac::parse(&sac).expect("a code"),
            }
        }
    }

    proptest! {
        #[test]
        fn the_data_round_trip_through_a_draft(data in any_data()) {
            prop_assert_eq!(Plans::parse(&Plans::draft(&data)), Ok(data));
        }
    }
}
