//! The secret of a mesh, where nobody has said it.

use std::path::{Path, PathBuf};

use nuncio_core::{Error, Result};

use super::random::random_text;
use crate::proto::auth::Secret;

/// The file in the home directory that has the secret where nothing else says it.
const SECRET_FILE: &str = ".aemp-secret";

/// The secret of this user's nodes, or one that nobody knows.
pub(super) fn default_secret() -> Result<Option<Secret>> {
    let file = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(SECRET_FILE));
    match file.as_deref().map(read_secret).transpose()?.flatten() {
        Some(secret) => Ok(Some(secret)),
        None => Ok(Secret::new(random_text::<32>()?)),
    }
}

/// What an editor puts behind the last line is no part of a secret.
pub(super) fn without_line_end(mut content: Vec<u8>) -> Vec<u8> {
    content.pop_if(|last| *last == b'\n');
    content.pop_if(|last| *last == b'\r');
    content
}

/// The content of a file, if there is such a file.
fn read_secret(path: &Path) -> Result<Option<Secret>> {
    match std::fs::read(path) {
        Ok(content) => Ok(Secret::new(without_line_end(content))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read the secret", error).on(path)),
    }
}
