//! A stored result as its view: what the manifest mapped, the rest as a tree, files, and the raw answer.

use dossier_app::folder::{Attachment, Folder, Shown};
use dossier_app::grant::Member;
use dossier_connector::{Cell, Compare, Image, mask};
use dossier_domain::Permission;

use crate::view::{self, Comparison, File, Item, Link, Picture, Raw, ResultView, Section, Table, Tree};

pub(super) fn result(folder: &Folder, shown: &Shown, provider: &str, member: &Member) -> ResultView {
    let (result, display) = (&shown.result, &shown.display);
    let base = format!("/requests/{}", folder.head.request.id);
    let pictures = Pictures { shown, base: &base };
    let action = folder.head.manifest.as_deref().and_then(|manifest| manifest.action(&result.action));
    let can = member.may(Permission::KycExecute)
        && folder.closed.is_none()
        && action.is_some_and(|action| super::request::runnable(action, folder));
    let current = folder.outputs.iter().find(|line| line.action == result.action && line.id != result.id);
    let address = format!("{base}/results/{}", result.id);
    let mut tables = 1..;
    ResultView {
        action: result.label.clone(),
        badge: display.badge.as_ref().map(|badge| view::badge(badge.verdict, badge.text.clone())),
        ran: view::moment(result.executed_at, &member.local),
        by: result.by.name.clone(),
        provider: provider.to_owned(),
        took: view::took(result.took),
        again: can.then(|| Link { href: format!("{base}/actions/{}", result.action), text: "Run again…".to_owned() }),
        runs: format!("{base}/runs?action={}", result.action),
        replaced: current.map(|line| format!("{base}?result={}", line.id)).filter(|_| !result.current),
        summary: display.summary.clone(),
        notes: display.notes.clone(),
        sections: display.sections.iter().map(|section| pictures.section(section, &mut tables, &address)).collect(),
        files: shown.files.iter().map(|file| pictures.file(file)).collect(),
        rest: display.rest.as_ref().map(Tree::of).unwrap_or_default().with(shown.left_out),
        raw: Raw::new(&shown.raw, shown.size, &address),
    }
}

/// The kind of a file as people call it.
pub(super) fn kind(media_type: &str) -> &str {
    match media_type {
        "application/pdf" => "PDF",
        "image/jpeg" => "JPEG picture",
        "image/png" => "PNG picture",
        "image/webp" => "WebP picture",
        "image/gif" => "GIF picture",
        "image/heif" => "HEIC picture",
        "image/tiff" => "TIFF picture",
        "image/bmp" => "BMP picture",
        other => other,
    }
}

/// The files of a result under the address of its request.
struct Pictures<'a> {
    shown: &'a Shown,
    base: &'a str,
}

impl Pictures<'_> {
    /// A section; its table takes its number from `tables`, and has its own page under `result`.
    fn section(
        &self,
        section: &dossier_connector::Section,
        tables: &mut std::ops::RangeFrom<usize>,
        result: &str,
    ) -> Section {
        let items = section.items.iter().map(|item| Item { label: item.label.clone(), cell: cell(&item.cell) });
        let table = section.table.as_ref().map(|table| {
            let rows = table.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
            let number = tables.next().unwrap_or_default();
            Table::new(table.columns.clone(), rows).with(table.left_out, format!("{result}/tables/{number}"))
        });
        Section {
            title: section.title.clone(),
            items: items.collect(),
            table,
            pictures: section.images.iter().map(|image| self.picture(image)).collect(),
            comparison: section.compare.as_ref().map(|compare| self.comparison(compare)),
        }
    }

    fn comparison(&self, compare: &Compare) -> Comparison {
        let score = (!compare.score.text.is_empty()).then(|| cell(&compare.score));
        Comparison::new(self.picture(&compare.left), self.picture(&compare.right), score, compare.limit.clone())
            .drawn(compare.share, compare.mark)
    }

    /// A picture that is not in this request is not available; one that cannot be shown can still be downloaded.
    fn picture(&self, image: &Image) -> Picture {
        let Some(file) = self.shown.pictures.iter().find(|file| file.id.to_string() == image.file) else {
            return Picture::missing(&image.label);
        };
        let href = format!("{}/files/{}", self.base, file.id);
        match file.preview {
            Some(size) => Picture::new(&image.label, format!("{href}/image"), &file.name, (size.width, size.height)),
            None => Picture::unseen(&image.label, href, &file.name),
        }
    }

    fn file(&self, file: &Attachment) -> File {
        let href = format!("{}/files/{}", self.base, file.id);
        let size = view::bytes(usize::try_from(file.blob.size).unwrap_or(usize::MAX));
        File {
            name: file.name.clone(),
            detail: format!("{}, {size}", kind(&file.media_type)),
            open: match (file.media_type.as_str(), file.preview) {
                (_, Some(_)) => Some(format!("{href}/image")),
                ("application/pdf", None) => Some(format!("{href}/document")),
                _ => None,
            },
            href,
        }
    }
}

pub(super) fn cell(cell: &Cell) -> view::Cell {
    match (cell.masked, cell.badge) {
        (true, _) => view::Cell::masked(&mask::text(&cell.text)),
        (false, Some(verdict)) => view::Cell::badge(verdict, &cell.text),
        (false, None) => view::Cell::text(&cell.text),
    }
}
