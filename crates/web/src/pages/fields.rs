//! A provider's form as the fields of a page, with what was typed and what was refused.

use dossier_app::pictures;
use dossier_connector::{self as connector, FieldKind, Form, Format};
use dossier_domain::AttachmentId;
use serde_json::Value;

use crate::view::{Choice, Control, Field, Fold, Group, Kept, Part, TextKind, bytes};

/// What stands in a form: the pairs as they came, and what was refused in them.
pub(super) struct Typed<'a> {
    pub(super) pairs: &'a [(String, String)],
    pub(super) errors: &'a [(String, String)],
    /// Under which address the files lie that are named in it.
    pub(super) files: &'a str,
}

impl Typed<'_> {
    fn value(&self, name: &str) -> String {
        self.pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.pairs.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    fn error(&self, name: &str) -> Option<String> {
        self.errors.iter().find(|(n, _)| n == name).map(|(_, message)| message.clone())
    }

    /// How many rows of `group` were sent.
    fn rows(&self, group: &str) -> usize {
        self.pairs.iter().filter_map(|(name, _)| row_of(name, group)).map(|row| row + 1).max().unwrap_or(0)
    }
}

/// The most rows that a page draws, whatever the indexes in its pairs claim.
const MOST_ROWS: usize = 200;

/// The row in `directors[2].IDNumber`.
fn row_of(name: &str, group: &str) -> Option<usize> {
    let (row, _) = name.strip_prefix(group)?.strip_prefix('[')?.split_once(']')?;
    row.parse().ok().filter(|row| *row < MOST_ROWS)
}

/// Whether the form still depends on a choice: one that must be made, or on the fresh page one that may be.
pub(super) fn undecided(form: &Form, pairs: &[(String, String)], fresh: bool) -> bool {
    let typed = Typed { pairs, errors: &[], files: "" };
    form.discriminators().any(|field| typed.value(&field.name).trim().is_empty() && (field.required || fresh))
}

/// The choices that the rest of the form depends on, alone.
pub(super) fn deciding(form: &Form, typed: &Typed) -> Vec<Part> {
    form.discriminators().map(|field| Part::Field(branch(field, typed, false))).collect()
}

/// The parts of a page for `form`, as it is for what was chosen; the choices first. Fields of a group heading fold
/// together.
pub(super) fn parts(form: &Form, typed: &Typed) -> Vec<Part> {
    let mut parts: Vec<Part> = form.discriminators().map(|field| Part::Field(branch(field, typed, true))).collect();
    let decides = |field: &&connector::Field| form.discriminators().any(|one| one.name == field.name);
    for field in form.flat_in(typed.pairs).fields.iter().filter(|field| !decides(field)) {
        let part = match &field.kind {
            FieldKind::Group { fields, min, max } => Part::Group(group(field, fields, *min, *max, typed)),
            _ => Part::Field(single(field, &field.name, typed)),
        };
        match (&field.group, part) {
            (Some(title), Part::Field(field)) => {
                let fold = parts.iter_mut().find_map(|part| match part {
                    Part::Fold(fold) if fold.title == *title => Some(fold),
                    _ => None,
                });
                match fold {
                    Some(fold) => fold.fields.push(field),
                    None => parts.push(Part::Fold(Fold { title: title.clone(), fields: vec![field] })),
                }
            }
            (_, part) => parts.push(part),
        }
    }
    parts
}

fn group(field: &connector::Field, fields: &[connector::Field], min: usize, max: usize, typed: &Typed) -> Group {
    let blank = fields.iter().map(|f| single(f, "", &Typed { pairs: &[], errors: &[], files: "" })).collect();
    let rows = typed.rows(&field.name).max(min);
    let entries = (0..rows).map(|row| {
        let cell = |f: &connector::Field| single(f, &format!("{}[{row}].{}", field.name, f.name), typed);
        fields.iter().map(cell).collect()
    });
    let mut group = Group::new(&field.name, &field.title, singular(&field.title), blank, entries.collect());
    (group.hint, group.error, group.min, group.max) = (field.hint.clone(), typed.error(&field.name), min, Some(max));
    group
}

/// "Directors" are added one "director" at a time.
fn singular(title: &str) -> String {
    let word = title.strip_suffix('s').filter(|word| !word.ends_with('s')).unwrap_or(title);
    let mut letters = word.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn branch(field: &connector::Field, typed: &Typed, settled: bool) -> Field {
    let mut drawn = single(field, &field.name, typed);
    if let Control::Choice { options } = drawn.control {
        drawn.control = Control::Branch { options, settled };
    }
    drawn
}

/// One field. `path` finds its value and error; its name is its own, since a row adds the rest.
fn single(field: &connector::Field, path: &str, typed: &Typed) -> Field {
    let value = typed.value(path);
    let control = match &field.kind {
        FieldKind::Text { .. } if !field.offers.is_empty() => offered(&field.offers, value),
        FieldKind::Text { format, .. } => Control::Text { kind: text_kind(*format), value },
        FieldKind::LongText { .. } => Control::LongText { value },
        FieldKind::Json | FieldKind::Group { .. } => Control::Json { value },
        FieldKind::File { types, .. } | FieldKind::Files { types, .. } => {
            files(field, types, typed.values(path).filter_map(|value| kept(value, typed.files)).collect())
        }
        FieldKind::Choices { choices, .. } => {
            Control::Choices { options: options(choices, |c| typed.values(path).any(|v| v == c.value)) }
        }
        FieldKind::Integer => Control::Integer { value },
        FieldKind::Number => Control::Number { value },
        FieldKind::Boolean => Control::Boolean { checked: matches!(value.as_str(), "true" | "on") },
        FieldKind::Date => Control::Date { value },
        FieldKind::Secret => Control::Secret { set: false },
        FieldKind::Choice(choices) => Control::Choice { options: options(choices, |c| c.value == value) },
    };
    Field {
        name: field.name.clone(),
        label: field.title.clone(),
        hint: field.hint.clone(),
        error: typed.error(path),
        required: field.required,
        control,
    }
}

fn options(choices: &[connector::Choice], selected: impl Fn(&connector::Choice) -> bool) -> Vec<Choice> {
    let option =
        |c: &connector::Choice| Choice { value: c.value.clone(), label: c.title.clone(), selected: selected(c) };
    choices.iter().map(option).collect()
}

/// A list from an earlier output. What stands in the field and is not offered is offered too, so that it is not lost.
fn offered(offers: &[connector::Choice], value: String) -> Control {
    let mut options = options(offers, |c| c.value == value);
    if !value.is_empty() && options.iter().all(|option| !option.selected) {
        options.push(Choice { label: value.clone(), value, selected: true });
    }
    Control::Choice { options }
}

fn files(field: &connector::Field, types: &[String], kept: Vec<Kept>) -> Control {
    let many = matches!(field.kind, FieldKind::Files { .. });
    let replaced = if many || kept.is_empty() { "" } else { ". Another one takes its place." };
    let rule = format!("{}{replaced}", field.file_hint().unwrap_or_default());
    Control::Files { accept: types.join(","), rule, many, kept }
}

/// What was typed for choices that are not made now: it goes along, so that changing one's mind loses nothing.
pub(super) fn carried(form: &Form, pairs: &[(String, String)]) -> Vec<(String, String)> {
    let drawn = form.flat_in(pairs);
    let bare = |name: &str| name.split('[').next().unwrap_or_default().to_owned();
    let elsewhere = |name: &str| {
        let other = |field: &connector::Field| field.name == name && !matches!(field.kind, FieldKind::Secret);
        drawn.field(name).is_none() && form.every().any(other)
    };
    pairs.iter().filter(|(name, _)| elsewhere(&bare(name))).cloned().collect()
}

/// What a pair says of a file that lies on the server, under the address `files`.
fn kept(value: &str, files: &str) -> Option<Kept> {
    let file: Value = serde_json::from_str(value).ok()?;
    let size = usize::try_from(file["size"].as_u64()?).ok()?;
    let text = |name: &str| file[name].as_str().map(str::to_owned);
    let media_type = file["type"].as_str()?;
    let detail = format!("{}, {}", super::shown::kind(media_type), bytes(size));
    // Every picture that was staged can be shown. What a forged pair claims leads to nothing of anybody else's.
    let id = text("id")?.parse::<AttachmentId>().ok().filter(|_| pictures::shows(media_type));
    let preview = id.map(|id| format!("{files}/{id}/image"));
    Some(Kept { id: text("id")?, name: text("name")?, detail, preview, value: value.to_owned() })
}

/// The pairs without the file that `photo 0193…` names.
pub(super) fn drop_file(pairs: &mut Vec<(String, String)>, named: &str) {
    let Some((field, id)) = named.split_once(' ') else { return };
    pairs.retain(|(name, value)| name != field || kept(value, "").is_none_or(|file| file.id != id));
}

fn text_kind(format: Option<Format>) -> TextKind {
    match format {
        Some(Format::Email) => TextKind::Email,
        Some(Format::Uri | Format::Link) => TextKind::Url,
        Some(Format::Phone) => TextKind::Phone,
        Some(Format::ZaId) => TextKind::Digits,
        None => TextKind::Plain,
    }
}

/// The pairs with a blank row more in `group`.
pub(super) fn add_row(pairs: &mut Vec<(String, String)>, group: &str, form: &Form) {
    let rows = Typed { pairs, errors: &[], files: "" }.rows(group);
    if let Some(FieldKind::Group { fields, .. }) = form.field(group).map(|field| &field.kind) {
        pairs.extend(fields.iter().map(|field| (format!("{group}[{rows}].{}", field.name), String::new())));
    }
}

/// The pairs without the row that `directors[2]` names; those after it move up.
pub(super) fn remove_row(pairs: &mut Vec<(String, String)>, named: &str) {
    let Some((group, gone)) = named.split_once('[').and_then(|(group, _)| Some((group, row_of(named, group)?))) else {
        return;
    };
    pairs.retain(|(name, _)| row_of(name, group) != Some(gone));
    for (name, _) in pairs {
        if let Some(row) = row_of(name, group).filter(|row| *row > gone) {
            let rest = name.split_once(']').map(|(_, rest)| rest.to_owned()).unwrap_or_default();
            *name = format!("{group}[{}]{rest}", row - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(names: &[&str]) -> Vec<(String, String)> {
        names.iter().map(|name| ((*name).to_owned(), (*name).to_owned())).collect()
    }

    #[test]
    fn removing_a_row_moves_the_later_ones_up_and_keeps_what_they_hold() {
        let mut typed = pairs(&["reference", "d[0].A", "d[1].A", "d[2].A", "d[2].B", "dd[1].A"]);
        remove_row(&mut typed, "d[1]");
        let names: Vec<_> = typed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            names,
            [
                ("reference", "reference"),
                ("d[0].A", "d[0].A"),
                ("d[1].A", "d[2].A"),
                ("d[1].B", "d[2].B"),
                ("dd[1].A", "dd[1].A")
            ]
        );
        remove_row(&mut typed, "nonsense");
        remove_row(&mut typed, "d[x]");
        assert_eq!(typed.len(), 5);
    }

    #[test]
    fn rows_are_counted_and_absurd_indexes_are_not_followed() {
        let typed = pairs(&["d[0].A", "d[4].A", "d[4000000000].A", "e[9].A"]);
        assert_eq!(Typed { pairs: &typed, errors: &[], files: "" }.rows("d"), 5);
        assert_eq!(singular("Directors"), "director");
        assert_eq!(singular("Address"), "address");
    }
}
