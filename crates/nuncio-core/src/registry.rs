//! From a scheme to the driver behind it: an explicit table, filled by whoever assembles a program.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::address::Address;
use crate::driver::Driver;
use crate::error::{Error, ErrorKind, Result};

/// Makes a driver from an address; takes the options it knows ([`Address::take_option`]) and refuses the rest.
type Open = Box<dyn Fn(Address) -> Result<Arc<dyn Driver>> + Send + Sync>;
/// Takes its options from the address and answers with what will be put around the driver.
type Wrap = Box<dyn Fn(&mut Address) -> Result<Around> + Send + Sync>;
/// Puts a wrapper around a driver; see [`DriverRegistry::register_wrapper`].
pub type Around = Box<dyn FnOnce(Arc<dyn Driver>) -> Arc<dyn Driver>>;

/// The drivers and wrappers of a program, by scheme.
#[derive(Default)]
pub struct DriverRegistry {
    drivers: BTreeMap<&'static str, Open>,
    wrappers: BTreeMap<&'static str, Wrap>,
    /// Schemes that exist but were left out of this build, with the feature that brings them.
    absent: BTreeMap<&'static str, &'static str>,
}

impl DriverRegistry {
    /// A registry that knows nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Has `open` make the drivers of `scheme`; a second registration replaces the first.
    pub fn register(
        &mut self,
        scheme: &'static str,
        open: impl Fn(Address) -> Result<Arc<dyn Driver>> + Send + Sync + 'static,
    ) {
        self.absent.remove(scheme);
        self.drivers.insert(scheme, Box::new(open));
    }

    /// Has `wrap` serve the prefix `scheme+`: it takes its own options from the address, before the driver inside sees
    /// them.
    pub fn register_wrapper(
        &mut self,
        scheme: &'static str,
        wrap: impl Fn(&mut Address) -> Result<Around> + Send + Sync + 'static,
    ) {
        self.wrappers.insert(scheme, Box::new(wrap));
    }

    /// Notes that the feature `feature` would bring `scheme`.
    pub fn register_absent(&mut self, scheme: &'static str, feature: &'static str) {
        self.absent.insert(scheme, feature);
    }

    /// Opens the medium that `address` names; its endpoint name is not looked at.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] when nobody serves the scheme, listing those that are served and naming the feature to
    /// enable where there is one; [`ErrorKind::Misconfigured`] for options nobody knows; what the driver says.
    pub fn open(&self, address: &Address) -> Result<Arc<dyn Driver>> {
        let Some((wrapper, mut inner)) = address.unwrap_scheme() else {
            let open = self.drivers.get(address.scheme()).ok_or_else(|| self.unknown(address, address.scheme()))?;
            return open(address.clone());
        };
        let wrap = self.wrappers.get(wrapper).ok_or_else(|| self.unknown(address, wrapper))?;
        let around = wrap(&mut inner)?;
        Ok(around(self.open(&inner)?))
    }

    fn unknown(&self, address: &Address, scheme: &str) -> Error {
        let hint = match self.absent.get(scheme) {
            Some(feature) => format!("`{scheme}:` needs the feature `{feature}`"),
            None => {
                let drivers = self.drivers.keys().map(|known| format!("{known}:"));
                let wrappers = self.wrappers.keys().map(|known| format!("{known}+"));
                format!(
                    "`{scheme}` is no known scheme; known are {}",
                    drivers.chain(wrappers).collect::<Vec<_>>().join(" ")
                )
            }
        };
        Error::new(ErrorKind::Unsupported, "open the medium").on(format!("{address:?}").as_str()).because(hint)
    }
}

impl fmt::Debug for DriverRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DriverRegistry")
            .field("drivers", &self.drivers.keys())
            .field("wrappers", &self.wrappers.keys())
            .field("absent", &self.absent)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability::Capabilities;
    use crate::driver::{AttachOptions, Attached, EndpointInfo, Presence};
    use crate::name::EndpointName;

    #[derive(Debug)]
    struct Named(String, Capabilities);

    impl Driver for Named {
        fn capabilities(&self) -> &Capabilities {
            &self.1
        }

        fn attach(&self, _: &EndpointName, _: &AttachOptions) -> Result<Attached> {
            Err(Error::new(ErrorKind::Unsupported, "attach"))
        }

        fn endpoints(&self) -> Result<Vec<EndpointInfo>> {
            Ok(vec![EndpointInfo::new(EndpointName::new(&self.0)?)])
        }

        fn presence(&self) -> Option<&dyn Presence> {
            None
        }
    }

    fn named(name: String) -> Arc<dyn Driver> {
        Arc::new(Named(name, Capabilities::least(1)))
    }

    fn registry() -> DriverRegistry {
        let mut registry = DriverRegistry::new();
        registry.register("plain", |address| {
            address.refuse_options()?;
            Ok(named(address.locator().into_owned()))
        });
        registry.register_wrapper("twice", |address| {
            let suffix = address.take_option("suffix").unwrap_or_default();
            Ok(Box::new(move |inner| {
                let name = inner.endpoints().map(|all| all[0].name.to_string()).unwrap_or_default();
                named(format!("{name}{name}{suffix}"))
            }))
        });
        registry.register_absent("sqlite", "sqlite");
        registry
    }

    #[test]
    fn wrappers_take_their_options_and_go_around_the_driver() {
        let address = "twice+twice+plain:x?suffix=y".parse().expect("an address");
        let driver = registry().open(&address).expect("registered");
        assert_eq!(driver.endpoints().expect("one")[0].name.as_str(), "xxxxy");
    }

    #[test]
    fn what_is_not_served_is_said_with_what_is() {
        for (address, words) in [
            ("nats://a", "known are plain: twice+"),
            ("twice+nats://a", "known are plain: twice+"),
            ("sqlite:/x", "needs the feature `sqlite`"),
            ("plain:x?seed=1", r#"option "seed" is not known"#),
        ] {
            let error = registry().open(&address.parse().expect("an address")).expect_err(address);
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}
