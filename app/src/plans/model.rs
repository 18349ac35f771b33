//! The words and codes of plans.

use crate::base::contact::text_value;
use crate::base::text::compared;
use crate::base::word_enum::word_enum;

word_enum! {
    /// How the last mile is built.
    pub enum PlanType as "plan_type" {
        /// Fiber to the home.
        Fiber = "Fiber",
        /// Copper or cable.
        Broadband = "Broadband",
        /// Fixed wireless.
        Wireless = "Wireless",
    }
}

word_enum! {
    /// How often a bill is made.
    pub enum BillingCycle as "billing_cycle" {
        /// Every month.
        Monthly = "Monthly",
        /// Every three months.
        Quarterly = "Quarterly",
        /// Every twelve months.
        Annual = "Annual",
    }
}

impl BillingCycle {
    /// How many months one bill covers.
    pub const fn months(self) -> u32 {
        match self {
            Self::Monthly => 1,
            Self::Quarterly => 3,
            Self::Annual => 12,
        }
    }
}

word_enum! {
    /// A streaming service that comes with a plan.
    pub enum OttApp {
        /// Netflix
        Netflix = "Netflix",
        /// Amazon Prime Video
        PrimeVideo = "Prime Video",
        /// Disney+ Hotstar
        Hotstar = "Disney+ Hotstar",
        /// SonyLIV
        SonyLiv = "SonyLIV",
        /// ZEE5
        Zee5 = "ZEE5",
        /// Apple TV+
        AppleTv = "Apple TV+",
        /// aha
        Aha = "aha",
        /// Sun NXT
        SunNxt = "Sun NXT",
        /// Hoichoi
        Hoichoi = "Hoichoi",
        /// Discovery+
        Discovery = "Discovery+",
    }
}

word_enum! {
    /// Whether a plan can be ordered.
    pub enum SaleStatus as "sale_status" {
        /// It can.
        OnSale = "On sale",
        /// Not any more; customers who have it keep it.
        Withdrawn = "Withdrawn",
    }
}

text_value!(
    /// The code of a plan: 2 to 24 capital letters, digits and hyphens, like `FIB-100`.
    PlanCode
);

text_value!(
    /// A Services Accounting Code of GST: four or six digits that begin with 99. Internet access is 998422.
    Sac
);

impl PlanCode {
    /// Reads a code, in any case; spaces count as hyphens.
    ///
    /// # Errors
    /// Says what a code looks like.
    pub fn parse(text: &str) -> Result<Self, String> {
        let plain = compared(text).replace(' ', "-").to_ascii_uppercase();
        let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
        let is_fine = (2..=24).contains(&plain.len()) && plain.chars().all(is_part);
        match is_fine {
            true => Ok(Self(plain)),
            false => Err("Enter 2 to 24 letters, digits and hyphens, like FIB-100.".into()),
        }
    }
}

impl Sac {
    /// Reads a code, with or without spaces.
    ///
    /// # Errors
    /// Says what a code looks like.
    pub fn parse(text: &str) -> Result<Self, String> {
        let plain = compared(text).replace(' ', "");
        let is_fine =
            matches!(plain.len(), 4 | 6) && plain.starts_with("99") && plain.bytes().all(|b| b.is_ascii_digit());
        match is_fine {
            true => Ok(Self(plain)),
            false => Err("Enter four or six digits that begin with 99, like 998422.".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_in_any_writing() {
        for (text, code) in [
            ("FIB-100", "FIB-100"),
            (" fib 100 ", "FIB-100"),
            ("Fib\u{2011}१००", "FIB-100"),
            ("A1", "A1"),
        ] {
            assert_eq!(PlanCode::parse(text).as_ref().map(PlanCode::as_str), Ok(code), "{text}");
        }
        for text in ["", "A", "FIB_100", "FIB/100", "फाइबर", &"A".repeat(25)] {
            assert!(PlanCode::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_sac_is_one_of_a_service() {
        for (text, sac) in [("998422", "998422"), ("9984 22", "998422"), ("9984", "9984")] {
            assert_eq!(Sac::parse(text).as_ref().map(Sac::as_str), Ok(sac), "{text}");
        }
        for text in ["", "99", "99842", "9984222", "851762", "99842x"] {
            assert!(Sac::parse(text).is_err(), "{text}");
        }
    }
}
