//! `nuncio mesh run`

use clap::Args;
use nuncio::codec::Value;
use nuncio::mesh::proto::framing::Framing;
use nuncio::mesh::{Node, NodeEvents, Port};
use serde::Serialize;
use tokio::sync::mpsc;

use super::elements;
use super::join::Join;
use super::program::{self, Spawnable};
use crate::output::Output;
use crate::rpc::wait;
use crate::signals;
use crate::stop::Stop;

/// Events that may wait to be printed; more wait where they come from.
const EVENTS_MAX: usize = 1024;

/// Run a node until a signal comes, and print what happens, one event on each line
///
/// The first event is `ready`, when the node accepts connections.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The node's id, which no other node may have; with a / at the end, or empty, the rest is random
    #[arg(long, value_name = "ID", required_unless_present = "profile")]
    node: Option<String>,
    /// An address to listen on; port 0 is any that is free. May be given several times
    #[arg(long, value_name = "HOST:PORT")]
    bind: Vec<String>,
    /// Understand these ways to write messages, the preferred first: cbor, json, storable
    #[arg(long, value_name = "FRAMING,...", value_delimiter = ',', value_parser = parse_framing)]
    framing: Vec<Framing>,
    /// Have a port of this name, and print what it is sent
    #[arg(long, value_name = "NAME")]
    port: Vec<String>,
    /// Let other nodes spawn ports by this name, each of which runs COMMAND; it is split into arguments as a shell would, and
    /// no shell runs. A command reads the arguments as a JSON array, then a JSON array for each message; each line it prints
    /// that is an array [port, elements...] is sent
    #[arg(long, value_name = "NAME=COMMAND", value_parser = program::parse)]
    spawn: Vec<Spawnable>,
    /// Put a port into a group
    #[arg(long, value_name = "GROUP=PORT", value_parser = parse_membership)]
    group: Vec<Membership>,
    /// Accept nodes that send the secret as it is
    #[arg(long)]
    danger_accept_cleartext: bool,
    /// Print events as JSON objects
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    join: Join,
}

#[derive(Clone, Debug)]
struct Membership {
    group: String,
    port: String,
}

/// What happens, as it is printed.
#[derive(Debug, Serialize)]
struct Event {
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    addresses: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Vec<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Vec<Value>>,
}

impl Event {
    const fn new(event: &'static str) -> Self {
        Self { event, node: None, port: None, addresses: None, message: None, reason: None }
    }

    /// The event for people.
    fn text(&self) -> Result<String, Stop> {
        let who = self.node.iter().chain(&self.port).map(|who| format!(" {who}"));
        let mut text = self.event.to_owned() + &who.collect::<String>();
        for address in self.addresses.iter().flatten() {
            text += &format!(" {address}");
        }
        for elements in self.message.iter().chain(&self.reason) {
            text += &format!(" {}", elements::line(elements)?);
        }
        Ok(text)
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Stop> {
    wait(async {
        let (events, mut printed) = mpsc::channel(EVENTS_MAX);
        let node = arguments.start(&events).await?;
        let mut output = Output::new();
        loop {
            let event = tokio::select! {
                event = printed.recv() => event,
                () = signals::received() => break,
            };
            let Some(event) = event else { break };
            match arguments.json {
                true => output.print(&elements::line(&event)?)?,
                false => output.print(&event.text()?)?,
            }
        }
        node.stop();
        Ok(())
    })
}

impl Arguments {
    async fn start(&self, events: &mpsc::Sender<Event>) -> Result<Node, Stop> {
        let mut builder = self.join.builder(self.node.as_deref().unwrap_or_default(), |mut profile| {
            if !self.bind.is_empty() {
                profile.binds = Some(Vec::new());
            }
            profile
        })?;
        if self.danger_accept_cleartext {
            builder = builder.danger_accept_cleartext();
        }
        if !self.framing.is_empty() {
            builder = builder.framings(&self.framing);
        }
        builder = self.bind.iter().fold(builder, |builder, bind| builder.bind(bind));
        for spawnable in &self.spawn {
            let (spawnable, events) = (spawnable.clone(), events.clone());
            builder = builder.function(&spawnable.name.clone(), move |port, arguments| {
                let (spawnable, events) = (spawnable.clone(), events.clone());
                async move {
                    let id = port.id().to_string();
                    let ended = spawnable.run(port, arguments).await;
                    let reason = ended.as_ref().err().map(|error| vec!["die".into(), error.chain().to_string().into()]);
                    tell(
                        &events,
                        Event { port: Some(id), reason: Some(reason.unwrap_or_default()), ..Event::new("port_down") },
                    )
                    .await;
                    ended
                }
            });
        }
        let node = builder.start().await?;
        let ready = Event {
            node: Some(node.id().to_string()),
            addresses: Some(node.addresses().to_vec()),
            ..Event::new("ready")
        };
        tell(events, ready).await;
        tokio::spawn(watch_nodes(node.watch_nodes(), events.clone()));
        self.open_ports(&node, events)?;
        Ok(node)
    }

    fn open_ports(&self, node: &Node, events: &mpsc::Sender<Event>) -> Result<(), Stop> {
        let mut left: Vec<&Membership> = self.group.iter().collect();
        for name in &self.port {
            let port = node.named_port(name)?;
            for membership in left.extract_if(.., |membership| membership.port == *name) {
                node.join_group(&membership.group, &port);
            }
            tokio::spawn(print_messages(port, events.clone()));
        }
        match left.first() {
            None => Ok(()),
            Some(Membership { port, .. }) => {
                let text = format!("--group names the port {port:?}, which --port does not make");
                Err(Stop::with_exit(crate::exit::USAGE, text))
            }
        }
    }
}

/// Hands an event over to be printed. When nothing is printed any more, the node is about to end.
async fn tell(events: &mpsc::Sender<Event>, event: Event) {
    let _ = events.send(event).await;
}

async fn watch_nodes(mut nodes: NodeEvents, events: mpsc::Sender<Event>) {
    while let Some(change) = nodes.next().await {
        let mut event = Event::new(if change.is_up { "node_up" } else { "node_down" });
        event.node = Some(change.node.to_string());
        event.reason = (!change.is_up).then_some(change.reason);
        tell(&events, event).await;
    }
}

async fn print_messages(mut port: Port, events: mpsc::Sender<Event>) {
    let id = port.id().to_string();
    while let Ok(message) = port.recv().await {
        let event = Event { port: Some(id.clone()), message: Some(message.elements), ..Event::new("message") };
        tell(&events, event).await;
    }
    let event = Event { port: Some(id), reason: port.reason(), ..Event::new("port_down") };
    tell(&events, event).await;
}

fn parse_framing(name: &str) -> Result<Framing, String> {
    name.parse().map_err(|()| "the framings are cbor, json and storable".to_owned())
}

fn parse_membership(text: &str) -> Result<Membership, String> {
    let (group, port) = text.split_once('=').ok_or("a membership is GROUP=PORT")?;
    Ok(Membership { group: group.to_owned(), port: port.to_owned() })
}
