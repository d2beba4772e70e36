//! The reference's configuration, as its users have it in their files.

use std::path::PathBuf;
use std::time::Duration;

use nuncio_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Deserializer};

/// The keys of the reference's component `IPCServer`. Keys that it does not know are errors.
///
/// ```
/// let config: nuncio_rpc::Config = serde_json::from_str(r#"{"socket_path": "/run/app.sock", "socket_chmod": "660"}"#)?;
/// assert_eq!(config.mode()?, Some(0o660));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Source
/// `docs/wire/rpc.md`, settings.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// Where the socket is.
    pub socket_path: PathBuf,
    /// Permission bits in octal, as text or as a number of octal digits. Absent or empty: 0600, where the
    /// reference takes 777 or what the umask leaves.
    #[serde(default, deserialize_with = "text_or_number")]
    pub socket_chmod: Option<String>,
    /// How long shutdown waits for requests in work, in milliseconds. Default 2000.
    #[serde(default = "exit_timeout")]
    pub exit_timeout: u64,
    /// The length of an interval of the statistics: `minute`, `hour` or `day`; empty for none. Default `minute`.
    #[serde(default = "interval")]
    pub log_stats_interval: String,
    /// An answer that takes longer counts as slow, in milliseconds. Default 20.
    #[serde(default = "slow_threshold")]
    pub slow_threshold_ms: u64,
}

impl Config {
    /// The mode of the socket; `None` for the default.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] if it is not octal or above 7777.
    pub fn mode(&self) -> Result<Option<u32>> {
        match self.socket_chmod.as_deref() {
            None | Some("") => Ok(None),
            Some(text) => parse_mode(text).map(Some),
        }
    }

    /// The length of an interval of the statistics; `None` for none.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] if it is no event of the reference that comes at intervals.
    pub fn interval(&self) -> Result<Option<Duration>> {
        let seconds = match self.log_stats_interval.as_str() {
            "" => return Ok(None),
            "tick" => 1,
            "minute" => 60,
            "hour" => 3600,
            "day" => 86_400,
            other => return Err(wrong("log_stats_interval", other, "it is none of tick, minute, hour, day")),
        };
        Ok(Some(Duration::from_secs(seconds)))
    }
}

/// Permission bits from octal digits, as in `600` and `0600`.
///
/// # Errors
/// [`ErrorKind::Misconfigured`] if they are not octal, or above 7777.
pub fn parse_mode(text: &str) -> Result<u32> {
    let mode = u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o7777 && !text.starts_with('+'));
    mode.ok_or_else(|| wrong("socket_chmod", text, "a mode is octal digits up to 7777"))
}

fn wrong(key: &'static str, value: &str, reason: &'static str) -> Error {
    Error::new(ErrorKind::Misconfigured, "read the configuration").on(key).because(format!("{value:?}: {reason}"))
}

fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u32),
        Text(String),
    }
    Ok(Option::<Either>::deserialize(deserializer)?.map(|either| match either {
        Either::Number(number) => number.to_string(),
        Either::Text(text) => text,
    }))
}

const fn exit_timeout() -> u64 {
    2000
}

fn interval() -> String {
    "minute".to_owned()
}

const fn slow_threshold() -> u64 {
    20
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(json: &str) -> Config {
        serde_json::from_str(json).expect("a configuration")
    }

    #[test]
    fn defaults_are_those_of_the_reference_but_for_the_mode() {
        let config = config(r#"{"socket_path":"/run/a"}"#);
        assert_eq!((config.exit_timeout, config.slow_threshold_ms), (2000, 20));
        assert_eq!(config.interval().expect("known"), Some(Duration::from_secs(60)));
        assert_eq!(config.mode().expect("none"), None);
    }

    #[test]
    fn modes_are_octal() {
        for (json, mode) in [("\"777\"", 0o777), ("\"0660\"", 0o660), ("600", 0o600)] {
            let config = config(&format!(r#"{{"socket_path":"/run/a","socket_chmod":{json}}}"#));
            assert_eq!(config.mode().expect("octal"), Some(mode), "{json}");
        }
        let empty = config(r#"{"socket_path":"/run/a","socket_chmod":""}"#);
        assert_eq!(empty.mode().expect("none"), None, "never more open than the default unless it is said");
        for wrong in ["888", "+600", "10000", "rw"] {
            assert_eq!(parse_mode(wrong).expect_err(wrong).kind(), ErrorKind::Misconfigured);
        }
    }

    #[test]
    fn what_is_unknown_is_an_error() {
        serde_json::from_str::<Config>(r#"{"socket_path":"/run/a","socket_mode":"600"}"#).expect_err("unknown");
        let config = config(r#"{"socket_path":"/run/a","log_stats_interval":"fortnight"}"#);
        assert!(config.interval().expect_err("unknown").to_string().contains("\"fortnight\""));
    }
}
