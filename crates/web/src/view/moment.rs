//! Instants as people read them, in the tenant's time zone.

use askama::Template;
use askama::filters::HtmlSafe;
use dossier_domain::Timestamp;
use jiff::ZonedDateTime;
use jiff::tz::TimeZone;

/// An instant ready to be shown. Rendered as `<time>` with its seconds and zone in the title.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(ext = "html", source = r#"<time datetime="{{ iso }}" title="{{ full }}">{{ text }}</time>"#)]
pub struct Moment {
    /// For machines: `2026-11-23T14:32:07+02:00`.
    pub iso: String,
    /// For people: `23 Nov 2026, 14:32`.
    pub text: String,
    /// To the second, with the zone: `2026-11-23 14:32:07 SAST (UTC+02:00)`.
    pub full: String,
}

impl HtmlSafe for Moment {}

/// `at` in the zone `tz`, an IANA name; in UTC when this machine knows no such zone.
pub fn moment(at: Timestamp, tz: &str) -> Moment {
    written(&local(at, tz), "%-d %b %Y, %H:%M")
}

/// `at` to the millisecond, for logs: `23 Nov 2026, 14:32:07.412`.
pub fn exact(at: Timestamp, tz: &str) -> Moment {
    written(&local(at, tz), "%-d %b %Y, %H:%M:%S.%3f")
}

/// `at` as a time of day when it lies on the same day as `now`, else with its date.
pub fn clock(at: Timestamp, now: Timestamp, tz: &str) -> Moment {
    let at = local(at, tz);
    let today = at.date() == local(now, tz).date();
    written(&at, if today { "%H:%M" } else { "%-d %b %Y, %H:%M" })
}

/// Like [`clock`] to the second, for what comes within minutes.
pub fn soon(at: Timestamp, now: Timestamp, tz: &str) -> Moment {
    let at = local(at, tz);
    let today = at.date() == local(now, tz).date();
    written(&at, if today { "%H:%M:%S" } else { "%-d %b %Y, %H:%M:%S" })
}

/// The first instant of a day in the zone `tz`; nothing for a day that no calendar of ours has.
pub fn midnight(day: jiff::civil::Date, tz: &str) -> Option<Timestamp> {
    let zone = TimeZone::get(tz).unwrap_or(TimeZone::UTC);
    Some(Timestamp::from_micros(day.to_zoned_datetime(zone).ok()?.timestamp().as_microsecond()))
}

/// The day of `at`: `2026-11-23`.
pub fn day(at: Timestamp, tz: &str) -> String {
    local(at, tz).date().to_string()
}

fn written(at: &ZonedDateTime, text: &str) -> Moment {
    Moment {
        iso: at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        text: at.strftime(text).to_string(),
        full: at.strftime("%Y-%m-%d %H:%M:%S %Z (UTC%:z)").to_string(),
    }
}

fn local(at: Timestamp, tz: &str) -> ZonedDateTime {
    let zone = TimeZone::get(tz).unwrap_or(TimeZone::UTC);
    // Both keep the years 0000 to 9999, jiff with a day less at the ends.
    jiff::Timestamp::from_microsecond(at.micros()).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_zoned_datetime(zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: i64 = 1_795_437_127_412_000; // 2026-11-23T12:32:07.412Z

    /// LIST-1
    #[test]
    fn an_instant_is_shown_in_the_tenants_zone_with_seconds_and_zone_in_its_title() {
        let shown = moment(Timestamp::from_micros(AT), "Africa/Johannesburg");
        assert_eq!(shown.text, "23 Nov 2026, 14:32");
        assert_eq!(shown.iso, "2026-11-23T14:32:07+02:00");
        assert_eq!(shown.full, "2026-11-23 14:32:07 SAST (UTC+02:00)");
        assert_eq!(exact(Timestamp::from_micros(AT), "Africa/Johannesburg").text, "23 Nov 2026, 14:32:07.412");
    }

    #[test]
    fn an_unknown_zone_is_utc_and_says_so() {
        assert_eq!(moment(Timestamp::from_micros(AT), "Moon/Tranquility").full, "2026-11-23 12:32:07 UTC (UTC+00:00)");
    }

    #[test]
    fn the_day_is_left_out_only_on_that_day_in_that_zone() {
        let late = Timestamp::from_micros(AT + 10 * 3_600_000_000); // 00:32 next day in Johannesburg, 22:32 in UTC
        let at = Timestamp::from_micros(AT);
        assert_eq!(clock(at, at, "Africa/Johannesburg").text, "14:32");
        assert_eq!(clock(at, late, "Africa/Johannesburg").text, "23 Nov 2026, 14:32");
        assert_eq!(clock(at, late, "UTC").text, "12:32");
        assert_eq!(soon(at, at, "Africa/Johannesburg").text, "14:32:07");
        assert_eq!(soon(at, late, "Africa/Johannesburg").text, "23 Nov 2026, 14:32:07");
    }

    #[test]
    fn the_ends_of_time_can_be_shown() {
        for micros in [i64::MIN, i64::MAX, 0, -1] {
            assert!(!moment(Timestamp::from_micros(micros), "Pacific/Apia").full.is_empty());
        }
    }
}
