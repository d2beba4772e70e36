//! One message, posted at once and without a spool.

use std::time::Duration;

use nuncio_core::{Error, ErrorKind, Result};

use super::exchange::{Bounds, Connection, Head};
use crate::config::url::Url;

/// As much is read of what a gateway answers with: it has nothing to say that is longer.
const BODY_BYTES_MAX: usize = 64 * 1024;
const POST: &str = "post to";

/// What a gateway has answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Posted {
    /// The status of the answer, from 200 to 299: it has taken the message.
    pub status: u16,
}

/// Posts `message`, whole with its header, to `url` for the host `destination`, as this host, `sender`. Waits for each step as long as
/// `patience`.
///
/// A gateway of nuncio answers when it has the message on disk. The original answers with 200 also where it could not store
/// it.
///
/// # Errors
/// [`ErrorKind::Unavailable`] when nobody is there, or the answer was lost: whether it was taken is not known then, and the error
/// says so; [`ErrorKind::Refused`] with the status and what stood beside it.
pub async fn post(url: &Url, sender: &str, destination: &str, message: &[u8], patience: Duration) -> Result<Posted> {
    let bounds = Bounds { patience, body_bytes_max: BODY_BYTES_MAX };
    let mut connection = Connection::open(url, None, bounds).await?;
    let body_bytes = message.len();
    let head = Head { url, sender, destination, token: None, offer: None, keep: false, body_bytes };
    let to = url.to_string();
    let answered = connection.exchange(&head.text(), message, bounds).await.map_err(|error| {
        Error::new(ErrorKind::Unavailable, POST)
            .on(to.as_str())
            .because("there was no answer; whether the message was taken is not known")
            .caused_by(error)
    })?;
    match answered.status {
        status @ 200..=299 => Ok(Posted { status }),
        status => {
            let said = String::from_utf8_lossy(&answered.body);
            let reason = format!("it answered {status} {}", said.trim());
            Err(Error::new(ErrorKind::Refused, POST).on(to.as_str()).because(reason.trim_end().to_owned()))
        }
    }
}
