//! Requests as they are written.

use std::time::Duration;

use nuncio_codec::Codec;
use nuncio_core::{Error, ErrorKind, Result};
use serde::Serialize;

use super::pending::PREFIX;
use crate::Raw;
use crate::wire::write;

/// What a request has for data.
#[derive(Debug)]
pub(crate) enum Payload<'a, T: ?Sized> {
    Absent,
    Json(&'a Raw),
    Value(&'a T),
}

/// What all requests of a client have in common.
#[derive(Debug)]
pub(crate) struct Composer {
    /// The members after the data.
    tail: Vec<u8>,
    announces_timeout: bool,
    record_bytes_max: usize,
}

impl Composer {
    pub(crate) fn new(user_agent: &str, announces_timeout: bool, record_bytes_max: usize) -> Self {
        let mut tail = format!(",\"pid\":{},\"userAgent\":", std::process::id()).into_bytes();
        write::string(&mut tail, user_agent);
        Self { tail, announces_timeout, record_bytes_max }
    }

    /// Appends the request `number`. Nothing is appended if it cannot be written.
    pub(crate) fn append<T: Serialize + ?Sized>(
        &self,
        out: &mut Vec<u8>,
        number: u64,
        uri: &str,
        data: &Payload<'_, T>,
        timeout: Option<Duration>,
    ) -> Result<()> {
        write::whole(out, |out| {
            let start = out.len();
            self.write(out, number, uri, data, timeout)?;
            // The line feed is not part of it.
            match out.len() - start - 1 {
                bytes if bytes > self.record_bytes_max => Err(Error::new(ErrorKind::TooLarge, "request")
                    .on(uri)
                    .because(format!("the record is {bytes} bytes, the limit is {} bytes", self.record_bytes_max))),
                _ => Ok(()),
            }
        })
    }

    fn write<T: Serialize + ?Sized>(
        &self,
        out: &mut Vec<u8>,
        number: u64,
        uri: &str,
        data: &Payload<'_, T>,
        timeout: Option<Duration>,
    ) -> Result<()> {
        out.extend_from_slice(b"{\"ipcReqID\":\"");
        out.extend_from_slice(PREFIX.as_bytes());
        out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
        out.extend_from_slice(b"\",\"uri\":");
        write::string(out, uri);
        match data {
            Payload::Absent => {}
            Payload::Json(raw) => {
                out.extend_from_slice(b",\"data\":");
                out.extend_from_slice(raw.json().as_bytes());
            }
            Payload::Value(value) => {
                out.extend_from_slice(b",\"data\":");
                Codec::Json.encode(*value, out)?;
            }
        }
        out.extend_from_slice(&self.tail);
        if let Some(timeout) = timeout.filter(|_| self.announces_timeout) {
            out.extend_from_slice(b",\"nuncio\":{\"timeout\":");
            let milliseconds = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
            out.extend_from_slice(itoa::Buffer::new().format(milliseconds).as_bytes());
            out.push(b'}');
        }
        out.extend_from_slice(b"}\n");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn composed(composer: &Composer, data: &Payload<'_, str>) -> String {
        let mut out = Vec::new();
        composer.append(&mut out, 7, "/a\"b", data, Some(Duration::from_millis(1500))).expect("JSON");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn members_stand_in_the_order_of_the_reference() {
        let pid = std::process::id();
        assert_eq!(
            composed(&Composer::new("me", false, 1000), &Payload::Value("x")),
            format!("{{\"ipcReqID\":\"rq7\",\"uri\":\"/a\\\"b\",\"data\":\"x\",\"pid\":{pid},\"userAgent\":\"me\"}}\n")
        );
        assert!(
            composed(&Composer::new("me", true, 1000), &Payload::Absent).ends_with(",\"nuncio\":{\"timeout\":1500}}\n")
        );
    }

    #[test]
    fn what_is_too_large_or_no_json_is_not_appended() {
        let composer = Composer::new("me", false, 100);
        let mut out = b"before".to_vec();
        let error = composer.append(&mut out, 0, "/a", &Payload::Value(&"x".repeat(100)), None).expect_err("too large");
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        composer.append(&mut out, 0, "/a", &Payload::Value(&f64::INFINITY), None).expect_err("no JSON");
        assert_eq!(out, b"before");
    }
}
