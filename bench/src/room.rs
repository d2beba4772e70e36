//! The directory and the queues of one measurement, which nobody else uses.

use std::path::{Path, PathBuf};

use nuncio_queue::Registry;
use tempfile::TempDir;

use crate::Result;

/// The queue that messages are sent to.
pub(crate) const THERE: &str = "there";
/// The queue that answers are sent to.
pub(crate) const BACK: &str = "back";
/// The queue that a floor gets its bytes from.
pub(crate) const SAMPLE: &str = "sample";

/// A registry with its queues; both are removed on drop.
#[derive(Debug)]
pub(crate) struct Room {
    directory: TempDir,
    registry: Registry,
}

impl Room {
    /// Makes the directory and the queues.
    pub(crate) fn new() -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("nuncio-bench-").tempdir()?;
        let room = Self { registry: registry(directory.path())?, directory };
        for name in [THERE, BACK, SAMPLE] {
            room.registry.queue(name)?;
        }
        Ok(room)
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) const fn registry(&self) -> &Registry {
        &self.registry
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        for name in [THERE, BACK, SAMPLE] {
            match self.registry.remove(name) {
                Err(error) if error.kind() != nuncio_queue::ErrorKind::NoSuchEndpoint => eprintln!("bench: {error}"),
                _ => {}
            }
        }
    }
}

/// The registry of the room at `directory`.
pub(crate) fn registry(directory: &Path) -> Result<Registry> {
    let builder = Registry::builder().directory(directory).spill_directory(spill_directory(directory));
    // The name is sent with typed messages: it must not depend on the machine.
    Ok(builder.host_name("bench.example").open()?)
}

/// Where the room at `directory` has its large messages.
pub(crate) fn spill_directory(directory: &Path) -> PathBuf {
    directory.join("spill")
}
