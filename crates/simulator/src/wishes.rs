//! What a service is wished to find: words after `sim:` that are no misbehaviour of the connection, but an ending.
//!
//! To add one: a variant of [`Wish`], its word in [`Wish::parse`], the service that heeds it, and a row in the table of
//! the crate's documentation.

use crate::misbehave;

/// An ending that can be wished for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Upload answers a JSON string.
    AnswerString,
    /// Upload answers an object of part name and path.
    AnswerObject,
    /// Upload answers plain text.
    AnswerText,
    /// The faces differ.
    NoMatch,
    /// The picture was not taken from life.
    Spoof,
    /// There is nothing to be seen in the picture.
    Unreadable,
    /// The bureau knows nobody like this.
    NotFound,
    /// The person is dead.
    Deceased,
    /// The person is on lists.
    Hits,
    /// The person is on no list.
    NoHits,
    /// The bank account is closed.
    AccountClosed,
    /// A status that nobody documented.
    UnknownStatus,
    /// The last step of the workflow fails.
    WorkflowFails,
    /// The last step of the workflow never ends.
    WorkflowSticks,
    /// The links of the workflow have expired before they are given out.
    LinksExpired,
    /// The links of the workflow count once each.
    LinksOnce,
    /// The links of the workflow redirect to a private address.
    LinksRedirect,
    /// Consent is refused.
    ConsentRefused,
    /// The request for consent is opened and never answered.
    ConsentSticks,
    /// The request for consent expires.
    ConsentExpires,
    /// Each event is sent twice.
    CallbackTwice,
    /// Events are held back until they are released.
    CallbackHeld,
    /// Events are held back for so many looks.
    CallbackLate(u8),
    /// Events are held back until the last, and sent from the newest to the oldest.
    CallbackReversed,
}

impl Wish {
    /// Reads a word, in lower case.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "answer=string" => Self::AnswerString,
            "answer=object" => Self::AnswerObject,
            "answer=text" => Self::AnswerText,
            "no-match" => Self::NoMatch,
            "spoof" => Self::Spoof,
            "unreadable" => Self::Unreadable,
            "not-found" => Self::NotFound,
            "deceased" => Self::Deceased,
            "hits" => Self::Hits,
            "no-hits" => Self::NoHits,
            "account-closed" => Self::AccountClosed,
            "unknown-status" => Self::UnknownStatus,
            "workflow-fails" => Self::WorkflowFails,
            "workflow-sticks" => Self::WorkflowSticks,
            "links-expired" => Self::LinksExpired,
            "links-once" => Self::LinksOnce,
            "links-redirect" => Self::LinksRedirect,
            "consent-refused" => Self::ConsentRefused,
            "consent-sticks" => Self::ConsentSticks,
            "consent-expires" => Self::ConsentExpires,
            "callback-twice" => Self::CallbackTwice,
            "callback-held" => Self::CallbackHeld,
            "callback-reversed" => Self::CallbackReversed,
            other => Self::CallbackLate(other.strip_prefix("callback-late=")?.parse().ok().filter(|looks| *looks > 0)?),
        })
    }
}

/// All that is wished of one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wishes(Vec<Wish>);

impl Wishes {
    /// The wishes that are marked in a text.
    pub(crate) fn of(text: &str) -> Self {
        Self(misbehave::markers(text).iter().filter_map(|word| Wish::parse(word)).collect())
    }

    /// Adds one.
    pub(crate) fn add(&mut self, wish: Wish) {
        self.0.push(wish);
    }

    /// Adds those of another.
    pub(crate) fn join(&mut self, others: &Self) {
        self.0.extend(&others.0);
    }

    /// Whether this is wished.
    pub(crate) fn has(&self, wish: Wish) -> bool {
        self.0.contains(&wish)
    }

    /// For how many looks events are to be held back.
    pub(crate) fn looks(&self) -> Option<u8> {
        self.0.iter().find_map(|wish| match wish {
            Wish::CallbackLate(looks) => Some(*looks),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_wishes_stand_in_one_reference() {
        let wishes = Wishes::of("Naidoo sim:consent-refused, sim:callback-late=2 sim:500 sim:nonsense");
        assert!(wishes.has(Wish::ConsentRefused) && !wishes.has(Wish::CallbackTwice));
        assert_eq!((wishes.looks(), wishes.0.len()), (Some(2), 2));
    }

    #[test]
    fn an_event_cannot_be_late_by_no_look() {
        for word in ["callback-late", "callback-late=", "callback-late=0", "callback-late=256"] {
            assert_eq!(Wish::parse(word), None, "{word}");
        }
    }
}
