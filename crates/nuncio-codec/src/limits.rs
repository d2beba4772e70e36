//! How much a decoder takes from a stranger.

/// Bounds on one decoded document, checked by every codec while it reads and before anything is built.
///
/// What the type that is decoded does not ask for is skipped without being built; only `total_bytes`, and in some
/// formats `depth` and `elements`, hold for it.
///
/// ```
/// use nuncio_codec::{Codec, DecodeLimits, ErrorKind, Value};
///
/// let limits = DecodeLimits::default().with_depth(2);
/// assert!(Codec::Json.decode::<Value>(b"[[1]]", &limits).is_ok());
/// let error = Codec::Json.decode::<Value>(b"[[[1]]]", &limits).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::LimitExceeded);
/// assert_eq!(error.to_string(), "decode json: more than 2 levels of nesting");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeLimits {
    /// Arrays, maps, enum variants, and Perl's objects and references to scalars inside one another, in levels, and what
    /// is met again in Perl's formats as one more; a scalar at top level has depth 0. In Perl's
    /// formats an object, a reference to a scalar and what is met again are levels, too. Default: 512, which is what Perl's
    /// JSON::XS reads, and which fits a stack of 2 MiB in a debug build. Some codecs stop earlier, at
    /// [`Codec::depth_max`](crate::Codec::depth_max).
    pub depth: usize,
    /// Array elements plus map entries in the whole document, as a count. Default: 1,048,576. Two bytes of input can
    /// become some hundred bytes of memory, so this keeps the worst document at some hundred megabytes.
    pub elements: usize,
    /// One text, byte string or map key, in bytes. Default: 64 MiB, so that one string may fill the document.
    pub text_bytes: usize,
    /// The encoded document, and what it decompresses to, in bytes. Default: 64 MiB, six times the largest message
    /// that IPC::Transit can read.
    pub total_bytes: usize,
    /// What repeated references and copied strings may add, in bytes of the document that are read again, each counted as
    /// often as it is. Only Sereal, Storable and Data::Dumper have such things. Default: 64 MiB, as much again as a
    /// document may have: a kilobyte of references to references that unfolds to gigabytes is refused.
    pub unfolded_bytes: usize,
}

impl DecodeLimits {
    /// These limits with another `depth`, in levels.
    #[must_use]
    pub fn with_depth(self, depth: usize) -> Self {
        Self { depth, ..self }
    }

    /// These limits with another number of `elements`.
    #[must_use]
    pub fn with_elements(self, elements: usize) -> Self {
        Self { elements, ..self }
    }

    /// These limits with another `text_bytes`.
    #[must_use]
    pub fn with_text_bytes(self, text_bytes: usize) -> Self {
        Self { text_bytes, ..self }
    }

    /// These limits with another `total_bytes`.
    #[must_use]
    pub fn with_total_bytes(self, total_bytes: usize) -> Self {
        Self { total_bytes, ..self }
    }

    /// These limits with another `unfolded_bytes`.
    #[must_use]
    pub fn with_unfolded_bytes(self, unfolded_bytes: usize) -> Self {
        Self { unfolded_bytes, ..self }
    }
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self { depth: 512, elements: 1 << 20, text_bytes: 64 << 20, total_bytes: 64 << 20, unfolded_bytes: 64 << 20 }
    }
}
