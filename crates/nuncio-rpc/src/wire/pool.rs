//! Buffers of connections. One that waits keeps none for reading, which those of a thread share, and small ones for writing.

use std::cell::RefCell;

/// The room that one read needs: what the reference reads at once, and the kernel's share of one unix socket by default.
pub(crate) const READ_BYTES: usize = 64 * 1024;
/// A buffer that has grown beyond this goes back to the allocator.
pub(crate) const KEEP_BYTES_MAX: usize = 16 * READ_BYTES;
/// So much a connection that waits keeps for what it will write.
const REST_BYTES_MAX: usize = READ_BYTES;
const KEEP_COUNT_MAX: usize = 4;

thread_local! {
    static BUFFERS: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// Gives back what a connection that waits should not keep of a buffer for writing.
pub(crate) fn rest(buffer: &mut Vec<u8>) {
    if buffer.is_empty() && buffer.capacity() > REST_BYTES_MAX {
        *buffer = Vec::new();
    }
}

/// An empty buffer.
pub(crate) fn take() -> Vec<u8> {
    let kept = BUFFERS.try_with(|buffers| buffers.borrow_mut().pop()).ok().flatten();
    kept.unwrap_or_else(|| Vec::with_capacity(READ_BYTES))
}

/// Keeps `buffer` for the next reader, if it is of the usual size.
pub(crate) fn give(mut buffer: Vec<u8>) {
    if !(READ_BYTES..=KEEP_BYTES_MAX).contains(&buffer.capacity()) {
        return;
    }
    buffer.clear();
    let _ = BUFFERS.try_with(|buffers| {
        let mut buffers = buffers.borrow_mut();
        if buffers.len() < KEEP_COUNT_MAX {
            buffers.push(buffer);
        }
    });
}
