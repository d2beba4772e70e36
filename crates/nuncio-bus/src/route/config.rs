//! Where a bus is and what it holds.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use nuncio_core::{Address, Error, ErrorKind, Limits, Result};

use crate::wire::serializer::{LEVEL_DEFAULT, Serializer};

/// The directory of a bus, how messages are written there, and the limits.
///
/// As an address: `scheme:/directory` with these options, all of which may be left out.
///
/// | option | is | default |
/// |---|---|---|
/// | `serializer` | `JSON`, `JSON::Zstd`, or another [by its name](Serializer::named) | `JSON` |
/// | `level` | the level of compression | 3 |
/// | `dictionary` | the file of a dictionary that all peers have | none |
/// | `capacity` | how many messages one mailbox holds, where the kernel does not say | [`Limits::capacity`] |
/// | `capacity_bytes` | how many bytes it holds, on `files:` | [`Limits::capacity_bytes`] |
/// | `payload_bytes_max` | the largest payload, in bytes | [`Limits::payload_bytes_max`], less where the medium carries less |
/// | `lease_ms` | on `files:`, for how many milliseconds a message is lent | receiving is the acknowledgement |
/// | `listen` | on `stream:`, `false` has peers reached only by those to whom they have sent something | `true` |
/// | `danger_shared` | `true` accepts a directory that other users own or may write to | `false` |
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RouteConfig {
    /// The directory; it is made if it is not there.
    pub directory: PathBuf,
    /// How messages are written.
    pub serializer: Serializer,
    /// The limits of all mailboxes.
    pub limits: Limits,
    /// Whether a directory is accepted that other users own or may write to. Whoever can write to it can send as anybody.
    pub danger_shared: bool,
    /// How long a message is lent to its receiver until it comes again, if it is not acknowledged; without it, receiving is
    /// the acknowledgement. Only [`files`](crate::files) lends.
    pub lease: Option<Duration>,
    /// Whether peers listen; those that do not are reached by those to whom they have sent something. Only
    /// [`stream`](crate::stream) knows such.
    pub listens: bool,
}

impl RouteConfig {
    /// The bus in `directory`, with plain JSON and the default limits.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        let (serializer, limits) = (Serializer::Json, Limits::default());
        Self { directory: directory.into(), serializer, limits, danger_shared: false, lease: None, listens: true }
    }

    /// With messages written by `serializer`.
    #[must_use]
    pub fn with_serializer(mut self, serializer: Serializer) -> Self {
        self.serializer = serializer;
        self
    }

    /// With `limits`.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Accepts a directory that other users own or may write to.
    #[must_use]
    pub const fn danger_shared(mut self) -> Self {
        self.danger_shared = true;
        self
    }

    /// With messages that are lent for `lease`, and come again unless they are acknowledged.
    #[must_use]
    pub const fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = Some(lease);
        self
    }

    /// With peers that do not listen.
    #[must_use]
    pub const fn without_listening(mut self) -> Self {
        self.listens = false;
        self
    }

    /// Reads an address.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] for an address without a directory, an option that is not known, and a value that is none.
    pub fn from_address(mut address: Address) -> Result<Self> {
        let mut config = Self::new(address.locator().into_owned());
        if config.directory.as_os_str().is_empty() {
            let reason = "it names no directory; the form is `scheme:/directory`";
            return Err(Error::new(ErrorKind::Misconfigured, "use the address")
                .on(&*address.to_string())
                .because(reason));
        }
        config.serializer = take_serializer(&mut address)?;
        if let Some(bytes) = take(&mut address, "capacity_bytes")? {
            config.limits.capacity_bytes = bytes;
        }
        take_limits(&mut address, &mut config.limits)?;
        config.danger_shared = take(&mut address, "danger_shared")?.unwrap_or(false);
        config.lease = take(&mut address, "lease_ms")?.map(Duration::from_millis);
        config.listens = take(&mut address, "listen")?.unwrap_or(true);
        address.refuse_options()?;
        Ok(config)
    }
}

fn take_serializer(address: &mut Address) -> Result<Serializer> {
    let level = take(address, "level")?;
    let dictionary = address.take_option("dictionary").map(PathBuf::from);
    match address.take_option("serializer").as_deref() {
        None | Some("JSON") if level.is_none() && dictionary.is_none() => Ok(Serializer::Json),
        Some("JSON::Zstd") => Ok(Serializer::JsonZstd { level: level.unwrap_or(LEVEL_DEFAULT), dictionary }),
        None | Some("JSON") => Err(wrong("serializer", "JSON has neither level nor dictionary".to_owned())),
        Some(other) => {
            Serializer::named(other).map_err(|error| wrong("serializer", format!("{other:?} is none")).caused_by(error))
        }
    }
}

/// The limits that every medium has.
pub(crate) fn take_limits(address: &mut Address, limits: &mut Limits) -> Result<()> {
    if let Some(capacity) = take(address, "capacity")? {
        limits.capacity = capacity;
    }
    if let Some(bytes) = take(address, "payload_bytes_max")? {
        limits.payload_bytes_max = bytes;
    }
    Ok(())
}

pub(crate) fn take<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    address: &mut Address,
    key: &str,
) -> Result<Option<T>> {
    let Some(text) = address.take_option(key) else { return Ok(None) };
    match text.parse() {
        Ok(value) => Ok(Some(value)),
        Err(source) => Err(wrong(key, format!("{text:?} is no value for it")).caused_by(source)),
    }
}

fn wrong(key: &str, reason: String) -> Error {
    Error::new(ErrorKind::Misconfigured, "read the option").on(key).because(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<RouteConfig> {
        RouteConfig::from_address(text.parse().expect("an address"))
    }

    #[test]
    fn an_address_says_where_and_how() {
        let config =
            read("files:/run/bus?serializer=JSON::Zstd&level=9&dictionary=/d&capacity=5&capacity_bytes=9&danger_shared=true#x").unwrap();
        let serializer = Serializer::JsonZstd { level: 9, dictionary: Some("/d".into()) };
        let limits = Limits::default().with_capacity(5).with_capacity_bytes(9);
        assert_eq!(
            config,
            RouteConfig::new("/run/bus").with_serializer(serializer).with_limits(limits).danger_shared()
        );
        assert_eq!(read("unix:bus").unwrap(), RouteConfig::new("bus"));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for bad in [
            "files:",
            "files:/x?capacity=many",
            "files:/x?level=3",
            "files:/x?serializer=CBOR",
            "files:/x?a=b",
            "files:/x?danger_shared=1",
        ] {
            assert_eq!(read(bad).expect_err(bad).kind(), ErrorKind::Misconfigured, "{bad}");
        }
    }
}
