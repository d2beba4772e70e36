//! What stands in a segment: frames, each with a checksum, and in each of them items that hold together.
//!
//! ```text
//! frame      length u32 | CRC-32 of the content u32 | content
//! content    items, each with a letter in front:
//!   C        nothing                                                       lanes that this frame does not name have nothing left in what stands before
//!   L        kind u8 | name | stream 16 bytes | next u64 | done u64      a lane as it stands
//!   M        kind u8 | name | first u64 | stored at, ms u64 | count u32 | count × length u32 | messages
//!   D        kind u8 | name | stream 16 bytes | next u64                  everything below is done
//!   R        name of the sender | stream 16 bytes | next u64 | used at, ms u64
//!   Q        drain u64 | count u32 | count × item u32                     the M items that drained messages stand in, in their order
//!   O        count u32 | count × (id 32 bytes | sent at, s u64)             what is stored with this frame, once
//! name       length u32 | UTF-8
//! ```
//! Numbers are little-endian. A length is compared with what is there before anything is allocated for it.

use std::ops::Range;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nuncio_queue::replay::{Once, ReplayId};

use super::lane::Lane;
use crate::wire::nuncio::StreamId;

/// The length and the checksum in front of a frame.
const FRONT_BYTES: usize = 8;
const ID_BYTES: usize = size_of::<ReplayId>();
const ONCE_BYTES: usize = ID_BYTES + size_of::<u64>();

/// One item of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item<'a> {
    Checkpoint,
    Lane { lane: Lane, stream: StreamId, next: u64, done: u64 },
    Messages { lane: Lane, first: u64, stored_at: u64, ends: Vec<u32>, at: usize, body: &'a [u8] },
    Done { lane: Lane, stream: StreamId, next: u64 },
    Received { sender: &'a str, stream: StreamId, next: u64, used_at: u64 },
    Drained { drain: u64, order: Vec<u32> },
    Once { all: Vec<Once> },
}

/// Frames being written, one after the other.
#[derive(Debug, Default)]
pub(super) struct Frames {
    bytes: Vec<u8>,
    start: usize,
}

impl Frames {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(1 << 20);
    }

    pub(super) fn begin(&mut self) {
        self.start = self.bytes.len();
        self.bytes.extend_from_slice(&[0; FRONT_BYTES]);
    }

    /// Forgets the frame that was begun.
    pub(super) fn abandon(&mut self) {
        self.bytes.truncate(self.start);
    }

    /// Ends the frame; one without content vanishes.
    pub(super) fn end(&mut self) {
        let (front, content) = self.bytes[self.start..].split_at_mut(FRONT_BYTES);
        if content.is_empty() {
            return self.abandon();
        }
        let length = u32::try_from(content.len()).expect("a frame is bounded by the largest submission");
        front[..4].copy_from_slice(&length.to_le_bytes());
        front[4..].copy_from_slice(&crc32fast::hash(content).to_le_bytes());
    }

    pub(super) fn checkpoint(&mut self) {
        self.bytes.push(b'C');
    }

    pub(super) fn lane(&mut self, lane: &Lane, stream: StreamId, next: u64, done: u64) {
        self.head(b'L', lane);
        self.bytes.extend_from_slice(&stream.0);
        self.u64(next);
        self.u64(done);
    }

    /// Writes messages, and says where in the bytes their lengths begin.
    pub(super) fn messages(
        &mut self,
        lane: &Lane,
        first: u64,
        stored_at: u64,
        messages: &[Range<usize>],
        body: &[u8],
    ) -> usize {
        self.head(b'M', lane);
        self.u64(first);
        self.u64(stored_at);
        self.u32(messages.len());
        let at = self.bytes.len();
        for message in messages {
            self.u32(message.len());
        }
        for message in messages {
            self.bytes.extend_from_slice(&body[message.clone()]);
        }
        at
    }

    pub(super) fn done(&mut self, lane: &Lane, stream: StreamId, next: u64) {
        self.head(b'D', lane);
        self.bytes.extend_from_slice(&stream.0);
        self.u64(next);
    }

    pub(super) fn received(&mut self, sender: &str, stream: StreamId, next: u64, used_at: u64) {
        self.bytes.push(b'R');
        self.text(sender);
        self.bytes.extend_from_slice(&stream.0);
        self.u64(next);
        self.u64(used_at);
    }

    pub(super) fn drained(&mut self, drain: u64, order: &[usize]) {
        self.bytes.push(b'Q');
        self.u64(drain);
        self.u32(order.len());
        order.iter().for_each(|item| self.u32(*item));
    }

    pub(super) fn once(&mut self, all: &[Once]) {
        self.bytes.push(b'O');
        self.u32(all.len());
        for once in all {
            self.bytes.extend_from_slice(&once.id);
            self.u64(seconds(once.sent_at));
        }
    }

    fn head(&mut self, letter: u8, lane: &Lane) {
        self.bytes.extend_from_slice(&[letter, lane.kind()]);
        self.text(lane.name());
    }

    fn text(&mut self, text: &str) {
        self.u32(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn u32(&mut self, number: usize) {
        let number = u32::try_from(number).expect("what is counted is in memory, within the limits");
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }

    fn u64(&mut self, number: u64) {
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }
}

/// The first frame in `bytes`: its content, and what follows it; none if there is no whole one.
pub(super) fn first(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?) as usize;
    let checksum = u32::from_le_bytes(bytes.get(4..FRONT_BYTES)?.try_into().ok()?);
    let content = bytes.get(FRONT_BYTES..)?.get(..length)?;
    // A hole in a file that was being extended is no frame.
    let whole = length > 0 && crc32fast::hash(content) == checksum;
    whole.then(|| (content, &bytes[FRONT_BYTES + length..]))
}

/// The items of a frame's content; none if it holds what this version does not know. `at` is the offset of the content, from
/// which on the offsets of messages are counted.
pub(super) fn items(content: &[u8], at: usize) -> Option<Vec<Item<'_>>> {
    let mut reader = Reader { rest: content, length: content.len(), at };
    let mut items = Vec::new();
    while !reader.rest.is_empty() {
        items.push(reader.item()?);
    }
    Some(items)
}

struct Reader<'a> {
    rest: &'a [u8],
    length: usize,
    at: usize,
}

impl<'a> Reader<'a> {
    fn item(&mut self) -> Option<Item<'a>> {
        match self.take(1)?[0] {
            b'C' => Some(Item::Checkpoint),
            b'L' => {
                let (lane, stream) = (self.lane()?, self.stream()?);
                Some(Item::Lane { lane, stream, next: self.u64()?, done: self.u64()? })
            }
            b'M' => self.messages(),
            b'D' => Some(Item::Done { lane: self.lane()?, stream: self.stream()?, next: self.u64()? }),
            b'R' => {
                let (sender, stream) = (self.text()?, self.stream()?);
                Some(Item::Received { sender, stream, next: self.u64()?, used_at: self.u64()? })
            }
            b'Q' => Some(Item::Drained { drain: self.u64()?, order: self.numbers()? }),
            b'O' => self.once(),
            _ => None,
        }
    }

    fn messages(&mut self) -> Option<Item<'a>> {
        let (lane, first, stored_at) = (self.lane()?, self.u64()?, self.u64()?);
        let count = self.u32()?;
        let at = self.at + self.length - self.rest.len();
        let mut end = 0_u32;
        let mut ends = self.many(count)?;
        for length in &mut ends {
            end = end.checked_add(*length)?;
            *length = end;
        }
        Some(Item::Messages { lane, first, stored_at, ends, at, body: self.take(end as usize)? })
    }

    fn numbers(&mut self) -> Option<Vec<u32>> {
        let count = self.u32()?;
        self.many(count)
    }

    fn once(&mut self) -> Option<Item<'a>> {
        let count = self.u32()? as usize;
        let bytes = self.take(count.checked_mul(ONCE_BYTES)?)?;
        let all = bytes.chunks_exact(ONCE_BYTES).map(|bytes| {
            let (id, sent_at) = bytes.split_at(ID_BYTES);
            let seconds = u64::from_le_bytes(sent_at.try_into().ok()?);
            let sent_at = UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?;
            Some(Once { id: id.try_into().ok()?, sent_at })
        });
        Some(Item::Once { all: all.collect::<Option<_>>()? })
    }

    fn many(&mut self, count: u32) -> Option<Vec<u32>> {
        let bytes = self.take((count as usize).checked_mul(4)?)?;
        Some(numbers(bytes))
    }

    fn lane(&mut self) -> Option<Lane> {
        let kind = self.take(1)?[0];
        Lane::from_parts(kind, self.text()?)
    }

    fn stream(&mut self) -> Option<StreamId> {
        Some(StreamId(self.take(16)?.try_into().ok()?))
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.u32()? as usize;
        std::str::from_utf8(self.take(length)?).ok()
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Numbers of four bytes each.
pub(super) fn numbers(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks_exact(4).map(|number| u32::from_le_bytes([number[0], number[1], number[2], number[3]])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONCE: Once = Once { id: [9; 32], sent_at: UNIX_EPOCH };

    fn written() -> (Frames, usize) {
        let (lane, stream) = (Lane::Host("b".into()), StreamId([7; 16]));
        let mut frames = Frames::default();
        frames.begin();
        frames.lane(&lane, stream, 1, 0);
        let at = frames.messages(&lane, 1, 99, &[0..2, 2..5], b"aabbb");
        frames.drained(4, &[0, 0]);
        frames.end();
        frames.begin();
        frames.done(&lane, stream, 3);
        frames.received("a", stream, 8, 100);
        frames.once(&[ONCE, ONCE]);
        frames.end();
        frames.begin();
        frames.end();
        (frames, at)
    }

    #[test]
    fn what_is_written_is_read() {
        let (frames, at) = written();
        let (one, rest) = first(frames.bytes()).expect("whole");
        let (two, end) = first(rest).expect("whole");
        assert!(end.is_empty(), "a frame of nothing is none");
        let (lane, stream) = (Lane::Host("b".into()), StreamId([7; 16]));
        let one = items(one, FRONT_BYTES).expect("known");
        assert_eq!(one[0], Item::Lane { lane: lane.clone(), stream, next: 1, done: 0 });
        let messages =
            Item::Messages { lane: lane.clone(), first: 1, stored_at: 99, ends: vec![2, 5], at, body: b"aabbb" };
        assert_eq!(one[1], messages);
        assert_eq!(one[2], Item::Drained { drain: 4, order: vec![0, 0] });
        let two = items(two, 0).expect("known");
        assert_eq!(two[0], Item::Done { lane, stream, next: 3 });
        assert_eq!(two[1], Item::Received { sender: "a", stream, next: 8, used_at: 100 });
        assert_eq!(two[2], Item::Once { all: vec![ONCE, ONCE] });
    }

    #[test]
    fn a_frame_that_was_cut_or_changed_is_none() {
        let (frames, _) = written();
        let length = frames.bytes().len() - first(frames.bytes()).expect("whole").1.len();
        for cut in 0..length {
            assert_eq!(first(&frames.bytes()[..cut]), None, "cut at {cut}");
        }
        for changed in 0..length {
            let mut bytes = frames.bytes().to_vec();
            bytes[changed] ^= 1;
            assert_eq!(first(&bytes[..length]), None, "changed at {changed}");
        }
        assert_eq!(first(&[0; 64]), None, "zeroes are what a crash leaves, not a frame");
    }

    #[test]
    fn any_content_is_read_or_refused() {
        proptest::proptest!(|(content: Vec<u8>, letter in "[CLMDRQO]")| {
            let content = [letter.as_bytes(), &content].concat();
            let _ = items(&content, 0);
        });
    }
}
