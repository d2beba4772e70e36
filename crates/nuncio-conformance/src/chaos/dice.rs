//! What decides over faults.

use std::sync::{Mutex, PoisonError};
use std::thread;

use fastrand::Rng;

/// A row of chances that its seed determines; several threads may draw.
#[derive(Debug)]
pub(super) struct Dice {
    rate: f64,
    rng: Mutex<Rng>,
}

impl Dice {
    pub(super) fn new(seed: u64, rate: f64) -> Self {
        Self { rate, rng: Mutex::new(Rng::with_seed(seed)) }
    }

    /// Dice of their own for somebody, seeded by these.
    pub(super) fn fork(&self) -> Self {
        Self { rate: self.rate, rng: Mutex::new(self.draw(Rng::fork)) }
    }

    /// Whether this call meets a fault.
    pub(super) fn is_bad(&self) -> bool {
        self.draw(|rng| rng.f64()) < self.rate
    }

    /// `count`, or less on a bad day, but at least one.
    pub(super) fn fewer(&self, count: usize) -> usize {
        match count > 1 && self.is_bad() {
            true => self.draw(|rng| rng.usize(1..count)),
            false => count,
        }
    }

    /// Lets others run, now and then.
    pub(super) fn dawdle(&self) {
        if self.is_bad() {
            (0..self.draw(|rng| rng.u8(1..8))).for_each(|_| thread::yield_now());
        }
    }

    fn draw<T>(&self, draw: impl FnOnce(&mut Rng) -> T) -> T {
        // Drawing does not panic, and a generator has no state that could be half changed.
        draw(&mut self.rng.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(dice: &Dice) -> Vec<(bool, usize)> {
        (0..200).map(|_| (dice.is_bad(), dice.fewer(16))).collect()
    }

    #[test]
    fn a_seed_determines_everything_and_another_gives_something_else() {
        let of = |seed| draws(&Dice::new(seed, 0.5).fork());
        assert_eq!(of(7), of(7));
        assert_ne!(of(7), of(8));
    }

    #[test]
    fn there_are_as_many_faults_as_was_asked_for() {
        let bad = |rate| draws(&Dice::new(1, rate)).iter().filter(|(is_bad, _)| *is_bad).count();
        assert_eq!(bad(0.0), 0);
        assert!((60..140).contains(&bad(0.5)), "{} of 200", bad(0.5));
        assert!(draws(&Dice::new(1, 0.9)).iter().all(|(_, count)| (1..=16).contains(count)));
    }
}
