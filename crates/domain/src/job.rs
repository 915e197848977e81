//! What is done in the background, and what becomes of what providers send by themselves.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::status::words;

words! {
    /// A kind of background work. Its subject is what it is done to; each subject has at most one job of a kind.
    JobKind {
        /// Asks the provider how the work of a run stands.
        Poll = "poll",
        /// Finds out what an event means that a provider has sent.
        Event = "event",
        /// Fetches the files of a run that could not be had at once.
        Links = "links",
        /// Counts the figures of days that are over.
        Daily = "daily",
        /// Has a piece of news sent to the webhooks that it waits for.
        Announce = "announce",
        /// Sends what waits for a webhook.
        Deliver = "deliver",
    }
}

words! {
    /// What became of an event that a provider has sent.
    EventState {
        /// Stored; nobody has looked at it yet.
        Received = "received",
        /// It moved a run, or led to a question.
        Applied = "applied",
        /// It came too late, or changed nothing.
        Ignored = "ignored",
        /// Nobody knows whose it is, or whether it is the provider's.
        Quarantined = "quarantined",
    }
}
