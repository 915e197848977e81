//! Our rows, held against what people were promised and what the provider knows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use dossier_domain::{JobKind, RequestStatus, RunState};
use dossier_simulator::Workflow;
use dossier_storage::requests::{self, Filter, Request};
use dossier_storage::runs::{self, Effect, Run};
use dossier_storage::{Cursor, ReadTx, StorageError, exchanges, jobs, results, testing};

use crate::Met;
use crate::known::{Known, reference};
use crate::orders::Order;
use crate::place::Place;

/// The steps that begin what is paid for, and the one that asks how it stands.
const BEGINS: [&str; 2] = ["company", "started"];
const ASKS: &str = "tracked";

/// What was found, with a sentence for each fault.
#[derive(Default)]
pub(crate) struct Found {
    met: Met,
    orders: usize,
    again: u64,
    rest: Duration,
    states: BTreeMap<RunState, usize>,
    /// Runs that have ended after they had waited.
    followed: i64,
    callbacks: usize,
    lost: Vec<String>,
    doubled: Vec<String>,
    stuck: Vec<String>,
}

/// `./check` reads the numbers from here.
impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let states: Vec<_> = self.states.iter().map(|(state, count)| format!("{count} {state}")).collect();
        write!(f, "{} orders, {} pages asked for again; runs: {}; ", self.orders, self.again, states.join(", "))?;
        write!(f, "{} followed to their end, {} callbacks taken; ", self.followed, self.callbacks)?;
        write!(f, "at rest after {} s; {}; ", self.rest.as_secs(), self.met)?;
        let [lost, doubled, stuck] = [&self.lost, &self.doubled, &self.stuck].map(Vec::len);
        write!(f, "kills {}, lost {lost}, doubled {doubled}, stuck {stuck}", self.met.kills)
    }
}

impl Found {
    /// Reads all rows of the tenant and compares.
    pub(crate) async fn look(place: &Place, met: Met, orders: &[Order], rest: Duration) -> Self {
        let db = place.database.open_again().await;
        let known = Known::of(&place.simulator);
        let again = orders.iter().map(|order| order.again).sum();
        let mut found = Self { met, rest, orders: orders.len(), again, callbacks: known.callbacks, ..Self::default() };
        let mut tx = db.read(place.scope).await.unwrap();
        found.compare(&mut tx, &known, orders).await.unwrap();
        drop(tx);
        db.close().await;
        found
    }

    async fn compare(&mut self, tx: &mut ReadTx, known: &Known, orders: &[Order]) -> Result<(), StorageError> {
        self.promises(tx, orders).await?;
        let (requests, runs) = everything(tx).await?;
        self.once(tx, &requests, &runs).await?;
        for run in &runs {
            *self.states.entry(run.state).or_default() += 1;
            if run.state.is_live() {
                self.stuck.push(format!("{run:?} is still {}", run.state));
            }
            self.calls(tx, run, known).await?;
            match known.work(run) {
                Some(work) => self.work(tx, run, work, known).await?,
                None if run.state == RunState::Waiting => self.lost.push(format!("{run:?} waits for nothing")),
                None => {}
            }
        }
        let named: BTreeSet<_> = runs.iter().map(reference).collect();
        let nobodys = known.references().filter(|reference| !named.contains(reference.as_str()));
        self.lost.extend(nobodys.map(|reference| format!("{reference}: called, and has no run")));
        self.together(tx).await
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

    /// A request or a run more than one for each order is a form that counted twice.
    async fn once(&mut self, tx: &mut ReadTx, requests: &[Request], runs: &[Run]) -> Result<(), StorageError> {
        let mut seen = BTreeSet::new();
        for request in requests.iter().filter(|request| !seen.insert(request.reference.to_string())) {
            self.doubled.push(format!("{}: the request was made twice", request.reference));
        }
        let rows = testing::count(tx, "SELECT count(*) AS n FROM run").await?;
        if usize::try_from(rows).ok() != Some(runs.len()) {
            self.doubled.push(format!("{rows} runs, and {} were ordered", runs.len()));
        }
        Ok(())
    }

    /// A run, its rows and its calls say the same.
    async fn calls(&mut self, tx: &mut ReadTx, run: &Run, known: &Known) -> Result<(), StorageError> {
        if run.state == RunState::Succeeded && results::of_run(tx, run.id).await?.is_empty() {
            self.lost.push(format!("{run:?}: its result is not there"));
        }
        if run.effect == Effect::Read {
            return Ok(());
        }
        let (tally, rows) = (known.tally(reference(run)), rows(tx, run, &BEGINS).await?);
        let named = format!("{run:?}, {rows} rows of calls, {tally:?}");
        if tally.asked > 1 {
            self.doubled.push(format!("{named}: begun more than once"));
        }
        if rows < tally.asked {
            self.lost.push(format!("{named}: a call has no row"));
        }
        match run.state {
            RunState::Succeeded if tally.charged == 0 => self.lost.push(format!("{named}: nobody was called")),
            RunState::Failed | RunState::Cancelled if tally.charged > 0 && run.accepted_at.is_none() => {
                self.lost.push(format!("{named}: paid for, and said to have failed ({:?})", run.message));
            }
            _ => {}
        }
        Ok(())
    }

    /// A run of which the provider has begun work ends as that does, and not before somebody has learnt of it.
    async fn work(&mut self, tx: &mut ReadTx, run: &Run, work: &Workflow, known: &Known) -> Result<(), StorageError> {
        let named = format!("{run:?}, whose work is {}", work.status);
        let ended = matches!(work.status, "Completed" | "Failed");
        let request = requests::find(tx, run.request).await?.map(|request| request.status);
        match run.state {
            RunState::Waiting if ended => self.stuck.push(format!("{named}: it still waits")),
            RunState::Waiting => {
                let job = jobs::of(tx, JobKind::Poll, run.id).await?;
                if !job.is_some_and(|job| !job.dead && Some(job.run_at) <= run.deadline) {
                    self.stuck.push(format!("{named}: nobody will ask again"));
                }
            }
            RunState::Succeeded | RunState::Failed => {
                self.followed += 1;
                let said = match work.status {
                    "Completed" => (RunState::Succeeded, Some(RequestStatus::Completed)),
                    "Failed" => (RunState::Failed, Some(RequestStatus::Failed)),
                    _ => (RunState::Waiting, Some(RequestStatus::Pending)),
                };
                if (run.state, request) != said {
                    self.lost.push(format!("{named}, in a request that is {request:?}: not what the provider says"));
                }
                if results::of(tx, run.id, "workflow_status").await?.is_none() {
                    self.lost.push(format!("{named}: the answer that told its end is not there"));
                }
            }
            _ => {}
        }
        let (asked, asks) = (known.tally(&work.tracking).asked, rows(tx, run, &[ASKS]).await?);
        if asks < asked {
            self.lost.push(format!("{named}: {asked} questions, and {asks} rows"));
        }
        Ok(())
    }

    /// What is to be seen of all runs together only.
    async fn together(&mut self, tx: &mut ReadTx) -> Result<(), StorageError> {
        let moves = testing::count(tx, "SELECT count(*) AS n FROM audit_event WHERE action = 'run.followed'").await?;
        if moves != self.followed {
            let which = if moves > self.followed { &mut self.doubled } else { &mut self.lost };
            which.push(format!("{} runs were followed to their end, of which the audit has {moves}", self.followed));
        }
        let kept = testing::count(tx, "SELECT count(*) AS n FROM inbound_event").await?;
        if usize::try_from(kept).is_ok_and(|kept| kept < self.callbacks) {
            self.lost.push(format!("{} callbacks were taken, and {kept} are there", self.callbacks));
        }
        let unread = "SELECT count(*) AS n FROM inbound_event WHERE state = 'received' AND NOT EXISTS
            (SELECT 1 FROM job WHERE job.kind = 'event' AND job.subject = inbound_event.id AND NOT job.dead)";
        let unread = testing::count(tx, unread).await?;
        if unread > 0 {
            self.stuck.push(format!("{unread} callbacks that nobody looks at"));
        }
        let unfetched = "SELECT count(*) AS n FROM pending_file WHERE NOT EXISTS
            (SELECT 1 FROM job WHERE job.kind = 'links' AND job.subject = pending_file.run_id AND NOT job.dead)";
        let unfetched = testing::count(tx, unfetched).await?;
        if unfetched > 0 {
            self.stuck.push(format!("{unfetched} files that nobody fetches"));
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
        assert!(self.followed > 0 && self.callbacks > 0, "no work was followed, or nothing was told of it: {self}");
    }
}

/// All requests and their runs, as people reach them.
pub(crate) async fn everything(tx: &mut ReadTx) -> Result<(Vec<Request>, Vec<Run>), StorageError> {
    let (mut requests, mut runs, mut from) = (Vec::new(), Vec::new(), None::<Cursor>);
    loop {
        let page = requests::list(tx, &Filter::default(), from, 100).await?;
        for listed in page.rows {
            runs.extend(runs::latest(tx, listed.request.id).await?);
            requests.push(listed.request);
        }
        from = page.older;
        if from.is_none() {
            return Ok((requests, runs));
        }
    }
}

/// How many calls of these steps have a row.
async fn rows(tx: &mut ReadTx, run: &Run, steps: &[&str]) -> Result<u64, StorageError> {
    let found = exchanges::states(tx, run.id).await?.into_iter();
    Ok(found.filter(|(step, _)| steps.contains(&step.as_str())).map(|_| 1).sum())
}
