//! `nuncio bus create`

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use nuncio::bus::Bus;
use nuncio::bus::wire::info::Protocol;
use nuncio::bus::wire::serializer::Serializer;

use crate::output::{Output, say};
use crate::rpc;
use crate::signals;
use crate::stop::Stop;

/// Make a bus, print its info line, and guard it until a signal comes
///
/// Then all peers are asked to end, and waited for; exit 1 when messages were sent and not read, or read and not sent. How long
/// to wait is in IPC_MANAGER_SPAWN_PEER_TIMEOUT, in seconds; 60 otherwise.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Take the first of these drivers that works here
    #[arg(long, value_name = "DRIVER", value_enum, value_delimiter = ',', default_value = "stream,fifo,unix,files")]
    driver: Vec<Driver>,
    /// How messages are written: JSON, JSON::Zstd, or, where only nuncio is on the bus, cbor, msgpack, sereal, storable or yaml
    #[arg(long, value_name = "NAME", value_parser = Serializer::named, default_value = "JSON")]
    serializer: Serializer,
    /// Directory of the bus, or its file with jsonfile [default: a new one among the temporary files]
    #[arg(long, value_name = "DIR")]
    route: Option<PathBuf>,
    /// Send this signal to the peers' processes at the end: a name or a number
    #[arg(long, value_name = "SIGNAL", value_parser = parse_signal)]
    signal: Option<i32>,
    /// End at once, and leave the bus
    #[arg(long)]
    keep: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Driver {
    Fifo,
    Files,
    #[value(name = "jsonfile")]
    JsonFile,
    Stream,
    Unix,
}

impl Driver {
    const fn protocol(self) -> Protocol {
        match self {
            Self::Fifo => Protocol::AtomicPipe,
            Self::Files => Protocol::MessageFiles,
            Self::JsonFile => Protocol::JsonFile,
            Self::Stream => Protocol::ConnectionUnix,
            Self::Unix => Protocol::UnixSocket,
        }
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let drivers = arguments.driver.iter().map(|driver| driver.protocol());
    let mut builder = Bus::builder().protocols(drivers).serializer(arguments.serializer.clone());
    if let Some(route) = &arguments.route {
        builder = builder.route(route);
    }
    if let Some(signal) = arguments.signal {
        builder = builder.signal(signal);
    }
    let guard = builder.create()?;
    Output::new().print(&guard.info().to_string())?;
    if arguments.keep {
        guard.keep();
        return Ok(());
    }
    rpc::wait(async {
        signals::received().await;
        Ok(())
    })?;
    let report = guard.shutdown(nuncio::bus::patience())?;
    for peer in &report.remaining {
        say(format_args!("{peer:?} has not left"));
    }
    for difference in &report.differences {
        let (from, to) = (&difference.from, &difference.to);
        match difference.messages {
            count @ 1.. => say(format_args!("{count} messages from {from:?} to {to:?} were sent and not read")),
            count => say(format_args!("{} messages from {from:?} to {to:?} were read and not sent", -count)),
        }
    }
    match report.differences.is_empty() {
        true => Ok(()),
        false => Err(Stop::failed("the account does not balance")),
    }
}

/// Signals by their names; there are no others that one would end a service with.
const SIGNALS: [(&str, i32); 8] =
    [("ALRM", 14), ("HUP", 1), ("INT", 2), ("KILL", 9), ("QUIT", 3), ("TERM", 15), ("USR1", 10), ("USR2", 12)];

fn parse_signal(text: &str) -> Result<i32, String> {
    let name = text.to_ascii_uppercase();
    let name = name.strip_prefix("SIG").unwrap_or(&name);
    let named = SIGNALS.iter().find(|(known, number)| *known == name || number.to_string() == name);
    named.map(|(_, number)| *number).ok_or_else(|| {
        let names = SIGNALS.map(|(name, _)| name).join(", ");
        format!("{text:?} is none of {names} and their numbers")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_have_names_and_numbers() {
        for text in ["TERM", "SIGTERM", "term", "15"] {
            assert_eq!(parse_signal(text), Ok(15));
        }
        for text in ["", "0", "64", "SIG", "EXIT"] {
            assert!(parse_signal(text).is_err(), "{text}");
        }
    }
}
