//! A whole bus in one file: its peers, their messages and their accounts, as one JSON object.
//!
//! ```text
//! {"clients":{ID:{"pid":N,"suspend_expires_at":T}},"stats":{ID:ACCOUNT},"messages":{ID:[MESSAGE,..]}}
//! ```
//!
//! Beside `pid` nuncio writes `nuncio`, when that process started, by which a number that was given out again is noticed.
//! What is not known is kept. Messages come last, so that a file that was cut off while it was written still says who is
//! there.
//!
//! # Source
//! IPC::Manager::Client::JSONFile.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::json::{Malformed, Scanner, unescape};
use super::message::append_text;

/// The text of a value, as it was read or is to be written.
pub type Text<'a> = Cow<'a, [u8]>;

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct State<'a> {
    /// Who is there.
    pub clients: BTreeMap<String, Client<'a>>,
    /// The accounts of those who were.
    pub stats: BTreeMap<String, Text<'a>>,
    /// What is to be received, by receivers.
    pub messages: BTreeMap<String, Vec<Text<'a>>>,
    unknown: Unknown<'a>,
    is_bus: bool,
}

/// Somebody who is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Client<'a> {
    /// His process; none if he is suspended.
    pub pid: Option<u32>,
    /// When that process started, in the kernel's ticks, where it is known.
    pub start_ticks: Option<u64>,
    /// When his suspension ends, in seconds since 1970.
    pub suspend_expires_at: Option<Text<'a>>,
    unknown: Unknown<'a>,
}

/// Members of other names: each name as it is written, and its value.
type Unknown<'a> = Vec<(&'a [u8], &'a [u8])>;

impl<'a> State<'a> {
    /// Reads `text`. Where it is cut off or damaged, what stands before that is there, and what is wrong.
    pub fn read(text: &'a [u8]) -> (Self, Option<Malformed>) {
        let (text, damage) = match std::str::from_utf8(text) {
            Ok(_) => (text, None),
            Err(error) => {
                let at = error.valid_up_to();
                (&text[..at], Some(Malformed { at, expected: "UTF-8" }))
            }
        };
        let (mut state, mut scanner) = (Self::default(), Scanner { text, at: 0 });
        let read = state.read_members(&mut scanner).and_then(|()| scanner.end());
        (state, read.err().or(damage))
    }

    fn read_members(&mut self, scanner: &mut Scanner<'a>) -> Result<(), Malformed> {
        each_member(scanner, &mut |name, scanner| {
            self.is_bus |= matches!(name, b"clients" | b"messages" | b"stats");
            self.read_member(name, scanner)
        })
    }

    fn read_member(&mut self, name: &'a [u8], scanner: &mut Scanner<'a>) -> Result<(), Malformed> {
        match name {
            b"clients" => named(scanner, &mut |id, scanner| {
                // Whoever is only half there is not there.
                let client = Client::read(scanner)?;
                self.clients.insert(id, client);
                Ok(())
            }),
            b"stats" => named(scanner, &mut |id, scanner| {
                self.stats.insert(id, Cow::Borrowed(value(scanner)?));
                Ok(())
            }),
            b"messages" => named(scanner, &mut |id, scanner| {
                let messages = self.messages.entry(id).or_default();
                messages.clear();
                each_element(scanner, &mut |scanner| {
                    messages.push(Cow::Borrowed(value(scanner)?));
                    Ok(())
                })
            }),
            _ => {
                self.unknown.push((name, value(scanner)?));
                Ok(())
            }
        }
    }

    /// Whether it says anything of a bus.
    pub const fn is_bus(&self) -> bool {
        self.is_bus
    }

    /// Appends the text to `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        for (name, value) in &self.unknown {
            append_member(name, value, out);
            out.push(b',');
        }
        out.extend_from_slice(b"\"clients\":{");
        append_each(&self.clients, out, Client::write);
        out.extend_from_slice(b"},\"stats\":{");
        append_each(&self.stats, out, |text, out| out.extend_from_slice(text));
        out.extend_from_slice(b"},\"messages\":{");
        append_each(&self.messages, out, |messages, out| {
            out.push(b'[');
            separated(messages, out, |message, out| out.extend_from_slice(message));
            out.push(b']');
        });
        out.extend_from_slice(b"}}");
    }
}

impl<'a> Client<'a> {
    /// Somebody in the process `pid`, which started at `start_ticks`.
    pub fn new(pid: u32, start_ticks: Option<u64>) -> Self {
        Self { pid: Some(pid), start_ticks, ..Self::default() }
    }

    fn read(scanner: &mut Scanner<'a>) -> Result<Self, Malformed> {
        let mut client = Self::default();
        scanner.blanks();
        if scanner.text.get(scanner.at) != Some(&b'{') {
            scanner.value(2)?;
            return Ok(client);
        }
        each_member(scanner, &mut |name, scanner| {
            let text = value(scanner)?;
            match name {
                b"pid" => client.pid = number(text).and_then(|number| number.try_into().ok()).filter(|pid| *pid > 0),
                b"nuncio" => client.start_ticks = number(text),
                b"suspend_expires_at" if text == b"null" => {}
                b"suspend_expires_at" => client.suspend_expires_at = Some(Cow::Borrowed(text)),
                _ => client.unknown.push((name, text)),
            }
            Ok(())
        })?;
        Ok(client)
    }

    fn write(&self, out: &mut Vec<u8>) {
        let number = |number: u64| Cow::Owned(number.to_string().into_bytes());
        let mut members: Vec<(&[u8], Text<'_>)> = Vec::new();
        members.extend(self.pid.map(|pid| (&b"pid"[..], number(pid.into()))));
        members.extend(self.start_ticks.map(|ticks| (&b"nuncio"[..], number(ticks))));
        members.extend(self.suspend_expires_at.iter().map(|text| (&b"suspend_expires_at"[..], text.clone())));
        members.extend(self.unknown.iter().map(|(name, value)| (*name, Cow::Borrowed(*value))));
        out.push(b'{');
        separated(&members, out, |(name, value), out| append_member(name, value, out));
        out.push(b'}');
    }
}

/// Perl writes a number as one or as text.
fn number(text: &[u8]) -> Option<u64> {
    let digits = text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")).unwrap_or(text);
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn append_member(name: &[u8], value: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(name);
    out.extend_from_slice(b"\":");
    out.extend_from_slice(value);
}

fn append_each<T>(values: &BTreeMap<String, T>, out: &mut Vec<u8>, append: impl Fn(&T, &mut Vec<u8>)) {
    separated(values, out, |(id, value), out| {
        append_text(id, out);
        out.push(b':');
        append(value, out);
    });
}

fn separated<T>(values: impl IntoIterator<Item = T>, out: &mut Vec<u8>, append: impl Fn(T, &mut Vec<u8>)) {
    for (index, value) in values.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        append(value, out);
    }
}

fn value<'a>(scanner: &mut Scanner<'a>) -> Result<&'a [u8], Malformed> {
    scanner.blanks();
    let start = scanner.at;
    scanner.value(3)?;
    // A number at the end may be the beginning of a longer one.
    match scanner.at == scanner.text.len() {
        true => Err(Malformed { at: scanner.at, expected: "end of the value" }),
        false => Ok(&scanner.text[start..scanner.at]),
    }
}

type Each<'a, 'f, T> = &'f mut dyn FnMut(T, &mut Scanner<'a>) -> Result<(), Malformed>;

/// Calls `each` for the members of an object, with their names as they are written; it has to step over the value.
fn each_member<'a>(scanner: &mut Scanner<'a>, each: Each<'a, '_, &'a [u8]>) -> Result<(), Malformed> {
    scanner.blanks();
    scanner.expect(b'{', "object")?;
    scanner.blanks();
    if scanner.take(b'}') {
        return Ok(());
    }
    loop {
        scanner.blanks();
        let name = scanner.string()?;
        let name = &scanner.text[name];
        scanner.blanks();
        scanner.expect(b':', "colon")?;
        each(name, scanner)?;
        scanner.blanks();
        if !scanner.take(b',') {
            return scanner.expect(b'}', "comma or closing brace");
        }
    }
}

/// As [`each_member`], with the names understood; those that are none are passed over. Null has no members.
fn named<'a>(scanner: &mut Scanner<'a>, each: Each<'a, '_, String>) -> Result<(), Malformed> {
    scanner.blanks();
    if scanner.text.get(scanner.at) == Some(&b'n') {
        return value(scanner).map(drop);
    }
    each_member(scanner, &mut |name, scanner| match unescape(name) {
        Some(id) => each(id, scanner),
        None => value(scanner).map(drop),
    })
}

/// Calls `each` for the elements of an array; it has to step over the element. Null has none.
fn each_element<'a>(
    scanner: &mut Scanner<'a>,
    each: &mut dyn FnMut(&mut Scanner<'a>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    scanner.blanks();
    if scanner.text.get(scanner.at) == Some(&b'n') {
        return value(scanner).map(drop);
    }
    scanner.expect(b'[', "array")?;
    scanner.blanks();
    if scanner.take(b']') {
        return Ok(());
    }
    loop {
        each(scanner)?;
        scanner.blanks();
        if !scanner.take(b',') {
            return scanner.expect(b']', "comma or closing bracket");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{"x":[1],"clients":{"a\u00e9":{"pid":7,"nuncio":9,"suspend_expires_at":2.5,"y":{}},"b":{}},"stats":{"a":{"sent":{}}},"messages":{"b":[{"content":1},{"content":"two"}],"c":[]}}"#;

    fn written(state: &State<'_>) -> String {
        let mut out = Vec::new();
        state.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_read_is_written_the_same() {
        let (state, damage) = State::read(WHOLE.as_bytes());
        assert_eq!(damage, None);
        assert_eq!(written(&state), WHOLE);
        let client = &state.clients["a\u{e9}"];
        assert_eq!((client.pid, client.start_ticks), (Some(7), Some(9)));
        assert_eq!((state.clients["b"].pid, state.messages["b"].len()), (None, 2));
    }

    #[test]
    fn perls_ways_of_writing_are_read() {
        let text =
            r#" { "messages" : null, "clients":{"a":{"pid":"12","suspend_expires_at":null},"b":null}, "stats" : {} } "#;
        let (state, damage) = State::read(text.as_bytes());
        assert_eq!(damage, None);
        assert_eq!((state.clients["a"].pid, state.clients["a"].suspend_expires_at.is_none()), (Some(12), true));
        assert!(state.clients.contains_key("b") && state.messages.is_empty());
    }

    #[test]
    fn of_a_text_that_is_cut_off_the_beginning_is_saved_wherever_that_is() {
        let mut saved = 0;
        for end in 0..WHOLE.len() {
            let (state, damage) = State::read(&WHOLE.as_bytes()[..end]);
            assert!(damage.is_some(), "{end}");
            let messages: Vec<_> = state.messages.values().flatten().collect();
            for message in &messages {
                assert!([&br#"{"content":1}"#[..], br#"{"content":"two"}"#].contains(&message.as_ref()));
            }
            assert!(messages.len() >= saved, "more of the text says less");
            saved = messages.len();
            // It is whole again when it is written.
            assert_eq!(State::read(written(&state).as_bytes()).1, None);
        }
        assert_eq!(saved, 2);
        assert!(
            State::read(b"[]").1.is_some()
                && State::read(b"{} x").1.is_some()
                && State::read(b"{\"x\":\"\xff\"}").1.is_some()
        );
    }
}
