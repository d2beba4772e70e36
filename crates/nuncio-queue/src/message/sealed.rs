//! What a sealed message says once it is opened. The frame keeps it as it came, so that it can be given back sealed.

use std::ops::Range;

use super::Message;
use crate::replay::ReplayId;
use crate::seal::SealedBy;

/// What is known of a sealed message that was opened.
#[derive(Debug)]
pub(crate) struct Opened {
    /// Whose key it was; nobody's if a published one was needed.
    pub(crate) sealed_by: Option<SealedBy>,
    /// What it was accepted as.
    pub(crate) id: ReplayId,
}

impl Message {
    /// Whose key opened it. None for one that was not sealed, or sealed with a key that everybody has; what the header says is
    /// never an answer to this.
    pub fn sealed_by(&self) -> Option<&SealedBy> {
        self.opened.as_ref()?.sealed_by.as_ref()
    }

    /// Header text, payload as it came, and the buffer for what is in it.
    pub(crate) fn sealed_parts(&mut self) -> (&[u8], &[u8], &mut Vec<u8>) {
        let Self { frame, layout, plain, .. } = self;
        let part = |range: &Range<usize>| frame.get(range.clone()).unwrap_or_default();
        (part(&layout.header), part(&layout.payload), plain)
    }

    /// Says what is known of the content of the buffer that [`sealed_parts`](Self::sealed_parts) gave; without anything, it is
    /// not shown.
    #[cold]
    pub(crate) fn set_opened(&mut self, opened: Option<Box<Opened>>) {
        if opened.is_none() {
            self.plain.clear();
        }
        self.opened = opened;
    }

    pub(crate) fn opened(&self) -> Option<&Opened> {
        self.opened.as_deref()
    }
}
