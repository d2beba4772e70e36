//! `nuncio mesh nodes`

use std::collections::BTreeSet;

use clap::Args;
use nuncio::codec::Value;
use nuncio::core::{NodeId, PortId};
use nuncio::mesh::Node;
use nuncio::mesh::proto::Generation;
use nuncio::mesh::proto::framing::text_of;
use nuncio::mesh::proto::kernel::Question;
use serde::Serialize;

use super::join::Visit;
use crate::output::Output;
use crate::stop::Stop;

/// List the nodes of a mesh
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    visit: Visit,
}

#[derive(Serialize)]
struct Listing<'a> {
    version: u32,
    nodes: Vec<Listed<'a>>,
}

#[derive(Serialize)]
struct Listed<'a> {
    node: &'a str,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), Stop> {
    let (node, seed) = arguments.visit.enter().await?;
    let nodes = all(&node, &seed, &arguments.visit).await?;
    let mut output = Output::new();
    match arguments.json {
        true => {
            let nodes = nodes.iter().map(|node| Listed { node: node.as_str() }).collect();
            output.print_json(&Listing { version: 1, nodes })
        }
        false => nodes.iter().try_for_each(|node| output.print(node.as_str())),
    }
}

/// All nodes but this one: those that the database has, where there is one, and those that the seed is connected to.
pub(super) async fn all(node: &Node, seed: &NodeId, visit: &Visit) -> Result<BTreeSet<NodeId>, Stop> {
    let mut named = Vec::new();
    if node.speaks_with(seed, Generation::One) {
        let port = PortId::new(seed.as_str())?;
        named = node.call(&port, ["up_nodes".into()], visit.timeout).await?.elements;
    }
    if node.speaks_with(seed, Generation::Two)
        && let Value::Array(keys) = node.query(Question::Keys, "'l", visit.timeout).await?
    {
        named.extend(keys);
    }
    let named = named.iter().filter_map(text_of).filter_map(|name| NodeId::new(&name).ok());
    Ok(named.chain([seed.clone()]).filter(|other| other != node.id()).collect())
}
