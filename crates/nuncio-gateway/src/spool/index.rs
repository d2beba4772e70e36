//! What stands where: the lanes with their chunks, the segments, the streams.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs::File;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use super::lane::Lane;
use super::segment::{Chunk, Segment, Wanted};
use super::streams::Streams;
use super::{LaneFigures, Portion};
use crate::wire::nuncio::StreamId;

#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) lanes: HashMap<Lane, LaneState>,
    pub(super) segments: BTreeMap<u64, Segment>,
    pub(super) streams: Streams,
    /// The segment that is being written; it stays, whatever is in it.
    pub(super) active: u64,
    /// One that stays because messages in it are still being taken from the outgoing queue.
    pub(super) pinned: Option<u64>,
}

#[derive(Debug)]
pub(super) struct LaneState {
    pub(super) stream: StreamId,
    /// The number of the next message to be stored.
    pub(super) next: u64,
    /// Everything below is done.
    pub(super) done: u64,
    pub(super) chunks: VecDeque<Chunk>,
}

impl LaneState {
    pub(super) const fn new(stream: StreamId) -> Self {
        Self { stream, next: 1, done: 1, chunks: VecDeque::new() }
    }
}

impl Index {
    /// Adds messages that were stored.
    pub(super) fn add(&mut self, lane: &Lane, stream: StreamId, chunk: Chunk) {
        let state = self.lanes.entry(lane.clone()).or_insert_with(|| LaneState::new(stream));
        state.next = state.next.max(chunk.end());
        state.chunks.push_back(chunk);
        if let Some(segment) = self.segments.get_mut(&chunk.segment) {
            segment.live += 1;
        }
    }

    /// Everything in `lane` below `next` is done; gives the lane's stream if that is something new.
    pub(super) fn done(&mut self, lane: &Lane, next: u64) -> Option<StreamId> {
        let state = self.lanes.get_mut(lane).filter(|state| next > state.done)?;
        state.done = next;
        while state.chunks.front().is_some_and(|chunk| chunk.end() <= next) {
            let chunk = state.chunks.pop_front().expect("it was just looked at");
            if let Some(segment) = self.segments.get_mut(&chunk.segment) {
                segment.live -= 1;
            }
        }
        Some(state.stream)
    }

    /// As [`done`](Self::done), if the lane is still the stream that was meant.
    pub(super) fn done_in(&mut self, lane: &Lane, stream: StreamId, next: u64) {
        if self.lanes.get(lane).is_some_and(|state| state.stream == stream) {
            self.done(lane, next);
        }
    }

    /// Where the messages of `lane` from `from` on stand.
    pub(super) fn find(&self, lane: &Lane, from: u64, portion: Portion) -> Option<Wanted> {
        let state = self.lanes.get(lane)?;
        let from = from.max(state.done);
        let begin = state.chunks.partition_point(|chunk| chunk.end() <= from);
        let (mut messages, mut bytes, mut chunks) = (0, 0, Vec::new());
        for chunk in state.chunks.range(begin..) {
            let (Some(segment), true) =
                (self.segments.get(&chunk.segment), messages < portion.messages && bytes < portion.bytes)
            else {
                break;
            };
            chunks.push((Arc::<File>::clone(&segment.file), *chunk));
            messages += chunk.count as usize;
            bytes += chunk.body_bytes as usize;
        }
        let from = from.max(chunks.first()?.1.first);
        Some(Wanted { chunks, from, messages_max: portion.messages, bytes_max: portion.bytes })
    }

    pub(super) fn stream(&self, lane: &Lane) -> Option<(StreamId, u64)> {
        let state = self.lanes.get(lane)?;
        Some((state.stream, state.chunks.front()?.first.max(state.done)))
    }

    pub(super) fn busy_lanes(&self) -> Vec<Lane> {
        self.lanes.iter().filter(|(_, state)| !state.chunks.is_empty()).map(|(lane, _)| lane.clone()).collect()
    }

    pub(super) fn lane_figures(&self) -> Vec<(Lane, LaneFigures)> {
        let figures = |state: &LaneState| LaneFigures {
            messages: state.chunks.iter().map(|chunk| chunk.end() - chunk.first.max(state.done)).sum(),
            bytes: state.chunks.iter().map(|chunk| u64::from(chunk.body_bytes)).sum(),
            oldest: state.chunks.front().map(|chunk| UNIX_EPOCH + Duration::from_millis(chunk.stored_at)),
        };
        self.lanes.iter().map(|(lane, state)| (lane.clone(), figures(state))).collect()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.segments.values().map(|segment| segment.bytes).sum()
    }

    /// Whether everything in the segment that is being written is done.
    pub(super) fn is_active_done(&self) -> bool {
        self.segments.get(&self.active).is_some_and(|segment| segment.live == 0)
    }

    /// Takes the segments out in which everything is done.
    pub(super) fn take_dead(&mut self) -> Vec<u64> {
        let (active, pinned) = (self.active, self.pinned);
        let dead = |(number, segment): (&u64, &Segment)| {
            (segment.live == 0 && *number != active && Some(*number) != pinned).then_some(*number)
        };
        let numbers: Vec<u64> = self.segments.iter().filter_map(dead).collect();
        for number in &numbers {
            self.segments.remove(number);
        }
        numbers
    }

    /// Forgets the lanes that have nothing. Should one come back it is a new stream, so that nobody takes its first messages for others.
    pub(super) fn forget_idle(&mut self) {
        self.lanes.retain(|_, state| !state.chunks.is_empty());
    }

    /// Forgets a lane with all that is in it.
    pub(super) fn forget(&mut self, lane: &Lane) {
        for chunk in self.lanes.remove(lane).map(|state| state.chunks).unwrap_or_default() {
            if let Some(segment) = self.segments.get_mut(&chunk.segment) {
                segment.live -= 1;
            }
        }
    }
}
