//! Identifiers: UUID version 7 (RFC 9562), one type for each kind of thing, so that newest first is id order.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::time::{Clock, Timestamp};

/// Where randomness comes from. Tests hand in a seeded source, so that ids repeat.
#[derive(Clone, Debug, Default)]
pub enum Entropy {
    /// The operating system's generator.
    #[default]
    System,
    /// A counter that is mixed, never for secrets: the same seed gives the same bytes.
    Seeded(Arc<AtomicU64>),
}

impl Entropy {
    /// A repeatable source for tests.
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Arc::new(AtomicU64::new(seed)))
    }

    /// `N` random bytes.
    ///
    /// # Panics
    /// When the operating system has no randomness to give: nothing can be kept safe then.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match self {
            #[expect(clippy::expect_used, reason = "without randomness no key, id or session may be made")]
            Self::System => getrandom::fill(&mut bytes).expect("the operating system gives randomness"),
            Self::Seeded(state) => {
                for chunk in bytes.chunks_mut(8) {
                    let next = splitmix(state.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst));
                    chunk.copy_from_slice(&next.to_be_bytes()[..chunk.len()]);
                }
            }
        }
        bytes
    }
}

/// The mixing step of `SplitMix64` (Steele, Lea, Flood 2014).
fn splitmix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Makes new ids from a clock and a source of randomness.
#[derive(Clone, Debug, Default)]
pub struct Ids {
    /// Gives the first 60 bits of every id.
    pub clock: Clock,
    /// Gives the rest.
    pub entropy: Entropy,
}

impl Ids {
    /// A new id. Its sub-millisecond bits hold the microseconds (RFC 9562, section 6.2, method 3), so that ids made
    /// in different microseconds sort by time.
    pub fn make<T: From<Uuid>>(&self) -> T {
        let micros = u64::try_from(self.clock.now().micros()).unwrap_or(0);
        let fraction = u16::try_from((micros % 1_000) * 4_096 / 1_000).unwrap_or(0).to_be_bytes();
        let mut random: [u8; 10] = self.entropy.bytes();
        random[..2].copy_from_slice(&fraction);
        T::from(uuid::Builder::from_unix_timestamp_millis(micros / 1_000, &random).into_uuid())
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The plain UUID, for a database or a digest.
            pub fn uuid(self) -> Uuid {
                self.0
            }

            /// Below every id that is made at `at` or later, and above those made earlier by a millisecond and more.
            pub fn first(at: Timestamp) -> Self {
                let millis = u64::try_from(at.micros() / 1_000).unwrap_or(0).to_be_bytes();
                let mut bytes = [0; 16];
                bytes[..6].copy_from_slice(&millis[2..]);
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.hyphenated(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0.hyphenated())
            }
        }
    )+};
}

ids! {
    /// A tenant: the organisation whose data a row is.
    TenantId,
    /// A person who can sign in.
    UserId,
    /// A named bundle of permissions.
    RoleId,
    /// A browser's sign-in.
    SessionId,
    /// A key by which a program signs in.
    ApiKeyId,
    /// A person or an API key: whoever can be told apart from others who act.
    PrincipalId,
    /// A tenant's connection to a provider.
    ChannelId,
    /// A folder for one verification job.
    RequestId,
    /// One attempt of one action.
    RunId,
    /// What a succeeded run brought.
    ResultId,
    /// One HTTP call to a provider.
    ExchangeId,
    /// A file of a request.
    AttachmentId,
    /// Something that a provider sent by itself.
    EventId,
    /// One line of the audit.
    AuditEventId,
    /// What a person wrote about a request.
    NoteId,
    /// An address of a tenant's own to which news are sent.
    WebhookId,
    /// One piece of news on its way to one webhook.
    DeliveryId,
}

impl From<UserId> for PrincipalId {
    fn from(id: UserId) -> Self {
        Self(id.0)
    }
}

impl From<ApiKeyId> for PrincipalId {
    fn from(id: ApiKeyId) -> Self {
        Self(id.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn ids() -> Ids {
        Ids { clock: Clock::manual(Timestamp::from_micros(1_764_000_000_000_000)), entropy: Entropy::seeded(1) }
    }

    #[test]
    fn ids_of_later_microseconds_sort_later() {
        let ids = ids();
        let mut made = Vec::new();
        for _ in 0..3_000 {
            made.push(ids.make::<RequestId>());
            ids.clock.advance(Duration::from_micros(1));
        }
        assert!(made.is_sorted(), "newest first must be id order");
    }

    #[test]
    fn the_first_id_of_an_instant_stands_between_those_before_and_those_after() {
        let ids = ids();
        let before: RequestId = ids.make();
        ids.clock.advance(Duration::from_millis(1));
        let first = RequestId::first(ids.clock.now());
        let after: RequestId = ids.make();
        assert!(before < first && first < after, "{before} {first} {after}");
    }

    #[test]
    fn the_microsecond_stands_behind_the_millisecond() {
        let ids = ids();
        ids.clock.advance(Duration::from_micros(999));
        let id: RunId = ids.make();
        assert_eq!(id.uuid().as_u64_pair().0 & 0xfff, 999 * 4_096 / 1_000);
    }

    /// The first outputs of the published generator for the seed 1234567.
    #[test]
    fn the_seeded_source_mixes_as_published() {
        let gamma = 0x9e37_79b9_7f4a_7c15_u64;
        let outputs = [1, 2, 3].map(|n| splitmix(1_234_567_u64.wrapping_add(gamma.wrapping_mul(n))));
        assert_eq!(outputs, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn ids_are_version_7_and_carry_the_millisecond() {
        let id: RunId = ids().make();
        assert_eq!(id.uuid().get_version_num(), 7);
        let (seconds, nanos) = id.uuid().get_timestamp().map(|t| t.to_unix()).unwrap_or_default();
        assert_eq!((seconds, nanos), (1_764_000_000, 0));
    }

    #[test]
    fn the_same_seed_gives_the_same_ids_and_another_seed_others() {
        assert_eq!(ids().make::<RunId>(), ids().make::<RunId>());
        let other = Ids { entropy: Entropy::seeded(2), ..ids() };
        assert_ne!(ids().make::<RunId>(), other.make::<RunId>());
    }

    #[test]
    fn the_systems_randomness_does_not_repeat() {
        assert_ne!(Entropy::System.bytes::<16>(), Entropy::System.bytes::<16>());
    }

    #[test]
    fn an_id_reads_back_what_it_writes_and_refuses_the_rest() {
        let id: RequestId = ids().make();
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(format!("{id:?}"), format!("RequestId({id})"));
        assert!("../etc/passwd".parse::<RequestId>().is_err());
    }
}
