//! Ports that are started again when they end.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use nuncio_codec::Value;
use nuncio_core::{NodeId, PortId, Result};

use super::node::Node;
use super::port::Port;
use crate::proto::supervision::{Restart, Strategy, Supervision, Verdict};

type Work = dyn Fn(Port) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> + Send + Sync;

/// A port that a [`Supervisor`] starts, and starts again.
pub struct Child {
    name: String,
    restart: Restart,
    group: Option<String>,
    source: Source,
}

enum Source {
    Here(Arc<Work>),
    There { node: NodeId, function: String, arguments: Vec<Value> },
}

impl Child {
    /// Runs this function in a port of this node. The port ends with the function; an error or a panic is its reason.
    #[must_use]
    pub fn here<F, Running>(name: &str, function: F) -> Self
    where
        F: Fn(Port) -> Running + Send + Sync + 'static,
        Running: Future<Output = Result<()>> + Send + 'static,
    {
        Self::new(name, Source::Here(Arc::new(move |port| Box::pin(function(port)))))
    }

    /// Spawns this function on a node, which has to have registered it. When the connection to that node is lost, the child
    /// counts as ended, although its former port may live.
    #[must_use]
    pub fn there(name: &str, node: &NodeId, function: &str, arguments: impl Into<Vec<Value>>) -> Self {
        let (node, function) = (node.clone(), function.to_owned());
        Self::new(name, Source::There { node, function, arguments: arguments.into() })
    }

    fn new(name: &str, source: Source) -> Self {
        Self { name: name.to_owned(), restart: Restart::default(), group: None, source }
    }

    /// When it is started again. Default: always.
    #[must_use]
    pub const fn restart(mut self, restart: Restart) -> Self {
        self.restart = restart;
        self
    }

    /// Puts its port, if it is one of this node, into a group each time it is started, so that others find it.
    #[must_use]
    pub fn in_group(mut self, group: &str) -> Self {
        self.group = Some(group.to_owned());
        self
    }

    fn start(&self, node: &Node) -> PortId {
        match &self.source {
            Source::There { node: there, function, arguments } => node.spawn(there, function, arguments.clone()),
            Source::Here(work) => {
                let work = Arc::clone(work);
                let id = node.run(move |port| work(port));
                if let Some(group) = &self.group {
                    let (_, name) = crate::proto::kernel::split(&id);
                    node.shared().with(|core, now| core.kernel.join_group(now, group, &name));
                }
                id
            }
        }
    }
}

impl fmt::Debug for Child {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child").field("name", &self.name).field("restart", &self.restart).finish_non_exhaustive()
    }
}

/// Starts ports, and starts them again when they end, by a [`Strategy`]. Dropping it ends them, the last one first.
///
/// When it has to start ports again too often, it gives up and ends all of them: what goes wrong is then not mended by
/// starting anew, and has to be seen to by whoever [watches](Self::ended) it, such as a supervisor above.
///
/// ```
/// use nuncio_mesh::{Child, Node, Strategy, Supervisor};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> nuncio_core::Result<()> {
/// let node = Node::builder("node").secret("geheim").start().await?;
/// let supervisor = Supervisor::builder()
///     .strategy(Strategy::RestForOne)
///     .child(Child::here("store", async |mut port| loop {
///         let message = port.recv().await?;
///         println!("{message:?}");
///     }))
///     .child(Child::here("index", async |mut port| port.recv_tag("stop").await.map(drop)))
///     .start(&node);
/// let store = supervisor.child("store").expect("it runs");
/// node.send(&store, ["put".into(), 7.into()])?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Supervisor {
    node: Node,
    id: PortId,
    ports: Ports,
}

/// The children by name, with their ports as long as they run.
type Ports = Arc<Mutex<Vec<(String, Option<PortId>)>>>;

/// Sets up a [`Supervisor`].
#[derive(Debug)]
pub struct SupervisorBuilder {
    strategy: Strategy,
    restarts_max: usize,
    within: Duration,
    children: Vec<Child>,
}

impl SupervisorBuilder {
    /// Whom to start again. Default: the one that ended.
    #[must_use]
    pub const fn strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// Gives up with more than so many restarts within this time. Default: 3 within 5 s.
    #[must_use]
    pub const fn intensity(mut self, restarts_max: usize, within: Duration) -> Self {
        (self.restarts_max, self.within) = (restarts_max, within);
        self
    }

    /// Adds a child, to be started after those before it.
    #[must_use]
    pub fn child(mut self, child: Child) -> Self {
        self.children.push(child);
        self
    }

    /// Starts all children, and sees to them from now on.
    #[must_use]
    pub fn start(self, node: &Node) -> Supervisor {
        let Self { strategy, restarts_max, within, children } = self;
        let mut supervision = Supervision::new(strategy, restarts_max, within);
        children.iter().for_each(|child| supervision.add(child.restart));
        let names = children.iter().map(|child| (child.name.clone(), Some(child.start(node)))).collect();
        let ports = Arc::new(Mutex::new(names));
        let runs = vec![0; children.len()];
        let supervised = Supervised { node: node.clone(), supervision, children, runs, ports: Arc::clone(&ports) };
        let id = node.run(move |port| supervised.run(port));
        Supervisor { node: node.clone(), id, ports }
    }
}

impl Supervisor {
    /// Begins to set up a supervisor.
    #[must_use]
    pub fn builder() -> SupervisorBuilder {
        SupervisorBuilder {
            strategy: Strategy::default(),
            restarts_max: 3,
            within: Duration::from_secs(5),
            children: Vec::new(),
        }
    }

    /// The port of a child, if it runs. After a restart it is another one.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<PortId> {
        let ports = self.ports.lock().unwrap_or_else(PoisonError::into_inner);
        ports.iter().find(|(child, _)| child == name).and_then(|(_, port)| port.clone())
    }

    /// The supervisor's own port, which ends when it gives up, with the reason `supervisor`, and when it is dropped.
    #[must_use]
    pub const fn id(&self) -> &PortId {
        &self.id
    }

    /// Waits until it has given up, and gives the reason.
    pub async fn ended(&self) -> Vec<Value> {
        self.node.monitor(&self.id).await
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.node.kill(&self.id, []);
    }
}

/// What the supervisor's own port runs. Dropped, it ends all children, the last one first.
struct Supervised {
    node: Node,
    supervision: Supervision,
    children: Vec<Child>,
    /// How often each was started again: the end of a former run is no news.
    runs: Vec<u64>,
    ports: Ports,
}

impl Supervised {
    async fn run(mut self, own: Port) -> Result<()> {
        let (node, started) = (self.node.clone(), Instant::now());
        let watch = |index: usize, run: u64, port: PortId| {
            let monitor = node.monitor(&port);
            async move { (index, run, monitor.await) }
        };
        let mut ends = FuturesUnordered::new();
        for index in 0..self.children.len() {
            ends.extend(self.port_of(index).map(|port| watch(index, 0, port)));
        }
        while let Some((index, run, reason)) = ends.next().await {
            if self.runs[index] != run {
                continue;
            }
            self.set_port(index, None);
            match self.supervision.ended(index, reason.is_empty(), started.elapsed()) {
                Verdict::Nothing => {}
                Verdict::GiveUp(end) => {
                    end.into_iter().for_each(|index| self.end(index));
                    tracing::warn!(child = self.children[index].name, ?reason, "a supervisor gave up");
                    let text = format!("{} was started again too often", self.children[index].name);
                    own.end(["supervisor".into(), text.into()]);
                    break;
                }
                Verdict::Restart { end, start } => {
                    tracing::info!(child = self.children[index].name, ?reason, "a child is started again");
                    end.into_iter().for_each(|index| self.end(index));
                    for index in start {
                        let port = self.children[index].start(&node);
                        self.runs[index] += 1;
                        self.set_port(index, Some(port.clone()));
                        ends.push(watch(index, self.runs[index], port));
                    }
                }
            }
        }
        Ok(())
    }

    fn port_of(&self, index: usize) -> Option<PortId> {
        self.ports.lock().unwrap_or_else(PoisonError::into_inner)[index].1.clone()
    }

    fn set_port(&self, index: usize, port: Option<PortId>) {
        self.ports.lock().unwrap_or_else(PoisonError::into_inner)[index].1 = port;
    }

    fn end(&mut self, index: usize) {
        self.runs[index] += 1;
        if let Some(port) = self.port_of(index) {
            self.set_port(index, None);
            self.node
                .kill(&port, ["supervisor".into(), Value::from("it is ended with others, or to be started again")]);
        }
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        (0..self.children.len()).rev().for_each(|index| self.end(index));
    }
}
