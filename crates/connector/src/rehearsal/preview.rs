//! What an action would send first, and how it would sign in before: nothing leaves the process.

use dossier_domain::Ids;

use super::{DAY, NoJournal, TOKEN, taken};
use crate::call::{Call, Outcome, Sending, sign_in_step};
use crate::connector::{Connector, Shown};
use crate::line::{Line, Script};

/// What would go out, redacted as it would be recorded. What follows depends on answers, which nobody gives here.
#[derive(Debug)]
pub struct Preview {
    /// The requests for tokens, in their order.
    pub sign_in: Vec<Sending>,
    /// The first request of the action, with tokens that are made up; nothing when it came to none.
    pub first: Option<Sending>,
    /// How the attempt ended, which says why there is no first request.
    pub outcome: Outcome,
}

/// Finds out what `call` would send. With `reveal`, what is personal in it stands as it is; credentials never do.
pub async fn preview(call: &Call<'_>, ids: Ids, reveal: bool) -> Preview {
    let until = ids.clock.now().plus(DAY);
    let connector = Connector::on(Line::Script(Script::of([])), ids);
    let shown = if reveal { Shown::Personal } else { Shown::Nothing };
    let mut sign_in = Vec::new();
    loop {
        let journal = NoJournal { keeps: true, ..NoJournal::default() };
        let outcome = connector.attempt(call, &journal, shown).await;
        let first = taken(&journal.sent).into_iter().next();
        let asks = |sending: &Sending| call.manifest.auth.keys().find(|name| sign_in_step(name) == sending.step);
        let Some(name) = first.as_ref().and_then(asks).filter(|_| sign_in.len() < call.manifest.auth.len()) else {
            return Preview { sign_in, first, outcome };
        };
        sign_in.extend(first);
        // As if it had been answered: the next round comes one request further.
        connector.keep(&call.manifest, &call.channel, name, TOKEN, until).await;
    }
}
