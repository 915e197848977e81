//! Instants as people read them, in the tenant's time zone.

use askama::Template;
use askama::filters::HtmlSafe;
use dossier_app::days::zone;
use dossier_domain::{DateFormat, Local, Timestamp};
use jiff::ZonedDateTime;

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

/// `at` where and how the tenant writes it; in UTC when this machine knows no such zone.
pub fn moment(at: Timestamp, local: &Local) -> Moment {
    dated(&zoned(at, local), local, "%H:%M")
}

/// `at` to the second, for the audit: `23 Nov 2026, 14:32:07`.
pub fn seconds(at: Timestamp, local: &Local) -> Moment {
    dated(&zoned(at, local), local, "%H:%M:%S")
}

/// `at` to the millisecond, for logs: `23 Nov 2026, 14:32:07.412`.
pub fn exact(at: Timestamp, local: &Local) -> Moment {
    dated(&zoned(at, local), local, "%H:%M:%S.%3f")
}

/// `at` as a time of day when it lies on the same day as `now`, else with its date.
pub fn clock(at: Timestamp, now: Timestamp, local: &Local) -> Moment {
    near(at, now, local, "%H:%M")
}

/// Like [`clock`] to the second, for what comes within minutes.
pub fn soon(at: Timestamp, now: Timestamp, local: &Local) -> Moment {
    near(at, now, local, "%H:%M:%S")
}

/// The day of `at` for names of files: `2026-11-23`.
pub fn day(at: Timestamp, local: &Local) -> String {
    zoned(at, local).date().to_string()
}

/// The day of `at` as the tenant writes it: `23 Nov 2026`.
pub fn date(at: Timestamp, local: &Local) -> String {
    zoned(at, local).strftime(pattern(local.dates)).to_string()
}

/// The same without its year, for the edge of a chart: `23 Nov`.
pub fn day_and_month(at: Timestamp, local: &Local) -> String {
    let pattern = match local.dates {
        DateFormat::DayMonth => "%-d %b",
        DateFormat::MonthDay => "%b %-d",
        DateFormat::Slashes => "%d/%m",
        DateFormat::Iso => "%m-%d",
    };
    zoned(at, local).strftime(pattern).to_string()
}

/// The month of `at`, and the same without its year: `Nov 2026` and `Nov`.
pub fn month(at: Timestamp, local: &Local) -> (String, String) {
    let (whole, short) = match local.dates {
        DateFormat::DayMonth | DateFormat::MonthDay => ("%b %Y", "%b"),
        DateFormat::Slashes => ("%m/%Y", "%m"),
        DateFormat::Iso => ("%Y-%m", "%m"),
    };
    let at = zoned(at, local);
    (at.strftime(whole).to_string(), at.strftime(short).to_string())
}

/// `at` for other programs, in the tenant's zone: `2026-11-23T14:32:07.412000+02:00`.
pub fn iso(at: Timestamp, local: &Local) -> String {
    zoned(at, local).strftime("%Y-%m-%dT%H:%M:%S.%6f%:z").to_string()
}

fn pattern(dates: DateFormat) -> &'static str {
    match dates {
        DateFormat::DayMonth => "%-d %b %Y",
        DateFormat::MonthDay => "%b %-d, %Y",
        DateFormat::Slashes => "%d/%m/%Y",
        DateFormat::Iso => "%Y-%m-%d",
    }
}

fn near(at: Timestamp, now: Timestamp, local: &Local, time: &str) -> Moment {
    let at = zoned(at, local);
    if at.date() == zoned(now, local).date() { written(&at, time) } else { dated(&at, local, time) }
}

fn dated(at: &ZonedDateTime, local: &Local, time: &str) -> Moment {
    written(at, &format!("{}, {time}", pattern(local.dates)))
}

fn written(at: &ZonedDateTime, text: &str) -> Moment {
    Moment {
        iso: at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        text: at.strftime(text).to_string(),
        full: at.strftime("%Y-%m-%d %H:%M:%S %Z (UTC%:z)").to_string(),
    }
}

fn zoned(at: Timestamp, local: &Local) -> ZonedDateTime {
    // Both keep the years 0000 to 9999, jiff with a day less at the ends.
    jiff::Timestamp::from_microsecond(at.micros()).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_zoned_datetime(zone(local))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: i64 = 1_795_437_127_412_000; // 2026-11-23T12:32:07.412Z
    const SOUTH: &Local = &Local { time_zone: std::borrow::Cow::Borrowed("Africa/Johannesburg"), ..Local::UTC };

    fn at_zone(name: &'static str) -> Local {
        Local { time_zone: name.into(), ..Local::UTC }
    }

    /// LIST-1
    #[test]
    fn an_instant_is_shown_in_the_tenants_zone_with_seconds_and_zone_in_its_title() {
        let shown = moment(Timestamp::from_micros(AT), SOUTH);
        assert_eq!(shown.text, "23 Nov 2026, 14:32");
        assert_eq!(shown.iso, "2026-11-23T14:32:07+02:00");
        assert_eq!(shown.full, "2026-11-23 14:32:07 SAST (UTC+02:00)");
        assert_eq!(exact(Timestamp::from_micros(AT), SOUTH).text, "23 Nov 2026, 14:32:07.412");
        assert_eq!(seconds(Timestamp::from_micros(AT), SOUTH).text, "23 Nov 2026, 14:32:07");
    }

    /// LIST-1
    #[test]
    fn a_day_is_written_as_the_tenant_writes_it_and_files_have_iso_days() {
        let at = Timestamp::from_micros(AT);
        for (dates, text) in [
            (DateFormat::DayMonth, "23 Nov 2026, 14:32"),
            (DateFormat::MonthDay, "Nov 23, 2026, 14:32"),
            (DateFormat::Slashes, "23/11/2026, 14:32"),
            (DateFormat::Iso, "2026-11-23, 14:32"),
        ] {
            let local = Local { dates, ..SOUTH.clone() };
            assert_eq!(moment(at, &local).text, text);
            assert_eq!(format!("{}, 14:32", date(at, &local)), text);
            let short = day_and_month(at, &local);
            assert!(text.contains(&short) && !short.contains("2026"), "{short}");
            assert_eq!((clock(at, at, &local).text.as_str(), day(at, &local).as_str()), ("14:32", "2026-11-23"));
            assert_eq!(iso(at, &local), "2026-11-23T14:32:07.412000+02:00");
        }
    }

    #[test]
    fn an_unknown_zone_is_utc_and_says_so() {
        assert_eq!(
            moment(Timestamp::from_micros(AT), &at_zone("Moon/Tranquility")).full,
            "2026-11-23 12:32:07 UTC (UTC+00:00)"
        );
    }

    #[test]
    fn the_day_is_left_out_only_on_that_day_in_that_zone() {
        let late = Timestamp::from_micros(AT + 10 * 3_600_000_000); // 00:32 next day in Johannesburg, 22:32 in UTC
        let at = Timestamp::from_micros(AT);
        assert_eq!(clock(at, at, SOUTH).text, "14:32");
        assert_eq!(clock(at, late, SOUTH).text, "23 Nov 2026, 14:32");
        assert_eq!(clock(at, late, &Local::UTC).text, "12:32");
        assert_eq!(soon(at, at, SOUTH).text, "14:32:07");
        assert_eq!(soon(at, late, SOUTH).text, "23 Nov 2026, 14:32:07");
    }

    #[test]
    fn the_ends_of_time_can_be_shown() {
        for micros in [i64::MIN, i64::MAX, 0, -1] {
            assert!(!moment(Timestamp::from_micros(micros), &at_zone("Pacific/Apia")).full.is_empty());
        }
    }
}
