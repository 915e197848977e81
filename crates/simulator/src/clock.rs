//! The provider's time. It stands still until somebody moves it, so that what expires does so at a known call.

use time::format_description::well_known::Rfc3339;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

/// What the time is at the start.
pub(crate) const START: OffsetDateTime = datetime!(2026-03-02 08:00 UTC);
/// How long a pre-signed link counts.
pub(crate) const LINK_LIFE: Duration = Duration::hours(24);

/// `2026-03-02T08:00:00Z`.
pub(crate) fn text(instant: OffsetDateTime) -> String {
    // Years of five digits cannot be written so; the admin page lets none in.
    instant.format(&Rfc3339).unwrap_or_default()
}

/// Reads `2026-03-02T08:00:00Z`, or the same with another offset.
pub(crate) fn read(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}
