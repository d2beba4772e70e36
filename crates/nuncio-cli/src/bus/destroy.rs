//! `nuncio bus destroy`

use clap::Args;

use super::words;
use crate::stop::Stop;

/// Remove a bus with everything that is on it, whoever uses it
#[derive(Args, Debug)]
#[command(override_usage = "nuncio bus destroy [INFO]")]
pub(super) struct Arguments {
    /// The bus; may be left out when NUNCIO_BUS is set
    info: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let (bus, []) = words::open([&arguments.info], [])?;
    Ok(bus.destroy()?)
}
