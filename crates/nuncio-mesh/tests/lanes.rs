//! The second connection between nodes of nuncio, and their heartbeats: what waits for what, and who is refused.
#![cfg(all(feature = "net", target_os = "linux"))]

#[path = "support/net.rs"]
mod net;
#[path = "support/peer.rs"]
mod peer;

use std::time::Duration;

use nuncio_codec::Value;
use nuncio_mesh::proto::framing::Packet;
use nuncio_mesh::proto::lanes;
use nuncio_mesh::{Builder, Handlers, Node, Port};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use self::net::{PATIENCE, builder, node_id, pair, port_id, watched};
use self::peer::{Manner, Peer};

/// More than what waits for nobody.
fn large() -> Value {
    Value::from("x".repeat(100_000))
}

async fn numbers(port: &mut Port, count: usize) -> Vec<i64> {
    let mut numbers = Vec::new();
    for _ in 0..count {
        let message = port.recv().await.expect("it arrives");
        numbers.push(message.elements[0].as_i64().expect("a number"));
    }
    numbers
}

/// A node, and a peer by hand with both connections to it.
async fn with_peer(id: &str) -> (Node, Peer, Peer) {
    let node = builder("alpha").start().await.expect("it starts");
    let first = Peer::dial(&node.addresses()[0], &Manner::nuncio(id)).await.expect("it is let in");
    let second = second(&node, &first, id).await;
    (node, first, second)
}

/// The second connection, as soon as the other side has seen that the first one stands.
async fn second(node: &Node, first: &Peer, id: &str) -> Peer {
    loop {
        if let Some(second) = Peer::dial(&node.addresses()[0], &Manner::second(id, &first.nonces[1])).await {
            return second;
        }
        tokio::task::yield_now().await;
    }
}

#[test]
fn what_is_sent_to_another_port_does_not_wait_for_a_large_message() {
    watched("waits", async {
        let (node, mut first, mut second) = with_peer("peer").await;
        let (mut a, mut b) = (node.named_port("a").expect("fresh"), node.named_port("b").expect("fresh"));
        first.send("a", [Value::from(1)]).await;
        first.send("", ["nuncio_bulk".into(), Value::from("a")]).await;
        first.send("a", [Value::from(3)]).await;
        first.send("b", [Value::from(1)]).await;
        first.send("", ["time".into(), Value::from("peer#time")]).await;
        assert_eq!(numbers(&mut b, 1).await, [1]);
        assert!(matches!(first.receive_for("time").await.elements[0], Value::Float(_)));
        assert_eq!(numbers(&mut a, 1).await, [1]);
        assert!(a.try_recv().is_none(), "what comes behind the large message waits for it");
        second.send("a", [Value::from(2), large()]).await;
        assert_eq!(numbers(&mut a, 2).await, [2, 3]);
        // A large message may be there before its announcement.
        second.send("b", [Value::from(2), large()]).await;
        second.send("a", [Value::from(4), large()]).await;
        first.send("", ["nuncio_bulk".into(), Value::from("b")]).await;
        first.send("", ["nuncio_bulk".into(), Value::from("a")]).await;
        assert_eq!((numbers(&mut b, 1).await, numbers(&mut a, 1).await), (vec![2], vec![4]));
    });
}

#[test]
fn an_end_is_told_after_all_that_was_sent_before_it() {
    watched("end", async {
        let (node, mut first, mut second) = with_peer("peer").await;
        let mut port = node.named_port("a").expect("fresh");
        let mut monitor = node.monitor(&port_id("peer#w"));
        while first.receive_for("").await.elements != ["mon1".into(), Value::from("w")] {}
        first.send("", ["nuncio_bulk".into(), Value::from("a")]).await;
        first.send("", ["kil0".into(), "w".into(), Value::from("done")]).await;
        first.send("", ["time".into(), Value::from("peer#time")]).await;
        first.receive_for("time").await;
        assert!(monitor.try_fired().is_none());
        second.send("a", [Value::from(1), large()]).await;
        assert_eq!(monitor.await, [Value::from("done")]);
        assert_eq!(port.try_recv().expect("it was there before").elements[0], Value::from(1));
    });
}

/// A node that dials a peer by hand, with its first connection.
async fn dialling(adjust: impl FnOnce(Builder) -> Builder) -> (Node, TcpListener, Peer) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free address");
    let address = listener.local_addr().expect("an address").to_string();
    let node = adjust(Node::builder("alpha").secret("geheim").seed(&address)).start().await.expect("it starts");
    let (stream, _) = listener.accept().await.expect("it dials");
    let first = Peer::shake(stream, &Manner::nuncio("peer")).await.expect("it is let in");
    node.join(PATIENCE).await.expect("it is connected");
    (node, listener, first)
}

#[test]
fn large_messages_go_where_they_delay_nobody_and_lose_nothing_when_that_ends() {
    watched("dialled", async {
        let (node, listener, mut first) = dialling(|builder| builder).await;
        let [p, q] = ["peer#p", "peer#q"].map(port_id);
        let send = |to: &_, elements: Vec<Value>| node.send(to, elements).expect("it is sent");
        // The second connection does not stand, and so they wait for it, with what must not overtake them.
        send(&p, vec![1.into(), large()]);
        send(&p, vec![2.into()]);
        node.send_as(&p, &(3, "typed")).expect("it is sent");
        send(&port_id("peer"), vec!["my::function".into(), 3.into()]);
        send(&port_id("peer"), vec!["time".into(), "alpha#none".into()]);
        send(&q, vec![Value::from("small")]);
        assert_eq!(first.receive_for("q").await.elements, [Value::from("small")]);

        let (stream, _) = listener.accept().await.expect("it dials again");
        let mut manner = Manner::nuncio("peer");
        manner.nonce += " again";
        let mut second = Peer::shake(stream, &manner).await.expect("it is let in");
        assert_eq!(second.greeting.word, "aemp-nuncio-bulk");
        assert_eq!(second.greeting.key("belongs"), Some("nonce of peer"));
        let is_call = |packet: &Packet| packet.elements.first() == Some(&"my::function".into());
        let mut since = Vec::new();
        while !since.last().is_some_and(is_call) {
            since.push(first.receive().await.expect("it stays open"));
        }
        since.retain(|packet| packet.port == "p" || lanes::announced(packet).is_some() || is_call(packet));
        let typed = Packet::new("p", [3.into(), "typed".into()]);
        let kept = [Packet::new("", lanes::announcement("p")), Packet::new("p", [2.into()]), typed];
        assert_eq!(since, [&kept[..], &[Packet::new("", ["my::function".into(), 3.into()])]].concat());
        assert_eq!(second.receive().await.expect("it is there").elements[0], Value::from(1));

        // Nobody reads the second connection, and what else is sent arrives.
        for _ in 0..100 {
            send(&p, vec![Value::Null, large()]);
        }
        send(&q, vec![Value::from("small")]);
        assert_eq!(first.receive_for("q").await.elements, [Value::from("small")]);
        node.ready(&p).await;

        let monitor = node.monitor(&p);
        drop(second);
        let reason = monitor.await;
        assert_eq!(reason[..2], ["transport_error".into(), Value::from("peer")]);
        first.closed().await;
    });
}

#[test]
fn without_a_second_connection_large_messages_go_over_the_first_after_a_while() {
    watched("along", async {
        let interval = Duration::from_millis(50);
        let (node, _listener, mut first) = dialling(|builder| builder.connect_interval(interval)).await;
        let p = port_id("peer#p");
        for number in 1..=4 {
            let filling = if number % 2 == 1 { large() } else { Value::Null };
            node.send(&p, [Value::from(number), filling]).expect("it is sent");
        }
        for number in 1..=4 {
            assert_eq!(first.receive_for("p").await.elements[0], Value::from(number));
        }
        // Now none waits.
        node.send(&p, [5.into(), large()]).expect("it is sent");
        assert_eq!(first.receive_for("p").await.elements[0], Value::from(5));
    });
}

#[test]
fn what_waits_for_a_second_connection_is_bounded() {
    watched("bounded", async {
        let (node, _listener, mut first) = dialling(|builder| builder.outbox(1 << 20, 300_000)).await;
        let p = port_id("peer#p");
        let monitor = node.monitor(&p);
        for number in 0..3 {
            node.send(&p, [number.into(), large()]).expect("it is kept, or lost with the connection");
        }
        assert_eq!(monitor.await[0], Value::from("transport_error"));
        first.closed().await;
    });
}

#[test]
fn the_first_message_may_be_large_and_delays_no_small_one() {
    watched("first", async {
        let (alpha, beta) = pair(|builder| builder).await;
        let (arrived, mut arrivals) = tokio::sync::mpsc::unbounded_channel();
        let ports = ["large", "small"].map(|name| {
            let arrived = arrived.clone();
            let handlers = Handlers::new().otherwise(move |_, _| arrived.send(name).expect("it is awaited"));
            alpha.handle_named(name, handlers).expect("a fresh name")
        });
        // More than what else may wait for a connection, and there is none yet.
        beta.send(ports[0].id(), [Value::Bytes(vec![b'x'; 100 << 20])]).expect("it is kept");
        beta.join(PATIENCE).await.expect("a connection");
        beta.send(ports[1].id(), ["small".into()]).expect("it is sent");
        assert_eq!(arrivals.recv().await, Some("small"));
        assert_eq!(arrivals.recv().await, Some("large"));
    });
}

/// Sends small and large messages to two ports in turn, and holds each port's to their order.
async fn keeps_its_order(adjust: impl Fn(Builder) -> Builder) {
    let (alpha, beta) = pair(adjust).await;
    beta.join(PATIENCE).await.expect("a connection, before which not all of this would have room");
    let mut ports = [alpha.named_port("a").expect("fresh"), alpha.named_port("b").expect("fresh")];
    for number in 0..1000_i64 {
        for port in &ports {
            let size = if number % 7 == 3 { 70_000 + (number as usize % 5) * 50_000 } else { 10 };
            let elements = [Value::from(number), Value::from("x".repeat(size))];
            beta.ready(port.id()).await;
            beta.send(port.id(), elements).expect("it is sent");
        }
    }
    for port in &mut ports {
        assert!(numbers(port, 1000).await.iter().copied().eq(0..1000), "{port:?}");
    }
    beta.flush(alpha.id(), PATIENCE).await.expect("all has arrived");
    assert_eq!((alpha.nodes(), beta.nodes()), (vec![node_id("beta")], vec![node_id("alpha")]));
}

#[test]
fn real_nodes_keep_the_order_of_each_port_with_large_messages_among_others() {
    watched("real", keeps_its_order(|builder| builder));
    let certificate = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/certificates/mesh.pem");
    watched("over TLS", keeps_its_order(move |builder| builder.tls(certificate.clone())));
}

/// Writes lines and gives what comes back until the other side closes.
async fn provoke(address: &str, lines: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let mut answer = Vec::new();
    // It may close while this is written.
    let _ = stream.write_all(lines.as_bytes()).await;
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).expect("text")
}

#[test]
fn a_second_connection_belongs_to_a_first_one_of_the_same_node_or_is_refused() {
    watched("refused", async {
        let (node, mut first, mut second) = with_peer("peer").await;
        let mut port = node.named_port("a").expect("fresh");
        let address = &node.addresses()[0];
        let nonce = first.nonces[1].clone();
        let mut wrong_secret = Manner::second("peer", &nonce);
        wrong_secret.secret = "falsch".into();
        for manner in [
            Manner::second("other", &nonce),
            Manner::second("peer", "another nonce"),
            Manner::second("alpha", &nonce),
            wrong_secret,
            // It has one.
            Manner::second("peer", &nonce),
        ] {
            if let Some(mut refused) = Peer::dial(address, &manner).await {
                refused.closed().await;
            }
        }
        let auths = "hmac_sha3_512;cbor";
        let long = "x".repeat(5000);
        for lines in [
            format!("aemp-nuncio-bulk;1;peer;{auths}\nn\n"),
            format!("aemp-nuncio-bulk;2;peer;{auths};belongs={nonce}\nn\n"),
            format!("aemp-nuncio-bulk;1;alpha;{auths};belongs={nonce}\nn\n"),
            format!("aemp-nuncio-bulk;1;peer;{auths};belongs={long}\nn\n"),
            format!("aemp-nuncio-bulk;1;peer;{auths};belongs={nonce}\nn\nhmac_sha3_512;{};cbor\n", "0".repeat(128)),
            format!("aemp-nuncio-bulk;1;peer;{auths};belongs={nonce}\nn\ncleartext;67656865696d;cbor\n"),
            format!("aemp-nuncio-other;1;peer;{auths};belongs={nonce}\nn\n"),
        ] {
            let answer = provoke(address, &lines).await;
            assert!(answer.lines().count() <= 3, "{lines:.60} got {answer}");
        }
        // Neither of the two has noticed anything.
        first.send("", ["nuncio_bulk".into(), Value::from("a")]).await;
        second.send("a", [Value::from(1)]).await;
        assert_eq!(numbers(&mut port, 1).await, [1]);
    });
}

#[test]
fn a_nodes_own_lines_are_not_taken_back_for_a_second_connection() {
    watched("echo", async {
        let (node, first, _second) = with_peer("peer").await;
        let mut stream = TcpStream::connect(&node.addresses()[0]).await.expect("it listens");
        let mut lines = Vec::new();
        while lines.iter().filter(|byte| **byte == b'\n').count() < 2 {
            assert!(stream.read_buf(&mut lines).await.expect("it greets") > 0);
        }
        let lines = String::from_utf8(lines).expect("text");
        let nonce = lines.lines().nth(1).expect("two lines");
        // The greeting would do, but the nonce is its own.
        let greeting = format!("aemp-nuncio-bulk;1;peer;hmac_sha3_512;cbor;belongs={}", first.nonces[1]);
        stream.write_all(format!("{greeting}\n{nonce}\n").as_bytes()).await.expect("it reads");
        let mut rest = Vec::new();
        // It may be cut off.
        let _ = stream.read_to_end(&mut rest).await;
        assert!(rest.is_empty(), "it proved itself to its own nonce");
    });
}

#[test]
fn connections_that_do_not_fit_together_are_ended() {
    watched("misfit", async {
        for misfit in ["other port", "malformed"] {
            let (node, mut first, mut second) = with_peer("peer").await;
            let monitor = node.monitor(&port_id("peer#p"));
            first.send("", ["nuncio_bulk".into(), Value::from("a")]).await;
            match misfit {
                "other port" => second.send("b", [Value::from(1)]).await,
                _ => second.stream.write_all(&[0xff; 100]).await.expect("it reads"),
            }
            assert_eq!(monitor.await[0], Value::from("transport_error"), "{misfit}");
            first.closed().await;
        }
    });
}

#[test]
fn a_node_that_falls_silent_is_noticed_and_one_that_only_has_nothing_to_say_is_not() {
    watched("silence", async {
        let node = builder("alpha").heartbeat(Duration::from_millis(20)).monitor_timeout(Duration::from_millis(500));
        let node = node.start().await.expect("it starts");
        let address = &node.addresses()[0];
        let mut silent = Peer::dial(address, &Manner::nuncio("silent").with_key("heartbeat", "20")).await.expect("in");
        let original = Peer::dial(address, &Manner::nuncio("original")).await.expect("in");
        let quiet = Node::builder("quiet").secret("geheim").heartbeat(Duration::from_millis(20)).seed(address);
        let quiet = quiet.start().await.expect("it starts");
        quiet.join(PATIENCE).await.expect("in");
        let monitor = node.monitor(&port_id("silent"));
        assert_eq!(silent.greeting.key("heartbeat"), Some("20"));
        let reason = monitor.await;
        assert_eq!(reason[..2], ["transport_error".into(), Value::from("silent")]);
        assert!(format!("{:?}", reason[2]).contains("nothing was heard"), "{reason:?}");
        // It was shown that the other side lives, as long as it was let in.
        let mut beats = 0;
        while let Some(packet) = silent.receive().await {
            beats += usize::from(packet == Default::default());
        }
        assert!(beats > 2, "{beats}");
        assert!(node.nodes().contains(&node_id("quiet")) && node.nodes().contains(&node_id("original")));
        drop(original);
    });
}
