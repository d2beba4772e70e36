//! Messages of the program's own types: in every framing, and whatever their encoding does.
#![cfg(all(feature = "net", target_os = "linux"))]

#[path = "support/net.rs"]
mod net;

use std::panic::{AssertUnwindSafe, catch_unwind};

use nuncio_core::PortId;
use nuncio_mesh::Node;
use nuncio_mesh::proto::framing::Framing;
use serde::ser::{Serialize, SerializeTuple, Serializer};

use self::net::{PATIENCE, pair, watched};

#[test]
fn a_typed_message_goes_there_and_back_in_every_framing() {
    for framing in Framing::ALL {
        watched("framings", async move {
            let (alpha, beta) = pair(|builder| builder.framings(&[framing])).await;
            beta.join(PATIENCE).await.expect("a connection");
            let [mut here, mut there] = [&alpha, &beta].map(|node| node.named_port("typed").expect("a fresh name"));
            let sent =
                ("job".to_owned(), -7_i64, 1.5_f64, vec!["é".to_owned(), "€".to_owned()], Some(true), "x".repeat(300));
            beta.send_as(here.id(), &sent).expect("it is sent");
            let received: (String, i64, f64, Vec<String>, Option<bool>, String) =
                here.recv_as().await.expect("it arrives");
            assert_eq!(received, sent, "{framing}");
            alpha.send_as(there.id(), &received).expect("it is sent");
            assert_eq!(there.recv_as().await.ok(), Some(sent), "{framing}");
        });
    }
}

/// Its second field does something before it is there.
struct Doing<F>(u32, F);

impl<F: Fn() -> u32> Serialize for Doing<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut elements = serializer.serialize_tuple(2)?;
        elements.serialize_element(&self.0)?;
        elements.serialize_element(&(self.1)())?;
        elements.end()
    }
}

#[test]
fn a_message_whose_encoding_panics_leaves_nothing_behind() {
    watched("panics", async {
        let (alpha, beta) = pair(|builder| builder).await;
        beta.join(PATIENCE).await.expect("a connection");
        let mut port = alpha.named_port("typed").expect("a fresh name");
        for number in 0..10_u32 {
            let panicking = Doing(number, || panic!("in the second field"));
            assert!(catch_unwind(AssertUnwindSafe(|| beta.send_as(port.id(), &panicking))).is_err());
            beta.send_as(port.id(), &(number, "whole")).expect("it is sent");
            assert_eq!(port.recv_as::<(u32, String)>().await.expect("it arrives"), (number, "whole".to_owned()));
        }
        assert!(port.try_recv().is_none());
    });
}

#[test]
fn a_message_may_send_others_while_it_is_encoded() {
    watched("sends", async {
        let (alpha, beta) = pair(|builder| builder).await;
        beta.join(PATIENCE).await.expect("a connection");
        let mut port = alpha.named_port("typed").expect("a fresh name");
        let send = |node: &Node, to: &PortId, number: u32| {
            node.send(to, [number.into(), 0.into()]).expect("it is sent");
            node.send_as(to, &(number + 1, 0_u32)).expect("it is sent");
            7
        };
        beta.send_as(port.id(), &Doing(3, || send(&beta, port.id(), 1))).expect("it is sent");
        for expected in [(1, 0), (2, 0), (3, 7)] {
            assert_eq!(port.recv_as::<(u32, u32)>().await.expect("it arrives"), expected);
        }
    });
}
