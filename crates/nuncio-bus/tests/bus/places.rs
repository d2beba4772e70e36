//! Where a bus can be made, and what is removed with it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;

use nuncio_bus::wire::info::{Info, Protocol};
use nuncio_bus::{Bus, BusGuard, Owner};
use nuncio_core::{Error, ErrorKind, Wait};

use crate::support::{PATIENCE, end_of, kill, on_each, start, with_each};

/// Another bus at the same place.
fn again(bus: &Bus) -> Result<BusGuard, Error> {
    Bus::builder().protocols([bus.info().protocol]).route(&bus.info().route).create()
}

fn is_in_directory(bus: &Bus) -> bool {
    bus.info().protocol != Protocol::JsonFile
}

#[test]
fn a_bus_is_made_where_nothing_is_and_where_the_owner_has_ended() {
    with_each("made twice", |guard| {
        let error = again(&guard).expect_err("it has an owner");
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
        let child = start("owner", "owner", &guard);
        let bus = guard.hand_over(child.id(), Wait::FOREVER).map_err(|failed| failed.error).expect("it takes it");
        assert!(bus.wait_for_peer("owner", Wait::FOREVER).expect("told"));
        assert_eq!(again(&bus).expect_err("it has another owner").kind(), ErrorKind::AlreadyExists);
        kill(child);
        let guard = again(&bus).expect("its owner has ended");
        assert_eq!(guard.owner(), Owner::Live(std::process::id()));
        let kept = guard.keep();
        kept.connect("peer").expect("free").close().expect("it leaves");
        assert_eq!(kept.owner(), Owner::Unmarked);
        assert_eq!(again(&kept).expect_err("others use it").kind(), ErrorKind::AlreadyExists);
        let opened = Bus::open(&kept.info().to_string()).expect("it is there");
        let guard = opened.take_over(Wait::NOW).expect("nobody's");
        guard.shutdown(Duration::ZERO).expect("it ends");
        assert!(!Path::new(&kept.info().route).exists());
    });
}

#[test]
fn a_bus_that_is_kept_outlives_its_guard() {
    with_each("kept", |guard| {
        let route = Path::new(&guard.info().route).with_file_name("kept");
        let builder = Bus::builder().protocols([guard.info().protocol]).route(&route);
        let kept = builder.keep().create().expect("a bus");
        kept.connect("peer").expect("free").close().expect("it leaves");
        let bus = Bus::clone(&kept);
        drop(kept);
        bus.connect("peer").expect("it is there").close().expect("it leaves");
        bus.destroy().expect("it can be removed");
        assert!(!route.exists());
    });
}

#[test]
fn what_is_no_bus_is_neither_made_one_nor_removed() {
    with_each("a directory of somebody's", |guard| {
        let route = Path::new(&guard.info().route).with_file_name("home");
        fs::create_dir(&route).expect("made");
        for (name, content) in [("notes", "x"), ("server.pid", "1"), ("old.stats", "{}")] {
            fs::write(route.join(name), content).expect("written");
        }
        fs::create_dir_all(route.join("photos/old")).expect("made");
        let builder = Bus::builder().protocols([guard.info().protocol]);
        assert!(builder.route(&route).create().is_err(), "it is not empty");
        if is_in_directory(&guard) {
            fs::set_permissions(&route, PermissionsExt::from_mode(0o700)).expect("it is there");
            let info =
                Info::new(guard.info().protocol, guard.info().serializer.clone(), route.to_str().expect("a text"));
            let error = Bus::open(&info.to_string()).expect("a directory").destroy().expect_err("no bus");
            assert_eq!(error.kind(), ErrorKind::Misconfigured, "{error}");
            assert!(error.to_string().contains("notes") && error.to_string().contains("photos"), "{error}");
        }
        assert!(["notes", "server.pid", "old.stats", "photos/old"].iter().all(|name| route.join(name).exists()));
    });
}

#[test]
fn what_somebody_has_put_into_the_directory_of_a_bus_stays_when_it_ends() {
    with_each("strangers' files", |guard| {
        if !is_in_directory(&guard) {
            return;
        }
        let route = guard.info().route.clone();
        let route = Path::new(&route);
        fs::create_dir(route.join("photos")).expect("made");
        fs::write(route.join("photos/one"), "x").expect("written");
        fs::write(route.join("notes"), "x").expect("written");
        guard.connect("reader").expect("free").close().expect("it leaves");
        // What a peer leaves whose process was killed.
        let child = start("quiet", "killed", &guard);
        assert!(guard.wait_for_peer("killed", Wait::FOREVER).expect("told"));
        kill(child);
        let error = guard.shutdown(Duration::ZERO).expect_err("not all of it is ours");
        assert!(error.to_string().contains("\"notes\", \"photos\""), "{error}");
        let mut left: Vec<_> =
            fs::read_dir(route).expect("listed").map(|entry| entry.expect("one").file_name()).collect();
        left.sort();
        assert_eq!(left, ["notes", "photos"]);
        assert!(route.join("photos/one").exists());
    });
}

#[test]
fn an_account_that_cannot_be_read_keeps_nobody_from_coming() {
    on_each("strange accounts", |bus| {
        if !is_in_directory(bus) {
            return;
        }
        let stats = Path::new(&bus.info().route).join("peer.stats");
        for text in ["", "\0nonsense", "{\"sent\":", "[]", r#"{"sent":{"x":1.0},"read":{"y":"2"}}"#, r#"{"sent":7}"#] {
            fs::write(&stats, text).expect("written");
            bus.connect("peer").expect(text).close().expect(text);
            bus.connect("peer").expect(text).close().expect(text);
        }
        fs::remove_file(&stats).expect("it was written");
        symlink("/etc/passwd", &stats).expect("made");
        bus.connect("peer").expect("a link").close().expect("a link");
        assert!(fs::symlink_metadata(&stats).expect("it was written").is_file(), "in place of the link");
        fs::remove_file(&stats).expect("it was written");
        fs::create_dir(&stats).expect("made");
        let (mut peer, other) = (bus.connect("peer").expect("a directory"), bus.connect("other").expect("free"));
        other.send("peer", &1).expect("it is there");
        other.send("peer", &2).expect("it is there");
        peer.recv().expect("it came");
        assert_eq!(peer.close().expect("it has left").unread.len(), 1, "what is unread is handed over");
        fs::remove_dir(&stats).expect("it is there");
        bus.connect("peer").expect("nothing is there").close().expect("it leaves");
        other.close().expect("it leaves");
        for name in ["peer.stats", "other.stats"] {
            fs::remove_file(Path::new(&bus.info().route).join(name)).expect("what they count is no longer true");
        }
    });
}

#[test]
fn a_name_that_could_not_be_taken_is_free() {
    on_each("a failed arrival", |bus| {
        if !is_in_directory(bus) {
            return;
        }
        let in_the_way = Path::new(&bus.info().route).join("peer.suspend");
        fs::create_dir(&in_the_way).expect("made");
        bus.connect("peer").expect_err("it cannot be removed");
        assert!(bus.peers().expect("listed").is_empty());
        fs::remove_dir(&in_the_way).expect("it is there");
        bus.connect("peer").expect("free").close().expect("it leaves");
    });
}

#[test]
fn a_bus_ends_also_when_somebody_has_the_name_of_its_owner() {
    with_each("a peer called spawn", |guard| {
        let mut child = start("quiet", "spawn", &guard);
        assert!(guard.wait_for_peer("spawn", Wait::FOREVER).expect("told"));
        let mut other = start("quiet", "other", &guard);
        assert!(guard.wait_for_peer("other", Wait::FOREVER).expect("told"));
        let report = guard.shutdown(Duration::MAX).expect("it ends");
        assert_eq!((report.remaining, report.differences), (Vec::new(), Vec::new()));
        for child in [&mut child, &mut other] {
            assert!(end_of(child).success());
        }
    });
}

#[test]
fn a_peer_of_this_process_called_as_the_owner_is_closed_like_all_others() {
    with_each("a peer of ours called spawn", |guard| {
        let _peer = guard.connect("spawn").expect("free");
        let report = guard.shutdown(PATIENCE).expect("it ends");
        assert_eq!((report.closed, report.remaining), (vec!["spawn".to_owned()], Vec::new()));
    });
}
