//! A message, and the answer to it.

use std::time::Duration;

use nuncio_codec::Value;
use nuncio_core::{Error, ErrorKind, PortId, Result};

use super::mailbox::Message;
use super::node::Node;
use crate::proto::framing::text_of;

impl Node {
    /// Sends a message with the id of a fresh port behind its elements, and waits for what is sent to that port.
    ///
    /// # Errors
    /// [`ErrorKind::TimedOut`], or [`ErrorKind::Unavailable`] when by then there was no connection to its node;
    /// [`ErrorKind::PeerGone`] when the port ends, or the connection to its node, before it has
    /// answered, and [`ErrorKind::NoSuchEndpoint`] when there is none; as [`send`](Self::send).
    pub async fn call(&self, to: &PortId, elements: impl Into<Vec<Value>>, timeout: Duration) -> Result<Message> {
        let mut answers = self.port();
        answers.export();
        let mut elements = elements.into();
        elements.push(answers.id().as_str().into());
        let ended = self.monitor(to);
        self.send(to, elements)?;
        let answer = async {
            tokio::select! {
                biased;
                answer = answers.recv() => answer,
                reason = ended => Err(gone("call", to, &reason)),
            }
        };
        let late = |_| self.late("call", to);
        tokio::time::timeout(timeout, answer).await.map_err(late)?
    }
}

pub(super) fn gone(operation: &'static str, to: &PortId, reason: &[Value]) -> Error {
    let words: Vec<_> = reason.iter().filter_map(text_of).collect();
    let kind = match words.first().map(|word| &**word) {
        Some("no_such_port") => ErrorKind::NoSuchEndpoint,
        _ => ErrorKind::PeerGone,
    };
    let text = match words.is_empty() {
        true => "it ended before it answered".to_owned(),
        false => format!("it ended before it answered: {}", words.join(", ")),
    };
    Error::new(kind, operation).on(to.as_str()).because(text)
}
