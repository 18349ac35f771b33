//! Event loops, one for each processor as a rule. A request stays with one thread, from the browser's connection to the database's: nothing has to
//! wake another thread for it.

use std::future::{Future, pending};
use std::io;
use std::net::{SocketAddr, TcpStream as StdTcpStream};
use std::thread::{self, JoinHandle};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::net::TcpStream;
use tokio::runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;

use crate::STACK;
use crate::peer::Remote;

/// A loop is gone, and what it was doing with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event loop has ended before its time: the log says why")]
pub struct Gone;

/// A connection that was accepted, and its other end.
type Accepted = (StdTcpStream, SocketAddr);

/// The loops. Each runs until its work has ended.
pub struct Loops {
    loops: Vec<Loop>,
    /// Whose turn it is.
    next: usize,
    /// Cancelled when the first of them ends, in whatever way.
    ended: CancellationToken,
}

struct Loop {
    dealt: UnboundedSender<Accepted>,
    thread: JoinHandle<()>,
}

/// What a loop listens to: its share of the connections.
pub struct Share {
    dealt: UnboundedReceiver<Accepted>,
    listening: SocketAddr,
}

impl Loops {
    /// Starts so many, one at least. `work` is what each of them does.
    ///
    /// # Errors
    /// The operating system's.
    pub fn start<W>(
        number: u32,
        listening: SocketAddr,
        work: impl FnOnce(Share) -> W + Clone + Send + 'static,
    ) -> io::Result<Self>
    where
        W: Future<Output = ()>,
    {
        let ended = CancellationToken::new();
        let start = |number| {
            let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
            let (sender, dealt) = unbounded_channel();
            let (work, ended) = (work.clone(), ended.clone().drop_guard());
            let thread = thread::Builder::new()
                .name(format!("loop-{number}"))
                .stack_size(STACK)
                .spawn(move || {
                    let _ended = ended;
                    runtime.block_on(work(Share { dealt, listening }));
                })?;
            Ok(Loop { dealt: sender, thread })
        };
        let loops = (0..number.max(1)).map(start).collect::<io::Result<_>>()?;
        Ok(Self { loops, next: 0, ended })
    }

    /// Waits until one of them has ended, in whatever way.
    pub async fn one_ended(&self) {
        self.ended.cancelled().await;
    }

    /// Gives a connection to the next of them in turn.
    ///
    /// # Errors
    /// Where that loop is gone.
    pub fn deal(&mut self, connection: TcpStream, remote: SocketAddr) -> Result<(), Gone> {
        let connection = match connection.into_std() {
            Ok(connection) => connection,
            Err(fault) => {
                tracing::warn!(%fault, "a connection was dropped");
                return Ok(());
            }
        };
        let turn = &self.loops[self.next];
        self.next = (self.next + 1) % self.loops.len();
        let dealt = turn.dealt.send((connection, remote));
        dealt.map_err(|_| Gone)
    }

    /// Waits until all have ended.
    ///
    /// # Errors
    /// Where one has panicked; the others are waited for all the same.
    pub fn join(self) -> Result<(), Gone> {
        let threads = self.loops.into_iter().map(|each| each.thread);
        let ended = threads.map(JoinHandle::join).fold(Ok(()), Result::and);
        ended.map_err(|_| Gone)
    }
}

impl Listener for Share {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        while let Some((connection, remote)) = self.dealt.recv().await {
            match TcpStream::from_std(connection) {
                Ok(connection) => return (connection, remote),
                Err(fault) => tracing::warn!(%fault, "a connection was dropped"),
            }
        }
        // No more are accepted.
        pending().await
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.listening)
    }
}

impl Connected<IncomingStream<'_, Share>> for Remote {
    fn connect_info(stream: IncomingStream<'_, Share>) -> Self {
        Self(*stream.remote_addr())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Barrier};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::time::{Duration, timeout};

    /// Answers each connection with the name of the loop's thread.
    async fn tell_the_thread(mut share: Share) {
        loop {
            let (mut connection, _) = share.accept().await;
            let name = thread::current().name().unwrap_or_default().to_owned();
            connection.write_all(name.as_bytes()).await.expect("written");
        }
    }

    async fn connect(listener: &TcpListener, loops: &mut Loops) -> Result<TcpStream, Gone> {
        let address = listener.local_addr().expect("an address");
        let (ours, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (theirs, remote) = accepted.expect("accepted");
        loops.deal(theirs, remote)?;
        Ok(ours.expect("connected"))
    }

    async fn listen() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        (listener, address)
    }

    #[tokio::test]
    async fn each_gets_a_connection_in_turn() {
        let (listener, address) = listen().await;
        let mut loops = Loops::start(3, address, tell_the_thread).expect("loops");
        for turn in 0..7 {
            let mut connection = connect(&listener, &mut loops).await.expect("a connection");
            let mut name = String::new();
            connection.read_to_string(&mut name).await.expect("a name");
            assert_eq!(name, format!("loop-{}", turn % 3));
        }
    }

    #[tokio::test]
    async fn a_loop_that_has_ended_is_noticed() {
        let (listener, address) = listen().await;
        let mut loops = Loops::start(1, address, async |_| ()).expect("loops");
        // The thread may have yet to begin.
        while connect(&listener, &mut loops).await.is_ok() {}
        assert_eq!(loops.join(), Ok(()));
    }

    #[tokio::test]
    async fn a_panic_is_noticed_though_nobody_connects() {
        let (_listener, address) = listen().await;
        let loops = Loops::start(2, address, async |mut share: Share| {
            assert_ne!(thread::current().name(), Some("loop-1"), "on purpose");
            share.accept().await;
        });
        let loops = loops.expect("loops");
        timeout(Duration::from_secs(20), loops.one_ended())
            .await
            .expect("noticed");
    }

    #[tokio::test]
    async fn all_are_waited_for_though_one_has_panicked() {
        let (_listener, address) = listen().await;
        let (panicking, ended) = (Arc::new(Barrier::new(2)), Arc::new(AtomicBool::new(false)));
        let work = {
            let (panicking, ended) = (panicking.clone(), ended.clone());
            move |_| async move {
                panicking.wait();
                assert_ne!(thread::current().name(), Some("loop-0"), "on purpose");
                thread::yield_now();
                ended.store(true, Ordering::SeqCst);
            }
        };
        let loops = Loops::start(2, address, work).expect("loops");
        assert_eq!(loops.join(), Err(Gone));
        assert!(ended.load(Ordering::SeqCst));
    }
}
