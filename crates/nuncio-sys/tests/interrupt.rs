//! Waits that end: by deadline, by ring, in threads that block signals, and without a trace afterwards.

#![cfg(target_os = "linux")]

mod support {
    pub(crate) mod queue;
    pub(crate) mod watchdog;
}

use std::ffi::c_long;
use std::fs;
use std::io::{self, Read};
use std::ptr::null_mut;
use std::sync::{Arc, mpsc};
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

use nuncio_sys::interrupt::{self, Alarm};
use nuncio_sys::sysv::MessageQueue;

use crate::support::queue::TestQueue;
use crate::support::watchdog::watched;

#[test]
fn a_deadline_ends_a_wait_but_not_early() {
    let queue = TestQueue::new();
    let empty = queue.0;
    watched(move || {
        for delay in [Duration::ZERO, Duration::from_micros(50), Duration::from_millis(5)] {
            let until = Instant::now() + delay;
            let alarm = Alarm::current().unwrap();
            let _armed = alarm.arm(Some(until)).unwrap();
            wait_for_interrupt(empty);
            assert!(Instant::now() >= until);
        }
    });
}

#[test]
fn interrupts_repeat_until_the_wait_is_over() {
    let queue = TestQueue::new();
    let empty = queue.0;
    watched(move || {
        let alarm = Alarm::current().unwrap();
        let _armed = alarm.arm(Some(Instant::now())).unwrap();
        for _ in 0..5 {
            wait_for_interrupt(empty);
        }
    });
}

#[test]
fn calls_that_would_be_restarted_are_interrupted_too() {
    let (mut reader, writer) = io::pipe().unwrap();
    watched(move || {
        let alarm = Alarm::current().unwrap();
        let _armed = alarm.arm(Some(Instant::now())).unwrap();
        assert_eq!(reader.read(&mut [0]).unwrap_err().kind(), io::ErrorKind::Interrupted);
    });
    drop(writer);
}

#[test]
fn a_ring_ends_a_wait_a_thousand_times() {
    let queue = TestQueue::new();
    let empty = queue.0;
    watched(move || {
        let (armed_alarms, to_ring) = mpsc::channel();
        let sleeper = thread::spawn(move || {
            for _ in 0..1000 {
                let alarm = Alarm::current().unwrap();
                let _armed = alarm.arm(None).unwrap();
                armed_alarms.send(Arc::clone(&alarm)).unwrap();
                wait_for_interrupt(empty);
            }
        });
        // Some rings come before the sleeper is in the kernel, some after.
        to_ring.iter().for_each(|alarm| Waker::from(alarm).wake());
        sleeper.join().unwrap();
    });
}

#[test]
fn a_message_still_comes_through_an_armed_wait() {
    let queue = TestQueue::new();
    let shared = queue.0;
    watched(move || {
        let alarm = Alarm::current().unwrap();
        let _armed = alarm.arm(Some(Instant::now() + Duration::from_secs(3600))).unwrap();
        let sender = thread::spawn(move || shared.send(&c_long::to_ne_bytes(1)).unwrap());
        shared.receive(&mut Vec::new(), 0).unwrap();
        sender.join().unwrap();
    });
}

#[test]
fn a_thread_that_blocks_all_signals_is_woken_and_blocks_them_again() {
    let queue = TestQueue::new();
    let empty = queue.0;
    watched(move || {
        block_all_signals();
        let before = blocked_signals();
        let alarm = Alarm::current().unwrap();
        {
            let _armed = alarm.arm(Some(Instant::now())).unwrap();
            assert_ne!(blocked_signals(), before);
            wait_for_interrupt(empty);
        }
        assert_eq!(blocked_signals(), before);
        assert_eq!(pending_signals(), 0, "a signal outlived the wait");
    });
}

#[test]
fn waits_do_not_nest_and_the_outer_one_goes_on() {
    let queue = TestQueue::new();
    let empty = queue.0;
    watched(move || {
        let alarm = Alarm::current().unwrap();
        let armed = alarm.arm(Some(Instant::now())).unwrap();
        assert_eq!(alarm.arm(None).unwrap_err().kind(), io::ErrorKind::ResourceBusy);
        wait_for_interrupt(empty);
        drop(armed);
        drop(alarm.arm(None).unwrap());
    });
}

#[test]
fn another_threads_alarm_cannot_be_armed() {
    let alarm = Alarm::current().unwrap();
    let theirs = thread::spawn(move || alarm.arm(None).map(drop).unwrap_err().kind());
    assert_eq!(theirs.join().unwrap(), io::ErrorKind::InvalidInput);
}

#[test]
fn a_thread_has_one_timer_and_leaves_none() {
    let tid = thread::spawn(|| {
        let first = Alarm::current().unwrap();
        assert!(Arc::ptr_eq(&first, &Alarm::current().unwrap()));
        let tid = rustix::thread::gettid().as_raw_nonzero().get();
        assert_eq!(timers_of(tid), 1);
        tid
    })
    .join()
    .unwrap();
    assert_eq!(timers_of(tid), 0);
}

#[test]
fn ringing_for_a_thread_that_has_ended_does_nothing() {
    let alarm = thread::spawn(|| Alarm::current().unwrap()).join().unwrap();
    alarm.ring();
}

#[test]
fn the_signal_alone_does_no_harm() {
    let signal = interrupt::signal().unwrap();
    // SAFETY: the handler of this signal does nothing.
    assert_eq!(unsafe { libc::raise(signal) }, 0);
}

fn wait_for_interrupt(empty: MessageQueue) {
    let error = empty.receive(&mut Vec::new(), 10).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::Interrupted);
}

fn block_all_signals() {
    // SAFETY: zero is a valid value for each field of sigset_t.
    let mut all: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: the set is ours.
    unsafe { libc::sigfillset(&mut all) };
    // SAFETY: the set is read during the call only, and the old mask is not asked for.
    assert_eq!(unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &all, null_mut()) }, 0);
}

fn blocked_signals() -> u64 {
    signal_set("SigBlk:")
}

fn pending_signals() -> u64 {
    signal_set("SigPnd:")
}

fn signal_set(field: &str) -> u64 {
    let status = fs::read_to_string("/proc/thread-self/status").unwrap();
    let set = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    u64::from_str_radix(set.trim(), 16).unwrap()
}

fn timers_of(tid: i32) -> usize {
    let timers = fs::read_to_string("/proc/self/timers").unwrap();
    timers.lines().filter(|line| *line == format!("notify: signal/tid.{tid}")).count()
}
