//! `nuncio bus`: a bus from the shell, and what becomes of wrong words and hostile neighbours.

use std::ops::{Deref, DerefMut};
use std::process::{Command, Stdio};

use rustix::process::Signal;
use serde_json::json as object;

use crate::place::{Outcome, Place, Running, json, next_line, run};

/// A guarded bus.
struct Guarded {
    place: Place,
    owner: Running,
    info: String,
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // Both fail if it has ended already.
        let _ = self.owner.child.kill();
        let _ = self.owner.child.wait();
    }
}

impl Guarded {
    fn start(driver: &str, arguments: &[&str]) -> Self {
        let place = Place::new();
        let route = place.path().join("bus");
        let mut command = place.nuncio(["bus", "create", "--driver", driver, "--route", route.to_str().unwrap()]);
        let mut owner = Running::start(command.args(arguments).stdout(Stdio::piped()));
        let info = next_line(&mut owner.lines());
        Self { place, owner, info }
    }

    fn verb(&self, arguments: &[&str]) -> Command {
        let mut command = self.place.nuncio([&["bus"], arguments].concat());
        command.env("NUNCIO_BUS", &self.info);
        command
    }

    fn prints(&self, arguments: &[&str]) -> String {
        run(&mut self.verb(arguments)).printed()
    }

    /// Runs `nuncio bus`, which fails with `code` and says `words`.
    fn fails(&self, arguments: &[&str], code: i32, words: &str) {
        let Outcome { status, stderr, .. } = run(&mut self.verb(arguments));
        assert_eq!(status.code(), Some(code), "{arguments:?}: {stderr}");
        assert!(stderr.contains(words), "{arguments:?}: {stderr}");
    }

    /// Starts a peer, and waits until it is there.
    fn starts(&self, arguments: &[&str]) -> Started {
        let running = Started(Running::start(self.verb(arguments).stdout(Stdio::piped())));
        let name = arguments[arguments.iter().position(|word| *word == "--as").unwrap() + 1];
        while !self.prints(&["peers"]).lines().any(|peer| peer == name) {
            std::thread::yield_now();
        }
        running
    }

    /// Has the owner end the bus.
    fn ends(mut self) -> (Option<i32>, bool) {
        self.owner.signal(Signal::TERM);
        let code = self.owner.child.wait().unwrap().code();
        (code, self.place.path().join("bus").exists())
    }
}

/// A peer, which is ended with its test.
struct Started(Running);

impl Deref for Started {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.0
    }
}

impl DerefMut for Started {
    fn deref_mut(&mut self) -> &mut Running {
        &mut self.0
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // Both fail if it has ended already.
        let _ = self.0.child.kill();
        let _ = self.0.child.wait();
    }
}

#[test]
fn peers_send_ask_and_end_in_order_on_every_driver() {
    for driver in ["fifo", "files", "jsonfile", "stream", "unix"] {
        let bus = Guarded::start(driver, &["--serializer", "JSON::Zstd"]);
        let mut server = bus.starts(&["serve", "--as", "echo", "--exec", "cat"]);
        let mut reader = bus.starts(&["recv", "--as", "reader", "--follow"]);
        assert_eq!(bus.prints(&["request", "echo", r#"{"n":[1,"grün"]}"#]), "{\"n\":[1,\"grün\"]}\n");
        bus.prints(&["send", "--as", "sender", "reader", "\"hi\""]);
        let sent = json(&bus.prints(&["broadcast", &bus.info, "[2]"]));
        assert_eq!(sent, object!({"version": 1, "peers": {"echo": {"sent": 1}, "reader": {"sent": 1}}}));
        let mut lines = reader.lines();
        let (first, second) = (json(&next_line(&mut lines)), json(&next_line(&mut lines)));
        assert_eq!(
            (&first["from"], &first["to"], &first["content"]),
            (&object!("sender"), &object!("reader"), &object!("hi"))
        );
        assert_eq!(
            (&first["broadcast"], &second["broadcast"], &second["content"]),
            (&object!(false), &object!(true), &object!([2]))
        );
        assert_eq!(bus.ends(), (Some(0), false), "{driver}");
        for peer in [&mut server, &mut reader] {
            assert!(peer.child.wait().unwrap().success(), "{driver}: asked to end");
        }
    }
}

#[test]
fn what_goes_wrong_has_a_code_and_a_reason() {
    let bus = Guarded::start("files", &[]);
    let _peer = bus.starts(&["serve", "--as", "peer", "--exec", "false"]);
    bus.fails(&["send", "nobody", "1"], 4, "nobody on this bus has that name");
    bus.fails(&["send", "peer", "null"], 1, "null");
    bus.fails(&["send", "peer", "{"], 1, "is not JSON");
    bus.fails(&["send", "--as", "_x", "peer", "1"], 2, "does not begin with `_`");
    bus.fails(&["recv", "--as", "", "--timeout", "1ms"], 2, "not empty");
    bus.fails(&["recv", "--as", "reader", "--timeout", "1ms"], 3, "nothing came in time");
    bus.fails(&["recv", "--as", "peer"], 1, "process");
    bus.fails(&["recv", "--as", "never", "--reconnect"], 4, "never");
    bus.fails(&["peers", r#"["SQLite","JSON","/x.db"]"#], 1, "no driver for SQLite");
    bus.fails(&["request", "peer", "1"], 1, "false");
    bus.fails(&["peers", r#"["Evil","JSON","/"]"#], 1, "no known protocol");
    bus.fails(&["peers", r#"["MessageFiles","JSON","/nonexistent"]"#], 7, "no such directory");
    std::fs::create_dir(bus.place.path().join("open")).unwrap();
    std::fs::set_permissions(bus.place.path().join("open"), std::os::unix::fs::PermissionsExt::from_mode(0o777))
        .unwrap();
    let open = bus.place.path().join("open");
    bus.fails(&["peers", &format!(r#"["MessageFiles","JSON",{open:?}]"#)], 6, "other users write");
    for (words, missing) in [
        (&["peers"][..], "INFO is missing"),
        (&["send"], "INFO, PEER and PAYLOAD are missing"),
        (&["request", "peer", "1"], "PAYLOAD is missing, or INFO; NUNCIO_BUS is not set"),
        (&["broadcast"], "INFO and PAYLOAD are missing"),
    ] {
        let Outcome { status, stderr, .. } = run(bus.verb(words).env_remove("NUNCIO_BUS"));
        assert!(status.code() == Some(2) && stderr.contains(missing), "{words:?}: {stderr}");
    }
    bus.fails(&["send", "peer"], 2, "PAYLOAD is missing");
    bus.fails(&["send"], 2, "PEER and PAYLOAD are missing");
}

#[test]
fn a_tap_tells_who_comes_and_goes_and_what_everybody_is_told() {
    let bus = Guarded::start("fifo", &[]);
    let mut echo = bus.starts(&["serve", "--as", "echo"]);
    let mut tap = bus.starts(&["tap", "--as", "tap"]);
    let mut lines = tap.lines();
    let mut next = || json(&next_line(&mut lines));
    assert_eq!(next(), object!({"version": 1, "event": "came", "peer": "echo", "pid": echo.child.id()}));
    // Whoever comes and leaves again between two looks may not be told of.
    let mut next_of = |event: &str, peer: &str| loop {
        let line = next();
        if line["event"] == event && (line["peer"] == peer || line["from"] == peer) {
            return line;
        }
    };
    bus.prints(&["broadcast", "--as", "teller", "[2]"]);
    let message = next_of("message", "teller");
    assert_eq!((&message["content"], &message["to"]), (&object!([2]), &object!("tap")));
    echo.signal(Signal::TERM);
    assert!(echo.child.wait().unwrap().success());
    next_of("left", "echo");
    bus.fails(&["request", "tap", "1"], 1, "only watches");
    assert_eq!(bus.ends(), (Some(0), false));
    assert!(tap.child.wait().unwrap().success());
}

#[test]
fn what_was_not_read_is_reported_at_the_end() {
    let bus = Guarded::start("files", &["--signal", "TERM"]);
    let mut reader = bus.starts(&["recv", "--as", "reader", "--count", "2"]);
    // The reader is killed between two messages: the second is never read.
    bus.prints(&["send", "--as", "sender", "reader", "1"]);
    assert_eq!(json(&next_line(&mut reader.lines()))["content"], 1);
    reader.child.kill().unwrap();
    reader.child.wait().unwrap();
    bus.prints(&["send", "--as", "sender", "reader", "2"]);
    let stats = json(&bus.prints(&["stats", "--json"]));
    assert_eq!(stats["delta"], object!({"sender -> reader": 2}));
    assert_eq!(bus.prints(&["peers"]), "");
    assert_eq!(bus.ends(), (Some(1), false));
}

#[test]
fn who_is_suspended_comes_back_to_his_messages() {
    let bus = Guarded::start("files", &[]);
    let mut reader = bus.starts(&["recv", "--as", "reader", "--suspend", "1h"]);
    bus.prints(&["send", "reader", "1"]);
    assert!(reader.child.wait().unwrap().success());
    bus.prints(&["send", "reader", "2"]);
    bus.fails(&["recv", "--as", "reader"], 1, "--reconnect comes back as it");
    assert_eq!(bus.prints(&["recv", "--as", "reader", "--reconnect", "--content"]), "2\n");
    assert_eq!(bus.ends(), (Some(0), false));
}

#[test]
fn a_bus_that_is_kept_is_destroyed_when_asked() {
    let place = Place::new();
    let route = place.path().join("bus");
    let info = run(&mut place.nuncio(["bus", "create", "--keep", "--route", route.to_str().unwrap()])).printed();
    assert!(route.exists());
    let again = run(&mut place.nuncio(["bus", "create", "--route", route.to_str().unwrap()]));
    assert!(again.status.code() == Some(1) && again.stderr.contains("there is something already"), "{}", again.stderr);
    run(&mut place.nuncio(["bus", "destroy", info.trim()])).printed();
    assert!(!route.exists());
}

#[test]
fn what_is_no_bus_is_not_destroyed() {
    let place = Place::new();
    let home = place.path().join("home");
    std::fs::create_dir(&home).unwrap();
    std::fs::write(home.join("notes"), "x").unwrap();
    std::fs::write(home.join("server.pid"), "1").unwrap();
    let create = run(&mut place.nuncio(["bus", "create", "--route", home.to_str().unwrap()]));
    assert_eq!(create.status.code(), Some(1), "{}", create.stderr);
    let destroy = run(&mut place.nuncio(["bus", "destroy", &format!(r#"["MessageFiles","JSON",{home:?}]"#)]));
    assert!(destroy.status.code() == Some(1) && destroy.stderr.contains("\"notes\""), "{}", destroy.stderr);
    assert!(home.join("notes").exists() && home.join("server.pid").exists());
}

/// Puts `message`, as it is, into the mailbox of `peer` on a bus of files.
fn plant(bus: &Guarded, peer: &str, name: &str, message: &str) {
    let mailbox = bus.place.path().join("bus").join(peer);
    std::fs::write(mailbox.join("new"), message).unwrap();
    std::fs::rename(mailbox.join("new"), mailbox.join(format!("{name}.ready"))).unwrap();
}

/// A message as nuncio writes it, whose content is none.
const BROKEN: &str =
    r#"{"nuncio":"00000003","id":"01","from":"x","to":"y","stamp":1795170656.00000,"stamp_ord":0,"content":[1[}"#;

#[test]
fn a_message_whose_content_is_broken_ends_neither_who_follows_nor_who_watches() {
    let bus = Guarded::start("files", &[]);
    let mut reader = bus.starts(&["recv", "--as", "reader", "--follow"]);
    let mut tap = bus.starts(&["tap", "--as", "tap"]);
    for peer in ["reader", "tap"] {
        plant(&bus, peer, "1", BROKEN);
        plant(&bus, peer, "2", r#"{"from":"x","to":"y","content":{"ipcm_response_id":"7","response":1}}"#);
    }
    bus.prints(&["broadcast", "--as", "teller", "\"next\""]);
    let mut lines = reader.lines();
    let first = json(&next_line(&mut lines));
    assert_eq!(first["content"]["response"], 1);
    assert!(!first["id"].as_str().unwrap().is_empty(), "a message gets an id when it has none");
    assert_eq!(json(&next_line(&mut lines))["content"], "next");
    let mut lines = tap.lines();
    let mut next_message = || loop {
        let line = json(&next_line(&mut lines));
        if line["event"] == "message" {
            return line;
        }
    };
    assert_eq!(next_message()["content"]["response"], 1);
    assert_eq!(next_message()["content"], "next");
    reader.signal(Signal::TERM);
    tap.signal(Signal::TERM);
    assert!(reader.child.wait().is_ok() && tap.child.wait().unwrap().success());
}

#[test]
fn what_came_beside_the_messages_that_were_wanted_is_told() {
    let bus = Guarded::start("files", &[]);
    let mut away = bus.starts(&["recv", "--as", "reader", "--suspend", "1h"]);
    bus.prints(&["send", "reader", "0"]);
    assert!(away.child.wait().unwrap().success());
    for text in ["1", "2", "[\"three\"]"] {
        bus.prints(&["send", "reader", text]);
    }
    let Outcome { status, stdout, stderr } =
        run(&mut bus.verb(&["recv", "--as", "reader", "--reconnect", "--content"]));
    assert!(status.success() && stdout == "1\n", "{stdout} {stderr}");
    let told: Vec<_> = stderr.lines().filter_map(|line| line.split_once("was not read: ")).collect();
    let contents: Vec<_> = told.iter().map(|(_, message)| json(message)["content"].clone()).collect();
    assert_eq!(contents, [object!(2), object!(["three"])], "{stderr}");
}

#[test]
fn a_server_that_is_told_to_end_ends_the_commands_that_run() {
    let bus = Guarded::start("unix", &[]);
    let begun = bus.place.path().join("begun");
    let command = format!("sh -c 'echo > {}; sleep 1000'", begun.display());
    let mut server = bus.starts(&["serve", "--as", "slow", "--exec", &command]);
    let mut asking = Running::start(bus.verb(&["request", "slow", "1"]).stderr(Stdio::null()));
    while !begun.exists() {
        std::thread::yield_now();
    }
    server.signal(Signal::TERM);
    assert!(server.child.wait().unwrap().success());
    assert_eq!(asking.child.wait().unwrap().code(), Some(1), "it is told that there is no answer");
    assert_eq!(bus.ends(), (Some(0), false));
}

#[test]
fn a_broadcast_that_nobody_takes_has_failed() {
    let bus = Guarded::start("unix", &[]);
    let reader = bus.starts(&["recv", "--as", "reader"]);
    reader.signal(Signal::STOP);
    let full = ["broadcast", "--timeout", "1ms", "1"];
    let last = loop {
        let Outcome { status, stdout, .. } = run(&mut bus.verb(&full));
        if !status.success() {
            break (status.code(), json(&stdout));
        }
    };
    assert_eq!((last.0, &last.1["peers"]["reader"]["sent"]), (Some(5), &object!(0)));
}

#[test]
fn a_server_that_is_told_to_end_leaves_the_bus_in_order() {
    let bus = Guarded::start("fifo", &[]);
    bus.fails(&["recv", "--as", "reader", "--suspend", "1h"], 1, "keeps no messages for somebody who is away");
    let mut server = bus.starts(&["serve", "--as", "echo"]);
    assert_eq!(bus.prints(&["request", "echo", "1"]), "1\n");
    server.signal(Signal::TERM);
    assert!(server.child.wait().unwrap().success());
    assert_eq!(bus.prints(&["peers"]), "");
    assert_eq!(bus.ends(), (Some(0), false));
}
