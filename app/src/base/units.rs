//! Measures as whole numbers of a small unit, so that nothing is ever rounded: money, speed, data, percentages.
//!
//! `parse` reads what a user types, `input_text` is its inverse, and `Display` formats a value with its unit.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Parses a decimal with at most `places` digits after the point into a whole number of the smallest unit.
/// Commas may separate groups of digits, in the Indian way or another: `1,50` is no number. `None` for anything else.
pub fn parse_decimal(text: &str, places: u32) -> Option<i64> {
    let plain = text.trim();
    let (negative, digits) = match plain.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, plain),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = &ungrouped(whole)?;
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || fraction.len() > places as usize {
        return None;
    }
    let padded = format!("{whole}{fraction:0<width$}", width = places as usize);
    let value: i64 = padded.parse().ok()?;
    Some(if negative { -value } else { value })
}

/// Removes the commas, if every group but the first has two or three digits and the last has three.
fn ungrouped(digits: &str) -> Option<String> {
    let groups: Vec<&str> = digits.split(',').collect();
    let (first, rest) = groups.split_first()?;
    let grouped = match rest.split_last() {
        None => true,
        Some((last, middle)) => {
            (1..=3).contains(&first.len())
                && last.len() == 3
                && middle.iter().all(|group| (2..=3).contains(&group.len()))
        }
    };
    grouped.then(|| groups.concat())
}

/// Formats the inverse of [`parse_decimal`]: no grouping, no trailing zeros.
pub fn format_decimal(value: i64, places: u32) -> String {
    Decimal { value, places }.to_string()
}

/// The same without an allocation, since a list has many.
struct Decimal {
    value: i64,
    places: u32,
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10_u64.pow(self.places);
        let magnitude = self.value.unsigned_abs();
        let (mut fraction, mut width) = (magnitude % unit, self.places as usize);
        if self.value < 0 {
            f.write_str("-")?;
        }
        write!(f, "{}", magnitude / unit)?;
        if fraction == 0 {
            return Ok(());
        }
        while fraction.is_multiple_of(10) {
            fraction /= 10;
            width -= 1;
        }
        write!(f, ".{fraction:0width$}")
    }
}

/// A number in Indian grouping: the last three digits, then pairs. `1234567` is `12,34,567`.
#[derive(Clone, Copy, Debug)]
pub struct Grouped(pub u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Filled from its end: the largest number has twenty digits and nine commas.
        let mut text = [b','; 29];
        let (mut start, mut digits, mut rest) = (text.len(), 0, self.0);
        loop {
            if digits >= 3 && digits % 2 == 1 {
                start -= 1;
            }
            start -= 1;
            text[start] = b'0' + (rest % 10) as u8;
            digits += 1;
            rest /= 10;
            if rest == 0 {
                return f.write_str(str::from_utf8(&text[start..]).unwrap_or_default());
            }
        }
    }
}

macro_rules! measure {
    ($(#[$doc:meta])* $name:ident($inner:ty), $places:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl $name {
            /// Parses what a user typed. `None` where it is no number, or has more decimals than the unit.
            pub fn parse(text: &str) -> Option<Self> {
                parse_decimal(text, $places).and_then(|value| value.try_into().ok()).map(Self)
            }

            /// A number of the small unit, shown with its unit.
            pub fn show(number: i64) -> String {
                Self(number as $inner).to_string()
            }

            /// The number for an input: without grouping and unit.
            pub fn input_text(self) -> String {
                format_decimal(i64::from(self.0), $places)
            }
        }
    };
}

measure!(
    /// Indian rupees, held as whole paise.
    Paise(i64), 2
);
measure!(
    /// Speed in kilobits a second; typed in Mbps.
    Kbps(i32), 3
);
measure!(
    /// Data in megabytes; typed in GB (1 GB = 1,000 MB).
    Megabytes(i64), 3
);
measure!(
    /// Hundredths of a percent; typed in percent.
    BasisPoints(i32), 2
);

impl Paise {
    /// A whole number of rupees.
    pub const fn rupees(rupees: i64) -> Self {
        Self(rupees * 100)
    }

    /// A large amount in lakh (`₹6.84 L`) or crore (`₹1.20 Cr`); whole rupees below a lakh.
    pub fn compact(self) -> String {
        let rupees = self.0 as f64 / 100.0;
        match self.0.abs() {
            paise if paise >= 1_000_000_000 => format!("₹{:.2} Cr", rupees / 1e7),
            paise if paise >= 10_000_000 => format!("₹{:.2} L", rupees / 1e5),
            _ => Self(self.0 / 100 * 100).to_string(),
        }
    }
}

impl fmt::Display for Paise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        write!(f, "{sign}₹{}", Grouped(magnitude / 100))?;
        match magnitude % 100 {
            0 => Ok(()),
            paise => write!(f, ".{paise:02}"),
        }
    }
}

impl Kbps {
    /// A whole number of Mbps.
    pub const fn mbps(mbps: i32) -> Self {
        Self(mbps * 1000)
    }
}

impl fmt::Display for Kbps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (places, unit) = if self.0 >= 1_000_000 { (6, "Gbps") } else { (3, "Mbps") };
        let value = self.0.into();
        write!(f, "{} {unit}", Decimal { value, places })
    }
}

impl fmt::Display for Megabytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Two decimals are enough to read; an input has all of them.
        let hundredths = (self.0 + 5) / 10;
        let text = Decimal {
            value: hundredths % 100,
            places: 2,
        }
        .to_string();
        let fraction = text.strip_prefix('0').unwrap_or("");
        write!(f, "{}{fraction} GB", Grouped((hundredths / 100).unsigned_abs()))
    }
}

impl fmt::Display for BasisPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.input_text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn money_has_indian_digit_groups() {
        let shown = [0, 100, 136_700, 12_345_600, 123_456_750, -50_000, 5].map(|paise| Paise(paise).to_string());
        assert_eq!(
            shown,
            ["₹0", "₹1", "₹1,367", "₹1,23,456", "₹12,34,567.50", "-₹500", "₹0.05"]
        );
    }

    #[test]
    fn the_largest_number_is_grouped() {
        assert_eq!(Grouped(u64::MAX).to_string(), "1,84,46,74,40,73,70,95,51,615");
        assert_eq!(Paise(i64::MIN).to_string(), "-₹92,23,37,20,36,85,47,758.08");
    }

    #[test]
    fn large_amounts_are_compact() {
        let shown = [9_231_000, 68_400_000, 1_200_000_000].map(|paise| Paise(paise).compact());
        assert_eq!(shown, ["₹92,310", "₹6.84 L", "₹1.20 Cr"]);
    }

    #[test]
    fn measures_are_formatted_with_units() {
        assert_eq!(Kbps::mbps(50).to_string(), "50 Mbps");
        assert_eq!(Kbps(1_000_000).to_string(), "1 Gbps");
        assert_eq!(Kbps(43_210).to_string(), "43.21 Mbps");
        assert_eq!(Megabytes(988_990).to_string(), "988.99 GB");
        assert_eq!(Megabytes(1_234_000).to_string(), "1,234 GB");
        assert_eq!(Megabytes(999_996).to_string(), "1,000 GB");
        assert_eq!(BasisPoints(9_914).to_string(), "99.14%");
    }

    #[test]
    fn text_that_is_not_a_number_is_refused() {
        for text in [
            "",
            "-",
            "abc",
            "1.2.3",
            "1.234",
            "१२",
            "1e5",
            ".5",
            "99999999999999999999",
        ] {
            assert_eq!(Paise::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn input_text_and_parse_are_inverses(paise in -10_i64.pow(15)..10_i64.pow(15)) {
            prop_assert_eq!(Paise::parse(&Paise(paise).input_text()), Some(Paise(paise)));
            prop_assert_eq!(Megabytes::parse(&Megabytes(paise).input_text()), Some(Megabytes(paise)));
        }

        #[test]
        fn grouping_keeps_every_digit(number: u64) {
            prop_assert_eq!(Grouped(number).to_string().replace(',', ""), number.to_string());
        }

        #[test]
        fn formatted_money_parses_back(paise in 0..10_i64.pow(15)) {
            let shown = Paise(paise).to_string();
            prop_assert_eq!(Paise::parse(shown.trim_start_matches('₹')), Some(Paise(paise)));
        }
    }
}
