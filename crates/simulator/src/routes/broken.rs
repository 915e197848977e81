//! Answers that end before they are whole.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header;
use axum::response::Response;
use tokio::io::{AsyncRead, ReadBuf};
use tokio_util::io::ReaderStream;

/// Some bytes and then a failure, upon which the server closes the connection.
struct Broken {
    bytes: Bytes,
    /// Whether what was read so far is on its way.
    flushed: bool,
}

impl AsyncRead for Broken {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.bytes.is_empty() {
            let length = self.bytes.len().min(into.remaining());
            into.put_slice(&self.bytes.split_to(length));
            return Poll::Ready(Ok(()));
        }
        if !self.flushed {
            // The server sends what it has while its body is pending; a failure at once would drop it unsent.
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
    }
}

/// The same head with the whole length, and half of the body.
pub(super) async fn cut_short(answer: Response) -> Response {
    let (mut head, body) = answer.into_parts();
    let mut bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    head.headers.insert(header::CONTENT_LENGTH, bytes.len().into());
    bytes.truncate(bytes.len() / 2);
    Response::from_parts(head, Body::from_stream(ReaderStream::new(Broken { bytes, flushed: false })))
}

/// Closes the connection without a byte of an answer.
pub(super) fn hang_up() -> Response {
    let nothing = Broken { bytes: Bytes::new(), flushed: true };
    Response::new(Body::from_stream(ReaderStream::new(nothing)))
}
