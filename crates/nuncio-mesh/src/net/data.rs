//! Streams of bytes between two programs, each on a connection of its own.
//!
//! Whoever wants one tells the other node to expect it, and with which function; then one of the two dials the other, and
//! after the handshake the connection is the programs'. A node expects nothing for which no function was registered.
//!
//! # Source
//! `docs/wire/mesh.md`, "Data connections".

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use nuncio_codec::Value;
use nuncio_core::{Error, ErrorKind, NodeId, PortId, Result};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::address;
use super::core::Shared;
use super::expected::{Expected, Then};
use super::node::Node;
use super::opening::{self, Opened, Purpose};
use super::random::random_text;
use super::stream::Stream;

/// Tells a node to expect a connection: an id, a port to watch, for how many seconds, a function and its arguments.
pub(super) const EXPECT: &str = "AnyEvent::MP::DataConn::_expect";
/// Tells a node to dial the connection that it expects: its id, and which node.
pub(super) const CONNECT: &str = "AnyEvent::MP::DataConn::_connect";
/// The greeting's key for the id.
pub(super) const KEY: &str = "dataconn_id";
/// How much waits between two programs of one node.
const DUPLEX_BYTES: usize = 64 << 10;

pub(super) type StreamFunction =
    Box<dyn Fn(DataStream, Vec<Value>) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> + Send + Sync>;

/// A stream of bytes to a program at another node. What is written may wait until it is flushed.
pub struct DataStream {
    node: NodeId,
    /// What was read with the handshake.
    rest: io::Cursor<Vec<u8>>,
    medium: Medium,
}

enum Medium {
    Connection(Stream),
    Here(DuplexStream),
}

impl DataStream {
    /// The node at the other end.
    #[must_use]
    pub const fn node(&self) -> &NodeId {
        &self.node
    }

    const fn here(node: NodeId, medium: DuplexStream) -> Self {
        Self { node, rest: io::Cursor::new(Vec::new()), medium: Medium::Here(medium) }
    }

    pub(super) fn of(opened: Opened) -> Self {
        let rest = io::Cursor::new(opened.rest);
        Self { node: opened.established.node, rest, medium: Medium::Connection(opened.stream) }
    }
}

impl Node {
    /// Makes a stream of bytes to another node, which runs this function with its end of it and with the arguments. That node
    /// has to have [registered](super::Builder::stream_function) it; one of the two has to listen.
    ///
    /// ```
    /// use nuncio_mesh::Node;
    /// use tokio::io::{AsyncReadExt, AsyncWriteExt};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let files = Node::builder("files").secret("geheim").bind("127.0.0.1:0");
    /// let files = files.stream_function("app::upload", async |mut stream, arguments| {
    ///     let mut content = Vec::new();
    ///     let read = stream.read_to_end(&mut content).await;
    ///     println!("{arguments:?}: {read:?}");
    ///     Ok(())
    /// });
    /// let files = files.start().await?;
    /// let node = Node::builder("node").secret("geheim").seed(&files.addresses()[0]).start().await?;
    ///
    /// let timeout = std::time::Duration::from_secs(10);
    /// let mut stream = node.open_stream(files.id(), "app::upload", ["name".into()], timeout).await?;
    /// stream.write_all(&[0; 1000]).await?;
    /// stream.shutdown().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::TimedOut`]; [`ErrorKind::Refused`] when the other node does not accept it, which the originals do not
    /// tell from a function that they do not know; [`ErrorKind::PeerGone`] and [`ErrorKind::Unavailable`].
    pub async fn open_stream(
        &self,
        node: &NodeId,
        function: &str,
        arguments: impl Into<Vec<Value>>,
        timeout: Duration,
    ) -> Result<DataStream> {
        let arguments = arguments.into();
        let opened = async {
            match node == self.id() {
                true => self.open_here(function, arguments),
                false => self.open_there(node, function, arguments, timeout).await,
            }
        };
        let late = |_| failed(ErrorKind::TimedOut, node).because(format!("within {} s", timeout.as_secs_f64()));
        tokio::time::timeout(timeout, opened).await.map_err(late)?
    }

    fn open_here(&self, function: &str, arguments: Vec<Value>) -> Result<DataStream> {
        let shared = self.shared();
        let function = shared.settings.functions.stream(function);
        let function =
            function.ok_or_else(|| failed(ErrorKind::Refused, self.id()).because("there is no such function"))?;
        let (own, other) = tokio::io::duplex(DUPLEX_BYTES);
        shared.run_stream(function, DataStream::here(self.id().clone(), other), arguments);
        Ok(DataStream::here(self.id().clone(), own))
    }

    async fn open_there(
        &self,
        node: &NodeId,
        function: &str,
        arguments: Vec<Value>,
        timeout: Duration,
    ) -> Result<DataStream> {
        let shared = self.shared();
        // It lives as long as this waits, so that the other side knows for how long to expect the connection.
        let port = self.port();
        let id = format!("{}@{}", random_text::<12>()?, self.id());
        let seconds = match timeout.subsec_nanos() {
            0 => Value::from(timeout.as_secs()),
            _ => Value::Float(timeout.as_secs_f64()),
        };
        let expect = [EXPECT.into(), id.as_str().into(), port.id().as_str().into(), seconds, function.into()];
        self.send(&PortId::new(node.as_str())?, expect.into_iter().chain(arguments).collect::<Vec<_>>())?;
        self.flush(node, timeout).await?;
        let addresses = shared.addresses_of(node);
        if !addresses.is_empty() {
            return dial(shared, &addresses, node, &id).await;
        }
        let (opens, opened) = oneshot::channel();
        let expected = Expected::new(node, Then::Opened(opens));
        let _until = shared.expect(id.clone(), expected)?;
        let connect = [CONNECT.into(), id.as_str().into(), Value::from(self.id().as_str())];
        self.send(&PortId::new(node.as_str())?, connect)?;
        opened.await.map_err(|_| failed(ErrorKind::PeerGone, node))
    }
}

pub(super) fn failed(kind: ErrorKind, node: &NodeId) -> Error {
    Error::new(kind, "open a stream to").on(node.as_str())
}

/// Dials the first of these addresses that answers as this node.
pub(super) async fn dial(shared: &Arc<Shared>, addresses: &[String], node: &NodeId, id: &str) -> Result<DataStream> {
    let mut last = failed(ErrorKind::Unavailable, node).because("no address of it could be dialled");
    for text in addresses {
        let Ok(found) = address::resolve(text).await else { continue };
        for address in found.into_iter().filter(|address| shared.settings.may_use(*address)) {
            let Ok(stream) = TcpStream::connect(address).await else { continue };
            let purpose = Purpose::Data { id: id.to_owned(), node: node.clone() };
            let number = shared.with(|core, _| core.new_connection());
            let opened = opening::open(shared, stream, number, purpose);
            match tokio::time::timeout(shared.settings.handshake_timeout, opened).await {
                Ok(Ok(opened)) => return Ok(DataStream::of(opened)),
                Ok(Err(None)) => {
                    last = failed(ErrorKind::Refused, node).because("it closed the connection before it proved itself");
                }
                Ok(Err(Some(refusal))) => last = failed(ErrorKind::Unauthenticated, node).because(refusal.to_string()),
                Err(_) => last = failed(ErrorKind::TimedOut, node),
            }
        }
    }
    Err(last)
}

impl AsyncRead for DataStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.rest.position() < self.rest.get_ref().len() as u64 {
            return Pin::new(&mut self.rest).poll_read(context, buffer);
        }
        match &mut self.medium {
            Medium::Connection(stream) => Pin::new(stream).poll_read(context, buffer),
            Medium::Here(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for DataStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.medium {
            Medium::Connection(stream) => Pin::new(stream).poll_write(context, bytes),
            Medium::Here(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.medium {
            Medium::Connection(stream) => Pin::new(stream).poll_flush(context),
            Medium::Here(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.medium {
            Medium::Connection(stream) => Pin::new(stream).poll_shutdown(context),
            Medium::Here(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

impl fmt::Debug for DataStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataStream").field("node", &self.node).finish_non_exhaustive()
    }
}
