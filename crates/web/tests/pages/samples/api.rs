//! API keys, and the reference of the API.

use super::*;

fn row(name: &str, state: KeyState) -> ApiKeyRow {
    let counts = matches!(state, KeyState::Counts | KeyState::EndsSoon);
    ApiKeyRow {
        revoke: counts.then(|| text("/settings/api-keys/0193/revoke")),
        name: text(name),
        ending: text("x9Zq"),
        grants: text("kyc:read, kyc:execute"),
        until: text("28 Feb 2027"),
        made: when(90),
        by: text("Thandeka Mkhize"),
        used: counts.then(|| when(3)),
        from: counts.then(|| text("198.51.100.7")),
        state,
    }
}

pub(super) fn keys() -> Vec<(&'static str, ApiKeysPage)> {
    let page = |keys| ApiKeysPage { shell: shell(), banner: None, keys };
    let all = vec![
        row("Core banking", KeyState::Counts),
        row("Nightly report", KeyState::EndsSoon),
        row("Old portal", KeyState::Ended),
        row(&longest()[0], KeyState::Revoked(when(9))),
    ];
    let done =
        Some(Banner::new(Outcome::Good, "The key was revoked", "Whatever is sent with it is refused from now on."));
    let hostile = ApiKeyRow { by: text(HOSTILE), grants: text(HOSTILE), ..row(HOSTILE, KeyState::Counts) };
    vec![
        ("api-keys", ApiKeysPage { banner: done, ..page(all) }),
        ("api-keys-none", page(vec![])),
        ("api-keys-hostile", ApiKeysPage { shell: hostile_shell(), ..page(vec![hostile]) }),
    ]
}

pub(super) fn made() -> Vec<(&'static str, ApiKeyMadePage)> {
    let page = |name: &str| ApiKeyMadePage {
        shell: shell(),
        name: text(name),
        token: format!("dossier_{}", "A".repeat(43)),
        until: text("28 Feb 2027"),
    };
    let hostile = ApiKeyMadePage { shell: hostile_shell(), ..page(HOSTILE) };
    vec![("api-key-made", page("Core banking")), ("api-key-made-hostile", hostile)]
}

pub(super) fn revocations() -> Vec<(&'static str, ApiKeyRevokePage)> {
    let page = |name: &str, used| ApiKeyRevokePage {
        shell: shell(),
        href: text("/settings/api-keys/0193/revoke"),
        name: text(name),
        ending: text("x9Zq"),
        used,
    };
    let hostile = ApiKeyRevokePage { shell: hostile_shell(), ..page(HOSTILE, None) };
    vec![("api-key-revoke", page("Core banking", Some(when(3)))), ("api-key-revoke-hostile", hostile)]
}

fn headings() -> Vec<ApiHeading> {
    let heading = |title: &str| ApiHeading {
        title: text(title),
        word: title.to_lowercase(),
        href: format!("/api/{}", title.to_lowercase()),
        operations: vec![
            (
                text("GET"),
                text("/api/v1/requests/{request}/outputs/{output}/content"),
                text("Get an answer"),
                text("get"),
            ),
            (text("POST"), text("/api/v1/requests"), text("Create a request"), text("create")),
        ],
    };
    vec![heading("Requests"), heading("Runs")]
}

pub(super) fn overviews() -> Vec<(&'static str, ApiOverviewPage)> {
    let problem = |status, code, words| ApiProblem { status, code, words };
    let page = ApiOverviewPage {
        shell: shell(),
        base: text("https://kyc.example.org/api/v1"),
        headings: headings(),
        problems: vec![
            problem(401, "unauthenticated", "The call carries no API key that counts."),
            problem(422, "idempotency_key_reused", "The idempotency key came before with other content."),
        ],
    };
    vec![("api-overview", page)]
}

pub(super) fn references() -> Vec<(&'static str, ApiPage)> {
    let operation = ApiOperation {
        id: text("createRequest"),
        method: text("POST"),
        path: text("/api/v1/requests/{request}/runs"),
        summary: text("Create a request"),
        paragraphs: vec![text("In status draft.")],
        permission: Some(text("kyc:read")),
        parameters: vec![ApiParameter {
            name: text("Idempotency-Key"),
            place: text("header"),
            required: false,
            kind: text("string"),
            words: text("The same post with the same key does its work once."),
        }],
        body: Some(text("NewRequest")),
        example: Some(text("{\n  \"reference\": \"LOAN-2026-00417\"\n}")),
        replies: vec![ApiReply { status: text("201"), words: String::new(), kind: Some(text("NewRequest")) }],
    };
    let member = ApiMember {
        name: text("reference"),
        kind: text("string"),
        required: true,
        words: text("What people know it by."),
    };
    let types = vec![
        ApiType { name: text("NewRequest"), words: text("A request to be."), members: vec![member], one_of: vec![] },
        ApiType {
            name: text("Status"),
            words: text("How far it has come."),
            members: vec![],
            one_of: vec![text("draft"), text("pending")],
        },
    ];
    let page =
        ApiPage { shell: shell(), title: text("Requests"), operations: vec![operation], types, headings: headings() };
    vec![("api-reference", page)]
}
