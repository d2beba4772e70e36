//! A request's body: whole messages back to back, each as long as its own header says (wire/transit.md 7.3).
//!
//! The original delivers a last message that is cut short. Here it is refused: a length that lies is no message.

use std::ops::Range;

use nuncio_queue::header;

/// More digits than any length that fits a body.
const LENGTH_DIGITS_MAX: usize = 9;

/// One message in a body, and where its header stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The whole message.
    pub message: Range<usize>,
    /// Its header, without the length in front.
    pub header: Range<usize>,
}

impl Part {
    /// How long its payload is, in bytes.
    #[must_use]
    pub const fn payload_bytes(&self) -> usize {
        self.message.end - self.header.end
    }
}

/// Where the messages of a body end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// Something begins at this offset that is no message; as in the original it is no fault.
    Other(usize),
    /// What begins at this offset says of itself what is not so; the text says what.
    Lie(usize, String),
    /// The last message ends where the body does.
    Whole,
}

/// The messages of a body, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// The messages.
    pub parts: Vec<Part>,
    /// What stopped the search for more.
    pub end: End,
}

/// Finds the messages in `body`. Nothing is allocated for what a length claims.
#[must_use]
pub fn split(body: &[u8]) -> Split {
    let (mut parts, mut at) = (Vec::new(), 0);
    let end = loop {
        if at == body.len() {
            break End::Whole;
        }
        match next(body, at) {
            Ok(Some(part)) => {
                at = part.message.end;
                parts.push(part);
            }
            Ok(None) => break End::Other(at),
            Err(lie) => break End::Lie(at, lie),
        }
    };
    Split { parts, end }
}

/// The message that `text` is, if it is exactly one.
///
/// # Errors
/// Why it is not.
pub fn whole(text: &[u8]) -> Result<Part, String> {
    match next(text, 0)? {
        Some(part) if part.message.end == text.len() => Ok(part),
        Some(part) => Err(format!(
            "its header says that its payload has {} bytes, and it has {}",
            part.payload_bytes(),
            text.len() - part.header.end
        )),
        None => Err("it does not begin with the length of its header".to_owned()),
    }
}

/// The message that begins at `at`; none if none does.
fn next(body: &[u8], at: usize) -> Result<Option<Part>, String> {
    let rest = &body[at..];
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return Ok(None);
    }
    let header_bytes = number(&rest[..digits]).ok_or_else(|| long("the length of its header"))?;
    let start = at + digits + 1;
    let header = start..start.saturating_add(header_bytes);
    let Some(text) = body.get(header.clone()) else {
        let there = body.len().saturating_sub(start);
        return Err(format!("it claims a header of {header_bytes} bytes, and {there} follow"));
    };
    let payload_bytes = payload_bytes(text)?;
    let there = body.len() - header.end;
    if payload_bytes > there {
        return Err(format!("it claims a payload of {payload_bytes} bytes, and {there} follow"));
    }
    Ok(Some(Part { message: at..header.end + payload_bytes, header }))
}

/// What a header says of its payload's length; nothing counts as none.
fn payload_bytes(header: &[u8]) -> Result<usize, String> {
    match header::find(header, header::LENGTH) {
        None | Some(b"") => Ok(0),
        Some(digits) if digits.len() > LENGTH_DIGITS_MAX => Err(long("the length of its payload")),
        Some(digits) => number(digits).ok_or_else(|| "the length of its payload is no number".to_owned()),
    }
}

fn long(what: &str) -> String {
    format!("{what} has more than {LENGTH_DIGITS_MAX} digits")
}

/// Decimal digits, and nothing else, as a number.
fn number(digits: &[u8]) -> Option<usize> {
    let sane = digits.len() <= LENGTH_DIGITS_MAX && digits.iter().all(u8::is_ascii_digit);
    sane.then(|| digits.iter().fold(0, |number, digit| number * 10 + usize::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(body: &str) -> (Vec<&str>, End) {
        let split = split(body.as_bytes());
        (split.parts.iter().map(|part| &body[part.message.clone()]).collect(), split.end)
    }

    #[test]
    fn a_body_is_messages_back_to_back() {
        assert_eq!(texts(""), (vec![], End::Whole));
        assert_eq!(texts("3:l=2{}7:l=1,q=ax"), (vec!["3:l=2{}", "7:l=1,q=ax"], End::Whole));
        assert_eq!(texts("003:l=2{}3:q=a"), (vec!["003:l=2{}", "3:q=a"], End::Whole), "no length is none");
    }

    #[test]
    fn what_is_no_message_ends_the_search() {
        assert_eq!(texts("hello world"), (vec![], End::Other(0)));
        assert_eq!(texts("3:l=2{}\nrest"), (vec!["3:l=2{}"], End::Other(7)));
    }

    #[test]
    fn lengths_that_lie_are_told_with_both_numbers() {
        for (body, reason) in [
            ("9:l=2{}", "it claims a header of 9 bytes, and 5 follow"),
            ("3:l=9{}", "it claims a payload of 9 bytes, and 2 follow"),
            ("4:l=-1", "no number"),
            ("5:l=-12{}", "no number"),
            ("9999999999:l=2{}", "more than 9 digits"),
            ("14:l=999999999999{}", "more than 9 digits"),
            ("7", "it claims a header of 7 bytes, and 0 follow"),
        ] {
            let End::Lie(0, told) = texts(body).1 else { panic!("{body:?} is taken") };
            assert!(told.contains(reason), "{body:?}: {told}");
        }
        assert_eq!(texts("3:l=2{}3:l=9{}").0, ["3:l=2{}"], "what stands before a lie is whole");
    }

    #[test]
    fn one_message_is_exactly_one() {
        assert!(whole(b"3:l=2{}").is_ok());
        assert_eq!(whole(b"3:l=2{} ").unwrap_err(), "its header says that its payload has 2 bytes, and it has 3");
        assert!(whole(b"{}").unwrap_err().contains("does not begin"));
    }

    #[test]
    fn any_bytes_are_split_or_refused_and_nothing_is_counted_twice() {
        proptest::proptest!(|(body in "([0-9]{1,2}:?[a-z=,0-9]{0,9}){0,5}")| {
            let split = split(body.as_bytes());
            let mut end = 0;
            for part in &split.parts {
                assert!(part.message.start == end && part.header.end <= part.message.end);
                assert!(whole(&body.as_bytes()[part.message.clone()]).is_ok());
                end = part.message.end;
            }
            match split.end {
                End::Whole => assert_eq!(end, body.len()),
                End::Other(at) | End::Lie(at, _) => assert_eq!(end, at),
            }
        });
    }
}
