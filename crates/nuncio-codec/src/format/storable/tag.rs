//! The tags of an image's values, and the flags beside them.
//!
//! # Source
//! `Storable.xs`, "Type markers".

pub(super) const OBJECT: u8 = 0;
pub(super) const LSCALAR: u8 = 1;
pub(super) const ARRAY: u8 = 2;
pub(super) const HASH: u8 = 3;
pub(super) const REF: u8 = 4;
pub(super) const UNDEF: u8 = 5;
pub(super) const INTEGER: u8 = 6;
pub(super) const DOUBLE: u8 = 7;
pub(super) const BYTE: u8 = 8;
pub(super) const NETINT: u8 = 9;
pub(super) const SCALAR: u8 = 10;
pub(super) const TIED_ARRAY: u8 = 11;
pub(super) const TIED_HASH: u8 = 12;
pub(super) const TIED_SCALAR: u8 = 13;
pub(super) const SV_UNDEF: u8 = 14;
pub(super) const SV_YES: u8 = 15;
pub(super) const SV_NO: u8 = 16;
pub(super) const BLESS: u8 = 17;
pub(super) const IX_BLESS: u8 = 18;
pub(super) const HOOK: u8 = 19;
pub(super) const OVERLOAD: u8 = 20;
pub(super) const TIED_KEY: u8 = 21;
pub(super) const TIED_INDEX: u8 = 22;
pub(super) const UTF8STR: u8 = 23;
pub(super) const LUTF8STR: u8 = 24;
pub(super) const FLAG_HASH: u8 = 25;
pub(super) const CODE: u8 = 26;
pub(super) const WEAKREF: u8 = 27;
pub(super) const WEAKOVERLOAD: u8 = 28;
pub(super) const VSTRING: u8 = 29;
pub(super) const LVSTRING: u8 = 30;
pub(super) const SVUNDEF_ELEM: u8 = 31;
pub(super) const REGEXP: u8 = 32;
pub(super) const LOBJECT: u8 = 33;
// From minor version 12 on, in either numbering that releases have used.
pub(super) const BOOLEAN_TRUE: u8 = 34;
pub(super) const BOOLEAN_FALSE: u8 = 35;
pub(super) const TRUE: u8 = 40;
pub(super) const FALSE: u8 = 41;

/// Whether this begins what may stand before the tag of a value.
#[inline]
pub(super) fn is_prefix(tag: u8) -> bool {
    matches!(tag, BLESS | IX_BLESS | VSTRING | LVSTRING)
}

/// The first minor version with tags for true and false.
pub(super) const MINOR_WITH_BOOLEANS: u8 = 12;

/// The bit of a class's length or number in one byte that says that it follows in four.
pub(super) const LONG_CLASS: u8 = 0x80;

/// The flags of a hash's key.
pub(super) mod key {
    /// It is text, written in UTF-8.
    pub(in super::super) const UTF8: u8 = 1;
    /// It is text, written in Latin-1.
    pub(in super::super) const WAS_UTF8: u8 = 2;
    /// It is a value of its own.
    pub(in super::super) const IS_VALUE: u8 = 8;
    /// It is one that a restricted hash may have and has not.
    pub(in super::super) const PLACEHOLDER: u8 = 16;
}

/// The flags of an object that wrote itself.
pub(super) mod hook {
    pub(in super::super) const TYPE: u8 = 0x03;
    /// Of the types: something tied, which has one more flag.
    pub(in super::super) const TYPE_EXTRA: u8 = 3;
    pub(in super::super) const LONG_CLASS: u8 = 0x04;
    pub(in super::super) const LONG_STRING: u8 = 0x08;
    pub(in super::super) const LONG_LIST: u8 = 0x10;
    pub(in super::super) const CLASS_BY_NUMBER: u8 = 0x20;
    /// A value follows, to which the list will refer, and then flags again.
    pub(in super::super) const VALUE_FOLLOWS: u8 = 0x40;
    pub(in super::super) const HAS_LIST: u8 = 0x80;
}

/// The flag of a regular expression whose length takes four bytes.
pub(super) const LONG_REGEXP: u8 = 1;
