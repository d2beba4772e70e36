//! Nodes by their addresses, nodes that become public, and nodes hidden behind others.
#![cfg(all(feature = "net", target_os = "linux"))]

#[path = "support/net.rs"]
mod net;

use std::time::Duration;

use nuncio_codec::Value;
use nuncio_core::ErrorKind;
use nuncio_mesh::proto::Generation;
use nuncio_mesh::{Node, NodeReference};

use self::net::{PATIENCE, builder, port_id, watched};

async fn reference(list: &str) -> NodeReference {
    NodeReference::resolve(list).await.expect("addresses")
}

#[test]
fn a_node_is_reached_by_any_of_its_addresses_and_told_apart_from_nobody() {
    watched("reach", async {
        let alpha = builder("alpha").bind("127.0.0.1:0").start().await.expect("it starts");
        let beta = Node::builder("beta").secret("geheim").start().await.expect("it starts");
        assert_eq!((alpha.addresses().len(), beta.reference()), (2, None));
        for list in [alpha.addresses()[1].clone(), alpha.reference().expect("it listens").to_string()] {
            let reached = beta.reach(&reference(&list).await, PATIENCE).await.expect("it answers");
            assert_eq!(reached, *alpha.id());
        }
        // An address where nobody listens does no harm beside one where somebody does.
        let (nowhere, somewhere) = ("127.0.0.1:1", &alpha.addresses()[0]);
        let list = reference(&format!("{nowhere},{somewhere}")).await;
        assert_eq!(beta.reach(&list, PATIENCE).await.expect("it answers"), *alpha.id());
        assert_eq!(alpha.reach(&list, PATIENCE).await.expect("it is itself"), *alpha.id());
        let nobody = beta.reach(&reference(nowhere).await, Duration::from_millis(50)).await;
        assert_eq!(nobody.expect_err("nobody listens").kind(), ErrorKind::Unavailable);
        let stranger = Node::builder("stranger").secret("falsch").start().await.expect("it starts");
        let refused = stranger.reach(&list, PATIENCE).await.expect_err("the secrets differ");
        assert_eq!(refused.kind(), ErrorKind::Unauthenticated, "{refused}");
        assert_eq!(beta.nodes(), [alpha.id().clone()]);
    });
}

#[test]
fn a_private_node_that_becomes_public_is_found_by_others() {
    watched("public", async {
        for generation in [Generation::One, Generation::Two] {
            let seed = builder("seed").generations(&[generation]).start().await.expect("it starts");
            let seeded = |id: &str| {
                let builder = Node::builder(id).secret("geheim").generations(&[generation]).seed(&seed.addresses()[0]);
                builder.connect_interval(Duration::from_millis(200)).monitor_timeout(Duration::from_secs(5))
            };
            let (private, other) = (seeded("private").start().await, seeded("other").start().await);
            let (private, other) = (private.expect("it starts"), other.expect("it starts"));
            private.join(PATIENCE).await.expect("a connection");
            other.join(PATIENCE).await.expect("a connection");
            let mut port = private.named_port("p").expect("a fresh name");
            private.become_public(&["127.0.0.1:0"]).await.expect("a free address");
            assert_eq!(private.addresses().len(), 1);
            // Until the mesh has told where it listens, nobody knows.
            loop {
                let monitor = other.monitor(port.id());
                other.send(port.id(), [Value::from("hello")]).expect("it is sent");
                tokio::select! {
                    message = port.recv() => break assert!(message.expect("it arrives").is("hello")),
                    reason = monitor => assert_eq!(reason[0], Value::from("transport_error")),
                }
            }
            assert!(other.nodes().contains(private.id()), "it is connected to, and not through another");
            let again = private.become_public(&["127.0.0.1:0"]).await.expect_err("it is");
            assert_eq!(again.kind(), ErrorKind::AlreadyExists);
            let refused = other.become_public(&["0.0.0.0:0"]).await.expect_err("plain text stays here");
            assert_eq!((refused.kind(), other.addresses().len()), (ErrorKind::Misconfigured, 0));
        }
    });
}

#[test]
fn a_hidden_node_is_sent_to_through_one_that_relays_and_no_other() {
    watched("hidden", async {
        for relays in [true, false] {
            let relay = builder("relay");
            let relay = if relays { relay.relays_to_hidden() } else { relay };
            let relay = relay.start().await.expect("it starts");
            let seeded = |id: &str| Node::builder(id).secret("geheim").seed(&relay.addresses()[0]);
            let (hidden, sender) = (seeded("hidden").start().await, seeded("sender").bind("127.0.0.1:0").start().await);
            let (hidden, sender) = (hidden.expect("it starts"), sender.expect("it starts"));
            hidden.join(PATIENCE).await.expect("a connection");
            sender.join(PATIENCE).await.expect("a connection");
            let mut port = hidden.named_port("p").expect("a fresh name");
            // Both are connected to the relay, which knows that one listens and the other does not.
            hidden.flush(relay.id(), PATIENCE).await.expect("connected");
            sender.send_through(relay.id(), port.id(), [Value::from("through")]).expect("it is sent");
            sender
                .send_through(relay.id(), &port_id("hidden"), ["snd".into(), Value::from("sender#x")])
                .expect("it is sent");
            sender.flush(relay.id(), PATIENCE).await.expect("connected");
            relay.flush(hidden.id(), PATIENCE).await.expect("connected");
            match relays {
                true => assert!(port.try_recv().expect("it was relayed").is("through")),
                false => assert_eq!(port.try_recv(), None),
            }
        }
    });
}
