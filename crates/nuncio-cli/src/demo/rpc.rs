//! The tour of requests over a unix socket: one leg for each kind of parcel, a server in a second process in each.

use std::ops::Range;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use nuncio::rpc::{Client, Data, Fault, Server};
use tokio::task::JoinSet;

use super::parcel::{Kind, Parcel};
use super::peer::Peer;
use super::report::{Leg, Measured};
use super::room::Room;
use super::{Tour, legs};
use crate::rpc::wait;
use crate::signals;
use crate::stop::Stop;

pub(super) const TOUR: Tour = Tour { needs_server: false, run };

const TRANSPORT: &str = "rpc";
const URI: &str = "/parcel";
/// How many requests are under way at once.
const IN_FLIGHT: usize = 64;
/// Between two looks whether the second process listens.
const GLANCE: Duration = Duration::from_millis(2);
/// A request that takes longer than this is not answered. It is never reached unless something is wrong.
const PATIENCE: Duration = Duration::from_secs(5);

/// Check the parcels of the demo and send them back as answers
#[derive(Args, Debug)]
pub(crate) struct PeerArguments {
    kind: Kind,
    socket: PathBuf,
}

/// Serves until it is killed.
///
/// # Errors
/// It cannot listen.
pub(crate) fn run_peer(arguments: &PeerArguments) -> Result<(), Stop> {
    let kind = arguments.kind;
    let check = move |Data(parcel): Data<Parcel>| async move {
        let number = parcel.number();
        kind.check(&parcel, number).map_err(|reason| Fault::new("wrong_parcel", reason))?;
        Ok::<_, Fault>(Data(parcel))
    };
    wait(async { Ok(Server::builder().route(URI, check).serve(&arguments.socket).await?) })
}

fn run(room: &Room) -> Result<Vec<Leg>, Stop> {
    legs(TRANSPORT, |kind| leg(room, kind))
}

fn leg(room: &Room, kind: Kind) -> Result<Measured, Stop> {
    let socket = room.socket();
    let mut server = Peer::start_with(|command| {
        command.args(["demo-rpc-peer", kind.name()]).arg(&socket);
    })?;
    let (at_once, one_by_one) = kind.amounts();
    wait(async {
        tokio::select! {
            measured = async {
                let client = connect(&socket, &mut server).await?;
                let elapsed = stream(&client, kind, 0..at_once).await?;
                let mut round_trips = Vec::new();
                for number in at_once..at_once + one_by_one {
                    let began = Instant::now();
                    ask(client.clone(), kind, number).await?;
                    round_trips.push(began.elapsed());
                }
                Ok(Measured::new(2 * at_once, elapsed, round_trips))
            } => measured,
            () = signals::received() => Err(Stop::Interrupted),
        }
    })
}

/// Connects as soon as the server listens.
async fn connect(socket: &PathBuf, server: &mut Peer) -> Result<Client, Stop> {
    loop {
        match Client::builder().request_timeout(PATIENCE).connect(socket).await {
            Err(_) if server.runs() => tokio::time::sleep(GLANCE).await,
            outcome => return Ok(outcome?),
        }
    }
}

/// Asks as fast as answers come, each in its turn.
async fn stream(client: &Client, kind: Kind, numbers: Range<u64>) -> Result<Duration, Stop> {
    let began = Instant::now();
    let mut asking = JoinSet::new();
    for number in numbers {
        if asking.len() >= IN_FLIGHT {
            joined(asking.join_next().await)?;
        }
        asking.spawn(ask(client.clone(), kind, number));
    }
    while !asking.is_empty() {
        joined(asking.join_next().await)?;
    }
    Ok(began.elapsed())
}

fn joined(asked: Option<Result<Result<(), Stop>, tokio::task::JoinError>>) -> Result<(), Stop> {
    asked.map_or(Ok(()), |asked| asked.map_err(|error| Stop::failed(format_args!("ask: {error}")))?)
}

/// Sends the parcel `number`, and takes no other for the answer.
async fn ask(client: Client, kind: Kind, number: u64) -> Result<(), Stop> {
    let parcel: Parcel = client.request(URI, &kind.parcel(number)).await?;
    kind.check(&parcel, number).map_err(Stop::failed)
}
