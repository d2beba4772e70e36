//! Where a configuration is on disk.

use std::ffi::OsString;
use std::io::{ErrorKind as IoKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use nuncio_core::{Error, Result};

use super::Configuration;

/// The variable that names the file, as for the originals.
const VARIABLE: &str = "PERL_ANYEVENT_MP_RC";
/// Its name in the home directory otherwise.
const NAME: &str = ".perl-anyevent-mp";

impl Configuration {
    /// The file of this user's nodes, which nuncio and the originals share; none where there is no home directory.
    #[must_use]
    pub fn default_path() -> Option<PathBuf> {
        let named = std::env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
        named.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(NAME)))
    }

    /// Reads a file: TOML if its name ends so, otherwise the originals' JSON. One that is not there is empty.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`](nuncio_core::ErrorKind::Misconfigured) and those of reading a file.
    pub fn read(path: &Path) -> Result<Self> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == IoKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Error::io("read the configuration", error).on(path)),
        };
        #[cfg(feature = "net")]
        if is_toml(path) {
            return Self::parse_toml(&text).map_err(|error| error.on(path));
        }
        Self::parse_json(&text).map_err(|error| error.on(path))
    }

    /// Writes a file, for its owner alone, as the originals do: beside the old one first, which then is `NAME~`.
    ///
    /// # Errors
    /// Those of writing files; [`ErrorKind::Misconfigured`](nuncio_core::ErrorKind::Misconfigured) for TOML, which is written
    /// by hand.
    pub fn write(&self, path: &Path) -> Result<()> {
        if is_toml(path) {
            let refused = Error::new(nuncio_core::ErrorKind::Misconfigured, "write the configuration");
            return Err(refused.on(path).because("TOML is edited by hand, so that its comments stay"));
        }
        let failed = |error| Error::io("write the configuration", error).on(path);
        let beside = |ending: &str| {
            let mut name = OsString::from(path);
            name.push(ending);
            PathBuf::from(name)
        };
        let new = beside("~new~");
        // What a run that was broken off has left.
        let _ = std::fs::remove_file(&new);
        let mut file = std::fs::OpenOptions::new();
        let mut file = file.write(true).create_new(true).mode(0o600).open(&new).map_err(failed)?;
        file.write_all(self.to_json().as_bytes()).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        match std::fs::rename(path, beside("~")) {
            Err(error) if error.kind() != IoKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        std::fs::rename(&new, path).map_err(failed)
    }
}

fn is_toml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "toml")
}
