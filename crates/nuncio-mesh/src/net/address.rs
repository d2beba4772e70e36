//! Addresses, as configurations and other nodes write them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

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

/// Refuses an address where plain text would leave this machine.
pub(super) fn allow(is_allowed: bool, text: &str) -> Result<()> {
    match is_allowed {
        true => Ok(()),
        false => Err(misconfigured(
            text,
            "without TLS only addresses of this machine are used, unless plain text is allowed (danger_plaintext)",
        )),
    }
}

/// The addresses by which others reach a listener: of one on every address, those of all interfaces but loopback.
pub(super) fn as_others_see(listener: SocketAddr) -> std::io::Result<Vec<SocketAddr>> {
    if !listener.ip().is_unspecified() {
        return Ok(vec![listener]);
    }
    let is_of_kind = |ip: &IpAddr| ip.is_ipv4() == listener.is_ipv4() && !ip.is_loopback();
    let is_link_local = |ip: &IpAddr| matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local());
    let own = nuncio_sys::host::addresses()?;
    let own = own.into_iter().filter(|ip| is_of_kind(ip) && !is_link_local(ip));
    let own: Vec<_> = own.map(|ip| SocketAddr::new(ip, listener.port())).collect();
    // A machine without a network has itself.
    let itself = if listener.is_ipv4() { IpAddr::from(Ipv4Addr::LOCALHOST) } else { Ipv6Addr::LOCALHOST.into() };
    Ok(if own.is_empty() { vec![SocketAddr::new(itself, listener.port())] } else { own })
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

pub(crate) fn this_host() -> String {
    nuncio_sys::host::name().unwrap_or_else(|_| "localhost".to_owned())
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

    #[test]
    fn a_listener_on_every_address_is_known_by_those_of_the_interfaces() {
        let one = SocketAddr::from(([127, 0, 0, 1], 7));
        assert_eq!(as_others_see(one).expect("it is one"), [one]);
        let all = as_others_see(SocketAddr::from(([0, 0, 0, 0], 7))).expect("they are known");
        assert!(!all.is_empty() && all.iter().all(|one| !one.ip().is_unspecified() && one.port() == 7), "{all:?}");
    }
}
