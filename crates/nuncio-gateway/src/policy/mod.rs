//! What is decided without looking at anything but values: which messages are taken, where they go, and how fast.

pub mod backoff;
pub mod pattern;
pub mod rate;
pub mod route;
