//! Workflows that were started, and how far each has come.
//!
//! A workflow moves by being looked at, so that a test need not wait: the first status call finds its first step at
//! work, and every further call finds one step more completed. At a pace they are looked at without a call too.

use std::collections::{HashMap, VecDeque};

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::catalogue::{GOLD, kind};
use crate::chance::Chance;
use crate::links::Links;
use crate::people::Person;
use crate::steps::Desk;
use crate::wishes::{Wish, Wishes};

/// A tracking ID that is known from the start and stays `Processing`.
pub const TRACKING_PROCESSING: &str = "51000000-0000-4000-8000-000000000001";
/// A tracking ID that is known from the start and is `Completed`.
pub const TRACKING_COMPLETED: &str = "51000000-0000-4000-8000-000000000002";
/// A tracking ID that is known from the start and is `Failed`: its last step failed.
pub const TRACKING_FAILED: &str = "51000000-0000-4000-8000-000000000003";
/// A tracking ID that is known from the start and whose status is a word that nobody documented: `Parked`.
pub const TRACKING_UNKNOWN_WORD: &str = "51000000-0000-4000-8000-000000000004";

/// How many started workflows are remembered; older ones go.
const KEPT: usize = 10_000;

/// What becomes of a workflow in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Completes,
    /// `sim:workflow-fails`: its last step fails.
    Fails,
    /// `sim:workflow-sticks`: its last step never ends.
    Sticks,
    /// `sim:unknown-status`: its status is `Parked`.
    Parks,
}

impl Ending {
    fn of(wishes: &Wishes) -> Self {
        let words = [
            (Wish::WorkflowFails, Self::Fails),
            (Wish::WorkflowSticks, Self::Sticks),
            (Wish::UnknownStatus, Self::Parks),
        ];
        words.into_iter().find_map(|(wish, ending)| wishes.has(wish).then_some(ending)).unwrap_or(Self::Completes)
    }
}

/// How a workflow that was started stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workflow {
    /// Its tracking ID.
    pub tracking: String,
    /// What whoever started it knows it by: its `Reference` or `ExternalReference`.
    pub reference: Option<String>,
    /// As the last look at it found it: `Processing`, `Completed`, `Failed` or `Parked`.
    pub status: &'static str,
}

/// One started workflow.
struct Started {
    workflow_id: String,
    person: Person,
    pairs: Vec<Pair>,
    wishes: Wishes,
    ending: Ending,
    polls: usize,
}

/// What a look at a workflow found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The answer.
    pub(crate) status: Value,
    /// What has changed since the look before, if anything.
    pub(crate) news: Option<News>,
}

/// A change that is told to whoever wants to be called back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct News {
    pub(crate) workflow_id: String,
    pub(crate) status: &'static str,
    /// How many steps are done.
    pub(crate) done: usize,
    /// Whether nothing will follow.
    pub(crate) last: bool,
}

/// One pair of a workflow's body.
#[derive(Clone, Debug, serde::Deserialize)]
pub(crate) struct Pair {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) value: Value,
}

impl Pair {
    /// The text of the first pair of this name.
    pub(crate) fn find<'a>(pairs: &'a [Self], name: &str) -> Option<&'a str> {
        pairs.iter().find(|pair| pair.name == name)?.value.as_str()
    }

    /// What the caller knows the workflow by.
    pub(crate) fn reference(pairs: &[Self]) -> Option<&str> {
        Self::find(pairs, "Reference").or_else(|| Self::find(pairs, "ExternalReference"))
    }
}

/// All workflows that were started.
pub(crate) struct Workflows {
    seed: u64,
    count: u64,
    started: HashMap<String, Started>,
    order: VecDeque<String>,
}

impl Workflows {
    /// None but those with the documented tracking IDs.
    pub(crate) fn new(seed: u64) -> Self {
        let known = [
            (TRACKING_PROCESSING, Ending::Sticks),
            (TRACKING_COMPLETED, Ending::Completes),
            (TRACKING_FAILED, Ending::Fails),
            (TRACKING_UNKNOWN_WORD, Ending::Parks),
        ];
        let started = known.into_iter().map(|(tracking, ending)| {
            let person = Person::invent(&mut Chance::of(seed, &["workflow", tracking]), 1960, 40);
            // They have come as far as they ever will, so that every look at them finds the same.
            let started = Started {
                workflow_id: GOLD.id.to_owned(),
                person,
                pairs: Vec::new(),
                wishes: Wishes::of("sim:no-hits"),
                ending,
                polls: GOLD.steps.len() + 1,
            };
            (tracking.to_owned(), started)
        });
        Self { seed, count: 0, started: started.collect(), order: VecDeque::new() }
    }

    /// Starts a workflow and returns its tracking ID, which follows from the seed and a counter.
    pub(crate) fn start(&mut self, workflow_id: &str, pairs: Vec<Pair>, wishes: &Wishes) -> String {
        self.count += 1;
        let mut chance = Chance::of(self.seed, &["workflow", &self.count.to_string()]);
        let tracking = chance.uuid().to_string();
        let mut person = Person::invent(&mut chance, 1960, 40);
        if let Some(number) = Pair::find(&pairs, "IDNumber") {
            person = Person::of_id(self.seed, number);
        }
        for (name, field) in [("FirstName", &mut person.first_name), ("LastName", &mut person.surname)] {
            if let Some(given) = Pair::find(&pairs, name) {
                given.clone_into(field);
            }
        }
        if self.order.len() == KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.started.remove(&oldest);
        }
        self.order.push_back(tracking.clone());
        let (workflow_id, ending) = (workflow_id.to_owned(), Ending::of(wishes));
        let started = Started { workflow_id, person, pairs, wishes: wishes.clone(), ending, polls: 0 };
        self.started.insert(tracking.clone(), started);
        tracking
    }

    /// Looks at a workflow, which moves it on. `None` for a tracking ID that nobody was given.
    pub(crate) fn look(&mut self, tracking: &str, links: &mut Links, now: OffsetDateTime) -> Option<Seen> {
        let started = self.started.get_mut(tracking)?;
        let desk = Desk { seed: self.seed, tracking, links, now };
        let seen = Seen { status: started.status(desk), news: started.news() };
        started.polls = started.polls.saturating_add(1);
        Some(seen)
    }

    /// Those that were started, oldest first.
    pub(crate) fn list(&self) -> impl Iterator<Item = Workflow> {
        self.in_order().map(|(tracking, started)| Workflow {
            tracking: tracking.clone(),
            reference: Pair::reference(&started.pairs).map(str::to_owned),
            status: started.word(started.polls.saturating_sub(1)),
        })
    }

    /// The tracking IDs of those of which the next look would find something new.
    pub(crate) fn under_way(&self) -> Vec<String> {
        let moving = self.in_order().filter(|(_, started)| started.news().is_some());
        moving.map(|(tracking, _)| tracking.clone()).collect()
    }

    fn in_order(&self) -> impl Iterator<Item = (&String, &Started)> {
        self.order.iter().filter_map(|tracking| self.started.get_key_value(tracking))
    }
}

impl Started {
    fn steps(&self) -> &'static [&'static str] {
        kind(&self.workflow_id).steps
    }

    /// How many steps are done after so many looks.
    fn done(&self, polls: usize) -> usize {
        let last = self.steps().len() - 1;
        match self.ending {
            Ending::Completes | Ending::Fails => polls.min(last + 1),
            Ending::Sticks | Ending::Parks => polls.min(last),
        }
    }

    fn word(&self, polls: usize) -> &'static str {
        let ended = polls >= self.steps().len();
        match self.ending {
            Ending::Parks => "Parked",
            Ending::Completes if ended => "Completed",
            Ending::Fails if ended => "Failed",
            _ => "Processing",
        }
    }

    fn news(&self) -> Option<News> {
        let status = self.word(self.polls);
        let done = self.done(self.polls);
        let before = self.polls.checked_sub(1).map(|polls| (self.word(polls), self.done(polls)));
        (before != Some((status, done))).then(|| News {
            workflow_id: self.workflow_id.clone(),
            status,
            done,
            last: ["Completed", "Failed"].contains(&status),
        })
    }

    fn status(&self, mut desk: Desk<'_>) -> Value {
        let done = self.done(self.polls);
        let mut steps = Vec::new();
        for (index, name) in self.steps().iter().enumerate() {
            let failed = self.ending == Ending::Fails && index + 1 == self.steps().len();
            let (word, result) = match index {
                _ if index < done && failed => ("Failed", json!({ "Message": "The source did not answer" })),
                _ if index < done => ("Completed", desk.result(name, &self.person, &self.pairs, &self.wishes)),
                _ if index == done => ("Processing", Value::Null),
                _ => ("Pending", Value::Null),
            };
            steps.push(json!({ "name": name, "status": word, "result": result }));
        }
        json!({
            "trackingId": desk.tracking,
            "workflowId": self.workflow_id,
            "workflow": kind(&self.workflow_id).name,
            "status": self.word(self.polls),
            "steps": steps,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::clock::START;

    /// Workflows and their links, looked at together.
    struct Room(Workflows, Links);

    impl Room {
        fn new() -> Self {
            Self(Workflows::new(1), Links::new(1, String::new()))
        }

        fn start(&mut self, id: &str, reference: &str) -> String {
            self.0.start(id, pairs(reference), &Wishes::of(reference))
        }

        fn look(&mut self, tracking: &str) -> Value {
            self.0.look(tracking, &mut self.1, START).unwrap().status
        }

        fn statuses(&mut self, tracking: &str, looks: usize) -> Vec<String> {
            (0..looks).map(|_| self.look(tracking)["status"].as_str().unwrap().to_owned()).collect()
        }
    }

    fn pairs(reference: &str) -> Vec<Pair> {
        serde_json::from_value(json!([
            { "name": "IDNumber", "value": "8001015009087" },
            { "name": "Reference", "value": reference },
            { "name": "VendorID", "value": null },
        ]))
        .unwrap()
    }

    #[test]
    fn a_workflow_completes_one_step_with_every_look() {
        let mut room = Room::new();
        let tracking = room.start("585b68cc-d4c8-4476-ab30-33beb587774e", "Naidoo");
        let first = room.look(&tracking);
        assert_eq!(first["workflow"], "Basic KYC");
        assert_eq!(first["steps"][0]["status"], "Processing");
        assert_eq!(first["steps"][1], json!({ "name": "Individual KYC", "status": "Pending", "result": null }));
        let second = room.look(&tracking);
        assert_eq!(second["steps"][0]["status"], "Completed");
        assert_eq!(second["steps"][0]["result"]["IDNumber"], "8001015009087");
        assert_eq!(second["steps"][1]["status"], "Processing");
        assert_eq!(room.statuses(&tracking, 2), ["Completed", "Completed"]);
    }

    #[test]
    fn markers_make_a_workflow_fail_stick_or_park() {
        let mut room = Room::new();
        let id = "bcd425e5-345c-4e98-9638-14afffe541f2";
        let fails = room.start(id, "sim:workflow-fails");
        assert_eq!(room.statuses(&fails, 3), ["Processing", "Failed", "Failed"]);
        let sticks = room.start(id, "sim:workflow-sticks");
        assert_eq!(room.statuses(&sticks, 3), ["Processing", "Processing", "Processing"]);
        let parks = room.start(id, "sim:unknown-status");
        assert_eq!(room.statuses(&parks, 2), ["Parked", "Parked"]);
    }

    #[test]
    fn the_documented_tracking_ids_say_the_same_at_every_look() {
        let mut room = Room::new();
        for (tracking, word) in [
            (TRACKING_PROCESSING, "Processing"),
            (TRACKING_COMPLETED, "Completed"),
            (TRACKING_FAILED, "Failed"),
            (TRACKING_UNKNOWN_WORD, "Parked"),
        ] {
            let first = room.look(tracking);
            assert_eq!(first["status"], word);
            assert_eq!(first, room.look(tracking));
        }
    }

    #[test]
    fn there_is_news_where_something_changed_and_nowhere_else() {
        let Room(mut workflows, mut links) = Room::new();
        let tracking = workflows.start("bcd425e5-345c-4e98-9638-14afffe541f2", Vec::new(), &Wishes::default());
        let mut news =
            || workflows.look(&tracking, &mut links, START).unwrap().news.map(|news| (news.status, news.last));
        assert_eq!(news(), Some(("Processing", false)));
        assert_eq!(news(), Some(("Completed", true)));
        assert_eq!(news(), None);
    }

    #[test]
    fn old_workflows_make_room() {
        let Room(mut workflows, mut links) = Room::new();
        let first = workflows.start("any", Vec::new(), &Wishes::default());
        for _ in 0..KEPT {
            workflows.start("any", Vec::new(), &Wishes::default());
        }
        assert_eq!(workflows.look(&first, &mut links, START), None);
        assert_eq!(workflows.started.len(), KEPT + 4);
    }
}
