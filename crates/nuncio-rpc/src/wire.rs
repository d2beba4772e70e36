//! The protocol without sockets and clocks: lines, records, and what JavaScript makes of values.
//!
//! # Source
//! `docs/wire/rpc.md`.

pub(crate) mod javascript;
pub(crate) mod lines;
pub(crate) mod pool;
pub(crate) mod record;
pub(crate) mod write;
