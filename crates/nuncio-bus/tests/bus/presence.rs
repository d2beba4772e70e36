//! Who is there, who comes and goes, and that nobody looks at intervals.

use std::thread;
use std::time::Duration;

use nuncio_bus::Bus;
use nuncio_core::{Deadline, ErrorKind, Wait};

use crate::support::{kill, on_each, on_each_here, on_each_unread, start, switches, wait_until_asleep};

#[test]
fn who_is_there_can_be_looked_up() {
    on_each_here("looking up", |bus| {
        let (one, two) = (bus.connect("one").expect("free"), bus.connect("two/2").expect("free"));
        let found = bus.peer("two/2").expect("looked up").expect("it is there");
        assert_eq!((&found.id[..], found.pid), ("two/2", Some(std::process::id())));
        assert_eq!(bus.peer("nobody").expect("looked up"), None);
        assert!(bus.is_active("one").expect("looked up") && !bus.is_active("nobody").expect("looked up"));
        assert_eq!(one.others().expect("listed").len(), 1);
        drop(two);
        assert_eq!(bus.peer("two/2").expect("looked up"), None);
    });
}

#[test]
fn coming_and_going_is_told() {
    on_each_unread(
        "telling",
        |bus| {
            let mut watch = bus.watch_peers().expect("watched");
            assert_eq!(watch.try_next().expect("looked"), None);
            let peer = bus.connect("new").expect("free");
            let change = watch.next(Wait::FOREVER).expect("told").expect("no deadline");
            assert_eq!((change.came.len(), change.left.len()), (1, 0));
            assert_eq!(change.came[0].id, "new");
            drop(peer);
            let change = watch.next(Wait::FOREVER).expect("told").expect("no deadline");
            assert_eq!((change.came.len(), &change.left[0].id[..]), (0, "new"));

            let child = start("stubborn", "victim", bus);
            let pid = child.id();
            let change = watch.next(Wait::FOREVER).expect("told").expect("no deadline");
            assert_eq!(change.came[0].pid, Some(pid));
            kill(child);
            let change = watch.next(Wait::FOREVER).expect("told").expect("no deadline");
            assert_eq!((change.left[0].pid, watch.present()), (Some(pid), Vec::new()));
            let soon = Deadline::after(std::time::Instant::now(), Duration::from_millis(20));
            assert_eq!(watch.next(Wait::until(soon)).expect("nothing is wrong"), None);
        },
        0,
    );
}

#[test]
fn one_can_wait_for_somebody_to_come_and_to_go() {
    on_each("waiting for somebody", |bus| {
        assert!(!bus.wait_for_peer("late", Wait::NOW).expect("looked up"));
        assert!(bus.wait_until_gone("late", Wait::NOW).expect("looked up"));
        let here = Bus::open(&bus.info().to_string()).expect("the same bus");
        let coming = thread::spawn(move || {
            let peer = here.connect("late").expect("free");
            assert!(!here.wait_until_gone("late", Wait::NOW).expect("looked up"));
            peer
        });
        assert!(bus.wait_for_peer("late", Wait::FOREVER).expect("told"));
        let peer = coming.join().expect("it came");
        let going = thread::spawn(move || drop(peer));
        assert!(bus.wait_until_gone("late", Wait::FOREVER).expect("told"));
        going.join().expect("it went");

        let child = start("stubborn", "victim", bus);
        assert!(bus.wait_for_peer("victim", Wait::FOREVER).expect("told"));
        let killing = thread::spawn(|| kill(child));
        assert!(bus.wait_until_gone("victim", Wait::FOREVER).expect("told"));
        killing.join().expect("killed");
    });
}

#[test]
fn what_a_dead_peer_left_is_removed_when_it_is_certain() {
    on_each("reaping", |bus| {
        let child = start("stubborn", "victim", bus);
        assert!(bus.wait_for_peer("victim", Wait::FOREVER).expect("told"));
        assert!(!bus.reap("victim").expect("it lives") && !bus.reap("nobody").expect("nobody"));
        kill(child);
        // Somebody who has only just come is not given up so soon.
        while !bus.reap("victim").expect("looked at") {
            thread::yield_now();
        }
        let sender = bus.connect("sender").expect("free");
        assert_eq!(sender.send("victim", &1).expect_err("removed").kind(), ErrorKind::NoSuchEndpoint);
    });
}

#[test]
fn nobody_wakes_up_while_nothing_happens() {
    on_each_unread(
        "idling",
        |bus| {
            let mut watcher = bus.connect("watcher").expect("free");
            let receiving = start("obedient", "receiving", bus);
            assert_eq!(watcher.recv().expect("it is there").content::<String>().expect("a text"), "ready");
            let asking = start("asker", "asking", bus);
            let watching = start("watcher", "watching", bus);
            assert!(watcher.recv().expect("it came").request().is_some());
            assert!(bus.wait_for_peer("watching", Wait::FOREVER).expect("told"));
            let service = bus.service("service").start(crate::processes::program("Echo")).expect("it starts");
            let children = [receiving, asking, watching];
            let pids: Vec<u32> = children.iter().map(std::process::Child::id).chain(service.child_pid()).collect();
            pids.iter().for_each(|pid| wait_until_asleep(*pid));
            let before: Vec<u64> = pids.iter().map(|pid| switches(*pid)).collect();
            thread::sleep(Duration::from_millis(300));
            let after: Vec<u64> = pids.iter().map(|pid| switches(*pid)).collect();
            assert_eq!(before, after);
            service.stop().expect("it ends");
            children.into_iter().for_each(kill);
            watcher.close().expect("it leaves");
        },
        2,
    );
}
