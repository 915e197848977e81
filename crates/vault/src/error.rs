//! What can go wrong with keys and sealed values.

/// Why a value did not open or a key could not be read. No message quotes the value or the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// Not a sealed value: too short, or of a version that this program does not know.
    #[error("this is not a sealed value, or a newer version of Dossier sealed it")]
    Malformed,
    /// The key or the context does not fit, or the value was changed. Which of them cannot be told.
    #[error("the sealed value does not open: it has another key or another place, or it was changed")]
    Refused,
    /// The text is not a master key. The sentence tells an operator what to do.
    #[error("{0}")]
    NotAKey(&'static str),
    /// Longer than AES-GCM can seal at once (2³⁶ − 32 bytes, NIST SP 800-38D, section 5.2.1.1).
    #[error("the value is too long to be sealed in one piece: the limit is 64 GiB")]
    TooLong,
}
