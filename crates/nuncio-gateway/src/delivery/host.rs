//! To another host: one request at a time to an original, so that order holds; several to a gateway of nuncio, which puts them in
//! order itself.

use std::sync::Arc;

use bytes::BytesMut;
use tokio::task::JoinSet;

use super::exchange::{Bounds, Connection, Head, Response};
use super::flight::Flight;
use super::{AGAIN_AFTER, Worker};
use crate::config::url::Url;
use crate::gateway::Shared;
use crate::incoming::intake;
use crate::policy::backoff::Backoff;
use crate::spool::{Lane, Load, Portion};
use crate::wire::nuncio::{self, Offer};

/// Requests become smaller while the other side has little room, but not smaller than this.
const REQUEST_BYTES_MIN: usize = 16 << 10;

/// What became of a request.
struct Posted {
    load: Load,
    outcome: Result<(Response, Option<Connection>), String>,
}

struct Sender {
    worker: Worker,
    url: Url,
    flight: Flight,
    posts: JoinSet<Posted>,
    /// Connections to a gateway of nuncio that are free.
    free: Vec<Connection>,
    /// The last buffer that was sent from.
    buffer: Vec<u8>,
    is_nuncio: bool,
    in_flight_max: usize,
    portion: Portion,
    /// What the other side takes at once, as far as it has said.
    accepted_bytes: usize,
    backoff: Backoff,
    /// Why nothing gets through at present.
    trouble: Option<String>,
}

pub(super) async fn run(worker: Worker) {
    let limits = worker.shared.config.limits;
    let url = match worker.shared.config.url_of(worker.lane.name()) {
        Ok(url) => url,
        Err(error) => {
            tracing::error!("{}", error.chain());
            return;
        }
    };
    let mut sender = Sender {
        worker,
        url,
        flight: Flight::default(),
        posts: JoinSet::new(),
        free: Vec::new(),
        buffer: Vec::new(),
        is_nuncio: false,
        in_flight_max: limits.requests_in_flight,
        accepted_bytes: usize::MAX,
        portion: Portion { messages: limits.request_messages, bytes: limits.request_bytes },
        backoff: Backoff::new(limits.retry_max),
        trouble: None,
    };
    sender.send_all().await;
}

impl Sender {
    async fn send_all(&mut self) {
        loop {
            if self.posts.is_empty() {
                self.flight =
                    Flight::at(self.worker.shared.spool.stream(&self.worker.lane).map_or(0, |(_, first)| first));
                if !self.bury_expired().await {
                    return;
                }
            }
            while self.posts.len() < self.room() && self.begin_next() {}
            if self.posts.is_empty() {
                match self.worker.idle().await {
                    true => continue,
                    false => return,
                }
            }
            let has_room = self.posts.len() < self.room();
            tokio::select! {
                Some(posted) = self.posts.join_next() => {
                    let Ok(posted) = posted else { return };
                    if !self.settle(posted).await {
                        return;
                    }
                }
                () = self.worker.rung(), if has_room => {}
                () = self.worker.ended() => return self.finish().await,
            }
        }
    }

    const fn room(&self) -> usize {
        // Until the other side is known, and while it is in trouble, one request has to do.
        if self.is_nuncio && self.trouble.is_none() { self.in_flight_max } else { 1 }
    }

    /// At the end what is on its way may still arrive, and is noted then.
    async fn finish(&mut self) {
        let patience = self.worker.shared.config.limits.patience.min(AGAIN_AFTER);
        let _ = tokio::time::timeout(patience, async {
            while let Some(Ok(posted)) = self.posts.join_next().await {
                if let Ok((response, _)) = &posted.outcome
                    && (200..300).contains(&response.status)
                    && response.body.is_empty()
                {
                    self.finished(posted.load.first, posted.load.end());
                }
            }
        })
        .await;
    }

    /// Has the next messages posted, if there are any.
    fn begin_next(&mut self) -> bool {
        let shared = &self.worker.shared;
        let buffer = std::mem::take(&mut self.buffer);
        let load = match shared.spool.read_into(buffer, &self.worker.lane, self.flight.next(), self.portion) {
            Ok(Some(load)) => load,
            Ok(None) => return false,
            Err(error) => {
                tracing::error!("{}", error.chain());
                return false;
            }
        };
        let offer = shared.spool.stream(&self.worker.lane).map(|(stream, base)| Offer {
            stream,
            base: base.min(load.first),
            first: load.first,
            count: load.count(),
        });
        self.flight.sent(load.end());
        let (shared, lane, url) = (Arc::clone(shared), self.worker.lane.clone(), self.url.clone());
        let (keep, connection) = (self.is_nuncio, self.free.pop());
        self.posts.spawn(async move {
            let outcome = post(&shared, &lane, &url, &load, offer, keep, connection).await;
            shared.metrics.posts.add(1);
            Posted { load, outcome }
        });
        true
    }

    /// Draws the conclusions from an answer; false when the worker is to end.
    async fn settle(&mut self, posted: Posted) -> bool {
        let Posted { load, outcome } = posted;
        let (response, connection) = match outcome {
            Ok(answered) => answered,
            Err(reason) => return self.failed(reason).await,
        };
        self.free.extend(connection.filter(|_| response.keep));
        self.is_nuncio = response.nuncio.is_some();
        let success = (200..300).contains(&response.status);
        if success && !response.body.is_empty() && !self.take_in(&response.body).await {
            return false;
        }
        match response.nuncio {
            None if success => self.delivered(&load, load.end()),
            None => return self.failed(format!("it answered with status {}", response.status)).await,
            Some(answer) => {
                let end = answer.next.unwrap_or(load.first + answer.taken).clamp(load.first, load.end());
                if response.status == 413 && end == load.first {
                    return self.send_smaller(&load, &response).await;
                }
                if !self.bury_refused(&load, &response).await {
                    return false;
                }
                self.delivered(&load, end);
                if end < load.end() {
                    // Less may find room where so much does not.
                    self.portion.bytes = (self.portion.bytes / 2).max(REQUEST_BYTES_MIN);
                    let text = String::from_utf8_lossy(&response.body);
                    let reason = text.lines().next().unwrap_or_default();
                    return self.failed(format!("it answered with status {}: {reason}", response.status)).await;
                }
            }
        }
        if self.trouble.take().is_some() {
            tracing::info!(lane = %self.worker.lane, "messages get through again");
        }
        self.backoff.succeeded();
        let bytes_max = self.worker.shared.config.limits.request_bytes;
        self.portion.bytes = self.portion.bytes.saturating_mul(2).min(bytes_max.min(self.accepted_bytes));
        self.buffer = load.body;
        true
    }

    fn delivered(&mut self, load: &Load, end: u64) {
        self.worker.shared.metrics.messages_sent.add(usize::try_from(end - load.first).unwrap_or(usize::MAX));
        self.finished(load.first, end);
    }

    fn finished(&mut self, first: u64, end: u64) {
        self.flight.finished(first, end);
        self.worker.shared.spool.done(&self.worker.lane, self.flight.done());
    }

    /// Waits for what else is on its way, and then for a while; what was not answered is sent again.
    async fn failed(&mut self, reason: String) -> bool {
        self.worker.shared.metrics.posts_failed.add(1);
        while let Some(Ok(posted)) = self.posts.join_next().await {
            if let Ok((response, _)) = posted.outcome
                && let Some(answer) = response.nuncio
                && (200..300).contains(&response.status)
                && response.body.is_empty()
            {
                let end = answer.next.unwrap_or(posted.load.first).clamp(posted.load.first, posted.load.end());
                self.delivered(&posted.load, end);
            }
        }
        self.free.clear();
        self.flight.start_again();
        if self.trouble.as_ref() != Some(&reason) {
            tracing::warn!("{} cannot be delivered to at {}: {reason}", self.worker.lane, self.url);
        }
        self.trouble = Some(reason);
        let wait = self.backoff.failed(chance());
        self.worker.pause(wait).await
    }

    /// Messages that are too large together are sent in smaller portions; one that is too large alone is refused for ever.
    async fn send_smaller(&mut self, load: &Load, response: &Response) -> bool {
        if load.count() > 1 {
            self.portion.bytes = load.body.len() / 2;
            self.accepted_bytes = self.portion.bytes;
            let smaller = "it takes less at once".to_owned();
            return self.failed(smaller).await;
        }
        let text = String::from_utf8_lossy(&response.body).trim_end().to_owned();
        let messages: Vec<&[u8]> = load.messages().collect();
        let buried = self.worker.bury(&messages, &text, None).await;
        if buried {
            self.delivered(load, load.end());
        }
        buried
    }

    /// Puts what the other side refuses for ever among the dead letters.
    async fn bury_refused(&mut self, load: &Load, response: &Response) -> bool {
        let text = String::from_utf8_lossy(&response.body).into_owned();
        for (number, reason) in nuncio::refusals(&text) {
            let index = usize::try_from(number).unwrap_or(0).wrapping_sub(1);
            if let Some(message) = load.messages().nth(index)
                && !self.worker.bury(&[message], reason, None).await
            {
                return false;
            }
        }
        true
    }

    /// Stores the messages of an answer, under the rules for all that comes in; false when the worker is to end.
    async fn take_in(&mut self, mut body: &[u8]) -> bool {
        loop {
            let taken = intake::take(&self.worker.shared, BytesMut::from(body), None).await;
            // The other side does not have them any more.
            body = &body[taken.rest_at..];
            if taken.no_room.is_some() {
                if !self.worker.pause(AGAIN_AFTER).await {
                    return false;
                }
                continue;
            }
            taken.report(&self.worker.lane);
            if !taken.too_many {
                return true;
            }
        }
    }

    async fn bury_expired(&mut self) -> bool {
        let reason = self.trouble.clone().unwrap_or_else(|| "it was never tried".to_owned());
        self.worker.bury_expired(&reason).await
    }
}

async fn post(
    shared: &Shared,
    lane: &Lane,
    url: &Url,
    load: &Load,
    offer: Option<Offer>,
    keep: bool,
    connection: Option<Connection>,
) -> Result<(Response, Option<Connection>), String> {
    let limits = &shared.config.limits;
    let bounds = Bounds { patience: limits.patience, body_bytes_max: limits.body_bytes };
    // A secret goes where nobody listens, or nowhere.
    let token = shared.config.token_of(lane.name()).filter(|_| url.secure || url.is_loopback());
    let head = Head {
        url,
        sender: &shared.host_name,
        destination: lane.name(),
        token: token.map(|token| token.reveal()),
        offer,
        keep,
        body_bytes: load.body.len(),
    };
    let head = head.text();
    if let Some(mut connection) = connection
        && let Ok(response) = connection.exchange(&head, &load.body, bounds).await
    {
        return Ok((response, Some(connection)));
    }
    // The first try, or a connection that the other side has closed meanwhile: a gateway of nuncio stores nothing twice.
    let mut connection = Connection::open(url, shared.config.client_tls.as_ref(), bounds)
        .await
        .map_err(|error| error.chain().to_string())?;
    let response = connection
        .exchange(&head, &load.body, bounds)
        .await
        .map_err(|error| format!("the exchange failed: {error}"))?;
    Ok((response, Some(connection)))
}

/// Any number.
fn chance() -> u32 {
    let mut bytes = [0; 4];
    // Without randomness everybody waits for as long; that is all.
    let _ = getrandom::fill(&mut bytes);
    u32::from_le_bytes(bytes)
}
