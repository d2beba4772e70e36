//! Bodies of as many bytes as a gateway puts into one request, as many at a time, between a bare hyper client and a bare hyper server.

use std::convert::Infallible;
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
use crate::nuncio::gateway::{address_file, message};
use crate::stage::Stage;

const LOOK_AFTER: Duration = Duration::from_micros(500);

/// Posts bodies, each when the one before on its connection was answered.
pub(crate) fn post(stage: &Stage) -> Result<Vec<f64>> {
    let limits = GatewayLimits::default();
    let text = message("127.0.0.99", &stage.payload());
    let in_body = limits.request_messages.min(limits.request_bytes / text.len());
    let bodies = stage.messages().div_ceil(in_body);
    let body = Bytes::from(text.repeat(in_body));
    stage.wait_for_begin()?;
    let address = std::fs::read_to_string(address_file(stage))?;
    let began = Instant::now();
    runtime()?.block_on(async {
        let mut connections = JoinSet::new();
        for number in 0..limits.requests_in_flight {
            let count = bodies / limits.requests_in_flight + usize::from(number < bodies % limits.requests_in_flight);
            connections.spawn(post_on_one(address.clone(), body.clone(), count));
        }
        while let Some(posted) = connections.join_next().await {
            posted??;
        }
        Result::<()>::Ok(())
    })?;
    let rate = (bodies * in_body) as f64 / began.elapsed().as_secs_f64();
    std::fs::write(stage.directory().join("done"), "")?;
    Ok(vec![rate])
}

async fn post_on_one(address: String, body: Bytes, count: usize) -> Result {
    let stream = TcpStream::connect(&address).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    for _ in 0..count {
        let request = Request::post("/sendMessage").header("host", &address).body(Full::new(body.clone()))?;
        let response = sender.send_request(request).await?;
        response.into_body().collect().await?;
        sender.ready().await?;
    }
    Ok(())
}

/// Reads bodies to their ends, and answers.
pub(crate) fn serve(stage: &Stage) -> Result<Vec<f64>> {
    let runtime = runtime()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    std::fs::write(address_file(stage), listener.local_addr()?.to_string())?;
    stage.wait_for_begin()?;
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            let server = hyper::server::conn::http1::Builder::new();
            tokio::spawn(server.serve_connection(TokioIo::new(stream), service_fn(answer)));
        }
    });
    while !stage.directory().join("done").exists() {
        std::thread::sleep(LOOK_AFTER);
    }
    Ok(Vec::new())
}

async fn answer(request: Request<Incoming>) -> std::result::Result<Response<Empty<Bytes>>, Infallible> {
    // A body that is cut short has been counted by nobody.
    let _ = request.into_body().collect().await;
    Ok(Response::new(Empty::new()))
}

fn runtime() -> Result<Runtime> {
    Ok(Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}
