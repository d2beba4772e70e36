//! One connection: reads what there is, begins every request in it, and writes all answers at once.
//!
//! - A handler that is done when it is polled once is done here, between reading and writing; others become tasks.
//! - Nothing is read while too much waits to be written, or too many requests are in work.
//! - When the client is gone, the tasks of its handlers are dropped.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use nuncio_sys::spin::{Look, Spin};
use nuncio_sys::unix_socket::is_hung_up;
use tokio::task::JoinSet;
use tokio::time::{Sleep, sleep_until};

use super::fault::Fault;
use super::outbox::Phase;
use super::peer::Channel;
use super::request;
use super::shared::{Registered, Shared};
use crate::socket::Socket;
use crate::wire::lines::{Line, Lines};
use crate::wire::pool;

/// After so many requests their answers are written: the client can go on while the next are in work.
const REQUESTS_IN_A_ROW_MAX: usize = 8;
/// After so many reads other connections have their turn.
const READS_IN_A_ROW_MAX: usize = 8;

/// A client's connection from its first record to its last answer.
pub(crate) struct Connection {
    stream: Socket,
    spin: Spin,
    lines: Lines,
    intake: Intake,
    /// What is written, and how much of it was.
    writing: Vec<u8>,
    written: usize,
    /// The kernel has no room for what is written.
    is_held_up: bool,
    tasks: JoinSet<()>,
    timer: Option<Pin<Box<Sleep>>>,
    /// When the record began that is not whole yet.
    record_began: Option<Instant>,
    last_traffic: Instant,
    channel: Arc<Channel>,
    shared: Arc<Shared>,
    _registered: Registered,
}

/// Whether requests still come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Intake {
    Open,
    /// Nothing more is read. What is in work is finished.
    Ended,
}

/// What came of an attempt to take something in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    /// There was something, and there may be more.
    Some,
    /// There is something, and no room for it.
    Held,
    Nothing,
}

/// Why a connection ends.
enum End {
    /// All is answered.
    Done,
    /// The client is gone, or is to be.
    Gone,
}

impl Connection {
    pub(crate) fn new(stream: Socket, registered: Registered) -> Self {
        let (channel, shared) = (registered.channel.clone(), registered.shared.clone());
        Self {
            stream,
            spin: Spin::new(shared.watch),
            lines: Lines::new(shared.limits.record_bytes_max),
            intake: Intake::Open,
            writing: Vec::new(),
            written: 0,
            is_held_up: false,
            tasks: JoinSet::new(),
            timer: None,
            record_began: None,
            last_traffic: Instant::now(),
            channel,
            shared,
            _registered: registered,
        }
    }

    /// Serves the client until he or the server ends it.
    pub(crate) async fn serve(mut self) {
        if let End::Done = poll_fn(|context| self.poll(context)).await {
            self.stream.finish();
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<End> {
        for _ in 0..READS_IN_A_ROW_MAX {
            let phase = self.channel.outbox.phase();
            if phase >= Phase::Draining {
                self.intake = Intake::Ended;
            }
            let (Ok(taken), Ok(())) = (self.take_in(context), self.put_out(context)) else {
                return Poll::Ready(End::Gone);
            };
            while let Poll::Ready(Some(_)) = self.tasks.poll_join_next(context) {}
            if phase == Phase::Aborted {
                return Poll::Ready(End::Gone);
            }
            if taken != Taken::Some && self.is_done() {
                return Poll::Ready(End::Done);
            }
            let goes_on = taken == Taken::Some || taken == Taken::Held && self.has_room();
            if !goes_on && self.channel.outbox.arm(context.waker(), phase) {
                return self.poll_timer(context);
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// Begins what is there, and reads more if nothing speaks against it.
    fn take_in(&mut self, context: &mut Context<'_>) -> io::Result<Taken> {
        match self.begin_requests() {
            Taken::Nothing => {}
            taken => return Ok(taken),
        }
        if self.intake == Intake::Ended {
            return Ok(Taken::Nothing);
        }
        let read = match self.stream.poll_read(context, self.lines.buffer()) {
            Poll::Pending if self.may_watch() => self.watch_for_request(),
            read => read,
        };
        let taken = match read {
            Poll::Pending => Taken::Nothing,
            Poll::Ready(Ok(0)) => {
                self.end_of_input()?;
                Taken::Nothing
            }
            Poll::Ready(Ok(_)) => {
                self.last_traffic = Instant::now();
                match self.begin_requests() {
                    Taken::Held => Taken::Held,
                    Taken::Some | Taken::Nothing => Taken::Some,
                }
            }
            Poll::Ready(Err(error)) => return Err(error),
        };
        if taken == Taken::Nothing {
            self.lines.rest();
            self.channel.outbox.rest();
            pool::rest(&mut self.writing);
        }
        if taken != Taken::Held && self.lines.is_amid_line() {
            self.record_began.get_or_insert(self.last_traffic);
        }
        Ok(taken)
    }

    /// Whether it may look for the next request for a moment: all that came is answered, and no other client has to wait.
    fn may_watch(&self) -> bool {
        self.tasks.is_empty()
            && self.writing.is_empty()
            && !self.channel.outbox.has_some()
            && self.shared.has_one_client()
    }

    fn watch_for_request(&mut self) -> Poll<io::Result<usize>> {
        let Self { stream, spin, lines, .. } = self;
        let read = spin.until(|| match stream.read_now(lines.buffer()) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Look::Nothing,
            read => Look::Found(read),
        });
        read.map_or(Poll::Pending, Poll::Ready)
    }

    /// The client has closed his direction. If that is all he has closed, he waits for answers.
    fn end_of_input(&mut self) -> io::Result<()> {
        self.intake = Intake::Ended;
        match is_hung_up(&self.stream)? {
            true => Err(io::ErrorKind::ConnectionAborted.into()),
            false => Ok(()),
        }
    }

    /// Begins requests that were read, as many as there is room for, or as are worth a write of their own.
    fn begin_requests(&mut self) -> Taken {
        for _ in 0..REQUESTS_IN_A_ROW_MAX {
            if !self.has_room() {
                return Taken::Held;
            }
            match self.lines.next() {
                None => return Taken::Nothing,
                Some(Line::Whole(line)) => {
                    request::begin(&self.shared, &self.channel, line, self.last_traffic, &mut self.tasks);
                }
                Some(Line::TooLong(head)) => {
                    let message = format!("the record is larger than {} bytes", self.shared.limits.record_bytes_max);
                    request::answer_broken_off(&self.channel, head, &Fault::new("record_too_large", message));
                }
            }
            self.record_began = None;
        }
        Taken::Some
    }

    /// Whether one more request may be begun.
    fn has_room(&self) -> bool {
        self.tasks.len() < self.shared.limits.in_flight_per_connection_max && !self.channel.outbox.is_full()
    }

    /// Writes what waits, as far as the kernel takes it.
    fn put_out(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        loop {
            if self.written == self.writing.len() {
                self.writing.clear();
                self.written = 0;
                if !self.channel.outbox.exchange(&mut self.writing) {
                    return Ok(());
                }
            }
            match self.stream.poll_write(context, &self.writing[self.written..]) {
                Poll::Pending => {
                    // Once for as long as it lasts.
                    if !std::mem::replace(&mut self.is_held_up, true) {
                        self.shared.counters.stream_backpressure.fetch_add(1, Ordering::Relaxed);
                    }
                    return Ok(());
                }
                Poll::Ready(Ok(bytes)) => {
                    self.written += bytes;
                    self.is_held_up = false;
                    if self.shared.limits.idle_timeout.is_some() {
                        self.last_traffic = Instant::now();
                    }
                }
                Poll::Ready(Err(error)) => return Err(error),
            }
        }
    }

    /// Whether nothing more will come and all is answered.
    fn is_done(&self) -> bool {
        let outbox = &self.channel.outbox;
        self.intake == Intake::Ended && self.tasks.is_empty() && self.writing.is_empty() && !outbox.has_some()
    }

    /// Sees to the deadlines: that of a record which is not whole, and that of a connection on which nothing happens.
    fn poll_timer(&mut self, context: &mut Context<'_>) -> Poll<End> {
        while let Some(deadline) = self.next_deadline() {
            let timer = match &mut self.timer {
                Some(timer) if timer.deadline().into_std() <= deadline => timer,
                none => none.insert(Box::pin(sleep_until(deadline.into()))),
            };
            ready!(timer.as_mut().poll(context));
            self.timer = None;
            if Instant::now() >= deadline {
                return self.give_up(context);
            }
        }
        Poll::Pending
    }

    fn next_deadline(&self) -> Option<Instant> {
        let limits = &self.shared.limits;
        let record =
            self.record_began.filter(|_| self.intake == Intake::Open).map(|began| began + limits.record_timeout);
        let idle = limits.idle_timeout.filter(|_| self.tasks.is_empty()).map(|timeout| self.last_traffic + timeout);
        record.into_iter().chain(idle).min()
    }

    /// A record has not become whole, or nothing has happened for too long.
    fn give_up(&mut self, context: &mut Context<'_>) -> Poll<End> {
        if self.record_began.take().is_none() {
            tracing::debug!(client = self.channel.number, "closed an idle connection");
            return Poll::Ready(End::Done);
        }
        let bytes = self.lines.rest_bytes();
        let seconds = self.shared.limits.record_timeout.as_secs_f64();
        let message = format!("the record was not whole after {seconds} s: {bytes} bytes came, and no line feed");
        request::answer_broken_off(&self.channel, self.lines.rest_head(), &Fault::new("record_incomplete", message));
        self.channel.outbox.advance(Phase::Draining);
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
