//! Days where a tenant is. A day lasts from midnight to midnight there, which is not always 24 hours.

use std::ops::Range;

use dossier_domain::{Local, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A day of the calendar, from its first instant to that of the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// Its date.
    pub date: Date,
    /// When it is.
    pub span: Range<Timestamp>,
}

/// Where the tenant is; UTC when this machine knows no such zone.
pub fn zone(local: &Local) -> TimeZone {
    TimeZone::get(&local.time_zone).unwrap_or(TimeZone::UTC)
}

/// The date of `at` where the tenant is.
pub fn date(at: Timestamp, local: &Local) -> Date {
    // Both keep the years 0000 to 9999, jiff with a day less at the ends.
    let at = jiff::Timestamp::from_microsecond(at.micros()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.to_zoned_datetime(zone(local)).date()
}

/// The first instant of a day where the tenant is; nothing for a day that no calendar of ours has.
pub fn midnight(day: Date, local: &Local) -> Option<Timestamp> {
    Some(Timestamp::from_micros(day.to_zoned_datetime(zone(local)).ok()?.timestamp().as_microsecond()))
}

/// The last `count` days where the tenant is, the oldest first and that of `now` last.
pub fn last(count: usize, now: Timestamp, local: &Local) -> Vec<Day> {
    let back = std::iter::successors(Some(date(now, local)), |day| day.yesterday().ok());
    let span = |date: Date| Some(Day { date, span: midnight(date, local)?..midnight(date.tomorrow().ok()?, local)? });
    // A zone may leave a whole day out: then it has no instant.
    let mut days: Vec<_> = back.take(count).filter_map(span).filter(|day| !day.span.is_empty()).collect();
    days.reverse();
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(count: usize, micros: i64, zone: &'static str) -> Vec<Day> {
        last(count, Timestamp::from_micros(micros), &Local { time_zone: zone.into(), ..Local::UTC })
    }

    /// The clocks of New York went back in the night to 1 November 2026; those of Johannesburg never move.
    #[test]
    fn the_last_days_follow_each_other_without_a_gap_and_each_is_as_long_as_it_is() {
        const AT: i64 = 1_795_437_127_412_000; // 2026-11-23T12:32:07.412Z
        for (zone, long) in [("America/New_York", 25), ("Africa/Johannesburg", 24)] {
            let days = days(30, AT, zone);
            assert_eq!((days.len(), days[29].date.to_string()), (30, "2026-11-23".to_owned()));
            assert!(days.windows(2).all(|pair| pair[0].span.end == pair[1].span.start));
            let hours = |date: &str| {
                let Day { span, .. } = days.iter().find(|day| day.date.to_string() == date).unwrap();
                span.end.since(span.start).as_secs() / 3_600
            };
            assert_eq!((hours("2026-10-31"), hours("2026-11-01"), hours("2026-11-02")), (24, long, 24), "{zone}");
        }
        let march = days(5, 1_773_100_800_000_000, "America/New_York"); // 2026-03-10T00:00:00Z
        let hours: Vec<_> = march.iter().map(|day| day.span.end.since(day.span.start).as_secs() / 3_600).collect();
        assert_eq!(hours, [24, 24, 24, 23, 24], "they went forward in the night to 8 March");
    }

    #[test]
    fn the_ends_of_time_have_days_or_none() {
        for micros in [i64::MIN, i64::MAX] {
            assert!(days(3, micros, "Pacific/Apia").len() <= 3);
        }
    }

    #[test]
    fn an_unknown_zone_is_utc() {
        assert_eq!(days(1, 0, "Moon/Tranquility")[0].span.start, Timestamp::from_micros(0));
    }
}
