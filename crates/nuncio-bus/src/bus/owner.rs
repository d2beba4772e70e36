//! Whose a bus is: a mark in its directory, by which one whose owner was killed is known.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use nuncio_core::{Error, Result};
use nuncio_sys::files::{Directory, FileKind};
use nuncio_sys::process::{ProcessIdentity, effective_user};

use crate::route::Route;

/// The file that names the owner, and what the directories of buses begin with.
pub(super) const MARK: &str = ".nuncio-owner";
pub(super) const DIRECTORY_PREFIX: &str = "PerlIPCManager-";

/// Says in `directory` that this process owns it.
pub(super) fn mark(directory: &Path) -> Result<()> {
    let failed = |error| Error::io("mark the bus", error).on(directory);
    let owner = ProcessIdentity::current().map_err(failed)?;
    fs::write(directory.join(MARK), format!("{} {}", owner.pid, owner.start_ticks)).map_err(failed)
}

/// Removes everything in the directory of `route`, and the directory.
pub(super) fn remove(route: &Route) -> Result<()> {
    let directory = &route.directory;
    for name in directory.names().map_err(|error| route.failed("remove the bus", error))? {
        route.remove_tree(&name).map_err(|error| route.failed("remove the bus", error))?;
    }
    fs::remove_dir(directory.path()).map_err(|error| route.failed("remove the bus", error))
}

/// Removes the buses in the directory for temporary files that nuncio made for this user and whose owners have ended; gives
/// their directories.
///
/// # Errors
/// Those of reading the directory for temporary files; a bus that cannot be removed is logged and left.
pub fn clean() -> Result<Vec<PathBuf>> {
    let parent = std::env::temp_dir();
    let failed = |error| Error::io("look for buses in", error).on(parent.as_path());
    let mut removed = Vec::new();
    for entry in fs::read_dir(&parent).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_bus = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(DIRECTORY_PREFIX));
        if !is_bus || !is_forsaken(&path) {
            continue;
        }
        match fs::remove_dir_all(&path) {
            Ok(()) => removed.push(path),
            Err(error) => {
                tracing::warn!(bus = %path.display(), %error, "a bus whose owner has ended cannot be removed")
            }
        }
    }
    removed.sort();
    Ok(removed)
}

/// Whether a directory is ours, is marked, and its owner has ended.
fn is_forsaken(path: &Path) -> bool {
    let is_directory = fs::symlink_metadata(path).is_ok_and(|status| status.is_dir());
    let Some(directory) = is_directory.then(|| Directory::open(path).ok()).flatten() else { return false };
    if !directory.status().is_ok_and(|status| status.uid == effective_user()) {
        return false;
    }
    let mark = directory.status_of(OsStr::new(MARK));
    if !matches!(mark, Ok(Some(status)) if status.kind == FileKind::Regular && status.size < 100) {
        return false;
    }
    let owner = fs::read_to_string(path.join(MARK)).unwrap_or_default();
    let Some((pid, start_ticks)) = owner.split_once(' ') else { return false };
    match (pid.parse(), start_ticks.parse()) {
        (Ok(pid), Ok(start_ticks)) => !ProcessIdentity { pid, start_ticks }.is_alive().unwrap_or(true),
        _ => false,
    }
}
