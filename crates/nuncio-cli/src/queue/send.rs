//! `nuncio queue send`

use std::fmt::Display;

use clap::Args;
use nuncio::ErrorKind;
use nuncio::codec::{Codec, Map};
use nuncio::core::{Address, QueueName};
use nuncio::queue::{Queue, RemoteQueue, RemoteQueueBuilder, SendOptions, header, metadata};

use super::mail::Mail;
use super::payload::{Payload, message_of_line};
use super::{Patience, Place};
use crate::output::say;
use crate::stop::Stop;
use crate::{exit, formats, signals};

/// Send JSON objects
///
/// Waits for room. Ends with 0 when all of it was accepted: a message for another host when the queue `transitd` has it, from
/// which the outgoing gateway of this machine takes it; with --direct when the other host's gateway has it.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Queue to send to, made if there is none; queue://HOST/NAME is the queue NAME of HOST
    #[arg(value_parser = Name::parse)]
    name: Name,
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
    /// Deliver to the queue of that name at HOST
    #[arg(long, value_name = "HOST", help_heading = TO_OTHER_HOSTS)]
    to: Option<String>,
    /// Post to HOST, or HOST:PORT, at once, and report the answer; waits 5s for it, or as long as --timeout says
    #[arg(long, conflicts_with = "no_wait", help_heading = TO_OTHER_HOSTS)]
    direct: bool,
    /// Seal for the key that is trusted to be the host's, with the current key of the keyring
    #[arg(long, help_heading = TO_OTHER_HOSTS)]
    seal: bool,
    /// Claim to be the host NAME [default: of sealed messages the name of this host]
    #[arg(long, value_name = "NAME", help_heading = TO_OTHER_HOSTS)]
    source: Option<String>,
    /// Leave HOST as it is; otherwise a name with fewer than three dots is looked up, and its address stands for it, also where a
    /// key is looked for
    #[arg(long, help_heading = TO_OTHER_HOSTS)]
    no_dns: bool,
    /// How many hosts may pass the message on [default: 9]
    #[arg(long, value_name = "HOPS", help_heading = TO_OTHER_HOSTS, value_parser = clap::value_parser!(u32).range(1..))]
    ttl: Option<u32>,
}

const TO_OTHER_HOSTS: &str = "To other hosts";

/// The queue that is meant, here or at another host.
#[derive(Clone, Debug)]
enum Name {
    Here(QueueName),
    There(Address),
}

impl Name {
    fn parse(text: &str) -> Result<Self, nuncio::Error> {
        if !text.starts_with("queue:") {
            return text.parse().map(Self::Here);
        }
        let address: Address = text.parse()?;
        // The form without a host is a queue here.
        match address.locator().starts_with("//") || !address.options().is_empty() {
            true => Ok(Self::There(address)),
            false => address.locator().parse().map(Self::Here),
        }
    }
}

/// Where messages go.
enum Target {
    Here(Queue),
    There(RemoteQueue),
    Direct(Mail),
}

pub(super) fn run(place: &Place, arguments: &Arguments) -> Result<(), Stop> {
    signals::catch()?;
    if let Some(codec) = arguments.codec.filter(|codec| is_foreign(*codec)) {
        tracing::warn!("only nuncio reads messages in {codec}, IPC::Transit does not");
    }
    let payload = Payload::open(&arguments.payload)?;
    let target = if arguments.lines {
        let target = arguments.open(place)?;
        arguments.send_lines(&target, payload)?;
        target
    } else {
        // Nothing is made for a payload that is none.
        let message = payload.read_object()?;
        let target = arguments.open(place)?;
        arguments.send_one(&target, &message)?;
        target
    };
    if let Target::Direct(mail) = target {
        mail.report();
    }
    Ok(())
}

impl Arguments {
    fn open(&self, place: &Place) -> Result<Target, Stop> {
        let builder = match (&self.name, &self.to) {
            (Name::Here(name), None) => {
                self.refuse_for_this_host()?;
                return Ok(Target::Here(place.open()?.queue(name.as_str())?));
            }
            (Name::Here(name), Some(host)) => RemoteQueue::builder(host, name.as_str()),
            (Name::There(address), None) => RemoteQueue::at(address).map_err(|error| usage(error.chain()))?,
            (Name::There(_), Some(_)) => return Err(usage("queue://HOST/NAME says the host already, without --to")),
        };
        let builder = self.remote(builder, place)?;
        let target = match self.direct {
            true => builder.direct().map(|queue| Target::Direct(Mail::new(queue, self.patience.timeout()))),
            false => builder.open().map(Target::There),
        };
        // A name that is none is that of the host, or of the one that it is claimed to come from.
        target.map_err(|error| match error.kind() {
            ErrorKind::InvalidName => usage(error.chain()),
            _ => error.into(),
        })
    }

    fn remote(&self, mut builder: RemoteQueueBuilder, place: &Place) -> nuncio::Result<RemoteQueueBuilder> {
        if let Some(hops) = self.ttl {
            builder = builder.ttl(hops);
        }
        if let Some(source) = &self.source {
            builder = builder.source(source);
        }
        if self.no_dns {
            builder = builder.no_dns();
        }
        if self.seal {
            builder = builder.seal();
        }
        let registry = if builder.seals() { place.builder_with_keys()? } else { place.builder() };
        Ok(builder.registry(registry))
    }

    /// A host is needed to seal for, to look up, and to post to.
    fn refuse_for_this_host(&self) -> Result<(), Stop> {
        for (given, text) in [
            (self.seal, "--seal needs --to HOST: a message is sealed for a host"),
            (self.no_dns, "--no-dns needs --to HOST"),
            (self.direct, "--direct needs --to HOST"),
        ] {
            if given {
                return Err(usage(text));
            }
        }
        Ok(())
    }

    fn options(&self) -> SendOptions {
        let mut options = SendOptions::new();
        if let Some(codec) = self.codec {
            options = options.with_codec(codec);
        }
        options
    }

    /// What a message within this host says only because it was told to.
    fn options_here(&self) -> SendOptions {
        let mut options = self.options();
        if let Some(source) = &self.source {
            options = options.with_source(source);
        }
        if let Some(hops) = self.ttl.map(|hops| hops.to_string()) {
            options = options.with_header(header::TTL, &hops).with_meta("ttl", hops);
        }
        options
    }

    fn send_lines(&self, target: &Target, mut payload: Payload) -> Result<(), Stop> {
        let mut sent = 0_u64;
        loop {
            let result = payload.next_line().and_then(|line| match line {
                None => Ok(false),
                Some(line) => self.send_one(target, &message_of_line(line)).map(|()| true),
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

    fn send_one(&self, target: &Target, message: &Map) -> Result<(), Stop> {
        let sent = match target {
            Target::Here(queue) => send(queue, message, &self.options_here(), self.patience),
            Target::There(remote) => remote.send_with(message, &self.options(), self.patience.wait()),
            Target::Direct(mail) => mail.post(message, &self.options()),
        };
        sent.map_err(|error| match error.kind() {
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

fn usage(text: impl Display) -> Stop {
    Stop::with_exit(exit::USAGE, text)
}

/// Whether IPC::Transit can read it. Of YAML it has the name, and no reader.
const fn is_foreign(codec: Codec) -> bool {
    matches!(codec, Codec::Cbor | Codec::JsonZstd | Codec::MessagePack | Codec::Yaml)
}
