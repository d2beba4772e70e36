//! What came over the connections of one peer: in which order they are read, and their messages received.

use std::collections::{BTreeMap, VecDeque};
use std::os::fd::OwnedFd;

use nuncio_core::{Batch, Result};

use super::hub::{Hub, LISTENER};
use super::input::{Input, Next};
use crate::route::Reader;

/// How often in a row one connection is read without asking whether others have something, too.
const IN_A_ROW_MAX: u32 = 16;
/// How often one connection alone has something while nobody waits, before it is not watched any more: to stop and to begin again
/// takes as long as two messages.
const BUSY_READS: u32 = 64;

/// What is read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) listener: Option<OwnedFd>,
    pub(super) inputs: BTreeMap<u64, Input>,
    /// Those in which something may be that was read, in their turn.
    ready: VecDeque<u64>,
    pub(super) nameless: VecDeque<u64>,
    /// For the next one that reads.
    spare: Vec<u8>,
    /// The connection that was read last, and how often in a row.
    last: (u64, u32),
    /// How often it had something, and no other, since somebody waited.
    busy_reads: u32,
    /// The connection that is read so often that it is not watched meanwhile.
    unwatched: Option<u64>,
    pub(super) has_left: bool,
}

impl Reading {
    /// Whether nothing that was read waits to be received.
    pub(super) fn is_drained(&self) -> bool {
        self.ready.is_empty()
    }

    /// Takes up to `max` of the messages that were read; how many those were.
    pub(super) fn take(&mut self, hub: &Hub, reader: &Reader, into: &mut Batch, max: usize) -> usize {
        let (before, end) = (into.len(), into.len() + max);
        while into.len() < end
            && let Some(&key) = self.ready.front()
        {
            let Some(input) = self.inputs.get_mut(&key) else {
                self.ready.pop_front();
                continue;
            };
            match input.take(&hub.route, reader, into, end) {
                Next::Message if !input.is_done() => {}
                Next::Message | Next::Nothing => {
                    self.ready.pop_front();
                    if input.is_empty() {
                        self.spare = input.take_buffer();
                    }
                }
                Next::Hello(peer) => {
                    self.nameless.retain(|nameless| *nameless != key);
                    hub.met(self, key, &peer);
                }
                Next::End => {
                    self.ready.pop_front();
                    hub.remove(self, key);
                }
            }
        }
        into.len() - before
    }

    pub(super) fn put_first(&mut self, key: u64) {
        self.ready.retain(|ready| *ready != key);
        self.ready.push_front(key);
    }

    /// Reads all that came over the connection `key`, whose other side writes no more, and has it received first.
    pub(super) fn finish_first(&mut self, key: u64) {
        if let Some(input) = self.inputs.get_mut(&key) {
            input.read_all();
            self.put_first(key);
        }
    }

    /// A connection that is busy is watched no more: each of its messages would be told to a set that nobody asks.
    #[inline]
    pub(super) fn unwatch_busy(&mut self, hub: &Hub) {
        let (key, _) = self.last;
        if self.busy_reads >= BUSY_READS
            && self.unwatched.is_none()
            && let Some(input) = self.inputs.get(&key)
        {
            hub.take_from_set(&input.connection);
            self.unwatched = Some(key);
        }
    }

    /// Watches the connection again that was read without that. Whoever waits does this first.
    pub(super) fn watch_all(&mut self, hub: &Hub) -> Result<()> {
        self.busy_reads = 0;
        let Some(key) = self.unwatched else { return Ok(()) };
        if let Some(input) = self.inputs.get(&key) {
            hub.add_to_set(&*input.connection.socket, key)?;
        }
        self.unwatched = None;
        Ok(())
    }

    /// Reads what has come over the connections `keys`.
    pub(super) fn read(&mut self, hub: &Hub, keys: &[u64]) -> Result<()> {
        let mut done = Ok(());
        for &key in keys {
            if key == LISTENER {
                done = done.and(hub.accept(self));
                continue;
            }
            if key != self.last.0 {
                done = done.and(self.watch_all(hub));
            }
            self.read_one(key);
            self.last = (key, 0);
        }
        done
    }

    /// Whether it is the turn of other connections than the one that was read last, which each call brings nearer.
    pub(super) fn gives_way(&mut self) -> bool {
        let (_, count) = &mut self.last;
        *count = (*count + 1) % (IN_A_ROW_MAX + 1);
        *count == 0
    }

    /// Reads what has come over the connection that was read last, where the next message often comes from, too; false if that is
    /// nothing.
    pub(super) fn read_last(&mut self) -> bool {
        let (key, _) = self.last;
        let has_news = self.read_one(key);
        self.busy_reads = self.busy_reads.saturating_add(u32::from(has_news));
        has_news
    }

    /// Whether there was something, which may also be the end.
    fn read_one(&mut self, key: u64) -> bool {
        let Some(input) = self.inputs.get_mut(&key) else { return false };
        if input.wants_buffer() {
            input.lend_buffer(std::mem::take(&mut self.spare));
        }
        let has_news = input.read() || input.has_ended();
        if has_news && !self.ready.contains(&key) {
            self.ready.push_back(key);
        }
        if !has_news && input.is_empty() {
            self.spare = input.take_buffer();
        }
        has_news
    }
}
