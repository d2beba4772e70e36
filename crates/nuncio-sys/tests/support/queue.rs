//! Queues that do not stay behind.

use std::hash::{BuildHasher, RandomState};
use std::io;

use nuncio_sys::sysv::MessageQueue;

/// A queue of this test's own, removed on drop; that also wakes whoever still waits in it.
pub(crate) struct TestQueue(pub(crate) MessageQueue);

impl TestQueue {
    pub(crate) fn new() -> Self {
        loop {
            let key = RandomState::new().hash_one("key") as i32;
            match MessageQueue::create(key, 0o600) {
                Ok(queue) => return Self(queue),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => panic!("create a queue for a test: {error}"),
            }
        }
    }
}

impl Drop for TestQueue {
    fn drop(&mut self) {
        // A test may have removed it itself.
        let _ = self.0.remove();
    }
}
