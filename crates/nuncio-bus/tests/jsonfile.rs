//! Files of buses that were cut off, are full, are something else or are gone.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::time::Duration;

use nuncio_bus::jsonfile::{JsonFileConfig, JsonFileDriver};
use nuncio_conformance::within;
use nuncio_core::driver::Detach;
use nuncio_core::{
    AttachOptions, Attached, Batch, Driver, EndpointName, Error, ErrorKind, Item, Outgoing, Payload, Result, Role, Wait,
};

const PATIENCE: Duration = Duration::from_secs(60);

fn name(id: &str) -> EndpointName {
    EndpointName::new(id).expect("a name")
}

fn open(path: &Path) -> JsonFileDriver {
    JsonFileDriver::open(&JsonFileConfig::new(path)).expect("a private file")
}

fn join(driver: &JsonFileDriver, id: &str) -> Attached {
    driver.attach(&name(id), &AttachOptions::new(Role::Receive)).expect("free")
}

fn send(from: &Attached, to: &str, text: &str) -> Result<()> {
    let target = from.outbox.resolve(&name(to))?;
    let items = [Item::new(Payload::Encode(&text))];
    from.outbox.send(&target, &mut Outgoing::new(&items), Wait::NOW).map(drop).map_err(|failure| failure.error)
}

fn recv(attached: &mut Attached) -> Result<Vec<String>> {
    let mut batch = Batch::new();
    attached.inbox.as_mut().expect("it receives").recv(&mut batch, 16, Wait::NOW)?;
    Ok(batch.iter().map(|delivery| delivery.decode(&Default::default()).expect("a text")).collect())
}

#[test]
fn of_a_file_that_is_cut_off_the_beginning_is_saved_and_whoever_finds_it_is_told() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("bus.json");
    let driver = open(&path);
    let (mut reader, sender) = (join(&driver, "reader"), join(&driver, "sender"));
    for text in ["a", "b", "c"] {
        send(&sender, "reader", text).expect("room");
    }
    let whole = std::fs::read(&path).expect("a bus");
    let cut_at = |end: usize| std::fs::write(&path, &whole[..end]).expect("written");
    let told = |error: Error, saved: &str| {
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{}", error.chain());
        assert!(error.to_string().contains(saved), "{error}");
    };
    let third = whole.windows(3).position(|window| window == b"\"c\"").expect("it is there");
    cut_at(third + 2);
    told(recv(&mut reader).expect_err("it is cut off"), "2 peers and 2 messages could be saved");
    assert_eq!(recv(&mut reader).expect("it is whole again"), ["a", "b"]);
    send(&sender, "reader", "d").expect("it is whole again");
    assert_eq!(recv(&mut reader).expect("it is whole"), ["d"]);

    // With nothing left of it, those who are there come back when they look.
    cut_at(0);
    told(send(&sender, "reader", "e").expect_err("it is cut off"), "0 peers and 0 messages");
    assert_eq!(recv(&mut reader).expect("it is whole again"), [""; 0]);
    send(&sender, "reader", "f").expect("the reader is there again");
    assert_eq!(recv(&mut reader).expect("it is whole"), ["f"]);

    // Whoever opens it only finds it in order.
    cut_at(whole.len() / 2);
    assert!(open(&path).endpoints().is_ok());
}

#[test]
fn what_is_no_bus_is_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("file");
    let config = JsonFileConfig::new(&path);
    for (text, kind) in [
        ("[1,2]", ErrorKind::Corrupt),
        ("hello", ErrorKind::Corrupt),
        (r#"{"a":1}"#, ErrorKind::Misconfigured),
        (r#"{"a":{"b":"#, ErrorKind::Corrupt),
        (r#"{"clients":{},"messages":{]},"stats":{},"x":1}"#, ErrorKind::Corrupt),
    ] {
        std::fs::write(&path, text).expect("written");
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&path, permissions).expect("private");
        let error = JsonFileDriver::open(&config).expect_err(text);
        assert_eq!(error.kind(), kind, "{text}: {}", error.chain());
        assert_eq!(std::fs::read_to_string(&path).expect("still there"), text);
    }
    std::fs::remove_file(&path).expect("removed");
    std::os::unix::fs::symlink("/etc/hostname", &path).expect("made");
    assert_eq!(JsonFileDriver::open(&config).expect_err("a link").kind(), ErrorKind::Misconfigured);
    std::fs::remove_file(&path).expect("removed");
    std::fs::create_dir(&path).expect("made");
    assert_eq!(JsonFileDriver::open(&config).expect_err("a directory").kind(), ErrorKind::Misconfigured);
}

#[test]
fn a_file_that_others_may_write_to_is_refused_unless_asked_for() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("bus.json");
    let driver = open(&path);
    assert_eq!(std::fs::metadata(&path).expect("made").permissions().mode() & 0o777, 0o600);
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o666)).expect("changed");
    for error in [JsonFileDriver::open(&JsonFileConfig::new(&path)).map(drop), driver.endpoints().map(drop)] {
        assert_eq!(error.expect_err("open to all").kind(), ErrorKind::PermissionDenied);
    }
    JsonFileDriver::open(&JsonFileConfig::new(&path).danger_shared()).expect("asked for");
}

#[test]
fn whoever_waits_learns_that_the_bus_has_ended() {
    within(PATIENCE, "the end of a bus", || {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("bus.json");
        let mut reader = join(&open(&path), "reader");
        let mut inbox = reader.inbox.take().expect("it receives");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| inbox.recv(&mut Batch::new(), 1, Wait::FOREVER));
            std::fs::remove_file(&path).expect("removed");
            let error = waiting.join().expect("it comes back").expect_err("the bus is gone");
            assert_eq!(error.kind(), ErrorKind::NoSuchEndpoint);
        });
    });
}

#[test]
fn who_is_suspended_has_no_process_and_keeps_his_messages() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("bus.json");
    let driver = open(&path);
    let (mut reader, sender) = (join(&driver, "reader"), join(&driver, "sender"));
    reader.inbox.as_mut().expect("it receives").detach(Detach::Suspend, Wait::NOW).expect("it can");
    send(&sender, "reader", "a").expect("its place is there");
    let text = std::fs::read_to_string(&path).expect("a bus");
    assert!(text.contains(r#""reader":{}"#), "{text}");
    let options = AttachOptions::new(Role::Receive);
    assert_eq!(driver.connect(&name("reader"), &options).expect_err("suspended").kind(), ErrorKind::AlreadyExists);
    let mut reader = driver.reconnect(&name("reader"), &options).expect("it comes back");
    assert_eq!(recv(&mut reader).expect("in order"), ["a"]);
}
