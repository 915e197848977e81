//! How a tenant writes instants on its pages: in which time zone, and days in which order.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::status::words;

words! {
    /// How a day is written, told by how 23 November 2026 is.
    DateFormat {
        /// `23 Nov 2026`
        DayMonth = "day-month",
        /// `Nov 23, 2026`
        MonthDay = "month-day",
        /// `23/11/2026`
        Slashes = "slashes",
        /// `2026-11-23`
        Iso = "iso",
    }
}

/// How a tenant writes instants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// An IANA time zone, such as `Africa/Johannesburg`.
    pub time_zone: Cow<'static, str>,
    /// How it writes days.
    pub dates: DateFormat,
}

impl Local {
    /// Where no tenant is known.
    pub const UTC: Self = Self { time_zone: Cow::Borrowed("UTC"), dates: DateFormat::DayMonth };
}
