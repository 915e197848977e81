//! What is done to a request on pages of their own, and its notes.

use super::*;

/// A note by Thandeka Mkhize, some minutes ago.
pub(super) fn note(words: Option<&str>, did: Option<&str>, minutes: i64) -> NoteLine {
    NoteLine { by: text("Thandeka Mkhize"), did: did.map(text), at: when(minutes), text: words.map(text), cut: false }
}

pub(super) fn some_notes() -> Vec<NoteLine> {
    vec![
        note(Some("The client sent a better photo.\nKeep the request open until Friday."), Some("reopened it"), 3),
        note(None, Some("marked it as failed"), 60),
        note(
            Some("Called the compliance officer, Nele Botha.\n\n- certificate: seen\n- directors: to follow"),
            None,
            2_000,
        ),
        note(Some("محمد العلي confirmed the address."), None, 9_000),
    ]
}

fn written(name: &str, label: &str, hint: &str, value: &str) -> Field {
    Field { hint: Some(text(hint)), ..Field::new(name, label, Control::LongText { value: text(value) }) }
}

const NOTED: &str =
    "Optional. It stands with your name among the notes and in the audit. Up to 1\u{202f}000 characters.";

fn form() -> DeedForm {
    DeedForm {
        href: text("/requests/0193/mark/completed"),
        hidden: vec![("_version", text("7"))],
        field: Some(written("note", "Note", NOTED, "")),
        verb: "Mark completed",
        danger: false,
    }
}

/// The question whether a request is to be marked as completed.
fn question() -> DeedPage {
    let will = "It becomes completed. Actions that only read can still be run in it; for all others somebody has to reopen it first. Send Consent Request waits for its turn and is stopped.";
    let will_not = format!(
        "Results, files, notes and logs stay. Run Workflow still goes on at {}: what comes of it is stored and shown, and does not change the status.",
        isolate("InTouch")
    );
    DeedPage {
        shell: shell(),
        request_href: text("/requests/0193"),
        reference: text("Kwantu Solar Components (Pty) Ltd"),
        title: text("Mark as completed?"),
        says: vec![("What will happen.", text(will)), ("What will not.", will_not)],
        refusal: None,
        what: text("Nothing was changed."),
        form: Some(form()),
        keep: text("Leave it pending"),
    }
}

fn of(form: DeedForm) -> DeedPage {
    DeedPage { form: Some(form), ..question() }
}

/// Somebody else has marked it as failed.
fn overtaken() -> DeedPage {
    let (nomsa, reference) = (isolate("Nomsa Dube"), isolate("Kwantu Solar Components (Pty) Ltd"));
    let now = format!(
        "This request has changed since the page was opened. It is failed now, by {nomsa} at 14:31, and its reference is “{reference}”. You wanted to mark it as completed; for that it has to be reopened first."
    );
    let hint = "It can stand among the notes with your name.";
    DeedPage {
        says: vec![],
        refusal: Some(Problems::because("Nothing was changed.", now)),
        keep: text("Back to the request"),
        ..of(DeedForm {
            href: text("/requests/0193/notes"),
            hidden: vec![("_key", text("0193593d"))],
            field: Some(written("note", "What you wrote", hint, "Certificate seen at the branch.")),
            verb: "Keep it as a note",
            danger: false,
        })
    }
}

fn reopen() -> DeedPage {
    let hint =
        "Why it goes on. It stands with your name among the notes and in the audit. Up to 1\u{202f}000 characters.";
    DeedPage {
        title: text("Reopen this request?"),
        keep: text("Leave it failed"),
        ..of(DeedForm {
            href: text("/requests/0193/reopen"),
            field: Some(Field { required: true, ..written("reason", "Reason", hint, "") }),
            verb: "Reopen",
            ..form()
        })
    }
}

fn edit(value: &str, error: Option<&str>) -> DeedPage {
    let hint = "What people look for: a customer or company name, an account number, a case. Up to 100 characters.";
    DeedPage {
        title: text("Edit reference"),
        says: vec![],
        what: text("Nothing was saved: this request has changed meanwhile."),
        keep: text("Cancel"),
        ..of(DeedForm {
            href: text("/requests/0193/reference"),
            field: Some(Field {
                hint: Some(text(hint)),
                error: error.map(text),
                required: true,
                ..Field::new("reference", "Reference", Control::Text { kind: TextKind::Plain, value: text(value) })
            }),
            verb: "Save reference",
            ..form()
        })
    }
}

fn delete() -> DeedPage {
    let will = "The request leaves the list and its exports. Its page, results, files, notes and logs answer as if it had never been there; the audit still shows its reference, its notes, the reasons given and the names of its files to whoever may read it. This cannot be undone. Run Workflow goes on at InTouch, and nobody here follows it any more. Company KYC is at work right now: if nothing was sent yet, nothing will be; else what comes back is stored, and nobody sees it.";
    let will_not = "Nothing is taken back at InTouch, and what was charged stays charged. What InTouch still sends about it is kept under Settings, Callbacks. What is stored is not erased, and the audit says who deleted it.";
    DeedPage {
        title: text("Delete this request?"),
        says: vec![("What will happen.", text(will)), ("What will not.", text(will_not))],
        keep: text("Keep it"),
        ..of(DeedForm {
            href: text("/requests/0193/delete"),
            field: None,
            verb: "Delete request",
            danger: true,
            ..form()
        })
    }
}

pub(super) fn deeds() -> Vec<(&'static str, DeedPage)> {
    let cancel = DeedPage {
        title: text("Cancel this request?"),
        ..of(DeedForm { verb: "Cancel request", danger: true, ..form() })
    };
    let refused = of(DeedForm {
        field: Some(Field {
            error: Some(text("At most 1000 characters can be kept. This has 1200.")),
            ..written("note", "Note", NOTED, &"Seen at the branch. ".repeat(60))
        }),
        ..form()
    });
    let stale =
        "It is “\u{2068}Kwantu Solar Holdings\u{2069}” now. Save again to put yours over it, or write what it is now.";
    let hostile = DeedPage {
        shell: hostile_shell(),
        reference: text(HOSTILE),
        says: vec![("What will happen.", text(HOSTILE))],
        ..of(DeedForm {
            hidden: vec![("_version", text(HOSTILE))],
            field: Some(written("note", "Note", HOSTILE, HOSTILE)),
            ..form()
        })
    };
    let [_, markup, _] = longest();
    vec![
        ("deed-mark", question()),
        ("deed-cancel", cancel),
        ("deed-mark-refused", refused),
        ("deed-overtaken-refused", overtaken()),
        ("deed-settled-refused", DeedPage { form: None, ..overtaken() }),
        ("deed-reopen", reopen()),
        ("deed-reference", edit("Kwantu Solar Components (Pty) Ltd", None)),
        ("deed-reference-stale-refused", edit("Kwantu Solar", Some(stale))),
        ("deed-delete", delete()),
        ("deed-longest", DeedPage { reference: markup, ..delete() }),
        ("deed-hostile", hostile),
    ]
}

pub(super) fn notes() -> Vec<(&'static str, NotesPage)> {
    let form = NoteForm { key: text("0193593d"), ..NoteForm::default() };
    let page = NotesPage {
        shell: shell(),
        request_href: text("/requests/0193"),
        reference: text("Kwantu Solar Components (Pty) Ltd"),
        form: Ok(form.clone()),
        notes: some_notes(),
        pager: Pager { older: Some(text("/requests/0193/notes?from=older-1#written")), ..Pager::default() },
    };
    let empty = NotesPage { notes: vec![], pager: Pager::default(), ..page.clone() };
    let refused = NotesPage { form: Ok(NoteForm { error: Some(text("Write the note.")), ..form }), ..page.clone() };
    let viewer = NotesPage {
        form: Err(Banner::refusal(
            "You can read, but not write.",
            "A note takes the permission kyc:execute. Riaan Coetzee or Ayesha Patel can give it to you.",
        )),
        ..page.clone()
    };
    let line = NoteLine { by: text(HOSTILE), did: Some(text(HOSTILE)), ..note(Some(HOSTILE), None, 1) };
    let hostile = NotesPage {
        shell: hostile_shell(),
        reference: text(HOSTILE),
        form: Ok(NoteForm { key: text(HOSTILE), text: text(HOSTILE), error: None }),
        notes: vec![line],
        pager: Pager::default(),
        ..page.clone()
    };
    let longest =
        NotesPage { notes: (0..10).map(|n| note(Some(&"<".repeat(1_000)), None, n)).collect(), ..page.clone() };
    vec![
        ("notes", page),
        ("notes-empty", empty),
        ("notes-refused", refused),
        ("notes-viewer", viewer),
        ("notes-hostile", hostile),
        ("notes-longest", longest),
    ]
}
