//! What stands on this computer: addresses, folders, disks, providers.

use std::path::Path;

use dossier_connector::Registry;

use super::Report;
use crate::config::Config;
use crate::config::DEFAULT_FILE;
use crate::desk;
use crate::operator::Place;
use crate::serve::FILES;

/// Less free space than this and the database may soon be unable to write.
const LITTLE: u64 = 200 * 1024 * 1024;
/// Less than this should be seen to by day.
const SCARCE: u64 = 2 * 1024 * 1024 * 1024;

/// Whether providers and browsers reach the portal, and safely.
pub(super) fn public_address(config: &Config, report: &mut Report) {
    let name = "public_address";
    match &config.public_url {
        None => report.warning(
            name,
            "public_url is not set: providers cannot send callbacks, so they are asked at growing pauses instead.",
            "Set public_url to the address that browsers use, such as https://kyc.example.org.",
        ),
        Some(url) if url.scheme() != "https" => report.warning(
            name,
            format!("{url} is not https: passwords and results travel in clear outside this computer."),
            "Put a proxy with TLS before the server and write its https address into public_url.",
        ),
        Some(url) => report.ok(name, format!("{url}")),
    }
}

/// Whether others on this computer can read what they must not.
pub(super) fn readable_by_others(place: &Place, config: &Config, report: &mut Report) {
    let file = place.config.as_deref().unwrap_or(Path::new(DEFAULT_FILE));
    let secret = config.database.url.is_some() || config.outbound.proxy.is_some() || config.files.secret().is_some();
    let key = config.master_key_file.as_deref().filter(|_| config.master_key.is_none());
    let store = config.files.secret_key_file.as_deref().map(|key| ("bucket", key));
    let files = [key.map(|key| ("master_key", key)), secret.then_some(("configuration", file)), store];
    for (name, file) in files.into_iter().flatten() {
        if open_to_others(file) {
            let shown = file.display();
            report.warning(
                name,
                format!("{shown} can be read by others on this computer."),
                format!("chmod 600 {shown}"),
            );
        }
    }
}

#[cfg(unix)]
fn open_to_others(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(file).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn open_to_others(_file: &Path) -> bool {
    false
}

/// Whether the folder of the data is there and can be written by whoever looks.
pub(super) fn folder(config: &Config, report: &mut Report) {
    let files = config.data.join(FILES);
    let folder = if files.is_dir() { &files } else { &config.data };
    let name = "data_folder";
    let shown = folder.display();
    if !folder.is_dir() {
        report.fault(
            name,
            format!("The folder {shown} is not there, or this user cannot see it."),
            "Mount or restore it, or mend `data` in the configuration.",
        );
        return;
    }
    // Under no name, so that nothing stays behind.
    match tempfile::tempfile_in(folder) {
        Ok(_) => report.ok(name, format!("{shown} can be written.")),
        Err(error) => report.fault(
            name,
            format!("{shown} cannot be written: {error}. Files of requests cannot be kept."),
            "Give the user that runs the server the right to write there, or room on the disk. Run the doctor as that user.",
        ),
    }
}

/// Whether the bucket of the files can be written and read, where there is one.
pub(super) async fn bucket(config: &Config, report: &mut Report) {
    let name = "bucket";
    let Ok(Some(bucket)) = config.files.bucket() else { return };
    let shown = format!("The bucket {} at {}", bucket.name, bucket.endpoint);
    let probed = match desk::files(config) {
        Ok(store) => store.probe().await.map_err(|error| error.to_string()),
        Err(fault) => Err(fault.to_string()),
    };
    match probed {
        Ok(()) => report.ok(name, format!("{shown} can be written, read and cleared.")),
        Err(why) => report.fault(
            name,
            format!("{shown} cannot be used: {why}. Files of requests can be neither kept nor shown."),
            "Bring the service back, or mend [files] in the configuration: endpoint, region, bucket, and a key that may \
             put, get and delete objects there.",
        ),
    }
}

/// Whether there is room on the disk of the data.
#[cfg(unix)]
pub(super) fn space(config: &Config, report: &mut Report) {
    let Ok(disk) = rustix::fs::statvfs(&config.data) else { return };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let found = format!("{} MB are free on the disk of {}.", free / 1024 / 1024, config.data.display());
    let mend =
        "Make room, or move the data to a larger disk. When nothing is left, answers of providers cannot be stored.";
    match free {
        ..LITTLE => report.fault("disk_space", found, mend),
        LITTLE..SCARCE => report.warning("disk_space", found, mend),
        _ => report.ok("disk_space", found),
    }
}

/// Nobody says here how much room there is.
#[cfg(not(unix))]
pub(super) fn space(_config: &Config, _report: &mut Report) {}

/// The providers, and whether the manifests of the operator's folder can be used.
pub(super) fn providers(config: &Config, report: &mut Report) -> Option<Registry> {
    let name = "providers";
    match desk::registry(config.providers.as_deref(), "`providers` in the configuration or DOSSIER_PROVIDERS") {
        Err(fault) => {
            report.fault(name, fault.to_string(), "`dossier serve` would not start without it.");
            None
        }
        Ok(registry) => {
            let now = registry.now();
            for refused in now.refused() {
                report.warning(
                    name,
                    format!(
                        "{} cannot be used; what serves in its place stands under Settings → Providers.",
                        refused.file
                    ),
                    "`dossier provider check` on that file says what is wrong and where.",
                );
            }
            if now.refused().is_empty() {
                report.ok(name, format!("{} can be used.", now.list().count()));
            }
            Some(registry)
        }
    }
}
