//! What comes on a connection between nodes: lines of a handshake, and messages in three framings.

use nuncio_core::NodeId;
use nuncio_mesh::proto::auth::Secret;
use nuncio_mesh::proto::framing::{Framing, Packet, Reader};
use nuncio_mesh::proto::handshake::{Handshake, Policy, Step};
use nuncio_mesh::proto::{Generation, Refusal};

use crate::sight::Sight;

/// Reads `data`, whose first byte says in which framing, whole and in pieces: the messages are the same, and written and
/// read once more they are the same again.
pub(crate) fn messages(data: &[u8]) -> Sight {
    let Some((first, stream)) = data.split_first() else { return Sight::of_text("nothing") };
    let framing = Framing::ALL[usize::from(*first) % Framing::ALL.len()];
    let (packets, end) = read(framing, stream, stream.len().max(1));
    let (in_pieces, end_in_pieces) = read(framing, stream, 1 + usize::from(*first) / Framing::ALL.len());
    // Of a message that is not whole the rest may be waited for; who sees more of it may refuse it earlier.
    assert!(end.is_some() || end_in_pieces.is_none(), "{framing}: only pieces of this are refused: {end_in_pieces:?}");
    assert_eq!(format!("{packets:?}"), format!("{in_pieces:?}"), "{framing}: pieces make other messages");
    for packet in &packets {
        is_read_again(framing, packet);
    }
    let kinds = packets.iter().map(|packet| packet.elements.len().min(5).to_string()).take(8);
    Sight::of_text(&format!("{framing} {} {}", kinds.collect::<String>(), end.map(shape).unwrap_or_default()))
}

fn read(framing: Framing, stream: &[u8], size: usize) -> (Vec<Packet>, Option<Refusal>) {
    let mut reader = Reader::new(framing, Reader::default_limits());
    let (mut arrived, mut packets) = (Vec::new(), Vec::new());
    for piece in stream.chunks(size) {
        arrived.extend_from_slice(piece);
        loop {
            match reader.next(&arrived) {
                Ok(Some((packet, length))) => {
                    assert!(length > 0 && length <= arrived.len(), "{framing}: a message of {length} bytes");
                    arrived.drain(..length);
                    packets.push(packet);
                }
                Ok(None) => break,
                Err(refusal) => return (packets, Some(refusal)),
            }
        }
    }
    (packets, None)
}

/// JSON has no NaN and no infinity, and Storable no more than 32 bits, which come back as text; so what is written once is
/// compared with what is written of that.
fn is_read_again(framing: Framing, packet: &Packet) {
    let mut written = Vec::new();
    if framing.write(&packet.port, &packet.elements, &mut written).is_err() {
        return;
    }
    let (again, end) = read(framing, &written, written.len().max(1));
    assert!(end.is_none() && again.len() == 1, "{framing}: {packet:?} is not read again: {end:?}");
    let mut twice = Vec::new();
    framing.write(&again[0].port, &again[0].elements, &mut twice).expect("it was written before");
    assert_eq!(written, twice, "{framing}: {packet:?}");
}

/// A reason without its numbers.
fn shape(refusal: Refusal) -> String {
    refusal.to_string().chars().filter(|letter| !letter.is_ascii_digit()).take(80).collect()
}

/// Takes `data` for what the other side of a handshake sends. Nobody is believed who does not know the secret.
pub(crate) fn handshake(data: &[u8]) -> Sight {
    let node = NodeId::new("own").expect("a node id");
    let policy = Policy::new(node, Secret::new("not to be guessed"), &[Generation::One, Generation::Two]);
    let mut handshake = Handshake::new(policy, "aemp", "a nonce");
    handshake.feed(data);
    let mut steps = String::new();
    loop {
        match handshake.step() {
            Ok(Step::Done(established)) => panic!("{established:?} is believed"),
            Ok(Step::Wait) => return Sight::of_text(&steps),
            Ok(_) => steps.push('.'),
            Err(refusal) => return Sight::of_text(&format!("{steps}{}", shape(refusal))),
        }
    }
}

/// Recorded messages of all kinds, in every framing.
pub(crate) fn message_seeds() -> Vec<Vec<u8>> {
    let json = [
        r#"["","mon1","a.b"]"#,
        r#"["a.b","pong","x",1,2.5,[1,{"a":"b"}],null,"ü€"] []"#,
        r#"["",true,false,-2147483649,1e300,"\u00e9"]"#,
    ];
    let mut seeds: Vec<Vec<u8>> = json.iter().map(|text| [&[1], text.as_bytes()].concat()).collect();
    for text in json {
        let (packets, _) = read(Framing::Json, text.as_bytes(), text.len());
        for (number, framing) in (0..).zip(Framing::ALL) {
            let mut seed = vec![number];
            for packet in &packets {
                framing.write(&packet.port, &packet.elements, &mut seed).expect("every framing has these");
            }
            seeds.push(seed);
        }
    }
    seeds
}

/// Greetings of both generations, with proofs that are none.
pub(crate) fn handshake_seeds() -> Vec<Vec<u8>> {
    let lines = [
        "aemp;1;alpha;tls_md6_64_256,hmac_md6_64_256,tls_anon,cleartext;json,storable;provider=AE-1.30;tls=1.0\nnonce\n",
        "aemp;1;gamma;hmac_sha3_512;cbor,json;gproto=1;mproto=1\r\nnonce\r\nhmac_sha3_512;00;cbor\r\n",
        "aemp-dataconn;1;x;hmac_sha3_512;json;dataconn_id=b@x\n\ncleartext;;json\n",
    ];
    lines.iter().map(|lines| lines.as_bytes().to_vec()).collect()
}

/// The words of messages.
pub(crate) const MESSAGE_PIECES: &[&[u8]] = &[
    b"[",
    b"]",
    b"\"",
    b"{",
    b"}",
    b",",
    b"\\",
    b" ",
    b"\x05\x0b\x02",
    b"\x04\x03",
    b"\x9f",
    b"\x5a\xff\xff\xff\xff",
    b"\x81\x40",
];

/// The words of handshakes.
pub(crate) const HANDSHAKE_PIECES: &[&[u8]] = &[
    b"aemp",
    b";",
    b"1",
    b"\n",
    b"\r\n",
    b",",
    b"json",
    b"hmac_sha3_512",
    b"hmac_md6_64_256",
    b"tls_anon",
    b"%3b",
    b"own",
];
