//! What this machine is called.
//!
//! # Source
//! uname(2), getaddrinfo(3), hostname(1).

use std::ffi::{CStr, CString};
use std::io;

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
    fn a_numeric_host_is_its_own_canonical_name() {
        assert_eq!(canonical_name(c"127.0.0.1").as_deref(), Some("127.0.0.1"));
    }

    #[test]
    fn what_is_no_host_name_has_no_canonical_name() {
        assert_eq!(canonical_name(c""), None);
    }
}
