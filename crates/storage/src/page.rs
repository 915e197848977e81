//! Pages of long lists: by cursor, never by offset, so that a page is as fast at the end as at the beginning and stays
//! put while new rows arrive (LIST-3).

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::dialect::Row;
use crate::error::StorageError;
use crate::query::Query;
use crate::tx::ReadTx;

/// Where a page begins. Its text form can stand in an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// What is older than this row.
    Older(Uuid),
    /// What is newer than this row.
    Newer(Uuid),
}

/// The text is no cursor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This is no place in a list.")]
pub struct NoCursor;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Older(id) => write!(f, "older-{}", id.simple()),
            Self::Newer(id) => write!(f, "newer-{}", id.simple()),
        }
    }
}

impl FromStr for Cursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let (direction, id) = text.split_once('-').ok_or(NoCursor)?;
        let id = Uuid::try_parse(id).map_err(|_| NoCursor)?;
        match direction {
            "older" => Ok(Self::Older(id)),
            "newer" => Ok(Self::Newer(id)),
            _ => Err(NoCursor),
        }
    }
}

/// Rows, newest first, and the ways to its neighbours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// At most as many as were asked for.
    pub rows: Vec<T>,
    /// Leads to newer rows, when there are any.
    pub newer: Option<Cursor>,
    /// Leads to older rows, when there are any.
    pub older: Option<Cursor>,
}

/// Reads one page. `wanted` is the statement up to and with its conditions; `key` is the column that is both the order
/// and the cursor. The caller gives both as static text.
pub(crate) async fn read(
    tx: &mut ReadTx,
    wanted: impl Fn() -> Query,
    key: Key,
    from: Option<Cursor>,
    limit: u32,
) -> Result<Page<Row>, StorageError> {
    let limit = limit.max(1);
    let below = |id| wanted().push(key.below).push_bind(id).push(key.newest_first).push_bind(limit.saturating_add(1));
    let above = |id| wanted().push(key.above).push_bind(id).push(key.oldest_first).push_bind(limit.saturating_add(1));
    let top = || wanted().push(key.newest_first).push_bind(limit.saturating_add(1));
    let (query, upwards) = match from {
        None => (top(), false),
        Some(Cursor::Older(id)) => (below(id), false),
        Some(Cursor::Newer(id)) => (above(id), true),
    };
    let mut rows = tx.all(query).await?;
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > size;
    rows.truncate(size);
    if upwards {
        rows.reverse();
    }
    let end = |row: Option<&Row>| row.map(|row| row.get::<Uuid>("id")).transpose();
    let (Some(first), Some(last)) = (end(rows.first())?, end(rows.last())?) else {
        return Ok(Page { rows, newer: None, older: None });
    };
    // What lies behind the page was left behind by a cursor, but may have gone since: look.
    let behind = if upwards {
        tx.optional(wanted().push(key.below).push_bind(last).push(" LIMIT 1")).await?.is_some()
    } else {
        from.is_some() && tx.optional(wanted().push(key.above).push_bind(first).push(" LIMIT 1")).await?.is_some()
    };
    let (newer, older) = if upwards { (more, behind) } else { (behind, more) };
    Ok(Page { rows, newer: newer.then_some(Cursor::Newer(first)), older: older.then_some(Cursor::Older(last)) })
}

/// The pieces of text that page by one column.
#[derive(Clone, Copy)]
pub(crate) struct Key {
    pub(crate) below: &'static str,
    pub(crate) above: &'static str,
    pub(crate) newest_first: &'static str,
    pub(crate) oldest_first: &'static str,
}

impl Key {
    /// For a table that is read alone.
    pub(crate) const ID: Self = Self {
        below: " AND id < ",
        above: " AND id > ",
        newest_first: " ORDER BY id DESC LIMIT ",
        oldest_first: " ORDER BY id LIMIT ",
    };
}

impl<T> Page<T> {
    /// The same page of something else.
    pub(crate) fn of<U>(rows: Vec<U>, page: &Page<T>) -> Page<U> {
        Page { rows, newer: page.newer, older: page.older }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_what_it_writes_and_refuses_the_rest() {
        let id = Uuid::from_u128(7);
        for cursor in [Cursor::Older(id), Cursor::Newer(id)] {
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        for text in ["", "older", "older-", "newer-x", "sideways-00000000000000000000000000000007"] {
            assert_eq!(text.parse::<Cursor>(), Err(NoCursor), "{text}");
        }
    }
}
