//! Streams of bytes between two programs: with real nodes, and with a peer that says what the original was recorded to say.
#![cfg(all(feature = "net", target_os = "linux"))]

#[path = "support/net.rs"]
mod net;
#[path = "support/peer.rs"]
mod peer;

use std::time::Duration;

use nuncio_codec::Value;
use nuncio_core::{ErrorKind, NodeId};
use nuncio_mesh::{Builder, DataStream, Node};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use self::net::{PATIENCE, builder, node_id, port_id, watched};
use self::peer::{Manner, Peer};

/// What came over a stream: the arguments, from whom, and the bytes.
type Came = (Vec<Value>, NodeId, Vec<u8>);

/// A node that takes streams, answers each with `ok`, and tells what came.
fn taking(builder: Builder, told: mpsc::UnboundedSender<Came>) -> Builder {
    builder.stream_function("::dc_rx", move |mut stream: DataStream, arguments| {
        let told = told.clone();
        async move {
            let mut bytes = Vec::new();
            stream.read_to_end(&mut bytes).await.expect("it ends");
            stream.write_all(b"ok").await.expect("somebody reads");
            stream.shutdown().await.expect("somebody reads");
            told.send((arguments, stream.node().clone(), bytes)).expect("somebody waits");
            Ok(())
        }
    })
}

/// Sends over a stream and waits for the answer.
async fn talk(mut stream: DataStream, bytes: &[u8]) {
    stream.write_all(bytes).await.expect("it is read");
    stream.shutdown().await.expect("it is read");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("it ends");
    assert_eq!(answer, b"ok");
}

#[test]
fn a_stream_is_made_from_either_side_even_where_only_one_listens() {
    watched("sides", async {
        let certificate = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/certificates/mesh.pem");
        for tls in [false, true] {
            let secured = |builder: Builder| if tls { builder.tls(certificate.clone()) } else { builder };
            let (told, mut came) = mpsc::unbounded_channel();
            let alpha = taking(secured(builder("alpha")), told.clone()).start().await.expect("it starts");
            let beta = Node::builder("beta").secret("geheim").seed(&alpha.addresses()[0]);
            let beta = taking(secured(beta), told).start().await.expect("it starts");
            beta.join(PATIENCE).await.expect("a connection");
            let bytes: Vec<u8> = (0..1_000_000_u32).map(|number| number as u8).collect();
            for (from, to) in [(&beta, &alpha), (&alpha, &beta), (&alpha, &alpha)] {
                let arguments = [Value::from("initarg"), Value::from(7)];
                let stream = from.open_stream(to.id(), "::dc_rx", arguments.clone(), PATIENCE).await.expect("a stream");
                assert_eq!(stream.node(), to.id());
                talk(stream, &bytes).await;
                let (told, node, read) = came.recv().await.expect("it came");
                assert_eq!((told, &node, read.len()), (arguments.to_vec(), from.id(), bytes.len()));
                assert!(read == bytes);
            }
        }
    });
}

#[test]
fn nobody_who_does_not_want_streams_gets_one() {
    watched("unwanted", async {
        let alpha = builder("alpha").start().await.expect("it starts");
        let beta = Node::builder("beta").secret("geheim").seed(&alpha.addresses()[0]).start().await.expect("it starts");
        beta.join(PATIENCE).await.expect("a connection");
        let refused = beta.open_stream(alpha.id(), "::dc_rx", [], PATIENCE).await.expect_err("it takes none");
        assert_eq!(refused.kind(), ErrorKind::Refused, "{refused}");
        let refused = alpha.open_stream(alpha.id(), "::dc_rx", [], PATIENCE).await.expect_err("it takes none");
        assert_eq!(refused.kind(), ErrorKind::Refused);
        // It cannot dial, and nobody dials it.
        let late = alpha.open_stream(beta.id(), "::dc_rx", [], Duration::from_millis(200)).await;
        assert_eq!(late.expect_err("it takes none").kind(), ErrorKind::TimedOut);
        let gone = beta.open_stream(&node_id("nobody"), "::dc_rx", [], Duration::from_millis(200)).await;
        let gone = gone.expect_err("there is none").kind();
        assert!(matches!(gone, ErrorKind::TimedOut | ErrorKind::Unavailable), "{gone:?}");
        assert_eq!(alpha.nodes(), [node_id("beta")]);
    });
}

fn data(id: &str, stream: &str) -> Manner {
    let mut manner = Manner::nuncio(id).with_key("dataconn_id", stream);
    manner.word = "aemp-dataconn".into();
    manner.nonce = format!("nonce of {stream}");
    manner
}

/// Tells the node to expect a stream, and waits until it does.
async fn expect(first: &mut Peer, id: &str, function: &str) {
    let words = ["AnyEvent::MP::DataConn::_expect", id, "beta#Gbkh8eX3.b"].map(Value::from);
    first.send("", [&words[..], &[5.into(), function.into(), "initarg".into()]].concat()).await;
    first.send("", ["snd".into(), Value::from("beta#Gbkh8eX3.c")]).await;
    assert!(first.receive_for("Gbkh8eX3.c").await.elements.is_empty());
}

#[test]
fn as_acceptor_it_does_as_the_original_was_recorded_to_do() {
    watched("acceptor", async {
        let (told, mut came) = mpsc::unbounded_channel();
        let node = taking(builder("alpha"), told).start().await.expect("it starts");
        let mut first = Peer::dial(&node.addresses()[0], &Manner::nuncio("beta")).await.expect("it is let in");
        expect(&mut first, "b@beta", "::dc_rx").await;
        let mut stream = Peer::dial(&node.addresses()[0], &data("beta", "b@beta")).await.expect("it is expected");
        assert_eq!(stream.greeting.word, "aemp", "who accepts greets as ever");
        stream.stream.write_all(b"line from beta\n").await.expect("it reads");
        stream.stream.shutdown().await.expect("it reads");
        let came = came.recv().await.expect("it came");
        assert_eq!(came, (vec!["initarg".into()], node_id("beta"), b"line from beta\n".to_vec()));
    });
}

#[test]
fn as_initiator_it_does_as_the_original_was_recorded_to_do() {
    watched("initiator", async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free address");
        let address = listener.local_addr().expect("an address").to_string();
        let node = Node::builder("beta").secret("geheim").seed(&address).start().await.expect("it starts");
        let mut manner = Manner::nuncio("alpha");
        manner.keys.clear();
        let (stream, _) = listener.accept().await.expect("it dials");
        let mut first = Peer::shake(stream, &manner).await.expect("it is let in");
        let opening = {
            let node = node.clone();
            tokio::spawn(async move {
                let five = Duration::from_secs(5);
                node.open_stream(&node_id("alpha"), "::dc_rx", ["initarg".into()], five).await
            })
        };
        let told = loop {
            let packet = first.receive_for("").await;
            if packet.elements[0] == Value::from("AnyEvent::MP::DataConn::_expect") {
                break packet.elements;
            }
        };
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let id = text(&told[1]);
        assert!(id.ends_with("@beta"), "{id}");
        assert!(text(&told[2]).starts_with("beta#"));
        assert_eq!(told[3..], [5.into(), "::dc_rx".into(), Value::from("initarg")]);
        let echo = loop {
            let packet = first.receive_for("").await;
            if packet.elements[0] == Value::from("snd") {
                break text(&packet.elements[1]);
            }
        };
        first.send(echo.strip_prefix("beta#").expect("its own"), []).await;
        let (stream, _) = listener.accept().await.expect("it dials again");
        manner.nonce += " again";
        let mut data = Peer::shake(stream, &manner).await.expect("it is let in");
        assert_eq!((&*data.greeting.word, data.greeting.key("dataconn_id")), ("aemp-dataconn", Some(&*id)));
        let mut stream = opening.await.expect("no panic").expect("it stands");
        data.stream.write_all(b"line from alpha\n").await.expect("it reads");
        let mut line = [0; 16];
        stream.read_exact(&mut line).await.expect("it comes");
        assert_eq!(&line, b"line from alpha\n");
    });
}

#[test]
fn only_the_node_that_announced_it_gets_a_stream_and_only_once() {
    watched("refused", async {
        let (told, mut came) = mpsc::unbounded_channel();
        let node = taking(builder("alpha"), told).start().await.expect("it starts");
        let address = node.addresses()[0].clone();
        let mut first = Peer::dial(&address, &Manner::nuncio("beta")).await.expect("it is let in");
        expect(&mut first, "b@beta", "::dc_rx").await;
        expect(&mut first, "c@beta", "::no_such_function").await;
        let mut wrong_secret = data("beta", "b@beta");
        wrong_secret.secret = "falsch".into();
        for manner in [
            data("gamma", "b@beta"),
            data("beta", "c@beta"),
            data("beta", "never announced"),
            data("alpha", "b@beta"),
            wrong_secret,
        ] {
            if let Some(mut refused) = Peer::dial(&address, &manner).await {
                refused.closed().await;
            }
        }
        // Its own lines are not taken back, with this word as with any other.
        let mut echo = tokio::net::TcpStream::connect(&address).await.expect("it listens");
        let mut lines = Vec::new();
        while lines.iter().filter(|byte| **byte == b'\n').count() < 2 {
            assert!(echo.read_buf(&mut lines).await.expect("it greets") > 0);
        }
        let nonce = String::from_utf8(lines).expect("text").lines().nth(1).expect("two").to_owned();
        let greeting = format!("aemp-dataconn;1;beta;hmac_sha3_512;cbor;dataconn_id=b@beta\n{nonce}\n");
        echo.write_all(greeting.as_bytes()).await.expect("it reads");
        let mut rest = Vec::new();
        // It may be cut off.
        let _ = echo.read_to_end(&mut rest).await;
        assert!(rest.is_empty(), "it proved itself to its own nonce");

        let mut stream = Peer::dial(&address, &data("beta", "b@beta")).await.expect("it is still expected");
        stream.stream.shutdown().await.expect("it reads");
        assert!(came.recv().await.expect("it came").2.is_empty());
        if let Some(mut second) = Peer::dial(&address, &data("beta", "b@beta")).await {
            second.closed().await;
        }
        assert_eq!(node.nodes(), [node_id("beta")]);
        // One that is given up is not expected any more.
        expect(&mut first, "d@beta", "::dc_rx").await;
        let watched = node.monitor(&port_id("beta#Gbkh8eX3.b"));
        first.send("", ["kil0".into(), "Gbkh8eX3.b".into()]).await;
        watched.await;
        // It may come before that was noticed, and then it is a stream as any other; but no second time.
        while let Some(stream) = Peer::dial(&address, &data("beta", "d@beta")).await {
            drop(stream);
        }
    });
}
