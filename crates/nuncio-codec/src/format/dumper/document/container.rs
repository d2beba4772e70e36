//! Going through containers.

use super::Document;
use crate::perl::Fault;

/// What is left of a container.
#[derive(Debug)]
pub(in super::super) struct Extent<'de> {
    close: u8,
    stage: Stage,
    /// What white space stood before the last item, if that was as plain as most are.
    gap: &'de [u8],
    /// How much was open when the container began.
    open: usize,
}

/// Which part of a container comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    First,
    Further,
    /// None.
    Behind,
}

impl<'de: 'b, 'b> Document<'de, 'b> {
    /// A container that begins here.
    #[inline]
    pub(super) fn extent(&self, close: u8) -> Extent<'de> {
        Extent { close, stage: Stage::First, gap: self.gap, open: self.open.len() }
    }

    /// Goes into a container of this kind, if one comes next to which nothing may refer.
    #[inline]
    pub(super) fn plain_container(&mut self, opening: &[u8], close: u8) -> Option<Extent<'de>> {
        let is_plain = self.outline.is_none() && self.text.passes(opening);
        is_plain.then(|| self.extent(close))
    }

    /// Goes to the next item of a container or behind its end, if what is there is as plain as most are.
    #[inline(always)]
    pub(super) fn plain_item(&mut self, extent: &mut Extent<'de>) -> Option<bool> {
        if extent.stage == Stage::Behind {
            return Some(false);
        }
        if self.open.len() != extent.open {
            return None;
        }
        let is_more = self.text.plain_item(extent.stage == Stage::First, extent.close, &mut extent.gap)?;
        match is_more {
            true => extent.stage = Stage::Further,
            false => (extent.stage, self.gap) = (Stage::Behind, extent.gap),
        }
        Some(is_more)
    }

    /// Goes to the next entry of a hash and reads its key, or goes behind its end, if what is there is as plain as most are.
    #[inline(always)]
    pub(super) fn plain_entry(&mut self, extent: &mut Extent<'de>) -> Option<&'de str> {
        let (start, stage) = (self.text.position(), extent.stage);
        if !self.plain_item(extent)? {
            return None;
        }
        let key = self.text.plain_key();
        if key.is_none() {
            self.text.seek(start);
            extent.stage = stage;
        }
        key
    }

    /// Goes to the next item of a container or behind its end, whatever is there.
    #[inline(never)]
    pub(super) fn other_item(&mut self, extent: &mut Extent<'de>) -> Result<bool, Fault> {
        self.close_down_to(extent.open)?;
        let is_more = self.text.item(extent.stage == Stage::First, extent.close)?;
        extent.stage = if is_more { Stage::Further } else { Stage::Behind };
        Ok(is_more)
    }
}
