//! Where a search begins: documents that are right, and the words of their formats.

use std::fs;
use std::path::Path;

use nuncio_codec::{Codec, Map, Object, Value};

use crate::{Target, bus, config, gateway, lanes, mesh, sealed};

/// The target whose inputs are bodies of requests.
const BATCH: &str = "batch";
/// The target whose inputs are whole messages.
const SEALED: &str = "sealed";
/// The targets whose inputs are what comes on a bus.
const BUS_STREAM: &str = "bus_stream";
const BUS_TEXT: &str = "bus_text";
/// The target whose inputs are files that set up nodes.
const CONFIG: &str = "mesh_config";
/// The targets whose inputs are what comes on a connection between nodes.
const HANDSHAKE: &str = "mesh_handshake";
const LANES: &str = "mesh_lanes";
const MESSAGES: &str = "mesh_messages";

/// Documents that the codec itself writes, and some by hand that no encoder of ours would.
#[must_use]
pub fn seeds(target: Target) -> Vec<Vec<u8>> {
    match target.name {
        BATCH => return gateway::seeds(),
        SEALED => return sealed::seeds(),
        BUS_STREAM => return bus::stream_seeds(),
        BUS_TEXT => return bus::text_seeds(),
        HANDSHAKE => return mesh::handshake_seeds(),
        CONFIG => return config::seeds(),
        LANES => return lanes::seeds(),
        MESSAGES => return mesh::message_seeds(),
        _ => {}
    }
    let codecs: Vec<Codec> = match target.codec {
        Some(codec) => vec![codec],
        None => Codec::ALL.to_vec(),
    };
    let mut seeds = Vec::new();
    for codec in codecs {
        for value in samples() {
            let mut bytes = Vec::new();
            if codec.encode(&value, &mut bytes).is_ok() {
                seeds.push(bytes);
            }
        }
        seeds.extend(by_hand(codec).iter().map(|document| document.to_vec()));
    }
    seeds
}

/// The recorded documents of the format, where this is a work tree that has them.
#[must_use]
pub fn vectors(target: Target) -> Vec<Vec<u8>> {
    let Some(codec) = target.codec else { return Vec::new() };
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/nuncio-codec/tests/vectors");
    let files = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut paths: Vec<_> = files.map(|file| file.path()).collect();
    // The same order each time, so that a seed makes the same search.
    paths.sort();
    let is_of_format = |path: &&std::path::PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(codec.name()))
    };
    paths.iter().filter(is_of_format).flat_map(|path| recorded(&fs::read_to_string(path).unwrap_or_default())).collect()
}

/// What stands in hexadecimal in a recorded file.
fn recorded(file: &str) -> Vec<Vec<u8>> {
    let digits = file.split("\"hex\":\"").skip(1).filter_map(|rest| rest.split('"').next());
    let bytes = |digits: &str| {
        let digits: Vec<u8> =
            digits.bytes().filter_map(|digit| char::from(digit).to_digit(16)).map(|digit| digit as u8).collect();
        digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    };
    digits.map(bytes).collect()
}

/// Values with everything in them.
fn samples() -> Vec<Value> {
    let nested = (0..20).fold(Value::from(1), |inner, _| Value::from_iter([("a", Value::Array(vec![inner]))]));
    let object = |value| Value::from(Object::new("My::Class", value));
    vec![
        Value::Null,
        Value::from(true),
        Value::from(-17),
        Value::from(u64::MAX),
        Value::from(i64::MIN),
        Value::from(0.1),
        Value::from(f64::MAX),
        Value::from(1e-7),
        Value::from("text"),
        Value::from("größe ☃ 𝄞 \u{0} \" \\ ' $ @ \n"),
        Value::Bytes(b"\x00\x80\xff bytes".to_vec()),
        Value::from("long ".repeat(60)),
        Value::from_iter([1, 2, 300, 70_000]),
        Value::from_iter((0..40).map(|index| ("key", index)).map(|(key, index)| Value::from(format!("{key}{index}")))),
        Value::Map(Map::new()),
        Value::Array(Vec::new()),
        Value::from_iter([
            ("name", Value::from("resize")),
            ("id", 7.into()),
            ("tags", Value::from_iter(["a", "a", "b"])),
        ]),
        Value::from_iter([("ratio", Value::from(0.5)), ("größe", Value::from(false)), ("", Value::Null)]),
        object(Value::from_iter([("a", 1)])),
        object(Value::from_iter([1, 2])),
        Value::from_iter([object(Value::from_iter([("b", object(Value::from_iter(["c"])))])), Value::Null]),
        nested,
    ]
}

/// What no encoder of ours writes.
fn by_hand(codec: Codec) -> &'static [&'static [u8]] {
    match codec {
        Codec::Sereal => SEREAL,
        Codec::Storable => STORABLE,
        Codec::Dumper => DUMPER,
        Codec::Cbor => &[
            b"\x9f\x01\x82\x02\x03\xff",
            b"\xbf\x61a\xf9\x7e\x00\xff",
            b"\xc2\x49\x01\x00\x00\x00\x00\x00\x00\x00\x00",
            b"\x5f\x41a\x41b\xff",
        ],
        Codec::MessagePack => &[b"\xdc\x00\x02\xc0\xc2", b"\xc7\x03\x05abc", b"\x81\x01\xca\x3f\x80\x00\x00"],
        Codec::Yaml => &[
            b"a: &x [1, 2]\nb: *x\n",
            b"? - 1\n: |\n  text\n  more\n",
            b"%YAML 1.2\n---\n!!str 12\n...\n",
            b"<<: {a: 1}\nb: >-\n  folded\n",
        ],
        _ => &[],
    }
}

const SEREAL: &[&[u8]] = &[
    // A cycle, a repeated reference, an alias, weak ones.
    b"=\xf3rl\x05\x00\x28\xab\x01\x29\x02",
    b"=\xf3rl\x05\x00\x42\x28\xab\x00\x29\x03",
    b"=\xf3rl\x05\x00\x43\x81\x2e\x02\x02",
    b"=\xf3rl\x05\x00\x42\x28\xab\x01\x07\x30\x29\x03",
    // Objects: of a class, of the same once more, blessed scalars, frozen ones, JSON's booleans.
    b"=\xf3rl\x05\x00\x42\x2c\x63Foo\x50\x2d\x03\x40",
    b"=\xf3rl\x05\x00\x2c\x63Foo\x28\x05",
    b"=\xf3rl\x05\x00\x42\x32\x63Foo\x28\x2b\x01\x05\x33\x03\x28\x2b\x00",
    b"=\xf3rl\x05\x00\x42\x2c\x71JSON::PP::Boolean\x28\x01\x2d\x03\x28\x00",
    // A regular expression, a copy, copied keys, padding, floats of three sizes, references to scalars.
    b"=\xf3rl\x05\x00\x31\x64ab+c\x62ix",
    b"=\xf3rl\x05\x00\x2c\x66Regexp\x31\x61x\x60",
    b"=\xf3rl\x05\x00\x42\x65hello\x2f\x02",
    b"=\xf3rl\x05\x00\x42\x51\x61a\x01\x51\x2f\x03\x02",
    b"=\xf3rl\x05\x00\x3f\x3f\x42\x3f\x22\x00\x00\x80\x3f\x23\x9a\x99\x99\x99\x99\x99\xb9\x3f",
    b"=\xf3rl\x05\x00\x24\x00\x00\x00\x00\x00\x00\x00\x80\xff\x3f\x00\x00\x00\x00\x00\x00",
    b"=\xf3rl\x05\x00\x28\x28\x28\x26\x03abc",
    b"=\xf3rl\x05\x00\x46\x25\x39\x3a\x3b\x34\x35",
    // A user header; versions 1 and 2.
    b"=\xf3rl\x05\x04\x01\x61h\x07\x28\x2b\x01\x05",
    b"=srl\x01\x00\x28\xab\x02\x01\x29\x07",
    b"=srl\x02\x00\x28\x2a\x01\x61a\x27\x02\xc3\xa4",
];

const STORABLE: &[&[u8]] = &[
    // In network order: a repeated reference, a cycle, a weak one, objects, a scalar of each kind.
    b"\x05\x0b\x02\x00\x00\x00\x02\x04\x02\x00\x00\x00\x01\x08\x81\x04\x00\x00\x00\x00\x02",
    b"\x05\x0b\x02\x00\x00\x00\x01\x04\x00\x00\x00\x00\x00",
    b"\x05\x0b\x02\x00\x00\x00\x01\x1b\x02\x00\x00\x00\x00",
    b"\x05\x0b\x11\x03Foo\x03\x00\x00\x00\x01\x08\x81\x00\x00\x00\x01a",
    b"\x05\x0b\x02\x00\x00\x00\x02\x04\x11\x03Foo\x08\x85\x04\x12\x00\x08\x86",
    b"\x05\x0b\x19\x00\x00\x00\x00\x02\x0a\x01x\x01\x00\x00\x00\x02\xc3\xa4\x05\x00\x00\x00\x00\x01b",
    b"\x05\x0b\x02\x00\x00\x00\x05\x09\x00\x01\x00\x00\x05\x0e\x17\x02\xc3\xa4\x0a\x030.5",
    b"\x05\x0b\x11\x06Regexp\x20\x00\x01x\x01i",
    b"\x05\x0b\x13\x04\x03Foo\x03abc\x00",
    b"\x05\x0b\x14\x11\x11JSON::PP::Boolean\x08\x81",
    // In native order, in memory and in a file.
    b"\x04\x0b\x0812345678\x04\x08\x08\x08\x02\x02\x00\x00\x00\x06\xff\xff\xff\xff\xff\xff\xff\x7f\x07\x00\x00\x00\x00\x00\x00\xe0\x3f",
    b"pst0\x04\x0b\x0812345678\x04\x08\x08\x08\x03\x01\x00\x00\x00\x01\x03\x00\x00\x00abc\x01\x00\x00\x00k",
    b"pst0\x05\x0b\x0b\x00\x00\x00\x01\x05",
];

const DUMPER: &[&[u8]] = &[
    b"$VAR1 = {\n          'a' => [\n                   1,\n                   '2.5',\n                   undef\n                 ]\n        };\n",
    b"$VAR1 = {a => 1, b => -2, 'c d' => \"x\\x{263a}\\n\\$\\@\\\"\\\\\"};",
    b"[1,'it\\'s',\"\\0\\1\\e[0m\\t\\377\"]",
    b"$VAR1 = bless( do{\\(my $o = 1)}, 'JSON::PP::Boolean' );\n",
    b"$VAR1 = bless( {\n 'a' => bless( [], 'B' ) }, 'My::Class' );\n",
    b"$VAR1 = { 'a' => [1], 'b' => $VAR1->{'a'}, 'c' => \\$VAR1->{'a'}[0] };\n",
    b"$VAR1 = [ {}, $VAR1->[0], $VAR1 ];\n",
    b"$VAR1 = \\\\'text';\n$VAR2 = 'second';\n",
    b"$VAR1 = [ qr/ab+c/ix, bless( qr/x/, 'My::Re' ), sub { \"DUMMY\" } ];\n",
    b"$VAR1 = [ '9223372036854775807', 18446744073709551615, 1e+20, 0x10, -0.5 ];\n",
    b"$VAR1 = [];\n$VAR1->[0] = {};\n$VAR1->[1] = $VAR1->[0];\n",
    b"$VAR1 = {'a',1,'b',[2,],};\n",
    b"$VAR1 = { a: 1, 'b' : 2 };\n",
    b"do{my $o}",
];

/// The words that inputs of the target are made of.
pub(crate) fn pieces(target: Target) -> &'static [&'static [u8]] {
    match target.codec {
        None if target.name == BATCH => gateway::PIECES,
        None if target.name == SEALED => sealed::PIECES,
        None if target.name == BUS_STREAM => bus::STREAM_PIECES,
        None if target.name == BUS_TEXT => bus::TEXT_PIECES,
        None if target.name == CONFIG => config::PIECES,
        None if target.name == HANDSHAKE => mesh::HANDSHAKE_PIECES,
        None if target.name == MESSAGES => mesh::MESSAGE_PIECES,
        Some(Codec::Sereal) => SEREAL_PIECES,
        Some(Codec::Storable) => STORABLE_PIECES,
        Some(Codec::Dumper) => DUMPER_PIECES,
        Some(Codec::Json) => &[
            b"{\"a\":", b"[", b"]", b"}", b"\"", b"\\u", b"\\ud800", b",", b":", b"null", b"true", b"1e400", b"-", b".",
        ],
        Some(Codec::Yaml) => &[
            b"- ", b": ", b"\n", b"  ", b"? ", b"&a ", b"*a", b"[", b"]", b"{", b"}", b"|\n", b">\n", b"'", b"\"",
            b"!!", b"---\n", b"<<", b"#",
        ],
        _ => &[],
    }
}

const SEREAL_PIECES: &[&[u8]] = &[
    b"=\xf3rl\x05\x00",
    b"=\xf3rl\x04\x00",
    b"=\xf3rl\x03\x00",
    b"=srl\x01\x00",
    b"=srl\x02\x00",
    b"\x28",
    b"\x28\x2b",
    b"\x28\xab\x01",
    b"\x28\x2a\x01",
    b"\x28\xaa\x01\x61a",
    b"\x41",
    b"\x42",
    b"\x4f",
    b"\x51\x61a",
    b"\x52\x61a\x01\x61b",
    b"\x29\x01",
    b"\x29\x02",
    b"\x29\x03",
    b"\x29\x04",
    b"\x2f\x01",
    b"\x2f\x02",
    b"\x2f\x03",
    b"\x2e\x02",
    b"\x2e\x03",
    b"\x30",
    b"\x31\x61x\x60",
    b"\x2c\x61A",
    b"\x2d\x02",
    b"\x2d\x03",
    b"\x32\x61A\x28\x2b\x01",
    b"\x33\x02",
    b"\x2c\x71JSON::PP::Boolean\x28",
    b"\x3f",
    b"\x25",
    b"\xa5",
    b"\x81",
    b"\x26\x03abc",
    b"\x27\x02\xc3\xa4",
    b"\x61\xe4",
    b"\x60",
    b"\x20\x80\x01",
    b"\x21\x81\x01",
    b"\x22\x00\x00\xc0\x7f",
    b"\x23\x00\x00\x00\x00\x00\x00\xf8\x7f",
    b"\xa8",
    b"\xab",
    b"\xaa",
    b"\xc1",
    b"\xd1\x61a",
    b"\x38\x26\x01x",
    b"\x3b",
    b"\x3a",
];

const STORABLE_PIECES: &[&[u8]] = &[
    b"\x05\x0b",
    b"\x04\x0b\x0812345678\x04\x08\x08\x08",
    b"pst0",
    b"\x00\x00\x00\x00\x00",
    b"\x00\x00\x00\x00\x01",
    b"\x00\x00\x00\x00\x02",
    b"\x01\x00\x00\x00\x01a",
    b"\x02\x00\x00\x00\x01",
    b"\x02\x01\x00\x00\x00",
    b"\x03\x00\x00\x00\x01",
    b"\x03\x01\x00\x00\x00",
    b"\x04",
    b"\x04\x02\x00\x00\x00\x01",
    b"\x04\x03\x00\x00\x00\x01",
    b"\x05",
    b"\x06\x00\x00\x00\x00\x00\x00\x00\x80",
    b"\x07\x00\x00\x00\x00\x00\x00\xf8\x7f",
    b"\x08\x81",
    b"\x09\x00\x00\x00\x01",
    b"\x0a\x01a",
    b"\x0b",
    b"\x0c",
    b"\x0d",
    b"\x0e",
    b"\x0f",
    b"\x10",
    b"\x11\x01A",
    b"\x11\x80\x00\x00\x00\x01A",
    b"\x12\x00",
    b"\x12\x01",
    b"\x13\x04\x01A\x01x",
    b"\x13\x00",
    b"\x13\x44",
    b"\x14",
    b"\x15",
    b"\x16",
    b"\x17\x02\xc3\xa4",
    b"\x18\x00\x00\x00\x01a",
    b"\x19\x00\x00\x00\x00\x01",
    b"\x1a",
    b"\x1b",
    b"\x1c",
    b"\x1d",
    b"\x1e",
    b"\x1f",
    b"\x20\x00\x01x\x01i",
    b"\x11\x06Regexp\x20",
    b"\x28",
    b"\x29",
    b"\x14\x11\x11JSON::PP::Boolean",
    b"\x00\x00\x00\x01k",
    b"\x01\x00\x00\x00k",
];

const DUMPER_PIECES: &[&[u8]] = &[
    b"$VAR1 = ",
    b"$VAR1",
    b"$VAR1->",
    b"{'a'}",
    b"[0]",
    b"->",
    b"{",
    b"}",
    b"[",
    b"]",
    b"'a' => ",
    b"a => ",
    b"=>",
    b",",
    b";",
    b"\n",
    b"'",
    b"\"",
    b"\\",
    b"\\'",
    b"\\x{263a}",
    b"\\x{",
    b"\\777",
    b"\\n",
    b"undef",
    b"bless( ",
    b", 'A' )",
    b"do{\\(my $o = ",
    b")}",
    b"\\",
    b"\\\\",
    b"${",
    b"@{",
    b"qr/",
    b"/ix",
    b"(?^i:x)",
    b"sub { \"DUMMY\" }",
    b"1",
    b"-1",
    b"1.5",
    b"'1e+20'",
    b"9999999999999999999",
    b"[[",
    b"{a=>",
    b"bless([],'A')",
    b"\\1",
    b"$VAR1 = [];\n$VAR1->[0] = ",
    b"\xc3\xa4",
    b"\xe4",
];
