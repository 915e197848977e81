//! How a provider knows who is calling.

use crate::expr::Template;
use crate::keys::Keys;
use crate::names::Known;
use crate::problem::Problems;
use crate::yaml::Pair;

/// An entry of `auth`.
#[derive(Clone, Debug)]
pub(crate) enum Auth {
    /// OAuth 2.0 client credentials (RFC 6749, section 4.4); the token goes as a bearer token (RFC 6750).
    ClientCredentials {
        /// Where tokens are given.
        token_url: Template,
        /// How the client names itself there.
        client_auth: ClientAuth,
        /// Its name.
        client_id: Template,
        /// Its secret.
        client_secret: Template,
    },
}

/// How a client names itself at the token endpoint (RFC 6749, section 2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientAuth {
    /// `client_id` and `client_secret` in the form body.
    Body,
    /// An `Authorization: Basic` header.
    Basic,
}

/// Reads one entry of `auth`.
pub(super) fn load(pair: &Pair, known: &Known, problems: &mut Problems) -> Option<Auth> {
    let mut keys = Keys::of(&pair.value, &pair.key, problems)?;
    let kind = keys.need("kind", problems);
    keys.word("kind", &[("oauth2_client_credentials", ())], problems);
    let mut needed = |key| {
        let found = keys.need(key, problems).and_then(|y| Some((crate::keys::template(y, problems)?, y.place)));
        found.map(|(template, place)| {
            known.check(&template, place, problems);
            template
        })
    };
    let (token_url, client_id, client_secret) = (needed("token_url"), needed("client_id"), needed("client_secret"));
    let ways = [("body", ClientAuth::Body), ("basic", ClientAuth::Basic)];
    let client_auth = keys.word("client_auth", &ways, problems).unwrap_or(ClientAuth::Body);
    keys.finish(problems);
    kind?;
    Some(Auth::ClientCredentials {
        token_url: token_url?,
        client_auth,
        client_id: client_id?,
        client_secret: client_secret?,
    })
}
