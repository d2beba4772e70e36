//! The command `nuncio`.
//!
//! `nuncio NOUN VERB`, one module for each noun and one file for each verb. Called under the name of one of
//! IPC::Transit's tools it takes that tool's place.
#![forbid(unsafe_code)]

mod bus;
mod codec;
mod demo;
mod drop_in;
mod duration;
mod exit;
mod formats;
mod gateway;
mod generate;
mod keys;
mod log;
mod mesh;
mod output;
mod pretty;
mod queue;
mod rpc;
mod signals;
mod stop;
mod table;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing::Level;

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
    Bus(bus::Arguments),
    Codec(codec::Arguments),
    Demo(demo::Arguments),
    #[command(hide = true)]
    DemoPeer(demo::PeerArguments),
    #[command(hide = true)]
    DemoRpcPeer(demo::RpcPeerArguments),
    #[command(hide = true)]
    DemoBusPeer(demo::BusPeerArguments),
    #[command(hide = true)]
    DemoMeshPeer(demo::MeshPeerArguments),
    #[command(hide = true)]
    Generate(generate::Arguments),
    Gateway(Box<gateway::Arguments>),
    Keys(keys::Arguments),
    Mesh(mesh::Arguments),
    Queue(queue::Arguments),
    Rpc(rpc::Arguments),
}

fn main() -> ExitCode {
    let drop_in = drop_in::called();
    log::install(drop_in.as_ref().map_or(Level::WARN, drop_in::Tool::log_level));
    match run(drop_in) {
        Ok(()) => ExitCode::from(exit::DONE),
        Err(stop) => stop.report(),
    }
}

/// Tells what clap has to say, help as well as errors. An error repeats arguments, and a terminal is to obey none of them.
fn usage(error: &clap::Error) -> ! {
    if error.use_stderr() {
        eprint!("{}", output::printable(&error.to_string()));
        std::process::exit(error.exit_code());
    }
    error.exit()
}

fn run(drop_in: Option<drop_in::Tool>) -> Result<(), Stop> {
    if let Some(tool) = drop_in {
        return tool.run();
    }
    let arguments = Nuncio::try_parse().unwrap_or_else(|error| usage(&error));
    match arguments.command {
        Command::Bus(arguments) => bus::run(&arguments),
        Command::Codec(arguments) => codec::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::DemoPeer(arguments) => demo::run_peer(&arguments),
        Command::DemoRpcPeer(arguments) => demo::run_rpc_peer(&arguments),
        Command::DemoBusPeer(arguments) => demo::run_bus_peer(&arguments),
        Command::DemoMeshPeer(arguments) => demo::run_mesh_peer(&arguments),
        Command::Generate(arguments) => generate::run(&arguments),
        Command::Gateway(arguments) => gateway::run(*arguments),
        Command::Keys(arguments) => keys::run(&arguments),
        Command::Mesh(arguments) => mesh::run(&arguments),
        Command::Queue(arguments) => queue::run(&arguments),
        Command::Rpc(arguments) => rpc::run(&arguments),
    }
}
