//! What handlers are given: each of their arguments says what of the request it wants.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;

use nuncio_core::{Deadline, Error, ErrorKind, Origin, Result};
use serde::de::DeserializeOwned;

use super::answer::Data;
use super::fault::Fault;
use super::peer::{Channel, Peer, Replies};
use crate::wire::javascript;
use crate::wire::record::{self, Record};
use crate::wire::write::Id;

/// A request while it is handed to its handler; it lies in the read buffer still.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    pub(crate) line: &'a str,
    pub(crate) record: &'a Record<'a>,
    pub(crate) uri: &'a str,
    pub(crate) channel: &'a Arc<Channel>,
    pub(crate) states: &'a States,
    pub(crate) deadline: Deadline,
}

/// What can be the argument of a handler.
pub trait Extract: Sized {
    /// Takes it out of the request.
    ///
    /// # Errors
    /// The answer that the client gets instead of the handler's.
    fn extract(request: &Incoming<'_>) -> Result<Self, Fault>;

    /// Looks, when the server starts, whether it will be there.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] if not.
    #[doc(hidden)]
    fn check(_: &States) -> Result<()> {
        Ok(())
    }
}

impl<'a> Incoming<'a> {
    /// What it asks for, as text.
    pub const fn uri(&self) -> &'a str {
        self.uri
    }

    /// Its `data` as JSON, if it has any.
    pub const fn data(&self) -> Option<&'a str> {
        self.record.data
    }

    /// The process number that the client claims; [`Origin`] is the one to believe.
    pub fn claimed_pid(&self) -> Option<u32> {
        self.record.pid?.parse().ok()
    }

    /// What the client says it is.
    pub fn user_agent(&self) -> Option<String> {
        self.record.user_agent.map(|agent| javascript::to_text(agent).into_owned())
    }

    /// The whole record, with members that nuncio does not know.
    pub const fn record(&self) -> &'a str {
        self.line
    }

    /// When the client stops waiting, or the server.
    pub const fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// The client.
    pub fn peer(&self) -> Peer {
        Peer(self.channel.clone())
    }

    /// A way to answer it.
    pub fn replies(&self) -> Replies {
        Replies::new(self.channel.clone(), self.id())
    }

    pub(crate) fn id(&self) -> Id {
        Id::new(self.record.id_or_null())
    }
}

/// A request that a handler may keep.
#[derive(Clone, Debug)]
pub struct Request {
    line: String,
    uri: String,
}

impl Request {
    /// What it asks for, as text.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The whole record as it came.
    pub fn record(&self) -> &str {
        &self.line
    }

    /// Its `data` as JSON, if it has any.
    pub fn data(&self) -> Option<&str> {
        self.members().data
    }

    /// Its id as JSON; null if it has none that would be repeated.
    pub fn id(&self) -> &str {
        self.members().id_or_null()
    }

    /// The process number that the client claims; [`Origin`] is the one to believe.
    pub fn claimed_pid(&self) -> Option<u32> {
        self.members().pid?.parse().ok()
    }

    /// What the client says it is.
    pub fn user_agent(&self) -> Option<String> {
        self.members().user_agent.map(|agent| javascript::to_text(agent).into_owned())
    }

    fn members(&self) -> Record<'_> {
        record::read_head(&self.line)
    }
}

/// A value that handlers share, given to [`Builder::state`](crate::Builder::state).
#[derive(Debug)]
pub struct State<S>(pub Arc<S>);

impl<S> Deref for State<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0
    }
}

/// The values that handlers share, by their types.
#[derive(Debug, Default)]
pub struct States(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

impl States {
    pub(crate) fn insert<S: Send + Sync + 'static>(&mut self, state: S) {
        self.0.insert(TypeId::of::<S>(), Arc::new(state));
    }

    fn get<S: Send + Sync + 'static>(&self) -> Option<Arc<S>> {
        self.0.get(&TypeId::of::<S>())?.clone().downcast().ok()
    }
}

impl<T: DeserializeOwned> Extract for Data<T> {
    fn extract(request: &Incoming<'_>) -> Result<Self, Fault> {
        let data = request.data().unwrap_or("null");
        nuncio_codec::json::from_str(data)
            .map(Data)
            .map_err(|error| Fault::new("bad_data", format!("data is not what {} takes: {error}", request.uri)))
    }
}

impl<S: Send + Sync + 'static> Extract for State<S> {
    fn extract(request: &Incoming<'_>) -> Result<Self, Fault> {
        request.states.get().map(State).ok_or_else(|| no_state::<S>().into())
    }

    fn check(states: &States) -> Result<()> {
        states.get::<S>().map(drop).ok_or_else(no_state::<S>)
    }
}

fn no_state<S>() -> Error {
    Error::new(ErrorKind::Misconfigured, "start the server")
        .because(format!("a handler wants the state {}, which the builder was not given", type_name::<S>()))
}

impl Extract for Request {
    fn extract(request: &Incoming<'_>) -> Result<Self, Fault> {
        Ok(Self { line: request.line.to_owned(), uri: request.uri.to_owned() })
    }
}

impl Extract for Replies {
    fn extract(request: &Incoming<'_>) -> Result<Self, Fault> {
        Ok(request.replies())
    }
}

impl Extract for Peer {
    fn extract(request: &Incoming<'_>) -> Result<Self, Fault> {
        Ok(request.peer())
    }
}

/// The client as the kernel knows it.
impl Extract for Origin {
    fn extract(request: &Incoming<'_>) -> Result<Self, Fault> {
        Ok(request.channel.origin.clone())
    }
}

impl Extract for Deadline {
    fn extract(request: &Incoming<'_>) -> Result<Self, Fault> {
        Ok(request.deadline)
    }
}
