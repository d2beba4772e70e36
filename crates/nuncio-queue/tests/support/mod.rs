//! A registry of its own for each test, and kernel queues that do not outlive it.
#![allow(dead_code, reason = "each test file uses its own part of this")]

pub(crate) mod child;
pub(crate) mod letter;
#[cfg(feature = "seal")]
pub(crate) mod sealed;
pub(crate) mod warnings;

use std::fmt::Debug;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nuncio_conformance::scale;
use nuncio_queue::{Error, ErrorKind, Queue, Registry, RegistryBuilder};
use nuncio_sys::sysv::MessageQueue;

/// Longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Runs `work` and panics when it hangs.
pub(crate) fn watched<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> T {
    nuncio_conformance::within(scale::choose(PATIENCE, PATIENCE * 30), name, work)
}

/// The error of a call that must fail with `kind` and say each of `words`.
pub(crate) fn refused<T: Debug, E: Into<Error>>(result: Result<T, E>, kind: ErrorKind, words: &[&str]) -> Error {
    let error: Error = result.map_err(Into::into).expect_err(&format!("{words:?}"));
    let text = error.chain().to_string();
    assert_eq!(error.kind(), kind, "{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} is missing in {text:?}");
    }
    error
}

/// Puts `text` into the kernel queue as it is.
pub(crate) fn inject(queue: &Queue, text: &[u8]) {
    kernel_queue(queue).try_send(&[&1_i64.to_ne_bytes(), text].concat()).expect("room");
}

/// What is behind `queue`.
pub(crate) fn kernel_queue(queue: &Queue) -> MessageQueue {
    MessageQueue::open(key(queue)).expect("there")
}

/// The key of the kernel queue behind `queue`.
pub(crate) fn key(queue: &Queue) -> i32 {
    queue.stat().expect("there").key
}

/// The permission bits of what is at `path`.
pub(crate) fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("there").permissions().mode() & 0o7777
}

/// Directories of one test; its kernel queues are removed on drop.
pub(crate) struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a directory") }
    }

    pub(crate) fn directory(&self) -> PathBuf {
        self.dir.path().join("registry")
    }

    pub(crate) fn spill(&self) -> PathBuf {
        self.dir.path().join("spill")
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn builder(&self) -> RegistryBuilder {
        builder_in(self.path())
    }

    pub(crate) fn registry(&self) -> Registry {
        self.builder().open().expect("a private registry")
    }

    pub(crate) fn queue(&self, name: &str) -> Queue {
        self.registry().queue(name).expect("a fresh queue")
    }

    /// Writes the file `name` in the registry.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.directory().join(name), text).expect("written");
    }

    /// The files in the registry, sorted, dot-named ones too.
    pub(crate) fn files(&self) -> Vec<String> {
        files_in(&self.directory())
    }

    /// The files in the spill directory.
    pub(crate) fn spilled(&self) -> Vec<String> {
        files_in(&self.spill())
    }
}

/// The registry of the place at `path`, for a child that does not own it.
pub(crate) fn builder_in(path: &Path) -> RegistryBuilder {
    Registry::builder().directory(path.join("registry")).spill_directory(path.join("spill")).host_name("test.example")
}

fn files_in(directory: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("readable").file_name().into_string().expect("text")).collect();
    names.sort();
    names
}

impl Drop for Place {
    fn drop(&mut self) {
        let Ok(registry) = self.builder().danger_shared(true).open() else { return };
        for name in registry.names().unwrap_or_default() {
            let _ = registry.remove(name.as_str());
        }
    }
}
