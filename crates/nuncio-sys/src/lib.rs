//! The parts of Linux that nuncio stands on, made safe.
//!
//! One module per facility, each thin and dull:
//!
//! - [`sysv`]: System V message queues and their keys
//! - [`interrupt`]: timed and cancellable waits in calls that have neither a timeout nor a descriptor
//! - [`process`]: which process is alive, who we are, where we run
//! - [`signals`]: signals that are counted, for as long as somebody wants them
//! - [`files`]: careful files in directories that others can write to
//! - [`host`]: what this machine is called
//! - [`datagram`]: datagrams that say which process has sent them
//! - [`unix_socket`]: unix sockets whose file is never more open than asked for
//! - [`activation`]: sockets that a service manager hands over
//! - [`descriptors`]: how many descriptors a process may have
//! - [`spin`]: looking for a moment longer before one sleeps
//! - [`usage`]: what a process has cost so far
//! - [`watch`]: what changes in a directory, through one inotify instance for the process
//!
//! **Errors.** A failed system call comes back as the bare [`std::io::Error`] of its `errno`, so that a caller can
//! match `raw_os_error()`; the caller knows what was tried and on what, and says so. Refusals of this crate itself carry
//! their own text. Nothing is retried here: `EINTR` goes to the caller, because in [`interrupt`] it is the answer.
//!
//! This is the only crate of nuncio with `unsafe` code, and it knows no other crate of nuncio. On other systems than
//! Linux it is empty.

#![cfg(target_os = "linux")]

pub mod activation;
pub mod datagram;
pub mod descriptors;
pub mod files;
pub mod host;
pub mod interrupt;
pub mod process;
pub mod signals;
pub mod spin;
pub mod sysv;
pub mod unix_socket;
pub mod usage;
pub mod watch;
