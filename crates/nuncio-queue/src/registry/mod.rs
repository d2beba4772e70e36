//! The directory that binds names to kernel queues, and with it everything that queues have in common.

mod builder;
mod create;
mod entry;
mod lock;
mod scan;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nuncio_codec::Codec;
use nuncio_core::{Clock, Error, ErrorKind, Limits, QueueName, Result};
use nuncio_sys::files::Directory;
use nuncio_sys::sysv::{self, MessageQueue};

pub use self::builder::{CODEC_VARIABLE, DEFAULT_DIRECTORY, DEFAULT_SPILL_DIRECTORY, RegistryBuilder};
pub(crate) use self::entry::Entry;
use self::lock::Lock;
use self::scan::Scan;
use crate::queue::Queue;
use crate::random::Names;
use crate::returned;
use crate::spill::Spill;
use crate::stat::QueueStat;
use crate::trust::Trust;

/// IPC::Transit writes a queue file while it holds the lock. One that is half written for longer than this, or without a
/// lock, was left by a process that died.
const WRITING_TAKES_AT_MOST: Duration = Duration::from_secs(3);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(2);
/// So often a queue that is removed while it is being opened is made again.
const REMOVED_MEANWHILE_MAX: usize = 100;

/// All queues of one directory. Cheap to clone.
#[derive(Clone)]
pub struct Registry {
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
}

pub(crate) struct Shared {
    pub(crate) directory: Directory,
    pub(crate) spill: Spill,
    pub(crate) trust: Trust,
    pub(crate) host_name: String,
    pub(crate) codec: Option<Codec>,
    pub(crate) accepts_dumper: bool,
    pub(crate) limits: Limits,
    pub(crate) names: Names,
    #[cfg(feature = "seal")]
    pub(crate) sealing: crate::seal::Sealing,
}

impl Registry {
    /// Says how to open one.
    pub fn builder() -> RegistryBuilder {
        RegistryBuilder::default()
    }

    /// Opens the one that IPC::Transit uses by default.
    ///
    /// # Errors
    /// As [`RegistryBuilder::open`].
    pub fn open_default() -> Result<Self> {
        Self::builder().open()
    }

    /// Where the queue files are.
    pub fn directory(&self) -> &Path {
        self.shared.directory.path()
    }

    /// The queue `name`, made if there is none.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidName`]; [`ErrorKind::PermissionDenied`] when its kernel queue is somebody else's;
    /// [`ErrorKind::Corrupt`] when its queue file is broken or shares a key with another name;
    /// [`ErrorKind::LimitExceeded`] when the kernel has no room for one more queue.
    pub fn queue(&self, name: &str) -> Result<Queue> {
        let name = QueueName::new(name)?;
        for _ in 0..REMOVED_MEANWHILE_MAX {
            match Queue::new(self.clone(), &self.entry_or_create(&name)?) {
                Err(error) if error.kind() == ErrorKind::NoSuchEndpoint => {}
                opened => return opened,
            }
        }
        Err(Error::new(ErrorKind::Unavailable, "open the queue").on(name.as_str()).because("others keep removing it"))
    }

    /// The queue `name`, if it is registered.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEndpoint`] when it is not; otherwise as [`queue`](Self::queue).
    pub fn existing(&self, name: &str) -> Result<Queue> {
        let name = QueueName::new(name)?;
        let entry = self.lookup(&name)?.ok_or_else(|| self.unknown("open the queue", &name))?;
        Queue::new(self.clone(), &entry)
    }

    /// All registered names, sorted. A queue file that cannot be read is left out, with a warning.
    ///
    /// # Errors
    /// Those of reading the directory.
    pub fn names(&self) -> Result<Vec<QueueName>> {
        let mut names: Vec<_> = self.readable_entries()?.into_iter().map(|entry| entry.name).collect();
        names.sort();
        Ok(names)
    }

    /// What the kernel says of every registered queue, sorted by name. Nothing is created: a name whose kernel queue is
    /// not there counts as empty.
    ///
    /// # Errors
    /// Those of reading the directory and of asking the kernel; a queue that may not be asked is left out, with a warning.
    pub fn stats(&self) -> Result<Vec<QueueStat>> {
        let mut entries = self.readable_entries()?;
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        let mut stats = Vec::new();
        for entry in &entries {
            match QueueStat::of(entry) {
                // One queue that is not ours to see is no reason to hide the others.
                Err(error) if error.kind() == ErrorKind::PermissionDenied => tracing::warn!("{}", error.chain()),
                stat => stats.push(stat?),
            }
        }
        Ok(stats)
    }

    /// What the kernel says of the queue `name`; nothing is created.
    ///
    /// # Errors
    /// As [`existing`](Self::existing).
    pub fn stat(&self, name: &str) -> Result<QueueStat> {
        let name = QueueName::new(name)?;
        let entry = self.lookup(&name)?.ok_or_else(|| self.unknown("ask the kernel about", &name))?;
        QueueStat::of(&entry)
    }

    /// Whether `name` is registered.
    ///
    /// # Errors
    /// As [`existing`](Self::existing), but for [`ErrorKind::NoSuchEndpoint`].
    pub fn exists(&self, name: &str) -> Result<bool> {
        Ok(self.lookup(&QueueName::new(name)?)?.is_some())
    }

    /// Removes the kernel queue `name` with all that is in it, what was kept for its next reader, then its name; the spill files
    /// of large messages stay. Whoever waits there gets
    /// [`ErrorKind::NoSuchEndpoint`].
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEndpoint`] when it is not registered; [`ErrorKind::PermissionDenied`].
    pub fn remove(&self, name: &str) -> Result<()> {
        let name = QueueName::new(name)?;
        // Nobody adds a name, or makes a kernel queue anew, between the look and the removal.
        let _lock = self.lock()?;
        let scan = self.scan()?;
        let file = match scan.named(&name) {
            Some((file, entry)) => {
                // What another name shares by mistake may hold that one's messages.
                if scan.other_with_key(entry).is_none() {
                    self.remove_kernel_queue(entry)?;
                }
                file
            }
            // Half a queue file binds no key; its name is all there is to remove.
            None => scan.broken_file(&name).ok_or_else(|| self.unknown("remove the queue", &name))?,
        };
        crate::crash::point("kernel-queue-removed");
        while returned::load_first(self, &name)?.is_some() {}
        let path = self.directory().join(file);
        self.shared
            .directory
            .unlink(file.as_ref())
            .map_err(|error| Error::io("remove the queue file", error).on(path.as_path()))
    }

    fn remove_kernel_queue(&self, entry: &Entry) -> Result<()> {
        let failed = |error| Error::io("remove the kernel queue of", error).on(entry.name.as_str());
        let Some(queue) = open_if_there(entry.key).map_err(failed)? else { return Ok(()) };
        self.check_owner(queue, entry)?;
        match queue.remove() {
            Err(error) if is_gone(&error) => Ok(()),
            removed => removed.map_err(failed),
        }
    }

    fn lock(&self) -> Result<Lock<'_>> {
        Lock::acquire(&self.shared.directory, self.shared.trust.file_mode(), &self.shared.names)
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// The same registry, by another clock.
    pub(crate) fn with_clock(&self, clock: Arc<dyn Clock>) -> Self {
        Self { shared: Arc::clone(&self.shared), clock }
    }

    /// The entry of `name`, waiting for one that is just being written.
    pub(crate) fn lookup(&self, name: &QueueName) -> Result<Option<Entry>> {
        let began = Instant::now();
        loop {
            match self.find(name) {
                Err(error) if error.kind() == ErrorKind::Corrupt && began.elapsed() < WRITING_TAKES_AT_MOST => {
                    if !self.is_locked()? {
                        // The writer may have finished and unlocked between the two looks.
                        return self.find(name);
                    }
                    std::thread::sleep(LOOK_AGAIN_AFTER);
                }
                found => return found,
            }
        }
    }

    /// The entry of `name` as it stands now.
    fn find(&self, name: &QueueName) -> Result<Option<Entry>> {
        let scan = self.scan()?;
        let Some((_, entry)) = scan.named(name) else {
            return scan.into_fault(name).map_or(Ok(None), Err);
        };
        match scan.other_with_key(entry) {
            None => Ok(Some(entry.clone())),
            Some(other) => Err(Error::new(ErrorKind::Corrupt, "open the queue").on(name.as_str()).because(format!(
                "it has the key {:#010x}, and so has queue {other:?}: their messages would mix; remove one of them",
                entry.key
            ))),
        }
    }

    fn readable_entries(&self) -> Result<Vec<Entry>> {
        Ok(self.scan()?.into_readable())
    }

    fn scan(&self) -> Result<Scan> {
        Scan::of(&self.shared.directory)
    }

    /// Opens the kernel queue of `entry`, or makes it.
    pub(crate) fn kernel_queue(&self, entry: &Entry) -> Result<MessageQueue> {
        loop {
            if let Some(queue) = self.open_kernel_queue(entry)? {
                return Ok(queue);
            }
            let _lock = self.lock()?;
            if self.find(&entry.name)?.as_ref() != Some(entry) {
                return Err(self.unknown("open the kernel queue of", &entry.name));
            }
            match MessageQueue::create(entry.key, self.shared.trust.file_mode()) {
                Ok(queue) => return Ok(queue),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(cannot_make(error, &entry.name)),
            }
        }
    }

    /// Opens the kernel queue of `entry`, if there is one.
    pub(crate) fn open_kernel_queue(&self, entry: &Entry) -> Result<Option<MessageQueue>> {
        let queue = open_if_there(entry.key)
            .map_err(|error| Error::io("open the kernel queue of", error).on(entry.name.as_str()))?;
        let Some(queue) = queue else { return Ok(None) };
        match self.check_owner(queue, entry) {
            Ok(()) => Ok(Some(queue)),
            Err(error) if error.kind() == ErrorKind::NoSuchEndpoint => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Anybody can make the queue of a key first, and then keeps it: whose it is must be looked at.
    fn check_owner(&self, queue: MessageQueue, entry: &Entry) -> Result<()> {
        let operation = "open the kernel queue of";
        let stat = self.kernel_stat(queue, entry, operation)?;
        let (trust, subject) = (self.shared.trust, || entry.name.as_str().into());
        trust.check_owner(stat.creator_uid, operation, subject())?;
        trust.check(stat.uid, stat.mode, operation, subject())
    }

    /// What the kernel says of the queue of `entry`, which is unknown if it was removed since it was opened.
    pub(crate) fn kernel_stat(
        &self,
        queue: MessageQueue,
        entry: &Entry,
        operation: &'static str,
    ) -> Result<sysv::QueueStat> {
        queue.stat().map_err(|error| match is_gone(&error) {
            true => self.unknown(operation, &entry.name),
            false => Error::io(operation, error).on(entry.name.as_str()),
        })
    }

    fn is_locked(&self) -> Result<bool> {
        lock::is_held(&self.shared.directory)
            .map_err(|error| Error::io("read the registry", error).on(self.directory()))
    }

    fn unknown(&self, operation: &'static str, name: &QueueName) -> Error {
        Error::new(ErrorKind::NoSuchEndpoint, operation)
            .on(name.as_str())
            .because(format!("no queue of that name is registered in {:?}", self.directory()))
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("directory", &self.directory())
            .field("spill_directory", &self.shared.spill.path())
            .field("trust", &self.shared.trust)
            .finish_non_exhaustive()
    }
}

/// Whether the error says that there is no such kernel queue any more.
pub(crate) fn is_gone(error: &std::io::Error) -> bool {
    use rustix::io::Errno;
    matches!(Errno::from_io_error(error), Some(Errno::IDRM | Errno::INVAL))
}

/// Why the kernel queue of `name` could not be made.
fn cannot_make(error: std::io::Error, name: &QueueName) -> Error {
    const OPERATION: &str = "make the kernel queue of";
    match rustix::io::Errno::from_io_error(&error) {
        Some(rustix::io::Errno::NOSPC) => Error::new(ErrorKind::LimitExceeded, OPERATION)
            .on(name.as_str())
            .because("the system has no room for one more; its limit is kernel.msgmni (sysctl)"),
        _ => Error::io(OPERATION, error).on(name.as_str()),
    }
}

/// The kernel queue of `key`, if there is one.
pub(crate) fn open_if_there(key: i32) -> std::io::Result<Option<MessageQueue>> {
    match MessageQueue::open(key) {
        Ok(queue) => Ok(Some(queue)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
