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

pub(super) fn deeds() -> Vec<(&'static str, DeedPage)> {
    let form = DeedForm {
        href: text("/requests/0193/mark/completed"),
        hidden: vec![("_version", text("7"))],
        field: Some(written("note", "Note", NOTED, "")),
        verb: "Mark completed",
        danger: false,
    };
    let page = DeedPage {
        shell: shell(),
        request_href: text("/requests/0193"),
        reference: text("Kwantu Solar Components (Pty) Ltd"),
        title: text("Mark as completed?"),
        says: vec![
            (
                "What will happen.",
                text(
                    "It becomes completed. Actions that only read can still be run in it; for all others somebody has to reopen it first. Send Consent Request waits for its turn and is stopped.",
                ),
            ),
            (
                "What will not.",
                format!(
                    "Results, files, notes and logs stay. Run Workflow still goes on at {}: what comes of it is stored and shown, and does not change the status.",
                    isolate("InTouch")
                ),
            ),
        ],
        refusal: None,
        what: text("Nothing was changed."),
        form: Some(form.clone()),
        keep: text("Leave it pending"),
    };
    let of = |form: DeedForm| DeedPage { form: Some(form), ..page.clone() };
    let cancel = DeedPage {
        title: text("Cancel this request?"),
        ..of(DeedForm { verb: "Cancel request", danger: true, ..form.clone() })
    };
    let refused = of(DeedForm {
        field: Some(Field {
            error: Some(text("At most 1000 characters can be kept. This has 1200.")),
            ..written("note", "Note", NOTED, &"Seen at the branch. ".repeat(60))
        }),
        ..form.clone()
    });
    let now = format!(
        "This request has changed since the page was opened. It is failed now: {} marked it as failed at 14:31. Its reference is “{}”.",
        isolate("Nomsa Dube"),
        isolate("Kwantu Solar Components (Pty) Ltd")
    );
    let overtaken = DeedPage {
        says: vec![],
        refusal: Some(Problems::because(
            "Nothing was changed.",
            format!(
                "{now} You wanted to mark it as completed. This request is failed. Reopen it first; then it can be marked as completed."
            ),
        )),
        keep: text("Back to the request"),
        ..of(DeedForm {
            href: text("/requests/0193/notes"),
            hidden: vec![("_key", text("0193593d"))],
            field: Some(written(
                "note",
                "What you wrote",
                "It can stand among the notes with your name.",
                "Certificate seen at the branch.",
            )),
            verb: "Keep it as a note",
            danger: false,
        })
    };
    let settled = DeedPage { form: None, ..overtaken.clone() };
    let reopen = DeedPage {
        title: text("Reopen this request?"),
        keep: text("Leave it failed"),
        ..of(DeedForm {
            href: text("/requests/0193/reopen"),
            field: Some(Field {
                required: true,
                ..written(
                    "reason",
                    "Reason",
                    "Why it goes on. It stands with your name among the notes and in the audit. Up to 1\u{202f}000 characters.",
                    "",
                )
            }),
            verb: "Reopen",
            ..form.clone()
        })
    };
    let reference = |value: &str, error: Option<&str>| DeedForm {
        href: text("/requests/0193/reference"),
        field: Some(Field {
            hint: Some(text(
                "What people look for: a customer or company name, an account number, a case. Up to 100 characters.",
            )),
            error: error.map(text),
            required: true,
            ..Field::new("reference", "Reference", Control::Text { kind: TextKind::Plain, value: text(value) })
        }),
        verb: "Save reference",
        ..form.clone()
    };
    let edit = DeedPage {
        title: text("Edit reference"),
        says: vec![],
        keep: text("Cancel"),
        ..of(reference("Kwantu Solar Components (Pty) Ltd", None))
    };
    let stale = DeedPage {
        what: text("Nothing was saved: this request has changed meanwhile."),
        form: Some(reference(
            "Kwantu Solar",
            Some(
                "It is “\u{2068}Kwantu Solar Holdings\u{2069}” now. Save again to put yours over it, or write what it is now.",
            ),
        )),
        ..edit.clone()
    };
    let delete = DeedPage {
        title: text("Delete this request?"),
        says: vec![
            (
                "What will happen.",
                text(
                    "The request leaves the list and its exports. Its page, results, files, notes and logs answer as if it had never been there. This cannot be undone. Run Workflow goes on at InTouch, and nobody here follows it any more.",
                ),
            ),
            (
                "What will not.",
                text(
                    "Nothing is taken back at InTouch, and what was charged stays charged. What InTouch still sends about it is kept under Settings, Callbacks. What is stored is not erased, and the audit keeps who deleted it.",
                ),
            ),
        ],
        keep: text("Keep it"),
        ..of(DeedForm {
            href: text("/requests/0193/delete"),
            field: None,
            verb: "Delete request",
            danger: true,
            ..form.clone()
        })
    };
    let hostile = DeedPage {
        shell: hostile_shell(),
        reference: text(HOSTILE),
        says: vec![("What will happen.", text(HOSTILE))],
        ..of(DeedForm {
            hidden: vec![("_version", text(HOSTILE))],
            field: Some(written("note", "Note", HOSTILE, HOSTILE)),
            ..form
        })
    };
    let [_, markup, _] = longest();
    let longest = DeedPage { reference: markup, ..delete.clone() };
    vec![
        ("deed-mark", page.clone()),
        ("deed-cancel", cancel),
        ("deed-mark-refused", refused),
        ("deed-overtaken-refused", overtaken),
        ("deed-settled-refused", settled),
        ("deed-reopen", reopen),
        ("deed-reference", edit),
        ("deed-reference-stale-refused", stale),
        ("deed-delete", delete),
        ("deed-longest", longest),
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
