//! What people read of an answer, as it is stored.

use dossier_domain::Verdict;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A readable answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Display {
    /// One sentence; sensitive values in it are masked already.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub summary: Option<String>,
    /// The outcome in a word or two.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub badge: Option<Badge>,
    /// The parts, in order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub sections: Vec<Section>,
    /// What of the answer could not be kept, as sentences.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notes: Vec<String>,
    /// What of the answer is not mapped, as a tree; sensitive values in it are masked already.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rest: Option<Value>,
}

impl Display {
    /// The ids of the files that it shows as pictures, as they came.
    pub fn pictures(&self) -> impl Iterator<Item = &str> {
        let images = self.sections.iter().flat_map(|section| {
            let pair = section.compare.iter().flat_map(|compare| [&compare.left, &compare.right]);
            section.images.iter().chain(pair)
        });
        images.map(|image| image.file.as_str()).filter(|file| !file.is_empty())
    }
}

/// A word with its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Badge {
    /// The provider's word, or the manifest's for it.
    pub text: String,
    /// What it means; `none` where no rule knows the word.
    pub verdict: Verdict,
}

/// A part of the display.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// Its heading.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub title: Option<String>,
    /// Labelled values.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub items: Vec<Item>,
    /// A table.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub table: Option<Table>,
    /// Pictures.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub images: Vec<Image>,
    /// Two pictures that were compared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub compare: Option<Compare>,
}

/// A picture.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// The label.
    pub label: String,
    /// The id of the attachment, as it came: whoever shows it looks for it in the request. Empty when there is none.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub file: String,
}

/// Two pictures and how alike the provider finds them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Compare {
    /// The first picture.
    pub left: Image,
    /// The second.
    pub right: Image,
    /// The score with its unit, or the provider's word for it.
    #[serde(default)]
    pub score: Cell,
    /// The provider's limit with its unit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub limit: Option<String>,
    /// Where the score stands on a bar from 0 to 100; none when its scale is not known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub share: Option<f64>,
    /// Where the limit stands on the same bar.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mark: Option<f64>,
}

/// A labelled value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The label.
    pub label: String,
    /// The value.
    pub cell: Cell,
}

/// A table; every row has a cell for every column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// The headings.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
    /// How many rows more there are, where only the first are at hand.
    #[serde(skip_serializing_if = "none", default)]
    pub left_out: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it so")]
fn none(count: &usize) -> bool {
    *count == 0
}

/// A value as text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// The text; empty when the answer has none.
    pub text: String,
    /// Whether it is shown masked (`mask::text`) until someone reveals it.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub masked: bool,
    /// Whether it is a badge, and of which verdict.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub badge: Option<Verdict>,
}
