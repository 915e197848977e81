//! Repeatable invention: the same seed and words always lead to the same choices, on every machine and in every
//! version of the compiler. It is no source of secrets.

use uuid::Uuid;

/// A stream of numbers that follows from a seed and some words (FNV-1a into `SplitMix64`).
pub(crate) struct Chance(u64);

impl Chance {
    /// A stream for these words under this seed.
    pub(crate) fn of(seed: u64, words: &[&str]) -> Self {
        // A byte that cannot occur in UTF-8 stands between words, so that ["ab"] and ["a", "b"] differ.
        let state = fold(words.iter().flat_map(|word| word.bytes().chain(std::iter::once(0xff))));
        let mut mixed = Self(state ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        mixed.next();
        mixed
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `limit - 1`. A limit of 0 gives 0.
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        let number = self.next() % u64::from(limit.max(1));
        u32::try_from(number).unwrap_or_default()
    }

    /// One of the entries, which must not be none.
    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let index = self.below(u32::try_from(from.len()).unwrap_or(u32::MAX));
        from[usize::try_from(index).unwrap_or_default()]
    }

    /// A UUID that looks random (version 4).
    pub(crate) fn uuid(&mut self) -> Uuid {
        let random = (u128::from(self.next()) << 64) | u128::from(self.next());
        uuid::Builder::from_random_bytes(random.to_be_bytes()).into_uuid()
    }
}

/// A digest of these bytes, for telling contents apart; it does not withstand somebody who wants two to be alike.
pub(crate) fn digest(bytes: &[u8]) -> u64 {
    fold(bytes.iter().copied())
}

fn fold(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::Chance;

    #[test]
    fn the_same_words_lead_to_the_same_numbers_and_others_to_others() {
        let three = |seed, words: &[&str]| {
            let mut chance = Chance::of(seed, words);
            [chance.next(), chance.next(), chance.next()]
        };
        assert_eq!(three(1, &["a", "b"]), three(1, &["a", "b"]));
        assert_ne!(three(1, &["a", "b"]), three(2, &["a", "b"]));
        assert_ne!(three(1, &["a", "b"]), three(1, &["ab"]));
    }
}
