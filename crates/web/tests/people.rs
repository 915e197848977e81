//! Settings → Users and Settings → Roles, links to set a password, and the own account, as people use them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "people/account.rs"]
mod account;
#[path = "people/api_keys.rs"]
mod api_keys;
#[path = "people/links.rs"]
mod links;
#[path = "people/reach.rs"]
mod reach;
#[path = "people/roles.rs"]
mod roles;
#[path = "people/together.rs"]
mod together;
#[path = "people/users.rs"]
mod users;

use dossier_domain::BuiltInRole;
use dossier_testkit::{Desk, Firm, Page, Visitor};

const USERS: &str = "/settings/users";
const ROLES: &str = "/settings/roles";

async fn desk() -> Desk {
    Desk::builder().without_worker().open().await
}

async fn administrator(firm: &Firm<'_>) -> Visitor {
    firm.visitor(BuiltInRole::Administrator).await
}

/// What stands at the field that is refused.
fn said_at(page: &Page, field: &str) -> String {
    let after = page.text.split_once(&format!("id=\"{field}-error\">")).map(|(_, after)| after).unwrap_or_default();
    let said =
        after.split_once("Error: </span>").map(|(_, after)| after.split('<').next().unwrap()).unwrap_or_default();
    said.replace("&#39;", "'").replace(['\u{2068}', '\u{2069}'], "")
}

/// The path of the link that a page shows.
fn link_on(page: &Page) -> String {
    let after = page.text.split_once("/link/").unwrap_or_else(|| panic!("no link: {}", page.words())).1;
    format!("/link/{}", after.split_whitespace().next().unwrap().split('<').next().unwrap())
}

/// Invites somebody, and returns the path of the link and the path of the person.
async fn invite(desk: &Desk, visitor: &mut Visitor, email: &str, roles: &[String]) -> (String, String) {
    let id = desk.app.form_key();
    let mut pairs = vec![("_id", id.as_str()), ("name", "Nomsa Cele"), ("email", email)];
    pairs.extend(roles.iter().map(|role| ("roles", role.as_str())));
    let page = visitor.post(&format!("{USERS}/new"), &pairs).await;
    assert_eq!(page.status, 200, "{}", page.words());
    let person = page.text.split_once(&format!("href=\"{USERS}/")).unwrap().1;
    let person = person.split("class=\"button\" href=\"").nth(1).unwrap_or(person);
    let person = person.strip_prefix(&format!("{USERS}/")).unwrap_or(person);
    (link_on(&page), format!("{USERS}/{}", person.split('"').next().unwrap()))
}

const NEW_PASSWORD: &str = "five words that nobody guesses";

/// Sets the password by a link.
async fn set_password(desk: &Desk, link: &str) -> Page {
    let mut visitor = Visitor::new(desk.router());
    visitor.post(link, &[("password", NEW_PASSWORD), ("again", NEW_PASSWORD)]).await
}

/// Whether a person can sign in so.
async fn can_sign_in(desk: &Desk, email: &str, password: &str) -> bool {
    let mut visitor = Visitor::new(desk.router());
    visitor.post("/sign-in", &[("email", email), ("password", password)]).await.status == 303
}
