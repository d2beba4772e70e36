//! What a queue accepts.

use nuncio_core::{Error, ErrorKind, Result};

use super::keys::SealedBy;

/// Which messages a reader of a queue accepts. What is refused comes back in the error, and the next message is served.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Policy {
    /// Every message. A sealed one must open all the same, and says whose key it was.
    #[default]
    Anything,
    /// Messages that a trusted key of one of these hosts has sealed, for this very queue.
    OnlyFrom(Vec<String>),
    /// Messages that some trusted key has sealed, for this very queue.
    OnlySealed,
}

impl Policy {
    /// Refuses a message of which it is known whose key opened it, if anybody's.
    pub(super) fn check(&self, sealed_by: Option<&SealedBy>) -> Result<()> {
        let refused =
            |reason: String| Err(Error::new(ErrorKind::Unauthenticated, "accept the message").because(reason));
        match (self, sealed_by) {
            (Self::Anything, _) | (Self::OnlySealed, Some(_)) => Ok(()),
            (Self::OnlyFrom(hosts), Some(by)) if hosts.contains(&by.host) => Ok(()),
            (Self::OnlyFrom(_), Some(by)) => {
                refused(format!("{:?} sealed it, and the queue takes nothing from that host", by.host))
            }
            (_, None) => refused("no trusted key sealed it, and the queue takes only what is sealed".to_owned()),
        }
    }

    /// Whether the queue of this policy is the only one for which its messages may be sealed.
    pub(super) const fn binds_queue(&self) -> bool {
        !matches!(self, Self::Anything)
    }
}
