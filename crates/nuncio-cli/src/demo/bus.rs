//! The tour of a bus: on each medium a service in a second process is asked, one leg for each kind of parcel.

use std::collections::HashMap;
use std::ops::Range;
use std::time::{Duration, Instant};

use clap::Args;
use nuncio::bus::wire::info::Protocol;
use nuncio::bus::{Bus, RequestId, answering};
use nuncio::core::{Deadline, Wait};

use super::parcel::{Kind, Parcel};
use super::peer::{Peer, wait};
use super::report::{Leg, Measured};
use super::room::Room;
use super::{Tour, legs};
use crate::signals::CANCEL;
use crate::stop::Stop;

pub(super) const TOUR: Tour = Tour { needs_server: false, run };

/// The media that carry the largest parcel.
const MEDIA: [(&str, Protocol); 3] = [
    ("bus stream", Protocol::ConnectionUnix),
    ("bus fifo", Protocol::AtomicPipe),
    ("bus files", Protocol::MessageFiles),
];
const SERVICE: &str = "parcels";
/// How many requests are under way at once.
const IN_FLIGHT: usize = 64;
/// Of the parcels that other tours move: a request is two messages, and on files four files that are made and removed.
const SHARE: u64 = 4;
/// How long the second process may take to be on the bus, and an answer to come. It is never reached unless something is wrong.
const PATIENCE: Duration = Duration::from_secs(10);

/// Check the parcels of the demo and send them back as answers on a bus
#[derive(Args, Debug)]
pub(crate) struct PeerArguments {
    kind: Kind,
    info: String,
}

/// Serves until it is asked to end, or killed.
///
/// # Errors
/// It cannot join the bus.
pub(crate) fn run_peer(arguments: &PeerArguments) -> Result<(), Stop> {
    let kind = arguments.kind;
    let check = move |parcel: Parcel| {
        let number = parcel.number();
        kind.check(&parcel, number)?;
        Ok(parcel)
    };
    Bus::open(&arguments.info)?.service(SERVICE).expose_errors().run(answering(check))?;
    Ok(())
}

fn run(room: &Room) -> Result<Vec<Leg>, Stop> {
    let mut all = Vec::new();
    for (transport, protocol) in MEDIA {
        all.extend(legs(transport, |kind| leg(room, protocol, kind))?);
    }
    Ok(all)
}

fn leg(room: &Room, protocol: Protocol, kind: Kind) -> Result<Measured, Stop> {
    let bus = Bus::builder().protocols([protocol]).route(room.bus()).create()?;
    let server = Peer::start_with(|command| {
        command.args(["demo-bus-peer", kind.name()]).arg(bus.info().to_string());
    })?;
    let measured = measure(&bus, kind);
    // It ends when the bus does; the account says whether every message arrived.
    let report = bus.shutdown(PATIENCE)?;
    drop(server);
    let measured = measured?;
    match report.differences.first() {
        None => Ok(measured),
        Some(pair) => Err(Stop::failed(format_args!("{} messages from {} were lost", pair.messages, pair.from))),
    }
}

fn measure(bus: &Bus, kind: Kind) -> Result<Measured, Stop> {
    let until = Deadline::after(Instant::now(), PATIENCE);
    if !bus.wait_for_peer(SERVICE, Wait { until, cancel: Some(&CANCEL) })? {
        return Err(Stop::failed("the second process did not join the bus"));
    }
    let mut asker = bus.connect("demo")?;
    let (at_once, one_by_one) = kind.amounts();
    let (at_once, one_by_one) = (at_once / SHARE, one_by_one / SHARE);
    let elapsed = stream(&mut asker, kind, 0..at_once)?;
    let mut round_trips = Vec::new();
    for number in at_once..at_once + one_by_one {
        let began = Instant::now();
        let parcel: Parcel = asker.request_with(SERVICE, &kind.parcel(number), wait())?.into_value()?;
        kind.check(&parcel, number).map_err(Stop::failed)?;
        round_trips.push(began.elapsed());
    }
    asker.close()?;
    Ok(Measured::new(2 * at_once, elapsed, round_trips))
}

/// Asks as fast as answers come, each in its turn.
fn stream(asker: &mut nuncio::bus::Peer, kind: Kind, numbers: Range<u64>) -> Result<Duration, Stop> {
    let began = Instant::now();
    let mut asked: HashMap<RequestId, u64> = HashMap::new();
    for number in numbers {
        if asked.len() >= IN_FLIGHT {
            check_next(asker, kind, &mut asked)?;
        }
        asked.insert(asker.begin_request(SERVICE, &kind.parcel(number), Some(PATIENCE))?, number);
    }
    while !asked.is_empty() {
        check_next(asker, kind, &mut asked)?;
    }
    Ok(began.elapsed())
}

fn check_next(asker: &mut nuncio::bus::Peer, kind: Kind, asked: &mut HashMap<RequestId, u64>) -> Result<(), Stop> {
    let Some((id, response)) = asker.next_response(wait())? else { return Err(Stop::failed("an answer did not come")) };
    let Some(number) = asked.remove(&id) else { return Err(Stop::failed("an answer came twice")) };
    kind.check(&response?.into_value()?, number).map_err(Stop::failed)
}
