//! `nuncio mesh call`

use clap::Args;
use nuncio::core::PortId;

use super::elements::{self, Element};
use super::join::{Visit, parse_port};
use crate::output::Output;
use crate::stop::Stop;

/// Send a message with a port for the answer behind it, and print the answer
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
    let message = elements::values(&arguments.elements);
    let answer = node.call(&arguments.port, message, arguments.visit.timeout).await?;
    Output::new().print(&elements::line(&answer.elements)?)
}
