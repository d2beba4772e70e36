//! System V message queues, as the kernel really behaves.

#![cfg(target_os = "linux")]

mod support {
    pub(crate) mod queue;
    pub(crate) mod watchdog;
}

use std::ffi::c_long;
use std::io;

use nuncio_sys::sysv::{self, MessageQueue, Owner, TYPE_BYTES};
use nuncio_sys::{interrupt::Alarm, process};

use crate::support::queue::TestQueue;
use crate::support::watchdog::watched;

#[test]
fn messages_come_out_whole_and_in_order() {
    let TestQueue(queue) = &TestQueue::new();
    let text_bytes_max = sysv::message_bytes_max().unwrap();
    let texts: [&[u8]; 4] = [b"", b"a", &[0, 255, 10], &vec![7; 5000]];
    for text in texts {
        queue.send(&frame(text)).unwrap();
    }
    let mut received = Vec::new();
    for text in texts {
        queue.receive(&mut received, text_bytes_max).unwrap();
        assert_eq!(received, frame(text));
    }
    assert_eq!(errno(queue.try_receive(&mut received, text_bytes_max)), libc::ENOMSG);
    assert!(received.is_empty());
}

#[test]
fn the_largest_message_fits_and_one_byte_more_does_not() {
    let TestQueue(queue) = &TestQueue::new();
    let text_bytes_max = sysv::message_bytes_max().unwrap();
    queue.try_send(&frame(&vec![1; text_bytes_max])).unwrap();
    let mut received = Vec::new();
    queue.try_receive(&mut received, text_bytes_max).unwrap();
    assert_eq!(received.len(), TYPE_BYTES + text_bytes_max);
    assert_eq!(errno(queue.try_send(&frame(&vec![1; text_bytes_max + 1]))), libc::EINVAL);
}

#[test]
fn a_message_longer_than_asked_for_stays() {
    let TestQueue(queue) = &TestQueue::new();
    queue.send(&frame(b"five!")).unwrap();
    let mut received = vec![1, 2, 3];
    assert_eq!(errno(queue.try_receive(&mut received, 4)), libc::E2BIG);
    assert!(received.is_empty());
    queue.try_receive(&mut received, 5).unwrap();
    assert_eq!(received, frame(b"five!"));
}

#[test]
fn a_copy_leaves_the_message_where_it_is() {
    let TestQueue(queue) = &TestQueue::new();
    if !queue.can_copy().unwrap() {
        assert_eq!(errno(queue.copy(0, &mut Vec::new(), 8192)), libc::ENOSYS);
        return;
    }
    let mut copied = Vec::new();
    assert_eq!(errno(queue.copy(0, &mut copied, 8192)), libc::ENOMSG);
    queue.send(&frame(b"one")).unwrap();
    queue.send(&frame(b"second")).unwrap();
    for (index, text) in [(1, &b"second"[..]), (0, b"one"), (0, b"one")] {
        queue.copy(index, &mut copied, 8192).unwrap();
        assert_eq!(copied, frame(text));
    }
    assert_eq!(errno(queue.copy(2, &mut copied, 8192)), libc::ENOMSG);
    assert_eq!(errno(queue.copy(1, &mut copied, 5)), libc::E2BIG, "the text is longer");
    assert_eq!(queue.stat().unwrap().messages, 2);
}

#[test]
fn a_full_queue_refuses_then_takes_again() {
    let TestQueue(queue) = &TestQueue::new();
    queue.set_capacity_bytes(1000).unwrap();
    let message = frame(&[3; 600]);
    queue.try_send(&message).unwrap();
    assert_eq!(errno(queue.try_send(&message)), libc::EAGAIN);
    let stat = queue.stat().unwrap();
    assert_eq!((stat.messages, stat.bytes, stat.capacity_bytes), (1, 600, 1000));
    queue.receive(&mut Vec::new(), 600).unwrap();
    queue.try_send(&message).unwrap();
}

#[test]
fn frames_that_are_none() {
    let TestQueue(queue) = &TestQueue::new();
    assert_eq!(queue.send(&[0; TYPE_BYTES - 1]).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    assert_eq!(errno(queue.send(&[0; TYPE_BYTES])), libc::EINVAL, "type 0");
    let unbounded = queue.try_receive(&mut Vec::new(), usize::MAX);
    assert_eq!(unbounded.unwrap_err().kind(), io::ErrorKind::OutOfMemory);
}

#[test]
fn stat_tells_who_and_when() {
    let TestQueue(queue) = &TestQueue::new();
    let fresh = queue.stat().unwrap();
    assert_eq!((fresh.uid, fresh.gid), (process::effective_user(), process::effective_group()));
    assert_eq!((fresh.creator_uid, fresh.creator_gid), (fresh.uid, fresh.gid));
    assert_eq!(fresh.mode, 0o600);
    assert_eq!((fresh.last_send_pid, fresh.send_time, fresh.last_receive_pid, fresh.receive_time), (0, 0, 0, 0));
    assert!(fresh.change_time > 0);
    assert_eq!(MessageQueue::open(fresh.key).unwrap(), *queue);

    queue.send(&frame(b"x")).unwrap();
    queue.receive(&mut Vec::new(), 1).unwrap();
    let used = queue.stat().unwrap();
    assert_eq!((used.last_send_pid, used.last_receive_pid), (std::process::id(), std::process::id()));
    assert!(used.send_time > 0 && used.receive_time > 0);
}

#[test]
fn owner_and_mode_can_be_set() {
    let TestQueue(queue) = &TestQueue::new();
    let before = queue.stat().unwrap();
    queue.set_owner_and_mode(Owner { uid: before.uid, gid: before.gid }, 0o640).unwrap();
    let after = queue.stat().unwrap();
    assert_eq!((after.uid, after.gid, after.mode), (before.uid, before.gid, 0o640));
    assert_eq!(after.capacity_bytes, before.capacity_bytes);
}

#[test]
fn keys_find_what_exists_and_only_that() {
    let TestQueue(queue) = &TestQueue::new();
    let key = queue.stat().unwrap().key;
    assert_eq!(errno(MessageQueue::create(key, 0o600)), libc::EEXIST);
    queue.remove().unwrap();
    assert_eq!(errno(MessageQueue::open(key)), libc::ENOENT);
    assert!(matches!(errno(queue.stat()), libc::EINVAL | libc::EIDRM));
    for refused in [MessageQueue::open(0), MessageQueue::create(0, 0o600)] {
        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
}

#[test]
fn removal_wakes_a_waiting_reader() {
    let queue = TestQueue::new();
    let waiting = queue.0;
    watched(move || {
        let reader = std::thread::spawn(move || errno(waiting.receive(&mut Vec::new(), 10)));
        waiting.remove().unwrap();
        // EINVAL if the reader comes after the removal.
        assert!(matches!(reader.join().unwrap(), libc::EIDRM | libc::EINVAL));
    });
}

#[test]
fn the_steady_state_allocates_nothing() {
    let TestQueue(queue) = &TestQueue::new();
    let message = frame(&[9; 100]);
    let mut received = Vec::new();
    let mut exchange = || {
        queue.send(&message).unwrap();
        queue.receive(&mut received, 200).unwrap();
        queue.try_send(&message).unwrap();
        queue.try_receive(&mut received, 200).unwrap();
        assert_eq!(errno(queue.try_receive(&mut received, 200)), libc::ENOMSG);
        drop(Alarm::current().unwrap().arm(None).unwrap());
    };
    exchange();
    let counted = allocation_counter::measure(|| (0..100).for_each(|_| exchange()));
    assert_eq!(counted.count_total, 0);
}

#[test]
fn ftok_takes_the_documented_bits() {
    assert_eq!(sysv::key_from(0xabcd, 0x0123_4567, 1), 0x01cd_4567);
    assert_eq!(sysv::key_from(0, 0, 0xff), 0xff00_0000_u32.cast_signed());
}

#[test]
fn ftok_agrees_with_the_c_library() {
    let directory = tempfile::tempdir().unwrap();
    let path = std::ffi::CString::new(directory.path().to_str().unwrap()).unwrap();
    let metadata = directory.path().metadata().unwrap();
    for project in [1, 0x7f, 0xff] {
        // SAFETY: `path` is a NUL-terminated string that lives across the call.
        let expected = unsafe { libc::ftok(path.as_ptr(), project.into()) };
        assert_eq!(sysv::ftok(&metadata, project), expected);
    }
}

#[test]
fn the_limits_of_the_machine_are_read() {
    let capacity = TestQueue::new().0.stat().unwrap().capacity_bytes;
    assert_eq!(u64::try_from(sysv::queue_bytes_max().unwrap()).unwrap(), capacity);
}

fn frame(text: &[u8]) -> Vec<u8> {
    [&c_long::to_ne_bytes(1), text].concat()
}

fn errno<T: std::fmt::Debug>(result: io::Result<T>) -> i32 {
    result.unwrap_err().raw_os_error().unwrap()
}
