//! Log messages of other nodes: who gets them, in which form, and that they do not go in circles.
#![cfg(all(feature = "net", target_os = "linux"))]

#[path = "support/net.rs"]
mod net;
#[path = "support/peer.rs"]
mod peer;

use std::fmt;
use std::sync::{Arc, Mutex};

use nuncio_codec::Value;
use nuncio_mesh::proto::Generation;
use nuncio_mesh::{LOG_TARGET, LogShare, Node};
use tokio::sync::mpsc;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber, span};

use self::net::{PATIENCE, builder, node_id, watched};
use self::peer::{Manner, Peer};

/// What a node collected, as its program sees it.
#[derive(Clone, Debug)]
struct Seen(mpsc::UnboundedSender<(Level, String)>);

/// All that the fields of an event say.
#[derive(Default)]
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0 += &format!("{}={value:?} ", field.name());
    }
}

impl Subscriber for Seen {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == LOG_TARGET
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        // The test may be over.
        let _ = self.0.send((*event.metadata().level(), fields.0));
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// A subscriber that gives events of one program to its share, and keeps what it was given.
struct Sharing(LogShare, Arc<Mutex<Vec<String>>>);

impl Subscriber for Sharing {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        self.1.lock().expect("no panic").push(event.metadata().target().to_owned());
        self.0.event(event);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[test]
fn messages_of_nodes_that_share_them_are_events_on_the_one_that_collects() {
    // The only test in this program that sets the subscriber of all threads.
    let (seen, mut events) = mpsc::unbounded_channel();
    tracing::subscriber::set_global_default(Seen(seen)).expect("it is the first");
    watched("logs", async move {
        for generation in [Generation::One, Generation::Two] {
            let logs = LogShare::new();
            let worker =
                builder("worker").generations(&[generation]).share_logs(&logs).start().await.expect("it starts");
            let seeded =
                |id: &str| Node::builder(id).secret("geheim").generations(&[generation]).seed(&worker.addresses()[0]);
            let silent = seeded("silent").start().await.expect("it starts");
            let watcher = seeded("watcher").start().await.expect("it starts");
            let collecting = watcher.collect_logs(Level::INFO);
            watcher.join(PATIENCE).await.expect("a connection");
            // Whether the worker was asked already, only a message shows.
            let first = loop {
                logs.message(Level::WARN, "worker::disk", "97 % full\n");
                tokio::select! {
                    first = events.recv() => break first.expect("it is collected"),
                    () = tokio::task::yield_now() => {}
                }
            };
            assert_eq!(first.0, Level::WARN);
            assert!(first.1.contains("message=97 % full ") && first.1.contains("node=worker"), "{}", first.1);
            assert_eq!(first.1.contains("worker::disk"), generation == Generation::Two, "{}", first.1);

            logs.message(Level::DEBUG, "worker", "not asked for");
            logs.message(Level::ERROR, "worker", "last");
            let last = loop {
                let event = events.recv().await.expect("it is collected");
                assert!(!event.1.contains("not asked for"));
                if event.1.contains("message=last") {
                    break event;
                }
            };
            assert_eq!(last.0, Level::ERROR);
            drop((silent, collecting));
        }
    });
}

#[test]
fn only_who_is_allowed_is_sent_anything_and_only_to_its_own_port() {
    watched("asked", async {
        let logs = LogShare::new();
        let node = builder("alpha").share_logs(&logs).start().await.expect("it starts");
        let closed = builder("closed").start().await.expect("it starts");
        let mut peers = Vec::new();
        for address in [&node.addresses()[0], &closed.addresses()[0]] {
            let mut peer = Peer::dial(address, &Manner::nuncio("peer")).await.expect("it is let in");
            let connect = "AnyEvent::MP::LogCatcher::connect";
            for (port, level) in [("other#log", 9), ("peer#log", 5), ("peer#log", 9)] {
                peer.send("", [connect.into(), 0.into(), port.into(), Value::from(level)]).await;
            }
            peer.send("", [connect.into(), Value::Null]).await;
            peer.send("", ["snd".into(), Value::from("peer#asked")]).await;
            peer.receive_for("asked").await;
            peers.push(peer);
        }
        let heard = Arc::new(Mutex::new(Vec::new()));
        tracing::subscriber::with_default(Sharing(logs.clone(), Arc::clone(&heard)), || {
            tracing::info!("above its level");
            tracing::warn!(target: LOG_TARGET, "collected elsewhere, and not sent on");
            tracing::warn!(target: "own", disk = 97, "it is full");
        });
        assert!(heard.lock().expect("no panic").len() >= 3);
        let packet = peers[0].receive_for("log").await;
        assert!(matches!(packet.elements[0], Value::Float(_)));
        assert_eq!(packet.elements[1..], ["own".into(), 5.into(), Value::from("it is full disk=97")]);
        // The other one answers, and has sent nothing before.
        closed.send(&"peer#end".parse().expect("a port id"), [Value::Null]).expect("it is sent");
        while let Some(packet) = peers[1].receive().await {
            assert_ne!(&*packet.port, "log");
            if &*packet.port == "end" {
                break;
            }
        }
        assert_eq!(node.nodes(), [node_id("peer")]);
    });
}
