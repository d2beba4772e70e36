//! Messages of the program's own types, encoded before it is known on which connection they go.
//!
//! How such a message encodes itself is the program's, and may send, log or panic; so no lock is held meanwhile. It is encoded
//! in CBOR, which nodes of nuncio speak with each other. To any other node its elements go, as those of other messages do.

use std::cell::Cell;

use serde::Serialize;

use super::core::Shared;
use super::link::Put;
use crate::proto::framing::Framing;
use crate::proto::lanes::LARGE_BYTES;

thread_local! {
    /// Where they are encoded.
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl Shared {
    /// Puts a message of the program's own type on a connection without asking the kernel, if there is one that takes it
    /// encoded; none if it has to be put as elements.
    #[inline]
    pub(super) fn put_as_on_link<T: Serialize + ?Sized>(&self, node: &str, port: &str, message: &T) -> Option<Put> {
        // Should it send meanwhile, that finds an empty one.
        let mut scratch = SCRATCH.take();
        scratch.clear();
        let put = match Framing::Cbor.write_small(port, message, &mut scratch) {
            true => self.read_links().get(node).and_then(|link| link.put_encoded(Framing::Cbor, port, &scratch)),
            false => None,
        };
        if scratch.capacity() <= 4 * LARGE_BYTES {
            SCRATCH.set(scratch);
        }
        put
    }
}
