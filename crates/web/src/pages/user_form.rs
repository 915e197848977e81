//! The form of a person: invited or changed.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use dossier_app::grant::{UsersCreate, UsersRead, UsersUpdate};
use dossier_app::people::{self, Editing, Role, Saved, Typed};
use dossier_app::{AppError, FieldError};
use dossier_domain::UserId;

use super::links;
use super::users::{HERE, done};
use crate::Web;
use crate::error::{Answer, Problem, show as page};
use crate::extract::{At, May, Pairs};
use crate::view::{Choice, Control, Field, PeopleFormPage, Place, TextKind, isolate};
use crate::visit::Visit;

const SAVED: &str = "Nothing was saved.";
const STALE: &str = "Nothing was saved: somebody else has saved this user meanwhile.";

fn typed(pairs: &Pairs) -> Typed {
    let roles = pairs.0.iter().filter(|(name, _)| name == "roles").map(|(_, id)| id.clone());
    Typed { name: pairs.first("name").to_owned(), email: pairs.first("email").to_owned(), roles: roles.collect() }
}

pub(super) async fn new(State(web): State<Web>, visit: Visit, May(grant): May<UsersCreate>) -> Answer {
    let (givable, beyond) = people::givable(&web.app, &grant).await?;
    let form = Form { typed: &Typed::default(), givable: &givable, beyond: &beyond, errors: &[] };
    page(StatusCode::OK, &form.fresh(&visit, people::new_id(&web.app), None))
}

pub(super) async fn invite(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<UsersCreate>,
    headers: HeaderMap,
    pairs: Pairs,
) -> Answer {
    let id: UserId = pairs.first("_id").parse().map_err(|_| Problem::Unreadable)?;
    let typed = typed(&pairs);
    let (status, id, errors, refusal) = match people::invite(&web.app, &grant, id, &typed).await {
        Ok(link) => {
            let (name, email) = (typed.name.trim(), typed.email.trim());
            return links::shown(&web, &visit, &grant, &headers, &link, name, email);
        }
        Err(AppError::Invalid(errors)) => (StatusCode::UNPROCESSABLE_ENTITY, id, errors, None),
        Err(AppError::KeyReused) => {
            let why = "This form invited somebody before, with other content. Send it again to invite another user.";
            (StatusCode::CONFLICT, people::new_id(&web.app), Vec::new(), Some(why))
        }
        Err(error) => return Err(error.into()),
    };
    let (givable, beyond) = people::givable(&web.app, &grant).await?;
    let form = Form { typed: &typed, givable: &givable, beyond: &beyond, errors: &errors };
    page(status, &form.fresh(&visit, id, refusal))
}

pub(super) async fn edit(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<UsersUpdate>,
    At(user): At<UserId>,
) -> Answer {
    let editing = people::editing(&web.app, &grant, user).await?;
    let user = &editing.user;
    let roles = user.role_ids.iter().map(ToString::to_string).collect();
    let typed = Typed { name: user.name.clone(), email: user.email.to_string(), roles };
    page(StatusCode::OK, &Form::of(&typed, &editing, &[]).stored(&visit, &editing, user.version, SAVED, None))
}

pub(super) async fn update(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<UsersUpdate>,
    At(user): At<UserId>,
    pairs: Pairs,
) -> Answer {
    let version = pairs.first("_version").parse().map_err(|_| Problem::Unreadable)?;
    let typed = typed(&pairs);
    match people::update(&web.app, &grant, user, version, &typed).await {
        Ok(Saved::Done) => Ok(done::<UsersRead>(&grant, &format!("{HERE}/{user}?done=saved"))),
        Ok(Saved::Stale(editing)) => {
            let errors = differences(&typed, &editing);
            let refusal =
                errors.is_empty().then_some("It is stored as you have it now, or was. Save again to be sure.");
            let form = Form::of(&typed, &editing, &errors);
            page(StatusCode::CONFLICT, &form.stored(&visit, &editing, editing.user.version, STALE, refusal))
        }
        Err(AppError::Invalid(errors)) => {
            let editing = people::editing(&web.app, &grant, user).await?;
            let form = Form::of(&typed, &editing, &errors);
            page(StatusCode::UNPROCESSABLE_ENTITY, &form.stored(&visit, &editing, version, SAVED, None))
        }
        Err(error) => Err(error.into()),
    }
}

/// Where what is stored differs from what was typed, each with what is stored.
fn differences(typed: &Typed, editing: &Editing) -> Vec<FieldError> {
    let user = &editing.user;
    let mut found = Vec::new();
    let mut compare = |field: &str, typed: &str, theirs: &str| {
        if typed.trim() != theirs {
            found.push(FieldError::new(field, theirs_is(theirs)));
        }
    };
    compare("name", &typed.name, &user.name);
    compare("email", &typed.email, user.email.as_str());
    let named = |has: &dyn Fn(&Role) -> bool| {
        let all = editing.givable.iter().chain(&editing.beyond).filter(|role| has(role));
        all.map(|role| role.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let mine = named(&|role| typed.roles.contains(&role.id.to_string()));
    compare("roles", &mine, &named(&|role| user.role_ids.contains(&role.id)));
    found
}

/// What stands at a field that another has saved otherwise.
pub(super) fn theirs_is(theirs: &str) -> String {
    let theirs = if theirs.is_empty() { "nothing".to_owned() } else { format!("“{}”", isolate(theirs)) };
    format!("They saved {theirs}. Save again to put yours over it, or write theirs.")
}

/// What stands in the form.
struct Form<'a> {
    typed: &'a Typed,
    givable: &'a [Role],
    beyond: &'a [Role],
    errors: &'a [FieldError],
}

impl<'a> Form<'a> {
    fn of(typed: &'a Typed, editing: &'a Editing, errors: &'a [FieldError]) -> Self {
        Self { typed, givable: &editing.givable, beyond: &editing.beyond, errors }
    }

    fn fields(&self) -> Vec<Field> {
        let error =
            |name: &str| self.errors.iter().find(|error| error.field == name).map(|error| error.message.clone());
        let text = |name: &str, label: &str, kind, value: &str| Field {
            required: true,
            error: error(name),
            ..Field::new(name, label, Control::Text { kind, value: value.to_owned() })
        };
        let option = |role: &Role| {
            let value = role.id.to_string();
            Choice { selected: self.typed.roles.contains(&value), label: role.name.clone(), value }
        };
        let beyond: Vec<_> = self.beyond.iter().map(|role| isolate(&role.name)).collect();
        let hint = (!beyond.is_empty())
            .then(|| format!("Not here, since you do not hold all that they grant: {}.", beyond.join(", ")));
        let roles = Field {
            hint,
            error: error("roles"),
            ..Field::new("roles", "Roles", Control::Choices { options: self.givable.iter().map(option).collect() })
        };
        let email = Field {
            hint: Some("To sign in with. No other user of this installation may have it.".to_owned()),
            ..text("email", "E-mail address", TextKind::Email, &self.typed.email)
        };
        vec![text("name", "Name", TextKind::Plain, &self.typed.name), email, roles]
    }

    fn fresh(&self, visit: &Visit, id: UserId, refusal: Option<&'static str>) -> PeopleFormPage {
        PeopleFormPage {
            shell: visit.shell(),
            section: Place::Users,
            stored: None,
            heading: "Invite a user",
            intro: "The next page shows a link, once. Whoever you hand it to sets the first password with it.",
            up: HERE.to_owned(),
            post_href: format!("{HERE}/new"),
            hidden: ("_id", id.to_string()),
            fields: self.fields(),
            what: "Nobody was invited.",
            refusal,
            verb: "Invite",
        }
    }

    fn stored(
        &self,
        visit: &Visit,
        editing: &Editing,
        version: i64,
        what: &'static str,
        refusal: Option<&'static str>,
    ) -> PeopleFormPage {
        let here = format!("{HERE}/{}", editing.user.id);
        PeopleFormPage {
            stored: Some(editing.user.name.clone()),
            intro: "Other roles count from the next page that the user opens.",
            post_href: format!("{here}/edit"),
            up: here,
            hidden: ("_version", version.to_string()),
            what,
            refusal,
            verb: "Save user",
            ..self.fresh(visit, editing.user.id, None)
        }
    }
}
