//! What only two gateways know.

use std::fmt;
use std::path::Path;

use nuncio_core::{Error, ErrorKind, Result};

const READ: &str = "read the token in";
/// Shorter ones can be guessed.
const LENGTH_MIN: usize = 16;
const READABLE_BY_OTHERS: u32 = 0o077;

/// A bearer token. Shown nowhere, and compared in a time that does not tell how much of it is right.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Reads the token in the file at `path`: one line, of which white space at the ends does not count.
    ///
    /// # Errors
    /// [`ErrorKind::PermissionDenied`] when others may read the file; [`ErrorKind::Misconfigured`] when there is no token in it; those of
    /// reading.
    pub fn read(path: &Path) -> Result<Self> {
        use std::os::unix::fs::MetadataExt;
        let failed = |error| Error::io(READ, error).on(path);
        let mode = std::fs::metadata(path).map_err(failed)?.mode();
        if mode & READABLE_BY_OTHERS != 0 {
            let reason = format!("its mode {:04o} lets other users read it; 0600 does not", mode & 0o7777);
            return Err(Error::new(ErrorKind::PermissionDenied, READ).on(path).because(reason));
        }
        Self::new(std::fs::read_to_string(path).map_err(failed)?.trim())
            .map_err(|error| Error::new(error.kind(), READ).on(path).caused_by(error))
    }

    /// Takes `text` as a token.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] when it is shorter than 16 characters, or has some that no header can hold.
    pub fn new(text: &str) -> Result<Self> {
        let refused = |reason| Err(Error::new(ErrorKind::Misconfigured, "use as a token").because(reason));
        if text.len() < LENGTH_MIN {
            return refused(format!("it has {} characters, and needs {LENGTH_MIN}", text.len()));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return refused("it has blanks or characters beyond ASCII".to_owned());
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether `text` is the token.
    #[must_use]
    pub fn is(&self, text: &[u8]) -> bool {
        let differs = self.0.bytes().zip(text).fold(0, |differs, (own, other)| differs | (own ^ other));
        self.0.len() == text.len() && std::hint::black_box(differs) == 0
    }

    /// The token itself, for a request.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_compared_whole_and_never_shown() {
        let token = Token::new("0123456789abcdef").expect("a token");
        assert!(token.is(b"0123456789abcdef"));
        for wrong in [&b""[..], b"0123456789abcdeF", b"0123456789abcde", b"0123456789abcdef0"] {
            assert!(!token.is(wrong));
        }
        assert_eq!(format!("{token:?}"), "Token(..)");
        assert!(Token::new("short").is_err() && Token::new("0123456789 abcdef").is_err());
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("token");
        std::fs::write(&path, "0123456789abcdef\n").expect("written");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).expect("set");
        assert_eq!(Token::read(&path).expect_err("readable").kind(), ErrorKind::PermissionDenied);
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("set");
        assert!(Token::read(&path).expect("private").is(b"0123456789abcdef"));
    }
}
