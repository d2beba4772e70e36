//! SIGINT and SIGTERM, which end a command in order: waits are called off, input ends, nothing that was taken is lost.

use std::fs::File;
use std::future::poll_fn;
use std::io::{self, PipeReader, Read};
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, Ordering};
use std::task::Poll;
use std::thread;

use nuncio::core::Cancel;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use crate::exit;
use crate::stop::Stop;

/// Calls off every wait of this process.
pub(crate) static CANCEL: Cancel = Cancel::new();
/// The signal that came; 0 for none.
static RECEIVED: AtomicI32 = AtomicI32::new(0);
/// Its other end is closed when a signal has come.
static BELL: OnceLock<PipeReader> = OnceLock::new();

/// From now on the first signal sets [`CANCEL`] and ends [`Input`]; a second one ends the process at once.
///
/// # Errors
/// The system has no descriptor left.
pub(crate) fn catch() -> Result<(), Stop> {
    let failed = |error: io::Error| Stop::failed(format_args!("prepare for signals: {error}"));
    let (bell, rope) = io::pipe().map_err(failed)?;
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(failed)?;
    let caught = BELL.set(bell);
    debug_assert!(caught.is_ok(), "signals are caught once");
    thread::spawn(move || {
        let mut signals = signals.forever();
        RECEIVED.store(signals.next().unwrap_or_default(), Ordering::Release);
        CANCEL.cancel();
        drop(rope);
        if let Some(second) = signals.next() {
            let _ = emulate_default_handler(second);
        }
    });
    Ok(())
}

/// Whether a signal has asked for the end.
pub(crate) fn came() -> bool {
    RECEIVED.load(Ordering::Acquire) != 0
}

/// Waits until a signal asks for the end.
pub(crate) async fn received() {
    let mut armed = None;
    poll_fn(|context| match CANCEL.arm(context.waker().clone()) {
        Ok(bell) => {
            armed = Some(bell);
            Poll::Pending
        }
        Err(_) => Poll::Ready(()),
    })
    .await;
}

/// Ends the process as the signal would have done it; when none came, with a failure.
pub(crate) fn end_by_signal() -> ExitCode {
    let _ = emulate_default_handler(RECEIVED.load(Ordering::Acquire));
    ExitCode::from(exit::FAILED)
}

/// Waits until `descriptor` can be read or written, or a signal comes. Says whether it can.
pub(crate) fn wait_until_ready(descriptor: &impl AsFd, flags: PollFlags) -> io::Result<bool> {
    let mut descriptors = vec![PollFd::new(descriptor, flags)];
    descriptors.extend(BELL.get().map(|bell| PollFd::new(bell, PollFlags::IN)));
    loop {
        match poll(&mut descriptors, None) {
            Err(Errno::INTR) => {}
            result => return result.map(|_| !descriptors[0].revents().is_empty()).map_err(io::Error::from),
        }
    }
}

/// A file, pipe or terminal to read from, which is at its end when a signal has come.
#[derive(Debug)]
pub(crate) struct Input(File);

impl Input {
    pub(crate) const fn new(file: File) -> Self {
        Self(file)
    }

    pub(crate) fn stdin() -> io::Result<Self> {
        // The standard library's own handle has a buffer, of which a poll knows nothing.
        Ok(Self(io::stdin().as_fd().try_clone_to_owned()?.into()))
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        wait_until_ready(&self.0, PollFlags::IN)?;
        if came() { Ok(0) } else { self.0.read(buffer) }
    }
}
