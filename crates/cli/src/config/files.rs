//! Where the files of requests lie: in the folder of the data, or in a bucket.

use std::path::PathBuf;

use dossier_storage::Bucket;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::{Host, Url};

use crate::fault::Fault;

/// An S3-compatible store. With `bucket` files lie there, without it in the folder of the data.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Files {
    /// Its name.
    pub(crate) bucket: Option<String>,
    /// The address of the service.
    pub(crate) endpoint: Option<Url>,
    /// The region, where the service has some.
    pub(crate) region: Option<String>,
    /// Whose key.
    pub(crate) access_key: Option<String>,
    /// The key.
    pub(crate) secret_key: Option<SecretString>,
    /// The file that holds the key instead.
    pub(crate) secret_key_file: Option<PathBuf>,
    /// Whether the bucket stands in the host of an address, as at Amazon, instead of in its path.
    pub(crate) bucket_in_host: bool,
}

impl Files {
    /// What the environment says of `name`, which begins after `DOSSIER_FILES_`. `false` when nothing is called so.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<bool, &'static str> {
        let text = (!value.is_empty()).then(|| value.to_owned());
        match name {
            "BUCKET" => self.bucket = text,
            "ENDPOINT" => {
                let read = text.map(|text| text.parse()).transpose();
                self.endpoint = read.map_err(|_| "an address such as https://s3.example.org")?;
            }
            "REGION" => self.region = text,
            "ACCESS_KEY" => self.access_key = text,
            "SECRET_KEY" => self.secret_key = text.map(SecretString::from),
            "SECRET_KEY_FILE" => self.secret_key_file = text.map(PathBuf::from),
            "BUCKET_IN_HOST" => self.bucket_in_host = value.parse().map_err(|_| "true or false")?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The bucket; none when files lie in the folder.
    pub(crate) fn bucket(&self) -> Result<Option<Bucket>, Fault> {
        let Some(name) = self.bucket.clone() else {
            let others = self.endpoint.is_some() || self.access_key.is_some() || self.secret().is_some();
            return if others { Err(missing("bucket", "the name of the bucket")) } else { Ok(None) };
        };
        let endpoint = self.endpoint.as_ref().ok_or_else(|| missing("endpoint", "the address of the service"))?;
        let on_this_machine = match endpoint.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        let sound = match endpoint.scheme() {
            "https" => endpoint.has_host(),
            "http" => on_this_machine,
            _ => false,
        };
        let bare = endpoint.username().is_empty() && endpoint.password().is_none() && endpoint.query().is_none();
        if !sound || !bare {
            return Err(Fault::new(
                "files.endpoint is not the address of a service over TLS, such as https://s3.example.org, without name \
                 and password. Plain http is for a service on this machine only.",
            ));
        }
        let access_key = self.access_key.clone().ok_or_else(|| missing("access_key", "the name of the key"))?;
        let secret_key = match (&self.secret_key, &self.secret_key_file) {
            (Some(key), _) => key.clone(),
            (None, Some(file)) => {
                let read = std::fs::read_to_string(file);
                let read = read.map_err(|e| {
                    Fault::new(format!("files.secret_key_file {} cannot be read: {e}.", file.display()))
                })?;
                SecretString::from(read.trim())
            }
            (None, None) => return Err(missing("secret_key", "the key, or secret_key_file")),
        };
        if secret_key.expose_secret().is_empty() {
            return Err(missing("secret_key", "the key; it is empty"));
        }
        Ok(Some(Bucket {
            name,
            endpoint: endpoint.as_str().trim_end_matches('/').to_owned(),
            region: self.region.clone().unwrap_or_else(|| "us-east-1".to_owned()),
            access_key,
            secret_key,
            path_style: !self.bucket_in_host,
        }))
    }

    /// Whether the file of the configuration itself holds a secret of the store.
    pub(crate) fn secret(&self) -> Option<&SecretString> {
        self.secret_key.as_ref()
    }
}

fn missing(key: &str, what: &str) -> Fault {
    Fault::new(format!("files.{key} is missing: {what}. docs/running.md shows a whole one."))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str =
        "bucket = \"kyc\"\nendpoint = \"https://s3.example.org/\"\naccess_key = \"desk\"\nsecret_key = \"hunter2\"\n";

    fn read(text: &str) -> Result<Option<Bucket>, String> {
        toml::from_str::<Files>(text).unwrap().bucket().map_err(|fault| fault.to_string())
    }

    #[test]
    fn files_lie_in_a_bucket_when_one_is_named_and_its_key_is_not_shown() {
        assert!(read("").unwrap().is_none());
        let bucket = read(WHOLE).unwrap().unwrap();
        assert_eq!((bucket.endpoint.as_str(), bucket.region.as_str()), ("https://s3.example.org", "us-east-1"));
        assert!(bucket.path_style && bucket.secret_key.expose_secret() == "hunter2");
        let given: Files = toml::from_str(WHOLE).unwrap();
        assert!(!format!("{given:?} {bucket:?}").contains("hunter2"));
        let mut given = Files::default();
        for (name, value) in [
            ("BUCKET", "kyc"),
            ("ENDPOINT", "https://s3.example.org"),
            ("ACCESS_KEY", "desk"),
            ("SECRET_KEY", "k"),
            ("BUCKET_IN_HOST", "true"),
        ] {
            assert_eq!(given.set(name, value), Ok(true), "{name}");
        }
        assert!(!given.bucket().unwrap().unwrap().path_style);
        assert_eq!(given.set("BUCKETS", "kyc"), Ok(false));
    }

    #[test]
    fn the_key_can_lie_in_a_file_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        let text = |key: &str| {
            WHOLE.replace("secret_key = \"hunter2\"", &format!("secret_key_file = '{}'", file.display())) + key
        };
        assert!(read(&text("")).unwrap_err().contains("cannot be read"));
        std::fs::write(&file, "hunter2\n").unwrap();
        assert_eq!(read(&text("")).unwrap().unwrap().secret_key.expose_secret(), "hunter2");
        std::fs::write(&file, "\n").unwrap();
        assert!(read(&text("")).unwrap_err().contains("it is empty"));
    }

    #[test]
    fn what_is_missing_is_named_and_files_go_nowhere_in_clear() {
        for key in ["bucket", "endpoint", "access_key", "secret_key"] {
            let text = WHOLE.split_inclusive('\n').filter(|line| !line.starts_with(key)).collect::<String>();
            assert!(read(&text).unwrap_err().starts_with(&format!("files.{key} is missing: ")), "{key}");
        }
        let at = |endpoint: &str| read(&WHOLE.replace("https://s3.example.org/", endpoint));
        for here in ["http://127.0.0.1:9000", "http://[::1]:9000", "http://localhost:9000", "https://10.0.0.7"] {
            assert!(at(here).is_ok(), "{here}");
        }
        for bad in [
            "http://s3.example.org",
            "http://10.0.0.7:9000",
            "ftp://s3.example.org",
            "https://a:hunter2@s3.example.org",
        ] {
            let said = at(bad).unwrap_err();
            assert!(said.starts_with("files.endpoint is not") && !said.contains("hunter2"), "{bad}: {said}");
        }
    }
}
