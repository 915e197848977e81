//! Slips of an author that nothing but the loader can tell: each is told once, where it stands, with what mends it.

use super::{manifest, problems};
use dossier_connector::Manifest;

const ACTIONS: &str = r#"
  - key: start
    label: Start
    category: A
    effect: write
    verified: assumed
    poll: { action: status, params: { id: "=outputs.jobId" } }
    params: { required: [kind], properties: { kind: { title: Kind, type: string, enum: [a, b], default: a } } }
    steps:
      - { name: started, request: { method: POST, url: "{config.url}/jobs", auth: session, body: { json: { kind: "=params.kind" } } } }
    result: { outputs: { jobId: "=started.body.id" } }
  - key: status
    label: Status
    category: A
    effect: read
    verified: assumed
    params: { required: [id], properties: { id: { title: Job, type: string, x-default: "=outputs.jobId" } } }
    steps:
      - { name: asked, request: { method: GET, url: "{config.url}/jobs/{params.id}", auth: session } }
    result: { state: { from: "=asked.body.status", waiting: [busy], succeeded: [done], failed: [dead] } }
"#;
const AUTH: &str = r#"auth:
  session:
    kind: token
    request: { method: POST, url: "{config.url}/token", body: { json: { secret: "=config.secret" } } }
    token: "=body.token"
    life: 900
    send: { header: X-Token }
"#;

/// The sound manifest with one thing put for another.
fn with(from: &str, to: &str) -> String {
    let sound = manifest(AUTH, ACTIONS);
    assert!(sound.contains(from), "{from}");
    sound.replacen(from, to, 1)
}

/// `said` is all that is told, at the line of `to`.
fn told(from: &str, to: &str, said: &str) {
    let text = with(from, to);
    let line = text.lines().position(|line| line.contains(to.lines().next().unwrap())).unwrap() + 1;
    let found = problems(&text);
    let (place, rest) = found.split_once(": ").unwrap();
    assert_eq!(rest, said);
    assert_eq!(place.split(':').next().unwrap(), line.to_string(), "{found}");
}

#[test]
fn a_token_is_asked_for_at_an_address_of_the_channel_only() {
    assert!(Manifest::parse(&manifest(AUTH, ACTIONS)).is_ok(), "the control");
    let said = "evil.example is none of the channel's addresses, so no credentials go there. Begin with a field of `config` that is an address, or take the credentials out.";
    told("{config.url}/token", "https://evil.example/token", said);
    let client = |url: &str| {
        format!(
            "auth: {{ session: {{ kind: oauth2_client_credentials, token_url: \"{url}\", client_id: a, client_secret: \"=config.secret\" }} }}"
        )
    };
    assert!(Manifest::parse(&manifest(&client("{config.url}/token"), ACTIONS)).is_ok(), "the control");
    assert!(problems(&manifest(&client("https://evil.example/token"), ACTIONS)).contains(said));
    assert!(problems(&manifest(&client("https://evil.example/{config.url}"), ACTIONS)).contains(said));
}

#[test]
fn an_address_by_an_expression_needs_a_field_that_is_an_address() {
    let plain = |url: &str| {
        let config = "config: { required: [url, base, secret], properties: { url: { type: string, format: uri }, base: { type: string }, secret: { type: string, x-secret: true } } }\n";
        manifest(&format!("{config}{AUTH}"), &ACTIONS.replace("{config.url}/jobs\"", &format!("{url}\"")))
    };
    let said = "“config.base” is no address, so nothing can be called there. Add `format: uri` to the field “base”.";
    for url in ["=config.base", "{config.base}/jobs", "=join('/', [config.base, 'jobs'])", "=config.base || 'x'"] {
        assert!(problems(&plain(url)).ends_with(said), "{url}");
    }
    for url in ["=config.url", "=config.url || config.base", "=lower(config.base)"] {
        assert!(Manifest::parse(&plain(url)).is_ok(), "{url}: it may be right");
    }
}

#[test]
fn functions_are_given_as_much_as_they_take() {
    told(
        "=started.body.id",
        "=entries(started.body, params.kind)",
        "“entries” is given 2 in “entries(started.body, params.kind)”. Give it 1, separated by commas.",
    );
    told(
        "=started.body.id",
        "=contains(started.body)",
        "“contains” is given 1 in “contains(started.body)”. Give it 2, separated by commas.",
    );
    told(
        "=started.body.id",
        "=not_null()",
        "“not_null” is given 0 in “not_null()”. Give it at least one, separated by commas.",
    );
}

#[test]
fn a_token_counts_for_seconds_and_a_day_at_most() {
    for (life, shown) in [("15 minutes", "\"15 minutes\""), ("9000000", "9000000"), ("0", "0")] {
        let to = if life.contains(' ') { format!("life: \"{life}\"") } else { format!("life: {life}") };
        let said = format!(
            "A token cannot count for {shown}. Write seconds, at most 86400, or an expression such as \"=body.expires_in\"."
        );
        told("life: 900", &to, &said);
    }
    assert!(Manifest::parse(&with("life: 900", "life: \"900\"")).is_ok());
}

#[test]
fn a_default_is_something_that_the_field_takes() {
    told(
        "default: a }",
        "default: c }",
        "“kind” does not take \"c\" as its default. Choose one of the values offered for the kind.",
    );
    let boolean = "kind: { title: Kind, type: boolean, default: maybe }";
    told(
        "kind: { title: Kind, type: string, enum: [a, b], default: a }",
        boolean,
        "“kind” does not take \"maybe\" as its default. Give true or false for the kind.",
    );
    told(
        "x-default: \"=outputs.jobId\"",
        "x-default: \"=outputs.jobIdd\"",
        "No action has an output “jobIdd”. Did you mean “jobId”?",
    );
    told(
        "x-default: \"=outputs.jobId\"",
        "x-default: \"=params.jobId\"",
        "“params” is not in scope here. Known here: config, request, actor, outputs, now.",
    );
}

#[test]
fn one_slip_is_one_problem() {
    // What follows from it is not told: that an action has no steps, no state, no output or no such field.
    told(
        "    steps:\n      - { name: started",
        "    stepps:\n      - { name: started",
        "“stepps” is not known here. Did you mean “steps”?",
    );
    told(
        "from: \"=asked.body.status\"",
        "from: \"=asked.body.status == 202\"",
        "The expression cannot be read: something is missing or out of place; numbers stand in `backticks`, texts in 'quotes' (after 21 characters). Mend the expression.",
    );
    told("label: Status", "lable: Status", "“lable” is not known here. Did you mean “label”?");
    told(
        "id: { title: Job, type: string,",
        "id: { title: Job, type: strin,",
        "“strin” is no value of “type”. Did you mean “string”?",
    );
    let text = with("    label: Status\n", "");
    assert!(
        problems(&text).ends_with(": “label” is missing here. Add `label:`.") && problems(&text).lines().count() == 1
    );
}

#[test]
fn mends_fit_what_they_mend() {
    told(
        "\"=started.body.id\"",
        "{started.body.id}",
        "Without quotes YAML reads this as a mapping. Quote it: \"{started.body.id}\".",
    );
    told(
        "[dead]",
        "[dead, null]",
        "An item of “failed” is nothing, and should be a text. Write a text, or quote it: \"null\".",
    );
    told("[dead]", "[dead, 1]", "An item of “failed” is a number, and should be a text. Quote it: \"1\".");
    let pattern = |pattern: &str| {
        problems(&with("type: string, x-default", &format!("type: string, pattern: \"{pattern}\", x-default")))
    };
    assert!(pattern("[a-z").ends_with(
        "Write a regular expression such as ^[A-Z]{3}$, with a \\ before each sign that stands for itself."
    ));
    assert!(pattern("(?=a)b").ends_with("Write it without look-around and back-references, which are not known."));
    for empty in ["", "# nothing yet\n"] {
        assert!(
            problems(empty)
                .ends_with("There is nothing in this file. `dossier provider new` writes one to begin with.")
        );
    }
}
