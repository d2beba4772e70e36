//! From the outgoing queue into the spool: look, store, take.
//!
//! No message is ever in this process alone. Whoever else takes messages from the queue at the same time takes them for good: the gateway
//! is its only reader, and says so when it finds that it is not.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use nuncio_core::{Deadline, Error, ErrorKind, Result, Wait};
use nuncio_queue::remote::OUTGOING_QUEUE;
use nuncio_queue::{Message, Queue};
use tokio::sync::oneshot;

use crate::gateway::Shared;
use crate::policy::route::{Router, Source};
use crate::spool::{Drain, Lane, LastDrain, Piece, Stored, Submission};
use crate::wire::batch;

/// So many messages are looked at before they are stored; the kernel walks its list anew for each.
const MESSAGES_MAX: usize = 256;
/// So many bytes, and the message that goes beyond.
const BYTES_MAX: usize = 4 << 20;
/// When the spool has no room, the messages stay where they are for so long.
const WITHOUT_ROOM: Duration = Duration::from_millis(100);
/// Room to begin with, and then twice as much up to this.
const WITHOUT_ROOM_MAX: Duration = Duration::from_secs(2);

/// The thread that drains; it says how it ended.
pub(crate) type Running = oneshot::Receiver<Result<()>>;

/// Starts the thread.
///
/// # Errors
/// The system cannot give one, or the queue cannot be opened.
pub(crate) fn start(shared: Arc<Shared>) -> Result<Running> {
    let queue = shared.registry.queue(OUTGOING_QUEUE)?;
    let (ended, running) = oneshot::channel();
    std::thread::Builder::new()
        .name("drain".into())
        .spawn(move || {
            let _ = ended.send(Drainer { shared, queue, looked_at: Vec::new() }.run());
        })
        .map_err(|error| Error::io("start a thread to drain", error).on(OUTGOING_QUEUE))?;
    Ok(running)
}

/// Waits for the end of the thread; for ever if there is none, or none any more.
pub(crate) async fn ended(running: &mut Option<Running>) -> Result<()> {
    let Some(thread) = running else { return std::future::pending().await };
    let outcome = thread.await.unwrap_or_else(|_| {
        Err(Error::new(ErrorKind::Io, "drain").on(OUTGOING_QUEUE).because("its thread has panicked"))
    });
    *running = None;
    outcome
}

struct Drainer {
    shared: Arc<Shared>,
    queue: Queue,
    /// The messages of a drain as they stand in the queue; kept for the next one.
    looked_at: Vec<Message>,
}

impl Drainer {
    fn run(mut self) -> Result<()> {
        loop {
            match self.drain() {
                Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
                Err(error) if error.kind() == ErrorKind::NoSuchEndpoint => {
                    tracing::warn!("{}; it is made anew", error.chain());
                    self.queue = self.shared.registry.queue(OUTGOING_QUEUE)?;
                }
                outcome => return outcome,
            }
        }
    }

    fn drain(&mut self) -> Result<()> {
        if let Some(last) = self.shared.spool.last_drain() {
            self.finish(&last)?;
        }
        while let Some(text) = self.queue.relay().take_kept()? {
            self.store_or_give_back(text)?;
        }
        let wait = |shared: &Arc<Shared>, queue: &Queue| {
            queue.relay().wait(Wait { until: Deadline::Never, cancel: Some(&shared.cancel) })
        };
        while wait(&self.shared, &self.queue)? {
            match self.shared.can_peek {
                true => self.look_store_take()?,
                false => self.take_store()?,
            }
        }
        Ok(())
    }

    /// Takes what was stored and not taken when the last process ended.
    fn finish(&self, last: &LastDrain) -> Result<()> {
        let mut message = Message::new();
        let mut rest = last.messages.get(last.taken..).unwrap_or_default();
        // The last one that was taken may not have been noted. Where two look alike it counts as taken: rather one too often
        // than one too seldom.
        let head = self.peek(0, &mut message)?;
        if let [first, second, ..] = rest
            && (first == second || (!is_same(first, &message) && is_same(second, &message)))
        {
            rest = &rest[1..];
        }
        let mut taken = last.messages.len() - rest.len();
        if head {
            for stored in rest {
                if !self.peek(0, &mut message)? || !is_same(stored, &message) {
                    break;
                }
                self.take(&mut message)?;
                taken += 1;
                self.shared.spool.taken(last.drain, taken as u64)?;
            }
        }
        self.shared.spool.taken(last.drain, last.messages.len() as u64)
    }

    fn look_store_take(&mut self) -> Result<()> {
        let mut gathered = Gathered::default();
        while gathered.count() < MESSAGES_MAX && gathered.body.len() < BYTES_MAX {
            let index = gathered.count();
            if self.looked_at.len() == index {
                self.looked_at.push(Message::new());
            }
            let mut message = std::mem::take(&mut self.looked_at[index]);
            let is_there = self.peek(index, &mut message)?;
            if is_there {
                self.gather(index, &message, &mut gathered)?;
            }
            self.looked_at[index] = message;
            if !is_there {
                break;
            }
        }
        if gathered.count() == 0 {
            return Ok(());
        }
        let count = gathered.count();
        let drain = self.store(gathered, true)?;
        self.take_all(count, drain)
    }

    /// Adds the message at `index`, with the payload of a spilled one; one that cannot be restored as it is.
    fn gather(&self, index: usize, message: &Message, gathered: &mut Gathered) -> Result<()> {
        if message.payload().is_empty() {
            let mut whole = Message::new();
            if self.peek(index, &mut whole)? && whole.as_sent() == message.as_sent() {
                match self.queue.relay().restore(&mut whole) {
                    Ok(()) => {
                        gathered.add(whole.as_sent());
                        return Ok(());
                    }
                    Err(error) => tracing::warn!("{}", error.chain()),
                }
            }
        }
        gathered.add(message.as_sent());
        Ok(())
    }

    fn take_all(&mut self, count: usize, drain: Drain) -> Result<()> {
        let mut taken = Message::new();
        for index in 0..count {
            let message = std::mem::take(&mut self.looked_at[index]);
            if !self.peek(0, &mut taken)? || taken.as_sent() != message.as_sent() {
                tracing::error!(
                    "somebody else receives from {OUTGOING_QUEUE} too, and may have got messages that are sent all the same; \
                     the gateway has to be its only reader"
                );
                return self.shared.spool.taken(drain, count as u64);
            }
            self.take(&mut taken)?;
            self.shared.spool.taken(drain, index as u64 + 1)?;
            self.looked_at[index] = message;
        }
        self.shared.metrics.messages_drained.add(count);
        Ok(())
    }

    /// Takes the oldest message, which is stored, and the file that it names.
    fn take(&self, message: &mut Message) -> Result<()> {
        // While the message is there its file is looked for; without the message nobody would ever remove it.
        if let Err(error) = self.queue.relay().remove_spilled(message) {
            tracing::warn!("{}", error.chain());
        }
        self.queue.relay().take(message).map(drop)
    }

    /// As well as it can be done where messages cannot be looked at.
    fn take_store(&self) -> Result<()> {
        let mut message = Message::new();
        if !self.queue.relay().take(&mut message)? {
            return Ok(());
        }
        let as_sent = message.as_sent().to_vec();
        if let Err(error) = self.queue.relay().restore(&mut message) {
            tracing::warn!("{}", error.chain());
        }
        let text = if message.is_empty() { as_sent } else { message.as_sent().to_vec() };
        self.store_or_give_back(text)?;
        self.shared.metrics.messages_drained.add(1);
        Ok(())
    }

    /// Stores a message that is in no queue any more.
    fn store_or_give_back(&self, text: Vec<u8>) -> Result<()> {
        let mut gathered = Gathered::default();
        gathered.add(&text);
        self.store(gathered, false).map(drop).inspect_err(|_| self.queue.relay().give_back(text))
    }

    fn peek(&self, index: usize, message: &mut Message) -> Result<bool> {
        match self.shared.can_peek {
            true => self.queue.relay().peek(index, message),
            false => Ok(false),
        }
    }

    /// Stores messages, trying until there is room.
    fn store(&self, gathered: Gathered, drained: bool) -> Result<Drain> {
        let mut router = Router::new(&self.shared.rules, Source::Local);
        let piece = |(number, at): (usize, Range<usize>)| Piece {
            lane: lane(&mut router, &gathered.body[at.clone()]),
            at,
            number: number as u64,
            once: None,
        };
        let messages: Vec<_> = gathered.at.into_iter().enumerate().map(piece).collect();
        let body = Bytes::from(gathered.body);
        let mut wait = WITHOUT_ROOM;
        loop {
            let submission =
                Submission { body: body.clone(), messages: messages.clone(), drained, ..Submission::default() };
            let answer = self.shared.spool.submit(submission).blocking_recv();
            match answer {
                Ok(Ok(Stored { drain, .. })) => return Ok(drain),
                Ok(Err(_)) => {}
                Err(_) => return Err(Error::new(ErrorKind::Closed, "store in the spool")),
            }
            self.pause(wait)?;
            wait = (wait * 2).min(WITHOUT_ROOM_MAX);
        }
    }

    /// Waits, unless the end is asked for.
    fn pause(&self, wait: Duration) -> Result<()> {
        let until = std::time::Instant::now() + wait;
        while std::time::Instant::now() < until {
            self.shared.cancel.check()?;
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

/// Where a message goes, which is among the dead letters if it can go nowhere.
fn lane(router: &mut Router<'_>, text: &[u8]) -> Lane {
    let dead = |reason: String| Lane::Dead(reason.into());
    match batch::whole(text) {
        Err(reason) => dead(reason),
        Ok(part) => {
            let route = router.route(&text[part.header.clone()], part.payload_bytes());
            route.map_or_else(|refusal| dead(refusal.to_string()), Lane::from)
        }
    }
}

/// Messages back to back.
#[derive(Default)]
struct Gathered {
    body: Vec<u8>,
    at: Vec<Range<usize>>,
}

impl Gathered {
    fn add(&mut self, text: &[u8]) {
        let start = self.body.len();
        self.body.extend_from_slice(text);
        self.at.push(start..self.body.len());
    }

    const fn count(&self) -> usize {
        self.at.len()
    }
}

/// Whether what was stored is the message that stands in the queue, from which the payload may be missing.
fn is_same(stored: &[u8], message: &Message) -> bool {
    stored == message.as_sent() || (message.payload().is_empty() && stored.starts_with(message.as_sent()))
}
