//! Which messages are on their way: several requests may be, and are answered in any order.

use std::collections::BTreeMap;

/// The messages of one lane between "all before it is done" and "not sent yet".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flight {
    done: u64,
    next: u64,
    /// What was answered out of turn: from the first of its messages to the number after its last.
    answered: BTreeMap<u64, u64>,
}

impl Flight {
    /// Nothing is on its way, and everything below `next` is done.
    pub(crate) const fn at(next: u64) -> Self {
        Self { done: next, next, answered: BTreeMap::new() }
    }

    /// The number of the first message that was not sent yet.
    pub(crate) const fn next(&self) -> u64 {
        self.next
    }

    /// Everything below is done.
    pub(crate) const fn done(&self) -> u64 {
        self.done
    }

    /// The messages up to `end` are on their way now.
    pub(crate) const fn sent(&mut self, end: u64) {
        self.next = end;
    }

    /// The messages from `first` up to `end` are delivered, or will never be.
    pub(crate) fn finished(&mut self, first: u64, end: u64) {
        self.answered.insert(first, end);
        while let Some(entry) = self.answered.first_entry().filter(|entry| *entry.key() <= self.done) {
            self.done = self.done.max(entry.remove());
        }
        self.next = self.next.max(self.done);
    }

    /// Nothing is on its way any more; what was not answered is sent again.
    pub(crate) fn start_again(&mut self) {
        self.answered.clear();
        self.next = self.done;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_has_no_holes() {
        let mut flight = Flight::at(5);
        [10, 15, 20].iter().for_each(|end| flight.sent(*end));
        flight.finished(10, 15);
        assert_eq!((flight.done(), flight.next()), (5, 20));
        flight.finished(5, 10);
        assert_eq!((flight.done(), flight.next()), (15, 20));
        flight.start_again();
        assert_eq!((flight.done(), flight.next()), (15, 15));
        flight.finished(15, 30);
        assert_eq!((flight.done(), flight.next()), (30, 30), "the receiver may know of more than was sent");
    }

    #[test]
    fn an_answer_to_a_part_counts_for_the_part() {
        let mut flight = Flight::at(1);
        flight.sent(11);
        flight.finished(1, 4);
        flight.start_again();
        assert_eq!((flight.done(), flight.next()), (4, 4));
    }
}
