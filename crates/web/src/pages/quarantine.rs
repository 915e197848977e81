//! What was sent to the addresses of channels and nobody can use.

use axum::extract::State;
use axum::http::StatusCode;
use dossier_app::callbacks;
use dossier_app::grant::Manage;
use dossier_app::logs::Cursor;
use dossier_domain::EventId;
use serde::Deserialize;

use crate::Web;
use crate::error::{Answer, show as page};
use crate::extract::{Asked, May};
use crate::view::{self, Letter, Pager, QuarantinePage, QuarantineRow};
use crate::visit::Visit;

const HERE: &str = "/settings/callbacks";
/// How many callbacks one page shows.
const SIZE: u32 = 25;

#[derive(Default, Deserialize)]
pub(super) struct Query {
    open: Option<EventId>,
    from: Option<String>,
}

pub(super) async fn show(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Manage>,
    Asked(query): Asked<Query>,
) -> Answer {
    let from: Option<Cursor> = query.from.as_deref().and_then(|cursor| cursor.parse().ok());
    let found = callbacks::quarantine(&web.app, &grant, from, SIZE).await?;
    let opened = match query.open {
        Some(open) => Some(callbacks::quarantined(&web.app, &grant, open).await?),
        None => None,
    };
    let at = from.map(|cursor| format!("from={cursor}")).unwrap_or_default();
    let rows = found.rows.iter().map(|(event, channel)| {
        let letter = opened.as_ref().filter(|(open, _)| open.id == event.id);
        let (reason, advice) = why(event.reason.as_deref().unwrap_or("received"));
        QuarantineRow {
            href: match (letter, at.as_str()) {
                (Some(_), "") => HERE.to_owned(),
                (Some(_), at) => format!("{HERE}?{at}"),
                (None, "") => format!("{HERE}?open={}#open", event.id),
                (None, at) => format!("{HERE}?open={}&{at}#open", event.id),
            },
            at: view::moment(event.received_at, &grant.local),
            channel: channel.clone(),
            reason,
            advice,
            times: event.times,
            opened: letter.map(|(_, message)| Box::new(Letter::new(&message.headers, &message.body))),
        }
    });
    let callbacks = rows.collect();
    let to = |cursor: Option<Cursor>| cursor.map(|cursor| format!("{HERE}?from={cursor}"));
    let pager = Pager { text: String::new(), newer: to(found.newer), older: to(found.older) };
    page(StatusCode::OK, &QuarantinePage { shell: visit.shell(), callbacks, pager })
}

/// Why a callback is of no use, by the word that is stored, and what a person can do about it.
pub(super) fn why(word: &str) -> (&'static str, &'static str) {
    match word {
        "unmatched" => (
            "No run fits it",
            "It is about work that no run of this channel began. A run that is accepted later and fits still takes it in; if none does, look in the body for what it is about and ask the provider.",
        ),
        "received" => (
            "Its run is looked for",
            "It was kept just now. For some minutes Dossier looks for the run that it is about, which may be accepted only then; nothing has to be done.",
        ),
        "no_subject" => (
            "It does not say what it is about",
            "It is no JSON, or the place where the provider names the work is empty. If that is so of all that it sends, its manifest needs another look.",
        ),
        "forged" => (
            "Its signature does not fit",
            "Either the provider did not send it, or the secret of this channel is not the one that it signs with. Compare the two; if they are the same and more come, change the address.",
        ),
        "other_subject" => (
            "It is about other work than its address",
            "It came to the address of a run that goes by another name. The provider has mixed up two addresses, or somebody sent it on; ask the provider about both.",
        ),
        "deleted" => (
            "Its request was deleted",
            "It is about work of a request that somebody has deleted since. It is kept, and nothing follows from it; nothing has to be done.",
        ),
        "broke" => (
            "Dossier could not work on it",
            "It broke each time. The server's log says more; show it to the operator of this installation.",
        ),
        "unsigned" => (
            "It is not signed",
            "This provider signs its callbacks. Switch that on at the provider; if it is on, somebody else sent this.",
        ),
        "stale" => (
            "Its time is not near enough",
            "Its time is missing or too far from the clock of this server. Check that clock; if it is right, somebody may have sent an old callback again.",
        ),
        "algorithm" => (
            "It is signed in a way that is not known",
            "Choose another algorithm at the provider, one that its manifest names.",
        ),
        "no_key" => (
            "There is no secret to check it with",
            "This channel has no secret for callbacks. Put the one that the provider signs with into its configuration.",
        ),
        "unexpected" => (
            "Nobody expects it",
            "The manifest of this provider knows no callbacks. Take the address out at the provider.",
        ),
        "no_provider" => (
            "Its provider is not installed",
            "The operator has removed it, so nobody can read what it sends. Take the address out at the provider, or have it installed again.",
        ),
        _ => ("It could not be used", "The operator of this installation can find out more."),
    }
}

#[cfg(test)]
mod tests {
    use dossier_connector::CallbackError;

    use super::*;

    #[test]
    fn every_reason_has_words_of_its_own() {
        let words = CallbackError::ALL.iter().map(|error| error.word());
        let words: Vec<_> = words
            .chain(["unmatched", "received", "no_subject", "other_subject", "deleted", "broke", "no_provider"])
            .collect();
        let other = why("a word of tomorrow");
        for (n, word) in words.iter().enumerate() {
            assert_ne!(why(word), other, "{word}");
            assert!(words[..n].iter().all(|earlier| why(earlier) != why(word)), "{word}");
        }
    }
}
