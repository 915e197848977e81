//! The running portal: application, worker and server, however they were configured.

use std::fs::{File, TryLockError};
use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use dossier_app::App;
use dossier_app::providers::Watch;
use dossier_app::runs::Worker;
use dossier_connector::Registry;
use dossier_domain::Ids;
use dossier_outbound::{Client, Policy, own_service};
use dossier_storage::Db;
use dossier_storage::blobs::BlobStore;
use dossier_web::Options;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::fault::Fault;
use crate::serve::FILES;

/// How long answers that are on their way may take once the program was asked to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// Opens the listening socket; `option` is what the reader can change.
pub(crate) async fn bind(listen: SocketAddr, option: &str) -> Result<TcpListener, Fault> {
    TcpListener::bind(listen).await.map_err(|e| match e.kind() {
        std::io::ErrorKind::AddrInUse => Fault::new(format!(
            "Port {} of {} is taken by another program. Choose another one with {option}, or port 0 for any free one.",
            listen.port(),
            listen.ip()
        )),
        _ => Fault::new(format!("Cannot listen on {listen}: {e}. Choose another address with {option}.")),
    })
}

/// The client through which everything leaves.
pub(crate) fn client(policy: Policy) -> Result<Client, Fault> {
    Client::new(policy).map_err(|e| Fault::new(e.to_string()))
}

/// The providers that are compiled in, and those of the operator's `folder`, which `option` names.
pub(crate) fn registry(folder: Option<&Path>, option: &str) -> Result<Registry, Fault> {
    let built_in =
        Registry::built_in().map_err(|e| Fault::new(format!("A built-in provider manifest is broken: {e}")))?;
    let Some(folder) = folder else { return Ok(built_in) };
    // Later a folder may vanish and come back; at the start it is more likely misspelt.
    std::fs::read_dir(folder).map_err(|e| {
        let folder = folder.display();
        Fault::new(format!("The folder of providers {folder} cannot be read: {e}. Make it, or change {option}."))
    })?;
    Ok(built_in.with_folder(folder))
}

/// The store of files: the bucket that the configuration names, or the folder in that of the data.
pub(crate) fn files(config: &Config) -> Result<BlobStore, Fault> {
    let Some(bucket) = config.files.bucket()? else { return Ok(BlobStore::local(&config.data.join(FILES))?) };
    let client = own_service(&config.ca_files()).map_err(|e| Fault::new(e.to_string()))?;
    Ok(BlobStore::s3(&bucket, client)?)
}

/// Puts the application together. `public` is the origin under which providers reach it.
pub(crate) fn assemble(
    db: Db,
    blobs: BlobStore,
    outbound: Client,
    registry: Registry,
    public: Option<String>,
) -> Result<App, Fault> {
    App::new(db, blobs, registry, outbound, Ids::default(), public)
        .map_err(|e| Fault::new(format!("The application cannot be set up: {e}.")))
}

/// Lets the process hold as many connections as the system lets it: each run that is on its way needs one, and many
/// systems begin with a thousand.
#[cfg(unix)]
pub(crate) fn hold_many() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::warn!(error = %error, limit = limit.current, "the limit of open files stays as it is");
    }
}

/// Leaves the limit of connections as it is.
#[cfg(not(unix))]
pub(crate) fn hold_many() {}

/// A folder that this process can write, made when it is missing.
pub(crate) fn make_folder(folder: &Path) -> Result<(), Fault> {
    let unwritable = |e: std::io::Error| Fault::new(format!("The folder {} cannot be written: {e}.", folder.display()));
    std::fs::create_dir_all(folder).map_err(unwritable)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).map_err(unwritable)?;
    }
    let probe = folder.join(".writable");
    std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe)).map_err(unwritable)
}

/// Takes up at once what an earlier process left behind: nobody else can be at it on a folder that is held.
pub(crate) async fn reclaim(app: &App) -> Result<(), Fault> {
    let left = dossier_app::runs::reclaim(app).await;
    let left = left.map_err(|e| Fault::new(format!("The database does not answer: {e}.")))?;
    if left > 0 {
        tracing::info!(left, "runs that an earlier process left are taken up");
    }
    Ok(())
}

/// What says who holds a folder.
pub(crate) const LOCK: &str = "lock";

/// Makes this process the only one on the folder for as long as the answer is kept: SQLite takes one process, and a
/// second would take the first one's runs away. The lock ends with the process, however it ends.
pub(crate) fn hold(folder: &Path, option: &str) -> Result<File, Fault> {
    let unwritable = |e: std::io::Error| Fault::new(format!("The folder {} cannot be written: {e}.", folder.display()));
    let lock = File::options().create(true).append(true).open(folder.join(LOCK)).map_err(unwritable)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::Error(e)) => Err(unwritable(e)),
        Err(TryLockError::WouldBlock) => Err(Fault::new(format!(
            "Another Dossier is running on the folder {}. Stop it, or name another folder with {option}.",
            folder.display()
        ))),
    }
}

/// Serves until `stop`, then lets what is on its way come to its end and closes the database.
pub(crate) async fn serve(
    db: Db,
    app: App,
    worker: Worker,
    listener: TcpListener,
    options: Options,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Fault> {
    let _watch = Watch::start(&app);
    let ending = CancellationToken::new();
    let heard = ending.clone();
    let stop = async move {
        stop.await;
        tracing::info!("stopping: what is on its way comes to its end first");
        heard.cancel();
    };
    let serving = async {
        let served = tokio::select! {
            served = dossier_web::serve(app, options, listener, stop) => served,
            () = patience(&ending) => {
                tracing::warn!("stopped while clients still held connections");
                Ok(())
            }
        };
        ending.cancel();
        served
    };
    let working = async {
        ending.cancelled().await;
        worker.stop().await;
    };
    let (served, ()) = tokio::join!(serving, working);
    db.close().await;
    tracing::info!("stopped");
    served.map_err(|e| Fault::new(format!("The server stopped: {e}.")))
}

/// A client that never finishes its request must not keep the program from ending.
async fn patience(ending: &CancellationToken) {
    ending.cancelled().await;
    tokio::time::sleep(PATIENCE).await;
}

/// Completes when a terminal or a service manager asks the program to end. They are heard from the call on, not only
/// once somebody waits.
#[cfg(unix)]
pub(crate) fn asked_to_stop() -> Result<impl Future<Output = ()> + Send + 'static, Fault> {
    use tokio::signal::unix::{SignalKind, signal};
    let heard = |kind| signal(kind).map_err(|e| Fault::new(format!("Signals cannot be received: {e}.")));
    let (mut interrupted, mut terminated) = (heard(SignalKind::interrupt())?, heard(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

/// Completes when the terminal asks the program to end.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
pub(crate) fn asked_to_stop() -> Result<impl Future<Output = ()> + Send + 'static, Fault> {
    Ok(async {
        // Without a handler the signal ends the process, which is what was asked for.
        let _ = tokio::signal::ctrl_c().await;
    })
}
