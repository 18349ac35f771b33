//! Reads the values of a draft, by what the table says of each field. Every rule of what may be typed has its message here.

use chrono::NaiveDate;

use super::draft::{Draft, Errors};
use crate::base::contact::{Email, Phone, PinCode};
use crate::base::spec::{FieldSpec, Input, NumberInput, SubjectSpec};
use crate::base::text::parse_text;
use crate::base::time::{HourRange, Minute};
use crate::base::units::{Grouped, format_decimal, parse_decimal};

/// Reads a draft and gathers what is wrong with it. `None` stands for a value whose error is noted.
pub struct DraftValidator<'a> {
    spec: &'static SubjectSpec,
    draft: &'a Draft,
    errors: Errors,
}

impl<'a> DraftValidator<'a> {
    /// A reader of a draft.
    pub const fn new(spec: &'static SubjectSpec, draft: &'a Draft) -> Self {
        Self {
            spec,
            draft,
            errors: Errors::new(),
        }
    }

    /// What was read, where nothing was wrong.
    ///
    /// # Errors
    /// What was wrong.
    pub fn finish<T>(self, read: Option<T>) -> Result<T, Errors> {
        read.filter(|_| self.errors.is_empty()).ok_or(self.errors)
    }

    /// Notes that a field is wrong.
    pub fn error(&mut self, field: &str, message: impl Into<String>) {
        self.errors.insert(field.to_owned(), message.into());
    }

    /// Checks every field that has a meaning. A reference is left to the subject that knows what it looks like.
    pub fn check_fields(&mut self) {
        let fields: &'static [FieldSpec] = self.spec.fields;
        for field in fields.iter().filter(|field| self.draft.applies(field)) {
            let name = field.name;
            if !field.required && self.is_empty(name) {
                continue;
            }
            let _noted = match field.input {
                Input::Text { .. } => self.text(name).map(drop),
                Input::Email => self.email(name).map(drop),
                Input::Phone => self.phone(name).map(drop),
                Input::PinCode => self.pin_code(name).map(drop),
                Input::Number(_) => self.number::<i64>(name).map(drop),
                Input::Date => self.date(name).map(drop),
                Input::Choice { options, .. } => self.word(name, |word| options.contains(&word).then_some(())),
                Input::Choices { options, .. } => {
                    let words = self.words(name, |word| options.contains(&word).then_some(()));
                    words.map(drop)
                }
                Input::Hours => self.hours(name).map(drop),
                Input::Reference { .. } => None,
            };
        }
    }

    fn is_empty(&self, field: &str) -> bool {
        self.draft.values(field).iter().all(|value| value.trim().is_empty())
    }

    /// Reads the one value of a field.
    pub fn value<T>(&mut self, field: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let read = parse(self.draft.value(field).trim());
        read.map_err(|message| self.error(field, message)).ok()
    }

    /// Reads a field that may be empty: then it is `Some(None)`.
    pub fn optional<T>(
        &mut self,
        field: &'static str,
        read: impl FnOnce(&mut Self, &'static str) -> Option<T>,
    ) -> Option<Option<T>> {
        if self.is_empty(field) {
            return Some(None);
        }
        read(self, field).map(Some)
    }

    /// A line of text.
    pub fn text(&mut self, field: &str) -> Option<String> {
        let Input::Text { max, what } = self.input(field)? else {
            return None;
        };
        self.value(field, |text| parse_text(text, what, max))
    }

    /// An email address.
    pub fn email(&mut self, field: &str) -> Option<Email> {
        self.value(field, Email::parse)
    }

    /// A telephone number.
    pub fn phone(&mut self, field: &str) -> Option<Phone> {
        self.value(field, Phone::parse)
    }

    /// A PIN code.
    pub fn pin_code(&mut self, field: &str) -> Option<PinCode> {
        self.value(field, PinCode::parse)
    }

    /// One of the field's words.
    pub fn word<T>(&mut self, field: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let spec = self.spec.field(field)?;
        let Input::Choice { options, none } = spec.input else {
            return None;
        };
        let allowed = || match none {
            Some(none) if spec.required => format!("{none}."),
            _ => format!("Choose one of {}.", options.join(", ")),
        };
        self.value(field, |text| parse(text).ok_or_else(allowed))
    }

    /// Some of the field's words, in their order and each once.
    pub fn words<T: Ord>(&mut self, field: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
        let Input::Choices { what, .. } = self.input(field)? else {
            return None;
        };
        let words = self.draft.values(field).iter().filter(|word| !word.is_empty());
        let words: Option<Vec<T>> = words.map(|word| parse(word)).collect();
        let Some(mut words) = words else {
            self.error(field, format!("Choose from {what} that are listed."));
            return None;
        };
        words.sort_unstable();
        words.dedup();
        Some(words)
    }

    /// A date.
    pub fn date(&mut self, field: &str) -> Option<NaiveDate> {
        let years = NaiveDate::from_ymd_opt(1990, 1, 1)?..=NaiveDate::from_ymd_opt(2100, 12, 31)?;
        self.value(field, |text| match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            Ok(date) if years.contains(&date) => Ok(date),
            _ => Err("Enter a date from 1990 to 2100, as year-month-day like 2026-11-23.".into()),
        })
    }

    /// A number in small units, within the field's range.
    pub fn number<T: TryFrom<i64>>(&mut self, field: &str) -> Option<T> {
        let Input::Number(input) = self.input(field)? else {
            return None;
        };
        self.value(field, |text| {
            let value = parse_decimal(text.trim_start_matches('₹').trim_start(), input.decimals);
            let value = value.filter(|value| (input.min..=input.max).contains(value));
            let value = value.and_then(|value| value.try_into().ok());
            value.ok_or_else(|| allowed_numbers(&input))
        })
    }

    /// Ranges of hours.
    pub fn hours(&mut self, field: &str) -> Option<Vec<HourRange>> {
        let ranges = self.draft.values(field).chunks(2);
        let filled = ranges.filter(|ends| ends.iter().any(|time| !time.is_empty()));
        let read = |ends: &[String]| {
            let [from, to] = ends else { return None };
            let (from, to) = (Minute::parse(from)?, Minute::parse(to)?);
            (from != to).then_some(HourRange { from, to })
        };
        let hours: Option<Vec<HourRange>> = filled.map(read).collect();
        let hours = hours.filter(|hours| hours.len() <= Input::HOUR_RANGES);
        if hours.is_none() {
            let message = "Enter up to three ranges, each with a start and another end, like 21:00 to 00:00.";
            self.error(field, message);
        }
        hours
    }

    fn input(&self, field: &str) -> Option<Input> {
        self.spec.field(field).map(|field| field.input)
    }
}

fn allowed_numbers(input: &NumberInput) -> String {
    let kind = match input.decimals {
        0 => "a whole number".to_owned(),
        decimals => format!("a number with at most {decimals} decimals"),
    };
    let least = format_decimal(input.min, input.decimals);
    let most = Grouped((input.max / 10_i64.pow(input.decimals)).unsigned_abs());
    format!("Enter {kind} from {least} to {most} ({}).", input.unit)
}
