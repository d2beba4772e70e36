//! nuncio's vocabulary: what a message is, who may be sent to, how long a call waits, what can go wrong, and what a
//! driver must do.
//!
//! Nothing here does I/O or reads a clock. Start with [`driver`] for the contract that every medium keeps, and with
//! [`Envelope`] and [`Delivery`] for what it moves.
#![forbid(unsafe_code)]

pub mod address;
mod capability;
mod clock;
mod delivery;
pub mod driver;
mod error;
mod limits;
mod message;
mod name;
mod observe;
mod registry;
mod wait;

pub use address::Address;
pub use capability::{BodyKinds, Capabilities, Carries, Full, Order, Survives, Take, WaitsBy};
pub use clock::{Clock, Randomness, SystemClock};
pub use delivery::{Batch, BodyRef, Delivery, Origin, Slot, SlotBody, Span, Token};
pub use driver::{Acknowledge, AttachOptions, Attached, Driver, Inbox, Outbox, Readiness, Role, Target};
pub use error::{Chain, Error, ErrorKind, Outcome, Result, SendError, Subject};
pub use limits::Limits;
pub use message::{Body, Encode, Envelope, Item, Outgoing, Payload};
pub use name::{EndpointName, NodeId, PeerId, PortId, QueueName};
pub use observe::{Meter, MeterSnapshot, Observed};
pub use registry::{Around, DriverRegistry};
pub use wait::{Armed, Cancel, Deadline, Wait};
