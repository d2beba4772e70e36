//! Signals that are counted for as long as somebody wants them, and then are what they were before.
//!
//! Each [`SignalCount`] has a descriptor that is readable when its signal has come. Several may count one signal, each for
//! itself. While one of them lives the signal's handler is ours; it also calls the one that was there before. When the last
//! goes, whatever was there before is put back, unless somebody has put a handler of his own above ours meanwhile: he may
//! call ours, which then only calls the one before.
//!
//! ```
//! use nuncio_sys::signals::SignalCount;
//!
//! const SIGWINCH: i32 = 28;
//! let count = SignalCount::of(SIGWINCH)?;
//! let this = std::process::id().to_string();
//! # let kill =
//! std::process::Command::new("kill").args(["-WINCH", &this]).status()?;
//! # assert!(kill.success());
//! while count.take() == 0 {
//!     std::thread::yield_now();
//! }
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Source
//! sigaction(2), signal-safety(7), eventfd(2).

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use libc::{c_int, c_void, sigaction, siginfo_t};
use rustix::event::{EventfdFlags, eventfd};

/// How many counts a process can have at once.
const COUNTS_MAX: usize = 256;
/// Signals have numbers below this.
const SIGNALS_END: usize = 65;
/// Those that a thread sends to itself by what it does; going on after them is undefined.
const OF_THE_THREAD: [c_int; 4] = [libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGSEGV];
const NOBODY: c_int = -1;

/// Counts one signal.
#[derive(Debug)]
pub struct SignalCount {
    signal: c_int,
    place: usize,
    counter: OwnedFd,
}

impl SignalCount {
    /// Counts `signal` from now on.
    ///
    /// # Errors
    /// `InvalidInput` for what is no signal, or one that cannot be handled; `ResourceBusy` when the process has 256 counts;
    /// those of making a descriptor.
    pub fn of(signal: i32) -> io::Result<Self> {
        if !(1..SIGNALS_END as c_int).contains(&signal) || OF_THE_THREAD.contains(&signal) {
            let text = format!("signal {signal} is none that can be counted");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let counter = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let mut handled = handled();
        let place = PLACES.iter().position(Place::is_free).ok_or_else(|| {
            io::Error::new(io::ErrorKind::ResourceBusy, format!("{COUNTS_MAX} signals are counted already"))
        })?;
        PLACES[place].descriptor.store(counter.as_raw_fd(), Ordering::Relaxed);
        PLACES[place].signal.store(signal, Ordering::SeqCst);
        match handle(&mut handled, signal) {
            Ok(()) => Ok(Self { signal, place, counter }),
            Err(error) => {
                PLACES[place].clear();
                Err(error)
            }
        }
    }

    /// The signal.
    pub const fn signal(&self) -> i32 {
        self.signal
    }

    /// How often it has come since the last call.
    pub fn take(&self) -> u64 {
        let mut count = [0; size_of::<u64>()];
        // It fails when there is nothing to count.
        match rustix::io::read(&self.counter, &mut count) {
            Ok(_) => u64::from_ne_bytes(count),
            Err(_) => 0,
        }
    }
}

impl AsFd for SignalCount {
    /// Readable when the signal has come since the last [`take`](Self::take).
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.counter.as_fd()
    }
}

impl Drop for SignalCount {
    fn drop(&mut self) {
        let mut handled = handled();
        PLACES[self.place].clear();
        release(&mut handled, self.signal);
        // Only now nobody writes to the descriptor any more, and its number may be given out again.
        wait_for_handlers();
    }
}

/// Where the handler finds whom to tell.
struct Place {
    signal: AtomicI32,
    descriptor: AtomicI32,
}

impl Place {
    fn is_free(&self) -> bool {
        self.signal.load(Ordering::Relaxed) == NOBODY
    }

    fn clear(&self) {
        self.signal.store(NOBODY, Ordering::SeqCst);
    }
}

static PLACES: [Place; COUNTS_MAX] =
    [const { Place { signal: AtomicI32::new(NOBODY), descriptor: AtomicI32::new(NOBODY) } }; COUNTS_MAX];
/// What was there before ours, by signal; it is called by ours.
static BEFORE: [AtomicPtr<sigaction>; SIGNALS_END] = [const { AtomicPtr::new(null_mut()) }; SIGNALS_END];
/// How many handlers run at this moment.
static RUNNING: AtomicUsize = AtomicUsize::new(0);
/// How many count each signal whose handler is ours, or was and may still be called.
static HANDLED: Mutex<BTreeMap<c_int, usize>> = Mutex::new(BTreeMap::new());

fn handled() -> MutexGuard<'static, BTreeMap<c_int, usize>> {
    // Nothing is left half done where a panic could happen.
    HANDLED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One more counts `signal`.
fn handle(handled: &mut BTreeMap<c_int, usize>, signal: c_int) -> io::Result<()> {
    let current = current(signal)?;
    // A handler above ours may call it; where there is none any more, ours has to be installed again.
    let is_reached = !matches!(current.sa_sigaction, libc::SIG_DFL | libc::SIG_IGN);
    if let Some(count) = handled.get_mut(&signal).filter(|_| is_reached) {
        *count += 1;
        return Ok(());
    }
    let counts = handled.get(&signal).copied().unwrap_or(0);
    forget_before(signal);
    BEFORE[signal as usize].store(Box::into_raw(Box::new(current)), Ordering::SeqCst);
    // SAFETY: zero is a valid value for each field of sigaction, and an empty mask.
    let mut ours: sigaction = unsafe { std::mem::zeroed() };
    ours.sa_sigaction = tell as Handler as usize;
    ours.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART | libc::SA_ONSTACK;
    // SAFETY: the handler does only what is allowed in one, and lives as long as the program.
    match check(unsafe { libc::sigaction(signal, &ours, null_mut()) }) {
        Ok(()) => drop(handled.insert(signal, counts + 1)),
        Err(error) => {
            forget_before(signal);
            return Err(error);
        }
    }
    Ok(())
}

/// One fewer counts `signal`; what was there before the first is put back after the last.
fn release(handled: &mut BTreeMap<c_int, usize>, signal: c_int) {
    let Some(count) = handled.get_mut(&signal) else { return };
    *count -= 1;
    let is_ours = current(signal).is_ok_and(|current| current.sa_sigaction == tell as Handler as usize);
    if *count > 0 || !is_ours {
        return;
    }
    handled.remove(&signal);
    let before = BEFORE[signal as usize].load(Ordering::SeqCst);
    // SAFETY: `before` is what `handle` has leaked; it is freed below, by whoever holds the lock, as we do.
    if unsafe { libc::sigaction(signal, before, null_mut()) } == 0 {
        forget_before(signal);
    }
}

fn forget_before(signal: c_int) {
    let before = BEFORE[signal as usize].swap(null_mut(), Ordering::SeqCst);
    wait_for_handlers();
    if !before.is_null() {
        // SAFETY: it was made by `Box::into_raw`, and no handler that has read the pointer runs any more.
        drop(unsafe { Box::from_raw(before) });
    }
}

/// Waits until no handler runs that began before. One takes no longer than a write that does not block, and the handler of
/// another that it calls.
fn wait_for_handlers() {
    while RUNNING.load(Ordering::SeqCst) > 0 {
        thread::yield_now();
    }
}

type Handler = extern "C" fn(c_int, *mut siginfo_t, *mut c_void);

/// The handler: tells everybody who counts the signal, then calls the handler that was there before.
extern "C" fn tell(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the location is this thread's.
    let errno = unsafe { *libc::__errno_location() };
    RUNNING.fetch_add(1, Ordering::SeqCst);
    for place in PLACES.iter().filter(|place| place.signal.load(Ordering::SeqCst) == signal) {
        let one = 1_u64;
        // SAFETY: the bytes are read during the call only. The descriptor is open: who closes it waits for this handler.
        unsafe { libc::write(place.descriptor.load(Ordering::Relaxed), (&raw const one).cast(), size_of::<u64>()) };
    }
    let before = BEFORE[signal as usize].load(Ordering::SeqCst);
    // SAFETY: null, or what `handle` has leaked, which is freed only when no handler runs that has read it.
    if let Some(before) = unsafe { before.as_ref() } {
        call(before, signal, info, context);
    }
    RUNNING.fetch_sub(1, Ordering::SeqCst);
    // SAFETY: as above.
    unsafe { *libc::__errno_location() = errno };
}

fn call(action: &sigaction, signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    match action.sa_sigaction {
        libc::SIG_DFL | libc::SIG_IGN => {}
        address if action.sa_flags & libc::SA_SIGINFO != 0 => {
            // SAFETY: with this flag it is a handler of this type, which is called as the kernel would have.
            let handler: Handler = unsafe { std::mem::transmute(address) };
            handler(signal, info, context);
        }
        address => {
            // SAFETY: without that flag it is a handler of this type.
            let handler: extern "C" fn(c_int) = unsafe { std::mem::transmute(address) };
            handler(signal);
        }
    }
}

fn current(signal: c_int) -> io::Result<sigaction> {
    // SAFETY: zero is a valid value for each field of sigaction.
    let mut current: sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: no new action is given; `current` is written during the call only.
    check(unsafe { libc::sigaction(signal, null(), &mut current) })?;
    Ok(current)
}

fn check(result: c_int) -> io::Result<()> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raise(signal: c_int) {
        // SAFETY: whoever calls this has seen to it that the signal is handled or ignored.
        assert_eq!(unsafe { libc::raise(signal) }, 0);
    }

    fn handler_of(signal: c_int) -> usize {
        current(signal).unwrap().sa_sigaction
    }

    #[test]
    fn each_counts_for_itself_and_what_was_before_is_put_back() {
        let signal = libc::SIGUSR2;
        assert_eq!(handler_of(signal), libc::SIG_DFL);
        let first = SignalCount::of(signal).unwrap();
        raise(signal);
        let second = SignalCount::of(signal).unwrap();
        raise(signal);
        raise(signal);
        assert_eq!((first.take(), second.take(), first.take()), (3, 2, 0));
        drop(first);
        raise(signal);
        assert_eq!((second.signal(), second.take()), (signal, 1));
        drop(second);
        assert_eq!(handler_of(signal), libc::SIG_DFL);
        let again = SignalCount::of(signal).unwrap();
        raise(signal);
        assert_eq!(again.take(), 1);
    }

    #[test]
    fn the_handler_before_is_called_and_one_above_is_left_alone() {
        static CALLS: AtomicUsize = AtomicUsize::new(0);
        extern "C" fn other(_: c_int) {
            CALLS.fetch_add(1, Ordering::SeqCst);
        }
        let signal = libc::SIGWINCH;
        let set = |handler: usize| {
            // SAFETY: the handler is one that only counts, ours, or none.
            unsafe { libc::signal(signal, handler) };
        };
        let other = other as extern "C" fn(c_int) as usize;
        set(other);
        let count = SignalCount::of(signal).unwrap();
        raise(signal);
        assert_eq!((count.take(), CALLS.load(Ordering::SeqCst)), (1, 1));
        drop(count);
        assert_eq!(handler_of(signal), other);
        let count = SignalCount::of(signal).unwrap();
        set(libc::SIG_IGN);
        drop(count);
        assert_eq!(handler_of(signal), libc::SIG_IGN, "somebody else has it now");
        let count = SignalCount::of(signal).unwrap();
        raise(signal);
        assert_eq!(count.take(), 1);
        drop(count);
        assert_eq!(handler_of(signal), libc::SIG_IGN);
    }

    #[test]
    fn what_cannot_be_counted_is_refused() {
        for signal in [0, -1, 65, libc::SIGSEGV, libc::SIGKILL, libc::SIGSTOP] {
            let error = SignalCount::of(signal).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{signal}: {error}");
        }
        assert!(PLACES.iter().filter(|place| !place.is_free()).count() < COUNTS_MAX);
    }

    #[test]
    fn signals_that_come_while_counts_come_and_go_do_no_harm() {
        let signal = libc::SIGURG;
        let kept = SignalCount::of(signal).unwrap();
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| (0..500).for_each(|_| drop(SignalCount::of(signal).unwrap())));
            }
            (0..2000).for_each(|_| raise(signal));
        });
        assert_eq!(kept.take(), 2000);
    }
}
