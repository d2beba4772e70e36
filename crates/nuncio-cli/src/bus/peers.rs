//! `nuncio bus peers`

use clap::Args;
use serde::Serialize;

use super::words;
use crate::output::Output;
use crate::stop::Stop;

/// List the peers, one name on each line, without joining them
#[derive(Args, Debug)]
#[command(override_usage = "nuncio bus peers [OPTIONS] [INFO]")]
pub(super) struct Arguments {
    /// The bus; may be left out when NUNCIO_BUS is set
    info: Option<String>,
    /// Print one JSON object, with the process of each
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct List {
    version: u32,
    peers: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    name: String,
    pid: Option<u32>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let (bus, []) = words::open([&arguments.info], [])?;
    let peers = bus.peers()?;
    let mut output = Output::new();
    if arguments.json {
        let peers = peers.into_iter().map(|peer| Entry { name: peer.id, pid: peer.pid }).collect();
        return output.print_json(&List { version: 1, peers });
    }
    peers.iter().try_for_each(|peer| output.print(&peer.id))
}
