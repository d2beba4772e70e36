//! One look at all queue files of a registry.

use nuncio_core::{Error, QueueName, Result};
use nuncio_sys::files::Directory;

use super::Entry;

/// What the queue files said, and what was wrong with those that said nothing.
#[derive(Debug, Default)]
pub(super) struct Scan {
    entries: Vec<(String, Entry)>,
    faults: Vec<(String, Error)>,
}

impl Scan {
    /// Reads every file that does not begin with a dot.
    ///
    /// # Errors
    /// Those of reading the directory; a file that cannot be read is a fault of its own.
    pub(super) fn of(directory: &Directory) -> Result<Self> {
        let failed = |error| Error::io("read the registry", error).on(directory.path());
        let mut scan = Self::default();
        for file in directory.names().map_err(failed)? {
            let Ok(file) = file.into_string() else { continue };
            if file.starts_with('.') {
                continue;
            }
            match Entry::read(directory, &file) {
                Ok(Some(entry)) => scan.entries.push((file, entry)),
                Ok(None) => {}
                Err(fault) => scan.faults.push((file, fault)),
            }
        }
        Ok(scan)
    }

    /// The file and the entry of `name`.
    pub(super) fn named(&self, name: &QueueName) -> Option<(&str, &Entry)> {
        self.entries.iter().find(|(_, entry)| entry.name == *name).map(|(file, entry)| (file.as_str(), entry))
    }

    /// Another name that has the key of `entry`.
    pub(super) fn other_with_key(&self, entry: &Entry) -> Option<&QueueName> {
        let mut others = self.entries.iter().map(|(_, other)| other);
        others.find(|other| other.key == entry.key && other.name != entry.name).map(|other| &other.name)
    }

    /// Whether a name has the key.
    pub(super) fn has_key(&self, key: i32) -> bool {
        self.entries.iter().any(|(_, entry)| entry.key == key)
    }

    /// The file called `name`, if it cannot be read.
    pub(super) fn broken_file(&self, name: &QueueName) -> Option<&str> {
        self.faults.iter().map(|(file, _)| file.as_str()).find(|file| *file == name.as_str())
    }

    /// What is wrong with the file called `name`.
    pub(super) fn into_fault(self, name: &QueueName) -> Option<Error> {
        self.faults.into_iter().find(|(file, _)| file == name.as_str()).map(|(_, fault)| fault)
    }

    /// All entries; of files that cannot be read a warning is given.
    pub(super) fn into_readable(self) -> Vec<Entry> {
        for (_, fault) in self.faults {
            tracing::warn!("a queue file is left out: {}", fault.chain());
        }
        self.entries.into_iter().map(|(_, entry)| entry).collect()
    }
}
