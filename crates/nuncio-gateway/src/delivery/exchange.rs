//! One request and its answer, over TCP or TLS.
//!
//! The request is written here and not by a library, because the original's format fixes how its headers are spelled, and libraries
//! write them in lower case. Answers are parsed by `httparse`.
//!
//! # Source
//! RFC 9112; wire/transit.md 7.2.

use std::fmt::Write;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use nuncio_core::{Error, ErrorKind, Result};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::config::url::Url;
use crate::wire::nuncio::{Answer, Offer};

const HEAD_BYTES_MAX: usize = 64 * 1024;
const HEADERS_MAX: usize = 100;
const READ_BYTES: usize = 16 * 1024;

/// What a request says beside its messages.
#[derive(Debug)]
pub(super) struct Head<'a> {
    pub(super) url: &'a Url,
    /// This host.
    pub(super) sender: &'a str,
    /// The host that the messages are for.
    pub(super) destination: &'a str,
    pub(super) token: Option<&'a str>,
    pub(super) offer: Option<Offer>,
    /// Whether more requests follow on the same connection.
    pub(super) keep: bool,
    pub(super) body_bytes: usize,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    /// What a gateway of nuncio says.
    pub(super) nuncio: Option<Answer>,
    pub(super) body: Vec<u8>,
    /// Whether the connection can be used again.
    pub(super) keep: bool,
}

/// What is waited for, and how much is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) patience: Duration,
    pub(super) body_bytes_max: usize,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection to a gateway.
pub(super) struct Connection {
    stream: Box<dyn Stream>,
    read: BytesMut,
}

impl Head<'_> {
    /// The request up to its body.
    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "POST {} HTTP/1.1\r\nConnection: {}\r\nHost: {}\r\nTRANSIT-SENDING-HOST: {}\r\nTRANSIT-DESTINATION-HOST: {}\r\n",
            self.url.path,
            if self.keep { "keep-alive" } else { "close" },
            self.url.authority(),
            self.sender,
            self.destination,
        );
        let mut add = |line: std::fmt::Arguments<'_>| text.write_fmt(line).expect("a string takes all text");
        if let Some(token) = self.token {
            add(format_args!("Authorization: Bearer {token}\r\n"));
        }
        if let Some(offer) = &self.offer {
            add(format_args!("Nuncio: {offer}\r\n"));
        }
        add(format_args!("Content-Length: {}\r\n\r\n", self.body_bytes));
        text
    }
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] when nobody is there in time, [`ErrorKind::Unauthenticated`] when it is somebody else.
    pub(super) async fn open(url: &Url, tls: Option<&Arc<ClientConfig>>, bounds: Bounds) -> Result<Self> {
        let failed =
            |kind, error: io::Error| Error::new(kind, "connect to").on(url.to_string().as_str()).caused_by(error);
        let late = || {
            Error::new(ErrorKind::Unavailable, "connect to")
                .on(url.to_string().as_str())
                .because(format!("nobody answered within {:?}", bounds.patience))
        };
        let connecting = TcpStream::connect((url.host.as_str(), url.port));
        let stream = timeout(bounds.patience, connecting)
            .await
            .map_err(|_| late())?
            .map_err(|error| failed(ErrorKind::Unavailable, error))?;
        let _ = stream.set_nodelay(true);
        if !url.secure {
            return Ok(Self { stream: Box::new(stream), read: BytesMut::new() });
        }
        let config = tls.ok_or_else(|| {
            Error::new(ErrorKind::Misconfigured, "connect to")
                .on(url.to_string().as_str())
                .because("no certificates are trusted; name some with ca")
        })?;
        let name = ServerName::try_from(url.host.clone()).map_err(|error| {
            Error::new(ErrorKind::Misconfigured, "connect to").on(url.host.as_str()).caused_by(error)
        })?;
        let stream = timeout(bounds.patience, TlsConnector::from(Arc::clone(config)).connect(name, stream))
            .await
            .map_err(|_| late())?
            .map_err(|error| failed(ErrorKind::Unauthenticated, error))?;
        Ok(Self { stream: Box::new(stream), read: BytesMut::new() })
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    /// Those of the connection. What became of the messages is not known then.
    pub(super) async fn exchange(&mut self, head: &str, body: &[u8], bounds: Bounds) -> io::Result<Response> {
        // A refusal may come while the body is still on its way, and then nobody reads the rest of it.
        let sent = self.send(head, body, bounds).await;
        match (self.receive(bounds).await, sent) {
            (Ok(response), Ok(())) => Ok(response),
            (Ok(response), Err(_)) => Ok(Response { keep: false, ..response }),
            (Err(error), Ok(())) | (Err(_), Err(error)) => Err(error),
        }
    }

    async fn send(&mut self, head: &str, body: &[u8], bounds: Bounds) -> io::Result<()> {
        let mut rest = Buf::chain(head.as_bytes(), body);
        while rest.has_remaining() {
            if timeout(bounds.patience, self.stream.write_buf(&mut rest)).await?? == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
        }
        timeout(bounds.patience, self.stream.flush()).await?
    }

    async fn receive(&mut self, bounds: Bounds) -> io::Result<Response> {
        let head = loop {
            if let Some((head, length)) = parse(&self.read)? {
                self.read.advance(length);
                // Anything below 200 only announces the answer.
                if head.status >= 200 {
                    break head;
                }
                continue;
            }
            if self.read.len() > HEAD_BYTES_MAX {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "the answer's head does not end"));
            }
            if self.fill(bounds).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        let body = match head.framing {
            Framing::Nothing => Vec::new(),
            Framing::Length(length) if length > bounds.body_bytes_max as u64 => return Err(too_large(bounds)),
            Framing::Length(length) => {
                // It is below the limit, and is not allocated before it is there.
                let length = usize::try_from(length).map_err(io::Error::other)?;
                while self.read.len() < length {
                    self.fill_or_fail(bounds).await?;
                }
                self.read.split_to(length).to_vec()
            }
            Framing::Chunks => self.chunks(bounds).await?,
            Framing::Close => {
                while self.fill(bounds).await? != 0 {
                    if self.read.len() > bounds.body_bytes_max {
                        return Err(too_large(bounds));
                    }
                }
                self.read.split().to_vec()
            }
        };
        let keep = head.keep && !matches!(head.framing, Framing::Close);
        Ok(Response { status: head.status, nuncio: head.nuncio, body, keep })
    }

    async fn chunks(&mut self, bounds: Bounds) -> io::Result<Vec<u8>> {
        let invalid = |_| io::Error::new(io::ErrorKind::InvalidData, "the answer's chunks cannot be read");
        let mut body = Vec::new();
        loop {
            let (start, length) = loop {
                match httparse::parse_chunk_size(&self.read).map_err(invalid)? {
                    httparse::Status::Complete(found) => break found,
                    httparse::Status::Partial if self.read.len() > HEAD_BYTES_MAX => return Err(too_large(bounds)),
                    httparse::Status::Partial => self.fill_or_fail(bounds).await?,
                }
            };
            if length > bounds.body_bytes_max.saturating_sub(body.len()) as u64 {
                return Err(too_large(bounds));
            }
            let length = usize::try_from(length).map_err(io::Error::other)?;
            self.read.advance(start);
            if length == 0 {
                return self.trailers(bounds).await.map(|()| body);
            }
            while self.read.len() < length + 2 {
                self.fill_or_fail(bounds).await?;
            }
            body.extend_from_slice(&self.read.split_to(length));
            self.read.advance(2);
        }
    }

    /// Reads on to the blank line that ends a body in chunks.
    async fn trailers(&mut self, bounds: Bounds) -> io::Result<()> {
        loop {
            match self.read.windows(2).position(|end| end == b"\r\n") {
                Some(0) => {
                    self.read.advance(2);
                    return Ok(());
                }
                Some(line) => self.read.advance(line + 2),
                None if self.read.len() > HEAD_BYTES_MAX => return Err(too_large(bounds)),
                None => self.fill_or_fail(bounds).await?,
            }
        }
    }

    async fn fill_or_fail(&mut self, bounds: Bounds) -> io::Result<()> {
        match self.fill(bounds).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    async fn fill(&mut self, bounds: Bounds) -> io::Result<usize> {
        self.read.reserve(READ_BYTES);
        timeout(bounds.patience, self.stream.read_buf(&mut self.read)).await?
    }
}

#[derive(Debug)]
struct Parsed {
    status: u16,
    nuncio: Option<Answer>,
    keep: bool,
    framing: Framing,
}

#[derive(Debug, PartialEq, Eq)]
enum Framing {
    Chunks,
    Close,
    Length(u64),
    Nothing,
}

/// The head that `bytes` begin with, and how long it is; none if it is not whole yet.
fn parse(bytes: &[u8]) -> io::Result<Option<(Parsed, usize)>> {
    let invalid =
        |reason: String| io::Error::new(io::ErrorKind::InvalidData, format!("the answer is no HTTP: {reason}"));
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut headers);
    let length = match response.parse(bytes).map_err(|error| invalid(error.to_string()))? {
        httparse::Status::Partial => return Ok(None),
        httparse::Status::Complete(length) => length,
    };
    let status = response.code.ok_or_else(|| invalid("it has no status".to_owned()))?;
    let find = |name: &str| {
        let found = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(found.value).ok().map(str::trim)
    };
    let chunked = find("transfer-encoding").is_some_and(|coding| coding.to_ascii_lowercase().ends_with("chunked"));
    let framing = match (status, chunked, find("content-length")) {
        (100..200 | 204 | 304, ..) => Framing::Nothing,
        (_, true, _) => Framing::Chunks,
        (_, false, Some(length)) => {
            Framing::Length(length.parse().map_err(|_| invalid(format!("its length is {length:?}")))?)
        }
        (_, false, None) => Framing::Close,
    };
    let connection = find("connection").unwrap_or_default().to_ascii_lowercase();
    let keep = match response.version {
        Some(1) => connection != "close",
        _ => connection == "keep-alive",
    };
    let nuncio = find(crate::wire::nuncio::HEADER).and_then(|text| text.parse().ok());
    Ok(Some((Parsed { status, nuncio, keep, framing }, length)))
}

fn too_large(bounds: Bounds) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the answer has more than {} bytes", bounds.body_bytes_max))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::duplex;

    const BOUNDS: Bounds = Bounds { patience: Duration::from_secs(60), body_bytes_max: 100 };

    /// What is read from an answer that comes in pieces of `piece` bytes.
    async fn answered(text: &str, piece: usize) -> io::Result<Response> {
        let (near, mut far) = duplex(1 << 16);
        let text = text.to_owned();
        let writer = tokio::spawn(async move {
            for part in text.as_bytes().chunks(piece) {
                far.write_all(part).await.expect("written");
                tokio::task::yield_now().await;
            }
        });
        let mut connection = Connection { stream: Box::new(near), read: BytesMut::new() };
        let response = connection.receive(BOUNDS).await;
        writer.await.expect("no panic");
        response
    }

    #[tokio::test]
    async fn answers_are_read_in_every_framing_and_in_any_pieces() {
        for (text, status, body, keep) in [
            ("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", 200, "abc", false),
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 200, "abc", true),
            ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc", 200, "abc", false),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", 204, "", true),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\nT: u\r\n\r\n",
                200,
                "abc",
                true,
            ),
            ("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", 503, "", true),
        ] {
            for piece in [1, 2, 7, 1000] {
                let response = answered(text, piece).await.expect(text);
                assert_eq!((response.status, response.body.as_slice()), (status, body.as_bytes()), "{text}");
                assert_eq!(response.keep, keep, "{text}");
                assert_eq!(response.nuncio, None);
            }
        }
    }

    #[tokio::test]
    async fn answers_that_are_none_are_refused_and_nothing_large_is_read() {
        for text in [
            "",
            "SSH-2.0-OpenSSH\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        ] {
            answered(text, 1000).await.expect_err(text);
        }
        answered(&format!("HTTP/1.0 200 OK\r\n\r\n{}", "x".repeat(101)), 50).await.expect_err("beyond the limit");
    }

    #[tokio::test]
    async fn a_gateway_of_nuncio_is_recognised() {
        let text = "HTTP/1.1 200 OK\r\nnuncio: 1;taken=2;next=7\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(answered(text, 3).await.expect("read").nuncio, Some(Answer { taken: 2, next: Some(7) }));
    }

    #[test]
    fn a_request_is_written_as_the_original_writes_it() {
        let url = Url::of_host("127.0.0.1");
        let head = Head {
            url: &url,
            sender: "vm",
            destination: "127.0.0.1",
            token: None,
            offer: None,
            keep: false,
            body_bytes: 378,
        };
        assert_eq!(
            head.text(),
            "POST /sendMessage HTTP/1.1\r\nConnection: close\r\nHost: 127.0.0.1:9816\r\nTRANSIT-SENDING-HOST: \
             vm\r\nTRANSIT-DESTINATION-HOST: 127.0.0.1\r\nContent-Length: 378\r\n\r\n"
        );
    }
}
