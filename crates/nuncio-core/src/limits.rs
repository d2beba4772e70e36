//! A limit on everything that can grow.

/// What one medium will carry and keep. Each driver and queue cites the one it was given.
///
/// A limit means one thing: up to it everything works, above it the call fails and says both numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The largest payload, in bytes. Default 9,999,999: IPC::Transit cuts spilled messages there, and no other medium
    /// of nuncio has a lower bound of its own that is not stated in its capabilities.
    pub payload_bytes_max: usize,
    /// The largest text of all headers of one message together, in bytes. Default 4096: they are metadata, and on a
    /// System V queue they share one kernel message of 8192 bytes with the payload.
    pub header_bytes_max: usize,
    /// How many messages one mailbox holds, where the medium itself does not say. Default 1024: enough to even out a
    /// burst, little enough that a sender soon learns that its reader is slow.
    pub capacity: usize,
    /// How many bytes one mailbox holds before its senders wait, where messages are kept in files of their own. One more
    /// message fits while fewer are taken, whatever its size. Default 268,435,456 (256 MiB): a full mailbox of 1024 messages
    /// of 256 KiB, and little enough not to fill a disk.
    pub capacity_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { payload_bytes_max: 9_999_999, header_bytes_max: 4096, capacity: 1024, capacity_bytes: 256 << 20 }
    }
}

impl Limits {
    /// With payloads of up to `bytes`.
    #[must_use]
    pub const fn with_payload_bytes_max(mut self, bytes: usize) -> Self {
        self.payload_bytes_max = bytes;
        self
    }

    /// With headers of up to `bytes` together.
    #[must_use]
    pub const fn with_header_bytes_max(mut self, bytes: usize) -> Self {
        self.header_bytes_max = bytes;
        self
    }

    /// With mailboxes of up to `messages`.
    #[must_use]
    pub const fn with_capacity(mut self, messages: usize) -> Self {
        self.capacity = messages;
        self
    }

    /// With mailboxes of up to `bytes`.
    #[must_use]
    pub const fn with_capacity_bytes(mut self, bytes: usize) -> Self {
        self.capacity_bytes = bytes;
        self
    }
}
