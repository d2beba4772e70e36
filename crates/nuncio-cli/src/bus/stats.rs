//! `nuncio bus stats`

use std::collections::BTreeMap;

use clap::Args;
use nuncio::bus::wire::account::Account;
use serde::Serialize;

use super::words;
use crate::output::Output;
use crate::stop::Stop;

/// Print the accounts that peers left, and where they differ
#[derive(Args, Debug)]
#[command(override_usage = "nuncio bus stats [OPTIONS] [INFO]")]
pub(super) struct Arguments {
    /// The bus; may be left out when NUNCIO_BUS is set
    info: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Stats {
    version: u32,
    peers: BTreeMap<String, Account>,
    delta: BTreeMap<String, i64>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let (bus, []) = words::open([&arguments.info], [])?;
    let peers = bus.accounts()?;
    let delta = bus
        .differences()?
        .into_iter()
        .map(|difference| (format!("{} -> {}", difference.from, difference.to), difference.messages));
    let stats = Stats { version: 1, peers, delta: delta.collect() };
    let mut output = Output::new();
    if arguments.json {
        return output.print_json(&stats);
    }
    for (peer, account) in &stats.peers {
        let sum = |counts: &BTreeMap<String, i64>| counts.values().sum::<i64>();
        output.print(&format!("{peer}: {} sent, {} read", sum(&account.sent), sum(&account.read)))?;
    }
    stats.delta.iter().try_for_each(|(pair, count)| match count {
        ..0 => output.print(&format!("{pair}: {} more read than sent", -count)),
        _ => output.print(&format!("{pair}: {count} more sent than read")),
    })
}
