//! What comes in a request between machines: messages back to back, each as long as its own header says.

use nuncio_gateway::wire::batch::{self, End, Part};
use nuncio_gateway::wire::rewrite;
use nuncio_queue::header;

use crate::sight::Sight;

/// Splits `data` into messages: nothing is in two of them, nothing is left out between them, and what a gateway changes in one that
/// it carries on is what it means to change.
pub(crate) fn check(data: &[u8]) -> Sight {
    let split = batch::split(data);
    let mut end = 0;
    for part in &split.parts {
        assert_eq!(part.message.start, end, "a gap before {part:?}");
        let message = &data[part.message.clone()];
        let alone = batch::whole(message).expect("it was found in a body");
        assert_eq!(alone.payload_bytes(), part.payload_bytes());
        is_carried_on(message, &alone);
        end = part.message.end;
    }
    let reason = match split.end {
        End::Whole => {
            assert_eq!(end, data.len());
            String::new()
        }
        End::Other(at) => {
            assert_eq!(at, end);
            "other".to_owned()
        }
        End::Lie(at, reason) => {
            assert_eq!(at, end);
            reason.chars().filter(|letter| !letter.is_ascii_digit()).collect()
        }
        _ => String::new(),
    };
    Sight::of_text(&format!("{} {reason}", split.parts.len().min(5)))
}

fn is_carried_on(message: &[u8], part: &Part) {
    let text = &message[part.header.clone()];
    let keys = [header::LENGTH, header::DESTINATION, header::DESTINATION_QUEUE, header::TTL];
    assert_eq!(header::find_each(text, keys), keys.map(|key| header::find(text, key)));
    let mut hidden = text.to_vec();
    rewrite::hide_path(&mut hidden);
    assert_eq!(header::find(&hidden, header::SPILL_FILE), None, "a path that somebody would follow");
    assert_eq!(hidden.len(), text.len());
    let hops = rewrite::hops(header::find(text, header::TTL));
    let counted = rewrite::count_hop(message, part.header.clone());
    assert_eq!(counted.is_some(), hops.is_some_and(|hops| hops > 1), "{hops:?} hops");
    let Some(counted) = counted else { return };
    let part_after = batch::whole(&counted).expect("it is a message still");
    let left = rewrite::hops(header::find(&counted[part_after.header.clone()], header::TTL));
    assert_eq!(left, hops.map(|hops| hops - 1));
    assert_eq!(counted[part_after.header.end..], message[part.header.end..], "the payload");
    let mut in_place = text.to_vec();
    if rewrite::count_hop_in_place(&mut in_place) {
        assert_eq!(rewrite::hops(header::find(&in_place, header::TTL)), left, "in place");
    } else {
        assert_eq!(in_place, text);
    }
}

/// Bodies of one message and of several.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let bodies = [
        "3:l=2{}",
        "20:d=b,t=9,q=jobs,l=2,,{}7:l=1,q=ax",
        "21:d=b,t=10,f=/tmp/x,l=0,7:l=1,q=ax",
        "16:t=2,t=x,n=QQ==\n,s",
        "9:l=2{}",
    ];
    bodies.iter().map(|body| body.as_bytes().to_vec()).collect()
}

/// The words of headers.
pub(crate) const PIECES: &[&[u8]] =
    &[b",", b"=", b":", b"l=", b"d=b", b"q=jobs", b"t=", b"9", b"1", b"0", b"f=/x", b"n=QQ==\n"];
