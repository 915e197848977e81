//! The calls of a run as they go out and come back, redacted as the portal would keep them.

use std::sync::atomic::{AtomicUsize, Ordering};

use dossier_connector::{Journal, JournalError, Sending, Settled};
use dossier_domain::{ExchangeId, Ids};

use super::readable::{plain, shortened};
use crate::say;

/// Prints every call and keeps nothing.
#[derive(Default)]
pub(super) struct Printed {
    ids: Ids,
    calls: AtomicUsize,
}

impl Printed {
    /// How many calls went out.
    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

impl Journal for Printed {
    async fn sending(&self, sending: Sending) -> Result<ExchangeId, JournalError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        request(&sending);
        Ok(self.ids.make())
    }

    async fn settled(&self, _: ExchangeId, settled: Settled) -> Result<(), JournalError> {
        match settled {
            Settled::Answered { status, headers, body, took } => {
                say!("← {status} after {} ms", took.as_millis());
                message(&headers, &body);
            }
            Settled::Broken { kind, message, took } => {
                say!("← no whole answer after {} ms ({kind}): {}\n", took.as_millis(), plain(&message));
            }
        }
        Ok(())
    }
}

/// Prints what goes out.
pub(super) fn request(sending: &Sending) {
    let again = if sending.attempt > 1 { format!(", attempt {}", sending.attempt) } else { String::new() };
    say!("→ {} {} ({}{again})", sending.method, plain(&sending.url), sending.step);
    message(&sending.headers, &sending.body);
}

fn message(headers: &[(String, String)], body: &[u8]) {
    for (name, value) in headers {
        say!("    {name}: {}", plain(value));
    }
    if !body.is_empty() {
        let text = String::from_utf8_lossy(body);
        let json = serde_json::from_str::<serde_json::Value>(&text).ok();
        let text = json.and_then(|json| serde_json::to_string_pretty(&json).ok()).unwrap_or_else(|| text.into_owned());
        say!("");
        for line in shortened(&text).lines() {
            say!("    {}", plain(line));
        }
    }
    say!("");
}
