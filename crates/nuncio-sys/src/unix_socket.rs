//! Unix stream sockets whose file is never more open than asked for.
//!
//! A socket that is bound first and given its mode afterwards is open to whoever is quick. Here the mode is set before the
//! name exists: the kernel gives the file the mode of the socket, less the umask.
//!
//! # Source
//! unix(7); bind(2); fchmod(2); flock(2); `unix_bind` in Linux's `net/unix/af_unix.c`, which takes the mode from the
//! socket's inode.

use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

/// How many connections wait to be accepted; the kernel takes the smaller of this and `net.core.somaxconn`.
const BACKLOG: i32 = 4096;
/// Who holds the directory's lock for longer than this does not do it for a socket.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);
const LOCK_PAUSE: Duration = Duration::from_millis(2);

/// The file of a bound socket, told apart from any other that takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketFile {
    path: PathBuf,
    device: u64,
    inode: u64,
}

/// Listens at `path`, without blocking, with the permission bits `mode`.
///
/// A socket that stands there already is taken away if nobody answers on it; that and the binding happen under a lock on
/// the directory, so that of several processes that start at once one wins and none takes the other's socket away.
///
/// # Errors
/// `AlreadyExists` if a live socket, or anything that is no socket, stands there; `PermissionDenied` where the directory
/// cannot be written; `InvalidInput` for a path of more than 107 bytes; `WouldBlock` if another
/// process holds the lock on the directory for five seconds; others of bind(2).
pub fn listen(path: &Path, mode: u32) -> io::Result<(UnixListener, SocketFile)> {
    let address = SocketAddrUnix::new(path)?;
    let _lock = lock_directory_of(path)?;
    remove_stale(path, &address)?;
    let socket = stream_socket()?;
    rustix::fs::fchmod(&socket, Mode::from_raw_mode(mode))?;
    rustix::net::bind(&socket, &address)?;
    let file = prepare(path, mode).and_then(|file| {
        rustix::net::listen(&socket, BACKLOG)?;
        Ok(file)
    });
    if file.is_err() {
        let _ = fs::remove_file(path);
    }
    Ok((UnixListener::from(socket), file?))
}

/// Whether somebody listens on the socket at `path`.
///
/// One that may not be asked counts as live, for it is not ours to take away.
///
/// # Errors
/// `NotFound`; others of connect(2) that leave it open.
pub fn is_live(path: &Path) -> io::Result<bool> {
    answers(&SocketAddrUnix::new(path)?)
}

/// Whether the other side of a connected stream socket has closed it altogether, and not only its own direction.
///
/// # Errors
/// Those of poll(2).
pub fn is_hung_up(socket: impl AsFd) -> io::Result<bool> {
    const AT_ONCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };
    let mut descriptors = [PollFd::new(&socket, PollFlags::empty())];
    poll(&mut descriptors, Some(&AT_ONCE))?;
    Ok(descriptors[0].revents().intersects(PollFlags::HUP | PollFlags::ERR))
}

/// The supplementary groups of the process that connected, as they were then; its primary group may be missing.
///
/// # Errors
/// Those of getsockopt(2): of a kernel before 4.13 `InvalidInput` or `ENOPROTOOPT`.
///
/// # Source
/// `SO_PEERGROUPS` in unix(7) and `sk_getsockopt` in Linux's `net/core/sock.c`.
pub fn peer_groups(socket: impl AsFd) -> io::Result<Vec<u32>> {
    let mut groups = vec![0_u32; 64];
    loop {
        let mut bytes = libc::socklen_t::try_from(size_of_val(groups.as_slice())).map_err(io::Error::other)?;
        // SAFETY: the kernel writes at most `bytes` bytes to `groups`, which has as many, and any bits are a group.
        let failed = unsafe {
            libc::getsockopt(
                socket.as_fd().as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_PEERGROUPS,
                groups.as_mut_ptr().cast(),
                &raw mut bytes,
            ) != 0
        };
        let error = failed.then(io::Error::last_os_error);
        groups.resize(bytes as usize / size_of::<u32>(), 0);
        match error {
            None => return Ok(groups),
            // It has said how many there are.
            Some(error) if error.raw_os_error() == Some(libc::ERANGE) => {}
            Some(error) => return Err(error),
        }
    }
}

/// Who was at the other side of a stream socket when it was connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerProcess {
    /// The process; 0 for one that this process's namespace does not show.
    pub pid: u32,
    /// Its effective user.
    pub uid: u32,
    /// Its effective group.
    pub gid: u32,
}

/// The process that connected, or that listened where this side connected, in the kernel's words.
///
/// # Errors
/// Those of getsockopt(2).
///
/// # Source
/// `SO_PEERCRED` in unix(7).
pub fn peer_process(socket: impl AsFd) -> io::Result<PeerProcess> {
    let mut found = libc::ucred { pid: 0, uid: 0, gid: 0 };
    let mut bytes = libc::socklen_t::try_from(size_of_val(&found)).map_err(io::Error::other)?;
    // SAFETY: the kernel writes at most `bytes` bytes to `found`, which has as many, and any bits are a `ucred`.
    let result = unsafe {
        libc::getsockopt(
            socket.as_fd().as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERCRED,
            (&raw mut found).cast(),
            &raw mut bytes,
        )
    };
    match result {
        0 => Ok(PeerProcess { pid: found.pid.unsigned_abs(), uid: found.uid, gid: found.gid }),
        _ => Err(io::Error::last_os_error()),
    }
}

/// How much of a unix socket's sending buffer is taken, in bytes as the kernel counts them.
///
/// # Errors
/// Those of ioctl(2).
///
/// # Source
/// `SIOCOUTQ` in unix(7) and `unix_outq_len` in Linux's `net/unix/af_unix.c`.
pub fn unread_bytes(socket: impl AsFd) -> io::Result<usize> {
    let mut bytes: libc::c_int = 0;
    // SAFETY: the kernel writes one `int` to `bytes`, which is one.
    let result = unsafe { libc::ioctl(socket.as_fd().as_raw_fd(), libc::TIOCOUTQ, &raw mut bytes) };
    match result {
        0 => Ok(usize::try_from(bytes).unwrap_or_default()),
        _ => Err(io::Error::last_os_error()),
    }
}

impl SocketFile {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the file, unless another one has taken its place. False if it was no longer there.
    ///
    /// # Errors
    /// Those of unlink(2).
    pub fn remove(&self) -> io::Result<bool> {
        match self.remove_if_there() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            result => result,
        }
    }

    fn remove_if_there(&self) -> io::Result<bool> {
        let _lock = lock_directory_of(&self.path)?;
        let is_ours = Self::at(&self.path)? == *self;
        if is_ours {
            fs::remove_file(&self.path)?;
        }
        Ok(is_ours)
    }

    fn at(path: &Path) -> io::Result<Self> {
        let status = fs::symlink_metadata(path)?;
        Ok(Self { path: path.to_owned(), device: status.dev(), inode: status.ino() })
    }
}

/// Gives the file at `path` what the umask has taken from `mode`, and says which file it is.
fn prepare(path: &Path, mode: u32) -> io::Result<SocketFile> {
    if fs::symlink_metadata(path)?.mode() & 0o7777 != mode {
        fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    }
    SocketFile::at(path)
}

fn remove_stale(path: &Path, address: &SocketAddrUnix) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(status) if !status.file_type().is_socket() => Err(taken("it is no socket")),
        Ok(_) if answers(address)? => Err(taken("a live server answers there")),
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn answers(address: &SocketAddrUnix) -> io::Result<bool> {
    match rustix::net::connect(stream_socket()?, address) {
        // A backlog that is full is one that somebody has opened; a socket of another type is somebody's too.
        Ok(()) | Err(Errno::AGAIN | Errno::ACCESS | Errno::PERM | Errno::PROTOTYPE) => Ok(true),
        Err(Errno::CONNREFUSED) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn taken(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::AlreadyExists, reason)
}

fn stream_socket() -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Ok(rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?)
}

/// Held for a few system calls, and gone with the process. Whoever may read the directory may hold its lock, so that the
/// wait for it has an end.
fn lock_directory_of(path: &Path) -> io::Result<OwnedFd> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let lock = rustix::fs::open(directory, OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
    let given_up = Instant::now() + LOCK_PATIENCE;
    loop {
        match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(lock),
            Err(Errno::AGAIN) if Instant::now() < given_up => thread::sleep(LOCK_PAUSE),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
