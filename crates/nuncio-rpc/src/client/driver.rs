//! What moves a client's records: writes what requests have left, tells answers to those who wait, and connects again when
//! the connection ends.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};

use nuncio_core::{Error, ErrorKind};
use nuncio_sys::spin::{Look, Spin};
use tokio::time::{Sleep, sleep, sleep_until};

use super::asynchronous::{Inner, Link, State, Waiter, connect};
use super::pending::Found;
use super::statistics::count;
use crate::socket::Socket;
use crate::wire::lines::{Line, Lines};
use crate::wire::pool;
use crate::wire::record::{self, Read};

/// The first pause between two attempts to connect; each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// How often in a row requests may be held back for others to join them, whatever comes meanwhile.
const HOLDS_MAX: u32 = 8;

/// Serves the requests of `inner` until it is closed.
pub(crate) async fn drive(inner: Arc<Inner>, stream: Socket) {
    let mut next = Some(stream);
    while let Some(stream) = next {
        let shared = Shared::new(&inner, stream);
        let why = poll_fn(|context| shared.poll(context)).await;
        drop(shared);
        give_up_requests(&inner, why);
        next = connect_again(&inner).await;
    }
    inner.mailbox.close();
}

/// Why a connection has ended; `None` if the program wanted it.
type Why = Option<String>;

/// A connection while requests can use it too; it closes with this.
struct Shared<'a>(&'a Inner);

impl<'a> Shared<'a> {
    fn new(inner: &'a Inner, stream: Socket) -> Self {
        *inner.lock_connection() = Some(Connection::new(inner, stream));
        Self(inner)
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<Why> {
        match &mut *self.0.lock_connection() {
            Some(connection) => connection.poll(self.0, context),
            None => Poll::Ready(None),
        }
    }
}

impl Drop for Shared<'_> {
    fn drop(&mut self) {
        *self.0.lock_connection() = None;
    }
}

/// Moves the only request from where it is made, which spares waking the driver and being woken by it. Says whether it was
/// answered at once; if not, the driver sees to it.
pub(crate) fn answer_at_once(inner: &Inner) -> bool {
    // Where the driver is at it, it goes on.
    let Ok(mut connection) = inner.connection.try_lock() else { return false };
    connection.as_mut().is_some_and(|connection| connection.answer_at_once(inner))
}

fn give_up_requests(inner: &Inner, why: Why) {
    let mut state = inner.lock();
    let waiters = state.pending.drain();
    (state.outbox, state.queued) = (Vec::new(), 0);
    if let (Link::Up, Some(why)) = (&state.link, &why) {
        tracing::warn!(path = ?inner.path, requests = waiters.len(), "the connection has ended: {why}");
        state.link = Link::Down(why.clone());
    }
    drop(state);
    count(&inner.counters.cut_off, waiters.len() as u64);
    for waiter in waiters {
        waiter(Err(match &why {
            Some(why) => Error::new(ErrorKind::PeerGone, "request").because(why.clone()),
            None => Error::new(ErrorKind::Closed, "request"),
        }));
    }
}

/// A new connection, as soon as there is one; `None` when none is wanted.
async fn connect_again(inner: &Inner) -> Option<Socket> {
    let longest = inner.options.reconnect?;
    let mut pause = FIRST_PAUSE.min(longest);
    loop {
        if matches!(inner.lock().link, Link::Closed) {
            return None;
        }
        match connect(&inner.path).await {
            Ok(stream) => {
                let mut state = inner.lock();
                if matches!(state.link, Link::Closed) {
                    return None;
                }
                state.link = Link::Up;
                drop(state);
                tracing::info!(path = ?inner.path, "connected again");
                count(&inner.counters.reconnects, 1);
                return Some(stream);
            }
            Err(error) => inner.note_down(error.chain().to_string()),
        }
        sleep_or_close(inner, pause).await;
        pause = (pause * 2).min(longest);
    }
}

/// Waits for `pause`, or until the program closes the client.
async fn sleep_or_close(inner: &Inner, pause: Duration) {
    let mut pause = pin!(sleep(pause));
    poll_fn(|context| {
        let mut state = inner.lock();
        if matches!(state.link, Link::Closed) {
            return Poll::Ready(());
        }
        state.driver = Some(context.waker().clone());
        drop(state);
        pause.as_mut().poll(context)
    })
    .await;
}

impl Inner {
    fn note_down(&self, why: String) {
        let mut state = self.lock();
        if let Link::Down(_) = state.link {
            state.link = Link::Down(why);
        }
    }
}

/// One connection of a client.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: Socket,
    spin: Spin,
    /// How often in a row requests were held back.
    holds: u32,
    lines: Lines,
    writing: Vec<u8>,
    written: usize,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Connection {
    fn new(inner: &Inner, stream: Socket) -> Self {
        let lines = Lines::new(inner.options.record_bytes_max);
        let spin = Spin::new(inner.options.watch);
        Self { stream, spin, holds: 0, lines, writing: Vec::new(), written: 0, timer: None }
    }

    /// Goes on until the connection ends.
    fn poll(&mut self, inner: &Inner, context: &mut Context<'_>) -> Poll<Why> {
        loop {
            let read = match self.gather(inner) {
                Some(read) => Poll::Ready(read),
                None => {
                    self.holds = 0;
                    if let Err(error) = self.put_out(inner, context) {
                        return Poll::Ready(Some(format!("writing to the server failed: {error}")));
                    }
                    self.read(inner, context)
                }
            };
            match read {
                Poll::Pending => {}
                Poll::Ready(Ok(0)) => return Poll::Ready(Some("the server has closed the connection".to_owned())),
                Poll::Ready(Ok(_)) => {
                    self.tell_answers(inner);
                    // However much more comes.
                    tell_timeouts(inner);
                    if matches!(inner.lock().link, Link::Closed) {
                        return Poll::Ready(None);
                    }
                    // Those who were told come first, so that what they ask next leaves in one write.
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Poll::Ready(Err(error)) => {
                    return Poll::Ready(Some(format!("reading from the server failed: {error}")));
                }
            }
            self.lines.rest();
            pool::rest(&mut self.writing);
            pool::rest(&mut inner.lock().outbox);
            tell_timeouts(inner);
            match self.arm(inner, context.waker()) {
                Armed::Closed => return Poll::Ready(None),
                Armed::Not => {}
                Armed::Until(due) => {
                    ready!(self.poll_timer(due, context));
                }
            }
        }
    }

    /// As [`answer_at_once`]. What goes wrong here meets the driver again.
    fn answer_at_once(&mut self, inner: &Inner) -> bool {
        let _ = self.put_out(inner, &mut Context::from_waker(Waker::noop()));
        if let Some(Ok(1..)) = self.watch_while(inner, State::waits) {
            self.tell_answers(inner);
        }
        self.writing.is_empty() && inner.lock().pending.waiting() == 0
    }

    /// Holds requests back for a moment while they are few: those that leave together wake the server once.
    fn gather(&mut self, inner: &Inner) -> Option<io::Result<usize>> {
        if !self.writing.is_empty() || self.holds >= HOLDS_MAX {
            return None;
        }
        self.holds += 1;
        self.watch_while(inner, State::gathers)
    }

    /// Reads what has come, or comes in a moment.
    fn read(&mut self, inner: &Inner, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        match self.stream.poll_read(context, self.lines.buffer()) {
            Poll::Pending => self.watch_while(inner, State::waits).map_or(Poll::Pending, Poll::Ready),
            ready => ready,
        }
    }

    /// Looks for an answer for a moment, as long as that is `wanted`.
    fn watch_while(&mut self, inner: &Inner, wanted: fn(&State) -> bool) -> Option<io::Result<usize>> {
        let Self { stream, spin, lines, .. } = self;
        if !wanted(&inner.lock()) {
            return None;
        }
        let seen = spin.until(|| match stream.read_now(lines.buffer()) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => match wanted(&inner.lock()) {
                true => Look::Nothing,
                false => Look::Found(None),
            },
            read => Look::Found(Some(read)),
        });
        seen.flatten()
    }

    /// Writes what requests have left, as far as the kernel takes it.
    fn put_out(&mut self, inner: &Inner, context: &mut Context<'_>) -> io::Result<()> {
        loop {
            if self.written == self.writing.len() {
                self.writing.clear();
                self.writing.shrink_to(pool::KEEP_BYTES_MAX);
                self.written = 0;
                let mut state = inner.lock();
                std::mem::swap(&mut state.outbox, &mut self.writing);
                state.queued = 0;
                drop(state);
                if self.writing.is_empty() {
                    return Ok(());
                }
            }
            match self.stream.poll_write(context, &self.writing[self.written..]) {
                Poll::Pending => return Ok(()),
                Poll::Ready(written) => self.written += written?,
            }
        }
    }

    /// Tells what was read to those who wait for it.
    fn tell_answers(&mut self, inner: &Inner) {
        while let Some(line) = self.lines.next() {
            match line {
                Line::Whole(line) => tell(inner, line),
                Line::TooLong(head) => tell_too_large(inner, head),
            }
        }
    }

    /// Has the driver woken when a request has left something.
    fn arm(&self, inner: &Inner, waker: &Waker) -> Armed {
        let mut state = inner.lock();
        if let Link::Closed = state.link {
            return Armed::Closed;
        }
        if self.writing.is_empty() && !state.outbox.is_empty() {
            return Armed::Not;
        }
        match &mut state.driver {
            Some(driver) => driver.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
        Armed::Until(state.pending.next_due())
    }

    /// Ready when `due` has come.
    fn poll_timer(&mut self, due: Option<Instant>, context: &mut Context<'_>) -> Poll<()> {
        let Some(due) = due else { return Poll::Pending };
        loop {
            let timer = match &mut self.timer {
                // One that comes earlier is as good: it was for a request that is answered.
                Some(timer) if timer.deadline().into_std() <= due => timer,
                none => none.insert(Box::pin(sleep_until(due.into()))),
            };
            let deadline = timer.deadline().into_std();
            ready!(timer.as_mut().poll(context));
            self.timer = None;
            if deadline >= due {
                return Poll::Ready(());
            }
        }
    }
}

/// What came of arming the driver.
enum Armed {
    Closed,
    /// There is something to write.
    Not,
    /// It is to look again at that time.
    Until(Option<Instant>),
}

fn tell_timeouts(inner: &Inner) {
    let waiters = inner.lock().pending.expire(Instant::now());
    count(&inner.counters.timeouts, waiters.len() as u64);
    for waiter in waiters {
        waiter(Err(Error::new(ErrorKind::TimedOut, "request").because("no answer came in time")));
    }
}

fn tell(inner: &Inner, line: &[u8]) {
    let line = record::text_of(line);
    let record = match record::read(&line) {
        Read::Record(record) => record,
        Read::Text => return,
        Read::Broken(broken) => {
            count(&inner.counters.broken_lines, 1);
            return tracing::warn!("passed over a line that is no JSON: {broken}");
        }
    };
    let found = inner.lock().pending.take(&record);
    match found {
        Found::Waited(waiter) => {
            count(&inner.counters.answers, 1);
            waiter(Ok((&line, &record)));
        }
        Found::Late => count(&inner.counters.late_answers, 1),
        Found::Unknown => {
            count(&inner.counters.unknown_answers, 1);
            tracing::debug!("passed over an answer to no request that is known");
        }
        Found::Unsolicited => {
            count(&inner.counters.messages, 1);
            inner.mailbox.put(&line);
        }
    }
}

fn tell_too_large(inner: &Inner, head: &[u8]) {
    let head = record::text_of(head);
    let found: Found<Waiter> = inner.lock().pending.take(&record::read_head(&head));
    let limit = inner.options.record_bytes_max;
    match found {
        Found::Waited(waiter) => {
            let reason = format!("the answer is larger than {limit} bytes");
            waiter(Err(Error::new(ErrorKind::TooLarge, "request").because(reason)));
        }
        _ => tracing::warn!("passed over a record of more than {limit} bytes that nobody waits for"),
    }
}
