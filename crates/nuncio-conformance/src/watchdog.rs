//! An end to tests that hang.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// Runs `work` on a thread of its own and gives its result.
///
/// A limit is for what never ends, not for what is slow: take ten times what a busy machine needs.
///
/// # Panics
/// When `work` panics, and when it is not done within `limit`; the text then has `name`. The thread of work that hangs is
/// left behind until the process ends.
///
/// ```
/// use std::time::Duration;
/// assert_eq!(nuncio_conformance::within(Duration::from_secs(60), "a sum", || 1 + 1), 2);
/// ```
pub fn within<T: Send + 'static>(limit: Duration, name: &str, work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, is_done) = mpsc::channel::<()>();
    let worker = thread::spawn(move || {
        // Dropped when the work is done, and when it panics.
        let _done = done;
        work()
    });
    match is_done.recv_timeout(limit) {
        Err(RecvTimeoutError::Timeout) => panic!("{name} hangs: it is not done after {limit:?}"),
        _ => worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of_panic(work: impl FnOnce() + std::panic::UnwindSafe) -> String {
        let panic = std::panic::catch_unwind(work).expect_err("it panics");
        let text = panic.downcast_ref::<&str>().copied().map(str::to_owned);
        text.or_else(|| panic.downcast_ref::<String>().cloned()).expect("a panic has a text")
    }

    #[test]
    fn work_that_hangs_is_named() {
        let (_kept, never) = mpsc::channel::<()>();
        let text = text_of_panic(move || {
            let _ = within(Duration::from_millis(1), "the case", move || never.recv());
        });
        assert_eq!(text, "the case hangs: it is not done after 1ms");
    }

    #[test]
    fn a_panic_inside_is_the_panic_outside() {
        assert_eq!(text_of_panic(|| within(Duration::from_secs(60), "the case", || panic!("as it is"))), "as it is");
    }
}
