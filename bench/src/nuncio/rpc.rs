//! Typed requests to a typed handler, over the public interface alone. The client is the same whatever server it talks to.

use std::sync::Arc;
use std::time::Instant;

use nuncio_rpc::{BlockingClient, Client, Data, Server};
use serde::{Deserialize, Serialize};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::Result;
use crate::stage::{Stage, expect_bytes};

/// How many requests are under way where there are many.
pub(crate) const IN_FLIGHT: usize = 64;
/// For each message of the plan: a round of so few as the queues' would be over before it is warm.
const REQUESTS_PER_MESSAGE: usize = 10;

const TYPED: &str = "/bench/echo";
const BUILT_IN: &str = "/ipcserver/test/echo";
/// Ends the server.
const QUIT: &str = "/bench/quit";

/// What is sent there and back.
#[derive(Debug, Serialize, Deserialize)]
struct Message {
    text: String,
}

/// How many requests a round has, without those for warming up.
pub(crate) const fn requests(stage: &Stage) -> usize {
    stage.messages() * REQUESTS_PER_MESSAGE
}

/// Answers until it is told to quit.
pub(crate) fn serve(stage: &Stage) -> Result<Vec<f64>> {
    runtime()?.block_on(async {
        let quit = Arc::new(Notify::new());
        let told = quit.clone();
        let server = Server::builder()
            .route(TYPED, async |Data(message): Data<Message>| Data(message))
            .route(QUIT, move || {
                told.notify_one();
                async { Data(()) }
            })
            .bind(stage.socket())?;
        stage.wait_for_begin()?;
        let handle = server.handle();
        let (served, ()) = tokio::join!(server.run(), async {
            quit.notified().await;
            handle.stop();
        });
        served?;
        Ok(Vec::new())
    })
}

/// One request at a time.
pub(crate) fn ask_one(stage: &Stage) -> Result<Vec<f64>> {
    runtime()?.block_on(async {
        let message = message(stage);
        let mut laps = stage.laps()?;
        let client = Client::connect(stage.socket()).await?;
        while laps.runs() {
            let answer: Message = client.request(TYPED, &message).await?;
            expect_bytes(answer.text.len(), message.text.len())?;
            laps.lap();
        }
        client.call_bare(QUIT).await?;
        Ok(laps.percentiles())
    })
}

/// One request at a time, by the client that needs no runtime.
pub(crate) fn ask_blocking(stage: &Stage) -> Result<Vec<f64>> {
    let message = message(stage);
    let mut laps = stage.laps()?;
    let mut client = BlockingClient::connect(stage.socket())?;
    while laps.runs() {
        let answer: Message = client.request(TYPED, &message)?;
        expect_bytes(answer.text.len(), message.text.len())?;
        laps.lap();
    }
    client.call_bare(QUIT)?;
    Ok(laps.percentiles())
}

/// Many requests under way on one connection.
pub(crate) fn ask_many(stage: &Stage) -> Result<Vec<f64>> {
    many(stage, TYPED)
}

/// The same of the echo that every server has built in.
pub(crate) fn ask_many_echoes(stage: &Stage) -> Result<Vec<f64>> {
    many(stage, BUILT_IN)
}

fn many(stage: &Stage, uri: &'static str) -> Result<Vec<f64>> {
    runtime()?.block_on(async {
        stage.wait_for_begin()?;
        let client = Client::connect(stage.socket()).await?;
        let each = requests(stage).div_ceil(IN_FLIGHT);
        ask_each(&client, uri, stage, each.div_ceil(5)).await?;
        let began = Instant::now();
        ask_each(&client, uri, stage, each).await?;
        let rate = (each * IN_FLIGHT) as f64 / began.elapsed().as_secs_f64();
        client.call_bare(QUIT).await?;
        Ok(vec![rate])
    })
}

/// So many tasks as there are to be requests under way, each asking `count` times.
async fn ask_each(client: &Client, uri: &'static str, stage: &Stage, count: usize) -> Result {
    let mut tasks = JoinSet::new();
    for _ in 0..IN_FLIGHT {
        let (client, message) = (client.clone(), message(stage));
        tasks.spawn(async move {
            for _ in 0..count {
                let answer: Message = client.request(uri, &message).await?;
                expect_bytes(answer.text.len(), message.text.len())?;
            }
            Ok(())
        });
    }
    tasks.join_all().await.into_iter().collect()
}

fn message(stage: &Stage) -> Message {
    Message { text: String::from_utf8(stage.payload()).expect("the payload is letters") }
}

fn runtime() -> Result<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}
