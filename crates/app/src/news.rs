//! What is new, for pages that are open: streams that say which requests of their own tenant have changed.
//!
//! The truth is the audit: each change of what pages show writes its event in its own transaction, so that every process
//! on one database finds what any of them did, and nothing is told that was not done. One task of the process reads it,
//! and only of tenants with open streams. A commit of this process is a hint to look at once. That a run was taken up, or
//! that a provider was asked in vain, has no event and is not told: pages of live runs look by themselves.
//!
//! A position is a place in the feed of one process. There, a stream that is opened with it goes on without loss or
//! repeat; anywhere else, and where the feed has moved on too far, it is told to look at everything once.

mod feed;
mod watch;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dossier_domain::{PrincipalId, TenantId};
use tokio::sync::{Notify, watch as channel};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::App;
use crate::access;
use crate::grant::{Grant, Read};
pub use feed::News;
use feed::{Feed, Mark};

/// How often it is looked whether somebody may still listen; events of people and licences are a reason to look at once.
const CHECK: Duration = Duration::from_secs(5);

/// How many streams may be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of one person. A browser has one for each window whose page is in sight.
    pub person: usize,
    /// Of this process.
    pub process: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { person: 10, process: 4_000 }
    }
}

/// All feeds and streams of one process.
#[derive(Default)]
pub(crate) struct Newsroom {
    feeds: Mutex<Feeds>,
    /// Somebody listens to a feed that was not there before.
    opened: Arc<Notify>,
    ending: CancellationToken,
}

#[derive(Default)]
struct Feeds {
    of: HashMap<TenantId, Arc<Feed>>,
    /// Whether the task that looks is running.
    watched: bool,
    open: HashMap<PrincipalId, usize>,
    total: usize,
    limits: Limits,
}

impl Newsroom {
    fn feeds(&self) -> MutexGuard<'_, Feeds> {
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Too many streams are open, of this person or in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// Of this person.
    Person,
    /// Of everybody.
    Process,
}

/// What a stream says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// What came before is not known any more, or never was: look at everything once. Nothing is missed from here on.
    LookAgain(String),
    /// What has changed since the position before, which may be nothing when the stream begins; then the new position.
    News(Vec<News>, String),
    /// Nothing is new. It shows that the stream is alive.
    Quiet,
}

/// One open stream. It counts until it is dropped.
pub struct Stream {
    app: App,
    grant: Grant<Read>,
    feed: Arc<Feed>,
    follow: channel::Receiver<Mark>,
    /// The number of the last piece that was told; none when everything has to be looked at first.
    at: Option<u64>,
    greeted: bool,
    people: u64,
    check: Instant,
}

/// Opens a stream for whoever may read. `last` is the position after which it goes on.
///
/// # Errors
/// [`Full`] when too many are open.
pub fn open(app: &App, grant: &Grant<Read>, last: Option<&str>) -> Result<Stream, Full> {
    let mut feeds = app.news.feeds();
    let own = feeds.open.get(&grant.principal()).copied().unwrap_or_default();
    if own >= feeds.limits.person {
        return Err(Full::Person);
    }
    if feeds.total >= feeds.limits.process {
        return Err(Full::Process);
    }
    feeds.open.insert(grant.principal(), own + 1);
    feeds.total += 1;
    let feed = feeds
        .of
        .entry(grant.scope.tenant)
        .or_insert_with(|| Arc::new(Feed::new(grant.scope, app.form_key(), app.now())));
    let feed = Arc::clone(feed);
    let mut follow = feed.follow();
    let mark = *follow.borrow_and_update();
    if !std::mem::replace(&mut feeds.watched, true) {
        watch::start(app);
    }
    drop(feeds);
    if !mark.ready {
        app.news.opened.notify_one();
    }
    let at = last.and_then(|last| last.split_once('-')).filter(|(epoch, _)| *epoch == feed.epoch);
    let at = at.and_then(|(_, number)| number.parse().ok()).filter(|number| mark.ready && *number <= mark.newest);
    let check = Instant::now() + CHECK;
    let (app, grant) = (app.clone(), grant.clone());
    Ok(Stream { app, grant, feed, follow, at, greeted: false, people: mark.people, check })
}

/// Where the feed of the person's tenant stands: a stream that is opened with it tells what comes from now on. `None`
/// when nobody has listened lately.
pub fn position(app: &App, grant: &Grant<Read>) -> Option<String> {
    let feed = app.news.feeds().of.get(&grant.scope.tenant).cloned()?;
    let mark = feed.mark();
    mark.ready.then(|| place(&feed, mark.newest))
}

fn place(feed: &Feed, number: u64) -> String {
    format!("{}-{number}", feed.epoch)
}

/// Ends every stream, those that are opened later too: the process is about to end, and waits for its connections.
pub fn close(app: &App) {
    app.news.ending.cancel();
}

/// How many streams are open in this process.
pub fn streams(app: &App) -> usize {
    app.news.feeds().total
}

/// Sets other limits, for tests.
#[cfg(feature = "switches")]
pub fn limit(app: &App, limits: Limits) {
    app.news.feeds().limits = limits;
}

impl Stream {
    /// The next word, when there is one; `None` when the stream has ended: the process stops, or the person may not listen
    /// any more.
    pub async fn next(&mut self) -> Option<Word> {
        let ending = self.app.news.ending.clone();
        loop {
            if ending.is_cancelled() {
                return None;
            }
            let mark = *self.follow.borrow_and_update();
            if mark.people != self.people {
                self.people = mark.people;
                self.check().await?;
            }
            if let Some(word) = self.word(mark) {
                return Some(word);
            }
            tokio::select! {
                () = ending.cancelled() => return None,
                changed = self.follow.changed() => changed.ok()?,
                () = sleep_until(self.check) => {
                    self.check().await?;
                    return Some(Word::Quiet);
                }
            }
        }
    }

    /// What there is to say.
    fn word(&mut self, mark: Mark) -> Option<Word> {
        if !mark.ready {
            return None;
        }
        let Some((news, newest)) = self.at.and_then(|at| self.feed.after(at)) else {
            self.at = Some(mark.newest);
            self.greeted = true;
            return Some(Word::LookAgain(place(&self.feed, mark.newest)));
        };
        self.at = Some(newest);
        let first = !std::mem::replace(&mut self.greeted, true);
        (first || !news.is_empty()).then(|| Word::News(news, place(&self.feed, newest)))
    }

    /// `None` when the person may not listen any more. A database that does not answer ends the stream too: whoever
    /// listens comes again.
    async fn check(&mut self) -> Option<()> {
        self.check = Instant::now() + CHECK;
        match access::still(&self.app, &self.grant).await {
            Ok(true) => Some(()),
            Ok(false) => None,
            Err(error) => {
                tracing::warn!(error = ?error, "a stream of news ends: it cannot be checked who listens");
                None
            }
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let mut feeds = self.app.news.feeds();
        feeds.total = feeds.total.saturating_sub(1);
        if let Some(own) = feeds.open.get_mut(&self.grant.principal()) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                feeds.open.remove(&self.grant.principal());
            }
        }
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stream({})", self.grant.scope.tenant)
    }
}
