//! What the provider knows: how often it was asked and paid for what, how the work stands that it has begun, and which of
//! its callbacks were taken.

use std::collections::{BTreeMap, BTreeSet};

use dossier_simulator::{Simulator, Tally, Workflow};
use dossier_storage::runs::Run;

/// What our references begin with.
const OURS: &str = "Kwantu ";
/// The mark of a workflow that never ends.
pub(crate) const STICKS: &str = "sim:workflow-sticks";

pub(crate) struct Known {
    tallies: BTreeMap<String, Tally>,
    /// By reference.
    workflows: BTreeMap<String, Workflow>,
    /// How many callbacks were answered well, each copy once.
    pub(crate) callbacks: usize,
}

impl Known {
    /// As it is now.
    pub(crate) fn of(simulator: &Simulator) -> Self {
        let workflows = simulator.workflows().into_iter();
        let workflows = workflows.filter_map(|work| Some((work.reference.clone()?, work))).collect();
        let well = |status: Option<u16>| status.is_some_and(|status| status < 300);
        let taken = simulator.deliveries().into_iter().filter(|sent| well(sent.answered));
        let callbacks = taken.map(|sent| sent.event).collect::<BTreeSet<_>>().len();
        Self { tallies: simulator.tallies(), workflows, callbacks }
    }

    /// How often a reference or a tracking ID was asked about.
    pub(crate) fn tally(&self, reference: &str) -> Tally {
        self.tallies.get(reference).copied().unwrap_or_default()
    }

    /// The work that a run has begun.
    pub(crate) fn work(&self, run: &Run) -> Option<&Workflow> {
        self.workflows.get(reference(run))
    }

    /// The references of ours that were asked about.
    pub(crate) fn references(&self) -> impl Iterator<Item = &String> {
        self.tallies.keys().filter(|reference| reference.starts_with(OURS))
    }
}

/// What a run calls its work; nothing for one that only reads.
pub(crate) fn reference(run: &Run) -> &str {
    run.params["reference"].as_str().unwrap_or_default()
}
