//! The two files of a keyring as text: a key on each line, and whatever comments somebody has put between them.
//!
//! | file | line |
//! |---|---|
//! | `own-keys` | secret key, when it was added (Unix time), comment |
//! | `trusted-keys` | host, public key, when it was added (Unix time), comment |
//!
//! Fields are separated by blanks; the comment is the rest of the line. Empty lines, and those that begin with `#`, are kept.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nuncio_core::{Error, ErrorKind, Result};
use zeroize::Zeroizing;

use super::super::key::{PublicKey, SecretKey};
use super::super::keys::{OwnKey, TrustedKey};
use crate::remote::check_host;

pub(super) const COMMENT_BYTES_MAX: usize = 255;

/// Reads the keys of `text`, the newest last.
pub(super) fn read_own(text: &str) -> Result<Vec<OwnKey>> {
    each_key(text, |line| {
        let (key, rest) = split_field(line);
        let (added, comment) = split_added(rest)?;
        let secret: SecretKey = key.parse()?;
        Ok(OwnKey { public: secret.public_key(), secret, added, comment: comment.to_owned() })
    })
}

/// Reads the trusted keys of `text`, the one that was trusted last at the end.
pub(super) fn read_trusted(text: &str) -> Result<Vec<TrustedKey>> {
    each_key(text, |line| {
        let (host, rest) = split_field(line);
        let (key, rest) = split_field(rest);
        let (added, comment) = split_added(rest)?;
        check_host(host)?;
        Ok(TrustedKey { host: host.to_owned(), public: trustworthy(key.parse()?)?, added, comment: comment.to_owned() })
    })
}

/// The line of a key of our own, wiped when dropped.
pub(super) fn own_line(key: &SecretKey, added: SystemTime, comment: &str) -> Zeroizing<String> {
    Zeroizing::new(format!("{} {} {comment}", key.to_base64().as_str(), seconds(added)).trim_end().to_owned())
}

/// The line of a trusted key.
pub(super) fn trusted_line(host: &str, key: &PublicKey, added: SystemTime, comment: &str) -> String {
    format!("{host} {key} {} {comment}", seconds(added)).trim_end().to_owned()
}

/// Refuses a comment that would not stay on its line.
pub(super) fn check_comment(comment: &str) -> Result<()> {
    let wrong = |reason: String| Err(Error::new(ErrorKind::ApiMisuse, "note the comment").because(reason));
    if comment.len() > COMMENT_BYTES_MAX {
        return wrong(format!("it is {} bytes, limit is {COMMENT_BYTES_MAX} bytes", comment.len()));
    }
    match comment.contains(char::is_control) {
        true => wrong("a comment is one line without control characters".to_owned()),
        false => Ok(()),
    }
}

/// Refuses the published key: whoever trusts it trusts everybody.
pub(super) fn trustworthy(key: PublicKey) -> Result<PublicKey> {
    match key == PublicKey::DANGER_DEFAULT {
        false => Ok(key),
        true => Err(Error::new(ErrorKind::PermissionDenied, "trust the key")
            .because("its secret half comes with IPC::Transit: everybody has it")),
    }
}

/// Refuses the published secret as a key of our own.
pub(super) fn own_secret(key: &SecretKey) -> Result<()> {
    match key.public_key() == PublicKey::DANGER_DEFAULT {
        false => Ok(()),
        true => Err(Error::new(ErrorKind::PermissionDenied, "import the key")
            .because("it comes with IPC::Transit: everybody has it")),
    }
}

pub(super) fn is_key(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#')
}

fn each_key<K>(text: &str, read: impl Fn(&str) -> Result<K>) -> Result<Vec<K>> {
    let lines = text.lines().enumerate().filter(|(_, line)| is_key(line));
    lines
        .map(|(index, line)| {
            let failed = || Error::new(ErrorKind::Corrupt, "read the keyring").because(format!("line {}", index + 1));
            read(line.trim()).map_err(|error| failed().caused_by(error))
        })
        .collect()
}

fn split_field(text: &str) -> (&str, &str) {
    let (field, rest) = text.split_once([' ', '\t']).unwrap_or((text, ""));
    (field, rest.trim_start())
}

fn split_added(rest: &str) -> Result<(SystemTime, &str)> {
    let (added, comment) = split_field(rest);
    let seconds = if added.is_empty() { Some(0) } else { added.parse::<u64>().ok() };
    let time = seconds.and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
    let time = time.ok_or_else(|| {
        Error::new(ErrorKind::Corrupt, "read the time").because("Unix time, a number, stands before the comment")
    })?;
    Ok((time, comment))
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
