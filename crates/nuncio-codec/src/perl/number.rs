//! Numbers as Perl reads and writes them.

use std::fmt::Write;

/// A number that was written as text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Float(f64),
    Int(i64),
    UInt(u64),
}

impl Number {
    /// The number that `text` says in decimal, if it says nothing else. White space around it does not matter.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text.trim_ascii()).ok()?;
        let may_be_int = text.bytes().skip(1).all(|byte| byte.is_ascii_digit());
        let int = || text.parse().map(Self::Int).or_else(|_| text.parse().map(Self::UInt)).ok();
        may_be_int.then(int).flatten().or_else(|| text.parse().ok().map(Self::Float))
    }

    /// The integer that this float is, if it is one and fits; otherwise the number as it is.
    pub(crate) fn narrow(self) -> Self {
        const BELOW: f64 = -9_223_372_036_854_775_808.0;
        const ABOVE: f64 = 18_446_744_073_709_551_616.0;
        match self {
            Self::Float(value) if value.fract() == 0.0 && (BELOW..-BELOW).contains(&value) => Self::Int(value as i64),
            Self::Float(value) if value.fract() == 0.0 && (-BELOW..ABOVE).contains(&value) => Self::UInt(value as u64),
            other => other,
        }
    }
}

/// A float as Perl prints it: C's `%.15g`, with `Inf`, `-Inf` and `NaN`, and zero without a sign.
pub(crate) fn float_text(value: f64) -> String {
    const DIGITS: i32 = 15;
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Inf" } else { "-Inf" }.to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{value:.*e}", DIGITS as usize - 1);
    let (mantissa, exponent) = scientific.split_once('e').expect("{:e} writes an exponent");
    let exponent: i32 = exponent.parse().expect("{:e} writes the exponent as an integer");
    if (-4..DIGITS).contains(&exponent) {
        let decimals = usize::try_from(DIGITS - 1 - exponent).expect("the exponent is below the number of digits");
        return without_trailing_zeros(&format!("{value:.decimals$}")).to_owned();
    }
    let mut text = without_trailing_zeros(mantissa).to_owned();
    let sign = if exponent < 0 { '-' } else { '+' };
    write!(text, "e{sign}{:02}", exponent.abs()).expect("a string takes everything");
    text
}

fn without_trailing_zeros(decimal: &str) -> &str {
    match decimal.contains('.') {
        true => decimal.trim_end_matches('0').trim_end_matches('.'),
        false => decimal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_read_as_perl_prints_them() {
        for (value, text) in [
            (1.25, "1.25"),
            (0.1, "0.1"),
            (-2.25, "-2.25"),
            (3.0, "3"),
            (-0.0, "0"),
            (1e15, "1e+15"),
            (123_456_789_012_345.0, "123456789012345"),
            (1e300, "1e+300"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (5e-324, "4.94065645841247e-324"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Inf"),
        ] {
            assert_eq!(float_text(value), text);
        }
    }

    #[test]
    fn text_that_says_a_number_is_one() {
        for (text, number) in [
            (&b"17"[..], Some(Number::Int(17))),
            (b"-9223372036854775808", Some(Number::Int(i64::MIN))),
            (b"18446744073709551615", Some(Number::UInt(u64::MAX))),
            (b" 2.5\n", Some(Number::Float(2.5))),
            (b"1e3", Some(Number::Float(1000.0))),
            (b"Inf", Some(Number::Float(f64::INFINITY))),
            (b"", None),
            (b"17 apples", None),
            (b"0x10", None),
            (b"\xff", None),
        ] {
            assert_eq!(Number::parse(text), number, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn a_float_without_fraction_is_an_integer_where_one_is_wanted() {
        assert_eq!(Number::Float(3.0).narrow(), Number::Int(3));
        assert_eq!(Number::Float(9_223_372_036_854_775_808.0).narrow(), Number::UInt(1 << 63));
        assert_eq!(Number::Float(1e20).narrow(), Number::Float(1e20));
        assert_eq!(Number::Float(0.5).narrow(), Number::Float(0.5));
    }
}
