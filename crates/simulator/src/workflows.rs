//! Workflows that were started, and how far each has come.
//!
//! A workflow moves by being looked at, so that a test need not wait: the first status call finds its first step at
//! work, and every further call finds one step more completed.

use std::collections::{HashMap, VecDeque};

use serde_json::{Value, json};

use crate::chance::Chance;
use crate::misbehave;
use crate::people::Person;

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

struct Kind {
    id: &'static str,
    name: &'static str,
    steps: &'static [&'static str],
}

const GOLD: Kind = Kind {
    id: "ea5cf494-3caa-42ed-bf3e-fcbc80501af2",
    name: "Gold KYC",
    steps: &["DHA", "Individual KYC", "Screening", "Bank account"],
};

/// The published workflows (V3).
const KINDS: [Kind; 10] = [
    GOLD,
    Kind {
        id: "46ead40d-8bbc-4491-8ada-6e91c251de0c",
        name: "Silver KYC",
        steps: &["DHA", "Individual KYC", "Screening"],
    },
    Kind { id: "585b68cc-d4c8-4476-ab30-33beb587774e", name: "Basic KYC", steps: &["DHA", "Individual KYC"] },
    Kind { id: "64eeb01d-a9bb-46ad-861f-1551eef45984", name: "Individual KYC with PDF", steps: &["Individual KYC"] },
    Kind { id: "e9096f04-2476-435c-b638-64f7122fd448", name: "Direct screening", steps: &["Screening"] },
    Kind { id: "bcd425e5-345c-4e98-9638-14afffe541f2", name: "DHA with photo", steps: &["DHA"] },
    Kind { id: "47d843d3-72f0-4d96-ae83-c19e0f99d58c", name: "Credit check", steps: &["Credit check"] },
    Kind { id: "337944e4-1a9c-4c02-a9af-05badb381cfd", name: "Consumer trace", steps: &["Consumer trace"] },
    Kind { id: "582334b0-fb4e-46f0-8842-fe1d6818ab76", name: "Bank account validation", steps: &["Bank account"] },
    Kind { id: "3f5bee2d-5c25-434e-a0b0-30855f799eaf", name: "Eagle Eye", steps: &["Credit pre-assessment"] },
];

/// A workflow that is not published but has a well-formed ID: somebody's own.
const OWN: Kind = Kind { id: "", name: "Own workflow", steps: &["Step 1"] };

fn kind(id: &str) -> &'static Kind {
    KINDS.iter().find(|kind| kind.id.eq_ignore_ascii_case(id)).unwrap_or(&OWN)
}

/// The name of the workflow with this ID.
pub(crate) fn name(id: &str) -> &'static str {
    kind(id).name
}

/// What becomes of a workflow in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Completes,
    /// `sim:workflow-fails`: its last step fails.
    Fails,
    /// `sim:workflow-sticks`: its last step never ends.
    Sticks,
    /// Its status is `Parked`.
    Parks,
}

impl Ending {
    /// Reads the word of a marker.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            "workflow-fails" => Some(Self::Fails),
            "workflow-sticks" => Some(Self::Sticks),
            _ => None,
        }
    }
}

/// One started workflow.
struct Started {
    workflow_id: String,
    person: Person,
    ending: Ending,
    polls: usize,
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
            let started = Started { workflow_id: GOLD.id.to_owned(), person, ending, polls: GOLD.steps.len() };
            (tracking.to_owned(), started)
        });
        Self { seed, count: 0, started: started.collect(), order: VecDeque::new() }
    }

    /// Starts a workflow and returns its tracking ID, which follows from the seed and a counter.
    pub(crate) fn start(&mut self, workflow_id: &str, pairs: &[Pair]) -> String {
        self.count += 1;
        let mut chance = Chance::of(self.seed, &["workflow", &self.count.to_string()]);
        let tracking = chance.uuid().to_string();
        let mut person = Person::invent(&mut chance, 1960, 40);
        for (name, field) in [
            ("IDNumber", &mut person.id_number),
            ("FirstName", &mut person.first_name),
            ("LastName", &mut person.surname),
        ] {
            if let Some(given) = Pair::find(pairs, name) {
                given.clone_into(field);
            }
        }
        let marker = Pair::reference(pairs).and_then(misbehave::marked);
        let ending = marker.and_then(|word| Ending::parse(&word)).unwrap_or(Ending::Completes);
        if self.order.len() == KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.started.remove(&oldest);
        }
        self.order.push_back(tracking.clone());
        self.started
            .insert(tracking.clone(), Started { workflow_id: workflow_id.to_owned(), person, ending, polls: 0 });
        tracking
    }

    /// Looks at a workflow, which moves it on. `None` for a tracking ID that nobody was given.
    pub(crate) fn look(&mut self, tracking: &str) -> Option<Value> {
        let started = self.started.get_mut(tracking)?;
        let status = started.status(tracking);
        started.polls = started.polls.saturating_add(1);
        Some(status)
    }
}

impl Started {
    fn status(&self, tracking: &str) -> Value {
        let kind = kind(&self.workflow_id);
        let last = kind.steps.len() - 1;
        let ended = self.polls > last;
        let done = match self.ending {
            Ending::Completes | Ending::Fails => self.polls,
            Ending::Sticks | Ending::Parks => self.polls.min(last),
        };
        let status = match self.ending {
            Ending::Parks => "Parked",
            Ending::Completes if ended => "Completed",
            Ending::Fails if ended => "Failed",
            _ => "Processing",
        };
        let steps = kind.steps.iter().enumerate().map(|(index, name)| {
            let failed = self.ending == Ending::Fails && index == last;
            let (word, result) = match index {
                _ if index < done && failed => ("Failed", json!({ "Message": "The source did not answer" })),
                _ if index < done => ("Completed", self.result(name)),
                _ if index == done => ("Processing", Value::Null),
                _ => ("Pending", Value::Null),
            };
            json!({ "name": name, "status": word, "result": result })
        });
        json!({
            "trackingId": tracking,
            "workflowId": self.workflow_id,
            "workflow": kind.name,
            "status": status,
            "steps": steps.collect::<Vec<_>>(),
        })
    }

    fn result(&self, step: &str) -> Value {
        let Person { first_name, surname, id_number } = &self.person;
        match step {
            "DHA" => {
                json!({ "IDNumber": id_number, "FirstName": first_name, "Surname": surname, "LifeStatus": "Alive" })
            }
            "Individual KYC" => {
                json!({ "IDNumber": id_number, "Surname": surname, "AddressMatch": true, "Sources": 3 })
            }
            "Screening" => json!({ "Matches": [], "Outcome": "No match" }),
            "Bank account" => json!({ "AccountFound": true, "AccountOpen": true, "IDNumberMatch": true }),
            "Credit check" | "Credit pre-assessment" => json!({ "Score": 642, "Band": "Average", "Defaults": 0 }),
            _ => json!({ "Outcome": "Done" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statuses(workflows: &mut Workflows, tracking: &str, looks: usize) -> Vec<String> {
        (0..looks).map(|_| workflows.look(tracking).unwrap()["status"].as_str().unwrap().to_owned()).collect()
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
        let mut workflows = Workflows::new(1);
        let tracking = workflows.start("585b68cc-d4c8-4476-ab30-33beb587774e", &pairs("Naidoo"));
        let first = workflows.look(&tracking).unwrap();
        assert_eq!(first["workflow"], "Basic KYC");
        assert_eq!(first["steps"][0]["status"], "Processing");
        assert_eq!(first["steps"][1], json!({ "name": "Individual KYC", "status": "Pending", "result": null }));
        let second = workflows.look(&tracking).unwrap();
        assert_eq!(second["steps"][0]["status"], "Completed");
        assert_eq!(second["steps"][0]["result"]["IDNumber"], "8001015009087");
        assert_eq!(second["steps"][1]["status"], "Processing");
        assert_eq!(statuses(&mut workflows, &tracking, 2), ["Completed", "Completed"]);
    }

    #[test]
    fn markers_make_a_workflow_fail_or_stick() {
        let mut workflows = Workflows::new(1);
        let id = "bcd425e5-345c-4e98-9638-14afffe541f2";
        let fails = workflows.start(id, &pairs("sim:workflow-fails"));
        assert_eq!(statuses(&mut workflows, &fails, 3), ["Processing", "Failed", "Failed"]);
        let sticks = workflows.start(id, &pairs("sim:workflow-sticks"));
        assert_eq!(statuses(&mut workflows, &sticks, 3), ["Processing", "Processing", "Processing"]);
    }

    #[test]
    fn the_documented_tracking_ids_say_the_same_at_every_look() {
        let mut workflows = Workflows::new(1);
        for (tracking, word) in [
            (TRACKING_PROCESSING, "Processing"),
            (TRACKING_COMPLETED, "Completed"),
            (TRACKING_FAILED, "Failed"),
            (TRACKING_UNKNOWN_WORD, "Parked"),
        ] {
            assert_eq!(workflows.look(tracking).unwrap()["status"], word);
            assert_eq!(workflows.look(tracking), workflows.look(tracking));
        }
    }

    #[test]
    fn old_workflows_make_room() {
        let mut workflows = Workflows::new(1);
        let first = workflows.start("any", &[]);
        for _ in 0..KEPT {
            workflows.start("any", &[]);
        }
        assert_eq!(workflows.look(&first), None);
        assert_eq!(workflows.started.len(), KEPT + 4);
    }
}
