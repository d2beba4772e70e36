//! What becomes of a host's name before it stands in a header.
//!
//! IPC::Transit looks a name with fewer than three dots up and goes on with the address, so that names of one host are one
//! host to gateways and keyrings. A name with more dots, and one that nobody knows, stays as it is.

use std::net::{IpAddr, Ipv4Addr, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// A lookup that takes longer counts as one that found nothing.
pub const LOOKUP_TAKES_AT_MOST: Duration = Duration::from_secs(2);
/// A name with so many dots is an address, or long enough to be meant as it is.
const DOTS_OF_AN_ADDRESS: usize = 3;

/// The name that `host` goes by in headers and keyrings: its IPv4 address, if it has fewer than three dots and the system's
/// resolver knows one within [`LOOKUP_TAKES_AT_MOST`]; else the name itself.
///
/// # Source
/// getaddrinfo(3); wire/transit.md 7.1.
pub fn normalize(host: &str) -> String {
    normalize_by(host, |host| within(LOOKUP_TAKES_AT_MOST, host, look_up))
}

fn normalize_by(host: &str, look_up: impl FnOnce(&str) -> Option<Ipv4Addr>) -> String {
    if host.bytes().filter(|byte| *byte == b'.').count() >= DOTS_OF_AN_ADDRESS {
        return host.to_owned();
    }
    look_up(host).map_or_else(|| host.to_owned(), |address| address.to_string())
}

/// The resolver cannot be called off: the thread that waits for it ends when it does.
fn within(limit: Duration, host: &str, look_up: fn(&str) -> Option<Ipv4Addr>) -> Option<Ipv4Addr> {
    let (answer, answered) = mpsc::channel();
    let asked = host.to_owned();
    let thread = thread::Builder::new().name("nuncio-lookup".to_owned());
    // Where no thread can be made nothing is found; and if nobody waits any more nobody needs the answer.
    thread.spawn(move || answer.send(look_up(&asked)).is_ok()).ok()?;
    answered.recv_timeout(limit).ok()?
}

fn look_up(host: &str) -> Option<Ipv4Addr> {
    let addresses = (host, 0).to_socket_addrs().ok()?;
    addresses.map(|address| address.ip()).find_map(|address| match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_fewer_than_three_dots_is_looked_up() {
        let known = |_: &str| Some(Ipv4Addr::new(10, 0, 0, 7));
        for short in ["host", "host.example", "a.b.example"] {
            assert_eq!(normalize_by(short, known), "10.0.0.7", "{short}");
            assert_eq!(normalize_by(short, |_| None), short);
        }
        for long in ["10.1.2.3", "a.b.c.example"] {
            assert_eq!(normalize_by(long, |host| panic!("{host} is not looked up")), long);
        }
    }

    #[test]
    fn a_resolver_that_does_not_answer_is_not_waited_for() {
        let never = |_: &str| -> Option<Ipv4Addr> {
            loop {
                thread::park();
            }
        };
        assert_eq!(within(Duration::from_millis(1), "host", never), None);
        assert_eq!(within(Duration::from_secs(60), "host", |_| Some(Ipv4Addr::LOCALHOST)), Some(Ipv4Addr::LOCALHOST));
    }

    #[test]
    fn the_machine_knows_itself() {
        assert_eq!(normalize("localhost"), "127.0.0.1");
    }
}
