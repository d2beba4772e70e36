//! `nuncio bus recv`

use std::time::{Duration, Instant};

use clap::Args;
use nuncio::bus::{Bus, Message, Peer};
use nuncio::codec::Value;
use nuncio::core::{Deadline, Wait};
use nuncio::{Error, ErrorKind};

use super::{leave, line_of, message_line, words};
use crate::output::{Output, say};
use crate::signals::CANCEL;
use crate::stop::Stop;
use crate::{duration, exit};

/// Receive messages, and print each as one line of JSON
///
/// A message that asks to end is not printed, and ends the command with 0. What has come beside those that were wanted is told
/// on standard error.
#[derive(Args, Debug)]
#[command(override_usage = "nuncio bus recv [OPTIONS] --as <NAME> [INFO]")]
pub(super) struct Arguments {
    /// The bus; may be left out when NUNCIO_BUS is set
    info: Option<String>,
    /// Receive as this peer
    #[arg(long = "as", value_name = "NAME")]
    name: String,
    /// Receive so many messages
    #[arg(long, value_name = "NUMBER", default_value_t = 1, hide_default_value = true)]
    count: u64,
    /// Receive until a signal or a message asks to end; go on after a message that cannot be read
    #[arg(long, conflicts_with = "count")]
    follow: bool,
    /// Wait at most this long for each message: 300ms, 5s, 2m
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    timeout: Option<Duration>,
    /// Print the content alone
    #[arg(long)]
    content: bool,
    /// Come back as a peer that was suspended, or whose process has ended, and receive what came meanwhile
    #[arg(long)]
    reconnect: bool,
    /// At the end leave to come back within this time; messages arrive meanwhile, where the driver keeps them
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    suspend: Option<Duration>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let (bus, []) = words::open([&arguments.info], [])?;
    if arguments.suspend.is_some() && !bus.capabilities().suspend {
        return Err(Stop::failed(
            "the medium of this bus keeps no messages for somebody who is away: --suspend cannot be had",
        ));
    }
    let mut peer = arguments.join(&bus)?;
    let received = arguments.receive(&mut peer);
    let left = match arguments.suspend {
        Some(expires) => peer.suspend(Some(expires)).map_err(Error::from).map_err(Stop::from),
        None => leave(peer),
    };
    received?;
    left
}

impl Arguments {
    fn join(&self, bus: &Bus) -> Result<Peer, Stop> {
        if self.reconnect {
            return Ok(bus.reconnect(&self.name)?);
        }
        bus.connect(&self.name).map_err(|error| {
            let is_away = || bus.peer(&self.name).is_ok_and(|peer| peer.is_some_and(|peer| peer.pid.is_none()));
            match error.kind() == ErrorKind::AlreadyExists && is_away() {
                true => Stop::failed(format_args!("{error}; --reconnect comes back as it")),
                false => error.into(),
            }
        })
    }

    fn receive(&self, peer: &mut Peer) -> Result<(), Stop> {
        let mut output = Output::new();
        let mut count = 0;
        while self.follow || count < self.count {
            match peer.recv_until(self.wait()) {
                Ok(Some(message)) if message.is_terminate() => return Ok(()),
                Ok(Some(message)) => match self.value(&message) {
                    Ok(value) => {
                        output.print(&line_of(&value)?)?;
                        count += 1;
                    }
                    Err(error) if self.follow => say(error.chain()),
                    Err(error) => return Err(error.into()),
                },
                Ok(None) => return Err(Stop::with_exit(exit::NOTHING_CAME, "nothing came in time")),
                Err(error) if self.follow && is_of_message(&error) => say(error.chain()),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn wait(&self) -> Wait<'static> {
        let until = self.timeout.map_or(Deadline::Never, |timeout| Deadline::after(Instant::now(), timeout));
        Wait { until, cancel: Some(&CANCEL) }
    }

    /// What is printed of a message.
    fn value(&self, message: &Message) -> nuncio::Result<Value> {
        match self.content {
            true => message.content(),
            false => message_line(message).map(Value::from_iter),
        }
    }
}

/// Whether only one message is bad, and the next one can be received.
fn is_of_message(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::TooLarge)
}
