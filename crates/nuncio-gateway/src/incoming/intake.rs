//! From the body of a request, or of an answer, into the spool.

use std::fmt::Display;

use bytes::{Bytes, BytesMut};
use nuncio_core::QueueName;
use nuncio_queue::remote::OUTGOING_QUEUE;
use nuncio_queue::replay::Verdict;

use crate::gateway::Shared;
use crate::policy::route::{Refusal, Router, Source, Target};
use crate::spool::{Lane, NotStored, Piece, Sender, Stored, Submission};
use crate::wire::batch::{self, End, Part};
use crate::wire::nuncio::Offer;
use crate::wire::rewrite;

/// So much is stored in one step.
const STEP_BYTES: usize = 4 << 20;
/// Where there is no room for that, so much: as many steps as there is room for.
const SMALL_STEP_BYTES: usize = 256 << 10;

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
    /// Where in the body the first message begins that was not taken.
    pub(crate) rest_at: usize,
}

impl Taken {
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
    let mut router = Router::new(&shared.rules, Source::Network);
    let mut pieces = Vec::with_capacity(split.parts.len());
    for (number, part) in split.parts.iter().enumerate() {
        match route(shared, &mut router, &mut body, part) {
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
    taken.rest_at = match taken.taken.checked_sub(1) {
        None => 0,
        Some(last) => split.parts[last].message.end,
    };
    taken
}

/// Where a message goes, where it stands then, and whether it may come once only.
fn route(shared: &Shared, router: &mut Router<'_>, body: &mut BytesMut, part: &Part) -> Result<Piece, Refusal> {
    let piece = |lane, at| Piece { lane, at, number: 0, once: None };
    rewrite::hide_path(&mut body[part.header.clone()]);
    let target = router.route(&body[part.header.clone()], part.payload_bytes())?;
    if let Target::Queue(name) = &target {
        let checked = shared.registry.check_sealed(name, &body[part.message.clone()]);
        let once = checked.map_err(|error| Refusal::Sealed(error.chain().to_string()))?;
        return Ok(Piece { once, ..piece(target.into(), part.message.clone()) });
    }
    let Some(at) = count_hop(body, part) else {
        let reason = format!("{}: it has no hops left (ttl)", Lane::from(target));
        return Ok(piece(Lane::Dead(reason.into()), part.message.clone()));
    };
    let lane = match target {
        Target::Host(_) if !shared.config.sends => Lane::Queue(outgoing_queue()),
        target => target.into(),
    };
    Ok(piece(lane, at))
}

/// What goes on has a hop less: where it stands then, behind everything else if it has become shorter or longer.
fn count_hop(body: &mut BytesMut, part: &Part) -> Option<std::ops::Range<usize>> {
    if rewrite::count_hop_in_place(&mut body[part.header.clone()]) {
        return Some(part.message.clone());
    }
    let header = part.header.start - part.message.start..part.header.end - part.message.start;
    let message = rewrite::count_hop(&body[part.message.clone()], header)?;
    let at = body.len()..body.len() + message.len();
    body.extend_from_slice(&message);
    Some(at)
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
    let (mut first, mut step_bytes) = (0, STEP_BYTES);
    while taken.taken < parts.len() {
        let begin = taken.taken;
        let end = begin + count_within(&parts[begin..], step_bytes);
        let last = first + pieces[first..].partition_point(|piece| piece.number < end as u64);
        let renumbered = |piece: &Piece| Piece { number: piece.number - begin as u64, ..piece.clone() };
        let messages: Vec<_> = pieces[first..last].iter().map(renumbered).collect();
        for piece in &messages {
            if !taken.lanes.contains(&piece.lane) {
                taken.lanes.push(piece.lane.clone());
            }
        }
        let offer =
            offer.as_ref().map(|(sender, offer)| (sender.clone(), offer.part(begin as u64, (end - begin) as u64)));
        if messages.is_empty() && offer.is_none() {
            (taken.taken, first) = (end, last);
            continue;
        }
        let submission = Submission { body: body.clone(), messages, offer, ..Submission::default() };
        match shared.spool.submit(submission).await {
            Ok(Ok(Stored { next, refused, .. })) => {
                (taken.taken, taken.next, first) = (end, next, last);
                taken.refuse(begin, &refused);
            }
            Ok(Err(NotStored::Early(next))) => {
                (taken.is_early, taken.next) = (true, Some(next));
                return;
            }
            Ok(Err(NotStored::NoRoom(_))) if step_bytes > SMALL_STEP_BYTES && end - begin > 1 => {
                step_bytes = SMALL_STEP_BYTES;
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

/// How many messages have no more bytes than this together; one at least.
fn count_within(parts: &[Part], bytes_max: usize) -> usize {
    let mut bytes = 0;
    let count = parts.iter().take_while(|part| {
        bytes += part.message.len();
        bytes <= bytes_max
    });
    count.count().max(1)
}
