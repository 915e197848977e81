//! Waits until all has come to its end that can.

use std::time::{Duration, Instant};

use dossier_domain::RunState;
use dossier_storage::{ReadTx, StorageError, testing};

use crate::compare::everything;
use crate::known::{STICKS, reference};
use crate::place::Place;

/// Longer than the lease of a dead server's run or job, with the pause until work is asked about once more.
const REST: Duration = Duration::from_mins(2);

/// Waits until nothing is on its way, and not for ever: what is left then is stuck. Says how long.
pub(crate) async fn rest(place: &Place) -> Duration {
    let db = place.database.open_again().await;
    let begun = Instant::now();
    while begun.elapsed() < REST {
        let mut tx = db.read(place.scope).await.unwrap();
        if is_at_rest(&mut tx).await.unwrap() {
            break;
        }
        drop(tx);
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    db.close().await;
    begun.elapsed()
}

/// No run is queued, running or waiting for work that ends, and every callback was looked at.
async fn is_at_rest(tx: &mut ReadTx) -> Result<bool, StorageError> {
    let live = "SELECT count(*) AS n FROM run WHERE state IN ('queued', 'running')";
    // One about work whose answer was lost is looked at again for minutes: its run may still be to come.
    let unread = "SELECT count(*) AS n FROM job WHERE kind = 'event' AND attempts = 0";
    if testing::count(tx, live).await? > 0 || testing::count(tx, unread).await? > 0 {
        return Ok(false);
    }
    let (_, runs) = everything(tx).await?;
    let mut waiting = runs.iter().filter(|run| run.state == RunState::Waiting);
    Ok(waiting.all(|run| reference(run).contains(STICKS)))
}
