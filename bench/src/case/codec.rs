//! The cases of Perl's formats: beside Perl's own modules, beside serde_json, and beside themselves at half the size.

use nuncio_codec::Codec;

use super::{Aim, Case, Kind, Load, Placement, one};
use crate::document::Document;
use crate::{floor, nuncio};

/// Into a value and out of one, as Perl's modules go into Perl's data and out of it.
const DYNAMIC: Case = Case {
    name: "",
    kind: Kind::Documents,
    load: Load::Document(Codec::Sereal, Document::Small),
    placements: &[Placement::OneCore],
    share: 1,
    aim: Aim::Reported,
    by_peer: Aim::Reported,
    peer_name: "",
    floor: None,
    peer: None,
    nuncio: one(nuncio::codec::decode),
};

/// How many times as long twice as much takes.
const GROWTH: Case = Case { kind: Kind::Growth, share: 500, aim: Aim::AtMost(2.5), ..DYNAMIC };

/// How many times fewer documents are worked on than messages of 100 bytes are moved, so that each case takes as long.
const fn share(document: Document) -> usize {
    match document {
        Document::Small => 1,
        Document::Record => 10,
        Document::Nested | Document::Strings => 500,
    }
}

const fn decode(name: &'static str, codec: Codec, document: Document, aim: Aim) -> Case {
    let floor = Some(one(floor::perl::decode));
    Case { name, load: Load::Document(codec, document), share: share(document), aim, floor, ..DYNAMIC }
}

const fn encode(name: &'static str, codec: Codec, document: Document, aim: Aim) -> Case {
    let floor = Some(one(floor::perl::encode));
    let nuncio = one(nuncio::codec::encode);
    Case { name, load: Load::Document(codec, document), share: share(document), aim, floor, nuncio, ..DYNAMIC }
}

/// Without a value in between.
const fn typed(name: &'static str, codec: Codec, document: Document) -> Case {
    let floor = Some(one(floor::json::decode_struct));
    let nuncio = one(nuncio::codec::decode_struct);
    let aim = Aim::AtLeast(1.0);
    Case { name, load: Load::Document(codec, document), share: share(document), aim, floor, nuncio, ..DYNAMIC }
}

/// What of decoding is building the value, beside Perl's modules.
const fn copy(name: &'static str, codec: Codec, document: Document) -> Case {
    Case { nuncio: one(floor::document::copy), ..decode(name, codec, document, Aim::Reported) }
}

/// What of reading a text into a struct is finding its strings, beside serde_json.
const fn scan(name: &'static str, document: Document) -> Case {
    Case { nuncio: one(floor::document::scan), aim: Aim::Reported, ..typed(name, Codec::Dumper, document) }
}

const fn with_size(name: &'static str, codec: Codec) -> Case {
    let nuncio = one(nuncio::codec::growth_with_size);
    Case { name, load: Load::Document(codec, Document::Record), nuncio, ..GROWTH }
}

const fn with_depth(name: &'static str, codec: Codec) -> Case {
    let nuncio = one(nuncio::codec::growth_with_depth);
    Case { name, load: Load::Document(codec, Document::Record), nuncio, ..GROWTH }
}

macro_rules! cases {
    ($($codec:ident $name:literal: decode $decode:expr, encode $encode:expr;)* [$($floor:expr,)*]) => {
        &[$(
            decode(concat!("codec-", $name, "-decode-small"), Codec::$codec, Document::Small, $decode),
            decode(concat!("codec-", $name, "-decode-record"), Codec::$codec, Document::Record, $decode),
            decode(concat!("codec-", $name, "-decode-nested"), Codec::$codec, Document::Nested, $decode),
            decode(concat!("codec-", $name, "-decode-strings"), Codec::$codec, Document::Strings, $decode),
            encode(concat!("codec-", $name, "-encode-small"), Codec::$codec, Document::Small, $encode),
            encode(concat!("codec-", $name, "-encode-record"), Codec::$codec, Document::Record, $encode),
            encode(concat!("codec-", $name, "-encode-nested"), Codec::$codec, Document::Nested, $encode),
            encode(concat!("codec-", $name, "-encode-strings"), Codec::$codec, Document::Strings, $encode),
            typed(concat!("codec-", $name, "-struct-small"), Codec::$codec, Document::Small),
            typed(concat!("codec-", $name, "-struct-record"), Codec::$codec, Document::Record),
            typed(concat!("codec-", $name, "-struct-nested"), Codec::$codec, Document::Nested),
            typed(concat!("codec-", $name, "-struct-strings"), Codec::$codec, Document::Strings),
            with_size(concat!("codec-", $name, "-growth-size"), Codec::$codec),
            with_depth(concat!("codec-", $name, "-growth-depth"), Codec::$codec),
        )* $($floor,)*]
    };
}

pub(super) const CASES: &[Case] = cases! {
    Sereal "sereal": decode Aim::AtLeast(2.0), encode Aim::AtLeast(2.0);
    Storable "storable": decode Aim::AtLeast(3.0), encode Aim::AtLeast(3.0);
    // Of writing the text there is only to be known how it stands.
    Dumper "dumper": decode Aim::AtLeast(5.0), encode Aim::Reported;
    [
        copy("codec-sereal-copy-record", Codec::Sereal, Document::Record),
        copy("codec-sereal-copy-nested", Codec::Sereal, Document::Nested),
        copy("codec-storable-copy-record", Codec::Storable, Document::Record),
        copy("codec-storable-copy-nested", Codec::Storable, Document::Nested),
        scan("codec-dumper-scan-small", Document::Small),
        scan("codec-dumper-scan-record", Document::Record),
        scan("codec-dumper-scan-nested", Document::Nested),
        scan("codec-dumper-scan-strings", Document::Strings),
    ]
};
