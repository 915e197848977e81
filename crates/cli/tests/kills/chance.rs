//! Random choices that a seed repeats. What the machine does in between it does not repeat.

use dossier_domain::Entropy;

use crate::place::say;

/// The seed of an earlier run.
const SEED: &str = "DOSSIER_TEST_SEED";

#[derive(Clone)]
pub(crate) struct Chance(Entropy);

impl Chance {
    /// Says which seed it has.
    pub(crate) fn new() -> Self {
        let given = std::env::var(SEED).map(|text| text.parse().unwrap());
        let seed = given.unwrap_or_else(|_| u64::from(u32::from_be_bytes(Entropy::System.bytes())));
        say(&format!("{SEED}={seed}"));
        Self(Entropy::seeded(seed))
    }

    pub(crate) fn below(&self, end: u64) -> u64 {
        u64::from_be_bytes(self.0.bytes()) % end
    }
}
