//! The tenant's roles: listed, shown, added, changed, deleted.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::StatusCode;
use dossier_app::grant::{Member, RolesCreate, RolesDelete, RolesRead, RolesUpdate, UsersRead};
use dossier_app::people::{self, Leaving, Removed, RoleForm, RoleSaved, TypedRole};
use dossier_app::{AppError, FieldError};
use dossier_domain::{Permission, PermissionSet, RoleId};

use super::user_form::theirs_is;
use super::users::{self, Done};
use crate::Web;
use crate::error::{Answer, Problem, show as page};
use crate::extract::{Asked, At, May, Pairs};
use crate::view::{
    self, Banner, Choice, Control, Field, LoserRow, Outcome, PeopleFormPage, Place, RoleDeletePage, RolePage, RoleRow,
    RolesPage, TextKind,
};
use crate::visit::Visit;

pub(super) const HERE: &str = "/settings/roles";
/// How many of those who hold a role a page names.
const NAMED: usize = 25;
const STALE: &str = "Nothing was saved: somebody else has saved this role meanwhile.";

pub(super) async fn list(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<RolesRead>,
    Asked(query): Asked<Done>,
) -> Answer {
    let deleted = query.done.as_deref() == Some("deleted");
    let roles = people::list_roles(&web.app, &grant).await?;
    let row = |listed: &people::Listed| RoleRow {
        href: format!("{HERE}/{}", listed.role.id),
        name: listed.role.name.clone(),
        built_in: listed.role.built_in.is_some(),
        grants: words(&listed.role.permissions),
        holders: listed.holders,
    };
    let view = RolesPage {
        shell: visit.shell(),
        banner: deleted.then(|| Banner::new(Outcome::Good, "The role was deleted", "Nobody holds it any more.")),
        add: grant.grant::<RolesCreate>().is_ok(),
        roles: roles.iter().map(row).collect(),
    };
    page(StatusCode::OK, &view)
}

fn words(permissions: &PermissionSet) -> String {
    permissions.iter().map(Permission::as_str).collect::<Vec<_>>().join(", ")
}

pub(super) async fn show(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<RolesRead>,
    At(role): At<RoleId>,
    Asked(query): Asked<Done>,
) -> Answer {
    let shown = people::show_role(&web.app, &grant, role).await?;
    let banner = match query.done.as_deref() {
        Some("added") => Some(Banner::new(Outcome::Good, "The role was added", "")),
        Some("saved") => {
            let text = "It counts for those who hold it from the next page that they open.";
            Some(Banner::new(Outcome::Good, "The role was saved", text))
        }
        _ => None,
    };
    let own = shown.role.built_in.is_none() && shown.beyond.is_none();
    let named = grant.grant::<UsersRead>().map_or(0, |_| NAMED);
    let person = |user: &dossier_app::setup::User| (user.name.clone(), format!("{}/{}", users::HERE, user.id));
    let view = RolePage {
        shell: visit.shell(),
        banner,
        href: format!("{HERE}/{role}"),
        built_in: shown.role.built_in.is_some(),
        grants: view::by_module(shown.role.permissions.iter()),
        holders: shown.holders.len(),
        people: shown.holders.iter().take(named).map(person).collect(),
        beyond: shown.beyond,
        edit: own && grant.grant::<RolesUpdate>().is_ok(),
        delete: own && grant.grant::<RolesDelete>().is_ok(),
        name: shown.role.name,
    };
    page(StatusCode::OK, &view)
}

/// Each module's permissions are a field of their own.
fn typed(pairs: &Pairs) -> TypedRole {
    let ticked = pairs.0.iter().filter(|(name, _)| name.starts_with("permissions.")).map(|(_, word)| word.clone());
    TypedRole { name: pairs.first("name").to_owned(), permissions: ticked.collect() }
}

pub(super) async fn new(State(web): State<Web>, visit: Visit, May(grant): May<RolesCreate>) -> Answer {
    let (id, form) = people::new_role(&web.app, &grant);
    page(StatusCode::OK, &fresh(&visit, id, fields(&form, &TypedRole::default(), &[]), None))
}

pub(super) async fn create(State(web): State<Web>, visit: Visit, May(grant): May<RolesCreate>, pairs: Pairs) -> Answer {
    let id: RoleId = pairs.first("_id").parse().map_err(|_| Problem::Unreadable)?;
    let typed = typed(&pairs);
    let (other, form) = people::new_role(&web.app, &grant);
    match people::create(&web.app, &grant, id, &typed).await {
        Ok(()) => Ok(users::done::<RolesRead>(&grant, &format!("{HERE}/{id}?done=added"))),
        Err(AppError::Invalid(errors)) => {
            page(StatusCode::UNPROCESSABLE_ENTITY, &fresh(&visit, id, fields(&form, &typed, &errors), None))
        }
        Err(AppError::KeyReused) => {
            let why = "This form added a role before, with other content. Send it again to add another role.";
            page(StatusCode::CONFLICT, &fresh(&visit, other, fields(&form, &typed, &[]), Some(why)))
        }
        Err(error) => Err(error.into()),
    }
}

fn fresh(visit: &Visit, id: RoleId, fields: Vec<Field>, refusal: Option<&'static str>) -> PeopleFormPage {
    PeopleFormPage {
        shell: visit.shell(),
        section: Place::Roles,
        stored: None,
        heading: "Add role",
        intro: "You can give what you hold yourself.",
        up: HERE.to_owned(),
        post_href: format!("{HERE}/new"),
        hidden: ("_id", id.to_string()),
        fields,
        what: "Nothing was saved.",
        refusal,
        verb: "Add role",
    }
}

pub(super) async fn edit(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<RolesUpdate>,
    At(role): At<RoleId>,
) -> Answer {
    let form = people::edit_role(&web.app, &grant, role).await?;
    let stored = form.role.as_ref().ok_or(AppError::NotFound)?;
    let permissions = stored.permissions.iter().map(|p| p.to_string()).collect();
    let typed = TypedRole { name: stored.name.clone(), permissions };
    let fields = fields(&form, &typed, &[]);
    page(StatusCode::OK, &changed(&visit, stored, stored.version, fields))
}

fn changed(visit: &Visit, stored: &people::Role, version: i64, fields: Vec<Field>) -> PeopleFormPage {
    let here = format!("{HERE}/{}", stored.id);
    PeopleFormPage {
        stored: Some(stored.name.clone()),
        intro: "A change counts for everybody who holds the role, from the next page that they open.",
        post_href: format!("{here}/edit"),
        up: here,
        hidden: ("_version", version.to_string()),
        verb: "Save role",
        ..fresh(visit, stored.id, fields, None)
    }
}

pub(super) async fn update(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<RolesUpdate>,
    At(role): At<RoleId>,
    pairs: Pairs,
) -> Answer {
    let version = pairs.first("_version").parse().map_err(|_| Problem::Unreadable)?;
    let typed = typed(&pairs);
    let (status, form, version, what, errors) = match people::update_role(&web.app, &grant, role, version, &typed).await
    {
        Ok(RoleSaved::Done) => return Ok(users::done::<RolesRead>(&grant, &format!("{HERE}/{role}?done=saved"))),
        Ok(RoleSaved::Stale(form)) => {
            let (theirs, errors) = differences(&form, &typed);
            (StatusCode::CONFLICT, *form, theirs, Some(STALE), errors)
        }
        Err(AppError::Invalid(errors)) => {
            let form = people::edit_role(&web.app, &grant, role).await?;
            (StatusCode::UNPROCESSABLE_ENTITY, form, version, None, errors)
        }
        Err(error) => return Err(error.into()),
    };
    let stored = form.role.as_ref().ok_or(AppError::NotFound)?;
    let mut view = changed(&visit, stored, version, fields(&form, &typed, &errors));
    if let Some(what) = what {
        let alone = "It is stored as you have it now, or was. Save again to be sure.";
        (view.what, view.refusal) = (what, errors.is_empty().then_some(alone));
    }
    page(status, &view)
}

/// The version that is stored, and where it differs from what was typed, each with what is stored.
fn differences(form: &RoleForm, typed: &TypedRole) -> (i64, Vec<FieldError>) {
    let Some(stored) = &form.role else { return (0, Vec::new()) };
    let mut found = Vec::new();
    if typed.name.trim() != stored.name {
        found.push(FieldError::new("name", theirs_is(&stored.name)));
    }
    for (_, group) in view::by_module(form.open.iter().copied()) {
        let held = group.iter().filter(|p| stored.permissions.iter().any(|held| held == **p)).map(|p| p.as_str());
        let ticked =
            group.iter().filter(|p| typed.permissions.iter().any(|word| word == p.as_str())).map(|p| p.as_str());
        let (theirs, mine): (Vec<_>, Vec<_>) = (held.collect(), ticked.collect());
        if theirs != mine {
            found.push(FieldError::new(format!("permissions.{}", group[0].module()), theirs_is(&theirs.join(", "))));
        }
    }
    (stored.version, found)
}

fn module_field(group: &[Permission]) -> String {
    format!("permissions.{}", group[0].module())
}

/// The name, and a field of boxes for each module.
fn fields(form: &RoleForm, typed: &TypedRole, errors: &[FieldError]) -> Vec<Field> {
    let error = |name: &str| errors.iter().find(|error| error.field == name).map(|error| error.message.clone());
    let name = Field {
        required: true,
        error: error("name"),
        ..Field::new("name", "Name", Control::Text { kind: TextKind::Plain, value: typed.name.clone() })
    };
    let mut all = vec![name];
    let every = form.open.iter().chain(&form.kept).chain(&form.beyond).copied();
    let mut every: Vec<_> = every.collect();
    every.sort_unstable();
    let groups = view::by_module(every);
    let drawn = |error: &&FieldError| groups.iter().any(|(_, group)| error.field == module_field(group));
    // The licence of a module can end while the form is open: then its field is gone.
    let mut astray = errors.iter().filter(|error| error.field.starts_with("permissions") && !drawn(error));
    for (heading, group) in &groups {
        let of = |some: &[Permission]| group.iter().filter(|p| some.contains(p)).copied().collect::<Vec<_>>();
        let listed = |some: Vec<Permission>| some.iter().map(|p| p.as_str()).collect::<Vec<_>>().join(", ");
        let (open, kept, beyond) = (of(&form.open), of(&form.kept), of(&form.beyond));
        let mut hints = Vec::new();
        if !kept.is_empty() {
            hints.push(format!("Kept, though the licence does not cover it any more: {}.", listed(kept)));
        }
        if !beyond.is_empty() {
            hints.push(format!("Not here, since you do not hold it yourself: {}.", listed(beyond)));
        }
        let option = |permission: Permission| Choice {
            value: permission.to_string(),
            label: format!("{} ({permission})", view::permission_words(permission)),
            selected: typed.permissions.iter().any(|word| word == permission.as_str()),
        };
        let field = module_field(group);
        let first = astray.next().map(|error| error.message.clone());
        all.push(Field {
            hint: (!hints.is_empty()).then(|| hints.join(" ")),
            error: error(&field).or(first),
            ..Field::new(field, *heading, Control::Choices { options: open.into_iter().map(option).collect() })
        });
    }
    all
}

pub(super) async fn ask_delete(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<RolesDelete>,
    At(role): At<RoleId>,
) -> Answer {
    let leaving = people::leaving(&web.app, &grant, role).await?;
    page(StatusCode::OK, &question(&visit, &grant, &leaving, None))
}

fn question(visit: &Visit, member: &Member, leaving: &Leaving, changed: Option<Banner>) -> RoleDeletePage {
    let named = member.grant::<UsersRead>().map_or(0, |_| NAMED);
    let lost: BTreeSet<_> = leaving.losers.iter().flat_map(|loser| &loser.lost).collect();
    let loser = |loser: &people::Loser| LoserRow {
        name: loser.user.name.clone(),
        email: loser.user.email.to_string(),
        lost: loser.lost.iter().map(|p| p.as_str()).collect(),
    };
    RoleDeletePage {
        shell: visit.shell(),
        href: format!("{HERE}/{}", leaving.role.id),
        name: leaving.role.name.clone(),
        version: leaving.role.version,
        holders: leaving.losers.len(),
        losers: leaving.losers.iter().take(named).map(loser).collect(),
        lost: lost.into_iter().map(|p| p.as_str()).collect(),
        changed,
    }
}

pub(super) async fn delete(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<RolesDelete>,
    At(role): At<RoleId>,
    pairs: Pairs,
) -> Answer {
    let number = |name| pairs.first(name).parse::<i64>().map_err(|_| Problem::Unreadable);
    let (version, holders) = (number("_version")?, usize::try_from(number("_holders")?).unwrap_or(usize::MAX));
    match people::remove(&web.app, &grant, role, version, holders).await? {
        Removed::Done => Ok(users::done::<RolesRead>(&grant, &format!("{HERE}?done=deleted"))),
        Removed::Changed(leaving) => {
            let text =
                "Somebody else has changed the role, or who holds it, since you were asked. It stands like this now.";
            let banner = Banner::new(Outcome::Alert, "Nothing was deleted", text);
            page(StatusCode::CONFLICT, &question(&visit, &grant, &leaving, Some(banner)))
        }
    }
}
