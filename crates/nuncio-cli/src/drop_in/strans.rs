//! `strans`: sends one message.

use clap::Parser;
use nuncio::ErrorKind;
use nuncio::codec::Map;
use nuncio::queue::{RemoteQueue, SendOptions};

use super::Common;
use crate::output::{Output, say};
use crate::queue::{Patience, parse_object, send};
use crate::stop::Stop;

/// Send a message to a queue, as strans of IPC::Transit does
#[derive(Debug, Parser)]
#[command(name = "strans")]
pub(super) struct Strans {
    /// A JSON object
    json: Option<String>,
    /// Queue to send to
    qname: Option<String>,
    /// Host to deliver to
    destination: Option<String>,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(tool: &Strans) -> Result<(), Stop> {
    let mut output = Output::new();
    tool.common.announce(&mut output)?;
    let json = tool.json.as_deref().ok_or_else(|| Stop::failed("json message required"))?;
    let message = parse_object(json.as_bytes()).map_err(|reason| {
        Stop::failed(format_args!("the json message passed in first argument is not an object: {reason}"))
    })?;
    let qname = tool.qname.as_deref().ok_or_else(|| Stop::failed("qname required"))?;
    match tool.send(qname, &message) {
        Ok(()) => output.print("1"),
        // The original prints what its send gave: nothing.
        Err(error) if error.kind() == ErrorKind::Full => {
            say(error.chain());
            output.print("")
        }
        Err(error) => Err(error.into()),
    }
}

impl Strans {
    fn send(&self, qname: &str, message: &Map) -> nuncio::Result<()> {
        let options = SendOptions::new();
        match &self.destination {
            None => send(&self.common.open()?.queue(qname)?, message, &options, Patience::NONE),
            Some(host) => {
                let remote = RemoteQueue::builder(host, qname).registry(self.common.builder()).open()?;
                remote.send_with(message, &options, Patience::NONE.wait())
            }
        }
    }
}
