//! How a provider knows who is calling.

use http::HeaderName;

use super::signature::{self, Signature};
use super::{Pairs, Request, request};
use crate::expr::{Expr, Template};
use crate::keys::{self, Keys};
use crate::names::Known;
use crate::problem::Problems;
use crate::yaml::{Node, Pair, Place, Yaml};

/// An entry of `auth`.
#[derive(Clone, Debug)]
pub(crate) enum Auth {
    /// A value that goes out as it stands; nothing goes out when it is null.
    Key { value: Template, send: Carrier },
    /// Name and password (RFC 7617).
    Basic { username: Template, password: Template },
    /// OAuth 2.0 client credentials (RFC 6749, section 4.4); the token goes as a bearer token (RFC 6750).
    ClientCredentials(Box<ClientCredentials>),
    /// A token that any request brings.
    Token(Box<Exchange>),
    /// A signature over the request as it goes out.
    Hmac { signature: Signature, stamp: Option<Stamp>, send: Carrier },
}

/// What a token endpoint is asked with.
#[derive(Clone, Debug)]
pub(crate) struct ClientCredentials {
    /// Where tokens are given.
    pub(crate) token_url: Template,
    /// Where that stands in the manifest.
    pub(crate) place: Place,
    /// How the client names itself there.
    pub(crate) client_auth: ClientAuth,
    /// Its name.
    pub(crate) client_id: Template,
    /// Its secret.
    pub(crate) client_secret: Template,
    /// What the token is for (section 3.3).
    pub(crate) scope: Option<Template>,
    /// Further parameters, such as `audience`.
    pub(crate) extra: Pairs,
}

/// A request that brings a token.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) request: Request,
    /// Where the token stands in the answer.
    pub(crate) token: Expr,
    /// For how many seconds it counts; without it, it serves once.
    pub(crate) life: Option<Template>,
    pub(crate) send: Carrier,
}

/// Where a credential goes.
#[derive(Clone, Debug)]
pub(crate) enum Carrier {
    /// In a header, behind a prefix such as `Token token=`.
    Header { name: HeaderName, prefix: String },
    /// In the query.
    Query { name: String },
}

/// The header that says when a signature was made, and how.
#[derive(Clone, Debug)]
pub(crate) struct Stamp {
    pub(crate) header: HeaderName,
    pub(crate) unit: signature::Unit,
}

/// How a client names itself at the token endpoint (RFC 6749, section 2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientAuth {
    /// `client_id` and `client_secret` in the form body.
    Body,
    /// An `Authorization: Basic` header.
    Basic,
}

/// The words for [`ClientAuth`].
pub(super) const CLIENT_AUTHS: &[(&str, ClientAuth)] = &[("body", ClientAuth::Body), ("basic", ClientAuth::Basic)];

#[derive(Clone, Copy)]
enum Kind {
    Header,
    Query,
    Basic,
    ClientCredentials,
    Token,
    Hmac,
}

const KINDS: &[(&str, Kind)] = &[
    ("header", Kind::Header),
    ("query", Kind::Query),
    ("basic", Kind::Basic),
    ("oauth2_client_credentials", Kind::ClientCredentials),
    ("token", Kind::Token),
    ("hmac", Kind::Hmac),
];

impl Auth {
    /// The entries that a request which obtains this one goes with.
    pub(crate) fn needs(&self) -> &[String] {
        match self {
            Self::Token(exchange) => &exchange.request.auth,
            _ => &[],
        }
    }

    /// Whether it takes a call to obtain it.
    pub(crate) fn is_obtained(&self) -> bool {
        matches!(self, Self::ClientCredentials(_) | Self::Token(_))
    }
}

/// Reads one entry of `auth`; `auths` are the names of all.
pub(super) fn load(pair: &Pair, auths: &[&str], known: &Known, problems: &mut Problems) -> Option<Auth> {
    let mut keys = Keys::of(&pair.value, "auth entry", problems)?;
    keys.need("kind", problems);
    let kind = keys.word("kind", KINDS, problems)?;
    let auth = match kind {
        Kind::Header => {
            let name = needed_header(&mut keys, problems);
            let prefix = keys.text("prefix", problems).unwrap_or_default();
            let value = needed(&mut keys, "value", known, problems);
            name.zip(value).map(|(name, value)| Auth::Key { value, send: Carrier::Header { name, prefix } })
        }
        Kind::Query => {
            let (name, value) = (keys.need_text("name", problems), needed(&mut keys, "value", known, problems));
            name.zip(value).map(|(name, value)| Auth::Key { value, send: Carrier::Query { name } })
        }
        Kind::Basic => {
            let username = needed(&mut keys, "username", known, problems);
            let password = needed(&mut keys, "password", known, problems);
            username.zip(password).map(|(username, password)| Auth::Basic { username, password })
        }
        Kind::ClientCredentials => client_credentials(&mut keys, known, problems),
        Kind::Token => exchange(&mut keys, auths, known, problems),
        Kind::Hmac => hmac(&mut keys, known, problems),
    };
    keys.finish(problems);
    auth
}

fn client_credentials(keys: &mut Keys<'_>, known: &Known, problems: &mut Problems) -> Option<Auth> {
    let place = keys.get("token_url").map_or_else(|| keys.place(), |y| y.place);
    let token_url = needed(keys, "token_url", known, problems);
    let client_id = needed(keys, "client_id", known, problems);
    let client_secret = needed(keys, "client_secret", known, problems);
    let client_auth = keys.word("client_auth", CLIENT_AUTHS, problems).unwrap_or(ClientAuth::Body);
    let scope = request::checked(keys, "scope", known, problems);
    let extra = request::pairs(keys, "extra", known, problems);
    let (token_url, client_id, client_secret) = (token_url?, client_id?, client_secret?);
    let all = ClientCredentials { token_url, place, client_auth, client_id, client_secret, scope, extra };
    Some(Auth::ClientCredentials(Box::new(all)))
}

fn exchange(keys: &mut Keys<'_>, auths: &[&str], known: &Known, problems: &mut Problems) -> Option<Auth> {
    let request = keys.need("request", problems).and_then(|y| request::load(y, keys, auths, known, problems));
    let answer = known.with(["status", "headers", "body"]);
    keys.need("token", problems);
    let token = request::expr(keys, "token", &answer, problems);
    let life = keys.get("life").and_then(|y| life(y, &answer, problems));
    let send = carrier(keys, problems);
    Some(Auth::Token(Box::new(Exchange { request: request?, token: token?, life, send: send? })))
}

/// How long a token counts: seconds as they stand, or where the answer says them.
fn life(yaml: &Yaml, known: &Known, problems: &mut Problems) -> Option<Template> {
    let life = request::value(yaml, known, problems)?;
    if let Template::Literal(value) = &life {
        let seconds = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok());
        if !seconds.is_some_and(|seconds| (1..=DAY).contains(&seconds)) {
            let mend = format!("Write seconds, at most {DAY}, or an expression such as \"=body.expires_in\".");
            problems.add(yaml.place, format!("A token cannot count for {value}."), mend);
        }
    }
    Some(life)
}

/// The seconds of a day: no token is kept for longer.
const DAY: u64 = 86_400;

fn hmac(keys: &mut Keys<'_>, known: &Known, problems: &mut Problems) -> Option<Auth> {
    let stamp = keys.get("timestamp").and_then(|y| {
        let mut keys = Keys::of(y, "timestamp", problems)?;
        let header = keys.need("header", problems).and_then(|y| header_name(y, problems));
        keys.need("unit", problems);
        let unit = keys.word("unit", signature::UNITS, problems);
        keys.finish(problems);
        header.zip(unit).map(|(header, unit)| Stamp { header, unit })
    });
    let signature = signature::load(keys, signature::Of::Request, stamp.is_some(), known, problems);
    let send = carrier(keys, problems);
    Some(Auth::Hmac { signature: signature?, stamp, send: send? })
}

/// `send`: a header with an optional prefix, or a parameter of the query.
fn carrier(keys: &mut Keys<'_>, problems: &mut Problems) -> Option<Carrier> {
    let yaml = keys.need("send", problems)?;
    let mut keys = Keys::of(yaml, "send", problems)?;
    let header = keys.get("header");
    let prefix = keys.text("prefix", problems).unwrap_or_default();
    let query = keys.text("query", problems);
    let place = keys.place();
    keys.finish(problems);
    match (header, query) {
        (Some(yaml), None) => Some(Carrier::Header { name: header_name(yaml, problems)?, prefix }),
        (None, Some(name)) => Some(Carrier::Query { name }),
        _ => {
            problems.add(place, "A credential goes into a header or into the query.", "Write `header:` or `query:`.");
            None
        }
    }
}

fn needed(keys: &mut Keys<'_>, key: &'static str, known: &Known, problems: &mut Problems) -> Option<Template> {
    keys.need(key, problems)?;
    request::checked(keys, key, known, problems)
}

fn needed_header(keys: &mut Keys<'_>, problems: &mut Problems) -> Option<HeaderName> {
    keys.need("name", problems).and_then(|y| header_name(y, problems))
}

/// The name of a header that may carry a credential, a signature or a time.
pub(super) fn header_name(yaml: &Yaml, problems: &mut Problems) -> Option<HeaderName> {
    const FRAMING: &[&str] = &["host", "content-length", "transfer-encoding", "connection", "content-type"];
    let text = keys::text(yaml, "header", problems)?;
    match text.parse::<HeaderName>() {
        Ok(name) if !FRAMING.contains(&name.as_str()) => Some(name),
        _ => {
            problems.add(yaml.place, format!("“{text}” cannot be set here."), "Name a header such as X-Api-Key.");
            None
        }
    }
}

/// The names of entries of `auth` that something goes with: one name or a list.
pub(super) fn names(yaml: &Yaml, auths: &[&str], problems: &mut Problems) -> Vec<String> {
    match &yaml.node {
        Node::List(items) => items.iter().filter_map(|item| name(item, auths, problems)).collect(),
        _ => name(yaml, auths, problems).into_iter().collect(),
    }
}

/// The name of an entry of `auth`.
pub(super) fn name(yaml: &Yaml, auths: &[&str], problems: &mut Problems) -> Option<String> {
    let name = keys::text(yaml, "auth", problems)?;
    if !auths.contains(&name.as_str()) {
        let mend = crate::problem::suggest(&name, auths);
        problems.add(yaml.place, format!("There is no “{name}” under `auth`."), mend);
    }
    Some(name)
}
