//! What a run needs to know of its channel: the connection with its secrets, and the address for callbacks.

use dossier_connector as connector;
use dossier_domain::{ChannelId, RunId};
use dossier_storage::ReadTx;
use dossier_storage::channels::{self, Channel};
use secrecy::ExposeSecret;

use crate::App;
use crate::error::Result;

/// The name under which the tokens of the callbacks' addresses stand among a channel's secrets: so they are taken out of
/// everything that is recorded. No field of a manifest is called so.
const TOKEN: &str = "callback.token";

/// A channel with the connection that calls are made on; deleted ones too, since what was sent is followed. `None` when
/// there is none.
pub(crate) async fn open(app: &App, tx: &mut ReadTx, id: ChannelId) -> Result<Option<(Channel, connector::Channel)>> {
    let Some(row) = channels::find(tx, id).await? else { return Ok(None) };
    let Some(mut secrets) = channels::secrets(tx, id).await? else { return Ok(None) };
    if app.public_origin.is_some() {
        for (n, token) in channels::callback_tokens(tx, id).await?.into_iter().enumerate() {
            secrets.insert(format!("{TOKEN}.{n}"), token);
        }
    }
    let line = connector::Channel { id: id.to_string(), version: row.version, config: row.config.clone(), secrets };
    Ok(Some((row, line)))
}

/// Where the provider may report how the work of `run` stands; `None` without a public address. The address names the
/// run, so that a callback also settles one whose answer was lost.
pub(crate) async fn address(app: &App, tx: &mut ReadTx, channel: ChannelId, run: RunId) -> Result<Option<String>> {
    let Some(origin) = &app.public_origin else { return Ok(None) };
    let token = channels::callback_token(tx, channel).await?;
    Ok(token.map(|token| format!("{origin}/callbacks/{}?run={run}", token.expose_secret())))
}
