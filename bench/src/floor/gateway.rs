//! Bodies of as many bytes as a gateway puts into one request, as many at a time, between a bare hyper client and a bare hyper server;
//! also with the least that a spool on either side needs: each body is read from a file, and appended to another.

use std::convert::Infallible;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use nuncio_gateway::GatewayLimits;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::Result;
use crate::nuncio::gateway::{MEMORY, address_file, message, stored};
use crate::stage::Stage;

const LOOK_AFTER: Duration = Duration::from_millis(2);

/// Posts bodies, each when the one before on its connection was answered.
pub(crate) fn post(stage: &Stage) -> Result<Vec<f64>> {
    post_from(stage, |bodies| Ok(Source::Memory(bodies.one.clone().into())))
}

/// The same, with each body read from its own place in a file.
pub(crate) fn post_from_file(stage: &Stage) -> Result<Vec<f64>> {
    post_from(stage, |bodies| {
        let mut file = tempfile::tempfile_in(MEMORY)?;
        (0..bodies.count).try_for_each(|_| file.write_all(&bodies.one))?;
        Ok(Source::File(file.into(), bodies.one.len()))
    })
}

/// Reads bodies to their ends, and answers.
pub(crate) fn serve(stage: &Stage) -> Result<Vec<f64>> {
    serve_into(stage, Sink::default())
}

/// The same, with each body appended to a file before it is answered for.
pub(crate) fn serve_into_file(stage: &Stage) -> Result<Vec<f64>> {
    serve_into(stage, Sink(Some(Arc::new(Mutex::new(tempfile::tempfile_in(MEMORY)?)))))
}

/// So many bodies, each like this one.
struct Bodies {
    one: Vec<u8>,
    count: usize,
}

/// Where bodies come from.
#[derive(Clone)]
enum Source {
    Memory(Bytes),
    /// One behind the other, of so many bytes each.
    File(Arc<File>, usize),
}

/// Where bodies go, if anywhere.
#[derive(Clone, Default)]
struct Sink(Option<Arc<Mutex<File>>>);

impl Source {
    fn body(&self, number: usize) -> Result<Bytes> {
        match self {
            Self::Memory(body) => Ok(body.clone()),
            Self::File(file, bytes) => {
                let mut body = vec![0; *bytes];
                file.read_exact_at(&mut body, (number * bytes) as u64)?;
                Ok(body.into())
            }
        }
    }
}

fn post_from(stage: &Stage, source: impl Fn(&Bodies) -> Result<Source>) -> Result<Vec<f64>> {
    let limits = GatewayLimits::default();
    let text = message("127.0.0.99", &stage.payload());
    let in_body = limits.request_messages.min(limits.request_bytes / text.len());
    let bodies = Bodies { one: text.repeat(in_body), count: stored(stage).div_ceil(in_body) };
    let (source, count, at_once) = (source(&bodies)?, bodies.count, limits.requests_in_flight);
    stage.wait_for_begin()?;
    let address = std::fs::read_to_string(address_file(stage))?;
    let began = Instant::now();
    runtime()?.block_on(async {
        let mut connections = JoinSet::new();
        for first in 0..at_once {
            let numbers = (first..count).step_by(at_once);
            connections.spawn(post_on_one(address.clone(), source.clone(), numbers));
        }
        while let Some(posted) = connections.join_next().await {
            posted??;
        }
        Result::<()>::Ok(())
    })?;
    let rate = (count * in_body) as f64 / began.elapsed().as_secs_f64();
    std::fs::write(stage.directory().join("done"), "")?;
    Ok(vec![rate])
}

async fn post_on_one(address: String, source: Source, numbers: impl Iterator<Item = usize>) -> Result {
    let stream = TcpStream::connect(&address).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    for number in numbers {
        let body = Full::new(source.body(number)?);
        let request = Request::post("/sendMessage").header("host", &address).body(body)?;
        let response = sender.send_request(request).await?;
        response.into_body().collect().await?;
        sender.ready().await?;
    }
    Ok(())
}

fn serve_into(stage: &Stage, sink: Sink) -> Result<Vec<f64>> {
    let runtime = runtime()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    std::fs::write(address_file(stage), listener.local_addr()?.to_string())?;
    stage.wait_for_begin()?;
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            let (server, sink) = (hyper::server::conn::http1::Builder::new(), sink.clone());
            let answer = service_fn(move |request| answer(request, sink.clone()));
            tokio::spawn(server.serve_connection(TokioIo::new(stream), answer));
        }
    });
    while !stage.directory().join("done").exists() {
        std::thread::sleep(LOOK_AFTER);
    }
    Ok(Vec::new())
}

async fn answer(request: Request<Incoming>, sink: Sink) -> std::result::Result<Response<Empty<Bytes>>, Infallible> {
    // A body that is cut short has been counted by nobody.
    if let (Ok(body), Some(file)) = (request.into_body().collect().await, sink.0) {
        let written = file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&body.to_bytes());
        written.expect("there is room");
    }
    Ok(Response::new(Empty::new()))
}

fn runtime() -> Result<Runtime> {
    Ok(Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}
