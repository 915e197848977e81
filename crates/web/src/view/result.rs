//! What an action brought back.

use askama::Template;
use askama::filters::HtmlSafe;
use dossier_domain::Verdict;

use super::text::cut;
use super::{Badge, Comparison, Link, Moment, Picture, Tree, bytes, count, plural};

/// A stored result.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "parts/result.html")]
pub struct ResultView {
    /// The action's name.
    pub action: String,
    /// What the provider concluded, from [`super::badge`].
    pub badge: Option<Badge>,
    /// When it ran.
    pub ran: Moment,
    /// Who ran it.
    pub by: String,
    /// Whom it asked: `InTouch`.
    pub provider: String,
    /// How long that took, from [`super::took`].
    pub took: String,
    /// The way to run it again.
    pub again: Option<Link>,
    /// The way to all runs of its action.
    pub runs: String,
    /// The way to the current result of its action, where this is an earlier one.
    pub replaced: Option<String>,
    /// One sentence.
    pub summary: Option<String>,
    /// What of the answer could not be kept, as sentences.
    pub notes: Vec<String>,
    /// Labelled items and tables.
    pub sections: Vec<Section>,
    /// What came with it.
    pub files: Vec<File>,
    /// What the manifest gives no label.
    pub rest: Tree,
    /// The answer as it came, masked.
    pub raw: Raw,
}

impl HtmlSafe for ResultView {}

/// Part of a result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// Its title.
    pub title: Option<String>,
    /// Labelled items.
    pub items: Vec<Item>,
    /// A table under them.
    pub table: Option<Table>,
    /// Pictures under that.
    pub pictures: Vec<Picture>,
    /// Two pictures with a score.
    pub comparison: Option<Comparison>,
}

impl Section {
    /// What its table is called.
    fn name(&self) -> &str {
        self.title.as_deref().unwrap_or("Table")
    }
}

/// A label and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The label.
    pub label: String,
    /// The value.
    pub cell: Cell,
}

/// Rows under columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<Cell>>,
    pub(super) left_out: usize,
    /// Where all rows are shown.
    pub(super) href: Option<String>,
}

impl Table {
    /// The most bytes that its rows take in the page of a request; the first row is always shown. A page of its own has
    /// them all.
    const MOST: usize = 12_000;
    /// The same for such a page.
    const PAGE: usize = 40_000;

    /// `rows` under `columns`; rows that are shorter than the head are filled up, longer ones cut.
    pub fn new(columns: Vec<String>, rows: Vec<Vec<Cell>>) -> Self {
        Self::upto(columns, rows, Self::MOST)
    }

    /// The same for a page of its own.
    pub fn on_a_page(columns: Vec<String>, rows: Vec<Vec<Cell>>) -> Self {
        Self::upto(columns, rows, Self::PAGE)
    }

    /// The same with so many rows more that stand at `href`, as do these.
    #[must_use]
    pub fn with(self, more: usize, href: impl Into<String>) -> Self {
        Self { left_out: self.left_out + more, href: Some(href.into()), ..self }
    }

    /// How many rows are shown.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn upto(columns: Vec<String>, mut rows: Vec<Vec<Cell>>, most: usize) -> Self {
        let all = rows.len();
        for row in &mut rows {
            row.resize(columns.len(), Cell::text(""));
        }
        let mut taken = 0;
        let shown = rows.iter().take_while(|row| {
            taken += row.iter().map(|cell| cell.to_string().len() + 10).sum::<usize>();
            taken <= most
        });
        let shown = shown.count().max(1);
        rows.truncate(shown);
        Self { columns, left_out: all - rows.len(), rows, href: None }
    }

    fn more(&self) -> String {
        plural(self.left_out, "more row")
    }

    fn all(&self) -> String {
        format!("all {} rows", count(self.count() as u64))
    }

    pub(super) fn count(&self) -> usize {
        self.rows.len() + self.left_out
    }
}

/// A value: text, masked text or a provider's word with a tone.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "parts/cell.html")]
pub struct Cell(Shown);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Shown {
    Text(String),
    Masked(String),
    Badge(Badge),
}

impl HtmlSafe for Cell {}

impl Cell {
    /// Plain text. Over 1,000 characters the rest is left out, and it says so.
    pub fn text(text: &str) -> Self {
        Self(Shown::Text(match cut(text, 1_000) {
            (_, None) => text.to_owned(),
            (start, Some(_)) => format!("{start}… (whole in the raw response)"),
        }))
    }

    /// Text that the connector has masked: `••••••••••081`.
    pub fn masked(text: &str) -> Self {
        Self(Shown::Masked(text.to_owned()))
    }

    /// A provider's word in the tone of the verdict that the manifest gives it.
    pub fn badge(verdict: Verdict, word: &str) -> Self {
        Self(Shown::Badge(super::badge(verdict, word)))
    }

    /// Whether it wants a line of its own.
    fn is_long(&self) -> bool {
        matches!(&self.0, Shown::Text(text) if text.chars().nth(32).is_some())
    }

    /// What a screen reader says of a masked value: dots are noise to it.
    fn heard(masked: &str) -> String {
        match masked.trim_start_matches(['•', '·', '*']) {
            "" => "hidden".to_owned(),
            end => format!("hidden, ends in {end}"),
        }
    }
}

/// A file that came with an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its type and size: `PDF, 184 KB`.
    pub detail: String,
    /// Where the browser opens it, when it can.
    pub open: Option<String>,
    /// Where it is downloaded.
    pub href: String,
}

/// The answer as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw {
    pub(super) text: String,
    pub(super) size: String,
    pub(super) cut: bool,
    /// Where the whole of it is downloaded.
    pub href: String,
    /// Where it is folded and unfolded.
    pub json: String,
}

impl Raw {
    /// `text` is the answer, masked; 7,000 characters of it are shown, indented when it is JSON. `size` is that of the
    /// answer as it came, in bytes. `result` is the address of the result.
    pub fn new(text: &str, size: usize, result: &str) -> Self {
        let (text, cut) = super::logs::excerpt(text);
        Self { text, size: bytes(size), cut, href: format!("{result}/raw"), json: format!("{result}/json") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RESULT-2
    #[test]
    fn a_masked_value_is_heard_as_what_is_left_of_it() {
        let shown = Cell::masked("••••••••••081").to_string();
        assert!(shown.contains("hidden, ends in 081"), "{shown}");
        assert!(Cell::masked("••••").to_string().contains(">hidden<"));
    }

    #[test]
    fn a_table_has_as_many_cells_in_each_row_as_columns() {
        let table = Table::new(vec!["A".into(), "B".into()], vec![vec![], vec![Cell::text("1"); 3]]);
        assert!(table.rows.iter().all(|row| row.len() == 2));
        let long = Table::new(vec!["A".into()], vec![vec![Cell::text("\"".repeat(200).as_str())]; 80]);
        assert_eq!((long.rows.len(), long.count()), (11, 80));
        assert_eq!(Table::new(vec!["A".into()], vec![]).count(), 0);
    }
}
