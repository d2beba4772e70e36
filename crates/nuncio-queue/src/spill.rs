//! Large messages: the payload goes to a file, and a message that names the file through the queue (wire/transit.md 2.4).
//!
//! The original follows any path that a message names, and removes what it finds there. Here a file is read only when it stands
//! directly in the spill directory, under a name of the expected form, is a regular file with one name, and begins
//! with the very header that came through the queue. Whatever else is named is left alone (wire/transit.md 10.5).

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, IoSlice, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nuncio_core::{Error, ErrorKind, Result};
use nuncio_sys::files::Directory;

use crate::random::{Names, is_name};
use crate::trust::Trust;

const SUFFIX: &str = ".transit";
/// So many fresh names are tried; a second one is hardly ever needed.
const ATTEMPTS: usize = 100;

/// The spill directory; it is made and opened when the first large message needs it.
#[derive(Debug)]
pub(crate) struct Spill {
    path: PathBuf,
    trust: Trust,
    directory: Mutex<Option<Arc<Directory>>>,
}

/// A file that was written and not announced yet; it is removed again unless it is kept.
#[derive(Debug)]
pub(crate) struct Stored {
    directory: Arc<Directory>,
    name: String,
    kept: bool,
}

impl Spill {
    pub(crate) const fn new(path: PathBuf, trust: Trust) -> Self {
        Self { path, trust, directory: Mutex::new(None) }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a file, of a fresh name.
    ///
    /// # Errors
    /// Those of opening the directory and making a file in it.
    pub(crate) fn create(&self, names: &Names) -> Result<(Stored, File)> {
        for attempt in 0..ATTEMPTS {
            let name = names.next()? + SUFFIX;
            let directory = self.directory()?;
            match directory.create_exclusive(name.as_ref(), self.trust.file_mode()) {
                Ok(file) => return Ok((Stored { directory, name, kept: false }, file)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                // Somebody has tidied up, and the directory that is held open has no name any more.
                Err(error) if error.kind() == io::ErrorKind::NotFound && attempt == 0 => self.forget_directory(),
                Err(error) => {
                    return Err(Error::new(ErrorKind::Io, "make a spill file in")
                        .on(self.path.as_path())
                        .caused_by(error));
                }
            }
        }
        Err(Error::new(ErrorKind::Io, "make a spill file in").on(self.path.as_path()).because("no name is free"))
    }

    /// Reads the file at `path` and removes it, if it is the one that belongs to the message whose text, from the length of
    /// its header to the end of it, is `front`. At most `payload_bytes_max` bytes may follow the same text in it.
    ///
    /// # Errors
    /// [`ErrorKind::PermissionDenied`] when a rule is broken, [`ErrorKind::Corrupt`] when the file is gone or belongs to
    /// another message, [`ErrorKind::TooLarge`]. The file is then left where it is.
    pub(crate) fn fetch(&self, path: &[u8], front: &[u8], payload_bytes_max: usize, into: &mut Vec<u8>) -> Result<()> {
        let directory = self.read_in(path, front, payload_bytes_max, into)?;
        let path = Path::new(OsStr::from_bytes(path));
        directory.unlink(self.name_of(path)?).map_err(|error| Error::io("remove the spill file", error).on(path))
    }

    /// As [`fetch`](Self::fetch), but leaves the file where it is.
    pub(crate) fn read(&self, path: &[u8], front: &[u8], payload_bytes_max: usize, into: &mut Vec<u8>) -> Result<()> {
        self.read_in(path, front, payload_bytes_max, into).map(drop)
    }

    /// Removes the file at `path`, if it could be a spill file and is there.
    ///
    /// # Errors
    /// [`ErrorKind::PermissionDenied`] when it could not be one; those of the file system.
    pub(crate) fn remove(&self, path: &[u8]) -> Result<()> {
        let path = Path::new(OsStr::from_bytes(path));
        match self.directory()?.unlink(self.name_of(path)?) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::io("remove the spill file", error).on(path))
            }
            _ => Ok(()),
        }
    }

    /// Reads the file, and says in which directory it was found.
    fn read_in(
        &self,
        path: &[u8],
        front: &[u8],
        payload_bytes_max: usize,
        into: &mut Vec<u8>,
    ) -> Result<Arc<Directory>> {
        let path = Path::new(OsStr::from_bytes(path));
        let name = self.name_of(path)?;
        let failed = |kind, reason: String| Error::new(kind, "read the spill file").on(path).because(reason);
        let mut directory = self.directory()?;
        let mut opened = directory.open_regular(name);
        if matches!(&opened, Err(error) if error.kind() == io::ErrorKind::NotFound) {
            // Perhaps it stands in a directory that was made anew under the same name.
            self.forget_directory();
            directory = self.directory()?;
            opened = directory.open_regular(name);
        }
        let (mut file, status) = opened.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => failed(ErrorKind::Corrupt, "it does not exist".into()),
            io::ErrorKind::InvalidInput => failed(ErrorKind::PermissionDenied, "it is not a regular file".into()),
            _ => Error::io("read the spill file", error).on(path),
        })?;
        if status.links != 1 {
            let reason = format!("it has {} names, a spill file has one", status.links);
            return Err(failed(ErrorKind::PermissionDenied, reason));
        }
        let payload_bytes = status.size.saturating_sub(front.len() as u64);
        if payload_bytes > payload_bytes_max as u64 {
            let reason = format!("payload is {payload_bytes} bytes, limit is {payload_bytes_max} bytes");
            return Err(failed(ErrorKind::TooLarge, reason));
        }
        read(&mut file, status.size, into).map_err(|error| Error::io("read the spill file", error).on(path))?;
        if !into.starts_with(front) {
            return Err(failed(ErrorKind::Corrupt, "it does not begin with the header of its message".into()));
        }
        Ok(directory)
    }

    /// The name of a file directly in the spill directory.
    fn name_of<'a>(&self, path: &'a Path) -> Result<&'a OsStr> {
        let name = path.file_name().filter(|name| name.as_bytes().strip_suffix(SUFFIX.as_bytes()).is_some_and(is_name));
        // The text is compared as well: `..` would make a parent of its own.
        match name {
            Some(name) if path.parent() == Some(self.path.as_path()) => Ok(name),
            _ => Err(Error::new(ErrorKind::PermissionDenied, "read the spill file").on(path).because(format!(
                "a spill file stands directly in {:?} and is called by ten letters, digits or `_` and `{SUFFIX}`",
                self.path
            ))),
        }
    }

    fn directory(&self) -> Result<Arc<Directory>> {
        let mut kept = self.kept();
        if let Some(directory) = &*kept {
            return Ok(Arc::clone(directory));
        }
        let opened = Arc::new(self.trust.open_directory(&self.path, "open the spill directory")?);
        Ok(Arc::clone(kept.insert(opened)))
    }

    fn forget_directory(&self) {
        *self.kept() = None;
    }

    fn kept(&self) -> MutexGuard<'_, Option<Arc<Directory>>> {
        self.directory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stored {
    /// Where it is, as the message will say.
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join(&self.name)
    }

    /// Writes `front` and `payload`.
    ///
    /// # Errors
    /// Those of the file system; the file is then removed on drop.
    pub(crate) fn write(&self, mut file: File, front: &[u8], payload: &[u8]) -> Result<()> {
        write_both(&mut file, front, payload)
            .map_err(|error| Error::io("write the spill file", error).on(self.path().as_path()))
    }

    /// It was announced: it belongs to its reader now.
    pub(crate) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Stored {
    fn drop(&mut self) {
        if !self.kept
            && let Err(error) = self.directory.unlink(self.name.as_ref())
        {
            tracing::warn!(path = ?self.path(), %error, "a spill file that was not sent could not be removed");
        }
    }
}

fn write_both(file: &mut File, front: &[u8], payload: &[u8]) -> io::Result<()> {
    let written = file.write_vectored(&[IoSlice::new(front), IoSlice::new(payload)])?;
    file.write_all(&front[written.min(front.len())..])?;
    file.write_all(&payload[written.saturating_sub(front.len())..])
}

/// Reads `size` bytes and makes sure that there are not more: the file could grow while it is read.
fn read(file: &mut File, size: u64, into: &mut Vec<u8>) -> io::Result<()> {
    into.clear();
    into.reserve_exact(usize::try_from(size).map_err(io::Error::other)?);
    let read = file.take(size).read_to_end(into)?;
    match read as u64 == size {
        true => Ok(()),
        false => Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("it has {read} bytes, not {size}"))),
    }
}
