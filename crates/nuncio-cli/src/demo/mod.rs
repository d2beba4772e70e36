//! `nuncio demo`: the tour of everything that moves messages here, with real processes.
//!
//! A transport joins by a module of its own and a line in [`TOURS`].

mod bus;
mod mesh;
mod parcel;
mod peer;
mod report;
mod room;
mod rpc;
mod sysv;

use clap::Args;

pub(crate) use self::bus::{PeerArguments as BusPeerArguments, run_peer as run_bus_peer};
pub(crate) use self::mesh::{PeerArguments as MeshPeerArguments, run_peer as run_mesh_peer};
use self::parcel::Kind;
pub(crate) use self::peer::{PeerArguments, run as run_peer};
use self::report::{Leg, Measured, Report};
use self::room::Room;
pub(crate) use self::rpc::{PeerArguments as RpcPeerArguments, run_peer as run_rpc_peer};
use crate::output::Output;
use crate::signals;
use crate::stop::Stop;

/// Show messages moving between processes, and check that each arrives once, in order, intact
///
/// Starts second processes, sends them small, large and Unicode messages, and has these sent back. Uses queues of its own and
/// removes them. Ends with 0 if everything held.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Take every tour, also those that need a server, of which there are none yet
    #[arg(long)]
    all: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// One way to move messages, shown at work.
struct Tour {
    /// It needs something that not every machine has, and is taken with `--all` alone.
    needs_server: bool,
    /// Shows it, one leg for each kind of message. A leg that does not hold is a result; only an interruption is an error.
    run: fn(&Room) -> Result<Vec<Leg>, Stop>,
}

const TOURS: &[Tour] = &[sysv::TOUR, bus::TOUR, rpc::TOUR, mesh::TOUR];

/// Takes the tours and prints what they showed.
///
/// # Errors
/// Something did not hold.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Stop> {
    signals::catch()?;
    let room = Room::open()?;
    let mut legs = Vec::new();
    for tour in TOURS.iter().filter(|tour| arguments.all || !tour.needs_server) {
        legs.extend((tour.run)(&room)?);
    }
    drop(room);
    let report = Report::new(legs);
    let mut output = Output::new();
    match arguments.json {
        true => output.print_json(&report)?,
        false => output.print(&report.table())?,
    }
    if report.held { Ok(()) } else { Err(Stop::failed("the demo did not hold")) }
}

/// One leg for each kind of parcel.
fn legs(transport: &'static str, leg: impl Fn(Kind) -> Result<Measured, Stop>) -> Result<Vec<Leg>, Stop> {
    Kind::ALL.into_iter().map(|kind| Leg::of(transport, kind.name(), leg(kind))).collect()
}
