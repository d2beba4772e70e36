//! `nuncio bus broadcast`

use std::collections::BTreeMap;
use std::time::Duration;

use clap::Args;
use nuncio::{Error, ErrorKind};
use serde::Serialize;

use super::{join, leave, read_payload, words};
use crate::output::Output;
use crate::stop::Stop;
use crate::{duration, exit};

/// Send one message to every other peer, and print for each how it went
///
/// It fails when there are others, and nobody could be sent to.
#[derive(Args, Debug)]
#[command(override_usage = "nuncio bus broadcast [OPTIONS] [INFO] PAYLOAD")]
pub(super) struct Arguments {
    /// The bus; may be left out when NUNCIO_BUS is set
    info: Option<String>,
    /// JSON, @FILE or - for standard input
    payload: Option<String>,
    /// Send under this name [default: one that nobody has]
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
    /// Wait at most this long for room at each peer: 300ms, 5s, 2m
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration::parse)]
    timeout: Duration,
}

#[derive(Serialize)]
struct Report {
    version: u32,
    peers: BTreeMap<String, Outcome>,
}

#[derive(Serialize)]
struct Outcome {
    sent: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let (bus, [payload]) = words::open([&arguments.info, &arguments.payload], ["PAYLOAD"])?;
    let payload = read_payload(&payload)?;
    let peer = join(&bus, arguments.name.as_deref())?;
    let sent = peer.broadcast(&payload, arguments.timeout);
    let left = leave(peer);
    let sent = sent?;
    let refused = refusal(&sent);
    let outcome = |result: nuncio::Result<()>| match result {
        Ok(()) => Outcome { sent: 1, error: None },
        Err(error) => Outcome { sent: 0, error: Some(error.chain().to_string()) },
    };
    let peers = sent.into_iter().map(|(name, result)| (name, outcome(result))).collect();
    Output::new().print_json(&Report { version: 1, peers })?;
    left.and(refused.map_or(Ok(()), Err))
}

/// Why it has failed, if nobody could be sent to; one whose place is full is as full as with every other verb.
fn refusal(sent: &BTreeMap<String, nuncio::Result<()>>) -> Option<Stop> {
    let refused: Vec<ErrorKind> = sent.values().filter_map(|result| result.as_ref().err()).map(Error::kind).collect();
    if refused.is_empty() || refused.len() < sent.len() {
        return None;
    }
    let is_full = refused.iter().all(|kind| matches!(kind, ErrorKind::Full | ErrorKind::TimedOut));
    Some(Stop::with_exit(if is_full { exit::FULL } else { exit::FAILED }, "nobody could be sent to"))
}
