//! Dates and instants as people in India read them.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};

/// India Standard Time: UTC+05:30, all year, the whole country.
pub const IST: FixedOffset = FixedOffset::east_opt(5 * 3600 + 1800).expect("a valid offset");

/// The calendar date in India at an instant.
pub fn ist_date(instant: DateTime<Utc>) -> NaiveDate {
    instant.with_timezone(&IST).date_naive()
}

/// `28 Nov 2026`
pub fn day(date: NaiveDate) -> String {
    date.format("%-d %b %Y").to_string()
}

/// `23 Nov 2026, 14:05`: an instant, in IST.
pub fn moment(instant: DateTime<Utc>) -> String {
    instant.with_timezone(&IST).format("%-d %b %Y, %H:%M").to_string()
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
