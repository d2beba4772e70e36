//! What is remembered of the streams that arrive: which message is expected next, so that none is stored twice.

use std::collections::HashMap;

use super::Sender;
use crate::wire::nuncio::StreamId;

/// So many streams are remembered; of more, those that were not used for longest are forgotten. A sender whose stream was
/// forgotten goes on all the same, for he says where he stands.
const STREAMS_MAX: usize = 10_000;

/// One stream: by whom it is, and what it is called.
pub(super) type Key = (Sender, StreamId);

/// The streams that have arrived.
#[derive(Debug, Default)]
pub(super) struct Streams(HashMap<Key, Expected>);

#[derive(Clone, Copy, Debug)]
pub(super) struct Expected {
    pub(super) next: u64,
    pub(super) used_at: u64,
}

impl Streams {
    pub(super) fn next(&self, key: &Key) -> Option<u64> {
        self.0.get(key).map(|expected| expected.next)
    }

    /// Notes what is expected next, which is never less than it was.
    pub(super) fn note(&mut self, key: Key, next: u64, used_at: u64) {
        let expected = self.0.entry(key).or_insert(Expected { next, used_at });
        *expected = Expected { next: expected.next.max(next), used_at: expected.used_at.max(used_at) };
        if self.0.len() > STREAMS_MAX {
            self.forget_oldest();
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Key, &Expected)> {
        self.0.iter()
    }

    /// Forgets a tenth, so that this is done seldom.
    fn forget_oldest(&mut self) {
        let mut times: Vec<u64> = self.0.values().map(|expected| expected.used_at).collect();
        times.sort_unstable();
        let limit = times[times.len() / 10];
        self.0.retain(|_, expected| expected.used_at > limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u32) -> Key {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&number.to_le_bytes());
        (String::new(), StreamId(id))
    }

    #[test]
    fn what_is_expected_never_falls_and_the_oldest_are_forgotten() {
        let mut streams = Streams::default();
        for number in 0..=10_000 {
            streams.note(key(number), 1, u64::from(number));
        }
        assert_eq!(streams.next(&key(0)), None, "the oldest");
        assert!(streams.iter().count() > 8_000);
        streams.note(key(9_999), 5, 0);
        streams.note(key(9_999), 3, 0);
        assert_eq!(streams.next(&key(9_999)), Some(5));
    }
}
