//! Reads what is left of a request's body where an answer came before all of it was read: a refusal, mostly. If the connection were closed at
//! that point, the browser would still be sending, and would show a broken connection instead of the answer.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use http_body::{Frame, SizeHint};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// How much of a body is read and dropped, in bytes. Where more is left, the connection ends with the answer.
const MOST: usize = 8 * 1024 * 1024;
/// How long that may take.
const WITHIN: Duration = Duration::from_secs(5);

/// Middleware: answers once the request's body is read, by the handler or here.
pub async fn read(request: Request, next: Next) -> Response {
    // Who sends `Expect` waits for the answer before sending the body.
    if request.body().is_end_stream() || request.headers().contains_key(header::EXPECT) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let (left, unread) = oneshot::channel();
    let body = Body::new(Returned { body, left: Some(left) });
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let rest = async {
        match unread.await {
            Ok(body) => is_read(body).await,
            Err(_) => true,
        }
    };
    if !timeout(WITHIN, rest).await.unwrap_or(false) {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    response
}

/// Reads the rest of a body; whether that was all of it.
async fn is_read(mut body: Body) -> bool {
    let mut length = 0;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(frame) = frame else { return false };
        length += frame.data_ref().map_or(0, Bytes::len);
        if length > MOST {
            return false;
        }
    }
    true
}

/// A body that is sent to `left` when its reader drops it before its end.
struct Returned {
    body: Body,
    left: Option<oneshot::Sender<Body>>,
}

impl HttpBody for Returned {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Returned {
    fn drop(&mut self) {
        if let Some(left) = self.left.take().filter(|_| !self.body.is_end_stream()) {
            // The receiver is gone where the connection is.
            let _ = left.send(std::mem::take(&mut self.body));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::middleware::from_fn;
    use axum::routing::post;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    async fn connect() -> TcpStream {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new().route("/", post(async || "refused")).layer(from_fn(read));
        tokio::spawn(async { axum::serve(listener, router).await });
        TcpStream::connect(address).await.expect("a connection")
    }

    async fn answer(stream: &mut TcpStream) -> String {
        let mut answer = String::new();
        while !answer.ends_with("refused") {
            let mut part = [0; 1024];
            let length = stream.read(&mut part).await.expect("an answer");
            assert_ne!(length, 0, "the connection ended: {answer}");
            answer.push_str(&String::from_utf8_lossy(&part[..length]));
        }
        answer.to_lowercase()
    }

    #[tokio::test]
    async fn who_sends_a_body_that_nobody_reads_gets_the_answer_and_keeps_the_connection() {
        let mut stream = connect().await;
        for length in [MOST, 3, 0] {
            let head = format!("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n\r\n");
            stream.write_all(head.as_bytes()).await.expect("the head is taken");
            stream.write_all(&vec![b'x'; length]).await.expect("the body is taken");
            assert!(!answer(&mut stream).await.contains("connection: close"), "{length}");
        }
    }

    #[tokio::test]
    async fn more_than_is_read_ends_the_connection() {
        let mut stream = connect().await;
        let head = format!("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: {}\r\n\r\n", MOST + 1);
        stream.write_all(head.as_bytes()).await.expect("the head is taken");
        stream
            .write_all(&vec![b'x'; MOST + 1])
            .await
            .expect("the body is taken");
        assert!(answer(&mut stream).await.contains("connection: close"));
    }

    #[tokio::test]
    async fn who_waits_before_sending_a_body_is_answered_at_once() {
        let mut stream = connect().await;
        let head = format!("POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: {MOST}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.expect("the head is taken");
        assert!(answer(&mut stream).await.starts_with("http/1.1 200"));
    }
}
