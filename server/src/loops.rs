//! Event loops, one for each processor. A request stays with one thread, from the browser's connection to the database's: nothing has to
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

use crate::STACK;
use crate::database::{CONNECTIONS, MOST_CONNECTIONS};
use crate::peer::Remote;

/// A connection that was accepted, and its other end.
type Accepted = (StdTcpStream, SocketAddr);

/// The loops. Each runs until its work has ended.
pub struct Loops {
    loops: Vec<Loop>,
    /// Whose turn it is.
    next: usize,
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
    /// Starts as many as there are processors, but no more than the database has connections for. `work` is what each of them does.
    ///
    /// # Errors
    /// The operating system's.
    pub fn start<W>(listening: SocketAddr, work: impl Fn(Share) -> W + Clone + Send + 'static) -> io::Result<Self>
    where
        W: Future<Output = ()>,
    {
        let processors = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let number = processors.min((MOST_CONNECTIONS / CONNECTIONS) as usize);
        let start = |number| {
            let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
            let (sender, dealt) = unbounded_channel();
            let work = work.clone();
            let thread = thread::Builder::new()
                .name(format!("loop-{number}"))
                .stack_size(STACK)
                .spawn(move || runtime.block_on(work(Share { dealt, listening })))?;
            Ok(Loop { dealt: sender, thread })
        };
        let loops = (0..number).map(start).collect::<io::Result<_>>()?;
        Ok(Self { loops, next: 0 })
    }

    /// Gives a connection to the next of them in turn.
    ///
    /// # Errors
    /// Where that loop has ended.
    pub fn deal(&mut self, connection: TcpStream, remote: SocketAddr) -> io::Result<()> {
        let Ok(connection) = connection.into_std() else {
            // It is closed already.
            return Ok(());
        };
        let turn = &self.loops[self.next];
        self.next = (self.next + 1) % self.loops.len();
        let dealt = turn.dealt.send((connection, remote));
        dealt.map_err(|_| io::Error::other("an event loop has ended"))
    }

    /// Waits until all have ended.
    ///
    /// # Errors
    /// Where one has panicked.
    pub fn join(self) -> io::Result<()> {
        let mut threads = self.loops.into_iter().map(|each| each.thread);
        let ended = threads.try_for_each(JoinHandle::join);
        ended.map_err(|_| io::Error::other("an event loop has panicked"))
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
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// Answers each connection with the name of the loop's thread.
    async fn tell_the_thread(mut share: Share) {
        loop {
            let (mut connection, _) = share.accept().await;
            let name = thread::current().name().unwrap_or_default().to_owned();
            connection.write_all(name.as_bytes()).await.expect("written");
        }
    }

    async fn connect(listener: &TcpListener, loops: &mut Loops) -> io::Result<TcpStream> {
        let ours = TcpStream::connect(listener.local_addr()?).await?;
        let (theirs, remote) = listener.accept().await?;
        loops.deal(theirs, remote)?;
        Ok(ours)
    }

    async fn listen() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        (listener, address)
    }

    #[tokio::test]
    async fn each_gets_a_connection_in_turn() {
        let (listener, address) = listen().await;
        let mut loops = Loops::start(address, tell_the_thread).expect("loops");
        let number = loops.loops.len();
        for turn in 0..2 * number {
            let mut connection = connect(&listener, &mut loops).await.expect("a connection");
            let mut name = String::new();
            connection.read_to_string(&mut name).await.expect("a name");
            assert_eq!(name, format!("loop-{}", turn % number));
        }
    }

    #[tokio::test]
    async fn a_loop_that_has_ended_is_noticed() {
        let (listener, address) = listen().await;
        let loops = Loops::start(address, async |_| panic!("on purpose")).expect("loops");
        assert!(loops.join().is_err());

        let mut loops = Loops::start(address, async |_| ()).expect("loops");
        let refused = loop {
            if let Err(fault) = connect(&listener, &mut loops).await {
                break fault;
            }
        };
        assert_eq!(refused.to_string(), "an event loop has ended");
        assert!(loops.join().is_ok());
    }
}
