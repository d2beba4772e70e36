//! Which process is alive, who we are, and on which processors we run.
//!
//! A process number alone says little, because it is given out again; together with the time its process started it
//! names one process for as long as the machine runs.
//!
//! ```
//! use nuncio_sys::process::ProcessIdentity;
//!
//! let ours = ProcessIdentity::current()?;
//! assert!(ours.is_alive()?);
//! assert!(!ProcessIdentity { start_ticks: ours.start_ticks + 1, ..ours }.is_alive()?);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Source
//! proc(5), `/proc/PID/stat`; kill(2); sched_setaffinity(2).

use std::time::{Duration, SystemTime};
use std::{fs, io};

use rustix::io::Errno;
use rustix::process::Pid;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// So many steps below what others have, of 20.
const LOWERED: i32 = 10;

/// Has the calling thread give way to threads of ordinary priority, for the rest of its life.
///
/// # Errors
/// Those of setpriority(2).
///
/// # Source
/// setpriority(2); on Linux each thread has a priority of its own.
pub fn lower_priority_of_thread() -> io::Result<()> {
    Ok(rustix::process::setpriority_process(None, LOWERED)?)
}

/// One process, told apart from earlier and later ones with the same number.
///
/// Holds within one boot of the machine and one process-number namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProcessIdentity {
    /// The process number.
    pub pid: u32,
    /// When the process started, in clock ticks since the machine was started.
    pub start_ticks: u64,
}

impl ProcessIdentity {
    /// The process that asks.
    ///
    /// # Errors
    /// Those of [`of`](Self::of); `NotFound` where no `/proc` is mounted.
    pub fn current() -> io::Result<Self> {
        Self::of(std::process::id())?.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// The process that has the number `pid` now; none if there is no such process, or only a zombie.
    ///
    /// # Errors
    /// `PermissionDenied` if the process exists but `/proc` hides it (mount option `hidepid`); `InvalidData` if its
    /// entry is not as proc(5) says; those of reading it.
    pub fn of(pid: u32) -> io::Result<Option<Self>> {
        match fs::read(format!("/proc/{pid}/stat")) {
            Ok(line) => match parse_stat(&line) {
                Some((state, _)) if is_dead(state) => Ok(None),
                Some((_, start_ticks)) => Ok(Some(Self { pid, start_ticks })),
                None => Err(io::Error::new(io::ErrorKind::InvalidData, format!("/proc/{pid}/stat cannot be read"))),
            },
            Err(error) if is_no_such_process(&error) => refuse_hidden(pid).map(|()| None),
            Err(error) => Err(error),
        }
    }

    /// When the process started, to about ten milliseconds, and as far as the system's clock was not set since.
    ///
    /// # Errors
    /// Those of reading `/proc/uptime`; `InvalidData` if it is not as proc(5) says.
    ///
    /// # Source
    /// proc(5), `/proc/uptime`; sysconf(3), `_SC_CLK_TCK`.
    pub fn started(&self) -> io::Result<SystemTime> {
        let text = fs::read_to_string("/proc/uptime")?;
        let uptime = text.split(' ').next().and_then(|seconds| seconds.parse().ok());
        let uptime = uptime.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let uptime = uptime.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "/proc/uptime cannot be read"))?;
        let since_boot = self.start_ticks as f64 / rustix::param::clock_ticks_per_second() as f64;
        let age = uptime.saturating_sub(Duration::try_from_secs_f64(since_boot).unwrap_or_default());
        Ok(SystemTime::now() - age)
    }

    /// Whether this very process still runs. A zombie does not.
    ///
    /// # Errors
    /// Those of [`of`](Self::of).
    pub fn is_alive(&self) -> io::Result<bool> {
        Ok(Self::of(self.pid)? == Some(*self))
    }
}

/// The user in whose name this process acts.
pub fn effective_user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// The group in whose name this process acts.
pub fn effective_group() -> u32 {
    rustix::process::getegid().as_raw()
}

/// Keeps the calling thread, and threads it starts from now on, on processor `cpu`.
///
/// # Errors
/// `InvalidInput` for a processor that does not exist or is not allowed to us.
///
/// # Source
/// sched_setaffinity(2).
pub fn pin_to_cpu(cpu: usize) -> io::Result<()> {
    if cpu >= CpuSet::MAX_CPU {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut set = CpuSet::new();
    set.set(cpu);
    Ok(sched_setaffinity(None, &set)?)
}

/// The processors on which the calling thread may run, in ascending order.
///
/// # Errors
/// `InvalidInput` on a machine with more than 1024 processors.
///
/// # Source
/// sched_getaffinity(2).
pub fn allowed_cpus() -> io::Result<Vec<usize>> {
    let set = sched_getaffinity(None)?;
    Ok((0..CpuSet::MAX_CPU).filter(|&cpu| set.is_set(cpu)).collect())
}

/// State (field 3) and start time (field 22). The name (field 2) stands in parentheses and may itself hold blanks and
/// parentheses, so counting begins behind the last closing one.
fn parse_stat(line: &[u8]) -> Option<(u8, u64)> {
    let name_end = line.iter().rposition(|&byte| byte == b')')?;
    let mut fields = str::from_utf8(&line[name_end + 1..]).ok()?.split_ascii_whitespace();
    let state = *fields.next()?.as_bytes().first()?;
    let start_ticks = fields.nth(18)?.parse().ok()?;
    Some((state, start_ticks))
}

fn is_dead(state: u8) -> bool {
    matches!(state, b'Z' | b'X' | b'x')
}

/// A process that ends between opening and reading its entry gives `ESRCH` instead of `ENOENT`.
fn is_no_such_process(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound || Errno::from_io_error(error) == Some(Errno::SRCH)
}

/// Taking a hidden process for a dead one would let somebody take over what it holds.
fn refuse_hidden(pid: u32) -> io::Result<()> {
    let Some(process) = i32::try_from(pid).ok().and_then(Pid::from_raw) else {
        return Ok(());
    };
    match rustix::process::test_kill_process(process) {
        Err(Errno::SRCH) => Ok(()),
        Ok(()) | Err(Errno::PERM) => {
            Err(io::Error::new(io::ErrorKind::PermissionDenied, format!("process {pid} exists, but /proc hides it")))
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn stat_with_a_hostile_name() {
        let line = b"42 (a) Z 1 (b c) S 1 42 42 0 -1 4194560 84 0 0 0 0 0 0 0 20 0 1 0 987654 2420736 216\n";
        assert_eq!(parse_stat(line), Some((b'S', 987_654)));
    }

    #[test]
    fn stat_that_is_no_stat() {
        for line in [&b""[..], b"42", b"42 (a)", b"42 (a) S 1 2", b"42 (a) S 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 x"] {
            assert_eq!(parse_stat(line), None);
        }
    }

    #[test]
    fn a_child_is_alive_until_it_ends_and_a_zombie_is_not() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let identity = ProcessIdentity::of(child.id()).unwrap().unwrap();
        assert!(identity.is_alive().unwrap());
        let age = SystemTime::now().duration_since(identity.started().unwrap()).unwrap_or_default();
        let ours = ProcessIdentity::current().unwrap().started().unwrap();
        assert!(age < SystemTime::now().duration_since(ours).unwrap_or_default() + Duration::from_secs(1));

        drop(child.stdin.take());
        // Waiting without reaping leaves the zombie in place for the next line.
        let pid = Pid::from_child(&child);
        rustix::process::waitid(
            rustix::process::WaitId::Pid(pid),
            rustix::process::WaitIdOptions::EXITED | rustix::process::WaitIdOptions::NOWAIT,
        )
        .unwrap();
        assert!(!identity.is_alive().unwrap());

        child.wait().unwrap();
        assert_eq!(ProcessIdentity::of(identity.pid).unwrap(), None);
    }

    #[test]
    fn numbers_that_no_process_has() {
        for pid in [0, i32::MAX.cast_unsigned(), u32::MAX] {
            assert_eq!(ProcessIdentity::of(pid).unwrap(), None);
        }
    }

    #[test]
    fn a_thread_can_be_pinned_to_each_allowed_processor() {
        std::thread::spawn(|| {
            for cpu in allowed_cpus().unwrap() {
                pin_to_cpu(cpu).unwrap();
                assert_eq!(allowed_cpus().unwrap(), [cpu]);
            }
            assert_eq!(pin_to_cpu(usize::MAX).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        })
        .join()
        .unwrap();
    }
}
