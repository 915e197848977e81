//! Certificate authorities of the operator's own.

use std::{io::Write, path::Path, process::Command};

use dossier_outbound::{BrokenKind::Tls, Client, Policy, Unusable};
use tempfile::NamedTempFile;

use crate::{
    secure::{Authority, authority, serve_securely},
    world::{allowing, broken, client, get, outgoing},
};

pub(crate) fn file(authorities: &[&Authority]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    for authority in authorities {
        writeln!(file, "An authority of our own\n{}", authority.pem).unwrap();
    }
    file
}

#[tokio::test]
async fn an_authority_of_the_operators_own_is_trusted_and_no_other_is() {
    let (first, second, stranger) = (authority(), authority(), authority());
    let trusted = file(&[&first, &second]);
    for (authority, good) in [(&first, true), (&second, true), (&stranger, false)] {
        let (port, mut requests) = serve_securely(authority, false).await;
        let client = client(Policy { ca_files: vec![trusted.path().to_owned()], ..allowing(port) });
        let result = client.send(outgoing(&format!("https://provider.example:{port}"))).await;
        if good {
            assert_eq!(result.unwrap().body, b"here");
        } else {
            let broken = broken(result);
            assert_eq!((broken.kind, broken.sent), (Tls, false), "{}", broken.message);
        }
        assert_eq!(requests.try_recv().is_ok(), good);
    }
}

/// The roots of the system are read from the environment: the test calls itself with an authority in their place.
#[tokio::test]
async fn the_authorities_of_the_system_are_trusted_beside_the_operators_own() {
    const PLACES: &str = "DOSSIER_TEST_PLACES";
    if let Ok(places) = std::env::var(PLACES) {
        let places: Vec<_> = places.split(' ').collect();
        for port in &places[..2] {
            let policy = Policy { ca_files: vec![places[2].into()], ..allowing(port.parse().unwrap()) };
            let answer = client(policy).send(get(&format!("https://provider.example:{port}/"))).await.unwrap();
            assert_eq!(answer.body, b"here");
        }
        return;
    }
    let (system, own) = (authority(), authority());
    let (first, _requests) = serve_securely(&system, false).await;
    let (second, _requests) = serve_securely(&own, false).await;
    let (roots, trusted) = (file(&[&system]), file(&[&own]));

    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "own::the_authorities_of_the_system_are_trusted_beside_the_operators_own"])
        .env("SSL_CERT_FILE", roots.path())
        .env_remove("SSL_CERT_DIR")
        .env(PLACES, format!("{first} {second} {}", trusted.path().display()));
    let status = tokio::task::spawn_blocking(move || child.status()).await.unwrap().unwrap();
    assert!(status.success());
}

#[test]
fn a_file_of_authorities_that_cannot_be_used_is_named() {
    let made = |path: &Path| Client::new(Policy { ca_files: vec![path.to_owned()], ..Policy::default() });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.pem");
    let unusable = made(&path).err().unwrap();
    assert!(matches!(unusable, Unusable::Unreadable { .. }));
    let start = format!("The file of certificate authorities {} cannot be read: ", path.display());
    assert!(unusable.to_string().starts_with(&start), "{unusable}");

    let good = authority().pem;
    let damaged = good.replacen("MII", "AAA", 1);
    for content in ["", "not a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", &damaged]
    {
        std::fs::write(&path, content).unwrap();
        let unusable = made(&path).err().unwrap();
        assert!(matches!(unusable, Unusable::NoCertificate(_)), "{content}");
        let start = format!("The file of certificate authorities {} holds no certificate", path.display());
        assert!(unusable.to_string().starts_with(&start), "{unusable}");
    }
    std::fs::write(&path, good).unwrap();
    assert!(made(&path).is_ok(), "control");
}
