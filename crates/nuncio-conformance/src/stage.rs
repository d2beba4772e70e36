//! Where a case is played: the medium, its claims, and who takes part.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use nuncio_core::driver::EndpointInfo;
use nuncio_core::{AttachOptions, Attached, Capabilities, Driver, EndpointName, Result, Role, Survives};

use crate::child::Child;
use crate::fixture::{Fixture, Hostile};
use crate::post::{Reader, Sender};
use crate::{scale, within};

/// Plays `case` on a new medium, under a watchdog.
#[doc(hidden)]
pub fn run<F: Fixture>(name: &'static str, child: &'static str, case: fn(&Stage<'_>)) {
    let limit = scale::choose(Duration::from_secs(120), Duration::from_secs(1800));
    within(limit, name, move || {
        let fixture = F::new();
        case(&Stage { fixture: &fixture, claims: fixture.claims(), child });
    });
}

/// A medium and what it claims.
#[doc(hidden)]
pub struct Stage<'a> {
    fixture: &'a dyn Fixture,
    pub(crate) claims: Capabilities,
    child: &'static str,
}

impl Stage<'_> {
    pub(crate) fn driver(&self) -> Arc<dyn Driver> {
        self.fixture.driver()
    }

    pub(crate) fn letters_held(&self) -> usize {
        self.fixture.letters_held()
    }

    pub(crate) fn reads_ahead(&self) -> bool {
        self.fixture.reads_ahead()
    }

    pub(crate) fn hostile(&self) -> Vec<Hostile> {
        self.fixture.hostile()
    }

    pub(crate) fn attach(&self, who: &str, role: Role) -> Result<Attached> {
        self.driver().attach(&name(who), &AttachOptions::new(role))
    }

    /// Somebody called `who` who receives, with a driver of its own.
    pub(crate) fn reader(&self, who: &str) -> Reader {
        Reader::of(self.attach(who, Role::Receive).unwrap_or_else(|error| panic!("{}", error.chain())))
    }

    /// Somebody called `who` who only sends, to `to`, with a driver of its own.
    pub(crate) fn sender(&self, who: &str, to: &str) -> Sender {
        let attached = self.attach(who, Role::SendOnly).unwrap_or_else(|error| panic!("{}", error.chain()));
        Sender::of(attached.outbox, to, self.claims.body)
    }

    pub(crate) fn endpoint(&self, who: &str) -> Option<EndpointInfo> {
        let all = self.driver().endpoints().unwrap_or_else(|error| panic!("{}", error.chain()));
        all.into_iter().find(|endpoint| endpoint.name.as_str() == who)
    }

    /// Whether an endpoint goes when its reader does.
    pub(crate) fn endpoint_needs_reader(&self) -> bool {
        self.claims.survives < Survives::EveryProcess
    }

    /// Another process on this medium, if the medium is open to others; it plays `part`.
    pub(crate) fn child(&self, part: &str) -> Option<Child> {
        let address = self.fixture.address();
        assert!(
            address.is_some() || self.claims.survives == Survives::Nothing,
            "a medium that outlives its senders is one that other processes find: its fixture needs an address"
        );
        Some(Child::start(self.child, part, &address?))
    }
}

impl fmt::Debug for Stage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage").field("claims", &self.claims).finish_non_exhaustive()
    }
}

/// `text`, which must be a name.
pub(crate) fn name(text: &str) -> EndpointName {
    EndpointName::new(text).unwrap_or_else(|error| panic!("{error}"))
}
