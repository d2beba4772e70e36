//! The sending half.

use std::sync::Arc;

use nuncio_core::driver::{Flushed, SendFailure, Sent};
use nuncio_core::{
    Clock, EndpointName, Error, ErrorKind, Item, Origin, Outbox, Outgoing, Readiness, Result, Slot, Target, Wait,
};

use super::mailbox::Mailbox;
use super::medium::Medium;
use super::message::keep;
use super::refusal::Refusal;

#[derive(Debug)]
pub(super) struct MemoryOutbox {
    medium: Arc<Medium>,
    clock: Arc<dyn Clock>,
    origin: Origin,
}

/// What a target of this driver holds: the mailbox as it was when the name was resolved.
#[derive(Debug)]
struct Place {
    medium: Arc<Medium>,
    mailbox: Arc<Mailbox>,
}

impl MemoryOutbox {
    pub(super) fn new(medium: Arc<Medium>, clock: Arc<dyn Clock>) -> Self {
        let (pid, uid, gid) = (std::process::id(), rustix::process::geteuid(), rustix::process::getegid());
        let origin = Origin::Kernel { pid, uid: uid.as_raw(), gid: gid.as_raw() };
        Self { medium, clock, origin }
    }

    fn place<'a>(&self, to: &'a Target) -> Result<&'a Place> {
        let place: &Place = to.inner()?;
        match Arc::ptr_eq(&place.medium, &self.medium) {
            true => Ok(place),
            false => Err(Error::new(ErrorKind::ApiMisuse, "send to")
                .on(to.name().as_str())
                .because("the target was resolved on another medium")),
        }
    }

    /// The first of `items`, up to `count`, as they will be kept. What cannot be kept ends the row, unless it is the
    /// first.
    fn keep(&self, to: &EndpointName, items: &[Item<'_>], count: usize) -> Result<Vec<Slot>> {
        let mut letters = Vec::with_capacity(count.min(items.len()));
        for item in &items[..count.min(items.len())] {
            match keep(to, item, self.medium.limits(), &self.origin) {
                Ok(letter) => letters.push(letter),
                Err(error) if letters.is_empty() => return Err(error),
                Err(_) => break,
            }
        }
        Ok(letters)
    }
}

impl Outbox for MemoryOutbox {
    fn resolve(&self, to: &EndpointName) -> Result<Target> {
        let mailbox = self.medium.find(to)?;
        Ok(Target::new(to.clone(), Arc::new(Place { medium: self.medium.clone(), mailbox })))
    }

    fn send(&self, to: &Target, batch: &mut Outgoing<'_>, wait: Wait<'_>) -> Result<Sent, SendFailure> {
        let mut mailbox = self.place(to)?.mailbox.clone();
        if batch.rest().is_empty() {
            return Ok(Sent::default());
        }
        // What would find no place is not copied: the next call does that.
        let mut letters = self.keep(to.name(), batch.rest(), mailbox.room().max(1))?;
        loop {
            match mailbox.push(letters, &*self.clock, wait) {
                Ok(stored) => {
                    batch.advance(stored);
                    return Ok(Sent { stored, queued: 0 });
                }
                Err((Refusal::Over, unsent)) => (mailbox, letters) = (self.medium.find(to.name())?, unsent),
                Err((refusal, _)) => return Err(refusal.of_send(to.name(), mailbox.capacity()).into()),
            }
        }
    }

    fn room(&self, to: &Target) -> Result<Readiness> {
        let place = self.place(to)?;
        match place.mailbox.is_over() {
            false => Ok(place.mailbox.ask_for_room()),
            true => Ok(self.medium.find(to.name())?.ask_for_room()),
        }
    }

    fn flush(&self, _: Wait<'_>) -> Result<Flushed> {
        Ok(Flushed::default())
    }
}

#[cfg(test)]
mod tests {
    use nuncio_core::{AttachOptions, Driver, Payload, Role};

    use super::*;
    use crate::memory::MemoryDriver;

    #[test]
    fn a_target_on_another_medium_is_refused() {
        let name = EndpointName::new("worker").expect("a name");
        let attach = |driver: &MemoryDriver| driver.attach(&name, &AttachOptions::new(Role::Receive)).expect("free");
        let (here, there) = (MemoryDriver::new(), MemoryDriver::new());
        let (here, there) = (attach(&here), attach(&there));
        let target = there.outbox.resolve(&name).expect("attached");
        let items = [Item::new(Payload::Encode(&1))];
        let failure = here.outbox.send(&target, &mut Outgoing::new(&items), Wait::NOW).expect_err("not from here");
        assert_eq!(failure.error.kind(), ErrorKind::ApiMisuse);
        assert_eq!(here.outbox.room(&target).expect_err("not from here").kind(), ErrorKind::ApiMisuse);
    }

    #[test]
    fn the_origin_is_this_process() {
        let name = EndpointName::new("worker").expect("a name");
        let attached = MemoryDriver::new().attach(&name, &AttachOptions::new(Role::Receive)).expect("free");
        let target = attached.outbox.resolve(&name).expect("attached");
        let items = [Item { from: "somebody else", ..Item::new(Payload::Encode(&1)) }];
        attached.outbox.send(&target, &mut Outgoing::new(&items), Wait::NOW).expect("there is room");
        let mut batch = nuncio_core::Batch::new();
        attached.inbox.expect("it receives").recv(&mut batch, 1, Wait::NOW).expect("one is there");
        let Some(Origin::Kernel { pid, .. }) = batch.get(0).map(|delivery| delivery.origin().clone()) else {
            panic!("{batch:?}");
        };
        assert_eq!(pid, std::process::id());
    }
}
