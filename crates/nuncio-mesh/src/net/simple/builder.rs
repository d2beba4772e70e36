//! How a simple client is set up, and the three lines with which it begins.

use std::collections::{BTreeSet, VecDeque};
use std::io::Write;
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use nuncio_core::{Error, ErrorKind, NodeId, Result};

use super::{SimpleClient, read_until};
use crate::net::random::random_text;
use crate::proto::Generation;
use crate::proto::auth::{AuthMethod, Secret};
use crate::proto::framing::{Framing, Reader};
use crate::proto::greeting::Greeting;
use crate::proto::handshake::{Established, Handshake, Policy, Step};

/// Sets up a [`SimpleClient`].
#[derive(Debug)]
pub struct SimpleBuilder {
    id: String,
    secret: Option<Secret>,
    generations: Vec<Generation>,
    shows_secret: bool,
    plaintext_anywhere: bool,
    timeout: Duration,
}

impl SimpleBuilder {
    pub(super) fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            secret: None,
            generations: vec![Generation::One, Generation::Two],
            shows_secret: false,
            plaintext_anywhere: false,
            timeout: Duration::from_secs(30),
        }
    }

    /// The secret of the mesh.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<Vec<u8>>) -> Self {
        self.secret = Secret::new(secret);
        self
    }

    /// Speaks these generations alone. Default: whichever the node speaks.
    #[must_use]
    pub fn generations(mut self, generations: &[Generation]) -> Self {
        self.generations = generations.to_vec();
        self
    }

    /// Shows the secret as it is, instead of proving that it is known: to nodes that accept it. Whoever answers at the address
    /// learns it.
    #[must_use]
    pub fn danger_cleartext(mut self) -> Self {
        self.shows_secret = true;
        self
    }

    /// Connects to addresses of other machines too. Everybody in between can read what is sent, and change it.
    #[must_use]
    pub fn danger_plaintext(mut self) -> Self {
        self.plaintext_anywhere = true;
        self
    }

    /// For how long to try to connect. Default: 30 s.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Connects to the node at this address.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] when none answers, [`ErrorKind::Unauthenticated`] when they do not accept each other,
    /// [`ErrorKind::Misconfigured`] without a secret or for an address of another machine, [`ErrorKind::TimedOut`],
    /// [`ErrorKind::InvalidName`] for the id.
    pub fn connect(self, address: &str) -> Result<SimpleClient> {
        let misconfigured = |reason| Error::new(ErrorKind::Misconfigured, "connect to").on(address).because(reason);
        if self.secret.is_none() {
            return Err(misconfigured("there is no secret"));
        }
        let unknown = |error| Error::io("connect to", error).on(address);
        let mut found = address.to_socket_addrs().map_err(unknown)?;
        let usable = found.find(|found| self.plaintext_anywhere || found.ip().is_loopback());
        let usable = usable.ok_or_else(|| misconfigured("only addresses of this machine are used in plain text"))?;
        let until = Instant::now() + self.timeout;
        let stream = TcpStream::connect_timeout(&usable, self.timeout).map_err(unknown)?;
        stream.set_nodelay(true).map_err(unknown)?;
        let (handshake, established, stream) = self.shake(address, stream, until)?;
        let unique = random_text::<9>()?;
        Ok(SimpleClient {
            id: NodeId::new(&self.id)?,
            node: established.node,
            framing: established.sends,
            reader: Reader::new(established.receives, Reader::default_limits()),
            input: handshake.into_rest(),
            stream,
            ports: BTreeSet::new(),
            kept: VecDeque::new(),
            last_sent: Instant::now(),
            last_port: 0,
            unique,
        })
    }

    fn shake(
        &self,
        address: &str,
        mut stream: TcpStream,
        until: Instant,
    ) -> Result<(Handshake, Established, TcpStream)> {
        let failed = |error| Error::io("connect to", error).on(address);
        let mut policy = Policy::new(NodeId::new(&self.id)?, self.secret.clone(), &self.generations);
        policy.framings = vec![Framing::Json];
        let is_hmac = |method: &AuthMethod| !method.needs_tls();
        policy.auth_accept.retain(is_hmac);
        policy.auth_offer.retain(is_hmac);
        if self.shows_secret {
            policy.auth_offer = vec![AuthMethod::Cleartext];
        }
        let mut handshake = Handshake::new(policy, Greeting::NODE_WORD, &random_text::<66>()?);
        stream.write_all(&handshake.opening()).map_err(failed)?;
        loop {
            let step = handshake.step().map_err(|refusal| {
                let kind = match refusal.is_of_authentication() {
                    true => ErrorKind::Unauthenticated,
                    false => ErrorKind::Refused,
                };
                Error::new(kind, "connect to").on(address).because(refusal.to_string())
            })?;
            match step {
                Step::Send(line) => stream.write_all(&line).map_err(failed)?,
                Step::Wait => {
                    let mut buffer = [0; 4096];
                    match read_until(&mut stream, &mut buffer, until).map_err(failed)? {
                        None => return Err(Error::new(ErrorKind::TimedOut, "connect to").on(address)),
                        Some(0) => {
                            return Err(Error::new(ErrorKind::Unauthenticated, "connect to").on(address).because(
                                "the node closed the connection: there is one of this id, or the secrets differ",
                            ));
                        }
                        Some(length) => handshake.feed(&buffer[..length]),
                    }
                }
                Step::Done(established) => return Ok((handshake, *established, stream)),
                _ => {}
            }
        }
    }
}
