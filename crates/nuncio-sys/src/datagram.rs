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

/// How many datagrams [`receive_many`] takes at most: as many as the kernel keeps for a socket unless it is told otherwise.
pub const AT_ONCE_MAX: usize = 11;

/// As many datagrams as are there in one system call, one for each of `into` and up to [`AT_ONCE_MAX`]; what they are is added
/// to `found`. Each of them has an equal part of `overflow`. Where there is none the first one is waited for, if `waits` says
/// so, for as long as the socket's own timeout says.
///
/// # Errors
/// As [`receive_waiting`]; nothing was taken then.
pub fn receive_many<'a>(
    socket: impl AsFd,
    mut into: impl Iterator<Item = &'a mut Vec<u8>>,
    overflow: &mut [u8],
    found: &mut Vec<Datagram>,
    waits: bool,
) -> io::Result<()> {
    let mut into: [Option<&mut Vec<u8>>; AT_ONCE_MAX] = std::array::from_fn(|_| into.next());
    let mut controls = [const { Control::EMPTY }; AT_ONCE_MAX];
    let mut pieces = [[EMPTY_PIECE; 2]; AT_ONCE_MAX];
    // SAFETY: headers of zeros are headers without anything.
    let mut headers: [libc::mmsghdr; AT_ONCE_MAX] = unsafe { MaybeUninit::zeroed().assume_init() };
    let overflow_bytes = overflow.len() / AT_ONCE_MAX;
    let (mut count, mut overflows) = (0, overflow.chunks_exact_mut(overflow_bytes.max(1)));
    while let (Some(Some(place)), Some(overflow)) = (into.get_mut(count), overflows.next()) {
        headers[count].msg_hdr = header(place, overflow, &mut pieces[count], &mut controls[count]);
        count += 1;
    }
    let flags = libc::MSG_CMSG_CLOEXEC | if waits { libc::MSG_WAITFORONE } else { libc::MSG_DONTWAIT };
    // SAFETY: the kernel writes to what the first `count` headers point to, each as long as was said and not used otherwise; no
    // timeout is given.
    let received =
        unsafe { libc::recvmmsg(socket.as_fd().as_raw_fd(), headers.as_mut_ptr(), count as _, flags, ptr::null_mut()) };
    let Ok(received) = usize::try_from(received) else { return Err(io::Error::last_os_error()) };
    let overflows = overflow.chunks_exact(overflow_bytes.max(1));
    for ((place, header), overflow) in into.into_iter().flatten().zip(&headers).zip(overflows).take(received) {
        // SAFETY: the kernel has filled in this header.
        found.push(unsafe { take_over(place, overflow, &header.msg_hdr, header.msg_len as usize) });
    }
    Ok(())
}

#[inline(always)]
fn receive_with(socket: impl AsFd, into: &mut Vec<u8>, overflow: &mut [u8], flags: i32) -> io::Result<Datagram> {
    let (mut pieces, mut control) = ([EMPTY_PIECE; 2], Control::EMPTY);
    let mut header = header(into, overflow, &mut pieces, &mut control);
    // SAFETY: the kernel writes to what the header points to, each as long as was said and not used otherwise.
    let received =
        unsafe { libc::recvmsg(socket.as_fd().as_raw_fd(), &raw mut header, flags | libc::MSG_CMSG_CLOEXEC) };
    let Ok(bytes) = usize::try_from(received) else { return Err(io::Error::last_os_error()) };
    // SAFETY: the kernel has filled in the header.
    Ok(unsafe { take_over(into, overflow, &header, bytes) })
}

/// Room for the word on the sender.
#[repr(C, align(8))]
struct Control([MaybeUninit<u8>; CONTROL_BYTES]);

impl Control {
    const EMPTY: Self = Self([const { MaybeUninit::uninit() }; CONTROL_BYTES]);
}

const EMPTY_PIECE: libc::iovec = libc::iovec { iov_base: ptr::null_mut(), iov_len: 0 };

/// A header that has a datagram written to the spare room of `into`, what does not fit to `overflow`, and the word on its sender
/// to `control`. It points to all of these and to `pieces`.
#[inline(always)]
fn header(
    into: &mut Vec<u8>,
    overflow: &mut [u8],
    pieces: &mut [libc::iovec; 2],
    control: &mut Control,
) -> libc::msghdr {
    let spare = into.spare_capacity_mut();
    *pieces = [
        libc::iovec { iov_base: spare.as_mut_ptr().cast(), iov_len: spare.len() },
        libc::iovec { iov_base: overflow.as_mut_ptr().cast(), iov_len: overflow.len() },
    ];
    // SAFETY: a header of zeros is one without anything.
    let mut header: libc::msghdr = unsafe { MaybeUninit::zeroed().assume_init() };
    header.msg_iov = pieces.as_mut_ptr();
    header.msg_iovlen = pieces.len();
    header.msg_control = control.0.as_mut_ptr().cast();
    header.msg_controllen = CONTROL_BYTES;
    header
}

/// Adds to `into` what came there, and to `overflow`, `bytes` in all.
///
/// # Safety
/// The kernel has received so many bytes by `header`, which was made for this vector and this overflow.
#[inline(always)]
unsafe fn take_over(into: &mut Vec<u8>, overflow: &[u8], header: &libc::msghdr, bytes: usize) -> Datagram {
    let at_once = bytes.min(into.capacity() - into.len());
    // SAFETY: the kernel has filled the first piece, the spare capacity, before the second one.
    unsafe { into.set_len(into.len() + at_once) };
    if bytes > at_once {
        into.extend_from_slice(&overflow[..bytes - at_once]);
    }
    let is_cut = header.msg_flags & libc::MSG_TRUNC != 0;
    Datagram { bytes, is_cut, sender: sender(header) }
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
    fn many_are_taken_at_once_wherever_each_has_room() {
        let (one, other) = pair();
        let sent: Vec<Vec<u8>> = (0..AT_ONCE_MAX).map(|index| vec![b'a' + index as u8; 10 * index]).collect();
        let (mut overflow, mut found) = ([0; 99 * AT_ONCE_MAX], Vec::new());
        for (capacity, places) in [(0, AT_ONCE_MAX), (40, AT_ONCE_MAX + 5), (200, 4)] {
            for datagram in &sent {
                one.send(datagram).unwrap();
            }
            let mut came = Vec::new();
            while came.len() < sent.len() {
                let mut into: Vec<Vec<u8>> = (0..places).map(|_| Vec::with_capacity(capacity)).collect();
                found.clear();
                receive_many(&other, into.iter_mut(), &mut overflow, &mut found, true).unwrap();
                assert!((1..=places.min(AT_ONCE_MAX)).contains(&found.len()));
                assert!(found.iter().all(|datagram| datagram.sender.unwrap().pid == std::process::id()));
                came.extend(into.into_iter().take(found.len()));
            }
            // One of a hundred bytes has room for 99 if there is none but for what overflows.
            let is_cut = capacity == 0;
            assert_eq!(
                found.last().map(|last| (last.bytes, last.is_cut)),
                Some((if is_cut { 99 } else { 100 }, is_cut))
            );
            assert_eq!(came.pop().map(|last| last.len()), Some(if is_cut { 99 } else { 100 }));
            assert_eq!(came, sent[..came.len()]);
        }
        let nothing = receive_many(&other, [&mut Vec::new()].into_iter(), &mut overflow, &mut found, false);
        assert_eq!(nothing.unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }

    #[test]
    fn a_socket_that_is_not_asked_tells_nobody() {
        let (one, other) = UnixDatagram::pair().unwrap();
        one.send(b"").unwrap();
        let datagram = receive_waiting(&other, &mut Vec::new(), &mut [0; 8]).unwrap();
        assert_eq!((datagram.bytes, datagram.sender), (0, None));
    }
}
