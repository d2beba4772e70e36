//! Where a destination is posted to.

use std::fmt;

use hyper::Uri;
use nuncio_core::{Error, ErrorKind, Result};

/// The port that IPC::Transit's gateways listen on.
pub const DEFAULT_PORT: u16 = 9816;
/// The path that IPC::Transit posts to; its gateways, and nuncio's, take any.
pub const DEFAULT_PATH: &str = "/sendMessage";
/// What stands for the destination in a URL.
const PLACEHOLDER: &str = "{host}";

/// A URL to post to: `http` or `https`, a host, a port (9816 if none is said), a path (`/sendMessage` if none is said).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// Over TLS.
    pub secure: bool,
    /// The host to connect to; an IPv6 address stands without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The path, with what follows it.
    pub path: String,
}

impl Url {
    /// Where the original posts what is for `host`.
    #[must_use]
    pub fn of_host(host: &str) -> Self {
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Self { secure: false, host, port: DEFAULT_PORT, path: DEFAULT_PATH.to_owned() }
    }

    /// Reads a URL, in which `{host}` stands for `host`.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] when it is none of this kind.
    pub fn parse(text: &str, host: &str) -> Result<Self> {
        let refused =
            |reason: &str| Error::new(ErrorKind::Misconfigured, "use as URL").on(text).because(reason.to_owned());
        let uri: Uri = text.replace(PLACEHOLDER, host).parse().map_err(|_| refused("it is not a URL"))?;
        let secure = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(refused("it begins with neither http:// nor https://")),
        };
        let authority = uri.authority().ok_or_else(|| refused("it has no host"))?;
        if authority.as_str().contains('@') {
            return Err(refused("a password does not belong there; use a token"));
        }
        let path = match uri.path_and_query().map_or("/", |path| path.as_str()) {
            "/" => DEFAULT_PATH,
            path => path,
        };
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { secure, host, port: authority.port_u16().unwrap_or(DEFAULT_PORT), path: path.to_owned() })
    }

    /// Host and port, as a request's `Host` says them.
    #[must_use]
    pub fn authority(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    /// Whether what is sent there stays on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let address = self.host.parse::<std::net::IpAddr>();
        self.host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority(), self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_what_the_original_uses() {
        for (text, expected) in [
            ("http://b", "http://b:9816/sendMessage"),
            ("https://b.example:443/in?x=1", "https://b.example:443/in?x=1"),
            ("http://{host}:80", "http://there:80/sendMessage"),
            ("http://[::1]:80/a", "http://[::1]:80/a"),
        ] {
            assert_eq!(Url::parse(text, "there").expect("a URL").to_string(), expected);
        }
        assert_eq!(Url::of_host("10.0.0.7").to_string(), "http://10.0.0.7:9816/sendMessage");
        assert_eq!(Url::of_host("::1").to_string(), "http://[::1]:9816/sendMessage");
        assert!(Url::of_host("127.0.0.3").is_loopback() && !Url::of_host("10.0.0.1").is_loopback());
        for bad in ["", "b", "ftp://b", "/path", "http://", "http://user:word@b/"] {
            assert_eq!(Url::parse(bad, "x").expect_err("refused").kind(), ErrorKind::Misconfigured, "{bad}");
        }
    }
}
