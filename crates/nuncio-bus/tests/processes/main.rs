//! Several processes on one bus, on every driver: many that send at once, and some that are killed.
#![cfg(target_os = "linux")]

#[cfg(feature = "crash-points")]
mod crash;
mod full;
mod load;
mod support;
