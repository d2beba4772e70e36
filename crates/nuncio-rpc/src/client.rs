//! The clients, and what they share.

mod answer;
mod asynchronous;
mod blocking;
mod compose;
mod desk;
mod driver;
mod mailbox;
mod options;
mod pending;
mod statistics;

pub use answer::Answer;
pub use asynchronous::Client;
pub use blocking::{BlockingClient, Ticket};
pub use mailbox::Messages;
pub use options::ClientBuilder;
pub use statistics::ClientFigures;
