//! A node by hand: the test says what it does, and when.

#![allow(dead_code, reason = "each test program takes what it needs")]

use nuncio_codec::Value;
use nuncio_core::NodeId;
use nuncio_mesh::proto::Generation;
use nuncio_mesh::proto::auth::Secret;
use nuncio_mesh::proto::framing::{Framing, Packet, Reader};
use nuncio_mesh::proto::handshake::{Established, Handshake, Policy, Step};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One connection of such a node.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
    pub(crate) established: Established,
    /// This side's nonce and the other one's.
    pub(crate) nonces: [String; 2],
    /// What the other side has greeted with.
    pub(crate) greeting: nuncio_mesh::proto::greeting::Greeting,
    reader: Reader,
    input: Vec<u8>,
}

/// How such a node greets.
#[derive(Clone, Debug)]
pub(crate) struct Manner {
    pub(crate) id: String,
    pub(crate) word: String,
    pub(crate) secret: String,
    pub(crate) nonce: String,
    pub(crate) keys: Vec<(String, String)>,
}

impl Manner {
    /// As one of nuncio, which knows second connections.
    pub(crate) fn nuncio(id: &str) -> Self {
        let key = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let keys = vec![key("nuncio", "1"), key("incarnation", "by hand"), key("bulk", "1")];
        Self { id: id.into(), word: "aemp".into(), secret: "geheim".into(), nonce: format!("nonce of {id}"), keys }
    }

    /// The second connection to one whose nonce this is.
    pub(crate) fn second(id: &str, nonce: &str) -> Self {
        let mut manner = Self::nuncio(id);
        manner.word = "aemp-nuncio-bulk".into();
        manner.nonce += " again";
        manner.keys.push(("belongs".into(), nonce.into()));
        manner
    }

    pub(crate) fn with_key(mut self, key: &str, value: &str) -> Self {
        self.keys.push((key.into(), value.into()));
        self
    }
}

impl Peer {
    pub(crate) async fn dial(address: &str, manner: &Manner) -> Option<Self> {
        Self::shake(TcpStream::connect(address).await.expect("it listens"), manner).await
    }

    /// Goes through the handshake; none if the other side does not.
    pub(crate) async fn shake(mut stream: TcpStream, manner: &Manner) -> Option<Self> {
        let id = NodeId::new(&manner.id).expect("a node id");
        let mut policy = Policy::new(id, Secret::new(&*manner.secret), &[Generation::Two]);
        policy.keys.clone_from(&manner.keys);
        policy.framings = vec![Framing::Cbor];
        let mut handshake = Handshake::new(policy, &manner.word, &manner.nonce);
        stream.write_all(&handshake.opening()).await.ok()?;
        let mut buffer = [0; 4096];
        loop {
            match handshake.step().ok()? {
                Step::Wait => match stream.read(&mut buffer).await.ok()? {
                    0 => return None,
                    length => handshake.feed(&buffer[..length]),
                },
                Step::Send(line) => stream.write_all(&line).await.ok()?,
                Step::Done(established) => {
                    let greeting = handshake.remote().cloned().expect("it has greeted");
                    let nonces = handshake.nonces().map(|nonce| String::from_utf8_lossy(nonce).into_owned());
                    let reader = Reader::new(established.receives, Reader::default_limits());
                    let input = handshake.into_rest();
                    return Some(Self { stream, established: *established, nonces, greeting, reader, input });
                }
                _ => {}
            }
        }
    }

    pub(crate) async fn send(&mut self, port: &str, elements: impl Into<Vec<Value>>) {
        let mut bytes = Vec::new();
        self.established.sends.write(port, &elements.into(), &mut bytes).expect("it can be written");
        self.stream.write_all(&bytes).await.expect("it is read");
    }

    /// The next message; none at the end.
    pub(crate) async fn receive(&mut self) -> Option<Packet> {
        loop {
            if let Some((packet, length)) = self.reader.next(&self.input).expect("well-formed") {
                self.input.drain(..length);
                return Some(packet);
            }
            if self.stream.read_buf(&mut self.input).await.ok()? == 0 {
                return None;
            }
        }
    }

    /// The next message to this port.
    pub(crate) async fn receive_for(&mut self, port: &str) -> Packet {
        loop {
            let packet = self.receive().await.expect("it stays open");
            if packet.port == port {
                return packet;
            }
        }
    }

    /// Reads until the other side closes.
    pub(crate) async fn closed(&mut self) {
        while self.receive().await.is_some() {}
    }
}
