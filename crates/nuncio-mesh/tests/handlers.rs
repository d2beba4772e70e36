//! Ports with handlers: which of them run, what they get, in which order, and what becomes of a port whose handler fails.
#![cfg(all(feature = "net", target_os = "linux"))]

#[path = "support/net.rs"]
mod net;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use nuncio_codec::Value;
use nuncio_core::ErrorKind;
use nuncio_mesh::proto::framing::{Framing, text_of};
use nuncio_mesh::{HandlerPort, Handlers, Message, Next, Node};
use serde::Deserialize;
use tokio::sync::mpsc;

use self::net::{PATIENCE, builder, node_id, pair, port_id, watched};

/// What handlers were run with.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, text: impl Into<String>) {
        self.0.lock().expect("no panic").push(text.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no panic"))
    }

    /// A handler that notes that it was run.
    fn noting<T: std::fmt::Debug>(&self, name: &'static str) -> impl FnMut(&HandlerPort, T) + Send + use<T> {
        let log = self.clone();
        move |_, arguments| log.add(format!("{name} {arguments:?}"))
    }
}

/// Waits until all that was sent to a port from here is handled.
async fn settled(port: &HandlerPort) {
    let (done, mut is_done) = mpsc::unbounded_channel();
    port.run(move |_| done.send(()));
    is_done.recv().await;
}

fn elements(message: &Message) -> String {
    format!("{:?}", message.elements)
}

#[test]
fn all_matching_handlers_run_in_their_groups_and_one_that_is_done_is_removed() {
    watched("groups", async {
        let (node, log) = (builder("alone").start().await.expect("it starts"), Log::default());
        let (others, once) = (log.clone(), log.clone());
        let handlers = Handlers::new()
            .on_pattern([None, Some(Value::from(2))], log.noting::<Message>("any, 2"))
            .on_pattern([Some("a".into()), None], log.noting::<Message>("a, any"))
            .on("a", log.noting::<(u32,)>("a"))
            .on("a", move |_, (number,): (String,)| {
                once.add(format!("once {number}"));
                Next::Remove
            })
            .otherwise(move |_, message| others.add(format!("otherwise {}", elements(&message))));
        let port = node.handle(handlers);
        for message in
            [["a".into(), Value::from(2)], ["a".into(), 3.into()], ["b".into(), "2".into()], ["c".into(), 1.into()]]
        {
            node.send(port.id(), message).expect("local");
        }
        node.send(port.id(), ["a".into()]).expect("too short for all of them");
        settled(&port).await;
        let whole = |elements: &str| format!("Message {{ elements: [{elements}] }}");
        assert_eq!(
            log.take(),
            [
                "a (2,)".to_owned(),
                "once 2".to_owned(),
                format!("a, any {}", whole("Text(\"a\"), Int(2)")),
                format!("any, 2 {}", whole("Text(\"a\"), Int(2)")),
                "a (3,)".to_owned(),
                format!("a, any {}", whole("Text(\"a\"), Int(3)")),
                format!("any, 2 {}", whole("Text(\"b\"), Text(\"2\")")),
                "otherwise [Text(\"c\"), Int(1)]".to_owned(),
                "otherwise [Text(\"a\")]".to_owned(),
            ]
        );
    });
}

#[derive(Debug, Deserialize)]
enum Order {
    Add(u64, u64),
    Fail,
}

#[test]
fn handlers_come_and_go_while_messages_do() {
    watched("changes", async {
        let (node, log) = (builder("alone").start().await.expect("it starts"), Log::default());
        let later = log.clone();
        let handlers = Handlers::new()
            .on("learn", move |port, ()| port.add(Handlers::new().on("new", later.noting::<()>("new"))))
            .on("forget", |port, ()| port.remove("new"))
            .otherwise(log.noting::<Message>("otherwise"));
        let port = node.handle(handlers);
        for word in ["new", "learn", "new", "forget", "new"] {
            node.send(port.id(), [Value::from(word)]).expect("local");
        }
        settled(&port).await;
        let otherwise = "otherwise Message { elements: [Text(\"new\")] }";
        assert_eq!(log.take(), [otherwise, "new ()", otherwise]);
    });
}

#[test]
fn messages_from_other_nodes_are_handled_in_order_in_every_framing() {
    for framing in Framing::ALL {
        watched("framings", async move {
            let (alpha, beta) = pair(|builder| builder.framings(&[framing])).await;
            let (sums, mut received) = mpsc::unbounded_channel();
            let handlers = Handlers::new().on_type(move |_, order: Order| match order {
                Order::Add(left, right) => sums.send((left, right)),
                Order::Fail => unreachable!("nobody sends it"),
            });
            let port = alpha.handle_named("sums", handlers).expect("a fresh name");
            for number in 0..1000_u64 {
                let other = if number % 2 == 0 { Value::from(number) } else { Value::from(number.to_string()) };
                beta.send(port.id(), ["Add".into(), number.into(), other]).expect("it can be written");
            }
            for number in 0..1000 {
                assert_eq!(received.recv().await, Some((number, number)), "{framing}");
            }
        });
    }
}

#[test]
fn senders_here_and_there_are_each_handled_in_order_and_never_at_the_same_time() {
    watched("mixed", async {
        let (alpha, beta) = pair(|builder| builder).await;
        let (done, mut is_done) = mpsc::unbounded_channel();
        let (mut next, is_inside) = ([0_u64; 3], std::sync::atomic::AtomicBool::new(false));
        let handlers = Handlers::new().on("n", move |_, (from, number): (usize, u64)| {
            use std::sync::atomic::Ordering;
            assert!(!is_inside.swap(true, Ordering::SeqCst), "two at once");
            assert_eq!(next[from], number, "of {from}");
            next[from] += 1;
            is_inside.store(false, Ordering::SeqCst);
            if next == [5000; 3] {
                done.send(()).expect("somebody waits");
            }
        });
        let port = alpha.handle(handlers);
        let mut senders = Vec::new();
        for (from, node) in [alpha.clone(), beta.clone(), alpha.clone()].into_iter().enumerate() {
            let id = port.id().clone();
            senders.push(tokio::spawn(async move {
                for number in 0..5000_u64 {
                    node.send(&id, ["n".into(), Value::from(from as u64), number.into()]).expect("it is sent");
                    if number % 100 == 0 {
                        tokio::task::yield_now().await;
                    }
                }
            }));
        }
        tokio::select! {
            done = is_done.recv() => done.expect("all of them"),
            reason = port.ended() => panic!("it ended: {reason:?}"),
        }
        for sender in senders {
            sender.await.expect("no panic");
        }
    });
}

#[test]
fn a_handler_that_fails_ends_its_port_with_its_reason() {
    watched("failures", async {
        let (alpha, beta) = pair(|builder| builder).await;
        let handlers = || {
            Handlers::new()
                .on("fail", |_, ()| Err::<(), _>(nuncio_core::Error::new(ErrorKind::Refused, "echo").because("no")))
                .on("text", |_, ()| Err::<Next, _>("as it was told"))
                .on("panic", |_, ()| -> Next { panic!("as it was told") })
                .on("kill", |port, ()| port.kill(["bye".into(), 7.into()]))
        };
        for (sender, name) in [(&alpha, "local"), (&beta, "remote")] {
            for (word, reason) in [
                ("fail", vec!["die".into(), "echo: no".into()]),
                ("text", vec!["die".into(), "as it was told".into()]),
                ("panic", vec!["die".into(), "as it was told".into()]),
                ("kill", vec!["bye".into(), 7.into()]),
                ("none", vec!["unhandled_message".into(), "no callback found for message 'none'".into()]),
            ] {
                let port = alpha.handle(handlers());
                let monitor = sender.monitor(port.id());
                sender.send(port.id(), [Value::from(word)]).expect("it is sent");
                sender.send(port.id(), [Value::from("panic")]).expect("it is too late");
                assert_eq!(monitor.await, reason, "{name} {word}");
                assert_eq!(port.ended().await, reason, "{name} {word}");
            }
        }
        assert_eq!(alpha.nodes(), [node_id("beta")], "no connection was lost");
    });
}

#[test]
fn callbacks_run_in_the_port_and_are_protected() {
    watched("callbacks", async {
        let (alpha, beta) = pair(|builder| builder).await;
        let (told, mut events) = mpsc::unbounded_channel();
        let port = alpha.handle(Handlers::new());
        let target = beta.named_port("target").expect("a fresh name");
        let (monitored, answered, later) = (told.clone(), told.clone(), told);
        let _ = port.monitor(target.id(), move |_, reason| monitored.send(format!("{reason:?}")));
        let cancelled = port.monitor(target.id(), |_, _| Err::<(), _>("it was taken back"));
        cancelled.cancel();
        port.call(&port_id("beta"), ["time".into()], PATIENCE, move |_, answer| {
            answered.send(format!("answered {}", answer.expect("in time").elements.len()))
        });
        assert_eq!(events.recv().await.expect("an event"), "answered 1");
        target.end(["done".into()]);
        assert_eq!(events.recv().await.expect("an event"), "[Text(\"done\")]");
        drop(port.after(Duration::ZERO, |_| Err::<(), _>("it was taken back")));
        port.after(Duration::ZERO, move |_| later.send("later".to_owned())).detach();
        assert_eq!(events.recv().await.expect("an event"), "later");

        let (linked, killed) = (alpha.handle(Handlers::new()), alpha.port());
        let _ = linked.link(killed.id());
        killed.end(["shared".into()]);
        assert_eq!(linked.ended().await, [Value::from("shared")]);
        port.run(|_| Err::<(), _>("protected"));
        assert_eq!(port.ended().await, ["die".into(), Value::from("protected")]);
    });
}

#[test]
fn spawned_ports_have_handlers_and_their_messages_wait_for_them() {
    watched("spawned", async {
        let (alpha, beta) = pair(|builder| {
            builder.handler_function("test::adder", |arguments| {
                let Some(Value::Int(mut sum)) = arguments.first().cloned() else {
                    return Err(nuncio_core::Error::new(ErrorKind::ApiMisuse, "add"));
                };
                Ok(Handlers::new().on("add", move |port, (number, asker): (i64, String)| {
                    sum += number;
                    port.node().send(&asker.parse()?, [Value::from(sum)])
                }))
            })
        })
        .await;
        let adder = beta.spawn(alpha.id(), "test::adder", [Value::from(5)]);
        for (number, sum) in [(1, 6), (10, 16)] {
            let answer = beta.call(&adder, ["add".into(), Value::from(number)], PATIENCE).await.expect("it answers");
            assert_eq!(answer.elements, [Value::from(sum)]);
        }
        let wrong = beta.spawn(alpha.id(), "test::adder", []);
        // Whether the monitor is there before the function has failed, is open.
        let reason = beta.monitor(&wrong).await;
        assert!(matches!(&*text_of(&reason[0]).expect("a word"), "die" | "no_such_port"), "{reason:?}");
    });
}

#[test]
fn who_floods_a_port_from_here_keeps_no_connection_from_others() {
    watched("keeps", async {
        let (alpha, beta) = pair(|builder| builder).await;
        let (told, mut is_told) = mpsc::unbounded_channel();
        let flooded = alpha.handle(Handlers::new().on("n", |_, ()| ()));
        let other = alpha.handle(Handlers::new().on("n", move |_, ()| told.send(())));
        let is_over = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let flood = {
            let (node, id, is_over) = (alpha.clone(), flooded.id().clone(), Arc::clone(&is_over));
            std::thread::spawn(move || {
                while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                    node.send(&id, ["n".into()]).expect("local");
                }
            })
        };
        for _ in 0..100 {
            beta.send(flooded.id(), ["n".into()]).expect("it is sent");
            beta.send(other.id(), ["n".into()]).expect("it is sent");
        }
        for _ in 0..100 {
            is_told.recv().await.expect("it is handled");
        }
        is_over.store(true, std::sync::atomic::Ordering::Relaxed);
        tokio::task::spawn_blocking(|| flood.join()).await.expect("no panic").expect("no panic");
    });
}

#[test]
fn a_port_flood_from_here_ends_the_port_alone() {
    watched("flood", async {
        let node = Node::builder("alone").secret("geheim").mailbox_capacity(100).start().await.expect("it starts");
        let (begun, mut has_begun) = mpsc::unbounded_channel();
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let port = node.handle(Handlers::new().on("wait", move |_, ()| {
            begun.send(()).expect("somebody waits");
            // It stands for a handler that takes its time.
            let _ = held.recv();
        }));
        node.send(port.id(), ["wait".into()]).expect("local");
        has_begun.recv().await.expect("it runs");
        for _ in 0..101 {
            node.send(port.id(), ["wait".into()]).expect("local");
        }
        assert_eq!(port.ended().await[0], Value::from("mailbox_full"));
        drop(hold);
        node.send(node.port().id(), [Value::Null]).expect("others are untouched");
    });
}

#[test]
fn a_mailbox_is_asked_by_pattern_and_by_type() {
    watched("types", async {
        let node = builder("alone").start().await.expect("it starts");
        let mut port = node.port();
        node.send(port.id(), ["other".into()]).expect("local");
        node.send_as(port.id(), &("Add", "2", 3)).expect("local");
        node.send(port.id(), ["x".into(), Value::Null, 7.into()]).expect("local");
        let found = port.recv_pattern(&[None, None, Some("7".into())]).await.expect("it is there");
        assert!(found.is("x"));
        assert!(matches!(port.recv_as().await.expect("it is there"), Order::Add(2, 3)));
        assert!(port.recv().await.expect("it is there").is("other"));
        let failed: Order = Message { elements: vec!["Fail".into()] }.decode().expect("a variant");
        assert!(matches!(failed, Order::Fail));
        let refused = Message { elements: vec![7.into()] }.decode::<(bool, bool)>().expect_err("another shape");
        assert_eq!(refused.kind(), ErrorKind::Corrupt);
    });
}

#[test]
fn whoever_looks_for_an_answer_runs_no_handlers_of_others() {
    for framing in Framing::ALL {
        watched("lookout", async move {
            const ROUNDS: u64 = 500;
            let receiving = std::thread::current().id();
            let (called, mut calls) = mpsc::unbounded_channel();
            let (handled, mut handlings) = mpsc::unbounded_channel();
            let alpha = builder("alpha").framings(&[framing]).call("my::function", move |_, arguments| {
                called.send((std::thread::current().id(), arguments)).expect("somebody waits");
            });
            let alpha = alpha.start().await.expect("it starts");
            let beta =
                builder("beta").framings(&[framing]).seed(&alpha.addresses()[0]).start().await.expect("it starts");
            beta.join(PATIENCE).await.expect("a connection");
            let handlers = Handlers::new().on("n", move |_, (number,): (u64,)| {
                handled.send((std::thread::current().id(), number)).expect("somebody waits");
            });
            let aside = alpha.handle_named("aside", handlers).expect("a fresh name");
            let mut answers = alpha.named_port("answers").expect("a fresh name");
            let (node, to) = (beta.clone(), [aside.id().clone(), port_id("alpha"), answers.id().clone()]);
            let echo = Handlers::new().on("ask", move |_, (number,): (u64,)| {
                node.send(&to[2], [number.into()])?;
                node.send(&to[0], ["n".into(), number.into()])?;
                node.send(&to[1], ["my::function".into(), number.into()])?;
                node.send(&to[2], [number.into()])
            });
            let echo = beta.handle_named("echo", echo).expect("a fresh name");
            for number in 0..ROUNDS {
                alpha.send(echo.id(), ["ask".into(), number.into()]).expect("it is sent");
                for _ in 0..2 {
                    assert_eq!(answers.recv().await.expect("it comes").elements, [number.into()]);
                }
            }
            for number in 0..ROUNDS {
                let (thread, handled) = handlings.recv().await.expect("it was sent");
                assert!(thread != receiving && handled == number, "{handled}");
                let (thread, arguments) = calls.recv().await.expect("it was sent");
                assert!(thread != receiving && arguments == [number.into()], "{arguments:?}");
            }
        });
    }
}
