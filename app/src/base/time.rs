//! Dates and instants in India's time zone, and their formats.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, SubsecRound, Utc};

use super::text::compared;

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

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// `28 Nov 2026`
pub fn format_date(date: NaiveDate) -> String {
    // Every row of the list has dates, and chrono's patterns take ten times as long.
    format!("{} {} {}", date.day(), MONTHS[date.month0() as usize], date.year())
}

/// `Nov 2026`, of `2026-11`; what is no month stays as it is.
pub fn format_month(month: &str) -> String {
    let name = |number: usize| MONTHS.get(number.checked_sub(1)?);
    let parts = month.split_once('-');
    let month_name = parts.and_then(|(year, number)| Some((name(number.parse().ok()?)?, year)));
    month_name.map_or_else(|| month.to_owned(), |(name, year)| format!("{name} {year}"))
}

/// Reads a date from 1990 to 2100, as a date input gives it or as people in India write it, the day first: `2026-11-23`, `23/11/2026`,
/// `23.11.2026`, `23 Nov 2026`.
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    let plain = compared(text).replace(['/', '.', ' ', ','], "-").replace("--", "-");
    let formats = ["%Y-%m-%d", "%d-%m-%Y", "%d-%B-%Y"];
    let mut dates = formats
        .iter()
        .filter_map(|format| NaiveDate::parse_from_str(&plain, format).ok());
    dates.find(|date| (1990..=2100).contains(&date.year()))
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
    /// Reads a time as people write it, in 24 hours or in 12: `21:00`, `9:30`, `2130`, `21.30`, `9 pm`; `24:00` is midnight.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = compared(text);
        let plain = plain.trim_end_matches('.').replace(['.', ' '], ":").replace("::", ":");
        let halves = [("am", 0), ("pm", 12), ("a:m", 0), ("p:m", 12)];
        let half = halves
            .iter()
            .find_map(|(word, add)| Some((plain.strip_suffix(word)?.trim_end_matches(':'), *add)));
        let (time, add) = half.map_or((&*plain, None), |(time, add)| (time, Some(add)));
        let (hours, minutes) = match time.split_once(':') {
            Some((hours, minutes)) if minutes.len() == 2 => (hours, minutes),
            Some(_) => return None,
            None if time.len() > 2 => time.split_at_checked(time.len() - 2)?,
            None => (time, "0"),
        };
        let number = |part: &str| -> Option<i16> {
            let is_number = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            part.parse().ok().filter(|_| is_number)
        };
        let (hours, minutes) = (number(hours)?, number(minutes)?);
        let hours = match add {
            Some(add) => (1..=12).contains(&hours).then_some(hours % 12 + add)?,
            None => hours,
        };
        let minute = hours * 60 + minutes;
        (minutes < 60 && minute <= 1440).then_some(Self(minute % 1440))
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
    use proptest::prelude::*;

    #[test]
    fn times_of_day_are_parsed_as_people_write_them() {
        for (text, minute) in [
            ("21:05", 1265),
            (" 21.05 ", 1265),
            ("2105", 1265),
            ("9:05 pm", 1265),
            ("9.05 P.M.", 1265),
            ("२१:०५", 1265),
            ("21", 1260),
            ("9pm", 1260),
            ("9:00", 540),
            ("900", 540),
            ("12 am", 0),
            ("12:30 pm", 750),
            ("0:00", 0),
            ("24:00", 0),
        ] {
            assert_eq!(Minute::parse(text), Some(Minute(minute)), "{text}");
        }
        for text in [
            "", "24:01", "25", "12:60", "12:00:00", "+1:00", "21:", "21:5", ":30", "13 pm", "0 am", "pm", "noon",
            "12345", "२१:",
        ] {
            assert_eq!(Minute::parse(text), None, "{text}");
        }
    }

    #[test]
    fn dates_are_parsed_as_people_write_them() {
        let expected = NaiveDate::from_ymd_opt(2026, 11, 3);
        for text in [
            "2026-11-03",
            "3/11/2026",
            "03-11-2026",
            "3.11.2026",
            "3 Nov 2026",
            "3 november 2026",
            "3 Nov, 2026",
            "2026/11/3",
            "०३/११/२०२६",
            " 2026\u{2011}11\u{2011}03\u{200b}",
        ] {
            assert_eq!(parse_date(text), expected, "{text}");
        }
        for text in [
            "",
            "2026-02-30",
            "11/23/2026",
            "3/11/26",
            "3 Nov",
            "1889-01-01",
            "2101-01-01",
            "2026-11-",
            "soon",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(minute in 0..1440_i16, days in 0..40_000_i64, text in "\\PC{0,12}") {
            prop_assert_eq!(Minute::parse(&format_minute(minute)), Some(Minute(minute)));
            let date = NaiveDate::from_ymd_opt(1990, 1, 1).expect("a date") + chrono::Duration::days(days);
            prop_assert_eq!(parse_date(&date.to_string()), Some(date));
            prop_assert_eq!(parse_date(&format_date(date)), Some(date));
            let _ = (Minute::parse(&text), parse_date(&text));
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
