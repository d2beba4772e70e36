//! Queues of other hosts: what is put into the queue of the outgoing gateway.

mod support;

use nuncio_core::{Address, Wait};
use nuncio_queue::{ErrorKind, Message, RemoteQueue, RemoteQueueBuilder, SendOptions};
use serde_json::{Value as Json, json};

use self::support::{Place, refused};

fn builder(place: &Place, host: &str) -> RemoteQueueBuilder {
    RemoteQueue::builder(host, "jobs").registry(place.builder())
}

fn sent(remote: &RemoteQueue) -> (Message, Json) {
    let message = remote.outgoing().raw().recv().expect("there");
    let json = serde_json::to_value(message.decode_whole().expect("readable")).expect("JSON's own types");
    (message, json)
}

#[test]
fn a_message_for_another_host_waits_for_the_gateway_with_host_queue_and_ttl() {
    let place = Place::new();
    let remote = builder(&place, "10.1.2.3").open().expect("opens");
    remote.send(&json!({"id": 1})).expect("sent");
    assert_eq!(remote.outgoing().name().as_str(), "transitd");
    let (message, json) = sent(&remote);
    let header = |key: &str| message.header(key).map(str::to_owned);
    let expected = ["10.1.2.3", "jobs", "9"].map(|value| Some(value.to_owned()));
    assert_eq!([header("d"), header("q"), header("t")], expected);
    assert_eq!((header("S"), header("n"), header("s")), (None, None, None));
    let metadata = &json[".ipc_transit_meta"];
    for (member, value) in [("destination", "10.1.2.3"), ("destination_qname", "jobs"), ("ttl", "9")] {
        assert_eq!(metadata[member], value);
    }
    assert_eq!(json["id"], 1);

    let remote = builder(&place, "10.1.2.3").ttl(2).source("web1.example").no_dns().open().expect("opens");
    let options = SendOptions::new().with_codec(nuncio_codec::Codec::Sereal).with_meta("extra", "x");
    remote.send_with(&json!({"id": 2}), &options, Wait::NOW).expect("sent");
    let (message, json) = sent(&remote);
    assert_eq!(["t", "S", "s"].map(|key| message.header(key)), [Some("2"), Some("web1.example"), Some("sereal")]);
    let metadata = &json[".ipc_transit_meta"];
    assert_eq!(
        (&metadata["ttl"], &metadata["source"], &metadata["extra"]),
        (&json!("2"), &json!("web1.example"), &json!("x"))
    );
}

#[test]
fn a_short_name_becomes_an_address_unless_it_is_to_stay() {
    let place = Place::new();
    assert_eq!(builder(&place, "localhost").open().expect("opens").host(), "127.0.0.1");
    assert_eq!(builder(&place, "localhost").no_dns().open().expect("opens").host(), "localhost");
}

#[test]
fn what_would_lead_astray_is_refused() {
    let place = Place::new();
    for host in ["", "a,q=root", "a=b", "a b"] {
        refused(builder(&place, host).no_dns().open(), ErrorKind::InvalidName, &[]);
    }
    refused(builder(&place, "10.1.2.3:9816").open(), ErrorKind::InvalidName, &["9816", "direct delivery"]);
    refused(builder(&place, "10.1.2.3").source("a,b").open(), ErrorKind::InvalidName, &["a,b"]);
    let remote = builder(&place, "10.1.2.3").open().expect("opens");
    for options in [
        SendOptions::new().with_header("q", "root"),
        SendOptions::new().with_meta("destination", "10.9.9.9"),
        SendOptions::new().with_meta("ttl", 1),
    ] {
        refused(remote.send_with(&json!({}), &options, Wait::NOW), ErrorKind::ApiMisuse, &["remote queue itself"]);
    }
    refused(remote.send(&json!([1])), ErrorKind::ApiMisuse, &[]);
    assert_eq!(remote.outgoing().stat().expect("there").messages, 0);
}

#[test]
fn a_name_that_is_declared_local_and_metadata_of_ones_own_change_nothing() {
    let place = Place::new();
    let remote = builder(&place, "10.1.2.3").open().expect("opens");
    let own = json!({".ipc_transit_meta": {"overrides": {"default_to": "local"}, "destination": "10.9.9.9"}, "id": 1});
    remote.send(&own).expect("sent");
    let (message, json) = sent(&remote);
    assert_eq!(message.header("d"), Some("10.1.2.3"));
    assert_eq!(json[".ipc_transit_meta"]["destination"], "10.1.2.3");
}

#[test]
fn a_full_queue_to_the_gateway_is_told_of() {
    let place = Place::new();
    let remote = builder(&place, "10.1.2.3").open().expect("opens");
    let full = std::iter::repeat_with(|| remote.try_send(&json!({"pad": "x".repeat(3000)}))).find_map(Result::err);
    assert_eq!(full.expect("at some time").kind(), ErrorKind::Full);
}

#[test]
fn addresses_name_host_queue_and_options() {
    let place = Place::new();
    let at = |text: &str| RemoteQueue::at(&text.parse::<Address>().expect("an address"));
    let open = |text: &str| at(text).expect(text).registry(place.builder()).open();
    let remote = open("queue://10.1.2.3/jobs?ttl=3&source=web1.example").expect("opens");
    assert_eq!((remote.host(), remote.name().as_str()), ("10.1.2.3", "jobs"));
    remote.send(&json!({})).expect("sent");
    assert_eq!(sent(&remote).0.header("t"), Some("3"));
    assert_eq!(open("queue://localhost/jobs?dns=false").expect("opens").host(), "localhost");
    for bad in
        ["queue:jobs", "sysv://h/jobs", "queue://h", "queue://h/jobs#x", "queue://h/jobs?ttl=x", "queue://h/jobs?x=1"]
    {
        refused(at(bad), ErrorKind::Misconfigured, &[]);
    }
    refused(open("queue://h/a/b"), ErrorKind::InvalidName, &["a/b"]);
    refused(open("queue://10.1.2.3:99/jobs"), ErrorKind::InvalidName, &["99"]);
}
