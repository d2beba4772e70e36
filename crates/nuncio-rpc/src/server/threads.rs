//! Where connections are served: as tasks of the runtime that the server runs in, or on threads of its own, each with a
//! runtime for its share of them, which costs no work-stealing.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::life::serve;
use super::shared::Registered;

type Arrival = (UnixStream, Registered);

/// The server's own threads; none if it has none.
pub(crate) struct Threads {
    arrivals: Vec<UnboundedSender<Arrival>>,
    next: AtomicUsize,
}

impl Threads {
    /// Starts `count` threads. They end when this is dropped and their connections have ended.
    pub(crate) fn start(count: usize) -> io::Result<Self> {
        let arrivals = (0..count).map(start_one).collect::<io::Result<_>>()?;
        Ok(Self { arrivals, next: AtomicUsize::new(0) })
    }

    /// Has `stream` served, by the threads in turn.
    pub(crate) fn run(&self, stream: UnixStream, registered: Registered) {
        if self.arrivals.is_empty() {
            tokio::spawn(serve(stream, registered));
            return;
        }
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.arrivals.len();
        // A thread lives for as long as its sender does.
        let _ = self.arrivals[turn].send((stream, registered));
    }
}

fn start_one(number: usize) -> io::Result<UnboundedSender<Arrival>> {
    let (sender, mut arrivals) = unbounded_channel::<Arrival>();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    thread::Builder::new().name(format!("nuncio-rpc-{number}")).spawn(move || {
        runtime.block_on(async move {
            let mut connections = tokio::task::JoinSet::new();
            loop {
                tokio::select! {
                    Some(_) = connections.join_next() => {}
                    arrival = arrivals.recv() => match arrival {
                        Some((stream, registered)) => drop(connections.spawn(serve(stream, registered))),
                        None => break,
                    }
                }
            }
            while connections.join_next().await.is_some() {}
        });
    })?;
    Ok(sender)
}
