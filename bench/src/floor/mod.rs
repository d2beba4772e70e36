//! The same work with bare system calls: the same bytes, the same reads, the same processes. What nuncio takes beyond
//! this is its price. A codec's is the work of those that Perl programs use today, and of serde_json; a box's is the crypto library.

pub(crate) mod bus;
pub(crate) mod document;
pub(crate) mod envelope;
pub(crate) mod gateway;
pub(crate) mod json;
pub(crate) mod mesh;
pub(crate) mod perl;
pub(crate) mod ping_pong;
pub(crate) mod raw;
pub(crate) mod rpc;
pub(crate) mod seal;
pub(crate) mod spill;
