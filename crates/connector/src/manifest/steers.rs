//! Which fields of a channel decide where its secrets go, or what they go as.

use serde_json::Value;

use super::{Auth, Body, BodyPart, JsonTemplate, Manifest, PartContent, Request, SignedPart};
use crate::expr::{Expr, Template};
use crate::form::FieldKind;
use crate::reads::{Path, Reads, Step};

impl Manifest {
    /// Whether a channel's secrets go elsewhere, or in another's name, with the public configuration `after` than they do
    /// with `before`: an address differs, or a field that stands under `auth` (CHAN-5). Defaults and what choices set must
    /// be filled in.
    pub fn steers_elsewhere(&self, before: &Value, after: &Value) -> bool {
        let signs = self.fields_under_auth();
        let steers = |name: &str| signs.as_ref().is_none_or(|names| names.iter().any(|n| n == name));
        let public = self.config.every().filter(|field| !matches!(field.kind, FieldKind::Secret));
        let mut steering = public.filter(|field| field.is_url() || steers(&field.name));
        steering.any(|field| before.get(&field.name) != after.get(&field.name))
    }

    /// The fields that expressions under `auth` read; `None` when one reads them all.
    fn fields_under_auth(&self) -> Option<Vec<String>> {
        let mut exprs = Vec::new();
        self.auth.values().for_each(|auth| under(auth, &mut exprs));
        let mut names = Vec::new();
        for expr in exprs {
            let reads = Reads::of(expr, &[Path::new()]);
            if reads.tangled {
                return None;
            }
            for path in &reads.paths {
                match path.as_slice() {
                    [Step::Name(root), Step::Name(name), ..] if &**root == "config" => names.push(name.to_string()),
                    [Step::Name(root), ..] if &**root != "config" => {}
                    // The configuration as a whole, or the root, which holds it too.
                    _ => return None,
                }
            }
        }
        Some(names)
    }
}

fn under<'a>(auth: &'a Auth, exprs: &mut Vec<&'a Expr>) {
    match auth {
        Auth::Key { value, send: _ } => exprs.extend(value.exprs()),
        Auth::Basic { username, password } => exprs.extend([username, password].into_iter().flat_map(Template::exprs)),
        Auth::ClientCredentials(asked) => {
            let fixed = [&asked.token_url, &asked.client_id, &asked.client_secret].into_iter().chain(&asked.scope);
            exprs.extend(fixed.chain(asked.extra.iter().map(|(_, value)| value)).flat_map(Template::exprs));
        }
        Auth::Token(exchange) => request(&exchange.request, exprs),
        Auth::Hmac { signature, .. } => {
            let texts = signature.parts.iter().filter_map(|part| match part {
                SignedPart::Text(text) => Some(text),
                _ => None,
            });
            exprs.extend(signature.keys.iter().chain(texts).flat_map(Template::exprs));
        }
    }
}

fn request<'a>(request: &'a Request, exprs: &mut Vec<&'a Expr>) {
    let pairs = request.headers.iter().chain(&request.query).map(|(_, value)| value);
    exprs.extend(std::iter::once(&request.url).chain(pairs).flat_map(Template::exprs));
    match &request.body {
        Body::None => {}
        Body::Json(template) => json(template, exprs),
        Body::Form(pairs) | Body::Pairs { of: pairs, .. } => {
            exprs.extend(pairs.iter().flat_map(|(_, value)| value.exprs()));
        }
        Body::Multipart(parts) => {
            for BodyPart { content, .. } in parts {
                match content {
                    PartContent::Text(text) => exprs.extend(text.exprs()),
                    PartContent::Json(template) => json(template, exprs),
                    PartContent::File(file) => exprs.push(file),
                }
            }
        }
        Body::Text { text, .. } => exprs.extend(text.exprs()),
        Body::File(file) => exprs.push(file),
    }
}

fn json<'a>(template: &'a JsonTemplate, exprs: &mut Vec<&'a Expr>) {
    match template {
        JsonTemplate::Leaf(leaf) => exprs.extend(leaf.exprs()),
        JsonTemplate::List(items) => items.iter().for_each(|item| json(item, exprs)),
        JsonTemplate::Map(pairs) => pairs.iter().for_each(|(_, value)| json(value, exprs)),
        JsonTemplate::File { file, .. } => exprs.push(file),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const WREN: &str = r#"
manifest: 1
key: wren
name: Wren
version: "1"
description: A provider of tests
module: kyc-wren
config:
  required: [baseUrl, account, secret]
  properties:
    baseUrl: { title: Base URL, format: uri }
    account: { title: Account }
    realm: { title: Realm }
    level: { title: Level }
    secret: { title: Secret, x-secret: true }
auth:
  token:
    kind: token
    request:
      method: POST
      url: "{config.baseUrl}/token"
      body: { json: { who: { account: "=config.account", secret: "=config.secret" }, also: ["=REALM"] } }
    token: "=body.token"
    send: { header: Authorization }
actions:
  - key: check
    label: Check
    category: Checks
    effect: read
    verified: assumed
    steps:
      - name: check
        request: { method: GET, url: "{config.baseUrl}/checks/{config.level}", auth: token }
"#;

    fn changed(manifest: &Manifest, field: &str) -> bool {
        let before = json!({ "baseUrl": "https://a.example", "account": "a", "realm": "r", "level": "l" });
        let mut after = before.clone();
        after[field] = json!("https://b.example");
        assert!(!manifest.steers_elsewhere(&before, &before));
        manifest.steers_elsewhere(&before, &after)
    }

    /// CHAN-5
    #[test]
    fn addresses_and_what_signs_in_decide_where_secrets_go_and_the_rest_does_not() {
        let manifest = Manifest::parse(&WREN.replace("REALM", "config.realm")).unwrap();
        let steering = ["baseUrl", "account", "realm", "level"].map(|field| changed(&manifest, field));
        assert_eq!(steering, [true, true, true, false]);
        let whole = Manifest::parse(&WREN.replace("REALM", "values(config)[0]")).unwrap();
        assert!(changed(&whole, "level"), "what reads the whole configuration reads each field of it");
        let all = Manifest::parse(&WREN.replace("REALM", "config")).unwrap();
        assert!(changed(&all, "level"));
    }

    /// CHAN-5
    #[test]
    fn a_field_that_comes_or_goes_differs() {
        let manifest = Manifest::parse(&WREN.replace("REALM", "config.realm")).unwrap();
        let bare = json!({ "baseUrl": "https://a.example" });
        assert!(manifest.steers_elsewhere(&bare, &json!({})) && manifest.steers_elsewhere(&json!({}), &bare));
    }
}
