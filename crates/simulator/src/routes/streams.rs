//! Answers that are too long, or that come too slowly to ever end.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use tokio::io::{AsyncWriteExt as _, DuplexStream, duplex};
use tokio_util::io::ReaderStream;

use super::watch::Line;
use crate::ledger::Outcome;

/// How long the long answer is, in bytes, beside its first and last.
const LENGTH: usize = 50_000_000;
/// How much of it is written at once.
const CHUNK: usize = 10_000;
/// The time between two bytes of the slow answer.
const PAUSE: Duration = Duration::from_millis(20);

const BEGINNING: &[u8] = br#"{"http_code": 200, "status_message": ""#;
const END: &[u8] = br#""}"#;

/// A whole JSON answer of 50 MB, whose length is not announced.
pub(super) fn huge(line: Line) -> Response {
    stream(line, async |mut writer| {
        writer.write_all(BEGINNING).await?;
        for _ in 0..LENGTH / CHUNK {
            writer.write_all(&[b'x'; CHUNK]).await?;
        }
        writer.write_all(END).await
    })
}

/// A byte at a time, until the client leaves or the simulator stops.
pub(super) fn drip(line: Line) -> Response {
    stream(line, async |mut writer| {
        for byte in BEGINNING.iter().copied().chain(std::iter::repeat(b'.')) {
            writer.write_all(&[byte]).await?;
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    })
}

/// An answer that is written while it is sent. The line closes with it; a client that leaves is noticed by the writer.
fn stream<W>(line: Line, write: impl FnOnce(DuplexStream) -> W + Send + 'static) -> Response
where
    W: Future<Output = io::Result<()>> + Send,
{
    let (writer, reader) = duplex(CHUNK);
    tokio::spawn(async move {
        tokio::select! {
            () = line.stopped() => line.close(Outcome::HungUp, None),
            done = write(writer) => if done.is_ok() {
                line.close(Outcome::Answered, Some(200));
            },
        }
    });
    ([(header::CONTENT_TYPE, "application/json")], Body::from_stream(ReaderStream::new(reader))).into_response()
}
