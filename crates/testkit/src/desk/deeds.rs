//! What the audit of a firm says was done.

use dossier_storage::audit::{self, Event};

use super::Firm;

impl Firm<'_> {
    /// The audit of the tenant, oldest first.
    pub async fn audit(&self) -> Vec<Event> {
        let mut tx = self.desk.database.db.read(self.scope()).await.expect("a transaction");
        let mut events = audit::list(&mut tx, &audit::Filter::default(), None, 1_000).await.expect("the audit").rows;
        events.reverse();
        events
    }

    /// What the audit of the tenant says was done, oldest first, without how the tenant was set up.
    pub async fn deeds(&self) -> Vec<String> {
        let set_up = ["tenant.created", "user.created", "channel.created", "licence.changed"];
        let deeds = self.audit().await.into_iter().map(|event| event.action);
        deeds.filter(|deed| !set_up.contains(&deed.as_str())).collect()
    }
}
