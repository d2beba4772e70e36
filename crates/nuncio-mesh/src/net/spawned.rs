//! Functions that other nodes may run here.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::FutureExt;
use nuncio_codec::{Text, Value};
use nuncio_core::{NodeId, PortId, Result};

use super::core::{Receiver, Shared};
use super::data::{self, StreamFunction};
use super::handlers::Handlers;
use super::handling::{Handling, Kept};
use super::listen;
use super::mailbox::Mailbox;
use super::node::Node;
use super::port::{Ender, Port};
use crate::proto::kernel::PortKind;

pub(super) type Spawned =
    Box<dyn Fn(Port, Vec<Value>) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> + Send + Sync>;
pub(super) type MakesHandlers = Box<dyn Fn(Vec<Value>) -> Result<Handlers> + Send + Sync>;
pub(super) type Called = Box<dyn Fn(&NodeId, Vec<Value>) + Send + Sync>;

/// The functions by name.
#[derive(Default)]
pub(super) struct Functions {
    spawned: HashMap<String, Arc<Spawned>>,
    called: HashMap<String, Called>,
    handlers: HashMap<String, Arc<MakesHandlers>>,
    streams: HashMap<String, Arc<StreamFunction>>,
}

impl Functions {
    pub(super) fn add(&mut self, name: &str, function: Spawned) {
        self.spawned.insert(name.to_owned(), Arc::new(function));
    }

    pub(super) fn add_call(&mut self, name: &str, function: Called) {
        self.called.insert(name.to_owned(), function);
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let own = self.spawned.keys().chain(self.called.keys()).chain(self.handlers.keys()).map(String::as_str);
        let streams: &[&str] = if self.streams.is_empty() { &[] } else { &[data::EXPECT, data::CONNECT] };
        own.chain(streams.iter().copied())
    }

    pub(super) fn add_handlers(&mut self, name: &str, makes: MakesHandlers) {
        self.handlers.insert(name.to_owned(), Arc::new(makes));
    }

    pub(super) fn add_stream(&mut self, name: &str, function: StreamFunction) {
        self.streams.insert(name.to_owned(), Arc::new(function));
    }

    pub(super) fn stream(&self, name: &str) -> Option<Arc<StreamFunction>> {
        self.streams.get(name).cloned()
    }

    /// Whether ports that run this function have handlers, and no mailbox.
    pub(super) fn has_handlers(&self, name: &str) -> bool {
        self.handlers.contains_key(name)
    }

    pub(super) fn call(&self, name: &str, from: &NodeId, arguments: Vec<Value>) {
        if let Some(function) = self.called.get(name) {
            function(from, arguments);
        }
    }

    pub(super) fn spawned(&self, name: &str) -> Option<Arc<Spawned>> {
        self.spawned.get(name).cloned()
    }
}

impl fmt::Debug for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

impl Shared {
    /// Runs a function in a port that was made for it, as long as the port lives.
    pub(super) fn run_spawned(self: &Arc<Self>, name: Text, function: &str, arguments: Vec<Value>) {
        let mailbox = match self.receiver(&name) {
            None => return,
            Some(Receiver::Handlers(handling)) => return self.begin_handling(&handling, function, arguments),
            Some(Receiver::Mailbox(mailbox)) => mailbox,
        };
        let Some(node) = Node::of(self) else { return };
        let ender = Ender::new(Arc::clone(self), Arc::clone(&mailbox));
        let Some(function) = self.settings.functions.spawned(function) else {
            return ender.end(vec!["die".into(), "this function is to be called, not to be spawned".into()]);
        };
        self.run_in(node, mailbox, ender, move |port| function(port, arguments));
    }

    /// Runs a function in a port, which ends with it.
    fn run_in<Running>(
        self: &Arc<Self>,
        node: Node,
        mailbox: Arc<Mailbox>,
        ender: Ender,
        function: impl FnOnce(Port) -> Running + Send + 'static,
    ) where
        Running: Future<Output = Result<()>> + Send + 'static,
    {
        let port = Port::ended_by_another(node, mailbox);
        listen::spawn(self, async move {
            let running = std::panic::AssertUnwindSafe(async move { function(port).await });
            let reason = tokio::select! {
                ended = running.catch_unwind() => match ended {
                    Ok(Ok(())) => Vec::new(),
                    Ok(Err(error)) => vec!["die".into(), error.chain().to_string().into()],
                    Err(panic) => vec!["die".into(), text_of_panic(panic.as_ref()).into()],
                },
                () = ender.ended() => return,
            };
            ender.end(reason);
        });
    }
}

impl Node {
    /// Runs a function of this program in a port of its own, as a task. The port ends with the function; an error or a panic is
    /// its reason. When the port is killed, the function is dropped where it waits.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> nuncio_core::Result<()> {
    /// let node = nuncio_mesh::Node::builder("node").secret("geheim").start().await?;
    /// let worker = node.run(async |mut port| {
    ///     port.recv_tag("work").await?;
    ///     Err(nuncio_core::Error::new(nuncio_core::ErrorKind::Refused, "work"))
    /// });
    /// let monitor = node.monitor(&worker);
    /// node.send(&worker, ["work".into()])?;
    /// assert_eq!(monitor.await[0], "die".into());
    /// # Ok(())
    /// # }
    /// ```
    pub fn run<F, Running>(&self, function: F) -> PortId
    where
        F: FnOnce(Port) -> Running + Send + 'static,
        Running: Future<Output = Result<()>> + Send + 'static,
    {
        let shared = self.shared();
        let mailbox = shared.with(|core, _| {
            let name = core.kernel.create_port(PortKind::Private);
            shared.open_mailbox(name)
        });
        let ender = Ender::new(Arc::clone(shared), Arc::clone(&mailbox));
        let id = PortId::new(&format!("{}#{}", self.id(), mailbox.name)).expect("the name is short");
        shared.run_in(self.clone(), mailbox, ender, function);
        id
    }
}

impl Shared {
    /// Gives a port that was spawned its handlers.
    fn begin_handling(self: &Arc<Self>, handling: &Arc<Handling>, function: &str, arguments: Vec<Value>) {
        let Some(makes) = self.settings.functions.handlers.get(function).cloned() else { return };
        let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| makes(arguments)));
        let text = match made {
            Ok(Ok(handlers)) => {
                if handling.begin(handlers) == Kept::Schedule {
                    self.schedule(handling);
                }
                return;
            }
            Ok(Err(error)) => error.chain().to_string(),
            Err(panic) => text_of_panic(panic.as_ref()),
        };
        self.with(|core, now| {
            let own = core.kernel.node().clone();
            core.kernel.kill(now, &own, &handling.name, vec!["die".into(), text.into()]);
        });
    }
}

pub(super) fn text_of_panic(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "the function panicked".to_owned())
}
