//! `nuncio rpc serve`

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use nuncio::core::Origin;
use nuncio::rpc::{Builder, Request, Server, parse_mode};
use serde::Serialize;

use super::command::{Commands, Program};
use super::wait;
use crate::output::Output;
use crate::stop::Stop;
use crate::{duration, signals};

/// Answer requests with what commands print, until a signal comes
///
/// A command gets the request's data as one JSON text and a line feed. Output that is JSON is the answer, other output a string;
/// a command that fails answers with an error. Prints a line when it accepts connections. A socket that systemd hands over is
/// taken in place of SOCKET.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The socket to make
    socket: PathBuf,
    /// Answer requests for exactly URI with what COMMAND prints; it is split into arguments as a shell would, and no shell runs
    #[arg(long, value_name = "URI=COMMAND", value_parser = parse_route)]
    route: Vec<Route>,
    /// Permission bits of the socket, in octal
    #[arg(long, value_name = "MODE", default_value = "0600", value_parser = |text: &str| parse_mode(text).map_err(|error| error.to_string()))]
    mode: u32,
    /// End a command that runs longer: 300ms, 5s, 2m
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration::parse)]
    timeout: Duration,
    /// Run at most so many commands at once; more requests wait
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    commands: u32,
    /// At the end, wait at most this long for commands that run
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = duration::parse)]
    exit_timeout: Duration,
}

#[derive(Clone, Debug)]
struct Route {
    uri: String,
    program: Program,
}

/// What is printed when clients can connect.
#[derive(Serialize)]
struct Ready<'a> {
    version: u32,
    event: &'static str,
    socket: &'a str,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    wait(async {
        let server = arguments.bind()?;
        let handle = server.handle();
        let socket = arguments.socket.to_string_lossy();
        Output::new().print_json(&Ready { version: 1, event: "ready", socket: &socket })?;
        let mut running = std::pin::pin!(server.run());
        tokio::select! {
            ended = &mut running => return Ok(ended?),
            () = signals::received() => handle.stop(),
        }
        Ok(running.await?)
    })
}

impl Arguments {
    fn bind(&self) -> Result<Server, Stop> {
        let builder = self.builder().mode(self.mode).exit_timeout(self.exit_timeout);
        let server = match nuncio::rpc::is_activated() {
            true => builder.bind_activated(),
            false => builder.bind(&self.socket),
        };
        Ok(server?)
    }

    fn builder(&self) -> Builder {
        let commands = Arc::new(Commands::new(self.commands, self.timeout));
        self.route.iter().fold(Server::builder(), |builder, Route { uri, program }| {
            let (commands, program) = (commands.clone(), program.clone());
            builder.route(uri.as_str(), move |request: Request, origin: Origin| {
                let (commands, program) = (commands.clone(), program.clone());
                async move { commands.answer(&program, &request, &origin).await }
            })
        })
    }
}

fn parse_route(text: &str) -> Result<Route, String> {
    let (uri, command) = text.split_once('=').ok_or("a route is URI=COMMAND")?;
    Ok(Route { uri: uri.to_owned(), program: Program::parse(command)? })
}
