//! Worker threads, by default one for each processor, each with an event loop of its own. A request stays on one thread, from the browser's
//! connection to the database's: nothing has to wake another thread.

use std::future::{Future, pending};
use std::io;
use std::net::{SocketAddr, TcpStream as StdTcpStream};
use std::thread::{self, JoinHandle};

use tokio::net::TcpStream;
use tokio::runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;

use crate::connections::{Accepted, Place};

/// Rendering a deep page needs more stack than the usual 2 MiB. What is not used costs no memory.
pub const STACK: usize = 8 * 1024 * 1024;

/// A worker has ended, and its requests with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a worker thread has ended unexpectedly: the log says why")]
pub struct WorkerExited;

/// A connection on its way to a worker, whose event loop it has yet to join.
type Dispatched = (StdTcpStream, SocketAddr, Place);

/// The workers. Each runs until its work has ended.
pub struct Workers {
    workers: Vec<Worker>,
    /// The index of the worker that gets the next connection.
    next: usize,
    /// Cancelled when the first worker ends, also by a panic.
    ended: CancellationToken,
}

struct Worker {
    connections: UnboundedSender<Dispatched>,
    thread: JoinHandle<()>,
}

/// The listener of a worker: it accepts the connections that are dispatched to the worker.
pub struct WorkerListener {
    connections: UnboundedReceiver<Dispatched>,
}

impl Workers {
    /// Starts `number` workers, at least one. Each runs `work`.
    ///
    /// # Errors
    /// The operating system's.
    pub fn start<W>(number: u32, work: impl FnOnce(WorkerListener) -> W + Clone + Send + 'static) -> io::Result<Self>
    where
        W: Future<Output = ()>,
    {
        let ended = CancellationToken::new();
        let start = |number| {
            let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
            let (sender, connections) = unbounded_channel();
            let (work, ended) = (work.clone(), ended.clone().drop_guard());
            let thread = thread::Builder::new()
                .name(format!("worker-{number}"))
                .stack_size(STACK)
                .spawn(move || {
                    let _ended = ended;
                    runtime.block_on(work(WorkerListener { connections }));
                })?;
            Ok(Worker {
                connections: sender,
                thread,
            })
        };
        let workers = (0..number.max(1)).map(start).collect::<io::Result<_>>()?;
        Ok(Self {
            workers,
            next: 0,
            ended,
        })
    }

    /// Waits until a worker has ended, also by a panic.
    pub async fn one_ended(&self) {
        self.ended.cancelled().await;
    }

    /// Gives a connection to the next worker in turn.
    ///
    /// # Errors
    /// `WorkerExited` where that worker has ended.
    pub fn dispatch(&mut self, Accepted { stream, remote, place }: Accepted) -> Result<(), WorkerExited> {
        let connection = match stream.into_std() {
            Ok(connection) => connection,
            Err(fault) => {
                tracing::warn!(%fault, "a connection was dropped");
                return Ok(());
            }
        };
        let worker = &self.workers[self.next];
        self.next = (self.next + 1) % self.workers.len();
        let sent = worker.connections.send((connection, remote, place));
        sent.map_err(|_| WorkerExited)
    }

    /// Waits until all workers have ended.
    ///
    /// # Errors
    /// `WorkerExited` where one has panicked. The others are waited for all the same.
    pub fn join(self) -> Result<(), WorkerExited> {
        let threads = self.workers.into_iter().map(|worker| worker.thread);
        let ended = threads.map(JoinHandle::join).fold(Ok(()), Result::and);
        ended.map_err(|_| WorkerExited)
    }
}

impl WorkerListener {
    /// The next connection.
    pub async fn accept(&mut self) -> Accepted {
        while let Some((connection, remote, place)) = self.connections.recv().await {
            match TcpStream::from_std(connection) {
                Ok(stream) => return Accepted { stream, remote, place },
                Err(fault) => tracing::warn!(%fault, "a connection was dropped"),
            }
        }
        // The sender is gone: no more connections will come.
        pending().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connections::Places;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Barrier};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::time::{Duration, timeout};

    /// Answers each connection with the name of the worker's thread.
    async fn tell_the_thread(mut listener: WorkerListener) {
        loop {
            let mut connection = listener.accept().await.stream;
            let name = thread::current().name().unwrap_or_default().to_owned();
            connection.write_all(name.as_bytes()).await.expect("written");
        }
    }

    async fn connect(listener: &TcpListener, workers: &mut Workers) -> Result<TcpStream, WorkerExited> {
        let address = listener.local_addr().expect("an address");
        let (ours, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (stream, remote) = accepted.expect("accepted");
        let place = Places::new(1).take().expect("a place");
        workers.dispatch(Accepted { stream, remote, place })?;
        Ok(ours.expect("connected"))
    }

    async fn listen() -> TcpListener {
        TcpListener::bind("127.0.0.1:0").await.expect("a port")
    }

    #[tokio::test]
    async fn connections_are_dispatched_in_turn() {
        let listener = listen().await;
        let mut workers = Workers::start(3, tell_the_thread).expect("workers");
        for turn in 0..7 {
            let mut connection = connect(&listener, &mut workers).await.expect("a connection");
            let mut name = String::new();
            connection.read_to_string(&mut name).await.expect("a name");
            assert_eq!(name, format!("worker-{}", turn % 3));
        }
    }

    #[tokio::test]
    async fn a_worker_that_has_ended_is_reported() {
        let listener = listen().await;
        let mut workers = Workers::start(1, async |_| ()).expect("workers");
        // The thread may have yet to begin.
        while connect(&listener, &mut workers).await.is_ok() {}
        assert_eq!(workers.join(), Ok(()));
    }

    #[tokio::test]
    async fn a_panicked_worker_is_reported_without_a_connection() {
        let workers = Workers::start(2, async |mut listener: WorkerListener| {
            assert_ne!(thread::current().name(), Some("worker-1"), "on purpose");
            listener.accept().await;
        });
        let workers = workers.expect("workers");
        timeout(Duration::from_secs(20), workers.one_ended())
            .await
            .expect("noticed");
    }

    #[tokio::test]
    async fn shutdown_waits_for_all_workers_after_a_panic() {
        let (panicking, ended) = (Arc::new(Barrier::new(2)), Arc::new(AtomicBool::new(false)));
        let work = {
            let (panicking, ended) = (panicking.clone(), ended.clone());
            move |_| async move {
                panicking.wait();
                assert_ne!(thread::current().name(), Some("worker-0"), "on purpose");
                thread::yield_now();
                ended.store(true, Ordering::SeqCst);
            }
        };
        let workers = Workers::start(2, work).expect("workers");
        assert_eq!(workers.join(), Err(WorkerExited));
        assert!(ended.load(Ordering::SeqCst));
    }
}
