//! Where each container is.

use super::super::image::Image;
use super::super::tag::{self, key};
use crate::DecodeLimits;
use crate::perl::DEPTH_MAX;

/// Where the containers of an image are, in the order in which they begin, but for the outermost.
#[derive(Debug)]
pub(in super::super) struct Extents(Vec<Extent>);

#[derive(Clone, Copy, Debug)]
struct Extent {
    start: usize,
    end: usize,
}

impl Extents {
    /// Goes over an image, if it is plain and has no more elements and levels than are allowed.
    pub(in super::super) fn find(image: Image<'_>, limits: &DecodeLimits) -> Option<Self> {
        let (levels, elements) = (limits.depth.min(DEPTH_MAX), limits.elements);
        let mut pass = Pass { image, levels, elements, extents: Vec::new() };
        let tag = pass.byte()?;
        pass.container(tag)?;
        Some(Self(pass.extents))
    }

    /// The number of the first container that begins at the byte `position` or behind it.
    pub(super) fn first_from(&self, position: usize) -> usize {
        self.0.partition_point(|extent| extent.start < position)
    }

    /// The byte behind the container `number`.
    #[inline]
    pub(super) fn end(&self, number: usize) -> usize {
        self.0[number].end
    }
}

struct Pass<'de> {
    image: Image<'de>,
    /// How many levels deeper it may still go.
    levels: usize,
    /// How many elements there may still be.
    elements: usize,
    extents: Vec<Extent>,
}

impl Pass<'_> {
    #[inline]
    fn byte(&mut self) -> Option<u8> {
        self.image.cursor.byte("a value").ok()
    }

    #[inline(always)]
    fn value(&mut self) -> Option<()> {
        match self.byte()? {
            tag::REF => self.inner_container(),
            tag => self.image.pass_scalar(tag)?.ok(),
        }
    }

    fn inner_container(&mut self) -> Option<()> {
        let (number, start) = (self.extents.len(), self.image.cursor.position());
        self.extents.push(Extent { start, end: start });
        let tag = self.byte()?;
        self.container(tag)?;
        self.extents[number].end = self.image.cursor.position();
        Some(())
    }

    fn container(&mut self, tag: u8) -> Option<()> {
        match tag {
            tag::HASH => self.items(5, |pass| {
                pass.value()?;
                pass.image.pass_key().ok().map(drop)
            }),
            tag::FLAG_HASH => {
                self.byte()?;
                self.items(6, |pass| {
                    pass.value()?;
                    let flags = pass.byte()?;
                    pass.image.pass_key().ok().filter(|_| matches!(flags, 0 | key::UTF8)).map(drop)
                })
            }
            tag::ARRAY => self.items(1, Self::value),
            _ => None,
        }
    }

    /// Passes over the items of a container, which take `bytes` bytes at least.
    #[inline(always)]
    fn items(&mut self, bytes: usize, mut pass_item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        let count = self.image.count(bytes).ok()?;
        self.elements = self.elements.checked_sub(count)?;
        self.levels = self.levels.checked_sub(1)?;
        (0..count).try_for_each(|_| pass_item(self))?;
        self.levels += 1;
        Some(())
    }
}
