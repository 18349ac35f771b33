//! Dates and instants as people in India read them.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Utc};
use serde::{Serialize, Serializer};

/// India Standard Time: UTC+05:30, all year, the whole country.
pub const IST: FixedOffset = FixedOffset::east_opt(5 * 3600 + 1800).expect("a valid offset");

/// The calendar date in India at an instant.
pub fn ist_date(instant: DateTime<Utc>) -> NaiveDate {
    instant.with_timezone(&IST).date_naive()
}

/// `28 Nov 2026`
pub fn day(date: NaiveDate) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    // On every row of the list: chrono's patterns take ten times as long.
    format!("{} {} {}", date.day(), MONTHS[date.month0() as usize], date.year())
}

/// Serializes a date as `2026-11-28`: what chrono writes, in a tenth of its time, since a list has many.
///
/// # Errors
/// The serializer's.
pub fn write<S: Serializer>(date: &NaiveDate, serializer: S) -> Result<S::Ok, S::Error> {
    let Ok(year @ 0..=9999) = u32::try_from(date.year()) else {
        return date.serialize(serializer);
    };
    let digit = |number: u32, place: u32| b'0' + (number / 10_u32.pow(place) % 10) as u8;
    let (month, day) = (date.month(), date.day());
    let text = [
        digit(year, 3),
        digit(year, 2),
        digit(year, 1),
        digit(year, 0),
        b'-',
        digit(month, 1),
        digit(month, 0),
        b'-',
        digit(day, 1),
        digit(day, 0),
    ];
    serializer.serialize_str(str::from_utf8(&text).unwrap_or_default())
}

/// `23 Nov 2026, 14:05`: an instant, in IST.
pub fn moment(instant: DateTime<Utc>) -> String {
    let there = instant.with_timezone(&IST);
    format!("{}, {}", day(there.date_naive()), there.format("%H:%M"))
}

/// How far a date is from today: `today`, `tomorrow`, `in 5 days`, `4 days ago`.
pub fn distance(date: NaiveDate, today: NaiveDate) -> String {
    match (date - today).num_days() {
        0 => "today".into(),
        1 => "tomorrow".into(),
        -1 => "yesterday".into(),
        days if days > 0 => format!("in {days} days"),
        days => format!("{} days ago", -days),
    }
}

/// `2026-11-23T14:05:00+05:30`: an instant as `<time datetime>` wants it, in IST.
pub fn machine(instant: DateTime<Utc>) -> String {
    instant.with_timezone(&IST).format("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// How long ago an instant was: `just now`, `5 min ago`, `2 h ago`, `yesterday`, `3 days ago`, and from a week on the date. Days are
/// those of the calendar in India. Another clock may be a little ahead: what seems to come is `just now`.
pub fn ago(instant: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (now - instant).num_seconds();
    match seconds {
        ..60 => "just now".into(),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..86_400 => format!("{} h ago", seconds / 3_600),
        _ => {
            let (date, today) = (ist_date(instant), ist_date(now));
            match (today - date).num_days() {
                ..7 => distance(date, today),
                _ => day(date),
            }
        }
    }
}

/// A number of minutes as people say it: `45 minutes`, `12 hours`, `1 day`, `1 hour 30 minutes`.
pub fn minutes(count: i32) -> String {
    let said = |number: i32, what: &str| match number {
        0 => None,
        1 => Some(format!("1 {what}")),
        _ => Some(format!("{number} {what}s")),
    };
    let parts = [
        said(count / 1440, "day"),
        said(count % 1440 / 60, "hour"),
        said(count % 60, "minute"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn minutes_read_as_people_say_them() {
        for (count, words) in [
            (5, "5 minutes"),
            (60, "1 hour"),
            (90, "1 hour 30 minutes"),
            (720, "12 hours"),
            (1500, "1 day 1 hour"),
        ] {
            assert_eq!(minutes(count), words);
        }
    }

    #[test]
    fn a_date_in_india_is_ahead_of_utc() {
        let late = "2026-11-23T18:30:00Z".parse::<DateTime<Utc>>().expect("an instant");
        assert_eq!(day(ist_date(late)), "24 Nov 2026");
        assert_eq!(moment(late), "24 Nov 2026, 00:00");
    }

    #[test]
    fn distances_read_as_people_say_them() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 23).expect("a date");
        let said = [-2, -1, 0, 1, 5].map(|days| distance(today + chrono::Duration::days(days), today));
        assert_eq!(said, ["2 days ago", "yesterday", "today", "tomorrow", "in 5 days"]);
    }

    proptest! {
        #[test]
        fn a_date_is_written_as_chrono_reads_it(days in -4_000_000_i64..4_000_000) {
            #[derive(serde::Serialize)]
            struct Written(#[serde(serialize_with = "write")] NaiveDate);

            let date = NaiveDate::default() + chrono::TimeDelta::days(days);
            let written = serde_json::to_string(&Written(date)).expect("JSON");
            prop_assert_eq!(&written, &serde_json::to_string(&date).expect("JSON"));
            prop_assert_eq!(serde_json::from_str::<NaiveDate>(&written).expect("a date"), date);
        }
    }

    #[test]
    fn the_past_reads_as_people_say_it() {
        let instant = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
        // 12:00 on 23 November in India.
        let now = instant("2026-11-23T06:30:00Z");
        for (then, said) in [
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
            assert_eq!(ago(instant(then), now), said, "{then}");
        }
        assert_eq!(machine(now), "2026-11-23T12:00:00+05:30");
    }
}
