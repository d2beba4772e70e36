//! Messages that are lent in files: what becomes of a lease, and of whoever had it.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::time::Duration;

use nuncio_bus::RouteConfig;
use nuncio_bus::files::FilesDriver;
use nuncio_conformance::within;
use nuncio_core::driver::Detach;
use nuncio_core::{
    Acknowledge, AttachOptions, Attached, Batch, Driver, EndpointName, ErrorKind, Inbox, Item, Outgoing, Payload, Role,
    Token, Wait,
};

const PATIENCE: Duration = Duration::from_secs(60);
const LONG: Duration = Duration::from_secs(3600);

fn name(id: &str) -> EndpointName {
    EndpointName::new(id).expect("a name")
}

fn attach(directory: &Path, lease: Option<Duration>, id: &str) -> Attached {
    let config = RouteConfig::new(directory);
    let config = match lease {
        Some(lease) => config.with_lease(lease),
        None => config,
    };
    let driver = FilesDriver::open(&config).expect("a private directory");
    driver.attach(&name(id), &AttachOptions::new(Role::Receive)).expect("free")
}

fn send(from: &Attached, to: &str, texts: &[&str]) {
    let target = from.outbox.resolve(&name(to)).expect("it is there");
    let items: Vec<Item<'_>> = texts.iter().map(|text| Item::new(Payload::Encode(text))).collect();
    let mut rest = Outgoing::new(&items);
    while !rest.rest().is_empty() {
        from.outbox.send(&target, &mut rest, Wait::FOREVER).map_err(|failure| failure.error).expect("there is room");
    }
}

/// The next message: its text, how often it was lent, and its token.
fn next(inbox: &mut dyn Inbox, wait: Wait<'_>) -> Option<(String, u32, Vec<u8>)> {
    let mut batch = Batch::new();
    inbox.recv(&mut batch, 1, wait).expect("nothing is wrong");
    let delivery = batch.get(0)?;
    let token = delivery.token().map(|token| token.0.to_vec()).unwrap_or_default();
    Some((delivery.decode(&Default::default()).expect("a text"), delivery.attempt(), token))
}

fn in_a_directory(what: &str, play: fn(&Path)) {
    within(PATIENCE, what, move || {
        let directory = tempfile::tempdir().expect("a directory");
        play(directory.path());
    });
}

fn halves(attached: Attached) -> (Box<dyn Inbox>, std::sync::Arc<dyn Acknowledge>) {
    (attached.inbox.expect("it receives"), attached.acknowledge.expect("it lends"))
}

#[test]
fn a_lease_that_runs_out_has_the_message_come_again_to_one_who_waits() {
    in_a_directory("a lease that runs out", |path| {
        let sender = attach(path, None, "sender");
        let (mut inbox, acknowledge) = halves(attach(path, Some(Duration::from_millis(30)), "reader"));
        send(&sender, "reader", &["a"]);
        let (text, attempt, first) = next(&mut *inbox, Wait::FOREVER).expect("it came");
        assert_eq!((&*text, attempt), ("a", 1));
        // Nothing else happens: the end of the lease wakes whoever waits.
        let (text, attempt, second) = next(&mut *inbox, Wait::FOREVER).expect("it comes again");
        assert_eq!((&*text, attempt), ("a", 2));
        assert_eq!(acknowledge.ack(&[Token(&first)], Wait::FOREVER).expect("no error"), 0, "its lease is over");
        assert_eq!(acknowledge.extend(&[Token(&second)], LONG, Wait::FOREVER).expect("in time"), 1);
        assert_eq!(acknowledge.ack(&[Token(&second)], Wait::FOREVER).expect("in time"), 1);
        assert!(next(&mut *inbox, Wait::NOW).is_none());
    });
}

#[test]
fn what_is_given_back_with_a_delay_comes_after_it_and_others_before() {
    in_a_directory("giving back", |path| {
        let sender = attach(path, None, "sender");
        let (mut inbox, acknowledge) = halves(attach(path, Some(LONG), "reader"));
        send(&sender, "reader", &["a", "b"]);
        let (_, _, first) = next(&mut *inbox, Wait::FOREVER).expect("it came");
        assert_eq!(acknowledge.nack(&[Token(&first)], Duration::from_millis(30), Wait::FOREVER).expect("ours"), 1);
        let (text, _, second) = next(&mut *inbox, Wait::FOREVER).expect("it came");
        assert_eq!(text, "b");
        assert_eq!(acknowledge.ack(&[Token(&second)], Wait::FOREVER).expect("ours"), 1);
        let (text, attempt, _) = next(&mut *inbox, Wait::FOREVER).expect("it comes again");
        assert_eq!((&*text, attempt), ("a", 2));
    });
}

#[test]
fn whoever_comes_after_a_reader_that_went_has_what_it_did_not_acknowledge() {
    in_a_directory("the next reader", |path| {
        let sender = attach(path, None, "sender");
        let (mut inbox, acknowledge) = halves(attach(path, Some(LONG), "reader"));
        send(&sender, "reader", &["a", "b", "c"]);
        let (_, _, first) = next(&mut *inbox, Wait::FOREVER).expect("it came");
        let (_, _, second) = next(&mut *inbox, Wait::FOREVER).expect("it came");
        assert_eq!(acknowledge.ack(&[Token(&first)], Wait::FOREVER).expect("ours"), 1);
        // As one that is killed, its directory and what is in it stay.
        drop(inbox);
        assert_eq!(acknowledge.ack(&[Token(&second)], Wait::FOREVER).expect("no error"), 0, "nothing is lent any more");
        let (mut inbox, _) = halves(attach(path, Some(LONG), "reader"));
        let came = [(); 2].map(|()| next(&mut *inbox, Wait::FOREVER).map(|(text, attempt, _)| (text, attempt)));
        assert_eq!(came, [Some(("b".to_owned(), 2)), Some(("c".to_owned(), 1))]);
        // Whoever knows nothing of leases reads them as any others.
        drop(inbox);
        let mut plain = attach(path, None, "reader").inbox.expect("it receives");
        let mut texts: Vec<String> = (0..2).map(|_| next(&mut *plain, Wait::FOREVER).expect("it is there").0).collect();
        texts.sort();
        assert_eq!(texts, ["b", "c"]);
    });
}

#[test]
fn whoever_leaves_for_good_is_handed_what_was_not_acknowledged() {
    in_a_directory("leaving", |path| {
        let sender = attach(path, None, "sender");
        let (mut inbox, acknowledge) = halves(attach(path, Some(LONG), "reader"));
        send(&sender, "reader", &["a", "b", "c"]);
        let (_, _, first) = next(&mut *inbox, Wait::FOREVER).expect("it came");
        next(&mut *inbox, Wait::FOREVER).expect("it came");
        acknowledge.ack(&[Token(&first)], Wait::FOREVER).expect("ours");
        let left = inbox.detach(Detach::Leave, Wait::NOW).expect("in order").unread;
        let mut texts: Vec<String> =
            left.iter().map(|delivery| delivery.decode(&Default::default()).expect("a text")).collect();
        texts.sort();
        assert_eq!(texts, ["b", "c"]);
    });
}

#[test]
fn only_files_lend_and_no_lease_is_empty() {
    in_a_directory("where one can lend", |path| {
        let config = RouteConfig::new(path).with_lease(LONG);
        let error = nuncio_bus::unix::UnixDriver::open(&config).expect_err("datagrams are gone when they are read");
        assert_eq!(error.kind(), ErrorKind::Misconfigured);
        let error = FilesDriver::open(&RouteConfig::new(path).with_lease(Duration::ZERO)).expect_err("no time");
        assert_eq!(error.kind(), ErrorKind::Misconfigured);
    });
}
