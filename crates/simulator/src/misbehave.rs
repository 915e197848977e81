//! Which misbehaviour is due: by a marker in the reference, or by a plan made through `/_simulator/misbehave`.
//!
//! Words that are a wish for an ending instead (see [`crate::wishes`]) are handed on to the service.
//!
//! To add one: a variant of [`Kind`], its word in [`Kind::parse`], how it is played in `routes/watch.rs`, and a row in
//! the table of the crate's documentation.

use std::collections::VecDeque;
use std::time::Duration;

use crate::wishes::Wish;

/// What comes before the word in a reference.
const MARKER: &str = "sim:";
/// The longest delay.
const SLOWEST: Duration = Duration::from_mins(10);
/// How many plans, and how many references that were refused once, are remembered.
const KEPT: usize = 1_000;

/// A way of not doing what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Timeout,
    HangUp,
    Status500,
    ErrorIn200,
    Malformed,
    Truncated,
    Slow(Duration),
    Unauthorised,
    UnauthorisedOnce,
    TooMany,
    Redirect,
    /// To the simulator again, by its whole address.
    RedirectLoopback,
    /// To the address where clouds keep the secrets of a machine.
    RedirectMetadata,
    /// To an address of somebody's own network.
    RedirectPrivate,
    /// An answer of 50 MB.
    Huge,
    /// An answer that never ends, a byte at a time.
    Drip,
    /// What a pre-signed link answers when its time is over.
    ExpiredLink,
}

impl Kind {
    /// Reads a word such as `timeout` or `slow=2s`, in any case.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        Some(match word.as_str() {
            "timeout" => Self::Timeout,
            "hang-up" => Self::HangUp,
            "500" => Self::Status500,
            "error-in-200" => Self::ErrorIn200,
            "malformed" => Self::Malformed,
            "truncated" => Self::Truncated,
            "401" => Self::Unauthorised,
            "401-once" => Self::UnauthorisedOnce,
            "429" => Self::TooMany,
            "redirect" => Self::Redirect,
            "redirect-loopback" => Self::RedirectLoopback,
            "redirect-metadata" => Self::RedirectMetadata,
            "redirect-private" => Self::RedirectPrivate,
            "huge" => Self::Huge,
            "drip" => Self::Drip,
            "expired-link" => Self::ExpiredLink,
            other => Self::Slow(delay(other.strip_prefix("slow=")?)?),
        })
    }
}

/// `2s` or `500ms`, at most [`SLOWEST`].
fn delay(text: &str) -> Option<Duration> {
    let delay = match text.strip_suffix("ms") {
        Some(number) => Duration::from_millis(number.parse().ok()?),
        None => Duration::from_secs(text.strip_suffix('s')?.parse().ok()?),
    };
    (delay <= SLOWEST).then_some(delay)
}

/// The words after each `sim:` in a text, in lower case; a word ends at white space, a comma, a semicolon or a bracket.
pub(crate) fn markers(text: &str) -> Vec<String> {
    let lower = text.to_ascii_lowercase();
    let words = lower.split(MARKER).skip(1);
    words
        .filter_map(|rest| rest.split(|c: char| c.is_whitespace() || ",;)]".contains(c)).next())
        .map(str::to_owned)
        .collect()
}

/// A misbehaviour for requests to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// The whole reference or tracking ID.
    pub(crate) reference: Option<String>,
    /// The beginning of the path.
    pub(crate) path: Option<String>,
    pub(crate) due: Due,
    /// How often it is still to be played.
    pub(crate) times: u32,
}

impl Plan {
    fn fits(&self, path: &str, reference: Option<&str>) -> bool {
        self.reference.as_deref().is_none_or(|wanted| Some(wanted) == reference)
            && self.path.as_deref().is_none_or(|beginning| path.starts_with(beginning))
    }
}

/// What is due for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Nothing: answer properly.
    Nothing,
    /// This, ordered by that word.
    Misbehaviour(Kind, String),
    /// A proper answer with this ending, ordered by that word.
    Wish(Wish, String),
    /// The reference has a marker that means nothing; its author should hear of it.
    UnknownMarker(String),
}

impl Due {
    /// What a plan may order by this word.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        match (Kind::parse(&word), Wish::parse(&word)) {
            (Some(kind), _) => Some(Self::Misbehaviour(kind, word)),
            (None, Some(wish)) => Some(Self::Wish(wish, word)),
            (None, None) => None,
        }
    }
}

/// All that is planned, and which references had their one refusal.
#[derive(Default)]
pub(crate) struct Plans {
    plans: Vec<Plan>,
    refused: VecDeque<String>,
}

impl Plans {
    /// Adds a plan. False if too many are open already.
    pub(crate) fn add(&mut self, plan: Plan) -> bool {
        let room = self.plans.len() < KEPT;
        if room {
            self.plans.push(plan);
        }
        room
    }

    /// What is due for this request. Plans come before markers, oldest first, and are used up by it.
    pub(crate) fn due(&mut self, path: &str, reference: Option<&str>) -> Due {
        if let Some(index) = self.plans.iter().position(|plan| plan.fits(path, reference)) {
            let plan = &mut self.plans[index];
            plan.times = plan.times.saturating_sub(1);
            let due = plan.due.clone();
            if plan.times == 0 {
                self.plans.remove(index);
            }
            return due;
        }
        let Some(reference) = reference else { return Due::Nothing };
        for word in markers(reference) {
            match Kind::parse(&word) {
                Some(Kind::UnauthorisedOnce) if !self.refuses_now(reference) => {}
                Some(kind) => return Due::Misbehaviour(kind, word),
                None if Wish::parse(&word).is_some() => {}
                None => return Due::UnknownMarker(word),
            }
        }
        Due::Nothing
    }

    /// True for the first request with this reference.
    fn refuses_now(&mut self, reference: &str) -> bool {
        if self.refused.iter().any(|known| known == reference) {
            return false;
        }
        if self.refused.len() == KEPT {
            self.refused.pop_front();
        }
        self.refused.push_back(reference.to_owned());
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(reference: Option<&str>, path: Option<&str>, times: u32) -> Plan {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Plan { reference: own(reference), path: own(path), due: Due::parse("500").unwrap(), times }
    }

    #[test]
    fn a_marker_is_found_anywhere_in_a_reference_and_in_any_case() {
        assert_eq!(markers("Naidoo sim:timeout"), ["timeout"]);
        assert_eq!(markers("(SIM:Slow=2s) Naidoo"), ["slow=2s"]);
        assert_eq!(markers("sim:hits, Naidoo sim:500"), ["hits", "500"]);
        assert!(markers("Simon Naidoo").is_empty());
    }

    #[test]
    fn delays_are_read_in_seconds_and_milliseconds_and_have_a_limit() {
        assert_eq!(Kind::parse("slow=2s"), Some(Kind::Slow(Duration::from_secs(2))));
        assert_eq!(Kind::parse("slow=50ms"), Some(Kind::Slow(Duration::from_millis(50))));
        for word in ["slow", "slow=", "slow=2", "slow=-1s", "slow=601s", "slow=99999999999999999999s"] {
            assert_eq!(Kind::parse(word), None, "{word}");
        }
    }

    #[test]
    fn a_plan_is_played_as_often_as_it_says_and_only_where_it_fits() {
        let mut plans = Plans::default();
        assert!(plans.add(plan(Some("Naidoo"), Some("/library"), 2)));
        assert_eq!(plans.due("/library/api/v3", Some("Pillay")), Due::Nothing);
        assert_eq!(plans.due("/core/api", Some("Naidoo")), Due::Nothing);
        let due = Due::Misbehaviour(Kind::Status500, "500".to_owned());
        assert_eq!(plans.due("/library/api/v3", Some("Naidoo")), due);
        assert_eq!(plans.due("/library/api/v3", Some("Naidoo")), due);
        assert_eq!(plans.due("/library/api/v3", Some("Naidoo")), Due::Nothing);
    }

    #[test]
    fn the_refusal_for_once_comes_once_per_reference() {
        let mut plans = Plans::default();
        let due = Due::Misbehaviour(Kind::UnauthorisedOnce, "401-once".to_owned());
        assert_eq!(plans.due("/", Some("a sim:401-once")), due);
        assert_eq!(plans.due("/", Some("a sim:401-once")), Due::Nothing);
        assert_eq!(plans.due("/", Some("b sim:401-once")), due);
    }

    #[test]
    fn a_misspelt_marker_is_reported_and_a_wish_is_left_to_the_service() {
        let mut plans = Plans::default();
        assert_eq!(plans.due("/", Some("sim:timout")), Due::UnknownMarker("timout".to_owned()));
        assert_eq!(plans.due("/", Some("sim:workflow-fails")), Due::Nothing);
        let kind = Due::Misbehaviour(Kind::Status500, "500".to_owned());
        assert_eq!(plans.due("/", Some("sim:workflow-fails sim:500")), kind);
    }
}
