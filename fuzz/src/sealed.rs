//! Sealed messages: a header that anybody may have written, and a box that only two could have made.

use std::sync::LazyLock;

use nuncio_queue::Message;
use nuncio_queue::seal::nacl::{AUTHENTICATOR_BYTES, Candidates, Nonce, SharedKey, seal};
use nuncio_queue::seal::{PublicKey, SecretKey};

use crate::sight::Sight;

/// A box is tried as it is, without sixteen zero bytes, and with one to sixteen more.
const CANDIDATES_MAX: usize = 18;

/// What the two share; with it a search begins at messages that open.
static SHARED: LazyLock<SharedKey> = LazyLock::new(|| {
    let ours = SecretKey::from_bytes([1; 32]);
    let theirs: PublicKey = SecretKey::from_bytes([2; 32]).public_key();
    SharedKey::new(&ours, &theirs)
});

/// Reads `data` as a message and opens its box. What opens is what was sealed with that nonce, and no other bytes open but for
/// zeros in front.
pub(crate) fn check(data: &[u8]) -> Sight {
    let message = match Message::from_text(data) {
        Ok(message) => message,
        Err(error) => return Sight::of_text(&format!("{:?}", error.kind())),
    };
    assert!(message.header_text().len() + message.payload().len() <= data.len(), "more came out than went in");
    let keys = message.headers().count();
    let Some(nonce) = message.header("n") else { return Sight::of_text(&format!("not sealed, {} keys", keys.min(9))) };
    let nonce = match Nonce::from_header(nonce.as_bytes()) {
        Ok(nonce) => nonce,
        Err(error) => return Sight::of_text(&error.to_string()),
    };
    let mut plain = Vec::new();
    let mut tried = 0;
    for candidate in Candidates::of(message.payload()) {
        tried += 1;
        assert!(tried <= CANDIDATES_MAX, "a message is tried {tried} times");
        if candidate.open(&SHARED, &nonce, &mut plain) {
            is_what_was_sealed(message.payload(), &nonce, &plain);
            return Sight::of_text(&format!("opened at the attempt {tried}, {} keys", keys.min(9)));
        }
        assert!(plain.is_empty(), "something is shown of a box that does not open");
    }
    Sight::of_text(&format!("{tried} attempts, S is there: {}", message.header("S").is_some()))
}

fn is_what_was_sealed(payload: &[u8], nonce: &Nonce, plain: &[u8]) {
    let mut again = [&[0; AUTHENTICATOR_BYTES], plain].concat();
    // With a nonce that gives an authenticator which begins with zero nothing is sealed.
    if seal(&SHARED, &mut again, || Ok(*nonce)).is_ok() {
        assert_eq!(without_zeros(payload), without_zeros(&again), "two boxes of one nonce open alike");
    }
}

fn without_zeros(bytes: &[u8]) -> &[u8] {
    &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..]
}

/// Messages that open, and some that are odd.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (number, plain) in [&b"{}"[..], b"{\"a\":1}", &[7; 100], &[0; 40]].into_iter().enumerate() {
        let nonce = Nonce::from_bytes([number as u8 + 1; 24]);
        let mut sealed = [&[0; AUTHENTICATOR_BYTES], plain].concat();
        if seal(&SHARED, &mut sealed, || Ok(nonce)).is_err() {
            continue;
        }
        let header = format!("l={},d=10.0.0.2,q=jobs,t=9,S=us.example,n={}", sealed.len(), nonce.to_header());
        let front = format!("{}:{header}", header.len()).into_bytes();
        seeds.push([&front[..], &sealed].concat());
        seeds.push([&front[..], &[0; 16], &sealed].concat());
    }
    seeds.extend([b"3:l=2{}".to_vec(), b"0:".to_vec(), b"6:n=AAAA{}".to_vec(), b"99999:l=1".to_vec()]);
    seeds
}

/// The words of the format.
pub(crate) const PIECES: &[&[u8]] =
    &[b",n=", b",S=", b",d=", b",q=", b"l=", b",", b"=", b"\n", b"0", &[0; AUTHENTICATOR_BYTES], b"AAAA", b":"];
