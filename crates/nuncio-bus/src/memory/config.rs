//! What a medium in memory is called and how much it holds.

use nuncio_core::{Address, Limits, Result};

use crate::route::take_limits;

/// Which medium within the process, and its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryConfig {
    /// The name within the process; drivers with the same name share the medium.
    pub name: String,
    /// The limits of all its mailboxes.
    pub limits: Limits,
}

impl MemoryConfig {
    /// The medium `name` with the default limits.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), limits: Limits::default() }
    }

    /// With `limits`.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Reads `memory:name?capacity=..&payload_bytes_max=..`.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`](nuncio_core::ErrorKind::Misconfigured) for an option that is not known or whose value is no
    /// number.
    pub fn from_address(mut address: Address) -> Result<Self> {
        let mut config = Self::new(&address.locator());
        take_limits(&mut address, &mut config.limits)?;
        address.refuse_options()?;
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use nuncio_core::ErrorKind;

    use super::*;

    fn read(text: &str) -> Result<MemoryConfig> {
        MemoryConfig::from_address(text.parse().expect("an address"))
    }

    #[test]
    fn an_address_gives_the_name_and_the_limits() {
        let limits = Limits::default().with_capacity(5).with_payload_bytes_max(70);
        let config = read("memory:my%20bus?payload_bytes_max=70&capacity=5#worker").expect("valid");
        assert_eq!(config, MemoryConfig::new("my bus").with_limits(limits));
        assert_eq!(read("memory:").expect("valid"), MemoryConfig::new(""));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for (bad, words) in [
            ("memory:?capacity=many", r#""many" is no value"#),
            ("memory:?capacity=-1", r#""-1" is no value"#),
            ("memory:?size=1", r#"option "size" is not known"#),
        ] {
            let error = read(bad).expect_err(bad);
            assert_eq!(error.kind(), ErrorKind::Misconfigured);
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}
