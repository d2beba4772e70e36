//! What the kernel says of a queue.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nuncio_core::{Error, ErrorKind, QueueName, Result};
use nuncio_sys::sysv::{self, MessageQueue};

use crate::registry::{Entry, is_gone, open_if_there};

/// A queue as the kernel sees it (msgctl(2), `IPC_STAT`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueStat {
    /// Its name.
    pub name: QueueName,
    /// The key behind the name.
    pub key: i32,
    /// Whether the kernel queue exists; without it everything below is zero, but for the capacity that a new one would have.
    pub exists: bool,
    /// The user it belongs to.
    pub uid: u32,
    /// The group it belongs to.
    pub gid: u32,
    /// The user who made it.
    pub creator_uid: u32,
    /// The group of the user who made it.
    pub creator_gid: u32,
    /// Who may use it: permission bits, such as `0o600`.
    pub mode: u32,
    /// How many messages are in it.
    pub messages: u64,
    /// How many bytes they have together, headers included.
    pub bytes: u64,
    /// How many bytes it has room for (`kernel.msgmnb`, unless it was changed).
    pub capacity_bytes: u64,
    /// The process that sent last; 0 for none.
    pub last_send_pid: u32,
    /// The process that received last; 0 for none.
    pub last_receive_pid: u32,
    /// When the last message was sent, to the second.
    pub last_send_time: Option<SystemTime>,
    /// When the last message was received, to the second.
    pub last_receive_time: Option<SystemTime>,
    /// When it was made or its settings were changed, to the second.
    pub change_time: Option<SystemTime>,
}

impl QueueStat {
    /// What the kernel says of `entry`; a queue that nobody has opened yet is empty.
    pub(crate) fn of(entry: &Entry) -> Result<Self> {
        let failed = |error| Error::io("ask the kernel about", error).on(entry.name.as_str());
        match open_if_there(entry.key).map_err(failed)? {
            None => Self::absent(entry),
            Some(queue) => match Self::ask(queue, &entry.name, entry.key) {
                Err(error) if error.kind() == ErrorKind::NoSuchEndpoint => Self::absent(entry),
                asked => asked,
            },
        }
    }

    /// What the kernel says of `queue`.
    pub(crate) fn ask(queue: MessageQueue, name: &QueueName, key: i32) -> Result<Self> {
        let stat = queue.stat().map_err(|error| match is_gone(&error) {
            true => Error::new(ErrorKind::NoSuchEndpoint, "ask the kernel about")
                .on(name.as_str())
                .because("the queue was removed"),
            false => Error::io("ask the kernel about", error).on(name.as_str()),
        })?;
        Ok(Self::from_kernel(stat, name.clone(), key))
    }

    fn from_kernel(stat: sysv::QueueStat, name: QueueName, key: i32) -> Self {
        Self {
            name,
            key,
            exists: true,
            uid: stat.uid,
            gid: stat.gid,
            creator_uid: stat.creator_uid,
            creator_gid: stat.creator_gid,
            mode: stat.mode,
            messages: stat.messages,
            bytes: stat.bytes,
            capacity_bytes: stat.capacity_bytes,
            last_send_pid: stat.last_send_pid,
            last_receive_pid: stat.last_receive_pid,
            last_send_time: time(stat.send_time),
            last_receive_time: time(stat.receive_time),
            change_time: time(stat.change_time),
        }
    }

    fn absent(entry: &Entry) -> Result<Self> {
        let capacity_bytes = sysv::queue_bytes_max().map_err(|error| Error::io("read kernel.msgmnb", error))? as u64;
        Ok(Self {
            name: entry.name.clone(),
            key: entry.key,
            exists: false,
            uid: 0,
            gid: 0,
            creator_uid: 0,
            creator_gid: 0,
            mode: 0,
            messages: 0,
            bytes: 0,
            capacity_bytes,
            last_send_pid: 0,
            last_receive_pid: 0,
            last_send_time: None,
            last_receive_time: None,
            change_time: None,
        })
    }
}

/// The kernel writes 0 for never.
fn time(seconds: i64) -> Option<SystemTime> {
    let seconds = u64::try_from(seconds).ok().filter(|seconds| *seconds != 0)?;
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}
