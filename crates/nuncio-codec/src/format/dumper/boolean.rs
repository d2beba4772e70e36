//! True and false, which to Dumper are objects like any other.

use super::text::Text;

/// True as Dumper writes it in its default style, on one line.
pub(super) const TRUE: &[u8] = b"bless( do{\\(my $o = 1)}, 'JSON::PP::Boolean' )";

/// False, likewise.
pub(super) const FALSE: &[u8] = b"bless( do{\\(my $o = 0)}, 'JSON::PP::Boolean' )";

impl Text<'_> {
    /// Reads true or false, if it is written as in the default style, without reading it as an object first.
    #[inline]
    pub(super) fn plain_boolean(&mut self) -> Option<bool> {
        match self.passes(TRUE) {
            true => Some(true),
            false => self.passes(FALSE).then_some(false),
        }
    }
}
