//! People who order runs at the pages, whatever becomes of the server: a form whose answer did not come is sent again as
//! it is, as a browser or a program would, until it is answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use dossier_domain::RunId;
use dossier_simulator::TRACKING_COMPLETED;
use dossier_testkit::{Caller, Reply, User};
use tokio::task::JoinSet;

use crate::chance::Chance;
use crate::place::Place;

/// How many order at once. After a kill many look at a page that waits for a run whose lease has not ended.
const PEOPLE: u64 = 16;
/// How long one form is sent again before the test gives up.
const PATIENCE: Duration = Duration::from_mins(2);
/// How long one answer may take. A page waits eight seconds for a provider.
const ANSWER: Duration = Duration::from_secs(30);

/// What becomes of a workflow, and of what is told of it: of one whose callbacks are held back only questions learn the end.
const WISHES: &[&str] = &[
    "",
    "",
    " sim:callback-twice",
    " sim:callback-held",
    " sim:workflow-fails",
    " sim:workflow-sticks sim:callback-held",
];

/// An order that was accepted.
#[derive(Debug)]
pub(crate) struct Order {
    /// Of the request; for a write, of the call too.
    pub(crate) reference: String,
    /// The run that the answer led to; none when the request that was made is not there any more.
    pub(crate) run: Option<RunId>,
    /// Whether it is paid for.
    pub(crate) write: bool,
    /// How many pages and forms had to be asked for again until then.
    pub(crate) again: u64,
}

/// All of them.
pub(crate) struct People {
    working: JoinSet<Vec<Order>>,
    stop: Arc<AtomicBool>,
}

impl People {
    /// They begin to order.
    pub(crate) fn order(place: &Place, chance: &Chance) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut working = JoinSet::new();
        for nth in 0..PEOPLE {
            let person = Person {
                nth,
                caller: Caller::new(&place.door.url),
                operator: place.operator.clone(),
                channel: place.channel.clone(),
                chance: chance.clone(),
                again: 0,
            };
            working.spawn(person.work(Arc::clone(&stop)));
        }
        Self { working, stop }
    }

    /// Lets each finish what it is at; returns what was accepted.
    pub(crate) async fn stop(self) -> Vec<Order> {
        self.stop.store(true, Ordering::SeqCst);
        self.working.join_all().await.into_iter().flatten().collect()
    }
}

struct Person {
    nth: u64,
    caller: Caller,
    operator: User,
    channel: String,
    chance: Chance,
    again: u64,
}

impl Person {
    async fn work(mut self, stop: Arc<AtomicBool>) -> Vec<Order> {
        let (email, password) = (self.operator.email.clone(), self.operator.password.clone());
        let page = self.post("/sign-in", &[("email", &email), ("password", &password)]).await;
        assert_eq!((page.status, page.location.as_str()), (303, "/requests"));
        let mut orders = Vec::new();
        let mut count = 0;
        while !stop.load(Ordering::SeqCst) {
            count += 1;
            // Some answers are late, so that kills meet calls that are in flight.
            let late = if self.chance.below(10) < 3 {
                format!(" sim:slow={}ms", 100 + self.chance.below(500))
            } else {
                String::new()
            };
            let reference = format!("Kwantu {}-{count}{late}", self.nth);
            let request = self.request(&reference).await;
            let company = [("reference", reference.as_str()), ("registrationNumber", "2014/187452/07")];
            let run = self.run(&request, "company_kyc", &company).await;
            orders.push(Order {
                reference: reference.clone(),
                run,
                write: true,
                again: std::mem::take(&mut self.again),
            });
            if self.chance.below(4) == 0 {
                let run = self.run(&request, "workflow_status", &[("trackingId", TRACKING_COMPLETED)]).await;
                let again = std::mem::take(&mut self.again);
                orders.push(Order { reference: reference.clone(), run, write: false, again });
            }
            // Last, since its end is the end of its request.
            if self.chance.below(2) == 0 {
                let wish = WISHES[usize::try_from(self.chance.below(WISHES.len() as u64)).unwrap()];
                let reference = format!("{reference} workflow{wish}");
                let basic = [("workflow", "basic"), ("idNumber", "8001015009087"), ("reference", &reference)];
                let run = self.run(&request, "run_workflow", &basic).await;
                orders.push(Order { reference, run, write: true, again: std::mem::take(&mut self.again) });
            }
        }
        orders
    }

    /// Makes a request; returns its address.
    async fn request(&mut self, reference: &str) -> String {
        let form = self.get("/requests/new").await;
        let channel = self.channel.clone();
        let pairs = [("_key", hidden(&form, "_key")), ("channel", channel), ("reference", reference.to_owned())];
        let made = self.post("/requests", &pairs.each_ref().map(|(name, value)| (*name, value.as_str()))).await;
        assert_eq!(made.status, 303, "{}", made.text);
        made.location
    }

    /// Runs an action; returns the run that the answer leads to, if the request is there.
    async fn run(&mut self, request: &str, action: &str, input: &[(&str, &str)]) -> Option<RunId> {
        let path = format!("{request}/actions/{action}");
        let form = self.get(&path).await;
        if form.status == 404 {
            return None;
        }
        let kept = ["_key", "_seen", "_manifest"].map(|name| (name, hidden(&form, name)));
        let kept = kept.each_ref().map(|(name, value)| (*name, value.as_str()));
        let started = self.post(&path, &[&kept[..], input].concat()).await;
        if started.status == 404 {
            return None;
        }
        assert_eq!(started.status, 303, "{action}: {}", started.text);
        Some(started.location.split_once("?run=").unwrap().1.parse().unwrap())
    }

    async fn get(&mut self, path: &str) -> Reply {
        let page = self.until_answered(path, None).await;
        assert!(matches!(page.status, 200 | 404), "{path}: {} {}", page.status, page.text);
        page
    }

    async fn post(&mut self, path: &str, pairs: &[(&str, &str)]) -> Reply {
        self.until_answered(path, Some(pairs)).await
    }

    /// Asks until there is a whole answer that is not a fault of its side.
    async fn until_answered(&mut self, path: &str, form: Option<&[(&str, &str)]>) -> Reply {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let asked = async {
                match form {
                    None => self.caller.try_get(path).await,
                    Some(pairs) => self.caller.try_post(path, pairs).await,
                }
            };
            if let Ok(Ok(reply)) = tokio::time::timeout(ANSWER, asked).await
                && reply.status < 500
            {
                return reply;
            }
            assert!(Instant::now() < deadline, "no answer for two minutes");
            self.again += 1;
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }
}

/// The value of a hidden field.
fn hidden(page: &Reply, name: &str) -> String {
    let mut found = page.every(&format!("name=\"{name}\" value=\"([^\"]*)\""));
    if found.is_empty() { String::new() } else { found.remove(0) }
}
