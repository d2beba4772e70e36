//! `nuncio bus request`

use std::time::Duration;

use clap::Args;

use super::{join, leave, line_of, open, read_payload};
use crate::duration;
use crate::output::Output;
use crate::stop::Stop;

/// Ask a peer, and print its response
#[derive(Args, Debug)]
#[command(override_usage = "nuncio bus request [OPTIONS] [INFO] PEER PAYLOAD")]
pub(super) struct Arguments {
    /// The bus, whom to ask, and JSON, @FILE or - for standard input
    #[arg(value_name = "INFO PEER PAYLOAD", num_args = 2..=3, required = true)]
    words: Vec<String>,
    /// Ask under this name [default: one that nobody has]
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
    /// Wait at most this long: 300ms, 5s, 2m
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration::parse)]
    timeout: Duration,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let (bus, rest) = open(&arguments.words, 2)?;
    let [to, payload] = rest else { return Err(Stop::failed("PEER and PAYLOAD are missing")) };
    let payload = read_payload(payload)?;
    let mut peer = join(&bus, arguments.name.as_deref())?;
    let response = peer.request(to, &payload, Some(arguments.timeout));
    let left = leave(peer);
    let response = response?;
    if let Some(error) = response.error {
        return Err(Stop::failed(format_args!("request {to:?}: {error}")));
    }
    Output::new().print(&line_of(&response.value)?)?;
    left
}
