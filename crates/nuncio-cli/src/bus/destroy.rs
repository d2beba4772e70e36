//! `nuncio bus destroy`

use clap::Args;

use super::open;
use crate::stop::Stop;

/// Remove a bus with everything that is on it, whoever uses it
#[derive(Args, Debug)]
#[command(override_usage = "nuncio bus destroy [INFO]")]
pub(super) struct Arguments {
    /// The bus
    #[arg(value_name = "INFO", num_args = 0..=1)]
    words: Vec<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let (bus, _) = open(&arguments.words, 0)?;
    Ok(bus.destroy()?)
}
