//! What a tenant has under Settings for itself: the general settings, and its licence.

use super::*;

pub(super) fn generals() -> Vec<(&'static str, GeneralPage)> {
    let dates = ["23 Nov 2026", "Nov 23, 2026", "23/11/2026", "2026-11-23"];
    let page = || GeneralPage {
        shell: Shell { here: text("/settings/general"), ..shell() },
        banner: None,
        version: 3,
        name: (text("Protea Ridge Bank"), None),
        time_zone: (text("Africa/Johannesburg"), None),
        time_zones: dossier_app::settings::time_zones(),
        dates: dates.iter().map(|day| choice(day, day, day.starts_with("23 "))).collect(),
        dates_error: None,
        create_needs_execute: false,
        create_error: None,
        what: "Nothing was saved.",
    };
    let saved = GeneralPage {
        banner: Some(Banner::new(Outcome::Good, "The settings were saved", "")),
        create_needs_execute: true,
        ..page()
    };
    let theirs =
        |value: &str| Some(format!("They saved “{value}”. Save again to put yours over it, or choose theirs."));
    let stale = GeneralPage {
        what: "Nothing was saved: somebody else has saved the settings meanwhile.",
        name: (text("Protea Ridge"), theirs("Protea Ridge Bank Limited")),
        time_zone: (text("Africa/Johannesburg"), theirs("Africa/Windhoek")),
        dates_error: theirs("2026-11-23"),
        create_error: theirs("on"),
        ..page()
    };
    let refused = GeneralPage {
        name: (String::new(), Some(text("Enter a name of 1 to 100 characters in one line."))),
        time_zone: (
            text("Johannesburg"),
            Some(text("“Johannesburg” is no time zone; enter one such as Africa/Johannesburg.")),
        ),
        ..page()
    };
    let hostile =
        GeneralPage { shell: hostile_shell(), name: (text(HOSTILE), None), time_zone: (text(HOSTILE), None), ..page() };
    vec![
        ("general", page()),
        ("general-saved", saved),
        ("general-stale-refused", stale),
        ("general-refused", refused),
        ("general-hostile", hostile),
    ]
}

pub(super) fn licences() -> Vec<(&'static str, LicencePage)> {
    let row = |module: &str, opens, term| ModuleRow { module: text(module), opens, term };
    let of = |names: &[&str]| Opens::Providers(names.iter().map(|name| text(name)).collect());
    let page = |modules| LicencePage { shell: Shell { here: text("/settings/licence"), ..shell() }, modules };
    let full = vec![
        row("kyc", Opens::Product, Term::Open),
        row("kyc-intouch", of(&["InTouch Secure Services"]), Term::Soon(when(-20_000))),
        row("kyc-onfido", of(&["Onfido"]), Term::Missing),
        row("kyc-opensanctions", of(&["OpenSanctions", "OpenSanctions (own yente)"]), Term::Until(when(-500_000))),
        row("kyc-sumsub", of(&["Sumsub"]), Term::Ended(when(90_000))),
        row("kyc-swartberg", of(&[]), Term::Open),
    ];
    let closed = vec![
        row("kyc", Opens::Product, Term::Ended(when(9_000))),
        row("kyc-intouch", of(&["InTouch Secure Services"]), Term::Open),
    ];
    let open = shell().settings.split_off(3);
    let shut = Shell { closed: true, settings: open, ..page(vec![]).shell };
    let never = vec![row("kyc", Opens::Product, Term::Missing)];
    let hostile =
        vec![row("kyc", Opens::Product, Term::Open), row(HOSTILE, of(&[HOSTILE, &longest()[0]]), Term::Missing)];
    vec![
        ("licence", page(full)),
        ("licence-ended", LicencePage { shell: shut, ..page(closed) }),
        ("licence-never", page(never)),
        ("licence-hostile", LicencePage { shell: hostile_shell(), modules: hostile }),
    ]
}
