//! Every page in every state, filled with what people and providers may really send.

mod api;
mod audit;
mod dashboard;
mod deeds;
mod form;
mod list;
mod logs;
mod people;
mod providers;
mod refusal;
mod request;
mod results;
mod run;
mod settings;
mod tenant;
mod webhooks;

use dossier_domain::{DateFormat, Local, RequestStatus, RunState, Timestamp, Verdict};
use dossier_web::view::*;

/// Markup, quotes, a name from right to left, and an attribute that would act.
pub(crate) const HOSTILE: &str = r#"<script>alert("1")</script>' onmouseover="x" محمد & <b>"#;

/// A rendered page with what is expected of it.
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) html: String,
    /// Whether it is a form that came back.
    pub(crate) refused: bool,
}

pub(super) const TZ: &Local =
    &Local { time_zone: std::borrow::Cow::Borrowed("Africa/Johannesburg"), dates: DateFormat::DayMonth };

pub(super) fn at(minutes: i64) -> Timestamp {
    Timestamp::from_micros(1_795_437_127_412_000 - minutes * 60_000_000)
}

pub(super) fn when(minutes: i64) -> Moment {
    moment(at(minutes), TZ)
}

pub(super) fn run_at(state: RunState, minutes: i64, said: Option<&str>) -> State {
    run(state, Some(clock(at(minutes), at(0), TZ)), said.map(|words| Said::Quoted(words.to_owned())))
}

pub(super) fn text(words: &str) -> String {
    words.to_owned()
}

pub(super) fn choice(value: &str, label: &str, selected: bool) -> Choice {
    Choice { value: text(value), label: text(label), selected }
}

fn settings() -> Vec<Setting> {
    let setting = |href, name, word| Setting { href, icon: icon(name), word };
    vec![
        setting("/settings/channels", "plug", "KYC Channels"),
        setting("/settings/callbacks", "returned", "Callbacks"),
        setting("/settings/providers", "box", "Providers"),
        setting("/settings/users", "users", "Users"),
        setting("/settings/roles", "role", "Roles"),
        setting("/settings/api-keys", "key", "API keys"),
        setting("/settings/audit", "shield", "Audit log"),
        setting("/settings/webhooks", "send", "Webhooks"),
        setting("/settings/general", "sliders", "General"),
        setting("/settings/licence", "licence", "Licence"),
    ]
}

pub(super) fn shell() -> Shell {
    Shell {
        tenant: Some(text("Protea Ridge Bank")),
        user: Some(User { name: text("Thandeka Mkhize"), role: text("KYC Manager") }),
        closed: false,
        news: Some(text("5d1f-14")),
        settings: settings(),
        theme: Theme::System,
        no_shortcuts: false,
        simulated: true,
        here: text("/requests?channel=1"),
    }
}

pub(super) fn stranger() -> Shell {
    Shell { user: None, tenant: None, ..shell() }
}

pub(super) fn hostile_shell() -> Shell {
    Shell {
        tenant: Some(text(HOSTILE)),
        user: Some(User { name: text(HOSTILE), role: text(HOSTILE) }),
        closed: false,
        news: Some(text(HOSTILE)),
        settings: settings(),
        theme: Theme::Dark,
        no_shortcuts: true,
        simulated: false,
        here: text(HOSTILE),
    }
}

/// The longest references that can be: 100 characters, and 1,000 bytes.
pub(super) fn longest() -> [String; 3] {
    ["W".repeat(100), "<".repeat(100), "👨‍👩‍👧‍👦".repeat(40)]
}

pub(super) fn channel(name: &str) -> ChannelName {
    ChannelName { name: text(name), deleted: false }
}
fn head(reference: &str) -> RequestHead {
    RequestHead {
        href: text("/requests/0193"),
        reference: text(reference),
        status: status(RequestStatus::Pending),
        verdict: verdict(Verdict::Pass),
        channel: channel("InTouch production"),
        created: when(14),
        by: text("Thandeka Mkhize"),
        calls: text("14"),
        audit: true,
        deeds: Deeds {
            moves: vec![link("mark/completed", "Mark completed…"), link("mark/failed", "Mark failed…")],
            more: vec![link("reference", "Edit reference…"), link("mark/cancelled", "Cancel request…")],
            delete: Some(link("delete", "Delete…")),
        },
    }
}

fn link(path: &str, words: &str) -> Link {
    Link { href: format!("/requests/0193/{path}"), text: text(words) }
}

/// Every page in every state.
pub(crate) fn all() -> Vec<Sample> {
    let mut samples = Vec::new();
    macro_rules! add {
        ($pages:expr) => {
            for (name, page) in $pages {
                let html = render(&page).expect("a page renders");
                samples.push(Sample { name: name.to_string(), html, refused: false });
            }
        };
    }
    add!(list::sign_ins());
    add!(list::lists());
    add!(list::new_requests());
    add!(dashboard::dashboards());
    add!(request::requests());
    add!(deeds::deeds());
    add!(deeds::notes());
    add!(form::action_forms());
    add!(logs::logs());
    add!(providers::providers());
    add!(run::runs());
    add!(results::histories());
    add!(results::rows());
    add!(results::answers());
    add!(settings::channels());
    add!(settings::channel());
    add!(settings::deletions());
    add!(settings::handlers());
    add!(settings::channel_forms());
    add!(settings::quarantines());
    add!(audit::audits());
    add!(audit::of_requests());
    add!(tenant::generals());
    add!(tenant::licences());
    add!(people::users());
    add!(people::user());
    add!(people::user_links());
    add!(people::user_deactivations());
    add!(people::people_forms());
    add!(people::roles());
    add!(people::role());
    add!(people::role_deletions());
    add!(people::links());
    add!(people::accounts());
    add!(api::keys());
    add!(api::made());
    add!(api::revocations());
    add!(api::overviews());
    add!(api::references());
    add!(webhooks::lists());
    add!(webhooks::webhooks());
    add!(webhooks::one_delivery());
    add!(webhooks::secrets());
    add!(webhooks::rotations());
    add!(webhooks::deletions());
    add!(webhooks::forms());
    add!(refusal::errors());
    add!(refusal::modules());
    for sample in &mut samples {
        let form =
            ["sign-in", "request-new", "action-form", "run-", "channel-form", "user-form", "role-form", "webhook-form"]
                .iter()
                .any(|page| sample.name.starts_with(page));
        let hostile = form && sample.name.ends_with("-hostile");
        sample.refused = hostile || ["-refused", "-busy", "-wait"].iter().any(|end| sample.name.ends_with(end));
    }
    samples
}
