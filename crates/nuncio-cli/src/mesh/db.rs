//! `nuncio mesh db`

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use nuncio::codec::{Map, Value};
use nuncio::core::NodeId;
use nuncio::mesh::Node;
use nuncio::mesh::proto::Generation;
use nuncio::mesh::proto::framing::text_of;
use nuncio::mesh::proto::kernel::Question;
use serde::Serialize;

use super::elements;
use super::join::Visit;
use super::nodes::all;
use crate::output::Output;
use crate::stop::Stop;

/// Print the database of a mesh, or one family of it, as JSON
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The family [default: all of them]
    family: Option<String>,
    /// Print one JSON object, as is done without it, too
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    visit: Visit,
}

#[derive(Serialize)]
struct Printed {
    version: u32,
    db: Map,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), Stop> {
    let db = match &arguments.family {
        None => everything(&arguments.visit).await?.families(),
        Some(family) => {
            let (node, _) = arguments.visit.enter().await?;
            let content = node.query(Question::Family, family, arguments.visit.timeout).await?;
            Map::from_iter([(family.as_str(), content)])
        }
    };
    Output::new().print(&elements::line(&Printed { version: 1, db })?)
}

/// A node that knows the groups of all nodes and the whole database: connected to every node of the older generation, and
/// global in the newer one.
pub(super) async fn everything(visit: &Visit) -> Result<Node, Stop> {
    let globals = globals(visit).await?;
    // Each of them tells only what it and its slaves have.
    let addresses = globals.values().flatten();
    let builder = addresses.fold(visit.builder()?.global(), |builder, address| builder.seed(address));
    let (node, seed) = visit.enter_as(builder).await?;
    // Whoever answers has told before what it has to tell.
    node.flush(&seed, visit.timeout).await?;
    let mut others: BTreeSet<NodeId> = globals.into_keys().collect();
    if node.speaks_with(&seed, Generation::One) {
        others.extend(all(&node, &seed, visit).await?);
    }
    for other in others.iter().filter(|other| *other != node.id()) {
        if let Err(error) = node.flush(other, visit.timeout).await {
            tracing::warn!("what {other} has is left out: {}", error.chain());
        }
    }
    Ok(node)
}

/// The global nodes of a mesh, and where they listen, as one of them says to a node that is not.
async fn globals(visit: &Visit) -> Result<BTreeMap<NodeId, Vec<String>>, Stop> {
    let (node, seed) = visit.enter().await?;
    if !node.speaks_with(&seed, Generation::Two) {
        return Ok(BTreeMap::new());
    }
    let globals = node.query(Question::Keys, "'g", visit.timeout).await?;
    let listeners = node.query(Question::Family, "'l", visit.timeout).await?;
    let addresses = |node: &NodeId| {
        let listens = listeners.as_map().and_then(|all| all.get(node.as_str())).and_then(Value::as_array);
        listens.unwrap_or_default().iter().filter_map(text_of).map(|address| address.into_owned()).collect()
    };
    let names = globals.as_array().unwrap_or_default().iter().filter_map(text_of);
    Ok(names.filter_map(|name| NodeId::new(&name).ok()).map(|node| (node.clone(), addresses(&node))).collect())
}
