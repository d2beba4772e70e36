//! The tour of a mesh: a second process is a node that sends parcels back, one leg for each kind of parcel. In the last leg
//! there are three nodes, and one of them is killed and started again.

use std::ops::Range;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use nuncio::Error;
use nuncio::codec::to_value;
use nuncio::core::PortId;
use nuncio::mesh::config::random_secret;
use nuncio::mesh::{HandlerPort, Handlers, Message, Monitor, Node, Port};

use super::parcel::{Kind, Parcel};
use super::peer::Peer;
use super::report::{Leg, Measured};
use super::room::Room;
use super::{Tour, legs};
use crate::rpc::wait;
use crate::signals;
use crate::stop::Stop;

pub(super) const TOUR: Tour = Tour { needs_server: false, run };

const TRANSPORT: &str = "mesh";
/// The node of the demo itself.
const OWN: &str = "demo";
/// The port at which parcels are sent back.
const PORT: &str = "parcels";
/// How many parcels are on their way to a node and back when it is killed.
const UNDER_WAY: u64 = 1000;
const SECRET_BYTES: usize = 24;
/// A message that takes longer than this will not come. It is never reached unless something is wrong.
const PATIENCE: Duration = Duration::from_secs(10);

/// Be a node of the demo that checks parcels and sends them back
#[derive(Args, Debug)]
pub(crate) struct PeerArguments {
    kind: Kind,
    node: String,
    seed: String,
    secret: PathBuf,
}

/// Serves until it is killed, or the node of the demo is gone.
///
/// # Errors
/// It cannot join the mesh.
pub(crate) fn run_peer(arguments: &PeerArguments) -> Result<(), Stop> {
    let kind = arguments.kind;
    let send_back = move |port: &HandlerPort, (parcel, to): (Parcel, String)| {
        kind.check(&parcel, parcel.number())?;
        port.node().send_as(&to.parse()?, &[parcel])?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
    };
    wait(async {
        let node = Node::builder(&arguments.node).secret_file(&arguments.secret)?.seed(&arguments.seed).start().await?;
        let _port = node.handle_named(PORT, Handlers::new().on_type(send_back))?;
        let demo = node.join(PATIENCE).await?;
        node.send(&PortId::new(&format!("{demo}#{}", arguments.node))?, ["ready".into()])?;
        node.monitor(&PortId::new(demo.as_str())?).await;
        Ok(())
    })
}

fn run(room: &Room) -> Result<Vec<Leg>, Stop> {
    let secret = random_secret(SECRET_BYTES)?;
    std::fs::write(room.secret(), &secret).map_err(|error| Stop::failed(format_args!("write the secret: {error}")))?;
    let mut all = legs(TRANSPORT, |kind| within(echoed(room, &secret, kind)))?;
    let killed = within(one_is_killed(room, &secret));
    all.push(Leg { claim: "the others intact, the end told", ..Leg::of(TRANSPORT, "one of three killed", killed)? });
    Ok(all)
}

fn within(leg: impl Future<Output = Result<Measured, Stop>>) -> Result<Measured, Stop> {
    wait(async {
        tokio::select! {
            measured = leg => measured,
            () = signals::received() => Err(Stop::Interrupted),
        }
    })
}

/// Two nodes.
async fn echoed(room: &Room, secret: &str, kind: Kind) -> Result<Measured, Stop> {
    let node = own_node(secret).await?;
    let mut echo = Echo::start(room, &node, kind, "echo").await?;
    let (at_once, one_by_one) = kind.amounts();
    let began = Instant::now();
    echo.stream(0..at_once).await?;
    let elapsed = began.elapsed();
    let round_trips = echo.round_trips(at_once..at_once + one_by_one).await?;
    Ok(Measured::new(2 * at_once, elapsed, round_trips))
}

/// Three nodes, of which one is killed in the midst of a stream, and another process takes its place.
async fn one_is_killed(room: &Room, secret: &str) -> Result<Measured, Stop> {
    let kind = Kind::Small;
    let (at_once, one_by_one) = kind.amounts();
    let node = own_node(secret).await?;
    let mut survivor = Echo::start(room, &node, kind, "survivor").await?;
    let mut victim = Echo::start(room, &node, kind, "victim").await?;
    let began = Instant::now();
    let (survived, came_back) = tokio::join!(survivor.stream(0..at_once), victim.stream_until_killed(at_once / 4));
    let elapsed = began.elapsed();
    survived?;
    victim.start_again(room).await?;
    // It knows nothing of its forerunner, and nothing that was meant for that one comes to it.
    victim.stream(0..one_by_one).await?;
    let round_trips = survivor.round_trips(at_once..at_once + one_by_one).await?;
    Ok(Measured::new(2 * (at_once + came_back?), elapsed, round_trips))
}

async fn own_node(secret: &str) -> Result<Node, Stop> {
    Ok(Node::builder(OWN).secret(secret).bind("127.0.0.1:0").start().await?)
}

/// A node in a second process that sends parcels back.
struct Echo<'a> {
    process: Peer,
    node: &'a Node,
    kind: Kind,
    name: &'static str,
    to: PortId,
    back: Port,
}

impl<'a> Echo<'a> {
    /// Starts it and waits until it is there.
    async fn start(room: &Room, node: &'a Node, kind: Kind, name: &'static str) -> Result<Self, Stop> {
        let to = PortId::new(&format!("{name}#{PORT}"))?;
        let (process, back) = (process(room, node, kind, name)?, node.named_port(name)?);
        let mut echo = Self { process, node, kind, name, to, back };
        echo.is_there().await?;
        Ok(echo)
    }

    async fn start_again(&mut self, room: &Room) -> Result<(), Stop> {
        self.process = process(room, self.node, self.kind, self.name)?;
        self.is_there().await
    }

    async fn is_there(&mut self) -> Result<(), Stop> {
        let message = self.back.recv_timeout(PATIENCE).await?;
        match message.is("ready") {
            true => Ok(()),
            false => Err(Stop::failed(format_args!("{} sent {:?} before it was ready", self.name, message.elements))),
        }
    }

    /// Sends parcels as fast as they are taken, and receives them as they come back.
    async fn stream(&mut self, numbers: Range<u64>) -> Result<(), Stop> {
        let sender = self.sender();
        let (sent, received) = tokio::join!(sender.send_all(numbers.clone()), self.receive_all(numbers));
        received.and(sent.map_err(Stop::from))
    }

    /// The same with no more than [`UNDER_WAY`] under way, and kills the process when so many are back. How many came back in
    /// all: from the first one on, without holes.
    async fn stream_until_killed(&mut self, count: u64) -> Result<u64, Stop> {
        let (sender, end) = (self.sender(), self.node.monitor(&self.to));
        (0..UNDER_WAY).try_for_each(|number| sender.send(number))?;
        for number in 0..count {
            sender.send(number + UNDER_WAY)?;
            self.receive(number).await?;
        }
        self.process.kill();
        let reason = tokio::time::timeout(PATIENCE, end).await;
        let reason = reason.map_err(|_| Stop::failed("nobody was told that the node is gone"))?;
        if reason.first() != Some(&"transport_error".into()) {
            return Err(Stop::failed(format_args!("the node was killed, and {reason:?} is told")));
        }
        let mut next = count;
        while let Some(message) = self.back.try_recv() {
            self.check(message, next)?;
            next += 1;
        }
        Ok(next)
    }

    /// Sends parcels one by one, and says how long each took there and back.
    async fn round_trips(&mut self, numbers: Range<u64>) -> Result<Vec<Duration>, Stop> {
        let (sender, mut round_trips) = (self.sender(), Vec::new());
        for number in numbers {
            let began = Instant::now();
            sender.send(number)?;
            self.receive(number).await?;
            round_trips.push(began.elapsed());
        }
        Ok(round_trips)
    }

    async fn receive_all(&mut self, numbers: Range<u64>) -> Result<(), Stop> {
        for number in numbers {
            self.receive(number).await?;
        }
        Ok(())
    }

    async fn receive(&mut self, number: u64) -> Result<(), Stop> {
        let message = self.back.recv_timeout(PATIENCE).await?;
        self.check(message, number)
    }

    fn check(&self, message: Message, number: u64) -> Result<(), Stop> {
        let [parcel]: [Parcel; 1] = message.decode()?;
        self.kind.check(&parcel, number).map_err(Stop::failed)
    }

    fn sender(&self) -> Sender<'a> {
        let monitor = self.node.monitor(&self.to);
        Sender { node: self.node, kind: self.kind, monitor, to: self.to.clone(), back: self.back.id().clone() }
    }
}

/// Sends parcels as long as the process lives that they are meant for.
struct Sender<'a> {
    node: &'a Node,
    kind: Kind,
    monitor: Monitor,
    to: PortId,
    back: PortId,
}

impl Sender<'_> {
    async fn send_all(&self, numbers: Range<u64>) -> Result<(), Error> {
        for number in numbers {
            self.node.ready(&self.to).await;
            self.send(number)?;
        }
        Ok(())
    }

    fn send(&self, number: u64) -> Result<(), Error> {
        let parcel = to_value(&self.kind.parcel(number))?;
        self.monitor.send([parcel, self.back.as_str().into()])
    }
}

/// Starts a node in a second process.
fn process(room: &Room, node: &Node, kind: Kind, name: &str) -> Result<Peer, Stop> {
    Peer::start_with(|command| {
        command.args(["demo-mesh-peer", kind.name(), name, &node.addresses()[0]]).arg(room.secret());
    })
}
