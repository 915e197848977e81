//! What a run needs to know of its channel: the connection with its secrets, and the address for callbacks.

use dossier_connector as connector;
use dossier_domain::ChannelId;
use dossier_storage::ReadTx;
use dossier_storage::channels::{self, Channel};
use dossier_storage::runs::Run;
use secrecy::ExposeSecret;

use crate::App;
use crate::error::Result;

/// The name under which the token of the callbacks' address stands among a channel's secrets: so it is taken out of
/// everything that is recorded. No field of a manifest is called so.
pub(crate) const TOKEN: &str = "callback.token";

/// A channel with the connection that calls are made on; deleted ones too, since what was sent is followed. `None` when
/// there is none.
///
/// `run`, where a call is one of a run's, says which address of the channel that run was given.
pub(crate) async fn open(
    app: &App,
    tx: &mut ReadTx,
    id: ChannelId,
    run: Option<&Run>,
) -> Result<Option<(Channel, connector::Channel)>> {
    let Some(row) = channels::find(tx, id).await? else { return Ok(None) };
    let Some(mut secrets) = channels::secrets(tx, id).await? else { return Ok(None) };
    if app.public_origin.is_some() {
        if let Some(token) = channels::callback_token(tx, id).await? {
            secrets.insert(TOKEN.to_owned(), token);
        }
        if let Some(run) = run
            && let Some(token) = channels::callback_token_of(tx, id, run.callback_round).await?
        {
            secrets.insert(format!("{TOKEN}.given"), token);
        }
    }
    let line = connector::Channel { id: id.to_string(), version: row.version, config: row.config.clone(), secrets };
    Ok(Some((row, line)))
}

/// Where the provider may report how the work of `run` stands; `None` without a public address. The address names the
/// run, so that a callback also settles one whose answer was lost.
pub(crate) async fn address(app: &App, tx: &mut ReadTx, channel: ChannelId, run: &Run) -> Result<Option<String>> {
    let Some(origin) = &app.public_origin else { return Ok(None) };
    let token = channels::callback_token_of(tx, channel, run.callback_round).await?;
    Ok(token.map(|token| format!("{origin}/callbacks/{}?run={}", token.expose_secret(), run.id)))
}
