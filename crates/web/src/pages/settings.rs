//! What stands under Settings: one list, of which everybody sees what is open to them (NAV-1).

use axum::response::{IntoResponse, Redirect};
use dossier_app::AppError;
use dossier_app::grant::{ApiKeys, Audit, Manage, Member, Read, Right, RolesRead, Settings, UsersRead};
use dossier_domain::Permission;

use crate::error::Answer;
use crate::extract::SignedIn;
use crate::view::{Setting, icon};

/// Whether a setting is open to somebody.
type Open = fn(&Member) -> bool;

const ALL: [(Open, Setting); 10] = [
    (open::<Read>, Setting { href: "/settings/channels", icon: icon("plug"), word: "KYC Channels" }),
    (open::<Manage>, Setting { href: "/settings/callbacks", icon: icon("returned"), word: "Callbacks" }),
    (open::<Manage>, Setting { href: "/settings/providers", icon: icon("box"), word: "Providers" }),
    (open::<UsersRead>, Setting { href: "/settings/users", icon: icon("users"), word: "Users" }),
    (open::<RolesRead>, Setting { href: "/settings/roles", icon: icon("role"), word: "Roles" }),
    (open::<ApiKeys>, Setting { href: "/settings/api-keys", icon: icon("key"), word: "API keys" }),
    (open::<Audit>, Setting { href: "/settings/audit", icon: icon("shield"), word: "Audit log" }),
    (open::<Settings>, Setting { href: "/settings/webhooks", icon: icon("send"), word: "Webhooks" }),
    (open::<Settings>, Setting { href: "/settings/general", icon: icon("sliders"), word: "General" }),
    (open::<Settings>, Setting { href: "/settings/licence", icon: icon("licence"), word: "Licence" }),
];

fn open<R: Right>(member: &Member) -> bool {
    member.grant::<R>().is_ok()
}

/// The settings that are open to `member`, in their order.
pub(crate) fn open_to(member: &Member) -> Vec<Setting> {
    ALL.into_iter().filter(|(open, _)| open(member)).map(|(_, setting)| setting).collect()
}

/// `GET /settings`: the first that is open.
pub(super) async fn first(SignedIn(member): SignedIn) -> Answer {
    match open_to(&member).first() {
        Some(setting) => Ok(Redirect::to(setting.href).into_response()),
        None => Err(AppError::Forbidden(Permission::SettingsManage).into()),
    }
}
