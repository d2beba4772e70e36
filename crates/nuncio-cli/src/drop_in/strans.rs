//! `strans`: sends one message.

use std::net::Ipv4Addr;

use clap::Parser;
use nuncio::ErrorKind;
use nuncio::queue::{SendOptions, header};

use super::Common;
use crate::output::{Output, say};
use crate::queue::{Patience, parse_object, send};
use crate::stop::Stop;

/// The queue of everything that goes to another host.
const OUTGOING: &str = "transitd";
/// How many hosts may pass a message on.
const HOPS: &str = "9";

/// Send a message to a queue, as strans of IPC::Transit does
#[derive(Debug, Parser)]
#[command(name = "strans")]
pub(super) struct Strans {
    /// A JSON object
    json: Option<String>,
    /// Queue to send to
    qname: Option<String>,
    /// IPv4 address of the host to deliver to
    destination: Option<String>,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(tool: &Strans) -> Result<(), Stop> {
    let mut output = Output::new();
    tool.common.announce(&mut output)?;
    let json = tool.json.as_deref().ok_or_else(|| Stop::failed("json message required"))?;
    let message = parse_object(json.as_bytes()).map_err(|reason| {
        Stop::failed(format_args!("the json message passed in first argument is not an object: {reason}"))
    })?;
    let qname = tool.qname.as_deref().ok_or_else(|| Stop::failed("qname required"))?;
    let (name, options) = match &tool.destination {
        None => (qname, SendOptions::new()),
        Some(destination) => (OUTGOING, to_host(destination, qname)?),
    };
    let queue = tool.common.open()?.queue(name)?;
    match send(&queue, &message, &options, Patience::NONE) {
        Ok(()) => output.print("1"),
        // The original prints what its send gave: nothing.
        Err(error) if error.kind() == ErrorKind::Full => {
            say(error.chain());
            output.print("")
        }
        Err(error) => Err(error.into()),
    }
}

/// The arguments of a message for `qname` at another host.
fn to_host(destination: &str, qname: &str) -> Result<SendOptions, Stop> {
    let address: Ipv4Addr = destination.parse().map_err(|_| {
        Stop::failed(format_args!(
            "the destination {destination:?} is no IPv4 address; this version of nuncio resolves no names"
        ))
    })?;
    let address = address.to_string();
    let pairs = [
        (header::DESTINATION, "destination", address.as_str()),
        (header::DESTINATION_QUEUE, "destination_qname", qname),
        (header::TTL, "ttl", HOPS),
    ];
    Ok(pairs
        .into_iter()
        .fold(SendOptions::new(), |options, (key, name, value)| options.with_header(key, value).with_meta(name, value)))
}
