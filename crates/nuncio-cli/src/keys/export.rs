//! `nuncio keys export`

use clap::Args;
use nuncio::queue::seal::Keyring;

use crate::output::Output;
use crate::stop::Stop;

/// Print the current key in base64, as IPC::Transit takes it
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(super) struct Arguments {
    /// Print the half that other hosts trust
    #[arg(long)]
    public: bool,
    /// Print the half that nobody else may see
    #[arg(long)]
    secret: bool,
}

pub(super) fn run(keyring: &Keyring, arguments: &Arguments) -> Result<(), Stop> {
    let current = keyring.current()?;
    match arguments.secret {
        true => Output::new().print(&current.secret.to_base64()),
        false => Output::new().print(&current.public.to_string()),
    }
}
