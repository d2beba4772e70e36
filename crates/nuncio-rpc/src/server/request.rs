//! From a line to a handler.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use nuncio_core::Deadline;
use serde::Deserialize;
use tokio::task::JoinSet;

use super::built_in::{STATISTICS_URI, tell_statistics};
use super::extract::Incoming;
use super::fault::Fault;
use super::peer::{Channel, Replies};
use super::running::Running;
use super::shared::Shared;
use crate::wire::javascript;
use crate::wire::record::{self, Read, Record};
use crate::wire::write::{self, Id};

/// Begins what `line` asks for; what is not done at once becomes one of `tasks`. Lines that are no records get no answer,
/// as with the reference.
pub(crate) fn begin(
    shared: &Arc<Shared>,
    channel: &Arc<Channel>,
    line: &[u8],
    received: Instant,
    tasks: &mut JoinSet<()>,
) {
    let line = record::text_of(line);
    let record = match record::read(&line) {
        Read::Record(record) => record,
        Read::Broken(broken) => {
            return tracing::debug!(client = channel.number, "passed over a line that is no JSON: {broken}");
        }
        Read::Text => return,
    };
    let Some(uri) = record.uri.filter(|uri| javascript::is_truthy(uri)) else {
        shared.counters.requests.fetch_add(1, Ordering::Relaxed);
        channel.outbox.append(|out| write::no_uri(out, &Id::new(record.id_or_null())));
        return;
    };
    let uri = javascript::to_text(uri);
    let deadline = deadline(&record, shared.limits.handler_timeout, received);
    let request = Incoming { line: &line, record: &record, uri: &uri, channel, states: &shared.states, deadline };
    if shared.tells_statistics && uri == STATISTICS_URI {
        return tell_statistics(shared, &request);
    }
    shared.counters.requests.fetch_add(1, Ordering::Relaxed);
    if shared.is_busy() {
        let message = format!("{} requests are in work already", shared.limits.in_flight_max);
        return request.replies().fault(&Fault::new("server_busy", message));
    }
    if let Some(running) = Running::begin(&request, shared, received) {
        tasks.spawn(running.finish(deadline, shared.begin()));
    }
}

/// Answers a record of which `head` is all that is looked at.
pub(crate) fn answer_broken_off(channel: &Arc<Channel>, head: &[u8], fault: &Fault) {
    let head = record::text_of(head);
    let id = Id::new(record::read_head(&head).id_or_null());
    Replies::new(channel.clone(), id).fault(fault);
}

/// What nuncio's client says beside the members of the reference.
#[derive(Deserialize)]
struct Extra {
    /// How long it waits for the answer, in milliseconds.
    timeout: Option<u64>,
}

/// When the handler is to be dropped: the server's limit, or when the client has said that it stops waiting.
fn deadline(record: &Record<'_>, limit: Option<Duration>, received: Instant) -> Deadline {
    let extra = record.nuncio.and_then(|extra| serde_json::from_str::<Extra>(extra).ok());
    let patience = extra.and_then(|extra| extra.timeout).map(Duration::from_millis);
    let timeout = limit.into_iter().chain(patience).min();
    timeout.map_or(Deadline::Never, |timeout| Deadline::after(received, timeout))
}
