//! The suite finds what it looks for: drivers with one flaw each fail the case that is about it.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use nuncio_bus::memory::{MemoryConfig, MemoryDriver};
use nuncio_codec::Codec;
use nuncio_conformance::{Fixture, Stage, cases, run};
use nuncio_core::driver::{EndpointInfo, Flushed, Presence, SendFailure, Sent};
use nuncio_core::{
    AttachOptions, Attached, Capabilities, Driver, EndpointName, Item, Limits, Outbox, Outgoing, Payload, Readiness,
    Result, Target, Wait,
};

const NONE: u8 = 0;
const LOSES_WHEN_FULL: u8 = 1;
const LOSES_SOME: u8 = 2;
const DOUBLES: u8 = 3;
const SWAPS: u8 = 4;
const CHANGES: u8 = 5;

/// A medium in memory whose outboxes have the flaw `FLAW`.
#[derive(Debug)]
struct Flawed<const FLAW: u8>(Arc<MemoryDriver>);

impl<const FLAW: u8> Fixture for Flawed<FLAW> {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("flawed {}", COUNT.fetch_add(1, Ordering::Relaxed));
        let config = MemoryConfig::new(&name).with_limits(Limits::default().with_capacity(32));
        Self(Arc::new(MemoryDriver::open(&config).expect("valid limits")))
    }

    fn driver(&self) -> Arc<dyn Driver> {
        Arc::new(Self(self.0.clone()))
    }

    fn claims(&self) -> Capabilities {
        self.0.capabilities().clone()
    }
}

impl<const FLAW: u8> Driver for Flawed<FLAW> {
    fn capabilities(&self) -> &Capabilities {
        self.0.capabilities()
    }

    fn attach(&self, who: &EndpointName, options: &AttachOptions) -> Result<Attached> {
        let mut attached = self.0.attach(who, options)?;
        attached.outbox = Arc::new(FlawedOutbox::<FLAW> { inner: attached.outbox, calls: AtomicUsize::new(0) });
        Ok(attached)
    }

    fn endpoints(&self) -> Result<Vec<EndpointInfo>> {
        self.0.endpoints()
    }

    fn presence(&self) -> Option<&dyn Presence> {
        self.0.presence()
    }
}

#[derive(Debug)]
struct FlawedOutbox<const FLAW: u8> {
    inner: Arc<dyn Outbox>,
    calls: AtomicUsize,
}

impl<const FLAW: u8> Outbox for FlawedOutbox<FLAW> {
    fn resolve(&self, to: &EndpointName) -> Result<Target> {
        self.inner.resolve(to)
    }

    fn send(&self, to: &Target, batch: &mut Outgoing<'_>, wait: Wait<'_>) -> Result<Sent, SendFailure> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        match FLAW {
            LOSES_WHEN_FULL if self.inner.send(to, batch, wait).is_err() => Ok(pretend(batch)),
            LOSES_WHEN_FULL => Ok(Sent { stored: batch.accepted(), queued: 0 }),
            LOSES_SOME if call % 10 == 9 => Ok(pretend(batch)),
            DOUBLES => {
                self.inner.send(to, &mut Outgoing::new(batch.rest()), wait)?;
                self.inner.send(to, batch, wait)
            }
            SWAPS => {
                let turned: Vec<Item<'_>> = batch.rest().iter().rev().copied().collect();
                self.inner.send(to, &mut Outgoing::new(&turned), wait).map(|_| pretend(batch))
            }
            CHANGES => {
                let item = Item::new(Payload::Encoded { codec: Some(Codec::Json), bytes: b"{}" });
                self.inner.send(to, &mut Outgoing::new(&[item]), wait).map(|_| pretend(batch))
            }
            _ => self.inner.send(to, batch, wait),
        }
    }

    fn room(&self, to: &Target) -> Result<Readiness> {
        self.inner.room(to)
    }

    fn flush(&self, wait: Wait<'_>) -> Result<Flushed> {
        self.inner.flush(wait)
    }
}

/// Says that all of the batch was sent.
fn pretend(batch: &mut Outgoing<'_>) -> Sent {
    let stored = batch.rest().len();
    batch.advance(stored);
    Sent { stored, queued: 0 }
}

fn check<const FLAW: u8>(case: fn(&Stage<'_>)) {
    run::<Flawed<NONE>>("a case without a flaw", "", case);
    let flawed = std::panic::catch_unwind(|| run::<Flawed<FLAW>>("a case with a flaw", "", case));
    assert!(flawed.is_err(), "the flaw was not found");
}

#[test]
fn a_driver_that_drops_what_has_no_room_is_found() {
    check::<LOSES_WHEN_FULL>(cases::full::now_changes_nothing);
}

#[test]
fn a_driver_that_loses_a_message_now_and_then_is_found() {
    check::<LOSES_SOME>(cases::full::now_changes_nothing);
}

#[test]
fn a_driver_that_sends_twice_is_found() {
    check::<DOUBLES>(cases::payload::typed);
}

#[test]
fn a_driver_that_turns_batches_round_is_found() {
    check::<SWAPS>(cases::batch::sixteen_at_a_time);
}

#[test]
fn a_driver_that_changes_payloads_is_found() {
    check::<CHANGES>(cases::payload::bytes);
}

#[test]
fn every_case_is_in_the_suite() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let suite = fs::read_to_string(source.join("suite.rs")).expect("the suite");
    let mut count = 0;
    for file in fs::read_dir(source.join("cases")).expect("the cases") {
        let path = file.expect("a file").path();
        let group = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        let listed = suite.split_once(&format!("{group} {{")).and_then(|(_, rest)| rest.split_once('}'));
        let listed: Vec<&str> = listed.expect(group).0.split(',').map(str::trim).collect();
        for line in fs::read_to_string(&path).expect("a group of cases").lines() {
            let Some(case) = line.strip_prefix("pub fn ").and_then(|rest| rest.split('(').next()) else { continue };
            assert!(listed.contains(&case), "{group}::{case} is not in `suite!`");
            count += 1;
        }
    }
    assert!(count > 40, "only {count} cases were found: the sources are not where they were");
}
