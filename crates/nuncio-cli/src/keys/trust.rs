//! `nuncio keys trust`

use clap::Args;
use nuncio::queue::seal::{Keyring, PublicKey};

use super::Note;
use crate::stop::Stop;

/// Trust a public key to be a host's, beside those of it that are trusted already
///
/// The host is called as messages call it: by its address, if its name has fewer than three dots and is looked up, and by the name
/// that it sends under (header S) for what comes from it. Both may be given, each with the same key.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Whose key it is
    host: String,
    /// The key, 32 bytes in base64
    #[arg(value_name = "PUBLIC")]
    key: PublicKey,
    #[command(flatten)]
    note: Note,
}

pub(super) fn run(keyring: &Keyring, arguments: &Arguments) -> Result<(), Stop> {
    Ok(keyring.trust(&arguments.host, arguments.key, &arguments.note.comment)?)
}
