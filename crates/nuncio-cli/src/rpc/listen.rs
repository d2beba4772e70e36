//! `nuncio rpc listen`

use std::path::PathBuf;

use clap::Args;
use nuncio::rpc::Client;

use super::wait;
use crate::output::{self, Output, say};
use crate::signals;
use crate::stop::Stop;

/// Print each record that a server sends unasked, until a signal comes
///
/// When the connection ends it says so, and connects again.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The server's socket
    socket: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    output::when_unwanted(|| signals::CANCEL.cancel());
    let mut output = Output::new();
    wait(async {
        let client = Client::connect(&arguments.socket).await?;
        let mut messages = client.messages();
        loop {
            let message = tokio::select! {
                message = messages.recv() => message,
                () = signals::received() => None,
            };
            match message {
                Some(Ok(message)) => output.print(message.record())?,
                Some(Err(lost)) => say(lost.chain()),
                None if output.is_wanted() => return Ok(()),
                None => return Err(Stop::OutputClosed),
            }
        }
    })
}
