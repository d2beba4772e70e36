//! `nuncio gateway`: queues between machines.

mod check;
mod serve;

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, Subcommand};
use nuncio::gateway::Settings;

pub(crate) use self::serve::serve;
use crate::stop::Stop;

/// Carry messages between this machine's queues and other machines, until a signal comes
///
/// Messages in the queue `transitd` are posted to the hosts that they are for, and what is posted here is put into the queues that it is for. Everything
/// is kept on disk until it is delivered. Prints a line when it accepts connections. On loopback it accepts every queue name, and sends to what
/// --destination names; on another address say what may be done, with --allow-queue and --allow-destination.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Check(check::Arguments),
}

/// What can be said in a file, too, under the same names.
#[derive(Args, Debug)]
struct Options {
    /// File with settings, TOML, under the names of these options; an option counts before it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address and port to listen on [default: 127.0.0.1:9816]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Directory that binds names to queues [default: /tmp/ipc_transit]
    #[arg(long, value_name = "DIR", env = "NUNCIO_QUEUE_REGISTRY", hide_env_values = true)]
    registry: Option<PathBuf>,
    /// Directory for messages that are too large for a queue [default: /tmp/transit_large_messages]
    #[arg(long, value_name = "DIR", env = "NUNCIO_QUEUE_SPILL", hide_env_values = true)]
    spill: Option<PathBuf>,
    /// Directory that keeps messages until they are delivered; one for each gateway
    #[arg(long, value_name = "DIR")]
    spool: Option<PathBuf>,
    /// Post what is for HOST to URL; `*` in HOST stands for any run, `{host}` in URL for the host, and without a port it is 9816
    #[arg(long, value_name = "HOST=URL")]
    destination: Vec<String>,
    /// Queues that may be written from outside; `*` stands for any run
    #[arg(long, value_name = "PATTERN")]
    allow_queue: Vec<String>,
    /// Hosts that may be sent to, beside those of --destination; `*` stands for any run
    #[arg(long, value_name = "PATTERN")]
    allow_destination: Vec<String>,
    /// A host that comes for its messages: they wait in the queue of that name
    #[arg(long, value_name = "HOST")]
    proxy: Vec<String>,
    /// Keyring of this host: what is sealed for its queues is refused at once if no trusted key opens it, or its header was changed
    #[arg(long, value_name = "DIR", env = "NUNCIO_KEYRING", hide_env_values = true)]
    keyring: Option<PathBuf>,
    /// Certificate chain to serve with, PEM; other gateways are shown it, too
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// Its private key, PEM
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Who signs the certificates that senders must have, PEM
    #[arg(long, value_name = "FILE")]
    client_ca: Option<PathBuf>,
    /// Who signs the certificates of destinations, PEM [default: whom the system trusts]
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// The file with the secret shared with HOST: senders must have one of them, and HOST is shown its own over TLS or on this machine
    #[arg(long, value_name = "HOST=FILE")]
    token: Vec<String>,
    /// Leave open what the original leaves open: any queue, any destination, or messages to whoever names a --proxy host
    #[arg(long, value_name = "WHAT", value_parser = ["proxy", "queues", "destinations"])]
    danger_open: Vec<String>,
    /// Share queues with other users: accept what they own or may write, and make what is missing open to everybody
    #[arg(long, env = "NUNCIO_QUEUE_DANGER_SHARED", hide_env_values = true, value_parser = FalseyValueParser::new())]
    danger_shared: bool,
    /// Give a message up after so long, and keep it among the dead letters: 5s, 2m, 12h, 7d [default: 7d]
    #[arg(long, value_name = "DURATION")]
    keep_for: Option<String>,
    /// The most bytes of the spool [default: 1073741824]
    #[arg(long, value_name = "BYTES")]
    spool_bytes: Option<u64>,
    /// The largest body of a request [default: 102400000]
    #[arg(long, value_name = "BYTES")]
    body_bytes: Option<usize>,
    /// The most messages of one request [default: 100000]
    #[arg(long, value_name = "N")]
    batch_messages: Option<usize>,
    /// The most messages from one sender in a second [default: 100000]
    #[arg(long, value_name = "N")]
    rate: Option<u32>,
    /// The most connections from one address [default: 64]
    #[arg(long, value_name = "N")]
    connections: Option<usize>,
    /// How long a sender may be silent in a request, and a destination in an answer [default: 10s]
    #[arg(long, value_name = "DURATION")]
    patience: Option<String>,
}

/// Does what was asked for.
///
/// # Errors
/// Those of the gateway.
pub(crate) fn run(arguments: Arguments) -> Result<(), Stop> {
    match arguments.verb {
        Some(Verb::Check(arguments)) => check::run(&arguments),
        None => serve(arguments.options.settings()?.check()?),
    }
}

impl Options {
    /// What was said here, and elsewhere what the file says.
    fn settings(self) -> nuncio::Result<Settings> {
        let file = self.config.as_deref().map_or_else(|| Ok(Settings::default()), Settings::read)?;
        let mut own = Settings::default();
        own.listen = self.listen;
        own.registry = self.registry;
        own.spill = self.spill;
        own.spool = self.spool;
        own.destination = self.destination;
        own.allow_queue = self.allow_queue;
        own.allow_destination = self.allow_destination;
        own.proxy = self.proxy;
        own.keyring = self.keyring;
        own.tls_cert = self.tls_cert;
        own.tls_key = self.tls_key;
        own.client_ca = self.client_ca;
        own.ca = self.ca;
        own.token = self.token;
        own.danger_open = self.danger_open;
        own.danger_shared = self.danger_shared.then_some(true);
        own.keep_for = self.keep_for;
        own.spool_bytes = self.spool_bytes;
        own.body_bytes = self.body_bytes;
        own.batch_messages = self.batch_messages;
        own.rate = self.rate;
        own.connections = self.connections;
        own.patience = self.patience;
        Ok(own.over(file))
    }
}
