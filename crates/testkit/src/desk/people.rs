//! People of a firm beside one for each built-in role, and roles of its own.

use dossier_app::people::{self, TypedRole};
use dossier_app::setup;
use dossier_domain::{BuiltInRole, Email, RoleId, UserId};
use dossier_storage::users::{self, NewUser};
use dossier_storage::{roles, testing};
use secrecy::SecretString;

use super::{Firm, PASSWORD};
use crate::visitor::Visitor;

impl Firm<'_> {
    /// Another person, with these roles by word or name, who signs in with the password of everyone.
    pub async fn person(&self, email: &str, name: &str, roles: &[&str]) -> UserId {
        let (email, password) = (Email::parse(email).expect("an address"), SecretString::from(PASSWORD));
        let added = setup::add_user(&self.desk.app, self.tenant, &email, name, &password, roles).await;
        added.expect("a user")
    }

    /// The person who has this built-in role.
    pub fn user(&self, role: BuiltInRole) -> UserId {
        self.people.iter().find(|(held, _)| *held == role).expect("a person of each role").1
    }

    /// Many people without a role, who cannot sign in: to fill lists.
    pub async fn crowd(&self, names: impl IntoIterator<Item = String>) {
        let hash = SecretString::from("$argon2id$invented");
        let mut tx = self.desk.database.db.write(self.scope()).await.expect("a transaction");
        for (n, name) in names.into_iter().enumerate() {
            let email = Email::parse(&format!("crowd-{n}@crowd.example")).expect("an address");
            let (id, created_at) = (people::new_id(&self.desk.app), self.desk.clock.now());
            let new = NewUser { id, email: &email, name: &name, password_hash: &hash, roles: &[], created_at };
            users::add(&mut tx, &new).await.expect("a user");
        }
        tx.commit().await.expect("a commit");
    }

    /// A role of the firm's own that grants these permissions.
    pub async fn role(&self, name: &str, permissions: &[&str]) -> RoleId {
        let administrator = self.member(BuiltInRole::Administrator).await;
        let grant = administrator.grant().expect("the administrator adds roles");
        let id = people::new_role(&self.desk.app, &administrator).0;
        let permissions = permissions.iter().map(|word| (*word).to_owned()).collect();
        let typed = TypedRole { name: name.to_owned(), permissions };
        people::create(&self.desk.app, &grant, id, &typed).await.expect("a role");
        id
    }

    /// Whether any link to set a password holds these bytes, as they are or as text. It asks the database, whichever it is.
    pub async fn links_hold(&self, bytes: &[u8]) -> bool {
        let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        let sql = if self.desk.database.file().is_some() {
            let all = "hex(token_digest) || ' ' || hex(kind) || ' ' || hex(permissions)";
            format!("SELECT count(*) AS n FROM sign_in_link WHERE instr(lower({all}), '{hex}') > 0")
        } else {
            let text = "encode(convert_to(l::text, 'UTF8'), 'hex')";
            format!(
                "SELECT count(*) AS n FROM sign_in_link l
                 WHERE position('{hex}' IN l::text) > 0 OR position('{hex}' IN {text}) > 0"
            )
        };
        let mut tx = self.desk.database.db.read(self.scope()).await.expect("a transaction");
        testing::count(&mut tx, sql.leak()).await.expect("a count") > 0
    }

    /// The firm's copy of a built-in role.
    pub async fn built_in(&self, role: BuiltInRole) -> RoleId {
        let mut tx = self.desk.database.db.read(self.scope()).await.expect("a transaction");
        roles::built_in(&mut tx, role).await.expect("the roles").expect("each tenant has it")
    }

    /// Somebody who has signed in at the pages with this address.
    pub async fn signed_in(&self, email: &str) -> Visitor {
        let mut visitor = Visitor::new(self.desk.router());
        let page = visitor.post("/sign-in", &[("email", email), ("password", PASSWORD)]).await;
        assert_eq!(page.status, 303, "{email} can sign in");
        visitor
    }
}
