//! Messages in another codec. They are made from the same text as all others, and are turned into it when they are read, so
//! that everything above knows one form.

use std::sync::Arc;

use nuncio_codec::{Codec, DecodeLimits, Value};
use nuncio_core::{Error, ErrorKind, Result};

use super::{Kind, Packer};
use crate::own::Pack;

#[derive(Debug)]
struct Other(Codec);

pub(super) fn open(codec: Codec) -> Result<Packer> {
    match codec.is_supported() {
        true => Ok(Packer(Kind::Own(Arc::new(Other(codec))))),
        false => {
            let feature = codec.feature().unwrap_or_default();
            Err(Error::new(ErrorKind::Unsupported, "use the serializer")
                .on(codec.name())
                .because(format!("this build lacks it; enable the cargo feature {feature:?}")))
        }
    }
}

impl Pack for Other {
    fn pack(&self, json: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let limits = DecodeLimits::default().with_total_bytes(json.len());
        let message: Value = Codec::Json.decode_value(json, &limits)?;
        Ok(self.0.encode_value(&message, out)?)
    }

    fn unpack(&self, bytes: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<()> {
        let limits = DecodeLimits::default();
        let limits = limits.with_total_bytes(limit).with_text_bytes(limit).with_unfolded_bytes(limit);
        let message: Value = self.0.decode_value(bytes, &limits)?;
        Ok(nuncio_codec::json::encode_ascii(&message, out)?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Serializer;
    use super::*;

    const MESSAGE: &[u8] = br#"{"id":"1","from":"a","to":"b","stamp":1795170656.00012,"stamp_ord":3,"content":{"gr\u00fcn":[1,-2.5,true,"x"]}}"#;

    #[test]
    fn what_is_packed_is_unpacked_in_each_codec() {
        for codec in super::super::OTHER_CODECS.into_iter().filter(|codec| codec.is_supported()) {
            let packer = Serializer::named(codec.name()).unwrap().open().unwrap();
            let (mut packed, mut unpacked) = (Vec::new(), b"kept".to_vec());
            packer.pack(MESSAGE, &mut packed).unwrap();
            assert!(!packer.is_plain() && packed != MESSAGE, "{codec:?}");
            packer.unpack(&packed, 1000, &mut unpacked).unwrap();
            let value = |text: &[u8]| Codec::Json.decode_value(text, &DecodeLimits::default()).unwrap();
            assert_eq!(value(&unpacked[4..]), value(MESSAGE), "{codec:?}");
            assert!(packer.unpack(&packed, 20, &mut unpacked).is_err(), "{codec:?}");
            assert!(packer.unpack(b"\xc1\x00\xff", 1000, &mut unpacked).is_err(), "{codec:?}");
        }
    }
}
