//! Names, each kind a type of its own, checked once when made.
//!
//! | type | rule beyond "not empty, no NUL" | longest | source |
//! |---|---|---|---|
//! | [`QueueName`] | no `/`, line feed, `=`, `,`; no leading `.`; not `0` | 255 bytes, a file name | wire/transit.md 1.2, 10 |
//! | [`PeerId`] | no leading `_` | 512 bytes | wire/manager.md 2 |
//! | [`NodeId`] | only `A-Z a-z 0-9 _ - . : /` | 255 bytes | wire/aemp.md |
//! | [`PortId`] | a node id, or a node id, `#` and a port name | 512 bytes | wire/aemp.md |
//! | [`EndpointName`] | any of these, as a driver meets them | 512 bytes | |
//!
//! A name of any kind is also an [`EndpointName`]; the other way round it is checked again.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $bytes_max:literal, $check:expr) => {
        $(#[$doc])*
        ///
        /// Cheap to clone.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The longest name, in bytes.
            pub const BYTES_MAX: usize = $bytes_max;

            /// Checks `text` and makes it a name.
            ///
            /// # Errors
            /// [`ErrorKind::InvalidName`], saying which rule `text` breaks.
            pub fn new(text: &str) -> Result<Self> {
                let check: fn(&str) -> Option<&'static str> = $check;
                match common_fault(text, Self::BYTES_MAX).or_else(|| check(text).map(str::to_owned)) {
                    None => Ok(Self(text.into())),
                    Some(reason) => {
                        Err(Error::new(ErrorKind::InvalidName, concat!("use as ", $what)).on(text).because(reason))
                    }
                }
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                Self::new(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

macro_rules! endpoint_from {
    ($($name:ident),*) => {
        $(impl From<$name> for EndpointName {
            fn from(name: $name) -> Self {
                Self(name.0)
            }
        })*
    };
}

name!(
    /// The name of a queue; also the name of its file in the registry directory.
    QueueName,
    "queue name",
    255,
    queue_fault
);
name!(
    /// The id of a peer on a bus.
    PeerId,
    "peer id",
    512,
    |text| text.starts_with('_').then_some("a peer id does not begin with `_`")
);
name!(
    /// The id of a node, unique in its mesh.
    NodeId,
    "node id",
    255,
    node_fault
);
name!(
    /// The id of a port: its node's id, `#`, and the port's name; a bare node id is the node's own port.
    PortId,
    "port id",
    512,
    |text| node_fault(text.split_once('#').map_or(text, |(node, _)| node))
);
name!(
    /// A place that can be sent to, as a driver meets it: a queue, peer, node or port.
    EndpointName,
    "endpoint name",
    512,
    |_| None
);
endpoint_from!(QueueName, PeerId, NodeId, PortId);

fn common_fault(text: &str, bytes_max: usize) -> Option<String> {
    if text.is_empty() {
        return Some("a name is not empty".to_owned());
    }
    if text.len() > bytes_max {
        return Some(format!("the name is {} bytes, limit is {bytes_max} bytes", text.len()));
    }
    text.contains('\0').then(|| "a name holds no NUL".to_owned())
}

fn queue_fault(text: &str) -> Option<&'static str> {
    if text == "0" {
        return Some("IPC::Transit takes `0` for no name");
    }
    if text.starts_with('.') {
        return Some("a queue name does not begin with `.`");
    }
    text.contains(['/', '\n', '=', ',']).then_some("a queue name holds no `/`, `=`, `,` or line feed")
}

fn node_fault(text: &str) -> Option<&'static str> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:/".contains(&byte);
    (text.is_empty() || !text.bytes().all(fits)).then_some("a node id is made of letters, digits and `_ - . : /`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queue_names_that_would_break_the_registry_or_the_header_are_refused() {
        for bad in ["", "0", ".", ".lock", "a/b", "../x", "a=b", "a,b", "a\nb", "a\0b", &"x".repeat(256)] {
            let error = QueueName::new(bad).expect_err(bad);
            assert_eq!(error.kind(), ErrorKind::InvalidName, "{bad:?}");
        }
        for good in ["jobs", "00", "a.b", "a b", "größe", "-", &"x".repeat(255)] {
            assert_eq!(QueueName::new(good).map(|name| name.to_string()).ok().as_deref(), Some(good));
        }
    }

    #[test]
    fn the_error_names_the_text_and_the_rule() {
        let error = QueueName::new(&"x".repeat(256)).expect_err("too long");
        assert!(error.to_string().ends_with("the name is 256 bytes, limit is 255 bytes"), "{error}");
        let error = QueueName::new("a\nb").expect_err("line feed");
        assert!(error.to_string().starts_with(r#"use as queue name "a\nb": "#), "{error}");
    }

    #[test]
    fn peers_nodes_and_ports_have_their_own_rules() {
        assert!(PeerId::new("_x").is_err());
        assert!(PeerId::new("service:parent_1").is_ok());
        assert!(NodeId::new("anon/Ab:1").is_ok());
        assert!(NodeId::new("a#b").is_err());
        assert!(PortId::new("node#port#x").is_ok());
        assert!(PortId::new("node").is_ok());
        assert!(PortId::new("#port").is_err());
        assert_eq!(EndpointName::from(PortId::new("n#p").expect("valid")).as_str(), "n#p");
    }
}
