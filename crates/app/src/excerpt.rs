//! What the page of a request shows of a result. Of a large one it is made once, when the result is stored; the page then
//! reads nothing else. Nothing is masked in it yet: masking is done anew at each look, by the rules of that day.

use dossier_connector::Display;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A result whose display and raw answer together are larger, in bytes, has a stored excerpt.
const LARGE: usize = 100_000;
/// About how many bytes are kept of the answer, of what has no label, and of each table: several times what pages show.
const ROOM: usize = 40_000;
/// The most characters that are kept of a cell: more than pages show.
const CELL: usize = 2_000;
/// What the marks around a value count.
const MARKS: usize = 4;

/// The beginning of a result.
#[derive(Serialize, Deserialize)]
pub(crate) struct Excerpt {
    /// Its display; of its tables the first rows.
    pub(crate) display: Display,
    /// How many values without a label were left out.
    pub(crate) left_out: usize,
    /// The beginning of the raw answer.
    pub(crate) raw: Value,
    /// Whether the answer is JSON; else `raw` is its text.
    pub(crate) is_json: bool,
    /// How many bytes the raw answer has.
    pub(crate) size: usize,
}

impl Excerpt {
    /// That of a result.
    pub(crate) fn of(mut display: Display, raw: &[u8]) -> Self {
        for table in display.sections.iter_mut().filter_map(|section| section.table.as_mut()) {
            let mut room = ROOM;
            let kept = table.rows.iter().take_while(|row| {
                let weight = row.iter().map(|cell| cell.text.len() + MARKS).sum::<usize>();
                let fits = room > 0;
                room = room.saturating_sub(weight);
                fits
            });
            let kept = kept.count();
            table.left_out += table.rows.len() - kept;
            table.rows.truncate(kept);
            table.rows.iter_mut().flatten().for_each(|cell| shorten(&mut cell.text, CELL));
        }
        for item in display.sections.iter_mut().flat_map(|section| &mut section.items) {
            shorten(&mut item.cell.text, CELL);
        }
        let mut left_out = 0;
        display.rest = display.rest.map(|rest| begin(rest, &mut ROOM.clone(), &mut left_out));
        let (answer, is_json) = match serde_json::from_slice(raw) {
            Ok(answer) => (answer, true),
            Err(_) => (Value::String(String::from_utf8_lossy(raw).into_owned()), false),
        };
        let raw_value = begin(answer, &mut ROOM.clone(), &mut 0);
        Self { display, left_out, raw: raw_value, is_json, size: raw.len() }
    }

    /// The same as it is stored, when the result is large enough to have one.
    ///
    /// # Errors
    /// Only when a display cannot be written as JSON, which its types never cause.
    pub(crate) fn stored(display: &Display, written: &Value, raw: &[u8]) -> Result<Option<Value>, serde_json::Error> {
        if raw.len() <= LARGE && raw.len() + written.to_string().len() <= LARGE {
            return Ok(None);
        }
        serde_json::to_value(Self::of(display.clone(), raw)).map(Some)
    }
}

fn shorten(text: &mut String, most: usize) {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
    }
}

/// The beginning of `value`, as much as there is room for. Counts the values that were left out.
fn begin(value: Value, room: &mut usize, left_out: &mut usize) -> Value {
    match value {
        Value::Object(pairs) => {
            let mut kept = Map::new();
            for (name, value) in pairs {
                if *room == 0 {
                    *left_out += count(&value);
                    continue;
                }
                *room = room.saturating_sub(name.len() + MARKS);
                kept.insert(name, begin(value, room, left_out));
            }
            Value::Object(kept)
        }
        Value::Array(items) => {
            let mut kept = Vec::new();
            for item in items {
                if *room == 0 {
                    *left_out += count(&item);
                    continue;
                }
                *room = room.saturating_sub(MARKS);
                kept.push(begin(item, room, left_out));
            }
            Value::Array(kept)
        }
        Value::String(mut text) => {
            let end = text.floor_char_boundary(*room);
            *room = room.saturating_sub(text.len());
            text.truncate(end);
            Value::String(text)
        }
        plain => plain,
    }
}

fn count(value: &Value) -> usize {
    match value {
        Value::Object(pairs) => pairs.values().map(count).sum(),
        Value::Array(items) => items.iter().map(count).sum(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use dossier_connector::{Cell, Section, Table};
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_small_stays_whole_and_has_no_excerpt_of_its_own() {
        let rest = json!({ "a": [1, { "b": null }], "c": "d" });
        let display = Display { rest: Some(rest.clone()), ..Display::default() };
        let excerpt = Excerpt::of(display.clone(), br#"{"a":1}"#);
        assert_eq!((excerpt.display, excerpt.left_out), (display.clone(), 0));
        assert_eq!((excerpt.raw, excerpt.is_json, excerpt.size), (json!({ "a": 1 }), true, 7));
        assert_eq!(Excerpt::stored(&display, &json!({}), b"{}").unwrap(), None);
    }

    /// RESULT-1
    #[test]
    fn of_what_is_large_the_beginning_is_kept_and_the_rest_counted() {
        let rest = json!((0..50_000).map(|n| json!({ "n": n, "text": "é".repeat(30) })).collect::<Vec<_>>());
        let row = vec![Cell { text: "x".repeat(5_000), ..Cell::default() }];
        let table = Table { columns: vec!["A".to_owned()], rows: vec![row; 1_000], left_out: 0 };
        let sections = vec![Section { table: Some(table), ..Section::default() }];
        let display = Display { rest: Some(rest.clone()), sections, ..Display::default() };
        let raw = rest.to_string();
        let stored = Excerpt::stored(&display, &json!({}), raw.as_bytes()).unwrap().unwrap();
        assert!(stored.to_string().len() < 4 * ROOM, "{}", stored.to_string().len());
        let excerpt: Excerpt = serde_json::from_value(stored).unwrap();
        let kept = excerpt.display.rest.as_ref().map(count).unwrap();
        assert_eq!((kept + excerpt.left_out, excerpt.size), (100_000, raw.len()));
        assert!(kept > 500, "{kept}");
        let table = excerpt.display.sections[0].table.as_ref().unwrap();
        assert_eq!((table.rows.len(), table.left_out), (8, 992));
        assert!(table.rows[0][0].text.len() == CELL);
    }

    #[test]
    fn a_text_that_is_not_json_is_begun_too() {
        let excerpt = Excerpt::of(Display::default(), "é".repeat(100_001).as_bytes());
        assert_eq!((excerpt.is_json, excerpt.size, excerpt.left_out), (false, 200_002, 0));
        assert_eq!(excerpt.raw.as_str().map(str::len), Some(ROOM));
    }
}
