//! The document that a verb is about: from a file or standard input, and never more of it than a decoder takes.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use clap::Args;
use nuncio::codec::{Codec, DecodeLimits, Error};

use crate::formats::{self, Said};
use crate::stop::Stop;

/// Where a document is.
#[derive(Args, Debug)]
pub(super) struct Place {
    /// File to read, or - for standard input
    #[arg(default_value = "-", hide_default_value = true)]
    file: PathBuf,
}

/// Where a document is, and what it is.
#[derive(Args, Debug)]
pub(super) struct Source {
    /// Format of the document; auto tells it by its first bytes
    #[arg(long, value_name = "FORMAT", default_value = formats::AUTO, value_parser = formats::said())]
    from: Said,
    #[command(flatten)]
    place: Place,
}

/// A document as it was read.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) bytes: Vec<u8>,
    pub(super) codec: Codec,
    name: String,
}

impl Place {
    /// What is there, up to `bytes_max` bytes.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn read(&self, bytes_max: usize) -> Result<Vec<u8>, Stop> {
        let mut bytes = Vec::new();
        self.open()
            .and_then(|input| input.take(bytes_max as u64).read_to_end(&mut bytes))
            .map_err(|error| Stop::failed(format_args!("read {}: {error}", self.name())))?;
        Ok(bytes)
    }

    /// The failure of something that was done to the document.
    pub(super) fn failed(&self, reason: impl Display) -> Stop {
        Stop::failed(format_args!("{}: {reason}", self.name()))
    }

    fn open(&self) -> io::Result<Box<dyn Read>> {
        match self.is_stdin() {
            true => Ok(Box::new(io::stdin().lock())),
            false => Ok(Box::new(File::open(&self.file)?)),
        }
    }

    fn is_stdin(&self) -> bool {
        self.file.as_os_str() == "-"
    }

    fn name(&self) -> String {
        if self.is_stdin() { "standard input".to_owned() } else { format!("{:?}", self.file) }
    }
}

impl Source {
    /// The document, with its format.
    ///
    /// # Errors
    /// It cannot be read, is too large, or is in no format that would be recognised.
    pub(super) fn read(&self) -> Result<Document, Stop> {
        let bytes_max = DecodeLimits::default().total_bytes;
        let bytes = self.place.read(bytes_max + 1)?;
        if bytes.len() > bytes_max {
            return Err(self.place.failed(format_args!("it has more than {bytes_max} bytes")));
        }
        let codec = match self.from {
            Said::Auto => Codec::detect(&bytes)
                .ok_or_else(|| self.place.failed("its format is not recognised; say it with --from"))?,
            Said::Named(codec) => codec,
        };
        Ok(Document { bytes, codec, name: self.place.name() })
    }
}

impl Document {
    /// The document was refused.
    pub(super) fn refused(&self, error: &Error) -> Stop {
        Stop::failed(format_args!("{}: {}", self.name, formats::reason(error)))
    }
}
