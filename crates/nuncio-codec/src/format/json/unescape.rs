//! The text that a string with escapes stands for.

/// The text of a string without its quotes, whose escapes are well-formed; `None` where one is half a surrogate pair.
pub(super) fn unescape(content: &str) -> Option<String> {
    let mut text = String::with_capacity(content.len());
    let mut rest = content;
    while let Some((plain, escape)) = rest.split_once('\\') {
        text.push_str(plain);
        let letter = escape.chars().next()?;
        rest = &escape[letter.len_utf8()..];
        text.push(match letter {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => unicode(&mut rest)?,
            itself => itself,
        });
    }
    text.push_str(rest);
    Some(text)
}

/// The character whose digits are next, together with the second half of its pair, if it is one.
fn unicode(rest: &mut &str) -> Option<char> {
    let first = digits(rest)?;
    let 0xd800..0xdc00 = first else { return char::from_u32(first) };
    *rest = rest.strip_prefix("\\u")?;
    let second = digits(rest)?;
    let 0xdc00..0xe000 = second else { return None };
    char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00))
}

fn digits(rest: &mut &str) -> Option<u32> {
    let (digits, behind) = rest.split_at_checked(4)?;
    *rest = behind;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::unescape;

    #[test]
    fn escapes_stand_for_characters() {
        for (content, text) in [
            ("", ""),
            ("plain", "plain"),
            (r#"a\"b\\c\/d"#, "a\"b\\c/d"),
            (r"\b\f\n\r\t", "\u{8}\u{c}\n\r\t"),
            (r"\u0000\u00E9\u2603é", "\u{0}é☃é"),
            (r"\ud83d\ude00x", "😀x"),
        ] {
            assert_eq!(unescape(content).as_deref(), Some(text), "{content}");
        }
    }

    #[test]
    fn half_a_pair_stands_for_nothing() {
        for content in [r"\ud800", r"\udc00", r"\ud800x", r"\ud800\n", r"\ud800\u0041", r"\ud800\ud800\udc00"] {
            assert_eq!(unescape(content), None, "{content}");
        }
    }
}
