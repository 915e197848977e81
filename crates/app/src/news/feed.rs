//! What is new in one tenant, in the order in which this process learnt it.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dossier_domain::{AuditEventId, RequestId, Scope, Timestamp};
use dossier_storage::audit::{self, Trace};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::App;
use crate::error::Result;

/// How far a whole look goes back. Ids are made before their transaction is committed, and by the clocks of several
/// processes: an event that becomes visible later than this after its id was made is not told. The next one tells of its
/// page all the same.
const WINDOW: Duration = Duration::from_mins(1);
/// How far a look goes back that is made because this process has written: its own clock is right for that.
const GLANCE: Duration = Duration::from_secs(5);
/// The most events that one look reads. Beyond it nobody is told what changed, only that much did.
const MOST: u32 = 5_000;
/// How many pieces of news are kept for streams that are behind.
const KEPT: usize = 512;
/// How long a feed goes on without a stream, so that who goes from page to page finds it as it was.
const LINGER: Duration = Duration::from_mins(1);

/// What changed. No word of it is personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum News {
    /// A request, or a run, a result or a note of it; or there is a new one, or one less.
    Request(RequestId),
    /// The channels.
    Channels,
}

impl News {
    /// What an event tells, if anything that pages show is changed by it.
    fn of(trace: &Trace) -> Option<Self> {
        // Somebody has looked at something: that changes no page but the audit's.
        let looks = ["opened", "downloaded", "exported", "shown", "revealed"];
        if looks.iter().any(|look| trace.action.ends_with(look)) {
            return None;
        }
        match trace.request {
            Some(request) => Some(Self::Request(request)),
            None => trace.action.starts_with("channel.").then_some(Self::Channels),
        }
    }
}

/// Whether an event may have changed who may listen.
fn concerns_people(trace: &Trace) -> bool {
    ["session.", "user.", "role.", "licence."].iter().any(|kind| trace.action.starts_with(kind))
        // A stranger can bring about the latter two, and they change no right.
        && !["session.started", "session.refused", "user.password_refused"].contains(&trace.action.as_str())
}

/// How far a feed has come, for those who wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// Whether the first look was made: from then on nothing is missed.
    pub(super) ready: bool,
    /// The number of the newest piece of news.
    pub(super) newest: u64,
    /// Grows when something may have changed who may listen.
    pub(super) people: u64,
}

/// The news of one tenant.
pub(super) struct Feed {
    /// Whose.
    pub(super) scope: Scope,
    /// A word that no other feed has: a position in another feed says nothing in this one.
    pub(super) epoch: String,
    mark: watch::Sender<Mark>,
    kept: Mutex<Kept>,
}

struct Kept {
    news: VecDeque<(u64, News)>,
    /// The number of the newest piece that was let go; who has not got it has missed something.
    lost: u64,
    seen: HashSet<AuditEventId>,
    looked: Timestamp,
    left: Instant,
}

impl Feed {
    pub(super) fn new(scope: Scope, epoch: String, now: Timestamp) -> Self {
        let kept = Kept { news: VecDeque::new(), lost: 0, seen: HashSet::new(), looked: now, left: Instant::now() };
        Self { scope, epoch, mark: watch::Sender::default(), kept: Mutex::new(kept) }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn mark(&self) -> Mark {
        *self.mark.borrow()
    }

    pub(super) fn follow(&self) -> watch::Receiver<Mark> {
        self.mark.subscribe()
    }

    /// Whether anybody listens, or did a moment ago.
    pub(super) fn is_wanted(&self) -> bool {
        let mut kept = self.kept();
        if self.mark.receiver_count() > 0 {
            kept.left = Instant::now();
        }
        kept.left.elapsed() < LINGER
    }

    /// The news after the piece number `at`, each once; `None` when some of it was let go.
    pub(super) fn after(&self, at: u64) -> Option<(Vec<News>, u64)> {
        let kept = self.kept();
        if at < kept.lost {
            return None;
        }
        let mut news: Vec<_> = kept.news.iter().filter(|(number, _)| *number > at).map(|(_, news)| *news).collect();
        let newest = kept.news.back().map_or(kept.lost, |(number, _)| *number);
        news.sort_unstable();
        news.dedup();
        Some((news, newest))
    }

    /// Looks into the database for what was done since, `whole` as far back as anything may have come late.
    pub(super) async fn look(&self, app: &App, whole: bool) -> Result<()> {
        let now = app.now();
        let whole = whole || !self.mark().ready;
        // A clock that was set back makes ids that are older than the last look.
        let from = self.kept().looked.min(now).minus(if whole { WINDOW } else { GLANCE });
        let mut tx = app.db.read(self.scope).await?;
        let found = audit::since(&mut tx, from, MOST).await?;
        drop(tx);
        self.take_in(&found, whole, now);
        Ok(())
    }

    fn take_in(&self, found: &[Trace], whole: bool, now: Timestamp) {
        let mut kept = self.kept();
        let mut mark = self.mark();
        let fresh: Vec<_> = found.iter().rev().filter(|trace| !kept.seen.contains(&trace.id)).collect();
        if mark.ready {
            let missed = found.len() >= MOST as usize && !fresh.is_empty();
            mark.people += u64::from(missed || fresh.iter().any(|trace| concerns_people(trace)));
            let mut news: Vec<_> = fresh.iter().filter_map(|trace| News::of(trace)).collect();
            news.dedup();
            for news in news {
                mark.newest += 1;
                kept.news.push_back((mark.newest, news));
            }
            let surplus = if missed { kept.news.len() } else { kept.news.len().saturating_sub(KEPT) };
            if missed {
                mark.newest += 1;
                kept.lost = mark.newest;
            }
            let gone = kept.news.drain(..surplus).next_back();
            kept.lost = gone.map_or(kept.lost, |(number, _)| number.max(kept.lost));
        }
        if whole {
            kept.looked = now;
            kept.seen.clear();
        }
        kept.seen.extend(found.iter().map(|trace| trace.id));
        drop(kept);
        mark.ready = true;
        self.mark.send_if_modified(|last| std::mem::replace(last, mark) != mark);
    }
}
