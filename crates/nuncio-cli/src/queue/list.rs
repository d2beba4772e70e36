//! `nuncio queue list`

use clap::Args;
use serde::Serialize;

use super::Place;
use crate::output::Output;
use crate::stop::Stop;

/// List the queues, one name on each line
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Print one JSON object, with the number of messages
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct List<'a> {
    version: u32,
    queues: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    name: &'a str,
    messages: u64,
}

pub(super) fn run(place: &Place, arguments: &Arguments) -> Result<(), Stop> {
    let registry = place.open_existing()?;
    let mut output = Output::new();
    if arguments.json {
        let stats = registry.map_or(Ok(Vec::new()), |registry| registry.stats())?;
        let queues = stats.iter().map(|stat| Entry { name: stat.name.as_str(), messages: stat.messages }).collect();
        return output.print_json(&List { version: 1, queues });
    }
    let names = registry.map_or(Ok(Vec::new()), |registry| registry.names())?;
    names.iter().try_for_each(|name| output.print(name.as_str()))
}
