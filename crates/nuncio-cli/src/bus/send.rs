//! `nuncio bus send`

use clap::Args;
use nuncio::core::{Deadline, Wait};

use super::{join, leave, open, read_payload};
use crate::signals::CANCEL;
use crate::stop::Stop;

/// Send one message to a peer
#[derive(Args, Debug)]
#[command(override_usage = "nuncio bus send [OPTIONS] [INFO] PEER PAYLOAD")]
pub(super) struct Arguments {
    /// The bus, the receiver, and JSON, @FILE or - for standard input
    #[arg(value_name = "INFO PEER PAYLOAD", num_args = 2..=3, required = true, hide_possible_values = true)]
    words: Vec<String>,
    /// Send under this name [default: one that nobody has]
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let (bus, rest) = open(&arguments.words, 2)?;
    let [to, payload] = rest else { return Err(Stop::failed("PEER and PAYLOAD are missing")) };
    let payload = read_payload(payload)?;
    let peer = join(&bus, arguments.name.as_deref())?;
    let sent = peer.send_until(to, &payload, Wait { until: Deadline::Never, cancel: Some(&CANCEL) });
    // Left in order either way: the account is written before the name goes.
    let left = leave(peer);
    sent?;
    left
}
