//! Choosing the signal. A test program of its own with one test, because the choice is the process's.

#![cfg(target_os = "linux")]

mod support {
    pub(crate) mod queue;
    pub(crate) mod watchdog;
}

use std::io;
use std::time::Instant;

use nuncio_sys::interrupt::{self, Alarm};

use crate::support::queue::TestQueue;
use crate::support::watchdog::watched;

#[test]
fn the_application_chooses_first_and_once() {
    let (taken, wanted) = (libc::SIGRTMAX() - 1, libc::SIGRTMAX());
    // SAFETY: SIG_IGN is a valid action.
    assert_ne!(unsafe { libc::signal(taken, libc::SIG_IGN) }, libc::SIG_ERR);
    for (number, refusal) in [
        (libc::SIGTERM, io::ErrorKind::InvalidInput),
        (wanted + 1, io::ErrorKind::InvalidInput),
        (taken, io::ErrorKind::ResourceBusy),
    ] {
        assert_eq!(interrupt::use_signal(number).unwrap_err().kind(), refusal);
    }

    interrupt::use_signal(wanted).unwrap();
    assert_eq!(interrupt::signal().unwrap(), wanted);
    interrupt::use_signal(wanted).unwrap();
    assert_eq!(interrupt::use_signal(wanted - 2).unwrap_err().kind(), io::ErrorKind::AlreadyExists);

    let queue = TestQueue::new();
    let empty = queue.0;
    watched(move || {
        let alarm = Alarm::current().unwrap();
        let _armed = alarm.arm(Some(Instant::now())).unwrap();
        assert_eq!(empty.receive(&mut Vec::new(), 10).unwrap_err().kind(), io::ErrorKind::Interrupted);
    });
}
