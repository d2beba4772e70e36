//! What the shell is told: the exit codes, and which error has which.

use nuncio::ErrorKind;

/// Done.
pub(crate) const DONE: u8 = 0;
/// Failed, or refused by the other side; the reason is on standard error.
pub(crate) const FAILED: u8 = 1;
/// The command line is wrong.
pub(crate) const USAGE: u8 = 2;
/// Nothing arrived in time.
pub(crate) const NOTHING_CAME: u8 = 3;
/// There is no queue, peer or port of that name.
pub(crate) const NO_SUCH_NAME: u8 = 4;
/// There was no room, also until a timeout.
pub(crate) const FULL: u8 = 5;
/// Not permitted, or not authenticated.
pub(crate) const NOT_PERMITTED: u8 = 6;
/// The other side cannot be reached.
pub(crate) const UNREACHABLE: u8 = 7;
/// What Perl's `die` ends a program with; only the drop-in tools use it.
pub(crate) const PERL_DIED: u8 = 255;

/// The codes as the help shows them.
pub(crate) const HELP: &str = "\
Exit codes:
  0  done
  1  failed; the reason is on standard error
  2  usage
  3  nothing arrived in time
  4  no such queue, peer or port
  5  full, also when a timeout passed while it was
  6  not permitted
  7  unreachable";

/// The code for an error of `kind`.
pub(crate) const fn of(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::InvalidName => USAGE,
        ErrorKind::TimedOut => NOTHING_CAME,
        ErrorKind::NoSuchEndpoint => NO_SUCH_NAME,
        ErrorKind::Full => FULL,
        ErrorKind::PermissionDenied | ErrorKind::Unauthenticated => NOT_PERMITTED,
        ErrorKind::PeerGone | ErrorKind::Unavailable => UNREACHABLE,
        _ => FAILED,
    }
}
