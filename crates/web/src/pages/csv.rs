//! Lists as CSV (RFC 4180), sent a piece at a time, and safe to open in a spreadsheet.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use dossier_app::AppError;
use dossier_app::requests::{Export, Listed};
use dossier_domain::Local;
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};

use crate::view;

/// So that a spreadsheet reads UTF-8.
const MARK: &str = "\u{feff}";

/// A download of what `lines` brings. One that breaks off on the way ends the transfer, so that nobody takes half for the
/// whole, and is logged under the number of the answer.
pub(super) fn file(
    name: &str,
    number: &str,
    lines: impl Stream<Item = Result<Bytes, AppError>> + Send + 'static,
) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&disposition).unwrap_or(HeaderValue::from_static("attachment")),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    let number = number.to_owned();
    let lines = lines.inspect_err(move |error| {
        tracing::error!(request_id = number, error = error as &dyn std::error::Error, "an export broke off");
    });
    let mark = stream::once(async { Ok(Bytes::from_static(MARK.as_bytes())) });
    (headers, Body::from_stream(mark.chain(lines))).into_response()
}

/// Said of an address with a filter that cannot be read: nobody is to get more than they asked for.
pub(super) fn unread() -> AppError {
    AppError::field("address", "A filter in this address cannot be read. Export from the list.")
}

/// The requests of an export, with instants in the tenant's zone.
pub(super) fn requests(export: Export, local: Local) -> impl Stream<Item = Result<Bytes, AppError>> {
    let head = row(["Reference", "Channel", "Status", "Verdict", "Needs attention", "Created", "Created by", "ID"]);
    stream::try_unfold((Some(head), export, local), async |(head, mut export, local)| {
        if let Some(head) = head {
            return Ok(Some((Bytes::from(head), (None, export, local))));
        }
        let Some(piece) = export.piece().await? else { return Ok(None) };
        let lines: String = piece.iter().map(|listed| line(listed, &local)).collect();
        Ok(Some((Bytes::from(lines), (None, export, local))))
    })
}

fn line(listed: &Listed, local: &Local) -> String {
    let request = &listed.request;
    let deleted = if listed.channel_deleted { " (deleted)" } else { "" };
    row([
        request.reference.as_str(),
        &format!("{}{deleted}", listed.channel_name),
        request.status.as_str(),
        request.verdict.as_str(),
        listed.attention.map_or("", |state| state.as_str()),
        &view::iso(request.created_at, local),
        &request.created_by.name,
        &request.id.to_string(),
    ])
}

/// One line. Whatever a spreadsheet would take for a formula gets an apostrophe before it, which shows that it is text.
pub(super) fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    // Into memory nothing is refused.
    let _ = writer.write_record(cells.into_iter().map(calm));
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// The cell without formulas. Where lists are separated by semicolons a spreadsheet splits it at them, so that each part
/// may begin one.
fn calm(cell: &str) -> String {
    let led = if cell.starts_with(SEPARATORS) { "'" } else { "" };
    let parts = cell.split_inclusive(SEPARATORS).flat_map(|part| [if is_formula(part) { "'" } else { "" }, part]);
    std::iter::once(led).chain(parts).collect()
}

const SEPARATORS: [char; 4] = [';', '\t', '\r', '\n'];

/// Whether a spreadsheet would reckon with it, also after white space or in full width.
fn is_formula(part: &str) -> bool {
    part.trim_start().starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'])
}

#[cfg(test)]
mod tests {
    use super::row;

    /// LIST-4
    #[test]
    fn what_a_spreadsheet_would_run_is_text_and_what_would_split_a_cell_is_quoted() {
        for (cell, written) in [
            ("Kwantu Solar", "Kwantu Solar"),
            ("Dlamini, Sibongile", "\"Dlamini, Sibongile\""),
            ("the \"late\" Mr X", "\"the \"\"late\"\" Mr X\""),
            ("=HYPERLINK(\"https://x.example\")", "\"'=HYPERLINK(\"\"https://x.example\"\")\""),
            ("+27 82 000", "'+27 82 000"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            (" =1+1", "' =1+1"),
            ("\u{ff1d}1+1", "'\u{ff1d}1+1"),
            ("\ttab", "'\ttab"),
            ("x;=HYPERLINK(1)", "x;'=HYPERLINK(1)"),
            ("x; +1;y", "x;' +1;y"),
            ("two\nlines", "\"two\nlines\""),
            ("", ""),
        ] {
            assert_eq!(row([cell, "x"]), format!("{written},x\r\n"), "{cell:?}");
        }
    }
}
