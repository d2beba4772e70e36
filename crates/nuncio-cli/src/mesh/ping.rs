//! `nuncio mesh ping`

use std::time::Instant;

use clap::Args;
use nuncio::core::NodeId;
use serde::Serialize;

use super::join::{Visit, parse_node};
use crate::output::Output;
use crate::stop::Stop;

/// Measure how long a message to a node and back takes
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The node
    #[arg(value_parser = parse_node)]
    node: NodeId,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    visit: Visit,
}

#[derive(Serialize)]
struct Answered<'a> {
    version: u32,
    node: &'a str,
    round_trip_us: u64,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), Stop> {
    let (node, _) = arguments.visit.enter().await?;
    // The first one makes the connection.
    node.flush(&arguments.node, arguments.visit.timeout).await?;
    let began = Instant::now();
    node.flush(&arguments.node, arguments.visit.timeout).await?;
    let round_trip = began.elapsed();
    let mut output = Output::new();
    match arguments.json {
        true => output.print_json(&Answered {
            version: 1,
            node: arguments.node.as_str(),
            round_trip_us: u64::try_from(round_trip.as_micros()).unwrap_or(u64::MAX),
        }),
        false => output.print(&format!("{} {round_trip:?}", arguments.node)),
    }
}
