//! Events that are told to whoever asked to be called back, and how badly they are delivered.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use axum::http::Uri;
use serde::Serialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::sync::mpsc::UnboundedSender;

use crate::chance::Chance;
use crate::clock;
use crate::wishes::{Wish, Wishes};

/// How many subscribers, held events and deliveries are remembered.
const KEPT: usize = 10_000;

/// One event that was sent, or that could not be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// The event's ID, the same for each copy of it.
    pub event: String,
    /// The tracking ID, or the ID of the request for consent.
    pub subject: String,
    /// The status that it told.
    pub status: String,
    /// The HTTP status of the receiver's answer; none if nobody answered.
    pub answered: Option<u16>,
}

/// Something that has happened.
pub(crate) struct Event<'a> {
    /// The tracking ID, or the ID of the request for consent.
    pub(crate) subject: &'a str,
    pub(crate) status: &'a str,
    /// What the event says beside its ID, status and time.
    pub(crate) body: Value,
    /// Whether nothing will follow.
    pub(crate) last: bool,
}

/// An event on its way.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) url: Uri,
    pub(crate) event: String,
    pub(crate) subject: String,
    pub(crate) status: String,
    pub(crate) body: Value,
}

struct Subscriber {
    url: Option<Uri>,
    wishes: Wishes,
}

struct Held {
    letter: Letter,
    /// After how many looks it goes; none waits for a release.
    looks: Option<u8>,
}

/// Who wants to hear of what, and what is on its way.
pub(crate) struct Callbacks {
    seed: u64,
    count: u64,
    /// Where events go whose subject names no address.
    standard: Option<Uri>,
    subscribers: HashMap<String, Subscriber>,
    order: VecDeque<String>,
    held: VecDeque<Held>,
    sent: VecDeque<Delivery>,
    post: UnboundedSender<Letter>,
}

/// An address to which events may go: plain HTTP on this machine.
pub(crate) fn address(text: &str) -> Option<Uri> {
    let url: Uri = text.parse().ok()?;
    let authority = url.authority()?;
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let near = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    (url.scheme_str() == Some("http") && near && !authority.as_str().contains('@')).then_some(url)
}

impl Callbacks {
    /// Letters go into `post`.
    pub(crate) fn new(seed: u64, post: UnboundedSender<Letter>) -> Self {
        Self {
            seed,
            count: 0,
            standard: None,
            subscribers: HashMap::new(),
            order: VecDeque::new(),
            held: VecDeque::new(),
            sent: VecDeque::new(),
            post,
        }
    }

    /// Tells events of this subject to this address, in the manner that is wished for. Without an address the one for
    /// all subjects is used.
    pub(crate) fn subscribe(&mut self, subject: &str, url: Option<Uri>, wishes: &Wishes) {
        if !self.subscribers.contains_key(subject) {
            if self.order.len() == KEPT
                && let Some(oldest) = self.order.pop_front()
            {
                self.subscribers.remove(&oldest);
            }
            self.order.push_back(subject.to_owned());
        }
        self.subscribers.insert(subject.to_owned(), Subscriber { url, wishes: wishes.clone() });
    }

    /// Changes only the address of a subject.
    pub(crate) fn redirect(&mut self, subject: &str, url: Uri) {
        match self.subscribers.get_mut(subject) {
            Some(subscriber) => subscriber.url = Some(url),
            None => self.subscribe(subject, Some(url), &Wishes::default()),
        }
    }

    /// Tells events of all subjects without an address of their own to this one.
    pub(crate) fn standard(&mut self, url: Uri) {
        self.standard = Some(url);
    }

    /// Something has happened: it is sent, or held.
    pub(crate) fn tell(&mut self, event: Event<'_>, now: OffsetDateTime) {
        let subscriber = self.subscribers.get(event.subject);
        let Some(url) = subscriber.and_then(|known| known.url.clone()).or_else(|| self.standard.clone()) else {
            return;
        };
        let wishes = subscriber.map(|known| known.wishes.clone()).unwrap_or_default();
        self.count += 1;
        let id = Chance::of(self.seed, &["event", &self.count.to_string()]).uuid().to_string();
        let mut body = json!({ "id": id, "status": event.status, "time": clock::text(now) });
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), event.body) {
            body.extend(more);
        }
        let (subject, status) = (event.subject.to_owned(), event.status.to_owned());
        let letter = Letter { url, event: id, subject, status, body };
        let copies = if wishes.has(Wish::CallbackTwice) { 2 } else { 1 };
        for _ in 0..copies {
            if wishes.has(Wish::CallbackHeld) || wishes.has(Wish::CallbackReversed) || wishes.looks().is_some() {
                if self.held.len() == KEPT {
                    self.held.pop_front();
                }
                self.held.push_back(Held { letter: letter.clone(), looks: wishes.looks() });
            } else {
                self.send(letter.clone());
            }
        }
        if event.last && wishes.has(Wish::CallbackReversed) {
            self.release(Some(event.subject), true);
        }
    }

    /// Somebody has looked at a subject: what was held for so many looks goes. To be called before the events of the
    /// look itself.
    pub(crate) fn looked(&mut self, subject: &str) {
        let mut due = Vec::new();
        self.held.retain_mut(|held| {
            if held.letter.subject == subject {
                held.looks = held.looks.map(|looks| looks.saturating_sub(1));
            }
            let stays = held.looks != Some(0);
            if !stays {
                due.push(held.letter.clone());
            }
            stays
        });
        for letter in due {
            self.send(letter);
        }
    }

    /// Sends what is held, of one subject or of all, from the newest if `reverse`, and says how many there were.
    pub(crate) fn release(&mut self, subject: Option<&str>, reverse: bool) -> usize {
        let mut due = Vec::new();
        self.held.retain(|held| {
            let goes = subject.is_none_or(|subject| subject == held.letter.subject);
            if goes {
                due.push(held.letter.clone());
            }
            !goes
        });
        if reverse {
            due.reverse();
        }
        let count = due.len();
        for letter in due {
            self.send(letter);
        }
        count
    }

    /// The IDs of the events that are held, oldest first.
    pub(crate) fn held(&self) -> Vec<&str> {
        self.held.iter().map(|held| held.letter.event.as_str()).collect()
    }

    /// Writes down how a letter was received.
    pub(crate) fn note(&mut self, letter: Letter, answered: Option<u16>) {
        if self.sent.len() == KEPT {
            self.sent.pop_front();
        }
        let Letter { event, subject, status, .. } = letter;
        self.sent.push_back(Delivery { event, subject, status, answered });
    }

    /// What was sent, oldest first.
    pub(crate) fn sent(&self) -> Vec<Delivery> {
        self.sent.iter().cloned().collect()
    }

    fn send(&self, letter: Letter) {
        // Nobody takes letters any more once the simulator has stopped.
        let _ = self.post.send(letter);
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use super::*;
    use crate::clock::START;

    fn office(wishes: &str) -> (Callbacks, UnboundedReceiver<Letter>) {
        let (post, letters) = unbounded_channel();
        let mut callbacks = Callbacks::new(1, post);
        callbacks.subscribe("a", address("http://127.0.0.1:1/"), &Wishes::of(wishes));
        (callbacks, letters)
    }

    fn tell(callbacks: &mut Callbacks, status: &str, last: bool) {
        callbacks.tell(Event { subject: "a", status, body: json!({ "trackingId": "a" }), last }, START);
    }

    fn statuses(letters: &mut UnboundedReceiver<Letter>) -> Vec<String> {
        std::iter::from_fn(|| letters.try_recv().ok()).map(|letter| letter.status).collect()
    }

    #[test]
    fn only_this_machine_is_called_back() {
        for good in ["http://127.0.0.1:8080/hook", "http://127.9.9.9/", "http://[::1]:80/a?b=c", "http://localhost:1/"]
        {
            assert!(address(good).is_some(), "{good}");
        }
        for bad in [
            "https://127.0.0.1/",
            "http://10.0.0.1/",
            "http://169.254.169.254/",
            "http://example.com/",
            "http://127.0.0.1.example.com/",
            "http://localhost@example.com/",
            "http://a@127.0.0.1/",
            "http://[::ffff:10.0.0.1]/",
            "http://0.0.0.0/",
            "/hook",
            "",
        ] {
            assert_eq!(address(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_event_is_told_once_and_says_when_it_happened() {
        let (mut callbacks, mut letters) = office("");
        tell(&mut callbacks, "opened", false);
        let letter = letters.try_recv().unwrap();
        let body = json!({ "id": letter.event, "status": "opened", "time": "2026-03-02T08:00:00Z", "trackingId": "a" });
        assert_eq!(letter.body, body);
        assert_eq!(statuses(&mut letters), [""; 0]);
    }

    #[test]
    fn events_come_twice_late_or_reversed_as_wished() {
        let (mut callbacks, mut letters) = office("sim:callback-twice");
        tell(&mut callbacks, "opened", false);
        assert_eq!(statuses(&mut letters), ["opened", "opened"]);

        let (mut callbacks, mut letters) = office("sim:callback-late=2");
        tell(&mut callbacks, "opened", false);
        callbacks.looked("a");
        callbacks.looked("b");
        assert_eq!(statuses(&mut letters), [""; 0]);
        callbacks.looked("a");
        assert_eq!(statuses(&mut letters), ["opened"]);

        let (mut callbacks, mut letters) = office("sim:callback-held");
        tell(&mut callbacks, "opened", true);
        assert_eq!((callbacks.held().len(), callbacks.release(Some("b"), false)), (1, 0));
        assert_eq!(callbacks.release(None, false), 1);
        assert_eq!(statuses(&mut letters), ["opened"]);

        let (mut callbacks, mut letters) = office("sim:callback-reversed");
        tell(&mut callbacks, "sent", false);
        tell(&mut callbacks, "opened", false);
        assert_eq!(statuses(&mut letters), [""; 0]);
        tell(&mut callbacks, "given", true);
        assert_eq!(statuses(&mut letters), ["given", "opened", "sent"]);
    }

    #[test]
    fn nobody_is_told_who_did_not_ask() {
        let (post, mut letters) = unbounded_channel();
        let mut callbacks = Callbacks::new(1, post);
        tell(&mut callbacks, "opened", false);
        callbacks.standard(address("http://127.0.0.1:1/").unwrap());
        tell(&mut callbacks, "given", true);
        assert_eq!(statuses(&mut letters), ["given"]);
    }
}
