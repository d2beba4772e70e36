//! nuncio beside the bare system calls, and beside what users would take instead, in one run.
//!
//! Each case has a floor and nuncio's form of it. The floor is the same work written with bare system calls; of a codec
//! it is the module that Perl programs use for the format, or serde_json. Some have a peer as well, what users would take
//! instead. In every round all run one after the other, in fresh processes pinned to one core or to two, over a queue or
//! a socket of their own; the ratio is taken within the round, so that a machine that is slow for a while is slow for
//! all. What is printed are medians and quartiles over the rounds. Many short rounds say more than few long ones: disturbances last longer than a round.
//!
//! | file | has |
//! |---|---|
//! | `case` | the table of all cases, with their aims |
//! | `document` | what codecs work on |
//! | `floor`, `nuncio`, `peer` | what the processes do |
//! | `stage`, `meter` | what such a process is given, and how it takes the time |
//! | `child`, `room` | how the processes are started, and the queues they use |
//! | `run` | rounds and rows |
//! | `statistics`, `report`, `svg` | medians; the table and JSON; SVG |
#![forbid(unsafe_code)]

mod case;
mod child;
mod document;
mod floor;
mod meter;
mod nuncio;
mod peer;
mod report;
mod room;
mod run;
mod stage;
mod statistics;
mod svg;

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::child::Assignment;
use crate::run::{Plan, Row};

/// A benchmark has no caller that could tell failures apart, so that the message is all there is to an error.
pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Does something, and says how many allocations that took.
pub type Count = fn(&mut dyn FnMut()) -> u64;

/// nuncio beside its peers and the bare system calls. Ends with 1 when an aim is missed.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Arguments {
    /// Take only the cases whose names contain one of these
    filters: Vec<String>,
    /// How often each case is measured
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How many messages a case moves per round; slow cases take a part of it
    #[arg(long, default_value_t = 10_000)]
    messages: usize,
    /// Print the names of the cases and measure nothing
    #[arg(long)]
    list: bool,
    /// How long an idle receiver is watched, in seconds
    #[arg(long, default_value_t = 5)]
    idle_seconds: u64,
    /// Print one JSON object instead of tables
    #[arg(long)]
    json: bool,
    /// Draw pictures into this directory
    #[arg(long, value_name = "DIR")]
    svg: Option<PathBuf>,
    /// End with 0 also when an aim is missed
    #[arg(long)]
    no_judge: bool,
    #[command(subcommand)]
    part: Option<Part>,
}

#[derive(Debug, Subcommand)]
enum Part {
    /// One process of one case; the benchmark starts these itself.
    #[command(hide = true)]
    Child(Assignment),
}

/// Does what the command line says. A program that can, hands over how it counts allocations.
#[must_use]
pub fn main(count: Option<Count>) -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match &arguments.part {
        Some(Part::Child(assignment)) => stage::perform(assignment, count).map(|()| true),
        None if arguments.list => print(&report::names()).map(|()| true),
        None => measure(&arguments),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Measures what was asked for and says so; false when an aim counts and was missed.
fn measure(arguments: &Arguments) -> Result<bool> {
    let plan = Plan {
        filters: &arguments.filters,
        rounds: arguments.rounds,
        messages: arguments.messages,
        idle: Duration::from_secs(arguments.idle_seconds),
    };
    let rows = run::run(&plan)?;
    let text = if arguments.json { report::json(&plan, &rows)? } else { report::tables(&rows) };
    print(&text)?;
    if let Some(directory) = &arguments.svg {
        svg::draw(directory, &rows)?;
    }
    Ok(arguments.no_judge || !rows.iter().any(Row::missed))
}

fn print(text: &str) -> Result {
    Ok(io::stdout().write_all(text.as_bytes())?)
}
