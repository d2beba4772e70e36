//! In which order message files are read.
//!
//! Files that arrive while one watches are told in their order. Those that are there already are sorted: a name is an id
//! that begins with a time, in milliseconds, and files of one millisecond are read together and sorted by their stamps. A
//! file that arrives while the directory is listed is in the list or not, but it is told as well, so that what was told
//! goes last.

use std::collections::{HashSet, VecDeque};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// How much of a name says the time: the first 48 bits of an id, with a hyphen.
const TIME_CHARACTERS: usize = 13;
/// Where the version of an id stands.
const VERSION_AT: usize = 14;
/// How many files without a time in their names are read together.
const TOGETHER_MAX: usize = 1024;

/// The files that are still to be read.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    listed: VecDeque<OsString>,
    told: VecDeque<OsString>,
    has_times: bool,
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

    /// These files are there; those that are told of from now on are told in `told`.
    pub(super) fn list(&mut self, mut names: Vec<OsString>, told: Vec<OsString>) {
        let told_set: HashSet<&OsStr> = told.iter().map(OsString::as_os_str).collect();
        names.retain(|name| !told_set.contains(name.as_os_str()));
        names.sort();
        self.has_times = names.iter().all(|name| name.as_bytes().get(VERSION_AT) == Some(&b'7'));
        self.listed = names.into();
        self.told = told.into();
    }

    /// The next files, which have to be sorted by their stamps.
    pub(super) fn take(&mut self, into: &mut Vec<OsString>) {
        let Some(first) = self.listed.pop_front() else { return into.extend(self.told.pop_front()) };
        while let Some(next) = self.listed.front() {
            let belongs = if self.has_times { time_of(next) == time_of(&first) } else { into.len() < TOGETHER_MAX };
            if !belongs {
                break;
            }
            into.extend(self.listed.pop_front());
        }
        into.push(first);
    }
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
        backlog.list(names([a, "01A1F882-56A4-7FFF", c, b]), names(["01A1F882-56A4-7FFF"]));
        backlog.tell("x".into());
        assert_eq!(all(&mut backlog), [names([b]), names([c, a]), names(["01A1F882-56A4-7FFF"]), names(["x"])]);
    }

    #[test]
    fn files_without_a_time_go_together() {
        let mut backlog = Backlog::default();
        backlog.list(names(["b", "a"]), Vec::new());
        assert_eq!(all(&mut backlog), [names(["a", "b"])]);
    }
}
