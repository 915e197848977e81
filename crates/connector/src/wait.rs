//! How long a provider asks to be left alone.

use std::time::Duration;

use dossier_domain::Timestamp;
use http::HeaderMap;
use http::header::RETRY_AFTER;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// The longest pause that is believed.
const LONGEST: Duration = Duration::from_hours(1);
/// Nobody asks to wait for so long: what is longer is a time since 1970.
const EPOCH: Duration = Duration::from_secs(1_000_000_000);

/// How long a server asks to wait, at most an hour: `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3), else
/// `RateLimit-Reset` in seconds (draft-ietf-httpapi-ratelimit-headers, up to 06).
pub fn asked_to_wait(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).map(str::trim);
    let seconds = |text: &str| text.parse::<u64>().ok().map(Duration::from_secs);
    let said = text(RETRY_AFTER.as_str()).and_then(|said| seconds(said).or_else(|| until(said, now)));
    let reset = || ["ratelimit-reset", "x-ratelimit-reset"].iter().find_map(|name| seconds(text(name)?));
    // Some write the second in which it ends.
    let began = Duration::from_micros(u64::try_from(now.micros()).unwrap_or(0));
    let left = |span: Duration| if span < EPOCH { span } else { span.saturating_sub(began) };
    said.or_else(|| reset().map(left)).map(|span| span.min(LONGEST))
}

/// The time until an HTTP date, which is RFC 2822 with `GMT`.
fn until(date: &str, now: Timestamp) -> Option<Duration> {
    let at = OffsetDateTime::parse(&date.replace("GMT", "+0000"), &Rfc2822).ok()?;
    Some(Timestamp::from_datetime(at).since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_to_wait_is_read_in_each_of_its_forms() {
        let now = Timestamp::from_micros(1_795_442_400_000_000);
        let asked = |name: &'static str, value: &str| {
            asked_to_wait(&[(http::HeaderName::from_static(name), value.parse().unwrap())].into_iter().collect(), now)
        };
        let seconds = |n| Some(Duration::from_secs(n));
        assert_eq!(asked("retry-after", "120"), seconds(120));
        assert_eq!(asked("retry-after", "Mon, 23 Nov 2026 14:00:30 GMT"), seconds(30));
        assert_eq!(asked("retry-after", "Mon, 23 Nov 2026 13:00:30 GMT"), seconds(0), "it is past");
        assert_eq!(asked("ratelimit-reset", "5"), seconds(5));
        assert_eq!(asked("x-ratelimit-reset", "1795442407"), seconds(7), "as a time");
        assert_eq!(asked("retry-after", "99999999999"), seconds(3_600), "nobody waits for ever");
        for nonsense in ["soon", "-5", ""] {
            assert_eq!(asked("retry-after", nonsense), None, "{nonsense}");
        }
    }
}
