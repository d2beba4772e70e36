//! From a request to its answer.

use std::convert::Infallible;
use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::body::Incoming as Stream;
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::{Method, Request, Response, StatusCode};

use super::body::{Unread, collect};
use super::intake::{self, Taken};
use super::proxy::{self, Reply};
use super::sender::{Key, Proof};
use super::{Incoming, Peer};
use crate::spool::{Lane, Portion};
use crate::wire::nuncio::{self, Answer, Offer};

/// Whom the sender says to be: a claim.
const SENDING_HOST: &str = "transit-sending-host";
/// An original that asks again at once finds its messages in their queues: so long the answer waits for that.
const QUEUED_WITHIN: Duration = Duration::from_millis(50);
const LOOK_AGAIN: Duration = Duration::from_micros(200);

type Answered = Response<Reply>;

impl Incoming {
    /// Answers a request.
    pub(super) async fn answer(self, peer: Arc<Peer>, request: Request<Stream>) -> Result<Answered, Infallible> {
        self.shared.metrics.requests.add(1);
        let answered = match *request.method() {
            Method::GET => self.show(&peer, &request),
            Method::POST => self.accept(&peer, request).await,
            _ => plain(StatusCode::METHOD_NOT_ALLOWED, "messages come with POST\n"),
        };
        if answered.status().is_client_error() {
            self.shared.metrics.requests_refused.add(1);
        }
        Ok(answered)
    }

    fn show(&self, peer: &Peer, request: &Request<Stream>) -> Answered {
        let config = &self.shared.config;
        // What waits for whom is nobody's business who could not send either.
        let proof = Proof::of(config, peer, request.headers());
        let may_see = peer.address.ip().is_loopback() || proof != Proof::Nothing;
        match request.uri().path() {
            "/healthz" => plain(StatusCode::OK, "ok\n"),
            "/metrics" if may_see => {
                let text = self.shared.metrics.text(&self.shared.spool);
                let mut answered = plain(StatusCode::OK, text);
                let format = HeaderValue::from_static("text/plain; version=0.0.4");
                answered.headers_mut().insert(CONTENT_TYPE, format);
                answered
            }
            "/metrics" => plain(StatusCode::FORBIDDEN, "figures are for this machine, and for who has a token\n"),
            _ => plain(StatusCode::NOT_FOUND, "there are /metrics and /healthz; messages come with POST\n"),
        }
    }

    async fn accept(&self, peer: &Peer, request: Request<Stream>) -> Answered {
        let config = &self.shared.config;
        let proof = Proof::of(config, peer, request.headers());
        if !proof.suffices(config) {
            let mut answered = plain(StatusCode::UNAUTHORIZED, "a bearer token or a client certificate is required\n");
            answered.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            return last(answered);
        }
        let claim = text(&request, SENDING_HOST).unwrap_or_default().to_owned();
        let is_proxied = self.shared.rules.proxies.contains(&claim.to_ascii_lowercase());
        if is_proxied && !config.danger_open.proxy && !proof.is_of(peer, &claim) {
            let reason =
                format!("who comes for the messages of {claim:?} has to prove to be it: a token or a certificate\n");
            tracing::warn!(address = %peer.address, claim, "somebody came for messages that are not his");
            return last(plain(StatusCode::FORBIDDEN, reason));
        }
        let offer = text(&request, nuncio::HEADER).and_then(|text| text.parse::<Offer>().ok());
        let offer = offer.map(|offer| (proof.stream_owner(), offer));
        let key = Key::of(&proof, peer);
        if let Err(wait) = self.rates.take(key.clone(), 0, config.limits.rate) {
            return too_fast(wait);
        }
        let limits = config.limits;
        let collected = match collect(request.into_body(), limits.body_bytes, &self.room, limits.patience).await {
            Ok(collected) => collected,
            Err(unread) => return self.unread(peer, unread),
        };
        let is_stream = offer.is_some();
        let taken = intake::take(&self.shared, collected.bytes, offer).await;
        drop(collected.room);
        let _ = self.rates.take(key, taken.taken, limits.rate);
        taken.report(&peer.address);
        if !is_stream {
            self.wait_until_queued(&taken).await;
        }
        let is_good = taken.lie.is_none() && taken.refused.is_empty() && taken.no_room.is_none();
        if is_proxied && is_good && !taken.too_many {
            return self.with_proxied(&claim, &taken).await;
        }
        answer_of(&taken)
    }

    /// The answer to a host that comes for its messages.
    async fn with_proxied(&self, host: &str, taken: &Taken) -> Answered {
        let lock = self.proxies.take(host).await;
        let (shared, name) = (Arc::clone(&self.shared), host.to_owned());
        let gathered = tokio::task::spawn_blocking(move || proxy::gather(&shared, &name, lock)).await;
        let reply = match gathered {
            Ok(Ok(reply)) => reply,
            Ok(Err(error)) => {
                tracing::warn!("{}", error.chain());
                Reply::default()
            }
            Err(_) => Reply::default(),
        };
        let mut answered = answer_of(taken);
        *answered.body_mut() = reply;
        answered
    }

    /// Waits for a moment until what was stored stands in its queues, if they have room.
    async fn wait_until_queued(&self, taken: &Taken) {
        let until = Instant::now() + QUEUED_WITHIN;
        let waits = |lane: &Lane| {
            matches!(lane, Lane::Queue(_) | Lane::Proxy(_))
                && !matches!(self.shared.spool.read(lane, 0, Portion { messages: 1, bytes: 1 }), Ok(None))
        };
        while taken.lanes.iter().any(waits) && Instant::now() < until {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    fn unread(&self, peer: &Peer, unread: Unread) -> Answered {
        let limits = &self.shared.config.limits;
        let (status, reason) = match unread {
            Unread::Broken(error) => (StatusCode::BAD_REQUEST, format!("the body could not be read: {error}")),
            Unread::NoRoom => (StatusCode::SERVICE_UNAVAILABLE, "there are too many bodies in memory".to_owned()),
            Unread::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, format!("a body may have {} bytes", limits.body_bytes)),
            Unread::TooSlow => (StatusCode::REQUEST_TIMEOUT, "the body came too slowly".to_owned()),
        };
        tracing::warn!(address = %peer.address, "a request was refused: {reason}");
        last(nuncio_answer(plain(status, format!("{reason}\ntaken 0 messages\n")), Answer::default()))
    }
}

/// What is said of the messages of a request.
fn answer_of(taken: &Taken) -> Answered {
    let mut text = String::new();
    let status = if let Some(reason) = &taken.no_room {
        let _ = writeln!(text, "{reason}");
        StatusCode::SERVICE_UNAVAILABLE
    } else if taken.is_early {
        text += "messages that come before these are missing\n";
        StatusCode::CONFLICT
    } else if let Some(lie) = &taken.lie {
        let _ = writeln!(text, "message {}: {lie}", taken.total + 1);
        StatusCode::BAD_REQUEST
    } else if taken.too_many {
        text += "there are more messages than one request may have\n";
        StatusCode::PAYLOAD_TOO_LARGE
    } else if !taken.refused.is_empty() {
        StatusCode::FORBIDDEN
    } else {
        StatusCode::OK
    };
    for (number, reason) in &taken.refused {
        text += &nuncio::refusal(number + 1, reason);
    }
    if status != StatusCode::OK {
        let _ = writeln!(text, "taken {} of {} messages", taken.taken, taken.total);
    }
    nuncio_answer(plain(status, text), Answer { taken: taken.taken as u64, next: taken.next })
}

fn nuncio_answer(mut answered: Answered, answer: Answer) -> Answered {
    if let Ok(value) = HeaderValue::try_from(answer.to_string()) {
        answered.headers_mut().insert(nuncio::HEADER, value);
    }
    answered
}

fn too_fast(wait: Duration) -> Answered {
    let seconds = wait.as_secs() + 1;
    let mut answered = plain(StatusCode::TOO_MANY_REQUESTS, "this sender has sent too many messages lately\n");
    answered.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    last(nuncio_answer(answered, Answer::default()))
}

fn plain(status: StatusCode, text: impl Into<String>) -> Answered {
    let mut answered = Response::new(Reply::from(text.into()));
    *answered.status_mut() = status;
    answered.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    answered
}

/// The last answer on its connection: what is left of the request is not read.
fn last(mut answered: Answered) -> Answered {
    answered.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    answered
}

fn text<'a>(request: &'a Request<Stream>, header: &str) -> Option<&'a str> {
    request.headers().get(header).and_then(|value| value.to_str().ok())
}
