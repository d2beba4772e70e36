//! What this host is called by others.

use std::collections::BTreeSet;
use std::env;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use nuncio_core::{Error, Result};

/// The environment variable with further names of this host, separated by colons.
pub const OWN_NAMES_VARIABLE: &str = "TRANSIT_EXTRA_MES";
/// So long the resolver is waited for, for all addresses together.
const LOOKUPS_TAKE_AT_MOST: Duration = Duration::from_secs(2);

/// The names and addresses of this host. A message for one of them has arrived; one for another host goes on.
///
/// Names are compared without regard to the case of ASCII letters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnNames {
    names: BTreeSet<String>,
}

impl OwnNames {
    /// Every address of a network interface and the name that the resolver has for it, `127.0.0.1`, `localhost`, the
    /// machine's own name, and what `TRANSIT_EXTRA_MES` names.
    ///
    /// Asks the resolver, and waits two seconds for it at most; what it has not answered by then is not among the names.
    ///
    /// # Errors
    /// Those of asking the kernel.
    pub fn discover() -> Result<Self> {
        let failed = |error| Error::io("find the names of this host", error);
        let addresses = nuncio_sys::host::addresses().map_err(failed)?;
        let mut own = Self::default().with("127.0.0.1").with("localhost");
        own.add(&nuncio_sys::host::name().map_err(failed)?);
        let (name, names) = mpsc::channel();
        for address in addresses {
            own.add(&address.to_string());
            let name = name.clone();
            let thread = thread::Builder::new().name("nuncio-lookup".to_owned());
            // A name that cannot be asked for, or that nobody waits for any more, is one that the host does not have.
            let _ = thread.spawn(move || nuncio_sys::host::name_of(address).map(|found| name.send(found)));
        }
        drop(name);
        let until = Instant::now() + LOOKUPS_TAKE_AT_MOST;
        while let Ok(name) = names.recv_timeout(until.saturating_duration_since(Instant::now())) {
            own.add(&name);
        }
        let extra = env::var(OWN_NAMES_VARIABLE).unwrap_or_default();
        extra.split(':').for_each(|name| own.add(name));
        Ok(own)
    }

    /// With one more name.
    #[must_use]
    pub fn with(mut self, name: &str) -> Self {
        self.add(name);
        self
    }

    /// Whether `host` is this one.
    pub fn contains(&self, host: &str) -> bool {
        self.names.contains(&host.to_ascii_lowercase())
    }

    /// All of them, in lower case, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    fn add(&mut self, name: &str) {
        if !name.is_empty() {
            self.names.insert(name.to_ascii_lowercase());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_found_under_its_addresses_and_names() {
        let own = OwnNames::discover().expect("the kernel answers");
        for name in ["127.0.0.1", "localhost", "LocalHost", &nuncio_sys::host::name().expect("text")] {
            assert!(own.contains(name), "{name} is missing in {own:?}");
        }
        assert!(!own.contains("192.0.2.1") && !own.contains(""));
        assert!(own.with("Elsewhere.example").contains("elsewhere.EXAMPLE"));
    }
}
