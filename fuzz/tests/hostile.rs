//! Input that means harm, or was damaged: an error that says where, and never more memory than the limit.

use std::thread;

use nuncio_codec::{Codec, DecodeLimits, ErrorKind, Map, Value, sereal};
use nuncio_conformance::scale;
use nuncio_fuzz::{Random, Refusal, TARGETS, Target, read, seeds, vectors};

const FORMATS: [Codec; 3] = [Codec::Dumper, Codec::Sereal, Codec::Storable];

fn target(codec: Codec) -> Target {
    *TARGETS.iter().find(|target| target.name == codec.name()).expect("each of the formats is a target")
}

/// Documents that are right or were recorded as wrong, the short ones first.
fn documents(codec: Codec) -> Vec<Vec<u8>> {
    let mut documents = seeds(target(codec));
    documents.extend(vectors(target(codec)));
    documents.sort_by_key(Vec::len);
    documents
}

/// Runs `test` with the stack that the standard library gives to a thread.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    thread::Builder::new().stack_size(2 << 20).spawn(test).unwrap().join().unwrap();
}

/// Reads what is hostile in all ways, and sees that a refusal says what is wrong and where.
#[track_caller]
fn survives(codec: Codec, bytes: &[u8], limits: &DecodeLimits) -> Option<Refusal> {
    let refusal = read(codec, bytes, limits).err()?;
    if refusal.kind != ErrorKind::LimitExceeded {
        let text = &refusal.text;
        assert!(text.contains("at byte "), "{codec}: no offset in {text:?}: {}", bytes.escape_ascii());
        assert!(text.contains("expected "), "{codec}: no expectation in {text:?}: {}", bytes.escape_ascii());
    }
    Some(refusal)
}

/// Where a document of that size is cut: everywhere, or in a test at so many places.
fn cuts(size: usize) -> impl Iterator<Item = usize> {
    let places = scale::choose(40, usize::MAX);
    let step = (size / places).max(1);
    (0..size).step_by(step)
}

#[test]
fn what_is_cut_short_is_refused_with_its_place() {
    on_a_small_stack(|| {
        for codec in FORMATS {
            let mut count = 0;
            for document in documents(codec) {
                for cut in cuts(document.len()) {
                    survives(codec, &document[..cut], &DecodeLimits::default());
                    count += 1;
                }
            }
            scale::report(&format!("hostile {codec}: {count} documents cut short"));
        }
    });
}

#[test]
fn flipped_bits_do_no_harm() {
    on_a_small_stack(|| {
        for codec in FORMATS {
            let mut random = Random::new(1);
            for mut document in documents(codec) {
                for at in cuts(8 * document.len()) {
                    let at = if scale::is_soak() { at } else { random.below(8 * document.len()) };
                    document[at / 8] ^= 1 << (at % 8);
                    survives(codec, &document, &DecodeLimits::default());
                    document[at / 8] ^= 1 << (at % 8);
                }
            }
        }
    });
}

fn sereal(body: &[u8]) -> Vec<u8> {
    [b"=\xf3rl\x05\x00", body].concat()
}

fn storable(body: &[u8]) -> Vec<u8> {
    [b"\x05\x0b", body].concat()
}

fn dumper(text: &str) -> Vec<u8> {
    format!("$VAR1 = {text};").into_bytes()
}

#[test]
fn a_million_levels_are_refused_on_a_small_stack() {
    const LEVELS: usize = 1_000_000;
    let mut documents = Vec::new();
    let words: [&[u8]; 9] = [
        b"\x41",
        b"\x28",
        b"\xa8",
        b"\x28\x2b\x01",
        b"\x28\x2a\x01\x61a",
        b"\x51\x61a",
        b"\x2c\x61A",
        b"\x30\x28",
        b"\x32\x61A\x28\x2b\x01",
    ];
    documents.extend(words.map(|word| (Codec::Sereal, sereal(&word.repeat(LEVELS)))));
    let words: [&[u8]; 6] =
        [b"\x04", b"\x04\x02\x00\x00\x00\x01", b"\x04\x03\x00\x00\x00\x01", b"\x11\x01A", b"\x1b", b"\x04\x11\x01A"];
    documents.extend(words.map(|word| (Codec::Storable, storable(&word.repeat(LEVELS)))));
    let words = ["[", "{a=>", "\\", "bless(", "bless([", "do{\\(my $o = ", "${\\"];
    documents.extend(words.map(|word| (Codec::Dumper, dumper(&word.repeat(LEVELS)))));
    on_a_small_stack(move || {
        for (codec, document) in documents {
            let refusal = survives(codec, &document, &DecodeLimits::default());
            assert!(refusal.is_some(), "{codec}: {}", document[..40].escape_ascii());
        }
    });
}

#[test]
fn the_deepest_documents_that_are_allowed_fit_a_small_stack() {
    on_a_small_stack(|| {
        let limits = DecodeLimits::default();
        for codec in [Codec::Sereal, Codec::Storable, Codec::Dumper] {
            let wraps: [fn(Value) -> Value; 2] =
                [|value| Value::Array(vec![value]), |value| Value::Map(Map::from_iter([("a", value)]))];
            for wrap in wraps {
                let levels = limits.depth.min(codec.depth_max());
                let deepest = (0..levels).fold(Value::Null, |value, _| wrap(value));
                let mut document = Vec::new();
                codec.encode_value(&deepest, &mut document).expect("nothing limits what is written");
                let read: Value = codec.decode(&document, &limits).expect("as deep as is allowed");
                assert_eq!(read, deepest, "{codec}");
            }
        }
    });
}

#[test]
fn counts_and_lengths_that_lie_reserve_nothing() {
    let four_gigabytes = b"\xff\xff\xff\xff\x0f";
    let with = |head: &[u8]| sereal(&[head, four_gigabytes, b"abc"].concat());
    let mut documents = Vec::new();
    let heads: [&[u8]; 5] = [b"\x28\x2b", b"\x28\x2a", b"\x26", b"\x27", b"\x31\x26"];
    documents.extend(heads.map(|head| (Codec::Sereal, with(head))));
    documents.push((Codec::Sereal, [b"=\xf3rl\x05".as_slice(), four_gigabytes].concat()));
    for kind in [0x15, 0x25, 0x35, 0x45] {
        let head = [b"=\xf3rl".as_slice(), &[kind, 0]].concat();
        documents.push((Codec::Sereal, [&head, &four_gigabytes[..], four_gigabytes, b"abc"].concat()));
    }
    for tag in [0x01, 0x02, 0x03, 0x18] {
        documents.push((Codec::Storable, storable(&[&[tag], &b"\x7f\xff\xff\xffabc"[..]].concat())));
        documents.push((Codec::Storable, storable(&[&[tag], &b"\xff\xff\xff\xffabc"[..]].concat())));
    }
    documents.push((Codec::Storable, storable(b"\x19\x00\x7f\xff\xff\xffabc")));
    documents.push((Codec::Storable, storable(b"\x11\x80\x7f\xff\xff\xffabc")));
    for (codec, document) in documents {
        let refusal = survives(codec, &document, &DecodeLimits::default()).expect("it cannot be read");
        assert!(refusal.memory < 64 << 10, "{} bytes for {}", refusal.memory, document.escape_ascii());
    }
}

/// An array whose two elements are the same array, and so on.
fn doubling(levels: usize) -> Vec<u8> {
    // Body offsets count from one; the array of the level `n` begins behind `n` heads of three bytes.
    let mut body = b"\x28\xab\x02".repeat(levels);
    body.extend(b"\x28\xab\x01\x61x");
    for level in (0..levels).rev() {
        body.push(0x29);
        body.push(u8::try_from(3 * (level + 1) + 2).expect("few levels"));
    }
    sereal(&body)
}

fn doubling_text(levels: usize) -> Vec<u8> {
    let heads = "[".repeat(levels);
    let tails = (0..levels).rev().map(|level| format!(",$VAR1{}]", "->[0]".repeat(level + 1))).collect::<String>();
    dumper(&format!("{heads}['x']{tails}"))
}

#[test]
fn what_unfolds_to_gigabytes_is_refused() {
    let documents = [(Codec::Sereal, doubling(40)), (Codec::Dumper, doubling_text(40))];
    for (codec, document) in documents {
        assert!(document.len() < 8 << 10);
        let limits = DecodeLimits::default().with_unfolded_bytes(1 << 20);
        let error = codec.decode::<Value>(&document, &limits).expect_err("it is far too large");
        assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error:?}");
    }
    let few = Codec::Sereal.decode::<Value>(&doubling(10), &DecodeLimits::default()).expect("it is small");
    assert!(few.as_array().is_some_and(|elements| elements[0] == elements[1]));
}

#[test]
fn what_inflates_too_much_is_refused() {
    use sereal::{Compression, Encoder};
    for compression in [Compression::Snappy, Compression::Zlib, Compression::Zstd] {
        let mut document = Vec::new();
        Encoder::default().compression(compression).encode(&"a".repeat(4 << 20), &mut document).expect("written");
        assert!(document.len() < 256 << 10, "{compression:?}: {}", document.len());
        let limits = DecodeLimits::default().with_total_bytes(1 << 20);
        let refusal = survives(Codec::Sereal, &document, &limits).expect("it is too large");
        assert_eq!(refusal.kind, ErrorKind::LimitExceeded, "{compression:?}: {}", refusal.text);
        assert!(refusal.memory < 4 << 20, "{compression:?}: {} bytes", refusal.memory);
    }
}

/// What costs little to send must not cost much to refuse: these would take hours if each reference looked at all others.
#[test]
fn many_references_take_no_longer_than_their_number() {
    const COUNT: usize = 200_000;
    let chain = b"\xa8".repeat(COUNT);
    let again = b"\x29\x05".repeat(COUNT);
    // Something to refer to, then a tower of references, and in it an array of references to the first.
    let array = [b"\x28\x2b\xc0\x9a\x0c", &again[..]].concat();
    let tower = sereal(&[b"\x42\x28\x28\x28\xa8\x01", &chain[..], &array[..]].concat());
    on_a_small_stack(move || {
        survives(Codec::Sereal, &tower, &DecodeLimits::default());
    });
}
