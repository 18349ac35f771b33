//! Dates and instants in India's time zone, and their formats.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, SubsecRound, Utc};

/// The source of "now". Nothing else in the program asks the system for the time, so that a test can set it.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// A clock that asks `now` each time.
    pub fn new(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The instant, in UTC, to the microsecond: Postgres stores no more, so that what is written is what is read back.
    pub fn now(&self) -> DateTime<Utc> {
        (self.0)().trunc_subsecs(6)
    }

    /// The calendar date in India.
    pub fn today(&self) -> NaiveDate {
        ist_date(self.now())
    }
}

/// India Standard Time: UTC+05:30 all year and everywhere in the country.
pub const IST: FixedOffset = FixedOffset::east_opt(5 * 3600 + 1800).expect("a valid offset");

/// The calendar date in India at an instant.
pub fn ist_date(instant: DateTime<Utc>) -> NaiveDate {
    instant.with_timezone(&IST).date_naive()
}

/// `28 Nov 2026`
pub fn format_date(date: NaiveDate) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    // Every row of the list has dates, and chrono's patterns take ten times as long.
    format!("{} {} {}", date.day(), MONTHS[date.month0() as usize], date.year())
}

/// `23 Nov 2026, 14:05`: an instant, in IST.
pub fn format_datetime(instant: DateTime<Utc>) -> String {
    let local = instant.with_timezone(&IST);
    format!("{}, {}", format_date(local.date_naive()), local.format("%H:%M"))
}

/// A date relative to today: `today`, `tomorrow`, `in 5 days`, `4 days ago`.
pub fn relative_days(date: NaiveDate, today: NaiveDate) -> String {
    match (date - today).num_days() {
        0 => "today".into(),
        1 => "tomorrow".into(),
        -1 => "yesterday".into(),
        days if days > 0 => format!("in {days} days"),
        days => format!("{} days ago", -days),
    }
}

/// `2026-11-23T14:05:00+05:30`: an instant in IST, for `<time datetime>`.
pub fn iso(instant: DateTime<Utc>) -> String {
    instant.with_timezone(&IST).format("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// An instant relative to now: `just now`, `5 min ago`, `2 h ago`, `yesterday`, `3 days ago`, and from a week on the date. Days are
/// India's calendar days. Another computer's clock may be a little ahead: an instant in the future is `just now`.
pub fn relative(instant: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (now - instant).num_seconds();
    match seconds {
        ..60 => "just now".into(),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..86_400 => format!("{} h ago", seconds / 3_600),
        _ => {
            let (date, today) = (ist_date(instant), ist_date(now));
            match (today - date).num_days() {
                ..7 => relative_days(date, today),
                _ => format_date(date),
            }
        }
    }
}

/// `21:05`: minutes after midnight.
pub fn format_minute(minute: i16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// A time of day in minutes after midnight, IST: 0 to 1439.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Minute(pub i16);

impl Minute {
    /// Reads `21:00`, as a time input gives it; seconds are not accepted.
    pub fn parse(text: &str) -> Option<Self> {
        let (hours, minutes) = text.trim().split_once(':')?;
        let two_digits = |part: &str, below: i16| {
            let number: i16 = part.parse().ok()?;
            (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()) && number < below).then_some(number)
        };
        Some(Self(two_digits(hours, 24)? * 60 + two_digits(minutes, 60)?))
    }
}

impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_minute(self.0))
    }
}

/// A range of hours that may cross midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HourRange {
    /// When it begins.
    pub from: Minute,
    /// When it ends; before `from` where the range crosses midnight.
    pub to: Minute,
}

impl HourRange {
    /// The ranges of a column that holds pairs of minutes.
    pub fn from_minutes(minutes: &[i16]) -> Vec<Self> {
        let range = |ends: &[i16]| Self {
            from: Minute(ends[0]),
            to: Minute(ends[1]),
        };
        minutes.chunks_exact(2).map(range).collect()
    }
}

/// A number of minutes as people say it: `45 minutes`, `12 hours`, `1 day`, `1 hour 30 minutes`.
pub fn format_minutes(count: i32) -> String {
    let part = |number: i32, unit: &str| match number {
        0 => None,
        1 => Some(format!("1 {unit}")),
        _ => Some(format!("{number} {unit}s")),
    };
    let parts = [
        part(count / 1440, "day"),
        part(count % 1440 / 60, "hour"),
        part(count % 60, "minute"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_are_parsed_strictly() {
        assert_eq!(Minute::parse("21:05"), Some(Minute(1265)));
        for text in ["24:00", "12:60", "9:00", "12", "12:00:00", "+1:00"] {
            assert_eq!(Minute::parse(text), None, "{text}");
        }
    }

    #[test]
    fn minutes_are_formatted_in_words() {
        for (count, words) in [
            (5, "5 minutes"),
            (60, "1 hour"),
            (90, "1 hour 30 minutes"),
            (720, "12 hours"),
            (1500, "1 day 1 hour"),
        ] {
            assert_eq!(format_minutes(count), words);
        }
    }

    #[test]
    fn a_date_in_india_is_ahead_of_utc() {
        let late = "2026-11-23T18:30:00Z".parse::<DateTime<Utc>>().expect("an instant");
        assert_eq!(format_date(ist_date(late)), "24 Nov 2026");
        assert_eq!(format_datetime(late), "24 Nov 2026, 00:00");
    }

    #[test]
    fn distances_in_days_are_formatted_in_words() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 23).expect("a date");
        let formatted = [-2, -1, 0, 1, 5].map(|days| relative_days(today + chrono::Duration::days(days), today));
        assert_eq!(formatted, ["2 days ago", "yesterday", "today", "tomorrow", "in 5 days"]);
    }

    #[test]
    fn past_times_are_formatted_in_words() {
        let instant = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
        // 12:00 on 23 November in India.
        let now = instant("2026-11-23T06:30:00Z");
        for (then, expected) in [
            ("2026-11-23T06:31:00Z", "just now"),
            ("2026-11-23T06:29:01Z", "just now"),
            ("2026-11-23T06:29:00Z", "1 min ago"),
            ("2026-11-23T05:30:01Z", "59 min ago"),
            ("2026-11-23T05:30:00Z", "1 h ago"),
            // Yesterday by the calendar, and yet hours tell more.
            ("2026-11-22T06:30:01Z", "23 h ago"),
            ("2026-11-22T06:30:00Z", "yesterday"),
            // A minute before midnight in India, and at midnight.
            ("2026-11-21T18:29:00Z", "2 days ago"),
            ("2026-11-21T18:30:00Z", "yesterday"),
            ("2026-11-16T18:30:00Z", "6 days ago"),
            ("2026-11-16T18:29:00Z", "16 Nov 2026"),
            ("2025-11-23T06:30:00Z", "23 Nov 2025"),
        ] {
            assert_eq!(relative(instant(then), now), expected, "{then}");
        }
        assert_eq!(iso(now), "2026-11-23T12:00:00+05:30");
    }
}
