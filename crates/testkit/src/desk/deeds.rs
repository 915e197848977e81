//! What the audit of a firm says was done, and what is to be done in the background.

use dossier_domain::JobKind;
use dossier_storage::audit::{self, Event};
use dossier_storage::jobs;

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

    /// Whether a job waits that counts days of the tenant, or does so now.
    pub async fn counts_days(&self) -> bool {
        let mut tx = self.desk.database.db.read(self.scope()).await.expect("a transaction");
        jobs::of(&mut tx, JobKind::Daily, self.tenant).await.expect("the jobs").is_some()
    }
}
