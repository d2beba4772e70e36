//! Other processes: this binary once more.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use nuncio_bus::wire::info::Protocol;
use nuncio_bus::{Bus, BusGuard};
use nuncio_conformance::{scale, within};

pub(crate) const PART: &str = "NUNCIO_BUS_TEST_PART";
pub(crate) const NAME: &str = "NUNCIO_BUS_TEST_NAME";
pub(crate) const INFO: &str = "NUNCIO_BUS_TEST_INFO";

/// Longer than anything here takes on a busy machine.
pub(crate) fn patience() -> Duration {
    Duration::from_secs(scale::choose(120, 1800))
}

/// Plays on a bus of `protocol`, in a directory of its own.
pub(crate) fn on(protocol: Protocol, what: &str, play: impl FnOnce(BusGuard) + Send + 'static) {
    within(patience(), &format!("{what} on {protocol:?}"), move || {
        let directory = tempfile::tempdir().expect("a directory");
        play(make(protocol, &directory.path().join("bus")));
    });
}

fn make(protocol: Protocol, route: &Path) -> BusGuard {
    Bus::builder().protocols([protocol]).route(route).create().expect("a bus")
}

/// A process that plays `part` as `name`; with `environment` beside. It ends with its input.
pub(crate) fn start(bus: &Bus, part: &str, name: &str, environment: &[(&str, &str)]) -> Child {
    Command::new(std::env::current_exe().expect("a test knows its binary"))
        .args(["support::child_process", "--exact", "--ignored", "--nocapture"])
        .env(PART, part)
        .env(NAME, name)
        .env(INFO, bus.info().to_string())
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("this binary can be started again")
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
    if part == "fills" {
        return super::full::fill(Path::new(&info), &name);
    }
    let bus = Bus::open(&info).expect("the parent's bus");
    match &part[..] {
        "sends" => super::load::send(&bus, &name),
        #[cfg(feature = "crash-points")]
        "lives" => super::crash::live(&bus, &name),
        part => panic!("no child plays {part:?}"),
    }
}
