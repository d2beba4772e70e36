//! An HTTP endpoint with the server's figures, for Prometheus and what reads its format.
//!
//! It knows one request, `GET /metrics`, and answers each on a connection of its own.
//!
//! # Source
//! RFC 9112; Prometheus, text exposition format 0.0.4.

use std::fmt::Write;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use nuncio_core::{Error, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::shared::Shared;

/// A request is short, and who sends it has it at hand.
const REQUEST_BYTES_MAX: usize = 8 * 1024;
const PATIENCE: Duration = Duration::from_secs(5);
/// Scrapers come one at a time.
const CONNECTIONS_MAX: usize = 16;
const BREATH: Duration = Duration::from_millis(50);

/// The endpoint; or none, which is never done.
pub(crate) struct Endpoint {
    listener: Option<TcpListener>,
    shared: Arc<Shared>,
}

impl Endpoint {
    /// Listens on `address`, if there is one.
    pub(crate) async fn bind(address: Option<SocketAddr>, shared: Arc<Shared>) -> Result<Self> {
        let listener = match address {
            None => None,
            Some(address) => Some(
                TcpListener::bind(address)
                    .await
                    .map_err(|error| Error::io("listen for metrics at", error).on(address.to_string().as_str()))?,
            ),
        };
        Ok(Self { listener, shared })
    }

    /// Answers until it is dropped.
    pub(crate) async fn serve(self) {
        let Some(listener) = self.listener else { return std::future::pending().await };
        let mut connections = JoinSet::new();
        loop {
            while connections.len() >= CONNECTIONS_MAX {
                connections.join_next().await;
            }
            match listener.accept().await {
                Ok((stream, _)) => {
                    connections.spawn(timeout(PATIENCE, answer(stream, self.shared.clone())));
                }
                Err(error) => {
                    tracing::warn!("no connection for metrics could be accepted: {error}");
                    sleep(BREATH).await;
                }
            }
            while connections.try_join_next().is_some() {}
        }
    }
}

async fn answer(mut stream: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    let request = read_request(&mut stream).await?;
    let line = request.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let (status, body) = match line.strip_prefix(b"GET /metrics") {
        Some([b' ' | b'?', ..]) => ("200 OK", text(&shared)),
        _ if line.starts_with(b"GET ") => ("404 Not Found", "there is only /metrics\n".to_owned()),
        _ => ("405 Method Not Allowed", "there is only GET\n".to_owned()),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all((head + &body).as_bytes()).await?;
    stream.shutdown().await
}

/// Everything up to the blank line.
async fn read_request(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut request = Vec::with_capacity(1024);
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        if request.len() > REQUEST_BYTES_MAX || stream.read_buf(&mut request).await? == 0 {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    Ok(request)
}

fn text(shared: &Shared) -> String {
    let statistics = shared.statistics();
    let totals = &statistics.totals;
    let mut text = String::new();
    for (name, kind, help, value) in [
        ("connections", "gauge", "Connections open now.", statistics.connections as u64),
        ("in_flight", "gauge", "Requests in work now.", statistics.in_flight as u64),
        ("requests_total", "counter", "Records received.", totals.requests),
        ("connections_opened_total", "counter", "Connections opened.", totals.client_open),
        ("connections_closed_total", "counter", "Connections ended.", totals.client_close),
        ("slow_responses_total", "counter", "Answers later than the threshold.", totals.slow_responses),
        ("backpressure_total", "counter", "Writes that the kernel did not take whole.", totals.stream_backpressure),
    ] {
        let _ = writeln!(
            text,
            "# HELP nuncio_rpc_{name} {help}\n# TYPE nuncio_rpc_{name} {kind}\nnuncio_rpc_{name} {value}"
        );
    }
    latencies(&mut text, shared);
    text
}

fn latencies(text: &mut String, shared: &Shared) {
    const NAME: &str = "nuncio_rpc_latency_seconds";
    let _ = writeln!(text, "# HELP {NAME} From reading a request to its handler's end.\n# TYPE {NAME} histogram");
    for route in shared.routes.iter() {
        let label = escaped(&route.name);
        let rows = route.latency.cumulative();
        for (bound, count) in &rows {
            let bound = if *bound == u64::MAX { "+Inf".to_owned() } else { (*bound as f64 / 1e6).to_string() };
            let _ = writeln!(text, "{NAME}_bucket{{route=\"{label}\",le=\"{bound}\"}} {count}");
        }
        let latency = route.latency.latency();
        let seconds = latency.sum_us as f64 / 1e6;
        let _ = writeln!(text, "{NAME}_sum{{route=\"{label}\"}} {seconds}");
        let _ = writeln!(text, "{NAME}_count{{route=\"{label}\"}} {}", latency.count);
    }
}

fn escaped(label: &str) -> String {
    label.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}
