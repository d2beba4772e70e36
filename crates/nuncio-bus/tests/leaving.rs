//! Whoever leaves while others send to him gets everything that they were told he has.
#![cfg(target_os = "linux")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use nuncio_bus::RouteConfig;
use nuncio_bus::fifo::FifoDriver;
use nuncio_bus::files::FilesDriver;
use nuncio_bus::stream::StreamDriver;
use nuncio_bus::unix::UnixDriver;
use nuncio_conformance::{scale, within};
use nuncio_core::driver::Detach;
use nuncio_core::{
    AttachOptions, Batch, Driver, EndpointName, ErrorKind, Item, Outbox, Outcome, Outgoing, Payload, Role, Target, Wait,
};

const SENDERS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(300);

fn name(id: &str) -> EndpointName {
    EndpointName::new(id).expect("a name")
}

/// Sends until the reader is gone, and says how many messages went.
fn send_until_gone(outbox: &dyn Outbox, target: &Target, is_sending: &AtomicBool) -> usize {
    let items = [Item::new(Payload::Encode(&"x"))];
    let mut sent = 0;
    loop {
        match outbox.send(target, &mut Outgoing::new(&items), Wait::FOREVER) {
            Ok(_) => sent += 1,
            Err(failure) => {
                let expected = (ErrorKind::NoSuchEndpoint, Outcome::NotSent);
                assert_eq!((failure.error.kind(), failure.outcome), expected, "{}", failure.error.chain());
                return sent;
            }
        }
        is_sending.store(true, Ordering::Relaxed);
    }
}

fn nothing_is_lost(what: &str, open: fn(&RouteConfig) -> Arc<dyn Driver>) {
    within(PATIENCE, what, move || {
        let directory = tempfile::tempdir().expect("a directory");
        let driver = open(&RouteConfig::new(directory.path()));
        for _ in 0..scale::choose(30, 3000) {
            let reader = driver.attach(&name("reader"), &AttachOptions::new(Role::Receive)).expect("free");
            let (mut inbox, mut batch) = (reader.inbox.expect("it receives"), Batch::new());
            let is_sending = AtomicBool::new(false);
            let (sent, read) = thread::scope(|scope| {
                let sending: Vec<_> = (0..SENDERS)
                    .map(|number| {
                        let who = name(&format!("sender{number}"));
                        let attached = driver.attach(&who, &AttachOptions::new(Role::SendOnly)).expect("one can send");
                        let target = attached.outbox.resolve(&name("reader")).expect("it is there");
                        let is_sending = &is_sending;
                        scope.spawn(move || send_until_gone(&*attached.outbox, &target, is_sending))
                    })
                    .collect();
                let mut read = 0;
                while !is_sending.load(Ordering::Relaxed) || read < 20 {
                    batch.clear();
                    read += inbox.recv(&mut batch, 16, Wait::FOREVER).expect("nothing is wrong");
                }
                read += inbox.detach(Detach::Leave, Wait::NOW).expect("in order").unread.len();
                let sent: usize = sending.into_iter().map(|sending| sending.join().expect("a sender")).sum();
                (sent, read)
            });
            assert_eq!(sent, read, "messages that were accepted and messages that came");
        }
    });
}

macro_rules! on_each {
    ($($name:ident: $driver:ty),* $(,)?) => {$(
        #[test]
        fn $name() {
            nothing_is_lost(stringify!($name), |config| Arc::new(<$driver>::open(config).expect("a private directory")));
        }
    )*};
}

on_each! { fifo: FifoDriver, files: FilesDriver, stream: StreamDriver, unix: UnixDriver }
