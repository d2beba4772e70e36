//! Services: peers that answer, run by an event loop.
//!
//! A service is something that has callbacks for what may happen to it; all of them have a default. What only answers
//! requests is a closure:
//!
//! ```
//! use nuncio_bus::{Bus, answering};
//!
//! let bus = Bus::create()?;
//! let mut echo = bus.service("echo").spawn(answering(|text: String| Ok(format!("echo: {text}"))))?;
//! let answer: String = echo.request(&"hello", None)?.into_value()?;
//! assert_eq!(answer, "echo: hello");
//! assert_eq!(echo.stop()?, 0);
//! # Ok::<(), nuncio_core::Error>(())
//! ```
//!
//! It runs as a [thread](ServiceBuilder::spawn), in [the thread](ServiceBuilder::run) that asks for it, or as a process that
//! [starts](ServiceBuilder::start) with an argument as IPC::Manager's services do, so that either side starts the other's.
//!
//! # The loop
//! - It waits for messages, peers that come and go, signals, children and other processes that end, answers, and its interval,
//!   all by descriptors; while nothing happens it does not run.
//! - What has happened is seen to in this order: everything at once ([`on_all`](Service::on_all)), signals, children, watched
//!   processes, the interval, peers, messages in the order of their arrival, whether to end.
//! - **It never waits for a receiver.** What has no room is kept, in order for each receiver, and sent when there is; one that
//!   [grows](Service::on_backlog) is reported, and at [`BACKLOG_BYTES_MAX`] no more is taken. What turns out undeliverable is
//!   [handed back](Service::on_undelivered).
//! - A message that asks to end ends it, after everything that came with it was seen to. At the end callers get the answers
//!   that are kept for them, for up to five seconds; workers are asked to end, and killed after fifteen.
//! - An error of a callback ends the service, unless errors are [intercepted](ServiceBuilder::intercept_errors). One of a
//!   request is answered, and ends nothing; so does a panic.

mod answering;
mod backlog;
mod builder;
mod children;
mod context;
mod dispatch;
mod handle;
mod launch;
mod mail;
mod program;
mod request;
mod run;
mod signals;

use std::process::ExitStatus;

use nuncio_core::{Error, Result};

pub use self::answering::{Answering, answering};
pub use self::backlog::{BACKLOG_BYTES_MAX, Backlog, Undelivered};
pub use self::builder::ServiceBuilder;
pub use self::context::Context;
pub use self::handle::Handle;
pub use self::launch::Launch;
pub use self::program::Program;
pub use self::request::Request;

use super::message::Message;
use super::pending::RequestId;
use super::presence::PeerChange;
use super::response::Response;

/// What a callback gives back: any error will do.
pub type Handled<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What has happened since the last time.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Activity {
    /// Messages, in the order of their arrival.
    pub messages: Vec<Message>,
    /// Peers that came and left.
    pub peers: Option<PeerChange>,
    /// Signals, once for each time that one came.
    pub signals: Vec<i32>,
    /// Children that ended.
    pub children: Vec<(u32, ExitStatus)>,
    /// Watched processes that ended.
    pub gone: Vec<u32>,
    /// Whether the interval has passed.
    pub interval: bool,
}

/// Something that happened and that no callback is for.
#[derive(Debug)]
#[non_exhaustive]
pub enum Unhandled {
    /// A message that cannot be read.
    Corrupt(Error),
    /// A response to nothing that was asked, or a second one.
    Response(Message),
}

/// What happens to a service. An error that a callback gives back ends the service, unless errors are intercepted.
pub trait Service {
    /// It is on the bus and about to begin; an error here ends it in any case.
    ///
    /// # Errors
    /// The service does not begin.
    fn on_start(&mut self, _: &mut Context) -> Handled {
        Ok(())
    }

    /// Something has happened, of which the other callbacks are told one by one after this.
    ///
    /// # Errors
    /// See [`Service`].
    fn on_all(&mut self, _: &mut Context, _: &Activity) -> Handled {
        Ok(())
    }

    /// One of the [signals](ServiceBuilder::signals) that it wants came.
    ///
    /// # Errors
    /// See [`Service`].
    fn on_signal(&mut self, _: &mut Context, _signal: i32) -> Handled {
        Ok(())
    }

    /// A child that it [started](Context::start_child) ended. Of workers this is not told.
    ///
    /// # Errors
    /// See [`Service`].
    fn on_child_exit(&mut self, _: &mut Context, _child: u32, _status: ExitStatus) -> Handled {
        Ok(())
    }

    /// A process that it [watches](ServiceBuilder::watch_process) ended. Unless told otherwise it ends, too.
    ///
    /// # Errors
    /// See [`Service`].
    fn on_process_gone(&mut self, context: &mut Context, _process: u32) -> Handled {
        context.terminate(0);
        Ok(())
    }

    /// Its [interval](ServiceBuilder::interval) has passed.
    ///
    /// # Errors
    /// See [`Service`].
    fn on_interval(&mut self, _: &mut Context) -> Handled {
        Ok(())
    }

    /// Peers came or left. What those left behind whose processes have ended is removed before.
    ///
    /// # Errors
    /// See [`Service`].
    fn on_peers(&mut self, _: &mut Context, _: &PeerChange) -> Handled {
        Ok(())
    }

    /// Somebody asks. The request is answered now or later, from any thread; one that is dropped is answered with an error. What is
    /// asked is looked through when it is [read](Request::value), and may be broken.
    ///
    /// # Errors
    /// They are the answer, and do not end the service.
    fn on_request(&mut self, _: &mut Context, _: Request) -> Handled {
        Err("this service answers no requests".into())
    }

    /// A request that it [asked](Context::ask) is answered, or will not be.
    ///
    /// # Errors
    /// See [`Service`].
    fn on_response(&mut self, _: &mut Context, _: RequestId, _: Result<Response>) -> Handled {
        Err("a request was answered, and nobody waits for it".into())
    }

    /// A message came that is neither a request nor a response; one that asks to end is among them.
    ///
    /// # Errors
    /// See [`Service`].
    fn on_message(&mut self, _: &mut Context, _: Message) -> Handled {
        Ok(())
    }

    /// Something happened that no callback is for.
    ///
    /// # Errors
    /// See [`Service`]; unless told otherwise it is one.
    fn on_unhandled(&mut self, _: &mut Context, unhandled: Unhandled) -> Handled {
        match unhandled {
            Unhandled::Corrupt(error) => {
                // Whoever sent it must not be able to end the service.
                tracing::warn!(error = %error.chain(), "a message that cannot be read came");
                Ok(())
            }
            Unhandled::Response(message) => {
                Err(format!("{:?} answered what was not asked, or a second time", message.from()).into())
            }
        }
    }

    /// A message could not be sent: its receiver has gone. Unless told otherwise it is logged.
    ///
    /// # Errors
    /// See [`Service`].
    fn on_undelivered(&mut self, _: &mut Context, undelivered: Undelivered) -> Handled {
        let Undelivered { to, error, .. } = undelivered;
        tracing::warn!(to, error = %error.chain(), "a message cannot be delivered");
        Ok(())
    }

    /// What is kept for a receiver without room has grown: this is told when 64 messages wait, and each time that they have
    /// doubled. Unless told otherwise it is logged.
    ///
    /// # Errors
    /// See [`Service`].
    fn on_backlog(&mut self, _: &mut Context, backlog: &Backlog) -> Handled {
        let Backlog { to, messages, bytes } = backlog;
        tracing::warn!(to, messages, bytes, "a receiver does not read what is sent to it");
        Ok(())
    }

    /// Whether it is to end; asked each time that something has happened.
    fn should_end(&mut self, _: &mut Context) -> bool {
        false
    }

    /// It is about to leave the bus.
    ///
    /// # Errors
    /// See [`Service`].
    fn on_cleanup(&mut self, _: &mut Context) -> Handled {
        Ok(())
    }
}
