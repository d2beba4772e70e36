//! What this machine is called, and its addresses.
//!
//! # Source
//! uname(2), getaddrinfo(3), getifaddrs(3), getnameinfo(3), hostname(1).

use std::ffi::{CStr, CString, c_char};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The machine's own name, as `hostname` prints it.
///
/// # Errors
/// `InvalidData` if the name is not UTF-8.
pub fn name() -> io::Result<String> {
    let uname = rustix::system::uname();
    let name = uname.nodename().to_str().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    Ok(name.to_owned())
}

/// The machine's name with its domain, as `hostname -f` prints it; none if the resolver does not know the machine.
///
/// Asks the system's resolver, which may ask the network: it can take seconds where that is broken.
pub fn fully_qualified_name() -> Option<String> {
    canonical_name(&CString::new(name().ok()?).ok()?)
}

/// The addresses of the machine's network interfaces, in the kernel's order.
///
/// # Errors
/// Those of getifaddrs(3).
pub fn addresses() -> io::Result<Vec<IpAddr>> {
    let interfaces = Interfaces::ask()?;
    let mut addresses = Vec::new();
    let mut next = interfaces.0;
    while !next.is_null() {
        // SAFETY: `next` is an entry of the list, which lives as long as `interfaces`.
        let entry = unsafe { &*next };
        addresses.extend(address_of(entry.ifa_addr));
        next = entry.ifa_next;
    }
    Ok(addresses)
}

/// The name that the system's resolver has for `address`; none if it has none.
///
/// May ask the network, as [`fully_qualified_name`].
pub fn name_of(address: IpAddr) -> Option<String> {
    let mut name = [0 as c_char; libc::NI_MAXHOST as usize];
    match address {
        IpAddr::V4(address) => {
            let socket = libc::sockaddr_in {
                sin_family: libc::AF_INET as libc::sa_family_t,
                sin_port: 0,
                sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes(address.octets()) },
                sin_zero: [0; 8],
            };
            ask_name(&socket, &mut name)
        }
        IpAddr::V6(address) => {
            let socket = libc::sockaddr_in6 {
                sin6_family: libc::AF_INET6 as libc::sa_family_t,
                sin6_port: 0,
                sin6_flowinfo: 0,
                sin6_addr: libc::in6_addr { s6_addr: address.octets() },
                sin6_scope_id: 0,
            };
            ask_name(&socket, &mut name)
        }
    }
}

/// Asks for the name of a socket address, which is a `sockaddr_in` or a `sockaddr_in6`.
fn ask_name<S>(socket: &S, name: &mut [c_char]) -> Option<String> {
    let bytes = libc::socklen_t::try_from(size_of::<S>()).ok()?;
    let name_bytes = libc::socklen_t::try_from(name.len()).ok()?;
    // SAFETY: `socket` is a socket address of `bytes` bytes and is read only; `name` has room for `name_bytes`; no service
    // is asked for.
    let status = unsafe {
        libc::getnameinfo(
            std::ptr::from_ref(socket).cast(),
            bytes,
            name.as_mut_ptr(),
            name_bytes,
            std::ptr::null_mut(),
            0,
            libc::NI_NAMEREQD,
        )
    };
    if status != 0 {
        return None;
    }
    // SAFETY: on success `name` holds a NUL-terminated string.
    let name = unsafe { CStr::from_ptr(name.as_ptr()) };
    Some(name.to_str().ok()?.to_owned())
}

/// The internet address in `socket`, if it is one.
fn address_of(socket: *const libc::sockaddr) -> Option<IpAddr> {
    if socket.is_null() {
        return None;
    }
    // SAFETY: every socket address begins with its family.
    let family = i32::from(unsafe { (*socket).sa_family });
    match family {
        libc::AF_INET => {
            // SAFETY: the family says that it is a `sockaddr_in`; it is copied without regard to alignment.
            let socket = unsafe { socket.cast::<libc::sockaddr_in>().read_unaligned() };
            Some(Ipv4Addr::from(socket.sin_addr.s_addr.to_ne_bytes()).into())
        }
        libc::AF_INET6 => {
            // SAFETY: the family says that it is a `sockaddr_in6`; it is copied without regard to alignment.
            let socket = unsafe { socket.cast::<libc::sockaddr_in6>().read_unaligned() };
            Some(Ipv6Addr::from(socket.sin6_addr.s6_addr).into())
        }
        _ => None,
    }
}

/// A list that getifaddrs has made.
struct Interfaces(*mut libc::ifaddrs);

impl Interfaces {
    fn ask() -> io::Result<Self> {
        let mut list = std::ptr::null_mut();
        // SAFETY: on success `list` is set to a list that is ours.
        match unsafe { libc::getifaddrs(&mut list) } {
            0 => Ok(Self(list)),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

impl Drop for Interfaces {
    fn drop(&mut self) {
        // SAFETY: the list came from a successful getifaddrs and is freed once, here.
        unsafe { libc::freeifaddrs(self.0) };
    }
}

fn canonical_name(host: &CStr) -> Option<String> {
    let addresses = Addresses::resolve(host)?;
    // SAFETY: the list is not empty when getaddrinfo succeeds, and is kept alive by `addresses`.
    let name = unsafe { (*addresses.0).ai_canonname };
    if name.is_null() {
        return None;
    }
    // SAFETY: with AI_CANONNAME the first entry holds a NUL-terminated string, which lives as long as the list.
    let name = unsafe { CStr::from_ptr(name) };
    Some(name.to_str().ok()?.to_owned())
}

/// A list that getaddrinfo has made.
struct Addresses(*mut libc::addrinfo);

impl Addresses {
    fn resolve(host: &CStr) -> Option<Self> {
        // SAFETY: zero is a valid value for each field of addrinfo, and what getaddrinfo wants in those not set.
        let mut hints: libc::addrinfo = unsafe { std::mem::zeroed() };
        hints.ai_flags = libc::AI_CANONNAME;
        hints.ai_socktype = libc::SOCK_DGRAM;
        let mut list = std::ptr::null_mut();
        // SAFETY: `host` and `hints` are read during the call only; on success `list` is set to a list that is ours.
        let status = unsafe { libc::getaddrinfo(host.as_ptr(), std::ptr::null(), &hints, &mut list) };
        (status == 0).then_some(Self(list))
    }
}

impl Drop for Addresses {
    fn drop(&mut self) {
        // SAFETY: the list came from a successful getaddrinfo and is freed once, here.
        unsafe { libc::freeaddrinfo(self.0) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_kernels() {
        let kernel = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
        assert_eq!(name().unwrap(), kernel.trim_end());
    }

    #[test]
    fn the_loopback_interface_has_an_address_and_an_unused_address_no_name() {
        assert!(addresses().unwrap().iter().any(IpAddr::is_loopback));
        assert_eq!(name_of(IpAddr::V4(Ipv4Addr::LOCALHOST)).as_deref(), Some("localhost"));
    }

    #[test]
    fn a_numeric_host_is_its_own_canonical_name() {
        assert_eq!(canonical_name(c"127.0.0.1").as_deref(), Some("127.0.0.1"));
    }

    #[test]
    fn what_is_no_host_name_has_no_canonical_name() {
        assert_eq!(canonical_name(c""), None);
    }
}
