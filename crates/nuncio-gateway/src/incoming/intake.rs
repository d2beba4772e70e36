//! From the body of a request, or of an answer, into the spool.

use std::fmt::Display;

use bytes::{Bytes, BytesMut};
use nuncio_core::QueueName;
use nuncio_queue::remote::OUTGOING_QUEUE;
use nuncio_queue::replay::Verdict;

use crate::gateway::Shared;
use crate::policy::route::{Refusal, Source, Target};
use crate::spool::{Lane, NotStored, Piece, Sender, Stored, Submission};
use crate::wire::batch::{self, End, Part};
use crate::wire::nuncio::Offer;
use crate::wire::rewrite;

/// So much is stored in one step; of a larger body as many steps as there is room for.
const STEP_BYTES: usize = 256 << 10;

/// What became of the messages of a body.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// How many messages from the beginning need not be sent again.
    pub(crate) taken: usize,
    /// How many the body has.
    pub(crate) total: usize,
    /// Those that were refused for ever, counted from 0, with the reason.
    pub(crate) refused: Vec<(usize, String)>,
    /// What is behind the last message and lies about itself.
    pub(crate) lie: Option<String>,
    /// What is behind the last message is no message at all.
    pub(crate) ends_in_other: bool,
    /// There are more messages than one request may have.
    pub(crate) too_many: bool,
    /// Why not all of them could be stored.
    pub(crate) no_room: Option<String>,
    /// Messages that come before these are missing.
    pub(crate) is_early: bool,
    /// What is expected next of the stream that was offered.
    pub(crate) next: Option<u64>,
    /// The lanes that messages were stored for, and up to where.
    pub(crate) lanes: Vec<Lane>,
    rest: BytesMut,
}

impl Taken {
    /// What was not taken.
    pub(crate) fn take_rest(&mut self) -> BytesMut {
        std::mem::take(&mut self.rest)
    }

    /// The spool has refused these, counted from the message `begin`.
    fn refuse(&mut self, begin: usize, refused: &[(u64, Verdict)]) {
        for (number, verdict) in refused {
            let reason = verdict.refusal().unwrap_or_default().to_owned();
            self.refused.push((begin + usize::try_from(*number).unwrap_or_default(), reason));
        }
        self.refused.sort_by_key(|(number, _)| *number);
    }

    /// Tells the log what was not as it should be.
    pub(crate) fn report(&self, from: &impl Display) {
        for (number, reason) in &self.refused {
            tracing::warn!("message {} from {from} was refused: {reason}", number + 1);
        }
        if let Some(lie) = &self.lie {
            tracing::warn!("message {} from {from} was refused: {lie}", self.total + 1);
        }
        if self.ends_in_other {
            tracing::warn!("what {from} sent behind message {} is no message, and was left out", self.total);
        }
    }
}

/// Stores the messages of `body`, each where it belongs.
pub(crate) async fn take(shared: &Shared, mut body: BytesMut, offer: Option<(Sender, Offer)>) -> Taken {
    let mut split = batch::split(&body);
    let mut taken = Taken { total: split.parts.len(), ..Taken::default() };
    match split.end {
        End::Lie(_, reason) => taken.lie = Some(reason),
        End::Other(_) => taken.ends_in_other = true,
        End::Whole => {}
    }
    if let Some((_, offer)) = &offer
        && offer.count != split.parts.len() as u64
    {
        taken.lie = Some(format!("{} messages were announced, and {} are there", offer.count, split.parts.len()));
        return taken;
    }
    if split.parts.len() > shared.config.limits.batch_messages {
        split.parts.truncate(shared.config.limits.batch_messages);
        taken.too_many = true;
    }
    let mut pieces = Vec::with_capacity(split.parts.len());
    for (number, part) in split.parts.iter().enumerate() {
        match route(shared, &mut body, part) {
            Ok(piece) => pieces.push(Piece { number: number as u64, ..piece }),
            Err(refusal) => taken.refused.push((number, refusal.to_string())),
        }
    }
    let body = body.freeze();
    store(shared, &body, &split.parts, pieces, offer, &mut taken).await;
    let metrics = &shared.metrics;
    taken.refused.retain(|(number, _)| *number < taken.taken);
    metrics.messages_received.add(taken.taken - taken.refused.len());
    metrics.messages_refused.add(taken.refused.len());
    let from = split.parts.get(taken.taken).map_or(body.len(), |part| part.message.start);
    let to = split.parts.last().map_or(0, |part| part.message.end);
    taken.rest = BytesMut::from(body.get(from..to).unwrap_or_default());
    taken
}

/// Where a message goes, where it stands then, and whether it may come once only.
fn route(shared: &Shared, body: &mut BytesMut, part: &Part) -> Result<Piece, Refusal> {
    let piece = |lane, at| Piece { lane, at, number: 0, once: None };
    rewrite::hide_path(&mut body[part.header.clone()]);
    let target = shared.rules.route(Source::Network, &body[part.header.clone()], part.payload_bytes())?;
    if let Target::Queue(name) = &target {
        let checked = shared.registry.check_sealed(name, &body[part.message.clone()]);
        let once = checked.map_err(|error| Refusal::Sealed(error.chain().to_string()))?;
        return Ok(Piece { once, ..piece(target.into(), part.message.clone()) });
    }
    // What goes on has a hop less; it stands behind everything else.
    let header = part.header.start - part.message.start..part.header.end - part.message.start;
    let Some(message) = rewrite::count_hop(&body[part.message.clone()], header) else {
        let reason = format!("{}: it has no hops left (ttl)", Lane::from(target));
        return Ok(piece(Lane::Dead(reason.into()), part.message.clone()));
    };
    let at = body.len()..body.len() + message.len();
    body.extend_from_slice(&message);
    let lane = match target {
        Target::Host(_) if !shared.config.sends => Lane::Queue(outgoing_queue()),
        target => target.into(),
    };
    Ok(piece(lane, at))
}

fn outgoing_queue() -> QueueName {
    QueueName::new(OUTGOING_QUEUE).expect("it is a name")
}

async fn store(
    shared: &Shared,
    body: &Bytes,
    parts: &[Part],
    pieces: Vec<Piece>,
    offer: Option<(Sender, Offer)>,
    taken: &mut Taken,
) {
    let mut pieces = pieces.into_iter().peekable();
    while taken.taken < parts.len() {
        let (begin, mut end, mut bytes) = (taken.taken, taken.taken, 0);
        while end < parts.len() && (bytes == 0 || bytes + parts[end].message.len() <= STEP_BYTES) {
            bytes += parts[end].message.len();
            end += 1;
        }
        let mut messages = Vec::with_capacity(end - begin);
        while let Some(mut piece) = pieces.next_if(|piece| piece.number < end as u64) {
            piece.number -= begin as u64;
            messages.push(piece);
        }
        for piece in &messages {
            if !taken.lanes.contains(&piece.lane) {
                taken.lanes.push(piece.lane.clone());
            }
        }
        let offer =
            offer.as_ref().map(|(sender, offer)| (sender.clone(), offer.part(begin as u64, (end - begin) as u64)));
        if messages.is_empty() && offer.is_none() {
            taken.taken = end;
            continue;
        }
        let submission = Submission { body: body.clone(), messages, offer, ..Submission::default() };
        match shared.spool.submit(submission).await {
            Ok(Ok(Stored { next, refused, .. })) => {
                (taken.taken, taken.next) = (end, next);
                taken.refuse(begin, &refused);
            }
            Ok(Err(NotStored::Early(next))) => {
                (taken.is_early, taken.next) = (true, Some(next));
                return;
            }
            Ok(Err(NotStored::NoRoom(reason))) => {
                taken.no_room = Some(reason);
                return;
            }
            Err(_) => {
                taken.no_room = Some("the gateway ends".to_owned());
                return;
            }
        }
    }
}
