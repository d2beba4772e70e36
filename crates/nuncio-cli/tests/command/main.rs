//! The command as a shell sees it: what it prints where, and what it ends with.

mod bus;
mod codec;
mod demo;
mod drop_in;
mod exit_codes;
mod gateway;
mod interruption;
mod keys;
mod mesh;
mod output;
mod payloads;
mod place;
mod rpc;
mod sealed;
