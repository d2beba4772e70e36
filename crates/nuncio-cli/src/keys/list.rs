//! `nuncio keys list`

use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use nuncio::queue::seal::{Keyring, OwnKey, TrustedKey};
use serde::Serialize;

use crate::output::Output;
use crate::stop::Stop;
use crate::{duration, table};

/// List the keys; of our own the public halves
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Times are in seconds since 1970. The current key of our own, and of each host the one that is sealed for, is the last.
#[derive(Serialize)]
struct List {
    version: u32,
    own: Vec<Own>,
    trusted: Vec<Trusted>,
}

#[derive(Serialize)]
struct Own {
    public: String,
    current: bool,
    added: u64,
    comment: String,
}

#[derive(Serialize)]
struct Trusted {
    host: String,
    public: String,
    added: u64,
    comment: String,
}

pub(super) fn run(keyring: Option<&Keyring>, arguments: &Arguments) -> Result<(), Stop> {
    let own = keyring.map_or(Ok(Vec::new()), Keyring::own)?;
    let trusted = keyring.map_or(Ok(Vec::new()), Keyring::trusted)?;
    let mut output = Output::new();
    match arguments.json {
        true => output.print_json(&List::of(&own, &trusted)),
        false => output.print(&table(&own, &trusted)),
    }
}

impl List {
    fn of(own: &[OwnKey], trusted: &[TrustedKey]) -> Self {
        let own = own.iter().enumerate().map(|(index, key)| Own {
            public: key.public.to_string(),
            current: index + 1 == own.len(),
            added: seconds(key.added),
            comment: key.comment.clone(),
        });
        let trusted = trusted.iter().map(|key| Trusted {
            host: key.host.clone(),
            public: key.public.to_string(),
            added: seconds(key.added),
            comment: key.comment.clone(),
        });
        Self { version: 1, own: own.collect(), trusted: trusted.collect() }
    }
}

fn table(own: &[OwnKey], trusted: &[TrustedKey]) -> String {
    let mut rows = vec![["HOST", "PUBLIC KEY", "ADDED", "COMMENT"].map(str::to_owned).to_vec()];
    for (index, key) in own.iter().enumerate() {
        let name = if index + 1 == own.len() { "(own, current)" } else { "(own)" };
        rows.push(vec![name.to_owned(), key.public.to_string(), ago(key.added), key.comment.clone()]);
    }
    for key in trusted {
        rows.push(vec![key.host.clone(), key.public.to_string(), ago(key.added), key.comment.clone()]);
    }
    table::format(&rows)
}

fn ago(time: SystemTime) -> String {
    match seconds(time) {
        0 => "-".to_owned(),
        _ => format!("{} ago", duration::coarse(time.elapsed().unwrap_or_default())),
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
