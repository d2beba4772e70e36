//! Datagrams that say which process has sent them.
//!
//! A datagram goes straight to where it stays, as far as there is room without asking for memory, so that a buffer that has held
//! one of the same size before is filled without a copy, and without having been emptied.
//!
//! # Source
//! recvmsg(2), cmsg(3), `SCM_CREDENTIALS` in unix(7).

use std::io;
use std::mem::{MaybeUninit, size_of};
use std::os::fd::{AsFd, AsRawFd};
use std::ptr;

use crate::unix_socket::PeerProcess;

/// How much room the word on the sender takes, and nothing else: descriptors that somebody sends along are closed by the kernel.
const CONTROL_BYTES: usize = {
    // SAFETY: it calculates.
    unsafe { libc::CMSG_SPACE(size_of::<libc::ucred>() as u32) as usize }
};

/// A datagram that was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// How long it is, in bytes, as far as there was room for it.
    pub bytes: usize,
    /// Whether it was longer than that.
    pub is_cut: bool,
    /// Who sent it, on a socket that was asked to tell.
    pub sender: Option<PeerProcess>,
}

/// Takes the next datagram, if there is one, and appends it to `into`: what has no room without asking for memory by way of
/// `overflow`.
///
/// # Errors
/// `WouldBlock` without one, `Interrupted`; others of recvmsg(2).
#[inline]
pub fn receive(socket: impl AsFd, into: &mut Vec<u8>, overflow: &mut [u8]) -> io::Result<Datagram> {
    receive_with(socket, into, overflow, libc::MSG_DONTWAIT)
}

/// As [`receive`], but waits for a datagram, for as long as the socket's own timeout says.
///
/// # Errors
/// `WouldBlock` without one by then, or on a socket that does not block; `Interrupted`; others of recvmsg(2).
#[inline(always)]
pub fn receive_waiting(socket: impl AsFd, into: &mut Vec<u8>, overflow: &mut [u8]) -> io::Result<Datagram> {
    receive_with(socket, into, overflow, 0)
}

#[inline(always)]
fn receive_with(socket: impl AsFd, into: &mut Vec<u8>, overflow: &mut [u8], flags: i32) -> io::Result<Datagram> {
    #[repr(C, align(8))]
    struct Control([MaybeUninit<u8>; CONTROL_BYTES]);

    let mut control = Control([const { MaybeUninit::uninit() }; CONTROL_BYTES]);
    let spare = into.spare_capacity_mut();
    let room = spare.len();
    let mut pieces = [
        libc::iovec { iov_base: spare.as_mut_ptr().cast(), iov_len: room },
        libc::iovec { iov_base: overflow.as_mut_ptr().cast(), iov_len: overflow.len() },
    ];
    // SAFETY: a header of zeros is one without anything.
    let mut header: libc::msghdr = unsafe { MaybeUninit::zeroed().assume_init() };
    header.msg_iov = pieces.as_mut_ptr();
    header.msg_iovlen = pieces.len();
    header.msg_control = control.0.as_mut_ptr().cast();
    header.msg_controllen = CONTROL_BYTES;
    // SAFETY: the kernel writes to the two pieces and to the control buffer, each as long as was said and not used otherwise.
    let received =
        unsafe { libc::recvmsg(socket.as_fd().as_raw_fd(), &raw mut header, flags | libc::MSG_CMSG_CLOEXEC) };
    let Ok(bytes) = usize::try_from(received) else { return Err(io::Error::last_os_error()) };
    let at_once = bytes.min(room);
    // SAFETY: the kernel has filled the first piece, the spare capacity, before the second one.
    unsafe { into.set_len(into.len() + at_once) };
    if bytes > at_once {
        into.extend_from_slice(&overflow[..bytes - at_once]);
    }
    let is_cut = header.msg_flags & libc::MSG_TRUNC != 0;
    Ok(Datagram { bytes, is_cut, sender: sender(&header) })
}

/// What the control buffer says.
#[inline(always)]
fn sender(header: &libc::msghdr) -> Option<PeerProcess> {
    // SAFETY: the header is one that the kernel has filled in, and its buffer lives; the answer is null, or a whole message
    // header in it.
    let first = unsafe { libc::CMSG_FIRSTHDR(header) };
    if first.is_null() {
        return None;
    }
    // SAFETY: see above.
    let message = unsafe { &*first };
    // SAFETY: it calculates.
    let expected = unsafe { libc::CMSG_LEN(size_of::<libc::ucred>() as u32) as usize };
    if (message.cmsg_level, message.cmsg_type) != (libc::SOL_SOCKET, libc::SCM_CREDENTIALS)
        || message.cmsg_len != expected
    {
        return None;
    }
    // SAFETY: the length says that a whole `ucred` follows, of which any bits are one; it need not be aligned.
    let found: libc::ucred = unsafe { ptr::read_unaligned(libc::CMSG_DATA(first).cast()) };
    Some(PeerProcess { pid: u32::try_from(found.pid).unwrap_or(0), uid: found.uid, gid: found.gid })
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;
    use std::time::Duration;

    use rustix::net::sockopt;

    use super::*;

    fn pair() -> (UnixDatagram, UnixDatagram) {
        let (one, other) = UnixDatagram::pair().unwrap();
        sockopt::set_socket_passcred(&other, true).unwrap();
        (one, other)
    }

    #[test]
    fn a_datagram_is_appended_wherever_there_is_room_and_says_who_sent_it() {
        let (one, other) = pair();
        for capacity in [0, 3, 8, 100] {
            one.send(b"datagram").unwrap();
            let mut into = Vec::with_capacity(capacity + 4);
            into.extend_from_slice(b"kept");
            let datagram = receive(&other, &mut into, &mut [0; 64]).unwrap();
            assert_eq!((into.as_slice(), datagram.bytes, datagram.is_cut), (&b"keptdatagram"[..], 8, false));
            assert_eq!(datagram.sender.unwrap().pid, std::process::id());
        }
    }

    #[test]
    fn what_is_too_long_is_cut_and_what_is_not_there_is_not_waited_for() {
        let (one, other) = pair();
        one.send(&[b'x'; 100]).unwrap();
        let mut into = Vec::new();
        let datagram = receive(&other, &mut into, &mut [0; 60]).unwrap();
        assert_eq!((into.len(), datagram.bytes, datagram.is_cut), (60, 60, true));
        assert_eq!(receive(&other, &mut into, &mut [0; 60]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        other.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        assert_eq!(receive_waiting(&other, &mut into, &mut [0; 60]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert_eq!(into.len(), 60);
    }

    #[test]
    fn a_socket_that_is_not_asked_tells_nobody() {
        let (one, other) = UnixDatagram::pair().unwrap();
        one.send(b"").unwrap();
        let datagram = receive_waiting(&other, &mut Vec::new(), &mut [0; 8]).unwrap();
        assert_eq!((datagram.bytes, datagram.sender), (0, None));
    }
}
