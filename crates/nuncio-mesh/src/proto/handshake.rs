//! The beginning of a connection: greetings, the decision for TLS, and the proof of both sides.
//!
//! Both sides do the same at the same time. A [`Handshake`] is fed with what arrives and says step by step what to do:
//!
//! 1. [`Step::Greeted`] once the other side's two lines are there and nothing about them is wrong. Nothing but the own
//!    greeting was sent so far, so who has a connection to that node already can still leave without a trace.
//! 2. [`Step::StartTls`] if both sides have a certificate. From then on it is fed with what was decrypted.
//! 3. [`Step::Send`] the own proof.
//! 4. [`Step::Done`] once the other side's proof is right. What comes after it is messages.
//!
//! Every check holds for every protocol word. The originals check some of it for ordinary connections only, so that a
//! node that dials out for data can be made to answer its own challenge.
//!
//! # Source
//! `docs/wire/mesh.md`, "Handshake".

use nuncio_core::NodeId;
use subtle::ConstantTimeEq;

use super::auth::{AuthMethod, Secret, covered};
use super::framing::Framing;
use super::greeting::{Greeting, LINE_BYTES_MAX};
use super::{Generation, Refusal};

/// What one side is willing to do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Policy {
    /// The own node's id.
    pub node: NodeId,
    /// What both sides have to know, where they prove themselves by it.
    pub secret: Option<Secret>,
    /// The ways in which this side proves itself.
    pub auth_offer: Vec<AuthMethod>,
    /// The ways in which the other side may prove itself, the preferred one first.
    pub auth_accept: Vec<AuthMethod>,
    /// The framings that are understood, the preferred one first.
    pub framings: Vec<Framing>,
    /// Whether this side has a certificate; then TLS is spoken with everybody who has one too.
    pub has_certificate: bool,
    /// Whether a connection may go on without TLS.
    pub allows_plaintext: bool,
    /// Further keys of the greeting.
    pub keys: Vec<(String, String)>,
}

impl Policy {
    /// The default ways to prove oneself in each generation: certificate or HMAC.
    #[must_use]
    pub fn methods(generations: &[Generation]) -> Vec<AuthMethod> {
        let tls = [AuthMethod::TlsSha3, AuthMethod::TlsMd6];
        let hmac = [AuthMethod::HmacSha3, AuthMethod::HmacMd6];
        let spoken = |method: &AuthMethod| method.generation().is_none_or(|one| generations.contains(&one));
        tls.into_iter().chain(hmac).filter(spoken).collect()
    }

    /// A policy that speaks `generations`, without certificate, in plain text.
    #[must_use]
    pub fn new(node: NodeId, secret: Option<Secret>, generations: &[Generation]) -> Self {
        let methods = Self::methods(generations);
        let framings = match generations {
            [Generation::One] => vec![Framing::Json, Framing::Storable],
            _ => vec![Framing::Cbor, Framing::Json, Framing::Storable],
        };
        Self {
            node,
            secret,
            auth_offer: methods.clone(),
            auth_accept: methods,
            framings,
            has_certificate: false,
            allows_plaintext: true,
            keys: Vec::new(),
        }
    }

    fn greeting(&self, word: &str) -> Greeting {
        let auths = self.auth_accept.iter().map(|method| method.name().to_owned()).collect();
        let framings = self.framings.iter().map(|framing| framing.name().to_owned()).collect();
        let mut greeting = Greeting::new(self.node.as_str(), auths, framings);
        greeting.word = word.to_owned();
        greeting.keys.clone_from(&self.keys);
        if self.has_certificate {
            greeting.keys.push(("tls".to_owned(), "1.0".to_owned()));
        }
        greeting
    }
}

/// Who a new connection is with, and how they talk.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Established {
    /// The other node. Any holder of the secret can take any id that is free.
    pub node: NodeId,
    /// What the connection is for: the word of whichever side greeted with one of its own.
    pub word: String,
    /// The generations whose messages are exchanged: one, or both between nodes that know both.
    pub generations: Vec<Generation>,
    /// How the other side proved itself.
    pub method: AuthMethod,
    /// The framing of what this side sends.
    pub sends: Framing,
    /// The framing of what the other side sends.
    pub receives: Framing,
}

/// Which part of the TLS handshake a side takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsRole {
    /// The one that begins; it has the smaller nonce.
    Client,
    /// The other one.
    Server,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// The connection stands; [`Handshake::into_rest`] has what came after the handshake.
    Done(Box<Established>),
    /// The other side has said who it claims to be; see [`Handshake::remote`].
    Greeted,
    /// Write this.
    Send(Vec<u8>),
    /// Begin with TLS; [`Handshake::into_rest`] is not needed, but [`Handshake::take_rest`] has bytes that belong to it.
    StartTls(TlsRole),
    /// Read more.
    Wait,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Greeting,
    Nonce,
    Decision,
    Proof,
    OtherProof,
    Done,
}

/// A handshake in progress.
#[derive(Debug)]
pub struct Handshake {
    policy: Policy,
    word: String,
    phase: Phase,
    own: [Vec<u8>; 2],
    other: [Vec<u8>; 2],
    remote: Option<Greeting>,
    is_encrypted: bool,
    sends: Framing,
    input: Vec<u8>,
}

impl Handshake {
    /// A handshake for connections with `word`; an acceptor gives [`Greeting::NODE_WORD`] and takes what comes.
    ///
    /// `nonce` must never have been used before and be unpredictable, without line ends.
    #[must_use]
    pub fn new(policy: Policy, word: &str, nonce: &str) -> Self {
        let greeting = policy.greeting(word).line();
        Self::with_lines(policy, word, greeting, nonce)
    }

    /// A handshake that greets with this very line.
    #[must_use]
    pub fn with_lines(policy: Policy, word: &str, greeting: String, nonce: &str) -> Self {
        Self {
            sends: policy.framings.first().copied().unwrap_or(Framing::Json),
            policy,
            word: word.to_owned(),
            phase: Phase::Greeting,
            own: [greeting.into_bytes(), nonce.as_bytes().to_vec()],
            other: [Vec::new(), Vec::new()],
            remote: None,
            is_encrypted: false,
            input: Vec::new(),
        }
    }

    /// What to write at once, before anything is read.
    #[must_use]
    pub fn opening(&self) -> Vec<u8> {
        self.own.iter().flat_map(|line| line.iter().chain(b"\n")).copied().collect()
    }

    /// Takes what was read.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
    }

    /// The other side's greeting, as soon as it is there.
    #[must_use]
    pub const fn remote(&self) -> Option<&Greeting> {
        self.remote.as_ref()
    }

    /// The nonces of this side and of the other; that one is empty before its [`Step::Greeted`].
    #[must_use]
    pub fn nonces(&self) -> [&[u8]; 2] {
        [&self.own[1], &self.other[1]]
    }

    /// What was fed and belongs to no line yet.
    pub fn take_rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.input)
    }

    /// What was fed and comes after the handshake.
    #[must_use]
    pub fn into_rest(self) -> Vec<u8> {
        self.input
    }

    /// The next thing to do. To be asked again after each answer but [`Step::Wait`] and [`Step::Done`].
    ///
    /// # Errors
    /// The [`Refusal`] with which to close the connection.
    pub fn step(&mut self) -> Result<Step, Refusal> {
        loop {
            match self.phase {
                Phase::Greeting => match self.line()? {
                    None => return Ok(Step::Wait),
                    Some(line) => self.greeted(line)?,
                },
                Phase::Nonce => match self.line()? {
                    None => return Ok(Step::Wait),
                    Some(line) => {
                        self.challenged(line)?;
                        return Ok(Step::Greeted);
                    }
                },
                Phase::Decision => {
                    self.phase = Phase::Proof;
                    if self.decide_for_tls()? {
                        return Ok(Step::StartTls(self.tls_role()));
                    }
                }
                Phase::Proof => {
                    self.phase = Phase::OtherProof;
                    return Ok(Step::Send(self.proof()?));
                }
                Phase::OtherProof => match self.line()? {
                    None => return Ok(Step::Wait),
                    Some(line) => {
                        let established = self.proven(&line)?;
                        self.phase = Phase::Done;
                        return Ok(Step::Done(Box::new(established)));
                    }
                },
                Phase::Done => return Ok(Step::Wait),
            }
        }
    }

    /// The next line without its end, if all of it is there.
    fn line(&mut self) -> Result<Option<Vec<u8>>, Refusal> {
        match self.input.iter().take(LINE_BYTES_MAX).position(|byte| *byte == b'\n') {
            Some(end) => {
                let mut line: Vec<u8> = self.input.drain(..=end).collect();
                line.pop();
                line.pop_if(|last| *last == b'\r');
                Ok(Some(line))
            }
            None if self.input.len() >= LINE_BYTES_MAX => Err(Refusal::LineTooLong(LINE_BYTES_MAX)),
            None => Ok(None),
        }
    }

    fn greeted(&mut self, line: Vec<u8>) -> Result<(), Refusal> {
        let greeting = Greeting::parse(&line)?;
        if !greeting.is_of_our_version() {
            return Err(Refusal::VersionMismatch(greeting.version));
        }
        let plain = Greeting::NODE_WORD;
        if greeting.word != plain && self.word != plain && greeting.word != self.word {
            return Err(Refusal::WrongWord(greeting.word));
        }
        if greeting.node == self.policy.node.as_str() {
            return Err(Refusal::OwnId);
        }
        NodeId::new(&greeting.node).map_err(|_| Refusal::InvalidNodeId)?;
        self.other[0] = line;
        self.remote = Some(greeting);
        self.phase = Phase::Nonce;
        Ok(())
    }

    fn challenged(&mut self, nonce: Vec<u8>) -> Result<(), Refusal> {
        if self.own[1].ct_eq(&nonce).into() {
            return Err(Refusal::Echo);
        }
        self.other[1] = nonce;
        self.phase = Phase::Decision;
        Ok(())
    }

    fn greeting(&self) -> &Greeting {
        self.remote.as_ref().expect("the greeting was taken before this phase")
    }

    fn decide_for_tls(&mut self) -> Result<bool, Refusal> {
        self.is_encrypted = self.policy.has_certificate && self.greeting().offers_tls();
        match self.is_encrypted || self.policy.allows_plaintext {
            true => Ok(self.is_encrypted),
            false => Err(Refusal::PlaintextNotAllowed),
        }
    }

    fn tls_role(&self) -> TlsRole {
        match self.own[1] < self.other[1] {
            true => TlsRole::Client,
            false => TlsRole::Server,
        }
    }

    /// The line with which this side proves itself.
    fn proof(&mut self) -> Result<Vec<u8>, Refusal> {
        let greeting = self.greeting();
        let framing = greeting.framings.iter().filter_map(|name| name.parse::<Framing>().ok());
        let framing = framing.into_iter().find(|framing| self.policy.framings.contains(framing));
        let framing = framing.ok_or_else(|| Refusal::NoCommonFraming(greeting.framings.join(",")))?;
        let lines = covered(&self.own, &self.other);
        let proof = |method: AuthMethod| Some((method, method.data(self.policy.secret.as_ref(), &lines)?));
        let methods = greeting.auths.iter().filter_map(|name| name.parse::<AuthMethod>().ok());
        let (method, data) = methods
            .filter(|method| self.policy.auth_offer.contains(method) && method.needs_tls() == self.is_encrypted)
            .find_map(proof)
            .ok_or_else(|| Refusal::NoCommonAuthentication(greeting.auths.join(",")))?;
        self.sends = framing;
        Ok(format!("{method};{data};{framing}\n").into_bytes())
    }

    /// Checks the other side's proof.
    fn proven(&self, line: &[u8]) -> Result<Established, Refusal> {
        let mut fields = line.split(|byte| *byte == b';');
        let mut field = || fields.next().unwrap_or_default();
        let (name, data, framing) = (field(), field(), String::from_utf8_lossy(field()).into_owned());
        let method = self.acceptable(&String::from_utf8_lossy(name))?;
        if !method.accepts(data, self.policy.secret.as_ref(), &covered(&self.other, &self.own)) {
            return Err(Refusal::AuthenticationFailed(method));
        }
        let known = framing.parse().ok().filter(|framing| self.policy.framings.contains(framing));
        let greeting = self.greeting();
        Ok(Established {
            node: NodeId::new(&greeting.node).map_err(|_| Refusal::InvalidNodeId)?,
            word: if self.word == Greeting::NODE_WORD { greeting.word.clone() } else { self.word.clone() },
            generations: self.generations(method),
            method,
            sends: self.sends,
            receives: known.ok_or(Refusal::UnknownFraming(framing))?,
        })
    }

    fn acceptable(&self, name: &str) -> Result<AuthMethod, Refusal> {
        let refusal = || Refusal::AuthenticationUnacceptable(name.to_owned());
        let method: AuthMethod = name.parse().map_err(|()| refusal())?;
        let fits = method.needs_tls() == self.is_encrypted;
        (fits && self.policy.auth_accept.contains(&method)).then_some(method).ok_or_else(refusal)
    }

    /// The generations that both sides have shown to know.
    fn generations(&self, method: AuthMethod) -> Vec<Generation> {
        let greeting = self.greeting();
        let theirs = greeting.auths.iter().filter_map(|name| name.parse::<AuthMethod>().ok());
        let theirs: Vec<_> = theirs.filter_map(AuthMethod::generation).chain(method.generation()).collect();
        let ours: Vec<_> = self.policy.auth_accept.iter().filter_map(|method| method.generation()).collect();
        let common = |one: &Generation| ours.contains(one) && theirs.contains(one);
        let common: Vec<_> = [Generation::One, Generation::Two].into_iter().filter(common).collect();
        // Who accepts nothing but the secret itself has shown nothing, and is taken for the simple client that it is.
        if common.is_empty() { vec![*ours.first().unwrap_or(&Generation::One)] } else { common }
    }
}
