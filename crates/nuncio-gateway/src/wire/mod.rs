//! What stands on the wire, as functions of bytes: the body of a request, what a gateway changes in a message, and what two
//! gateways of nuncio say to each other in the HTTP header `Nuncio`.

pub mod batch;
pub mod nuncio;
pub mod rewrite;
