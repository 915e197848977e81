//! Channels: a tenant's connections to providers, and what can be run in them.

use axum::extract::State;
use axum::http::StatusCode;
use dossier_app::grant::Read;
use dossier_app::{AppError, channels};
use dossier_connector::Effect;
use dossier_domain::ChannelId;
use dossier_wire as wire;

use crate::Api;
use crate::extract::{At, Conditions, May};
use crate::problem::Answer;
use crate::tag;

fn written((channel, usable): (channels::Channel, bool)) -> wire::Channel {
    wire::Channel {
        id: channel.id.to_string(),
        handler: channel.handler,
        code: channel.code.to_string(),
        name: channel.name,
        config: channel.config,
        active: channel.active,
        display_order: channel.display_order,
        usable,
        created_at: channel.created_at.to_string(),
    }
}

async fn find(api: &Api, grant: &dossier_app::grant::Grant<Read>, id: ChannelId) -> Answer<(channels::Channel, bool)> {
    let all = channels::all(&api.app, grant).await?;
    Ok(all.into_iter().find(|(channel, _)| channel.id == id).ok_or(AppError::NotFound)?)
}

/// List channels
///
/// Every channel that is not deleted, in the order of drop-downs, on one page.
#[utoipa::path(get, path = "/channels", tag = "Channels", operation_id = "listChannels",
    responses((status = 200, body = wire::Page<wire::Channel>)))]
pub(crate) async fn list(State(api): State<Api>, May(grant): May<Read>, conditions: Conditions) -> Answer {
    let all = channels::all(&api.app, &grant).await?;
    let page = wire::Page { data: all.into_iter().map(written).collect(), next_cursor: None };
    tag::tagged(&conditions, StatusCode::OK, &page)
}

/// Get a channel
#[utoipa::path(get, path = "/channels/{channel}", tag = "Channels", operation_id = "getChannel",
    params(("channel" = String, Path, description = "The channel's id", format = Uuid)),
    responses((status = 200, body = wire::Channel)))]
pub(crate) async fn show(
    State(api): State<Api>,
    May(grant): May<Read>,
    At(channel): At<ChannelId>,
    conditions: Conditions,
) -> Answer {
    tag::tagged(&conditions, StatusCode::OK, &written(find(&api, &grant, channel).await?))
}

/// List a channel's actions
///
/// What can be run in requests of this channel, each with the JSON Schema of its parameters.
#[utoipa::path(get, path = "/channels/{channel}/actions", tag = "Channels", operation_id = "listActions",
    params(("channel" = String, Path, description = "The channel's id", format = Uuid)),
    responses((status = 200, body = wire::ActionList)))]
pub(crate) async fn actions(
    State(api): State<Api>,
    May(grant): May<Read>,
    At(channel): At<ChannelId>,
    conditions: Conditions,
) -> Answer {
    let (channel, _) = find(&api, &grant, channel).await?;
    let manifest = channels::handler(&api.app, &channel.handler)?;
    let action = |action: &dossier_connector::Action| wire::Action {
        key: action.key.clone(),
        label: action.label.clone(),
        category: action.category.clone(),
        effect: match action.effect {
            Effect::Read => wire::Effect::Read,
            Effect::Write => wire::Effect::Write,
        },
        charged: action.charged,
        schema: action.schema.clone(),
    };
    let list = wire::ActionList { data: manifest.actions.iter().map(action).collect() };
    tag::tagged(&conditions, StatusCode::OK, &list)
}
