//! The file behind a [`ReplayGuard`](super::ReplayGuard): a head, then one record for each id, in the order of acceptance.
//!
//! | offset | width | head | record |
//! |---|---|---|---|
//! | 0 | 24 | `nuncio replay guard 1`, LF, two NUL | id |
//! | 24 | 8 | seconds an id is kept, u64, little-endian | id, its end |
//! | 32 | 4 | the horizon: the latest time of an id that was left behind | its time, Unix time, u32, little-endian; zero: forgotten |
//! | 36 | 4 | zero | check of the 36 bytes before (FNV-1a, u32, little-endian) |
//!
//! A record that does not check (a machine that died while it was written) is passed over. The file is replaced by rename,
//! never shortened, but for half a record at its end.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::time::Duration;

use nuncio_sys::files::{Directory, FileStatus};
use nuncio_sys::process::effective_user;

use super::{Once, ReplayId, Verdict, seconds};
use crate::file_lock::FileLock;

pub(super) const FILE: &str = "accepted";
const DRAFT: &str = ".accepted-new";
const MAGIC: &[u8; 24] = b"nuncio replay guard 1\n\0\0";
const RECORD_BYTES: usize = 40;
const MODE: u32 = 0o600;
const OTHERS: u32 = 0o077;
/// A clock is believed to be ahead by a day at most.
const AHEAD_MAX_SECONDS: u32 = 24 * 3600;
/// A file with fewer records than this is not worth writing anew.
const WORTH_COMPACTING: u64 = 4096;

/// Why the file could not be used.
#[derive(Debug)]
pub(super) enum Fault {
    Io(io::Error),
    /// It belongs to this user, or others can read it.
    Foreign(u32),
    Unknown,
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
    accepted: Accepted,
    /// Before this time looking for old ids finds none.
    none_old_before: u32,
    /// Before this time it is not looked whether the file is worth writing anew.
    compact_not_before: u64,
}

/// What is remembered.
#[derive(Debug, Default)]
struct Accepted {
    /// The time of each id.
    times: HashMap<ReplayId, u32>,
    /// The latest time of an id that is not remembered any more; zero if none was left behind yet.
    horizon: u32,
}

impl Log {
    pub(super) fn open(directory: Directory, lock: &FileLock, keep: Duration, ids_max: usize) -> Result<Self, Fault> {
        let keep_seconds = keep.as_secs().saturating_add(u64::from(keep.subsec_nanos() > 0));
        let _held = lock.take()?;
        let (current, kept) = Self::open_locked(&directory, keep_seconds)?;
        Ok(Self { directory, keep_seconds: keep_seconds.max(kept), ids_max, current })
    }

    fn open_locked(directory: &Directory, keep_seconds: u64) -> Result<(Opened, u64), Fault> {
        if directory.status_of(FILE.as_ref())?.is_none() {
            replace(directory, keep_seconds, &Accepted::default())?;
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
    pub(super) fn accept(&mut self, ids: &[ReplayId], now: u32, lock: &FileLock) -> Result<Vec<bool>, Fault> {
        let _held = lock.take()?;
        self.catch_up()?;
        if self.is_full_with(ids.len()) && now > self.current.none_old_before {
            self.current.drop_old(self.keep_seconds, now);
        }
        self.compact_if_worth(now)?;
        if self.is_full_with(ids.len()) {
            return Err(Fault::Full(self.current.accepted.times.len()));
        }
        let mut records = Vec::with_capacity(ids.len() * RECORD_BYTES);
        let keep_seconds = self.keep_seconds;
        let new = ids.iter().map(|id| {
            let known = self.current.accepted.times.get(id).is_some_and(|at| !is_old(*at, keep_seconds, now));
            if !known {
                self.current.accepted.times.insert(*id, now);
                records.extend_from_slice(&record(id, now));
            }
            !known
        });
        let new = new.collect();
        self.append(&records)?;
        Ok(new)
    }

    /// Accepts what proves when it was sent.
    pub(super) fn accept_sent(&mut self, all: &[Once], now: u32, lock: &FileLock) -> Result<Vec<Verdict>, Fault> {
        let _held = lock.take()?;
        self.catch_up()?;
        self.compact_if_worth(now)?;
        let (mut verdicts, mut records) = (Vec::with_capacity(all.len()), Vec::new());
        for once in all {
            if self.is_full_with(1) {
                self.append(&records)?;
                records.clear();
                self.current.drop_oldest();
                self.compact()?;
            }
            let accepted = &mut self.current.accepted;
            let verdict = accepted.judge(once);
            if verdict == Verdict::New {
                // What is sent by a clock that is ahead is kept so much longer: the horizon passes it later. Without a bound one
                // sender could push the horizon beyond everybody's time.
                let at = seconds(once.sent_at).min(now.saturating_add(AHEAD_MAX_SECONDS)).max(now);
                accepted.times.insert(once.id, at);
                records.extend_from_slice(&record(&once.id, at));
            }
            verdicts.push(verdict);
        }
        self.append(&records)?;
        Ok(verdicts)
    }

    /// What would be said of each.
    pub(super) fn judge_sent(&mut self, all: &[Once], lock: &FileLock) -> Result<Vec<Verdict>, Fault> {
        let _held = lock.take()?;
        self.catch_up()?;
        Ok(all.iter().map(|once| self.current.accepted.judge(once)).collect())
    }

    pub(super) fn forget(&mut self, id: &ReplayId, lock: &FileLock) -> Result<(), Fault> {
        let _held = lock.take()?;
        self.catch_up()?;
        match self.current.accepted.times.remove(id) {
            None => Ok(()),
            Some(_) => self.append(&record(id, 0)),
        }
    }

    /// The file that was written to last.
    pub(super) fn file(&self) -> io::Result<File> {
        self.current.file.try_clone()
    }

    /// Reads what other processes have written.
    fn catch_up(&mut self) -> Result<(), Fault> {
        let there = self.directory.status_of(FILE.as_ref())?;
        let known = &mut self.current;
        if let Some(FileStatus { inode, size, .. }) = there
            && inode == known.inode
            && size >= known.read_bytes
        {
            if size > known.read_bytes {
                known.read_on()?;
            }
            return Ok(());
        }
        if there.is_none() {
            // Somebody removed it: what this process knows is all there is.
            replace(&self.directory, self.keep_seconds, &known.accepted)?;
        }
        self.open_again()
    }

    fn open_again(&mut self) -> Result<(), Fault> {
        let (mut opened, kept) = Opened::open(&self.directory)?;
        opened.read_on()?;
        self.keep_seconds = self.keep_seconds.max(kept);
        self.current = opened;
        Ok(())
    }

    fn is_full_with(&self, count: usize) -> bool {
        self.current.accepted.times.len() + count > self.ids_max
    }

    /// Writes the file anew when more than half of it is of no use.
    fn compact_if_worth(&mut self, now: u32) -> Result<(), Fault> {
        let records = self.current.read_bytes / RECORD_BYTES as u64;
        if records < WORTH_COMPACTING || u64::from(now) <= self.current.compact_not_before {
            return Ok(());
        }
        self.current.compact_not_before = u64::from(now).saturating_add(self.keep_seconds / 16);
        self.current.drop_old(self.keep_seconds, now);
        match records < 2 * self.current.accepted.times.len() as u64 {
            true => Ok(()),
            false => self.compact(),
        }
    }

    fn compact(&mut self) -> Result<(), Fault> {
        crate::crash::point("replay-compacting");
        replace(&self.directory, self.keep_seconds, &self.current.accepted)?;
        crate::crash::point("replay-compacted");
        let Opened { none_old_before, compact_not_before, .. } = self.current;
        self.open_again()?;
        (self.current.none_old_before, self.current.compact_not_before) = (none_old_before, compact_not_before);
        Ok(())
    }

    fn append(&mut self, records: &[u8]) -> Result<(), Fault> {
        self.current.append(records).map_err(|error| {
            // The file, and not what was meant to be written, says what was accepted.
            self.current.forget_all_read();
            error.into()
        })
    }
}

impl Accepted {
    fn judge(&self, once: &Once) -> Verdict {
        if self.times.contains_key(&once.id) {
            Verdict::Replayed
        } else if seconds(once.sent_at) <= self.horizon {
            Verdict::TooOld
        } else {
            Verdict::New
        }
    }

    fn drop_up_to(&mut self, latest: u32) {
        let mut horizon = self.horizon;
        self.times.retain(|_, at| {
            let stays = *at > latest;
            if !stays {
                horizon = horizon.max(*at);
            }
            stays
        });
        self.horizon = horizon;
    }
}

impl Opened {
    fn append(&mut self, records: &[u8]) -> io::Result<()> {
        if records.is_empty() {
            return Ok(());
        }
        // What stands behind the last whole record was cut off when its writer died.
        if self.file.metadata()?.len() != self.read_bytes {
            self.file.set_len(self.read_bytes)?;
        }
        self.file.seek(SeekFrom::Start(self.read_bytes))?;
        if let Err(error) = self.file.write_all(records) {
            // Part of it may be there. The error that led here is the one to tell of.
            let _ = self.file.set_len(self.read_bytes);
            return Err(error);
        }
        self.read_bytes += records.len() as u64;
        Ok(())
    }

    fn forget_all_read(&mut self) {
        self.accepted.times.clear();
        self.read_bytes = RECORD_BYTES as u64;
        (self.none_old_before, self.compact_not_before) = (0, 0);
    }

    /// Leaves behind what has been kept long enough.
    fn drop_old(&mut self, keep_seconds: u64, now: u32) {
        let latest_old = u64::from(now).saturating_sub(keep_seconds).saturating_sub(1);
        self.accepted.drop_up_to(u32::try_from(latest_old).unwrap_or(0));
        let oldest = self.accepted.times.values().min().copied().unwrap_or(now);
        self.none_old_before = u32::try_from(u64::from(oldest).saturating_add(keep_seconds)).unwrap_or(u32::MAX);
    }

    /// Leaves the oldest behind, one in eight, to make room.
    fn drop_oldest(&mut self) {
        let mut times: Vec<_> = self.accepted.times.values().copied().collect();
        let eighth = times.len() / 8;
        if !times.is_empty() {
            let (_, latest, _) = times.select_nth_unstable(eighth);
            self.accepted.drop_up_to(*latest);
        }
    }

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
        let horizon = u32::from_le_bytes(head[32..36].try_into().expect("four bytes"));
        let opened = Self {
            file,
            inode: status.inode,
            read_bytes: RECORD_BYTES as u64,
            accepted: Accepted { times: HashMap::new(), horizon },
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
                Some((id, 0)) => drop(self.accepted.times.remove(&id)),
                Some((id, at)) => drop(self.accepted.times.insert(id, at)),
                None => {}
            }
        }
    }
}

/// Writes a file with `accepted` into the place of the one that is there.
fn replace(directory: &Directory, keep_seconds: u64, accepted: &Accepted) -> Result<(), Fault> {
    let draft: &OsStr = DRAFT.as_ref();
    match directory.unlink(draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut file = io::BufWriter::new(directory.create_exclusive(draft, MODE)?);
    let mut head = [0; RECORD_BYTES];
    head[..24].copy_from_slice(MAGIC);
    head[24..32].copy_from_slice(&keep_seconds.to_le_bytes());
    head[32..36].copy_from_slice(&accepted.horizon.to_le_bytes());
    file.write_all(&head)?;
    accepted.times.iter().try_for_each(|(id, at)| file.write_all(&record(id, *at)))?;
    file.flush()?;
    file.get_ref().sync_all()?;
    directory.rename(draft, FILE.as_ref())?;
    Ok(directory.sync()?)
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
