//! What a process has cost so far.
//!
//! # Source
//! proc(5), `/proc/PID/task/TID/status`.

use std::path::Path;
use std::{fs, io};

/// How often the threads of a process gave up the processor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContextSwitches {
    /// Because they waited for something.
    pub voluntary: u64,
    /// Because the kernel let somebody else run.
    pub involuntary: u64,
}

/// The context switches of process `pid`, summed over the threads that it has now.
///
/// Threads that have ended are not counted, so the sum can shrink.
///
/// # Errors
/// `NotFound` if there is no such process; those of reading its entries in `/proc`.
pub fn context_switches(pid: u32) -> io::Result<ContextSwitches> {
    let mut total = ContextSwitches::default();
    for entry in fs::read_dir(format!("/proc/{pid}/task"))? {
        let Some(status) = status_of_thread(&entry?.path())? else {
            continue;
        };
        total.voluntary += count(&status, "voluntary_ctxt_switches:")?;
        total.involuntary += count(&status, "nonvoluntary_ctxt_switches:")?;
    }
    Ok(total)
}

/// None for a thread that has ended since the directory was listed.
fn status_of_thread(thread: &Path) -> io::Result<Option<String>> {
    match fs::read(thread.join("status")) {
        // The thread's name, which comes first, need not be UTF-8.
        Ok(status) => Ok(Some(String::from_utf8_lossy(&status).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.raw_os_error() == Some(libc::ESRCH) => Ok(None),
        Err(error) => Err(error),
    }
}

fn count(status: &str, field: &str) -> io::Result<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix(field));
    value.and_then(|value| value.trim().parse().ok()).ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidData, format!("no number after {field} in a thread's status"))
    })
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::process::{Command, Stdio};

    use super::*;

    /// Of another process, because the threads of this one's other tests end meanwhile, and the sum loses what they had.
    #[test]
    fn waiting_counts_as_voluntary() {
        let mut echo = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (mut ping, mut pong) = (echo.stdin.take().unwrap(), echo.stdout.take().unwrap());
        let mut exchange = || {
            ping.write_all(b".").unwrap();
            pong.read_exact(&mut [0]).unwrap();
            context_switches(echo.id()).unwrap().voluntary
        };
        let before = exchange();
        assert!((0..100_000).any(|_| exchange() > before), "it never waited");
        drop(ping);
        echo.wait().unwrap();
    }

    #[test]
    fn a_status_without_the_field_is_refused() {
        assert_eq!(count("Name:\tx\n", "voluntary_ctxt_switches:").unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(count("voluntary_ctxt_switches:\t17\n", "voluntary_ctxt_switches:").unwrap(), 17);
    }

    #[test]
    fn no_such_process() {
        assert_eq!(context_switches(u32::MAX).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
