use super::*;

fn message(text: &str) -> Message {
    let mut message = Message::new();
    message.parse_text(text.as_bytes().to_vec()).expect("a message");
    message
}

#[test]
fn metadata_is_hidden_from_the_users_type_and_there_when_asked_for() {
    #[derive(Deserialize, PartialEq, Debug)]
    #[serde(deny_unknown_fields)]
    struct Job<'a> {
        name: &'a str,
    }
    let message = message(r#"5:l=999{".ipc_transit_meta":{"send_ts":7,"source_hostname":"h","x":[1]},"name":"n"}"#);
    assert_eq!(message.decode::<Job<'_>>().expect("a job"), Job { name: "n" });
    let metadata = message.metadata().expect("readable");
    assert_eq!(metadata.source_host(), Some("h"));
    assert_eq!(metadata.sent_at(), Some(std::time::UNIX_EPOCH + std::time::Duration::from_secs(7)));
    assert!(metadata.get("x").is_some());
    let whole = message.decode_whole().expect("readable");
    assert_eq!(whole[metadata::MEMBER].get(metadata::OPENED_WITH), Some(&Value::from("default")));
}

#[test]
fn the_codec_is_what_the_header_says_or_the_payload_shows() {
    for (text, codec) in [
        ("3:l=2{}", Codec::Json),
        ("1:s{}", Codec::Json),
        ("8:s=sereal{}", Codec::Json),
        ("8:s=sereal=srl\u{1}\0\u{5}", Codec::Sereal),
        ("0:=srl\u{1}\0\u{5}", Codec::Sereal),
        ("0:=srl\u{1}\0", Codec::Json),
        ("6:s=json=srl\u{1}\0\u{5}", Codec::Json),
        ("10:s=storable{}", Codec::Storable),
        ("6:s=cbor\u{a0}", Codec::Cbor),
    ] {
        assert_eq!(message(text).codec().expect(text), codec);
    }
    assert_eq!(message("7:s=bogus{}").codec().expect_err("unknown").kind(), ErrorKind::Unsupported);
}

#[test]
fn dumpers_text_is_read_only_where_it_is_accepted() {
    let mut message = message("8:s=dumper$VAR1 = {};");
    assert_eq!(message.codec().expect_err("refused").kind(), ErrorKind::PermissionDenied);
    message.accept_dumper(true);
    assert_eq!(message.codec().expect("accepted"), Codec::Dumper);
    // Nothing but the header makes it that.
    assert_eq!(self::message("0:$VAR1 = {};").codec().expect("by default"), Codec::Json);
}

#[test]
fn what_is_no_map_is_no_message() {
    for text in ["0:[1,2]", "0:\"x\"", "0:0", "0:", "0:{}\0", r#"0:{".ipc_transit_meta":1}"#] {
        assert!(message(text).decode_whole().is_err(), "{text:?}");
    }
    assert!(message("0:[1,2]").decode::<Vec<u8>>().is_err());
}

#[test]
fn the_front_is_the_text_up_to_the_payload() {
    assert_eq!(message("003:l=7xy").front(), b"003:l=7");
    let mut framed = Message::new();
    framed.frame_mut().extend_from_slice(&[49; TYPE_BYTES]);
    framed.frame_mut().extend_from_slice(b"3:l=7xy");
    framed.parse_frame().expect("a message");
    assert_eq!((framed.front(), framed.payload()), (&b"3:l=7"[..], &b"xy"[..]));
}
