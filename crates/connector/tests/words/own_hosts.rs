//! A property: whatever addresses and ways to sign in a manifest names, what goes out with a credential in it goes to an
//! address of the channel's configuration.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dossier_connector::{Manifest, Rehearsal, trial};
use dossier_outbound::Outgoing;
use proptest::prelude::*;
use proptest::sample::select;
use url::{Origin, Url};

use std::sync::Arc;

const SECRET: &str = "s3cret-of-ours";

/// Configurations, and the origins that are the channel's own with them.
const CHANNELS: &[(&str, &[&str])] = &[
    ("url: https://api.corner.example", &["https://api.corner.example", "https://eu.corner.example"]),
    ("url: https://api.corner.example:8443/base/", &["https://api.corner.example:8443", "https://eu.corner.example"]),
    ("url: https://desk:pw@api.corner.example", &["https://api.corner.example", "https://eu.corner.example"]),
    ("url: https://b\u{fc}cher.example", &["https://xn--bcher-kva.example", "https://eu.corner.example"]),
    ("url: https://api.corner.example, region: za", &["https://api.corner.example", "https://za.corner.example"]),
];

/// The beginnings of addresses: the channel's own, others, and some that only look like the channel's own.
const HEADS: &[&str] = &[
    "{config.url}",
    "{config.area}",
    "https://api.corner.example",
    "https://evil.example",
    "https://files.example",
    "{params.to}",
    "=params.to",
    "=join('', [config.url, params.to])",
    "=join('', ['https://evil', '.example/a'])",
    "https://desk:pw@api.corner.example",
    "https://API.corner.EXAMPLE",
    "https://api.corner.example.",
    "https://api%2Ecorner.example",
    "https://\u{430}pi.corner.example",
    "https://api\u{3002}corner.example",
    "https:api.corner.example",
    "http://api.corner.example",
    "https://{params.name}.corner.example",
    "https://{params.name}",
];

/// Their ends.
const TAILS: &[&str] = &[
    "",
    "/a",
    "/{params.name}",
    "{params.name}",
    "{params.to}",
    "@evil.example/",
    ":pw@evil.example/",
    ".evil.example/",
    ":8443/a",
    ":443/a",
    ":{params.name}/a",
    "/../../evil.example",
    "//evil.example",
    "\\\\@evil.example",
    "%40evil.example",
    "#@evil.example",
    "?@evil.example",
];

/// What someone types in.
const TYPED: &[&str] = &[
    "https://evil.example/",
    "//evil.example",
    "@evil.example",
    ".evil.example",
    "evil.example#",
    "evil.example/",
    "evil.example\\\\",
    "..",
    "api",
    "8443",
    "%2F%2Fevil.example",
];

/// The ways to sign in; `AT` is where a token is asked for.
const WAYS: &[&str] = &[
    "{ kind: header, name: X-Key, value: \"=config.secret\" }",
    "{ kind: query, name: key, value: \"=config.secret\" }",
    "{ kind: basic, username: desk, password: \"=config.secret\" }",
    "{ kind: hmac, algorithm: sha256, encoding: hex, key: \"=config.secret\", timestamp: { header: X-Ts, unit: seconds }, parts: [timestamp, path], send: { header: X-Sig } }",
    "{ kind: oauth2_client_credentials, token_url: \"AT\", client_id: a, client_secret: \"=config.secret\" }",
    "{ kind: token, request: { method: POST, url: \"AT\", body: { json: { s: \"=config.secret\" } } }, token: \"=body.t\", life: \"=body.expires_in\", send: { header: X-Key } }",
    "{ kind: token, request: { method: POST, url: \"AT\", auth: inner }, token: \"=body.t\", life: \"=body.expires_in\", send: { query: key } }",
];

fn address() -> impl Strategy<Value = String> {
    let joined = |(head, tail): (&str, &str)| {
        if head.starts_with('=') { head.to_owned() } else { format!("{head}{tail}") }
    };
    (select(HEADS), select(TAILS)).prop_map(joined)
}

#[derive(Clone, Debug)]
struct Tried {
    channel: (&'static str, &'static [&'static str]),
    way: &'static str,
    /// Where the request goes, where a token is asked for, and what the answer links to.
    url: String,
    token_url: String,
    link: &'static str,
    to: &'static str,
    name: &'static str,
    status: u16,
}

fn tried() -> impl Strategy<Value = Tried> {
    let links = &["https://evil.example/x", "https://files.example/x", "https://api.corner.example/x"];
    let places = (address(), address(), select(links), select(TYPED), select(TYPED));
    (select(CHANNELS), select(WAYS), places, select(&[200_u16, 302, 401, 429])).prop_map(
        |(channel, way, (url, token_url, link, to, name), status)| Tried {
            channel,
            way,
            url,
            token_url,
            link,
            to,
            name,
            status,
        },
    )
}

impl Tried {
    fn manifest(&self) -> String {
        let Self { channel, url, link, to, name, status, .. } = self;
        let way = self.way.replace("AT", &self.token_url);
        // The first step asks for a new token where there is one to be had.
        let first = if way.contains("kind: token") || way.contains("kind: oauth2") {
            "- { name: signed, obtain: key }"
        } else {
            "- { name: signed, request: { method: GET, url: \"{config.url}/first\", auth: key } }"
        };
        format!(
            r#"manifest: 1
key: corner
name: Corner Checks
version: "1"
description: A provider
module: kyc-corner
hosts: [files.example]
config:
  required: [url, region, area, secret]
  properties:
    url: {{ title: URL, type: string, format: uri }}
    area: {{ title: Area, type: string, format: uri }}
    region:
      title: Region
      type: string
      default: eu
      oneOf:
        - {{ const: eu, title: Europe, x-sets: {{ area: "https://eu.corner.example" }} }}
        - {{ const: za, title: South Africa, x-sets: {{ area: "https://za.corner.example" }} }}
    secret: {{ title: Secret, type: string, x-secret: true }}
auth:
  inner: {{ kind: header, name: X-Key, value: "=config.secret" }}
  key: {way}
actions:
  - key: look
    label: Look
    category: A
    effect: read
    verified: assumed
    params: {{ properties: {{ to: {{ title: To, type: string }}, name: {{ title: Name, type: string }} }} }}
    steps:
      {first}
      - {{ name: seen, request: {{ method: GET, url: "{url}", auth: key }}, succeeds: "=`true`" }}
    result: {{ attachments: [{{ name: doc, url: "=seen.body.link" }}] }}
    examples:
      - name: one
        config: {{ {config}, secret: {SECRET} }}
        params: {{ to: "{to}", name: "{name}" }}
        calls:
          - {{ answer: {{ status: 200, body: {{ access_token: live-token-1, t: live-token-1, expires_in: 300 }} }} }}
          - {{ answer: {{ status: {status}, headers: {{ Location: "https://evil.example/" }}, body: {{ link: "{link}" }} }} }}
          - {{ answer: {{ status: 200, body: {{ link: "{link}", access_token: live-token-2, t: live-token-2, expires_in: 300 }} }} }}
          - {{ answer: {{ status: 200, body: {{ link: "{link}" }} }} }}
          - {{ answer: {{ status: 200, text: a file }} }}
        gives: {{ outcome: succeeded }}
"#,
            config = channel.0,
        )
    }

    /// What goes out; nothing of a manifest that is refused.
    fn sent(&self) -> Vec<Outgoing> {
        let Ok(manifest) = Manifest::parse(&self.manifest()) else { return Vec::new() };
        let examples = Rehearsal::of(&Arc::new(manifest));
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(trial::sent(&examples[0]))
    }

    fn owns(&self, url: &Url) -> bool {
        let own = |text: &&str| Url::parse(text).unwrap().origin();
        self.channel.1.iter().map(own).any(|origin: Origin| origin == url.origin())
    }
}

/// Whether there is anything in it that a stranger could use: a credential, or what was made of one.
fn tells(out: &Outgoing) -> bool {
    let text = format!("{} {:?} {}", out.url, shown(out), String::from_utf8_lossy(&out.body));
    let basic = STANDARD.encode(format!("desk:{SECRET}"));
    out.headers.contains_key("x-sig")
        || out.headers.contains_key("authorization")
        || out.headers.contains_key("x-key")
        || [SECRET, "live-token", "example-token", &basic].iter().any(|credential| text.contains(credential))
}

/// The headers, those too that no log prints.
fn shown(out: &Outgoing) -> Vec<String> {
    out.headers.values().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_credential_goes_to_a_host_that_is_not_the_channels_own(tried in tried()) {
        for out in tried.sent() {
            prop_assert!(!tells(&out) || tried.owns(&out.url), "{} {:?}", out.url, tried.way);
        }
    }
}

/// The control: each way signs what goes to an own address, and what is behind a link is fetched without.
#[test]
fn at_the_channels_own_addresses_each_way_signs_in() {
    for channel in CHANNELS {
        for way in WAYS {
            let own = |url: &str| url.to_owned();
            let tried = Tried {
                channel: *channel,
                way,
                url: own("{config.area}/a"),
                token_url: own("{config.url}/t"),
                link: "https://files.example/x",
                to: "a",
                name: "b",
                status: 200,
            };
            let sent = tried.sent();
            let told: Vec<bool> = sent.iter().map(tells).collect();
            assert_eq!(
                told,
                [true, true, false],
                "{way}: {:?}\n{}",
                sent.iter().map(|o| o.url.as_str()).collect::<Vec<_>>(),
                tried.manifest()
            );
            assert!(!tried.owns(&sent[2].url), "the file lies elsewhere");
        }
    }
}
