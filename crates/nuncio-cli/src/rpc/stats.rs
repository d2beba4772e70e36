//! `nuncio rpc stats`

use std::path::PathBuf;

use clap::Args;
use nuncio::rpc::Client;
use serde_json::Value;

use super::call::refused;
use super::until_signal;
use crate::output::Output;
use crate::stop::Stop;
use crate::table;

/// Where a server of nuncio tells what it has done.
const URI: &str = "/nuncio/stats";

/// Say what a server of nuncio has done, to its own user
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The server's socket
    socket: PathBuf,
    /// Print one JSON object: totals since the start, and the last interval that is over
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    until_signal(async {
        let client = Client::builder().reconnect(None).connect(&arguments.socket).await?;
        let answer = client.call_bare(URI).await?;
        if let Some(refusal) = answer.refusal() {
            return Err(refused(URI, &refusal));
        }
        let mut output = Output::new();
        match arguments.json {
            true => output.print(answer.data().unwrap_or("null")),
            false => output.print(&tables(&answer.decode()?)),
        }
    })
}

/// Figures since the start and of the interval side by side, and the routes below.
fn tables(statistics: &Value) -> String {
    let figures = statistics.as_object().into_iter().flatten().filter(|(_, value)| value.is_number());
    let heading = ["FIGURE", "SINCE THE START", "LAST INTERVAL"].map(str::to_owned).to_vec();
    let figures = figures.filter(|(name, _)| *name != "version").map(|(name, value)| {
        let interval = statistics["interval"].get(name).map_or_else(|| "-".to_owned(), Value::to_string);
        vec![name.clone(), value.to_string(), interval]
    });
    let figures: Vec<_> = [heading].into_iter().chain(figures).collect();
    let heading = ["ROUTE", "REQUESTS", "MEDIAN µs", "P99 µs"].map(str::to_owned).to_vec();
    let routes = statistics["routes"].as_array().into_iter().flatten().map(|route| {
        let latency = |name| route["latency"][name].to_string();
        let name = route["route"].as_str().unwrap_or_default().to_owned();
        vec![name, latency("count"), latency("p50_us"), latency("p99_us")]
    });
    let routes: Vec<_> = [heading].into_iter().chain(routes).collect();
    format!("{}\n\n{}", table::format(&figures), table::format(&routes))
}
