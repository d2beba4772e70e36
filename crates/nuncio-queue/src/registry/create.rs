//! Adding a name, without a moment in which a half-written queue file can be seen.
//!
//! The key comes from the inode of the queue file, and a rename keeps the inode. So the file is written whole under a name
//! that readers do not look at, and then renamed. Its key must be free: two files whose inode numbers agree in their
//! low 16 bits would share one kernel queue, and a kernel queue that is there already holds somebody else's messages.

use std::io;

use nuncio_core::{Error, ErrorKind, QueueName, Result};
use nuncio_sys::files::Directory;
use nuncio_sys::sysv::{MessageQueue, ftok};

use super::{Entry, Registry, cannot_make};

/// The project number with which IPC::Transit makes its keys.
const PROJECT: u8 = 1;
/// So many inodes are tried for one whose key is free.
const DRAFTS_MAX: usize = 64;

/// A queue file under a name that readers do not see; removed unless it is published.
#[derive(Debug)]
struct Draft<'a> {
    directory: &'a Directory,
    file: String,
    entry: Entry,
    published: bool,
}

impl Registry {
    /// The entry of `name`, added if there is none.
    pub(crate) fn entry_or_create(&self, name: &QueueName) -> Result<Entry> {
        if let Some(entry) = self.lookup(name)? {
            return Ok(entry);
        }
        // Kept until the end, so that no later draft gets an inode that was tried before.
        let mut tried = Vec::new();
        while tried.len() < DRAFTS_MAX {
            let draft = self.draft(name).map_err(|error| self.failed(name, error))?;
            crate::crash::point("queue-file-drafted");
            let lock = self.lock()?;
            if let Some(entry) = self.find(name)? {
                return Ok(entry);
            }
            if let Some(queue) = self.claim(&draft.entry)? {
                let published = draft.publish();
                if !matches!(published, Ok(Some(_))) {
                    // The original may have added the name without minding the lock; nobody else knows this queue.
                    queue.remove().map_err(|error| self.failed(name, error))?;
                }
                crate::crash::point("queue-file-published");
                drop(lock);
                return match published.map_err(|error| self.failed(name, error))? {
                    Some(entry) => Ok(entry),
                    None => self.lookup(name)?.ok_or_else(|| self.taken_by_another(name)),
                };
            }
            drop(lock);
            tried.push(draft);
        }
        Err(Error::new(ErrorKind::LimitExceeded, "add the queue").on(name.as_str()).because(format!(
            "the keys of {DRAFTS_MAX} fresh files are all in use; see `ipcs -q` for queues that nobody needs"
        )))
    }

    fn draft(&self, name: &QueueName) -> Result<Draft<'_>, io::Error> {
        let directory = &self.shared.directory;
        let file = format!(".new-{}", self.shared.names.next().map_err(io::Error::other)?);
        let opened = directory.create_exclusive(file.as_ref(), self.shared.trust.file_mode())?;
        let entry = Entry { name: name.clone(), key: ftok(&opened.metadata()?, PROJECT) };
        let draft = Draft { directory, file, entry, published: false };
        draft.entry.write(&opened)?;
        Ok(draft)
    }

    /// Makes the kernel queue of `entry` before its name is seen, so that it is surely ours and empty; `None` if the key is
    /// in use.
    fn claim(&self, entry: &Entry) -> Result<Option<MessageQueue>> {
        if self.scan()?.has_key(entry.key) {
            return Ok(None);
        }
        match MessageQueue::create(entry.key, self.shared.trust.file_mode()) {
            Ok(queue) => Ok(Some(queue)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
            Err(error) => Err(cannot_make(error, &entry.name)),
        }
    }

    /// The file that should bind `name` is there and binds something else.
    fn taken_by_another(&self, name: &QueueName) -> Error {
        let path = self.directory().join(name.as_str());
        Error::new(ErrorKind::Corrupt, "add the queue")
            .on(path.as_path())
            .because("the file is there, but its qname is another")
    }

    fn failed(&self, name: &QueueName, error: io::Error) -> Error {
        Error::io("add the queue", error).on(self.directory().join(name.as_str()).as_path())
    }
}

impl Draft<'_> {
    /// Makes the file seen; `None` if somebody else has made one of that name.
    fn publish(mut self) -> io::Result<Option<Entry>> {
        let (from, to) = (self.file.as_ref(), self.entry.name.as_str().as_ref());
        match self.directory.rename_exclusive(from, to) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
            // Not every file system can; we hold the lock, and the name was free a moment ago.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => self.directory.rename(from, to)?,
            Err(error) => return Err(error),
        }
        self.published = true;
        Ok(Some(self.entry.clone()))
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        if !self.published
            && let Err(error) = self.directory.unlink(self.file.as_ref())
        {
            tracing::warn!(file = self.file, %error, "a draft of a queue file could not be removed");
        }
    }
}
