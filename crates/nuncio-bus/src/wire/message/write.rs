//! Messages are written.

use std::time::SystemTime;

use nuncio_codec::Codec;
use nuncio_core::{Error, ErrorKind, Item, Payload, Result};

use super::plain::{self, Head};
use crate::wire::id::{TICKS_PER_SECOND, Tick, ticks_of};
use crate::wire::json;

/// Writes the messages of one peer.
#[derive(Clone, Debug)]
pub struct Writer {
    /// `,"from":"..","to":` as it stands in each message.
    from: Vec<u8>,
    payload_bytes_max: usize,
    header_bytes_max: usize,
}

/// A receiver, as the messages of one peer to it begin.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// Its id, in quotes.
    json: Vec<u8>,
    id: String,
    head: Option<Head>,
}

impl Writer {
    /// Messages from `id`, with payloads of up to `payload_bytes_max` and headers of up to `header_bytes_max` in all.
    pub fn new(id: &str, payload_bytes_max: usize, header_bytes_max: usize) -> Self {
        Self { from: from_member(id), payload_bytes_max, header_bytes_max }
    }

    /// Somebody called `id`, to whom it writes.
    pub fn recipient(&self, id: &str) -> Recipient {
        let mut json = Vec::new();
        append_text(id, &mut json);
        let head = Head::new(&self.from, &json);
        Recipient { json, id: id.to_owned(), head }
    }

    /// Appends `item` for `to` as JSON text in ASCII, sent at `now` unless it says when. Gives the id that it has.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`] for a payload and [`ErrorKind::LimitExceeded`] for headers above the limits;
    /// [`ErrorKind::Unsupported`] for bytes that are no JSON; [`ErrorKind::ApiMisuse`] for a payload of null, which nobody
    /// could tell from none; those of encoding it. `out` then has its former length.
    #[inline(always)]
    pub fn write(&self, item: &Item<'_>, to: &Recipient, now: SystemTime, out: &mut Vec<u8>) -> Result<Tick> {
        let (start, tick) = (out.len(), Tick::next(now));
        let written = match &to.head {
            Some(head) if plain::is_plain(item, tick) => self.append_plain(&item.payload, (to, head), tick, out),
            _ => self.append(item, to, tick, out),
        };
        match written {
            Ok(()) => Ok(tick),
            Err(error) => {
                out.truncate(start);
                Err(error)
            }
        }
    }

    #[inline(always)]
    fn append_plain(
        &self,
        payload: &Payload<'_>,
        (to, head): (&Recipient, &Head),
        tick: Tick,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let start = out.len();
        head.append(tick, out);
        let content = out.len();
        self.append_content(payload, to, out)?;
        let content_bytes = out.len() - content;
        out.push(b'}');
        Head::announce(&mut out[start..], content_bytes);
        Ok(())
    }

    #[cold]
    fn append(&self, item: &Item<'_>, to: &Recipient, tick: Tick, out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(b"{\"id\":");
        match item.id {
            "" => {
                out.push(b'"');
                out.extend_from_slice(&tick.id());
                out.push(b'"');
            }
            id => append_text(id, out),
        }
        match item.from {
            "" => out.extend_from_slice(&self.from),
            from => out.extend_from_slice(&from_member(from)),
        }
        out.extend_from_slice(&to.json);
        out.extend_from_slice(b",\"stamp\":");
        append_stamp(item.stamp.map_or(tick.ticks(), ticks_of), out);
        out.extend_from_slice(b",\"stamp_ord\":");
        out.extend_from_slice(itoa::Buffer::new().format(tick.order()).as_bytes());
        if item.broadcast {
            out.extend_from_slice(b",\"broadcast\":1");
        }
        if !item.headers.is_empty() {
            self.append_headers(item, to, out)?;
        }
        out.extend_from_slice(b",\"content\":");
        self.append_content(&item.payload, to, out)?;
        out.push(b'}');
        Ok(())
    }

    fn append_headers(&self, item: &Item<'_>, to: &Recipient, out: &mut Vec<u8>) -> Result<()> {
        let bytes: usize = item.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        if bytes > self.header_bytes_max {
            let reason = format!("headers are {bytes} bytes, limit is {} bytes", self.header_bytes_max);
            return Err(send_error(ErrorKind::LimitExceeded, to).because(reason));
        }
        out.extend_from_slice(b",\"nuncio\":{");
        for (index, (name, value)) in item.headers.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            append_text(name, out);
            out.push(b':');
            append_text(value, out);
        }
        out.push(b'}');
        Ok(())
    }

    #[inline(always)]
    fn append_content(&self, payload: &Payload<'_>, to: &Recipient, out: &mut Vec<u8>) -> Result<()> {
        let start = out.len();
        match payload {
            Payload::Encode(value) => value.encode_ascii(out)?,
            other => append_other(other, to, out)?,
        }
        let content = &out[start..];
        if content.len() > self.payload_bytes_max || content == b"null" {
            return Err(self.refuse(content, to));
        }
        Ok(())
    }

    #[cold]
    fn refuse(&self, content: &[u8], to: &Recipient) -> Error {
        if content == b"null" {
            return send_error(ErrorKind::ApiMisuse, to).because("the content is null, which counts as none");
        }
        let reason = format!("payload is {} bytes, limit is {} bytes", content.len(), self.payload_bytes_max);
        send_error(ErrorKind::TooLarge, to).because(reason)
    }
}

#[cold]
fn send_error(kind: ErrorKind, to: &Recipient) -> Error {
    Error::new(kind, "send to").on(to.id.as_str())
}

fn from_member(id: &str) -> Vec<u8> {
    let mut out = b",\"from\":".to_vec();
    append_text(id, &mut out);
    out.extend_from_slice(b",\"to\":");
    out
}

#[inline(never)]
fn append_other(payload: &Payload<'_>, to: &Recipient, out: &mut Vec<u8>) -> Result<()> {
    match payload {
        Payload::Value(value) => Ok(nuncio_codec::json::encode_ascii(value, out)?),
        Payload::Encoded { codec: Some(Codec::Json), bytes } => append_json(bytes, to, out),
        _ => Err(send_error(ErrorKind::Unsupported, to).because("a bus carries JSON values, no bytes")),
    }
}

fn append_json(text: &[u8], to: &Recipient, out: &mut Vec<u8>) -> Result<()> {
    json::check(text).map_err(|malformed| {
        send_error(ErrorKind::ApiMisuse, to).because("the payload is said to be JSON").caused_by(malformed)
    })?;
    let start = out.len();
    out.extend_from_slice(text.trim_ascii());
    json::make_ascii(out, start);
    Ok(())
}

/// Appends `text` as a JSON string in ASCII.
pub fn append_text(text: &str, out: &mut Vec<u8>) {
    // A text has no value that JSON could not say.
    let _ = nuncio_codec::json::encode_ascii(text, out);
}

/// Seconds with five decimals.
fn append_stamp(ticks: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(ticks / TICKS_PER_SECOND).as_bytes());
    let mut fraction = ticks % TICKS_PER_SECOND;
    let mut digits = *b".00000";
    for place in digits[1..].iter_mut().rev() {
        *place += (fraction % 10) as u8;
        fraction /= 10;
    }
    out.extend_from_slice(&digits);
}
