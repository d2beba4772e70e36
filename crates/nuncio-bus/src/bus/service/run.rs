//! The loop.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant, SystemTime};

use nuncio_core::{Deadline, Error, ErrorKind, Readiness, Result, SystemClock, Wait};
use nuncio_sys::spin::Spin;
use tracing::{error, warn};

use super::children::Ended;
use super::context::panicked;
use super::request::describe;
use super::signals::Signals;
use super::{Activity, Context, Handled, Service};
use crate::bus::local::LocalPeer;
use crate::bus::lookout::State;
use crate::bus::message::Message;
use crate::bus::presence::{earlier, expiry_of};
use crate::bus::request::is_of_message;
use crate::route::wait_for_any;

/// How many messages are seen to in one round.
const MESSAGES_MAX: usize = 256;
/// How many rounds in a row may look for messages alone.
const ROUNDS_OF_MESSAGES_MAX: u32 = 16;
/// How long what is kept for receivers may take at the end.
const DRAIN: Duration = Duration::from_secs(5);
/// How long a signal may take to reach the loop.
const LAST_SIGNALS: Duration = Duration::from_millis(20);
/// How often one looks for room where nothing tells of it.
const LOOK: Duration = Duration::from_millis(10);

/// How a service runs.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    pub(super) interval: Option<Duration>,
    pub(super) signals: Vec<i32>,
    pub(super) watched: Vec<u32>,
    pub(super) intercepts_errors: bool,
    pub(super) exposes_errors: bool,
    /// Signals that end it.
    pub(super) ends_on: Vec<i32>,
}

impl Settings {
    /// Catches the signals that are wanted.
    pub(super) fn catch_signals(&self) -> Result<Option<Signals>> {
        let signals: Vec<i32> = self.signals.iter().chain(&self.ends_on).copied().collect();
        Signals::catch(&signals)
    }
}

/// A service and its loop.
pub(super) struct Running<'a, S> {
    pub(super) service: &'a mut S,
    pub(super) context: Context,
    pub(super) settings: Settings,
    signals: Option<Signals>,
    /// When the interval passes next.
    next_interval: Option<Instant>,
    /// When the first suspension of those who were asked ends.
    expiry: Option<Instant>,
    pub(super) corrupt: Vec<Error>,
    /// Where the messages of the next round go.
    pub(super) messages: Vec<Message>,
    /// Whether one of those that came may ask to end; all others were looked through.
    pub(super) may_ask_to_end: bool,
    /// Whether messages may be there that were not taken.
    may_have_more: bool,
    /// Whether the last look for all messages has found not more than one.
    found_one: bool,
    /// Whether some receivers without room have to be tried again without being told.
    is_blind: bool,
    /// Whether it pays to look for messages before one sleeps, and how many rounds have looked for nothing else.
    spin: Spin,
    rounds_of_messages: u32,
}

/// What may have happened, by what was waited for.
#[derive(Clone, Copy, Debug)]
struct Ready(u64);

impl Ready {
    const INBOX: u64 = 1;
    const PEERS: u64 = 1 << 1;
    const MAIL: u64 = 1 << 2;
    const CHILDREN: u64 = 1 << 3;
    const SIGNALS: u64 = 1 << 4;
    /// From here on it is rooms.
    const ROOMS: u64 = 1 << 5;

    const fn has(self, what: u64) -> bool {
        self.0 & what != 0
    }
}

impl<'a, S: Service> Running<'a, S> {
    pub(super) fn new(service: &'a mut S, context: Context, settings: Settings, signals: Option<Signals>) -> Self {
        Self {
            service,
            context,
            settings,
            signals,
            next_interval: None,
            expiry: None,
            corrupt: Vec::new(),
            messages: Vec::new(),
            may_ask_to_end: true,
            may_have_more: true,
            found_one: true,
            is_blind: false,
            spin: Spin::default(),
            rounds_of_messages: 0,
        }
    }

    /// Runs until it ends; its exit code.
    pub(super) fn run(mut self) -> Result<i32> {
        let ended = self.start().and_then(|()| self.go_on()).and_then(|()| self.see_to_last_signals());
        let cleaned = self.call("on_cleanup", |service, context| service.on_cleanup(context));
        self.context.post_mail();
        self.drain();
        self.context.children.end_workers();
        let code = self.context.terminated.unwrap_or(0);
        let is_removed = ended.as_ref().is_err_and(|error| error.kind() == ErrorKind::NoSuchEndpoint);
        match self.context.peer.close() {
            Ok(left) if left.unread.is_empty() && left.unsent.is_empty() => {}
            Ok(left) => {
                let (unread, unsent) = (left.unread.len(), left.unsent.len());
                warn!(unread, unsent, "a service ended with messages unread or unsent");
            }
            // There is nothing to tidy up where it was.
            Err(_) if is_removed => {}
            Err(error) => warn!(error = %error.chain(), "a service ended and could not tidy up"),
        }
        ended.and(cleaned).map(|()| code)
    }

    fn start(&mut self) -> Result<()> {
        for pid in self.settings.watched.clone() {
            if !self.context.watch_process(pid)? {
                self.call("on_process_gone", |service, context| service.on_process_gone(context, pid))?;
            }
        }
        let started = guarded("on_start", || self.service.on_start(&mut self.context));
        self.context.post_mail();
        self.next_interval = self.settings.interval.and_then(|interval| Instant::now().checked_add(interval));
        started
    }

    fn go_on(&mut self) -> Result<()> {
        while self.context.terminated.is_none() {
            let activity = self.wait()?;
            self.see_to(activity)?;
        }
        Ok(())
    }

    /// A signal that was sent before the message that asks to end may come after it: another thread has to get around to it.
    fn see_to_last_signals(&mut self) -> Result<()> {
        let Some(signals) = self.signals.as_ref().filter(|_| !self.settings.signals.is_empty()) else { return Ok(()) };
        let until = Deadline::At(Instant::now() + LAST_SIGNALS);
        wait_for_any(&[signals.readiness()], &SystemClock, Wait::until(until))?;
        for signal in self.take_signals() {
            self.call("on_signal", |service, context| service.on_signal(context, signal))?;
        }
        Ok(())
    }

    /// Calls back; what goes wrong is logged if errors are intercepted, and ends the service otherwise.
    pub(super) fn call(&mut self, name: &'static str, act: impl FnOnce(&mut S, &mut Context) -> Handled) -> Result<()> {
        let (service, context) = (&mut *self.service, &mut self.context);
        let done = guarded(name, || act(service, context));
        self.context.post_mail();
        match done {
            Err(error) if self.settings.intercepts_errors => {
                error!(service = self.context.name(), error = %error.chain(), "an error was intercepted");
                Ok(())
            }
            done => done,
        }
    }

    /// Waits until something happens, and says what.
    fn wait(&mut self) -> Result<Activity> {
        let mut activity = Activity { messages: std::mem::take(&mut self.messages), ..Activity::default() };
        while !self.look_shortly(&mut activity.messages)? && !self.look_at_all(&mut activity)? {}
        Ok(activity)
    }

    /// Waits until something may have happened, whatever it is, and looks what; false if it was nothing.
    #[inline(never)]
    fn look_at_all(&mut self, activity: &mut Activity) -> Result<bool> {
        let ready = self.sleep()?;
        if ready.has(Ready::SIGNALS) {
            activity.signals = self.take_signals();
        }
        if ready.has(Ready::CHILDREN | Ready::MAIL) {
            self.take_children(activity);
        }
        self.context.post_mail();
        if ready.0 >= Ready::ROOMS || self.is_blind {
            self.context.outgoings.push();
        }
        activity.interval = self.has_interval_passed();
        if ready.has(Ready::INBOX) || self.may_have_more {
            self.take_messages(&mut activity.messages)?;
        }
        if ready.has(Ready::PEERS) || self.context.watch.may_have_news() || self.is_expired() {
            activity.peers = self.context.watch.try_next()?;
            self.check_place()?;
            self.review(&mut activity.messages)?;
        }
        self.context.pending.expire(Instant::now());
        Ok(self.has_something(activity))
    }

    /// Looks for messages for a moment longer, where one may come sooner than one has fallen asleep, and nothing else is to be done;
    /// true if what came is to be seen to at once. Everything else has its turn at the latest after a few rounds of this, and before
    /// a message that asks to end or comes from somebody new.
    fn look_shortly(&mut self, into: &mut Vec<Message>) -> Result<bool> {
        let context = &self.context;
        let is_busy = self.may_have_more || self.settings.interval.is_some() || context.outgoings.is_waiting();
        if !context.peer.local.is_quick || is_busy || self.rounds_of_messages == ROUNDS_OF_MESSAGES_MAX {
            self.rounds_of_messages = 0;
            self.may_ask_to_end = true;
            return Ok(false);
        }
        let expects_one = self.found_one;
        let mut spin = std::mem::take(&mut self.spin);
        let found = spin.try_until(|| match self.context.way_back.mail.has_letters() {
            true => Ok(true),
            false => self.take_message(into, |peer| peer.glance(expects_one)),
        });
        self.spin = spin;
        let has_come = found?;
        let context = &self.context;
        let is_usual = |message: &Message| context.watch.knows(message.from()) && !message.is_terminate();
        let is_for_now = (!into.is_empty() || context.pending.has_done()) && into.iter().all(is_usual);
        self.may_have_more = has_come && !is_for_now || context.peer.local.receiving().has_more();
        self.rounds_of_messages = if is_for_now { self.rounds_of_messages + 1 } else { 0 };
        self.may_ask_to_end = !is_for_now;
        Ok(is_for_now)
    }

    /// The next message, if there is one; false if not.
    fn take_message(
        &mut self,
        into: &mut Vec<Message>,
        take: impl FnOnce(&LocalPeer) -> Result<Option<Message>>,
    ) -> Result<bool> {
        match take(&self.context.peer.local) {
            Ok(Some(message)) => {
                let context = &mut self.context;
                into.extend(context.peer.local.accept(&mut context.pending, message).err());
            }
            Ok(None) => return Ok(false),
            Err(error) if is_of_message(&error) => self.corrupt.push(error),
            Err(error) => return Err(error),
        }
        Ok(true)
    }

    fn sleep(&mut self) -> Result<Ready> {
        let context = &mut self.context;
        let (rooms, is_blind) = context.outgoings.rooms();
        self.is_blind = is_blind;
        let nothing_to_do = context.way_back.mail.sleep() && !self.may_have_more && !context.watch.has_changed();
        let mail = context.way_back.mail.readiness();
        let mut readinesses = vec![
            &context.peer.local.readiness,
            context.watch.readiness(),
            &mail,
            context.children.readiness(),
            // Its place has to be taken by something, and this tells nothing else.
            self.signals.as_ref().map_or(&mail, Signals::readiness),
        ];
        readinesses.extend(&rooms);
        let now = Instant::now();
        let look = is_blind.then(|| now + LOOK);
        let again = context.watch.look_again().map(|again| now + again);
        let until = match nothing_to_do {
            true => earlier(
                Deadline::Never,
                [self.next_interval, context.pending.next_deadline(), self.expiry, again, look],
            ),
            false => Deadline::Now,
        };
        let ready = wait_for_any(&readinesses, &SystemClock, Wait::until(until))?;
        context.way_back.mail.wake(ready & Ready::MAIL != 0);
        Ok(Ready(ready))
    }

    fn take_signals(&mut self) -> Vec<i32> {
        let mut signals = self.signals.as_mut().map(Signals::take).unwrap_or_default();
        if signals.iter().any(|signal| self.settings.ends_on.contains(signal)) {
            self.context.terminate(0);
        }
        signals.retain(|signal| self.settings.signals.contains(signal));
        signals
    }

    fn take_children(&mut self, activity: &mut Activity) {
        for ended in self.context.children.take() {
            match ended {
                Ended::Child(pid, status) => activity.children.push((pid, status)),
                Ended::Watched(pid) => activity.gone.push(pid),
            }
        }
    }

    fn has_interval_passed(&mut self) -> bool {
        let now = Instant::now();
        let (Some(next), Some(interval)) = (self.next_interval, self.settings.interval) else { return false };
        if next > now {
            return false;
        }
        self.next_interval = now.checked_add(interval);
        true
    }

    fn take_messages(&mut self, into: &mut Vec<Message>) -> Result<()> {
        let before = into.len();
        while into.len() < MESSAGES_MAX {
            self.found_one = into.len() == before;
            if !self.take_message(into, |peer| peer.recv(Wait::NOW))? || !self.context.peer.local.receiving().has_more()
            {
                self.may_have_more = false;
                return Ok(());
            }
        }
        self.may_have_more = true;
        Ok(())
    }

    /// A service whose place was removed cannot be reached, and so can do nothing but end.
    fn check_place(&mut self) -> Result<()> {
        // Not every name that a service can have is listed.
        let state = self.context.watch.state(self.context.peer.id())?;
        match state {
            State::Live(_) | State::Unknown | State::Away(_) => Ok(()),
            State::Absent | State::Dead(_) => Err(Error::new(ErrorKind::NoSuchEndpoint, "run the service")
                .on(self.context.name())
                .because("its place is gone: the bus has ended, or somebody has removed it")),
        }
    }

    fn is_expired(&self) -> bool {
        self.expiry.is_some_and(|expiry| expiry <= Instant::now())
    }

    /// Fails what was asked of those who have gone, after everything that they sent was read.
    fn review(&mut self, messages: &mut Vec<Message>) -> Result<()> {
        if self.context.pending.is_empty() {
            self.expiry = None;
            return Ok(());
        }
        let keeps = self.context.bus().capabilities().suspend;
        let now = (Instant::now(), SystemTime::now());
        let (pending, watch) = (&mut self.context.pending, &mut self.context.watch);
        let mut expiry = None;
        let has_gone = pending.review(keeps, now, |id| {
            let state = watch.state(id)?;
            expiry = expiry.into_iter().chain(expiry_of(state)).min();
            Ok(state)
        })?;
        self.expiry = expiry;
        if has_gone {
            // More than one round takes at other times: the answer may be the last one.
            let mut more = Vec::new();
            while {
                self.take_messages(&mut more)?;
                messages.append(&mut more);
                self.may_have_more
            } {}
            self.context.pending.settle();
        }
        Ok(())
    }

    fn has_something(&self, activity: &Activity) -> bool {
        let Activity { messages, peers, signals, children, gone, interval } = activity;
        *interval
            || peers.is_some()
            || !(messages.is_empty() && signals.is_empty() && children.is_empty() && gone.is_empty())
            || !self.corrupt.is_empty()
            || self.context.pending.has_done()
            || self.context.outgoings.has_news()
            || self.context.terminated.is_some()
    }

    /// Sends what is kept, for a while.
    fn drain(&mut self) {
        let given_up = Instant::now() + DRAIN;
        while self.context.outgoings.is_waiting() && Instant::now() < given_up {
            let (rooms, is_partial) = self.context.outgoings.rooms();
            let rooms: Vec<&Readiness> = rooms.iter().collect();
            let until = if is_partial { given_up.min(Instant::now() + LOOK) } else { given_up };
            let _ = wait_for_any(&rooms, &SystemClock, Wait::until(Deadline::At(until)));
            self.context.outgoings.push();
        }
        for backlog in self.context.outgoings.backlogs() {
            warn!(to = backlog.to, messages = backlog.messages, "a service ended with messages unsent");
        }
        for undelivered in self.context.outgoings.take_undelivered() {
            warn!(to = undelivered.to, error = %undelivered.error.chain(), "a message cannot be delivered");
        }
    }
}

/// Calls back; a panic is an error, and the error says which callback it was.
#[inline]
pub(super) fn guarded(name: &'static str, act: impl FnOnce() -> Handled) -> Result<()> {
    match catch_unwind(AssertUnwindSafe(act)) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(failed(name, error)),
        Err(payload) => {
            let error = panicked(&*payload);
            error!(callback = name, error = describe(&error), "a callback of a service panicked");
            Err(failed(name, error.into()))
        }
    }
}

#[cold]
fn failed(name: &'static str, error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::new(ErrorKind::Refused, "run the service").because(format!("{name} failed")).caused_by(error)
}
