//! `nuncio bus`: peers on a shared medium, one file for each verb.

mod broadcast;
mod clean;
mod create;
mod destroy;
mod peers;
mod recv;
mod request;
mod send;
mod serve;
mod stats;
mod tap;
mod words;

use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, Subcommand};
use nuncio::bus::{Bus, Message, Peer};
use nuncio::codec::{Codec, DecodeLimits, Value};

use crate::output::say;
use crate::queue::Payload;
use crate::signals;
use crate::stop::Stop;

/// The signals that end a service of the command: SIGINT and SIGTERM.
const ENDS_ON: [i32; 2] = [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM];
/// Where the info line is when it is no argument.
const INFO_VARIABLE: &str = "NUNCIO_BUS";

/// Named peers that send, ask and answer, shared with Perl's IPC::Manager
///
/// INFO is the line that `bus create` prints, @FILE, or - for standard input; it may be left out when NUNCIO_BUS is set.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Broadcast(broadcast::Arguments),
    Clean(clean::Arguments),
    Create(create::Arguments),
    Destroy(destroy::Arguments),
    Peers(peers::Arguments),
    Recv(recv::Arguments),
    Request(request::Arguments),
    Send(send::Arguments),
    Serve(serve::Arguments),
    Stats(stats::Arguments),
    Tap(tap::Arguments),
}

/// Does what was asked for.
///
/// # Errors
/// Those of the verb.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Stop> {
    signals::catch()?;
    match &arguments.verb {
        Verb::Broadcast(arguments) => broadcast::run(arguments),
        Verb::Clean(arguments) => clean::run(arguments),
        Verb::Create(arguments) => create::run(arguments),
        Verb::Destroy(arguments) => destroy::run(arguments),
        Verb::Peers(arguments) => peers::run(arguments),
        Verb::Recv(arguments) => recv::run(arguments),
        Verb::Request(arguments) => request::run(arguments),
        Verb::Send(arguments) => send::run(arguments),
        Verb::Serve(arguments) => serve::run(arguments),
        Verb::Stats(arguments) => stats::run(arguments),
        Verb::Tap(arguments) => tap::run(arguments),
    }
}

/// Joins as `name`, or under one that nobody else has: the reference's peers keep what they know of a name.
///
/// # Errors
/// Those of joining.
fn join(bus: &Bus, name: Option<&str>) -> Result<Peer, Stop> {
    Ok(bus.connect(&name.map_or_else(unique_name, str::to_owned))?)
}

/// A name that nobody has.
fn unique_name() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("nuncio-{}-{:x}", std::process::id(), since.as_nanos())
}

/// Leaves, and says what was not read: nobody else gets it.
///
/// # Errors
/// Those of leaving.
fn leave(peer: Peer) -> Result<(), Stop> {
    let left = peer.close()?;
    for failed in &left.unsent {
        say(format_args!("a message to {:?} may not have arrived: {}", failed.to.as_str(), failed.error.chain()));
    }
    for message in &left.unread {
        match message_line(message) {
            Ok(members) => {
                say(format_args!("a message that came was not read: {}", line_of(&Value::from_iter(members))?))
            }
            Err(error) => say(format_args!("a message that came cannot be read: {}", error.chain())),
        }
    }
    Ok(())
}

/// A payload, which has to be JSON.
///
/// # Errors
/// It cannot be read, or is no JSON.
fn read_payload(argument: &str) -> Result<Value, Stop> {
    let mut payload = Payload::open(argument)?;
    let bytes = payload.read_whole()?;
    Codec::Json.decode(&bytes, &DecodeLimits::default()).map_err(|error| {
        let reason = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        Stop::failed(format_args!(
            "{} is not JSON: {reason} (a text has quotes of its own: '\"text\"')",
            payload.name()
        ))
    })
}

/// The members of a message, as they are printed.
///
/// # Errors
/// Its content cannot be read.
fn message_line(message: &Message) -> nuncio::Result<[(String, Value); 6]> {
    let stamp = message.stamp().and_then(|stamp| stamp.duration_since(UNIX_EPOCH).ok());
    Ok([
        ("id", Value::from(message.id())),
        ("from", message.from().into()),
        ("to", message.to().into()),
        ("stamp", stamp.map_or(Value::Null, |stamp| stamp.as_secs_f64().into())),
        ("content", message.content()?),
        ("broadcast", message.is_broadcast().into()),
    ]
    .map(|(name, value)| (name.to_owned(), value)))
}

/// `value` as one line of JSON.
///
/// # Errors
/// Those of encoding it.
fn line_of(value: &Value) -> Result<String, Stop> {
    let mut json = Vec::new();
    Codec::Json.encode_value(value, &mut json).map_err(Stop::failed)?;
    Ok(String::from_utf8_lossy(&json).into_owned())
}
