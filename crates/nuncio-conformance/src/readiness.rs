//! Waiting as an event loop does it, by level and by edge.

use std::os::fd::OwnedFd;
use std::time::Duration;

use nuncio_core::Readiness;
use rustix::event::{PollFd, PollFlags, Timespec, epoll, poll};
use rustix::io::retry_on_intr;

/// Whether `readiness` comes true; without a descriptor that is for the call itself to find out.
pub(crate) fn is_ready(readiness: &Readiness, limit: Option<Duration>) -> bool {
    let (descriptor, flags) = match readiness {
        Readiness::Readable(descriptor) => (descriptor, PollFlags::IN),
        Readiness::Writable(descriptor) => (descriptor, PollFlags::OUT),
        _ => return true,
    };
    let limit = limit.map(|limit| Timespec::try_from(limit).expect("a short time"));
    let mut watched = [PollFd::new(descriptor, flags)];
    retry_on_intr(|| poll(&mut watched, limit.as_ref())).expect("a descriptor can be polled") == 1
}

/// Tells of changes only, as the runtimes have it: a descriptor that stays readable is told of once.
pub(crate) struct Edges(OwnedFd);

impl Edges {
    pub(crate) fn of(descriptor: &OwnedFd) -> Self {
        let edges = epoll::create(epoll::CreateFlags::CLOEXEC).expect("a descriptor to watch with");
        let flags = epoll::EventFlags::IN | epoll::EventFlags::ET;
        epoll::add(&edges, descriptor, epoll::EventData::new_u64(0), flags).expect("a descriptor can be watched");
        Self(edges)
    }

    pub(crate) fn wait(&self) {
        let mut events = [epoll::Event { flags: epoll::EventFlags::empty(), data: epoll::EventData::new_u64(0) }];
        retry_on_intr(|| epoll::wait(&self.0, &mut events, None)).expect("a watch can be waited for");
    }
}
