//! MD6-256 and its HMAC, which nodes of generation 1.x prove the shared secret with.
//!
//! MD6 was withdrawn from the competition it was made for and nobody keeps an implementation for Rust, so this is one:
//! without key, in tree mode (L = 64), with a digest of 256 bits. Nothing else in nuncio uses it.
//!
//! # Source
//! Rivest et al., "The MD6 hash function", 2008; RFC 2104 for the HMAC.

/// The size of a digest, in bytes.
pub const DIGEST_BYTES: usize = 32;

const WORD: usize = 8;
/// Words that one compression takes in as message.
const BLOCK_WORDS: usize = 64;
const BLOCK_BYTES: usize = BLOCK_WORDS * WORD;
/// Words that one compression gives.
const CHAIN_WORDS: usize = 16;
/// Words in front of the block: constants, key, node id, control word.
const HEAD_WORDS: usize = 25;
const INPUT_WORDS: usize = HEAD_WORDS + BLOCK_WORDS;
const DIGEST_BITS: u64 = 256;
const ROUNDS: usize = 40 + DIGEST_BITS as usize / 4;
const TREE_LEVELS_MAX: u64 = 64;

/// The first 960 bits of the fraction of the square root of six.
const Q: [u64; 15] = [
    0x7311_c281_2425_cfa0,
    0x6432_2864_34aa_c8e7,
    0xb604_50e9_ef68_b7c1,
    0xe8fb_2390_8d9f_06f1,
    0xdd2e_76cb_a691_e5bf,
    0x0cd0_d63b_2c30_bc41,
    0x1f8c_cf68_2305_8f8a,
    0x54e5_ed5b_88e3_775d,
    0x4ad1_2aae_0a6d_6031,
    0x3e7f_16bb_8822_2e0d,
    0x8af8_671d_3fb5_0c2c,
    0x995a_d117_8bd2_5c31,
    0xc878_c1dd_04c4_b633,
    0x3b72_066c_7a15_52ac,
    0x0d6f_3522_631e_ffcb,
];
const ROUND_START: u64 = 0x0123_4567_89ab_cdef;
const ROUND_MASK: u64 = Q[0];
/// How far each step of a round shifts, to the right and to the left.
const SHIFTS: [(u32, u32); CHAIN_WORDS] = [
    (10, 11),
    (5, 24),
    (13, 9),
    (10, 16),
    (11, 15),
    (12, 9),
    (2, 27),
    (7, 15),
    (14, 6),
    (15, 2),
    (7, 29),
    (13, 8),
    (11, 15),
    (7, 5),
    (6, 31),
    (12, 9),
];

/// The MD6-256 digest of `message`.
#[must_use]
pub fn md6_256(message: &[u8]) -> [u8; DIGEST_BYTES] {
    let mut level = message.to_vec();
    for number in 1.. {
        let blocks = level.chunks(BLOCK_BYTES).len().max(1);
        level = compress_level(&level, number, blocks == 1);
        if blocks == 1 {
            break;
        }
    }
    let mut digest = [0; DIGEST_BYTES];
    digest.copy_from_slice(&level[level.len() - DIGEST_BYTES..]);
    digest
}

/// The HMAC of `message` under `key`, with MD6-256 and blocks of 64 bytes.
#[must_use]
pub fn hmac_md6_256(key: &[u8], message: &[u8]) -> [u8; DIGEST_BYTES] {
    const HMAC_BLOCK: usize = 64;
    let mut block = [0; HMAC_BLOCK];
    match key.len() {
        ..=HMAC_BLOCK => block[..key.len()].copy_from_slice(key),
        _ => block[..DIGEST_BYTES].copy_from_slice(&md6_256(key)),
    }
    let inner = md6_256(&[&block.map(|byte| byte ^ 0x36), message].concat());
    md6_256(&[&block.map(|byte| byte ^ 0x5c)[..], &inner].concat())
}

/// What one level of the tree becomes: the message of the next one, or what the digest is cut from.
fn compress_level(message: &[u8], level: u64, is_last: bool) -> Vec<u8> {
    let mut blocks: Vec<&[u8]> = message.chunks(BLOCK_BYTES).collect();
    if blocks.is_empty() {
        blocks.push(&[]);
    }
    let compress = |(index, block): (u64, &[u8])| compress(&input(block, level, index, is_last));
    (0..).zip(blocks).flat_map(compress).flat_map(u64::to_be_bytes).collect()
}

fn input(block: &[u8], level: u64, index: u64, is_last: bool) -> [u64; INPUT_WORDS] {
    let padding_bits = (BLOCK_BYTES - block.len()) as u64 * 8;
    let mut padded = [0; BLOCK_BYTES];
    padded[..block.len()].copy_from_slice(block);

    let mut input = [0; INPUT_WORDS];
    input[..Q.len()].copy_from_slice(&Q);
    input[HEAD_WORDS - 2] = level << 56 | index;
    input[HEAD_WORDS - 1] =
        (ROUNDS as u64) << 48 | TREE_LEVELS_MAX << 40 | u64::from(is_last) << 36 | padding_bits << 20 | DIGEST_BITS;
    for (word, bytes) in input[HEAD_WORDS..].iter_mut().zip(padded.chunks_exact(WORD)) {
        *word = bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    }
    input
}

fn compress(input: &[u64; INPUT_WORDS]) -> [u64; CHAIN_WORDS] {
    let mut words = [0_u64; INPUT_WORDS + ROUNDS * CHAIN_WORDS];
    words[..INPUT_WORDS].copy_from_slice(input);
    let mut round = ROUND_START;
    let mut next = INPUT_WORDS;
    for _ in 0..ROUNDS {
        for (right, left) in SHIFTS {
            let mut word = round ^ words[next - 89] ^ words[next - 17];
            word ^= words[next - 18] & words[next - 21];
            word ^= words[next - 31] & words[next - 67];
            word ^= word >> right;
            words[next] = word ^ word << left;
            next += 1;
        }
        round = round.rotate_left(1) ^ round & ROUND_MASK;
    }
    let mut chain = [0; CHAIN_WORDS];
    chain.copy_from_slice(&words[words.len() - CHAIN_WORDS..]);
    chain
}
