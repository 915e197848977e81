//! Webhooks: what programs of a tenant's own are told of, how their endpoints stand, and when a delivery is tried again.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::status::words;

words! {
    /// What a webhook tells of. The words are for ever: other people's programs go by them (docs/webhooks.md).
    WebhookEvent {
        /// A request was created.
        RequestCreated = "request.created",
        /// The reference of a request was changed.
        RequestUpdated = "request.updated",
        /// A request came to another status.
        RequestStatusChanged = "request.status_changed",
        /// A provider came to another verdict about a request.
        RequestVerdictChanged = "request.verdict_changed",
        /// A request was deleted.
        RequestDeleted = "request.deleted",
        /// Somebody asked for a run.
        RunStarted = "run.started",
        /// The provider took a run up; its end comes later.
        RunAccepted = "run.accepted",
        /// A run came to an end, or nobody can say how it ended.
        RunEnded = "run.ended",
        /// What a run brought was stored.
        ResultCreated = "result.created",
        /// A channel was added.
        ChannelCreated = "channel.created",
        /// A channel was changed.
        ChannelUpdated = "channel.updated",
        /// A channel was deleted.
        ChannelDeleted = "channel.deleted",
        /// Somebody sent a test.
        WebhookTested = "webhook.tested",
    }
}

impl WebhookEvent {
    /// Those that can be chosen: a test is sent to whoever it is meant for.
    pub fn choices() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|event| *event != Self::WebhookTested)
    }
}

words! {
    /// How an endpoint stands.
    WebhookState {
        /// It is told.
        Active = "active",
        /// A person disabled it.
        Disabled = "disabled",
        /// Dossier disabled it: nothing has arrived for days.
        Failing = "failing",
        /// Dossier disabled it: it answered that it is gone (410).
        Gone = "gone",
    }
}

words! {
    /// What became of a delivery.
    DeliveryState {
        /// It is yet to be sent, or tried again.
        Pending = "pending",
        /// It was answered with a status from 200 to 299.
        Delivered = "delivered",
        /// It was tried as often as it is tried.
        Failed = "failed",
        /// Its endpoint was disabled before it arrived.
        Stopped = "stopped",
    }
}

/// The pauses before the second and each further attempt, as the Standard Webhooks specification proposes them: some 76
/// hours in all.
const PAUSES: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
    Duration::from_hours(14),
    Duration::from_hours(20),
    Duration::from_hours(24),
];

/// How long a delivery waits after so many attempts have failed; `None` when it is given up.
pub fn pause_after(attempts: u32) -> Option<Duration> {
    PAUSES.get(usize::try_from(attempts.checked_sub(1)?).ok()?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_is_tried_ten_times_in_a_little_more_than_three_days() {
        let pauses: Vec<_> = (1..).map_while(pause_after).collect();
        assert_eq!((pauses.len() + 1, pauses.iter().sum()), (10, Duration::from_secs(75 * 3_600 + 35 * 60 + 5)));
        assert!(pauses.is_sorted() && pause_after(0).is_none() && pause_after(u32::MAX).is_none());
    }

    /// The specification lets full stops, letters, digits and underscores be in a type.
    #[test]
    fn types_are_written_as_the_specification_has_them_and_a_test_is_none_to_choose() {
        for event in WebhookEvent::ALL {
            let word = event.as_str();
            assert!(word.split('.').count() == 2 && word.bytes().all(|b| b.is_ascii_lowercase() || b"._".contains(&b)));
        }
        assert_eq!(WebhookEvent::choices().count() + 1, WebhookEvent::ALL.len());
    }
}
