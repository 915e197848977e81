//! Time as the product keeps it: UTC, to the microsecond, from a clock that is handed in.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// An instant in UTC with microsecond precision, the finest that both databases keep.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// The years 0000 to 9999, which is what RFC 3339 can write.
const WRITABLE: std::ops::RangeInclusive<i64> = -62_167_219_200_000_000..=253_402_300_799_999_999;

impl Timestamp {
    /// The instant `micros` microseconds after 1970-01-01T00:00:00Z, held within the years that RFC 3339 can write.
    pub fn from_micros(micros: i64) -> Self {
        Self(micros.clamp(*WRITABLE.start(), *WRITABLE.end()))
    }

    /// Cuts `at` to microseconds.
    pub fn from_datetime(at: OffsetDateTime) -> Self {
        Self::from_micros(i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000)).unwrap_or(i64::MAX))
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// The same instant as a calendar date and time in UTC.
    pub fn datetime(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// This instant and `span` later.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self::from_micros(self.0.saturating_add(micros(span)))
    }

    /// This instant and `span` earlier.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self::from_micros(self.0.saturating_sub(micros(span)))
    }

    /// How long after `earlier` this instant is; zero when it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

/// RFC 3339 in UTC, as in `2026-11-23T14:32:00.000001Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.datetime().format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}

/// Reads RFC 3339, with any offset; what is finer than a microsecond is cut.
impl std::str::FromStr for Timestamp {
    type Err = time::error::Parse;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        OffsetDateTime::parse(text, &Rfc3339).map(Self::from_datetime)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where "now" comes from. Rooms are handed one; no code reads the machine's clock by itself (clippy refuses it).
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that stands still until a test moves it.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that shows `at` until [`Clock::advance`] moves it.
    pub fn manual(at: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(at.micros())))
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        match self {
            #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
            Self::System => Timestamp::from_datetime(OffsetDateTime::now_utc()),
            Self::Manual(micros) => Timestamp::from_micros(micros.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock forward; the machine's clock moves by itself.
    pub fn advance(&self, span: Duration) {
        if let Self::Manual(at) = self {
            at.fetch_add(micros(span), Ordering::SeqCst);
        }
    }

    /// Sets a manual clock back, as an operator may the machine's.
    pub fn set_back(&self, span: Duration) {
        if let Self::Manual(at) = self {
            at.fetch_sub(micros(span), Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_instant_is_cut_to_microseconds_not_rounded() {
        let at = OffsetDateTime::UNIX_EPOCH + Duration::from_nanos(1_999);
        assert_eq!(Timestamp::from_datetime(at).micros(), 1);
        let before = OffsetDateTime::UNIX_EPOCH - Duration::from_nanos(1);
        assert_eq!(Timestamp::from_datetime(before).micros(), -1, "cut towards the past on both sides of 1970");
    }

    #[test]
    fn a_manual_clock_moves_only_when_it_is_told_to() {
        let clock = Clock::manual(Timestamp::from_micros(5));
        assert_eq!(clock.now(), clock.now());
        clock.advance(Duration::from_micros(7));
        assert_eq!(clock.now(), Timestamp::from_micros(12));
        clock.set_back(Duration::from_micros(3));
        assert_eq!(clock.now(), Timestamp::from_micros(9));
        clock.advance(Duration::from_micros(3));
        assert_eq!(clock.now().since(Timestamp::from_micros(2)), Duration::from_micros(10));
        assert_eq!(Timestamp::from_micros(2).since(clock.now()), Duration::ZERO);
    }

    #[test]
    fn the_system_clock_shows_this_century() {
        let now = Clock::System.now();
        assert!(
            now > Timestamp::from_micros(1_700_000_000_000_000) && now < Timestamp::from_micros(4_102_444_800_000_000)
        );
    }

    #[test]
    fn it_is_written_as_rfc_3339() {
        let at = Timestamp::from_micros(1_700_000_000_000_001);
        assert_eq!((at.to_string(), format!("{at:?}")), (format!("{at}"), "2023-11-14T22:13:20.000001Z".to_owned()));
    }

    proptest! {
        #[test]
        fn any_instant_survives_the_calendar_and_can_be_written(micros: i64) {
            let at = Timestamp::from_micros(micros);
            prop_assert_eq!(Timestamp::from_datetime(at.datetime()), at);
            prop_assert!(!at.to_string().is_empty());
        }

        #[test]
        fn plus_and_minus_undo_each_other(micros in -1_000_000_000_000_i64..1_000_000_000_000, span in 0_u64..1_000_000_000) {
            let (at, span) = (Timestamp::from_micros(micros), Duration::from_micros(span));
            prop_assert_eq!(at.plus(span).minus(span), at);
            prop_assert_eq!(at.plus(span).since(at), span);
        }
    }
}
