//! The pieces in which a message crosses a FIFO.
//!
//! A burst is written by one `write(2)` of at most 4096 bytes, and therefore arrives in one piece, whoever else writes:
//!
//! | offset | bytes | field, in the machine's byte order |
//! |---|---|---|
//! | 0 | 4 | process id of the writer |
//! | 4 | 4 | a number that tells apart the writers of one process |
//! | 8 | 4 | how many parts of the message are still to come |
//! | 12 | 4 | how many bytes of data follow, 1 to 4080 |
//!
//! All parts but the last are full, and a message begins as an object or a Zstandard frame does. What does not fit into this
//! picture is passed over, up to the next header that can be one.
//!
//! # Source
//! Atomic::Pipe 0.027; pipe(7), "PIPE_BUF".

use std::collections::HashMap;
use std::ops::Range;

/// How long a header is, in bytes.
pub const HEADER_BYTES: usize = 16;
/// How much data one burst carries, in bytes.
pub const DATA_BYTES_MAX: usize = 4080;
/// How long a burst is at most, in bytes: what the kernel writes in one piece.
pub const BURST_BYTES_MAX: usize = HEADER_BYTES + DATA_BYTES_MAX;
/// The largest process id that Linux gives.
const PID_MAX: u32 = 1 << 22;
/// How many writers may be in the middle of a message at a time; of more than that, those who began first are forgotten.
const WRITERS_MAX: usize = 1024;

/// A buffer that has grown beyond this, in bytes, is not kept.
const SPARE_BYTES_MAX: usize = 1 << 20;
/// For how many parts at most room is made on the word of a header.
const RESERVED_PARTS_MAX: usize = 16;

/// What a message begins with: the brace of an object, or the first byte of a Zstandard frame.
const MESSAGE_BEGINS: [u8; 2] = [b'{', 0x28];

/// Who writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Writer {
    /// Its process.
    pub pid: u32,
    /// Which of the process's writers it is.
    pub thread: u32,
}

/// The header of a burst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Who wrote it.
    pub writer: Writer,
    /// How many parts are still to come.
    pub parts_left: u32,
    /// How many bytes of data follow.
    pub data_bytes: u32,
}

impl Header {
    /// As it is written.
    #[inline]
    pub fn to_bytes(self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        let fields = [self.writer.pid, self.writer.thread, self.parts_left, self.data_bytes];
        for (place, field) in bytes.chunks_exact_mut(4).zip(fields) {
            place.copy_from_slice(&field.to_ne_bytes());
        }
        bytes
    }

    /// As it was read; none if it can be no header of a message of up to `parts_max` parts.
    #[inline]
    pub fn from_bytes(bytes: &[u8; HEADER_BYTES], parts_max: usize) -> Option<Self> {
        let field = |index: usize| u32::from_ne_bytes([0, 1, 2, 3].map(|byte| bytes[4 * index + byte]));
        let (parts_left, data_bytes) = (field(2), field(3));
        let data_fits = match parts_left {
            0 => (1..=DATA_BYTES_MAX as u32).contains(&data_bytes),
            _ => data_bytes == DATA_BYTES_MAX as u32 && (parts_left as usize) < parts_max,
        };
        let header = Self { writer: Writer { pid: field(0), thread: field(1) }, parts_left, data_bytes };
        (data_fits && (1..=PID_MAX).contains(&header.writer.pid)).then_some(header)
    }
}

/// In how many parts a message of `bytes` crosses.
pub const fn part_count(bytes: usize) -> usize {
    bytes.div_ceil(DATA_BYTES_MAX)
}

/// The bursts of `message`, each a header and its data.
pub fn bursts(message: &[u8], writer: Writer) -> impl ExactSizeIterator<Item = (Header, &[u8])> {
    let parts = part_count(message.len());
    message.chunks(DATA_BYTES_MAX).enumerate().map(move |(index, data)| {
        let narrow = |count: usize| u32::try_from(count).expect("a message is smaller than 4 GiB");
        let header = Header { writer, parts_left: narrow(parts - 1 - index), data_bytes: narrow(data.len()) };
        (header, data)
    })
}

/// What [`Reassembly::step`] found.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// A whole message that was in one burst, as a piece of the input.
    Inline(Range<usize>),
    /// A whole message that was in several, and its writer.
    Joined(Writer, Vec<u8>),
    /// So many bytes that are no burst were passed over.
    Garbage(usize),
    /// A message was given up: it is longer than the limit, or its parts are not those that follow each other.
    Torn(Writer),
}

/// Puts parts together, by their writers.
#[derive(Debug)]
pub struct Reassembly {
    message_bytes_max: usize,
    begun: HashMap<Writer, Partial>,
    count: u64,
    /// For the next message.
    spare: Vec<u8>,
}

#[derive(Debug)]
struct Partial {
    data: Vec<u8>,
    parts_left: u32,
    since: u64,
}

impl Reassembly {
    /// For messages of up to `message_bytes_max`.
    pub fn new(message_bytes_max: usize) -> Self {
        Self { message_bytes_max, begun: HashMap::new(), count: 0, spare: Vec::new() }
    }

    /// Takes a buffer that is not needed any more for a message that is still to come.
    pub fn reuse(&mut self, buffer: Vec<u8>) {
        if buffer.capacity() <= SPARE_BYTES_MAX {
            self.spare = buffer;
        }
    }

    /// How many messages are begun.
    pub fn begun(&self) -> usize {
        self.begun.len()
    }

    /// Forgets what writers have begun for whom `is_alive` is false.
    pub fn forget(&mut self, mut is_alive: impl FnMut(u32) -> bool) {
        self.begun.retain(|writer, _| is_alive(writer.pid));
    }

    /// Goes on from `at` in `input`, which it moves, until there is something to tell; none when more input is needed.
    #[inline(always)]
    pub fn step(&mut self, input: &[u8], at: &mut usize) -> Option<Step> {
        // Most messages are whole, and nothing is begun.
        if self.begun.is_empty()
            && let Some((header, data)) = input[*at..].split_first_chunk()
            && let Some(header) = Header::from_bytes(header, 1)
            && let Some(bytes) = data.get(..header.data_bytes as usize)
            && bytes.len() <= self.message_bytes_max
            && MESSAGE_BEGINS.contains(&bytes[0])
        {
            let start = *at + HEADER_BYTES;
            *at = start + bytes.len();
            return Some(Step::Inline(start..*at));
        }
        self.step_any(input, at)
    }

    #[inline(never)]
    fn step_any(&mut self, input: &[u8], at: &mut usize) -> Option<Step> {
        loop {
            let rest = &input[*at..];
            let (header, data) = rest.split_first_chunk()?;
            let Some(header) = Header::from_bytes(header, self.parts_max()) else { return self.pass_over(input, at) };
            if !self.is_expected(header, *data.first()?) {
                return self.pass_over(input, at);
            }
            let bytes = data.get(..header.data_bytes as usize)?;
            let data = HEADER_BYTES..HEADER_BYTES + bytes.len();
            let start = *at;
            *at += data.end;
            match self.add(header, bytes) {
                Added::Whole => return Some(Step::Inline(start + data.start..start + data.end)),
                Added::Last(message) => return Some(Step::Joined(header.writer, message)),
                Added::Torn => return Some(Step::Torn(header.writer)),
                Added::Part => {}
            }
        }
    }

    const fn parts_max(&self) -> usize {
        part_count(self.message_bytes_max) + 1
    }

    /// Whether a message may go on with the burst of which these are the header and the first byte, or begin with it.
    fn is_expected(&self, header: Header, first: u8) -> bool {
        MESSAGE_BEGINS.contains(&first) || self.begun.contains_key(&header.writer)
    }

    /// Looks for the next header of a burst that is expected. What could be the beginning of one is kept.
    fn pass_over(&self, input: &[u8], at: &mut usize) -> Option<Step> {
        let start = *at;
        *at += 1;
        while let Some((chunk, [first, ..])) = input[*at..].split_first_chunk() {
            if Header::from_bytes(chunk, self.parts_max()).is_some_and(|header| self.is_expected(header, *first)) {
                break;
            }
            *at += 1;
        }
        Some(Step::Garbage(*at - start))
    }

    fn add(&mut self, header: Header, data: &[u8]) -> Added {
        let Some(partial) = self.begun.get_mut(&header.writer) else { return self.begin(header, data) };
        if partial.parts_left == 0 || header.parts_left != partial.parts_left - 1 {
            // The one before was never finished, as when its writer was killed; this one begins anew.
            self.begun.remove(&header.writer);
            return match self.begin(header, data) {
                Added::Part => Added::Torn,
                // The whole message counts for more than the torn one before it.
                added => added,
            };
        }
        if partial.data.len() + data.len() > self.message_bytes_max {
            self.begun.remove(&header.writer);
            return Added::Torn;
        }
        partial.data.extend_from_slice(data);
        partial.parts_left = header.parts_left;
        match header.parts_left {
            0 => Added::Last(self.begun.remove(&header.writer).map(|partial| partial.data).unwrap_or_default()),
            _ => Added::Part,
        }
    }

    fn begin(&mut self, header: Header, data: &[u8]) -> Added {
        if header.parts_left == 0 {
            return if data.len() <= self.message_bytes_max { Added::Whole } else { Added::Torn };
        }
        if self.begun.len() >= WRITERS_MAX
            && let Some(oldest) = self.begun.iter().min_by_key(|(_, partial)| partial.since).map(|(writer, _)| *writer)
        {
            self.begun.remove(&oldest);
        }
        self.count += 1;
        let mut message = std::mem::take(&mut self.spare);
        message.clear();
        // As much as it says to have, but no more than others need as well.
        message.reserve(DATA_BYTES_MAX * (header.parts_left as usize + 1).min(RESERVED_PARTS_MAX));
        message.extend_from_slice(data);
        let partial = Partial { data: message, parts_left: header.parts_left, since: self.count };
        self.begun.insert(header.writer, partial);
        Added::Part
    }
}

enum Added {
    Last(Vec<u8>),
    Part,
    Torn,
    Whole,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WRITER: Writer = Writer { pid: 7, thread: 1 };

    fn written(message: &[u8], writer: Writer) -> Vec<Vec<u8>> {
        bursts(message, writer).map(|(header, data)| [&header.to_bytes()[..], data].concat()).collect()
    }

    fn read(reassembly: &mut Reassembly, input: &[u8]) -> Vec<Result<Vec<u8>, Step>> {
        let (mut at, mut found) = (0, Vec::new());
        while let Some(step) = reassembly.step(input, &mut at) {
            found.push(match step {
                Step::Inline(range) => Ok(input[range].to_vec()),
                Step::Joined(_, message) => Ok(message),
                other => Err(other),
            });
        }
        found
    }

    #[test]
    fn parts_count_down_and_no_burst_is_too_long() {
        for (bytes, parts) in [(1, 1), (4080, 1), (4081, 2), (8160, 2), (100_000, 25)] {
            let written = written(&vec![b'x'; bytes], WRITER);
            assert_eq!(written.len(), parts);
            assert!(written.iter().all(|burst| burst.len() <= BURST_BYTES_MAX));
            assert_eq!(written[0][8..12], u32::try_from(parts - 1).unwrap().to_ne_bytes());
        }
    }

    #[test]
    fn what_is_no_burst_is_passed_over() {
        let mut reassembly = Reassembly::new(10_000);
        let input =
            [b"hello".as_slice(), &written(b"{}", WRITER).concat(), b"x", &written(b"{1}", WRITER).concat()].concat();
        let found = read(&mut reassembly, &input);
        assert_eq!(found, [Err(Step::Garbage(5)), Ok(b"{}".to_vec()), Err(Step::Garbage(1)), Ok(b"{1}".to_vec())]);
    }

    #[test]
    fn a_message_goes_on_behind_what_is_no_burst_however_that_is_cut() {
        let parts = written(&[&[b'{'; DATA_BYTES_MAX][..], b"end"].concat(), WRITER);
        let input = [&parts[0][..], b"no burst", &parts[1]].concat();
        for size in [1, 20, input.len()] {
            let (mut reassembly, mut arrived, mut found) = (Reassembly::new(10_000), Vec::new(), Vec::new());
            for piece in input.chunks(size) {
                arrived.extend_from_slice(piece);
                let mut at = 0;
                while let Some(step) = reassembly.step(&arrived, &mut at) {
                    found.extend(matches!(step, Step::Joined(..)).then_some(step));
                }
                arrived.drain(..at);
            }
            assert_eq!(found.len(), 1, "in pieces of {size} bytes");
        }
    }

    #[test]
    fn a_message_of_a_killed_writer_is_given_up_when_the_next_begins() {
        let mut reassembly = Reassembly::new(100_000);
        let torn = written(&[b'{'; 20_000], WRITER);
        let next = written(&[b'{'; 5000], WRITER);
        let found = read(&mut reassembly, &[&torn[0][..], &next.concat()].concat());
        assert!(found == [Err(Step::Torn(WRITER)), Ok(vec![b'{'; 5000])]);
        assert_eq!(
            read(&mut reassembly, &[&torn[0][..], &written(b"{}", WRITER).concat()].concat()),
            [Ok(b"{}".to_vec())]
        );
        read(&mut reassembly, &torn[0]);
        reassembly.forget(|pid| pid != 7);
        assert_eq!(reassembly.begun(), 0);
    }

    #[test]
    fn sizes_and_writers_have_limits() {
        let mut reassembly = Reassembly::new(5000);
        assert!(read(&mut reassembly, &written(&[b'{'; 5001], WRITER).concat()).iter().all(Result::is_err));
        for thread in 0..2000 {
            read(&mut reassembly, &written(&[b'{'; 5000], Writer { pid: 8, thread })[0]);
        }
        assert_eq!(reassembly.begun(), WRITERS_MAX);
    }

    proptest! {
        #[test]
        fn writers_may_interleave_and_reads_may_end_anywhere(
            sizes in prop::collection::vec(1_usize..20_000, 1..6),
            order in prop::collection::vec(any::<prop::sample::Index>(), 60),
            cut in 1_usize..5000,
        ) {
            let messages: Vec<Vec<u8>> = sizes.iter().enumerate().map(|(n, size)| [&b"{"[..], &vec![n as u8; *size]].concat()).collect();
            let mut queues: Vec<_> = messages.iter().enumerate()
                .map(|(n, message)| written(message, Writer { pid: 9, thread: n as u32 }).into_iter()).collect();
            let mut stream = Vec::new();
            for index in order {
                let at = index.index(queues.len());
                stream.extend(queues[at].next().unwrap_or_default());
            }
            queues.into_iter().flatten().for_each(|burst| stream.extend(burst));
            let (mut reassembly, mut buffer, mut found) = (Reassembly::new(20_001), Vec::new(), Vec::new());
            for piece in stream.chunks(cut) {
                buffer.extend_from_slice(piece);
                let mut at = 0;
                while let Some(step) = reassembly.step(&buffer, &mut at) {
                    found.push(match step {
                        Step::Inline(range) => buffer[range].to_vec(),
                        Step::Joined(_, message) => message,
                        other => panic!("{other:?}"),
                    });
                }
                buffer.drain(..at);
            }
            found.sort();
            prop_assert_eq!(found, messages);
        }

        #[test]
        fn any_bytes_are_taken(input in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut at = 0;
            let mut reassembly = Reassembly::new(1000);
            while reassembly.step(&input, &mut at).is_some() {}
            prop_assert!(input.len() - at < BURST_BYTES_MAX);
        }
    }
}
