//! Passwords: hashed with Argon2id, checked at most two at a time so that sign-ins cannot exhaust memory.

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use dossier_domain::Entropy;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::error::{AppError, Result};

/// The fewest characters of a password that a person chooses (NIST SP 800-63B, section 5.1.1).
pub const MIN_LENGTH: usize = 12;
/// The most bytes that are hashed; more is refused before any work is done.
const MAX_BYTES: usize = 1_024;
/// How many checks run at once: each takes 19 MiB and one core.
const AT_ONCE: usize = 2;

/// Refuses a password that is too short to be safe, or too long to be ever checked.
///
/// # Errors
/// [`AppError::Invalid`]
pub fn check_length(password: &SecretString) -> Result<()> {
    let password = password.expose_secret();
    if password.chars().count() < MIN_LENGTH {
        return Err(AppError::field("password", format!("Choose a password of at least {MIN_LENGTH} characters.")));
    }
    if password.len() > MAX_BYTES {
        return Err(AppError::field("password", "Choose a shorter password: it may take 1,024 bytes at most."));
    }
    Ok(())
}

/// A password that nobody has chosen: 80 random bits, in letters and digits that are not mistaken for each other.
pub(crate) fn make(entropy: &Entropy) -> SecretString {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let letters: String =
        entropy.bytes::<16>().iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    SecretString::from(format!("{}-{}-{}-{}", &letters[..4], &letters[4..8], &letters[8..12], &letters[12..]))
}

/// Hashes and checks passwords.
pub(crate) struct Passwords {
    places: Semaphore,
    entropy: Entropy,
    /// Checked when no user has the address, so that an unknown address takes as long as a wrong password.
    decoy: String,
}

impl Passwords {
    /// A checker that takes its salts from `entropy`.
    ///
    /// # Errors
    /// [`AppError::Internal`] when Argon2 refuses its own parameters.
    pub(crate) fn new(entropy: Entropy) -> Result<Self> {
        let decoy = digest(b"no user has this password", &entropy.bytes())?;
        Ok(Self { places: Semaphore::new(AT_ONCE), entropy, decoy })
    }

    /// The PHC string of `password`.
    ///
    /// # Errors
    /// [`AppError::Internal`] when hashing fails.
    pub(crate) async fn hash(&self, password: &SecretString) -> Result<String> {
        let (password, salt) = (password.clone(), self.entropy.bytes::<16>());
        self.work(move || digest(password.expose_secret().as_bytes(), &salt)).await?
    }

    /// Whether `password` belongs to `hash`; `None` is checked against a decoy and never fits.
    ///
    /// # Errors
    /// [`AppError::Internal`] when the stored hash cannot be read.
    pub(crate) async fn check(&self, password: &SecretString, hash: Option<&str>) -> Result<bool> {
        if password.expose_secret().len() > MAX_BYTES {
            return Ok(false);
        }
        let known = hash.is_some();
        let (password, hash) = (password.clone(), hash.unwrap_or(&self.decoy).to_owned());
        let fits = self
            .work(move || {
                let hash = PasswordHash::new(&hash).map_err(|e| AppError::internal(e.to_string()))?;
                Ok::<_, AppError>(hasher()?.verify_password(password.expose_secret().as_bytes(), &hash).is_ok())
            })
            .await??;
        Ok(fits && known)
    }

    async fn work<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let _place = self.places.acquire().await.map_err(AppError::internal)?;
        tokio::task::spawn_blocking(job).await.map_err(AppError::internal)
    }
}

/// Argon2id with 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet).
fn hasher() -> Result<Argon2<'static>> {
    let params = Params::new(19 * 1_024, 2, 1, None).map_err(|e| AppError::internal(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn digest(password: &[u8], salt: &[u8; 16]) -> Result<String> {
    let hash = hasher()?.hash_password_with_salt(password, salt).map_err(|e| AppError::internal(e.to_string()))?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits_and_hashes_are_salted() {
        let passwords = Passwords::new(Entropy::System).unwrap();
        let right = SecretString::from("correct horse battery");
        let (one, two) = (passwords.hash(&right).await.unwrap(), passwords.hash(&right).await.unwrap());
        assert_ne!(one, two);
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert!(passwords.check(&right, Some(&one)).await.unwrap());
        assert!(!passwords.check(&SecretString::from("correct horse batterz"), Some(&one)).await.unwrap());
        assert!(!passwords.check(&SecretString::from("x".repeat(1_025)), Some(&one)).await.unwrap());
    }

    #[test]
    fn a_password_that_could_never_be_checked_is_refused_before_it_is_kept() {
        let refused = |text: &str| check_length(&SecretString::from(text)).is_err();
        assert!(refused("elevenchars") && !refused("twelve chars"));
        assert!(!refused(&"x".repeat(MAX_BYTES)) && refused(&"x".repeat(MAX_BYTES + 1)));
    }

    #[test]
    fn a_made_password_is_long_enough_and_never_the_same() {
        let (one, two) = (make(&Entropy::System), make(&Entropy::System));
        assert!(check_length(&one).is_ok());
        assert_ne!(one.expose_secret(), two.expose_secret());
    }

    #[tokio::test]
    async fn at_most_two_are_at_work_at_once() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        use std::sync::{Arc, Barrier};

        let passwords = Passwords::new(Entropy::System).unwrap();
        // Each job waits for a second one, so that two must be at work for any to end.
        let (pair, now, most) =
            (Arc::new(Barrier::new(2)), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let job = || {
            let (pair, now, most) = (pair.clone(), now.clone(), most.clone());
            passwords.work(move || {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                pair.wait();
                now.fetch_sub(1, Ordering::SeqCst);
            })
        };
        let ended = tokio::join!(job(), job(), job(), job(), job(), job(), job(), job());
        assert!(ended.0.is_ok() && ended.7.is_ok());
        assert_eq!(most.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn the_decoy_never_lets_anyone_in() {
        let passwords = Passwords::new(Entropy::System).unwrap();
        assert!(!passwords.check(&SecretString::from("no user has this password"), None).await.unwrap());
    }

    #[tokio::test]
    async fn a_hash_that_cannot_be_read_is_a_fault_not_a_refusal() {
        let passwords = Passwords::new(Entropy::System).unwrap();
        assert!(matches!(passwords.check(&SecretString::from("x"), Some("plain")).await, Err(AppError::Internal(_))));
    }
}
