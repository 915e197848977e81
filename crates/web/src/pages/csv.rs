//! Lists as CSV (RFC 4180), sent a piece at a time, and safe to open in a spreadsheet.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use dossier_app::AppError;
use dossier_app::requests::{Export, Listed};
use dossier_domain::Local;
use futures_util::stream::{self, Stream};

use crate::view;

/// A download of what `lines` brings.
pub(super) fn file(name: &str, lines: impl Stream<Item = Result<Bytes, AppError>> + Send + 'static) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&disposition).unwrap_or(HeaderValue::from_static("attachment")),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, Body::from_stream(lines)).into_response()
}

/// The requests of an export, with instants in the tenant's zone. One that breaks off on the way ends the transfer, so that nobody takes half for the whole.
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
    row([
        request.reference.as_str(),
        &listed.channel_name,
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
    let cells = cells.into_iter().map(|cell| if is_formula(cell) { format!("'{cell}") } else { cell.to_owned() });
    // Into memory nothing is refused.
    let _ = writer.write_record(cells);
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// Whether a spreadsheet would reckon with it, also after white space or in full width.
fn is_formula(cell: &str) -> bool {
    let starts = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    cell.trim_start().starts_with(starts) || cell.starts_with(['\t', '\r', '\n'])
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
            ("two\nlines", "\"two\nlines\""),
            ("", ""),
        ] {
            assert_eq!(row([cell, "x"]), format!("{written},x\r\n"), "{cell:?}");
        }
    }
}
