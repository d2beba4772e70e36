//! One record: a JSON object on a line, its known members as they were written, the last of equal ones.

use std::borrow::Cow;

use nuncio_codec::json::{Broken, Scanner};

use super::javascript;

/// The members of a record that the format knows, requests and answers alike, as JSON.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Record<'a> {
    pub(crate) id: Option<&'a str>,
    pub(crate) uri: Option<&'a str>,
    pub(crate) data: Option<&'a str>,
    pub(crate) pid: Option<&'a str>,
    pub(crate) user_agent: Option<&'a str>,
    pub(crate) code: Option<&'a str>,
    pub(crate) message: Option<&'a str>,
    /// What only nuncio says to nuncio.
    pub(crate) nuncio: Option<&'a str>,
}

/// What a line is.
#[derive(Debug)]
pub(crate) enum Read<'a> {
    /// A record.
    Record(Record<'a>),
    /// It begins as a record and is none.
    Broken(Broken),
    /// Blank, or text, which the format passes over.
    Text,
}

/// The text of a line; what is no UTF-8 becomes U+FFFD, as the reference has it.
pub(crate) fn text_of(line: &[u8]) -> Cow<'_, str> {
    // The lossy form looks at each byte for itself; nearly all lines are UTF-8.
    std::str::from_utf8(line).map_or_else(|_| String::from_utf8_lossy(line), Cow::Borrowed)
}

/// Reads a line.
pub(crate) fn read(line: &str) -> Read<'_> {
    if !line.trim_start_matches(is_space).starts_with('{') {
        return Read::Text;
    }
    let mut record = Record::default();
    match fill(line, &mut record) {
        Ok(()) => Read::Record(record),
        Err(error) => Read::Broken(error),
    }
}

/// What can be read of a line that breaks off.
pub(crate) fn read_head(line: &str) -> Record<'_> {
    let mut record = Record::default();
    let _ = fill(line, &mut record);
    record
}

impl<'a> Record<'a> {
    /// The id as an answer repeats it: one that is not true is null.
    pub(crate) fn id_or_null(&self) -> &'a str {
        self.id.filter(|id| javascript::is_truthy(id)).unwrap_or("null")
    }

    /// Where the value of a member belongs whose name is `name`, in JSON.
    fn place(&mut self, name: &str) -> Option<&mut Option<&'a str>> {
        Some(match name {
            r#""code""# => &mut self.code,
            r#""data""# => &mut self.data,
            r#""ipcReqID""# => &mut self.id,
            r#""message""# => &mut self.message,
            r#""nuncio""# => &mut self.nuncio,
            r#""pid""# => &mut self.pid,
            r#""uri""# => &mut self.uri,
            r#""userAgent""# => &mut self.user_agent,
            // Nobody escapes what needs no escape, but it may be done.
            _ if name.contains('\\') => return self.place_of_escaped(name),
            _ => return None,
        })
    }

    #[cold]
    fn place_of_escaped(&mut self, name: &str) -> Option<&mut Option<&'a str>> {
        let name = format!("\"{}\"", javascript::to_text(name));
        if name.contains('\\') { None } else { self.place(&name) }
    }
}

/// The white space of JavaScript's `\s`. Only some of it is JSON's, so that a line can begin with it and be broken.
fn is_space(character: char) -> bool {
    character.is_whitespace() || character == '\u{feff}'
}

/// Fills in a record member by member, so that what was read stays when the text breaks off.
fn fill<'a>(line: &'a str, record: &mut Record<'a>) -> Result<(), Broken> {
    let mut scanner = Scanner::new(line);
    scanner.expect(b'{')?;
    if !scanner.takes(b'}') {
        loop {
            let name = scanner.name()?;
            let value = scanner.value()?;
            if let Some(place) = record.place(name) {
                *place = Some(value);
            }
            if scanner.takes(b'}') {
                break;
            }
            scanner.expect(b',')?;
        }
    }
    scanner.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(line: &str) -> Record<'_> {
        match read(line) {
            Read::Record(record) => record,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn members_are_found_in_any_order_and_the_last_counts() {
        let record = record(r#" {"data":{"a": 1},"x":[{"uri":0}],"uri":"/a","ipcReqID":"r","uri":"\/b"} "#);
        assert_eq!((record.id, record.uri, record.data), (Some("\"r\""), Some(r#""\/b""#), Some("{\"a\": 1}")));
    }

    #[test]
    fn a_name_may_be_escaped() {
        assert_eq!(record(r#"{"\u0075ri":1}"#).uri, Some("1"));
    }

    #[test]
    fn text_is_passed_over_and_broken_records_are_known() {
        for text in ["", "  \r", "hello", "[1,2]", "\"{\"", "42", "null"] {
            assert!(matches!(read(text), Read::Text), "{text}");
        }
        for text in ["{", "{\"a\":}", "{} {}", "{} x", "\u{feff}{}", "\u{a0}{}", "{}\u{b}", "{bad}"] {
            assert!(matches!(read(text), Read::Broken(_)), "{text}");
        }
    }

    #[test]
    fn what_breaks_off_still_has_its_beginning() {
        let head = read_head(r#"{"ipcReqID":"rq7","uri":"/a","data":{"text":"xxxxx"#);
        assert_eq!((head.id, head.uri, head.data), (Some("\"rq7\""), Some("\"/a\""), None));
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = format!("{{\"data\":{}{}}}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(record(&deep).data.map(str::len), Some(2_000_000));
        assert!(matches!(read(&deep[..1_000_000]), Read::Broken(_)));
    }

    #[test]
    fn an_id_that_is_not_true_is_null() {
        for (line, id) in [("{}", "null"), (r#"{"ipcReqID":0}"#, "null"), (r#"{"ipcReqID":[1]}"#, "[1]")] {
            assert_eq!(record(line).id_or_null(), id);
        }
    }
}
