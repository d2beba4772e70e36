//! Joining a mesh, for a moment or for longer.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use nuncio::core::{NodeId, PortId};
use nuncio::mesh::config::Profile;
use nuncio::mesh::proto::Generation;
use nuncio::mesh::{Builder, Node};

use crate::duration;
use crate::stop::Stop;

/// What every verb that joins a mesh takes.
#[derive(Args, Debug)]
pub(super) struct Join {
    /// A node's address to find the others through; may be given several times
    #[arg(long, value_name = "HOST:PORT")]
    pub(super) seed: Vec<String>,
    /// Take secret, certificate, seeds and times from this profile of the configuration file (see `nuncio mesh config`); what is
    /// said here counts more
    #[arg(long, value_name = "NAME", value_parser = super::config::parse_profile)]
    profile: Option<String>,
    /// The file with the secret that all nodes share [default: ~/.aemp-secret]
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Speak TLS with the certificate and the key in this PEM file; nodes with the same certificate, or one that it has signed,
    /// belong to the mesh
    #[arg(long, value_name = "PEM")]
    tls: Option<PathBuf>,
    /// Also use addresses that are not of this machine; without TLS everybody in between can read and change what is sent
    #[arg(long)]
    danger_plaintext: bool,
    /// Speak this generation of the protocol alone [default: both]
    #[arg(long, value_name = "1|2")]
    generation: Option<Spoken>,
}

/// A generation, as it is named on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Spoken {
    /// AnyEvent::MP 1.26 to 1.30
    #[value(name = "1")]
    One,
    /// AnyEvent::MP 2.x
    #[value(name = "2")]
    Two,
}

/// What every verb takes that joins for a moment.
#[derive(Args, Debug)]
pub(super) struct Visit {
    #[command(flatten)]
    pub(super) join: Join,
    /// Wait at most this long: 300ms, 5s, 2m
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration::parse)]
    pub(super) timeout: Duration,
}

impl Join {
    /// The profile that is asked for.
    fn read_profile(&self) -> Result<Option<Profile>, Stop> {
        let Some(name) = &self.profile else { return Ok(None) };
        let (path, configuration) = super::config::read(None)?;
        if !configuration.profiles().any(|known| known == name) {
            let path = path.display();
            tracing::warn!("there is no profile {name:?} in {path}: what holds there for all profiles is taken");
        }
        Ok(Some(configuration.profile(name)?))
    }

    /// A node that is set up so, with what `adjust` makes of the profile.
    pub(super) fn builder(&self, node: &str, adjust: impl Fn(Profile) -> Profile) -> Result<Builder, Stop> {
        let mut builder = Node::builder(node);
        if self.danger_plaintext {
            builder = builder.danger_plaintext();
        }
        if let Some(profile) = self.read_profile()? {
            builder = builder.profile(&adjust(profile))?;
        }
        if let Some(path) = &self.secret_file {
            builder = builder.secret_file(path)?;
        }
        if let Some(pem) = &self.tls {
            builder = builder.tls(pem);
        }
        match self.generation {
            Some(Spoken::One) => builder = builder.generations(&[Generation::One]),
            Some(Spoken::Two) => builder = builder.generations(&[Generation::Two]),
            None => {}
        }
        Ok(self.seed.iter().fold(builder, |builder, seed| builder.seed(seed)))
    }
}

impl Visit {
    /// A node of this process alone that is connected to a seed, and that seed.
    pub(super) async fn enter(&self) -> Result<(Node, NodeId), Stop> {
        self.enter_as(self.builder()?).await
    }

    pub(super) fn builder(&self) -> Result<Builder, Stop> {
        if self.join.seed.is_empty() && self.join.profile.is_none() {
            return Err(Stop::with_exit(
                crate::exit::USAGE,
                "a mesh is joined through a node of it: --seed HOST:PORT, or --profile NAME",
            ));
        }
        // Whoever comes for a moment has no name, listens nowhere and does nothing for others.
        self.join.builder("anon/", |mut profile| {
            profile.binds = Some(Vec::new());
            profile.services.clear();
            profile
        })
    }

    pub(super) async fn enter_as(&self, builder: Builder) -> Result<(Node, NodeId), Stop> {
        let node = builder.start().await?;
        let seed = node.join(self.timeout).await.map_err(|error| error.on(self.join.seed.join(", ").as_str()))?;
        Ok((node, seed))
    }
}

/// The node of a port.
pub(super) fn node_of(port: &PortId) -> Result<NodeId, Stop> {
    let node = port.as_str().split('#').next().unwrap_or_default();
    Ok(NodeId::new(node)?)
}

/// A port id as an argument.
pub(super) fn parse_port(text: &str) -> Result<PortId, String> {
    PortId::new(text).map_err(|error| error.to_string())
}

/// A node id as an argument.
pub(super) fn parse_node(text: &str) -> Result<NodeId, String> {
    NodeId::new(text).map_err(|error| error.to_string())
}
