//! `nuncio mesh send`

use clap::Args;
use nuncio::core::PortId;

use super::elements::{self, Element};
use super::join::{Visit, node_of, parse_port};
use crate::stop::Stop;

/// Send a message to a port, and wait until its node has it
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The port: NODE#NAME, or NODE for the node itself
    #[arg(value_parser = parse_port)]
    port: PortId,
    /// The elements of the message, each in JSON
    #[arg(value_name = "ELEMENT", value_parser = elements::parse, allow_negative_numbers = true)]
    elements: Vec<Element>,
    #[command(flatten)]
    visit: Visit,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), Stop> {
    let (node, _) = arguments.visit.enter().await?;
    node.send(&arguments.port, elements::values(&arguments.elements))?;
    Ok(node.flush(&node_of(&arguments.port)?, arguments.visit.timeout).await?)
}
