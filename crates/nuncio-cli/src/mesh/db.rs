//! `nuncio mesh db`

use std::collections::BTreeSet;

use clap::Args;
use nuncio::codec::Map;
use nuncio::core::NodeId;
use nuncio::mesh::Node;
use nuncio::mesh::proto::Generation;
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
    let (node, seed) = visit.enter_as(visit.builder()?.global()).await?;
    // Whoever answers has told before what it has to tell.
    node.flush(&seed, visit.timeout).await?;
    let globals = node.family("'g");
    let globals = globals.keys().filter_map(|node| NodeId::new(node).ok());
    let mut others: BTreeSet<NodeId> = globals.collect();
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
