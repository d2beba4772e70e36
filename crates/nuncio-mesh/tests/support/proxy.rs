//! A network that breaks: connections go through it, and each is cut after so many bytes, in the middle of whatever is on
//! its way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// Passes connections on, and cuts as many as it was told to.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: String,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    target: String,
    cuts: u64,
    /// How many were cut, or are to be.
    doomed: AtomicU64,
    cut: AtomicU64,
    random: AtomicU64,
}

impl Proxy {
    /// Listens for connections to `target`, of which the first `cuts` are cut, as the seed says.
    pub(crate) async fn start(target: &str, cuts: u64, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free address");
        let address = listener.local_addr().expect("it has one").to_string();
        let state = State {
            target: target.to_owned(),
            cuts,
            doomed: AtomicU64::new(0),
            cut: AtomicU64::new(0),
            random: AtomicU64::new(seed | 1),
        };
        let state = Arc::new(state);
        let accepting = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass(Arc::clone(&accepting), stream));
            }
        });
        Self { address, state }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// How many connections it has cut.
    pub(crate) fn cuts(&self) -> u64 {
        self.state.cut.load(Ordering::SeqCst)
    }
}

impl State {
    fn below(&self, bound: u64) -> u64 {
        let mixed = self.random.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ mixed >> 27) % bound
    }

    /// After how many bytes a direction ends: within the handshake now and then, else where messages are on their way.
    fn budget(&self) -> u64 {
        match self.below(40) {
            0 => self.below(600),
            1..20 => 2_000 + self.below(2_000),
            _ => 2_000 + self.below(400_000),
        }
    }
}

async fn pass(state: Arc<State>, stream: TcpStream) {
    let Ok(onward) = TcpStream::connect(&state.target).await else { return };
    let is_doomed = state.doomed.fetch_add(1, Ordering::SeqCst) < state.cuts;
    let budgets = [(); 2].map(|()| if is_doomed { state.budget() } else { u64::MAX });
    // Some are cut off hard, so that the other side may lose what it was sent before, too.
    if is_doomed && state.below(2) == 0 {
        for stream in [&stream, &onward] {
            let _ = socket2::SockRef::from(stream).set_linger(Some(std::time::Duration::ZERO));
        }
    }
    let ((from, to), (back, forth)) = (stream.into_split(), onward.into_split());
    let is_cut = tokio::select! {
        is_cut = copy(from, forth, budgets[0]) => is_cut,
        is_cut = copy(back, to, budgets[1]) => is_cut,
    };
    match is_doomed && is_cut {
        true => state.cut.fetch_add(1, Ordering::SeqCst),
        false => state.doomed.fetch_sub(1, Ordering::SeqCst),
    };
}

/// Copies so many bytes; true if there were as many.
async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut budget: u64) -> bool {
    let mut buffer = vec![0; 16 << 10];
    while budget > 0 {
        let Ok(length @ 1..) = from.read(&mut buffer).await else { return false };
        let passed = length.min(usize::try_from(budget).unwrap_or(usize::MAX));
        if to.write_all(&buffer[..passed]).await.is_err() {
            return false;
        }
        budget -= passed as u64;
    }
    true
}
