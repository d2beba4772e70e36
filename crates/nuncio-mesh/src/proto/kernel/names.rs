//! Names that no port had before, and randomness that can be repeated.

use std::time::Duration;

use nuncio_codec::Text;

/// Names of ports: the text that only this process has, and a counter in letters.
#[derive(Debug)]
pub(super) struct Names {
    unique: String,
    next: u64,
}

impl Names {
    pub(super) fn new(unique: &str) -> Self {
        Self { unique: unique.to_owned(), next: 0 }
    }

    pub(super) fn next(&mut self) -> Text {
        self.next += 1;
        format!("{}.{}", self.unique, letters(self.next)).as_str().into()
    }
}

/// 1 is `a`, 26 is `z`, 27 is `aa`, as Perl counts.
pub(super) fn letters(mut number: u64) -> String {
    let mut text = Vec::new();
    while number > 0 {
        number -= 1;
        text.push(b'a' + (number % 26) as u8);
        number /= 26;
    }
    text.reverse();
    text.into_iter().map(char::from).collect()
}

/// Delays and choices, not secrets: the same from the same seed.
///
/// # Source
/// Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014.
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A time from `least` up to `most`.
    pub(super) fn between(&mut self, least: Duration, most: Duration) -> Duration {
        let share = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        least + most.saturating_sub(least).mul_f64(share)
    }

    /// One of these, if there are any.
    pub(super) fn choose<T: Clone>(&mut self, choices: &[T]) -> Option<T> {
        let index = self.next() % (choices.len() as u64).max(1);
        choices.get(index as usize).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counter_is_perls() {
        let counted = [1, 2, 26, 27, 52, 53, 703].map(letters);
        assert_eq!(counted, ["a", "b", "z", "aa", "az", "ba", "aaa"]);
    }

    #[test]
    fn times_are_within_their_bounds() {
        let mut random = Random::new(7);
        let (least, most) = (Duration::from_millis(100), Duration::from_millis(200));
        assert!((0..1000).all(|_| (least..most).contains(&random.between(least, most))));
        assert_eq!(random.choose::<u8>(&[]), None);
    }
}
