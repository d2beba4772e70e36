//! `nuncio mesh`: nodes and ports over TCP, one file for each verb.

mod call;
mod config;
mod db;
mod elements;
mod groups;
mod join;
mod kill;
mod monitor;
mod nodes;
mod ping;
mod program;
mod run;
mod send;

use std::future::Future;

use clap::{Args, Subcommand};

use crate::rpc::wait;
use crate::signals;
use crate::stop::Stop;

/// Nodes and ports over TCP, shared with Perl's AnyEvent::MP
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Call(call::Arguments),
    Config(config::Arguments),
    Db(db::Arguments),
    Groups(groups::Arguments),
    Kill(kill::Arguments),
    Monitor(monitor::Arguments),
    Nodes(nodes::Arguments),
    Ping(ping::Arguments),
    Run(run::Arguments),
    Send(send::Arguments),
}

/// Does what was asked for.
///
/// # Errors
/// Those of the verb.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Stop> {
    signals::catch()?;
    match &arguments.verb {
        Verb::Call(arguments) => until_signal(call::run(arguments)),
        Verb::Config(arguments) => config::run(arguments),
        Verb::Db(arguments) => until_signal(db::run(arguments)),
        Verb::Groups(arguments) => until_signal(groups::run(arguments)),
        Verb::Kill(arguments) => until_signal(kill::run(arguments)),
        Verb::Monitor(arguments) => until_signal(monitor::run(arguments)),
        Verb::Nodes(arguments) => until_signal(nodes::run(arguments)),
        Verb::Ping(arguments) => until_signal(ping::run(arguments)),
        Verb::Run(arguments) => run::run(arguments),
        Verb::Send(arguments) => until_signal(send::run(arguments)),
    }
}

/// Runs `work` until it is done or a signal asks for the end.
fn until_signal(work: impl Future<Output = Result<(), Stop>>) -> Result<(), Stop> {
    wait(async {
        tokio::select! {
            outcome = work => outcome,
            () = signals::received() => Err(Stop::Interrupted),
        }
    })
}
