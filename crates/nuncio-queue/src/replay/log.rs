//! The file behind a [`ReplayGuard`](super::ReplayGuard): a head, then one record for each id, in the order of acceptance.
//!
//! | offset | width | head | record |
//! |---|---|---|---|
//! | 0 | 24 | `nuncio replay guard 1`, LF, two NUL | id |
//! | 24 | 8 | seconds an id is kept, u64, little-endian | id, its end |
//! | 32 | 4 | zero | when it was accepted, Unix time, u32, little-endian; zero: forgotten |
//! | 36 | 4 | zero | check of the 36 bytes before (FNV-1a, u32, little-endian) |
//!
//! A record that does not check (a machine that died while it was written) is passed over. The file is replaced by rename,
//! never shortened, but for half a record at its end.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::time::{Duration, Instant};

use nuncio_sys::files::{Directory, FileStatus};
use nuncio_sys::process::effective_user;

use super::ReplayId;

pub(super) const FILE: &str = "accepted";
const LOCK: &str = ".lock";
const DRAFT: &str = ".accepted-new";
const MAGIC: &[u8; 24] = b"nuncio replay guard 1\n\0\0";
const RECORD_BYTES: usize = 40;
const MODE: u32 = 0o600;
const OTHERS: u32 = 0o077;
/// So long the lock is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
const LOOK_AGAIN_AFTER: Duration = Duration::from_micros(200);
/// A file with fewer records than this is not worth writing anew.
const WORTH_COMPACTING: u64 = 4096;

/// Why the file could not be used.
#[derive(Debug)]
pub(super) enum Fault {
    Io(io::Error),
    /// It belongs to this user, or others can read it.
    Foreign(u32),
    Unknown,
    Locked,
    /// So many are remembered.
    Full(usize),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

#[derive(Debug)]
pub(super) struct Log {
    directory: Directory,
    lock: File,
    keep_seconds: u64,
    ids_max: usize,
    current: Opened,
}

/// The file as it was found at its name, and what was read of it.
#[derive(Debug)]
struct Opened {
    file: File,
    inode: u64,
    /// How much of it was read: always whole records.
    read_bytes: u64,
    /// When each id was accepted.
    accepted: HashMap<ReplayId, u32>,
    /// Before this time looking for old ids finds none.
    none_old_before: u64,
    /// Before this time it is not looked whether the file is worth writing anew.
    compact_not_before: u64,
}

impl Log {
    pub(super) fn open(directory: Directory, keep: Duration, ids_max: usize) -> Result<Self, Fault> {
        let lock = open_or_create(&directory, LOCK.as_ref())?;
        let keep_seconds = keep.as_secs().saturating_add(u64::from(keep.subsec_nanos() > 0));
        take_lock(&lock)?;
        let opened = Self::open_locked(&directory, keep_seconds);
        lock.unlock()?;
        let (current, kept) = opened?;
        Ok(Self { directory, lock, keep_seconds: keep_seconds.max(kept), ids_max, current })
    }

    fn open_locked(directory: &Directory, keep_seconds: u64) -> Result<(Opened, u64), Fault> {
        if directory.status_of(FILE.as_ref())?.is_none() {
            replace(directory, keep_seconds, &HashMap::new())?;
        }
        let (mut opened, kept) = Opened::open(directory)?;
        if keep_seconds > kept {
            opened.file.seek(SeekFrom::Start(MAGIC.len() as u64))?;
            opened.file.write_all(&keep_seconds.to_le_bytes())?;
            opened.file.sync_data()?;
        }
        opened.read_on()?;
        Ok((opened, kept))
    }

    /// For each id whether it is new; all that are new are remembered, or none is.
    pub(super) fn accept(&mut self, ids: &[ReplayId], now: u32) -> Result<Vec<bool>, Fault> {
        self.locked(|log| {
            log.make_room(ids.len(), now)?;
            let mut records = Vec::with_capacity(ids.len() * RECORD_BYTES);
            let new = ids.iter().map(|id| log.note(id, now, &mut records)).collect();
            log.append(&records).inspect_err(|_| log.forget_all_read())?;
            Ok(new)
        })
    }

    pub(super) fn forget(&mut self, id: &ReplayId, now: u32) -> Result<(), Fault> {
        self.locked(|log| {
            if log.current.accepted.remove(id).is_none() {
                return Ok(());
            }
            log.compact_if_worth(now)?;
            log.append(&record(id, 0)).inspect_err(|_| log.forget_all_read())
        })
    }

    /// The file that was written to last.
    pub(super) fn file(&self) -> io::Result<File> {
        self.current.file.try_clone()
    }

    /// Does `act` while no other process writes, with what they have written read.
    fn locked<R>(&mut self, act: impl FnOnce(&mut Self) -> Result<R, Fault>) -> Result<R, Fault> {
        take_lock(&self.lock)?;
        let result = self.catch_up().and_then(|()| act(self));
        self.lock.unlock()?;
        result
    }

    fn catch_up(&mut self) -> Result<(), Fault> {
        let there = self.directory.status_of(FILE.as_ref())?;
        let known = &mut self.current;
        match there {
            Some(FileStatus { inode, size, .. }) if inode == known.inode && size >= known.read_bytes => {
                if size > known.read_bytes {
                    known.read_on()?;
                }
                Ok(())
            }
            // Somebody wrote it anew, or removed it: then what this process knows is all there is.
            there => {
                if there.is_none() {
                    replace(&self.directory, self.keep_seconds, &known.accepted)?;
                }
                let (mut opened, kept) = Opened::open(&self.directory)?;
                opened.read_on()?;
                self.keep_seconds = self.keep_seconds.max(kept);
                self.current = opened;
                Ok(())
            }
        }
    }

    /// Whether `id` is new; if so it is noted in memory and in `records`.
    fn note(&mut self, id: &ReplayId, now: u32, records: &mut Vec<u8>) -> bool {
        if self.current.accepted.get(id).is_some_and(|at| !is_old(*at, self.keep_seconds, now)) {
            return false;
        }
        self.current.accepted.insert(*id, now);
        records.extend_from_slice(&record(id, now));
        true
    }

    fn make_room(&mut self, count: usize, now: u32) -> Result<(), Fault> {
        if self.current.accepted.len() + count > self.ids_max && u64::from(now) > self.current.none_old_before {
            self.drop_old(now);
        }
        self.compact_if_worth(now)?;
        match self.current.accepted.len() {
            remembered if remembered + count > self.ids_max => Err(Fault::Full(remembered)),
            _ => Ok(()),
        }
    }

    fn drop_old(&mut self, now: u32) {
        let keep_seconds = self.keep_seconds;
        self.current.accepted.retain(|_, at| !is_old(*at, keep_seconds, now));
        let oldest = self.current.accepted.values().min().copied().unwrap_or(now);
        self.current.none_old_before = u64::from(oldest).saturating_add(keep_seconds);
    }

    /// Writes the file anew when more than half of it is of no use.
    fn compact_if_worth(&mut self, now: u32) -> Result<(), Fault> {
        let records = self.current.read_bytes / RECORD_BYTES as u64;
        if records < WORTH_COMPACTING || u64::from(now) <= self.current.compact_not_before {
            return Ok(());
        }
        self.current.compact_not_before = u64::from(now).saturating_add(self.keep_seconds / 16);
        self.drop_old(now);
        if records < 2 * self.current.accepted.len() as u64 {
            return Ok(());
        }
        crate::crash::point("replay-compacting");
        replace(&self.directory, self.keep_seconds, &self.current.accepted)?;
        crate::crash::point("replay-compacted");
        let Opened { none_old_before, compact_not_before, .. } = self.current;
        let (mut opened, _) = Opened::open(&self.directory)?;
        opened.read_on()?;
        self.current = Opened { none_old_before, compact_not_before, ..opened };
        Ok(())
    }

    fn append(&mut self, records: &[u8]) -> Result<(), Fault> {
        if records.is_empty() {
            return Ok(());
        }
        let current = &mut self.current;
        // What stands behind the last whole record was cut off when its writer died.
        if current.file.metadata()?.len() != current.read_bytes {
            current.file.set_len(current.read_bytes)?;
        }
        current.file.seek(SeekFrom::Start(current.read_bytes))?;
        current.file.write_all(records)?;
        current.read_bytes += records.len() as u64;
        Ok(())
    }

    /// After a write that failed: the file, not what was meant to be written, says what was accepted.
    fn forget_all_read(&mut self) {
        self.current.accepted.clear();
        self.current.read_bytes = RECORD_BYTES as u64;
        self.current.none_old_before = 0;
    }
}

impl Opened {
    /// Opens the file and says how long its ids are kept.
    fn open(directory: &Directory) -> Result<(Self, u64), Fault> {
        let (_, status) = directory.open_regular(FILE.as_ref())?;
        if status.uid != effective_user() || status.mode & OTHERS != 0 {
            return Err(Fault::Foreign(status.uid));
        }
        let mut file = directory.open_to_write(FILE.as_ref())?;
        let mut head = [0; RECORD_BYTES];
        file.read_exact(&mut head).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => Fault::Unknown,
            _ => Fault::Io(error),
        })?;
        if !head.starts_with(MAGIC) {
            return Err(Fault::Unknown);
        }
        let kept = u64::from_le_bytes(head[24..32].try_into().expect("eight bytes"));
        let opened = Self {
            file,
            inode: status.inode,
            read_bytes: RECORD_BYTES as u64,
            accepted: HashMap::new(),
            none_old_before: 0,
            compact_not_before: 0,
        };
        Ok((opened, kept))
    }

    /// Reads what was added since the last time.
    fn read_on(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.read_bytes))?;
        let mut reader = io::BufReader::with_capacity(RECORD_BYTES * 1024, &self.file);
        let mut bytes = [0; RECORD_BYTES];
        loop {
            match reader.read_exact(&mut bytes) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
                Err(error) => return Err(error),
            }
            self.read_bytes += RECORD_BYTES as u64;
            match read_record(&bytes) {
                Some((id, 0)) => drop(self.accepted.remove(&id)),
                Some((id, at)) => drop(self.accepted.insert(id, at)),
                None => {}
            }
        }
    }
}

/// Writes a file with `accepted` in the place of the one that is there.
fn replace(directory: &Directory, keep_seconds: u64, accepted: &HashMap<ReplayId, u32>) -> Result<(), Fault> {
    let draft: &OsStr = DRAFT.as_ref();
    match directory.unlink(draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut file = io::BufWriter::new(directory.create_exclusive(draft, MODE)?);
    let mut head = [0; RECORD_BYTES];
    head[..24].copy_from_slice(MAGIC);
    head[24..32].copy_from_slice(&keep_seconds.to_le_bytes());
    file.write_all(&head)?;
    accepted.iter().try_for_each(|(id, at)| file.write_all(&record(id, *at)))?;
    file.flush()?;
    file.get_ref().sync_all()?;
    directory.rename(draft, FILE.as_ref())?;
    Ok(directory.sync()?)
}

fn open_or_create(directory: &Directory, name: &OsStr) -> io::Result<File> {
    match directory.create_exclusive(name, MODE) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => directory.open_to_write(name),
        made => made,
    }
}

/// Locks `file` against other processes; the kernel unlocks it when this one dies.
fn take_lock(file: &File) -> Result<(), Fault> {
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error.into()),
            Err(TryLockError::WouldBlock) if began.elapsed() >= PATIENCE => return Err(Fault::Locked),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOOK_AGAIN_AFTER),
        }
    }
}

fn is_old(accepted: u32, keep_seconds: u64, now: u32) -> bool {
    u64::from(accepted).saturating_add(keep_seconds) < u64::from(now)
}

fn record(id: &ReplayId, at: u32) -> [u8; RECORD_BYTES] {
    let mut bytes = [0; RECORD_BYTES];
    bytes[..32].copy_from_slice(id);
    bytes[32..36].copy_from_slice(&at.to_le_bytes());
    let check = check(&bytes[..36]);
    bytes[36..].copy_from_slice(&check.to_le_bytes());
    bytes
}

fn read_record(bytes: &[u8; RECORD_BYTES]) -> Option<(ReplayId, u32)> {
    let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
    let id = bytes[..32].try_into().expect("32 bytes");
    (number(36) == check(&bytes[..36])).then(|| (id, number(32)))
}

/// FNV-1a, 32 bits: against half-written records, not against malice, which could as well remove the file.
fn check(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}
