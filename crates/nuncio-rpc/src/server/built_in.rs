//! The routes that every server has: the reference's echo and delay, what is answered when nothing fits, and what nuncio
//! tells of itself.

use std::collections::HashMap;
use std::time::Duration;

use nuncio_core::{Origin, Result};
use nuncio_sys::process::effective_user;
use serde::Serialize;
use serde_json::value::RawValue;

use super::answer::{Absent, Data, IntoAnswer, Raw};
use super::extract::{Extract, Incoming, States};
use super::fault::Fault;
use super::handler::{AnyHandler, Work, erase};
use super::route::{Pattern, Route};
use super::shared::Shared;
use super::statistics::Statistics;
use crate::wire::javascript;
use crate::wire::write;

/// Where nuncio tells what it has done, to programs of its own user.
pub(crate) const STATISTICS_URI: &str = "/nuncio/stats";

/// The reference's two. They match what begins as they do, as there.
pub(crate) fn routes(delay_max: Duration) -> [Route; 2] {
    let delay = move |wanted: Delay| async move { wanted.wait(delay_max).await };
    [
        Route::new(Pattern::prefix("/ipcserver/test/echo"), Box::new(Echo)),
        Route::new(Pattern::prefix("/ipcserver/test/delay"), erase(delay)),
    ]
}

/// Answers that there is no handler.
pub(crate) fn nothing_fits() -> Box<dyn AnyHandler> {
    erase(async |Uri(uri): Uri| -> Result<Absent, Fault> {
        Err(Fault::new("no_handler_found", format!("No handler found for {uri}")))
    })
}

struct Uri(String);

impl Extract for Uri {
    fn extract(request: &Incoming<'_>) -> Result<Self, Fault> {
        Ok(Self(request.uri().to_owned()))
    }
}

/// Answers with the data as it came, straight from where it was read.
struct Echo;

impl AnyHandler for Echo {
    fn begin(&self, request: &Incoming<'_>) -> Result<Option<Work>, Fault> {
        let id = request.id();
        request.channel.outbox.append(|out| match request.data() {
            Some(data) => write::raw_answer(out, &id, data),
            None => write::bare_answer(out, &id),
        });
        Ok(None)
    }

    fn check(&self, _: &States) -> Result<()> {
        Ok(())
    }
}

/// What the data of a delay asks for, as JSON; `None` for no delay.
struct Delay(Option<String>);

impl Extract for Delay {
    fn extract(request: &Incoming<'_>) -> Result<Self, Fault> {
        let data = request.data().filter(|data| *data != "null");
        let data =
            data.ok_or_else(|| Fault::new("bad_data", "the delay needs data with a member delay, and has none"))?;
        let wanted = member(data, "delay").filter(|delay| javascript::is_truthy(delay));
        Ok(Self(wanted.map(str::to_owned)))
    }
}

impl Delay {
    async fn wait(self, longest: Duration) -> Result<Raw, Fault> {
        let Some(wanted) = self.0 else { return Ok(Raw::new("{\"delay\":0}")?) };
        // A timer takes what is no number, or below one, for one millisecond.
        let milliseconds = javascript::to_number(&wanted).unwrap_or(1.0).max(1.0);
        if milliseconds > longest.as_millis() as f64 {
            let limit = longest.as_millis();
            return Err(Fault::new(
                "delay_too_long",
                format!("the delay is {milliseconds} ms, the limit is {limit} ms"),
            ));
        }
        tokio::time::sleep(Duration::from_secs_f64(milliseconds / 1000.0)).await;
        Ok(Raw::new(format!("{{\"delay\":{wanted}}}"))?)
    }
}

/// The member `name` of the object `data` as JSON.
fn member<'a>(data: &'a str, name: &str) -> Option<&'a str> {
    let members: HashMap<String, &'a RawValue> = serde_json::from_str(data).ok()?;
    members.get(name).map(|value| value.get())
}

/// Statistics as the command prints them.
#[derive(Serialize)]
struct Told<'a> {
    version: u32,
    #[serde(flatten)]
    statistics: &'a Statistics,
}

/// Tells the statistics to whoever is of the user that the server runs as.
pub(crate) fn tell_statistics(shared: &Shared, request: &Incoming<'_>) {
    let (origin, replies) = (&request.channel.origin, request.replies());
    match origin {
        Origin::Kernel { uid, .. } if *uid == effective_user() => {
            Data(Told { version: 1, statistics: &shared.statistics() }).answer(&replies);
        }
        _ => replies.fault(&Fault::new("permission_denied", "statistics are told to the server's own user alone")),
    }
}
