//! Nodes and ports over TCP and TLS, compatible with AnyEvent::MP of the generations 1.x and 2.x.
//!
//! [`proto`] has the protocol, without I/O.
//!
//! # Source
//! `docs/wire/mesh.md` describes the format.

#![forbid(unsafe_code)]

pub mod proto;
