//! System V message queues: first in, first out, kept by the kernel until somebody removes them or the machine stops.
//!
//! - A queue is found by a key, which any process of the machine can compute ([`ftok`]), and used by an identifier.
//! - A message has a type (a positive `c_long`) and a text of zero or more bytes; it is taken whole or not at all.
//! - A queue is full when the texts in it reach [`QueueStat::capacity_bytes`]. Then `send` waits and `try_send` fails.
//! - Nothing can wait for a queue with `poll`, and no call has a timeout: see [`interrupt`](crate::interrupt).
//!
//! ```
//! use std::ffi::c_long;
//! use nuncio_sys::sysv::{self, MessageQueue, TYPE_BYTES};
//!
//! let key = sysv::key_from(1, u64::from(std::process::id()), b'd');
//! let queue = MessageQueue::create(key, 0o600)?;
//! let mut frame = c_long::to_ne_bytes(1).to_vec();
//! frame.extend_from_slice(b"hello");
//! queue.send(&frame)?;
//! queue.receive(&mut frame, sysv::message_bytes_max()?)?;
//! assert_eq!(&frame[TYPE_BYTES..], b"hello");
//! queue.remove()?;
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Source
//! sysvipc(7), msgget(2), msgsnd(2), msgctl(2), ftok(3), proc(5).

use std::fs::{self, Metadata};
use std::io;
use std::mem::MaybeUninit;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use libc::{c_int, c_long, msqid_ds};

/// How many bytes of a frame hold the message's type, in front of its text.
pub const TYPE_BYTES: usize = size_of::<c_long>();

/// The key that `ftok` gives for a file and a project number.
pub fn ftok(metadata: &Metadata, project: u8) -> i32 {
    key_from(metadata.dev(), metadata.ino(), project)
}

/// The key for a file's device and inode numbers: `project`, eight bits of `device`, sixteen bits of `inode`.
///
/// Two files of one device whose inodes agree in those sixteen bits have the same key.
pub const fn key_from(device: u64, inode: u64, project: u8) -> i32 {
    // Truncation is the formula: only the bits named above take part.
    i32::from_be_bytes([project, device as u8, (inode >> 8) as u8, inode as u8])
}

/// The most bytes that the text of one message may have, for every queue of this machine.
///
/// # Errors
/// Those of reading `/proc/sys/kernel/msgmax`; `InvalidData` if it holds no number.
pub fn message_bytes_max() -> io::Result<usize> {
    number_in("/proc/sys/kernel/msgmax")
}

/// The capacity in bytes that a new queue gets; only a privileged process may raise a queue above it.
///
/// # Errors
/// Those of reading `/proc/sys/kernel/msgmnb`; `InvalidData` if it holds no number.
pub fn queue_bytes_max() -> io::Result<usize> {
    number_in("/proc/sys/kernel/msgmnb")
}

/// A message queue of the kernel, by its identifier.
///
/// It is no descriptor: nothing is held open and nothing is closed on drop. An identifier is not used again soon
/// after [`remove`](Self::remove), so a stale one fails with `EINVAL` or `EIDRM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MessageQueue {
    id: i32,
}

impl MessageQueue {
    /// Finds the queue of `key`.
    ///
    /// # Errors
    /// `ENOENT` if there is none; `EACCES`; `InvalidInput` for key 0, which in the kernel never means an existing one.
    ///
    /// # Source
    /// msgget(2) without flags.
    pub fn open(key: i32) -> io::Result<Self> {
        Self::get(key, 0)
    }

    /// Makes a queue for `key`, with the permission bits `mode` (`0o000` to `0o777`; the umask takes no part).
    ///
    /// # Errors
    /// `EEXIST` if there is one; `ENOSPC` at the machine's number of queues; `InvalidInput` for key 0, whose queue
    /// could never be found again.
    ///
    /// # Source
    /// msgget(2) with `IPC_CREAT | IPC_EXCL`.
    pub fn create(key: i32, mode: u32) -> io::Result<Self> {
        let permissions = (mode & 0o777) as c_int;
        Self::get(key, libc::IPC_CREAT | libc::IPC_EXCL | permissions)
    }

    fn get(key: i32, flags: c_int) -> io::Result<Self> {
        if key == libc::IPC_PRIVATE {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "key 0 stands for no message queue"));
        }
        // SAFETY: msgget takes numbers only and touches no memory of ours.
        let id = check(unsafe { libc::msgget(key, flags) })?;
        Ok(Self { id })
    }

    /// The kernel's identifier.
    pub const fn id(self) -> i32 {
        self.id
    }

    /// The queue with the identifier `id`, which another process may have passed on.
    ///
    /// Nothing is checked: a wrong identifier makes each later call fail.
    pub const fn from_id(id: i32) -> Self {
        Self { id }
    }

    /// Puts one message into the queue and waits for room.
    ///
    /// `frame` is [`TYPE_BYTES`] of type (a native-endian `c_long` above 0), followed by the text. One system call: no
    /// retry, no allocation.
    ///
    /// # Errors
    /// `EINTR` if a signal was handled while waiting; `EIDRM` if the queue was removed meanwhile; `EINVAL` for a text
    /// above [`message_bytes_max`], a type below 1, or no such queue; `EACCES`; `InvalidInput` for a frame without
    /// type. Nothing was put in.
    ///
    /// # Source
    /// msgsnd(2).
    #[inline]
    pub fn send(self, frame: &[u8]) -> io::Result<()> {
        self.send_with(frame, 0)
    }

    /// Puts one message into the queue if there is room; otherwise like [`send`](Self::send).
    ///
    /// # Errors
    /// `EAGAIN` if the queue is full; those of [`send`](Self::send).
    ///
    /// # Source
    /// msgsnd(2) with `IPC_NOWAIT`.
    #[inline]
    pub fn try_send(self, frame: &[u8]) -> io::Result<()> {
        self.send_with(frame, libc::IPC_NOWAIT)
    }

    #[inline]
    fn send_with(self, frame: &[u8], flags: c_int) -> io::Result<()> {
        let Some(text_bytes) = frame.len().checked_sub(TYPE_BYTES) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        // SAFETY: `frame` is borrowed for the whole call and has TYPE_BYTES + text_bytes bytes, checked above; the
        // kernel only reads it.
        check(unsafe { libc::msgsnd(self.id, frame.as_ptr().cast(), text_bytes, flags) })?;
        Ok(())
    }

    /// Takes the oldest message of any type and waits for one.
    ///
    /// `frame` is replaced by the message in the layout of [`send`](Self::send), and grows to hold a text of
    /// `text_bytes_max`; kept from call to call, it is not allocated again. One system call, no retry. On error
    /// `frame` is empty.
    ///
    /// # Errors
    /// `E2BIG` if the text is longer than `text_bytes_max`: the message stays in the queue; `EINTR` if a signal was
    /// handled while waiting; `EIDRM` if the queue was removed meanwhile; `EINVAL` for no such queue; `EACCES`;
    /// `OutOfMemory`.
    ///
    /// # Source
    /// msgrcv(2) with type 0.
    #[inline]
    pub fn receive(self, frame: &mut Vec<u8>, text_bytes_max: usize) -> io::Result<()> {
        self.receive_with(frame, text_bytes_max, 0)
    }

    /// Takes the oldest message if there is one; otherwise like [`receive`](Self::receive).
    ///
    /// # Errors
    /// `ENOMSG` if the queue is empty; those of [`receive`](Self::receive).
    ///
    /// # Source
    /// msgrcv(2) with type 0 and `IPC_NOWAIT`.
    #[inline]
    pub fn try_receive(self, frame: &mut Vec<u8>, text_bytes_max: usize) -> io::Result<()> {
        self.receive_with(frame, text_bytes_max, libc::IPC_NOWAIT)
    }

    /// Copies the message at `index`, 0 being the oldest, and leaves it in the queue. Does not wait.
    ///
    /// # Errors
    /// `ENOMSG` if the queue has no message at `index`; `ENOSYS` where the kernel was built without it (before Linux 3.8, or
    /// without `CONFIG_CHECKPOINT_RESTORE`); those of [`try_receive`](Self::try_receive).
    ///
    /// # Source
    /// msgrcv(2) with `MSG_COPY | IPC_NOWAIT`.
    pub fn copy(self, index: usize, frame: &mut Vec<u8>, text_bytes_max: usize) -> io::Result<()> {
        let index = c_long::try_from(index).map_err(|_| io::ErrorKind::InvalidInput)?;
        self.receive_typed(frame, text_bytes_max, index, libc::MSG_COPY | libc::IPC_NOWAIT)
    }

    /// Whether this kernel can [`copy`](Self::copy).
    ///
    /// # Errors
    /// Those of [`copy`](Self::copy) that say something else.
    pub fn can_copy(self) -> io::Result<bool> {
        // Nobody has so many messages in a queue; the kernel says which of the two is missing.
        match self.copy(c_long::MAX.unsigned_abs() as usize, &mut Vec::new(), 0) {
            Err(error) if error.raw_os_error() == Some(libc::ENOSYS) => Ok(false),
            Err(error) if error.raw_os_error() == Some(libc::ENOMSG) => Ok(true),
            copied => copied.map(|()| true),
        }
    }

    #[inline]
    fn receive_with(self, frame: &mut Vec<u8>, text_bytes_max: usize, flags: c_int) -> io::Result<()> {
        self.receive_typed(frame, text_bytes_max, 0, flags)
    }

    #[inline]
    fn receive_typed(
        self,
        frame: &mut Vec<u8>,
        text_bytes_max: usize,
        message_type: c_long,
        flags: c_int,
    ) -> io::Result<()> {
        frame.clear();
        frame.try_reserve(text_bytes_max.saturating_add(TYPE_BYTES))?;
        // SAFETY: the frame is empty, so the line above has left room for TYPE_BYTES + text_bytes_max bytes at its
        // start; the kernel writes no more than that, and `frame` is borrowed mutably for the whole call.
        let text_bytes =
            unsafe { libc::msgrcv(self.id, frame.as_mut_ptr().cast(), text_bytes_max, message_type, flags) };
        let Ok(text_bytes) = usize::try_from(text_bytes) else {
            return Err(io::Error::last_os_error());
        };
        // SAFETY: the kernel has written the type and `text_bytes` bytes behind it, at most text_bytes_max.
        unsafe { frame.set_len(TYPE_BYTES + text_bytes) };
        Ok(())
    }

    /// The queue's owner, fill and times.
    ///
    /// # Errors
    /// `EACCES` without permission to read; `EINVAL` or `EIDRM` if there is no such queue.
    ///
    /// # Source
    /// msgctl(2) with `IPC_STAT`.
    pub fn stat(self) -> io::Result<QueueStat> {
        self.kernel_stat().map(|stat| QueueStat::from_kernel(&stat))
    }

    /// Gives the queue to `owner` and sets its permission bits (`0o000` to `0o777`).
    ///
    /// # Errors
    /// `EPERM` unless we own or made the queue, or are privileged; those of [`stat`](Self::stat).
    ///
    /// # Source
    /// msgctl(2) with `IPC_SET`.
    pub fn set_owner_and_mode(self, owner: Owner, mode: u32) -> io::Result<()> {
        let mut stat = self.kernel_stat()?;
        stat.msg_perm.uid = owner.uid;
        stat.msg_perm.gid = owner.gid;
        stat.msg_perm.mode = (mode & 0o777) as _;
        self.set(&mut stat)
    }

    /// Sets how many bytes of text the queue holds before it is full.
    ///
    /// # Errors
    /// `EPERM` above [`queue_bytes_max`] unless privileged, or on a queue that is not ours; those of
    /// [`stat`](Self::stat).
    ///
    /// # Source
    /// msgctl(2) with `IPC_SET`.
    pub fn set_capacity_bytes(self, capacity_bytes: usize) -> io::Result<()> {
        let mut stat = self.kernel_stat()?;
        stat.msg_qbytes = capacity_bytes as libc::msglen_t;
        self.set(&mut stat)
    }

    /// Removes the queue with every message in it; whoever waits in it is woken with `EIDRM`.
    ///
    /// # Errors
    /// `EPERM` unless we own or made the queue, or are privileged; `EINVAL` or `EIDRM` if there is no such queue.
    ///
    /// # Source
    /// msgctl(2) with `IPC_RMID`.
    pub fn remove(self) -> io::Result<()> {
        // SAFETY: IPC_RMID ignores the buffer, so none is passed.
        check(unsafe { libc::msgctl(self.id, libc::IPC_RMID, std::ptr::null_mut()) })?;
        Ok(())
    }

    fn kernel_stat(self) -> io::Result<msqid_ds> {
        let mut stat = MaybeUninit::<msqid_ds>::zeroed();
        // SAFETY: the buffer is ours, of the type that IPC_STAT fills, and outlives the call.
        check(unsafe { libc::msgctl(self.id, libc::IPC_STAT, stat.as_mut_ptr()) })?;
        // SAFETY: it was zeroed, which is valid for this structure of integers, and the kernel has filled it.
        Ok(unsafe { stat.assume_init() })
    }

    fn set(self, stat: &mut msqid_ds) -> io::Result<()> {
        // SAFETY: `stat` is a whole msqid_ds, borrowed for the call; IPC_SET only reads it.
        check(unsafe { libc::msgctl(self.id, libc::IPC_SET, stat) })?;
        Ok(())
    }
}

/// To whom a queue belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Owner {
    /// The user.
    pub uid: u32,
    /// The group.
    pub gid: u32,
}

/// What the kernel tells about one queue. Times are in seconds since 1970, 0 before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueStat {
    /// The key it was made for.
    pub key: i32,
    /// The user it belongs to.
    pub uid: u32,
    /// The group it belongs to.
    pub gid: u32,
    /// The user who made it.
    pub creator_uid: u32,
    /// The group of who made it.
    pub creator_gid: u32,
    /// The permission bits, `0o000` to `0o777`.
    pub mode: u32,
    /// How many messages are in it (`msg_qnum`).
    pub messages: u64,
    /// How many bytes of text are in it (`msg_cbytes`).
    pub bytes: u64,
    /// How many bytes of text it holds before it is full (`msg_qbytes`).
    pub capacity_bytes: u64,
    /// The process that sent last, 0 before the first.
    pub last_send_pid: u32,
    /// The process that received last, 0 before the first.
    pub last_receive_pid: u32,
    /// When something was last sent.
    pub send_time: i64,
    /// When something was last received.
    pub receive_time: i64,
    /// When it was made, or its owner, mode or capacity last changed.
    pub change_time: i64,
}

impl QueueStat {
    fn from_kernel(stat: &msqid_ds) -> Self {
        Self {
            key: stat.msg_perm.__key,
            uid: stat.msg_perm.uid,
            gid: stat.msg_perm.gid,
            creator_uid: stat.msg_perm.cuid,
            creator_gid: stat.msg_perm.cgid,
            mode: u32::from(stat.msg_perm.mode) & 0o777,
            messages: count(stat.msg_qnum),
            bytes: count(stat.__msg_cbytes),
            capacity_bytes: count(stat.msg_qbytes),
            last_send_pid: stat.msg_lspid.cast_unsigned(),
            last_receive_pid: stat.msg_lrpid.cast_unsigned(),
            send_time: time(stat.msg_stime),
            receive_time: time(stat.msg_rtime),
            change_time: time(stat.msg_ctime),
        }
    }
}

/// The kernel's counts are as wide as its pointers.
fn count(count: impl Into<u64>) -> u64 {
    count.into()
}

/// Its times are so, too.
fn time(seconds: impl Into<i64>) -> i64 {
    seconds.into()
}

fn number_in(path: impl AsRef<Path>) -> io::Result<usize> {
    let text = fs::read_to_string(path)?;
    text.trim().parse().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[inline]
fn check(result: c_int) -> io::Result<c_int> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
