//! The one task of a process that looks for what is new.

use std::collections::HashSet;
use std::sync::{Arc, Weak};
use std::time::Duration;

use dossier_domain::TenantId;
use tokio::sync::Notify;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::{App, Parts};

/// How often it is looked for what other processes did.
const EVERY: Duration = Duration::from_secs(1);
/// The pause after a look, so that many changes are one.
const PAUSE: Duration = Duration::from_millis(100);

/// Starts to look. It ends by itself when no feed is wanted, and when the process does.
pub(super) fn start(app: &App) {
    let (opened, ending) = (Arc::clone(&app.news.opened), app.news.ending.clone());
    tokio::spawn(work(Arc::downgrade(&app.0), opened, ending, app.db.commits()));
}

async fn work(app: Weak<Parts>, opened: Arc<Notify>, ending: CancellationToken, mut commits: Receiver<TenantId>) {
    let mut hints = Some(HashSet::new());
    let mut whole = Instant::now();
    loop {
        let Some(app) = app.upgrade().map(App) else { return };
        let all = Instant::now() >= whole || hints.is_none();
        if all {
            whole = Instant::now() + EVERY;
        }
        let feeds = {
            let mut feeds = app.news.feeds();
            feeds.of.retain(|_, feed| feed.is_wanted());
            if feeds.of.is_empty() {
                feeds.watched = false;
                return;
            }
            feeds.of.values().cloned().collect::<Vec<_>>()
        };
        for feed in feeds {
            let hinted = hints.as_ref().is_none_or(|hints| hints.contains(&feed.scope.tenant));
            if (all || hinted || !feed.mark().ready)
                && let Err(error) = feed.look(&app, all).await
            {
                tracing::warn!(error = ?error, "what is new could not be looked for");
            }
        }
        drop(app);
        sleep(PAUSE).await;
        hints = tokio::select! {
            () = ending.cancelled() => return,
            () = opened.notified() => Some(HashSet::new()),
            hints = heard(&mut commits) => hints,
            () = sleep_until(whole) => Some(HashSet::new()),
        };
    }
}

/// Waits until this process has written, and says whose rows; `None` when it has written more than could be followed.
async fn heard(commits: &mut Receiver<TenantId>) -> Option<HashSet<TenantId>> {
    let mut hints = match commits.recv().await {
        Ok(tenant) => HashSet::from([tenant]),
        Err(RecvError::Lagged(_)) => return None,
        Err(RecvError::Closed) => std::future::pending().await,
    };
    loop {
        match commits.try_recv() {
            Ok(tenant) => drop(hints.insert(tenant)),
            Err(TryRecvError::Lagged(_)) => return None,
            Err(TryRecvError::Empty | TryRecvError::Closed) => return Some(hints),
        }
    }
}
