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

use std::fs::File;
use std::io::{self, IoSlice, Seek, SeekFrom, Write};
use std::ops::Range;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use nuncio_queue::replay::{Once, ReplayId};

use super::lane::Lane;
use crate::wire::nuncio::StreamId;

/// The length and the checksum in front of a frame.
const FRONT_BYTES: usize = 8;
/// Less than this is copied, and written with what stands around it.
const WORTH_LEAVING_BYTES: usize = 4096;
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

/// Frames being written, one after the other. Long runs of messages are not copied: they stand in the body that they came in until
/// they are written.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// All that is not in the bodies.
    bytes: Vec<u8>,
    /// Each with where in `bytes` it is put in.
    bodies: Vec<(usize, Bytes)>,
    bodies_bytes: usize,
    /// Where the last frame begins, in `bytes` and among the bodies.
    start: (usize, usize),
}

impl Frames {
    /// How long they are.
    pub(super) const fn len(&self) -> usize {
        self.bytes.len() + self.bodies_bytes
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(1 << 20);
        self.bodies.clear();
        self.bodies_bytes = 0;
    }

    pub(super) fn begin(&mut self) {
        self.start = (self.bytes.len(), self.bodies.len());
        self.bytes.extend_from_slice(&[0; FRONT_BYTES]);
    }

    /// Ends the frame; one without content vanishes.
    pub(super) fn end(&mut self) {
        let (start, first_body) = self.start;
        let (mut checksum, mut length) = (crc32fast::Hasher::new(), 0);
        for part in parts(&self.bytes, start + FRONT_BYTES, &self.bodies[first_body..]) {
            checksum.update(part);
            length += part.len();
        }
        if length == 0 {
            return self.bytes.truncate(start);
        }
        let length = u32::try_from(length).expect("a frame is bounded by the largest submission");
        let front = &mut self.bytes[start..start + FRONT_BYTES];
        front[..4].copy_from_slice(&length.to_le_bytes());
        front[4..].copy_from_slice(&checksum.finalize().to_le_bytes());
    }

    /// Writes all of them to `file` from the offset `at` on.
    ///
    /// # Errors
    /// Those of lseek(2) and writev(2). Some of it may have been written then.
    pub(super) fn write_to(&self, mut file: &File, at: u64) -> io::Result<()> {
        file.seek(SeekFrom::Start(at))?;
        let mut slices: Vec<_> = parts(&self.bytes, 0, &self.bodies).map(IoSlice::new).collect();
        let mut rest = slices.as_mut_slice();
        while !rest.is_empty() {
            match file.write_vectored(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => IoSlice::advance_slices(&mut rest, count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Adds what stands at these places in `body`.
    fn put_in(&mut self, places: &[Range<usize>], body: &Bytes) {
        for run in places.chunk_by(|one, next| one.end == next.start) {
            let run = run[0].start..run[run.len() - 1].end;
            if run.len() < WORTH_LEAVING_BYTES {
                self.bytes.extend_from_slice(&body[run]);
            } else {
                self.bodies_bytes += run.len();
                self.bodies.push((self.bytes.len(), body.slice(run)));
            }
        }
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
        body: &Bytes,
    ) -> usize {
        self.head(b'M', lane);
        self.u64(first);
        self.u64(stored_at);
        self.u32(messages.len());
        let at = self.len();
        for message in messages {
            self.u32(message.len());
        }
        self.put_in(messages, body);
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

/// What stands in `bytes` from `start` on, with the bodies where they belong; no part is empty.
fn parts<'a>(bytes: &'a [u8], start: usize, bodies: &'a [(usize, Bytes)]) -> impl Iterator<Item = &'a [u8]> {
    let begins = std::iter::once(start).chain(bodies.iter().map(|(at, _)| *at));
    let ends = bodies.iter().map(|(at, _)| *at).chain([bytes.len()]);
    let between = begins.zip(ends).map(|(begin, end)| &bytes[begin..end]);
    let bodies = bodies.iter().map(|(_, body)| &body[..]).chain([&[][..]]);
    between.zip(bodies).flat_map(|(bytes, body)| [bytes, body]).filter(|part| !part.is_empty())
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
    use std::os::unix::fs::FileExt;

    use super::*;

    const ONCE: Once = Once { id: [9; 32], sent_at: UNIX_EPOCH };

    fn written() -> (Frames, usize) {
        let (lane, stream) = (Lane::Host("b".into()), StreamId([7; 16]));
        let mut frames = Frames::default();
        frames.begin();
        frames.lane(&lane, stream, 1, 0);
        let at = frames.messages(&lane, 1, 99, &[0..2, 2..5], &Bytes::from_static(b"aabbb"));
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

    /// What is written to a file behind something else.
    fn bytes_of(frames: &Frames) -> Vec<u8> {
        let file = tempfile::tempfile().expect("a file");
        frames.write_to(&file, 3).expect("written");
        let mut bytes = vec![0; frames.len()];
        file.read_exact_at(&mut bytes, 3).expect("all of it is there");
        bytes
    }

    #[test]
    fn what_is_written_is_read() {
        let (frames, at) = written();
        let bytes = bytes_of(&frames);
        let (one, rest) = first(&bytes).expect("whole");
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
        let bytes = bytes_of(&written().0);
        let length = bytes.len() - first(&bytes).expect("whole").1.len();
        for cut in 0..length {
            assert_eq!(first(&bytes[..cut]), None, "cut at {cut}");
        }
        for changed in 0..length {
            let mut bytes = bytes.clone();
            bytes[changed] ^= 1;
            assert_eq!(first(&bytes[..length]), None, "changed at {changed}");
        }
        assert_eq!(first(&[0; 64]), None, "zeroes are what a crash leaves, not a frame");
    }

    #[test]
    fn long_runs_are_written_from_where_they_stand_and_count_all_the_same() {
        let body: Bytes = (0..60_000_u32).map(|number| u8::try_from(number % 251).expect("small")).collect();
        let (lane, mut frames) = (Lane::Host("b".into()), Frames::default());
        let places = [[0..3, 3..9_000, 9_000..9_001], [20_000..20_010, 30_000..45_000, 50_000..60_000]];
        let mut offsets = Vec::new();
        for places in &places {
            frames.begin();
            offsets.push(frames.messages(&lane, 1, 99, places, &body));
            frames.end();
        }
        assert_eq!(frames.bodies.len(), 3);
        let bytes = bytes_of(&frames);
        let mut rest = bytes.as_slice();
        for (places, offset) in places.iter().zip(offsets) {
            let (content, after) = first(rest).expect("whole");
            let at = bytes.len() - after.len() - content.len();
            let expected: Vec<u8> = places.iter().flat_map(|place| body[place.clone()].to_vec()).collect();
            let [Item::Messages { at, body, .. }] = &items(content, at).expect("known")[..] else { panic!("messages") };
            assert_eq!((*at, *body), (offset, expected.as_slice()));
            rest = after;
        }
        assert!(rest.is_empty());
    }

    #[test]
    fn any_content_is_read_or_refused() {
        proptest::proptest!(|(content: Vec<u8>, letter in "[CLMDRQO]")| {
            let content = [letter.as_bytes(), &content].concat();
            let _ = items(&content, 0);
        });
    }
}
