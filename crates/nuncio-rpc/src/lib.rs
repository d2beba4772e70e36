//! JSON request/response over unix sockets, routed by URI: a server, an asynchronous and a blocking client, compatible with
//! Node's and PHP's pixl-ipc in both roles.
//!
//! ```
//! use nuncio_rpc::{Client, Data, Server};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), nuncio_core::Error> {
//! # let directory = tempfile::tempdir().expect("a directory");
//! # let path = directory.path().join("app.sock");
//! let server = Server::builder()
//!     .route("/greet", async |Data(name): Data<String>| Data(format!("Hello, {name}!")))
//!     .bind(&path)?;
//! tokio::spawn(server.run());
//!
//! let client = Client::connect(&path).await?;
//! let greeting: String = client.request("/greet", "Ada").await?;
//! assert_eq!(greeting, "Hello, Ada!");
//! # Ok(())
//! # }
//! ```
//!
//! - [`Server`] and its [`Builder`]: routes by text, prefix and regular expression; [handlers](Handler) are asynchronous
//!   functions of what they [want](Extract) of a request; [`Handle`] stops it, asks it, and sends to its clients.
//! - [`Client`] and [`BlockingClient`], with the options of [`ClientBuilder`].
//! - [`Limits`]: everything that a client can make grow has one.
//!
//! # What is guaranteed
//! - A request is handled **at most once**: a client never sends one twice by itself. When the connection ends before the
//!   answer, the request fails at once, and the server may have handled it or not.
//! - Answers may overtake each other; a client tells them apart. Requests of one connection are begun in the order in which
//!   they were sent.
//! - **Who asks** is known from the kernel ([`Origin::Kernel`](nuncio_core::Origin::Kernel)). What the request says of itself is a claim.
//! - A socket is open to its own user alone, unless the server says otherwise, and at no moment before.
//!
//! # Features
//! `metrics`: the server's figures over HTTP, for Prometheus ([`Builder`]).
//!
//! # Source
//! `docs/wire/rpc.md` describes the format.

#![cfg(target_os = "linux")]
#![forbid(unsafe_code)]

mod client;
mod histogram;
mod refusal;
mod server;
mod socket;
mod wire;

pub use client::{Answer, BlockingClient, Client, ClientBuilder, ClientFigures, Messages, Ticket};
pub use histogram::Latency;
pub use refusal::Refusal;
pub use server::{
    Absent, Builder, Config, Data, Extract, Fault, Figures, Handle, Handler, Incoming, IntoAnswer, Limits, Pattern,
    Peer, Raw, Replies, Request, RouteStatistics, Server, Silence, State, States, Statistics, is_activated, parse_mode,
};
