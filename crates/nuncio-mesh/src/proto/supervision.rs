//! What becomes of the others when one child of a supervisor ends.
//!
//! # Source
//! Erlang/OTP, "Supervisor Behaviour": the strategies, the kinds of children and the limit of restarts are its own.

use std::collections::VecDeque;
use std::time::Duration;

/// Whom to start again when a child ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the strategies that there are")]
pub enum Strategy {
    /// All children: they depend on each other.
    OneForAll,
    /// That child: they are independent.
    #[default]
    OneForOne,
    /// That child and those that were added after it: each depends on those before.
    RestForOne,
}

/// When a child is started again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the kinds that there are")]
pub enum Restart {
    /// Whenever it ends.
    #[default]
    Permanent,
    /// Never.
    Temporary,
    /// When it ends with a reason.
    Transient,
}

/// What to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// End all that run, in this order, for they were started again too often.
    GiveUp(Vec<usize>),
    /// Nothing.
    Nothing,
    /// End these in this order, and then start those.
    Restart {
        /// Children that run, the last one first.
        end: Vec<usize>,
        /// Children to start, the first one first.
        start: Vec<usize>,
    },
}

/// A supervisor's children, by their numbers, and how often they were started again.
#[derive(Debug)]
pub struct Supervision {
    strategy: Strategy,
    children: Vec<Child>,
    restarts: VecDeque<Duration>,
    restarts_max: usize,
    within: Duration,
}

#[derive(Debug)]
struct Child {
    restart: Restart,
    is_running: bool,
}

impl Supervision {
    /// No children yet; with more than `restarts_max` restarts `within` this time it gives up.
    #[must_use]
    pub fn new(strategy: Strategy, restarts_max: usize, within: Duration) -> Self {
        Self { strategy, children: Vec::new(), restarts: VecDeque::new(), restarts_max, within }
    }

    /// Adds a child, which runs.
    pub fn add(&mut self, restart: Restart) {
        self.children.push(Child { restart, is_running: true });
    }

    /// A child has ended by itself, as it should or not.
    pub fn ended(&mut self, index: usize, is_normal: bool, now: Duration) -> Verdict {
        let Some(child) = self.children.get_mut(index) else { return Verdict::Nothing };
        child.is_running = false;
        let restarts = match child.restart {
            Restart::Permanent => true,
            Restart::Temporary => false,
            Restart::Transient => !is_normal,
        };
        if !restarts {
            return Verdict::Nothing;
        }
        if self.is_too_often(now) {
            let running = self.children.iter().enumerate().rev().filter(|(_, child)| child.is_running);
            let end = running.map(|(index, _)| index).collect();
            self.children.iter_mut().for_each(|child| child.is_running = false);
            return Verdict::GiveUp(end);
        }
        let affected = match self.strategy {
            Strategy::OneForAll => 0..self.children.len(),
            Strategy::OneForOne => index..index + 1,
            Strategy::RestForOne => index..self.children.len(),
        };
        let is_running = |index: &usize| self.children[*index].is_running;
        let end: Vec<usize> = affected.clone().rev().filter(is_running).collect();
        // What has ended before as it should stays so.
        let start: Vec<usize> = affected.filter(|other| *other == index || end.contains(other)).collect();
        for index in &start {
            self.children[*index].is_running = true;
        }
        Verdict::Restart { end, start }
    }

    fn is_too_often(&mut self, now: Duration) -> bool {
        while self.restarts.front().is_some_and(|when| *when + self.within < now) {
            self.restarts.pop_front();
        }
        self.restarts.push_back(now);
        self.restarts.len() > self.restarts_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn supervision(strategy: Strategy, children: &[Restart]) -> Supervision {
        let mut supervision = Supervision::new(strategy, 3, seconds(5));
        children.iter().for_each(|restart| supervision.add(*restart));
        supervision
    }

    #[test]
    fn each_strategy_starts_its_own_again_in_order() {
        let children = [Restart::Permanent; 4];
        for (strategy, end, start) in [
            (Strategy::OneForOne, vec![], vec![1]),
            (Strategy::RestForOne, vec![3, 2], vec![1, 2, 3]),
            (Strategy::OneForAll, vec![3, 2, 0], vec![0, 1, 2, 3]),
        ] {
            let mut supervision = supervision(strategy, &children);
            assert_eq!(supervision.ended(1, false, seconds(0)), Verdict::Restart { end, start }, "{strategy:?}");
        }
    }

    #[test]
    fn kinds_of_children_say_when() {
        let mut supervision =
            supervision(Strategy::OneForAll, &[Restart::Transient, Restart::Temporary, Restart::Permanent]);
        assert_eq!(supervision.ended(0, true, seconds(0)), Verdict::Nothing);
        assert_eq!(supervision.ended(1, false, seconds(0)), Verdict::Nothing);
        // Those that are done stay so.
        let only = Verdict::Restart { end: vec![], start: vec![2] };
        assert_eq!(supervision.ended(2, true, seconds(0)), only);
        assert_eq!(supervision.ended(7, true, seconds(0)), Verdict::Nothing, "there is none");
        let mut supervision = self::supervision(Strategy::OneForOne, &[Restart::Transient]);
        let again = Verdict::Restart { end: vec![], start: vec![0] };
        assert_eq!(supervision.ended(0, false, seconds(0)), again);
    }

    #[test]
    fn too_many_restarts_within_the_time_end_everything() {
        let mut supervision = supervision(Strategy::OneForOne, &[Restart::Permanent; 3]);
        let again = Verdict::Restart { end: vec![], start: vec![0] };
        for second in [0, 1, 2, 6, 7] {
            assert_eq!(supervision.ended(0, false, seconds(second)), again, "{second}");
        }
        assert_eq!(supervision.ended(0, false, seconds(7)), Verdict::GiveUp(vec![2, 1]));
    }
}
