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
        let (text, mut attempt, mut second) = next(&mut *inbox, Wait::FOREVER).expect("it comes again");
        assert_eq!((&*text, attempt), ("a", 2));
        assert_eq!(acknowledge.ack(&[Token(&first)], Wait::FOREVER).expect("no error"), 0, "its lease is over");
        // On a busy machine the second lease may be over before it is extended.
        while acknowledge.extend(&[Token(&second)], LONG, Wait::FOREVER).expect("no error") == 0 {
            let before = attempt;
            (_, attempt, second) = next(&mut *inbox, Wait::FOREVER).expect("it comes again");
            assert_eq!(attempt, before + 1);
        }
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
        assert_eq!(acknowledge.nack(&[Token(&first)], Duration::from_millis(700), Wait::FOREVER).expect("ours"), 1);
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

/// The names of the files in `directory`, sorted.
fn files(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a text")).collect();
    names.sort();
    names
}

/// Sends `text` to "reader", in a file of that name.
fn send_as(from: &Attached, path: &Path, text: &str, file: &str) {
    let directory = path.join("reader");
    let before = files(&directory);
    send(from, "reader", &[text]);
    let new = files(&directory).into_iter().find(|name| !before.contains(name)).expect("it was stored");
    std::fs::rename(directory.join(new), directory.join(file)).expect("it is renamed");
}

#[test]
fn two_messages_of_one_id_are_two_messages() {
    in_a_directory("one id twice", |path| {
        let sender = attach(path, None, "sender");
        let (mut inbox, acknowledge) = halves(attach(path, Some(LONG), "reader"));
        send_as(&sender, path, "a", "job-7.ready");
        let (first, attempt, token) = next(&mut *inbox, Wait::FOREVER).expect("it came");
        assert_eq!((&*first, attempt), ("a", 1));
        send_as(&sender, path, "b", "job-7.ready");
        let (second, attempt, other) = next(&mut *inbox, Wait::FOREVER).expect("it came");
        assert_eq!((&*second, attempt), ("b", 1));
        assert_eq!(files(&path.join("reader")), ["job-7.lent1.ready", "job-7.lent2.ready"]);
        let tokens = [Token(&token), Token(&other)];
        assert_eq!(acknowledge.ack(&tokens, Wait::FOREVER).expect("both are lent"), 2);
        assert!(files(&path.join("reader")).is_empty());
    });
}

#[test]
fn a_number_that_nobody_lends_so_often_is_part_of_a_name() {
    in_a_directory("large numbers", |path| {
        let sender = attach(path, None, "sender");
        drop(attach(path, Some(LONG), "reader"));
        for number in [u32::MAX, u32::MAX - 1, 1 << 30] {
            send_as(&sender, path, "a", &format!("job-{number}.lent{number}.ready"));
        }
        let (mut inbox, acknowledge) = halves(attach(path, Some(LONG), "reader"));
        for _ in 0..3 {
            let (_, _, token) = next(&mut *inbox, Wait::FOREVER).expect("it came");
            assert_eq!(acknowledge.ack(&[Token(&token)], Wait::FOREVER).expect("it is lent"), 1);
        }
        assert!(files(&path.join("reader")).is_empty());
    });
}

#[test]
fn what_is_read_together_is_lent_one_by_one() {
    in_a_directory("read together", |path| {
        let sender = attach(path, None, "sender");
        drop(attach(path, Some(LONG), "reader"));
        // Without a time in their names they are read together.
        for text in ["a", "b", "c"] {
            send_as(&sender, path, text, &format!("{text}.ready"));
        }
        let (mut inbox, acknowledge) = halves(attach(path, Some(LONG), "reader"));
        let (text, _, token) = next(&mut *inbox, Wait::FOREVER).expect("it came");
        assert_eq!((&*text, acknowledge.ack(&[Token(&token)], Wait::FOREVER).expect("it is lent")), ("a", 1));
        assert_eq!(files(&path.join("reader")), ["b.ready", "c.ready"], "nobody has these yet");
        // Its sender takes it back.
        std::fs::remove_file(path.join("reader/b.ready")).expect("it is there");
        let (text, attempt, _) = next(&mut *inbox, Wait::FOREVER).expect("it came");
        assert_eq!((&*text, attempt), ("c", 1));
        assert_eq!(files(&path.join("reader")), ["c.lent1.ready"]);
        assert!(next(&mut *inbox, Wait::NOW).is_none());
    });
}

#[test]
fn one_that_somebody_removed_keeps_no_other_from_being_acknowledged() {
    in_a_directory("removed", |path| {
        let sender = attach(path, None, "sender");
        let (mut inbox, acknowledge) = halves(attach(path, Some(LONG), "reader"));
        send(&sender, "reader", &["a", "b"]);
        let (_, _, first) = next(&mut *inbox, Wait::FOREVER).expect("it came");
        let (_, _, second) = next(&mut *inbox, Wait::FOREVER).expect("it came");
        std::fs::remove_file(path.join("reader").join(std::str::from_utf8(&first).expect("a name"))).expect("lent");
        let tokens = [Token(&first), Token(&second)];
        assert_eq!(acknowledge.ack(&tokens, Wait::FOREVER).expect("one is lent"), 1);
        assert!(files(&path.join("reader")).is_empty());
        assert_eq!(acknowledge.ack(&tokens, Wait::FOREVER).expect("no error"), 0);
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
