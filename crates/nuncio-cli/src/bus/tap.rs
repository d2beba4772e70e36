//! `nuncio bus tap`

use std::collections::BTreeMap;

use clap::Args;
use nuncio::bus::{Context, Handled, Message, PeerChange, PeerInfo, Request, Service, Unhandled};
use nuncio::codec::Value;
use serde::Serialize;

use super::{ENDS_ON, line_of, message_line, unique_name, words};
use crate::output::{Output, say};
use crate::stop::Stop;

/// Watch a bus: print a line of JSON for everybody who comes and leaves, and for every broadcast
///
/// Begins with those who are there. What others send to each other nobody can see: a bus has no middle. It ends when a message
/// or a signal asks for it.
#[derive(Args, Debug)]
#[command(override_usage = "nuncio bus tap [OPTIONS] [INFO]")]
pub(super) struct Arguments {
    /// The bus; may be left out when NUNCIO_BUS is set
    info: Option<String>,
    /// Watch under this name [default: one that nobody has]
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
}

struct Tap(Output);

#[derive(Serialize)]
struct Event<'a> {
    version: u32,
    event: &'a str,
    peer: &'a str,
    pid: Option<u32>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let (bus, []) = words::open([&arguments.info], [])?;
    let name = arguments.name.clone().unwrap_or_else(unique_name);
    bus.service(&name).ends_on(ENDS_ON).expose_errors().run(Tap(Output::new()))?;
    Ok(())
}

impl Tap {
    /// Ends the service when nobody reads what it prints.
    fn print(&mut self, context: &mut Context, line: &str) -> Handled {
        if self.0.print(line).is_err() {
            context.terminate(0);
        }
        Ok(())
    }

    fn tell(&mut self, context: &mut Context, event: &str, peers: &[PeerInfo]) -> Handled {
        for peer in peers.iter().filter(|peer| peer.id != context.name()).cloned().collect::<Vec<_>>() {
            let event = Event { version: 1, event, peer: &peer.id, pid: peer.pid };
            let value: Value = nuncio::codec::to_value(&event)?;
            let line = line_of(&value).map_err(|_| "the event cannot be written")?;
            self.print(context, &line)?;
        }
        Ok(())
    }
}

impl Service for Tap {
    fn on_start(&mut self, context: &mut Context) -> Handled {
        let present = context.others();
        self.tell(context, "came", &present)
    }

    fn on_peers(&mut self, context: &mut Context, change: &PeerChange) -> Handled {
        self.tell(context, "left", &change.left)?;
        self.tell(context, "came", &change.came)
    }

    fn on_request(&mut self, _: &mut Context, request: Request) -> Handled {
        request.fail("this peer only watches")
    }

    fn on_unhandled(&mut self, context: &mut Context, unhandled: Unhandled) -> Handled {
        match unhandled {
            Unhandled::Corrupt(error) => {
                say(error.chain());
                Ok(())
            }
            Unhandled::Response(message) => self.on_message(context, message),
            _ => Ok(()),
        }
    }

    fn on_message(&mut self, context: &mut Context, message: Message) -> Handled {
        if message.is_terminate() {
            return Ok(());
        }
        let members = match message_line(&message) {
            Ok(members) => members,
            // Whoever sent it must not be able to end this.
            Err(error) => {
                say(error.chain());
                return Ok(());
            }
        };
        let mut line: BTreeMap<String, Value> = BTreeMap::from([("event".to_owned(), "message".into())]);
        line.insert("version".to_owned(), Value::from(1));
        line.extend(members);
        let line = line_of(&nuncio::codec::to_value(&line)?).map_err(|_| "the message cannot be written")?;
        self.print(context, &line)
    }
}
