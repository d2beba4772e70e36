//! The command `nuncio`.
//!
//! `nuncio NOUN VERB`, one module for each noun and one file for each verb. Called under the name of one of
//! IPC::Transit's tools it takes that tool's place.
#![forbid(unsafe_code)]

mod demo;
mod drop_in;
mod duration;
mod exit;
mod generate;
mod log;
mod output;
mod pretty;
mod queue;
mod signals;
mod stop;
mod table;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::stop::Stop;

/// Messages between processes, without a broker
#[derive(Debug, Parser)]
#[command(name = "nuncio", version, after_help = exit::HELP)]
struct Nuncio {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Arguments),
    #[command(hide = true)]
    DemoPeer(demo::PeerArguments),
    #[command(hide = true)]
    Generate(generate::Arguments),
    Queue(queue::Arguments),
}

fn main() -> ExitCode {
    log::install();
    match run() {
        Ok(()) => ExitCode::from(exit::DONE),
        Err(stop) => stop.report(),
    }
}

fn run() -> Result<(), Stop> {
    if let Some(tool) = drop_in::called() {
        return tool();
    }
    match Nuncio::parse().command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::DemoPeer(arguments) => demo::run_peer(&arguments),
        Command::Generate(arguments) => generate::run(&arguments),
        Command::Queue(arguments) => queue::run(&arguments),
    }
}
