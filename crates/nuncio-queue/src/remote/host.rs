//! What can be a host's name: it stands in headers and in keyrings, and so is checked once.

use nuncio_core::{Error, ErrorKind, Result};

/// As names in the domain name system.
const BYTES_MAX: usize = 255;

/// Refuses what cannot stand in a header or in a keyring.
pub(crate) fn check_host(host: &str) -> Result<()> {
    match fault(host) {
        None => Ok(()),
        Some(reason) => Err(Error::new(ErrorKind::InvalidName, "use as host name").on(host).because(reason)),
    }
}

fn fault(host: &str) -> Option<String> {
    if host.is_empty() {
        return Some("a name is not empty".to_owned());
    }
    if host.len() > BYTES_MAX {
        return Some(format!("the name is {} bytes, limit is {BYTES_MAX} bytes", host.len()));
    }
    let is_odd = |character: char| character.is_whitespace() || character.is_control() || ",=/".contains(character);
    (host.starts_with('#') || host.contains(is_odd)).then(|| {
        "a host name holds no white space, control characters, `,`, `=` or `/`, and does not begin with `#`".to_owned()
    })
}

/// The port that `host` ends in, as in `host:9816` and `[::1]:9816`; an address with several colons has none.
pub(super) fn port_of(host: &str) -> Option<&str> {
    let (name, port) = host.rsplit_once(':')?;
    let is_bracketed = name.starts_with('[') && name.ends_with(']');
    let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && (is_bracketed || !name.contains(':'))).then_some(port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_add_to_a_header_or_to_a_line_is_no_name() {
        for bad in ["", "a,q=x", "a=b", "a b", "a\nb", "a\tb", "#a", "a/b", "a\0", &"h".repeat(256)] {
            assert_eq!(check_host(bad).expect_err(bad).kind(), ErrorKind::InvalidName, "{bad:?}");
        }
        for good in ["localhost", "10.0.0.1", "::1", "a_b.example", "größe"] {
            check_host(good).expect(good);
        }
    }

    #[test]
    fn a_port_is_told_from_an_address() {
        for (host, port) in [
            ("h:9816", Some("9816")),
            ("[::1]:80", Some("80")),
            ("::1", None),
            ("h:", None),
            ("h", None),
            ("h:x", None),
        ] {
            assert_eq!(port_of(host), port, "{host}");
        }
    }
}
