//! By what a person is found again: the normalised phone number and email, and the name in a city.

use crate::base::contact::{Email, Phone};
use crate::base::text::fold;

/// By what a person is found again. Each may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactKeys {
    /// E.164.
    pub phone: Option<String>,
    /// Folded.
    pub email: Option<String>,
    /// The name, folded, beside a city.
    pub name: Option<String>,
    /// The city, folded, beside a name.
    pub city: Option<String>,
}

impl ContactKeys {
    /// The most records of a subject that are shown as perhaps the same.
    pub const LIMIT: i64 = 5;

    /// Those of what somebody typed. What cannot be read is missing.
    pub fn parse(phone: &str, email: &str, name: &str, city: &str) -> Self {
        let text = |text: &str| Some(fold(text.trim())).filter(|text| !text.is_empty());
        let (name, city) = text(name).zip(text(city)).unzip();
        Self {
            phone: Phone::parse(phone).ok().map(|phone| phone.as_str().to_owned()),
            email: Email::parse(email).ok().map(|email| email.key()),
            name,
            city,
        }
    }

    /// Whether nothing is known of the person.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Why somebody who was found by them may be the same.
    pub fn reason(&self, phone: Option<&str>, email: Option<&str>, city: Option<&str>) -> String {
        let is_same = |mine: &Option<String>, theirs: Option<&str>| theirs.is_some() && mine.as_deref() == theirs;
        match (is_same(&self.phone, phone), is_same(&self.email, email)) {
            (true, true) => "Same phone and email".into(),
            (true, false) => "Same phone".into(),
            (false, true) => "Same email".into(),
            (false, false) => format!("Similar name in {}", city.unwrap_or_default()),
        }
    }
}
