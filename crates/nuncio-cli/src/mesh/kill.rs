//! `nuncio mesh kill`

use clap::Args;
use nuncio::core::PortId;

use super::elements::{self, Element};
use super::join::{Visit, node_of, parse_port};
use crate::stop::Stop;

/// End a port, with a reason if there is one
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The port: NODE#NAME
    #[arg(value_parser = parse_port)]
    port: PortId,
    /// The reason, each element in JSON
    #[arg(value_name = "REASON", value_parser = elements::parse, allow_negative_numbers = true)]
    reason: Vec<Element>,
    #[command(flatten)]
    visit: Visit,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), Stop> {
    let (node, _) = arguments.visit.enter().await?;
    node.kill(&arguments.port, elements::values(&arguments.reason));
    Ok(node.flush(&node_of(&arguments.port)?, arguments.visit.timeout).await?)
}
