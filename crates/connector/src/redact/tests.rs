//! That nothing survives, and that nothing else is taken.

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
    String::from_utf8(redactor.answer_body(kind, body.as_bytes(), None)).unwrap()
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
fn a_secret_that_reading_loses_is_not_kept_in_what_was_read() {
    let r = redactor(&["s3cret", "98765432109876543210"], &[]);
    let kept = |body: &str| String::from_utf8(r.raw(body.as_bytes())).unwrap();
    assert_eq!(kept(r#"{"a":"s3cret","a":"ok"}"#), r#"{"a":"ok"}"#);
    assert_eq!(kept(r#"[{"a":{"b":"s3cr\u0065t"},"a":1}]"#), r#"[{"a":1}]"#);
    assert!(!kept(r#"{"n":98765432109876543210}"#).contains("98765432109876543210"));
    let plain = r#"{ "n": 1e5, "score": 0.930, "é": "a:b" }"#;
    assert_eq!(kept(plain), plain, "what hides nothing is kept as it came");
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
    let kept = String::from_utf8(r.answer_body("image/jpeg", b"\xff\xd8", None)).unwrap();
    assert!(kept.starts_with("[2 bytes of image/jpeg, not kept; HMAC-SHA-256 "), "{kept}");
}

#[test]
fn the_digest_of_an_unread_body_depends_on_the_channels_secret() {
    let body = b"\xff8001015009087";
    assert_ne!(
        redactor(&["one secret"], &[]).answer_body("", body, None),
        redactor(&["another"], &[]).answer_body("", body, None)
    );
}

#[test]
fn without_a_secret_there_is_no_digest_that_could_be_searched() {
    assert_eq!(redactor(&[], &[]).answer_body("", b"\xff", None), b"[1 bytes of no type, not kept]");
}

#[test]
fn an_address_in_a_header_is_read_as_one() {
    let mut headers = HeaderMap::new();
    headers.insert("location", "https://x.example/a?token=abc&b=1".parse().unwrap());
    let kept = redactor(&[], &[]).headers(&headers);
    assert_eq!(kept[0].1, "https://x.example/a?token=redacted&b=1");
}

/// Found by the property of `tests/kept.rs`.
#[test]
fn a_secret_with_the_signs_of_addresses_goes_though_nobody_encoded_it() {
    let r = redactor(&["s3cr?et&99=x"], &[]);
    let mut headers = HeaderMap::new();
    headers.insert("location", "https://x.example/a?b=s3cr?et&99=x&c=1".parse().unwrap());
    headers.insert("link", "https://x.example/s3cr?et&99=x&c=1".parse().unwrap());
    let kept = r.headers(&headers);
    assert_eq!(kept[0].1, "https://x.example/a?b=redacted&c=1");
    assert_eq!(kept[1].1, "https://x.example/redacted&c=1");
    let form = answer(&r, "application/x-www-form-urlencoded", "a=s3cr?et&99=x&b=2");
    assert_eq!(form, format!("a={BLOCK}&b=2"));
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
    assert_eq!(r.answer_body("application/json", body, None), body);
}

#[test]
fn what_is_learnt_is_bounded_and_past_the_bound_no_body_is_kept() {
    let some = |count: usize| (0..count).map(|n| json!({"token": format!("aaa{n}")})).collect::<Value>();
    let mut r = redactor(&["s3cret", "another"], &[]);
    (0..3).for_each(|_| r.learn_from(&some(MOST_LEARNT)));
    assert_eq!((r.learnt.0, r.overwhelmed()), (MOST_LEARNT, None), "each counts once, the channel's own do not");
    assert_eq!(r.message("see aaa7 and s3cret"), format!("see {BLOCK} and {BLOCK}"));
    r.learn_from(&some(500_000));
    assert!(r.learnt.0 == MOST_LEARNT && r.overwhelmed().is_some());
    for kind in ["application/json; charset=utf-8", "text/plain"] {
        let kept = answer(&r, kind, "\"aaa500\"");
        assert!(
            kept.starts_with(&format!("[8 bytes of {}, not kept; HMAC-", kind.split(';').next().unwrap())),
            "{kept}"
        );
    }
    assert!(answer(&r, "aaa500", "x").starts_with("[1 bytes of redacted, not kept"), "a type may be a secret too");
    assert_eq!((r.message("aaa500").as_str(), r.raw(b"aaa500").as_slice()), (BLOCK, BLOCK.as_bytes()));
}

#[test]
fn the_bytes_that_are_learnt_are_bounded_too() {
    let mut r = redactor(&[], &[]);
    let long = |n: usize| format!("{n:02}{}", "x".repeat(19_000));
    r.learn_from(&(0..20).map(|n| json!({ "token": long(n) })).collect());
    assert!(r.learnt.0 < 20 && r.learnt.1 <= MOST_LEARNT_BYTES && r.overwhelmed().is_some());
}

#[test]
fn a_body_that_would_take_too_long_is_not_kept() {
    let mut r = redactor(&["s3cret"], &[]);
    r.budget = Budget::of(10_000);
    let tangled = json!(vec!["%2525+&amp;\\u0025"; 1_000]).to_string();
    let kept = answer(&r, "application/json", &tangled);
    assert!(kept.starts_with(&format!("[{} bytes of application/json, not kept", tangled.len())), "{kept}");
    assert!(r.overwhelmed().is_some());
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
    let escaped: Vec<String> = value.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    let entities: Vec<String> = value.chars().map(|c| format!("&#{};", u32::from(c))).collect();
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
        escaped.concat(),
        entities.concat(),
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

fn tree(leaf: &str) -> impl Strategy<Value = Value> + use<> {
    let leaf = prop_oneof![
        Just(Value::String(leaf.to_owned())),
        Just(Value::String(format!("before {leaf} after"))),
        Just(json!({ leaf: 1 })),
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
    // Each case looks at some thirty spellings.
    #![proptest_config(ProptestConfig::with_cases(48))]
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

}

proptest! {
    #[test]
    fn no_value_survives_in_json_of_any_shape(
        (value, tree) in value().prop_flat_map(|v| (Just(v.clone()), tree(&v)))
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
        let _ = r.answer_body("text/plain", &body, None);
        prop_assert_eq!(r.raw(&body), body);
        prop_assert_eq!(r.message(&text), text);
    }
}
