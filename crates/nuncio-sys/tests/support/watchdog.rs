//! An end to tests that hang.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Runs `test` in a new thread, and fails if it is not done after a minute.
pub(crate) fn watched<T: Send + 'static>(test: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, is_done) = mpsc::channel();
    let thread = thread::spawn(move || {
        let result = test();
        // The other end is gone only when the watchdog has given up.
        let _ = done.send(());
        result
    });
    let verdict = is_done.recv_timeout(Duration::from_secs(60));
    assert_ne!(verdict, Err(mpsc::RecvTimeoutError::Timeout), "the test hangs");
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
