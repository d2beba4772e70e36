//! The byte stream of a connection, in plain text or over TLS.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio_rustls::TlsStream;

use super::tls::Tls;
use crate::proto::handshake::TlsRole;

/// A connection in its handshake.
pub(super) enum Stream {
    Plain(TcpStream),
    Encrypted(Box<TlsStream<Prefixed>>),
}

/// What is read of a connection.
pub(super) enum ReadHalf {
    Plain(OwnedReadHalf),
    Encrypted(Box<tokio::io::ReadHalf<TlsStream<Prefixed>>>),
}

impl ReadHalf {
    /// The connection, if what is on it are the messages themselves.
    pub(super) fn plain(&self) -> Option<&TcpStream> {
        match self {
            Self::Plain(half) => Some(half.as_ref()),
            Self::Encrypted(_) => None,
        }
    }
}

impl AsyncRead for ReadHalf {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(half) => Pin::new(half).poll_read(context, buffer),
            Self::Encrypted(half) => Pin::new(half).poll_read(context, buffer),
        }
    }
}

pub(super) type WriteHalf = Box<dyn AsyncWrite + Send + Unpin>;

impl Stream {
    /// Reads something; how much, which is nothing at the end.
    pub(super) async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        AsyncReadExt::read(self, buffer).await
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes).await?;
        self.flush().await
    }

    /// Goes over to TLS; `read` was read already.
    pub(super) async fn encrypt(self, tls: &Tls, role: TlsRole, read: Vec<u8>) -> io::Result<Self> {
        match self {
            Self::Plain(stream) => Ok(Self::Encrypted(Box::new(tls.encrypt(role, stream, read).await?))),
            encrypted => Ok(encrypted),
        }
    }

    pub(super) fn split(self) -> (ReadHalf, WriteHalf) {
        match self {
            Self::Plain(stream) => {
                let (reading, writing) = stream.into_split();
                (ReadHalf::Plain(reading), Box::new(writing))
            }
            Self::Encrypted(stream) => {
                let (reading, writing) = tokio::io::split(*stream);
                (ReadHalf::Encrypted(Box::new(reading)), Box::new(writing))
            }
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Encrypted(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Encrypted(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Encrypted(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Encrypted(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

/// A stream of which the beginning was read already.
#[derive(Debug)]
pub(super) struct Prefixed {
    prefix: io::Cursor<Vec<u8>>,
    stream: TcpStream,
}

impl Prefixed {
    pub(super) fn new(prefix: Vec<u8>, stream: TcpStream) -> Self {
        Self { prefix: io::Cursor::new(prefix), stream }
    }
}

impl AsyncRead for Prefixed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let left = self.prefix.get_ref().len() as u64 - self.prefix.position();
        match left {
            0 => Pin::new(&mut self.stream).poll_read(context, buffer),
            _ => Pin::new(&mut self.prefix).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Prefixed {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
