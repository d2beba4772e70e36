//! `nuncio mesh groups`

use std::collections::BTreeMap;

use clap::Args;
use nuncio::codec::{Map, Value};
use nuncio::mesh::Node;
use serde::Serialize;

use super::db::everything;
use super::join::Visit;
use crate::output::Output;
use crate::stop::Stop;

/// List the groups of a mesh, and the ports in them
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    visit: Visit,
}

#[derive(Serialize)]
struct Listing {
    version: u32,
    groups: BTreeMap<String, Vec<String>>,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), Stop> {
    let node: Node = everything(&arguments.visit).await?;
    let families = node.families().into_iter();
    let groups = families.filter_map(|(name, family)| Some((name, members(family.as_map()?)?)));
    let groups: BTreeMap<String, Vec<String>> = groups.collect();
    let mut output = Output::new();
    match arguments.json {
        true => output.print_json(&Listing { version: 1, groups }),
        false => {
            let mut lines = groups.iter().flat_map(|(group, ports)| ports.iter().map(move |port| (group, port)));
            lines.try_for_each(|(group, port)| output.print(&format!("{group} {port}")))
        }
    }
}

/// The ports in a group, if that family of the database is one: its keys are ports, and it has nothing to say of them.
fn members(family: &Map) -> Option<Vec<String>> {
    let is_member = |(key, value): (&str, &Value)| key.contains('#') && value.is_null();
    family.iter().all(is_member).then(|| family.keys().map(str::to_owned).collect())
}
