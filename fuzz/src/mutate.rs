//! Inputs that are almost right.

use crate::random::Random;

/// The longest input that is made, in bytes.
pub(crate) const SIZE_MAX: usize = 8 << 10;

/// Numbers at which something ends.
const EDGES: &[u64] = &[
    0,
    1,
    2,
    15,
    16,
    31,
    32,
    0x7f,
    0x80,
    0xff,
    0x100,
    0x7fff,
    0x8000,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    0xffff_ffff_ffff_ffff,
];

/// Makes another input of `input`: one to four changes, most often one. `other` is one to take parts from, `pieces` are
/// the words of the format.
pub(crate) fn mutate(input: &[u8], other: &[u8], pieces: &[&[u8]], random: &mut Random) -> Vec<u8> {
    let mut out = input.to_vec();
    let changes = [1, 1, 1, 2, 2, 3, 4];
    for _ in 0..*random.pick(&changes) {
        change(&mut out, other, pieces, random);
    }
    out.truncate(SIZE_MAX);
    out
}

fn change(out: &mut Vec<u8>, other: &[u8], pieces: &[&[u8]], random: &mut Random) {
    match random.below(14) {
        0 => flip_bit(out, random),
        1 => set_byte(out, random),
        2 => {
            let byte = random.byte();
            insert(out, &[byte], random);
        }
        3 => drop(out.drain(range(out.len(), random))),
        4 => out.truncate(random.below(out.len() + 1)),
        5 => repeat(out, random),
        6 => move_part(out, random),
        7 => splice(out, other, random),
        8 => {
            let part = other[range(other.len(), random)].to_vec();
            insert(out, &part, random);
        }
        9 => overwrite(out, &number(random), random),
        10 => {
            let number = number(random);
            insert(out, &number, random);
        }
        11 => {
            let piece = piece(pieces, random);
            overwrite(out, &piece, random);
        }
        12 => {
            let piece = piece(pieces, random);
            insert(out, &piece, random);
        }
        _ => nest(out, pieces, random),
    }
}

/// A part of what has `size` bytes, most often a short one.
fn range(size: usize, random: &mut Random) -> std::ops::Range<usize> {
    let start = random.below(size + 1);
    let longest = if random.below(4) == 0 { size } else { 16 };
    start..start + random.below((size - start).min(longest) + 1)
}

fn flip_bit(out: &mut [u8], random: &mut Random) {
    if !out.is_empty() {
        let at = random.below(out.len());
        out[at] ^= 1 << random.below(8);
    }
}

fn set_byte(out: &mut [u8], random: &mut Random) {
    if !out.is_empty() {
        let at = random.below(out.len());
        out[at] = match random.below(3) {
            0 => random.byte(),
            1 => out[at].wrapping_add(1),
            _ => out[at].wrapping_sub(1),
        };
    }
}

fn insert(out: &mut Vec<u8>, part: &[u8], random: &mut Random) {
    let at = random.below(out.len() + 1);
    out.splice(at..at, part.iter().copied());
}

fn overwrite(out: &mut Vec<u8>, part: &[u8], random: &mut Random) {
    let at = random.below(out.len() + 1);
    let end = out.len().min(at + part.len());
    out.splice(at..end, part.iter().copied());
}

fn repeat(out: &mut Vec<u8>, random: &mut Random) {
    let part = out[range(out.len(), random)].to_vec();
    let times = *random.pick(&[2, 3, 16, 17, 40]);
    insert(out, &part.repeat(times), random);
}

fn move_part(out: &mut Vec<u8>, random: &mut Random) {
    let part: Vec<u8> = out.drain(range(out.len(), random)).collect();
    insert(out, &part, random);
}

/// The beginning of the one and the end of the other.
fn splice(out: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    out.truncate(random.below(out.len() + 1));
    out.extend_from_slice(&other[random.below(other.len() + 1)..]);
}

/// A number at an edge, as one of the forms that lengths have.
fn number(random: &mut Random) -> Vec<u8> {
    let number = *random.pick(EDGES);
    match random.below(5) {
        0 => number.to_le_bytes().to_vec(),
        1 => (number as u32).to_le_bytes().to_vec(),
        2 => (number as u32).to_be_bytes().to_vec(),
        3 => number.to_string().into_bytes(),
        _ => varint(number),
    }
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

fn piece(pieces: &[&[u8]], random: &mut Random) -> Vec<u8> {
    if pieces.is_empty() { vec![random.byte()] } else { random.pick(pieces).to_vec() }
}

/// Many times the same word: where it opens something, a deep hole.
fn nest(out: &mut Vec<u8>, pieces: &[&[u8]], random: &mut Random) {
    let piece = piece(pieces, random);
    let times = *random.pick(&[2, 8, 64, 520]);
    insert(out, &piece.repeat(times), random);
}
