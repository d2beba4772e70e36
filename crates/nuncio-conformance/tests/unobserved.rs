//! That observing costs nothing while nobody listens. Alone in its process: tracing keeps for a whole process whether
//! anybody does.
#![cfg(target_os = "linux")]

use std::sync::Arc;

use nuncio_core::driver::{Detach, EndpointInfo, Flushed, Leftovers, Presence, SendFailure, Sent};
use nuncio_core::{
    AttachOptions, Attached, Batch, Capabilities, Driver, EndpointName, Inbox, Item, Meter, Observed, Outbox, Outgoing,
    Payload, Readiness, Result, Role, Target, Wait,
};

/// A medium that takes everything, gives the same message for ever, and allocates nothing for it.
#[derive(Debug)]
struct Still(Capabilities);

impl Driver for Still {
    fn capabilities(&self) -> &Capabilities {
        &self.0
    }

    fn attach(&self, _: &EndpointName, _: &AttachOptions) -> Result<Attached> {
        Ok(Attached::new(Arc::new(StillHalf), Some(Box::new(StillHalf))))
    }

    fn endpoints(&self) -> Result<Vec<EndpointInfo>> {
        Ok(Vec::new())
    }

    fn presence(&self) -> Option<&dyn Presence> {
        None
    }
}

#[derive(Debug)]
struct StillHalf;

impl Outbox for StillHalf {
    fn resolve(&self, to: &EndpointName) -> Result<Target> {
        Ok(Target::new(to.clone(), Arc::new(())))
    }

    fn send(&self, _: &Target, batch: &mut Outgoing<'_>, _: Wait<'_>) -> Result<Sent, SendFailure> {
        let stored = batch.rest().len();
        batch.advance(stored);
        Ok(Sent { stored, queued: 0 })
    }

    fn room(&self, _: &Target) -> Result<Readiness> {
        Ok(Readiness::Blocking)
    }

    fn flush(&self, _: Wait<'_>) -> Result<Flushed> {
        Ok(Flushed::default())
    }
}

impl Inbox for StillHalf {
    fn recv(&mut self, into: &mut Batch, _: usize, _: Wait<'_>) -> Result<usize> {
        into.slot();
        into.commit();
        Ok(1)
    }

    fn readiness(&self) -> Readiness {
        Readiness::Blocking
    }

    fn pump(&mut self) -> Result<()> {
        Ok(())
    }

    fn detach(&mut self, _: Detach, _: Wait<'_>) -> Result<Leftovers> {
        Ok(Leftovers::default())
    }
}

#[test]
fn while_nobody_listens_nothing_is_allocated() {
    let driver = Observed::new(Arc::new(Still(Capabilities::least(1))), Arc::new(Meter::default()));
    let name = EndpointName::new("worker").expect("a name");
    let mut attached = driver.attach(&name, &AttachOptions::new(Role::Receive)).expect("free");
    let target = attached.outbox.resolve(&name).expect("attached");
    let inbox = attached.inbox.as_mut().expect("it receives");
    let (items, mut batch) = ([Item::new(Payload::Encoded { codec: None, bytes: b"seven b" })], Batch::new());
    let mut exchange = || {
        batch.clear();
        attached.outbox.send(&target, &mut Outgoing::new(&items), Wait::NOW).expect("it takes everything");
        inbox.recv(&mut batch, 1, Wait::NOW).expect("it always has one");
    };
    exchange();
    assert_eq!(allocation_counter::measure(|| (0..100).for_each(|_| exchange())).count_total, 0);
}
