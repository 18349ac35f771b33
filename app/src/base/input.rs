//! How fields are entered, as static tables.

use super::audit::EntityKind;

/// How a field is entered.
#[derive(Clone, Copy, Debug)]
pub enum Input {
    /// One line of text.
    Text {
        /// The most characters.
        max: usize,
        /// What is to be entered, for a message: `the city`.
        what: &'static str,
    },
    /// Several lines of text.
    Lines {
        /// The most characters.
        max: usize,
        /// What is to be entered, for a message: `the notes`.
        what: &'static str,
    },
    /// An email address.
    Email,
    /// A telephone number.
    Phone,
    /// A PIN code.
    PinCode,
    /// A number; typed as text with a numeric keyboard, since grouping is allowed.
    Number(NumberInput),
    /// A calendar date.
    Date,
    /// One of a few words.
    Choice {
        /// The words.
        options: &'static [&'static str],
        /// What the empty choice says, where there is one.
        none: Option<&'static str>,
    },
    /// One of the options that the server has for the field: a user.
    Loaded {
        /// What the empty choice says.
        none: &'static str,
    },
    /// Any of a few words.
    Choices {
        /// The words.
        options: &'static [&'static str],
        /// What they are, for a message: `the apps`.
        what: &'static str,
    },
    /// Up to three pairs of times.
    Hours,
    /// Another record, by its number; a search by name offers some.
    Reference {
        /// The kind of record.
        entity: EntityKind,
        /// What a number looks like.
        example: &'static str,
    },
}

impl Input {
    /// How many ranges of hours a field holds at most.
    pub const HOUR_RANGES: usize = 3;

    /// One line of text.
    pub const fn text(max: usize, what: &'static str) -> Self {
        Self::Text { max, what }
    }

    /// Several lines of text.
    pub const fn lines(max: usize, what: &'static str) -> Self {
        Self::Lines { max, what }
    }

    /// A number with its range, both in small units, of which `decimals` digits stand behind the point.
    pub const fn number(unit: &'static str, min: i64, max: i64, decimals: u32) -> Self {
        Self::Number(NumberInput {
            unit,
            min,
            max,
            decimals,
        })
    }

    /// One of these words.
    pub const fn choice(options: &'static [&'static str]) -> Self {
        Self::Choice { options, none: None }
    }

    /// One of these words, or what `none` says.
    pub const fn choice_or(options: &'static [&'static str], none: &'static str) -> Self {
        Self::Choice {
            options,
            none: Some(none),
        }
    }

    /// Any of these words; `what` they are, for a message.
    pub const fn choices(options: &'static [&'static str], what: &'static str) -> Self {
        Self::Choices { options, what }
    }

    /// Whether it is made of several controls.
    pub const fn is_group(self) -> bool {
        matches!(self, Self::Choices { .. } | Self::Hours)
    }
}

/// A number, held as a whole number of a small unit.
#[derive(Clone, Copy, Debug)]
pub struct NumberInput {
    /// Its unit; one that begins with a currency has that before the number: `₹ per month`.
    pub unit: &'static str,
    /// The least, in small units.
    pub min: i64,
    /// The most, in small units.
    pub max: i64,
    /// How many decimals may be typed: a small unit is the last of them.
    pub decimals: u32,
}

impl NumberInput {
    /// Whether it is an amount of money.
    pub fn is_money(&self) -> bool {
        self.unit.starts_with('₹')
    }

    /// What stands before the number, and what behind it; empty where nothing does.
    pub fn around(&self) -> [&'static str; 2] {
        match self.unit.strip_prefix('₹') {
            Some(rest) => ["₹", rest.trim_start()],
            None => ["", self.unit],
        }
    }
}
