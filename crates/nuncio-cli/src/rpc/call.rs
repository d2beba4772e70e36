//! `nuncio rpc call`

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use nuncio::rpc::{Answer, Client, Raw, Refusal};
use tokio::task::JoinHandle;

use super::until_signal;
use crate::output::Output;
use crate::queue::Payload;
use crate::stop::Stop;
use crate::{duration, exit};

/// Ask a server, and print the data of its answer
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The server's socket
    socket: PathBuf,
    /// What to ask for
    uri: String,
    /// Data for the request: JSON, @FILE, or - for standard input [default: none]
    payload: Option<String>,
    /// Ask so many times, and print a line for each
    #[arg(long, value_name = "N", default_value_t = 1)]
    repeat: u64,
    /// Have so many requests under way at once
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    in_flight: u32,
    /// Print the whole record
    #[arg(long)]
    raw: bool,
    /// An answer with a code is data like any other
    #[arg(long)]
    code_is_data: bool,
    /// Wait at most this long for each answer: 300ms, 5s, 2m
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration::parse)]
    timeout: Duration,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let data = arguments.payload.as_deref().map(read).transpose()?;
    until_signal(async {
        let client = Client::builder().request_timeout(arguments.timeout).reconnect(None);
        arguments.call(&client.connect(&arguments.socket).await?, data.as_ref()).await
    })
}

/// The payload as it is: numbers and escapes stay as they were written.
fn read(argument: &str) -> Result<Raw, Stop> {
    let mut payload = Payload::open(argument)?;
    let bytes = payload.read_whole()?;
    let wrong = |reason: &dyn std::fmt::Display| Stop::failed(format_args!("{} is not JSON: {reason}", payload.name()));
    let text = String::from_utf8(bytes).map_err(|error| wrong(&error))?;
    Raw::new(text).map_err(|error| match std::error::Error::source(&error) {
        // What the parser says is all there is to say of a text that the user has before him.
        Some(reason) => wrong(&reason),
        None => wrong(&error),
    })
}

impl Arguments {
    /// Asks, and prints the answers in the order of the requests.
    async fn call(&self, client: &Client, data: Option<&Raw>) -> Result<(), Stop> {
        let mut output = Output::new();
        let mut under_way = VecDeque::new();
        for _ in 0..self.repeat {
            if under_way.len() == self.in_flight as usize {
                self.print_next(&mut under_way, &mut output).await?;
            }
            let (client, uri, data) = (client.clone(), self.uri.clone(), data.cloned());
            under_way.push_back(tokio::spawn(async move {
                match data {
                    Some(data) => client.call_raw(&uri, &data).await,
                    None => client.call_bare(&uri).await,
                }
            }));
        }
        while !under_way.is_empty() {
            self.print_next(&mut under_way, &mut output).await?;
        }
        Ok(())
    }

    async fn print_next(
        &self,
        under_way: &mut VecDeque<JoinHandle<nuncio::Result<Answer>>>,
        output: &mut Output,
    ) -> Result<(), Stop> {
        let Some(next) = under_way.pop_front() else { return Ok(()) };
        let answer = next.await.map_err(|error| Stop::failed(format_args!("ask: {error}")))??;
        if let Some(refusal) = answer.refusal().filter(|_| !self.code_is_data) {
            return Err(refused(&self.uri, &refusal));
        }
        match self.raw {
            true => output.print(answer.record()),
            false => output.print(answer.data().unwrap_or("null")),
        }
    }
}

/// The end of a command whose request was refused.
pub(super) fn refused(uri: &str, refusal: &Refusal) -> Stop {
    let exit = if refusal.code() == "permission_denied" { exit::NOT_PERMITTED } else { exit::FAILED };
    Stop::with_exit(exit, format_args!("request {uri:?}: refused by the other side: {refusal}"))
}
