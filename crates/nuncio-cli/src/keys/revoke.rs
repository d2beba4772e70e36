//! `nuncio keys revoke`

use clap::Args;
use nuncio::queue::seal::{Keyring, PublicKey};

use crate::output::say;
use crate::stop::Stop;

/// Trust a key of a host no more, or all keys of it
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Whose key it was
    host: String,
    /// The key [default: all of the host]
    #[arg(value_name = "PUBLIC")]
    key: Option<PublicKey>,
}

pub(super) fn run(keyring: &Keyring, arguments: &Arguments) -> Result<(), Stop> {
    let count = keyring.revoke(&arguments.host, arguments.key.as_ref())?;
    if count > 1 {
        say(format_args!("{count} keys of {:?} are trusted no more", arguments.host));
    }
    Ok(())
}
