//! What the simulator was asked: kept in memory, the newest thousand, without any value but references. Of every
//! reference a tally is kept for ever, which is what a bill would be held against.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

/// How many entries are kept; older ones go.
pub const KEPT: usize = 1_000;

/// One HTTP request that reached the simulator. Paths under `/_simulator` are not counted, but for the target of a
/// redirect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Counts from 1 in order of arrival.
    pub sequence: u64,
    /// `POST`.
    pub method: String,
    /// Without the query, which carries personal data.
    pub path: String,
    /// What was asked for: `Token`, the name of a service of the library such as `Company KYC`, `Upload`, the
    /// workflow's name, `Workflow Status`, `Signed Link`, `Organisation Phase Two ID`, `Send Consent`,
    /// `Consent Request`, `Rerequest Consent`, `Update Consent`, `Consent`, `Consent Document`, `Consent Types`,
    /// `Redirected`, or `Unknown`.
    pub service: String,
    /// The `Reference` that came with it, the tracking ID of a status call, the ID of a consent, or the markers in an
    /// uploaded file.
    pub reference: Option<String>,
    /// The names of the parameters in the order they came: query, then form fields, the pairs of a workflow, the
    /// parts of an upload or the members of a JSON body; `authorization` at a pre-signed link. Never their values.
    pub names: Vec<String>,
    /// The misbehaviour that was played, by the word that orders it.
    pub misbehaviour: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// The HTTP status that was answered, if any.
    pub status: Option<u16>,
    /// Whether the service did work that is paid for, be its answer lost or not.
    pub charged: bool,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It has arrived and is not answered yet.
    Open,
    /// A whole answer was given.
    Answered,
    /// An answer was begun, and the connection closed in the middle of it.
    CutShort,
    /// The connection was closed without an answer.
    HungUp,
    /// The client went before an answer came.
    Left,
}

/// How often one reference was asked about, since the simulator started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests that arrived whole.
    pub asked: u64,
    /// Those of them that are paid for.
    pub charged: u64,
}

/// The entries, oldest first.
#[derive(Default)]
pub(crate) struct Ledger {
    entries: VecDeque<Entry>,
    count: u64,
    tallies: BTreeMap<String, Tally>,
}

impl Ledger {
    /// Adds an entry, numbers it and returns the number.
    pub(crate) fn open(&mut self, entry: Entry) -> u64 {
        self.count += 1;
        if let Some(reference) = &entry.reference {
            self.tallies.entry(reference.clone()).or_default().asked += 1;
        }
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry { sequence: self.count, ..entry });
        self.count
    }

    /// Says how a request ended. The first word stands.
    pub(crate) fn close(&mut self, sequence: u64, outcome: Outcome, status: Option<u16>) {
        let found = self.entries.iter_mut().rev().find(|entry| entry.sequence == sequence);
        if let Some(entry) = found.filter(|entry| entry.outcome == Outcome::Open) {
            entry.outcome = outcome;
            entry.status = status;
        }
    }

    /// Says that a request with this reference is paid for, whether or not its entry is still kept.
    pub(crate) fn charge(&mut self, sequence: u64, reference: Option<&str>) {
        if let Some(tally) = reference.and_then(|reference| self.tallies.get_mut(reference)) {
            tally.charged += 1;
        }
        if let Some(entry) = self.entries.iter_mut().rev().find(|entry| entry.sequence == sequence) {
            entry.charged = true;
        }
    }

    /// A copy of all that is kept.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.entries.iter().cloned().collect()
    }

    /// The tally of each reference.
    pub(crate) fn tallies(&self) -> BTreeMap<String, Tally> {
        self.tallies.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            sequence: 0,
            method: "GET".to_owned(),
            path: "/".to_owned(),
            service: "Unknown".to_owned(),
            reference: None,
            names: Vec::new(),
            misbehaviour: None,
            outcome: Outcome::Open,
            status: None,
            charged: false,
        }
    }

    #[test]
    fn the_newest_thousand_are_kept_and_numbers_go_on() {
        let mut ledger = Ledger::default();
        for _ in 0..KEPT + 5 {
            ledger.open(entry());
        }
        let kept = ledger.entries();
        assert_eq!(kept.len(), KEPT);
        assert_eq!((kept[0].sequence, kept[KEPT - 1].sequence), (6, 1_005));
    }

    #[test]
    fn a_reference_is_counted_for_ever() {
        let mut ledger = Ledger::default();
        let paid = ledger.open(Entry { reference: Some("Kwantu".to_owned()), ..entry() });
        for _ in 0..KEPT {
            ledger.open(entry());
        }
        ledger.charge(paid, Some("Kwantu"));
        ledger.open(Entry { reference: Some("Kwantu".to_owned()), ..entry() });
        assert!(ledger.entries().iter().all(|entry| !entry.charged), "the entry itself is gone");
        assert_eq!(ledger.tallies(), BTreeMap::from([("Kwantu".to_owned(), Tally { asked: 2, charged: 1 })]));
    }

    #[test]
    fn the_first_word_on_how_it_ended_stands() {
        let mut ledger = Ledger::default();
        let sequence = ledger.open(entry());
        ledger.close(sequence, Outcome::Answered, Some(200));
        ledger.close(sequence, Outcome::Left, None);
        assert_eq!((ledger.entries()[0].outcome, ledger.entries()[0].status), (Outcome::Answered, Some(200)));
    }
}
