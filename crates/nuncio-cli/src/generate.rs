//! `nuncio generate`: man pages and shell completions from the definition of the command itself.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::Nuncio;
use crate::stop::Stop;

const SHELLS: [Shell; 3] = [Shell::Bash, Shell::Fish, Shell::Zsh];

/// Write man pages and shell completions
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Directory for the man pages
    #[arg(long, value_name = "DIR")]
    man: Option<PathBuf>,
    /// Directory for the completions of bash, fish and zsh
    #[arg(long, value_name = "DIR")]
    completions: Option<PathBuf>,
}

/// Writes what was asked for.
///
/// # Errors
/// Those of the file system.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let write = |directory: &Option<PathBuf>, write: fn(&Path) -> io::Result<()>| match directory {
        None => Ok(()),
        Some(directory) => fs::create_dir_all(directory)
            .and_then(|()| write(directory))
            .map_err(|error| Stop::failed(format_args!("generate into {directory:?}: {error}"))),
    };
    write(&arguments.man, |directory| clap_mangen::generate_to(public_command(), directory))?;
    write(&arguments.completions, |directory| {
        SHELLS.iter().try_for_each(|shell| {
            clap_complete::generate_to(*shell, &mut public_command(), "nuncio", directory).map(drop)
        })
    })
}

/// The command without what only nuncio itself calls: completions would offer that too.
fn public_command() -> clap::Command {
    let whole = Nuncio::command();
    let public = whole.get_subcommands().filter(|command| !command.is_hide_set()).cloned().collect::<Vec<_>>();
    let mut command = clap::Command::new("nuncio")
        .version(env!("CARGO_PKG_VERSION"))
        .after_help(crate::exit::HELP)
        .subcommand_required(true);
    if let Some(about) = whole.get_about() {
        command = command.about(about.clone());
    }
    command.subcommands(public)
}
