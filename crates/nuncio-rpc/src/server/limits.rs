//! A limit on everything that a client can make grow.

use std::time::Duration;

/// What one server takes on. Up to a limit everything works; what happens above it is said with each.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Connections at once. One more is told `too_many_connections` and closed. Default 16,384: more than a machine has
    /// processes that talk to one daemon, and as many descriptors as the usual hard limit allows several times over.
    pub connections_max: usize,
    /// Requests of one connection in work at once. While there are so many, no more are read from it. Default 1024: sixteen
    /// times what a busy client has under way.
    pub in_flight_per_connection_max: usize,
    /// Requests in work at once, of all connections together. One more is answered `server_busy`. Default 65,536.
    pub in_flight_max: usize,
    /// The largest record in bytes, without its line feed. A larger one is answered `record_too_large`, passed over, and the
    /// connection goes on. Default 16 MiB: sixteen times what the reference takes.
    pub record_bytes_max: usize,
    /// Answers of one connection that wait to be written, in bytes. While there are more, nothing is read from it. Default
    /// 1 MiB: several times what the kernel keeps for a socket.
    pub outbox_bytes_max: usize,
    /// How long a record may be under way once its first byte has come. One that takes longer is answered
    /// `record_incomplete`, and the connection is closed. Default 30 s.
    pub record_timeout: Duration,
    /// How long a connection may be without traffic and without a request in work before it is closed; `None`, the default,
    /// for ever, because clients of the reference keep theirs open for days.
    pub idle_timeout: Option<Duration>,
    /// How long a handler may take. One that takes longer is dropped, and its request answered `handler_timeout`. `None`, the
    /// default, for as long as the client is there.
    pub handler_timeout: Option<Duration>,
    /// The longest delay that the built-in `/ipcserver/test/delay` takes. Default one hour.
    pub delay_max: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 16_384,
            in_flight_per_connection_max: 1024,
            in_flight_max: 65_536,
            record_bytes_max: 16 * 1024 * 1024,
            outbox_bytes_max: 1024 * 1024,
            record_timeout: Duration::from_secs(30),
            idle_timeout: None,
            handler_timeout: None,
            delay_max: Duration::from_secs(3600),
        }
    }
}

macro_rules! with {
    ($($(#[$doc:meta])* $method:ident($field:ident: $type:ty);)*) => {
        impl Limits {$(
            $(#[$doc])*
            #[must_use]
            pub const fn $method(mut self, $field: $type) -> Self {
                self.$field = $field;
                self
            }
        )*}
    };
}

with! {
    /// With up to so many connections.
    with_connections_max(connections_max: usize);
    /// With up to so many requests of one connection in work.
    with_in_flight_per_connection_max(in_flight_per_connection_max: usize);
    /// With up to so many requests in work.
    with_in_flight_max(in_flight_max: usize);
    /// With records of up to so many bytes.
    with_record_bytes_max(record_bytes_max: usize);
    /// With up to so many bytes that wait to be written.
    with_outbox_bytes_max(outbox_bytes_max: usize);
    /// With so much time for a record to come.
    with_record_timeout(record_timeout: Duration);
    /// With so much time without traffic.
    with_idle_timeout(idle_timeout: Option<Duration>);
    /// With so much time for a handler.
    with_handler_timeout(handler_timeout: Option<Duration>);
    /// With delays of up to so long.
    with_delay_max(delay_max: Duration);
}
