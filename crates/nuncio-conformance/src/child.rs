//! Another process on the medium: this test binary once more, playing one part until it is killed.

use std::io;
use std::process::{Command, Stdio};
use std::thread;

use nuncio_core::{AttachOptions, Role, Wait};

use crate::fixture::Fixture;
use crate::letter::Letter;
use crate::post::{Reader, Sender};
use crate::stage::name;

const PART: &str = "NUNCIO_CONFORMANCE_PART";
const ADDRESS: &str = "NUNCIO_CONFORMANCE_ADDRESS";

/// Sends letters to [`PARENT`] without end.
pub(crate) const SENDS: &str = "sends";
/// Receives as [`VICTIM`] without end; its first letter tells [`PARENT`] that it is there.
pub(crate) const RECEIVES: &str = "receives";
/// Whom a child sends to.
pub(crate) const PARENT: &str = "parent";
/// As whom a child receives.
pub(crate) const VICTIM: &str = "victim";

/// A process that plays a part; killed when this is dropped.
pub(crate) struct Child(std::process::Child);

impl Child {
    /// Runs the ignored test `entry` of this binary.
    pub(crate) fn start(entry: &str, part: &str, address: &str) -> Self {
        // The harness names tests without the crate.
        let (_, test) = entry.split_once("::").expect("the suite is in a module");
        let binary = std::env::current_exe().expect("a test knows its binary");
        let child = Command::new(binary)
            .args([test, "--exact", "--ignored", "--nocapture"])
            .env(PART, part)
            .env(ADDRESS, address)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn();
        Self(child.expect("this binary can be started again"))
    }

    /// Ends it with SIGKILL; it has no time to tidy up.
    pub(crate) fn kill(self) {
        drop(self);
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // A child that has ended already is what is wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What the child process does.
#[doc(hidden)]
pub fn run_child<F: Fixture>() {
    let (Ok(part), Ok(address)) = (std::env::var(PART), std::env::var(ADDRESS)) else { return };
    thread::spawn(end_with_parent);
    let driver = F::join(&address);
    let role = if part == RECEIVES { Role::Receive } else { Role::SendOnly };
    let attached = driver.attach(&name(VICTIM), &AttachOptions::new(role)).expect("a child can join");
    let sender = Sender::of(attached.outbox.clone(), PARENT, driver.capabilities().body);
    match part.as_str() {
        SENDS => (0..).step_by(16).for_each(|first| sender.send(&Letter::row(1, first..first + 16), 16)),
        RECEIVES => {
            let mut reader = Reader::of(attached);
            sender.send(&[Letter::new(1, 0)], 1);
            loop {
                reader.recv(16, Wait::FOREVER).expect("a child can receive");
            }
        }
        part => panic!("no child plays {part:?}"),
    }
}

/// A parent that hangs is ended by its harness, and does not kill its children: it only lets go of their input.
fn end_with_parent() {
    let _ = io::copy(&mut io::stdin(), &mut io::sink());
    std::process::exit(1);
}
