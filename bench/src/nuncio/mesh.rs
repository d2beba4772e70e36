//! Messages from a node to another, as programs would send and receive them.

use std::time::{Duration, Instant};

use nuncio_codec::Value;
use nuncio_core::PortId;
use nuncio_mesh::proto::Generation;
use nuncio_mesh::proto::framing::Framing;
use nuncio_mesh::{Builder, Handlers, Node, Port};
use tokio::runtime::{Builder as RuntimeBuilder, Runtime};

use crate::Result;
use crate::meter::Laps;
use crate::stage::Stage;

/// For each message of the plan: a round of so few as the queues' would be over before it is warm.
const MESSAGES_PER_MESSAGE: usize = 50;
/// How many are sent between two looks whether there is room.
const BURST: usize = 64;
/// What is transferred beside small messages, in bytes.
const LARGE: usize = 100 << 20;
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const SINK: &str = "sink";
const ECHO: &str = "echo";
pub(crate) const TAG: &str = "job";

/// How many messages a round has, without those for warming up.
pub(crate) const fn messages(stage: &Stage) -> usize {
    stage.messages() * MESSAGES_PER_MESSAGE
}

/// How many come before the time is taken.
pub(crate) const fn warm_up(stage: &Stage) -> usize {
    messages(stage) / 5
}

/// Receives from a mailbox, in CBOR.
pub(crate) fn take(stage: &Stage) -> Result<Vec<f64>> {
    take_in(stage, Framing::Cbor)
}

/// The same in JSON.
pub(crate) fn take_json(stage: &Stage) -> Result<Vec<f64>> {
    take_in(stage, Framing::Json)
}

fn take_in(stage: &Stage, framing: Framing) -> Result<Vec<f64>> {
    runtime()?.block_on(async {
        let node = listening(stage, framing).await?;
        let mut sink = node.named_port(SINK)?;
        stage.wait_for_begin()?;
        count(&mut sink, warm_up(stage)).await?;
        let began = Instant::now();
        count(&mut sink, messages(stage)).await?;
        Ok(vec![messages(stage) as f64 / began.elapsed().as_secs_f64()])
    })
}

async fn count(sink: &mut Port, messages: usize) -> Result {
    for _ in 0..messages {
        let message = sink.recv().await?;
        if message.elements.len() != 2 {
            return Err("a message is torn".into());
        }
    }
    Ok(())
}

/// Has a typed handler run where messages are read.
pub(crate) fn handle(stage: &Stage) -> Result<Vec<f64>> {
    runtime()?.block_on(async {
        let node = listening(stage, Framing::Cbor).await?;
        let (total, warm_up, length) = (warm_up(stage) + messages(stage), warm_up(stage), stage.payload().len());
        let (done, is_done) = tokio::sync::oneshot::channel();
        let (mut done, mut counted, mut began, mut bytes) = (Some(done), 0, Instant::now(), 0);
        let port = node.handle_named(
            SINK,
            Handlers::new().on(TAG, move |_, (text,): (String,)| {
                bytes += text.len();
                counted += 1;
                if counted == warm_up {
                    began = Instant::now();
                } else if counted == total
                    && let Some(done) = done.take()
                {
                    let _ = done.send((began.elapsed(), bytes));
                }
            }),
        )?;
        stage.wait_for_begin()?;
        let (elapsed, bytes) = is_done.await?;
        crate::stage::expect_bytes(bytes, total * length)?;
        drop(port);
        Ok(vec![messages(stage) as f64 / elapsed.as_secs_f64()])
    })
}

/// Sends as fast as there is room, in CBOR.
pub(crate) fn send(stage: &Stage) -> Result<Vec<f64>> {
    send_in(stage, Framing::Cbor)
}

/// The same in JSON.
pub(crate) fn send_json(stage: &Stage) -> Result<Vec<f64>> {
    send_in(stage, Framing::Json)
}

/// Sends a type of its own.
pub(crate) fn send_typed(stage: &Stage) -> Result<Vec<f64>> {
    send_with(stage, Framing::Cbor, |node, sink, text| Ok(node.send_as(sink, &(TAG, text))?))
}

fn send_in(stage: &Stage, framing: Framing) -> Result<Vec<f64>> {
    send_with(stage, framing, |node, sink, text| Ok(node.send(sink, [TAG.into(), Value::from(text)])?))
}

fn send_with(stage: &Stage, framing: Framing, send: impl Fn(&Node, &PortId, &str) -> Result) -> Result<Vec<f64>> {
    let text = String::from_utf8(stage.payload())?;
    runtime()?.block_on(async {
        stage.wait_for_begin()?;
        let node = dialling(stage, framing).await?;
        let sink = port_id(&node, SINK).await?;
        for number in 0..warm_up(stage) + messages(stage) {
            if number % BURST == 0 {
                node.ready(&sink).await;
            }
            send(&node, &sink, &text)?;
        }
        ends(&node, "taker").await
    })
}

/// Sends a message and waits for it to come back.
pub(crate) fn ping(stage: &Stage) -> Result<Vec<f64>> {
    let text = String::from_utf8(stage.payload())?;
    runtime()?.block_on(async {
        let node = listening(stage, Framing::Cbor).await?;
        let mut back = node.named_port(SINK)?;
        stage.wait_for_begin()?;
        let echo: PortId = format!("sender#{ECHO}").parse()?;
        // It says that it is there.
        back.recv().await?;
        let mut laps = Laps::new(stage.messages());
        while laps.runs() {
            node.send(&echo, [TAG.into(), Value::from(text.as_str())])?;
            back.recv().await?;
            laps.lap();
        }
        node.send(&echo, ["quit".into()])?;
        ends(&node, "sender").await?;
        Ok(laps.percentiles())
    })
}

/// Sends back what comes.
pub(crate) fn pong(stage: &Stage) -> Result<Vec<f64>> {
    pong_beside(stage, 0)
}

/// The same, and begins with a transfer of much more.
pub(crate) fn pong_beside_large(stage: &Stage) -> Result<Vec<f64>> {
    pong_beside(stage, LARGE)
}

fn pong_beside(stage: &Stage, large: usize) -> Result<Vec<f64>> {
    runtime()?.block_on(async {
        stage.wait_for_begin()?;
        let node = dialling(stage, Framing::Cbor).await?;
        let mut echo = node.named_port(ECHO)?;
        let back = port_id(&node, SINK).await?;
        if large > 0 {
            let bulk = port_id(&node, "bulk").await?;
            node.send(&bulk, [Value::Bytes(vec![b'x'; large])])?;
        }
        node.send(&back, ["begin".into()])?;
        loop {
            let message = echo.recv().await?;
            if message.is("quit") {
                return Ok(Vec::new());
            }
            node.send(&back, message.elements)?;
        }
    })
}

/// Sends messages and waits for each to come back, as long as a large transfer from the other side goes on.
pub(crate) fn ping_beside_large(stage: &Stage) -> Result<Vec<f64>> {
    let text = String::from_utf8(stage.payload())?;
    runtime()?.block_on(async {
        let node = listening(stage, Framing::Cbor).await?;
        let (mut back, mut bulk) = (node.named_port(SINK)?, node.named_port("bulk")?);
        stage.wait_for_begin()?;
        let echo: PortId = format!("sender#{ECHO}").parse()?;
        back.recv().await?;
        let mut laps = Laps::new(0);
        while bulk.try_recv().is_none() {
            let began = Instant::now();
            node.send(&echo, [TAG.into(), Value::from(text.as_str())])?;
            back.recv().await?;
            laps.add(began.elapsed());
        }
        node.send(&echo, ["quit".into()])?;
        ends(&node, "sender").await?;
        Ok(laps.percentiles_from_the_tail())
    })
}

/// Waits until the other side has done its part.
async fn ends(node: &Node, other: &str) -> Result<Vec<f64>> {
    node.monitor(&other.parse()?).await;
    Ok(Vec::new())
}

/// Where the listening side says its address.
pub(crate) fn address_file(stage: &Stage) -> std::path::PathBuf {
    stage.directory().join("address")
}

async fn listening(stage: &Stage, framing: Framing) -> Result<Node> {
    let node = builder("taker", framing).bind("127.0.0.1:0").start().await?;
    std::fs::write(address_file(stage), &node.addresses()[0])?;
    Ok(node)
}

async fn dialling(stage: &Stage, framing: Framing) -> Result<Node> {
    let address = std::fs::read_to_string(address_file(stage))?;
    let node = builder("sender", framing).seed(&address).start().await?;
    node.join(PATIENCE).await?;
    Ok(node)
}

/// A port of the listening side, once the connection is as it will be.
async fn port_id(node: &Node, name: &str) -> Result<PortId> {
    node.flush(&"taker".parse()?, PATIENCE).await?;
    Ok(format!("taker#{name}").parse()?)
}

fn builder(id: &str, framing: Framing) -> Builder {
    Node::builder(id).secret("bench").generations(&[Generation::Two]).framings(&[framing])
}

fn runtime() -> Result<Runtime> {
    Ok(RuntimeBuilder::new_current_thread().enable_all().build()?)
}
