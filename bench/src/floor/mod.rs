//! The same work with bare system calls: the same bytes, the same reads, the same processes. What nuncio takes beyond
//! this is its price.

pub(crate) mod ping_pong;
pub(crate) mod raw;
pub(crate) mod spill;
