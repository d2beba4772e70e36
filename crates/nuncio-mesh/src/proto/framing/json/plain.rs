//! Plain messages: nothing but strings without escapes, integers, `true`, `false` and `null`, and no white space.
//!
//! Most messages are, as the usual writers write them. They are read where they stand, in one pass; of any other it is only
//! said that it is none.

use nuncio_codec::{DecodeLimits, Value};

/// So many digits fit into 63 bits, whichever they are.
const DIGITS_MAX: usize = 18;

/// The port, the other elements, and where the next message begins; none if the message is not plain, or not all there.
pub(super) fn read<'a>(input: &'a [u8], limits: &DecodeLimits) -> Option<(&'a str, Vec<Value>, usize)> {
    let mut text = Plain { input, position: 0, limits };
    text.passes(b'[').then_some(())?;
    let port = text.string()?;
    let mut elements = Vec::with_capacity(4);
    while text.passes(b',') {
        elements.push(text.element()?);
    }
    // The port is one of the elements that are limited.
    let is_whole = text.passes(b']') && elements.len() < limits.elements && limits.depth > 0;
    is_whole.then_some((port, elements, text.position))
}

struct Plain<'a, 'l> {
    input: &'a [u8],
    position: usize,
    limits: &'l DecodeLimits,
}

impl<'a> Plain<'a, '_> {
    fn rest(&self) -> &'a [u8] {
        &self.input[self.position..]
    }

    #[inline]
    fn passes(&mut self, byte: u8) -> bool {
        let is_next = self.rest().first() == Some(&byte);
        self.position += usize::from(is_next);
        is_next
    }

    #[inline]
    fn element(&mut self) -> Option<Value> {
        match self.rest().first()? {
            b'"' => self.string().map(Value::from),
            b'-' | b'0'..=b'9' => self.integer().map(Value::Int),
            b'n' => self.word(b"null", Value::Null),
            b't' => self.word(b"true", Value::Bool(true)),
            b'f' => self.word(b"false", Value::Bool(false)),
            _ => None,
        }
    }

    #[inline]
    fn string(&mut self) -> Option<&'a str> {
        self.passes(b'"').then_some(())?;
        let rest = self.rest();
        let length = memchr::memchr2(b'"', b'\\', rest)?;
        let content = &rest[..length];
        // Of looking for the smallest the compiler makes a few vector instructions.
        let has_control = content.iter().fold(u8::MAX, |smallest, byte| smallest.min(*byte)) < 0x20;
        if rest[length] == b'\\' || has_control || length > self.limits.text_bytes {
            return None;
        }
        self.position += length + 1;
        std::str::from_utf8(content).ok()
    }

    /// An integer that is written as all are. What is behind it shows whether it was one.
    fn integer(&mut self) -> Option<i64> {
        let rest = self.rest();
        let is_negative = rest[0] == b'-';
        let digits = rest[usize::from(is_negative)..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let length = digits + usize::from(is_negative);
        // What begins with 0 is that alone, or no integer.
        let begins_with_zero = rest.get(usize::from(is_negative)) == Some(&b'0');
        let is_plain = (1..=DIGITS_MAX).contains(&digits) && (!begins_with_zero || length == 1);
        // It may be cut off, or have a fraction or an exponent.
        if !is_plain || !matches!(rest.get(length), Some(b',' | b']')) {
            return None;
        }
        self.position += length;
        std::str::from_utf8(&rest[..length]).ok()?.parse().ok()
    }

    fn word(&mut self, word: &[u8], value: Value) -> Option<Value> {
        self.rest().starts_with(word).then(|| {
            self.position += word.len();
            value
        })
    }
}

#[cfg(test)]
mod tests {
    use nuncio_codec::Codec;
    use proptest::prelude::*;

    use super::*;

    fn read_all(text: &str) -> Option<Value> {
        let (port, elements, length) = read(text.as_bytes(), &DecodeLimits::default())?;
        assert_eq!(length, text.len());
        Some(Value::Array([Value::from(port)].into_iter().chain(elements).collect()))
    }

    #[test]
    fn plain_messages_are_read_and_others_left() {
        for plain in [r#"["p"]"#, r#"["",0,-7,123456789012345678,"é",true,false,null,""]"#] {
            let decoded: Value = Codec::Json.decode(plain.as_bytes(), &DecodeLimits::default()).expect("JSON");
            assert_eq!(read_all(plain), Some(decoded), "{plain}");
        }
        for other in [
            "",
            "[",
            "[]",
            "[1]",
            r#"["p""#,
            r#"["p",1"#,
            r#"["p",]"#,
            r#"["p" ]"#,
            r#"["p",1.5]"#,
            r#"["p",1e3]"#,
            r#"["p",-0]"#,
            r#"["p",01]"#,
            r#"["p",-]"#,
            r#"["p",1234567890123456789]"#,
            r#"["p","a\n"]"#,
            "[\"p\",\"\u{1}\"]",
            r#"["p",[]]"#,
            r#"["p",{}]"#,
            r#"["p",nul]"#,
            r#"["p","a]"#,
            r#"["p"1]"#,
        ] {
            assert_eq!(read(other.as_bytes(), &DecodeLimits::default()), None, "{other}");
        }
        assert_eq!(read(b"[\"p\",\"\xff\"]", &DecodeLimits::default()), None);
    }

    #[test]
    fn limits_hold() {
        let read = |limits: DecodeLimits| read(br#"["p","abc",1]"#, &limits).is_some();
        assert!(read(DecodeLimits::default().with_text_bytes(3).with_elements(3).with_depth(1)));
        assert!(!read(DecodeLimits::default().with_text_bytes(2)));
        assert!(!read(DecodeLimits::default().with_elements(2)));
        assert!(!read(DecodeLimits::default().with_depth(0)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Whatever is read is what the decoder reads.
        #[test]
        fn it_reads_what_the_decoder_reads(text in r#"\[("p"|"é"|1)(,("a"|""|"\\"|-?[0-9]{1,3}|true|null|1\.5|\[\]| )){0,5}\]"#) {
            if let Some(value) = read_all(&text) {
                let decoded: Value = Codec::Json.decode(text.as_bytes(), &DecodeLimits::default()).expect("JSON");
                prop_assert_eq!(value, decoded);
            }
        }
    }
}
