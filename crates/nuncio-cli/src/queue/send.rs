//! `nuncio queue send`

use clap::Args;
use nuncio::ErrorKind;
use nuncio::codec::{Codec, Map};
use nuncio::core::QueueName;
use nuncio::queue::{Queue, SendOptions, header, metadata};

use super::payload::{Payload, message_of_line};
use super::{Patience, Place};
use crate::output::say;
use crate::stop::Stop;
use crate::{exit, formats, signals};

/// Send JSON objects
///
/// Waits for room. Ends with 0 when all of it was accepted.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Queue to send to; made if there is none
    name: QueueName,
    /// A JSON object, @FILE, or - for standard input
    #[arg(default_value = "-", hide_default_value = true)]
    payload: String,
    /// Send each input line as one message; one that is no JSON object as {"line": ...}
    #[arg(long)]
    lines: bool,
    /// Encode in this format; IPC::Transit reads json, sereal, storable and dumper [default: IPC_TRANSIT_DEFAULT_SERIALIZER, else json]
    #[arg(long, value_name = "CODEC", value_parser = formats::codec())]
    codec: Option<Codec>,
    #[command(flatten)]
    patience: Patience,
    /// Claim to be the host NAME
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// How many hosts may pass the message on
    #[arg(long, value_name = "HOPS")]
    ttl: Option<u32>,
}

pub(super) fn run(place: &Place, arguments: &Arguments) -> Result<(), Stop> {
    signals::catch()?;
    if let Some(codec) = arguments.codec.filter(|codec| is_foreign(*codec)) {
        tracing::warn!("only nuncio reads messages in {codec}, IPC::Transit does not");
    }
    let payload = Payload::open(&arguments.payload)?;
    let options = arguments.options();
    if arguments.lines {
        let queue = place.open()?.queue(arguments.name.as_str())?;
        return arguments.send_lines(&queue, payload, &options);
    }
    let message = payload.read_object()?;
    let queue = place.open()?.queue(arguments.name.as_str())?;
    arguments.send_one(&queue, &message, &options)
}

impl Arguments {
    fn options(&self) -> SendOptions {
        let mut options = SendOptions::new();
        if let Some(codec) = self.codec {
            options = options.with_codec(codec);
        }
        if let Some(source) = &self.source {
            options = options.with_source(source);
        }
        if let Some(hops) = self.ttl.map(|hops| hops.to_string()) {
            options = options.with_header(header::TTL, &hops).with_meta("ttl", hops);
        }
        options
    }

    fn send_lines(&self, queue: &Queue, mut payload: Payload, options: &SendOptions) -> Result<(), Stop> {
        let mut sent = 0_u64;
        loop {
            let result = payload.next_line().and_then(|line| match line {
                None => Ok(false),
                Some(line) => self.send_one(queue, &message_of_line(line), options).map(|()| true),
            });
            match result {
                Ok(true) => sent += 1,
                Ok(false) => return Ok(()),
                Err(stop) => {
                    say(format_args!("{sent} lines were sent, the next one was not"));
                    return Err(stop);
                }
            }
        }
    }

    fn send_one(&self, queue: &Queue, message: &Map, options: &SendOptions) -> Result<(), Stop> {
        send(queue, message, options, self.patience).map_err(|error| match error.kind() {
            // The queue was full all the time.
            ErrorKind::TimedOut => Stop::with_exit(exit::FULL, error.chain()),
            // All that can be misused here are the arguments.
            ErrorKind::ApiMisuse => Stop::with_exit(exit::USAGE, error.chain()),
            _ => error.into(),
        })
    }
}

/// Sends `message` to other processes, also where its own metadata would have it stay in this one, which ends now: a message
/// that was received and is passed on can have that.
///
/// # Errors
/// Those of the library.
pub(crate) fn send(queue: &Queue, message: &Map, options: &SendOptions, patience: Patience) -> nuncio::Result<()> {
    let overrides = message.get(metadata::MEMBER).and_then(|own| own.get(metadata::OVERRIDES));
    match overrides {
        None => queue.send_with(message, options, patience.wait()),
        Some(_) => queue.send_with(message, &options.clone().override_local(), patience.wait()),
    }
}

/// Whether IPC::Transit can read it. Of YAML it has the name, and no reader.
const fn is_foreign(codec: Codec) -> bool {
    matches!(codec, Codec::Cbor | Codec::JsonZstd | Codec::MessagePack | Codec::Yaml)
}
