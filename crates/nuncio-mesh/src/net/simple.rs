//! The smallest peer that is of use: a blocking client without a runtime, without listener and without the mesh.

mod builder;

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use nuncio_codec::{Text, Value};
use nuncio_core::{Error, ErrorKind, NodeId, PortId, Result};

use super::mailbox::Message;
use crate::proto::framing::{Framing, Packet, Reader, text_of};

pub use self::builder::SimpleBuilder;

/// How long nothing may be sent before the other side is shown that this one lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How much is read at once, in bytes.
const READ_BYTES: usize = 64 << 10;

/// A connection to one node, for a program that wants to send and to be answered and nothing more. It blocks, and needs no
/// runtime. Messages are JSON.
///
/// It takes no part in the mesh: it learns of no other node, has no groups, and runs nothing. What the node asks of it beside
/// messages is answered as the originals expect of such a peer.
///
/// ```no_run
/// use std::time::Duration;
/// use nuncio_mesh::SimpleClient;
///
/// # fn main() -> nuncio_core::Result<()> {
/// let mut client = SimpleClient::builder("report.1").secret("geheim").connect("127.0.0.1:4040")?;
/// client.send(&"alpha#reports".parse()?, ["disk".into(), 97.into()])?;
/// let answer = client.call(&"alpha#clock".parse()?, ["now".into()], Duration::from_secs(5))?;
/// println!("{:?}", answer.elements);
/// # Ok(())
/// # }
/// ```
pub struct SimpleClient {
    stream: TcpStream,
    id: NodeId,
    node: NodeId,
    framing: Framing,
    reader: Reader,
    input: Vec<u8>,
    ports: BTreeSet<Text>,
    /// What came for a port while an answer was waited for.
    kept: VecDeque<SimpleEvent>,
    last_sent: Instant,
    last_port: u64,
    unique: String,
}

/// What came.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SimpleEvent {
    /// A port that is watched has ended.
    Ended {
        /// The port.
        port: PortId,
        /// Why.
        reason: Vec<Value>,
    },
    /// A message.
    Message {
        /// The name of the client's port.
        port: Text,
        /// The message.
        message: Message,
    },
}

/// Reads something; none if that takes longer.
fn read_until(stream: &mut TcpStream, buffer: &mut [u8], until: Instant) -> io::Result<Option<usize>> {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(buffer) {
            Ok(length) => return Ok(Some(length)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        }
    }
}

impl SimpleClient {
    /// Begins to set up a client with this node id, which no other node may have.
    #[must_use]
    pub fn builder(id: &str) -> SimpleBuilder {
        SimpleBuilder::new(id)
    }

    /// The node that it is connected to.
    #[must_use]
    pub const fn node(&self) -> &NodeId {
        &self.node
    }

    /// Makes a port of this name, whose messages [`receive`](Self::receive) gives.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidName`]: it is empty or too long.
    pub fn port(&mut self, name: &str) -> Result<PortId> {
        let id = PortId::new(&format!("{}#{name}", self.id))?;
        if name.is_empty() {
            return Err(Error::new(ErrorKind::InvalidName, "make the port").because("its name is empty"));
        }
        self.ports.insert(name.into());
        Ok(id)
    }

    /// Sends a message to a port. One of another node than the connected one is asked to be relayed, which originals do and
    /// nodes of nuncio refuse.
    ///
    /// # Errors
    /// [`ErrorKind::ApiMisuse`] when JSON cannot hold it; [`ErrorKind::PeerGone`] when the connection has ended.
    pub fn send(&mut self, to: &PortId, elements: impl Into<Vec<Value>>) -> Result<()> {
        let (node, port) = crate::proto::kernel::split(to);
        let elements = elements.into();
        if node == self.node {
            return self.write(&port, &elements);
        }
        let relayed = ["snd".into(), Value::from(to.as_str())].into_iter().chain(elements);
        self.write("", &relayed.collect::<Vec<_>>())
    }

    /// Watches a port of the connected node; its end comes as [`SimpleEvent::Ended`].
    ///
    /// # Errors
    /// [`ErrorKind::ApiMisuse`] for a port of another node; as [`send`](Self::send).
    pub fn monitor(&mut self, port: &PortId) -> Result<()> {
        let (node, name) = crate::proto::kernel::split(port);
        if node != self.node || name.is_empty() {
            let wrong = Error::new(ErrorKind::ApiMisuse, "monitor").on(port.as_str());
            return Err(wrong.because("it is no port of the node that the client is connected to"));
        }
        self.write("", &["mon1".into(), Value::Text(name)])
    }

    /// The next message or end, within a time; none if nothing came.
    ///
    /// # Errors
    /// [`ErrorKind::PeerGone`] when the connection has ended, [`ErrorKind::PeerMisbehaved`] when what came is no message.
    pub fn receive(&mut self, timeout: Duration) -> Result<Option<SimpleEvent>> {
        match self.kept.pop_front() {
            Some(event) => Ok(Some(event)),
            None => self.next(Instant::now() + timeout),
        }
    }

    /// Sends a message with the id of a fresh port behind its elements, and waits for what is sent to that port. What comes
    /// for others meanwhile is kept for [`receive`](Self::receive).
    ///
    /// # Errors
    /// [`ErrorKind::TimedOut`]; as [`send`](Self::send) and [`receive`](Self::receive).
    pub fn call(&mut self, to: &PortId, elements: impl Into<Vec<Value>>, timeout: Duration) -> Result<Message> {
        self.last_port += 1;
        let name = format!("{}.{}", self.unique, self.last_port);
        let id = self.port(&name)?;
        let mut elements = elements.into();
        elements.push(id.as_str().into());
        let until = Instant::now() + timeout;
        self.send(to, elements)?;
        let answer = loop {
            match self.next(until)? {
                None => break Err(Error::new(ErrorKind::TimedOut, "call").on(to.as_str())),
                Some(SimpleEvent::Message { port, message }) if port == name.as_str() => break Ok(message),
                Some(other) => self.kept.push_back(other),
            }
        };
        self.ports.remove(&*name);
        answer
    }

    /// Shows the node that this client lives, if nothing was sent for long. Receiving does so by itself.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn keep_alive(&mut self) -> Result<()> {
        if self.last_sent.elapsed() < KEEP_ALIVE {
            return Ok(());
        }
        let mut bytes = Vec::new();
        self.framing.write_keep_alive(&mut bytes);
        self.write_bytes(&bytes)
    }

    fn write(&mut self, port: &str, elements: &[Value]) -> Result<()> {
        let mut bytes = Vec::new();
        self.framing.write(port, elements, &mut bytes)?;
        self.write_bytes(&bytes)
    }

    fn write_bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.last_sent = Instant::now();
        let node = &self.node;
        self.stream.write_all(bytes).map_err(|error| {
            Error::new(ErrorKind::PeerGone, "send to")
                .on(node.as_str())
                .because("the connection has ended")
                .caused_by(error)
        })
    }

    fn next(&mut self, until: Instant) -> Result<Option<SimpleEvent>> {
        loop {
            while let Some(packet) = self.packet()? {
                if let Some(event) = self.event(packet)? {
                    return Ok(Some(event));
                }
            }
            self.keep_alive()?;
            let mut buffer = vec![0; READ_BYTES];
            // In time to show that it is alive.
            let read = read_until(&mut self.stream, &mut buffer, until.min(self.last_sent + KEEP_ALIVE));
            match read.map_err(|error| self.gone().caused_by(error))? {
                Some(0) => return Err(self.gone()),
                Some(length) => self.input.extend_from_slice(&buffer[..length]),
                None if until <= Instant::now() => return Ok(None),
                None => {}
            }
        }
    }

    fn gone(&self) -> Error {
        Error::new(ErrorKind::PeerGone, "receive from").on(self.node.as_str()).because("the connection has ended")
    }

    fn packet(&mut self) -> Result<Option<Packet>> {
        let read = self.reader.next(&self.input).map_err(|refusal| {
            Error::new(ErrorKind::PeerMisbehaved, "receive from").on(self.node.as_str()).because(refusal.to_string())
        })?;
        Ok(read.map(|(packet, length)| {
            self.input.drain(..length);
            packet
        }))
    }

    /// What a packet means to the program; what is for the node itself is answered where that has to be.
    fn event(&mut self, packet: Packet) -> Result<Option<SimpleEvent>> {
        let Packet { port, elements } = packet;
        if !port.is_empty() {
            let is_known = self.ports.contains(&port);
            return Ok(is_known.then_some(SimpleEvent::Message { port, message: Message { elements } }));
        }
        let mut elements = elements.into_iter();
        let mut text = || elements.next().as_ref().and_then(text_of).map(|text| text.into_owned());
        match (text().as_deref(), text()) {
            (Some("mon1"), Some(name)) if !self.ports.contains(&*name) => {
                let id = format!("{}#{name}", self.id);
                let words = ["kil0", &name, "no_such_port", "cannot monitor nonexistent port", &id];
                self.write("", &words.map(Value::from))?;
                Ok(None)
            }
            (Some("kil0"), Some(name)) => {
                let port = PortId::new(&format!("{}#{name}", self.node))?;
                Ok(Some(SimpleEvent::Ended { port, reason: elements.collect() }))
            }
            _ => Ok(None),
        }
    }
}

impl fmt::Debug for SimpleClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimpleClient").field("id", &self.id).field("node", &self.node).finish_non_exhaustive()
    }
}
