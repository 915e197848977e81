//! The page on which an action is filled in.

use super::*;

fn field(name: &str, label: &str, control: Control) -> Field {
    Field::new(name, label, control)
}

fn line(kind: TextKind, value: &str) -> Control {
    Control::Text { kind, value: text(value) }
}

fn director(name: &str, id: &str, wrong: Option<&str>) -> Vec<Field> {
    vec![
        field("FirstName", "First name", line(TextKind::Plain, name)),
        field("Surname", "Surname", line(TextKind::Plain, "")),
        Field { error: wrong.map(text), ..field("IDNumber", "ID number", line(TextKind::Digits, id)) },
        field("EmailAddress", "E-mail address", line(TextKind::Email, "")),
        field("DoKYC", "Check this person too", Control::Boolean { checked: wrong.is_none() }),
    ]
}

fn company_form() -> ActionFormPage {
    let directors = |entries| {
        let mut group = Group::new("directors", "Directors", "director", director("", "", None), entries);
        group.hint = Some(text("Optional. Leave out those who resigned; InTouch lists them by itself."));
        Part::Group(group)
    };
    ActionFormPage {
        shell: shell(),
        request_href: text("/requests/0193"),
        reference: text("Kwantu Solar Components (Pty) Ltd"),
        action: text("Company KYC"),
        category: text("Workflow"),
        channel: text("InTouch production"),
        provider: text("InTouch"),
        charged: true,
        before: None,
        post_href: text("/requests/0193/actions/company-kyc"),
        key: text("0193593d-4be8"),
        seen: String::new(),
        manifest: text("b5d4045c3f466fa9"),
        refusal: None,
        files: false,
        undecided: false,
        carried: vec![],
        parts: vec![
            Part::Field(Field {
                hint: Some(text("Goes to InTouch and onto its report.")),
                required: true,
                ..field("reference", "Reference", line(TextKind::Plain, "Kwantu Solar Components (Pty) Ltd"))
            }),
            Part::Field(field("registrationNumber", "Registration number", line(TextKind::Code, ""))),
            Part::Field(Field {
                hint: Some(text("The ground in law on which the bureau may answer.")),
                ..field(
                    "purpose",
                    "Permissible purpose",
                    Control::Choice {
                        options: vec![
                            choice("a", "Admin Purpose", false),
                            choice("f", "Fraud Detection and Prevention", true),
                        ],
                    },
                )
            }),
            Part::Field(field(
                "enquiryReason",
                "Enquiry reason",
                Control::LongText { value: text("New business account.\nSource of funds.") },
            )),
            Part::Fold(Fold {
                title: text("Callback and retries"),
                fields: vec![
                    field(
                        "callbackUrl",
                        "Callback URL",
                        line(TextKind::Url, "https://kyc.protearidge.example/callbacks"),
                    ),
                    field("retry", "Retry settings", Control::Json { value: text("{\"attempts\": 3}") }),
                    field("days", "Days", Control::Integer { value: text("2") }),
                    field("share", "Share", Control::Number { value: text("0.5") }),
                    field("born", "Date of birth", Control::Date { value: text("1979-06-12") }),
                    field("phone", "Phone number", line(TextKind::Phone, "+27 82 000 0147")),
                    field("pin", "PIN", Control::Secret { set: true }),
                ],
            }),
            directors(vec![director("Nomvula Grace", "", None), director("Johannes Petrus", "840227000000", None)]),
        ],
    }
}

/// Gives every field of a form that error.
fn refused(mut page: ActionFormPage, error: &str) -> ActionFormPage {
    let wrong = |field: &mut Field| field.error = Some(text(error));
    for part in &mut page.parts {
        match part {
            Part::Field(field) => wrong(field),
            Part::Fold(fold) => fold.fields.iter_mut().for_each(wrong),
            Part::Group(group) => {
                let rows = vec![director("Nomvula Grace", "", None), director("Johannes", "840227000000", Some(error))];
                *group = Group::new("directors", "Directors", "director", director("", "", None), rows);
                group.error = Some(text(error));
            }
        }
    }
    page
}

fn workflows(chosen: &str, settled: bool) -> Part {
    let options = ["Identity check", "Document check", "Liveness"];
    let options = options.iter().map(|label| choice(label, label, *label == chosen)).collect();
    let control = Control::Branch { options, settled };
    Part::Field(Field {
        hint: Some(text("What the provider checks. Each asks for other things.")),
        required: true,
        ..field("workflow", "Workflow", control)
    })
}

fn kept(name: &str, detail: &str) -> Kept {
    let preview = detail.contains("PNG picture").then(|| text("/requests/0193/files/78/image"));
    let value = text("{\"id\":\"0193593d\"}");
    Kept { id: text("0193593d"), name: text(name), detail: text(detail), preview, value }
}

fn upload(many: bool, kept: Vec<Kept>) -> Control {
    let (accept, rule) = (text("image/jpeg,image/png"), text("JPEG or PNG, at most 10 MB"));
    Control::Files { accept, rule, many, kept }
}

/// The form of a chosen workflow: files, some of a list, and a list from an earlier output.
fn branched() -> ActionFormPage {
    let checks = ["Identity", "Address", "Sanctions and watch lists", "Credit record"];
    let checks = checks.iter().enumerate().map(|(at, label)| choice(label, label, at % 2 == 0)).collect();
    let consents = vec![choice("KYC", "Know your customer", false), choice("Credit", "Credit check", true)];
    ActionFormPage {
        action: text("Start a workflow"),
        files: true,
        carried: vec![(text("selfie"), text("{}"))],
        parts: vec![
            workflows("Document check", true),
            Part::Field(field("IDNumber", "ID number", line(TextKind::Digits, "8001015009087"))),
            Part::Field(Field {
                hint: Some(text("The side with the photo, all four corners in the picture.")),
                required: true,
                ..field(
                    "front",
                    "Front of the document",
                    upload(false, vec![kept("ID card of Nomvula.png", "PNG picture, 184 KB")]),
                )
            }),
            Part::Field(field(
                "more",
                "Other documents",
                upload(
                    true,
                    vec![kept("Proof of address.pdf", "PDF, 92 KB"), kept("Back.heic", "HEIC picture, 1.2 MB")],
                ),
            )),
            Part::Field(Field {
                hint: Some(text("Each is billed on its own.")),
                required: true,
                ..field("checks", "Checks", Control::Choices { options: checks })
            }),
            Part::Field(field("consent", "Consent type", Control::Choice { options: consents })),
        ],
        ..company_form()
    }
}

pub(super) fn action_forms() -> Vec<(&'static str, ActionFormPage)> {
    let page = company_form();
    let before = |before| ActionFormPage { before: Some(before), ..page.clone() };
    let confirm = ActionFormPage { parts: vec![], ..before(Before::Ran(when(90))) };
    let error = Some(text("Tick this to run it again."));
    let hostile = ActionFormPage {
        shell: hostile_shell(),
        reference: text(HOSTILE),
        action: text(HOSTILE),
        category: text(HOSTILE),
        channel: text(HOSTILE),
        provider: text(HOSTILE),
        key: text(HOSTILE),
        seen: text(HOSTILE),
        carried: vec![(text(HOSTILE), text(HOSTILE))],
        manifest: text(HOSTILE),
        parts: vec![
            Part::Field(Field {
                hint: Some(text(HOSTILE)),
                error: Some(text(HOSTILE)),
                ..field("long", HOSTILE, Control::LongText { value: format!("\n</textarea>{HOSTILE}") })
            }),
            Part::Field(field("json", HOSTILE, Control::Json { value: text(HOSTILE) })),
            Part::Field(field("line", HOSTILE, line(TextKind::Plain, HOSTILE))),
            Part::Field(field("day", HOSTILE, Control::Date { value: text(HOSTILE) })),
            Part::Field(field("list", HOSTILE, Control::Choice { options: vec![choice(HOSTILE, HOSTILE, true)] })),
            Part::Field(field("tick", HOSTILE, Control::Choices { options: vec![choice(HOSTILE, HOSTILE, true)] })),
            Part::Field(field(
                "photo",
                HOSTILE,
                Control::Files {
                    accept: text(HOSTILE),
                    rule: text(HOSTILE),
                    many: true,
                    kept: vec![Kept {
                        id: text(HOSTILE),
                        name: text(HOSTILE),
                        detail: text(HOSTILE),
                        preview: Some(text(HOSTILE)),
                        value: text(HOSTILE),
                    }],
                },
            )),
            Part::Field(field(
                "by",
                HOSTILE,
                Control::Branch { options: vec![choice(HOSTILE, HOSTILE, true)], settled: true },
            )),
            Part::Group(Group::new(
                "g",
                HOSTILE,
                HOSTILE,
                director("", "", None),
                vec![director(HOSTILE, HOSTILE, Some(HOSTILE))],
            )),
        ],
        ..page.clone()
    };
    vec![
        ("action-form", page.clone()),
        (
            "action-form-refused",
            refused(page.clone(), "Write it as year, number and type, for example 2014/187452/07."),
        ),
        ("action-form-before", before(Before::Ran(when(90)))),
        ("action-form-unknown", before(Before::Unknown { at: when(90), error: None })),
        ("action-form-unknown-refused", before(Before::Unknown { at: when(90), error })),
        ("action-form-confirm", confirm),
        ("action-form-busy", ActionFormPage { refusal: Some(text("Company KYC is running already.")), ..page.clone() }),
        (
            "action-form-branches",
            ActionFormPage { undecided: true, files: true, parts: vec![workflows("", false)], ..branched() },
        ),
        ("action-form-branch", branched()),
        ("action-form-branch-refused", refused(branched(), "Choose a JPEG or PNG file of the front of the document.")),
        ("action-form-hostile", hostile),
    ]
}
