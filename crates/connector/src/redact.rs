//! Takes secrets and personal data out of what is recorded, before it is written.
//!
//! Three nets, one behind the other: what stands under a known name, every recurrence of a value that is known to be
//! secret or personal in any spelling, and identity numbers by their digits. A body that cannot be read is not kept.

use http::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use crate::digest;
use crate::sensitive::{SensitiveNames, secret, za_ids};
use crate::spellings::{Needles, replace};

/// What stands in addresses and headers where something was taken out.
pub(crate) const WORD: &str = "redacted";
/// What stands in bodies where something was taken out.
pub(crate) const BLOCK: &str = "▮▮▮";
/// How many layers of JSON as text are opened.
const LAYERS: usize = 3;

/// Knows what must not be written during one call.
pub(crate) struct Redactor {
    names: SensitiveNames,
    /// Names that the form of the action marks: they count in what goes out.
    form_names: SensitiveNames,
    secrets: Needles,
    personal: Needles,
    /// The key of digests: they stay unsearchable for those without the channel's secrets.
    key: Vec<u8>,
}

/// How much is taken out.
#[derive(Clone, Copy, PartialEq)]
enum Depth {
    /// Secrets only: what the result keeps.
    Secrets,
    /// Personal data too: what is recorded of an answer.
    Answer,
    /// And what the form marks: what is recorded of a request.
    Request,
}

impl Redactor {
    /// A redactor for a call with these secrets and personal values.
    pub(crate) fn new<'a>(
        names: SensitiveNames,
        form_names: SensitiveNames,
        secrets: impl IntoIterator<Item = &'a SecretString>,
        personal: impl IntoIterator<Item = String>,
    ) -> Self {
        let mut redactor =
            Self { names, form_names, secrets: Needles::default(), personal: Needles::default(), key: Vec::new() };
        for secret in secrets {
            redactor.key.extend_from_slice(secret.expose_secret().as_bytes());
            redactor.learn(secret.expose_secret());
        }
        for value in personal {
            redactor.personal.add(value.trim());
        }
        redactor
    }

    /// Adds a secret that came up on the way.
    pub(crate) fn learn(&mut self, secret: &str) {
        self.secrets.add(secret.trim());
    }

    /// Adds every text that stands under a name of secrets in `answer`.
    pub(crate) fn learn_from(&mut self, answer: &Value) {
        match answer {
            Value::Array(items) => items.iter().for_each(|i| self.learn_from(i)),
            Value::Object(pairs) => {
                for (name, value) in pairs {
                    match value {
                        Value::String(text) if secret(name) => self.learn(text),
                        other => self.learn_from(other),
                    }
                }
            }
            _ => {}
        }
    }

    /// A message of the provider: secrets and personal data out.
    pub(crate) fn message(&self, text: &str) -> String {
        self.text(text, Depth::Answer, BLOCK)
    }

    /// An address.
    pub(crate) fn url(&self, url: &Url) -> String {
        let whole = url.as_str();
        let (whole, fragment) = whole.split_once('#').map_or((whole, None), |(w, f)| (w, Some(f)));
        let (path, query) = whole.split_once('?').map_or((whole, None), |(p, q)| (p, Some(q)));
        let mut redacted = self.text(path, Depth::Request, WORD);
        if let Some(query) = query {
            redacted = format!("{redacted}?{}", self.pairs(query, Depth::Request, WORD));
        }
        if fragment.is_some() {
            redacted.push_str("#redacted");
        }
        redacted
    }

    /// Headers, names in lower case.
    pub(crate) fn headers(&self, headers: &HeaderMap) -> Vec<(String, String)> {
        let one = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            let value = match value.to_str() {
                Ok(text) if !secret(name.as_str()) && !self.names.personal(name.as_str()) => {
                    self.text(text, Depth::Request, WORD)
                }
                _ => WORD.to_owned(),
            };
            (name.as_str().to_owned(), value)
        };
        headers.iter().map(one).collect()
    }

    /// The body of a request.
    pub(crate) fn request_body(&self, media_type: &str, body: &[u8]) -> Vec<u8> {
        self.body(media_type, body, Depth::Request)
    }

    /// The body of an answer, as it is recorded.
    pub(crate) fn answer_body(&self, media_type: &str, body: &[u8]) -> Vec<u8> {
        self.body(media_type, body, Depth::Answer)
    }

    /// The body of an answer, as the result keeps it: unchanged unless a secret is in it.
    pub(crate) fn raw(&self, body: &[u8]) -> Vec<u8> {
        let Ok(text) = std::str::from_utf8(body) else { return body.to_vec() };
        match serde_json::from_str::<Value>(text) {
            Ok(json) => {
                let redacted = self.json(&json, Depth::Secrets, LAYERS);
                if redacted == json { body.to_vec() } else { redacted.to_string().into_bytes() }
            }
            Err(_) => self.text(text, Depth::Secrets, BLOCK).into_bytes(),
        }
    }

    /// An answer whose secrets are out, for expressions.
    pub(crate) fn open(&self, answer: &Value) -> Value {
        self.json(answer, Depth::Secrets, LAYERS)
    }

    fn body(&self, media_type: &str, body: &[u8], depth: Depth) -> Vec<u8> {
        if body.is_empty() {
            return Vec::new();
        }
        let Ok(text) = std::str::from_utf8(body) else { return self.opaque(media_type, body) };
        let kind = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if let Ok(json) = serde_json::from_str::<Value>(text) {
            return self.json(&json, depth, LAYERS).to_string().into_bytes();
        }
        let looks_like_json = text.trim_start().starts_with(['{', '[']) || kind.ends_with("json");
        match kind.as_str() {
            _ if looks_like_json => self.opaque(media_type, body),
            "application/x-www-form-urlencoded" => self.pairs(text, depth, BLOCK).into_bytes(),
            "" | "text/plain" | "text/html" => self.text(text, depth, BLOCK).into_bytes(),
            _ => self.opaque(media_type, body),
        }
    }

    /// What is kept of a body that cannot be read.
    fn opaque(&self, media_type: &str, body: &[u8]) -> Vec<u8> {
        let kind = self.text(media_type, Depth::Request, WORD);
        let kind = if kind.is_empty() { "no type" } else { &kind };
        let digest = digest::keyed(&self.key, body);
        format!("[{} bytes of {kind}, not kept; HMAC-SHA-256 {digest}]", body.len()).into_bytes()
    }

    /// `name=value&…`
    fn pairs(&self, text: &str, depth: Depth, mark: &str) -> String {
        let one = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let spelled = self.text(name, depth, mark);
            let decoded = |text: &str| {
                form_urlencoded::parse(format!("x={text}").as_bytes())
                    .next()
                    .map(|(_, v)| v.into_owned())
                    .unwrap_or_default()
            };
            if !pair.contains('=') {
                return spelled;
            }
            if !value.is_empty() && self.named(&decoded(name), depth) {
                return format!("{spelled}={mark}");
            }
            let inner = decoded(value);
            let opened = self.opened(&inner, depth, LAYERS);
            match opened {
                Some(opened) if opened != inner => {
                    format!("{spelled}={}", form_urlencoded::byte_serialize(opened.as_bytes()).collect::<String>())
                }
                _ => format!("{spelled}={}", self.text(value, depth, mark)),
            }
        };
        text.split('&').map(one).collect::<Vec<_>>().join("&")
    }

    /// JSON as text with what must go taken out; `None` when it is no JSON.
    fn opened(&self, text: &str, depth: Depth, layers: usize) -> Option<String> {
        if layers == 0 || !text.trim_start().starts_with(['{', '[', '"']) {
            return None;
        }
        let json = serde_json::from_str::<Value>(text).ok()?;
        let redacted = self.json(&json, depth, layers - 1);
        Some(if redacted == json { text.to_owned() } else { redacted.to_string() })
    }

    fn json(&self, value: &Value, depth: Depth, layers: usize) -> Value {
        match value {
            Value::Array(items) => items.iter().map(|i| self.json(i, depth, layers)).collect(),
            Value::Object(pairs) => {
                let pair = |(name, value): (&String, &Value)| {
                    let kept = value.is_null() || value.is_boolean();
                    let redacted = if !kept && self.named(name, depth) {
                        Value::String(BLOCK.to_owned())
                    } else {
                        self.json(value, depth, layers)
                    };
                    (self.text(name, depth, BLOCK), redacted)
                };
                Value::Object(pairs.iter().map(pair).collect())
            }
            Value::String(text) => {
                let opened = self.opened(text, depth, layers).unwrap_or_else(|| text.clone());
                Value::String(self.text(&opened, depth, BLOCK))
            }
            Value::Number(number) => {
                let text = number.to_string();
                let redacted = self.text(&text, depth, BLOCK);
                if redacted == text { value.clone() } else { Value::String(redacted) }
            }
            Value::Null | Value::Bool(_) => value.clone(),
        }
    }

    fn named(&self, name: &str, depth: Depth) -> bool {
        match depth {
            Depth::Secrets => secret(name),
            Depth::Answer => secret(name) || self.names.personal(name),
            Depth::Request => secret(name) || self.names.personal(name) || self.form_names.personal(name),
        }
    }

    fn text(&self, text: &str, depth: Depth, mark: &str) -> String {
        let text = replace(text, &self.secrets.find(text), mark);
        if depth == Depth::Secrets {
            return text;
        }
        let text = replace(&text, &self.personal.find(&text), mark);
        replace(&text, &za_ids(&text), mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use proptest::prelude::*;
    use serde_json::json;

    fn redactor(secrets: &[&str], personal: &[&str]) -> Redactor {
        let secrets: Vec<SecretString> = secrets.iter().map(|&s| SecretString::from(s.to_owned())).collect();
        let names = SensitiveNames::default();
        let form = SensitiveNames::default().with(["FirstName"]);
        Redactor::new(names, form, &secrets, personal.iter().map(|&p| p.to_owned()))
    }

    fn answer(redactor: &Redactor, kind: &str, body: &str) -> String {
        String::from_utf8(redactor.answer_body(kind, body.as_bytes())).unwrap()
    }

    #[test]
    fn an_address_keeps_its_shape_and_loses_what_is_personal() {
        let r = redactor(&["s3cret/&+"], &["8001015009087", "Müller"]);
        let url = "https://x.example/8001015009087/M%C3%BCller?a=s3cret%2F%26%2B&IDNumber=1&plain=2&token=t&flag\
                   &list=%5B%7B%22FirstName%22%3A%22Li%22%2C%22DoKYC%22%3Atrue%7D%5D#s3cret";
        let kept = "https://x.example/redacted/redacted?a=redacted&IDNumber=redacted&plain=2&token=redacted&flag\
                    &list=%5B%7B%22FirstName%22%3A%22%E2%96%AE%E2%96%AE%E2%96%AE%22%2C%22DoKYC%22%3Atrue%7D%5D#redacted";
        assert_eq!(r.url(&Url::parse(url).unwrap()), kept);
    }

    #[test]
    fn headers_of_credentials_and_headers_that_are_no_text_are_taken_out() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("authorization", "Bearer abc"),
            ("set-cookie", "a=b"),
            ("x-api-key", "k"),
            ("x-note", "for s3cret"),
            ("content-type", "text/plain"),
            ("x-id", "8001015009087"),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        headers.insert("x-raw", http::HeaderValue::from_bytes(b"\xff").unwrap());
        let kept = redactor(&["s3cret"], &[]).headers(&headers);
        let kept: Vec<_> = kept.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(
            kept,
            [
                ("authorization", "redacted"),
                ("set-cookie", "redacted"),
                ("x-api-key", "redacted"),
                ("x-note", "for redacted"),
                ("content-type", "text/plain"),
                ("x-id", "redacted"),
                ("x-raw", "redacted"),
            ]
        );
    }

    #[test]
    fn bodies_of_each_kind_are_read_and_what_cannot_be_read_is_not_kept() {
        let r = redactor(&["s3cret"], &["Nomvula"]);
        let json = json!({"access_token": "t", "who": "NOMVULA K", "n": 8_001_015_009_087_u64, "IDNumber": null,
            "inner": "{\"password\": \"p\"}", "s3cret": 1, "count": 3});
        let kept = json!({"access_token": BLOCK, "who": format!("{BLOCK} K"), "n": BLOCK, "IDNumber": null,
            "inner": format!("{{\"password\":\"{BLOCK}\"}}"), BLOCK: 1, "count": 3});
        assert_eq!(answer(&r, "application/json", &json.to_string()), kept.to_string());
        assert_eq!(answer(&r, "text/html; charset=utf-8", "<p>Nomvul&#97; s3cret"), format!("<p>{BLOCK} {BLOCK}"));
        let form = answer(&r, "application/x-www-form-urlencoded", "client_secret=x&a=Nomvula+K");
        assert_eq!(form, format!("client_secret={BLOCK}&a={BLOCK}+K"));
        for (kind, body) in [("application/json", "{\"password\": \"p"), ("", "[1"), ("application/xml", "<a/>")] {
            let kept = answer(&r, kind, body);
            assert!(kept.starts_with(&format!("[{} bytes of ", body.len())) && !kept.contains(body), "{kept}");
        }
        let kept = String::from_utf8(r.answer_body("image/jpeg", b"\xff\xd8")).unwrap();
        assert!(kept.starts_with("[2 bytes of image/jpeg, not kept; HMAC-SHA-256 "), "{kept}");
    }

    #[test]
    fn the_digest_of_an_unread_body_depends_on_the_channels_secret() {
        let body = b"\xff8001015009087";
        assert_ne!(
            redactor(&["one secret"], &[]).answer_body("", body),
            redactor(&["another"], &[]).answer_body("", body)
        );
    }

    #[test]
    fn the_kept_answer_loses_secrets_only_and_is_else_as_it_came() {
        let mut r = redactor(&["s3cret"], &["Nomvula"]);
        let plain = "{ \"IDNumber\":  \"8001015009087\", \"who\": \"Nomvula\", \"n\": 1.50 }";
        assert_eq!(r.raw(plain.as_bytes()), plain.as_bytes());
        assert_eq!(r.raw(b"\xff\xd8"), b"\xff\xd8");
        assert_eq!(
            r.raw(br#"{"access_token":"abcdef","a":"s3cret"}"#),
            format!(r#"{{"access_token":"{BLOCK}","a":"{BLOCK}"}}"#).as_bytes()
        );
        r.learn_from(&json!({"data": [{"refresh_token": "fresh-one"}]}));
        assert_eq!(r.raw(b"the fresh-one"), format!("the {BLOCK}").as_bytes());
    }

    #[test]
    fn a_name_that_the_form_marks_counts_in_what_goes_out_and_not_in_what_comes_back() {
        let r = redactor(&[], &[]);
        let body = br#"{"FirstName":"Li"}"#;
        assert_eq!(r.request_body("application/json", body), format!(r#"{{"FirstName":"{BLOCK}"}}"#).as_bytes());
        assert_eq!(r.answer_body("application/json", body), body);
    }

    /// Every way in which a value may be spelled on its way.
    fn spellings(value: &str) -> Vec<String> {
        let percent = |upper: bool, all: bool| {
            let one = |b: u8| match b {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' if !all => char::from(b).to_string(),
                _ if upper => format!("%{b:02X}"),
                _ => format!("%{b:02x}"),
            };
            value.bytes().map(one).collect::<String>()
        };
        let escaped: String = value.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        let entities: String = value.chars().map(|c| format!("&#{};", u32::from(c))).collect();
        let form: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
        let quoted = Value::String(value.to_owned()).to_string();
        // Some letters become two when they are capitalised; software that does so makes another text.
        let capital = |c: char| c.to_uppercase().next().filter(|_| c.to_uppercase().count() == 1).unwrap_or(c);
        let capitals: String = value.chars().map(capital).collect();
        let mut all = vec![
            value.to_owned(),
            percent(true, false),
            percent(false, false),
            percent(true, true),
            escaped,
            entities,
            form.clone(),
            quoted[1..quoted.len() - 1].to_owned(),
            form.replace('%', "%25"),
            capitals,
            Value::String(quoted).to_string(),
        ];
        for before in ["", "i", "id", "id:"] {
            for after in ["", "x", "xy"] {
                all.push(STANDARD.encode(format!("{before}{value}{after}")));
                all.push(URL_SAFE_NO_PAD.encode(format!("{before}{value}{after}")));
            }
        }
        all
    }

    /// What is left of `text` when every escape is taken off, as often as there are escapes.
    fn bare(text: &str) -> String {
        let mut text = text.to_owned();
        for _ in 0..4 {
            text = form_urlencoded::parse(format!("x={}", text.replace('&', "%26")).as_bytes())
                .next()
                .map(|(_, v)| v.into_owned())
                .unwrap_or_default();
        }
        text
    }

    /// A value as secrets and names are: with signs, spaces and letters beyond ASCII.
    fn value() -> impl Strategy<Value = String> {
        "[a-zA-Z0-9]{3}[a-zA-Z0-9 +/=%&\"\\\\éßЖ語😀._~-]{3,20}[a-zA-Z0-9]{3}"
    }

    fn tree(leaf: String) -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::String(leaf.clone())),
            Just(Value::String(format!("before {leaf} after"))),
            Just(json!({ leaf.clone(): 1 })),
            Just(Value::String(json!({"deep": [leaf]}).to_string())),
            any::<u32>().prop_map(Value::from),
            Just(Value::Null),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                proptest::collection::vec(("[a-z]{1,6}", inner), 0..4)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_value_survives_in_any_spelling_anywhere(value in value()) {
            for r in [redactor(&[&value], &[]), redactor(&[], &[&value])] {
                for spelled in spellings(&value) {
                    let text = format!("before<{spelled}>after");
                    let kept = answer(&r, "text/plain", &text);
                    prop_assert!(kept.contains(BLOCK) && !kept.contains(&spelled), "{} in {}", spelled, kept);
                    prop_assert_eq!(kept.split('<').next(), Some("before"));
                    let kept = answer(&r, "application/json", &json!({ "a": text }).to_string());
                    prop_assert!(!kept.contains(&spelled), "{} in {}", spelled, kept);
                    let mut url = Url::parse("https://x.example/").unwrap();
                    url.query_pairs_mut().append_pair("q", &text);
                    url.path_segments_mut().unwrap().push(&spelled);
                    let kept = r.url(&url);
                    prop_assert!(!bare(&kept).to_lowercase().contains(&value.to_lowercase()), "{}", kept);
                }
            }
        }

        #[test]
        fn no_value_survives_in_json_of_any_shape(
            (value, tree) in value().prop_flat_map(|v| (Just(v.clone()), tree(v)))
        ) {
            let r = redactor(&[&value], &[]);
            let inside = |text: &str| {
                let quoted = Value::String(value.clone()).to_string();
                text.contains(&value) || text.contains(&quoted[1..quoted.len() - 1])
            };
            let kept = answer(&r, "application/json", &tree.to_string());
            prop_assert!(!inside(&kept), "{}", kept);
            let kept = String::from_utf8(r.raw(tree.to_string().as_bytes())).unwrap();
            prop_assert!(!inside(&kept), "{}", kept);
        }

        #[test]
        fn what_stands_under_a_sensitive_name_goes_whatever_it_is(value in "[a-z]{1,2}|[a-zA-Z0-9 ]{8,20}") {
            let r = redactor(&[], &[]);
            let body = json!({"list": [{"passportNumber": value, "client_secret": [value], "email": {"x": value}}]});
            let kept = answer(&r, "application/json", &body.to_string());
            let expected = json!({"list": [{"passportNumber": BLOCK, "client_secret": BLOCK, "email": BLOCK}]});
            prop_assert_eq!(kept, expected.to_string());
        }

        #[test]
        fn nothing_brings_it_to_fall_and_nothing_else_is_taken(body in any::<Vec<u8>>(), text in "\\PC{0,60}") {
            let r = redactor(&["a secret of some length"], &["another value"]);
            let _ = r.answer_body("text/plain", &body);
            prop_assert_eq!(r.raw(&body), body);
            prop_assert_eq!(r.message(&text), text);
        }
    }
}
