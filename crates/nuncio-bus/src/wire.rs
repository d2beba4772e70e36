//! The formats of IPC::Manager, release 0.000037, without files, sockets or clocks.
//!
//! | module | is |
//! |---|---|
//! | [`account`] | how many messages a peer has sent to whom and read from whom |
//! | [`burst`] | the pieces in which a message crosses a FIFO |
//! | [`frame`] | messages on a stream, and in the file of those a peer has put back |
//! | [`id`] | message ids and stamps that keep a process's messages in order |
//! | [`info`] | the line of text by which a bus is found |
//! | [`json`] | JSON text, looked at without being built |
//! | [`message`] | the envelope, written and read |
//! | [`name`] | what a peer is called on disk |
//! | [`serializer`] | JSON in ASCII, plain or in a Zstandard frame |
//! | [`state`] | a whole bus in one file |

pub mod account;
pub mod burst;
pub mod frame;
pub mod id;
pub mod info;
pub mod json;
pub mod message;
pub mod name;
pub mod serializer;
pub mod state;
