//! `rtrans`: receives messages and prints them.

use clap::Parser;

use super::Common;
use crate::output::Output;
use crate::queue::{Amount, Form, Patience, receive};
use crate::stop::Stop;

/// Receive messages from a queue, as rtrans of IPC::Transit does; without -s or -c for ever
#[derive(Debug, Parser)]
#[command(name = "rtrans")]
pub(super) struct Rtrans {
    /// Receive one message
    #[arg(short)]
    single: bool,
    /// Receive so many messages
    #[arg(short, value_name = "COUNT")]
    count: Option<u64>,
    /// Print header and payload as they were sent, too
    #[arg(short)]
    raw: bool,
    /// Read messages in Data::Dumper's text too, which the original evaluates: their literals, nothing is evaluated
    #[arg(long)]
    accept_dumper: bool,
    /// Queue to receive from
    qname: String,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(tool: &Rtrans) -> Result<(), Stop> {
    tool.common.announce(&mut Output::new())?;
    let amount = match (tool.single, tool.count) {
        (true, _) => Amount::Count(1),
        (false, Some(count)) => Amount::Count(count),
        (false, None) => Amount::Endless,
    };
    let queue = tool.common.accept_dumper(tool.accept_dumper).open_with_keys()?.queue(&tool.qname)?;
    // As the original prints what its receive gave.
    let form = Form { bare: false, raw: tool.raw, pretty: true, unreadable: Some("null") };
    receive(&queue, amount, Patience::default(), form)
}
