//! Nodes on a real network, all on this machine: ports, monitors, spawning, groups, the database, and those who misbehave.
#![cfg(all(feature = "net", target_os = "linux"))]

#[path = "support/net.rs"]
mod net;

use std::time::Duration;

use nuncio_codec::{Map, Value};
use nuncio_core::ErrorKind;
use nuncio_mesh::proto::Generation;
use nuncio_mesh::proto::framing::{Framing, text_of};
use nuncio_mesh::{Builder, Node};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use self::net::{PATIENCE, builder, node_id, pair, port_id, watched};

/// An echo that any node can spawn.
fn with_echo(builder: Builder) -> Builder {
    builder.function("test::echo", async |mut port, arguments| {
        loop {
            let message = port.recv().await?;
            if message.is("fail") {
                return Err(nuncio_core::Error::new(ErrorKind::Refused, "echo"));
            }
            assert!(!message.is("panic"), "as it was told");
            let Some(Value::Text(to)) = message.elements.last() else { continue };
            let answer: Vec<Value> = arguments.iter().cloned().chain(message.elements.iter().cloned()).collect();
            port.node().send(&to.parse()?, answer)?;
        }
    })
}

#[test]
fn messages_cross_in_every_generation_and_framing_in_order() {
    for generation in [Generation::One, Generation::Two] {
        for framing in Framing::ALL {
            watched("messages", async move {
                let (alpha, beta) = pair(|builder| builder.generations(&[generation]).framings(&[framing])).await;
                let mut sink = alpha.named_port("sink").expect("a fresh name");
                for number in 0..1000 {
                    let elements: [Value; 4] = ["n".into(), number.into(), 2.5.into(), "ü€".into()];
                    beta.send(sink.id(), elements).expect("it can be written");
                }
                for number in 0..1000 {
                    let message = sink.recv().await.expect("it arrives");
                    assert!(
                        message.begins_with(&[
                            Some("n".into()),
                            Some(number.into()),
                            Some("2.5".into()),
                            Some("ü€".into())
                        ]),
                        "{message:?}"
                    );
                }
                assert_eq!(beta.nodes(), [node_id("alpha")]);
            });
        }
    }
}

#[test]
fn a_selective_receive_leaves_the_others_in_their_order() {
    watched("selective", async {
        let node = builder("alone").start().await.expect("it starts");
        let mut port = node.port();
        for tag in ["a", "b", "c", "b", "d"] {
            node.send(port.id(), [Value::from(tag)]).expect("local");
        }
        assert!(port.recv_tag("c").await.expect("it is there").is("c"));
        assert!(port.recv_tag("b").await.expect("it is there").is("b"));
        for tag in ["a", "b", "d"] {
            assert!(port.recv().await.expect("it is there").is(tag));
        }
        assert_eq!(port.recv_timeout(Duration::ZERO).await.expect_err("nothing is left").kind(), ErrorKind::TimedOut);
    });
}

#[test]
fn monitors_tell_why_a_port_ended() {
    watched("monitors", async {
        let (alpha, beta) = pair(with_echo).await;
        let spawned = beta.spawn(&node_id("alpha"), "test::echo", ["x".into()]);
        let answer = beta.call(&spawned, ["ping".into()], PATIENCE).await.expect("it answers");
        assert!(answer.begins_with(&[Some("x".into()), Some("ping".into())]));

        let end = beta.monitor(&spawned);
        beta.kill(&spawned, ["bye".into(), "because".into()]);
        assert_eq!(end.await, ["bye".into(), Value::from("because")]);
        let gone = beta.monitor(&spawned).await;
        assert_eq!(gone[0], Value::from("no_such_port"));

        for (word, text) in [("fail", "echo: refused by the other side"), ("panic", "as it was told")] {
            let spawned = beta.spawn(&node_id("alpha"), "test::echo", []);
            let end = beta.monitor(&spawned);
            beta.send(&spawned, [Value::from(word)]).expect("it is sent");
            assert_eq!(end.await, ["die".into(), Value::from(text)]);
        }
        let nothing = beta.spawn(&node_id("alpha"), "main::system", ["reboot".into()]);
        assert_eq!(beta.monitor(&nothing).await[0], Value::from("no_such_port"));

        let port = alpha.port();
        let (watched, linked) = (beta.monitor(port.id()), beta.port());
        beta.link(&linked, port.id());
        beta.kill(port.id(), ["not allowed".into()]);
        assert!(beta.call(&port_id("alpha"), ["time".into()], PATIENCE).await.is_ok());
        assert_eq!(port.reason(), None, "it is private");
        port.end(["it was time".into()]);
        assert_eq!(watched.await, [Value::from("it was time")]);
        let mut linked = linked;
        assert_eq!(linked.recv().await.expect_err("it was linked").kind(), ErrorKind::Closed);
    });
}

#[test]
fn a_node_that_stops_fires_monitors_and_one_that_comes_back_is_reached_again() {
    watched("restart", async {
        for generation in [Generation::One, Generation::Two] {
            let alpha = builder("alpha").generations(&[generation]).start().await.expect("it starts");
            let address = alpha.addresses()[0].clone();
            let beta = builder("beta").generations(&[generation]).seed(&address).start().await.expect("it starts");
            let mut events = beta.watch_nodes();
            let port = alpha.named_port("p").expect("a fresh name");
            let monitor = beta.monitor(port.id());
            beta.send(port.id(), [Value::from(1)]).expect("it is sent");
            assert!(events.next().await.expect("up").is_up);
            alpha.stop();
            drop((port, alpha));
            let reason = monitor.await;
            assert_eq!(reason[..2], ["transport_error".into(), Value::from("alpha")]);
            assert!(!events.next().await.expect("down").is_up);

            let again = Node::builder("alpha").secret("geheim").generations(&[generation]).bind(&address).start().await;
            let again = again.expect("the address is free again");
            let mut port = again.named_port("p").expect("a fresh name");
            assert!(events.next().await.expect("up").is_up);
            beta.send(port.id(), [Value::from(2)]).expect("it is sent");
            assert_eq!(port.recv().await.expect("it arrives").elements, [Value::from(2)]);
        }
    });
}

#[test]
fn groups_and_the_database_are_known_to_those_who_watch() {
    watched("groups", async {
        for generation in [Generation::One, Generation::Two] {
            let (alpha, beta) = pair(|builder| builder.generations(&[generation])).await;
            let mut changes = beta.watch("workers");
            let worker = alpha.port();
            alpha.join_group("workers", &worker);
            let change = changes.next().await.expect("it joins");
            assert_eq!(change.set.keys().collect::<Vec<_>>(), [worker.id().as_str()]);
            assert_eq!(beta.group("workers"), [worker.id().clone()]);
            let id = worker.id().to_string();
            drop(worker);
            assert_eq!(&*changes.next().await.expect("it leaves").deleted[0], id.as_str());
            if generation == Generation::Two {
                let mut colors = alpha.watch("colors");
                beta.set("colors", Map::from_iter([("red", 1)]));
                assert_eq!(colors.next().await.expect("it is set").set, Map::from_iter([("red", 1)]));
                beta.delete("colors", &["red"]);
                assert_eq!(&*colors.next().await.expect("it is deleted").deleted[0], "red");
            }
        }
    });
}

#[test]
fn a_third_node_is_reached_through_the_seed() {
    watched("three", async {
        for generation in [Generation::One, Generation::Two] {
            let adjust = |id: &str| builder(id).generations(&[generation]);
            let alpha = adjust("alpha").start().await.expect("it starts");
            let beta = adjust("beta").seed(&alpha.addresses()[0]).start().await.expect("it starts");
            let gamma = adjust("gamma").seed(&alpha.addresses()[0]).start().await.expect("it starts");
            let mut port = gamma.named_port("p").expect("a fresh name");
            // Until the seed has heard of the other one, nobody knows where it is.
            loop {
                let monitor = beta.monitor(port.id());
                beta.send(port.id(), [Value::from("hello")]).expect("it is sent");
                tokio::select! {
                    message = port.recv() => break assert!(message.expect("it arrives").is("hello")),
                    reason = monitor => assert_eq!(reason[0], Value::from("transport_error")),
                }
            }
        }
    });
}

#[test]
fn a_sender_that_waits_for_room_loses_nothing_and_one_that_does_not_is_told() {
    watched("room", async {
        let (alpha, beta) = pair(|builder| builder.outbox(64 << 10, 512 << 10)).await;
        let mut sink = alpha.named_port("sink").expect("a fresh name");
        let (id, block) = (sink.id().clone(), Value::from("x".repeat(1000).as_str()));
        beta.call(&port_id("alpha"), ["time".into()], PATIENCE).await.expect("connected");
        let sender = {
            let (beta, id, block) = (beta.clone(), id.clone(), block.clone());
            tokio::spawn(async move {
                for number in 0..5000_u64 {
                    beta.ready(&id).await;
                    beta.send(&id, [number.into(), block.clone()]).expect("it is sent");
                }
            })
        };
        for number in 0..5000_u64 {
            assert_eq!(sink.recv().await.expect("it arrives").elements[0], Value::from(number));
        }
        sender.await.expect("no panic");

        let monitor = beta.monitor(&id);
        let large = Value::from("x".repeat(300 << 10).as_str());
        for _ in 0..1000 {
            beta.send(&id, [large.clone()]).expect("it is sent, or lost with notice");
        }
        assert_eq!(monitor.await[0], Value::from("transport_error"));
    });
}

#[test]
fn a_port_that_never_receives_ends_alone() {
    watched("full", async {
        let (alpha, beta) = pair(|builder| builder.mailbox_capacity(100).mailbox_bytes(1 << 20)).await;
        let text = Value::from("x".repeat(20_000).as_str());
        for (name, count, filling) in [("lazy", 1000, Value::Null), ("heavy", 90, text)] {
            let lazy = alpha.named_port(name).expect("a fresh name");
            let monitor = beta.monitor(lazy.id());
            for number in 0..count {
                beta.send(lazy.id(), [Value::from(number), filling.clone()]).expect("it is sent");
            }
            assert_eq!(monitor.await[0], Value::from("mailbox_full"));
        }
        assert!(beta.call(&port_id("alpha"), ["time".into()], PATIENCE).await.is_ok());
    });
}

#[test]
fn plain_text_stays_on_this_machine_unless_it_is_allowed() {
    watched("plain", async {
        let refused = Node::builder("x").secret("s").bind("0.0.0.0:0").start().await.expect_err("not loopback");
        assert_eq!(refused.kind(), ErrorKind::Misconfigured);
        assert!(refused.to_string().contains("danger_plaintext"), "{refused}");
        let refused = Node::builder("x").secret("s").seed("192.0.2.1:4040").start().await.expect_err("not loopback");
        assert_eq!(refused.kind(), ErrorKind::Misconfigured);
        Node::builder("x").secret("s").bind("0.0.0.0:0").danger_plaintext().start().await.expect("it is allowed");
    });
}

/// Writes lines to a node and gives what it sends until it closes.
async fn provoke(address: &str, lines: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let mut answer = Vec::new();
    // It may close while this is written.
    let _ = stream.write_all(lines).await;
    let _ = stream.read_to_end(&mut answer).await;
    answer
}

#[test]
fn those_who_cannot_prove_themselves_are_refused_and_disturb_nobody() {
    watched("hostile", async {
        let (alpha, beta) = pair(|builder| builder).await;
        let mut sink = alpha.named_port("sink").expect("a fresh name");
        let auths = "hmac_sha3_512,hmac_md6_64_256";
        let long = format!("aemp;1;x;{auths};json;k={}\n", "x".repeat(5000));
        for lines in [
            format!("aemp;1;x;{auths};json\nnonce\nhmac_sha3_512;{};json\n", "0".repeat(128)),
            format!("aemp;1;x;{auths};json\nnonce\ncleartext;67656865696d;json\n"),
            format!("aemp;2;x;{auths};json\nnonce\n"),
            format!("aemp;1;alpha;{auths};json\nnonce\n"),
            format!("aemp;1;beta;{auths};json\nnonce\n"),
            format!("aemp-dataconn;1;x;{auths};json\nnonce\n"),
            "GET / HTTP/1.1\r\n\r\n".to_owned(),
            long,
        ] {
            let answer = provoke(&alpha.addresses()[0], lines.as_bytes()).await;
            let answer = String::from_utf8(answer).expect("text");
            assert!(answer.lines().count() <= 3, "{lines:.40} got {answer}");
            beta.send(sink.id(), [Value::from("still here")]).expect("it is sent");
            assert!(sink.recv().await.expect("it arrives").is("still here"));
        }
        assert_eq!(alpha.nodes(), [node_id("beta")]);
    });
}

#[test]
fn a_secret_that_differs_keeps_nodes_apart() {
    watched("secrets", async {
        let alpha = builder("alpha").start().await.expect("it starts");
        let other = Node::builder("other")
            .secret("falsch")
            .seed(&alpha.addresses()[0])
            .monitor_timeout(Duration::from_millis(300));
        let other = other.start().await.expect("it starts");
        let reason = other.monitor(&port_id("alpha#p")).await;
        assert_eq!(reason[0], Value::from("transport_error"));
        assert!(alpha.nodes().is_empty() && other.nodes().is_empty());
    });
}

#[test]
fn half_a_handshake_and_then_silence_is_ended() {
    watched("silence", async {
        let node = builder("alpha").monitor_timeout(Duration::from_millis(100)).start().await.expect("it starts");
        let answer = provoke(&node.addresses()[0], b"aemp;1;x;hmac_sha3_512;json\n").await;
        assert_eq!(answer.iter().filter(|byte| **byte == b'\n').count(), 2);
    });
}

/// The three lines of a simple client, and its connection.
async fn simple_client(address: &str, name: &str) -> BufReader<TcpStream> {
    let mut stream = BufReader::new(TcpStream::connect(address).await.expect("it listens"));
    let lines = format!("aemp;1;{name};hmac_md6_64_256;json\n\ncleartext;67656865696d;json\n");
    stream.write_all(lines.as_bytes()).await.expect("it reads");
    for _ in 0..3 {
        let mut line = String::new();
        stream.read_line(&mut line).await.expect("it answers");
    }
    stream
}

/// Reads until so much text has come.
async fn read_until(stream: &mut BufReader<TcpStream>, text: &str) -> String {
    let mut read = String::new();
    while !read.contains(text) {
        let piece = stream.fill_buf().await.expect("it stays open");
        assert!(!piece.is_empty(), "closed after {read}");
        read += &String::from_utf8_lossy(piece);
        let length = piece.len();
        stream.consume(length);
    }
    read
}

#[test]
fn a_simple_client_of_three_lines_is_served_where_it_is_allowed() {
    watched("simple", async {
        let node = builder("alpha").danger_accept_cleartext().start().await.expect("it starts");
        let mut port = node.named_port("p").expect("a fresh name");
        let mut client = simple_client(&node.addresses()[0], "simple.1").await;
        let greeted = read_until(&mut client, "seedme1").await;
        assert!(greeted.contains("AnyEvent::MP::Global::connect"), "{greeted}");
        client.write_all(b" \n[\"\",\"info\",\"simple.1#x\"][\"p\",\"caf\\u00e9\",[1,{}]]").await.expect("it reads");
        assert!(read_until(&mut client, "\"x\",").await.contains(r#"["x","alpha"]"#));
        assert_eq!(text_of(&port.recv().await.expect("it arrives").elements[0]).expect("text"), "café");
        node.send(&port_id("simple.1#y"), ["é".into(), Value::Null]).expect("it is sent");
        assert!(read_until(&mut client, "\"y\"").await.contains(r#"["y","é",null]"#));
        client.write_all(b"[\"p\", nonsense]").await.expect("it reads");
        let mut rest = Vec::new();
        client.read_to_end(&mut rest).await.expect("it closes");
    });
}

#[test]
fn a_node_without_listener_shows_that_it_is_alive() {
    watched("alive", async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free address");
        let address = listener.local_addr().expect("an address").to_string();
        let node = Node::builder("").secret("geheim").generations(&[Generation::One]).seed(&address);
        let node = node.danger_accept_cleartext().danger_offer_cleartext();
        let node = node.monitor_timeout(Duration::from_millis(500)).start().await.expect("it starts");
        assert!(node.id().as_str().starts_with("anon/"));
        let (stream, _) = listener.accept().await.expect("it dials");
        let mut stream = BufReader::new(stream);
        stream.write_all(b"aemp;1;s;cleartext;json\nn\ncleartext;67656865696d;json\n").await.expect("it reads");
        let _ = read_until(&mut stream, "[][]").await;
    });
}

fn certificate(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/certificates").join(name)
}

#[test]
fn nodes_with_a_certificate_of_the_mesh_speak_tls() {
    for (left, right) in [("mesh.pem", "mesh.pem"), ("mesh.pem", "member.pem"), ("member.pem", "mesh.pem")] {
        for generation in [Generation::One, Generation::Two] {
            watched("tls", async move {
                // The secrets differ, and do not matter. A member knows the authority, which its own certificate is not.
                let adjust = |builder: Builder, pem: &str| {
                    let builder = builder.generations(&[generation]).tls(certificate(pem));
                    if pem == "member.pem" { builder.tls_authority(certificate("authority.pem")) } else { builder }
                };
                let alpha = adjust(builder("alpha").secret("one"), left).start().await.expect("it starts");
                let beta = adjust(Node::builder("beta").secret("other"), right).seed(&alpha.addresses()[0]);
                let beta = beta.start().await.expect("it starts");
                let mut port = alpha.named_port("p").expect("a fresh name");
                let large = Value::from("x".repeat(1 << 20).as_str());
                beta.send(port.id(), [large.clone()]).expect("it is sent");
                assert_eq!(port.recv().await.expect("it arrives").elements, [large]);
                beta.flush(alpha.id(), PATIENCE).await.expect("and back");
            });
        }
    }
}

#[test]
fn a_stranger_does_not_come_in_by_tls_and_neither_in_plain_text_where_that_is_not_allowed() {
    watched("strangers", async {
        let alpha = builder("alpha").tls(certificate("mesh.pem")).start().await.expect("it starts");
        let seeded = |id: &str| Node::builder(id).secret("geheim").seed(&alpha.addresses()[0]);
        let stranger = seeded("stranger").tls(certificate("stranger.pem")).start().await.expect("it starts");
        let refused = stranger.join(PATIENCE).await.expect_err("nobody knows its certificate");
        assert_eq!(refused.kind(), ErrorKind::Unauthenticated, "{refused}");
        // On this machine one without certificate is spoken with, if it knows the secret.
        let plain = seeded("plain").start().await.expect("it starts");
        assert_eq!(plain.join(PATIENCE).await.expect("it knows the secret"), *alpha.id());
        plain.flush(alpha.id(), PATIENCE).await.expect("the other side knows it too");
        assert_eq!(alpha.nodes(), [node_id("plain")]);
    });
    watched("files", async {
        for (pem, reason) in [("authority.pem", "no private key"), ("nothing.pem", "read the certificate")] {
            let refused = builder("x").tls(certificate(pem)).start().await.expect_err("it is not fit");
            assert!(refused.to_string().contains(reason), "{refused}");
        }
    });
}
