//! `nuncio gateway check`

use std::path::PathBuf;

use clap::Args;
use nuncio::gateway::Settings;

use crate::output::Output;
use crate::stop::Stop;

/// Check a file with settings, and the certificates and tokens that it names
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    Settings::read(&arguments.config)?.check()?;
    Output::new().print("ok")
}
