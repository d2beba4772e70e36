//! What every decoder of `nuncio-codec`, of sealed messages, of the bus, of requests between machines and of the mesh, must hold, whatever it is given, and a search for what breaks it.
//!
//! There is one function for each decoder, in [`TARGETS`]. It takes any bytes at all, and panics where a promise is
//! broken; that the program does not crash is the least of them:
//! - what was decoded can be encoded, and decodes to the same value;
//! - memory stays below a bound that follows from the limits and the size of the input;
//! - for Perl's formats, all ways to read a document agree: a value, the typed view, what is skipped, a packed body.
//!
//! Two programs call them. [`explore`] runs on the stable toolchain, in the tests of this crate: for a moment in
//! `cargo xtask test`, for long in `cargo xtask soak`. The files in `fuzz_targets` are for cargo-fuzz, which needs a
//! nightly toolchain and finds more. They are also ordinary programs, which try named files once more:
//! `cargo run -p nuncio-fuzz --bin sereal -- FILE`.
#![forbid(unsafe_code)]

mod agree;
mod alike;
mod bus;
mod config;
mod explore;
mod gateway;
mod lanes;
mod memory;
mod mesh;
mod mutate;
mod perl;
mod promise;
mod random;
mod sealed;
mod seeds;
mod sight;
mod values;

use std::io;

use nuncio_codec::Codec;

pub use self::agree::agrees;
pub use self::alike::alike;
pub use self::explore::{Effort, Failure, Outcome, explore};
pub use self::perl::encode_somehow;
pub use self::promise::{Refusal, read};
pub use self::random::Random;
pub use self::seeds::{seeds, vectors};
pub use self::sight::Sight;
pub use self::values::any_value;

/// One decoder under attack.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, as `cargo fuzz run` takes it.
    pub name: &'static str,
    /// What must hold of any bytes.
    ///
    /// # Panics
    /// Where something does not.
    pub check: fn(&[u8]) -> Sight,
    /// The format that inputs are made of.
    codec: Option<Codec>,
}

/// All targets, by name.
pub const TARGETS: [Target; 17] = [
    Target { name: "batch", check: batch, codec: None },
    Target { name: "bus_stream", check: bus_stream, codec: None },
    Target { name: "bus_text", check: bus_text, codec: None },
    Target { name: "cbor", check: cbor, codec: Some(Codec::Cbor) },
    Target { name: "detect", check: detect, codec: None },
    Target { name: "dumper", check: dumper, codec: Some(Codec::Dumper) },
    Target { name: "json", check: json, codec: Some(Codec::Json) },
    Target { name: "json_zstd", check: json_zstd, codec: Some(Codec::JsonZstd) },
    Target { name: "mesh_config", check: mesh_config, codec: None },
    Target { name: "mesh_handshake", check: mesh_handshake, codec: None },
    Target { name: "mesh_lanes", check: mesh_lanes, codec: None },
    Target { name: "mesh_messages", check: mesh_messages, codec: None },
    Target { name: "message_pack", check: message_pack, codec: Some(Codec::MessagePack) },
    Target { name: "sealed", check: sealed, codec: None },
    Target { name: "sereal", check: sereal, codec: Some(Codec::Sereal) },
    Target { name: "storable", check: storable, codec: Some(Codec::Storable) },
    Target { name: "yaml", check: yaml, codec: Some(Codec::Yaml) },
];

/// A request between machines is split into its messages, and these are carried on with a hop less.
pub fn batch(data: &[u8]) -> Sight {
    gateway::check(data)
}

/// Messages in a FIFO or on a stream are the same however they are cut; the first byte says which.
pub fn bus_stream(data: &[u8]) -> Sight {
    bus::stream(data)
}

/// A message on a bus, a whole bus in a file, and its info line keep their promises.
pub fn bus_text(data: &[u8]) -> Sight {
    bus::text(data)
}

/// CBOR keeps its promises on `data`.
pub fn cbor(data: &[u8]) -> Sight {
    promise::check(Codec::Cbor, data)
}

/// Detection looks at `data` and says something, the same for what was written by the codec that it names.
pub fn detect(data: &[u8]) -> Sight {
    promise::detect(data)
}

/// Data::Dumper keeps its promises on `data`.
pub fn dumper(data: &[u8]) -> Sight {
    perl::check(Codec::Dumper, data)
}

/// JSON keeps its promises on `data`.
pub fn json(data: &[u8]) -> Sight {
    promise::check(Codec::Json, data)
}

/// JSON in a Zstandard frame keeps its promises on `data`.
pub fn json_zstd(data: &[u8]) -> Sight {
    promise::check(Codec::JsonZstd, data)
}

/// The file that sets up nodes says the same when it is written and read again; the first byte says in which form it is.
pub fn mesh_config(data: &[u8]) -> Sight {
    config::check(data)
}

/// The handshake of the mesh believes nobody who does not know the secret, and says why not.
pub fn mesh_handshake(data: &[u8]) -> Sight {
    mesh::handshake(data)
}

/// Two connections between two nodes are one order for each port, and who mixes them up is refused.
pub fn mesh_lanes(data: &[u8]) -> Sight {
    lanes::check(data)
}

/// Messages of the mesh are the same however they are cut, in the framing that the first byte says.
pub fn mesh_messages(data: &[u8]) -> Sight {
    mesh::messages(data)
}

/// MessagePack keeps its promises on `data`.
pub fn message_pack(data: &[u8]) -> Sight {
    promise::check(Codec::MessagePack, data)
}

/// A sealed message keeps its promises: what opens was sealed.
pub fn sealed(data: &[u8]) -> Sight {
    sealed::check(data)
}

/// Sereal keeps its promises on `data`.
pub fn sereal(data: &[u8]) -> Sight {
    perl::check(Codec::Sereal, data)
}

/// Storable keeps its promises on `data`.
pub fn storable(data: &[u8]) -> Sight {
    perl::check(Codec::Storable, data)
}

/// YAML keeps its promises on `data`.
pub fn yaml(data: &[u8]) -> Sight {
    promise::check(Codec::Yaml, data)
}

/// Has `check` look at each file that is named on the command line.
///
/// # Errors
/// A file that cannot be read.
pub fn replay(check: fn(&[u8]) -> Sight) -> io::Result<()> {
    for path in std::env::args_os().skip(1) {
        let sight = check(&std::fs::read(&path)?);
        eprintln!("{}: {sight:?}", path.display());
    }
    Ok(())
}
