//! Values of fields as text: what an input holds, and back. Every rule of what may be typed has its message here or beside its type.

use chrono::NaiveDate;
use uuid::Uuid;

use super::contact::{Email, Gstin, Phone, PinCode};
use super::spec::{FieldSpec, Input, NumberInput};
use super::text::{is_blank, parse_lines, parse_text};
use super::time::{HourRange, Minute, parse_date};
use super::units::{BasisPoints, Grouped, Kbps, MINUS, Megabytes, Paise, format_decimal, parse_decimal, tidy_number};
use super::word_enum::Word;

/// A value that a field of a form can hold.
pub trait FieldValue: Sized {
    /// Reads what the inputs of a field hold.
    ///
    /// # Errors
    /// A sentence that says what is allowed.
    fn read(texts: &[String], field: &FieldSpec) -> Result<Self, String>;

    /// What the inputs hold for the value; `read` is the inverse.
    fn write(&self) -> Vec<String>;
}

/// The text of the first input, without white space around it.
pub fn first(texts: &[String]) -> &str {
    texts.first().map_or("", |text| text.trim())
}

impl<W: Word> FieldValue for W {
    fn read(texts: &[String], field: &FieldSpec) -> Result<Self, String> {
        choice(texts, field, W::from_word)
    }

    fn write(&self) -> Vec<String> {
        vec![self.word().to_owned()]
    }
}

/// Some of the field's words, in their order and each once.
impl<W: Word> FieldValue for Vec<W> {
    fn read(texts: &[String], field: &FieldSpec) -> Result<Self, String> {
        let words = texts.iter().filter(|text| !text.is_empty());
        let words: Option<Self> = words.map(|word| W::from_word(word)).collect();
        let mut words = words.ok_or_else(|| match field.input {
            Input::Choices { what, .. } => format!("Choose from {what} that are listed."),
            _ => "Choose from the list.".into(),
        })?;
        words.sort_unstable();
        words.dedup();
        match field.input {
            Input::Choices { what, .. } if field.required && words.is_empty() => {
                Err(format!("Choose at least one of {what}."))
            }
            _ => Ok(words),
        }
    }

    fn write(&self) -> Vec<String> {
        self.iter().map(|word| word.word().to_owned()).collect()
    }
}

/// A field that may be left empty.
impl<T: FieldValue> FieldValue for Option<T> {
    fn read(texts: &[String], field: &FieldSpec) -> Result<Self, String> {
        let is_empty = texts.iter().all(|text| is_blank(text));
        match is_empty && !field.required {
            true => Ok(None),
            false => T::read(texts, field).map(Some),
        }
    }

    fn write(&self) -> Vec<String> {
        self.as_ref().map(T::write).unwrap_or_default()
    }
}

impl FieldValue for String {
    fn read(texts: &[String], field: &FieldSpec) -> Result<Self, String> {
        match field.input {
            Input::Text { max, what } => parse_text(first(texts), what, max),
            Input::Lines { max, what } => parse_lines(texts.first().map_or("", String::as_str), what, max),
            _ => choice(texts, field, |word| Some(word.to_owned())),
        }
    }

    fn write(&self) -> Vec<String> {
        vec![self.clone()]
    }
}

impl FieldValue for NaiveDate {
    fn read(texts: &[String], _: &FieldSpec) -> Result<Self, String> {
        parse_date(first(texts)).ok_or_else(|| "Enter a date from 1990 to 2100, like 2026-11-23 or 23/11/2026.".into())
    }

    fn write(&self) -> Vec<String> {
        vec![self.to_string()]
    }
}

/// Ranges of hours, each in a pair of inputs.
impl FieldValue for Vec<HourRange> {
    fn read(texts: &[String], _: &FieldSpec) -> Result<Self, String> {
        const ALLOWED: &str = "Enter up to three ranges, each with a start and another end, like 21:00 to 00:00.";
        let time = |text: &String| match Minute::parse(text) {
            None if !is_blank(text) => Err(format!(
                "“{}” is no time of day. Enter times like 21:00 or 9:30 pm.",
                text.trim()
            )),
            time => time.ok_or_else(|| ALLOWED.to_owned()),
        };
        let range = |ends: &[String]| {
            let [from, to] = ends else {
                return Err(ALLOWED.to_owned());
            };
            let (from, to) = (time(from)?, time(to)?);
            if from == to {
                return Err(ALLOWED.to_owned());
            }
            Ok(HourRange { from, to })
        };
        let filled = texts.chunks(2).filter(|ends| ends.iter().any(|time| !is_blank(time)));
        let hours = filled.map(range).collect::<Result<Self, String>>()?;
        match hours.len() {
            ..=Input::HOUR_RANGES => Ok(hours),
            _ => Err(ALLOWED.to_owned()),
        }
    }

    fn write(&self) -> Vec<String> {
        let ends = |range: &HourRange| [range.from.to_string(), range.to.to_string()];
        self.iter().flat_map(ends).collect()
    }
}

/// Whole numbers: typed, or chosen among a few.
macro_rules! number_value {
    ($($type:ty),+) => {$(
        impl FieldValue for $type {
            fn read(texts: &[String], field: &FieldSpec) -> Result<Self, String> {
                match field.input {
                    Input::Choice { .. } => choice(texts, field, |word| word.parse().ok()),
                    _ => number(texts, field),
                }
            }

            fn write(&self) -> Vec<String> {
                vec![self.to_string()]
            }
        }
    )+};
}
number_value!(i16, i32);

/// Measures, typed in their large unit.
macro_rules! measure_value {
    ($($type:ident),+) => {$(
        impl FieldValue for $type {
            fn read(texts: &[String], field: &FieldSpec) -> Result<Self, String> {
                number(texts, field).map(Self)
            }

            fn write(&self) -> Vec<String> {
                vec![self.input_text()]
            }
        }
    )+};
}
measure_value!(Paise, Kbps, Megabytes, BasisPoints);

/// Values with a syntax of their own, whatever the field.
macro_rules! parsed_value {
    ($($type:ident),+) => {$(
        impl $crate::base::field_value::FieldValue for $type {
            fn read(texts: &[String], _: &$crate::base::spec::FieldSpec) -> Result<Self, String> {
                Self::parse($crate::base::field_value::first(texts))
            }

            fn write(&self) -> Vec<String> {
                vec![self.as_str().to_owned()]
            }
        }
    )+};
}
pub(crate) use parsed_value;

parsed_value!(Email, Gstin, PinCode);

/// The id of something that the server offers: of a user, of a plan.
impl FieldValue for Uuid {
    fn read(texts: &[String], field: &FieldSpec) -> Result<Self, String> {
        let text = first(texts);
        Self::parse_str(text).map_err(|_| match field.input {
            // The empty choice says what is to be done.
            Input::Loaded { none } if text.is_empty() => format!("{none}."),
            _ => "Choose from the list.".into(),
        })
    }

    fn write(&self) -> Vec<String> {
        vec![self.to_string()]
    }
}

impl FieldValue for Phone {
    fn read(texts: &[String], _: &FieldSpec) -> Result<Self, String> {
        Self::parse(first(texts))
    }

    /// As people read it: `+91 98450 12345`.
    fn write(&self) -> Vec<String> {
        vec![self.to_string()]
    }
}

/// One of the field's words.
fn choice<T>(texts: &[String], field: &FieldSpec, parse: impl Fn(&str) -> Option<T>) -> Result<T, String> {
    let Input::Choice { options, none } = field.input else {
        return Err("This is not a choice.".into());
    };
    let word = first(texts);
    let chosen = options.contains(&word).then(|| parse(word)).flatten();
    chosen.ok_or_else(|| match none {
        Some(none) if field.required => format!("{none}."),
        _ => format!("Choose one of {}.", options.join(", ")),
    })
}

/// A number in small units, within the field's range.
fn number<T: TryFrom<i64>>(texts: &[String], field: &FieldSpec) -> Result<T, String> {
    let Input::Number(input) = field.input else {
        return Err("This is not a number.".into());
    };
    let text = tidy_number(first(texts), input.unit);
    let value = parse_decimal(&text, input.decimals).filter(|value| (input.min..=input.max).contains(value));
    let value = value.and_then(|value| value.try_into().ok());
    value.ok_or_else(|| {
        let allowed = allowed_numbers(&input);
        // A number, but for its decimals.
        match parse_decimal(&text, MOST_DECIMALS) {
            Some(_) if input.decimals > 0 && parse_decimal(&text, input.decimals).is_none() => {
                format!("{allowed} Use at most {} decimals.", input.decimals)
            }
            _ => allowed,
        }
    })
}

/// So many decimals are read to tell a number that has too many from what is none.
const MOST_DECIMALS: u32 = 9;

/// What is allowed in a field, by its unit: `Enter a speed from 50 to 1,000 Mbps.`
fn allowed_numbers(input: &NumberInput) -> String {
    let what = match input.unit {
        "Mbps" => "a speed",
        "₹ per month" => "a price",
        "₹" => "an amount",
        "GB" => "an amount of data",
        "%" => "a percentage",
        _ if input.decimals == 0 => "a whole number",
        _ => "a number",
    };
    let [before, behind] = input.around();
    let space = if behind.is_empty() || behind == "%" { "" } else { " " };
    let end = |value: i64| {
        let sign = if value < 0 { MINUS } else { "" };
        let whole = Grouped((value / 10_i64.pow(input.decimals)).unsigned_abs());
        let fraction = format_decimal(value.abs() % 10_i64.pow(input.decimals), input.decimals);
        format!(
            "{sign}{before}{whole}{}",
            fraction.strip_prefix('0').unwrap_or_default()
        )
    };
    format!(
        "Enter {what} from {} to {}{space}{behind}.",
        end(input.min),
        end(input.max)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_number_is_told_what_is_allowed_in_the_words_of_its_unit() {
        let field = |input| FieldSpec::new("x", "X", "X", input);
        let refusal = |input, text: &str| i64_of(text, &field(input)).expect_err(text);
        for (input, text, expected) in [
            (
                Input::number("Mbps", 50_000, 1_000_000, 3),
                "49",
                "Enter a speed from 50 to 1,000 Mbps.",
            ),
            (
                Input::number("Mbps", 50_000, 1_000_000, 3),
                "50.1234",
                "Enter a speed from 50 to 1,000 Mbps. Use at most 3 decimals.",
            ),
            (
                Input::number("₹ per month", 100, 100_000_000, 2),
                "cheap",
                "Enter a price from ₹1 to ₹10,00,000 per month.",
            ),
            (
                Input::number("%", 0, 10_000, 2),
                "101",
                "Enter a percentage from 0 to 100%.",
            ),
            (
                Input::number("", -100, 100, 0),
                "0.5",
                "Enter a whole number from −100 to 100.",
            ),
            (
                Input::number("₹", 50, 1_000_050, 2),
                "",
                "Enter an amount from ₹0.5 to ₹10,000.5.",
            ),
        ] {
            assert_eq!(refusal(input, text), expected);
        }
    }

    fn i64_of(text: &str, field: &FieldSpec) -> Result<i64, String> {
        number(&[text.to_owned()], field)
    }
}
