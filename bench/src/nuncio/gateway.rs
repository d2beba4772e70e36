//! Two gateways, each as a program would run it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nuncio_core::Wait;
use nuncio_gateway::spool::{Lane, Piece, Spool, SpoolOptions, Submission};
use nuncio_gateway::{Gateway, Handle, Settings};
use nuncio_queue::remote::OUTGOING_QUEUE;
use nuncio_queue::{Message, Queue, Registry};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::Result;
use crate::room::{self, THERE};
use crate::stage::Stage;

/// A file system in memory, on which a sync costs nothing.
pub(crate) const MEMORY: &str = "/dev/shm";
/// The host that everything is for: the receiving gateway's own address, or one beyond it.
const RECEIVER: &str = "127.0.0.2";
const BEYOND: &str = "127.0.0.99";
const LOOK_AFTER: Duration = Duration::from_millis(2);

/// What is in the spool goes to the other gateway's.
pub(crate) fn send(stage: &Stage) -> Result<Vec<f64>> {
    send_from(stage, MEMORY.as_ref())
}

/// The same, from a spool on a disk.
pub(crate) fn send_synced(stage: &Stage) -> Result<Vec<f64>> {
    send_from(stage, &std::env::temp_dir())
}

/// Takes what the other gateway sends.
pub(crate) fn take(stage: &Stage) -> Result<Vec<f64>> {
    take_into(stage, MEMORY.as_ref())
}

/// The same, into a spool on a disk.
pub(crate) fn take_synced(stage: &Stage) -> Result<Vec<f64>> {
    take_into(stage, &std::env::temp_dir())
}

/// One message after the other, each when the one before has arrived.
pub(crate) fn lone(stage: &Stage) -> Result<Vec<f64>> {
    lone_through(stage, MEMORY.as_ref())
}

/// The same, through spools on a disk.
pub(crate) fn lone_synced(stage: &Stage) -> Result<Vec<f64>> {
    lone_through(stage, &std::env::temp_dir())
}

/// Puts messages into the sending host's queue, and receives them from the receiving host's.
pub(crate) fn queue_to_queue(stage: &Stage) -> Result<Vec<f64>> {
    let pair = Pair::new(stage, MEMORY.as_ref())?;
    let (there, text) = (stage.queue(THERE)?, message(RECEIVER, &stage.payload()));
    let outgoing = pair.outgoing.clone();
    let mut received = Message::new();
    let mut meter = stage.meter()?;
    // As many as the meter counts: those for warming up are a tenth.
    let count = stage.messages() + stage.messages() / 10 + 1;
    let sender = std::thread::spawn(move || (0..count).try_for_each(|_| outgoing.relay().put(&text, Wait::FOREVER)));
    while meter.runs() {
        there.recv_message(&mut received, Wait::FOREVER)?;
        meter.count(1);
    }
    let rate = meter.rate();
    drop(pair);
    sender.join().map_err(|_| "the sending thread has panicked")??;
    Ok(rate)
}

fn lone_through(stage: &Stage, spools: &Path) -> Result<Vec<f64>> {
    let pair = Pair::new(stage, spools)?;
    let (there, text) = (stage.queue(THERE)?, message(RECEIVER, &stage.payload()));
    let mut received = Message::new();
    let mut laps = stage.laps()?;
    while laps.runs() {
        let began = Instant::now();
        pair.outgoing.relay().put(&text, Wait::FOREVER)?;
        there.recv_message(&mut received, Wait::FOREVER)?;
        laps.add(began.elapsed());
    }
    Ok(laps.percentiles())
}

fn send_from(stage: &Stage, spools: &Path) -> Result<Vec<f64>> {
    let home = Home::new(stage, "a", spools)?;
    let (text, count) = (message(BEYOND, &stage.payload()), stored(stage));
    fill(&home.spool(), &text, count)?;
    stage.wait_for_begin()?;
    let address = std::fs::read_to_string(address_file(stage))?;
    let gateway = home.open(&format!("destination = ['{BEYOND}=http://{address}']"))?;
    let handle = gateway.handle.clone();
    let began = Instant::now();
    gateway.run();
    let all = format!("nuncio_gateway_messages_sent_total {count}\n");
    while !handle.metrics().contains(&all) {
        std::thread::sleep(LOOK_AFTER);
    }
    let rate = count as f64 / began.elapsed().as_secs_f64();
    std::fs::write(stage.directory().join("done"), "")?;
    Ok(vec![rate])
}

fn take_into(stage: &Stage, spools: &Path) -> Result<Vec<f64>> {
    let home = Home::new(stage, "b", spools)?;
    // Nobody is there: what is taken stays in the spool.
    let gateway =
        home.open(&format!("listen = '{RECEIVER}:0'\nallow-destination = ['{BEYOND}']\nrate = 4000000000"))?;
    std::fs::write(address_file(stage), gateway.address.ok_or("it listens")?.to_string())?;
    stage.wait_for_begin()?;
    gateway.run();
    while !stage.directory().join("done").exists() {
        std::thread::sleep(LOOK_AFTER);
    }
    Ok(Vec::new())
}

/// How many messages stand in the spool when the measurement begins: with fewer, what is measured is how a gateway starts.
pub(crate) fn stored(stage: &Stage) -> usize {
    200 * stage.messages()
}

/// Where the receiving side says its address; it is there when the measurement begins.
pub(crate) fn address_file(stage: &Stage) -> PathBuf {
    stage.directory().join("address")
}

/// A whole message for a queue of `host`.
pub(crate) fn message(host: &str, payload: &[u8]) -> Vec<u8> {
    let header = format!("d={host},q={THERE},t=9,l={}", payload.len());
    [format!("{}:{header}", header.len()).as_bytes(), payload].concat()
}

/// Stores `count` messages for a host, as a gateway would have.
fn fill(spool: &Path, text: &[u8], count: usize) -> Result {
    const AT_ONCE: usize = 200;
    let spool = Spool::open(&SpoolOptions::new(spool), Box::new(|_| {}))?;
    let lane = Lane::Host(BEYOND.into());
    for first in (0..count).step_by(AT_ONCE) {
        let some = AT_ONCE.min(count - first);
        let piece = |number: usize| Piece {
            lane: lane.clone(),
            at: number * text.len()..(number + 1) * text.len(),
            number: number as u64,
            once: None,
        };
        let messages = (0..some).map(piece).collect();
        let submission = Submission { body: text.repeat(some).into(), messages, ..Submission::default() };
        spool.submit(submission).blocking_recv()?.map_err(|error| format!("{error:?}"))?;
    }
    Ok(())
}

/// Two gateways in this process.
struct Pair {
    outgoing: Queue,
    _sending: Home,
    _receiving: Home,
}

impl Pair {
    fn new(stage: &Stage, spools: &Path) -> Result<Self> {
        let receiving = Home::at(stage.directory(), spools)?;
        let gateway = receiving.open(&format!("listen = '{RECEIVER}:0'\nrate = 4000000000"))?;
        let address = gateway.address.ok_or("it listens")?;
        gateway.run();
        let sending = Home::new(stage, "a", spools)?;
        sending.open(&format!("destination = ['{RECEIVER}=http://{address}']"))?.run();
        let outgoing = sending.registry()?.queue(OUTGOING_QUEUE)?;
        Ok(Self { outgoing, _sending: sending, _receiving: receiving })
    }
}

/// Where one gateway has its queues and its spool. When it is dropped the gateway ends, and its queue goes.
struct Home {
    registry: PathBuf,
    spools: TempDir,
    running: std::cell::RefCell<Vec<Handle>>,
    runtime: Option<Runtime>,
}

/// A gateway that is open.
struct Opened<'a> {
    address: Option<SocketAddr>,
    handle: Handle,
    gateway: Gateway,
    home: &'a Home,
}

impl Home {
    fn new(stage: &Stage, name: &str, spools: &Path) -> Result<Self> {
        Self::at(&stage.directory().join(name), spools)
    }

    fn at(registry: &Path, spools: &Path) -> Result<Self> {
        Ok(Self {
            registry: registry.to_owned(),
            spools: tempfile::Builder::new().prefix("nuncio-bench-").tempdir_in(spools)?,
            running: std::cell::RefCell::default(),
            runtime: Some(Builder::new_multi_thread().worker_threads(2).enable_all().build()?),
        })
    }

    fn spool(&self) -> PathBuf {
        self.spools.path().join("spool")
    }

    fn registry(&self) -> Result<Registry> {
        room::registry(&self.registry)
    }

    fn open(&self, more: &str) -> Result<Opened<'_>> {
        let (registry, spool) = (self.registry.display(), self.spool());
        let text =
            format!("registry = '{registry}'\nspill = '{registry}/spill'\nspool = '{}'\n{more}", spool.display());
        let listens = text.contains("listen = ");
        let mut config = Settings::parse(&text)?.check()?;
        if !listens {
            config.listen = None;
        }
        let runtime = self.runtime.as_ref().ok_or("it has ended")?;
        let gateway = runtime.block_on(Gateway::open(config))?;
        let handle = gateway.handle();
        self.running.borrow_mut().push(handle.clone());
        Ok(Opened { address: gateway.address(), handle, gateway, home: self })
    }
}

impl Opened<'_> {
    fn run(self) {
        if let Some(runtime) = &self.home.runtime {
            runtime.spawn(self.gateway.run());
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.running.borrow().iter().for_each(Handle::stop);
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(5));
        }
        if let Ok(registry) = self.registry() {
            let _ = registry.remove(OUTGOING_QUEUE);
        }
    }
}
