//! Alarms in a forked child. A test program of its own, because a child of one with many threads inherits their locks.

#![cfg(target_os = "linux")]

mod support {
    pub(crate) mod queue;
    pub(crate) mod watchdog;
}

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use nuncio_sys::interrupt::Alarm;
use nuncio_sys::sysv::MessageQueue;

use crate::support::queue::TestQueue;
use crate::support::watchdog::watched;

#[test]
fn a_child_gets_an_alarm_of_its_own() {
    let queue = TestQueue::new();
    let empty = queue.0;
    let status = watched(move || {
        let inherited = Alarm::current().unwrap();
        // SAFETY: the child calls only what child() does, and leaves through _exit.
        match unsafe { libc::fork() } {
            0 => {
                let passed = catch_unwind(AssertUnwindSafe(|| child(inherited, empty))).unwrap_or(false);
                // SAFETY: ends the child without running what belongs to the parent.
                unsafe { libc::_exit(if passed { 0 } else { 1 }) }
            }
            pid => {
                let mut status = 0;
                // SAFETY: `status` is written during the call only.
                assert_eq!(unsafe { libc::waitpid(pid, &mut status, 0) }, pid);
                status
            }
        }
    });
    assert!(libc::WIFEXITED(status), "the child was killed, status {status:#x}");
    assert_eq!(libc::WEXITSTATUS(status), 0);
}

/// The parent is told by the exit code alone.
fn child(inherited: Arc<Alarm>, empty: MessageQueue) -> bool {
    // SAFETY: ends the child by SIGALRM should it hang, whatever became of the parent.
    unsafe { libc::alarm(60) };
    inherited.ring();
    let refused = inherited.arm(None).is_err();
    let own = Alarm::current().unwrap();
    // The kernel counts timers anew in a child, so the inherited number is now that of the child's own timer.
    drop(inherited);
    let _armed = own.arm(Some(Instant::now())).unwrap();
    let interrupted = empty.receive(&mut Vec::new(), 10).is_err_and(|error| error.raw_os_error() == Some(libc::EINTR));
    refused && interrupted
}
