//! The drivers under test, buses to test on, and other processes to test with.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use nuncio_bus::wire::info::Protocol;
use nuncio_bus::{Bus, BusGuard, Peer};
use nuncio_conformance::within;
use nuncio_core::{Limits, Wait};

/// Every driver that other processes can join; a new one joins by a line.
pub(crate) const PROTOCOLS: &[Protocol] =
    &[Protocol::AtomicPipe, Protocol::ConnectionUnix, Protocol::JsonFile, Protocol::MessageFiles, Protocol::UnixSocket];
/// Those that are this process's alone.
const LOCAL: &[Protocol] = &[Protocol::LocalMemory];
/// Longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A bus of each kind, made in a directory of its own; at the end every message that was sent was read.
pub(crate) fn on_each(name: &str, play: fn(&BusGuard)) {
    on_each_unread(name, play, 0);
}

/// As [`on_each`], with `unread` messages that were sent and not read, or read by somebody who could not say so.
pub(crate) fn on_each_unread(name: &str, play: fn(&BusGuard), unread: i64) {
    with_each_at(name, PROTOCOLS, move |guard, route| play_and_end(guard, route, play, unread));
}

/// As [`on_each`], also on those media that are this process's alone.
pub(crate) fn on_each_here(name: &str, play: fn(&BusGuard)) {
    on_each_here_unread(name, play, 0);
}

/// As [`on_each_unread`], also on those media that are this process's alone.
pub(crate) fn on_each_here_unread(name: &str, play: fn(&BusGuard), unread: i64) {
    with_each_at(name, &[PROTOCOLS, LOCAL].concat(), move |guard, route| play_and_end(guard, route, play, unread));
}

fn play_and_end(guard: BusGuard, route: &Path, play: fn(&BusGuard), unread: i64) {
    play(&guard);
    let report = guard.shutdown(Duration::from_secs(20)).expect("the bus ends");
    let different: i64 = report.differences.iter().map(|difference| difference.messages.abs()).sum();
    assert_eq!((different, report.remaining), (unread, Vec::new()), "{:?}", report.differences);
    assert!(!route.exists());
}

/// A bus of each kind, in a directory of its own, whose end is part of the test.
pub(crate) fn with_each(name: &str, play: fn(BusGuard)) {
    with_each_at(name, PROTOCOLS, move |guard, _| play(guard));
}

/// As [`with_each`], also on those media that are this process's alone.
pub(crate) fn with_each_here(name: &str, play: fn(BusGuard)) {
    with_each_at(name, &[PROTOCOLS, LOCAL].concat(), move |guard, _| play(guard));
}

/// As [`with_each_here`], where mailboxes hold few messages.
pub(crate) fn with_each_small(name: &str, play: fn(BusGuard)) {
    with_each_at(name, &[PROTOCOLS, LOCAL].concat(), move |guard, _| {
        let limits = Limits::default().with_capacity(16);
        let protocol = guard.info().protocol;
        let route = Path::new(&guard.info().route).with_file_name("small");
        play(Bus::builder().protocols([protocol]).route(route).limits(limits).create().expect("a bus"));
    });
}

/// All kinds at the same time: most of them wait most of the time.
fn with_each_at(name: &str, protocols: &[Protocol], play: impl Fn(BusGuard, &Path) + Copy + Send + Sync + 'static) {
    thread::scope(|scope| {
        let play_on = |protocol: Protocol| {
            within(PATIENCE, &format!("{name} on {protocol:?}"), move || {
                let directory = tempfile::tempdir().expect("a directory");
                let route = directory.path().join("bus");
                play(Bus::builder().protocols([protocol]).route(&route).create().expect("a bus"), &route);
            });
        };
        for &protocol in protocols {
            thread::Builder::new()
                .name(format!("{protocol:?}"))
                .spawn_scoped(scope, move || play_on(protocol))
                .expect("a thread");
        }
    });
}

const PART: &str = "NUNCIO_BUS_TEST_PART";
const NAME: &str = "NUNCIO_BUS_TEST_NAME";
const INFO: &str = "NUNCIO_BUS_TEST_INFO";

/// This test binary once more, as another process that plays `part` on the bus as `name`. It ends with its input.
pub(crate) fn start(part: &str, name: &str, bus: &Bus) -> Child {
    start_with(part, name, bus, |_| {})
}

/// As [`start`], with the command as `change` leaves it.
pub(crate) fn start_with(part: &str, name: &str, bus: &Bus, change: impl FnOnce(&mut Command)) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("a test knows its binary"));
    command
        .args(["support::child_process", "--exact", "--ignored", "--nocapture"])
        .env(PART, part)
        .env(NAME, name)
        .env(INFO, bus.info().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::null());
    change(&mut command);
    command.spawn().expect("this binary can be started again")
}

/// How often process `pid` has gone to sleep by itself, in all its threads.
pub(crate) fn switches(pid: u32) -> u64 {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("it lives");
    let of_task = |task: std::fs::DirEntry| {
        let status = std::fs::read_to_string(task.path().join("status")).unwrap_or_default();
        let count = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")?.trim().parse().ok());
        count.unwrap_or(0)
    };
    tasks.filter_map(Result::ok).map(of_task).sum()
}

/// Waits until all threads of process `pid` sleep, and still sleep a moment later.
pub(crate) fn wait_until_asleep(pid: u32) {
    let mut last = u64::MAX;
    loop {
        let now = switches(pid);
        if now == last {
            return;
        }
        last = now;
        thread::sleep(Duration::from_millis(100));
    }
}

/// Kills it, and waits until it is gone.
pub(crate) fn kill(mut child: Child) {
    child.kill().and_then(|()| child.wait()).expect("it is there");
}

/// Waits until a child that ends by itself has ended. Its input, with which it ends too, stays open until then.
pub(crate) fn end_of(child: &mut Child) -> ExitStatus {
    let input = child.stdin.take();
    let status = child.wait().expect("it was started");
    drop(input);
    status
}

#[test]
#[ignore = "the entry of the processes that other tests start"]
fn child_process() {
    let (Ok(part), Ok(name), Ok(info)) = (std::env::var(PART), std::env::var(NAME), std::env::var(INFO)) else {
        return;
    };
    thread::spawn(|| {
        // A parent that hangs is ended by its harness, and only lets go of its children's input.
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(1);
    });
    let bus = Bus::open(&info).expect("the parent's bus");
    match &part[..] {
        "none" => loop {
            thread::park();
        },
        "asker" => {
            let mut peer = bus.connect(&name).expect("free");
            peer.request("watcher", &1, Some(PATIENCE)).expect("an answer");
        }
        "watcher" => {
            let _peer = bus.connect(&name).expect("free");
            let mut watch = bus.watch_peers().expect("watched");
            while watch.next(Wait::FOREVER).expect("told").is_some() {}
        }
        "clean" => {
            nuncio_bus::clean().expect("looked at");
        }
        "answer-once" => answer_once(&mut bus.connect(&name).expect("free")),
        "heir" => {
            let guard = bus.take_over(Wait::FOREVER).expect("it is handed over");
            guard.shutdown(PATIENCE).expect("it ends");
        }
        "owner" => {
            let guard = bus.take_over(Wait::FOREVER).expect("nobody's");
            std::mem::forget(guard);
            wait_for_terminate(greet(&name, &bus));
        }
        "stubborn" => {
            let _peer = greet(&name, &bus);
            loop {
                thread::park();
            }
        }
        "quiet" => wait_for_terminate(bus.connect(&name).expect("free")),
        _ => wait_for_terminate(greet(&name, &bus)),
    }
    // What libtest would print is nobody's.
    std::process::exit(0);
}

/// Joins, and says so to whoever is there.
fn greet(name: &str, bus: &Bus) -> Peer {
    let peer = bus.connect(name).expect("free");
    for other in peer.others().expect("listed") {
        peer.send(&other.id, &"ready").expect("it waits");
    }
    peer
}

fn wait_for_terminate(mut peer: Peer) {
    while !peer.recv().expect("it works").is_terminate() {}
    peer.close().expect("it leaves");
}

fn answer_once(peer: &mut Peer) {
    let message = peer.recv().expect("it works");
    let (id, request) = message.request().expect("a request");
    peer.respond(message.from(), &id, &request, Wait::FOREVER).expect("it is there");
}
