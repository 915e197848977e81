//! How what the use cases give is written, and what lists have in common.

use axum::http::{HeaderValue, StatusCode, Uri, header};
use dossier_app::requests::{By, Cursor, Page};
use dossier_domain::Timestamp;
use dossier_wire as wire;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::problem::{Answer, Problem};
use crate::{BASE, tag};

/// How many rows a page has unless the caller says otherwise, and at most.
const ROWS: u32 = 50;
const MOST: u32 = 200;

pub(super) fn by(by: &By) -> wire::By {
    wire::By { id: by.id.map(|id| id.to_string()), name: by.name.clone() }
}

/// A word of the domain as the wire has it. Both lists are the same; a test holds them together.
pub(super) fn word<T: DeserializeOwned>(word: &str) -> Answer<T> {
    serde_json::from_value(Value::String(word.to_owned())).map_err(|error| Problem::Fault(error.to_string()))
}

pub(super) fn instant(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

/// What a list was asked for.
pub(super) struct Place {
    pub(super) from: Option<Cursor>,
    pub(super) limit: u32,
}

/// Reads where a page begins and how long it is.
pub(super) fn place(cursor: Option<&str>, limit: Option<u32>) -> Answer<Place> {
    let from = cursor.map(|cursor| match cursor.parse() {
        Ok(from @ Cursor::Older(_)) => Ok(from),
        _ => Err(Problem::Malformed("cursor is none of next_cursor.".to_owned())),
    });
    match limit.unwrap_or(ROWS) {
        limit @ 1..=MOST => Ok(Place { from: from.transpose()?, limit }),
        _ => Err(Problem::Malformed(format!("limit is a number from 1 to {MOST}."))),
    }
}

/// A page with the way to the next one, in the body and as `Link` (RFC 8288).
pub(super) fn paged<T, U: Serialize>(uri: &Uri, page: Page<T>, row: impl Fn(T) -> Answer<U>) -> Answer {
    let next = page.older.map(|cursor| cursor.to_string());
    let data = page.rows.into_iter().map(row).collect::<Answer<Vec<U>>>()?;
    let link = next.as_ref().map(|cursor| {
        let kept = uri.query().unwrap_or_default().split('&');
        let kept = kept.filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
        let query: Vec<_> = kept.map(str::to_owned).chain([format!("cursor={cursor}")]).collect();
        // Nested routes see the address below the API's own.
        let path = uri.path().strip_prefix(BASE).unwrap_or(uri.path());
        format!("<{BASE}{path}?{}>; rel=\"next\"", query.join("&"))
    });
    let mut response = tag::json(StatusCode::OK, &wire::Page { data, next_cursor: next })?;
    if let Some(link) = link.and_then(|link| HeaderValue::from_str(&link).ok()) {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// An answer about something that was made, with its address.
pub(super) fn made(path: &str, body: &impl Serialize) -> Answer {
    let mut response = tag::json(StatusCode::CREATED, body)?;
    let value = HeaderValue::from_str(&format!("{BASE}{path}")).map_err(|error| Problem::Fault(error.to_string()))?;
    response.headers_mut().insert(header::LOCATION, value);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dossier_domain::{ErrorClass, RequestStatus, RunState, Verdict};

    #[test]
    fn the_wire_knows_every_word_of_the_domain() {
        for status in RequestStatus::ALL {
            assert!(word::<wire::Status>(status.as_str()).is_ok(), "{status}");
        }
        for verdict in Verdict::ALL {
            assert!(word::<wire::Verdict>(verdict.as_str()).is_ok(), "{verdict}");
        }
        for state in RunState::ALL {
            assert!(word::<wire::RunState>(state.as_str()).is_ok(), "{state}");
        }
        for class in ErrorClass::ALL {
            assert!(word::<wire::Failure>(class.as_str()).is_ok(), "{class}");
        }
        assert!(word::<wire::Status>("ended").is_err());
    }
}
