//! The end of a bus: who is asked, closed, waited for and signalled, and who owns it.

use std::fs::{self, File};
use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime};

use nuncio_bus::wire::info::Protocol;
use nuncio_bus::{Bus, Owner, answering};
use nuncio_conformance::within;
use nuncio_core::{ErrorKind, Wait};

use crate::support::{PATIENCE, end_of, kill, start, start_with, with_each, with_each_here};

#[test]
fn the_peers_of_this_process_are_closed_first() {
    with_each("closing", |guard| {
        let (mut waiting, idle) = (guard.connect("waiting").expect("free"), guard.connect("idle").expect("free"));
        waiting.send("idle", &"unread").expect("it is there");
        let receiving = thread::spawn(move || {
            let error = loop {
                match waiting.recv() {
                    Ok(message) => assert!(message.is_terminate()),
                    Err(error) => break error,
                }
            };
            (error.kind(), waiting.close().expect("it has left").unread.len())
        });
        let child = start("quiet", "obedient", &guard);
        assert!(guard.wait_for_peer("obedient", Wait::FOREVER).expect("told"));
        let report = guard.shutdown(PATIENCE).expect("it ends");
        assert_eq!(receiving.join().expect("the receiver"), (ErrorKind::Closed, 0));
        let mut closed = report.closed;
        closed.sort();
        assert_eq!((closed, report.remaining), (vec!["idle".to_owned(), "waiting".to_owned()], Vec::new()));
        // What was not read is handed over, and counted as such.
        let left = idle.close().expect("it has left");
        assert_eq!(left.unread[0].content::<String>().expect("a text"), "unread");
        assert!(report.differences.iter().any(|pair| pair.from == "waiting" && pair.messages == 1));
        kill(child);
    });
}

#[test]
fn whoever_does_not_end_is_named_and_the_bus_ends_all_the_same() {
    with_each("a stubborn peer", |guard| {
        let child = start("stubborn", "stubborn", &guard);
        assert!(guard.wait_for_peer("stubborn", Wait::FOREVER).expect("told"));
        let route = guard.info().route.clone();
        let report = guard.shutdown(Duration::from_millis(50)).expect("it ends");
        assert_eq!(report.remaining, ["stubborn"]);
        assert!(!Path::new(&route).exists());
        kill(child);
    });
}

#[test]
fn a_signal_goes_to_those_processes_alone_that_are_certainly_peers() {
    within(PATIENCE, "signals", || {
        let directory = tempfile::tempdir().expect("a directory");
        let builder = Bus::builder().protocols([Protocol::MessageFiles]).route(directory.path().join("bus"));
        let guard = builder.signal(15).create().expect("a bus");
        let mut child = start("stubborn", "stubborn", &guard);
        assert!(guard.wait_for_peer("stubborn", Wait::FOREVER).expect("told"));
        let here = guard.connect("here").expect("free");
        // Somebody else has the number by now, who started after this was written; and nobody signals the first process.
        let mut later = start("obedient", "later", &guard);
        assert!(guard.wait_for_peer("later", Wait::FOREVER).expect("told"));
        later.stdin.take();
        later.wait().expect("it ends with its input");
        let stranger = start("none", "stranger", &guard);
        for (name, pid) in [("reused", stranger.id()), ("first", 1)] {
            fs::create_dir(directory.path().join("bus").join(name)).expect("made");
            let file = directory.path().join("bus").join(format!("{name}.pid"));
            fs::write(&file, pid.to_string()).expect("written");
            let past = SystemTime::now() - Duration::from_secs(3600);
            File::options().write(true).open(file).expect("it is there").set_modified(past).expect("set");
        }
        let report = guard.shutdown(Duration::from_millis(100)).expect("it ends");
        assert_eq!(report.signalled, [child.id()]);
        assert!(!child.wait().expect("it was ended").success());
        kill(stranger);
        drop(here);
    });
}

#[test]
fn the_guard_can_be_handed_to_another_process() {
    with_each("handing over", |guard| {
        assert_eq!(guard.owner(), Owner::Live(std::process::id()));
        let guard = guard.hand_over(u32::MAX, Wait::NOW).expect_err("nobody").message;
        let mut heir = start("heir", "heir", &guard);
        let pid = heir.id();
        let _input = heir.stdin.take();
        let route = guard.info().route.clone();
        let bus = guard.hand_over(pid, Wait::FOREVER).map_err(|failed| failed.error).expect("it takes it");
        assert_ne!(bus.owner(), Owner::Live(std::process::id()));
        assert!(end_of(&mut heir).success());
        assert!(!Path::new(&route).exists());
    });
}

#[test]
fn a_guard_that_nobody_takes_is_given_back() {
    with_each("offering", |guard| {
        let child = start("obedient", "busy", &guard);
        assert!(guard.wait_for_peer("busy", Wait::FOREVER).expect("told"));
        let failed = guard.hand_over(child.id(), Wait::NOW).expect_err("it does not take it");
        assert_eq!(failed.error.kind(), ErrorKind::TimedOut);
        let guard = failed.message;
        assert_eq!(guard.owner(), Owner::Live(std::process::id()));
        let refused = guard.take_over(Wait::NOW).err().map(|error| error.kind());
        assert_eq!(refused, Some(ErrorKind::TimedOut));
        kill(child);
        guard.shutdown(PATIENCE).expect("it ends");
    });
}

#[test]
fn a_bus_whose_owner_was_killed_is_known_and_can_be_taken_over() {
    with_each("a killed owner", |guard| {
        let child = start("owner", "owner", &guard);
        let pid = child.id();
        let bus = guard.hand_over(pid, Wait::FOREVER).map_err(|failed| failed.error).expect("it takes it");
        assert!(bus.wait_for_peer("owner", Wait::FOREVER).expect("told"));
        assert_eq!(bus.owner(), Owner::Live(pid));
        kill(child);
        assert_eq!(bus.owner(), Owner::Dead(pid));
        let route = bus.info().route.clone();
        let report = bus.take_over(Wait::NOW).expect("nobody's").shutdown(Duration::ZERO).expect("it ends");
        assert_eq!(report.remaining, Vec::<String>::new());
        assert!(!Path::new(&route).exists());
    });
}

#[test]
fn only_buses_whose_owners_were_killed_are_cleaned() {
    within(PATIENCE, "cleaning", || {
        let temporary = tempfile::tempdir().expect("a directory");
        let bus = |name: &str| {
            let route = temporary.path().join(format!("PerlIPCManager-1-{name}"));
            Bus::builder().route(route).create().expect("a bus")
        };
        let (kept, lost) = (bus("kept"), bus("lost"));
        fs::create_dir(temporary.path().join("PerlIPCManager-1-unmarked")).expect("made");
        let child = start("owner", "owner", &lost);
        let pid = child.id();
        let lost = lost.hand_over(pid, Wait::FOREVER).map_err(|failed| failed.error).expect("it takes it");
        let clean = || {
            let mut child = start_with("clean", "clean", &kept, |command| {
                command.env("TMPDIR", temporary.path());
            });
            let _input = child.stdin.take();
            assert!(end_of(&mut child).success());
        };
        clean();
        assert!(Path::new(&lost.info().route).exists(), "its owner lives");
        kill(child);
        clean();
        assert!(!Path::new(&lost.info().route).exists());
        assert!(Path::new(&kept.info().route).exists());
        assert!(temporary.path().join("PerlIPCManager-1-unmarked").exists());
        kept.shutdown(Duration::ZERO).expect("it ends");
    });
}

#[test]
fn whoever_waits_on_a_bus_that_is_removed_is_told() {
    with_each_here("removal", |guard| {
        let mut waiting = guard.connect("waiting").expect("free");
        let receiving = thread::spawn(move || waiting.recv().expect_err("it is removed").kind());
        let service = guard.service("service").spawn(answering(|n: u32| Ok(n))).expect("it starts");
        guard.keep().destroy().expect("it can be removed");
        assert_eq!(receiving.join().expect("the receiver"), ErrorKind::NoSuchEndpoint);
        let error = service.wait().expect_err("it has no place any more");
        assert_eq!(error.kind(), ErrorKind::NoSuchEndpoint, "{}", error.chain());
    });
}

#[test]
fn whoever_waits_is_told_also_where_what_names_his_process_goes_first() {
    with_each_here("half a removal", |guard| {
        let mut waiting = guard.connect("waiting").expect("free");
        let names_process = Path::new(&guard.info().route).join("waiting.pid");
        let receiving = thread::spawn(move || waiting.recv().expect_err("it is being removed").kind());
        match fs::remove_file(names_process) {
            Ok(()) => assert_eq!(receiving.join().expect("the receiver"), ErrorKind::NoSuchEndpoint),
            // The other media have no such file, and end as a whole.
            Err(_) => {
                guard.keep().destroy().expect("it can be removed");
                receiving.join().expect("the receiver");
            }
        }
    });
}
