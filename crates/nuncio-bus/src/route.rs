//! What the drivers share whose medium is a directory: the route, in which each peer has an entry of its own.
//!
//! | beside the entry `D` | is |
//! |---|---|
//! | `D.pid` | the process, in decimal |
//! | `D.name` | the peer's id, where `D` is not it |
//! | `D.stats` | the account of a peer that has gone |
//! | `D.resume` | messages that the peer has put back |
//! | `D.suspend` | when a suspension ends |
//! | `.nuncio-D` | nuncio's own: the process and when it started, by which a number that was given out again is noticed |
//!
//! The order of steps is such that a process that is killed between two of them leaves nothing that stands in anybody's
//! way: the entry is made last, when everything beside it is there.

mod arrival;
mod config;
mod contents;
mod directory;
mod driver;
mod inbox;
mod ledger;
mod medium;
mod outbox;
mod pen;
mod place;
mod presence;
mod removal;
mod resume;
mod room;
mod socket;
mod wait;

pub use config::RouteConfig;
pub(crate) use config::{take, take_limits};

pub(crate) use arrival::{Arrival, Seat, remove_below};
pub(crate) use directory::{FILE_MODE, LOCK_PATIENCE, Route, ignore_absent};
pub(crate) use driver::RouteDriver;
pub(crate) use ledger::Ledger;
pub(crate) use medium::{Lane, Letters, Mailbox, Medium, Refusal, Sending};
pub(crate) use outbox::RouteOutbox;
pub(crate) use pen::{Pen, Reader, message_bytes_max, with_buffer};
pub(crate) use presence::{Holder, Present, no_such_peer};
pub(crate) use room::RoomSpin;
pub(crate) use socket::{Entry, bind, connect};
pub(crate) use wait::{AT_ONCE, LONGEST, SHORTLY, SHORTLY_SPEC, wait_for, wait_for_any, wait_shortly};

/// A driver of this kind: a type of its own, and its scheme.
macro_rules! route_driver {
    ($(#[$doc:meta])* $driver:ident, $medium:ty, $scheme:literal) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $driver($crate::route::RouteDriver<$medium>);

        impl $driver {
            /// The bus that `config` describes.
            ///
            /// # Errors
            /// [`ErrorKind::Misconfigured`](nuncio_core::ErrorKind::Misconfigured) for what is no directory and for a serializer
            /// that cannot be used, [`ErrorKind::PermissionDenied`](nuncio_core::ErrorKind::PermissionDenied) for a
            /// directory that is another user's or open to others.
            pub fn open(config: &$crate::RouteConfig) -> nuncio_core::Result<Self> {
                $crate::route::RouteDriver::open(config).map(Self)
            }

            /// Joins as `who`, who is new: a name that is suspended is taken, and what a process that has ended left under it is
            /// removed. [`attach`](nuncio_core::Driver::attach) takes over both.
            ///
            /// # Errors
            /// As [`attach`](nuncio_core::Driver::attach).
            pub fn connect(
                &self,
                who: &nuncio_core::EndpointName,
                options: &nuncio_core::AttachOptions,
            ) -> nuncio_core::Result<nuncio_core::Attached> {
                self.0.receive(who, $crate::route::Arrival::New, options).map(|joined| joined.attached)
            }

            /// Joins as `who`, who was there before and is suspended, or whose process has ended.
            ///
            /// # Errors
            /// [`ErrorKind::NoSuchEndpoint`](nuncio_core::ErrorKind::NoSuchEndpoint) if he was not; otherwise as
            /// [`attach`](nuncio_core::Driver::attach).
            pub fn reconnect(
                &self,
                who: &nuncio_core::EndpointName,
                options: &nuncio_core::AttachOptions,
            ) -> nuncio_core::Result<nuncio_core::Attached> {
                self.0.receive(who, $crate::route::Arrival::Back, options).map(|joined| joined.attached)
            }
        }

        /// The bus that `config` describes, for peers.
        pub(crate) fn place(config: &$crate::RouteConfig) -> nuncio_core::Result<std::sync::Arc<dyn $crate::place::Place>> {
            Ok(std::sync::Arc::new($crate::route::RouteDriver::<$medium>::open(config)?))
        }

        impl nuncio_core::Driver for $driver {
            fn capabilities(&self) -> &nuncio_core::Capabilities {
                self.0.capabilities()
            }

            fn attach(
                &self,
                who: &nuncio_core::EndpointName,
                options: &nuncio_core::AttachOptions,
            ) -> nuncio_core::Result<nuncio_core::Attached> {
                self.0.attach(who, options)
            }

            fn endpoints(&self) -> nuncio_core::Result<Vec<nuncio_core::driver::EndpointInfo>> {
                self.0.endpoints()
            }

            fn presence(&self) -> Option<&dyn nuncio_core::driver::Presence> {
                self.0.presence()
            }
        }

        #[doc = concat!("Has `registry` serve `", $scheme, ":`.")]
        pub fn register(registry: &mut nuncio_core::DriverRegistry) {
            registry.register($scheme, |address| {
                let driver = $driver::open(&$crate::RouteConfig::from_address(address)?)?;
                Ok(std::sync::Arc::new(driver) as std::sync::Arc<dyn nuncio_core::Driver>)
            });
        }
    };
}
pub(crate) use route_driver;
