//! Messages that are lent: each stays where it is until it is acknowledged, and comes again otherwise.
//!
//! A message that is lent is renamed from `ID.ready` to `ID.lent1.ready`, and to `ID.lent2.ready` the next time, so that
//! whoever reads after a crash knows how often it was lent, and whoever knows nothing of it reads it as any other.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nuncio_core::{Acknowledge, Error, Result, Token, Wait};
use nuncio_sys::files::Directory;
use rustix::event::epoll;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};

use super::READY;

const LENT: &[u8] = b".lent";
/// The largest number in the name of a message that was lent; beyond it a name is one that somebody else has made up.
const ATTEMPT_MAX: u32 = 1 << 30;
/// A time that is farther away than any lease.
const FAR: Duration = Duration::from_secs(1 << 30);

/// What a mailbox has lent, shared with whoever acknowledges.
#[derive(Debug)]
pub(super) struct Lending {
    directory: Directory,
    lease: Duration,
    state: Mutex<State>,
    /// Rings when a lease runs out, or something that was given back is due.
    timer: OwnedFd,
    /// Readable when the mailbox should look.
    readiness: Arc<OwnedFd>,
}

#[derive(Debug, Default)]
struct State {
    /// What is lent, and until when.
    lent: HashMap<OsString, Instant>,
    /// What was given back, and when it is to come again.
    returned: HashMap<OsString, Instant>,
    /// Its mailbox has left: nothing is ours any more.
    is_closed: bool,
}

impl Lending {
    /// For the messages in `directory`, of whose changes `watched` tells.
    pub(super) fn new(directory: Directory, lease: Duration, watched: &OwnedFd) -> io::Result<Arc<Self>> {
        let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK)?;
        let readiness = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        for descriptor in [watched, &timer] {
            epoll::add(&readiness, descriptor, epoll::EventData::new_u64(0), epoll::EventFlags::IN)?;
        }
        Ok(Arc::new(Self { directory, lease, state: Mutex::default(), timer, readiness: Arc::new(readiness) }))
    }

    pub(super) const fn readiness(&self) -> &Arc<OwnedFd> {
        &self.readiness
    }

    /// Lends the message in the file `name`: its name from now on, which is the token, and how often it was lent. None if
    /// its sender has taken it back.
    pub(super) fn lend(&self, name: &OsStr) -> io::Result<Option<(OsString, u32)>> {
        let (stem, before) = parse(name);
        let mut state = self.state();
        // Two messages of one id are two messages: where a name is taken, the next one is free.
        for attempt in before + 1..=u32::MAX {
            let lent = name_of(stem, attempt);
            match self.directory.rename_exclusive(name, &lent) {
                Ok(()) => {
                    state.lent.insert(lent.clone(), after(self.lease));
                    self.arm(&state)?;
                    return Ok(Some((lent, before + 1)));
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Whether the file `name` was lent, and has not to come again by what its directory says.
    pub(super) fn knows(&self, name: &OsStr) -> bool {
        let state = self.state();
        state.lent.contains_key(name) || state.returned.contains_key(name)
    }

    /// The files that are to come again by now.
    pub(super) fn take_due(&self) -> io::Result<Vec<OsString>> {
        // It says only that it has rung.
        let _ = rustix::io::read(&self.timer, &mut [0; size_of::<u64>()]);
        let (mut state, now) = (self.state(), Instant::now());
        let State { lent, returned, .. } = &mut *state;
        let over = lent.extract_if(|_, until| *until <= now).chain(returned.extract_if(|_, due| *due <= now));
        let mut due: Vec<OsString> = over.map(|(name, _)| name).collect();
        due.sort();
        self.arm(&state)?;
        Ok(due)
    }

    /// Nothing is lent any more: its mailbox leaves.
    pub(super) fn close(&self) {
        *self.state() = State { is_closed: true, ..State::default() };
    }

    /// Has the timer ring for the first of all.
    fn arm(&self, state: &State) -> io::Result<()> {
        let next = state.lent.values().chain(state.returned.values()).min();
        let value = match next {
            // Zero would disarm it.
            Some(next) => next.saturating_duration_since(Instant::now()).max(Duration::from_nanos(1)),
            None => Duration::ZERO,
        };
        let it_value = Timespec { tv_sec: value.as_secs().cast_signed(), tv_nsec: value.subsec_nanos().into() };
        let times = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value };
        timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &times)?;
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing is left half done where a panic could happen.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does `act` to those of `tokens` that are still lent, and says how many it was done to.
    fn each(
        &self,
        tokens: &[Token<'_>],
        operation: &'static str,
        mut act: impl FnMut(&mut State, OsString) -> io::Result<bool>,
    ) -> Result<usize> {
        let (mut state, now) = (self.state(), Instant::now());
        let done = tokens.iter().try_fold(0, |count, token| {
            let name = OsStr::from_bytes(token.0);
            match state.is_closed || state.lent.get(name).is_none_or(|until| *until <= now) {
                true => Ok(count),
                false => act(&mut state, name.to_owned()).map(|is_done| count + usize::from(is_done)),
            }
        });
        // Also for what was done before something went wrong.
        let armed = self.arm(&state);
        done.and_then(|count| armed.map(|()| count))
            .map_err(|error| Error::io(operation, error).on(self.directory.path()))
    }
}

impl Acknowledge for Lending {
    fn ack(&self, tokens: &[Token<'_>], _: Wait<'_>) -> Result<usize> {
        self.each(tokens, "acknowledge a message in", |state, name| {
            // Somebody else has removed it: it does not come again either.
            let is_done = match self.directory.unlink(&name) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => false,
                removed => removed.map(|()| true)?,
            };
            state.lent.remove(&name);
            Ok(is_done)
        })
    }

    fn nack(&self, tokens: &[Token<'_>], delay: Duration, _: Wait<'_>) -> Result<usize> {
        self.each(tokens, "give back a message in", |state, name| {
            state.lent.remove(&name);
            state.returned.insert(name, after(delay));
            Ok(true)
        })
    }

    fn extend(&self, tokens: &[Token<'_>], by: Duration, _: Wait<'_>) -> Result<usize> {
        self.each(tokens, "extend the lease of a message in", |state, name| {
            state.lent.insert(name, after(by));
            Ok(true)
        })
    }
}

fn after(duration: Duration) -> Instant {
    Instant::now() + duration.min(FAR)
}

/// Whether the name is that of a message that was lent.
pub(super) fn was_lent(name: &OsStr) -> bool {
    parse(name).1 > 0
}

/// The name of a message's file without its ending, and how often it was lent.
fn parse(name: &OsStr) -> (&[u8], u32) {
    let stem = name.as_bytes().strip_suffix(READY.as_bytes()).unwrap_or(name.as_bytes());
    let digits = stem.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (before, number) = stem.split_at(stem.len() - digits);
    let attempt = std::str::from_utf8(number).ok().and_then(|number| number.parse().ok());
    let attempt = attempt.filter(|attempt| *attempt <= ATTEMPT_MAX);
    match (before.strip_suffix(LENT), attempt) {
        (Some(stem), Some(attempt)) => (stem, attempt),
        _ => (stem, 0),
    }
}

fn name_of(stem: &[u8], attempt: u32) -> OsString {
    OsString::from_vec([stem, LENT, attempt.to_string().as_bytes(), READY.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_says_how_often_a_message_was_lent() {
        for (name, stem, attempt) in [
            ("ab-1.ready", "ab-1", 0),
            ("ab-1.lent1.ready", "ab-1", 1),
            ("ab.lent12.ready", "ab", 12),
            ("x.lent.ready", "x.lent", 0),
            ("x.lent1073741824.ready", "x", ATTEMPT_MAX),
            ("x.lent4294967295.ready", "x.lent4294967295", 0),
            ("x.lent99999999999.ready", "x.lent99999999999", 0),
            (".lent3.ready", "", 3),
        ] {
            assert_eq!(parse(OsStr::new(name)), (stem.as_bytes(), attempt), "{name}");
        }
        assert_eq!(name_of(b"ab", 2), "ab.lent2.ready");
        assert!(was_lent(OsStr::new("ab.lent2.ready")) && !was_lent(OsStr::new("ab.ready")));
    }
}
