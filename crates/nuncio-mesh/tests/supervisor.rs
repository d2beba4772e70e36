//! Supervisors: who is started again, and when they give up.
#![cfg(all(feature = "net", target_os = "linux"))]

#[path = "support/net.rs"]
mod net;

use std::time::Duration;

use nuncio_codec::Value;
use nuncio_core::{Error, ErrorKind, PortId, Result};
use nuncio_mesh::proto::supervision::{Restart, Strategy};
use nuncio_mesh::{Child, Node, Port, Supervisor};
use tokio::sync::mpsc;

use self::net::{PATIENCE, builder, pair, watched};

/// A child that tells where it was started, and ends as it is told.
fn telling(name: &'static str, told: &mpsc::UnboundedSender<(&'static str, PortId)>) -> Child {
    let told = told.clone();
    Child::here(name, move |port| {
        told.send((name, port.id().clone())).expect("somebody waits");
        obey(port)
    })
}

async fn obey(mut port: Port) -> Result<()> {
    match port.recv().await?.tag().as_deref() {
        Some("end") => Ok(()),
        _ => Err(Error::new(ErrorKind::Refused, "work")),
    }
}

async fn started(
    told: &mut mpsc::UnboundedReceiver<(&'static str, PortId)>,
    count: usize,
) -> Vec<(&'static str, PortId)> {
    let mut started = Vec::new();
    for _ in 0..count {
        started.push(told.recv().await.expect("it is started"));
    }
    started.sort();
    started
}

#[test]
fn children_are_started_again_by_their_strategy_and_their_kind() {
    watched("strategies", async {
        let node = builder("node").start().await.expect("it starts");
        for (strategy, expected) in [
            (Strategy::OneForOne, vec!["b"]),
            (Strategy::RestForOne, vec!["b", "c"]),
            (Strategy::OneForAll, vec!["a", "b", "c"]),
        ] {
            let (told, mut events) = mpsc::unbounded_channel();
            let children =
                ["a", "b", "c"].map(|name| telling(name, &told).restart(Restart::Transient).in_group("children"));
            let builder = children
                .into_iter()
                .fold(Supervisor::builder().strategy(strategy), |builder, child| builder.child(child));
            let supervisor = builder.start(&node);
            let before = started(&mut events, 3).await;
            let (_, victim) = &before[1];
            node.send(victim, ["fail".into()]).expect("local");
            let after = started(&mut events, expected.len()).await;
            assert_eq!(after.iter().map(|(name, _)| *name).collect::<Vec<_>>(), expected, "{strategy:?}");
            for (name, port) in &after {
                assert!(before.iter().all(|(_, former)| former != port), "{strategy:?}: {name} has its former port");
                assert_eq!(supervisor.child(name).as_ref(), Some(port));
            }
            assert_eq!(node.group("children").len(), 3);
            // One that ends as it should stays so.
            let last = supervisor.child("c").expect("it runs");
            let monitor = node.monitor(&last);
            node.send(&last, ["end".into()]).expect("local");
            monitor.await;
            let others = ["a", "b"].map(|name| node.monitor(&supervisor.child(name).expect("it runs")));
            drop(supervisor);
            for other in others {
                assert_eq!(other.await[0], Value::from("supervisor"));
            }
            assert!(events.try_recv().is_err(), "{strategy:?}: nobody is started again");
        }
    });
}

#[test]
fn it_gives_up_after_too_many_restarts_and_whoever_watches_it_knows() {
    watched("intensity", async {
        let node = builder("node").start().await.expect("it starts");
        let (told, mut events) = mpsc::unbounded_channel();
        let supervisor = Supervisor::builder()
            .intensity(5, Duration::from_secs(3600))
            .child(telling("other", &told))
            .child(telling("failing", &told))
            .start(&node);
        let (failing, other) = {
            let started = started(&mut events, 2).await;
            (started[0].1.clone(), started[1].1.clone())
        };
        let monitor = node.monitor(&other);
        node.send(&failing, ["fail".into()]).expect("local");
        for _ in 0..5 {
            let (name, failing) = events.recv().await.expect("it is started");
            assert_eq!(name, "failing");
            node.send(&failing, ["fail".into()]).expect("local");
        }
        // If it has given up before it is asked, it is not there any more.
        let reason = supervisor.ended().await;
        let given_up = ["supervisor".into(), Value::from("failing was started again too often")];
        assert!(reason == given_up || reason[0] == Value::from("no_such_port"), "{reason:?}");
        assert_eq!(monitor.await[0], Value::from("supervisor"));
        assert_eq!((supervisor.child("failing"), supervisor.child("other")), (None, None));
    });
}

#[test]
fn children_on_other_nodes_are_started_again_there() {
    watched("there", async {
        let (alpha, beta): (Node, Node) = pair(|builder| builder.function("test::obey", |port, _| obey(port))).await;
        let child = Child::there("far", alpha.id(), "test::obey", []);
        let supervisor = Supervisor::builder().intensity(1, Duration::from_secs(3600)).child(child).start(&beta);
        let first = supervisor.child("far").expect("it is started");
        let monitor = beta.monitor(&first);
        beta.send(&first, ["fail".into()]).expect("it is sent");
        monitor.await;
        let second = loop {
            match supervisor.child("far") {
                Some(port) if port != first => break port,
                _ => tokio::task::yield_now().await,
            }
        };
        beta.flush(alpha.id(), PATIENCE).await.expect("it is started");
        let monitor = beta.monitor(&second);
        drop(supervisor);
        assert_eq!(monitor.await[0], Value::from("supervisor"));
    });
}
