//! Images in which nothing refers to anything: nearly all of them.
//!
//! Such an image needs no index of all that is in it. As a [`Value`](crate::Value) it is read in one go, a key being put
//! beside the value that came before it. For whoever wants keys first, a scalar is passed over twice, and of a container
//! it is known where it ends.
//!
//! What is met here and not known, or is not allowed, is left to the reader with the index, from the beginning: that one
//! knows objects and references, and says what is wrong with an image.

mod document;
mod extents;
mod into_value;

pub(super) use self::document::Document;
pub(super) use self::extents::Extents;
pub(super) use self::into_value::IntoValue;
