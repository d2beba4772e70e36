//! The first pass: where everything is.
//!
//! In an image the value of a hash's entry comes before its key, and an object is named by counting the values before it.
//! So one pass goes over the whole image, without recursion and without building anything, and leaves a tape on which
//! the second walks forwards and leaps where it likes. What of it lies on the tape, in the order of the image:
//!
//! | | slots |
//! |---|---|
//! | a value | the byte where it begins, with what stands before its tag |
//! | a container | likewise, and the slot behind its end; then its elements or entries |
//! | an entry of a hash | the byte of its key, and the value |
//! | what refers to an earlier value | likewise, and the slot of that |
//! | an object that wrote itself | likewise, the slot behind its end, the slot of its list; then the values that belong to it; then the list: the byte of its last flags, and the slots of what it refers to |

mod build;

use self::build::Builder;
use super::image::Image;
use crate::DecodeLimits;
use crate::perl::Fault;

/// The bit of a slot that says of a value that something else refers to it, and of a key that it is not to be read.
pub(super) const MARK: u32 = 1 << 31;

/// The largest image whose bytes a slot can count, in bytes.
const SIZE_MAX: usize = (MARK - 1) as usize;

/// What the first pass found.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) tape: Vec<u32>,
    /// Where the names of classes are written, in the order in which they have numbers.
    pub(super) classes: Vec<(usize, usize)>,
    rewritten: Vec<Rewritten>,
}

/// Text that is not written as it is read.
#[derive(Debug)]
struct Rewritten {
    start: usize,
    text: Box<str>,
}

impl Index {
    pub(super) fn build(image: Image<'_>, limits: &DecodeLimits) -> Result<Self, Fault> {
        let size = image.cursor.remaining();
        if size > SIZE_MAX - image.cursor.position() {
            return Err(image.cursor.expected(format_args!("an image of at most {SIZE_MAX} bytes"), "a larger one"));
        }
        Builder::new(image, limits).build()
    }

    /// The text that stands for what is written at the byte `start`, if it is not written as it is read.
    pub(super) fn rewritten(&self, start: usize) -> Option<&str> {
        let index = self.rewritten.binary_search_by_key(&start, |rewritten| rewritten.start).ok()?;
        Some(&self.rewritten[index].text)
    }
}
