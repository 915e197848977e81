//! Reads the pages under `docs/`.

use std::fs;
use std::path::{Path, PathBuf};

/// A block of YAML on a page.
pub(crate) struct Block {
    /// Page and line.
    pub(crate) place: String,
    /// Of what it is a part, as the comment before it says.
    pub(crate) part: Option<String>,
    pub(crate) text: String,
}

impl Block {
    pub(crate) fn is_whole(&self) -> bool {
        self.text.lines().find(|line| !line.starts_with('#')).is_some_and(|line| line == "manifest: 1")
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

pub(crate) fn page(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

/// Every block of every page, in order.
pub(crate) fn blocks() -> Vec<Block> {
    let mut names: Vec<String> =
        fs::read_dir(folder()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| Path::new(name).extension().is_some_and(|ext| ext == "md"));
    names.sort();
    names.iter().flat_map(|name| of(name, &page(name))).collect()
}

fn of(name: &str, page: &str) -> Vec<Block> {
    let (mut found, mut part, mut open) = (Vec::new(), None, None::<Block>);
    for (at, line) in page.lines().enumerate() {
        if let Some(block) = &mut open {
            if line == "```" {
                found.extend(open.take());
            } else {
                block.text.push_str(line);
                block.text.push('\n');
            }
        } else if line.starts_with("```yaml") || line.starts_with("```yml") {
            open = Some(Block { place: format!("{name}:{}", at + 1), part: part.take(), text: String::new() });
        } else if let Some(rest) = line.strip_prefix("<!-- part of: ") {
            part = rest.strip_suffix(" -->").map(str::to_owned);
        } else if !line.is_empty() {
            part = None;
        }
    }
    assert!(open.is_none(), "{name}: a block is not closed");
    found
}

/// The rows of every table with this head, as the texts in their first two cells.
pub(crate) fn rows(page: &str, head: &str) -> Vec<(String, String)> {
    let (mut found, mut inside) = (Vec::new(), false);
    for line in page.lines() {
        inside = line.starts_with(head) || (inside && line.starts_with('|'));
        let cells: Vec<String> =
            line.replace("\\|", "\u{1}").split('|').map(|c| plain(&c.replace('\u{1}', "|"))).collect();
        if inside && cells.len() > 3 && !line.starts_with(head) && !line.starts_with("| ---") {
            found.push((cells[1].clone(), cells[2].clone()));
        }
    }
    found
}

/// What stands in a code span.
fn plain(cell: &str) -> String {
    let cell = cell.trim();
    let marks = cell.chars().take_while(|&c| c == '`').count();
    cell.get(marks..cell.len().saturating_sub(marks)).unwrap_or_default().trim().to_owned()
}
