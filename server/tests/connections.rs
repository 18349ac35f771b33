//! Connections of browsers on real sockets: what takes too long ends, and what is too many is refused.
#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::routing::{get, post};
use server::connections::{Accepted, Places, Timeouts, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

const SHORT: Duration = Duration::from_millis(400);

/// Times so long that a test would fail of them.
const PATIENT: Timeouts = Timeouts {
    head: Duration::from_secs(60),
    idle: Duration::from_secs(60),
    stall: Duration::from_secs(60),
    end: Duration::from_millis(100),
};

/// A small program behind the real connections.
struct Served {
    address: SocketAddr,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Served {
    async fn start(connections: usize, timeouts: Timeouts) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let places = Places::new(connections);
        let accept = async move || {
            loop {
                let (stream, remote) = listener.accept().await.unwrap();
                if let Some(place) = places.take() {
                    return Accepted { stream, remote, place };
                }
            }
        };
        let router = Router::new()
            .route("/", get(async || "page"))
            .route("/healthz", get(async || "ok"))
            .route("/large", get(async || vec![b'x'; 64 * 1024 * 1024]))
            .route(
                "/slow",
                get(async || {
                    sleep(SHORT * 3).await;
                    "slow"
                }),
            )
            .route("/form", post(async |body: Bytes| body.len().to_string()));
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(serve(accept, router, timeouts, shutdown.clone()));
        Self {
            address,
            shutdown,
            task,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// The status of an address over a connection of its own.
    async fn status(&self, path: &str) -> u16 {
        let mut stream = self.connect().await;
        send(&mut stream, path).await;
        status(&mut stream).await
    }

    /// Ends it, and says how long that took.
    async fn end(self) -> Duration {
        let begun = Instant::now();
        self.shutdown.cancel();
        self.task.await.unwrap();
        begun.elapsed()
    }
}

async fn send(stream: &mut TcpStream, path: &str) {
    let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
}

/// The status of the next answer, which has to be short.
async fn status(stream: &mut TcpStream) -> u16 {
    let mut answer = [0; 4096];
    let length = timeout(Duration::from_secs(10), stream.read(&mut answer))
        .await
        .unwrap()
        .unwrap();
    let text = String::from_utf8_lossy(&answer[..length]).into_owned();
    text.split(' ')
        .nth(1)
        .unwrap_or_else(|| panic!("{text:?}"))
        .parse()
        .unwrap()
}

/// How long it takes until the other side closes a connection.
async fn closed_after(mut stream: TcpStream) -> Duration {
    let begun = Instant::now();
    let mut rest = Vec::new();
    let ended = timeout(Duration::from_secs(20), stream.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "it stays open");
    begun.elapsed()
}

fn about(time: Duration, expected: Duration) -> bool {
    (expected / 2..expected * 4).contains(&time)
}

#[tokio::test]
async fn a_head_has_to_arrive_in_time() {
    let served = Served::start(10, Timeouts { head: SHORT, ..PATIENT }).await;
    // Nothing at all, a half, and a half after a whole one.
    let silent = served.connect().await;
    let mut half = served.connect().await;
    half.write_all(b"GET / HTTP/1.1\r\nHost:").await.unwrap();
    let mut second = served.connect().await;
    send(&mut second, "/").await;
    assert_eq!(status(&mut second).await, 200);
    second.write_all(b"GET / HT").await.unwrap();
    for stream in [silent, half, second] {
        let time = closed_after(stream).await;
        assert!(time < SHORT * 4, "{time:?}");
    }
    // A byte now and then does not make it longer.
    let mut drip = served.connect().await;
    let begun = Instant::now();
    while drip.write_all(b"G").await.is_ok() && begun.elapsed() < SHORT * 8 {
        sleep(SHORT / 10).await;
    }
    assert!(begun.elapsed() < SHORT * 4, "{:?}", begun.elapsed());
    served.end().await;
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let served = Served::start(10, Timeouts { idle: SHORT, ..PATIENT }).await;
    let mut stream = served.connect().await;
    for _ in 0..3 {
        send(&mut stream, "/").await;
        assert_eq!(status(&mut stream).await, 200);
        sleep(SHORT / 3).await;
    }
    let time = closed_after(stream).await;
    assert!(about(time, SHORT), "{time:?}");
    served.end().await;
}

#[tokio::test]
async fn a_stalled_body_or_answer_ends_its_connection_and_a_slow_handler_does_not() {
    let timeouts = Timeouts {
        head: SHORT,
        idle: SHORT,
        stall: SHORT * 6,
        ..PATIENT
    };
    let served = Served::start(10, timeouts).await;
    assert_eq!(served.status("/slow").await, 200);
    let mut half = served.connect().await;
    half.write_all(b"POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf")
        .await
        .unwrap();
    assert!(about(closed_after(half).await, SHORT * 6));
    // Nobody reads an answer that is larger than all buffers.
    let mut unread = served.connect().await;
    send(&mut unread, "/large").await;
    sleep(SHORT * 8).await;
    let mut read = Vec::new();
    let _ = timeout(Duration::from_secs(20), unread.read_to_end(&mut read))
        .await
        .unwrap();
    assert!(read.len() < 64 * 1024 * 1024, "it was cut off");
    served.end().await;
}

#[tokio::test]
async fn idle_connections_make_room_for_others() {
    let served = Served::start(4, PATIENT).await;
    let mut idle = Vec::new();
    for _ in 0..4 {
        let mut stream = served.connect().await;
        send(&mut stream, "/").await;
        assert_eq!(status(&mut stream).await, 200);
        idle.push(stream);
    }
    // The first that finds no place sends them away; it, or the next one, is answered.
    let mut answered = Vec::new();
    for _ in 0..3 {
        answered.push(served.status("/").await);
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(answered[1..], [200, 200], "{answered:?}");
    for stream in idle {
        assert!(closed_after(stream).await < SHORT);
    }
    served.end().await;
}

#[tokio::test]
async fn health_is_answered_where_all_connections_are_taken() {
    let served = Served::start(4, PATIENT).await;
    let mut taken = Vec::new();
    for _ in 0..4 {
        let mut stream = served.connect().await;
        stream.write_all(b"GET / HTTP/1.1\r\nHost:").await.unwrap();
        taken.push(stream);
    }
    sleep(SHORT / 4).await;
    for _ in 0..100 {
        assert_eq!(served.status("/healthz").await, 200);
    }
    let mut refused = served.connect().await;
    send(&mut refused, "/").await;
    assert_eq!(status(&mut refused).await, 503);
    assert!(closed_after(refused).await < SHORT);
    // One goes, and the next is answered.
    taken.pop();
    sleep(SHORT / 4).await;
    assert_eq!(served.status("/").await, 200);
    served.end().await;
}

#[tokio::test]
async fn a_shutdown_finishes_answers_and_waits_for_nothing_else() {
    let served = Served::start(400, PATIENT).await;
    let mut held = Vec::new();
    for number in 0..200 {
        let mut stream = served.connect().await;
        let begun: &[u8] = match number % 3 {
            0 => b"GET / HTTP/1.1\r\nHost:",
            1 => b"POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nx",
            _ => b"",
        };
        stream.write_all(begun).await.unwrap();
        held.push(stream);
    }
    let mut slow = served.connect().await;
    send(&mut slow, "/slow").await;
    sleep(SHORT / 4).await;
    let answer = tokio::spawn(async move { status(&mut slow).await });
    let time = served.end().await;
    assert_eq!(answer.await.unwrap(), 200);
    assert!(time < SHORT * 6, "{time:?}");
    drop(held);
}
