//! `nuncio bus send`

use clap::Args;
use nuncio::core::{Deadline, Wait};

use super::{join, leave, read_payload, words};
use crate::signals::CANCEL;
use crate::stop::Stop;

/// Send one message to a peer
#[derive(Args, Debug)]
#[command(override_usage = "nuncio bus send [OPTIONS] [INFO] PEER PAYLOAD")]
pub(super) struct Arguments {
    /// The bus; may be left out when NUNCIO_BUS is set
    info: Option<String>,
    /// The receiver
    peer: Option<String>,
    /// JSON, @FILE or - for standard input
    payload: Option<String>,
    /// Send under this name [default: one that nobody has]
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let words = [&arguments.info, &arguments.peer, &arguments.payload];
    let (bus, [to, payload]) = words::open(words, ["PEER", "PAYLOAD"])?;
    let payload = read_payload(&payload)?;
    let peer = join(&bus, arguments.name.as_deref())?;
    let sent = peer.send_until(&to, &payload, Wait { until: Deadline::Never, cancel: Some(&CANCEL) });
    // Left in order either way: the account is written before the name goes.
    let left = leave(peer);
    sent?;
    left
}
