//! One run: what is known of it, what that means, and what can be done now.

use askama::Template;

use super::{Badge, Banner, Choice, Control, Field, Link, Moment, Problem, Problems, Said, Shell, State};

/// `GET /requests/{request}/runs/{run}`, and a refused `POST` of one of its forms.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/run.html")]
pub struct RunPage {
    /// What stands around it.
    pub shell: Shell,
    /// Where the request is: `/requests/{id}`.
    pub request_href: String,
    /// The request's reference.
    pub reference: String,
    /// Where the run is; its forms are sent to addresses below.
    pub href: String,
    /// The action's name.
    pub action: String,
    /// When it was asked for.
    pub asked: Moment,
    /// How the run stands, from [`super::run`].
    pub state: State,
    /// What that means, and what can be done now.
    pub means: Banner,
    /// What came with the state: the provider's words, or ours.
    pub said: Option<Said>,
    /// The form that stands on the page, or why there is none where others find one.
    pub remedy: Remedy,
    /// Why nothing was changed, when no field can mend it.
    pub refusal: Option<Problems>,
    /// What is known, as labels and values.
    pub facts: Vec<(&'static str, Fact)>,
    /// Where its results and calls are.
    pub links: Vec<Link>,
    /// Whom it asked: `InTouch`.
    pub provider: String,
    /// What was sent about it last, newest first.
    pub callbacks: Vec<CallbackRow>,
    /// Whether more had come before.
    pub more: bool,
    /// What happened, in the order of time.
    pub story: Vec<StoryStep>,
    /// Where all calls are, when only the last are told.
    pub story_cut: Option<String>,
    /// Seconds after which the page looks again, while it is queued or running.
    pub refresh: Option<u32>,
}

/// Something that happened to a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryStep {
    /// When, from [`super::exact`].
    pub at: Moment,
    /// What, as a sentence.
    pub text: String,
    /// What came back of a call.
    pub badge: Option<Badge>,
    /// How long that took.
    pub detail: Option<String>,
    /// Where there is more of it.
    pub link: Option<Link>,
}

/// What a person can do about a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Nothing.
    None,
    /// Stop it before anything is sent.
    Stop,
    /// Say how it ended.
    Settle(SettleForm),
    /// The person may not; from [`Banner::refusal`].
    Refused(Banner),
}

/// A value that is known of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Words.
    Text(String),
    /// An instant.
    At(Moment),
}

/// A callback that came about the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackRow {
    /// When it came first.
    pub at: Moment,
    /// Whether its signature holds.
    pub signed: bool,
    /// What became of it and why, as a sentence.
    pub became: String,
    /// How often it came.
    pub times: u32,
}

impl CallbackRow {
    pub(super) fn signature(&self) -> Badge {
        if self.signed {
            Badge::plain(super::Tone::Good, "Signed")
        } else {
            Badge::plain(super::Tone::Calm, "Not verified")
        }
    }

    pub(super) fn often(&self) -> String {
        times(self.times)
    }
}

/// How often something came: `once`, `3 times`.
pub(super) fn times(times: u32) -> String {
    match times {
        1 => "once".to_owned(),
        n => format!("{} times", super::count(n.into())),
    }
}

/// The fields `ended` and `reason`, with what was chosen and typed and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettleForm {
    /// `succeeded`, `failed`, or nothing yet.
    pub ended: String,
    /// What is wrong with the choice.
    pub ended_error: Option<String>,
    /// What was typed as reason.
    pub reason: String,
    /// What is wrong with it.
    pub reason_error: Option<String>,
}

impl SettleForm {
    fn ended(&self) -> Field {
        let option = |value: &str, label: &str| Choice {
            value: value.to_owned(),
            label: label.to_owned(),
            selected: self.ended == value,
        };
        let options = vec![option("succeeded", "It was carried out"), option("failed", "It was not carried out")];
        Field {
            error: self.ended_error.clone(),
            required: true,
            ..Field::new("ended", "How it ended", Control::OneOf { options })
        }
    }

    fn reason(&self) -> Field {
        Field {
            hint: Some(
                "Who told you, or where you have seen it. It stands with your name at the run and in the audit. Up to 500 characters."
                    .to_owned(),
            ),
            error: self.reason_error.clone(),
            required: true,
            ..Field::new("reason", "How you know", Control::LongText { value: self.reason.clone() })
        }
    }

    fn problems(&self) -> Option<Problems> {
        let items: Vec<_> = [self.ended(), self.reason()]
            .into_iter()
            .filter_map(|field| Some(Problem { id: field.id(), label: field.label, message: field.error? }))
            .collect();
        (!items.is_empty()).then(|| Problems::of("Nothing was changed.", items))
    }
}

impl RunPage {
    fn problems(&self) -> Option<Problems> {
        match (&self.refusal, &self.remedy) {
            (Some(refusal), _) => Some(refusal.clone()),
            (None, Remedy::Settle(form)) => form.problems(),
            (None, _) => None,
        }
    }
}
