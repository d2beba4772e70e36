//! The one signal of the process that interrupts waits: which it is, its handler, and a thread's mask.

use std::io;
use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};
use std::sync::{Mutex, PoisonError};

use libc::{c_int, sigaction, sigset_t};

static CHOSEN: Mutex<Option<c_int>> = Mutex::new(None);

/// The real-time signal that interrupts waits in this process.
///
/// The first call chooses it, unless [`use_signal`] did: from `SIGRTMAX - 1` down the first that nobody handles or
/// ignores. It installs a handler that does nothing, without `SA_RESTART`. Whoever uses signals by fixed numbers calls
/// [`use_signal`] first.
///
/// # Errors
/// `ResourceBusy` if every real-time signal is taken.
pub fn signal() -> io::Result<i32> {
    let mut chosen = CHOSEN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(signal) = *chosen {
        return Ok(signal);
    }
    for signal in (libc::SIGRTMIN()..libc::SIGRTMAX()).rev() {
        if is_default(signal)? {
            install(signal)?;
            return Ok(*chosen.insert(signal));
        }
    }
    Err(io::Error::new(io::ErrorKind::ResourceBusy, "every real-time signal is taken"))
}

/// Makes `number` the signal that interrupts waits in this process; to be called before the first wait.
///
/// # Errors
/// `InvalidInput` if `number` is not a real-time signal (`SIGRTMIN` to `SIGRTMAX`, both included); `AlreadyExists` if
/// another one was chosen before; `ResourceBusy` if it is handled or ignored by somebody else.
pub fn use_signal(number: i32) -> io::Result<()> {
    let real_time = libc::SIGRTMIN()..=libc::SIGRTMAX();
    if !real_time.contains(&number) {
        let text = format!("signal {number} is not a real-time signal, which are {real_time:?}");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    let mut chosen = CHOSEN.lock().unwrap_or_else(PoisonError::into_inner);
    match *chosen {
        Some(signal) if signal == number => return Ok(()),
        Some(signal) => {
            let text = format!("signal {number} comes too late, waits use signal {signal}");
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, text));
        }
        None => {}
    }
    if !is_default(number)? {
        return Err(io::Error::new(io::ErrorKind::ResourceBusy, format!("signal {number} is taken")));
    }
    install(number)?;
    *chosen = Some(number);
    Ok(())
}

/// The calling thread takes the signal, until this is dropped in the same thread.
#[derive(Debug)]
pub(super) struct Unblocked {
    signal: c_int,
    was_blocked: bool,
}

impl Unblocked {
    pub(super) fn new(signal: c_int) -> io::Result<Self> {
        let mut before = MaybeUninit::<sigset_t>::zeroed();
        // SAFETY: the set is read, and `before` is written, during the call only.
        check(unsafe { libc::pthread_sigmask(libc::SIG_UNBLOCK, &set_of(signal), before.as_mut_ptr()) })?;
        // SAFETY: `before` holds the mask that the call has written.
        let was_blocked = unsafe { libc::sigismember(before.as_ptr(), signal) } == 1;
        Ok(Self { signal, was_blocked })
    }
}

impl Drop for Unblocked {
    fn drop(&mut self) {
        if self.was_blocked {
            // Only this signal goes back: the rest of the mask may have been changed meanwhile.
            // SAFETY: the set is read during the call only, and the old mask is not asked for.
            let result = unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &set_of(self.signal), null_mut()) };
            check(result).expect("SIG_BLOCK is a way to change the mask");
        }
    }
}

/// Being called is its whole effect: that ends the system call.
extern "C" fn interrupt(_signal: c_int) {}

fn is_default(signal: c_int) -> io::Result<bool> {
    // SAFETY: zero is a valid value for each field of sigaction.
    let mut current: sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: no new action is given; `current` is written during the call only.
    check_errno(unsafe { libc::sigaction(signal, null(), &mut current) })?;
    Ok(current.sa_sigaction == libc::SIG_DFL)
}

fn install(signal: c_int) -> io::Result<()> {
    // SAFETY: zero is a valid value for each field of sigaction, and an empty mask.
    let mut action: sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = interrupt as extern "C" fn(c_int) as usize;
    action.sa_flags = libc::SA_ONSTACK;
    // SAFETY: the handler does nothing, so it is safe at any moment, and it lives as long as the program.
    check_errno(unsafe { libc::sigaction(signal, &action, null_mut()) })
}

fn set_of(signal: c_int) -> sigset_t {
    // SAFETY: zero is a valid value for each field of sigset_t.
    let mut set: sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: the set is ours.
    unsafe { libc::sigemptyset(&mut set) };
    // SAFETY: the set is ours and initialised; `signal` was accepted by sigaction, so it is one.
    unsafe { libc::sigaddset(&mut set, signal) };
    set
}

/// pthread functions return the error instead of setting `errno`.
fn check(result: c_int) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(result)) }
}

fn check_errno(result: c_int) -> io::Result<()> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
