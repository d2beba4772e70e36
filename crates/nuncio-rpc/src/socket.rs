//! A connected socket in a runtime, which says itself what it wants to be woken for.
//!
//! The runtime's own stream asks the kernel for both directions. A unix socket then reports room for writing each time the
//! other side reads, and wakes a thread that waits for the next message once more. A server has nothing of that. A client
//! has: his thread is on its way from sleep already when the answer comes, which on two cores is worth more than it costs.
//!
//! # Source
//! epoll(7), edge-triggered; `unix_write_space` in Linux's `net/unix/af_unix.c`.

use std::io;
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::task::{Context, Poll, ready};

use rustix::buffer::spare_capacity;
use rustix::net::{RecvFlags, SendFlags, recv, send};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// A stream socket that does not block.
#[derive(Debug)]
pub(crate) struct Socket {
    reading: AsyncFd<UnixStream>,
    /// There while the kernel has no room.
    writing: Option<AsyncFd<UnixStream>>,
}

impl Socket {
    /// Takes over a server's `stream`, in the runtime that this is called in.
    pub(crate) fn of_server(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self { reading: watch(stream, Interest::READABLE)?, writing: None })
    }

    /// Takes over a client's `stream`, in the runtime that this is called in.
    pub(crate) fn of_client(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self { reading: watch(stream, Interest::READABLE | Interest::WRITABLE)?, writing: None })
    }

    /// Appends what there is to `buffer`, as much as fits into what is allocated; 0 at the end.
    pub(crate) fn poll_read(&mut self, context: &mut Context<'_>, buffer: &mut Vec<u8>) -> Poll<io::Result<usize>> {
        loop {
            let mut ready = ready!(self.reading.poll_read_ready(context))?;
            let room = buffer.capacity() - buffer.len();
            match read(ready.get_inner(), buffer) {
                Ok(bytes) => {
                    // The kernel had no more than that, and will say when it has.
                    if (1..room).contains(&bytes) {
                        ready.clear_ready();
                    }
                    return Poll::Ready(Ok(bytes));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready.clear_ready(),
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    /// As [`poll_read`](Self::poll_read), without asking the runtime first whether there is anything.
    pub(crate) fn read_now(&self, buffer: &mut Vec<u8>) -> io::Result<usize> {
        read_now(self.reading.get_ref(), buffer)
    }

    /// Writes as much of `bytes` as the kernel has room for.
    pub(crate) fn poll_write(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            match write(self.reading.get_ref(), bytes) {
                Ok(written) => {
                    if written == bytes.len() {
                        self.writing = None;
                    }
                    return Poll::Ready(Ok(written));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
            match &self.writing {
                // It was told that there is room, and there was none.
                Some(writing) => ready!(writing.poll_write_ready(context))?.clear_ready(),
                None => {
                    let stream = self.reading.get_ref().try_clone()?;
                    self.writing = Some(watch(stream, Interest::WRITABLE)?);
                }
            }
        }
    }

    /// Says that nothing more will be written.
    pub(crate) fn finish(&self) {
        // It fails if the other side is gone, which comes to the same.
        let _ = self.reading.get_ref().shutdown(Shutdown::Write);
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.reading.get_ref().as_fd()
    }
}

#[expect(
    deprecated,
    reason = "its flaw is with descriptors that change; that of the standard library's stream does not"
)]
fn watch(stream: UnixStream, interest: Interest) -> io::Result<AsyncFd<UnixStream>> {
    AsyncFd::with_interest(stream, interest)
}

/// One read into the room that `buffer` has.
pub(crate) fn read(stream: &UnixStream, buffer: &mut Vec<u8>) -> io::Result<usize> {
    Ok(rustix::io::read(stream, spare_capacity(buffer))?)
}

/// One read of what there is now into the room that `buffer` has, whether `stream` blocks or not.
pub(crate) fn read_now(stream: &UnixStream, buffer: &mut Vec<u8>) -> io::Result<usize> {
    Ok(recv(stream, spare_capacity(buffer), RecvFlags::DONTWAIT)?.0)
}

/// One write, without the signal that a closed socket would send to a program that does not expect it.
pub(crate) fn write(stream: &UnixStream, bytes: &[u8]) -> io::Result<usize> {
    Ok(send(stream, bytes, SendFlags::NOSIGNAL)?)
}
