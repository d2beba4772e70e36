//! The cases about acknowledgement, played on a medium that lends: memory, with what was received kept until it is
//! acknowledged. Leases do not run out here; nobody is late.
#![cfg(target_os = "linux")]

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use nuncio_bus::memory::MemoryDriver;
use nuncio_codec::Codec;
use nuncio_conformance::{Fixture, cases, run};
use nuncio_core::driver::{Detach, EndpointInfo, Leftovers, Presence};
use nuncio_core::{
    Acknowledge, AttachOptions, Attached, Batch, BodyRef, Capabilities, Driver, EndpointName, Inbox, Readiness, Result,
    SlotBody, Take, Token, Wait,
};

#[derive(Debug)]
struct Lending(Arc<MemoryDriver>, Capabilities);

impl Fixture for Lending {
    fn new() -> Self {
        let memory = Arc::new(MemoryDriver::new());
        let mut claims = memory.capabilities().clone();
        claims.take = Take::Leased;
        Self(memory, claims)
    }

    fn driver(&self) -> Arc<dyn Driver> {
        Arc::new(Self(self.0.clone(), self.1.clone()))
    }

    fn claims(&self) -> Capabilities {
        self.1.clone()
    }
}

impl Driver for Lending {
    fn capabilities(&self) -> &Capabilities {
        &self.1
    }

    fn attach(&self, who: &EndpointName, options: &AttachOptions) -> Result<Attached> {
        let mut attached = self.0.attach(who, options)?;
        let desk = Arc::new(Desk::default());
        attached.inbox = attached.inbox.map(|inner| Box::new(Lender { inner, desk: desk.clone() }) as Box<dyn Inbox>);
        Ok(attached.with_acknowledge(desk))
    }

    fn endpoints(&self) -> Result<Vec<EndpointInfo>> {
        self.0.endpoints()
    }

    fn presence(&self) -> Option<&dyn Presence> {
        self.0.presence()
    }
}

/// A payload with the number of its last attempt.
type Loan = (Vec<u8>, u32);

#[derive(Debug, Default)]
struct Desk(Mutex<Loans>);

#[derive(Debug, Default)]
struct Loans {
    by_token: BTreeMap<Vec<u8>, Loan>,
    given_back: VecDeque<Loan>,
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, Loans> {
        self.0.lock().expect("nobody panics here")
    }
}

impl Acknowledge for Desk {
    fn ack(&self, tokens: &[Token<'_>], _: Wait<'_>) -> Result<usize> {
        let mut loans = self.lock();
        Ok(tokens.iter().filter(|token| loans.by_token.remove(token.0).is_some()).count())
    }

    fn nack(&self, tokens: &[Token<'_>], _: Duration, _: Wait<'_>) -> Result<usize> {
        let mut loans = self.lock();
        let back: Vec<Loan> = tokens.iter().filter_map(|token| loans.by_token.remove(token.0)).collect();
        let count = back.len();
        loans.given_back.extend(back);
        Ok(count)
    }

    fn extend(&self, tokens: &[Token<'_>], _: Duration, _: Wait<'_>) -> Result<usize> {
        let loans = self.lock();
        Ok(tokens.iter().filter(|token| loans.by_token.contains_key(token.0)).count())
    }
}

#[derive(Debug)]
struct Lender {
    inner: Box<dyn Inbox>,
    desk: Arc<Desk>,
}

impl Inbox for Lender {
    fn recv(&mut self, into: &mut Batch, _: usize, wait: Wait<'_>) -> Result<usize> {
        let returned = self.desk.lock().given_back.pop_front();
        let (payload, attempts) = match returned {
            Some(loan) => loan,
            None => {
                let mut batch = Batch::new();
                if self.inner.recv(&mut batch, 1, wait)? == 0 {
                    return Ok(0);
                }
                match batch.get(0).expect("one came").body() {
                    BodyRef::Encoded(_, bytes) => (bytes.to_vec(), 0),
                    body => panic!("only letters in bytes are sent here, not {body:?}"),
                }
            }
        };
        let slot = into.slot();
        let body = slot.push(&payload);
        let token = [b"token", payload.as_slice(), &attempts.to_ne_bytes()].concat();
        slot.token = Some(slot.push(&token));
        (slot.body, slot.attempt) = (SlotBody::Encoded(Some(Codec::Json), body), attempts + 1);
        into.commit();
        self.desk.lock().by_token.insert(token, (payload, attempts + 1));
        Ok(1)
    }

    fn readiness(&self) -> Readiness {
        self.inner.readiness()
    }

    fn pump(&mut self) -> Result<()> {
        self.inner.pump()
    }

    fn detach(&mut self, how: Detach, wait: Wait<'_>) -> Result<Leftovers> {
        self.inner.detach(how, wait)
    }
}

#[test]
fn what_is_lent_comes_again_until_it_is_acknowledged() {
    run::<Lending>("acknowledge", "", cases::acknowledge::comes_again_until_acknowledged);
}
