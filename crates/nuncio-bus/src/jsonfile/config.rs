//! Where the file is, and the limits.

use std::path::PathBuf;

use nuncio_core::{Address, Error, ErrorKind, Limits, Result};

use crate::route::{RouteConfig, take, take_limits};

/// The file of a bus, and the limits.
///
/// As an address: `jsonfile:/file` with these options, all of which may be left out.
///
/// | option | is | default |
/// |---|---|---|
/// | `capacity` | how many messages one mailbox holds | [`Limits::capacity`] |
/// | `payload_bytes_max` | the largest payload, in bytes | [`Limits::payload_bytes_max`] |
/// | `danger_shared` | `true` accepts a file that other users own or may write to | `false` |
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JsonFileConfig {
    /// The file; it is made if it is not there.
    pub path: PathBuf,
    /// The limits of all mailboxes.
    pub limits: Limits,
    /// Whether a file is accepted that other users own or may write to. Whoever can write to it can send as anybody.
    pub danger_shared: bool,
}

impl JsonFileConfig {
    /// The bus in the file `path`, with the default limits.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), limits: Limits::default(), danger_shared: false }
    }

    /// With `limits`.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Accepts a file that other users own or may write to.
    #[must_use]
    pub const fn danger_shared(mut self) -> Self {
        self.danger_shared = true;
        self
    }

    /// Reads an address.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] for an address without a file, an option that is not known, and a value that is none.
    pub fn from_address(mut address: Address) -> Result<Self> {
        let mut config = Self::new(address.locator().into_owned());
        if config.path.file_name().is_none() {
            let reason = "it names no file; the form is `jsonfile:/file`";
            return Err(Error::new(ErrorKind::Misconfigured, "use the address")
                .on(&*address.to_string())
                .because(reason));
        }
        take_limits(&mut address, &mut config.limits)?;
        config.danger_shared = take(&mut address, "danger_shared")?.unwrap_or(false);
        address.refuse_options()?;
        Ok(config)
    }
}

impl From<RouteConfig> for JsonFileConfig {
    fn from(config: RouteConfig) -> Self {
        let RouteConfig { directory: path, limits, danger_shared, .. } = config;
        Self { path, limits, danger_shared }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_where_and_how_much() {
        let read = |text: &str| JsonFileConfig::from_address(text.parse().expect("an address"));
        let expected = JsonFileConfig::new("/run/bus.json").with_limits(Limits::default().with_capacity(5));
        assert_eq!(read("jsonfile:/run/bus.json?capacity=5").unwrap(), expected);
        for bad in ["jsonfile:", "jsonfile:/", "jsonfile:/x?capacity=-1", "jsonfile:/x?serializer=JSON"] {
            assert_eq!(read(bad).expect_err(bad).kind(), ErrorKind::Misconfigured, "{bad}");
        }
    }
}
