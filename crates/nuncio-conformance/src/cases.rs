//! The cases. Each function is the attack on one claim; what it may rely on is the contract in
//! [`nuncio_core::driver`]. `suite!` lists them all.

pub mod acknowledge;
pub mod batch;
pub mod cancel;
pub mod claims;
pub mod death;
pub mod durability;
pub mod endpoints;
pub mod full;
pub mod hostile;
pub mod life;
pub mod order;
pub mod payload;
pub mod room;
pub mod wait;
