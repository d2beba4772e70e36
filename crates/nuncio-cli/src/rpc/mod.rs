//! `nuncio rpc`: request/response over unix sockets, one file for each verb.

mod call;
mod command;
mod listen;
mod serve;
mod stats;

use std::future::Future;

use clap::{Args, Subcommand};
use tokio::runtime::Builder;

use crate::signals;
use crate::stop::Stop;

/// Requests and answers over unix sockets, shared with Node's and PHP's pixl-ipc
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Call(call::Arguments),
    Listen(listen::Arguments),
    Serve(serve::Arguments),
    Stats(stats::Arguments),
}

/// Does what was asked for.
///
/// # Errors
/// Those of the verb.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Stop> {
    signals::catch()?;
    match &arguments.verb {
        Verb::Call(arguments) => call::run(arguments),
        Verb::Listen(arguments) => listen::run(arguments),
        Verb::Serve(arguments) => serve::run(arguments),
        Verb::Stats(arguments) => stats::run(arguments),
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

/// Runs `work` to its end, on a runtime of one thread.
///
/// # Errors
/// Those of `work`; the system cannot give what a runtime needs.
pub(crate) fn wait<T>(work: impl Future<Output = Result<T, Stop>>) -> Result<T, Stop> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Stop::failed(format_args!("start a runtime: {error}")))?.block_on(work)
}
