//! What users would take instead of nuncio.

pub(crate) mod erlang;
pub(crate) mod node;
pub(crate) mod zmq;
