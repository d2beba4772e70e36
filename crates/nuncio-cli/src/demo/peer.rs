//! The demo's second process: it checks what comes and sends it back.

use std::env;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clap::Args;
use nuncio::core::{Deadline, Wait};
use nuncio::queue::Registry;

use super::parcel::Kind;
use super::room::Room;
use crate::signals::CANCEL;
use crate::stop::Stop;

/// A message that takes longer than this will not come. It is never reached unless something is wrong.
const PATIENCE: Duration = Duration::from_secs(5);

/// Check the messages of the demo and send them back
#[derive(Args, Debug)]
pub(crate) struct PeerArguments {
    kind: Kind,
    count: u64,
    registry: PathBuf,
    spill: PathBuf,
}

/// Echoes.
///
/// # Errors
/// A message was not the expected one, or did not come.
pub(crate) fn run(arguments: &PeerArguments) -> Result<(), Stop> {
    let registry = Registry::builder().directory(&arguments.registry).spill_directory(&arguments.spill).open()?;
    let there = registry.queue(&queue_name(arguments.kind, Way::There))?;
    let back = registry.queue(&queue_name(arguments.kind, Way::Back))?;
    for number in 0..arguments.count {
        arguments.kind.receive(&there, number, wait())?;
        arguments.kind.send(&back, number, wait())?;
    }
    Ok(())
}

/// As seen from the first process.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    Back,
    There,
}

/// The queue on which parcels of `kind` go that way.
pub(super) fn queue_name(kind: Kind, way: Way) -> String {
    let way = match way {
        Way::Back => "back",
        Way::There => "there",
    };
    format!("{}-{way}", kind.name())
}

/// The wait for one message, beginning now.
pub(super) fn wait() -> Wait<'static> {
    Wait { until: Deadline::after(Instant::now(), PATIENCE), cancel: Some(&CANCEL) }
}

/// The running second process; dropping it ends it.
#[derive(Debug)]
pub(super) struct Peer(Child);

impl Peer {
    /// Starts this program once more, as a peer that echoes `count` parcels.
    ///
    /// # Errors
    /// The system cannot start it.
    pub(super) fn start(room: &Room, kind: Kind, count: u64) -> Result<Self, Stop> {
        Self::start_with(|command| {
            command.arg("demo-peer").args([kind.name(), &count.to_string()]);
            command.args([room.registry().directory(), &room.spill_directory()]);
        })
    }

    /// Starts this program once more, with the arguments that `complete` adds.
    ///
    /// # Errors
    /// The system cannot start it.
    pub(super) fn start_with(complete: impl FnOnce(&mut Command)) -> Result<Self, Stop> {
        let failed = |error| Stop::failed(format_args!("start a second process: {error}"));
        let mut command = Command::new(env::current_exe().map_err(failed)?);
        complete(command.stdin(Stdio::null()).stdout(Stdio::null()));
        Ok(Self(command.spawn().map_err(failed)?))
    }

    /// Whether it still runs.
    pub(super) fn runs(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(None))
    }

    /// Ends it at once, with SIGKILL.
    pub(super) fn kill(&mut self) {
        // It fails if the process has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    /// Waits until it has ended by itself.
    ///
    /// # Errors
    /// It failed; it has told the user why.
    pub(super) fn finish(mut self) -> Result<(), Stop> {
        match self.0.wait() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(Stop::failed(format_args!("the second process ended with {status}"))),
            Err(error) => Err(Stop::failed(format_args!("wait for the second process: {error}"))),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.kill();
    }
}
