//! The installation's providers.

use super::*;

fn action(label: &str, degree: Degree) -> ProviderAction {
    ProviderAction { label: text(label), category: text("Workflow"), degree }
}

fn row(name: &str, key: &str) -> ProviderRow {
    ProviderRow {
        href: format!("/settings/providers?open={key}"),
        name: text(name),
        key: text(key),
        version: text("0.1.0"),
        module: format!("kyc-{key}"),
        licensed: true,
        origin: text("Built in"),
        earlier: false,
        digest: text("b5d4045c3f46"),
        opened: None,
    }
}

fn wrong(place: &str, message: &str, mend: &str) -> Wrong {
    Wrong { place: text(place), message: text(message), mend: text(mend) }
}

pub(super) fn providers() -> Vec<(&'static str, ProvidersPage)> {
    let opened = ProviderDetail {
        description: text("Identity verification, consent, workflows, and KYC operations"),
        actions: vec![
            action("Get Auth Token", Degree::Full),
            action("Company KYC", Degree::Request),
            action("Workflow Status", Degree::Assumed),
        ],
    };
    let intouch = ProviderRow { opened: Some(Box::new(opened)), ..row("InTouch Secure Services", "intouch") };
    let page = ProvidersPage { shell: shell(), banner: None, refused: vec![], providers: vec![intouch.clone()] };
    let many = (1..=7).map(|line| {
        wrong(&format!("karoo/provider.yaml:{line}:5"), "“lable” is not known here.", "Did you mean “label”?")
    });
    let refused = vec![
        Refused::new("karoo/provider.yaml", Some(text("1.4")), many.collect()),
        Refused::new(
            "latin/provider.yaml",
            None,
            vec![wrong("latin/provider.yaml", "The file has more than 1000000 bytes.", "Make it smaller.")],
        ),
    ];
    let troubled = ProvidersPage {
        banner: Some(Banner::new(Outcome::Bad, "The operator's folder of providers cannot be read", "It stays.")),
        refused,
        providers: vec![
            intouch,
            ProviderRow {
                licensed: false,
                earlier: true,
                origin: text("Folder karoo, in place of the built-in one"),
                ..row("Karoo Company Register", "karoo")
            },
        ],
        ..page.clone()
    };
    let long = longest()[0].clone();
    let detail = ProviderDetail { description: text(HOSTILE), actions: vec![action(HOSTILE, Degree::Assumed)] };
    let hostile = ProvidersPage {
        shell: hostile_shell(),
        banner: None,
        refused: vec![
            Refused::new(HOSTILE, Some(text(HOSTILE)), vec![wrong(HOSTILE, HOSTILE, HOSTILE)]),
            Refused::new(&long, None, vec![wrong(&long, &"W".repeat(900), &long)]),
        ],
        providers: vec![
            ProviderRow {
                version: text(HOSTILE),
                module: text(HOSTILE),
                origin: text(HOSTILE),
                opened: Some(Box::new(detail)),
                ..row(HOSTILE, "hostile")
            },
            ProviderRow {
                version: long.clone(),
                module: long.clone(),
                origin: long.clone(),
                ..row(&long, &long[..50])
            },
        ],
    };
    vec![("providers", page), ("providers-refused-files", troubled), ("providers-hostile", hostile)]
}
