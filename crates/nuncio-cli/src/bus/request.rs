//! `nuncio bus request`

use std::time::{Duration, Instant};

use clap::Args;
use nuncio::core::{Deadline, Wait};

use super::{join, leave, line_of, read_payload, words};
use crate::duration;
use crate::output::Output;
use crate::signals::CANCEL;
use crate::stop::Stop;

/// Ask a peer, and print its response
#[derive(Args, Debug)]
#[command(override_usage = "nuncio bus request [OPTIONS] [INFO] PEER PAYLOAD")]
pub(super) struct Arguments {
    /// The bus; may be left out when NUNCIO_BUS is set
    info: Option<String>,
    /// Whom to ask
    peer: Option<String>,
    /// JSON, @FILE or - for standard input
    payload: Option<String>,
    /// Ask under this name [default: one that nobody has]
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
    /// Wait at most this long: 300ms, 5s, 2m
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration::parse)]
    timeout: Duration,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let words = [&arguments.info, &arguments.peer, &arguments.payload];
    let (bus, [to, payload]) = words::open(words, ["PEER", "PAYLOAD"])?;
    let payload = read_payload(&payload)?;
    let mut peer = join(&bus, arguments.name.as_deref())?;
    let wait = Wait { until: Deadline::after(Instant::now(), arguments.timeout), cancel: Some(&CANCEL) };
    let response = peer.request_with(&to, &payload, wait);
    let left = leave(peer);
    let response = response?;
    if let Some(error) = response.error {
        return Err(Stop::failed(format_args!("request {to:?}: {error}")));
    }
    Output::new().print(&line_of(&response.value)?)?;
    left
}
