//! In which order message files are read.
//!
//! Files that arrive while one watches are told in their order. Those that are there already are sorted: a name is an id
//! that begins with a time, in milliseconds, and files of one millisecond are read together and sorted by their stamps.
//! Where names say no time all are read together, or, if they are many, looked into first and read one by one afterwards. A
//! file that arrives while the directory is listed is in the list or not, but it is told as well, so that what was told
//! goes last.

use std::cmp::Ordering;
use std::collections::{HashSet, VecDeque};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use crate::wire::message::Position;

/// How much of a name says the time: the first 48 bits of an id, with a hyphen.
const TIME_CHARACTERS: usize = 13;
/// Where the version of an id stands.
const VERSION_AT: usize = 14;
/// How many files without a time in their names are kept in memory together.
const TOGETHER_MAX: usize = 1024;

/// The files that are still to be read.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    listed: VecDeque<OsString>,
    told: VecDeque<OsString>,
    /// How those that are listed are read.
    order: Order,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Order {
    /// Those whose names say the same time together.
    #[default]
    ByTime,
    /// One after the other: they were sorted by their stamps.
    Sorted,
    /// All together.
    Together,
}

impl Backlog {
    /// Whether there is nothing to read.
    pub(super) fn is_empty(&self) -> bool {
        self.listed.is_empty() && self.told.is_empty()
    }

    /// A file has arrived.
    pub(super) fn tell(&mut self, name: OsString) {
        self.told.push_back(name);
    }

    /// These files are there; those that are told of from now on are told in `told`. Where a message stands `position` says; none
    /// if it is gone.
    pub(super) fn list(
        &mut self,
        mut names: Vec<OsString>,
        told: Vec<OsString>,
        position: impl FnMut(&OsStr) -> Option<Position>,
    ) {
        let told_set: HashSet<&OsStr> = told.iter().map(OsString::as_os_str).collect();
        names.retain(|name| !told_set.contains(name.as_os_str()));
        names.sort();
        self.order = match names.iter().all(|name| name.as_bytes().get(VERSION_AT) == Some(&b'7')) {
            true => Order::ByTime,
            false if names.len() <= TOGETHER_MAX => Order::Together,
            false => Order::Sorted,
        };
        if self.order == Order::Sorted {
            names = sorted(names, position);
        }
        self.listed = names.into();
        self.told = told.into();
    }

    /// The next files, which have to be sorted by their stamps.
    pub(super) fn take(&mut self, into: &mut Vec<OsString>) {
        let Some(first) = self.listed.pop_front() else { return into.extend(self.told.pop_front()) };
        while let Some(next) = self.listed.front() {
            let belongs = match self.order {
                Order::ByTime => time_of(next) == time_of(&first),
                Order::Sorted => false,
                Order::Together => true,
            };
            if !belongs {
                break;
            }
            into.extend(self.listed.pop_front());
        }
        into.push(first);
    }
}

/// `names`, which are sorted, by the stamps of their messages.
fn sorted(names: Vec<OsString>, mut position: impl FnMut(&OsStr) -> Option<Position>) -> Vec<OsString> {
    let placed = names.into_iter().filter_map(|name| Some((position(&name)?, name)));
    let mut placed: Vec<(Position, OsString)> = placed.collect();
    placed.sort_by(|(one, _), (other, _)| one.partial_cmp(other).unwrap_or(Ordering::Equal));
    placed.into_iter().map(|(_, name)| name).collect()
}

fn time_of(name: &OsStr) -> &[u8] {
    let bytes = name.as_bytes();
    bytes.get(..TIME_CHARACTERS).unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(backlog: &mut Backlog) -> Vec<Vec<OsString>> {
        let mut groups = Vec::new();
        loop {
            let mut group = Vec::new();
            backlog.take(&mut group);
            if group.is_empty() {
                return groups;
            }
            group.sort();
            groups.push(group);
        }
    }

    fn names<const N: usize>(names: [&str; N]) -> Vec<OsString> {
        names.map(OsString::from).to_vec()
    }

    #[test]
    fn files_of_one_millisecond_go_together_and_those_that_are_told_go_last() {
        let mut backlog = Backlog::default();
        let [a, b, c] = ["01A1F882-56A6-7398", "01A1F882-56A5-75ED", "01A1F882-56A6-7000"];
        backlog.list(names([a, "01A1F882-56A4-7FFF", c, b]), names(["01A1F882-56A4-7FFF"]), unasked);
        backlog.tell("x".into());
        assert_eq!(all(&mut backlog), [names([b]), names([c, a]), names(["01A1F882-56A4-7FFF"]), names(["x"])]);
    }

    #[test]
    fn files_without_a_time_go_together() {
        let mut backlog = Backlog::default();
        backlog.list(names(["b", "a"]), Vec::new(), unasked);
        assert_eq!(all(&mut backlog), [names(["a", "b"])]);
    }

    #[test]
    fn many_files_without_a_time_are_sorted_by_their_stamps() {
        let mut backlog = Backlog::default();
        let many: Vec<OsString> = (0..3 * TOGETHER_MAX).map(|number| number.to_string().into()).collect();
        let number = |name: &OsStr| name.to_str().and_then(|name| name.parse::<usize>().ok()).expect("a number");
        // One of them is gone, and two at a time have one stamp.
        let position = |name: &OsStr| match number(name) {
            7 => None,
            number => Some(Position { stamp: -((number / 2) as f64), order: (number % 2) as f64 }),
        };
        backlog.list(many, names(["5", "new"]), position);
        let read: Vec<Vec<OsString>> = all(&mut backlog);
        let expected = (0..3 * TOGETHER_MAX / 2).rev().flat_map(|half| [2 * half, 2 * half + 1]);
        let expected = expected.filter(|number| ![5, 7].contains(number)).map(|number| vec![number.to_string().into()]);
        assert_eq!(read, expected.chain([names(["5"]), names(["new"])]).collect::<Vec<_>>());
    }

    fn unasked(name: &OsStr) -> Option<Position> {
        unreachable!("{name:?} need not be looked into")
    }
}
