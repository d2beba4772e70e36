//! The tour of named queues over the kernel's message queues: one leg for each kind of parcel, a second process in each.

use std::thread;
use std::time::{Duration, Instant};

use nuncio::queue::Queue;

use super::parcel::Kind;
use super::peer::{Peer, Way, queue_name, wait};
use super::report::{Leg, Measured};
use super::room::Room;
use super::{Tour, legs};
use crate::stop::Stop;

pub(super) const TOUR: Tour = Tour { needs_server: false, run };

const TRANSPORT: &str = "sysv";

fn run(room: &Room) -> Result<Vec<Leg>, Stop> {
    legs(TRANSPORT, |kind| leg(room, kind))
}

fn leg(room: &Room, kind: Kind) -> Result<Measured, Stop> {
    let there = room.registry().queue(&queue_name(kind, Way::There))?;
    let back = room.registry().queue(&queue_name(kind, Way::Back))?;
    let (at_once, round_trips) = kind.amounts();
    let peer = Peer::start(room, kind, at_once + round_trips)?;
    // The first parcel shows that the peer has started, which is not part of the measurement.
    round_trip(kind, &there, &back, 0)?;
    let elapsed = stream(kind, &there, &back, 1..at_once)?;
    let round_trips: Vec<Duration> = (at_once..at_once + round_trips)
        .map(|number| round_trip(kind, &there, &back, number))
        .collect::<Result<_, _>>()?;
    peer.finish()?;
    nothing_is_left(&there)?;
    nothing_is_left(&back)?;
    Ok(Measured::new(2 * (at_once - 1), elapsed, round_trips))
}

/// Sends parcels as fast as they are taken, and receives them as they come back.
fn stream(kind: Kind, there: &Queue, back: &Queue, numbers: std::ops::Range<u64>) -> Result<Duration, Stop> {
    let began = Instant::now();
    thread::scope(|scope| {
        let sender = scope.spawn({
            let mut numbers = numbers.clone();
            move || numbers.try_for_each(|number| kind.send(there, number, wait()))
        });
        let received = numbers.clone().try_for_each(|number| kind.receive(back, number, wait()));
        let sent = sender.join().unwrap_or_else(|_| Err(Stop::failed("the sending thread panicked")));
        received.and(sent)
    })?;
    Ok(began.elapsed())
}

fn round_trip(kind: Kind, there: &Queue, back: &Queue, number: u64) -> Result<Duration, Stop> {
    let began = Instant::now();
    kind.send(there, number, wait())?;
    kind.receive(back, number, wait())?;
    Ok(began.elapsed())
}

/// What is left was delivered twice.
fn nothing_is_left(queue: &Queue) -> Result<(), Stop> {
    match queue.stat()?.messages {
        0 => Ok(()),
        left => Err(Stop::failed(format_args!("{left} messages too many came to {:?}", queue.name()))),
    }
}
