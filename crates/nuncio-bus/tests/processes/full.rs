//! A disk that is full: whoever sends is told, what was accepted can be read, and then there is room again.

use std::path::Path;
use std::process::{Command, Stdio};

use nuncio_bus::Bus;
use nuncio_bus::wire::info::Protocol;
use nuncio_conformance::{scale, within};
use nuncio_core::ErrorKind;

use crate::support::{INFO, NAME, PART, patience};

const KEPT: [Protocol; 2] = [Protocol::JsonFile, Protocol::MessageFiles];
/// How long a message is that fills the disk, in bytes; and how large the disk is.
const LARGE: usize = 60_000;
const DISK: &str = "size=1m,mode=0700";
/// Where no file system can be made, no file may have more than this, in blocks of 512 bytes: less than a message.
const FILE_BLOCKS: usize = 100;

/// What the process does whose disk is small.
pub(crate) fn fill(directory: &Path, protocol: &str) {
    let protocol = KEPT.into_iter().find(|kept| kept.name() == protocol).expect("one of these");
    let bus = Bus::builder().protocols([protocol]).route(directory.join("bus")).create().expect("a bus");
    let (mut reader, sender) = (bus.connect("reader").expect("free"), bus.connect("sender").expect("free"));
    let filler = "x".repeat(LARGE);
    for round in 0..2 {
        let mut accepted = 0;
        let error = loop {
            match sender.try_send("reader", &(accepted, &filler)) {
                Ok(()) => accepted += 1,
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::Full, "{protocol:?}: {}", error.chain());
        assert!(error.to_string().contains("takes no more"), "{error}");
        for number in 0..accepted {
            let (came, filler): (usize, String) = reader.recv().expect("it was accepted").content().expect("a pair");
            assert_eq!((came, filler.len()), (number, LARGE), "{protocol:?}, round {round}");
        }
        sender.send("reader", &(0, "small")).expect("there is room again");
        assert_eq!(
            reader.recv().expect("it came").content::<(u32, String)>().expect("a pair"),
            (0, "small".to_owned())
        );
    }
    reader.close().expect("in order");
    sender.close().expect("in order");
}

fn on_a_small_disk(protocol: Protocol) {
    let directory = tempfile::tempdir().expect("a directory");
    let run = format!(
        "exec '{}' support::child_process --exact --ignored",
        std::env::current_exe().expect("its binary").display()
    );
    let mount = format!("mount -t tmpfs -o {DISK} small '{}'", directory.path().display());
    let can_mount = succeeds(&["unshare", "--mount", "--", "sh", "-c", &mount], |_| {});
    let script = match can_mount {
        true => format!("{mount} && {run}"),
        // A process that does not ignore the signal is ended by it.
        false => format!("trap '' XFSZ; ulimit -f {FILE_BLOCKS}; {run}"),
    };
    let words: &[&str] = if can_mount { &["unshare", "--mount", "--", "sh", "-c"] } else { &["sh", "-c"] };
    let did = succeeds(&[words, &[&script]].concat(), |command| {
        command.env(PART, "fills").env(NAME, protocol.name()).env(INFO, directory.path()).stdin(Stdio::piped());
    });
    assert!(did, "{protocol:?}");
    scale::report(&format!(
        "{protocol:?}: told of a full disk, {}",
        if can_mount { "a small one" } else { "small files" }
    ));
}

fn succeeds(words: &[&str], change: impl FnOnce(&mut Command)) -> bool {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).stdout(Stdio::null());
    change(&mut command);
    let Ok(mut child) = command.spawn() else { return false };
    // It ends when it has no input any more.
    let _input = child.stdin.take();
    child.wait().is_ok_and(|status| status.success())
}

#[test]
fn whoever_sends_on_a_full_disk_is_told_and_the_bus_lives_on() {
    for protocol in KEPT {
        within(patience(), &format!("a full disk under {protocol:?}"), move || on_a_small_disk(protocol));
    }
}
