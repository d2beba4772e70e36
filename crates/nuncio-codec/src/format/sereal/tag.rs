//! The tags of a document's items.
//!
//! # Source
//! Sereal specification, "Tags".

/// The bit that says that a later item refers to this one.
pub(super) const TRACKED: u8 = 0x80;

pub(super) const POSITIVE_LAST: u8 = 0x0f;
pub(super) const NEGATIVE: u8 = 0x10;
pub(super) const NEGATIVE_LAST: u8 = 0x1f;
pub(super) const VARINT: u8 = 0x20;
pub(super) const ZIGZAG: u8 = 0x21;
pub(super) const FLOAT: u8 = 0x22;
pub(super) const DOUBLE: u8 = 0x23;
pub(super) const LONG_DOUBLE: u8 = 0x24;
pub(super) const UNDEF: u8 = 0x25;
pub(super) const BINARY: u8 = 0x26;
pub(super) const STR_UTF8: u8 = 0x27;
pub(super) const REFN: u8 = 0x28;
pub(super) const REFP: u8 = 0x29;
pub(super) const HASH: u8 = 0x2a;
pub(super) const ARRAY: u8 = 0x2b;
pub(super) const OBJECT: u8 = 0x2c;
pub(super) const OBJECTV: u8 = 0x2d;
pub(super) const ALIAS: u8 = 0x2e;
pub(super) const COPY: u8 = 0x2f;
pub(super) const WEAKEN: u8 = 0x30;
pub(super) const REGEXP: u8 = 0x31;
pub(super) const OBJECT_FREEZE: u8 = 0x32;
pub(super) const OBJECTV_FREEZE: u8 = 0x33;
pub(super) const NO: u8 = 0x34;
pub(super) const YES: u8 = 0x35;
pub(super) const CANONICAL_UNDEF: u8 = 0x39;
pub(super) const FALSE: u8 = 0x3a;
pub(super) const TRUE: u8 = 0x3b;
pub(super) const PAD: u8 = 0x3f;
pub(super) const ARRAYREF: u8 = 0x40;
pub(super) const ARRAYREF_LAST: u8 = 0x4f;
pub(super) const HASHREF: u8 = 0x50;
pub(super) const HASHREF_LAST: u8 = 0x5f;
pub(super) const SHORT_BINARY: u8 = 0x60;
pub(super) const SHORT_BINARY_LAST: u8 = 0x7f;

/// Most elements or entries that a container's tag can count by itself.
pub(super) const SHORT_COUNT_MAX: usize = 15;
/// Longest string whose length fits into its tag, in bytes.
pub(super) const SHORT_BINARY_MAX: usize = 31;
