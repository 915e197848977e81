//! A manifest around a part of one. A key that the part has stands in place of the skeleton's.

const MANIFEST: &str = r#"manifest: 1
key: harbour
name: Harbour ID
version: "1"
description: A provider
module: kyc-harbour
config:
  properties:
    baseUrl: { type: string, format: uri, default: https://api.harbour.example }
    authUrl: { type: string, format: uri, default: https://login.harbour.example }
    user: { type: string, default: desk }
    clientId: { type: string, default: desk }
    password: { type: string, x-secret: true }
    clientSecret: { type: string, x-secret: true }
    apiKey: { type: string, x-secret: true }
    appToken: { type: string, x-secret: true }
    secretKey: { type: string, x-secret: true }
    webhookSecret: { type: string, x-secret: true }
    webhookSecretNext: { type: string, x-secret: true }
auth:
  key: { kind: header, name: X-Api-Key, value: "=config.apiKey" }
"#;

const ACTION: &str = r"key: check
label: Check
category: Person
effect: write
verified: assumed
params:
  properties:
    name: { type: string }
    idNumber: { type: string, x-sensitive: true }
    kind: { type: string, enum: [person, company] }
    companyName: { type: string }
    registrationNumber: { type: string }
    note: { type: string }
    photo: { type: string, format: file }
    pages: { type: array, items: { type: string, format: file } }
";

const STEP: &str = "name: checked\n";

const REQUEST: &str = "method: POST\nurl: \"{config.baseUrl}/checks\"\n";

/// What a poll asks with.
const STATUS: &str = r#"- key: status
  label: Status
  category: Person
  effect: read
  verified: assumed
  params: { required: [checkId], properties: { checkId: { type: string } } }
  steps: [{ name: asked, request: { method: GET, url: "{config.baseUrl}/checks/{params.checkId}" } }]
  result: { state: { from: "=asked.body.status", waiting: [running], succeeded: [done], failed: [dead] }, outputs: { checkId: "=asked.body.id", consentTypes: "=asked.body.types" } }
"#;

/// `text` as a part of `part`, in a manifest that is whole; nothing when there is no such part.
pub(crate) fn complete(part: &str, text: &str) -> Option<String> {
    Some(match part {
        "manifest" => manifest(&laid(MANIFEST, text), ""),
        "action" => manifest(MANIFEST, text),
        "step" => manifest(MANIFEST, &steps(text)),
        "request" => manifest(MANIFEST, &steps(&under("request", &laid(REQUEST, text)))),
        "params" => manifest(MANIFEST, &if text.is_empty() { String::new() } else { under("params", text) }),
        "result" => manifest(MANIFEST, &under("result", or_empty(text))),
        "display" => manifest(MANIFEST, &under("result", &under("display", or_empty(text)))),
        _ => return None,
    })
}

fn or_empty(text: &str) -> &str {
    if text.is_empty() { "{}\n" } else { text }
}

fn manifest(whole: &str, action: &str) -> String {
    if keys(whole).contains(&"actions") {
        return whole.to_owned();
    }
    let mut action = laid(ACTION, action);
    if !keys(&action).contains(&"steps") {
        action.push_str(&steps(""));
    }
    format!("{whole}actions:\n{}{}", item(&action), indented(STATUS, 2))
}

fn steps(text: &str) -> String {
    let mut step = laid(STEP, text);
    if !keys(&step).iter().any(|key| ["request", "obtain"].contains(key)) {
        step.push_str(&under("request", REQUEST));
    }
    format!("steps:\n{}", item(&step))
}

/// The lines of `base`, but for those of keys that `text` has, and then `text`.
fn laid(base: &str, text: &str) -> String {
    let (theirs, mut kept, mut out) = (keys(text), true, String::new());
    for line in base.lines() {
        if let Some(key) = key(line) {
            kept = !theirs.contains(&key);
        }
        if kept {
            out.push_str(line);
            out.push('\n');
        }
    }
    out + text
}

fn key(line: &str) -> Option<&str> {
    let begins = line.starts_with(|c: char| c.is_ascii_alphabetic());
    line.split_once(':').filter(|_| begins).map(|(key, _)| key)
}

fn keys(text: &str) -> Vec<&str> {
    text.lines().filter_map(key).collect()
}

fn under(key: &str, text: &str) -> String {
    format!("{key}:\n{}", indented(text, 2))
}

/// As an item of a list.
fn item(text: &str) -> String {
    indented(text, 4).replacen("    ", "  - ", 1)
}

fn indented(text: &str, by: usize) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("{:by$}{line}\n", "") }).collect()
}
