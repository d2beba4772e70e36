//! Nodes in processes of their own, over a network that breaks, and processes that are killed: every receiver sees what
//! was sent from the beginning up to some message, then the sender learns of the loss, then all begins anew.
#![cfg(all(feature = "net", target_os = "linux"))]

#[path = "support/child.rs"]
mod child;
#[path = "support/ledger.rs"]
mod ledger;
#[path = "support/proxy.rs"]
mod proxy;

use std::time::Duration;

use nuncio_codec::Value;
use nuncio_conformance::scale;
use nuncio_core::PortId;
use nuncio_mesh::proto::Generation;
use nuncio_mesh::proto::framing::Framing;
use nuncio_mesh::{Builder, Message, Node, NodeEvents};

use self::child::Child;
use self::ledger::{Ledger, Letter};
use self::proxy::Proxy;

const PATIENCE: Duration = Duration::from_secs(600);
/// What a message has beside its numbers: mostly little, and now and then so much that it goes another way.
const PADDING_BYTES: [usize; 2] = [200, 150_000];
const SMALL_FOR_ONE_LARGE: u64 = 500;
/// How many are sent while there is no connection.
const FIRST: u64 = 50;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

fn watched(name: &str, work: impl Future<Output = ()> + Send + 'static) {
    nuncio_conformance::within(PATIENCE, name, || runtime().block_on(work));
}

fn builder(id: &str, generation: Generation, framing: Framing) -> Builder {
    Node::builder(id).secret("geheim").generations(&[generation]).framings(&[framing])
}

fn generation(name: &str) -> Generation {
    if name == "1.x" { Generation::One } else { Generation::Two }
}

#[test]
#[ignore = "only as a process that another test starts"]
fn child_process() {
    let Some(words) = child::words() else { return };
    let [_, seed, name, framing] = &words[..] else { panic!("{words:?}") };
    let node = builder("beta", generation(name), framing.parse().expect("a framing"));
    child::end_with_parent();
    runtime().block_on(receive(node.seed(seed).connect_interval(Duration::from_millis(500))));
}

/// Holds all that comes against the guarantee, and says when the sender has come to an end.
async fn receive(builder: Builder) {
    let node = builder.start().await.expect("it starts");
    let mut sink = node.named_port("sink").expect("a fresh name");
    let mut own = node.port();
    child::say(own.id().as_str());
    tokio::spawn(async move {
        while let Ok(message) = own.recv().await {
            child::say(&format!("meant for another process: {message:?}"));
        }
    });
    let mut ledger = Ledger::default();
    while let Ok(mut message) = sink.recv().await {
        // The last element of a letter is only there to fill it.
        message.elements.pop();
        let Some(letter) = Letter::read(&message.elements) else {
            let [from, incarnation, epoch, sent] = numbers(&message);
            let settled = ledger.settle((from as usize, incarnation), epoch, sent);
            child::say(&settled.map_or_else(|wrong| wrong, |()| "settled".to_owned()));
            continue;
        };
        if let Err(wrong) = ledger.take(&letter) {
            child::say(&wrong);
        }
    }
}

fn numbers(message: &Message) -> [u64; 4] {
    let number = |place: usize| nuncio_mesh::proto::framing::text_of(&message.elements[place])?.parse().ok();
    std::array::from_fn(|place| number(place).expect("a number"))
}

/// Waits until a message is written at once, or is one of the first that wait for a connection.
async fn room(node: &Node, events: &mut NodeEvents, sink: &PortId, sent: u64) {
    while sent >= FIRST && node.nodes().is_empty() {
        events.next().await.expect("all are taken");
    }
    node.ready(sink).await;
}

/// Numbers what it sends, and begins anew after each loss.
struct Sender {
    node: Node,
    events: NodeEvents,
    sink: PortId,
    epoch: u64,
    sent: u64,
    monitor: nuncio_mesh::Monitor,
    padding: [Value; 2],
}

impl Sender {
    fn new(node: Node) -> Self {
        let sink: PortId = "beta#sink".parse().expect("a port id");
        let (monitor, padding) =
            (node.monitor(&sink), PADDING_BYTES.map(|bytes| Value::from("x".repeat(bytes).as_str())));
        Self { events: node.watch_nodes(), node, sink, epoch: 0, sent: 0, monitor, padding }
    }

    /// Sends the next letter, or learns of a loss.
    async fn step(&mut self) {
        tokio::select! {
            biased;
            reason = &mut self.monitor => {
                assert!(!reason.is_empty(), "the port never ends as it should");
                (self.epoch, self.sent) = (self.epoch + 1, 0);
                self.monitor = self.node.monitor(&self.sink);
                return;
            }
            () = room(&self.node, &mut self.events, &self.sink, self.sent) => {}
        }
        let letter = Letter { from: (0, 0), epoch: self.epoch, number: self.sent, receiver: 0 };
        let mut elements = letter.elements();
        let is_large = self.sent % SMALL_FOR_ONE_LARGE == SMALL_FOR_ONE_LARGE / 2;
        elements.push(self.padding[usize::from(is_large)].clone());
        match self.monitor.send(elements) {
            Ok(()) => self.sent += 1,
            Err(error) => assert_eq!(error.kind(), nuncio_core::ErrorKind::PeerGone, "{error}"),
        }
    }

    /// Goes on until a connection stands that nobody cuts.
    async fn come_to_rest(&mut self) {
        loop {
            let epoch = self.epoch;
            let beta = "beta".parse().expect("a node id");
            let is_there = self.node.flush(&beta, PATIENCE).await.is_ok();
            self.step().await;
            if is_there && self.epoch == epoch {
                return;
            }
        }
    }

    /// Has the receiver give account.
    fn settle(&self) {
        let numbers = [0, 0, self.epoch, self.sent].map(Value::from);
        self.monitor.send([&numbers[..], &["settle".into()]].concat()).expect("the connection stands");
    }
}

#[test]
fn a_link_that_is_cut_again_and_again_loses_nothing_unnoticed() {
    let cuts = scale::choose(10, 250);
    for (generation, framing) in [
        (Generation::Two, Framing::Cbor),
        (Generation::One, Framing::Json),
        (Generation::One, Framing::Storable),
        (Generation::Two, Framing::Json),
    ] {
        watched("cuts", async move {
            let alpha = builder("alpha", generation, framing).bind("127.0.0.1:0").start().await.expect("it starts");
            let proxy = Proxy::start(&alpha.addresses()[0], cuts, cuts).await;
            let mut child = Child::start(&format!("receive {} {generation} {framing}", proxy.address()));
            let mut sender = Sender::new(alpha);
            let mut total = 0;
            while proxy.cuts() < cuts {
                let before = sender.epoch;
                sender.step().await;
                total += u64::from(sender.epoch == before);
            }
            sender.come_to_rest().await;
            sender.settle();
            child.hear();
            assert_eq!(child.hear(), "settled", "{generation} {framing}");
            scale::report(&format!(
                "mesh: {cuts} links cut ({generation}, {framing}), {total} messages sent, {} losses told",
                sender.epoch
            ));
        });
    }
}

#[test]
fn a_process_that_is_killed_and_comes_back_is_sent_to_anew() {
    for generation in [Generation::Two, Generation::One] {
        watched("kills", async move {
            let kills = scale::choose(5, 100);
            let alpha = builder("alpha", generation, Framing::Json).bind("127.0.0.1:0").start().await;
            let alpha = alpha.expect("it starts");
            let start = || Child::start(&format!("receive {} {generation} json", alpha.addresses()[0]));
            let mut child = start();
            let mut sender = Sender::new(alpha.clone());
            for kill in 0..kills {
                let old: PortId = child.hear().parse().expect("the id of its own port");
                sender.come_to_rest().await;
                for _ in 0..100 * (kill % 7) {
                    sender.step().await;
                }
                drop(child);
                child = start();
                // Nobody else ever has this id; the process that has the node's id now least of all.
                alpha.send(&old, ["stray".into()]).expect("it can be written");
                let reason = alpha.monitor(&old).await;
                assert!(["no_such_port", "transport_error"].iter().any(|word| reason[0] == Value::from(*word)));
            }
            child.hear();
            sender.come_to_rest().await;
            sender.settle();
            assert_eq!(child.hear(), "settled", "{generation}");
            assert!(sender.epoch >= kills, "{} losses for {kills} kills", sender.epoch);
            scale::report(&format!("mesh: {kills} processes killed ({generation}), {} losses told", sender.epoch));
        });
    }
}
