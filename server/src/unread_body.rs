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

/// Middleware: answers once the request's body was read, by the handler or here, or is given up: above [`MOST`], after [`WITHIN`], or where
/// whoever sends it waits for a word before it begins (`Expect`) and now gets the answer.
pub async fn read(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let waits = request.headers().contains_key(header::EXPECT);
    let (parts, body) = request.into_parts();
    let (give_back, given_back) = oneshot::channel();
    let body = Body::new(WatchedBody {
        body,
        is_begun: false,
        give_back: Some(give_back),
    });
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let is_read = async {
        match given_back.await {
            Ok(unread) if waits && !unread.is_begun => false,
            Ok(unread) => drain(unread.body).await,
            // It was read to its end.
            Err(_) => true,
        }
    };
    // Where the connection ends anyway, nobody waits.
    if !response.headers().contains_key(header::CONNECTION) && !timeout(WITHIN, is_read).await.unwrap_or(false) {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    response
}

/// Reads the rest of a body, and drops it. False where it fails, or is too long.
async fn drain(mut body: Body) -> bool {
    let mut length = 0;
    while body.size_hint().lower() <= MOST as u64 {
        match poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            Some(Ok(frame)) => length += frame.data_ref().map_or(0, Bytes::len),
            Some(Err(_)) => return false,
            None => return true,
        }
        if length > MOST {
            return false;
        }
    }
    false
}

/// A body that its reader dropped before its end.
struct UnreadBody {
    body: Body,
    /// Whether its reader has begun.
    is_begun: bool,
}

/// A body that is given back when its reader drops it before its end.
struct WatchedBody {
    body: Body,
    is_begun: bool,
    give_back: Option<oneshot::Sender<UnreadBody>>,
}

impl HttpBody for WatchedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.is_begun = true;
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for WatchedBody {
    fn drop(&mut self) {
        if let Some(give_back) = self.give_back.take().filter(|_| !self.body.is_end_stream()) {
            // Nobody waits for it where the connection is gone.
            let _ = give_back.send(UnreadBody {
                body: std::mem::take(&mut self.body),
                is_begun: self.is_begun,
            });
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

    /// A connection to a server that reads nothing, the beginning, or all of a body.
    async fn connect() -> TcpStream {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let begin = async |request: Request| {
            let mut body = request.into_body();
            let _ = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await;
            "answered"
        };
        let router = Router::new()
            .route("/nothing", post(async || "answered"))
            .route("/beginning", post(begin))
            .route("/all", post(async |_: Bytes| "answered"))
            .layer(from_fn(read));
        tokio::spawn(async { axum::serve(listener, router).await });
        TcpStream::connect(address).await.expect("a connection")
    }

    async fn send(stream: &mut TcpStream, path: &str, headers: &str, body: &[u8]) {
        let head = format!("POST /{path} HTTP/1.1\r\nhost: a\r\n{headers}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.expect("the head is taken");
        stream.write_all(body).await.expect("the body is taken");
    }

    /// The answer, in small letters; without what comes before it.
    async fn answer(stream: &mut TcpStream) -> String {
        let mut answer = String::new();
        while !answer.ends_with("answered") {
            let mut part = [0; 1024];
            let length = stream.read(&mut part).await.expect("an answer");
            assert_ne!(length, 0, "the connection ended: {answer}");
            answer.push_str(&String::from_utf8_lossy(&part[..length]));
        }
        answer.to_lowercase()
    }

    async fn is_closed(mut stream: TcpStream) -> bool {
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.is_err() || rest.is_empty()
    }

    #[tokio::test]
    async fn who_sends_a_body_that_nobody_reads_gets_the_answer_and_keeps_the_connection() {
        let mut stream = connect().await;
        for path in ["nothing", "beginning", "all", "nothing"] {
            for length in [MOST / 8, 3, 0] {
                let body = vec![b'x'; length];
                send(&mut stream, path, &format!("content-length: {length}"), &body).await;
                assert!(
                    !answer(&mut stream).await.contains("connection: close"),
                    "{path} {length}"
                );
            }
            send(
                &mut stream,
                path,
                "transfer-encoding: chunked",
                b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
            )
            .await;
            assert!(
                !answer(&mut stream).await.contains("connection: close"),
                "{path} in pieces"
            );
        }
    }

    #[tokio::test]
    async fn as_much_as_is_read_keeps_the_connection_and_more_ends_it() {
        let mut stream = connect().await;
        send(
            &mut stream,
            "nothing",
            &format!("content-length: {MOST}"),
            &vec![b'x'; MOST],
        )
        .await;
        assert!(!answer(&mut stream).await.contains("connection: close"));
        send(&mut stream, "nothing", &format!("content-length: {}", MOST + 1), b"").await;
        assert!(answer(&mut stream).await.contains("connection: close"));
        assert!(is_closed(stream).await);
    }

    #[tokio::test]
    async fn who_waits_before_sending_a_body_is_answered_at_once() {
        let mut stream = connect().await;
        send(&mut stream, "nothing", "expect: 100-continue\r\ncontent-length: 5", b"").await;
        let refused = answer(&mut stream).await;
        assert!(
            refused.starts_with("http/1.1 200") && refused.contains("connection: close"),
            "{refused}"
        );
        assert!(is_closed(stream).await);
        let mut stream = connect().await;
        send(
            &mut stream,
            "beginning",
            "expect: 100-continue\r\ncontent-length: 5",
            b"abcde",
        )
        .await;
        let begun = answer(&mut stream).await;
        assert!(
            begun.starts_with("http/1.1 100") && !begun.contains("connection: close"),
            "{begun}"
        );
    }

    #[tokio::test]
    async fn a_body_that_does_not_arrive_is_given_up() {
        let mut stream = connect().await;
        send(&mut stream, "nothing", "content-length: 5", b"abc").await;
        assert!(answer(&mut stream).await.contains("connection: close"));
        assert!(is_closed(stream).await);
    }
}
