//! Careful files in directories that others can write to.
//!
//! - Everything happens relative to one open directory, so it cannot be exchanged between two steps.
//! - A name is a single component: `/`, NUL, the empty name, `.` and `..` are refused with `InvalidInput`.
//! - A link is never followed, whatever somebody put under a name.
//! - Permission bits are those asked for, whatever the umask.
//!
//! ```
//! use std::ffi::OsStr;
//! use std::io::Write;
//! use nuncio_sys::files::Directory;
//!
//! # let parent = tempfile::tempdir()?;
//! let path = parent.path().join("registry");
//! assert!(Directory::create(&path, 0o700)?);
//! let directory = Directory::open(&path)?;
//! directory.create_exclusive(OsStr::new(".new"), 0o600)?.write_all(b"whole")?;
//! directory.rename_exclusive(OsStr::new(".new"), OsStr::new("jobs"))?;
//! let (_file, status) = directory.open_regular(OsStr::new("jobs"))?;
//! assert_eq!((status.size, status.links), (5, 1));
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Source
//! openat(2), fstatat(2), fchmod(2), renameat2(2), unlinkat(2), getdents(2), mkdirat(2), mknodat(2), flock(2).

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::fs::{AtFlags, Dir, FileType, FlockOperation, Mode, OFlags, RenameFlags, Stat};
use rustix::io::Errno;

/// A directory that is held open.
#[derive(Debug)]
pub struct Directory {
    fd: OwnedFd,
    path: PathBuf,
}

impl Directory {
    /// Opens the directory at `path`.
    ///
    /// A link is followed here, also as the last component: an administrator may have moved the directory. What counts
    /// is who owns the directory that was reached and who may write to it, and [`status`](Self::status) tells that of
    /// the very directory that is held open.
    ///
    /// # Errors
    /// `NotFound`; `NotADirectory`; `PermissionDenied` without permission to read it; others of open(2).
    pub fn open(path: &Path) -> io::Result<Self> {
        let fd = rustix::fs::open(path, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(Self { fd, path: path.to_owned() })
    }

    /// Makes the directory at `path`, one level, with the permission bits `mode`; false if something is there already.
    ///
    /// It is at no moment more open than `mode`.
    ///
    /// # Errors
    /// Those of mkdir(2) other than `EEXIST`, and of fchmod(2).
    pub fn create(path: &Path, mode: u32) -> io::Result<bool> {
        let mode = Mode::from_raw_mode(mode);
        match rustix::fs::mkdir(path, mode) {
            Ok(()) => {}
            Err(Errno::EXIST) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        rustix::fs::fchmod(rustix::fs::open(path, flags, Mode::empty())?, mode)?;
        Ok(true)
    }

    /// The path it was opened by, as given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Owner, permission bits and identity of the directory itself.
    ///
    /// # Errors
    /// Those of fstat(2).
    pub fn status(&self) -> io::Result<FileStatus> {
        Ok(FileStatus::from_kernel(&rustix::fs::fstat(&self.fd)?))
    }

    /// Makes the file `name`, which must not exist yet, with the permission bits `mode`, open for reading and writing.
    ///
    /// It is at no moment more open than `mode`.
    ///
    /// # Errors
    /// `AlreadyExists`, also for a link that leads nowhere; others of open(2) and fchmod(2), after which the file is
    /// gone again.
    pub fn create_exclusive(&self, name: &OsStr, mode: u32) -> io::Result<File> {
        let name = component(name)?;
        let mode = Mode::from_raw_mode(mode);
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::RDWR | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(&self.fd, name, flags, mode)?;
        if let Err(error) = rustix::fs::fchmod(&fd, mode) {
            self.unlink(name)?;
            return Err(error.into());
        }
        Ok(fd.into())
    }

    /// As [`create_exclusive`](Self::create_exclusive), for writing only, and with one system call: the umask of the process takes from
    /// the permission bits what it takes.
    ///
    /// # Errors
    /// `AlreadyExists`, also for a link that leads nowhere; others of open(2).
    pub fn create_new(&self, name: &OsStr, mode: u32) -> io::Result<File> {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::WRONLY | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.fd, component(name)?, flags, Mode::from_raw_mode(mode))?.into())
    }

    /// Opens the file `name` for reading if it is a regular one; the status is that of the file that was opened.
    ///
    /// Never waits, also not for the other end of a FIFO that somebody put there.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for a link, directory, FIFO, socket or device; others of open(2).
    pub fn open_regular(&self, name: &OsStr) -> io::Result<(File, FileStatus)> {
        let name = component(name)?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = match rustix::fs::openat(&self.fd, name, flags, Mode::empty()) {
            Ok(fd) => fd,
            // What open says of a link (no other component can be one) and of a socket.
            Err(Errno::LOOP | Errno::NXIO) => return Err(not_regular(name)),
            Err(error) => return Err(error.into()),
        };
        let status = FileStatus::from_kernel(&rustix::fs::fstat(&fd)?);
        if status.kind != FileKind::Regular {
            return Err(not_regular(name));
        }
        Ok((fd.into(), status))
    }

    /// Opens the file `name` for reading and writing if it is a regular one.
    ///
    /// # Errors
    /// As [`open_regular`](Self::open_regular).
    pub fn open_to_write(&self, name: &OsStr) -> io::Result<File> {
        let name = component(name)?;
        let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = match rustix::fs::openat(&self.fd, name, flags, Mode::empty()) {
            Ok(fd) => fd,
            Err(Errno::LOOP | Errno::NXIO | Errno::ISDIR) => return Err(not_regular(name)),
            Err(error) => return Err(error.into()),
        };
        match FileStatus::from_kernel(&rustix::fs::fstat(&fd)?).kind {
            FileKind::Regular => Ok(fd.into()),
            _ => Err(not_regular(name)),
        }
    }

    /// Has what was made, renamed and removed here written to the disk.
    ///
    /// # Errors
    /// Those of fsync(2).
    pub fn sync(&self) -> io::Result<()> {
        Ok(rustix::fs::fsync(&self.fd)?)
    }

    /// What stands under `name`, a link itself and not what it leads to; none if nothing does.
    ///
    /// # Errors
    /// Those of fstatat(2) other than `ENOENT`.
    pub fn status_of(&self, name: &OsStr) -> io::Result<Option<FileStatus>> {
        match rustix::fs::statat(&self.fd, component(name)?, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(FileStatus::from_kernel(&stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Renames `from` to `to` in one step, in place of whatever `to` was.
    ///
    /// # Errors
    /// `NotFound`; others of rename(2).
    pub fn rename(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.fd, component(from)?, &self.fd, component(to)?)?)
    }

    /// Renames `from` to `to` in one step, if nothing stands under `to`.
    ///
    /// # Errors
    /// `NotFound`; `AlreadyExists`; `InvalidInput` where the file system does not know how; others of renameat2(2).
    pub fn rename_exclusive(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        let (from, to) = (component(from)?, component(to)?);
        Ok(rustix::fs::renameat_with(&self.fd, from, &self.fd, to, RenameFlags::NOREPLACE)?)
    }

    /// Makes the directory `name` inside this one, with the permission bits `mode`, and opens it.
    ///
    /// It is at no moment more open than `mode`.
    ///
    /// # Errors
    /// `AlreadyExists`; others of mkdirat(2), and those of opening it.
    pub fn make_directory(&self, name: &OsStr, mode: u32) -> io::Result<Self> {
        let mode = Mode::from_raw_mode(mode);
        rustix::fs::mkdirat(&self.fd, component(name)?, mode)?;
        let made = self.open_directory(name)?;
        rustix::fs::fchmod(&made.fd, mode)?;
        Ok(made)
    }

    /// Opens the directory `name` inside this one; a link is refused, wherever it leads.
    ///
    /// # Errors
    /// `NotFound`; `NotADirectory` for anything else, a link too; others of open(2).
    pub fn open_directory(&self, name: &OsStr) -> io::Result<Self> {
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(&self.fd, component(name)?, flags, Mode::empty())?;
        Ok(Self { fd, path: self.path.join(name) })
    }

    /// Removes the directory `name`, which must be empty.
    ///
    /// # Errors
    /// `NotFound`; `NotADirectory`; `DirectoryNotEmpty`; others of rmdir(2).
    pub fn remove_directory(&self, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.fd, component(name)?, AtFlags::REMOVEDIR)?)
    }

    /// Makes the FIFO `name`, with the permission bits `mode` less what the umask takes.
    ///
    /// # Errors
    /// `AlreadyExists`; others of mknod(2).
    pub fn make_fifo(&self, name: &OsStr, mode: u32) -> io::Result<()> {
        Ok(rustix::fs::mkfifoat(&self.fd, component(name)?, Mode::from_raw_mode(mode))?)
    }

    /// Opens the FIFO `name`, without blocking, for what `end` says.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for anything but a FIFO; `ENXIO` for [`FifoEnd::Write`] when nobody reads it; others of
    /// open(2).
    pub fn open_fifo(&self, name: &OsStr, end: FifoEnd) -> io::Result<OwnedFd> {
        let name = component(name)?;
        let access = match end {
            FifoEnd::ReadWrite => OFlags::RDWR,
            FifoEnd::Write => OFlags::WRONLY,
        };
        let not_fifo = || io::Error::new(io::ErrorKind::InvalidInput, format!("{name:?} is not a FIFO"));
        let flags = access | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = match rustix::fs::openat(&self.fd, name, flags, Mode::empty()) {
            Ok(fd) => fd,
            Err(Errno::LOOP | Errno::ISDIR) => return Err(not_fifo()),
            Err(error) => return Err(error.into()),
        };
        match FileType::from_raw_mode(rustix::fs::fstat(&fd)?.st_mode) {
            FileType::Fifo => Ok(fd),
            _ => Err(not_fifo()),
        }
    }

    /// Takes the directory's lock, which other processes that ask for it wait for, until the answer is dropped; it goes with
    /// the process too. `WouldBlock` comes at once if another holds it.
    ///
    /// # Errors
    /// `WouldBlock`; others of open(2) and flock(2).
    pub fn try_lock(&self) -> io::Result<DirectoryLock> {
        // A description of its own, so that two locks in one process exclude each other too.
        let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(&self.fd, ".", flags, Mode::empty())?;
        rustix::fs::flock(&fd, FlockOperation::NonBlockingLockExclusive)?;
        Ok(DirectoryLock { _fd: fd })
    }

    /// As [`try_lock`](Self::try_lock), but waits for another that holds it, for up to `patience`.
    ///
    /// # Errors
    /// `WouldBlock` when it is held all the time; others of open(2) and flock(2).
    pub fn lock(&self, patience: Duration) -> io::Result<DirectoryLock> {
        // flock(2) has no timeout.
        const PAUSE: Duration = Duration::from_millis(1);
        let began = Instant::now();
        loop {
            match self.try_lock() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && began.elapsed() < patience => {
                    std::thread::sleep(PAUSE);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                locked => return locked,
            }
        }
    }

    /// Removes the file `name`, a link itself and not what it leads to.
    ///
    /// # Errors
    /// `NotFound`; `IsADirectory`; others of unlink(2).
    pub fn unlink(&self, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.fd, component(name)?, AtFlags::empty())?)
    }

    /// The names in the directory, also those that begin with a dot, in no order.
    ///
    /// # Errors
    /// Those of reading a directory.
    pub fn names(&self) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        self.each_name(|name| names.push(name.to_owned()))?;
        Ok(names)
    }

    /// Calls `act` with each of these names.
    ///
    /// # Errors
    /// As [`names`](Self::names).
    pub fn each_name(&self, mut act: impl FnMut(&OsStr)) -> io::Result<()> {
        for entry in Dir::read_from(&self.fd)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                act(OsStr::from_bytes(name));
            }
        }
        Ok(())
    }
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// The lock of a directory; see [`Directory::try_lock`].
#[derive(Debug)]
#[must_use = "dropping it gives the lock back"]
pub struct DirectoryLock {
    _fd: OwnedFd,
}

/// What a FIFO is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FifoEnd {
    /// Reading, without ever seeing its end: the reader holds it open for writing too.
    ReadWrite,
    /// Writing to whoever reads.
    Write,
}

/// What is told about a file without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStatus {
    /// What it is.
    pub kind: FileKind,
    /// The user it belongs to.
    pub uid: u32,
    /// The group it belongs to.
    pub gid: u32,
    /// The permission bits, `0o0000` to `0o7777`.
    pub mode: u32,
    /// The device it is on; with `inode` it names one file of the machine.
    pub device: u64,
    /// Its number on the device.
    pub inode: u64,
    /// How many names it has.
    pub links: u64,
    /// Its length in bytes.
    pub size: u64,
    /// When its content was last written. A renamed file keeps it; one that was removed and made again has another, also
    /// where the file system gives it the number of the one before.
    pub modified: SystemTime,
}

impl FileStatus {
    /// That of a file that is open.
    ///
    /// # Errors
    /// Those of fstat(2).
    pub fn of_file(file: &File) -> io::Result<Self> {
        Ok(Self::from_kernel(&rustix::fs::fstat(file)?))
    }

    fn from_kernel(stat: &Stat) -> Self {
        Self {
            kind: FileKind::from_type(FileType::from_raw_mode(stat.st_mode)),
            uid: stat.st_uid,
            gid: stat.st_gid,
            mode: stat.st_mode & 0o7777,
            device: stat.st_dev,
            inode: stat.st_ino,
            links: link_count(stat.st_nlink),
            size: stat.st_size.unsigned_abs(),
            modified: time(stat.st_mtime, stat.st_mtime_nsec),
        }
    }
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileKind {
    /// A directory.
    Directory,
    /// A FIFO.
    Fifo,
    /// A symbolic link.
    Link,
    /// A device.
    Other,
    /// A file with content.
    Regular,
    /// A socket.
    Socket,
}

impl FileKind {
    fn from_type(file_type: FileType) -> Self {
        match file_type {
            FileType::Directory => Self::Directory,
            FileType::Fifo => Self::Fifo,
            FileType::Socket => Self::Socket,
            FileType::RegularFile => Self::Regular,
            FileType::Symlink => Self::Link,
            _ => Self::Other,
        }
    }
}

/// The kernel's link count is 32 bits wide on some machines.
fn link_count(links: impl Into<u64>) -> u64 {
    links.into()
}

/// Nanoseconds count forwards, also from a second before 1970.
fn time(seconds: i64, nanoseconds: u64) -> SystemTime {
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let second = if seconds < 0 { UNIX_EPOCH - whole } else { UNIX_EPOCH + whole };
    second + Duration::from_nanos(nanoseconds)
}

fn component(name: &OsStr) -> io::Result<&OsStr> {
    let bytes = name.as_bytes();
    if matches!(bytes, b"" | b"." | b"..") || bytes.iter().any(|&byte| byte == b'/' || byte == 0) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{name:?} is not the name of one file")));
    }
    Ok(name)
}

fn not_regular(name: &OsStr) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("{name:?} is not a regular file"))
}
