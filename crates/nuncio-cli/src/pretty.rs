//! JSON for people, as Perl's JSON::XS lays it out: keys sorted, three spaces for each level, a blank on both sides of the colon.

use std::io::{self, Write};

use nuncio::codec::Value;
use serde::ser::{Serialize, Serializer};
use serde_json::ser::{Formatter, PrettyFormatter};

/// The digits to which Perl prints a floating-point number.
const DIGITS: i32 = 15;

/// `value` as JSON of several lines, without a line feed at the end.
///
/// # Errors
/// A number that JSON does not have.
pub(crate) fn format(value: &Value) -> Result<String, serde_json::Error> {
    let mut text = Vec::new();
    let layout = Layout(PrettyFormatter::with_indent(b"   "));
    Sorted(value).serialize(&mut serde_json::Serializer::with_formatter(&mut text, layout))?;
    Ok(String::from_utf8(text).expect("JSON is written as UTF-8"))
}

/// A value that serializes with its keys sorted.
struct Sorted<'a>(&'a Value);

impl Serialize for Sorted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Array(elements) => serializer.collect_seq(elements.iter().map(Sorted)),
            Value::Map(map) => {
                let mut entries: Vec<_> = map.iter().collect();
                entries.sort_by_key(|(key, _)| *key);
                serializer.collect_map(entries.into_iter().map(|(key, value)| (key, Sorted(value))))
            }
            Value::Object(object) => Sorted(&object.value).serialize(serializer),
            Value::Float(number) if !number.is_finite() => {
                Err(serde::ser::Error::custom(format_args!("JSON has no number {number}")))
            }
            scalar => scalar.serialize(serializer),
        }
    }
}

struct Layout(PrettyFormatter<'static>);

impl Formatter for Layout {
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, number: f64) -> io::Result<()> {
        writer.write_all(perl_number(number).as_bytes())
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b" : ")
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

/// As C prints it with `%.15g`.
fn perl_number(number: f64) -> String {
    let scientific = format!("{:.*e}", DIGITS as usize - 1, number);
    let (mantissa, exponent) = scientific.split_once('e').expect("the format has an exponent");
    let exponent: i32 = exponent.parse().expect("the format writes a number");
    if !(-4..DIGITS).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", without_zeros(mantissa), exponent.abs());
    }
    let decimals = usize::try_from(DIGITS - 1 - exponent).expect("the exponent is below the digits");
    without_zeros(&format!("{number:.decimals$}")).to_owned()
}

fn without_zeros(number: &str) -> &str {
    match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.'),
        false => number,
    }
}

#[cfg(test)]
mod tests {
    use nuncio::codec::{Codec, DecodeLimits};

    use super::*;

    fn pretty(json: &str) -> String {
        let value = Codec::Json.decode(json.as_bytes(), &DecodeLimits::default()).expect("JSON");
        format(&value).expect("printable")
    }

    #[test]
    fn the_layout_is_that_of_json_xs() {
        let json = r#"{"n":[1,{"ü":"☃/\"\\\n\u0001"},[]],"e":{},"b":null}"#;
        let expected = r#"{
   "b" : null,
   "e" : {},
   "n" : [
      1,
      {
         "ü" : "☃/\"\\\n\u0001"
      },
      []
   ]
}"#;
        assert_eq!(pretty(json), expected);
    }

    #[test]
    fn numbers_are_printed_with_fifteen_digits() {
        for (json, expected) in [
            ("2.5", "2.5"),
            ("3.0", "3"),
            ("0.1", "0.1"),
            ("-0.0", "-0"),
            ("1e300", "1e+300"),
            ("1e-7", "1e-07"),
            ("0.0001", "0.0001"),
            ("123456789012345.0", "123456789012345"),
            ("1e15", "1e+15"),
            ("3.141592653589793", "3.14159265358979"),
            ("0.30000000000000004", "0.3"),
            ("18446744073709551615", "18446744073709551615"),
        ] {
            assert_eq!(pretty(json), expected, "{json}");
        }
        assert!(format(&Value::Float(f64::NAN)).is_err());
    }
}
