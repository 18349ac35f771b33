//! Connections of browsers: how many there may be at a time, how long each may take to say something, and how they end.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body::{Frame, SizeHint};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::metrics::counter::Counter;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::client_ip::SocketPeer;
use crate::health;

/// How many connections answer health checks where all others are taken.
const FOR_HEALTH: usize = 32;

/// How long a connection may take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For the head of a request, from its first byte; a new connection has as long for its first one.
    pub head: Duration,
    /// Between two requests.
    pub idle: Duration,
    /// Without a byte to or fro while a request is answered.
    pub stall: Duration,
    /// After a shutdown has begun, where nothing is being answered.
    pub end: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            // Longer than proxies keep theirs (nginx: 60 s), so that none sends a request to a connection that is being closed.
            idle: Duration::from_secs(75),
            stall: Duration::from_secs(30),
            end: Duration::from_millis(500),
        }
    }
}

/// The connections that there may be at a time, and some more for health checks. Clones count together.
#[derive(Clone, Debug)]
pub struct Places {
    all: Arc<Semaphore>,
    health: Arc<Semaphore>,
    /// All are taken: whoever is idle goes.
    full: Arc<Notify>,
    is_reported: Arc<AtomicBool>,
    most: usize,
    refused: Counter,
}

/// A connection's place.
#[derive(Debug)]
pub struct Place {
    places: Places,
    permit: Mutex<OwnedSemaphorePermit>,
    /// Whether it is one of those that answer everything.
    is_full: AtomicBool,
}

impl Places {
    /// This many, and a few for health checks.
    pub fn new(connections: usize) -> Self {
        let most = connections.min(Semaphore::MAX_PERMITS);
        Self {
            all: Arc::new(Semaphore::new(most)),
            most,
            refused: Counter::default(),
            health: Arc::new(Semaphore::new(FOR_HEALTH)),
            full: Arc::default(),
            is_reported: Arc::default(),
        }
    }

    /// How many connections there may be.
    pub fn most(&self) -> usize {
        self.most
    }

    /// How many there are.
    pub fn open(&self) -> usize {
        self.most.saturating_sub(self.all.available_permits())
    }

    /// How many found no place, or only one of those for health checks.
    pub fn refused(&self) -> Counter {
        self.refused.clone()
    }

    /// A place for a connection. None where even those for health checks are taken.
    pub fn take(&self) -> Option<Place> {
        if let Ok(permit) = self.all.clone().try_acquire_owned() {
            self.is_reported.store(false, Ordering::Relaxed);
            return Some(self.place(permit, true));
        }
        if !self.is_reported.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "all connections are taken (--max-connections): idle ones are closed, and others are answered 503"
            );
        }
        self.full.notify_waiters();
        self.refused.inc();
        let permit = self.health.clone().try_acquire_owned().ok()?;
        Some(self.place(permit, false))
    }

    fn place(&self, permit: OwnedSemaphorePermit, is_full: bool) -> Place {
        Place {
            places: self.clone(),
            permit: Mutex::new(permit),
            is_full: AtomicBool::new(is_full),
        }
    }
}

impl Place {
    /// Whether everything is answered here; by now another connection may have ended.
    fn admits(&self) -> bool {
        if self.is_full.load(Ordering::Relaxed) {
            return true;
        }
        let Ok(permit) = self.places.all.clone().try_acquire_owned() else {
            return false;
        };
        *self.permit.lock().unwrap_or_else(PoisonError::into_inner) = permit;
        self.is_full.store(true, Ordering::Relaxed);
        true
    }
}

/// A connection that was accepted.
#[derive(Debug)]
pub struct Accepted {
    /// The connection.
    pub stream: TcpStream,
    /// Its other end.
    pub remote: SocketAddr,
    /// Its place among all.
    pub place: Place,
}

/// Serves connections until the shutdown, and then those on which something is being answered to their end.
pub async fn serve(
    mut accept: impl AsyncFnMut() -> Accepted,
    router: Router,
    timeouts: Timeouts,
    shutdown: CancellationToken,
) {
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = accept() => accepted,
        };
        connections.spawn(serve_connection(accepted, router.clone(), timeouts, shutdown.clone()));
    }
    connections.close();
    connections.wait().await;
}

async fn serve_connection(accepted: Accepted, router: Router, timeouts: Timeouts, shutdown: CancellationToken) {
    let Accepted { stream, remote, place } = accepted;
    let (place, answering) = (Arc::new(place), Answering::default());
    let io = TokioIo::new(TimedStream::new(stream, timeouts, answering.clone()));
    let service = {
        let (place, answering) = (Arc::clone(&place), answering.clone());
        service_fn(move |request| answer(request, remote, router.clone(), Arc::clone(&place), answering.begin()))
    };
    let server = http1::Builder::new()
        .timer(TokioTimer::new())
        // TimedStream has the times: hyper's would end idle connections too.
        .header_read_timeout(None)
        .serve_connection(io, service);
    let mut server = pin!(server);
    loop {
        tokio::select! {
            ended = server.as_mut() => return log_end(ended),
            () = shutdown.cancelled() => break,
            () = place.places.full.notified() => server.as_mut().graceful_shutdown(),
        }
    }
    server.as_mut().graceful_shutdown();
    // Half of a head or of a body, or an answer that nobody fetches, holds nothing up.
    loop {
        tokio::select! {
            ended = server.as_mut() => return log_end(ended),
            () = sleep(timeouts.end) => if !answering.is_busy() || answering.is_arriving() {
                return;
            },
        }
    }
}

fn log_end(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}

async fn answer(
    request: axum::http::Request<Incoming>,
    remote: SocketAddr,
    router: Router,
    place: Arc<Place>,
    guard: AnswerGuard,
) -> Result<Response, Infallible> {
    let is_admitted = place.admits();
    let mut response = if is_admitted || health::is_health(request.uri().path()) {
        let answering = guard.0.clone();
        answering.set_arriving(!request.body().is_end_stream());
        let mut request = request.map(|body| Body::new(ArrivingBody { body, answering }));
        request.extensions_mut().insert(ConnectInfo(SocketPeer(remote)));
        router.oneshot(request).await?
    } else {
        let text = "Too many connections at the moment: try again in a few seconds.\n";
        (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "2")], text).into_response()
    };
    if !is_admitted {
        response
            .headers_mut()
            .insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response.map(|body| Body::new(GuardedBody { body, _guard: guard })))
}

/// What a connection is doing.
#[derive(Clone, Debug, Default)]
struct Answering(Arc<Doing>);

#[derive(Debug, Default)]
struct Doing {
    /// How many requests are being answered.
    answers: AtomicUsize,
    /// Whether the body of a request has yet to arrive. Nothing is done before it is there, or it was refused.
    is_arriving: AtomicBool,
}

impl Answering {
    fn begin(&self) -> AnswerGuard {
        self.0.answers.fetch_add(1, Ordering::Relaxed);
        AnswerGuard(self.clone())
    }

    fn is_busy(&self) -> bool {
        self.0.answers.load(Ordering::Relaxed) > 0
    }

    fn is_arriving(&self) -> bool {
        self.0.is_arriving.load(Ordering::Relaxed)
    }

    fn set_arriving(&self, is_arriving: bool) {
        self.0.is_arriving.store(is_arriving, Ordering::Relaxed);
    }
}

/// Counts a request until it is dropped.
struct AnswerGuard(Answering);

impl Drop for AnswerGuard {
    fn drop(&mut self) {
        self.0.0.answers.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The body of a request, which says when it has arrived.
struct ArrivingBody {
    body: Incoming,
    answering: Answering,
}

impl http_body::Body for ArrivingBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() || self.body.is_end_stream() {
            self.answering.set_arriving(false);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of an answer, which is being answered until it is sent.
struct GuardedBody {
    body: Body,
    _guard: AnswerGuard,
}

impl http_body::Body for GuardedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What a connection is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The head of a request.
    Head,
    /// The first byte of another request.
    Idle,
    /// A request is being answered.
    Busy,
}

/// A connection that fails where it takes too long.
struct TimedStream {
    stream: TcpStream,
    timeouts: Timeouts,
    answering: Answering,
    phase: Phase,
    timer: Pin<Box<Sleep>>,
}

impl TimedStream {
    fn new(stream: TcpStream, timeouts: Timeouts, answering: Answering) -> Self {
        Self {
            stream,
            timeouts,
            answering,
            phase: Phase::Head,
            timer: Box::pin(sleep(timeouts.head)),
        }
    }

    fn enter(&mut self, phase: Phase) {
        let within = match phase {
            Phase::Head => self.timeouts.head,
            Phase::Idle => self.timeouts.idle,
            Phase::Busy => self.timeouts.stall,
        };
        self.phase = phase;
        self.timer.as_mut().reset(Instant::now() + within);
    }

    /// Notices that an answer has begun or ended.
    fn follow(&mut self) {
        match (self.answering.is_busy(), self.phase) {
            (true, Phase::Head | Phase::Idle) => self.enter(Phase::Busy),
            (false, Phase::Busy) => self.enter(Phase::Idle),
            _ => {}
        }
    }

    /// Bytes were read or written.
    fn progressed(&mut self, was_read: bool) {
        self.follow();
        match self.phase {
            Phase::Idle if was_read => self.enter(Phase::Head),
            Phase::Busy => self.enter(Phase::Busy),
            _ => {}
        }
    }

    /// Fails once the time is over.
    fn poll_time<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        self.follow();
        ready!(self.timer.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn poll_written(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match written {
            Poll::Pending => self.poll_time(cx),
            Poll::Ready(written) => {
                self.progressed(false);
                Poll::Ready(written)
            }
        }
    }
}

impl AsyncRead for TimedStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(cx, buffer) {
            Poll::Pending => self.poll_time(cx),
            Poll::Ready(read) => {
                if buffer.filled().len() > before {
                    self.progressed(true);
                }
                Poll::Ready(read)
            }
        }
    }
}

impl AsyncWrite for TimedStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.poll_written(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.poll_written(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
