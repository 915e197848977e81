//! The target of the redactor.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::HeaderMap;
use secrecy::SecretString;
use serde_json::Value;
use url::Url;

use crate::redact::Redactor;
use crate::sensitive::SensitiveNames;

/// Three lines: a secret, a personal value, a media type; the rest is what passes, in which `§0`, `§1` and so on stand
/// for the secret in that spelling and `¶0`, `¶1` for the personal value. Nothing that is recorded of it as an address,
/// a header or a body holds either, in whatever spelling.
pub fn redaction(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.splitn(4, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (secret, personal, media_type, rest) = (line(), line(), line(), line());
    if !is_telling(secret) || !is_telling(personal) {
        return;
    }
    let (secrets, values) = (spellings(secret), spellings(personal));
    let body = filled(&filled(rest, '§', &secrets), '¶', &values);
    let names = SensitiveNames::default();
    let key = SecretString::from(secret.to_owned());
    let redactor = Redactor::new(names.clone(), names, [&key], [personal.to_owned()]);

    let mut kept = vec![
        (media_type, redactor.request_body(media_type, body.as_bytes())),
        (media_type, redactor.answer_body(media_type, body.as_bytes(), None)),
        ("text/plain", redactor.message(&body).into_bytes()),
    ];
    if let Ok(json) = serde_json::from_str::<Value>(&body) {
        kept.push(("application/json", redactor.request_json(&json)));
    }
    let mut url = Url::parse(&format!("https://corner.example/{body}")).ok();
    if let Some(url) = &mut url {
        url.query_pairs_mut().append_pair("q", &body);
        kept.push(("url", redactor.url(url).into_bytes()));
    }
    if let Ok(value) = http::HeaderValue::from_str(&body) {
        let headers: HeaderMap = [(http::header::LINK, value)].into_iter().collect();
        kept.extend(redactor.headers(&headers).into_iter().map(|(_, text)| ("text/plain", text.into_bytes())));
    }
    for (kind, kept) in kept {
        let Ok(kept) = String::from_utf8(kept) else { panic!("what is recorded is text") };
        for value in [secret, personal] {
            assert!(!leaks(&kept, kind, value), "{value:?} in {kept:?}, from {body:?} as {kind}");
        }
    }
    let Ok(raw) = String::from_utf8(redactor.raw(body.as_bytes())) else { panic!("a text stays one") };
    assert!(!leaks(&raw, media_type, secret), "{secret:?} in {raw:?}, from {body:?}");
}

/// Whether it is a value such as secrets and names are: of some length, with letters or digits at its ends, and in none
/// of the words that the redactor itself writes.
fn is_telling(value: &str) -> bool {
    const WORDS: &str =
        "redacted characters of base64, not kept bytes of no type; hmac-sha-256 https://corner.example/";
    let edges = [value.chars().next(), value.chars().next_back()];
    let plain = edges.iter().all(|c| c.is_some_and(|c| c.is_ascii_alphanumeric()));
    let known = WORDS.contains(&value.to_lowercase());
    let signs = value.chars().all(|c| !c.is_control() && !"§¶▮".contains(c) && c.is_alphanumeric() == folds(c));
    plain && signs && !known && (8..200).contains(&value.len()) && !value.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Whether a letter has one capital and one small letter; others have more spellings than anyone counts.
fn folds(c: char) -> bool {
    c.is_alphanumeric() && c.to_uppercase().count() == 1 && c.to_lowercase().count() == 1
}

/// The ways in which software on the way spells a value.
pub fn spellings(value: &str) -> Vec<String> {
    let percent = joined(value.bytes().map(|b| format!("%{b:02x}")));
    let escaped = joined(value.encode_utf16().map(|unit| format!("\\u{unit:04X}")));
    let entities = joined(value.chars().map(|c| format!("&#{};", u32::from(c))));
    let form: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let quoted = Value::String(value.to_owned()).to_string();
    let quoted = quoted[1..quoted.len() - 1].to_owned();
    // Software that makes two letters of one, SS of ß, makes another text.
    let capital = |c: char| c.to_uppercase().next().filter(|_| c.to_uppercase().count() == 1).unwrap_or(c);
    let capitals: String = value.chars().map(capital).collect();
    vec![
        value.to_owned(),
        percent,
        quoted,
        escaped,
        entities,
        form.replace('%', "%25"),
        form,
        capitals,
        STANDARD.encode(format!("id:{value}")),
        URL_SAFE_NO_PAD.encode(format!("{value}:x")),
    ]
}

fn joined(pieces: impl Iterator<Item = String>) -> String {
    pieces.collect::<Vec<_>>().concat()
}

/// `text` with each `mark` and the digit after it replaced.
fn filled(text: &str, mark: char, spellings: &[String]) -> String {
    let mut pieces = text.split(mark);
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |whole, piece| {
        let at = piece.chars().next().and_then(|c| c.to_digit(10));
        match at.and_then(|at| spellings.get(at as usize)) {
            Some(spelled) => whole + spelled + &piece[1..],
            None => whole + piece,
        }
    })
}

/// Whether `value` can be read from what was kept as `kind`, which is a media type or `url`, in any spelling: in JSON
/// from its texts, in pairs from their halves.
pub fn leaks(kept: &str, kind: &str, value: &str) -> bool {
    match serde_json::from_str::<Value>(kept) {
        Ok(json @ (Value::Array(_) | Value::Object(_))) => return texts(&json).iter().any(|text| holds(text, value)),
        Ok(Value::String(text)) => return holds(&text, value),
        _ => {}
    }
    if kind == "url" {
        let Ok(url) = Url::parse(kept) else { return holds(kept, value) };
        let mut halves = url.query_pairs().flat_map(|(name, value)| [name.into_owned(), value.into_owned()]);
        return holds(url.path(), value) || halves.any(|text| holds(&text, value));
    }
    if kind == "application/x-www-form-urlencoded" {
        let mut halves =
            form_urlencoded::parse(kept.as_bytes()).flat_map(|(name, value)| [name.into_owned(), value.into_owned()]);
        return halves.any(|text| holds(&text, value));
    }
    holds(kept, value)
}

fn texts(json: &Value) -> Vec<String> {
    let mut texts = super::leaves(json);
    names(json, &mut texts);
    texts
}

fn names(json: &Value, found: &mut Vec<String>) {
    match json {
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        Value::Object(pairs) => {
            for (name, value) in pairs {
                found.push(name.clone());
                names(value, found);
            }
        }
        _ => {}
    }
}

fn holds(text: &str, value: &str) -> bool {
    let (lower, spelled) = (text.to_lowercase(), spellings(value));
    // In base64 other letters are other values.
    let (plain, base64) = spelled.split_at(spelled.len() - 2);
    base64.iter().any(|spelled| text.contains(spelled))
        || plain.iter().any(|spelled| lower.contains(&spelled.to_lowercase()))
}
