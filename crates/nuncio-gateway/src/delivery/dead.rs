//! Dead letters: messages that nobody can be given, each in a file of its own with the reason.
//!
//! ```text
//! reason: host "b.example": not delivered within 604800s: ...
//! time: 1795170659
//!
//! 26:l=158,t=9,q=rq,d=b.example{...the message as it was...}
//! ```

use std::io::Write;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use nuncio_core::{Error, Result};
use nuncio_sys::files::Directory;

use super::{AGAIN_AFTER, Worker};
use crate::gateway::Shared;
use crate::spool::{Lane, Portion};

/// Where they are, in the spool's directory.
const DIRECTORY: &str = "dead";
const SUFFIX: &str = ".dead";
const PORTION: Portion = Portion { messages: 256, bytes: 1 << 20 };

pub(super) async fn run(mut worker: Worker) {
    let mut troubled = false;
    loop {
        let (shared, lane) = (worker.shared.clone(), worker.lane.clone());
        let Ok(written) = tokio::task::spawn_blocking(move || write_all(&shared, &lane)).await else { return };
        let goes_on = match written {
            Ok(()) => worker.idle().await,
            Err(error) => {
                if !troubled {
                    tracing::error!("{}; it is tried again until it succeeds", error.chain());
                }
                troubled = true;
                worker.pause(AGAIN_AFTER).await
            }
        };
        if !goes_on {
            return;
        }
    }
}

fn write_all(shared: &Shared, lane: &Lane) -> Result<()> {
    while let Some(load) = shared.spool.read(lane, 0, PORTION)? {
        let path = shared.spool.directory().join(DIRECTORY);
        let directory = open(&path)?;
        for (message, number) in load.messages().zip(load.first..) {
            write(&directory, lane.name(), message)?;
            shared.spool.done(lane, number + 1);
            shared.metrics.dead_letters.add(1);
        }
        tracing::error!(
            reason = lane.name(),
            messages = load.count(),
            ?path,
            "messages could not be delivered and are kept"
        );
        make_room(&directory, shared.config.limits.dead_letter_bytes)?;
    }
    Ok(())
}

fn open(path: &Path) -> Result<Directory> {
    let failed = |error| Error::io("keep dead letters in", error).on(path);
    Directory::create(path, 0o700).map_err(failed)?;
    Directory::open(path).map_err(failed)
}

fn write(directory: &Directory, reason: &str, message: &[u8]) -> Result<()> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let failed = |error| Error::io("write a dead letter in", error).on(directory.path());
    let mut nanos = since.as_nanos();
    loop {
        let name = format!("{nanos:020}{SUFFIX}");
        match directory.create_exclusive(name.as_ref(), 0o600) {
            Ok(mut file) => {
                let head = format!("reason: {}\ntime: {}\n\n", reason.replace(char::is_control, "?"), since.as_secs());
                let written = file.write_all(head.as_bytes()).and_then(|()| file.write_all(message));
                return written.and_then(|()| file.sync_data()).map_err(|error| {
                    // Half a letter would be one too many.
                    let _ = directory.unlink(name.as_ref());
                    failed(error)
                });
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => nanos += 1,
            Err(error) => return Err(failed(error)),
        }
    }
}

/// Removes the oldest letters when there are too many bytes of them.
fn make_room(directory: &Directory, bytes_max: u64) -> Result<()> {
    let failed = |error| Error::io("look through the dead letters in", error).on(directory.path());
    let mut names = directory.names().map_err(failed)?;
    names.retain(|name| name.to_str().is_some_and(|name| name.ends_with(SUFFIX)));
    names.sort_unstable();
    let size = |name: &std::ffi::OsString| directory.status_of(name).ok().flatten().map_or(0, |status| status.size);
    let mut bytes: u64 = names.iter().map(size).sum();
    let mut removed = 0;
    for name in names {
        if bytes <= bytes_max {
            break;
        }
        bytes = bytes.saturating_sub(size(&name));
        directory.unlink(&name).map_err(failed)?;
        removed += 1;
    }
    if removed > 0 {
        tracing::error!(removed, bytes_max, "the oldest dead letters were removed: there are too many bytes of them");
    }
    Ok(())
}
