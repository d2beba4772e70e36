//! Drivers and serializers of the user's own, found by their names, and buses of this process alone.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use nuncio_bus::files::FilesDriver;
use nuncio_bus::memory::{MemoryConfig, MemoryDriver};
use nuncio_bus::own::{OpenDriver, Opening, Pack, register_driver, register_serializer};
use nuncio_bus::wire::info::{Info, Protocol};
use nuncio_bus::wire::serializer::Serializer;
use nuncio_bus::{Bus, RouteConfig, answering};
use nuncio_conformance::within;
use nuncio_core::{Driver, Error, ErrorKind, Limits, Result, Wait};

use crate::support::{PATIENCE, on_each_here};

/// Another driver's directory, as somebody's own: it carries JSON values and can be joined by others.
struct Borrowed;

static REMOVED: AtomicUsize = AtomicUsize::new(0);

impl OpenDriver for Borrowed {
    fn open(&self, opening: &Opening<'_>) -> Result<Arc<dyn Driver>> {
        if !opening.is_new && !Path::new(opening.route).exists() {
            return Err(Error::new(ErrorKind::Unavailable, "open the bus").on(opening.route));
        }
        let config = RouteConfig::new(opening.route).with_limits(opening.limits.clone());
        Ok(Arc::new(FilesDriver::open(&config)?))
    }

    fn remove(&self, route: &str) -> Result<()> {
        REMOVED.fetch_add(1, Ordering::Relaxed);
        std::fs::remove_dir_all(route).map_err(|error| Error::io("remove the bus", error))
    }
}

/// Turns every bit over.
#[derive(Debug)]
struct Inverted(u8);

impl Pack for Inverted {
    fn pack(&self, json: &[u8], out: &mut Vec<u8>) -> Result<()> {
        out.push(self.0);
        out.extend(json.iter().map(|byte| !byte));
        Ok(())
    }

    fn unpack(&self, bytes: &[u8], _: usize, out: &mut Vec<u8>) -> Result<()> {
        match bytes.split_first() {
            Some((first, rest)) if *first == self.0 => out.extend(rest.iter().map(|byte| !byte)),
            _ => return Err(Error::new(ErrorKind::Corrupt, "read the message")),
        }
        Ok(())
    }
}

fn inverted(options: &[(String, String)]) -> Result<Arc<dyn Pack>> {
    match options {
        [] => Ok(Arc::new(Inverted(0))),
        [(key, value)] if key == "mark" => {
            let mark = value.parse().map_err(|error| Error::new(ErrorKind::Misconfigured, "read").caused_by(error))?;
            Ok(Arc::new(Inverted(mark)))
        }
        _ => Err(Error::new(ErrorKind::Misconfigured, "use the serializer").because("it has one option, mark")),
    }
}

#[test]
fn a_driver_of_ones_own_is_a_bus_with_all_that_belongs_to_it() {
    within(PATIENCE, "a driver of one's own", || {
        register_driver("Test::Borrowed", Borrowed).expect("free");
        let directory = tempfile::tempdir().expect("a directory");
        let route = directory.path().join("bus");
        let guard = Bus::builder().driver("Test::Borrowed").route(&route).create().expect("a bus");
        let line = guard.info().to_string();
        assert!(line.starts_with(r#"["+Test::Borrowed","IPC::Manager::Serializer::JSON","#), "{line}");
        assert_eq!(line.parse::<Info>().expect("it is known"), *guard.info());

        let other = Bus::open(&line).expect("the same bus");
        let mut echo = guard.service("echo").spawn(answering(|n: u32| Ok(n + 1))).expect("it starts");
        assert_eq!(echo.request(&1, Some(PATIENCE)).expect("an answer").into_value::<u32>().expect("a number"), 2);
        let (mut reader, sender) = (other.connect("reader").expect("free"), guard.connect("sender").expect("free"));
        assert_eq!(guard.connect("reader").expect_err("taken").kind(), ErrorKind::AlreadyExists);
        for text in ["a", "b"] {
            sender.send("reader", &text).expect("it is there");
        }
        let first = reader.recv().expect("it came");
        assert_eq!((first.from(), first.to()), ("sender", "reader"));
        reader.requeue(first).expect("put back");
        reader.suspend(None).map_err(|failed| failed.error).expect("its driver can");
        let mut reader = other.reconnect("reader").expect("it comes back");
        let texts = ["a", "b"].map(|_| reader.recv().expect("it came").content::<String>().expect("a text"));
        assert_eq!(texts, ["a", "b"]);
        echo.stop().expect("it ends");
        drop((reader, sender));
        let report = guard.shutdown(PATIENCE).expect("it ends");
        assert_eq!((report.differences, REMOVED.load(Ordering::Relaxed), route.exists()), (vec![], 1, false));
        assert_eq!(Bus::open(&line).expect_err("it has ended").kind(), ErrorKind::Unavailable);
    });
}

#[test]
fn a_serializer_of_ones_own_writes_on_every_medium() {
    register_serializer("Test::Inverted", inverted).expect("free");
    within(PATIENCE, "a serializer of one's own", || {
        let mut serializer = Serializer::named("Test::Inverted").expect("registered");
        if let Serializer::Own { options, .. } = &mut serializer {
            options.push(("mark".to_owned(), "7".to_owned()));
        }
        for driver in ["fifo", "files", "memory", "stream", "unix"] {
            let guard = Bus::builder().driver(driver).serializer(serializer.clone()).create().expect("a bus");
            let line = guard.info().to_string();
            assert!(line.contains(r#"["+Test::Inverted","mark","7"]"#), "{line}");
            let mut reader = Bus::open(&line).expect("the same bus").connect("reader").expect("free");
            let sender = guard.connect("sender").expect("free");
            sender.send("reader", &"gr\u{fc}n").expect("it is there");
            assert_eq!(reader.recv().expect("it came").content::<String>().expect("a text"), "gr\u{fc}n", "{driver}");
            drop((reader, sender));
            assert_eq!(guard.shutdown(PATIENCE).expect("it ends").differences, [], "{driver}");
        }
        let wrong = r#"["MessageFiles",["+Test::Inverted","color","7"],"/tmp"]"#;
        assert_eq!(Bus::open(wrong).expect_err("no such option").kind(), ErrorKind::Misconfigured);
    });
}

#[test]
fn other_codecs_write_on_every_medium() {
    within(PATIENCE, "other codecs", || {
        for (driver, codec) in [("files", "cbor"), ("stream", "msgpack"), ("fifo", "sereal"), ("unix", "yaml")] {
            let serializer = Serializer::named(codec).expect("it is known");
            let guard = Bus::builder().driver(driver).serializer(serializer).create().expect("a bus");
            let line = guard.info().to_string();
            assert!(line.contains(&format!("\"+Nuncio::Serializer::{codec}\"")), "{line}");
            let bus = Bus::open(&line).expect("the same bus");
            let mut echo = bus.service("echo").spawn(answering(|text: String| Ok(text))).expect("it starts");
            let answer = echo.request(&"gr\u{fc}n", Some(PATIENCE)).expect("an answer");
            assert_eq!(answer.into_value::<String>().expect("a text"), "gr\u{fc}n", "{driver} {codec}");
            echo.stop().expect("it ends");
            assert_eq!(guard.shutdown(PATIENCE).expect("it ends").differences, [], "{driver} {codec}");
        }
    });
}

#[test]
fn what_is_not_registered_is_refused() {
    for (line, word) in [
        (r#"["+Evil::Class","JSON","/tmp"]"#, "no known protocol"),
        (r#"["Evil::Class","JSON","/tmp"]"#, "no known protocol"),
        (r#"["MessageFiles","+Evil::Class","/tmp"]"#, "no known serializer"),
        (r#"["MessageFiles",["+Nuncio::Serializer::cbor","level",3],"/tmp"]"#, "no option of the serializer"),
    ] {
        let error = Bus::open(line).expect_err(line);
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains(word), "{error}");
    }
    assert_eq!(Bus::builder().driver("Evil").create().expect_err("not known").kind(), ErrorKind::Unsupported);
}

#[test]
fn a_driver_that_carries_values_refuses_other_serializers() {
    struct Values;
    impl OpenDriver for Values {
        fn open(&self, opening: &Opening<'_>) -> Result<Arc<dyn Driver>> {
            Ok(Arc::new(FilesDriver::open(&RouteConfig::new(opening.route))?))
        }

        fn remove(&self, route: &str) -> Result<()> {
            std::fs::remove_dir_all(route).map_err(|error| Error::io("remove the bus", error))
        }
    }
    register_driver("Test::Values", Values).expect("free");
    let directory = tempfile::tempdir().expect("a directory");
    let route = directory.path().join("bus");
    let builder = Bus::builder().driver("Test::Values").route(&route);
    let other = builder.clone().serializer(Serializer::Codec(nuncio_codec::Codec::Cbor));
    let error = other.clone().create().expect_err("it cannot");
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert!(!route.exists(), "what was made is removed");
    // A bus that somebody is on is not.
    let guard = builder.create().expect("a bus");
    let peer = guard.connect("peer").expect("free");
    other.create().expect_err("it cannot");
    assert!(route.exists());
    drop(peer);
    guard.shutdown(PATIENCE).expect("it ends");
    assert!(!route.exists());
}

#[test]
fn a_bus_that_cannot_be_made_leaves_nothing_behind() {
    let directory = tempfile::tempdir().expect("a directory");
    for driver in ["jsonfile", "files"] {
        // An info line has no room for it.
        let route = directory.path().join(OsStr::from_bytes(b"no UTF-8: \xff"));
        let error = Bus::builder().driver(driver).route(&route).create().expect_err("no text");
        assert_eq!((error.kind(), route.exists()), (ErrorKind::InvalidName, false), "{driver}");
    }
}

#[test]
fn what_nobody_has_received_is_left_with_a_driver_that_keeps_it() {
    within(PATIENCE, "nothing is read ahead", || {
        let open = |opening: &Opening<'_>| {
            let config = RouteConfig::new(opening.route).with_limits(opening.limits.clone());
            Ok(Arc::new(FilesDriver::open(&config)?) as Arc<dyn Driver>)
        };
        register_driver("Test::Keeping", open).expect("free");
        let directory = tempfile::tempdir().expect("a directory");
        let route = directory.path().join("bus");
        let guard = Bus::builder().driver("Test::Keeping").route(&route).create().expect("a bus");
        let waiting = || std::fs::read_dir(route.join("reader")).expect("a directory").count();
        let (mut reader, sender) = (guard.connect("reader").expect("free"), guard.connect("sender").expect("free"));
        for number in 1..=4 {
            sender.send("reader", &number).expect("it is there");
        }
        assert_eq!(reader.recv().expect("it came").content::<u32>().expect("a number"), 1);
        assert_eq!(waiting(), 3);
        reader.suspend(None).map_err(|failed| failed.error).expect("its driver can");
        assert_eq!(waiting(), 3, "whatever becomes of this process");
        let mut reader = guard.reconnect("reader").expect("it comes back");
        let numbers = [(); 3].map(|()| reader.recv().expect("it came").content::<u32>().expect("a number"));
        assert_eq!(numbers, [2, 3, 4]);
        drop((reader, sender));
        // A service finds all that is there though it takes them one by one.
        let echo = guard.service("echo").spawn(answering(|n: u32| Ok(n + 1))).expect("it starts");
        let mut asker = guard.connect("asker").expect("free");
        let asked: Vec<_> = (0..10).map(|n| asker.begin_request("echo", &n, None).expect("it is there")).collect();
        for (n, id) in asked.into_iter().enumerate() {
            let answer = asker.response(&id, Wait::FOREVER).expect("an answer");
            assert_eq!(answer.into_value::<usize>().expect("a number"), n + 1);
        }
        drop(asker);
        echo.stop().expect("it ends");
        assert_eq!(guard.shutdown(PATIENCE).expect("it ends").differences, []);
    });
}

#[test]
fn the_name_of_a_bus_in_memory_is_free_when_it_has_ended() {
    let make = || Bus::builder().driver("memory").route("own::free_when_ended").create();
    let guard = make().expect("a bus");
    let line = guard.info().to_string();
    let (former, mut held) = (Bus::open(&line).expect("the same bus"), guard.connect("held").expect("free"));
    guard.shutdown(PATIENCE).expect("it ends");
    let guard = make().expect("another bus of that name");
    assert_eq!(former.connect("late").expect_err("it has ended").kind(), ErrorKind::NoSuchEndpoint);
    let (mut peer, other) = (guard.connect("held").expect("free here"), Bus::open(&line).expect("the new one"));
    other.connect("sender").expect("free").send("held", &1).expect("it is there");
    assert_eq!(peer.recv().expect("it came").content::<u32>().expect("a number"), 1);
    assert!(held.try_recv().is_err());
    // The former one ends once more, and takes nothing with it.
    former.destroy().expect("it has ended");
    Bus::open(&line).expect("it is there").connect("late").expect("free");
}

#[test]
fn a_payload_may_be_as_long_as_the_limit_whatever_is_beside_it() {
    let open = |opening: &Opening<'_>| {
        let config = MemoryConfig::new(opening.route).with_limits(opening.limits.clone());
        Ok(Arc::new(MemoryDriver::open(&config)?) as Arc<dyn Driver>)
    };
    register_driver("Test::Limits", open).expect("free");
    let limits = Limits::default().with_payload_bytes_max(1000).with_header_bytes_max(0);
    for driver in ["memory", "Test::Limits"] {
        let route = format!("own::limits {driver}");
        let guard = Bus::builder().driver(driver).route(route).limits(limits.clone()).create().expect("a bus");
        assert_eq!(guard.capabilities().payload_bytes_max, 1000, "{driver}");
        let [reader, sender] = ["r", "s"].map(|first| format!("{first}{}", "\u{fc}".repeat(255)));
        let mut peer = guard.connect(&reader).expect("free");
        let text = "x".repeat(998);
        guard.connect(&sender).expect("free").send(&reader, &text).expect("it fits");
        assert_eq!(peer.recv().expect("it came").content::<String>().expect("a text"), text, "{driver}");
    }
}

#[test]
fn a_bus_of_this_process_is_found_by_its_line_and_ends_with_its_guard() {
    let guard = Bus::builder().driver("memory").create().expect("a bus");
    let line = guard.info().to_string();
    assert!(line.starts_with(r#"["IPC::Manager::Client::LocalMemory","IPC::Manager::Serializer::JSON","localmemory-"#));
    let other = Bus::builder().protocols([Protocol::LocalMemory]).create().expect("another bus");
    assert_ne!(line, other.info().to_string());
    let mut reader = Bus::open(&line).expect("the same bus").connect("reader").expect("free");
    guard.connect("sender").expect("free").send("reader", &1).expect("it is there");
    assert_eq!(reader.recv().expect("it came").from(), "sender");
    drop(reader);
    guard.shutdown(PATIENCE).expect("it ends");
    let error = Bus::open(&line).expect_err("it has ended");
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    let taken = other.take_over(Wait::NOW).expect_err("there is no place for a mark");
    assert_eq!(taken.kind(), ErrorKind::Unsupported);
}

#[test]
fn a_message_that_is_too_long_is_refused_by_number() {
    on_each_here("too long", |bus| {
        let peer = bus.connect("peer").expect("free");
        let limit = bus.capabilities().payload_bytes_max;
        let error = peer.send("peer", &"x".repeat(limit)).expect_err("two quotes too many");
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        assert!(error.to_string().contains(&limit.to_string()), "{error}");
    });
}

#[test]
fn memory_is_as_long_as_anybody_holds_it() {
    let config = MemoryConfig::new("own::memory_is_as_long");
    assert!(MemoryDriver::find(&config.name).is_none());
    let driver = MemoryDriver::open(&config).expect("new");
    assert!(MemoryDriver::find(&config.name).is_some());
    drop(driver);
    assert!(MemoryDriver::find(&config.name).is_none());
}
