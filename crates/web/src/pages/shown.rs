//! A stored result as its view: what the manifest mapped, the rest as a tree, files, and the raw answer.

use dossier_app::folder::{Folder, Shown};
use dossier_app::grant::Member;
use dossier_connector::{Cell, mask};
use dossier_domain::Permission;

use crate::view::{self, File, Item, Link, Raw, ResultView, Section, Table, Tree};

pub(super) fn result(folder: &Folder, shown: &Shown, provider: &str, member: &Member) -> ResultView {
    let (result, display) = (&shown.result, &shown.display);
    let base = format!("/requests/{}", folder.head.request.id);
    let action = folder.head.manifest.as_deref().and_then(|manifest| manifest.action(&result.action));
    let can = member.may(Permission::KycExecute)
        && folder.closed.is_none()
        && action.is_some_and(|action| super::request::runnable(action, folder));
    ResultView {
        action: shown.label.clone(),
        badge: display.badge.as_ref().map(|badge| view::badge(badge.verdict, badge.text.clone())),
        ran: view::moment(result.executed_at, &member.time_zone),
        by: result.by.name.clone(),
        provider: provider.to_owned(),
        took: view::took(result.took),
        again: can.then(|| Link { href: format!("{base}/actions/{}", result.action), text: "Run again…".to_owned() }),
        summary: display.summary.clone(),
        sections: display.sections.iter().map(section).collect(),
        files: shown
            .files
            .iter()
            .map(|file| File {
                name: file.name.clone(),
                detail: format!(
                    "{}, {}",
                    kind(&file.media_type),
                    view::bytes(usize::try_from(file.blob.size).unwrap_or(usize::MAX))
                ),
                href: format!("{base}/files/{}", file.id),
            })
            .collect(),
        rest: display.rest.as_ref().map(Tree::of).unwrap_or_default(),
        raw: Raw::new(&shown.raw, result.raw.len(), format!("{base}/results/{}/raw", result.id)),
    }
}

/// The kind of a file as people call it.
fn kind(media_type: &str) -> &str {
    match media_type {
        "application/pdf" => "PDF",
        "image/jpeg" => "JPEG picture",
        "image/png" => "PNG picture",
        other => other,
    }
}

fn section(section: &dossier_connector::Section) -> Section {
    let items = section.items.iter().map(|item| Item { label: item.label.clone(), cell: cell(&item.cell) });
    let table = section.table.as_ref().map(|table| {
        let rows = table.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
        Table::new(table.columns.clone(), rows)
    });
    Section { title: section.title.clone(), items: items.collect(), table }
}

fn cell(cell: &Cell) -> view::Cell {
    match (cell.masked, cell.badge) {
        (true, _) => view::Cell::masked(&mask::text(&cell.text)),
        (false, Some(verdict)) => view::Cell::badge(verdict, &cell.text),
        (false, None) => view::Cell::text(&cell.text),
    }
}
