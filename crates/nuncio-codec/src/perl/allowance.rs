//! What a document may still use of its limits.

use super::Fault;
use crate::DecodeLimits;
use crate::error::Exceeded;

/// How deep a document is read at most, in levels, whatever the limits allow: so that a debug build needs well under the
/// 2 MiB of stack that a thread has by default.
pub(crate) const DEPTH_MAX: usize = 256;

#[derive(Debug)]
pub(super) struct Allowance<'a> {
    limits: &'a DecodeLimits,
    levels: usize,
    elements: usize,
}

impl<'a> Allowance<'a> {
    pub(super) fn new(limits: &'a DecodeLimits) -> Self {
        Self { limits, levels: limits.depth.min(DEPTH_MAX), elements: limits.elements }
    }

    /// Goes one level deeper, which has to be undone by [`rise`](Self::rise).
    #[inline]
    pub(super) fn descend(&mut self) -> Result<(), Fault> {
        match self.levels.checked_sub(1) {
            Some(levels) => {
                self.levels = levels;
                Ok(())
            }
            None => Err(Fault::limit(Exceeded::Depth { limit: self.limits.depth.min(DEPTH_MAX) })),
        }
    }

    /// How many levels deeper it may still go.
    pub(super) fn levels(&self) -> usize {
        self.levels
    }

    /// Goes back up to where there were so many `levels`.
    pub(super) fn rise_to(&mut self, levels: usize) {
        self.levels = levels;
    }

    #[inline]
    pub(super) fn rise(&mut self) {
        self.levels += 1;
    }

    #[inline]
    pub(super) fn count_element(&mut self) -> Result<(), Fault> {
        match self.elements.checked_sub(1) {
            Some(elements) => {
                self.elements = elements;
                Ok(())
            }
            None => Err(Fault::limit(Exceeded::Elements { limit: self.limits.elements })),
        }
    }

    #[inline]
    pub(super) fn check_text(&self, size: usize) -> Result<(), Fault> {
        let limit = self.limits.text_bytes;
        match size > limit {
            true => Err(Fault::limit(Exceeded::Text { size, limit })),
            false => Ok(()),
        }
    }
}
