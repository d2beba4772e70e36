//! How many connections one address may have, and all together.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// The connections that are open.
#[derive(Clone)]
pub(crate) struct Connections(Arc<Inner>);

struct Inner {
    per_address_max: usize,
    together_max: usize,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    together: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// One of the connections, until it is dropped.
pub(crate) struct Place {
    connections: Arc<Inner>,
    address: IpAddr,
}

impl Connections {
    pub(crate) fn new(per_address_max: usize, together_max: usize) -> Self {
        Self(Arc::new(Inner { per_address_max, together_max, open: Mutex::default() }))
    }

    /// A place for one more connection from `address`, if there is one.
    pub(crate) fn take(&self, address: IpAddr) -> Option<Place> {
        let address = one_sender(address);
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.together >= self.0.together_max {
            return None;
        }
        let count = open.by_address.entry(address).or_default();
        if *count >= self.0.per_address_max {
            return None;
        }
        *count += 1;
        open.together += 1;
        Some(Place { connections: Arc::clone(&self.0), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.connections.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.together -= 1;
        let left = open.by_address.get_mut(&self.address).map(|count| {
            *count -= 1;
            *count
        });
        if left == Some(0) {
            open.by_address.remove(&self.address);
        }
    }
}

/// A host has a whole network of IPv6 addresses to itself, of the size /64.
pub(crate) fn one_sender(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_and_gets_them_back() {
        let connections = Connections::new(2, 3);
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        let first = connections.take(address("10.0.0.1")).expect("one");
        let _second = connections.take(address("::ffff:10.0.0.1")).expect("two, of the same host");
        assert!(connections.take(address("10.0.0.1")).is_none());
        let _other = connections.take(address("2001:db8::1")).expect("another host");
        assert!(connections.take(address("10.0.0.2")).is_none(), "three together");
        drop(first);
        assert!(connections.take(address("10.0.0.1")).is_some());
        assert_eq!(one_sender(address("2001:db8::1")), one_sender(address("2001:db8::ffff")));
    }
}
