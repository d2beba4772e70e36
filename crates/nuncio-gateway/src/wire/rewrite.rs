//! What a gateway changes in a message that it carries on: the hops that are left, and a path that nobody is to follow.

use std::ops::Range;

use nuncio_queue::header;
use nuncio_queue::remote::DEFAULT_TTL;

/// Hides the path of a spill file in the `header` of a message that came over the network, so that no reader follows it: the
/// original's readers read and remove whatever it names (wire/transit.md 10.5).
///
/// The key becomes `F`, which no reader knows: the message keeps its length, and who looks can still see where the payload once was.
pub fn hide_path(header: &mut [u8]) {
    for part in header.split_mut(|byte| *byte == b',') {
        if let [key @ b'f', rest @ ..] = part
            && matches!(rest, [] | [b'=', ..])
        {
            *key = b'F';
        }
    }
}

/// Counts one hop in `header` if that leaves its length as it is; otherwise nothing is changed, and [`count_hop`] has to write the message
/// anew.
pub fn count_hop_in_place(header: &mut [u8]) -> bool {
    let mut pairs = header.split_mut(|byte| *byte == b',').filter(|pair| matches!(pair, [b't'] | [b't', b'=', ..]));
    let (Some([b't', b'=', digits @ ..]), None) = (pairs.next(), pairs.next()) else { return false };
    match digits {
        [b'1'] => false,
        [front @ .., last @ b'1'..=b'9'] if front.first() != Some(&b'0') && front.iter().all(u8::is_ascii_digit) => {
            *last -= 1;
            true
        }
        _ => false,
    }
}

/// Counts one hop in `message`, whose header stands at `header`: the message with a hop less, or none when it has none left.
#[must_use]
pub fn count_hop(message: &[u8], header: Range<usize>) -> Option<Vec<u8>> {
    let text = &message[header.clone()];
    let left = hops(header::find(text, header::TTL))?.checked_sub(1).filter(|left| *left > 0)?;
    let (pair, mut counted) = (format!("{}={left}", header::TTL), false);
    let mut changed: Vec<&[u8]> = Vec::new();
    for part in text.split(|byte| *byte == b',').filter(|part| !part.is_empty()) {
        if part == b"t" || part.starts_with(b"t=") {
            if !counted {
                changed.push(pair.as_bytes());
            }
            counted = true;
        } else {
            changed.push(part);
        }
    }
    if !counted {
        changed.push(pair.as_bytes());
    }
    let changed = changed.join(&b',');
    let mut out = Vec::with_capacity(message.len() + pair.len() + 4);
    out.extend_from_slice(format!("{}:", changed.len()).as_bytes());
    out.extend_from_slice(&changed);
    out.extend_from_slice(&message[header.end..]);
    Some(out)
}

/// The hops that are left as a header's `ttl` says; none if that is no number.
#[must_use]
pub fn hops(ttl: Option<&[u8]>) -> Option<u64> {
    match ttl {
        None => Some(DEFAULT_TTL.into()),
        Some(digits) => std::str::from_utf8(digits).ok()?.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::batch;

    fn counted(message: &str) -> Option<String> {
        let header = batch::whole(message.as_bytes()).expect("a message").header;
        count_hop(message.as_bytes(), header).map(|message| String::from_utf8(message).expect("text"))
    }

    #[test]
    fn a_hop_is_counted_and_nothing_else_changes() {
        assert_eq!(counted("11:l=2,t=9,q=a{}").as_deref(), Some("11:l=2,t=8,q=a{}"));
        assert_eq!(counted("12:l=2,t=10,q=a{}").as_deref(), Some("11:l=2,t=9,q=a{}"), "the header is shorter now");
        assert_eq!(counted("7:l=2,q=a{}").as_deref(), Some("11:l=2,q=a,t=8{}"), "nine are meant where none is said");
        assert_eq!(counted("15:t=9,l=2,t=3,q=a{}").as_deref(), Some("11:t=2,l=2,q=a{}"), "the last one counts");
    }

    #[test]
    fn a_hop_is_counted_in_place_where_that_is_the_same() {
        for header in
            ["l=0,t=9,q=a", "t=2", "t=10", "t=1", "t=0", "t=", "t", "q=a", "t=09", "t=21", "t=x9", "t=9,t=3", "tt=9"]
        {
            let mut changed = header.as_bytes().to_vec();
            let counts = count_hop_in_place(&mut changed);
            assert_eq!(counts, ["l=0,t=9,q=a", "t=2", "t=21"].contains(&header), "{header}");
            let expected = if counts { counted(&format!("{}:{header}", header.len())) } else { None };
            let message = format!("{}:{}", header.len(), String::from_utf8(changed).expect("text"));
            assert_eq!(message, expected.unwrap_or_else(|| format!("{}:{header}", header.len())));
        }
    }

    #[test]
    fn without_hops_a_message_ends() {
        for message in ["11:l=2,t=1,q=a{}", "11:l=2,t=0,q=a{}", "11:l=2,t=x,q=a{}", "12:l=2,t=-1,q=a{}"] {
            assert_eq!(counted(message), None, "{message}");
        }
    }

    #[test]
    fn a_path_is_hidden_where_it_stands() {
        let hidden = |header: &str| {
            let mut header = header.as_bytes().to_vec();
            hide_path(&mut header);
            String::from_utf8(header).expect("text")
        };
        assert_eq!(hidden("t=9,f=/tmp/x,l=1"), "t=9,F=/tmp/x,l=1");
        assert_eq!(hidden("f=/a,q=f,f"), "F=/a,q=f,F");
        assert_eq!(hidden("q=f=x,ff=1,l=2"), "q=f=x,ff=1,l=2");
    }
}
