//! Random values.

use nuncio_codec::{Map, Object, Value};

use crate::random::Random;

/// A value of at most `depth` levels, of everything that a value can be.
#[must_use]
pub fn any_value(random: &mut Random, depth: usize) -> Value {
    match random.below(if depth == 0 { 8 } else { 14 }) {
        0 => Value::Null,
        1 => Value::from(random.below(2) == 0),
        2 | 3 => any_integer(random),
        4 => Value::from(any_float(random)),
        5 => Value::Bytes((0..random.below(20)).map(|_| random.byte()).collect()),
        6 | 7 => Value::from(any_text(random)),
        8..=10 => (0..any_count(random)).map(|_| any_value(random, depth - 1)).collect(),
        11 | 12 => Value::Map(any_map(random, depth)),
        _ => Value::from(Object::new(*random.pick(&["My::Class", "A", "Größe"]), any_content(random, depth))),
    }
}

/// What an object can consist of: a container, or a scalar that is no object itself.
fn any_content(random: &mut Random, depth: usize) -> Value {
    match any_value(random, depth - 1) {
        Value::Object(object) => object.value,
        content => content,
    }
}

/// Most often few.
fn any_count(random: &mut Random) -> usize {
    let most = *random.pick(&[4, 4, 4, 20]);
    random.below(most)
}

fn any_map(random: &mut Random, depth: usize) -> Map {
    let count = any_count(random);
    (0..count).map(|_| (any_text(random), any_value(random, depth - 1))).collect()
}

fn any_integer(random: &mut Random) -> Value {
    // As many small ones as large ones.
    let number = random.next() >> random.below(64);
    if random.below(2) == 0 { Value::from(number) } else { Value::from(number.cast_signed().wrapping_neg()) }
}

fn any_float(random: &mut Random) -> f64 {
    let bits = f64::from_bits(random.next());
    let few = *random.pick(&[0.5, -0.25, 3.0, 1e15, 1e16, 0.1, 1e-5, 1e300, -0.0]);
    if random.below(2) == 0 && bits.is_finite() { bits } else { few }
}

fn any_text(random: &mut Random) -> String {
    const ALPHABETS: [&str; 4] = ["abcxyz ", "0123456789-", "'\"\\$@{}=>,\n\t\0~", "aäßÿ☃𝄞"];
    let alphabet: Vec<char> = random.pick(&ALPHABETS).chars().collect();
    let longest = *random.pick(&[4, 12, 40, 300]);
    (0..random.below(longest)).map(|_| *random.pick(&alphabet)).collect()
}
