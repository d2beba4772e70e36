//! `nuncio mesh monitor`

use clap::Args;
use nuncio::codec::Value;
use nuncio::core::PortId;
use serde::Serialize;

use super::elements;
use super::join::{Visit, parse_port};
use crate::output::Output;
use crate::stop::Stop;

/// Wait until a port ends, and print the reason
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The port: NODE#NAME, or NODE for the connection to the node
    #[arg(value_parser = parse_port)]
    port: PortId,
    #[command(flatten)]
    visit: Visit,
}

#[derive(Serialize)]
struct Ended<'a> {
    port: &'a str,
    reason: Vec<Value>,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), Stop> {
    let (node, _) = arguments.visit.enter().await?;
    let reason = node.monitor(&arguments.port).await;
    Output::new().print(&elements::line(&Ended { port: arguments.port.as_str(), reason })?)
}
