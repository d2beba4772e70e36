//! Perl's serializers: what is accepted, and what becomes of what only Perl has.

mod support;

use nuncio_codec::{DecodeLimits, Object};
use nuncio_core::driver::Role;
use nuncio_core::{Address, AttachOptions, Batch, Driver, EndpointName, Wait};
use nuncio_queue::{Codec, ErrorKind, Map, Queue, SendOptions, SysvDriver, Value, metadata};

use self::support::{Place, inject, refused};

const DUMPED: &[u8] = b"13:l=11,s=dumper$VAR1 = {};";

#[test]
fn dumpers_text_is_refused_unless_it_is_asked_for() {
    let place = Place::new();
    let queue = place.queue("careful");
    inject(&queue, DUMPED);
    let words = ["Data::Dumper", "accept_dumper"];
    let message = queue.recv::<Map>().expect_err("refused").message.expect("taken");
    assert_eq!(message.payload(), b"$VAR1 = {};");
    for read in [message.decode_whole(), message.decode::<Map>()] {
        refused(read, ErrorKind::PermissionDenied, &words);
    }
    refused(message.metadata(), ErrorKind::PermissionDenied, &words);

    // Sending needs no leave; it is the receiver who decides, each for himself.
    queue.send_with(&Map::new(), &SendOptions::new().with_codec(Codec::Dumper), Wait::NOW).expect("room");
    refused(queue.recv::<Map>(), ErrorKind::PermissionDenied, &words);
    let trusting = Queue::builder("careful").registry(place.builder()).accept_dumper(true).open().expect("there");
    inject(&queue, DUMPED);
    assert_eq!(trusting.recv::<Map>().expect("read"), Map::new());
}

#[test]
fn an_address_says_whether_dumpers_text_is_accepted() {
    let place = Place::new();
    let queue = place.queue("addressed");
    let open = |option: &str| {
        let address = format!("sysv:{}{option}", place.directory().display());
        SysvDriver::open(address.parse::<Address>().expect("an address"))
    };
    for (option, is_accepted) in [("", false), ("?accept_dumper=false", false), ("?accept_dumper=true", true)] {
        inject(&queue, DUMPED);
        let name = EndpointName::new("addressed").expect("a name");
        let attached = open(option).expect("a driver").attach(&name, &AttachOptions::new(Role::Receive));
        let mut batch = Batch::new();
        attached.expect("joined").inbox.expect("asked for").recv(&mut batch, 1, Wait::NOW).expect("there");
        let read = batch.get(0).expect("one").decode::<Map>(&DecodeLimits::default());
        assert_eq!(read.is_ok(), is_accepted, "{option}: {read:?}");
    }
    refused(open("?accept_dumper=perhaps"), ErrorKind::Misconfigured, &["accept_dumper"]);
}

#[test]
fn a_blessed_message_is_a_message() {
    let place = Place::new();
    let queue = place.builder().accept_dumper(true).open().expect("a registry").queue("blessed").expect("a queue");
    let members = Map::from_iter([("a", Value::from(1))]);
    let job = Value::from(Object::new("Job", members.clone().into()));
    for codec in [Codec::Dumper, Codec::Sereal, Codec::Storable] {
        let mut payload = Vec::new();
        codec.encode(&job, &mut payload).expect("an object");
        let options = SendOptions::new().with_codec(codec);
        for _ in 0..3 {
            queue.raw().send_with(&payload, &options, Wait::NOW).expect("room");
        }
        assert_eq!(queue.recv::<Value>().expect("an object"), job, "{codec}");
        assert_eq!(queue.recv::<Map>().expect("its members"), members, "{codec}");
        let whole = queue.raw().recv().expect("there").decode_whole().expect("a message");
        assert_eq!((whole.len(), &whole["a"]), (2, &Value::from(1)), "{codec}");
        assert_eq!(whole[metadata::MEMBER].get("encrypt_source"), Some(&"default".into()), "{codec}");
    }
}

#[test]
fn an_object_is_sent_as_the_map_that_the_metadata_is_added_to() {
    let place = Place::new();
    let queue = place.queue("object");
    let part = Value::from(Object::new("Part", Value::from_iter([("n", 1)])));
    let members = Map::from_iter([("part", part.clone())]);
    let job = Value::from(Object::new("Job", members.clone().into()));
    for codec in [Codec::Sereal, Codec::Storable] {
        queue.send_with(&job, &SendOptions::new().with_codec(codec), Wait::NOW).expect("room");
        // Further down nothing is added, and classes stay.
        assert_eq!(queue.recv::<Value>().expect("a map"), Value::Map(members.clone()), "{codec}");
    }
    queue.send(&job).expect("room");
    assert_eq!(
        queue.recv::<Value>().expect("a map").get("part").and_then(|part| part.get("n")).cloned(),
        Some(1.into())
    );
}
