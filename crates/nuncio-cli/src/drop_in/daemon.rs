//! `remote-transitd` and `remote-transit-gateway`: the two halves of a gateway, each alone.

use std::env;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use nuncio::gateway::{Config, DEFAULT_LISTEN, Settings};

use super::Common;
use crate::gateway::serve;
use crate::stop::Stop;

/// Send what is in the queue `transitd` to other hosts, as remote-transitd of IPC::Transit does, and lose nothing
#[derive(Debug, Parser)]
#[command(name = "remote-transitd")]
pub(super) struct Transitd {
    /// As in the original, without effect
    #[arg(short, value_name = "LEVEL", num_args = 0..=1, default_missing_value = "1")]
    debug: Option<String>,
    /// As in the original, without effect: there is no self-test to set up
    #[arg(short = 'r')]
    self_test: bool,
    /// Directory that keeps messages until they are delivered [default: below /var/lib/nuncio, or ~/.local/state/nuncio]
    #[arg(long, value_name = "DIR", env = "NUNCIO_GATEWAY_SPOOL", hide_env_values = true)]
    spool: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

/// Take in what other hosts post, as remote-transit-gateway of IPC::Transit does, and lose nothing
#[derive(Debug, Parser)]
#[command(name = "remote-transit-gateway")]
pub(super) struct TransitGateway {
    /// Address and port to listen on; on another than this machine's own every queue can be written and every host sent to
    #[arg(long, value_name = "ADDRESS", default_value = DEFAULT_LISTEN)]
    listen: SocketAddr,
    /// Directory that keeps messages until they are delivered [default: below /var/lib/nuncio, or ~/.local/state/nuncio]
    #[arg(long, value_name = "DIR", env = "NUNCIO_GATEWAY_SPOOL", hide_env_values = true)]
    spool: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run_transitd(tool: &Transitd) -> Result<(), Stop> {
    let mut config = tool.common.config("remote-transitd", tool.spool.clone())?;
    config.listen = None;
    // Who can write into the queue can reach other hosts without it.
    config.danger_open.destinations = true;
    serve(config)
}

pub(super) fn run_gateway(tool: &TransitGateway) -> Result<(), Stop> {
    let mut config = tool.common.config("remote-transit-gateway", tool.spool.clone())?;
    if let Some(listen) = &mut config.listen {
        listen.address = tool.listen;
    }
    config.sends = false;
    config.danger_open.queues = true;
    config.danger_open.destinations = true;
    serve(config)
}

impl Common {
    fn config(&self, half: &str, spool: Option<PathBuf>) -> Result<Config, Stop> {
        let mut settings = Settings::default();
        settings.spool = Some(spool.map_or_else(|| default_spool(half), Ok)?);
        let mut config = settings.check()?;
        let (registry, spill, danger_shared) = self.place.directories();
        config.registry = self.directory.clone().unwrap_or_else(|| registry.to_owned());
        config.spill = spill.to_owned();
        config.danger_shared = danger_shared;
        Ok(config)
    }
}

/// Where a service keeps its state; the directory above it is made.
fn default_spool(half: &str) -> Result<PathBuf, Stop> {
    let state = match (env::var_os("STATE_DIRECTORY"), env::var_os("XDG_STATE_HOME"), env::home_dir()) {
        (Some(state), ..) => PathBuf::from(state),
        _ if rustix::process::geteuid().is_root() => "/var/lib/nuncio".into(),
        (_, Some(state), _) => PathBuf::from(state).join("nuncio"),
        (_, _, Some(home)) => home.join(".local/state/nuncio"),
        _ => return Err(Stop::failed("say with --spool where messages are kept")),
    };
    std::fs::create_dir_all(&state).map_err(|error| Stop::failed(format_args!("make {}: {error}", state.display())))?;
    Ok(state.join(half))
}
