//! The blocking client of three lines, with a node and with what was recorded.
#![cfg(all(feature = "net", target_os = "linux"))]

#[path = "support/net.rs"]
mod net;
mod support;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use nuncio_codec::Value;
use nuncio_core::ErrorKind;
use nuncio_mesh::proto::Generation;
use nuncio_mesh::{Handlers, SimpleClient, SimpleEvent};

use self::net::{PATIENCE, builder, port_id, watched};

/// Runs a blocking client beside the runtime.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("no panic")
}

fn client(id: &str, address: &str) -> nuncio_core::Result<SimpleClient> {
    SimpleClient::builder(id).secret("geheim").connect(address)
}

#[test]
fn it_sends_is_answered_watches_and_is_watched() {
    watched("client", async {
        for generation in [Generation::One, Generation::Two] {
            let node = builder("alpha").generations(&[generation]).start().await.expect("it starts");
            let port = node.handle_named(
                "echo",
                Handlers::new()
                    .on("end", |port, ()| port.kill([Value::from("done")]))
                    .on("echo", |port, (text, asker): (String, String)| {
                        port.node().send(&asker.parse()?, [Value::from(text)])
                    }),
            );
            let port = port.expect("a fresh name");
            let (address, mut log) = (node.addresses()[0].clone(), node.named_port("log").expect("fresh"));
            let done = beside(move || {
                let mut client = client("simple.1", &address).expect("it is let in");
                assert_eq!(client.node().as_str(), "alpha");
                let own = client.port("own").expect("a name");
                client.send(&port_id("alpha#log"), ["hello".into(), own.as_str().into()]).expect("it is sent");
                let echo = port_id("alpha#echo");
                let answer = client.call(&echo, ["echo".into(), "café €".into()], PATIENCE).expect("an answer");
                assert_eq!(answer.elements, [Value::from("café €")]);
                let late = client.call(&echo, ["end of".into()], Duration::ZERO).expect_err("there is no time");
                assert_eq!(late.kind(), ErrorKind::TimedOut);
                (client, own, echo)
            });
            let (mut client, own, echo) = done.await;
            assert!(log.recv().await.expect("it came").is("hello"));
            assert_eq!(port.ended().await[0], Value::from("unhandled_message"));
            node.send(&own, [1.into(), Value::Null]).expect("it is sent");
            let nothing = node.monitor(&port_id("simple.1#none"));
            let ended = beside(move || {
                let event = client.receive(PATIENCE).expect("connected").expect("in time");
                let SimpleEvent::Message { port, message } = event else { panic!("{event:?}") };
                assert_eq!((&*port, message.elements), ("own", vec![1.into(), Value::Null]));
                client.monitor(&echo).expect("it is sent");
                let ended = client.receive(PATIENCE).expect("connected").expect("in time");
                assert_eq!(client.receive(Duration::ZERO).expect("connected"), None);
                assert!(client.monitor(&port_id("beta#p")).is_err());
                ended
            });
            let SimpleEvent::Ended { port, reason } = ended.await else { panic!("it has ended") };
            assert_eq!((port.as_str(), &reason[0]), ("alpha#echo", &Value::from("no_such_port")));
            assert_eq!(nothing.await[0], Value::from("no_such_port"), "it is asked while it receives, and answers");
        }
    });
}

#[test]
fn what_keeps_it_out_is_said() {
    watched("refused", async {
        let node = builder("alpha").start().await.expect("it starts");
        let address = node.addresses()[0].clone();
        beside(move || {
            let kind = |client: nuncio_core::Result<SimpleClient>| client.expect_err("it is kept out").kind();
            let other = SimpleClient::builder("x").secret("falsch").connect(&address);
            assert_eq!(kind(other), ErrorKind::Unauthenticated);
            let shown = SimpleClient::builder("x").secret("geheim").danger_cleartext().connect(&address);
            assert_eq!(kind(shown), ErrorKind::Unauthenticated, "the node does not accept that");
            assert_eq!(kind(SimpleClient::builder("x").connect(&address)), ErrorKind::Misconfigured);
            let elsewhere = SimpleClient::builder("x").secret("s").connect("192.0.2.1:4040");
            assert_eq!(kind(elsewhere), ErrorKind::Misconfigured);
            assert_eq!(kind(client("no name", &address)), ErrorKind::InvalidName);
            assert_eq!(kind(client("alpha", &address)), ErrorKind::Refused);
        })
        .await;
    });
}

#[test]
fn it_speaks_to_the_recorded_original_as_the_recorded_client_did() {
    let case = support::recorded("v1-cleartext-simple-client.json");
    let connection = &case["connections"][0];
    let answers: String = support::list(&connection["events"])
        .iter()
        .filter(|event| event["from"] == "acceptor")
        .filter_map(|event| event["text"].as_str())
        .collect();
    nuncio_conformance::within(PATIENCE, "recorded", move || {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free address");
        let address = listener.local_addr().expect("an address").to_string();
        let original = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("it dials");
            let (greeting, rest) = answers.split_at(answers.find("\nhmac").expect("a proof") + 1);
            stream.write_all(greeting.as_bytes()).expect("it reads");
            let mut lines = Vec::new();
            while lines.iter().filter(|byte| **byte == b'\n').count() < 3 {
                let mut byte = [0];
                stream.read_exact(&mut byte).expect("three lines");
                lines.push(byte[0]);
            }
            // The recorded proof is for another nonce, and so is refused; an original's secret is known to the client.
            stream.write_all(rest.as_bytes()).expect("it reads");
            String::from_utf8(lines).expect("text")
        });
        let client = SimpleClient::builder("rustnode.1").secret("geheim").generations(&[Generation::One]);
        let refused = client.danger_cleartext().connect(&address).expect_err("the proof is for another nonce");
        assert_eq!(refused.kind(), ErrorKind::Unauthenticated);
        let lines = original.join().expect("no panic");
        let lines: Vec<&str> = lines.lines().collect();
        assert_eq!((lines[0], lines[2]), ("aemp;1;rustnode.1;hmac_md6_64_256;json", "cleartext;67656865696d;json"));
    });
}
