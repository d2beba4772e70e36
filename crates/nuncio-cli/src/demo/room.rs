//! Where the demo takes place: directories and kernel queues of its own, gone at the end.

use std::path::PathBuf;

use nuncio::queue::Registry;
use tempfile::TempDir;

use crate::stop::Stop;

/// A private registry and spill directory. Dropping it removes them, and the kernel queues with them.
#[derive(Debug)]
pub(super) struct Room {
    registry: Registry,
    directory: TempDir,
}

impl Room {
    /// Makes one.
    ///
    /// # Errors
    /// The directory for temporary files cannot be written to.
    pub(super) fn open() -> Result<Self, Stop> {
        let directory = tempfile::Builder::new()
            .prefix("nuncio-demo-")
            .tempdir()
            .map_err(|error| Stop::failed(format_args!("make a directory for the demo: {error}")))?;
        let registry = Registry::builder()
            .directory(directory.path().join("registry"))
            .spill_directory(directory.path().join("spill"))
            .open()?;
        Ok(Self { registry, directory })
    }

    pub(super) const fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Where a server of the demo listens.
    pub(super) fn socket(&self) -> PathBuf {
        self.directory.path().join("socket")
    }

    /// Where a bus of the demo is.
    pub(super) fn bus(&self) -> PathBuf {
        self.directory.path().join("bus")
    }

    /// The file with the secret of the demo's mesh.
    pub(super) fn secret(&self) -> PathBuf {
        self.directory.path().join("secret")
    }

    pub(super) fn spill_directory(&self) -> PathBuf {
        self.directory.path().join("spill")
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let removed = self
            .registry
            .names()
            .and_then(|names| names.iter().try_for_each(|name| self.registry.remove(name.as_str())));
        if let Err(error) = removed {
            tracing::warn!("a queue of the demo stays behind: {}", error.chain());
        }
    }
}
