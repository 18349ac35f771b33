//! Measures as whole numbers of a small unit, so that nothing is ever rounded: money, speed, data, percentages.
//!
//! `parse` reads what a user types, `input_text` is its inverse, and `Display` formats a value with its unit.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::RangeInclusive;

use super::text::compared;

/// How people write rupees.
const CURRENCY: [&str; 4] = ["₹", "rs.", "rs", "inr"];

/// What a user typed for a number, as [`parse_decimal`] reads it: without the sign of the currency before or behind it and the unit behind
/// it, with digits and marks of ASCII: `₹ 1,367.50`, `Rs. 500 /-`, `500.00 INR`, `１００ Mbps`. Spaces may separate groups, as commas do.
pub fn tidy_number(text: &str, unit: &str) -> String {
    let text = compared(text);
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest.trim_start()),
        None => ("", &*text),
    };
    let before = CURRENCY.iter().find_map(|word| text.strip_prefix(word));
    let number = without_dash(before.unwrap_or(text));
    let behind = CURRENCY.iter().find_map(|word| number.strip_suffix(word));
    let number = behind
        .or_else(|| number.strip_suffix(&unit.to_lowercase()))
        .unwrap_or(number);
    let number = without_dash(number);
    format!("{sign}{}", number.replace(", ", ",").replace(' ', ","))
}

/// An amount without what says that no paise follow: `500/-`.
fn without_dash(amount: &str) -> &str {
    amount.trim().trim_end_matches("/-").trim_end()
}

/// Parses a decimal with at most `places` digits after the point, zeros at its end not counted, into a whole number of the smallest unit.
/// Commas may separate groups of digits, in the Indian way or another: `1,50` is no number. `None` for anything else.
pub fn parse_decimal(text: &str, places: u32) -> Option<i64> {
    let plain = text.trim();
    let (negative, digits) = match plain.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, plain.strip_prefix('+').unwrap_or(plain)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = &ungrouped(whole)?;
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let fraction = match fraction.split_at_checked(places as usize) {
        Some((kept, zeros)) if zeros.bytes().all(|b| b == b'0') => kept,
        _ => fraction,
    };
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || fraction.len() > places as usize {
        return None;
    }
    let padded = format!("{whole}{fraction:0<width$}", width = places as usize);
    let value: i64 = padded.parse().ok()?;
    Some(if negative { -value } else { value })
}

/// Parses a whole number in a range, as people write it, with its unit or without. `None` for anything else.
pub fn parse_whole_number<T: TryFrom<i64> + PartialOrd>(text: &str, unit: &str, range: RangeInclusive<T>) -> Option<T> {
    let number = parse_decimal(&tidy_number(text, unit), 0)?;
    T::try_from(number).ok().filter(|number| range.contains(number))
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

/// The sign of a negative number, as it is shown; what is typed may have a hyphen.
pub const MINUS: &str = "−";

const fn sign(number: i64) -> &'static str {
    if number < 0 { MINUS } else { "" }
}

/// A whole number without a unit, as it is shown.
pub fn show_number(number: i64) -> String {
    format!("{}{}", sign(number), Grouped(number.unsigned_abs()))
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
                parse_decimal(&tidy_number(text, ""), $places).and_then(|value| value.try_into().ok()).map(Self)
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

    /// A large amount in lakh (`₹6.84 L`) or crore (`₹1.20 Cr`), whole rupees below a lakh, and exact below a rupee. The
    /// unit is chosen after rounding; halves are rounded away from zero.
    pub fn compact(self) -> String {
        /// What the two decimals of lakh and crore are in paise, and a rupee.
        const RUPEE: u64 = 100;
        const LAKH_DECIMAL: u64 = 1_000 * RUPEE;
        const CRORE_DECIMAL: u64 = 100_000 * RUPEE;
        let magnitude = self.0.unsigned_abs();
        let rounded = |unit: u64| magnitude / unit + u64::from(magnitude % unit >= unit / 2);
        let (rupees, lakhs) = (rounded(RUPEE), rounded(LAKH_DECIMAL));
        let sign = sign(self.0);
        let in_unit =
            |hundredths: u64, unit| format!("{sign}₹{}.{:02} {unit}", Grouped(hundredths / 100), hundredths % 100);
        match rupees {
            _ if magnitude < RUPEE => self.to_string(),
            ..100_000 => format!("{sign}₹{}", Grouped(rupees)),
            _ if lakhs < 100 * 100 => in_unit(lakhs, "L"),
            _ => in_unit(rounded(CRORE_DECIMAL), "Cr"),
        }
    }
}

impl fmt::Display for Paise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = sign(self.0);
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
        // Two decimals are enough to read, unless they would show nothing; an input has all of them.
        if self.0.unsigned_abs() < 5 {
            return write!(f, "{} GB", self.input_text());
        }
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
            ["₹0", "₹1", "₹1,367", "₹1,23,456", "₹12,34,567.50", "−₹500", "₹0.05"]
        );
    }

    #[test]
    fn the_largest_number_is_grouped() {
        assert_eq!(Grouped(u64::MAX).to_string(), "1,84,46,74,40,73,70,95,51,615");
        assert_eq!(Paise(i64::MIN).to_string(), "−₹92,23,37,20,36,85,47,758.08");
    }

    /// What a compact amount says in paise, and how much it may be off.
    fn read_compact(text: &str) -> (i64, i64) {
        let (sign, digits) = match text.strip_prefix("−₹") {
            Some(digits) => (-1, digits),
            None => (1, text.trim_start_matches('₹')),
        };
        let (digits, unit) = digits.split_once(' ').unwrap_or((digits, ""));
        let hundredths = parse_decimal(digits, 2).expect(text);
        let (times, off) = match unit {
            "Cr" => (10_000_000, 5_000_000),
            "L" => (100_000, 50_000),
            _ if digits.contains('.') => (1, 0),
            _ => (1, 50),
        };
        (sign * hundredths * times, off)
    }

    #[test]
    fn the_unit_of_a_compact_amount_is_chosen_after_rounding() {
        for (paise, shown) in [
            (0, "₹0"),
            (49, "₹0.49"),
            (50, "₹0.50"),
            (-50, "−₹0.50"),
            (149, "₹1"),
            (150, "₹2"),
            (9_231_000, "₹92,310"),
            (9_999_949, "₹99,999"),
            (9_999_950, "₹1.00 L"),
            (9_999_999, "₹1.00 L"),
            (68_400_000, "₹6.84 L"),
            (999_949_999, "₹99.99 L"),
            (999_999_999, "₹1.00 Cr"),
            (1_200_000_000, "₹1.20 Cr"),
            (-999_999_999, "−₹1.00 Cr"),
            (1_234_567_800_000_000, "₹12,34,567.80 Cr"),
        ] {
            assert_eq!(Paise(paise).compact(), shown, "{paise}");
        }
        // Every edge of a unit, a paisa at a time.
        for edge in [100, 10_000_000, 1_000_000_000] {
            for paise in edge - 60_000..edge + 60_000 {
                let text = Paise(paise).compact();
                let (read, off) = read_compact(&text);
                assert!((read - paise).abs() <= off, "{paise} is shown as {text}");
                assert!(
                    !text.starts_with("₹100.00 L") && !text.starts_with("₹1,00,000"),
                    "{paise} is shown as {text}"
                );
                assert!(paise == 0 || read != 0, "{paise} is shown as nothing");
            }
        }
    }

    #[test]
    fn measures_are_formatted_with_units() {
        assert_eq!(Kbps::mbps(50).to_string(), "50 Mbps");
        assert_eq!(Kbps(1_000_000).to_string(), "1 Gbps");
        assert_eq!(Kbps(43_210).to_string(), "43.21 Mbps");
        assert_eq!(Megabytes(988_990).to_string(), "988.99 GB");
        assert_eq!(Megabytes(1_234_000).to_string(), "1,234 GB");
        assert_eq!(Megabytes(999_996).to_string(), "1,000 GB");
        assert_eq!(
            [0, 1, 4, 5].map(|mb| Megabytes(mb).to_string()),
            ["0 GB", "0.001 GB", "0.004 GB", "0.01 GB"]
        );
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
            "1.2300001",
            "+-5",
            "12 34",
            "1,367 50",
            "5 6",
            "1e5",
            "₹",
            "Rs five",
            ".5",
            "99999999999999999999",
        ] {
            assert_eq!(Paise::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_is_read_as_people_write_it() {
        for text in [
            "1367.50",
            "                 1367.50",
            "₹ 1,367.50",
            "₹1,367.5",
            "Rs. 1,367.50",
            "rs 1367.50/-",
            "1,367.50 /-",
            "1367.50 INR",
            "1367.50 rs.",
            "1367.50 Rs/-",
            "1367.50₹",
            "INR 1367.50",
            "1367.5000",
            "+1367.50",
            "₨ 1367.50",
            "१३६७.५०",
            "１，３６７．５０",
            "1 367.50",
            "1\u{202f}367.50",
            "\u{200e}1367.50\u{200f}",
            "1٬367٫50",
        ] {
            assert_eq!(Paise::parse(text), Some(Paise(136_750)), "{text}");
        }
        for (text, unit, expected) in [
            ("100 Mbps", "Mbps", "100"),
            ("१५ days", "days", "15"),
            ("99.5%", "%", "99.5"),
            ("\u{2212}40", "points", "-40"),
            ("- 40", "", "-40"),
        ] {
            assert_eq!(tidy_number(text, unit), expected, "{text}");
        }
        for (text, places, expected) in [("+40", 0, 40), ("40.0", 0, 40), ("100.0000", 3, 100_000), ("5.", 0, 5)] {
            assert_eq!(parse_decimal(text, places), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_whole_number_is_held_to_its_range() {
        for (text, expected) in [
            ("0", Some(0)),
            ("\u{967}\u{96b} days", Some(15)),
            ("90", Some(90)),
            ("91", None),
            ("-1", None),
            ("1.5", None),
            ("70000", None),
            ("", None),
        ] {
            assert_eq!(parse_whole_number::<i16>(text, "days", 0..=90), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn compact_amounts_are_the_nearest_of_their_unit(paise in -10_i64.pow(15)..10_i64.pow(15)) {
            let (read, off) = read_compact(&Paise(paise).compact());
            prop_assert!((read - paise).abs() <= off);
        }

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
