//! The first line of a connection: who speaks, and what is understood.
//!
//! `aemp;1;alpha;hmac_md6_64_256,cleartext;json,storable;provider=AE-1.30;peeraddr=127.0.0.1:52562`: the protocol word,
//! its version, the node's id, the accepted ways to authenticate and the understood framings, both in order of
//! preference, then keys with values in any order.
//!
//! # Source
//! `docs/wire/mesh.md`, "Greeting".

use super::Refusal;

/// The longest line of a handshake, with its end, in bytes.
pub const LINE_BYTES_MAX: usize = 4096;
/// The version of the protocol that both generations speak.
pub const VERSION: &str = "1";

/// A greeting, taken apart. All of it is a claim until the other side has authenticated.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Greeting {
    /// What the connection is for: `aemp`, or `aemp-` and another word.
    pub word: String,
    /// The version of the protocol.
    pub version: String,
    /// The node's id.
    pub node: String,
    /// The names of the accepted ways to authenticate, the preferred one first.
    pub auths: Vec<String>,
    /// The names of the understood framings, the preferred one first.
    pub framings: Vec<String>,
    /// Keys and values, in the order in which they came.
    pub keys: Vec<(String, String)>,
}

impl Greeting {
    /// The word of ordinary connections between nodes.
    pub const NODE_WORD: &str = "aemp";
    /// The word of connections that carry the data of two programs.
    pub const DATA_WORD: &str = "aemp-dataconn";

    /// A greeting for ordinary connections.
    #[must_use]
    pub fn new(node: &str, auths: Vec<String>, framings: Vec<String>) -> Self {
        Self {
            word: Self::NODE_WORD.to_owned(),
            version: VERSION.to_owned(),
            node: node.to_owned(),
            auths,
            framings,
            keys: Vec::new(),
        }
    }

    /// Takes a line apart, given without its end. Trailing empty fields may be absent, as Perl leaves them out.
    ///
    /// # Errors
    /// [`Refusal::NotAGreeting`].
    pub fn parse(line: &[u8]) -> Result<Self, Refusal> {
        let line = String::from_utf8_lossy(line);
        let mut fields = line.split(';').map(unescape);
        let mut field = || fields.next().unwrap_or_default();
        let (word, version, node, auths, framings) = (field(), field(), field(), field(), field());
        if word != Self::NODE_WORD && !word.starts_with("aemp-") {
            return Err(Refusal::NotAGreeting);
        }
        Ok(Self {
            word,
            version,
            node,
            auths: list(&auths),
            framings: list(&framings),
            keys: fields.map(pair).collect(),
        })
    }

    /// The line, without its end.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = [&self.word, &self.version, &self.node, &self.auths.join(","), &self.framings.join(",")]
            .map(|field| escape(field))
            .join(";");
        for (key, value) in &self.keys {
            line += &format!(";{}={}", escape(key), escape(value));
        }
        line
    }

    /// The value of a key, if it is there.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&str> {
        self.keys.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether the version is one that is spoken here. It is a number to the originals, so `1.0` is.
    pub(super) fn is_of_our_version(&self) -> bool {
        self.version.trim().parse::<f64>().is_ok_and(|version| version == 1.0)
    }

    /// Whether this side has a certificate and so wants TLS.
    pub(super) fn offers_tls(&self) -> bool {
        self.key("tls").is_some_and(|version| version.split('.').next() == Some("1"))
    }
}

fn list(field: &str) -> Vec<String> {
    field.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn pair(field: String) -> (String, String) {
    match field.split_once('=') {
        Some((key, value)) => (key.to_owned(), value.to_owned()),
        None => (field, String::new()),
    }
}

/// The originals escape nothing; their manual says how it would be done.
fn escape(field: &str) -> String {
    field.replace('%', "%25").replace(';', "%3b")
}

fn unescape(field: &str) -> String {
    field.replace("%3b", ";").replace("%3B", ";").replace("%25", "%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let line =
            "aemp;1;rain.1;hmac_md6_64_256,cleartext;json;provider=AE-1.30;peeraddr=10.0.0.1:48082;tls=1.0;x=a%3b%25";
        let greeting = Greeting::parse(line.as_bytes()).expect("a greeting");
        assert_eq!(greeting.line(), line);
        assert_eq!(greeting.auths, ["hmac_md6_64_256", "cleartext"]);
        assert_eq!(greeting.key("x"), Some("a;%"));
        assert!(greeting.offers_tls() && greeting.is_of_our_version());
    }

    #[test]
    fn what_is_short_is_still_a_greeting_and_what_is_none_is_refused() {
        let greeting = Greeting::parse(b"aemp-x;1;n").expect("a greeting");
        assert_eq!((greeting.word.as_str(), greeting.framings.len()), ("aemp-x", 0));
        for line in ["", "GET / HTTP/1.1", "aempx;1;n;a;b"] {
            assert_eq!(Greeting::parse(line.as_bytes()).err(), Some(Refusal::NotAGreeting), "{line}");
        }
        for version in ["0", "2", "", "one"] {
            let greeting = Greeting { version: version.to_owned(), ..Greeting::new("n", vec![], vec![]) };
            assert!(!greeting.is_of_our_version(), "{version}");
        }
    }
}
