//! `nuncio keys generate` and `nuncio keys import`

use std::io::Read;

use clap::Args;
use nuncio::queue::seal::{Keyring, SecretKey};
use zeroize::Zeroizing;

use super::Note;
use crate::output::Output;
use crate::signals::{self, Input};
use crate::stop::Stop;

/// Longer than a key with white space in it.
const KEY_BYTES_MAX: u64 = 1024;

/// Make a key pair, and print its public half
///
/// It is the current key from then on; older ones still open. The keyring is made if there is none.
#[derive(Args, Debug)]
pub(super) struct GenerateArguments {
    #[command(flatten)]
    note: Note,
}

/// Take a secret key from standard input, and print its public half
///
/// The key is 32 bytes in base64, as IPC::Transit has them. It is the current key from then on; older ones still open. The keyring
/// is made if there is none.
#[derive(Args, Debug)]
pub(super) struct ImportArguments {
    #[command(flatten)]
    note: Note,
}

pub(super) fn generate(keyring: &Keyring, arguments: &GenerateArguments) -> Result<(), Stop> {
    let public = keyring.generate(&arguments.note.comment)?;
    Output::new().print(&public.to_string())
}

/// Nothing is made before the key was read.
pub(super) fn import(
    keyring: impl FnOnce() -> nuncio::Result<Keyring>,
    arguments: &ImportArguments,
) -> Result<(), Stop> {
    signals::catch()?;
    let secret = read_secret()?;
    let public = keyring()?.import(&secret, &arguments.note.comment)?;
    Output::new().print(&public.to_string())
}

fn read_secret() -> Result<SecretKey, Stop> {
    let failed = |error| Stop::failed(format_args!("read the secret key from standard input: {error}"));
    // With room for all of it no part is left behind where the text grew.
    let mut text = Zeroizing::new(String::with_capacity(2 * KEY_BYTES_MAX as usize));
    let input = Input::stdin().map_err(failed)?;
    input.take(KEY_BYTES_MAX).read_to_string(&mut text).map_err(failed)?;
    if signals::came() {
        return Err(Stop::Interrupted);
    }
    Ok(text.parse()?)
}
