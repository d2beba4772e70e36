//! JSON as people write it: with comments, and commas behind the last element.

/// The same text as strict JSON: comments and commas that end a list are blanks.
pub(super) fn strict(text: &str) -> String {
    let without_comments = blank(text, |rest, out| {
        let length = rest.find('\n').unwrap_or(rest.len());
        match rest.starts_with('#') {
            true => {
                out.push(' ');
                length
            }
            false => 0,
        }
    });
    blank(&without_comments, |rest, _| {
        let next = rest.strip_prefix(',').map(str::trim_start);
        usize::from(next.is_some_and(|next| next.starts_with([']', '}'])))
    })
}

/// Copies text but for what `skip` takes of it: so many bytes from where it is asked, never within a string.
fn blank(text: &str, skip: impl Fn(&str, &mut String) -> usize) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut is_in_string) = (text, false);
    while let Some(character) = rest.chars().next() {
        let skipped = if is_in_string { 0 } else { skip(rest, &mut out) };
        if skipped > 0 {
            rest = &rest[skipped..];
            continue;
        }
        let mut length = character.len_utf8();
        match character {
            '"' => is_in_string = !is_in_string,
            '\\' if is_in_string => length += rest[1..].chars().next().map_or(0, char::len_utf8),
            _ => {}
        }
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::strict;

    #[test]
    fn comments_and_last_commas_go_and_strings_stay() {
        let text = "{\"a\": [1, 2,], # one, \"two\"\n \"#\\\",]\": \",}\", # end,\n}";
        assert_eq!(strict(text).replace(' ', ""), "{\"a\":[1,2],\n\"#\\\",]\":\",}\"\n}");
        assert_eq!(strict("# ü\n[1 , # x\n ]").trim(), "[1   \n ]");
        assert_eq!(strict("\"open"), "\"open");
        assert_eq!(strict("\"\\"), "\"\\");
    }
}
