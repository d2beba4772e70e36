//! True and false, which to Dumper are objects like any other.

use super::text::Text;

/// True as Dumper writes it in its default style, on one line.
pub(super) const TRUE: &[u8] = b"bless( do{\\(my $o = 1)}, 'JSON::PP::Boolean' )";

/// False, likewise.
pub(super) const FALSE: &[u8] = b"bless( do{\\(my $o = 0)}, 'JSON::PP::Boolean' )";

/// Where the number is in them.
const NUMBER: usize = b"bless( do{\\(my $o = ".len();

impl Text<'_> {
    /// Reads true or false, if it is written as in the default style, without reading it as an object first.
    #[inline]
    pub(super) fn plain_boolean(&mut self) -> Option<bool> {
        let found = self.rest().first_chunk::<{ TRUE.len() }>()?;
        let truth = match found[NUMBER] {
            b'0' => false,
            b'1' => true,
            _ => return None,
        };
        // Compared as a whole, they would be by a call.
        let is_alike = |at: usize| found[at..].first_chunk::<16>() == TRUE[at..].first_chunk::<16>();
        let is_alike =
            is_alike(0) && found[16..NUMBER] == TRUE[16..NUMBER] && is_alike(NUMBER + 1) && is_alike(TRUE.len() - 16);
        is_alike.then(|| self.seek(self.position() + TRUE.len())).map(|()| truth)
    }
}
