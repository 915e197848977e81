//! Our rows, held against what people were promised and what the provider has counted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use dossier_connector::is_sign_in;
use dossier_domain::RunState;
use dossier_simulator::Tally;
use dossier_storage::requests::{self, Filter};
use dossier_storage::runs::{self, Effect, Run};
use dossier_storage::{Cursor, ReadTx, StorageError, exchanges, results, testing};

use crate::orders::Order;
use crate::place::Place;

/// What was found, with a sentence for each fault.
#[derive(Default)]
pub(crate) struct Found {
    kills: usize,
    orders: usize,
    again: u64,
    rest: Duration,
    states: BTreeMap<RunState, usize>,
    lost: Vec<String>,
    doubled: Vec<String>,
    stuck: Vec<String>,
}

/// `./check` reads the numbers from here.
impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let states: Vec<_> = self.states.iter().map(|(state, count)| format!("{count} {state}")).collect();
        write!(f, "{} orders, {} questions repeated; runs: {}, ", self.orders, self.again, states.join(", "))?;
        write!(f, "at rest after {} s; ", self.rest.as_secs())?;
        let [lost, doubled, stuck] = [&self.lost, &self.doubled, &self.stuck].map(Vec::len);
        write!(f, "kills {}, lost {lost}, doubled {doubled}, stuck {stuck}", self.kills)
    }
}

impl Found {
    /// Reads all rows of the tenant and compares.
    pub(crate) async fn look(place: &Place, kills: usize, orders: &[Order], rest: Duration) -> Self {
        let db = place.database.open_again().await;
        let mut found = Self {
            kills,
            rest,
            orders: orders.len(),
            again: orders.iter().map(|order| order.again).sum(),
            ..Self::default()
        };
        let mut tallies = place.simulator.tallies();
        tallies.retain(|reference, _| reference.starts_with("Kwantu "));
        let mut tx = db.read(place.scope).await.unwrap();
        found.promises(&mut tx, orders).await.unwrap();
        for run in found.runs(&mut tx).await.unwrap() {
            *found.states.entry(run.state).or_default() += 1;
            if run.state.is_live() {
                found.stuck.push(format!("{run:?} is still {}", run.state));
            }
            let reference = run.params["reference"].as_str().unwrap_or_default();
            let tally = tallies.remove(reference).unwrap_or_default();
            found.calls(&mut tx, &run, tally).await.unwrap();
        }
        found.lost.extend(tallies.keys().map(|reference| format!("{reference}: called, and has no run")));
        drop(tx);
        db.close().await;
        found
    }

    /// Every accepted order has its run, of what was ordered.
    async fn promises(&mut self, tx: &mut ReadTx, orders: &[Order]) -> Result<(), StorageError> {
        for order in orders {
            let run = match order.run {
                Some(run) => runs::find(tx, run).await?,
                None => None,
            };
            let fits = |run: &Run| !order.write || run.params["reference"] == order.reference.as_str();
            if !run.as_ref().is_some_and(fits) {
                self.lost.push(format!(
                    "{}: accepted, and its request or its run ({:?}) is not there",
                    order.reference, order.run
                ));
            }
        }
        Ok(())
    }

    /// All runs. A request or a run more than one for each order is a form that counted twice.
    async fn runs(&mut self, tx: &mut ReadTx) -> Result<Vec<Run>, StorageError> {
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        let mut from: Option<Cursor> = None;
        loop {
            let page = requests::list(tx, &Filter::default(), from, 100).await?;
            for listed in page.rows {
                if !seen.insert(listed.request.reference.to_string()) {
                    self.doubled.push(format!("{}: the request was made twice", listed.request.reference));
                }
                found.extend(runs::latest(tx, listed.request.id).await?);
            }
            from = page.older;
            if from.is_none() {
                break;
            }
        }
        let rows = testing::count(tx, "SELECT count(*) AS n FROM run").await?;
        if usize::try_from(rows).ok() != Some(found.len()) {
            self.doubled.push(format!("{rows} runs, and {} were ordered", found.len()));
        }
        Ok(found)
    }

    /// A run, its rows and its calls say the same.
    async fn calls(&mut self, tx: &mut ReadTx, run: &Run, tally: Tally) -> Result<(), StorageError> {
        let states = exchanges::states(tx, run.id).await?;
        let rows = states.iter().filter(|(step, _)| !is_sign_in(step)).count();
        let named = format!("{run:?}, {rows} rows of calls, {tally:?}");
        if run.state == RunState::Succeeded && results::find_by_run(tx, run.id).await?.is_none() {
            self.lost.push(format!("{named}: its result is not there"));
        }
        if run.effect == Effect::Read {
            return Ok(());
        }
        if tally.charged > 1 {
            self.doubled.push(format!("{named}: paid for more than once"));
        }
        if u64::try_from(rows).is_ok_and(|rows| rows < tally.asked) {
            self.lost.push(format!("{named}: a call has no row"));
        }
        match run.state {
            RunState::Succeeded if tally.charged == 0 => self.lost.push(format!("{named}: nobody was called")),
            RunState::Failed | RunState::Cancelled if tally.charged > 0 => {
                self.lost.push(format!("{named}: paid for, and said to have failed ({:?})", run.message));
            }
            _ => {}
        }
        Ok(())
    }

    pub(crate) fn doubled(&self) -> usize {
        self.doubled.len()
    }

    /// Fails with the first faults of each kind.
    pub(crate) fn is_clean(&self) {
        let faults: Vec<_> =
            [&self.lost, &self.doubled, &self.stuck].into_iter().flat_map(|kind| kind.iter().take(10)).collect();
        assert!(faults.is_empty(), "{self}\n{faults:#?}");
    }
}
