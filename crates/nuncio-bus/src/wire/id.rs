//! Message ids and stamps that keep a process's messages in order.
//!
//! Receivers sort what they read at once by stamp and then by `stamp_ord`. The reference numbers stamps that are equal
//! before they are rounded to 10 microseconds, so that two can come out alike; here a [`Tick`] counts in these steps, and
//! never goes back, also when the system's clock does. Ids are UUIDs of version 7 made from the same tick, so that the
//! names of message files sort as their messages do.
//!
//! # Source
//! RFC 9562, 5.7; `Time::HiRes` and `%.15g` in the reference.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ascii::{AsAsciiStr, AsciiStr};

/// How many ticks a second has: the resolution of a stamp.
pub const TICKS_PER_SECOND: u64 = 100_000;
/// How long the text of an id is, in bytes.
pub const ID_BYTES: usize = 36;
/// How many messages fit into one tick before it runs into the next.
const ORDER_BITS: u32 = 12;

static LAST: AtomicU64 = AtomicU64::new(0);

/// A point in time that no other message of this process has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tick {
    count: u64,
    random: u64,
}

impl Tick {
    /// The next one, not before `now`.
    #[inline(always)]
    pub fn next(now: SystemTime) -> Self {
        let ticks = ticks_of(now) << ORDER_BITS;
        let next = |last: u64| Some(ticks.max(last + 1));
        let last = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).unwrap_or_else(|last| last);
        Self { count: ticks.max(last + 1), random: random() }
    }

    /// Ticks since 1970.
    pub const fn ticks(self) -> u64 {
        self.count >> ORDER_BITS
    }

    /// Which one of those with equal ticks.
    pub const fn order(self) -> u64 {
        self.count & ((1 << ORDER_BITS) - 1)
    }

    /// The id of this tick: a UUID of version 7, in upper case, of which 55 bits are random.
    #[inline(always)]
    pub fn id(self) -> [u8; ID_BYTES] {
        let milliseconds = self.ticks() / 100;
        let high = milliseconds << 16 | 0x7000 | (self.ticks() % 100) << 5 | self.order() >> 7;
        let low = 1 << 63 | (self.order() & 0x7f) << 55 | self.random >> 9;
        spell(high, low)
    }

    /// As [`id`](Self::id), as text.
    pub fn id_text(self) -> String {
        text_of_id(&self.id()).to_owned()
    }
}

/// An id as text; nothing of one that is not ASCII.
#[inline]
pub fn text_of_id(id: &[u8; ID_BYTES]) -> &str {
    id.as_ascii_str().map_or("", AsciiStr::as_str)
}

/// The ticks of `time`; a time before 1970 has none.
#[inline(always)]
pub fn ticks_of(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs().saturating_mul(TICKS_PER_SECOND).saturating_add(u64::from(since.subsec_micros() / 10))
        & (u64::MAX >> ORDER_BITS)
}

/// The time of a stamp in seconds; none for what is no time.
pub fn time_of_seconds(seconds: f64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?)
}

#[inline(always)]
fn spell(high: u64, low: u64) -> [u8; ID_BYTES] {
    let [first, second] = [high >> 32, high & 0xffff_ffff].map(hexadecimal);
    let [third, fourth] = [low >> 32, low & 0xffff_ffff].map(hexadecimal);
    let mut text = [b'-'; ID_BYTES];
    text[..8].copy_from_slice(&first);
    text[9..13].copy_from_slice(&second[..4]);
    text[14..18].copy_from_slice(&second[4..]);
    text[19..23].copy_from_slice(&third[..4]);
    text[24..28].copy_from_slice(&third[4..]);
    text[28..].copy_from_slice(&fourth);
    text
}

/// The eight digits of 32 bits, in upper case: halves are moved apart until each has a byte of its own.
#[inline(always)]
const fn hexadecimal(bits: u64) -> [u8; 8] {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let halves = (bits | bits << 16) & 0x0000_ffff_0000_ffff;
    let bytes = (halves | halves << 8) & 0x00ff_00ff_00ff_00ff;
    let digits = (bytes | bytes << 4) & (0x0f * EACH);
    // A letter stands seven places behind where a digit of its value would.
    let letters = ((digits + 0x06 * EACH) >> 4) & EACH;
    (digits + 0x30 * EACH + letters * 7).to_be_bytes()
}

/// Numbers that no other thread or process has: splitmix64, begun at a number of the system's.
#[inline(always)]
fn random() -> u64 {
    thread_local! {
        static STATE: Cell<u64> = Cell::new(seed());
    }
    STATE.with(|state| {
        let next = state.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        state.set(next);
        let mixed = (next ^ next >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    })
}

#[cold]
fn seed() -> u64 {
    let mut bytes = [0; size_of::<u64>()];
    match getrandom::fill(&mut bytes) {
        Ok(()) => u64::from_ne_bytes(bytes),
        // Ids have to differ and not to be secret, and these differ too.
        Err(_) => ticks_of(SystemTime::now()) << 32 ^ u64::from(std::process::id()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ticks_ascend_though_the_clock_stands_still_or_goes_back() {
        let now = UNIX_EPOCH + Duration::from_micros(1_795_170_656_888_169);
        let first = Tick::next(now);
        let second = Tick::next(now - Duration::from_secs(5));
        assert!(first < second);
        assert!(first.ticks() >= 179_517_065_688_816);
    }

    #[test]
    fn ids_sort_as_their_ticks_and_are_uuids_of_version_7() {
        let ticks: Vec<Tick> = (0..5000).map(|_| Tick::next(SystemTime::now())).collect();
        let ids: Vec<String> = ticks.iter().map(|tick| String::from_utf8(tick.id().to_vec()).unwrap()).collect();
        assert!(ids.is_sorted());
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
        for id in &ids {
            assert_eq!((id.len(), &id[14..15]), (36, "7"), "{id}");
            assert!("89AB".contains(&id[19..20]), "{id}");
        }
    }

    #[test]
    fn an_id_is_spelled_as_its_bits_are_in_hexadecimal() {
        for (high, low) in [(0, 0), (u64::MAX, u64::MAX), (0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210)] {
            let plain = format!("{high:016X}{low:016X}");
            let spelled = String::from_utf8(spell(high, low).to_vec()).unwrap();
            assert_eq!(spelled.replace('-', ""), plain);
            assert_eq!(spelled.match_indices('-').map(|(at, _)| at).collect::<Vec<_>>(), [8, 13, 18, 23]);
        }
    }

    #[test]
    fn ids_of_one_time_differ_by_chance_too_and_a_tick_has_one() {
        let count = 0;
        let ticks: Vec<Tick> = (0..1000).map(|_| Tick { count, ..Tick::next(SystemTime::now()) }).collect();
        assert_eq!(ticks.iter().map(|tick| tick.id()).collect::<HashSet<_>>().len(), 1000);
        assert_eq!(ticks[0].id(), ticks[0].id());
    }

    #[test]
    fn a_stamp_that_is_no_time_is_none() {
        for seconds in [f64::NAN, f64::INFINITY, -1.0, 1e300] {
            assert_eq!(time_of_seconds(seconds), None);
        }
        assert_eq!(time_of_seconds(1.5), Some(UNIX_EPOCH + Duration::from_millis(1500)));
    }
}
