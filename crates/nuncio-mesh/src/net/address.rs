//! Addresses, as configurations and other nodes write them.

use std::net::SocketAddr;

use nuncio_core::{Error, ErrorKind, Result};

/// The customary port of the mesh.
pub(super) const PORT: u16 = 4040;

/// The socket addresses that `text` stands for: `host:port`, `host`, `[v6]:port`, or a bare port of this host. `*` as the
/// host is every address of this machine, and as the port any that is free.
pub(super) async fn resolve(text: &str) -> Result<Vec<SocketAddr>> {
    let (host, port) = parts(text).ok_or_else(|| misconfigured(text, "this is no address of the form host:port"))?;
    let found = tokio::net::lookup_host((host.as_str(), port)).await;
    let found = found.map_err(|error| {
        Error::new(ErrorKind::Unavailable, "find the address")
            .on(text)
            .because("the host's name is not known")
            .caused_by(error)
    })?;
    Ok(found.collect())
}

fn parts(text: &str) -> Option<(String, u16)> {
    let host_of = |host: &str| match host {
        "*" => "0.0.0.0".to_owned(),
        _ => host.trim_start_matches('[').trim_end_matches(']').to_owned(),
    };
    let port_of = |port: &str| match port {
        "*" => Some(0),
        _ => port.parse::<u16>().ok(),
    };
    if let Ok(port) = text.parse::<u16>() {
        return Some((this_host(), port));
    }
    match text.rsplit_once(':') {
        _ if text.is_empty() => Some((this_host(), PORT)),
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => Some((host_of(host), port_of(port)?)),
        _ => Some((host_of(text), PORT)),
    }
}

fn this_host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

fn misconfigured(text: &str, reason: &'static str) -> Error {
    Error::new(ErrorKind::Misconfigured, "use the address").on(text).because(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_in_all_their_forms() {
        let read = |text: &str| parts(text).expect(text);
        assert_eq!(read("10.0.0.1:48082"), ("10.0.0.1".to_owned(), 48082));
        assert_eq!(read("host"), ("host".to_owned(), PORT));
        assert_eq!(read("[::1]:7"), ("::1".to_owned(), 7));
        assert_eq!(read("::1"), ("::1".to_owned(), PORT));
        assert_eq!(read("*:*"), ("0.0.0.0".to_owned(), 0));
        assert_eq!((read("7").1, read("").1), (7, PORT));
        assert_eq!(parts("host:x"), None);
    }
}
