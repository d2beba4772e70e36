//! What a text assigns, and what may refer to it.

use super::back_reference::Name;
use super::text::Text;
use crate::perl::Fault;

impl<'de> Text<'de> {
    /// Passes over `$VAR1 =`, if the text begins like that, and says to what is assigned.
    #[inline]
    pub(super) fn assigned_variable(&mut self) -> Result<Option<Name<'de>>, Fault> {
        const USUAL: &[u8] = b"$VAR1 = ";
        match self.passes(USUAL) {
            true => Ok(Some(Name { sigil: b'$', word: &USUAL[1..5] })),
            false => self.other_variable(),
        }
    }

    #[inline(never)]
    fn other_variable(&mut self) -> Result<Option<Name<'de>>, Fault> {
        self.pass_space();
        let Some(sigil @ (b'$' | b'@' | b'%')) = self.peek() else { return Ok(None) };
        self.seek(self.position() + 1);
        let name = Name { sigil, word: self.variable()? };
        self.expect_next("=")?;
        self.pass_space();
        match name.list() {
            Some(_) if self.peek() != Some(b'(') => return Err(self.expected("\"(\"")),
            Some(kind) => self.expect_list(kind),
            None => {}
        }
        Ok(Some(name))
    }
}

/// Whether there may be paths in `text`. A string may look like one.
pub(super) fn has_paths(text: &[u8], name: Option<Name<'_>>) -> bool {
    let begins = |index: usize, word: &[u8]| text[index + 1..].starts_with(word);
    match name {
        Some(Name { sigil: b'$', word }) => memchr::memchr_iter(b'$', text).any(|index| begins(index, word)),
        Some(Name { sigil, word }) => memchr::memchr2_iter(b'$', sigil, text).any(|index| begins(index, word)),
        // The one variable that stands in values by itself is that of a blessed scalar.
        None => memchr::memchr_iter(b'$', text).any(|index| !begins(index, b"o = ")),
    }
}

/// Whether `text` ends like a container on lines of its own, as no path does: then no statement mends the value.
#[inline]
pub(super) fn ends_in_container(text: &[u8]) -> bool {
    match text {
        [.., b' ' | b'\n', b'}' | b']' | b')', b';', b'\n'] => true,
        _ => ends_oddly_in_container(text),
    }
}

#[inline(never)]
fn ends_oddly_in_container(text: &[u8]) -> bool {
    let without = |text: &mut &[u8], is_left: fn(u8) -> bool| {
        let before = text.len();
        while let [rest @ .., last] = *text
            && is_left(*last)
        {
            *text = rest;
        }
        text.len() < before
    };
    let is_space = |byte| matches!(byte, b' ' | b'\n' | b'\t' | b'\r');
    let mut text = text;
    without(&mut text, |byte| matches!(byte, b' ' | b'\n' | b'\t' | b'\r' | b';'));
    without(&mut text, |byte| matches!(byte, b'}' | b']' | b')')) && text.last().copied().is_some_and(is_space)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_closes_a_container_behind_white_space_is_its_end() {
        for text in ["[\n  1\n];\n", "{\n}", " ]];;\n", "{'a' => [\n    1\n  ] }\t;"] {
            assert!(ends_in_container(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            ";",
            "]",
            "[1];",
            "{'a' => 1}",
            "[]; $VAR1->[0] = $VAR1->{'a '};",
            "$VAR1 = ${\n$VAR1};",
            "[\n1\n];\n#0\n",
        ] {
            assert!(!ends_in_container(text.as_bytes()), "{text}");
        }
    }
}
