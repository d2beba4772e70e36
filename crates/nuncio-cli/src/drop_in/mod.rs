//! The tools of IPC::Transit, for scripts that have always called them: the same arguments, the same output.
//!
//! nuncio is one of them when it is called by its name, for example through a symbolic link.

mod daemon;
mod qtrans;
mod rtrans;
mod strans;

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Args, Parser};
use nuncio::queue::{Registry, RegistryBuilder};
use tracing::Level;

use crate::exit;
use crate::output::Output;
use crate::queue::Place;
use crate::stop::Stop;

/// One of the tools.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tool {
    Qtrans,
    RemoteTransitGateway,
    RemoteTransitd,
    Rtrans,
    Strans,
}

impl Tool {
    /// Does what the tool does.
    pub(crate) fn run(self) -> Result<(), Stop> {
        match self {
            Self::Qtrans => as_perl_would(qtrans::run),
            Self::RemoteTransitGateway => as_perl_would(daemon::run_gateway),
            Self::RemoteTransitd => as_perl_would(daemon::run_transitd),
            Self::Rtrans => as_perl_would(rtrans::run),
            Self::Strans => as_perl_would(strans::run),
        }
    }

    /// The small tools say nothing of modes that they make themselves.
    pub(crate) const fn log_level(&self) -> Level {
        match self {
            Self::RemoteTransitGateway | Self::RemoteTransitd => Level::WARN,
            Self::Qtrans | Self::Rtrans | Self::Strans => Level::ERROR,
        }
    }
}

/// The tool whose name this process was started under.
pub(crate) fn called() -> Option<Tool> {
    let program: OsString = env::args_os().next()?;
    match Path::new(&program).file_name()?.to_str()? {
        "qtrans" => Some(Tool::Qtrans),
        "remote-transit-gateway" => Some(Tool::RemoteTransitGateway),
        "remote-transitd" => Some(Tool::RemoteTransitd),
        "rtrans" => Some(Tool::Rtrans),
        "strans" => Some(Tool::Strans),
        _ => None,
    }
}

/// Runs a tool. Whatever fails ends as an exception in Perl does.
fn as_perl_would<T: Parser>(run: impl FnOnce(&T) -> Result<(), Stop>) -> Result<(), Stop> {
    let tool = T::try_parse().map_err(|error| {
        // Help that was asked for is no failure.
        if !error.use_stderr() {
            error.exit();
        }
        let text = error.to_string();
        died(text.strip_prefix("error: ").unwrap_or(&text).trim_end())
    })?;
    run(&tool).map_err(|stop| match stop {
        Stop::Failed { text, .. } => died(text),
        other => other,
    })
}

fn died(text: impl std::fmt::Display) -> Stop {
    Stop::with_exit(exit::PERL_DIED, text)
}

/// What all of them take.
#[derive(Args, Clone, Debug)]
struct Common {
    /// Use another registry directory, and say so first
    #[arg(short = 'P', value_name = "DIR")]
    directory: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

impl Common {
    /// Says which directory was chosen.
    fn announce(&self, output: &mut Output) -> Result<(), Stop> {
        match &self.directory {
            Some(directory) => output.print(&format!("Using alternative Transit config dir: {}", directory.display())),
            None => Ok(()),
        }
    }

    /// As [`Place::accept_dumper`].
    fn accept_dumper(&self, accept: bool) -> Self {
        Self { place: self.place.accept_dumper(accept), ..self.clone() }
    }

    fn open(&self) -> nuncio::Result<Registry> {
        self.builder().open()
    }

    fn builder(&self) -> RegistryBuilder {
        self.chosen(self.place.builder())
    }

    /// As [`open`](Self::open), for who opens sealed messages.
    fn open_with_keys(&self) -> nuncio::Result<Registry> {
        self.chosen(self.place.builder_with_keys()?).open()
    }

    fn chosen(&self, builder: RegistryBuilder) -> RegistryBuilder {
        match &self.directory {
            Some(directory) => builder.directory(directory),
            None => builder,
        }
    }
}
