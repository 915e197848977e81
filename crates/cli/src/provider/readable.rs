//! A result as text for a terminal.

use dossier_connector::{Cell, Display, Image, Manifest, Section, Success, mask};
use dossier_domain::Verdict;
use dossier_domain::Work;

use crate::say;

/// The most characters of a body or of a value that are shown.
const LONGEST: usize = 4_000;

/// Prints what an action brought. `reveal` shows what pages mask.
pub(super) fn result(manifest: &Manifest, action: &str, success: &Success, reveal: bool) {
    let mut page = Page { success, reveal, lines: Vec::new() };
    page.display(&success.display);
    for line in &page.lines {
        say!("{line}");
    }
    for attached in &success.attachments {
        let file = &attached.file;
        say!("File: {} ({}, {} bytes)", plain(&file.name), file.media_type, file.bytes.len());
    }
    say!("Verdict: {}", success.verdict);
    if let Some(work) = success.work {
        say!("State: {}", word(work));
    }
    if success.waits {
        say!("The provider has accepted the work and tells its end later.");
    }
    let outputs = &success.outputs;
    if outputs.as_object().is_some_and(|outputs| !outputs.is_empty()) {
        let shown = if reveal { outputs.clone() } else { mask::value(manifest, action, outputs) };
        say!("Outputs: {}", plain(&shown.to_string()));
    }
}

struct Page<'a> {
    success: &'a Success,
    reveal: bool,
    lines: Vec<String>,
}

impl Page<'_> {
    fn display(&mut self, display: &Display) {
        self.lines.extend(display.summary.as_deref().map(plain));
        if let Some(badge) = &display.badge {
            self.lines.push(judged(&plain(&badge.text), badge.verdict));
        }
        self.lines.push(String::new());
        display.sections.iter().for_each(|section| self.section(section));
        if let Some(rest) = &display.rest {
            self.lines.push("What else was in the answer".to_owned());
            let text = serde_json::to_string_pretty(rest).unwrap_or_default();
            self.lines.extend(shortened(&text).lines().map(|line| format!("  {}", plain(line))));
            self.lines.push(String::new());
        }
        self.lines.extend(display.notes.iter().map(|note| format!("Note: {}", plain(note))));
    }

    fn section(&mut self, section: &Section) {
        self.lines.extend(section.title.as_deref().map(plain));
        let mut rows: Vec<Vec<String>> =
            section.items.iter().map(|item| vec![plain(&item.label), self.cell(&item.cell)]).collect();
        rows.extend(section.images.iter().map(|image| self.image(image)));
        if let Some(compare) = &section.compare {
            rows.extend([self.image(&compare.left), self.image(&compare.right)]);
            let limit = compare.limit.as_ref().map(|limit| format!(" (limit {})", plain(limit))).unwrap_or_default();
            rows.push(vec!["Score".to_owned(), format!("{}{limit}", self.cell(&compare.score))]);
        }
        self.rows(&rows);
        if let Some(table) = &section.table {
            let mut rows: Vec<Vec<String>> = vec![table.columns.iter().map(|column| plain(column)).collect()];
            rows.extend(table.rows.iter().map(|row| row.iter().map(|cell| self.cell(cell)).collect()));
            self.rows(&rows);
        }
        self.lines.push(String::new());
    }

    fn rows(&mut self, rows: &[Vec<String>]) {
        self.lines.extend(aligned(rows).into_iter().map(|line| format!("  {line}")));
    }

    fn cell(&self, cell: &Cell) -> String {
        let text = if cell.masked && !self.reveal { mask::text(&cell.text) } else { cell.text.clone() };
        let text = match plain(&shortened(&text)) {
            empty if empty.is_empty() => "–".to_owned(),
            text => text,
        };
        cell.badge.map_or_else(|| text.clone(), |verdict| judged(&text, verdict))
    }

    fn image(&self, image: &Image) -> Vec<String> {
        let came = self.success.attachments.iter().find(|attached| attached.id.to_string() == image.file);
        let name = match came {
            Some(attached) => format!("picture {}", attached.file.name),
            None if image.file.is_empty() => "no picture".to_owned(),
            None => "the picture that was sent".to_owned(),
        };
        vec![plain(&image.label), plain(&name)]
    }
}

/// A word and what it means, where a rule knows it.
fn judged(text: &str, verdict: Verdict) -> String {
    if verdict == Verdict::None { text.to_owned() } else { format!("{text} [{verdict}]") }
}

fn word(work: Work) -> &'static str {
    match work {
        Work::Waiting => "waiting",
        Work::Succeeded => "succeeded",
        Work::Failed => "failed",
        Work::Unknown => "unknown",
    }
}

/// Rows whose columns begin at the same place.
pub(super) fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let wide = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|text| text.chars().count()).max();
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(at, text)| {
            let width = wide(at).unwrap_or_default();
            format!("{text:<width$}")
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// A text on one line, without what could command a terminal or turn the direction of what is read: answers come from
/// outside.
pub(super) fn plain(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
    };
    text.chars()
        .map(|c| {
            if c == '\n' || c == '\t' {
                ' '
            } else if hidden(c) {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

/// A text of bearable length.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}… and {} more characters", &text[..at], text[at..].chars().count()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_cannot_command_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\u{202e}c\nd"), "a\u{fffd}[2Jb\u{fffd}c d");
    }

    #[test]
    fn columns_begin_at_the_same_place() {
        let rows = [vec!["Name".to_owned(), "x".to_owned()], vec!["Müller".to_owned(), "y".to_owned()]];
        assert_eq!(aligned(&rows), ["Name    x", "Müller  y"]);
    }

    #[test]
    fn a_long_text_says_how_much_is_left_out() {
        let text = "é".repeat(LONGEST + 3);
        assert!(shortened(&text).ends_with("é… and 3 more characters"));
        assert_eq!(shortened("short"), "short");
    }
}
