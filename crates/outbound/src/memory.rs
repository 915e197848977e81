//! The memory that answers share, so that many large ones at once cannot exhaust the server's.
//!
//! An answer takes memory before it grows, and gives it back when whoever holds its body lets go. Its first share is
//! taken before the request leaves: when there is no room, a call waits where nothing has happened yet.
//!
//! If answers only took from one pile, all could wait half-read for each other. So a part of the budget is set aside,
//! large enough for one whole answer. When the pile is used up, one answer at a time reads on in that part; it needs
//! nothing from the others, so it comes to its end, then the next one does. Waiting is in order of arrival and ends with
//! the time limit of the call, since nobody can know when a caller lets go of what it holds.

use std::{fmt, sync::Arc};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What each call takes before its request leaves. Most answers need no more.
const FIRST: usize = 16 * 1024;

/// The shared memory. Clones share it.
#[derive(Clone)]
pub(crate) struct Memory {
    /// A permit a byte.
    pile: Arc<Semaphore>,
    /// One permit: the part that is set aside.
    aside: Arc<Semaphore>,
    /// The largest answer, in bytes, which is the size of the part that is set aside.
    largest: usize,
    /// A first share.
    first: usize,
}

impl Memory {
    /// `bytes` in all, for answers of up to `max_body` bytes, or half of `bytes` when that is less.
    pub(crate) fn new(bytes: usize, max_body: usize) -> Self {
        let bytes = bytes.min(Semaphore::MAX_PERMITS);
        // A semaphore gives at most this many permits at once.
        let countable = usize::try_from(u32::MAX).unwrap_or(usize::MAX);
        let largest = max_body.min(bytes / 2).min(countable);
        let pile = bytes - largest;
        Self {
            pile: Arc::new(Semaphore::new(pile)),
            aside: Arc::new(Semaphore::new(1)),
            largest,
            first: FIRST.min(largest),
        }
    }

    /// Waits for the first share of a call.
    pub(crate) async fn first(&self) -> Body {
        let mut body = Body { memory: self.clone(), bytes: Vec::new(), end: self.largest, held: Held::default() };
        // Not from the part aside: a call that waits for its provider would keep it from an answer that can end.
        body.held.add(take(&self.pile, self.first).await);
        body
    }
}

/// A body that is being read. Its allocation is never larger than what it holds of the memory.
pub(crate) struct Body {
    memory: Memory,
    bytes: Vec<u8>,
    /// How long it may become.
    end: usize,
    held: Held,
}

impl Body {
    /// Believes a length that was announced as far as it spares memory.
    pub(crate) fn announce(&mut self, length: usize) {
        self.end = length.min(self.memory.largest);
    }

    /// The largest answer that is taken, in bytes.
    pub(crate) fn largest(&self) -> usize {
        self.memory.largest
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether `more` bytes fit into what is held already.
    pub(crate) fn has_room(&self, more: usize) -> bool {
        self.bytes.len() + more <= self.held.bytes(&self.memory)
    }

    /// Waits until `more` bytes fit. The caller has made sure that they lie within the largest answer.
    pub(crate) async fn make_room(&mut self, more: usize) {
        let Memory { pile, aside, .. } = &self.memory;
        let held = self.held.bytes(&self.memory);
        // Doubled, so that what was read is seldom moved.
        let wanted = held.saturating_mul(2).min(self.end).max(self.bytes.len() + more);
        if wanted <= held {
            return;
        }
        tokio::select! {
            biased;
            permit = take(pile, wanted - held) => self.held.add(permit),
            permit = take(aside, 1) => self.held = Held { pile: None, aside: permit },
        }
    }

    /// Adds what [`make_room`](Self::make_room) made room for.
    pub(crate) fn push(&mut self, chunk: &[u8]) {
        let held = self.held.bytes(&self.memory);
        if self.bytes.capacity() < self.bytes.len() + chunk.len() {
            // What is set aside is held in whole, and need not be allocated in whole.
            let wanted = (self.bytes.len() + chunk.len()).max(self.bytes.capacity().saturating_mul(2)).min(held);
            self.bytes.reserve_exact(wanted.saturating_sub(self.bytes.len()));
        }
        self.bytes.extend_from_slice(chunk);
    }

    /// The whole body, and what it holds of the memory: as much as it is long.
    pub(crate) fn finish(mut self) -> (Vec<u8>, Held) {
        self.bytes.shrink_to_fit();
        self.held.settle(&self.memory.pile, self.bytes.len());
        (self.bytes, self.held)
    }
}

/// What an answer holds of the shared memory. Keep it for as long as the body; dropped, it makes room for others.
#[derive(Default)]
pub struct Held {
    pile: Option<OwnedSemaphorePermit>,
    aside: Option<OwnedSemaphorePermit>,
}

impl Held {
    fn bytes(&self, memory: &Memory) -> usize {
        match (&self.aside, &self.pile) {
            (Some(_), _) => memory.largest,
            (None, Some(permit)) => permit.num_permits(),
            (None, None) => 0,
        }
    }

    fn add(&mut self, permit: Option<OwnedSemaphorePermit>) {
        match (&mut self.pile, permit) {
            (Some(held), Some(permit)) => held.merge(permit),
            (None, permit) => self.pile = permit,
            (Some(_), None) => {}
        }
    }

    /// Holds `bytes`, which are no more than before. The part that is set aside is left for the next one if the pile has
    /// room by now: a caller may keep an answer for long.
    fn settle(&mut self, pile: &Arc<Semaphore>, bytes: usize) {
        if let Some(permit) = &mut self.pile {
            drop(permit.split(permit.num_permits().saturating_sub(bytes)));
        }
        if self.aside.is_some()
            && let Ok(count) = u32::try_from(bytes)
            && let Ok(permit) = Arc::clone(pile).try_acquire_many_owned(count)
        {
            *self = Self { pile: Some(permit), aside: None };
        }
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Held")
    }
}

/// Waits for `count` permits. The semaphores are never closed, and no count is larger than an answer may be: there is
/// always a permit in the end.
async fn take(from: &Arc<Semaphore>, count: usize) -> Option<OwnedSemaphorePermit> {
    let count = u32::try_from(count).ok()?;
    Arc::clone(from).acquire_many_owned(count).await.ok()
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    };

    use tokio::task::JoinSet;

    use super::*;

    const LARGEST: usize = 1_000_000;
    const BUDGET: usize = 3_000_000;
    const MANY: usize = 30;

    /// What all bodies of a test have allocated, now and at most.
    struct Gauge {
        each: Mutex<[usize; MANY]>,
        peak: AtomicUsize,
    }

    impl Gauge {
        fn set(&self, which: usize, bytes: usize) {
            let mut each = self.each.lock().unwrap();
            each[which] = bytes;
            self.peak.fetch_max(each.iter().sum(), SeqCst);
        }
    }

    /// Reads `MANY` large answers in turn, a chunk of each, until all have ended or none can go on. Tells how many have
    /// ended, and the most bytes that they had.
    async fn read(memory: &Memory) -> (usize, usize) {
        let gauge = Arc::new(Gauge { each: Mutex::new([0; MANY]), peak: AtomicUsize::new(0) });
        let ended = Arc::new(AtomicUsize::new(0));
        let mut all = JoinSet::new();
        for which in 0..MANY {
            let (memory, gauge, ended) = (memory.clone(), Arc::clone(&gauge), Arc::clone(&ended));
            all.spawn(async move {
                let mut body = memory.first().await;
                while body.len() < LARGEST {
                    body.make_room(10_000).await;
                    body.push(&[b'x'; 10_000]);
                    gauge.set(which, body.bytes.capacity());
                    assert!(body.bytes.capacity() <= body.held.bytes(&memory));
                    tokio::task::yield_now().await;
                }
                let (bytes, held) = body.finish();
                gauge.set(which, bytes.capacity());
                // A caller looks at it for a while.
                tokio::task::yield_now().await;
                assert_eq!(bytes.len(), LARGEST);
                drop(bytes);
                gauge.set(which, 0);
                drop(held);
                ended.fetch_add(1, SeqCst);
            });
        }
        // One thread and nothing to wait for from outside: who can go on has gone on.
        for _ in 0..100 * MANY * 20 {
            tokio::task::yield_now().await;
        }
        (ended.load(SeqCst), gauge.peak.load(SeqCst))
    }

    #[tokio::test]
    async fn all_answers_come_to_their_end_and_never_take_more_than_the_memory() {
        let memory = Memory::new(BUDGET, LARGEST);
        let (ended, peak) = read(&memory).await;
        assert_eq!(ended, MANY);
        assert!((LARGEST..=BUDGET).contains(&peak), "{peak}");
        let left = (memory.pile.available_permits(), memory.aside.available_permits());
        assert_eq!(left, (BUDGET - LARGEST, 1), "all was given back");

        let (ended, peak) = read(&Memory::new(usize::MAX, LARGEST)).await;
        assert!(ended == MANY && peak > BUDGET, "control: without the limit they take {peak}");
    }

    #[tokio::test]
    async fn without_a_part_set_aside_half_read_answers_would_wait_for_each_other() {
        let memory = Memory { aside: Arc::new(Semaphore::new(0)), ..Memory::new(BUDGET, LARGEST) };
        let (ended, _) = read(&memory).await;
        assert!(ended < MANY, "control");
    }

    #[tokio::test]
    async fn an_answer_that_was_read_in_the_part_aside_leaves_it_when_there_is_room() {
        let memory = Memory::new(BUDGET, LARGEST);
        let most = take(&memory.pile, BUDGET - LARGEST - FIRST).await;
        let mut body = memory.first().await;
        body.make_room(LARGEST).await;
        body.push(&vec![0; LARGEST]);
        assert_eq!(memory.aside.available_permits(), 0);
        drop(most);
        let (_bytes, _held) = body.finish();
        let left = (memory.pile.available_permits(), memory.aside.available_permits());
        assert_eq!(left, (BUDGET - 2 * LARGEST, 1));
    }
}
