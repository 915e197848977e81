//! How a state looks: its tone, its icon and its word are chosen here and nowhere else.

use std::borrow::Cow;
use std::fmt;

use askama::Template;
use askama::filters::HtmlSafe;
use dossier_domain::{RequestStatus, RunState, Verdict};

use super::Moment;
use super::icon::{Icon, icon};

/// The family of colours of a state (`data-tone` in the stylesheet). It repeats what icon and word say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Grey: nothing to do about it.
    Calm,
    /// Blue: under way.
    Info,
    /// Green: a rule knows that it is well.
    Good,
    /// Yellow: in progress, or somebody has to look.
    Warn,
    /// Orange: nobody knows, or too late.
    Alert,
    /// Red: it failed or was refused.
    Bad,
}

impl fmt::Display for Tone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Calm => "calm",
            Self::Info => "info",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Alert => "alert",
            Self::Bad => "bad",
        })
    }
}

impl HtmlSafe for Tone {}

/// How a state looks where it is no pill: its tone, its icon and its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// The family of colours.
    pub tone: Tone,
    /// The picture.
    pub icon: Icon,
    /// The word.
    pub word: &'static str,
}

/// The requests that ask for a person.
pub const ATTENTION: Look = Look { tone: Tone::Alert, icon: icon("overdue"), word: "Needs attention" };

/// How a status looks among the counts of a list.
pub fn status_look(status: RequestStatus) -> Look {
    let (tone, name, word) = match status {
        RequestStatus::Draft => (Tone::Calm, "draft", "Draft"),
        RequestStatus::Pending => (Tone::Warn, "pending", "Pending"),
        RequestStatus::Completed => (Tone::Good, "completed", "Completed"),
        RequestStatus::Failed => (Tone::Bad, "failed", "Failed"),
        RequestStatus::Cancelled => (Tone::Calm, "cancelled", "Cancelled"),
    };
    Look { tone, icon: icon(name), word }
}

/// The status of a request: round, with an edge.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(ext = "html", source = r#"<span class="pill" data-tone="{{ tone }}">{{ icon }}{{ word }}</span>"#)]
pub struct Pill {
    tone: Tone,
    icon: Icon,
    word: &'static str,
}

impl HtmlSafe for Pill {}

/// How a status looks.
pub fn status(status: RequestStatus) -> Pill {
    let Look { tone, icon, word } = status_look(status);
    Pill { tone, icon, word }
}

/// A verdict, a flag or the answer to a call: square, without an edge.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(
    ext = "html",
    source = r#"<span class="badge" data-tone="{{ tone }}"{% if word.len() > 32 %} data-kind="long"{% endif %}>{% if let Some(icon) = icon %}{{ icon }}{% endif %}<bdi>{{ word }}</bdi></span>"#
)]
pub struct Badge {
    tone: Tone,
    icon: Option<Icon>,
    word: Cow<'static, str>,
}

impl HtmlSafe for Badge {}

impl Badge {
    /// A badge without an icon.
    pub(super) fn plain(tone: Tone, word: impl Into<Cow<'static, str>>) -> Self {
        Self { tone, icon: None, word: word.into() }
    }

    /// A badge that asks for somebody.
    pub(super) fn flag(tone: Tone, icon: Icon, word: &'static str) -> Self {
        Self { tone, icon: Some(icon), word: word.into() }
    }
}

/// Its family of colours.
pub fn verdict_tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Pass => Tone::Good,
        Verdict::Review => Tone::Warn,
        Verdict::Fail => Tone::Bad,
        Verdict::None => Tone::Calm,
    }
}

/// What a provider concluded about a request, in our word; nothing when it concluded nothing.
pub fn verdict(verdict: Verdict) -> Option<Badge> {
    Some(Badge::plain(verdict_tone(verdict), verdict_word(verdict)?))
}

/// The word for it.
pub fn verdict_word(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Pass => Some("Pass"),
        Verdict::Review => Some("Review"),
        Verdict::Fail => Some("Fail"),
        Verdict::None => None,
    }
}

/// A provider's own word, in the tone of the verdict that the manifest gives it; grey when it knows none.
pub fn badge(verdict: Verdict, word: impl Into<String>) -> Badge {
    Badge::plain(verdict_tone(verdict), word.into())
}

/// The flag of a request whose run needs somebody (LIST-2): overdue or unknown; nothing in any other state.
pub fn attention(state: RunState) -> Option<Badge> {
    match state {
        RunState::Overdue => Some(Badge::flag(Tone::Alert, icon("overdue"), "Overdue")),
        RunState::Unknown => Some(Badge::flag(Tone::Alert, icon("unknown"), "Outcome unknown")),
        _ => None,
    }
}

/// How a run stands: an icon and words without a box, so that seventeen of them stay quiet.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(
    ext = "html",
    source = r#"<span class="state" data-tone="{{ tone }}"><b>{{ icon }}{% if let Some((href, of)) = run %}<a href="{{ href }}" aria-label="{{ word }}: run of {{ of }}">{{ word }}</a>{% else %}{{ word }}{% endif %}</b>{% if let Some(at) = at %} {{ at }}{% endif %}{% match said %}{% when Some(Said::Quoted(words)) %} <q><bdi>{{ words }}</bdi></q>{% when Some(Said::Own(words)) %} <span class="said">{{ words }}</span>{% when None %}{% endmatch %}</span>"#
)]
pub struct State {
    tone: Tone,
    icon: Icon,
    word: &'static str,
    at: Option<Moment>,
    said: Option<Said>,
    /// Where the run has its page, and the name of its action.
    run: Option<(String, String)>,
}

impl State {
    /// The same, leading to the page of the run, which is one of the action `of`.
    #[must_use]
    pub fn leading_to(self, href: impl Into<String>, of: impl Into<String>) -> Self {
        Self { run: Some((href.into(), of.into())), ..self }
    }
}

/// The words that came with a run's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// The provider's own.
    Quoted(String),
    /// Ours, as a whole sentence.
    Own(String),
}

impl HtmlSafe for State {}

/// How a run stands since `at`, with the words that came with it.
pub fn run(state: RunState, at: Option<Moment>, said: Option<Said>) -> State {
    let (tone, name, word) = match state {
        RunState::Queued => (Tone::Calm, "queued", "Queued"),
        RunState::Running => (Tone::Info, "running", "Running"),
        RunState::Waiting => (Tone::Info, "waiting", "Waiting"),
        RunState::Succeeded => (Tone::Good, "succeeded", "Succeeded"),
        RunState::Failed => (Tone::Bad, "refused", "Failed"),
        RunState::Overdue => (Tone::Alert, "overdue", "Overdue"),
        RunState::Unknown => (Tone::Alert, "unknown", "Outcome unknown"),
        RunState::Cancelled => (Tone::Calm, "cancelled", "Cancelled"),
    };
    State { tone, icon: icon(name), word, at, said, run: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Colour never tells alone: no two states share icon and word.
    #[test]
    fn every_state_has_an_icon_and_a_word_of_its_own() {
        let runs: Vec<_> = RunState::ALL.iter().map(|&s| run(s, None, None)).collect();
        for (n, one) in runs.iter().enumerate() {
            assert!(runs[n + 1..].iter().all(|other| other.word != one.word && other.icon != one.icon), "{}", one.word);
        }
        let pills: Vec<_> = RequestStatus::ALL.iter().map(|&s| status(s)).collect();
        for (n, one) in pills.iter().enumerate() {
            assert!(
                pills[n + 1..].iter().all(|other| other.word != one.word && other.icon != one.icon),
                "{}",
                one.word
            );
        }
    }

    /// STATUS-6
    #[test]
    fn green_is_earned_only_by_a_verdict_that_passes() {
        for &word in Verdict::ALL {
            assert_eq!(badge(word, "APPROVED").tone == Tone::Good, word == Verdict::Pass, "{word}");
        }
        assert_eq!(verdict(Verdict::None), None);
    }

    /// LIST-2
    #[test]
    fn only_overdue_and_unknown_runs_ask_for_attention() {
        let flagged: Vec<_> = RunState::ALL.iter().filter(|&&s| attention(s).is_some()).collect();
        assert_eq!(flagged, [&RunState::Overdue, &RunState::Unknown]);
    }
}
