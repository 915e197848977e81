//! Keeps each channel within what its provider takes: calls at once, calls per second, and pauses that it asks for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dossier_domain::Timestamp;
use http::HeaderMap;
use http::header::RETRY_AFTER;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::manifest::Limits;

/// How long a call waits for its turn before it is given up unsent.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// The longest pause that is believed.
const LONGEST: Duration = Duration::from_hours(1);
/// Nobody asks to wait for so long: what is longer is a time since 1970.
const EPOCH: Duration = Duration::from_secs(1_000_000_000);

/// The channels that are being called.
#[derive(Default)]
pub(crate) struct Limiter(Mutex<HashMap<String, Arc<Lane>>>);

/// One channel, whatever the limits of the manifest's texts that are in use with it.
#[derive(Default)]
struct Lane {
    /// How many calls are on their way.
    out: watch::Sender<usize>,
    times: Mutex<Times>,
}

#[derive(Default)]
struct Times {
    /// When the next call may go out.
    next: Option<Instant>,
    /// Until when the provider asked to wait.
    paused: Option<Instant>,
}

/// A place among the calls of a channel, held while one is on its way.
pub(crate) struct Turn(Arc<Lane>);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.out.send_modify(|out| *out -= 1);
    }
}

/// The turn is too far away; nothing was sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong(pub(crate) Duration);

impl Limiter {
    /// Waits for the turn of a call on `channel`.
    pub(crate) async fn turn(&self, channel: &str, limits: Limits) -> Result<Turn, TooLong> {
        let lane = self.lane(channel);
        let place = tokio::time::timeout(PATIENCE, lane.enter(limits.at_once.unwrap_or(usize::MAX)));
        let Ok(turn) = place.await else { return Err(TooLong(PATIENCE)) };
        let until = lane.book(Instant::now(), limits.per_second)?;
        if let Some(until) = until {
            tokio::time::sleep_until(until).await;
        }
        // The provider may have asked to wait while this call slept.
        if let Some(until) = lane.paused(Instant::now())? {
            tokio::time::sleep_until(until).await;
        }
        Ok(turn)
    }

    /// Lets nothing out on `channel` for as long as its provider asked.
    pub(crate) fn pause(&self, channel: &str, span: Duration) {
        let until = Instant::now() + span.min(LONGEST);
        let lane = self.lane(channel);
        let mut times = lane.times.lock().unwrap_or_else(PoisonError::into_inner);
        times.paused = times.paused.max(Some(until));
    }

    fn lane(&self, channel: &str) -> Arc<Lane> {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(lanes.entry(channel.to_owned()).or_default())
    }
}

impl Lane {
    /// Waits until fewer than `places` calls are on their way, and joins them.
    async fn enter(self: &Arc<Self>, places: usize) -> Turn {
        let mut out = self.out.subscribe();
        let join = |out: &mut usize| {
            let free = *out < places;
            *out += usize::from(free);
            free
        };
        while !self.out.send_if_modified(join) {
            // It fails only when the lane is gone, which is held here.
            let _ = out.wait_for(|out| *out < places).await;
        }
        Turn(Arc::clone(self))
    }

    /// Until when nothing may go out; nothing when it may.
    fn paused(&self, now: Instant) -> Result<Option<Instant>, TooLong> {
        let paused = self.times.lock().unwrap_or_else(PoisonError::into_inner).paused.filter(|until| *until > now);
        paused.filter(|until| *until - now > PATIENCE).map_or(Ok(paused), |until| Err(TooLong(until - now)))
    }

    /// Takes the next free time; nothing when it is now.
    fn book(&self, now: Instant, per_second: Option<f64>) -> Result<Option<Instant>, TooLong> {
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let at = [times.next, times.paused].into_iter().flatten().fold(now, Instant::max);
        let wait = at - now;
        if wait > PATIENCE {
            return Err(TooLong(wait));
        }
        if let Some(rate) = per_second {
            times.next = Some(at + Duration::from_secs_f64(1.0 / rate));
        }
        Ok((at > now).then_some(at))
    }
}

/// How long a provider asks to wait: `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3), else
/// `RateLimit-Reset` in seconds (draft-ietf-httpapi-ratelimit-headers, up to 06).
pub(crate) fn asked_to_wait(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
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

    fn limits(at_once: Option<usize>, per_second: Option<f64>) -> Limits {
        Limits { at_once, per_second }
    }

    #[tokio::test(start_paused = true)]
    async fn calls_keep_their_distance_and_channels_do_not_wait_for_each_other() {
        let (limiter, began) = (Limiter::default(), Instant::now());
        let limits = limits(None, Some(4.0));
        for _ in 0..5 {
            limiter.turn("one", limits).await.unwrap();
        }
        assert_eq!((Instant::now() - began).as_millis(), 1_000);
        limiter.turn("two", limits).await.unwrap();
        assert_eq!((Instant::now() - began).as_millis(), 1_000, "another channel has its own turn");
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_so_many_are_on_their_way() {
        let (limiter, limits) = (Limiter::default(), limits(Some(2), None));
        let first = limiter.turn("one", limits).await.unwrap();
        let _second = limiter.turn("one", limits).await.unwrap();
        assert_eq!(limiter.turn("one", limits).await.err(), Some(TooLong(PATIENCE)), "nobody leaves");
        drop(first);
        limiter.turn("one", limits).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_everything_back_and_a_long_one_is_told_at_once() {
        let (limiter, limits, began) = (Limiter::default(), Limits::default(), Instant::now());
        limiter.pause("one", Duration::from_secs(7));
        limiter.pause("one", Duration::from_secs(2));
        limiter.turn("one", limits).await.unwrap();
        assert_eq!((Instant::now() - began).as_secs(), 7, "a shorter one does not cut a longer one");
        limiter.pause("one", Duration::from_mins(10));
        assert_eq!(limiter.turn("one", limits).await.err(), Some(TooLong(Duration::from_mins(10))));
    }

    #[tokio::test(start_paused = true)]
    async fn another_text_of_a_manifest_begins_nothing_anew() {
        let limiter = Limiter::default();
        let first = limiter.turn("one", limits(Some(2), None)).await.unwrap();
        assert!(limiter.turn("one", limits(Some(1), None)).await.is_err(), "one is on its way");
        drop(first);
        limiter.turn("one", limits(Some(1), None)).await.unwrap();
        let before = Instant::now();
        limiter.pause("one", Duration::from_secs(7));
        limiter.turn("one", limits(Some(3), None)).await.unwrap();
        assert_eq!((Instant::now() - before).as_secs(), 7, "the pause is the channel's");
    }

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
