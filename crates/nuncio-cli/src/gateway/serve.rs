//! Running a gateway until a signal comes.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use nuncio::gateway::{Config, Gateway};
use serde::Serialize;
use signal_hook::consts::SIGXFSZ;
use tokio::runtime::Builder;

use crate::output::Output;
use crate::signals;
use crate::stop::Stop;

/// What is printed when others can connect.
#[derive(Serialize)]
struct Ready {
    version: u32,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    listen: Option<String>,
}

/// Runs the gateway.
///
/// # Errors
/// Those of the gateway.
pub(crate) fn serve(config: Config) -> Result<(), Stop> {
    signals::catch()?;
    // A file that may not grow any more is to be an error, not the end.
    signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)))
        .map_err(|error| Stop::failed(format_args!("prepare for signals: {error}")))?;
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(|error| Stop::failed(format_args!("start a runtime: {error}")))?.block_on(async {
        let gateway = Gateway::open(config).await?;
        let listen = gateway.address().map(|address| address.to_string());
        Output::new().print_json(&Ready { version: 1, event: "ready", listen })?;
        let handle = gateway.handle();
        let mut running = std::pin::pin!(gateway.run());
        tokio::select! {
            ended = &mut running => return Ok(ended?),
            () = signals::received() => handle.stop(),
        }
        Ok(running.await?)
    })
}
